"""Functions of an angle in radians, and their hyperbolic sisters; tanh is among the activations."""

from __future__ import annotations

from typing import Any

from ...arrays.namespace import namespace
from ..tensor import primitive


@primitive
def sin(x: Any) -> Any:
    """The sine; nan for an infinity."""
    return namespace(x).sin(x)


@sin.vjp
def sin_vjp(g: Any, y: Any, x: Any) -> Any:
    return g * cos(x)


@primitive
def cos(x: Any) -> Any:
    """The cosine; nan for an infinity."""
    return namespace(x).cos(x)


@cos.vjp
def cos_vjp(g: Any, y: Any, x: Any) -> Any:
    return -g * sin(x)


@primitive
def tan(x: Any) -> Any:
    """The tangent, sin / cos; tan' = 1 + tan²."""
    return namespace(x).tan(x)


@tan.vjp
def tan_vjp(g: Any, y: Any, x: Any) -> Any:
    return g * (1.0 + y * y)


@primitive
def sinh(x: Any) -> Any:
    """The hyperbolic sine, (exp(x) - exp(-x)) / 2."""
    return namespace(x).sinh(x)


@sinh.vjp
def sinh_vjp(g: Any, y: Any, x: Any) -> Any:
    return g * cosh(x)


@primitive
def cosh(x: Any) -> Any:
    """The hyperbolic cosine, (exp(x) + exp(-x)) / 2."""
    return namespace(x).cosh(x)


@cosh.vjp
def cosh_vjp(g: Any, y: Any, x: Any) -> Any:
    return g * sinh(x)
