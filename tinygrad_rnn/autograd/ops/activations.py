"""The two curves that recurrent cells are made of, and the cut that stops a gradient."""

from __future__ import annotations

from typing import Any

from ...arrays.namespace import namespace
from ..tensor import primitive


@primitive
def tanh(x: Any) -> Any:
    """The hyperbolic tangent, in (-1, 1); tanh' = 1 - tanh² is at most 1."""
    return namespace(x).tanh(x)


@tanh.vjp
def tanh_vjp(g: Any, y: Any, x: Any) -> Any:
    return g * (1.0 - y * y)


@primitive
def sigmoid(x: Any) -> Any:
    """σ(x) = 1 / (1 + exp(-x)), in (0, 1); σ' = σ·(1 - σ) is at most 1/4."""
    xp = namespace(x)
    return 1.0 / (1.0 + xp.exp(-xp.maximum(x, -700.0)))  # exp(700) is still finite


@sigmoid.vjp
def sigmoid_vjp(g: Any, y: Any, x: Any) -> Any:
    return g * (y * (1.0 - y))


@primitive
def stop_gradient(x: Any) -> Any:
    """x itself; no gradient flows back through. Unlike `.detach()` the cut stays visible."""
    return x


stop_gradient.vjp(None)
