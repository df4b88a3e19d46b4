"""Functions made of primitives: they need no rule of their own."""

from __future__ import annotations

from typing import Any

from ..arrays.namespace import namespace
from .ops import exp, log, reshape, sum
from .tensor import detached


def logsumexp(x: Any, /, *, axis: int = -1, keepdims: bool = False) -> Any:
    """log Σ exp(x) along the axis, without overflow: m + log Σ exp(x - m), m the largest entry.

    m is plain: it cancels, so its gradient is not needed.
    """
    values = detached(x)
    xp = namespace(values)
    m = xp.max(values, axis=axis, keepdims=True)
    m = xp.where(xp.isfinite(m), m, 0.0)  # inf - inf would be nan
    result = log(sum(exp(x - m), axis=axis, keepdims=True)) + m
    return result if keepdims else reshape(result, _without(detached(result).shape, axis))


def log_softmax(x: Any, /, *, axis: int = -1) -> Any:
    """x - logsumexp(x): logarithms of probabilities, finite for logits of any size."""
    return x - logsumexp(x, axis=axis, keepdims=True)


def softmax(x: Any, /, *, axis: int = -1) -> Any:
    """exp(x) / Σ exp(x): positive, and 1 in sum along the axis."""
    return exp(log_softmax(x, axis=axis))


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    at = axis % len(shape)
    return shape[:at] + shape[at + 1 :]
