"""Many entries become one: sum, mean, max, min, argmax, along some axes or all; running sums.

`axis` is None (all of them), a whole number or a tuple; `keepdims` leaves a length of 1 behind.
"""

from __future__ import annotations

import builtins
import operator
from collections.abc import Callable, Iterable
from typing import Any

from . import dtypes
from .array import Array, unary
from .dtypes import DType
from .shapes import Shape, normalise_axes, normalise_axis, positions, product, strides_of

Axis = int | Iterable[int] | None


def sum(x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """The sum along the axes; 0 of nothing.

    >>> from tinygrad_rnn.arrays import asarray
    >>> sum(asarray([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Array([4.0, 6.0])
    """
    zero = 0.0 if x.dtype is dtypes.float64 else 0
    dtype = dtypes.int64 if x.dtype is dtypes.bool else x.dtype
    return _reduce(lambda entries: builtins.sum(entries, zero), x, axis, keepdims, dtype)


def mean(x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """The sum divided by the number of entries; nan of nothing."""
    count = product(x.shape[a] for a in normalise_axes(axis, x.ndim))
    return sum(x, axis=axis, keepdims=keepdims) / count


def max(x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """The largest entry along the axes, nan if one is nan; ValueError of nothing."""
    return _reduce(_largest, x, axis, keepdims, x.dtype)


def min(x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """The smallest entry along the axes, nan if one is nan; ValueError of nothing."""
    return _reduce(_smallest, x, axis, keepdims, x.dtype)


def all(x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """True where no entry along the axes is 0 or False."""
    return _reduce(builtins.all, x, axis, keepdims, dtypes.bool)


def argmax(x: Array, /, *, axis: int | None = None, keepdims: bool = False) -> Array:
    """The index of the first largest entry (or nan) along the axis, or in the flat array."""
    return _reduce(_index_of_largest, x, axis, keepdims, dtypes.int64)


def cumulative_sum(x: Array, /, *, axis: int | None = None) -> Array:
    """The sum of every entry and all before it along the axis (of a vector: its only one).

    >>> from tinygrad_rnn.arrays import asarray
    >>> cumulative_sum(asarray([1.0, 2.0, 5.0]))
    Array([1.0, 3.0, 8.0])
    """
    if axis is None and x.ndim != 1:
        raise ValueError(f"cumulative_sum: needs an axis for an array of shape {x.shape}")
    at = normalise_axis(axis or 0, x.ndim)
    length, apart = x.shape[at], strides_of(x.shape)[at]
    dtype = dtypes.int64 if x.dtype is dtypes.bool else x.dtype
    entries = list(map(dtype.python_type, x._data))
    for p in range(len(entries)):
        if p // apart % length:  # not the first along the axis
            entries[p] += entries[p - apart]
    return Array(entries, x.shape, dtype)


def _largest(entries: list[Any]) -> Any:
    return entries[_index_of_largest(entries)]


def _smallest(entries: list[Any]) -> Any:
    if not entries:
        raise ValueError("min: there is no smallest of no entries")
    if builtins.all(map(operator.eq, entries, entries)):
        return builtins.min(entries)
    return next(entry for entry in entries if entry != entry)  # the first nan


def _index_of_largest(entries: list[Any]) -> int:
    if not entries:
        raise ValueError("max and argmax: there is no largest of no entries")
    if builtins.all(map(operator.eq, entries, entries)):
        return entries.index(builtins.max(entries))
    return next(i for i, entry in enumerate(entries) if entry != entry)  # the first nan


def _reduce(
    f: Callable[[list[Any]], Any], x: Array, axis: Axis, keepdims: bool, dtype: DType
) -> Array:
    """f of each list of entries that differ only along the axes."""
    axes = normalise_axes(axis, x.ndim)
    if not axes:
        return unary(lambda entry: f([entry]), x, dtype)
    kept = tuple(a for a in range(x.ndim) if a not in axes)
    shape = tuple(x.shape[a] for a in kept)
    results = [f(entries) for entries in _groups(x, axes, kept)]
    full: Shape = tuple(1 if a in axes else n for a, n in enumerate(x.shape))
    return Array(results, full if keepdims else shape, dtype)


def _groups(x: Array, axes: tuple[int, ...], kept: tuple[int, ...]) -> Iterable[list[Any]]:
    """The entries that are reduced together, a list for each entry of the result."""
    strides = strides_of(x.shape)
    starts = positions([x.shape[a] for a in kept], [strides[a] for a in kept])
    inner = positions([x.shape[a] for a in axes], [strides[a] for a in axes])
    if len(starts) == 1:
        return [x._data]
    return ([x._data[start + offset] for offset in inner] for start in starts)
