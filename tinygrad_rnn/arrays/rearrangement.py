"""Lines along an axis, rearranged: flip, roll, repeat, sort; and entries by index: take, nonzero.

With axis=None, flip, roll and repeat work on the flat array.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import chain
from operator import mul
from typing import Any

from . import dtypes
from .array import Array, stretched
from .indexing import resolve
from .lines import Line, along, from_lines, lines_of
from .manipulation import broadcast_to, concat, reshape
from .shapes import Shape, broadcast_shapes, normalise_axes, normalise_axis, product, strides_of

__all__ = [
    "argsort", "diff", "flip", "nonzero", "repeat", "roll", "scatter_add", "sort", "take",
    "take_along_axis", "tile",
]  # fmt: skip


# Another order ---------------------------------------------------------------------------------


def flip(x: Array, /, *, axis: int | Iterable[int] | None = None) -> Array:
    """Every line along the axes (None: all of them) back to front."""
    for a in normalise_axes(axis, x.ndim, "flip"):
        x = along(lambda line: line[::-1], x, a)
    return x


def roll(
    x: Array, /, shift: int | Sequence[int], *, axis: int | Sequence[int] | None = None
) -> Array:
    """Every line moved on by `shift`; what leaves it at the end comes in at the front.

    With several axes one shift each, or the same for all; else ValueError.

    >>> from tinygrad_rnn.arrays import asarray
    >>> roll(asarray([1, 2, 3]), 1)
    Array([3, 1, 2], dtype=int64)
    """
    if axis is None:
        return reshape(roll(reshape(x, -1), shift, axis=0), x.shape)
    axes = tuple(axis) if isinstance(axis, Iterable) else (axis,)
    shifts = (shift,) * len(axes) if isinstance(shift, int) else tuple(shift)
    if len(shifts) != len(axes):
        raise ValueError(f"roll: shift {shift} does not fit axis {axis}: one for each")
    for by, a in zip(shifts, axes, strict=True):
        x = _rolled(x, by, normalise_axis(a, x.ndim, "roll"))
    return x


def _rolled(x: Array, by: int, axis: int) -> Array:
    start = -by % (x.shape[axis] or 1)
    return along(lambda line: line[start:] + line[:start], x, axis)


def sort(x: Array, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Array:
    """Every line in ascending order; nan is larger than everything. It is always stable."""
    at = normalise_axis(axis, x.ndim, "sort")
    return along(lambda line: sorted(line, key=_rank, reverse=descending), x, at)


def argsort(x: Array, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Array:
    """The indices that sort every line: take_along_axis(x, argsort(x)) is sort(x)."""

    def order(line: Line) -> Line:
        return sorted(range(len(line)), key=lambda i: _rank(line[i]), reverse=descending)

    return along(order, x, normalise_axis(axis, x.ndim, "argsort"), dtype=dtypes.int64)


def _rank(entry: Any) -> tuple[bool, Any]:
    return entry != entry, entry


# More or fewer entries -------------------------------------------------------------------------


def repeat(x: Array, repeats: int | Array, /, *, axis: int | None = None) -> Array:
    """Every entry `repeats` times, one after the other; an Array says it for each place.

    ValueError where it has another length than the axis, or a number below 0.

    >>> from tinygrad_rnn.arrays import asarray
    >>> repeat(asarray([1, 2]), asarray([3, 1]))
    Array([1, 1, 1, 2], dtype=int64)
    """
    if axis is None:
        return repeat(reshape(x, -1), repeats, axis=0)
    at = normalise_axis(axis, x.ndim, "repeat")
    times = repeats._data if isinstance(repeats, Array) else [repeats]
    times = times * x.shape[at] if len(times) == 1 else times
    if len(times) != x.shape[at] or min(times, default=0) < 0:
        raise ValueError(f"repeat: {repeats} does not fit an axis of length {x.shape[at]}")

    def repeated(line: Line) -> Line:
        return list(chain.from_iterable([e] * n for e, n in zip(line, times, strict=True)))

    return along(repeated, x, at, length=sum(times))


def tile(x: Array, repetitions: Sequence[int], /) -> Array:
    """x laid side by side, `repetitions` times along each axis, counted from the last one."""
    ndim = max(x.ndim, len(repetitions))
    times = (1,) * (ndim - len(repetitions)) + tuple(repetitions)
    x = reshape(x, (1,) * (ndim - x.ndim) + x.shape)
    for axis, n in enumerate(times):
        x = along(partial(mul, n), x, axis, length=x.shape[axis] * n)
    return x


def diff(
    x: Array,
    /,
    *,
    axis: int = -1,
    n: int = 1,
    prepend: Array | None = None,
    append: Array | None = None,
) -> Array:
    """Each entry minus the one before it along the axis, n times over; ValueError for n < 0."""
    if n < 0:
        raise ValueError(f"diff: n is {n}: differences are taken 0 times, or more")
    at = normalise_axis(axis, x.ndim, "diff")
    x = concat([part for part in (prepend, x, append) if part is not None], axis=at)
    for _ in range(n):
        before = (slice(None),) * at
        x = x[(*before, slice(1, None))] - x[(*before, slice(None, -1))]
    return x


# Entries by index ------------------------------------------------------------------------------


def take(x: Array, indices: Array, /, *, axis: int | None = None) -> Array:
    """The entries (rows, columns, ...) at `indices` along an axis.

    ValueError without an axis, of which a vector alone needs none.

    >>> from tinygrad_rnn.arrays import asarray
    >>> take(asarray([[1.0, 2.0], [3.0, 4.0]]), asarray([1, 1]), axis=0)
    Array([[3.0, 4.0], [3.0, 4.0]])
    """
    if axis is None and x.ndim != 1:
        raise ValueError(f"take: needs an axis for an array of shape {x.shape}")
    at = normalise_axis(axis or 0, x.ndim, "take")
    return x[(slice(None),) * at + (indices,)]


def take_along_axis(x: Array, indices: Array, /, *, axis: int = -1) -> Array:
    """From every line of x the entries that the same line of `indices` names.

    ValueError where the two differ in their number of axes.
    """
    at = normalise_axis(axis, x.ndim, "take_along_axis")
    if indices.ndim != x.ndim:
        raise ValueError(f"take_along_axis: indices {indices.shape} need the axes of {x.shape}")
    beside = [(*s[:at], 1, *s[at + 1 :]) for s in (x.shape, indices.shape)]
    shape = broadcast_shapes(*beside, asked="take_along_axis")
    of, by = (
        broadcast_to(a, (*shape[:at], a.shape[at], *shape[at + 1 :])) for a in (x, indices)
    )
    pairs = zip(lines_of(of, at), lines_of(by, at), strict=True)
    picked = ([line[i] for i in _checked(places, x.shape[at])] for line, places in pairs)
    return from_lines(picked, by.shape, at, x.dtype)


def _checked(places: Line, length: int) -> Line:
    return resolve((places,), (length,))[0]


def nonzero(x: Array, /) -> tuple[Array, ...]:
    """Where x is neither 0 nor False: the indices along each axis, in reading order.

    ValueError for the shape (), which has no axis.
    """
    if not x.shape:
        raise ValueError("nonzero: needs an axis or more, got shape ()")
    found = [p for p, entry in enumerate(x._data) if entry]
    return tuple(
        Array([p // stride % length for p in found], (len(found),), dtypes.int64)
        for length, stride in zip(x.shape, strides_of(x.shape), strict=True)
    )


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
