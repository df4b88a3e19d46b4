"""The same entries in another shape or order: reshape, permute_dims, concat, stack, take, ..."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from . import dtypes
from .array import Array, stretched
from .indexing import resolve
from .shapes import Shape, fill_in, normalise_axis, positions, product, strides_of


def reshape(x: Array, /, shape: int | Iterable[int]) -> Array:
    """The entries in reading order, in another shape; one length may be -1, "what fits"."""
    return Array(x._data, fill_in(shape, x.size), x.dtype)


def permute_dims(x: Array, /, axes: Sequence[int]) -> Array:
    """The axes in another order: axis i of the result is axis axes[i] of x."""
    order = [normalise_axis(a, x.ndim) for a in axes]
    if sorted(order) != list(range(x.ndim)):
        raise ValueError(f"permute_dims: {tuple(axes)} does not name each of {x.ndim} axes once")
    lengths, strides = x.shape, strides_of(x.shape)
    found = positions([lengths[a] for a in order], [strides[a] for a in order])
    return Array([x._data[p] for p in found], tuple(lengths[a] for a in order), x.dtype)


def matrix_transpose(x: Array, /) -> Array:
    """Every matrix transposed: the last two axes exchanged."""
    if x.ndim < 2:
        raise ValueError(f"matrix_transpose: needs two axes or more, got shape {x.shape}")
    if x.ndim == 2:
        columns = x.shape[1]
        entries = [entry for j in range(columns) for entry in x._data[j::columns]]
        return Array(entries, x.shape[::-1], x.dtype)
    return permute_dims(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


def expand_dims(x: Array, /, *, axis: int = 0) -> Array:
    """A new axis of length 1 at the position `axis`."""
    at = normalise_axis(axis, x.ndim + 1)
    return Array(x._data, (*x.shape[:at], 1, *x.shape[at:]), x.dtype)


def broadcast_to(x: Array, /, shape: Iterable[int]) -> Array:
    """x repeated along new axes and along those of length 1."""
    target = tuple(shape)
    return Array(stretched(x, target), target, x.dtype)


def concat(arrays: Sequence[Array], /, *, axis: int | None = 0) -> Array:
    """The arrays one after the other along an axis; along the flattened entries for None."""
    if not arrays:
        raise ValueError("concat: needs at least one array")
    if axis is None:
        arrays, axis = [reshape(a, -1) for a in arrays], 0
    at = normalise_axis(axis, arrays[0].ndim)
    _check_alike("concat", arrays, at)
    length = sum(a.shape[at] for a in arrays)
    shape = (*arrays[0].shape[:at], length, *arrays[0].shape[at + 1 :])
    inner = product(arrays[0].shape[at + 1 :])
    blocks = [(a._data, a.shape[at] * inner) for a in arrays]
    entries = [
        entry
        for outer in range(product(shape[:at]))
        for data, block in blocks
        for entry in data[outer * block : (outer + 1) * block]
    ]
    return Array(entries, shape, arrays[0].dtype)


def stack(arrays: Sequence[Array], /, *, axis: int = 0) -> Array:
    """The arrays side by side along a new axis."""
    if len({a.shape for a in arrays}) > 1:
        raise ValueError(f"stack: shapes differ: {', '.join(str(a.shape) for a in arrays)}")
    return concat([expand_dims(a, axis=axis) for a in arrays], axis=axis)


def take(x: Array, indices: Array, /, *, axis: int | None = None) -> Array:
    """The entries (rows, columns, ...) at `indices` along an axis.

    >>> from tinygrad_rnn.arrays import asarray
    >>> take(asarray([[1.0, 2.0], [3.0, 4.0]]), asarray([1, 1]), axis=0)
    Array([[3.0, 4.0], [3.0, 4.0]])
    """
    if axis is None and x.ndim != 1:
        raise ValueError(f"take: needs an axis for an array of shape {x.shape}")
    at = normalise_axis(axis or 0, x.ndim)
    return x[(slice(None),) * at + (indices,)]


def scatter_add(x: Array, key: object, shape: Shape) -> Array:
    """Zeros of `shape` with every entry of x added where `key` reads it: the adjoint of a[key].

    Not in the standard. A position that `key` reads twice gets the sum.

    >>> from tinygrad_rnn.arrays import asarray
    >>> scatter_add(asarray([1.0, 2.0, 5.0]), [0, 2, 2], (3,))
    Array([1.0, 0.0, 7.0])
    """
    found, picked = resolve(key, shape)
    entries = [0.0] * product(shape)
    for position, entry in zip(found, stretched(x, picked), strict=True):
        entries[position] += entry
    return Array(entries, shape, dtypes.float64)


def _check_alike(name: str, arrays: Sequence[Array], axis: int) -> None:
    first = arrays[0]
    for a in arrays[1:]:
        alike = a.ndim == first.ndim and all(
            m == n for i, (m, n) in enumerate(zip(a.shape, first.shape, strict=True)) if i != axis
        )
        if not alike:
            raise ValueError(f"{name}: {a.shape} does not fit {first.shape} along axis {axis}")
        if a.dtype is not first.dtype:
            raise TypeError(f"{name}: {first.dtype} and {a.dtype} arrays do not mix: use astype")
