"""Functions of every entry: exp, tanh, maximum, where, ...

Each is a Python function of numbers, carried over arrays by `unary` or `binary`. The fast way is
`math`'s function over the whole list. Where it raises, because one entry leaves its range, the
list is gone over again with the function of `scalars`, which has an answer for all.
"""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Callable
from typing import Any, TypeVar

from . import dtypes, scalars
from .array import (
    Array,
    Number,
    arithmetic,
    binary,
    name_of,
    quotient,
    stretched,
    unary,
    whole_or_float,
)
from .creation import asarray, astype
from .shapes import broadcast_shapes

__all__ = [
    "abs", "acos", "acosh", "add", "asin", "asinh", "atan", "atan2", "atanh", "ceil", "clip",
    "conj", "copysign", "cos", "cosh", "divide", "equal", "erf", "exp", "expm1", "floor",
    "floor_divide", "greater", "greater_equal", "hypot", "isfinite", "isinf", "isnan", "less",
    "less_equal", "log", "log10", "log1p", "log2", "logaddexp", "logical_and", "logical_not",
    "logical_or", "logical_xor", "maximum", "minimum", "multiply", "negative", "nextafter",
    "not_equal", "positive", "pow", "reciprocal", "remainder", "round", "sign", "signbit", "sin",
    "sinh", "sqrt", "square", "subtract", "tan", "tanh", "trunc", "where",
]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])
Function = Callable[[Any], Any]
Both = Callable[[Any, Any], Any]
Pairwise = Callable[[Array | Number, Array | Number], Array]


# Of one array: floats out ----------------------------------------------------------------------


def _real(name: str) -> Callable[[Array], Array]:
    """The function of every entry: `math`'s where it can be, that of `scalars` where it must."""
    safe: Function = getattr(scalars, name)
    fast: Function = getattr(math, name, safe)

    def apply(x: Array, /) -> Array:
        try:
            return unary(fast, x, dtypes.float64)
        except (ValueError, OverflowError):
            return unary(safe, x, dtypes.float64)

    return _named(apply, name, f"Of every entry: {safe.__doc__}")


def _named(f: F, name: str, doc: str) -> F:
    f.__name__ = f.__qualname__ = name
    f.__doc__ = doc
    return f


exp, expm1 = _real("exp"), _real("expm1")
log, log1p, log2, log10 = _real("log"), _real("log1p"), _real("log2"), _real("log10")
sqrt, reciprocal = _real("sqrt"), _real("reciprocal")
sin, cos, tan = _real("sin"), _real("cos"), _real("tan")
asin, acos, atan = _real("asin"), _real("acos"), _real("atan")
sinh, cosh, tanh = _real("sinh"), _real("cosh"), _real("tanh")
asinh, acosh, atanh = _real("asinh"), _real("acosh"), _real("atanh")
erf = _real("erf")  # not in the standard
sigmoid = _real("sigmoid")  # for `namespace.sigmoid`


# Of one array: the dtype stays -----------------------------------------------------------------


def _keeping(name: str, f: Function, doc: str) -> Callable[[Array], Array]:
    return _named(lambda x, /: arithmetic(f, x), name, doc)


def _rounding(name: str) -> Callable[[Array], Array]:
    """A function that has nothing to do on whole numbers."""
    f: Function = getattr(scalars, name)

    def apply(x: Array, /) -> Array:
        return arithmetic(operator.pos if x.dtype is dtypes.int64 else f, x)

    return _named(apply, name, f"Of every entry: {f.__doc__}")


abs = _keeping("abs", builtins.abs, "The distance of every entry from 0.")
negative = _keeping("negative", operator.neg, "-x, entry by entry.")
positive = _keeping("positive", operator.pos, "x itself; TypeError for truth values.")
conj = _keeping("conj", operator.pos, "x itself: a real number is its own conjugate.")
square = _keeping("square", scalars.square, "x · x, entry by entry.")
floor, ceil, trunc, round = map(_rounding, ("floor", "ceil", "trunc", "round"))


def sign(x: Array, /) -> Array:
    """-1, 0 or 1 for every entry; nan for nan."""
    return astype(arithmetic(scalars.sign, x), x.dtype)


# Of one array: truth values out ----------------------------------------------------------------


def _truth(name: str, f: Function, doc: str) -> Callable[[Array], Array]:
    return _named(lambda x, /: unary(f, x, dtypes.bool), name, doc)


isfinite = _truth("isfinite", math.isfinite, "True where an entry is neither nan nor infinite.")
isinf = _truth("isinf", math.isinf, "True where an entry is inf or -inf.")
isnan = _truth("isnan", math.isnan, "True where an entry is nan.")
signbit = _truth("signbit", scalars.signbit, "True where an entry is below 0 or is -0.")
logical_not = _truth("logical_not", operator.not_, "The other truth value of every entry.")


# Of two arrays, or an array and a number -------------------------------------------------------


def _pairwise(name: str, operation: Callable[[Any, Any], Array], doc: str) -> Pairwise:
    """A public function of two values, of which one is an Array."""

    def apply(x1: Array | Number, x2: Array | Number, /) -> Array:
        result: Any = operation(x1, x2)
        if result is NotImplemented:
            kinds = " and ".join(type(x).__name__ for x in (x1, x2))
            raise TypeError(f"{name}: needs an Array, with an Array or a number, got {kinds}")
        return result  # type: ignore[no-any-return]

    return _named(apply, name, f"{doc} TypeError where neither is an Array.")


def _same(f: Both, doc: str) -> Pairwise:
    """The function of the numbers, with their dtype."""
    return _pairwise(name_of(f), lambda a, b: binary(f, a, b), doc)


def _whole_or_real(name: str, doc: str) -> Pairwise:
    return _pairwise(name, lambda a, b: whole_or_float(name, a, b), doc)


def _real_pairs(f: Both, doc: str) -> Pairwise:
    return _pairwise(f.__name__, lambda a, b: binary(f, a, b, dtypes.float64), doc)


def _compare(f: Both, doc: str) -> Pairwise:
    return _pairwise(name_of(f), lambda a, b: binary(f, a, b, dtypes.bool), doc)


add = _same(operator.add, "x1 + x2, entry by entry.")
subtract = _same(operator.sub, "x1 - x2, entry by entry.")
multiply = _same(operator.mul, "x1 · x2, entry by entry.")
divide = _pairwise("divide", quotient, "x1 / x2; signed infinities and nan where x2 is 0.")
floor_divide = _whole_or_real("floor_divide", "The largest whole number not above x1 / x2.")
remainder = _whole_or_real("remainder", "x1 - x2 · floor(x1 / x2): it has the sign of x2.")
pow = _whole_or_real("pow", "x1 to the power x2, entry by entry.")
maximum = _same(scalars.larger, "The larger of every pair; nan if one is nan.")
minimum = _same(scalars.smaller, "The smaller of every pair; nan if one is nan.")
atan2 = _real_pairs(math.atan2, "The angle of the point (x2, x1), in (-π, π].")
hypot = _real_pairs(math.hypot, "√(x1² + x2²), without overflow on the way.")
copysign = _real_pairs(math.copysign, "The magnitude of x1 with the sign of x2.")
nextafter = _real_pairs(math.nextafter, "The float next to x1 on the way to x2.")
logaddexp = _real_pairs(scalars.logaddexp, "log(exp(x1) + exp(x2)), without overflow.")
equal = _compare(operator.eq, "True where the entries are equal.")
not_equal = _compare(operator.ne, "True where the entries differ.")
less = _compare(operator.lt, "True where x1 < x2.")
less_equal = _compare(operator.le, "True where x1 ≤ x2.")
greater = _compare(operator.gt, "True where x1 > x2.")
greater_equal = _compare(operator.ge, "True where x1 ≥ x2.")
logical_and = _compare(scalars.logical_and, "True where both entries are true, or not 0.")
logical_or = _compare(scalars.logical_or, "True where one entry is true, or not 0.")
logical_xor = _compare(scalars.logical_xor, "True where just one entry is true, or not 0.")

# Of three --------------------------------------------------------------------------------------


def clip(
    x: Array, /, min: Array | Number | None = None, max: Array | Number | None = None
) -> Array:
    """Every entry, or the bound that it is beyond; nan stays nan."""
    raised = x if min is None else maximum(x, min)
    return raised if max is None else minimum(raised, max)


def where(condition: Array | bool, x1: Array | Number, x2: Array | Number, /) -> Array:
    """x1 where the condition holds, x2 elsewhere; a number joins the other's dtype.

    >>> where(asarray([True, False]), asarray([1.0, 2.0]), 0.0)
    Array([1.0, 0.0])
    """
    given = [x if isinstance(x, (int, float)) else asarray(x) for x in (x1, x2)]
    dtype = dtypes.result_type(*given)
    all_three = asarray(condition), *(asarray(x, dtype=dtype) for x in given)
    shape = broadcast_shapes(*(x.shape for x in all_three), asked="where")
    columns = (stretched(x, shape) for x in all_three)
    return Array([u if holds else v for holds, u, v in zip(*columns, strict=True)], shape, dtype)
