"""Functions of every entry: exp, tanh, maximum, where, ...

The fast way is `math`'s function over the whole list. Where it raises, because one entry leaves
its range, the list is gone over again with the function of `scalars`, which has an answer for all.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from . import dtypes, scalars
from .array import Array, Number, binary, stretched, unary
from .creation import asarray, astype
from .shapes import broadcast_shapes


def _elementwise(fast: Callable[[float], float], safe: Callable[[float], float]) -> Any:
    """The function of every entry that is `fast` where it can be, and `safe` where it must."""

    def apply(x: Array, /) -> Array:
        try:
            return unary(fast, x, dtypes.float64)
        except (ValueError, OverflowError):
            return unary(safe, x, dtypes.float64)

    apply.__name__ = apply.__qualname__ = safe.__name__
    apply.__doc__ = f"Of every entry: {safe.__doc__}"
    return apply


exp = _elementwise(math.exp, scalars.exp)
expm1 = _elementwise(math.expm1, scalars.expm1)
log = _elementwise(math.log, scalars.log)
log1p = _elementwise(math.log1p, scalars.log1p)
sqrt = _elementwise(math.sqrt, scalars.sqrt)
sin = _elementwise(math.sin, scalars.sin)
cos = _elementwise(math.cos, scalars.cos)
tan = _elementwise(math.tan, scalars.tan)
sinh = _elementwise(math.sinh, scalars.sinh)
cosh = _elementwise(math.cosh, scalars.cosh)
tanh = _elementwise(math.tanh, scalars.tanh)
erf = _elementwise(math.erf, scalars.erf)  # not in the standard


def abs(x: Array, /) -> Array:
    """The distance of every entry from 0."""
    return x.__abs__()


def sign(x: Array, /) -> Array:
    """-1, 0 or 1 for every entry."""
    return astype(unary(scalars.sign, x), x.dtype)


def isfinite(x: Array, /) -> Array:
    """True where an entry is neither nan nor infinite."""
    return unary(math.isfinite, x, dtypes.bool)


def add(x1: Array, x2: Array | Number, /) -> Array:
    """x1 + x2, entry by entry."""
    return x1 + x2


def subtract(x1: Array, x2: Array | Number, /) -> Array:
    """x1 - x2, entry by entry."""
    return x1 - x2


def multiply(x1: Array, x2: Array | Number, /) -> Array:
    """x1 · x2, entry by entry."""
    return x1 * x2


def divide(x1: Array | Number, x2: Array | Number, /) -> Array:
    """x1 / x2, entry by entry; signed infinities and nan where x2 is 0."""
    return x1 / x2  # type: ignore[return-value]


def pow(x1: Array | Number, x2: Array | Number, /) -> Array:
    """x1 to the power x2, entry by entry."""
    return x1**x2  # type: ignore[return-value]


def maximum(x1: Array | Number, x2: Array | Number, /) -> Array:
    """The larger of every pair."""
    return _both("maximum", scalars.larger, x1, x2)


def minimum(x1: Array | Number, x2: Array | Number, /) -> Array:
    """The smaller of every pair."""
    return _both("minimum", scalars.smaller, x1, x2)


def equal(x1: Array, x2: Array | Number, /) -> Array:
    """True where the entries are equal."""
    return x1 == x2


def logical_not(x: Array, /) -> Array:
    """The other truth value of every entry."""
    return unary(operator.not_, x, dtypes.bool)


def where(condition: Array | bool, x1: Array | Number, x2: Array | Number, /) -> Array:
    """x1 where the condition holds, x2 elsewhere.

    >>> where(asarray([True, False]), asarray([1.0, 2.0]), 0.0)
    Array([1.0, 0.0])
    """
    c, a, b = asarray(condition), asarray(x1), asarray(x2)
    dtype = dtypes.widest({a.dtype, b.dtype})
    shape = broadcast_shapes(c.shape, a.shape, b.shape)
    columns = (stretched(x, shape) for x in (c, astype(a, dtype), astype(b, dtype)))
    return Array([u if holds else v for holds, u, v in zip(*columns, strict=True)], shape, dtype)


def _both(name: str, f: Callable[[Any, Any], Any], x1: Any, x2: Any) -> Array:
    result: Any = binary(f, x1, x2)
    if result is NotImplemented:
        kinds = " and ".join(type(x).__name__ for x in (x1, x2))
        raise TypeError(f"{name}: needs an Array, with an Array or a number, got {kinds}")
    return result  # type: ignore[no-any-return]
