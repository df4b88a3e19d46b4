"""exp, log and powers: each op beside its rules."""

from __future__ import annotations

from typing import Any

from ...arrays.namespace import namespace, ones_like
from ..tensor import detached, primitive
from .arithmetic import divide
from .choices import where


@primitive
def exp(x: Any) -> Any:
    """e to the power x."""
    return namespace(x).exp(x)


exp.vjp(lambda g, y, x: g * y)


@primitive
def expm1(x: Any) -> Any:
    """exp(x) - 1, exact also near 0."""
    return namespace(x).expm1(x)


expm1.vjp(lambda g, y, x: g * exp(x))  # y + 1 would lose the digits of a small exp(x)


@primitive
def log(x: Any) -> Any:
    """The natural logarithm; -inf at 0, nan below."""
    return namespace(x).log(x)


log.vjp(lambda g, y, x: divide(g, x))


@primitive
def log1p(x: Any) -> Any:
    """log(1 + x), exact also near 0; -inf at -1, nan below."""
    return namespace(x).log1p(x)


log1p.vjp(lambda g, y, x: divide(g, 1.0 + x))


@primitive
def pow(a: Any, b: Any) -> Any:
    """a to the power b; the exponent's gradient is nan for a negative base."""
    return namespace(a, b).pow(a, b)


def pow_vjp_base(g: Any, y: Any, a: Any, b: Any) -> Any:
    """b·a^(b-1), and 0 for the exponent 0 at the base 0, where that is 0·inf."""
    one = ones_like(detached(y))  # of y's dtype: a plain 1.0 would widen float32
    exponent = where(detached(a) == 0, where(detached(b) == 0, one, b - 1.0), b - 1.0)
    return g * (b * pow(a, exponent))


def pow_vjp_exponent(g: Any, y: Any, a: Any, b: Any) -> Any:
    """log(a)·a^b; at the base 0 its limit 0, or -inf for a negative exponent."""
    at_zero = where(detached(b) < 0, a, ones_like(detached(y)))
    return g * (y * log(where(detached(a) == 0, at_zero, a)))


pow.vjp(pow_vjp_base, pow_vjp_exponent)
