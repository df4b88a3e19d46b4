"""Array: an immutable n-dimensional array of Python numbers.

It is a flat list, a shape and a dtype. Nothing ever writes into the list, so arrays may share it,
and what is derived from it (a transposed matrix) may be kept. The operators are here; the functions
of the array API standard are in the modules beside this one.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any

from . import dtypes, scalars
from .dtypes import DType
from .indexing import resolve
from .nesting import nest
from .shapes import Shape, broadcast_shapes, broadcast_strides, positions, product

Number = bool | int | float
Operator = Callable[[Any, Any], "Array"]


def _both_ways(f: Callable[[Any, Any], Array]) -> tuple[Operator, Operator]:
    """An operator and its reflection: a ∘ b, and b ∘ a for an a that is no Array."""
    return f, lambda self, other: f(other, self)


def _comparison(f: Callable[[Any, Any], Any]) -> Operator:
    """An operator that compares entry by entry."""
    return lambda self, other: binary(f, self, other, dtypes.bool)


class Array:
    """Numbers in a shape: `.shape`, `.dtype`, operators, indexing; made by `asarray([[1.0, 2.0]])`.

    Immutable: `a += b` binds the name `a` to a new Array. `a == b` compares entry by entry.

    >>> from tinygrad_rnn.arrays import asarray
    >>> asarray([[1.0, 2.0], [3.0, 4.0]]) * 2
    Array([[2.0, 4.0], [6.0, 8.0]])
    """

    __slots__ = ("_data", "_shape", "_dtype", "_kept_mT", "__weakref__")
    _kept_mT: Array
    __array_ufunc__ = None  # NumPy's operators leave ours alone, instead of making object arrays
    __hash__ = None  # type: ignore[assignment]  # == is entry by entry

    def __init__(self, data: list[Any], shape: Shape, dtype: DType) -> None:
        """For the package's own use: `data` is flat, fits `shape`, and is never written again."""
        self._data = data
        self._shape = shape
        self._dtype = dtype

    shape = property(operator.attrgetter("_shape"), doc="The length of every axis.")
    dtype = property(operator.attrgetter("_dtype"), doc="bool, int64 or float64.")
    device = property(lambda self: "cpu", doc='Always "cpu".')

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self._shape)

    @property
    def size(self) -> int:
        """The number of entries."""
        return len(self._data)

    @property
    def mT(self) -> Array:
        """Every matrix transposed: the last two axes exchanged. Computed once."""
        try:
            return self._kept_mT
        except AttributeError:
            self._kept_mT = self.__array_namespace__().matrix_transpose(self)
            return self._kept_mT

    @property
    def T(self) -> Array:
        """The transposed matrix."""
        if self.ndim != 2:
            raise ValueError(f".T is for matrices, got shape {self.shape}: use .mT or permute_dims")
        return self.mT

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        return sys.modules[__package__]

    # -- to plain Python ------------------------------------------------------------------------

    def item(self) -> Number:
        """The only entry, as a Python number."""
        if len(self._data) != 1:
            raise ValueError(f"item: needs a single entry, got shape {self.shape}")
        only: Number = self._data[0]
        return only

    def tolist(self) -> Any:
        """The entries as nested lists; a number for the shape ()."""
        return nest(self._data, self._shape)

    def __float__(self) -> float:
        return float(self._single("float"))

    def __int__(self) -> int:
        return int(self._single("int"))

    def __bool__(self) -> bool:
        return bool(self._single("bool"))

    def __index__(self) -> int:
        return operator.index(self._single("index"))  # type: ignore[arg-type]

    def _single(self, wanted: str) -> Number:
        if self._shape != ():
            raise TypeError(f"{wanted}() needs shape (), got {self.shape}: index it, or reduce it")
        only: Number = self._data[0]
        return only

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """For numpy.asarray(array); NumPy is there, since it is NumPy that calls."""
        flat = sys.modules["numpy"].array(self._data, dtype=dtype or self._dtype.name)
        return flat.reshape(self._shape)

    def __len__(self) -> int:
        if not self._shape:
            raise TypeError("an Array of shape () has no length")
        return self._shape[0]

    def __iter__(self) -> Iterator[Array]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, key: Any) -> Array:
        found, shape = resolve(key, self._shape)
        return Array([self._data[p] for p in found], shape, self._dtype)

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError("an Array is immutable: build a new one, with where() or concat()")

    def __repr__(self) -> str:
        shown = str(self.tolist()) if self.size <= 100 else f"<{self.size} entries>"
        kind = "" if self._dtype is dtypes.float64 and self.size else f", dtype={self._dtype}"
        shape = "" if 0 < self.size <= 100 else f", shape={self._shape}"
        return f"Array({shown}{kind}{shape})"

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __reduce__(self) -> Any:
        return Array, (self._data, self._shape, self._dtype)

    def __copy__(self) -> Array:
        return self

    def __deepcopy__(self, memo: Any) -> Array:
        return self

    # -- operators: entry by entry, with broadcasting -------------------------------------------

    def __neg__(self) -> Array:
        return unary(operator.neg, _numeric(self))

    def __pos__(self) -> Array:
        return self

    def __abs__(self) -> Array:
        return unary(abs, _numeric(self))

    def __matmul__(self, other: Any) -> Array:
        if type(other) is not Array:
            return NotImplemented
        return self.__array_namespace__().matmul(self, other)  # type: ignore[no-any-return]

    __add__, __radd__ = _both_ways(lambda a, b: binary(operator.add, a, b))
    __sub__, __rsub__ = _both_ways(lambda a, b: binary(operator.sub, a, b))
    __mul__, __rmul__ = _both_ways(lambda a, b: binary(operator.mul, a, b))
    __truediv__, __rtruediv__ = _both_ways(lambda a, b: _divide(a, b))
    __pow__, __rpow__ = _both_ways(lambda a, b: _power(a, b))
    __eq__ = _comparison(operator.eq)  # type: ignore[assignment]
    __ne__ = _comparison(operator.ne)  # type: ignore[assignment]
    __lt__, __le__ = _comparison(operator.lt), _comparison(operator.le)
    __gt__, __ge__ = _comparison(operator.gt), _comparison(operator.ge)


def unary(f: Callable[[Any], Any], x: Array, dtype: DType | None = None) -> Array:
    """f of every entry."""
    return Array(list(map(f, x._data)), x._shape, dtype or x._dtype)


def binary(f: Callable[[Any, Any], Any], a: Any, b: Any, dtype: DType | None = None) -> Array:
    """f of every pair of entries, after broadcasting; a Python number joins the other's dtype.

    `dtype` is the result's; without it f is arithmetic, which keeps the dtype of its operands.
    NotImplemented for what is neither, so that Python asks the other operand.
    """
    if type(a) is Array is type(b):
        if a._dtype is not b._dtype:
            raise TypeError(f"{a._dtype} and {b._dtype} arrays do not mix: use astype")
        if a._shape == b._shape:
            entries = map(f, a._data, b._data)
            return Array(list(entries), a._shape, dtype or _numeric(a)._dtype)
        shape = broadcast_shapes(a._shape, b._shape)
        entries = map(f, stretched(a, shape), stretched(b, shape))
        return Array(list(entries), shape, dtype or _numeric(a)._dtype)
    if type(a) is Array and isinstance(b, (int, float)):
        entries = map(f, a._data, repeat(_joining(b, a._dtype)))
        return Array(list(entries), a._shape, dtype or _numeric(a)._dtype)
    if type(b) is Array and isinstance(a, (int, float)):
        entries = map(f, repeat(_joining(a, b._dtype)), b._data)
        return Array(list(entries), b._shape, dtype or _numeric(b)._dtype)
    return NotImplemented  # type: ignore[no-any-return]


def stretched(x: Array, shape: Shape) -> list[Any]:
    """The entries of x, repeated as broadcasting to `shape` asks."""
    if x._shape == shape:
        return x._data
    if len(x._data) == 1 and len(x._shape) <= len(shape):
        return x._data * product(shape)
    return [x._data[p] for p in positions(shape, broadcast_strides(x._shape, shape))]


def _numeric(x: Array) -> Array:
    """x itself; TypeError for truth values, which the standard gives no arithmetic."""
    if x._dtype is dtypes.bool:
        raise TypeError("truth values have no arithmetic: use astype(x, int64) or where()")
    return x


def _joining(number: Number, dtype: DType) -> Number:
    """A Python number as an entry of an array of `dtype`."""
    if type(number) is dtype.python_type:
        return number
    kind = dtypes.dtype_of(number)
    if dtypes.widest({kind, dtype}) is not dtype:
        raise TypeError(f"the {kind} {number} does not join an array of {dtype}: use astype")
    joined: Number = dtype.python_type(number)
    return joined


def _divide(a: Any, b: Any) -> Array:
    try:
        return binary(operator.truediv, a, b, dtypes.float64)
    except ZeroDivisionError:
        return binary(scalars.divide, a, b, dtypes.float64)


def _power(a: Any, b: Any) -> Array:
    whole = getattr(a, "dtype", None) is dtypes.int64 or getattr(b, "dtype", None) is dtypes.int64
    return binary(_whole_power if whole else scalars.pow, a, b)


def _whole_power(a: int, b: int) -> int:
    if b < 0:
        raise ValueError(f"{a} to the power {b} is no whole number: use astype(x, float64)")
    power: int = a**b
    return power
