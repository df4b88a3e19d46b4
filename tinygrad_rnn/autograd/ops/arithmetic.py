"""+ - · / ^ and what is done to one number: each op beside its rules.

In a rule, g = dL/dy is the cotangent and y the output. Where an input was broadcast, the engine
sums its gradient back to its shape: no rule does.
"""

from __future__ import annotations

from typing import Any

from ...arrays.namespace import namespace
from ..tensor import detached, primitive


@primitive
def add(a: Any, b: Any) -> Any:
    """a + b."""
    return a + b


add.vjp(
    lambda g, y, a, b: g,
    lambda g, y, a, b: g,
)


@primitive
def subtract(a: Any, b: Any) -> Any:
    """a - b."""
    return a - b


subtract.vjp(
    lambda g, y, a, b: g,
    lambda g, y, a, b: -g,
)


@primitive
def multiply(a: Any, b: Any) -> Any:
    """a · b, entry by entry; `matmul` is the matrix product."""
    return a * b


multiply.vjp(
    lambda g, y, a, b: g * b,
    lambda g, y, a, b: g * a,
)


@primitive
def divide(a: Any, b: Any) -> Any:
    """a / b; signed infinities and nan where b is 0."""
    return namespace(a, b).divide(a, b)


divide.vjp(
    lambda g, y, a, b: divide(g, b),
    lambda g, y, a, b: -g * divide(y, b),
)


@primitive
def negative(x: Any) -> Any:
    """-x."""
    return -x


negative.vjp(lambda g, y, x: -g)


@primitive
def pow(a: Any, b: Any) -> Any:
    """a to the power b; the exponent's gradient is nan for a negative base."""
    return namespace(a, b).pow(a, b)


def pow_vjp_base(g: Any, y: Any, a: Any, b: Any) -> Any:
    """b·a^(b-1), and 0 for the exponent 0 at the base 0, where that is 0·inf."""
    exponent = where(detached(a) == 0, where(detached(b) == 0, 1.0, b - 1.0), b - 1.0)
    return g * (b * pow(a, exponent))


def pow_vjp_exponent(g: Any, y: Any, a: Any, b: Any) -> Any:
    """log(a)·a^b; its limit 0 at the base 0."""
    return g * (y * log(where(detached(a) == 0, 1.0, a)))


pow.vjp(pow_vjp_base, pow_vjp_exponent)


@primitive
def where(condition: Any, a: Any, b: Any) -> Any:
    """a where the condition holds, b elsewhere; the condition is plain and has no gradient."""
    return namespace(condition, a, b).where(condition, a, b)


where.vjp(
    None,
    lambda g, y, condition, a, b: where(condition, g, 0.0),
    lambda g, y, condition, a, b: where(condition, 0.0, g),
)


@primitive
def abs(x: Any) -> Any:
    """The distance from 0; its slope at 0 is taken to be 0."""
    return namespace(x).abs(x)


@abs.vjp
def abs_vjp(g: Any, y: Any, x: Any) -> Any:
    x = detached(x)  # the sign is constant but where it jumps
    return g * namespace(x).sign(x)


@primitive
def square(x: Any) -> Any:
    """x²."""
    return x * x


square.vjp(lambda g, y, x: g * (2.0 * x))


@primitive
def sqrt(x: Any) -> Any:
    """The square root; nan below 0."""
    return namespace(x).sqrt(x)


sqrt.vjp(lambda g, y, x: divide(0.5 * g, y))


@primitive
def exp(x: Any) -> Any:
    """e to the power x."""
    return namespace(x).exp(x)


exp.vjp(lambda g, y, x: g * y)


@primitive
def log(x: Any) -> Any:
    """The natural logarithm; -inf at 0, nan below."""
    return namespace(x).log(x)


log.vjp(lambda g, y, x: divide(g, x))
