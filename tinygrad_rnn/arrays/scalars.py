"""The namespace of a Python float: `math`, with the values of IEEE 754 where `math` raises.

An array of no dimensions and a float are the same number; these functions let the engine use
either. exp(1000) is inf, log(0) is -inf, 0/0 is nan, as the array API standard says.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from .shapes import Shape


def _total(
    name: str, doc: str, at: Mapping[float, float] = MappingProxyType({})
) -> Callable[[float], float]:
    """math's function of this name, for every float.

    Where math has no value it is nan, or what `at` says; where the value is too large for a float
    it is that at the infinity beyond.
    """
    f: Callable[[float], float] = getattr(math, name)

    def total(x: float, /) -> float:
        try:
            return f(x)
        except OverflowError:
            return f(math.copysign(math.inf, x))
        except ValueError:
            return at.get(x, math.nan)

    total.__name__ = total.__qualname__ = name
    total.__doc__ = doc
    return total


exp = _total("exp", "e to the power x; inf where that is too large for a float.")
expm1 = _total("expm1", "e to the power x, minus 1, exact also near 0.")
log = _total("log", "The natural logarithm; -inf at 0, nan below.", {0.0: -math.inf})
log2 = _total("log2", "The logarithm to base 2; -inf at 0, nan below.", {0.0: -math.inf})
log10 = _total("log10", "The logarithm to base 10; -inf at 0, nan below.", {0.0: -math.inf})
log1p = _total(
    "log1p", "The natural logarithm of 1 + x, exact also near 0; -inf at -1.", {-1.0: -math.inf}
)
sqrt = _total("sqrt", "The square root; nan below 0.")
sin = _total("sin", "The sine of x in radians; nan for an infinity.")
cos = _total("cos", "The cosine of x in radians; nan for an infinity.")
tan = _total("tan", "The tangent of x in radians; nan for an infinity.")
asin = _total("asin", "The angle in radians whose sine is x; nan outside [-1, 1].")
acos = _total("acos", "The angle in radians whose cosine is x; nan outside [-1, 1].")
atan = _total("atan", "The angle in radians whose tangent is x.")
sinh = _total("sinh", "The hyperbolic sine; an infinity where that is too large for a float.")
cosh = _total("cosh", "The hyperbolic cosine; inf where that is too large for a float.")
tanh = math.tanh
asinh = _total("asinh", "The inverse of the hyperbolic sine.")
acosh = _total("acosh", "The inverse of the hyperbolic cosine; nan below 1.")
atanh = _total(
    "atanh", "The inverse of the hyperbolic tangent; nan outside [-1, 1].",
    {1.0: math.inf, -1.0: -math.inf},
)  # fmt: skip
erf = math.erf


def sigmoid(x: float) -> float:
    """1 / (1 + exp(-x)), in (0, 1)."""
    return math.exp(x) if x < -700.0 else 1.0 / (1.0 + math.exp(-x))  # exp(710) overflows


isfinite = math.isfinite
isinf = math.isinf
isnan = math.isnan
atan2 = math.atan2
copysign = math.copysign
hypot = math.hypot
nextafter = math.nextafter


def _whole(name: str, doc: str) -> Callable[[float], float]:
    """math's function of this name, to a float: it keeps an infinity, nan, and the sign of 0."""
    f: Callable[[float], float] = getattr(math, name)

    def whole(x: float, /) -> float:
        return math.copysign(f(x), x) if math.isfinite(x) else x

    whole.__name__ = whole.__qualname__ = name
    whole.__doc__ = doc
    return whole


floor = _whole("floor", "The largest whole number that is not above x.")
ceil = _whole("ceil", "The smallest whole number that is not below x.")
trunc = _whole("trunc", "x without its fraction.")


def round(x: float, /) -> float:
    """The nearest whole number; of two that are equally near, the even one."""
    return builtins.round(x, 0)


def reciprocal(x: float, /) -> float:
    """1 / x; a signed inf for 1 / 0."""
    return divide(1.0, x)


def square(x: Any, /) -> Any:
    """x · x."""
    return x * x


def signbit(x: float, /) -> bool:
    """True for negative numbers and -0."""
    return math.copysign(1.0, x) < 0


def divide(x: float, y: float, /) -> float:
    """x / y; a signed inf for x / 0, nan for 0 / 0."""
    try:
        return x / y
    except ZeroDivisionError:
        return math.nan if x == 0 or x != x else math.copysign(math.inf, x) * math.copysign(1, y)


def floor_divide(x: float, y: float, /) -> float:
    """The largest whole number that is at most x / y."""
    return x // y if y and math.isfinite(x) and math.isfinite(y) else floor(divide(x, y))


def remainder(x: float, y: float, /) -> float:
    """x - y · floor(x / y), which has the sign of y; nan for y = 0."""
    return x % y if y else math.nan


def logaddexp(x: float, y: float, /) -> float:
    """log(exp(x) + exp(y)), without overflow on the way."""
    if x == y:
        return x + math.log(2)
    return larger(x, y) + math.log1p(math.exp(-math.fabs(x - y)))  # type: ignore[no-any-return]


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


def logical_and(x: Any, y: Any, /) -> bool:
    """True if both are true, or not 0."""
    return bool(x and y)


def logical_or(x: Any, y: Any, /) -> bool:
    """True if one is true, or not 0."""
    return bool(x or y)


def logical_xor(x: Any, y: Any, /) -> bool:
    """True if just one is true, or not 0."""
    return bool(x) is not bool(y)


def sign(x: float, /) -> float:
    """-1, 0 or 1; nan for nan."""
    return x if x != x else float((x > 0) - (x < 0))


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
