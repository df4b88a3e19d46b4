"""The same entries in another shape or place. Every rule is the way back.

A public function has the array API's signature and writes its arguments out in full (no -1, no
negative axis); the op with the underscore is what the graph records.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

from ...arrays.namespace import namespace, scatter_add, shape
from ...arrays.shapes import Shape, fill_in, normalise_axis, product
from ..tensor import Tensor, detached, primitive


def reshape(x: Any, /, shape: int | Iterable[int]) -> Any:
    """The entries in reading order, in another shape; one length may be -1, "what fits"."""
    return _reshape(x, shape=fill_in(shape, product(_lengths(x))))


@primitive
def _reshape(x: Any, *, shape: Shape) -> Any:
    """The entries in another shape."""
    return namespace(x).reshape(x, shape)


@_reshape.vjp
def reshape_vjp(g: Any, y: Any, x: Any, *, shape: Shape) -> Any:
    return _reshape(g, shape=_lengths(x))


def broadcast_to(x: Any, /, shape: Iterable[int]) -> Any:
    """x repeated along new axes and along those of length 1."""
    return _broadcast_to(x, shape=tuple(shape))


@primitive
def _broadcast_to(x: Any, *, shape: Shape) -> Any:
    """x repeated to a shape."""
    return namespace(x).broadcast_to(x, shape)


@_broadcast_to.vjp
def broadcast_to_vjp(g: Any, y: Any, x: Any, *, shape: Shape) -> Any:
    return g  # the engine undoes every broadcast


def expand_dims(x: Any, /, *, axis: int = 0) -> Any:
    """A new axis of length 1 at the position `axis`."""
    lengths = _lengths(x)
    at = normalise_axis(axis, len(lengths) + 1)
    return _reshape(x, shape=(*lengths[:at], 1, *lengths[at:]))


def concat(arrays: Sequence[Any], /, *, axis: int = 0) -> Any:
    """The arrays one after the other along an axis."""
    if not len(arrays):
        raise ValueError("concat: needs at least one array")
    return _concat(*arrays, axis=normalise_axis(axis, len(_lengths(arrays[0]))))


@primitive
def _concat(*arrays: Any, axis: int) -> Any:
    """The arrays one after the other along an axis."""
    return namespace(arrays[0]).concat(arrays, axis=axis)


@_concat.vjp
def concat_vjp(g: Any, y: Any, *arrays: Any, axis: int) -> list[Any]:
    pieces, start = [], 0
    for x in arrays:
        stop = start + _lengths(x)[axis]
        pieces.append(getitem(g, (slice(None),) * axis + (slice(start, stop),)))
        start = stop
    return pieces


def stack(arrays: Sequence[Any], /, *, axis: int = 0) -> Any:
    """The arrays side by side along a new axis."""
    return concat([expand_dims(x, axis=axis) for x in arrays], axis=axis)


def getitem(x: Any, key: Any) -> Any:
    """x[key]: integers, slices, `...`, None, lists of integers (a repeated index adds up)."""
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
    return _scatter_add(g, key=key, shape=_lengths(x))


@primitive
def _scatter_add(x: Any, *, key: Any, shape: Shape) -> Any:
    """Zeros with the entries of x added where a key reads: the transpose of getitem."""
    return scatter_add(x, key, shape)


@_scatter_add.vjp
def scatter_add_vjp(g: Any, y: Any, x: Any, *, key: Any, shape: Shape) -> Any:
    return _getitem(g, key=key)


def _kept(key: Any) -> Any:
    """The key as it is now: the graph keeps a copy of a list or array that may be written to."""
    if isinstance(key, tuple):
        return tuple(map(_kept, key))
    return copy.deepcopy(key) if hasattr(key, "__setitem__") else key


def take(x: Any, indices: Any, /, *, axis: int = 0) -> Any:
    """The entries (rows, columns, ...) at `indices` along an axis; a repeated one adds up."""
    return getitem(x, (slice(None),) * normalise_axis(axis, len(_lengths(x))) + (indices,))


def _lengths(x: Any) -> Shape:
    """The shape of a Tensor or of a plain value."""
    return shape(detached(x))
