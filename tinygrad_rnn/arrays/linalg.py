"""Matrix products: rows times columns.

A dot product is `math.sumprod` from Python 3.12 on, `sum(map(mul, ...))` before; both stay in C.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import chain
from operator import mul
from typing import Any

from . import dtypes, whole
from .array import Array, stretched
from .creation import zeros
from .manipulation import permute_dims, reshape
from .reductions import sum as sum_of
from .shapes import Shape, broadcast_shapes, normalise_axis, product

__all__ = ["matmul", "tensordot", "vecdot"]

ADVICE = "the last axis of one is the last but one of the other (.mT exchanges them)"
Dot = Callable[[Sequence[Any], Sequence[Any]], Any]


def dot_by_map(row: Sequence[Any], column: Sequence[Any], /) -> Any:
    """row₀·column₀ + row₁·column₁ + ..., added from the left."""
    return sum(map(mul, row, column))


dot: Dot = getattr(math, "sumprod", dot_by_map)


def matmul(x1: Array, x2: Array, /) -> Array:
    """The matrix product (..., N, K) · (..., K, M) = (..., N, M); a vector drops its axis.

    >>> from tinygrad_rnn.arrays import asarray
    >>> matmul(asarray([[1.0, 2.0]]), asarray([[3.0], [4.0]]))
    Array([[11.0]])
    """
    _check(x1, x2)
    a = x1 if x1.ndim > 1 else Array(x1._data, (1, *x1.shape), x1.dtype)
    b = x2 if x2.ndim > 1 else Array(x2._data, (*x2.shape, 1), x2.dtype)
    result = _product(a, b) if a.ndim == b.ndim == 2 else _products(a, b)
    rows, columns = () if x1.ndim == 1 else a.shape[-2:-1], () if x2.ndim == 1 else b.shape[-1:]
    if x1.dtype is dtypes.int64:
        whole.in_range("matmul", result._data)
    return Array(result._data, result.shape[:-2] + rows + columns, result.dtype)


def tensordot(
    x1: Array, x2: Array, /, *, axes: int | tuple[Sequence[int], Sequence[int]] = 2
) -> Array:
    """Σ x1 · x2 over pairs of axes: the last of x1 with the first of x2, or those named for each.

    The shape is that of the axes that are left, x1's before x2's.
    """
    if isinstance(axes, int):
        axes = range(x1.ndim - axes, x1.ndim), range(axes)
    own, other = (
        [normalise_axis(a, x.ndim) for a in named] for x, named in zip((x1, x2), axes, strict=True)
    )
    rest, others = (
        [a for a in range(x.ndim) if a not in named] for x, named in ((x1, own), (x2, other))
    )
    summed = tuple(x1.shape[a] for a in own)
    if summed != tuple(x2.shape[a] for a in other):
        raise ValueError(f"tensordot: axes {axes} of {x1.shape} and {x2.shape} differ in length")
    rows, columns = tuple(x1.shape[a] for a in rest), tuple(x2.shape[a] for a in others)
    left = reshape(permute_dims(x1, rest + own), (product(rows), product(summed)))
    right = reshape(permute_dims(x2, other + others), (product(summed), product(columns)))
    return reshape(matmul(left, right), rows + columns)


def vecdot(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """Σ x1 · x2 along one axis, counted from the last; the others are broadcast."""
    if not (x1.ndim and x2.ndim) or x1.shape[axis] != x2.shape[axis]:
        raise ValueError(f"vecdot: axis {axis} of {x1.shape} and {x2.shape} is not equally long")
    return sum_of(x1 * x2, axis=axis)


def _check(x1: Array, x2: Array) -> None:
    if not (isinstance(x1, Array) and isinstance(x2, Array)):
        kinds = f"{type(x1).__name__} and {type(x2).__name__}"
        raise TypeError(f"matmul: needs two Arrays, got {kinds}")
    inner = (x1.shape or (0,))[-1], (x2.shape[-2] if x2.ndim > 1 else (x2.shape or (0,))[0])
    if not x1.shape or not x2.shape or inner[0] != inner[1]:
        raise ValueError(f"matmul: shapes {x1.shape} and {x2.shape} do not multiply: {ADVICE}")
    if x1.dtype is not x2.dtype:
        raise TypeError(f"matmul: {x1.dtype} and {x2.dtype} arrays do not mix: use astype")
    if x1.dtype is dtypes.bool:
        raise TypeError("matmul: truth values have no arithmetic: use astype(x, int64)")


def _product(a: Array, b: Array) -> Array:
    """The product of two matrices: each row of a with each column of b, which is a row of b.mT."""
    if not a.shape[1]:
        return zeros((a.shape[0], b.shape[1]), dtype=a.dtype)
    columns = rows(b.mT)
    entries = [dot(row, column) for row in rows(a) for column in columns]
    return Array(entries, (a.shape[0], b.shape[1]), a.dtype)


def rows(x: Array) -> list[list[Any]]:
    """The rows of a matrix, as lists."""
    length = x.shape[1]
    return [x._data[i * length : (i + 1) * length] for i in range(x.shape[0])]


def _products(a: Array, b: Array) -> Array:
    """Stacks of matrices, matched by broadcasting the axes before the last two."""
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    pairs = zip(_matrices(a, batch), _matrices(b, batch), strict=True)
    entries = chain.from_iterable(_product(m, n)._data for m, n in pairs)
    return Array(list(entries), (*batch, a.shape[-2], b.shape[-1]), a.dtype)


def _matrices(x: Array, batch: Shape) -> list[Array]:
    shape = x.shape[-2:]
    size, entries = product(shape), stretched(x, batch + shape)
    return [
        Array(entries[i * size : (i + 1) * size], shape, x.dtype) for i in range(product(batch))
    ]
