"""The three kinds of entry an Array can hold: bool, int64 and float64.

A dtype is a plain object with a name and the Python type that stores it. Two float64 arrays give
a float64; two kinds that the standard does not mix (int64 with float64) are a TypeError here.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterable
from typing import Any, NamedTuple

from . import whole

__all__ = [
    "DType", "bool", "can_cast", "finfo", "float64", "iinfo", "int64", "isdtype", "result_type",
]  # fmt: skip


class DType:
    """A kind of entry: its `name`, and the Python type that holds one."""

    __slots__ = ("name", "python_type")

    def __init__(self, name: str, python_type: type) -> None:
        self.name = name
        self.python_type = python_type

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> str:
        return self.name


bool = DType("bool", builtins.bool)
int64 = DType("int64", builtins.int)
float64 = DType("float64", builtins.float)

KINDS: dict[str, tuple[DType, ...]] = {
    "bool": (bool,),
    "signed integer": (int64,),
    "unsigned integer": (),
    "integral": (int64,),
    "real floating": (float64,),
    "complex floating": (),
    "numeric": (int64, float64),
}

_BY_TYPE = {builtins.bool: bool, builtins.int: int64, builtins.float: float64}
_RANK = {bool: 0, int64: 1, float64: 2}


# What a dtype is -------------------------------------------------------------------------------


class Integers(NamedTuple):
    """What iinfo tells of int64: its bits, its largest and its smallest number."""

    bits: int
    max: int
    min: int
    dtype: DType


class Floats(NamedTuple):
    """What finfo tells of float64; `eps` is the distance from 1.0 to the next number."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: DType


def iinfo(type: Any, /) -> Integers:
    """The range of int64, or of an array of it."""
    _expect("iinfo", getattr(type, "dtype", type), int64)
    return Integers(64, whole.MOST, whole.LEAST, int64)


def finfo(type: Any, /) -> Floats:
    """The range and precision of float64, or of an array of it."""
    _expect("finfo", getattr(type, "dtype", type), float64)
    most = sys.float_info.max
    return Floats(64, sys.float_info.epsilon, most, -most, sys.float_info.min, float64)


def isdtype(dtype: DType, kind: DType | str | tuple[DType | str, ...]) -> builtins.bool:
    """Whether the dtype is of the kind: another dtype, "integral", "numeric", ... or one of these.

    ValueError for a kind that there is not.

    >>> isdtype(int64, "numeric"), isdtype(int64, ("bool", float64))
    (True, False)
    """
    _expect_dtype("isdtype", dtype)
    if isinstance(kind, tuple):
        return any(isdtype(dtype, one) for one in kind)
    return dtype is kind if isinstance(kind, DType) else dtype in of_kind("isdtype", kind)


def of_kind(asked: str, kind: str) -> tuple[DType, ...]:
    """The dtypes of a kind; ValueError, naming what was asked, for a kind that there is not."""
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"{asked}: there is no kind {kind!r}: use one of {', '.join(KINDS)}")
    return KINDS[kind]


def can_cast(from_: Any, to: DType, /) -> builtins.bool:
    """Whether arrays of one dtype become another's by themselves: only where they are the same."""
    given = getattr(from_, "dtype", from_)
    _expect_dtype("can_cast", given)
    _expect_dtype("can_cast", to)
    return given is to


def result_type(*arrays_and_dtypes: Any) -> DType:
    """The dtype of what is computed from these arrays, dtypes and Python numbers.

    TypeError where they do not mix: int64 with float64, or a number that an array cannot hold.
    """
    given = [getattr(x, "dtype", x) for x in arrays_and_dtypes]
    dtypes = {x for x in given if isinstance(x, DType)}
    numbers = {dtype_of(x) for x in given if not isinstance(x, DType)}
    if not given:
        raise TypeError("result_type: needs at least one array, dtype or number")
    if len(dtypes) > 1:
        raise TypeError(f"result_type: {_listed(dtypes)} arrays do not mix: use astype")
    widest_of_all = widest(dtypes | numbers)
    if dtypes and widest_of_all not in dtypes:
        raise TypeError(
            f"result_type: the {widest_of_all} does not join {_listed(dtypes)}: use astype"
        )
    return widest_of_all


# Python numbers as entries ---------------------------------------------------------------------


def dtype_of(entry: Any) -> DType:
    """The dtype that holds the Python number `entry`."""
    for python_type, dtype in _BY_TYPE.items():
        if isinstance(entry, python_type):
            return dtype
    raise TypeError(f"an array holds bool, int or float, got {type(entry).__name__}: {entry!r:.40}")


def widest(dtypes: set[DType]) -> DType:
    """The dtype that can hold every one of `dtypes`, as for a list like [1, 2.5]."""
    return max(dtypes, key=_RANK.__getitem__)


def converted(asked: str, entries: Iterable[Any], dtype: DType) -> list[Any]:
    """The entries as numbers of a dtype; OverflowError or ValueError (nan) naming `asked`."""
    _expect_dtype(asked, dtype)
    try:
        found = list(map(dtype.python_type, entries))
    except (OverflowError, ValueError) as error:
        raise type(error)(f"{asked}: {error} (as an entry of {dtype})") from None
    return whole.in_range(asked, found) if dtype is int64 else found


def on_cpu(asked: str, device: str | None) -> None:
    """ValueError if the device is another one than "cpu"."""
    if device not in (None, "cpu"):
        raise ValueError(f'{asked}: device is {device!r}, there is only "cpu"')


def _expect(asked: str, given: Any, dtype: DType) -> None:
    if given is not dtype:
        raise TypeError(f"{asked}: is for {dtype}, got {given}")


def _expect_dtype(asked: str, dtype: Any) -> None:
    """TypeError for what is no dtype, such as the name of one or a Python type."""
    if type(dtype) is not DType:
        known = "arrays.bool, arrays.int64 or arrays.float64"
        raise TypeError(f"{asked}: a dtype is one of {known}, got {dtype!r}")


def _listed(dtypes: set[DType]) -> str:
    return " and ".join(sorted(dtype.name for dtype in dtypes))
