"""Is a gradient right? Compare it with finite differences, at first and at second order.

f may return any shape: what is checked is s = Σ v·f(x) with fixed weights v that are all different,
so a rule that mixes up entries, or ignores its cotangent, is found. At the second order f is
replaced by the derivative of s, and the check is made again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..arrays.namespace import like, shape
from ..arrays.shapes import product
from . import ops
from .backprop import gradients
from .tensor import Tensor, detached


class GradcheckError(ValueError):
    """A gradient that finite differences contradict; the text says which, where and by how much."""


def gradcheck(
    f: Callable[..., Any], *inputs: Any, order: int = 2, rtol: float = 1e-7, atol: float = 1e-9
) -> bool:
    """True if every derivative of f at `inputs` agrees with finite differences, up to `order`.

    The difference is central and of fourth order: (8(f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))) / 12h
    with h = 2e-3·max(1, |x|), exact to about 1e-11 for smooth functions; where f bends too sharply
    for that (1/x near 0) a smaller h is tried. `inputs` are floats, arrays or Tensors.
    GradcheckError names the order, the input, the index and both numbers.

    >>> gradcheck(lambda x, y: x * y + ops.tanh(x), 0.5, -1.2)
    True
    """
    values = [Tensor(detached(x)).value for x in inputs]
    for n in range(1, order + 1):
        _check(f, values, f"order {n}", rtol, atol)
        f = _derivative(f)
    return True


def _check(f: Any, values: Sequence[Any], what: str, rtol: float, atol: float) -> None:
    leaves = [Tensor(value) for value in values]
    result = _projected(f(*leaves))
    found = gradients(result) if type(result) is Tensor else {}  # plain: f is constant here
    for i, (leaf, value) in enumerate(zip(leaves, values, strict=True)):
        entries = _flat(found[leaf]) if leaf in found else [0.0] * len(_flat(value))
        for j, analytic in enumerate(entries):
            within = atol + rtol * abs(analytic)
            numeric = _numeric(f, values, i, j, analytic, within)
            if not abs(analytic - numeric) <= within:
                at = _index(j, shape(value))
                raise GradcheckError(_message(f, what, i, at, analytic, numeric))


def _derivative(f: Any) -> Any:
    """The function that maps inputs to Σ wᵢ·ds/dxᵢ, itself differentiable."""

    def derivative(*inputs: Any) -> Any:
        leaves = [x if type(x) is Tensor else Tensor(x) for x in inputs]
        result = _projected(f(*leaves))
        found = gradients(result, differentiable=True) if type(result) is Tensor else {}
        terms = [_projected(found[x], 1 + i) for i, x in enumerate(leaves) if x in found]
        total = sum(terms[1:], terms[0]) if terms else 0.0
        return total if any(type(x) is Tensor for x in inputs) else detached(total)

    derivative.__name__ = f"the derivative of {getattr(f, '__name__', f)}"
    return derivative


def _projected(y: Any, offset: int = 0) -> Any:
    """Σ v·y with weights v that are all different: a scalar that depends on every entry of y."""
    lengths = shape(detached(y))
    weights = [math.cos(1.7 * k + offset) + 0.3 for k in range(product(lengths))]
    if not lengths:
        return y * weights[0]
    return ops.sum(ops.reshape(y, (-1,)) * like(weights, detached(y)))


def _numeric(
    f: Any, values: Sequence[Any], i: int, j: int, expected: float, within: float
) -> float:
    """ds/dx for entry j of input i: the first step size that agrees, else what comes nearest."""
    scale = max(1.0, abs(_flat(values[i])[j]))
    tried = []
    for h in (2e-3, 2e-4, 2e-5):
        tried.append(_difference(f, values, i, j, h * scale))
        if abs(tried[-1] - expected) <= within:
            break
    return min(tried, key=lambda numeric: abs(numeric - expected))


def _difference(f: Any, values: Sequence[Any], i: int, j: int, h: float) -> float:
    """ds/dx for entry j of input i, from four values of f at distances h and 2h."""

    def moved(by: float) -> float:
        entries = _flat(values[i])
        entries[j] += by
        shifted = like(entries if shape(values[i]) else entries[0], values[i])
        if shape(values[i]):
            shifted = ops.reshape(shifted, shape(values[i]))
        inputs = [shifted if k == i else value for k, value in enumerate(values)]
        return float(detached(_projected(f(*inputs))))

    return (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h)


def _flat(value: Any) -> list[float]:
    return ops.reshape(value, (-1,)).tolist() if shape(value) else [float(value)]


def _index(j: int, lengths: tuple[int, ...]) -> tuple[int, ...]:
    index = []
    for n in reversed(lengths):
        j, i = divmod(j, n)
        index.append(i)
    return tuple(reversed(index))


def _message(f: Any, what: str, i: int, index: Any, analytic: float, numeric: float) -> str:
    name = getattr(f, "__name__", repr(f))
    where = f"input {i}" + (f" at {index}" if index else "")
    return (
        f"gradcheck of {name}, {what}: {where}: the rule gives {analytic:.10g}, "
        f"finite differences {numeric:.10g} (difference {abs(analytic - numeric):.2g})"
    )
