"""What the rules are tried on: for every op a few calls, with inputs away from any kink.

`gradcheck(case.call, *values(case, "array"))` tries one. The command line and the tests share this
table; the op of a new name in OPS belongs here too.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .. import autograd as tg
from ..arrays import asarray
from .tensor import OPS, detached


class Case(NamedTuple):
    """A function of `inputs`, which are floats and nested lists of floats; of any shape its result.

    An attribute (an axis, an index) is inside the function.
    """

    call: Callable[..., Any]
    inputs: tuple[Any, ...]


def values(case: Case, kind: str | Callable[[Any], Any]) -> list[Any]:
    """The inputs as values: "float" leaves numbers floats and makes lists Arrays; "array" makes all
    of them Arrays; a function such as numpy.asarray makes them what it makes.

    >>> values(Case(operator.mul, (2.0, [1.0])), "float")
    [2.0, Array([1.0])]
    """
    if callable(kind):
        return list(map(kind, case.inputs))
    if kind not in ("float", "array"):
        raise ValueError(f'values: kind is "float", "array" or a function, got {kind!r}')
    return [x if kind == "float" and isinstance(x, float) else asarray(x) for x in case.inputs]


def _each(call: Callable[..., Any], inputs: Sequence[tuple[Any, ...]]) -> list[Case]:
    return [Case(call, given) for given in inputs]


def _with(call: Callable[..., Any], x: Any, *attributes: dict[str, Any]) -> list[Case]:
    """A case for each set of keywords."""
    return [Case(_bound(call, keywords), (x,)) for keywords in attributes]


def _bound(call: Callable[..., Any], keywords: dict[str, Any]) -> Callable[..., Any]:
    return lambda x: call(x, **keywords)


def _read(key: Any) -> Callable[..., Any]:
    return lambda x: tg.getitem(x, key)


def _spread(key: Any, shape: tuple[int, ...]) -> Callable[..., Any]:
    return lambda x: OPS["scatter_add"](x, key=key, shape=shape)


def _joined(axis: int | None) -> Callable[..., Any]:
    return lambda *arrays: tg.concat(arrays, axis=axis)


def _stacked(axis: int) -> Callable[..., Any]:
    return lambda *arrays: tg.stack(arrays, axis=axis)


def _checkpointed(x: Any, y: Any) -> Any:
    """One argument, and one that is closed over, twice, and returned as it is."""
    product, curve, same = tg.checkpoint(lambda a: (a * y, tg.tanh(a) * y * y, y))(x)
    return product * curve + same


V = [0.3, -1.2, 0.8]
W = [1.1, 0.4, -0.7]
M = [[0.3, -1.2, 0.8], [1.5, -0.4, 0.9]]
N = [[0.7, 1.3], [-0.2, 0.5], [1.1, -0.6]]
Z = [[0.0, 2.0, -3.0], [0.0, 0.0, 1.5]]
POSITIVE = [[0.4, 1.7], [2.5, 0.9]]
B = [[[0.1, 0.7, -0.5], [0.2, -0.3, 0.6]], [[1.2, -0.8, 0.4], [0.9, 0.5, -1.1]]]
C = [[[0.7, 1.3], [-0.2, 0.5], [1.1, -0.6]], [[0.2, -1.0], [0.8, 0.3], [-0.9, 0.4]]]

UNARY: list[tuple[Any, ...]] = [(0.7,), (-1.3,), (V,), (M,), ([[0.6]],)]
ABOVE_ZERO: list[tuple[Any, ...]] = [(0.7,), (2.5,), (POSITIVE,), ([1.5],)]
BINARY: list[tuple[Any, ...]] = [
    (0.7, -1.3),
    (V, W),
    (M, V),
    (M, [[0.5], [0.9]]),
    ([0.8], M),
    (0.6, V),
    (M, 1.4),
    ([], []),
    ([[0.5]], [[[1.5]]]),
    ([1.5], []),
]
DIFFERENT: list[tuple[Any, ...]] = [
    (0.7, -1.3),
    (-1.3, 0.7),
    (V, W),
    (M, W),
    (0.35, V),
    (M, [[0.5], [1.2]]),
    (M, 1.4),
]
REDUCED: tuple[dict[str, Any], ...] = (
    {},
    {"keepdims": True},
    {"axis": 1},
    {"axis": -1, "keepdims": True},
    {"axis": (0, 2)},
    {"axis": (), "keepdims": True},
)

ARITHMETIC = {
    "add": _each(operator.add, BINARY),
    "subtract": _each(operator.sub, BINARY),
    "positive": _each(operator.pos, UNARY),
    "negative": _each(operator.neg, UNARY),
    "multiply": [*_each(operator.mul, BINARY), Case(lambda x: x * x, (V,))],
    "divide": _each(operator.truediv, BINARY),
    "reciprocal": _each(tg.reciprocal, UNARY),
    "square": _each(tg.square, UNARY),
    "sqrt": _each(tg.sqrt, ABOVE_ZERO),
    "pow": [
        *_each(operator.pow, [(0.7, -1.3), (1.4, 0.0), (1.7, V)]),
        *_each(operator.pow, [(POSITIVE, [0.5, 2.0]), (POSITIVE, 0.0)]),
        *_each(lambda x: x**2, [(0.0,), (-1.5,), ([-0.5, 0.0, 2.0],)]),
        *_each(lambda x: x**0, [(0.0,), ([-0.5, 0.0, 2.0],)]),
        *_each(lambda x: x**-1, [(-1.5,), ([-0.5, 2.0],)]),
        *_each(lambda x: 2**x, [(0.7,), (V,)]),
        Case(lambda x: 0.0**x, (2.0,)),
    ],
}

CHOICES = {
    "where": _each(
        lambda a, b: tg.where(detached(a) > 0.35, a, b),
        [(0.7, -1.3), (0.1, -1.3), (V, W), (M, V), (V, M), (V, 0.4), (0.6, V)],
    ),
    "sign": _each(lambda x: x * tg.sign(x), UNARY),
    "abs": _each(abs, UNARY),
    "maximum": _each(tg.maximum, DIFFERENT),
    "minimum": _each(tg.minimum, DIFFERENT),
    "clip": [
        *_each(lambda x: tg.clip(x, -0.5, 0.5), UNARY),
        *_each(lambda x: tg.clip(x, max=0.5) + tg.clip(x, 0.4), UNARY),
        *_each(tg.clip, [(M, -0.5, [0.5, 0.6, 0.7]), (0.7, -0.5, 0.5), (V, [-0.5] * 3, W)]),
    ],
}

EXPONENTIAL = {
    "exp": _each(tg.exp, UNARY),
    "expm1": _each(tg.expm1, UNARY),
    "log": _each(tg.log, ABOVE_ZERO),
    "log1p": _each(tg.log1p, [(0.7,), (-0.4,), (POSITIVE,), ([0.3, -0.6],)]),
    "erf": _each(tg.erf, UNARY),
}

TRIGONOMETRIC = {
    name: _each(getattr(tg, name), UNARY) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")
}

ACTIVATIONS = {
    "sigmoid": _each(tg.sigmoid, UNARY),
    "softplus": _each(tg.softplus, [*UNARY, (0.0,), ([0.0, 40.0, -40.0],)]),
    "softsign": _each(tg.softsign, UNARY),
    "relu": _each(tg.relu, UNARY),
    "leaky_relu": [*_each(tg.leaky_relu, UNARY), *_each(lambda x: tg.leaky_relu(x, 0.2), UNARY)],
    "elu": [*_each(tg.elu, UNARY), *_each(lambda x: tg.elu(x, 0.5), UNARY)],
    "gelu": [*_each(tg.gelu, UNARY), *_each(lambda x: tg.gelu(x, approximate="tanh"), UNARY)],
    "dropout": _each(
        lambda x: tg.dropout(x, detached(x) > 0.5, p=0.25), [(0.7,), (-1.3,), (V,), (M,)]
    ),
    "stop_gradient": _each(lambda x: x * tg.stop_gradient(tg.sign(x)), UNARY),  # it cuts a constant
}

REDUCTIONS = {
    "sum": [Case(tg.sum, (0.7,)), *_with(tg.sum, B, *REDUCED)],
    "mean": [Case(tg.mean, (0.7,)), *_with(tg.mean, B, *REDUCED)],
    "max": [Case(tg.max, (0.7,)), *_with(tg.max, B, *REDUCED), *_with(tg.max, M, {"axis": 0})],
    "min": [Case(tg.min, (0.7,)), *_with(tg.min, B, *REDUCED), *_with(tg.min, M, {"axis": 0})],
    "prod": [
        *_each(tg.prod, [(0.7,), ([],)]),
        *_with(tg.prod, B, *REDUCED),
        *_with(tg.prod, Z, {}, {"axis": 0}, {"axis": 1}),
    ],
    "var": [
        *_with(tg.var, B, *REDUCED),
        *_with(tg.var, M, {"axis": 1, "correction": 1}, {"correction": 0.5}),
    ],
    "std": _with(tg.std, B, {}, {"axis": 1}, {"axis": (0, 2), "correction": 1, "keepdims": True}),
    "logsumexp": [
        Case(lambda x: tg.logsumexp(x, axis=None), (0.7,)),
        *_with(tg.logsumexp, B, *REDUCED),
    ],
    "log_softmax": _with(tg.log_softmax, B, {}, {"axis": 0}, {"axis": (0, 2)}),
    "log_likelihood": _with(tg.log_likelihood, M, {"classes": (2, 0)}, {"classes": (1, 1)}),
    "softmax": _with(tg.softmax, B, {}, {"axis": 0}, {"axis": None}),
    "cumulative_sum": [
        Case(tg.cumulative_sum, (V,)),
        *_with(tg.cumulative_sum, B, {"axis": 0}, {"axis": 1}, {"axis": -1}),
    ],
}

LINALG = {
    "matrix_transpose": _each(tg.matrix_transpose, [(M,), (B,), ([[0.3]],)]),
    "matmul": [
        *_each(tg.matmul, [(V, W), (V, N), (M, V), (M, N), (B, N), (M, C), (B, C), (V, C), (B, V)]),
        Case(tg.matmul, ([B[0]], C)),
        Case(operator.matmul, ([[0.4]], [[0.7]])),
        Case(lambda x: x @ x.mT, (M,)),
    ],
    "linear": _each(
        tg.linear,
        [
            (V, [V, W, V], [0.2, -0.1, 0.5]),
            (M, [V, W], [0.2, -0.1]),
            (B, [V, W], [0.2, -0.1]),
            (M, [W], [0.4]),
        ],
    ),
}

MANIPULATION = {
    "reshape": [
        *_with(tg.reshape, M, {"shape": (3, 2)}, {"shape": -1}, {"shape": (1, -1, 2)}),
        *_each(lambda x: tg.reshape(x, ()), [([[0.7]],), (0.7,)]),
    ],
    "expand_dims": _with(tg.expand_dims, M, {}, {"axis": 1}, {"axis": -1}),
    "squeeze": _with(tg.squeeze, [[[0.3], [0.7]]], {"axis": 0}, {"axis": (0, -1)}),
    "broadcast_to": [
        Case(lambda x: tg.broadcast_to(x, ()), (0.7,)),
        Case(lambda x: tg.broadcast_to(x, (2, 3)), (V,)),
        Case(lambda x: tg.broadcast_to(x, (4, 2, 3)), ([[0.5], [0.9]],)),
        Case(lambda x: tg.broadcast_to(x, (3, 1)), ([[1.5]],)),
    ],
    "permute_dims": _with(tg.permute_dims, B, {"axes": (2, 0, 1)}, {"axes": (1, -1, 0)}),
    "concat": [
        *_each(_joined(0), [(V, W), (V, [], [0.4])]),
        *_each(_joined(1), [(M, [[0.2], [0.6]], M), (B, B)]),
        *_each(_joined(-1), [(M, M), (B, B)]),
        Case(_joined(None), (M, V)),
        Case(lambda x: tg.concat([x, x * x]), (V,)),
    ],
    "stack": [Case(_stacked(0), (V, W)), Case(_stacked(-1), (M, M)), Case(_stacked(1), (B, B))],
    "roll": [
        *_with(tg.roll, M, {"shift": 1}, {"shift": -1, "axis": 1}),
        *_with(tg.roll, B, {"shift": (1, -4), "axis": (0, -1)}),
    ],
    "tile": _each(lambda x: tg.tile(x, (2, 1, 3)), [(V,), (M,), (B,)])
    + _each(lambda x: tg.tile(x, (2,)), [(V,), (M,)]),
    "repeat": _with(
        lambda x, repeats, axis=None: tg.repeat(x, repeats, axis=axis),
        M,
        {"repeats": 2},
        {"repeats": 3, "axis": 0},
        {"repeats": [2, 0, 1], "axis": -1},
    ),
    "tril": [*_with(tg.tril, M, {}, {"k": 1}), *_with(tg.tril, B, {"k": -1})],
    "triu": [*_with(tg.triu, M, {}, {"k": 1}), *_with(tg.triu, B, {"k": -1})],
}

INDEXING = {
    "getitem": [
        *_each(_read(1), [(V,), (M,)]),
        Case(_read((0, -1)), (M,)),
        Case(_read((slice(None), slice(None, None, -2))), (M,)),
        Case(_read((..., 1)), (B,)),
        Case(_read((None, slice(1, None))), (V,)),
        Case(_read([2, 0, 2]), (V,)),
        Case(_read(([0, 1, 0], [2, 2, 2])), (M,)),
        Case(_read((0, slice(None), [1, 1])), (B,)),
        Case(_read((slice(None), 1, [0, 2])), (B,)),
        Case(_read(asarray([1, 1])), (M,)),
    ],
    "scatter_add": [
        Case(_spread([0, 2, 2], (4,)), (V,)),
        Case(_spread((slice(None), 1), (2, 3)), ([0.4, -0.9],)),
        Case(_spread((0, slice(None, None, -1)), (2, 3)), (V,)),
        Case(_spread(([1, 1], [0, 0]), (2, 2)), ([0.4, -0.9],)),
    ],
    "take": [
        Case(lambda x: tg.take(x, [2, 0, 2]), (V,)),
        Case(lambda x: tg.take(x, [1, 1], axis=-2), (B,)),
    ],
    "take_along_axis": [
        Case(lambda x: tg.take_along_axis(x, asarray([[2, 2], [0, 1]])), (M,)),
        Case(lambda x: tg.take_along_axis(x, asarray([[0, 1, 0]]), axis=0), (M,)),
    ],
    "flip": _with(tg.flip, B, {}, {"axis": 1}, {"axis": (0, -1)}),
    "unstack": [
        Case(lambda x: operator.mul(*tg.unstack(x)), (M,)),
        Case(lambda x: tg.unstack(x, axis=-1)[1], (M,)),
    ],
    "split": [
        Case(lambda x: tg.split(x, 2, axis=-1)[1], (M,)),
        Case(lambda x: operator.mul(*tg.split(x, [1, 2], axis=1)), (M,)),
    ],
}

CHECKPOINTING = {"checkpoint": _each(_checkpointed, [(0.7, -1.3), (V, W)])}

CASES: dict[str, list[Case]] = {
    **ARITHMETIC,
    **CHOICES,
    **EXPONENTIAL,
    **TRIGONOMETRIC,
    **ACTIVATIONS,
    **REDUCTIONS,
    **LINALG,
    **MANIPULATION,
    **INDEXING,
    **CHECKPOINTING,
}
