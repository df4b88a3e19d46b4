"""The curves that networks are made of, and the cut that stops a gradient.

Here are those with a rule of their own; leaky_relu, elu, gelu, softsign are in `functional`.
"""

from __future__ import annotations

import math
from typing import Any

from ...arrays.namespace import erf as erf_of
from ...arrays.namespace import namespace
from ...arrays.namespace import sigmoid as sigmoid_of
from ..tensor import detached, primitive
from .choices import where
from .exponential import exp


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
    return sigmoid_of(x)


@sigmoid.vjp
def sigmoid_vjp(g: Any, y: Any, x: Any) -> Any:
    return g * (y * (1.0 - y))


@primitive
def relu(x: Any) -> Any:
    """x where it is positive, else 0; its slope at 0 is taken to be 0, as in PyTorch."""
    return namespace(x).maximum(x, 0.0)


relu.vjp(lambda g, y, x: where(detached(x) > 0, g, 0.0))


@primitive
def softplus(x: Any) -> Any:
    """log(1 + exp(x)), computed as max(x, 0) + log(1 + exp(-|x|)): finite for any x."""
    xp = namespace(x)
    return xp.maximum(x, 0.0) + xp.log1p(xp.exp(-xp.abs(x)))


softplus.vjp(lambda g, y, x: g * sigmoid(x))


@primitive
def erf(x: Any) -> Any:
    """The error function, 2/√π · ∫ exp(-t²) dt from 0 to x, in (-1, 1)."""
    return erf_of(x)


erf.vjp(lambda g, y, x: g * (2.0 / math.sqrt(math.pi) * exp(-x * x)))


@primitive
def stop_gradient(x: Any) -> Any:
    """x itself; no gradient flows back through. Unlike `.detach()` the cut stays visible."""
    return x


stop_gradient.vjp(None)
