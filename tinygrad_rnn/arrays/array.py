"""Array: an immutable n-dimensional array of Python numbers.

It is a flat list, a shape and a dtype. Nothing ever writes into the list, so arrays may share it,
and what is derived from it (a transposed matrix) may be kept. The operators are here; the functions
of the array API standard are in the modules beside this one.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator
from itertools import cycle, repeat
from typing import Any

from . import dtypes, scalars, whole
from .dtypes import DType
from .indexing import read
from .nesting import nest
from .shapes import Shape, broadcast_shapes, broadcast_strides, positions, product

Number = bool | int | float
Operator = Callable[[Any, Any], "Array"]


def _both_ways(f: Callable[[Any, Any], Array]) -> tuple[Operator, Operator]:
    """An operator and its reflection: a ∘ b, and b ∘ a for an a that is no Array."""
    return f, lambda self, other: f(other, self)


def _numeric(f: Callable[[Any], Any]) -> Callable[[Array], Array]:
    """An operator on every number."""
    return lambda self: arithmetic(f, self)


def _comparison(f: Callable[[Any, Any], Any]) -> Operator:
    """An operator that compares entry by entry."""
    return lambda self, other: binary(f, self, other, dtypes.bool)


def _bitwise(f: Callable[[Any, Any], Any]) -> tuple[Operator, Operator]:
    """An operator on truth values, or on the bits of whole numbers."""
    return _both_ways(lambda a, b: binary(f, a, b, _discrete(f, a, b)))


class Array:
    """Numbers in a shape: `.shape`, `.dtype`, operators, indexing; made by `asarray([[1.0, 2.0]])`.

    Immutable: `a += b` binds the name `a` to a new Array. `a == b` compares entry by entry.

    >>> from tinygrad_rnn.arrays import asarray
    >>> asarray([[1.0, 2.0], [3.0, 4.0]]) * 2
    Array([[2.0, 4.0], [6.0, 8.0]])
    """

    __slots__ = ("_data", "_shape", "_dtype", "_rows", "_columns", "_mT", "__weakref__")
    _rows: list[list[Any]]
    _columns: list[list[Any]]
    _mT: Array
    __array_ufunc__ = None  # NumPy's operators leave ours alone, instead of making object arrays
    __hash__ = None  # type: ignore[assignment]  # == is entry by entry

    def __init__(self, data: list[Any], shape: Shape, dtype: DType) -> None:
        """For the package's own use: `data` is flat, fits `shape`, and is never written again."""
        self._data = data
        self._shape = shape
        self._dtype = dtype

    shape = property(operator.attrgetter("_shape"), doc="The length of every axis.")
    ndim = property(lambda self: len(self._shape), doc="The number of axes.")
    size = property(lambda self: len(self._data), doc="The number of entries.")
    dtype = property(operator.attrgetter("_dtype"), doc="bool, int64 or float64.")
    device = property(lambda self: "cpu", doc='Always "cpu".')

    @property
    def mT(self) -> Array:
        """Every matrix transposed: the last two axes exchanged. Computed once."""
        try:
            return self._mT
        except AttributeError:
            self._mT = self.__array_namespace__().matrix_transpose(self)
            return self._mT

    @property
    def T(self) -> Array:
        """The transposed matrix; ValueError where there are not two axes."""
        if self.ndim != 2:
            raise ValueError(f".T is for matrices, got shape {self.shape}: use .mT or permute_dims")
        return self.mT

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        if api_version not in (None, "2021.12", "2022.12", "2023.12", "2024.12"):
            raise ValueError(f"arrays follow the array API standard 2024.12, not {api_version}")
        return sys.modules[__package__]

    def to_device(self, device: str, /, *, stream: None = None) -> Array:
        """The Array itself: there is only one device, "cpu"."""
        dtypes.on_cpu("to_device", device)
        return self

    def item(self) -> Number:
        """The only entry, as a Python number; ValueError for none, or several."""
        if len(self._data) != 1:
            raise ValueError(f"item: needs a single entry, got shape {self.shape}")
        return self._data[0]  # type: ignore[no-any-return]

    def tolist(self) -> Any:
        """The entries as nested lists; a number for the shape ()."""
        return nest(self._data, self._shape)

    def __float__(self) -> float:
        return float(self._single("float"))

    def __int__(self) -> int:
        return int(self._single("int"))

    def __complex__(self) -> complex:
        return complex(self._single("complex"))

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
        if copy is False:
            raise ValueError("__array__: the entries are Python numbers, NumPy has to copy them")
        flat = sys.modules["numpy"].array(self._data, dtype or self._dtype.name)
        return flat.reshape(self._shape)

    def __len__(self) -> int:
        if not self._shape:
            raise TypeError("an Array of shape () has no length")
        return self._shape[0]

    def __iter__(self) -> Iterator[Array]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, key: Any) -> Array:
        return Array(*read(self._data, key, self._shape), self._dtype)

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

    def __copy__(self, memo: Any = None) -> Array:
        return self

    __deepcopy__ = __copy__

    # -- operators: entry by entry, with broadcasting --

    __neg__ = _numeric(operator.neg)
    __pos__ = _numeric(operator.pos)
    __abs__ = _numeric(abs)

    def __invert__(self) -> Array:
        f = operator.not_ if self._dtype is dtypes.bool else operator.invert
        return unary(f, self, _discrete(operator.invert, self))

    __matmul__, __rmatmul__ = _both_ways(lambda a, b: matrix_product(a, b))
    __add__, __radd__ = _both_ways(lambda a, b: binary(operator.add, a, b))
    __sub__, __rsub__ = _both_ways(lambda a, b: binary(operator.sub, a, b))
    __mul__, __rmul__ = _both_ways(lambda a, b: binary(operator.mul, a, b))
    __truediv__, __rtruediv__ = _both_ways(lambda a, b: quotient(a, b))
    __floordiv__, __rfloordiv__ = _both_ways(lambda a, b: whole_or_float("floor_divide", a, b))
    __mod__, __rmod__ = _both_ways(lambda a, b: whole_or_float("remainder", a, b))
    __pow__, __rpow__ = _both_ways(lambda a, b: whole_or_float("pow", a, b))
    __and__, __rand__ = _bitwise(operator.and_)
    __or__, __ror__ = _bitwise(operator.or_)
    __xor__, __rxor__ = _bitwise(operator.xor)
    __eq__ = _comparison(operator.eq)  # type: ignore[assignment]
    __ne__ = _comparison(operator.ne)  # type: ignore[assignment]
    __lt__, __le__ = _comparison(operator.lt), _comparison(operator.le)
    __gt__, __ge__ = _comparison(operator.gt), _comparison(operator.ge)


# What the operators and the functions beside this module are made of ---------------------------


def unary(f: Callable[[Any], Any], x: Array, dtype: DType | None = None) -> Array:
    """f of every entry."""
    return Array(list(map(f, x._data)), x._shape, dtype or x._dtype)


def binary(f: Callable[[Any, Any], Any], a: Any, b: Any, dtype: DType | None = None) -> Array:
    """f of every pair of entries, after broadcasting; a Python number joins the other's dtype.

    `dtype` is the result's; without it f is arithmetic, which keeps the dtype of its operands.
    NotImplemented for what is neither, so that Python asks the other operand.
    """
    if type(a) is Array is type(b):
        kind, shape = a._dtype, a._shape
        if kind is not b._dtype:
            raise TypeError(f"{name_of(f)}: {kind} and {b._dtype} arrays do not mix: use astype")
        if shape == b._shape:
            entries = list(map(f, a._data, b._data))
        elif shape[-len(b._shape) :] == b._shape:  # a row for every row: a bias
            entries = list(map(f, a._data, cycle(b._data)))
        else:
            shape = broadcast_shapes(shape, b._shape, asked=name_of(f))
            entries = list(map(f, stretched(a, shape), stretched(b, shape)))
    elif type(a) is Array and isinstance(b, (int, float)):
        kind, shape = a._dtype, a._shape
        entries = list(map(f, a._data, repeat(_joining(f, b, kind))))
    elif type(b) is Array and isinstance(a, (int, float)):
        kind, shape = b._dtype, b._shape
        entries = list(map(f, repeat(_joining(f, a, kind)), b._data))
    else:
        return NotImplemented  # type: ignore[no-any-return]
    if dtype is None and kind is not dtypes.float64:
        _check_whole(f, kind, entries)
    return Array(entries, shape, dtype or kind)


def arithmetic(f: Callable[[Any], Any], x: Array) -> Array:
    """f of every entry, of the same dtype; for numbers, not for truth values."""
    result = unary(f, x)
    if x._dtype is not dtypes.float64:
        _check_whole(f, x._dtype, result._data)
    return result


def stretched(x: Array, shape: Shape) -> list[Any]:
    """The entries of x, repeated as broadcasting to `shape` asks."""
    if x._shape == shape:
        return x._data
    if len(x._data) == 1 and len(x._shape) <= len(shape):
        return x._data * product(shape)
    return [x._data[p] for p in positions(shape, broadcast_strides(x._shape, shape))]


def matrix_product(a: Any, b: Any) -> Array:
    """a @ b; NotImplemented unless both are Arrays."""
    if type(a) is Array is type(b):
        return sys.modules[__package__].matmul(a, b)  # type: ignore[no-any-return]
    return NotImplemented  # type: ignore[no-any-return]


def quotient(a: Any, b: Any) -> Array:
    """a / b, always float64."""
    try:
        return binary(operator.truediv, a, b, dtypes.float64)
    except (ZeroDivisionError, OverflowError):
        return binary(scalars.divide, a, b, dtypes.float64)


def whole_or_float(name: str, a: Any, b: Any) -> Array:
    """The function of this name: the one in `whole` of whole numbers, in `scalars` of floats."""
    integers = dtypes.int64 in (getattr(a, "dtype", None), getattr(b, "dtype", None))
    return binary(getattr(whole if integers else scalars, name), a, b)


def name_of(f: Callable[..., Any]) -> str:
    """The standard's name for a function of `operator`, for messages."""
    return NAMES.get(f.__name__, f.__name__)


def _check_whole(f: Callable[..., Any], kind: DType, entries: list[int]) -> None:
    """TypeError for truth values, which the standard gives no arithmetic; OverflowError."""
    if kind is dtypes.bool:
        raise TypeError(
            f"{name_of(f)}: truth values have no arithmetic: use astype(x, int64) or where()"
        )
    whole.in_range(name_of(f), entries)


def _joining(f: Callable[..., Any], number: Number, dtype: DType) -> Number:
    """A Python number as an entry of an array of `dtype`."""
    if type(number) is dtype.python_type:
        return number
    if type(number) is int and dtype is dtypes.float64:
        return float(number)
    kind = dtypes.dtype_of(number)
    if dtypes.widest({kind, dtype}) is not dtype:
        raise TypeError(
            f"{name_of(f)}: the {kind} {number} does not join an array of {dtype}: use astype"
        )
    joined: Number = dtype.python_type(number)
    return joined


def _discrete(f: Callable[..., Any], *operands: Any) -> DType:
    """The dtype of the operands that are Arrays, for a result; TypeError if it is float64."""
    kind: DType = next(x._dtype for x in operands if type(x) is Array)
    if kind is dtypes.float64:
        raise TypeError(f"{name_of(f)}: is for bool and int64 arrays, got float64: compare first")
    return kind


NAMES = {
    "neg": "negative", "pos": "positive", "sub": "subtract", "mul": "multiply",
    "truediv": "divide", "floordiv": "floor_divide", "mod": "remainder",
    "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater",
    "ge": "greater_equal", "and_": "&", "or_": "|", "xor": "^", "invert": "~",
    "larger": "maximum", "smaller": "minimum",
}  # fmt: skip
