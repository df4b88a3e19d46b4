"""Sums. The transpose of sum is broadcast: every entry receives the same g."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...arrays.namespace import namespace, shape
from ...arrays.shapes import normalise_axes, product
from ..tensor import detached, primitive
from .manipulation import broadcast_to, reshape

Axis = int | Iterable[int] | None


def sum(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum along the axes (all of them for None)."""
    return _sum(x, axis=normalise_axes(axis, len(shape(detached(x)))), keepdims=keepdims)


def mean(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum along the axes, divided by the number of entries."""
    lengths = shape(detached(x))
    axes = normalise_axes(axis, len(lengths))
    count = product(lengths[a] for a in axes)
    return _sum(x, axis=axes, keepdims=keepdims) / float(count)


@primitive
def _sum(x: Any, *, axis: tuple[int, ...], keepdims: bool) -> Any:
    """The sum along the axes."""
    return namespace(x).sum(x, axis=axis, keepdims=keepdims)


@_sum.vjp
def sum_vjp(g: Any, y: Any, x: Any, *, axis: tuple[int, ...], keepdims: bool) -> Any:
    lengths = shape(detached(x))
    kept = tuple(1 if a in axis else n for a, n in enumerate(lengths))
    return broadcast_to(reshape(g, kept), lengths)
