"""namespace(x): where the functions for a value live, whatever kind of value it is.

A rule that is written with operators and `namespace(x).tanh(x)` works on Python floats, on our
Arrays, and on every array that follows the array API standard (NumPy, JAX, CuPy), unseen.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from . import elementwise, rearrangement, scalars
from .array import Array
from .creation import asarray
from .dtypes import float64
from .nesting import flatten
from .shapes import Shape


def namespace(x: Any, *others: Any) -> Any:
    """The functions for x: `scalars` for a Python number, else what x itself names.

    With several values, the first that is more than a Python number decides. An array is asked
    before its type is looked at: a numpy.float64 is a Python float too. TypeError for what is no
    value: a string, a list, a torch tensor.
    """
    known = _NAMESPACES.get(type(x))
    if known is not None:
        return known
    if type(x) is float and not others:
        return scalars
    if hasattr(x, "__array_namespace__"):
        return _NAMESPACES.setdefault(type(x), x.__array_namespace__())
    if not isinstance(x, (int, float)):
        raise TypeError(
            f"{type(x).__name__} is no value to compute with: use a float, an Array or an array of "
            "the array API standard (lists: tg.arrays.asarray; torch: array_api_compat)"
        )
    return namespace(*others) if others else scalars


_NAMESPACES: dict[type, Any] = {}  # of a type that was asked once: all its arrays name the same


def shape(x: Any) -> Shape:
    """The shape of any value, also of a Tensor; () for a Python number."""
    return getattr(x, "shape", ())


def frozen(data: Any) -> Any:
    """`data` as a float, or as an array of floats that nobody else can write to.

    Lists become Arrays, integers float64; a NumPy array is copied. TypeError for what holds no
    real numbers.
    """
    if isinstance(data, float):
        return data
    if isinstance(data, int):
        return float(data)
    if isinstance(data, (list, tuple)):
        return asarray(data, dtype=float64)
    xp, kind = namespace(data), _name_of(data.dtype)
    if not kind.startswith(("float", "int", "uint", "bool")):
        raise TypeError(
            f"a value holds real numbers, got an array of dtype {kind}: convert it to float64"
        )
    dtype = data.dtype if kind.startswith("float") else xp.float64
    if not hasattr(data, "setflags"):
        return xp.asarray(data, dtype=dtype)
    own = xp.asarray(data, dtype=dtype, copy=True)
    own.setflags(write=False)
    return own


@cache
def _name_of(dtype: Any) -> str:
    return str(dtype)


def like(data: Any, x: Any) -> Any:
    """`data` (a number, nested lists, an array) as a value of the kind and dtype of x."""
    xp = namespace(x)
    return float(data) if xp is scalars else xp.asarray(data, dtype=x.dtype)


def ones_like(x: Any) -> Any:
    """Ones of the kind and shape of x."""
    xp = namespace(x)
    return 1.0 if xp is scalars else xp.ones_like(x)


def norm(x: Any) -> float:
    """The Euclidean norm of all entries, without overflow or underflow on the way."""
    return math.hypot(*entries(x))


def entries(x: Any) -> list[Any]:
    """All numbers of a value or of nested lists, row by row.

    >>> entries(asarray([[1.0, 2.0], [3.0, 4.0]])), entries(5.0)
    ([1.0, 2.0, 3.0, 4.0], [5.0])
    """
    if type(x) is Array:
        return x._data
    return flatten(x.tolist() if hasattr(x, "tolist") else x)[0]


def erf(x: Any) -> Any:
    """The error function; where a namespace has none (NumPy), entry by entry through an Array."""
    xp = namespace(x)
    return xp.erf(x) if hasattr(xp, "erf") else like(elementwise.erf(asarray(x)), x)


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)) for any x; the standard has no name for this."""
    if type(x) is float:
        return scalars.sigmoid(x)
    if type(x) is Array:
        return elementwise.sigmoid(x)
    xp = namespace(x)
    return xp.reciprocal(1.0 + xp.exp(-xp.maximum(x, -700.0)))  # exp(700) is still finite


def scatter_add(g: Any, key: Any, shape: Shape) -> Any:
    """Zeros of `shape` with g added where `key` reads; the standard has no name for this."""
    if type(g) is Array:
        return rearrangement.scatter_add(g, key, shape)
    xp = namespace(g)
    result = xp.zeros(shape, dtype=g.dtype)
    if hasattr(result, "at"):  # JAX
        return result.at[key].add(g)
    parts = key if isinstance(key, tuple) else (key,)  # a ufunc refuses a bare Array of ours
    xp.add.at(result, parts, g)  # NumPy, CuPy
    return result
