"""The three kinds of entry an Array can hold: bool, int64 and float64.

A dtype is a plain object with a name and the Python type that stores it. Two float64 arrays give
a float64; two kinds that the standard does not mix (int64 with float64) are a TypeError here.
"""

from __future__ import annotations

import builtins
from typing import Any


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

_BY_TYPE = {builtins.bool: bool, builtins.int: int64, builtins.float: float64}
_RANK = {bool: 0, int64: 1, float64: 2}


def dtype_of(entry: Any) -> DType:
    """The dtype that holds the Python number `entry`."""
    for python_type, dtype in _BY_TYPE.items():
        if isinstance(entry, python_type):
            return dtype
    raise TypeError(f"an array holds bool, int or float, got {type(entry).__name__}: {entry!r:.40}")


def widest(dtypes: set[DType]) -> DType:
    """The dtype that can hold every one of `dtypes`, as for a list like [1, 2.5]."""
    return max(dtypes, key=_RANK.__getitem__)
