"""The namespace of a Python float: `math`, with the values of IEEE 754 where `math` raises.

An array of no dimensions and a float are the same number; these functions let the engine use
either. exp(1000) is inf, log(0) is -inf, 0/0 is nan, as the array API standard says.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .shapes import Shape

tanh = math.tanh
erf = math.erf
isfinite = math.isfinite


def exp(x: float, /) -> float:
    """e to the power x; inf where that is too large for a float."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def expm1(x: float, /) -> float:
    """e to the power x, minus 1, exact also near 0."""
    try:
        return math.expm1(x)
    except OverflowError:
        return math.inf


def log(x: float, /) -> float:
    """The natural logarithm; -inf at 0, nan below."""
    return math.log(x) if x > 0 else -math.inf if x == 0 else math.nan


def log1p(x: float, /) -> float:
    """The natural logarithm of 1 + x, exact also near 0; -inf at -1, nan below."""
    return math.log1p(x) if x > -1 else -math.inf if x == -1 else math.nan


def sqrt(x: float, /) -> float:
    """The square root; nan below 0."""
    return math.sqrt(x) if x >= 0 else math.nan


def sin(x: float, /) -> float:
    """The sine of x in radians; nan for an infinity."""
    return math.sin(x) if math.isfinite(x) else math.nan


def cos(x: float, /) -> float:
    """The cosine of x in radians; nan for an infinity."""
    return math.cos(x) if math.isfinite(x) else math.nan


def tan(x: float, /) -> float:
    """The tangent of x in radians; nan for an infinity."""
    return math.tan(x) if math.isfinite(x) else math.nan


def sinh(x: float, /) -> float:
    """The hyperbolic sine; an infinity where that is too large for a float."""
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(math.inf, x)


def cosh(x: float, /) -> float:
    """The hyperbolic cosine; inf where that is too large for a float."""
    try:
        return math.cosh(x)
    except OverflowError:
        return math.inf


def divide(x: float, y: float, /) -> float:
    """x / y; a signed inf for x / 0, nan for 0 / 0."""
    try:
        return x / y
    except ZeroDivisionError:
        return math.nan if x == 0 or x != x else math.copysign(math.inf, x) * math.copysign(1, y)


def pow(x: float, y: float, /) -> float:
    """x to the power y; nan for a negative x with a fraction, inf for 0 to a negative power."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0 and y % 2 == 1 else math.inf
    except ValueError:
        odd = y % 2 == 1
        return math.nan if x else math.copysign(math.inf, x) if odd else math.inf


def abs(x: float, /) -> float:
    """The distance from 0."""
    return math.fabs(x)


def larger(x: Any, y: Any, /) -> Any:
    """The larger of two numbers, as it is; nan if one is nan."""
    return x if x >= y or x != x else y


def smaller(x: Any, y: Any, /) -> Any:
    """The smaller of two numbers, as it is; nan if one is nan."""
    return x if x <= y or x != x else y


def maximum(x: float, y: float, /) -> float:
    """The larger of two as a float; nan if one is nan."""
    return float(larger(x, y))


def minimum(x: float, y: float, /) -> float:
    """The smaller of two as a float; nan if one is nan."""
    return float(smaller(x, y))


def sign(x: float, /) -> float:
    """-1, 0 or 1; nan for nan."""
    return x if x == 0 or x != x else math.copysign(1.0, x)


def _reduction(name: str) -> Callable[..., float]:
    """A reduction over no axes: the number itself."""

    def reduce(x: float, /, *, axis: Any = None, keepdims: bool = False) -> float:
        if axis not in (None, ()):
            raise IndexError(f"{name}: a float has no axis {axis}")
        return x

    reduce.__name__ = reduce.__qualname__ = name
    return reduce


sum = _reduction("sum")
mean = _reduction("mean")
max = _reduction("max")
min = _reduction("min")


def _reshaping(name: str) -> Callable[..., float]:
    def keep(x: float, /, shape: Shape) -> float:
        if tuple(shape) != ():
            raise ValueError(f"{name}: a float has the shape (), not {tuple(shape)}: use an Array")
        return x

    keep.__name__ = keep.__qualname__ = name
    return keep


reshape = _reshaping("reshape")
broadcast_to = _reshaping("broadcast_to")


def where(condition: bool, x: float, y: float, /) -> float:
    """x if the condition holds, else y; a float also where that is a whole number."""
    return float(x if condition else y)


def __getattr__(name: str) -> Any:
    raise AttributeError(f"a float has no {name}: use an Array (tg.arrays.asarray)")
