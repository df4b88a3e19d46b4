"""The largest singular value of a recurrent weight, by power iteration with `jvp` and `vjp`.

    product   the node that multiplies with the weight: linear(concat([h, x]), W, b)
    base      what it multiplies, where it comes from: h; rearrangements on the way are followed
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection
from typing import Any

from ...arrays.namespace import like, namespace, norm, shape
from ...arrays.shapes import product as size_of
from ...autograd import Tensor, jvp, vjp
from ...autograd.tensor import detached
from .kinds import rearranges

ITERATIONS = 200
TOLERANCE = 1e-10  # relative change of the value at which the iteration ends

Values = tuple[Any, ...]


def largest_singular_value(
    product: Tensor, way: Collection[Tensor], states: Collection[Tensor]
) -> float:
    """The most by which a product can stretch what comes along `way`: max ‖J·v‖/‖v‖.

    J is the derivative by its bases on `way`, which ends at `states`. 0 where it has none.
    """
    chain, bases = _followed(product, way, states)
    values = tuple(base.value for base in bases)
    if not bases:
        return 0.0

    def replay(*given: Any) -> Any:
        found: dict[Tensor, Any] = dict(zip(bases, given, strict=True))
        for node in chain:
            inputs = [found.get(x, detached(x)) if type(x) is Tensor else x for x in node.inputs]
            found[node] = node.op(*inputs, **node.attrs) if node.op else node.value
        return found[product]

    return _power_iteration(replay, values)


def _followed(
    product: Tensor, way: Collection[Tensor], states: Collection[Tensor]
) -> tuple[list[Tensor], list[Tensor]]:
    """The nodes from the bases to the product, inputs first; and the bases."""
    chain, bases, waiting = {product: None}, dict[Tensor, None](), list(product.inputs)
    while waiting:
        x = waiting.pop()
        if type(x) is not Tensor or x not in way or x in chain:
            continue
        if rearranges(x) and x not in states:
            chain[x] = None
            waiting.extend(x.inputs)
        else:
            bases[x] = None
    return list(chain)[::-1], list(bases)


def _power_iteration(f: Callable[..., Any], at: Values) -> float:
    """The largest singular value of the derivative of f."""
    rng = random.Random(0)
    v = _scaled(tuple(_drawn(x, rng) for x in at))
    found = 0.0
    for _ in range(ITERATIONS):
        _, u = jvp(f, at, v)
        before, found = found, norm(u)
        if found == 0.0 or abs(found - before) <= TOLERANCE * found:
            break
        _, pull_back = vjp(f, *at)
        v = _scaled(pull_back(u))
    return found


def _drawn(x: Any, rng: random.Random) -> Any:
    """Normal numbers in the shape of x."""
    lengths = shape(x)
    numbers = [rng.gauss(0.0, 1.0) for _ in range(size_of(lengths))]
    if not lengths:
        return numbers[0]
    return namespace(x).reshape(like(numbers, x), lengths)


def _scaled(v: Values) -> Values:
    """The tangents, together of length 1."""
    length = math.hypot(*(norm(part) for part in v))
    return tuple(part / length for part in v) if length else v
