"""Entries read by their place. The transpose of reading is adding: what is read twice adds up.

Everything that `getitem` alone can read is here, as a function that works out the key.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence, Sized
from itertools import accumulate
from typing import Any

from ...arrays.namespace import namespace, scatter_add, shape
from ...arrays.shapes import Shape, normalise_axes, normalise_axis
from ..tensor import Tensor, detached, primitive


def getitem(x: Any, key: Any) -> Any:
    """x[key]: integers, slices, `...`, None, lists of integers (a repeated index adds up).

    TypeError for a Tensor in the key: an index is a plain value.
    """
    parts = key if isinstance(key, tuple) else (key,)
    if any(type(part) is Tensor for part in parts):
        raise TypeError("an index is a plain value, got a Tensor: pass its .value")
    return _getitem(x, key=_kept(key))


@primitive
def _getitem(x: Any, *, key: Any) -> Any:
    """The entries that a key picks."""
    return x[key]


@_getitem.vjp
def getitem_vjp(g: Any, y: Any, x: Any, *, key: Any) -> Any:
    return _scatter_add(g, key=key, shape=shape(x))


@primitive
def _scatter_add(x: Any, *, key: Any, shape: Shape) -> Any:
    """Zeros with the entries of x added where a key reads: the transpose of getitem."""
    return scatter_add(x, key, shape)


@_scatter_add.vjp
def scatter_add_vjp(g: Any, y: Any, x: Any, *, key: Any, shape: Shape) -> Any:
    return _getitem(g, key=key)


def flip(x: Any, /, *, axis: int | Iterable[int] | None = None) -> Any:
    """The entries in reverse order along the axes (all of them for None)."""
    axes = normalise_axes(axis, len(shape(x)), "flip")
    backwards, as_it_is = slice(None, None, -1), slice(None)
    return getitem(x, tuple(backwards if a in axes else as_it_is for a in range(len(shape(x)))))


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """The pieces x[0], x[1], ... along an axis, without that axis: undoes `stack`."""
    at = normalise_axis(axis, len(shape(x)), "unstack")
    return tuple(getitem(x, _along(at, i)) for i in range(shape(x)[at]))


def split(x: Any, size: int | Sequence[int], /, *, axis: int = 0) -> tuple[Any, ...]:
    """The pieces of length `size` along an axis, the last maybe shorter; or of the lengths listed.

    As PyTorch's: a number is the size of a piece, where NumPy's is how many. ValueError where the
    lengths do not add up to that of the axis.
    """
    at = normalise_axis(axis, len(shape(x)), "split")
    length = shape(x)[at]
    if isinstance(size, Sized):
        pieces = list(size)
    else:
        starts = range(0, max(length, 1), size) if size > 0 else ()
        pieces = [min(size, length - start) for start in starts]
    if sum(pieces) != length or min(pieces, default=-1) < 0:
        raise ValueError(f"split: pieces of {size} do not make up an axis of length {length}")
    ends = zip(pieces, accumulate(pieces), strict=True)
    return tuple(getitem(x, _along(at, slice(stop - n, stop))) for n, stop in ends)


def take(x: Any, indices: Any, /, *, axis: int = 0) -> Any:
    """The entries (rows, columns, ...) at `indices` along an axis; a repeated one adds up."""
    return getitem(x, _along(normalise_axis(axis, len(shape(x)), "take"), indices))


def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    """Along the axis the entries at `indices`, which have their own for every other place.

    y[i, j] = x[i, indices[i, j]] for two axes and the last of them. The array API's: x and
    `indices` have the same number of axes, and the other lengths broadcast.
    """
    lengths = shape(x)
    at = normalise_axis(axis, len(lengths), "take_along_axis")
    xp = namespace(detached(x))
    ones = [(1,) * after for after in reversed(range(len(lengths)))]
    key = [xp.reshape(xp.arange(n), (n, *rest)) for n, rest in zip(lengths, ones, strict=True)]
    return getitem(x, (*key[:at], indices, *key[at + 1 :]))


def _along(axis: int, item: Any) -> tuple[Any, ...]:
    """The key that reads `item` along one axis and everything along the others."""
    return (slice(None),) * axis + (item,)


def _kept(key: Any) -> Any:
    """The key as it is now: the graph keeps a copy of a list or array that may be written to."""
    if isinstance(key, tuple):
        return tuple(map(_kept, key))
    if isinstance(key, list):
        return list(map(_kept, key))
    return copy.deepcopy(key) if hasattr(key, "__setitem__") else key
