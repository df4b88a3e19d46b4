"""An array as its lines along one axis: what sort, flip, roll, repeat and running sums work on.

    line   the entries that differ only in their place on the axis: a column, for axis 0 of a matrix
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from .array import Array
from .dtypes import DType
from .shapes import Shape, product

Line = list[Any]


def lines_of(x: Array, axis: int) -> list[Line]:
    """Every line along the axis (counted from the front), in the reading order of the others.

    >>> from tinygrad_rnn.arrays import asarray
    >>> lines_of(asarray([[1, 2], [3, 4]]), 0)
    [[1, 3], [2, 4]]
    """
    data, inner = x._data, product(x._shape[axis + 1 :])
    block = x._shape[axis] * inner
    if inner == 1:
        return [data[i * block : (i + 1) * block] for i in range(product(x._shape[:axis]))]
    return [
        data[i * block + j : (i + 1) * block : inner]
        for i in range(product(x._shape[:axis]))
        for j in range(inner)
    ]


def from_lines(given: Iterable[Line], shape: Shape, axis: int, dtype: DType) -> Array:
    """The array of `shape` that has these lines along the axis: the inverse of `lines_of`."""
    every, inner = list(given), product(shape[axis + 1 :])
    blocks = (zip(*every[i : i + inner], strict=True) for i in range(0, len(every), inner or 1))
    return Array(list(chain.from_iterable(chain.from_iterable(blocks))), shape, dtype)


def along(
    f: Callable[[Line], Line], x: Array, axis: int, *, length: int | None = None,
    dtype: DType | None = None,
) -> Array:
    """f of every line; `length` is that of its lines, where they are longer or shorter than x's."""
    kept = x.shape[axis] if length is None else length
    shape = (*x.shape[:axis], kept, *x.shape[axis + 1 :])
    return from_lines(map(f, lines_of(x, axis)), shape, axis, dtype or x.dtype)
