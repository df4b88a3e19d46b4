"""Contractions: products summed over an axis of each, as of every row with every column."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from . import dtypes, whole
from .array import Array, stretched
from .creation import zeros
from .kernels import columns, products, rows
from .manipulation import permute_dims, reshape
from .reductions import sum as sum_of
from .shapes import Shape, broadcast_shapes, normalise_axis, product

__all__ = ["matmul", "tensordot", "vecdot"]

ADVICE = "the last axis of one is the last but one of the other (.mT exchanges them)"


def matmul(x1: Array, x2: Array, /) -> Array:
    """The matrix product (..., N, K) · (..., K, M) = (..., N, M); a vector drops its axis.

    >>> from tinygrad_rnn.arrays import asarray
    >>> matmul(asarray([[1.0, 2.0]]), asarray([[3.0], [4.0]]))
    Array([[11.0]])
    """
    _check(x1, x2)
    if len(x1._shape) == len(x2._shape) == 2:
        return _product(x1, x2)
    a = x1 if x1.ndim > 1 else Array(x1._data, (1, *x1.shape), x1.dtype)
    b = x2 if x2.ndim > 1 else Array(x2._data, (*x2.shape, 1), x2.dtype)
    result = _product(a, b) if a.ndim == b.ndim == 2 else _products(a, b)
    n, m = () if x1.ndim == 1 else a.shape[-2:-1], () if x2.ndim == 1 else b.shape[-1:]
    return Array(result._data, result.shape[:-2] + n + m, result.dtype)


def tensordot(
    x1: Array, x2: Array, /, *, axes: int | tuple[Sequence[int], Sequence[int]] = 2
) -> Array:
    """Σ x1 · x2 over pairs of axes: the last of x1 with the first of x2, or those named for each.

    The shape is that of the axes that are left, x1's before x2's. ValueError where the two of a
    pair differ in length, and for a number of axes below 0.
    """
    if isinstance(axes, int):
        if axes < 0:
            raise ValueError(f"tensordot: axes is {axes}: 0 axes are summed over, or more")
        axes = range(x1.ndim - axes, x1.ndim), range(axes)
    own, other = (
        [normalise_axis(a, x.ndim, "tensordot") for a in named]
        for x, named in zip((x1, x2), axes, strict=True)
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
    """Σ x1 · x2 along one axis, counted from the last; the others are broadcast.

    ValueError where that axis is not equally long in both, and for one counted from the front
    where they differ in their number of axes; IndexError where there is none.
    """
    places = [normalise_axis(axis, x.ndim, "vecdot") for x in (x1, x2)]
    if x1.shape[places[0]] != x2.shape[places[1]]:
        raise ValueError(f"vecdot: axis {axis} of {x1.shape} and {x2.shape} is not equally long")
    if x1.ndim != x2.ndim and axis >= 0:
        raise ValueError(f"vecdot: axis is {axis}: {x1.shape} and {x2.shape} need one below 0")
    return sum_of(x1 * x2, axis=axis)


def _check(x1: Array, x2: Array) -> None:
    if not (isinstance(x1, Array) and isinstance(x2, Array)):
        kinds = f"{type(x1).__name__} and {type(x2).__name__}"
        raise TypeError(f"matmul: needs two Arrays, got {kinds}")
    first, second = x1._shape, x2._shape
    if not first or not second or first[-1] != second[-2:][0]:
        raise ValueError(f"matmul: shapes {first} and {second} do not multiply: {ADVICE}")
    if x1._dtype is not x2._dtype:
        raise TypeError(f"matmul: {x1.dtype} and {x2.dtype} arrays do not mix: use astype")
    if x1._dtype is dtypes.bool:
        raise TypeError("matmul: truth values have no arithmetic: use astype(x, int64)")


def _product(a: Array, b: Array) -> Array:
    """The product of two matrices."""
    (n, length), m = a._shape, b._shape[1]
    if not length:
        return zeros((n, m), dtype=a._dtype)
    entries = products(length)(rows(a), columns(b))
    if a._dtype is not dtypes.float64:
        whole.in_range("matmul", entries)
    return Array(entries, (n, m), a._dtype)


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
