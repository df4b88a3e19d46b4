"""Rows times columns: the loops in which all multiply-adds of the package run.

CPython can add up row[0]·column[0] + row[1]·column[1] + ... in three ways. Nanoseconds a
multiply-add, on one machine:

    length                         4     10     32    128    512
    straight_line                 19     18     18     18     25     neither a call nor a loop
    by_map                        58     37     26     23     21     the loop runs in C
    by_sumprod                    38     22     13     10      9     the same, from Python 3.12 on

No way loses digits: the error is at most length · 2⁻⁵³ · Σ |row[i]·column[i]|.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from operator import mul
from typing import Any

from .array import Array

Vectors = list[list[Any]]
Products = Callable[[Vectors, Vectors], list[Any]]

HAS_SUMPROD = hasattr(math, "sumprod")
STRAIGHT = 18 if HAS_SUMPROD else 160  # below this length, straight_line is the quickest


@cache
def products(length: int) -> Products:
    """The quickest function of rows and columns of a length: row · column for each, row by row."""
    if length < STRAIGHT:
        return straight_line(length)
    return by_sumprod if HAS_SUMPROD else by_map


def straight_line(length: int) -> Products:
    """Code made for the length: local variables are the quickest that Python has.

    For 2 it is [x0*y0 + x1*y1 for x0, x1, in rows for y0, y1, in columns].
    """
    xs, ys = ("".join(f"{v}{i}, " for i in range(length)) for v in "xy")
    dot = " + ".join(f"x{i}*y{i}" for i in range(length))
    made: Products = eval(f"lambda rows, columns: [{dot} for {xs} in rows for {ys} in columns]")
    return made


def by_map(rows: Vectors, columns: Vectors) -> list[Any]:
    """By `sum(map(mul, row, column))`."""
    return [sum(map(mul, row, column)) for row in rows for column in columns]


def by_sumprod(rows: Vectors, columns: Vectors) -> list[Any]:
    """By `math.sumprod(row, column)`."""
    dot: Any = vars(math)["sumprod"]  # Python 3.11 has none
    return [dot(row, column) for row in rows for column in columns]


def rows(x: Array) -> Vectors:
    """The rows of a matrix. They are cut out once and kept: a weight meets every step."""
    try:
        return x._rows
    except AttributeError:
        count, n = x._shape
        x._rows = [x._data[i * n : i * n + n] for i in range(count)] if count != 1 else [x._data]
        return x._rows


def columns(x: Array) -> Vectors:
    """The columns of a matrix, kept as well."""
    try:
        return x._columns
    except AttributeError:
        n = x._shape[1]
        x._columns = [x._data[j::n] for j in range(n)]
        return x._columns
