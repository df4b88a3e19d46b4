"""+ - · / and what is made of them: each op beside its rules.

In a rule, g = dL/dy is the cotangent and y the output. Where an input was broadcast, the engine
sums its gradient back to its shape: no rule does.
"""

from __future__ import annotations

from typing import Any

from ...arrays import scalars
from ...arrays.namespace import namespace
from ..tensor import primitive


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
def negative(x: Any) -> Any:
    """-x."""
    return -x


negative.vjp(lambda g, y, x: -g)


@primitive
def positive(x: Any) -> Any:
    """+x: the same value in a node of its own."""
    return +x


positive.vjp(lambda g, y, x: g)


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
    xp = namespace(a, b)
    return scalars.divide(a, b) if xp is scalars else a / b


divide.vjp(
    lambda g, y, a, b: divide(g, b),
    lambda g, y, a, b: -g * divide(y, b),
)


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
