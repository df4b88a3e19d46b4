"""Many entries become one: sum, max, min; and running sums.

`axis` is None (all of them), a whole number or a tuple; `keepdims` leaves a length of 1 behind.
The functions work the axes out; the op with the underscore is what the graph records.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...arrays.namespace import namespace, ones_like, shape
from ...arrays.shapes import normalise_axes, normalise_axis
from ..tensor import detached, primitive
from .arithmetic import divide
from .choices import where
from .indexing import flip
from .manipulation import _broadcast_to, _reshape

Axis = int | Iterable[int] | None
Axes = tuple[int, ...]


def sum(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum along the axes (all of them for None)."""
    return _sum(x, axis=normalise_axes(axis, len(shape(x)), "sum"), keepdims=keepdims)


@primitive
def _sum(x: Any, *, axis: Axes, keepdims: bool) -> Any:
    """The sum along the axes."""
    return namespace(x).sum(x, axis=axis, keepdims=keepdims)


@_sum.vjp
def sum_vjp(g: Any, y: Any, x: Any, *, axis: Axes, keepdims: bool) -> Any:
    """The transpose of sum is broadcast: every entry receives the same g."""
    return _broadcast_to(_kept(g, x, axis) if shape(g) else g, shape=shape(x))


def max(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest entry along the axes, nan if one is nan; equal ones share the gradient.

    Each of n that tie receives g/n, as with PyTorch's amax. ValueError of no entries.
    """
    return _max(x, axis=normalise_axes(axis, len(shape(x)), "max"), keepdims=keepdims)


@primitive
def _max(x: Any, *, axis: Axes, keepdims: bool) -> Any:
    """The largest entry along the axes."""
    return namespace(x).max(x, axis=axis, keepdims=keepdims)


def min(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest entry along the axes, nan if one is nan; equal ones share the gradient.

    Each of n that tie receives g/n, as with PyTorch's amin. ValueError of no entries.
    """
    return _min(x, axis=normalise_axes(axis, len(shape(x)), "min"), keepdims=keepdims)


@primitive
def _min(x: Any, *, axis: Axes, keepdims: bool) -> Any:
    """The smallest entry along the axes."""
    return namespace(x).min(x, axis=axis, keepdims=keepdims)


def extremum_vjp(g: Any, y: Any, x: Any, *, axis: Axes, keepdims: bool) -> Any:
    """g to the entry that was chosen, in equal shares where several are as large (or small)."""
    x = detached(x)
    chosen = where(x == _kept(detached(y), x, axis), ones_like(x), 0.0)
    return _kept(g, x, axis) * divide(chosen, _sum(chosen, axis=axis, keepdims=True))


_max.vjp(extremum_vjp)
_min.vjp(extremum_vjp)


def cumulative_sum(x: Any, /, *, axis: int | None = None) -> Any:
    """The sum of every entry and all before it along the axis (of a vector: its only one).

    ValueError without an axis, of which a vector alone needs none.
    """
    ndim = len(shape(x))
    if axis is None and ndim != 1:
        raise ValueError(f"cumulative_sum: needs an axis for {ndim} dimensions")
    return _cumulative_sum(x, axis=normalise_axis(axis or 0, ndim, "cumulative_sum"))


@primitive
def _cumulative_sum(x: Any, *, axis: int) -> Any:
    """The sum of every entry and all before it along the axis."""
    return namespace(x).cumulative_sum(x, axis=axis)


@_cumulative_sum.vjp
def cumulative_sum_vjp(g: Any, y: Any, x: Any, *, axis: int) -> Any:
    """An entry is in its own sum and in all later ones: the same from the other end."""
    return flip(_cumulative_sum(flip(g, axis=axis), axis=axis), axis=axis)


def _kept(y: Any, x: Any, axis: Axes) -> Any:
    """What was reduced along the axes of x, in the shape with a length of 1 for each of them."""
    lengths = tuple([1 if a in axis else n for a, n in enumerate(shape(x))])
    return y if shape(y) == lengths else _reshape(y, shape=lengths)
