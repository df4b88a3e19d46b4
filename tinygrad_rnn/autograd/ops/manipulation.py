"""The same entries in another shape or place. Every rule is the way back.

A public function has the array API's signature and writes its arguments out in full (no -1, no
negative axis); the op with the underscore is what the graph records.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...arrays import scalars
from ...arrays.namespace import namespace
from ...arrays.namespace import shape as _lengths  # `shape` is what is asked for here
from ...arrays.shapes import Shape, fill_in, lengths_of, normalise_axes, normalise_axis, product
from ..tensor import primitive


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


def expand_dims(x: Any, /, *, axis: int = 0) -> Any:
    """A new axis of length 1 at the position `axis`."""
    lengths = _lengths(x)
    at = normalise_axis(axis, len(lengths) + 1, "expand_dims")
    return _reshape(x, shape=(*lengths[:at], 1, *lengths[at:]))


def squeeze(x: Any, /, axis: int | Iterable[int]) -> Any:
    """Without the axes, which have length 1; ValueError for one that is longer."""
    lengths = _lengths(x)
    axes = normalise_axes(axis, len(lengths), "squeeze")
    if any(lengths[a] != 1 for a in axes):
        raise ValueError(f"squeeze: the axes {axes} of shape {lengths} do not all have length 1")
    return _reshape(x, shape=tuple(n for a, n in enumerate(lengths) if a not in axes))


def broadcast_to(x: Any, /, shape: Iterable[int]) -> Any:
    """x repeated along new axes and along those of length 1."""
    return _broadcast_to(x, shape=lengths_of(shape, "broadcast_to"))


@primitive
def _broadcast_to(x: Any, *, shape: Shape) -> Any:
    """x repeated to a shape."""
    xp = namespace(x)
    if isinstance(x, float) and xp is not scalars:
        return xp.full(shape, x)  # a numpy.float64: filling takes a third of the time
    return xp.broadcast_to(x, shape)


@_broadcast_to.vjp
def broadcast_to_vjp(g: Any, y: Any, x: Any, *, shape: Shape) -> Any:
    return g  # the engine undoes every broadcast


def permute_dims(x: Any, /, axes: Sequence[int]) -> Any:
    """The axes in another order: axis i of the result is axis axes[i] of x.

    ValueError where `axes` does not name each of them once.
    """
    ndim = len(_lengths(x))
    order = tuple(normalise_axis(a, ndim, "permute_dims") for a in axes)
    if sorted(order) != list(range(ndim)):
        raise ValueError(f"permute_dims: {tuple(axes)} does not name each of {ndim} axes once")
    return _permute_dims(x, axes=order)


@primitive
def _permute_dims(x: Any, *, axes: Shape) -> Any:
    """The axes in another order."""
    return namespace(x).permute_dims(x, axes)


@_permute_dims.vjp
def permute_dims_vjp(g: Any, y: Any, x: Any, *, axes: Shape) -> Any:
    return _permute_dims(g, axes=tuple(map(axes.index, range(len(axes)))))  # the inverse


def concat(arrays: Sequence[Any], /, *, axis: int | None = 0) -> Any:
    """The arrays one after the other along an axis; along the flattened entries for None.

    ValueError of no arrays.
    """
    if not len(arrays):
        raise ValueError("concat: needs at least one array")
    if axis is None:
        return _concat(*(reshape(x, -1) for x in arrays), axis=0)
    return _concat(*arrays, axis=normalise_axis(axis, len(_lengths(arrays[0])), "concat"))


@primitive
def _concat(*arrays: Any, axis: int) -> Any:
    """The arrays one after the other along an axis."""
    return namespace(arrays[0]).concat(arrays, axis=axis)


@_concat.vjp
def concat_vjp(g: Any, y: Any, *arrays: Any, axis: int) -> list[Any]:
    pieces, start = [], 0
    for x in arrays:
        stop = start + _lengths(x)[axis]
        pieces.append(g[(slice(None),) * axis + (slice(start, stop),)])
        start = stop
    return pieces
