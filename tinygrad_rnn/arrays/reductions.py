"""Many entries become one: sum, mean, max, var, argmax, ..., along some axes or all; running sums.

`axis` is None (all of them), a whole number or a tuple; `keepdims` leaves a length of 1 behind.
"""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Callable, Iterable
from functools import partial
from itertools import accumulate
from typing import Any

from . import dtypes, scalars, whole
from .array import Array, unary
from .creation import astype
from .dtypes import DType
from .lines import along, lines_of
from .shapes import Shape, normalise_axes, normalise_axis, positions, product, strides_of

__all__ = [
    "all", "any", "argmax", "argmin", "count_nonzero", "cumulative_prod", "cumulative_sum", "max",
    "mean", "min", "prod", "std", "sum", "var",
]  # fmt: skip

Axis = int | Iterable[int] | None
Entries = list[Any]

EXTREME = {"max": "largest", "min": "smallest"}


# Sums and products -----------------------------------------------------------------------------


def sum(
    x: Array, /, *, axis: Axis = None, dtype: DType | None = None, keepdims: bool = False
) -> Array:
    """The sum along the axes; 0 of nothing. `dtype` is the result's: int64 for truth values.

    >>> from tinygrad_rnn.arrays import asarray
    >>> sum(asarray([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Array([4.0, 6.0])
    """
    given = _summable(x, dtype)
    zero = given.dtype.python_type(0)
    return _reduce("sum", lambda entries: builtins.sum(entries, zero), given, axis, keepdims)


def prod(
    x: Array, /, *, axis: Axis = None, dtype: DType | None = None, keepdims: bool = False
) -> Array:
    """The product along the axes; 1 of nothing."""
    given = _summable(x, dtype)
    one = given.dtype.python_type(1)
    return _reduce("prod", lambda entries: math.prod(entries, start=one), given, axis, keepdims)


def cumulative_sum(
    x: Array,
    /,
    *,
    axis: int | None = None,
    dtype: DType | None = None,
    include_initial: bool = False,
) -> Array:
    """The sum of every entry and all before it along the axis (of a vector: its only one).

    `include_initial` puts the sum of nothing, 0, in front.

    >>> from tinygrad_rnn.arrays import asarray
    >>> cumulative_sum(asarray([1.0, 2.0, 5.0]))
    Array([1.0, 3.0, 8.0])
    """
    return _running("cumulative_sum", operator.add, 0, x, axis, dtype, include_initial)


def cumulative_prod(
    x: Array,
    /,
    *,
    axis: int | None = None,
    dtype: DType | None = None,
    include_initial: bool = False,
) -> Array:
    """The product of every entry and all before it along the axis, as `cumulative_sum` adds."""
    return _running("cumulative_prod", operator.mul, 1, x, axis, dtype, include_initial)


def _running(
    name: str, f: Callable[[Any, Any], Any], start: int, x: Array, axis: int | None,
    dtype: DType | None, include_initial: bool,
) -> Array:  # fmt: skip
    if axis is None and x.ndim != 1:
        raise ValueError(f"{name}: needs an axis for an array of shape {x.shape}")
    given, at = _summable(x, dtype), normalise_axis(axis or 0, x.ndim, name)
    first = [given.dtype.python_type(start)] if include_initial else []
    length = x.shape[at] + include_initial
    result = along(lambda line: list(accumulate(first + line, f)), given, at, length=length)
    _check_whole(name, result)
    return result


def _summable(x: Array, dtype: DType | None) -> Array:
    """x in the dtype that its entries are added up in."""
    chosen = dtype or (dtypes.int64 if x.dtype is dtypes.bool else x.dtype)
    return x if x.dtype is chosen else astype(x, chosen)


# Statistics ------------------------------------------------------------------------------------


def mean(x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """The sum divided by the number of entries; nan of nothing."""
    count = product(x.shape[a] for a in normalise_axes(axis, x.ndim, "mean"))
    return sum(x, axis=axis, keepdims=keepdims) / count


def var(
    x: Array, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False
) -> Array:
    """The mean square distance from the mean, Σ (xᵢ - mean)² / (N - correction).

    nan where N is not more than the correction.
    """

    def variance(entries: Entries) -> float:
        freedom = len(entries) - correction
        if freedom <= 0:
            return math.nan
        center = scalars.divide(builtins.sum(entries), len(entries))
        squares: float = builtins.sum((e - center) * (e - center) for e in entries)
        return squares / freedom

    return _reduce("var", variance, astype(x, dtypes.float64), axis, keepdims)


def std(
    x: Array, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False
) -> Array:
    """The square root of the variance, in the unit of the entries."""
    axes = normalise_axes(axis, x.ndim, "std")
    return unary(scalars.sqrt, var(x, axis=axes, correction=correction, keepdims=keepdims))


# The largest, the smallest, all and any --------------------------------------------------------


def max(x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """The largest entry along the axes, nan if one is nan; ValueError of nothing."""
    return _reduce("max", lambda e: e[_place("max", builtins.max, e)], x, axis, keepdims)


def min(x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """The smallest entry along the axes, nan if one is nan; ValueError of nothing."""
    return _reduce("min", lambda e: e[_place("min", builtins.min, e)], x, axis, keepdims)


def argmax(x: Array, /, *, axis: int | None = None, keepdims: bool = False) -> Array:
    """The index of the first largest entry (or nan) along the axis, or in the flat array."""
    place = partial(_place, "argmax", builtins.max)
    return _reduce("argmax", place, x, axis, keepdims, dtypes.int64)


def argmin(x: Array, /, *, axis: int | None = None, keepdims: bool = False) -> Array:
    """The index of the first smallest entry (or nan) along the axis, or in the flat array."""
    place = partial(_place, "argmin", builtins.min)
    return _reduce("argmin", place, x, axis, keepdims, dtypes.int64)


def all(x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """True where no entry along the axes is 0 or False."""
    return _reduce("all", builtins.all, x, axis, keepdims, dtypes.bool)


def any(x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """True where an entry along the axes is neither 0 nor False."""
    return _reduce("any", builtins.any, x, axis, keepdims, dtypes.bool)


def count_nonzero(x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """How many entries along the axes are neither 0 nor False."""
    axes = normalise_axes(axis, x.ndim, "count_nonzero")
    return sum(astype(x, dtypes.bool), axis=axes, keepdims=keepdims)


def _place(name: str, best: Callable[[Entries], Any], entries: Entries) -> int:
    """Where the first best entry is, or the first nan."""
    if not entries:
        raise ValueError(f"{name}: there is no {EXTREME[name[-3:]]} of no entries")
    if builtins.all(map(operator.eq, entries, entries)):
        return entries.index(best(entries))
    return next(i for i, entry in enumerate(entries) if entry != entry)


# What all of them are --------------------------------------------------------------------------


def _reduce(
    name: str,
    f: Callable[[Entries], Any],
    x: Array,
    axis: Axis,
    keepdims: bool,
    dtype: DType | None = None,
) -> Array:
    """f of each list of entries that differ only along the axes."""
    axes = normalise_axes(axis, x.ndim, name)
    shape: Shape = tuple(
        1 if a in axes else n for a, n in enumerate(x.shape) if keepdims or a not in axes
    )
    result = Array(list(map(f, _groups(x, axes))), shape, dtype or x.dtype)
    _check_whole(name, result)
    return result


def _check_whole(name: str, x: Array) -> None:
    if x.dtype is dtypes.int64:
        whole.in_range(name, x._data)


def _groups(x: Array, axes: tuple[int, ...]) -> Iterable[Entries]:
    """The entries that are reduced together, a list for each entry of the result."""
    if len(axes) == x.ndim:
        return [x._data]
    if len(axes) == 1:
        return lines_of(x, axes[0])
    kept, strides = [a for a in range(x.ndim) if a not in axes], strides_of(x.shape)
    starts = positions([x.shape[a] for a in kept], [strides[a] for a in kept])
    inner = positions([x.shape[a] for a in axes], [strides[a] for a in axes])
    return ([x._data[start + offset] for offset in inner] for start in starts)
