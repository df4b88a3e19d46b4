"""The chain rule, once.

    y         the Tensor that is differentiated (a loss)
    g         dL/dy of a node, its cotangent
    pull back from g at a node to what each of its inputs receives, by the node's rule

A node's gradient is the sum of what all nodes that use it send back. So a node is visited after
everything that uses it. What uses it was made later: the walk goes back in the order of making.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from itertools import compress, count
from operator import attrgetter
from typing import Any, NoReturn

from ..arrays.namespace import like, ones_like, shape
from ..arrays.shapes import Shape, product
from .sums import UNADDED, plus, total
from .tensor import OPS, Op, Tensor

Gradients = dict[Tensor, Any]
Pulled = list[Any]  # what each input of a node receives; None where it takes nothing
Walk = Iterator[tuple[Tensor, Any, Pulled]]


def gradients(y: Tensor, *, seed: Any = None, differentiable: bool = False) -> Gradients:
    """dy/dtensor for every Tensor that y depends on; one that it does not depend on is absent.

    `seed` is the cotangent of y, 1 for a scalar. With `differentiable=True` the gradients are
    Tensors that can be differentiated again (plain where they are constant). A pure function:
    nothing is written to the graph.

    >>> x = Tensor(3.0)
    >>> gradients(x * x)[x]
    6.0
    """
    return {node: g for node, g, _ in walk_back({y: _seed(y, seed)}, differentiable)}


def backpropagate(y: Tensor, seed: Any = None, differentiable: bool = False) -> Walk:
    """(node, its gradient, what it sends back along each input), from y to the leaves."""
    for node, g, pulled in walk_back({y: _seed(y, seed)}, differentiable):
        yield node, g, [total(received) for received in pulled]


def walk_back(
    waiting: Gradients, differentiable: bool = False, ends: Container[Tensor] = ()
) -> Walk:
    """`backpropagate` from several roots, each with its cotangent, and no further than `ends`.

    What a node sends back may be put off: it is added up when the walk arrives where it goes.
    """
    for node in backward_order(waiting, ends):
        g = waiting.pop(node, None)
        if g is None:  # only reached through an input without a derivative
            continue
        if type(g) in UNADDED:
            g = total(g)
        pulled = [] if node in ends else pull_back(node, g, differentiable, not differentiable)
        yield node, g, pulled
        for x, received in zip(node._inputs, pulled):
            if received is not None:
                held = waiting.get(x)
                waiting[x] = received if held is None else plus(held, received)


def backward_order(roots: Iterable[Tensor], ends: Container[Tensor] = ()) -> list[Tensor]:
    """The roots and every Tensor that they depend on, the last made first.

    What only `ends` depend on is left out.
    """
    found = set(roots)
    unread = list(found)
    while unread:
        node = unread.pop()
        for x in () if node in ends else node._inputs:
            if type(x) is Tensor and x not in found:
                found.add(x)
                unread.append(x)
    return sorted(found, key=attrgetter("_made"), reverse=True)


def pull_back(
    node: Tensor, g: Any, differentiable: bool = False, put_off: bool = False
) -> Pulled:
    """What each input of the node receives of g. Only the rules of Tensors are called.

    On plain values the rule gives a plain gradient; on Tensors it is recorded like any other
    arithmetic, and can be differentiated. With `put_off` a sum over rows need not be computed yet.
    ValueError where the op has no rule.
    """
    op, inputs, attrs = node._op, node._inputs, node._attrs
    if op is None:
        return []
    values = inputs if differentiable else [x._value if type(x) is Tensor else x for x in inputs]
    given = (g, node if differentiable else node._value, *values)
    rules: Any = op.rules or _no_rules(op)
    received: Pulled = []
    if op.variadic:
        several = _checked_count(op, rules[0](*given, **attrs), len(inputs))
        for r, x in zip(several, inputs):
            wanted = type(x) is Tensor and r is not None
            received.append(_fit(r, x, op) if wanted else None)
    else:
        for rule, x in zip(rules, inputs):
            if type(x) is Tensor and rule:
                r, value = rule(*given, **attrs), x._value
                fits = type(r) is type(value) and (type(r) is float or r.shape == value.shape)
                received.append(r if fits else _fit(r, x, op))
            else:
                received.append(None)
    return received if put_off else list(map(total, received))


def unbroadcast(g: Any, target: Shape) -> Any:
    """g summed over the axes that broadcasting from `target` added or stretched.

    The transpose of broadcast is sum. ValueError where `target` does not broadcast to g's shape.
    """
    given = shape(g)
    added = len(given) - len(target)
    matched = zip(given[max(added, 0) :], target, strict=False)
    if added < 0 or any(n not in (m, 1) for m, n in matched):
        raise ValueError(f"a gradient of shape {given} does not sum to the shape {target}")
    padded = (1,) * added + target
    stretched = tuple(compress(count(), map(int.__ne__, given, padded)))
    summed = OPS["sum"](g, axis=stretched, keepdims=True) if stretched else g
    return OPS["reshape"](summed, shape=target) if added else summed


def _fit(g: Any, x: Tensor, op: Op) -> Any:
    """The gradient in the shape and kind of x's value."""
    if type(g) in UNADDED:
        return g
    value = x._value
    if g is None or (isinstance(g, (tuple, list)) and type(g) is not type(value)):
        raise TypeError(
            f"the rule of op '{op.name}' returned a {type(g).__name__}: it returns one gradient, "
            f"and each input has a rule of its own, {op.name}.vjp(rule_a, rule_b)"
        )
    target = shape(value)
    if shape(g) != target:
        try:
            g = unbroadcast(g, target)
        except ValueError as error:
            raise ValueError(f"the rule of op '{op.name}' is wrong: {error}") from None
    return float(g) if type(value) is float and type(g) is not Tensor else g


def _no_rules(op: Op) -> NoReturn:
    raise ValueError(
        f"op '{op.name}' has no vjp: add one with @{op.name}.vjp (examples/02_add_an_op.py)"
    )


def _checked_count(op: Op, received: Any, expected: int) -> Any:
    if not isinstance(received, (tuple, list)):
        raise TypeError(
            f"the rule of op '{op.name}' returned a {type(received).__name__}: "
            f"a list of {expected} gradients is expected, one for each input"
        )
    if len(received) != expected:
        raise ValueError(
            f"the rule of op '{op.name}' returned {len(received)} gradients for {expected} inputs: "
            "return one for each, None where there is none"
        )
    return received


def _seed(y: Tensor, seed: Any) -> Any:
    """The cotangent to start from: as given, in y's shape; else 1."""
    if type(y) is not Tensor:
        raise TypeError(f"gradients: needs a Tensor, got the plain value {y!r:.40}: nothing to do")
    if seed is None:
        if product(y.shape) != 1:
            raise ValueError(
                f"backward() needs a scalar, got shape {y.shape}: sum it, or pass seed="
            )
        return ones_like(y.value)
    if type(seed) is not Tensor:
        seed = like(seed, y.value)
    if shape(seed) != y.shape:
        raise ValueError(
            f"seed has shape {shape(seed)}, the Tensor has {y.shape}: "
            "the seed is dL/dy, and has y's shape"
        )
    return seed
