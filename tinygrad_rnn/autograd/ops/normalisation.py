"""From any numbers to the logarithms of probabilities."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...arrays.namespace import namespace, shape
from ...arrays.shapes import normalise_axes
from ..tensor import primitive
from .exponential import exp
from .reductions import sum


def log_softmax(x: Any, /, *, axis: int | Iterable[int] | None = -1) -> Any:
    """x - log Σ exp(x): logarithms of probabilities, finite for logits of any size."""
    return _log_softmax(x, axis=normalise_axes(axis, len(shape(x))))


@primitive
def _log_softmax(x: Any, *, axis: tuple[int, ...]) -> Any:
    """x - log Σ exp(x), with the largest x taken off first: exp overflows, and digits are lost."""
    if 0 in shape(x):
        return x
    xp = namespace(x)
    m = xp.max(x, axis=axis, keepdims=True)
    below = x - xp.where(xp.isfinite(m), m, 0.0)  # inf - inf would be nan
    return below - xp.log(xp.sum(xp.exp(below), axis=axis, keepdims=True))


@_log_softmax.vjp
def log_softmax_vjp(g: Any, y: Any, x: Any, *, axis: tuple[int, ...]) -> Any:
    return g - exp(y) * sum(g, axis=axis, keepdims=True)
