"""Arrays from numbers, from nested lists, and from a rule: asarray, zeros, arange, eye, ..."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from itertools import cycle
from typing import Any

from . import dtypes
from .array import Array, Number
from .dtypes import DType
from .nesting import flatten
from .shapes import Shape, product


def asarray(obj: Any, /, *, dtype: DType | None = None, copy: bool | None = None) -> Array:
    """An Array of a number, of nested lists, of an Array, or of anything that has `tolist`.

    Without `dtype` the widest entry decides: [1, 2.5] is float64. ValueError for a ragged list,
    TypeError for entries that are no numbers. `copy` changes nothing: an Array is immutable.

    >>> asarray([[1, 2], [3, 4]])
    Array([[1, 2], [3, 4]], dtype=int64)
    """
    if isinstance(obj, Array):
        return obj if dtype in (None, obj.dtype) else astype(obj, dtype or obj.dtype)
    if hasattr(obj, "tolist"):
        entries, shape = flatten(obj.tolist())
        shape = tuple(getattr(obj, "shape", shape))  # nested lists cannot say (0, 3)
    else:
        entries, shape = flatten(obj)
    kinds = {dtypes.dtype_of(entry) for entry in entries} or {dtypes.float64}
    chosen = dtype or dtypes.widest(kinds)
    return Array(list(map(chosen.python_type, entries)), shape, chosen)


def astype(x: Array, dtype: DType, /, *, copy: bool = True) -> Array:
    """x with every entry converted to `dtype`."""
    return Array(list(map(dtype.python_type, x._data)), x.shape, dtype)


def full(shape: int | Iterable[int], fill_value: Number, *, dtype: DType | None = None) -> Array:
    """An Array that is `fill_value` everywhere.

    >>> full((2,), 0.5)
    Array([0.5, 0.5])
    """
    chosen = dtype or dtypes.dtype_of(fill_value)
    lengths = _shape(shape)
    return Array([chosen.python_type(fill_value)] * product(lengths), lengths, chosen)


def zeros(shape: int | Iterable[int], *, dtype: DType | None = None) -> Array:
    """An Array of zeros, float64 unless `dtype` says otherwise."""
    return full(shape, 0.0, dtype=dtype)


def ones(shape: int | Iterable[int], *, dtype: DType | None = None) -> Array:
    """An Array of ones, float64 unless `dtype` says otherwise."""
    return full(shape, 1.0, dtype=dtype)


def zeros_like(x: Array, /, *, dtype: DType | None = None) -> Array:
    """Zeros in the shape and dtype of x."""
    return zeros(x.shape, dtype=dtype or x.dtype)


def ones_like(x: Array, /, *, dtype: DType | None = None) -> Array:
    """Ones in the shape and dtype of x."""
    return ones(x.shape, dtype=dtype or x.dtype)


def arange(start: Number, /, stop: Number | None = None, step: Number = 1) -> Array:
    """start, start + step, ... below stop; arange(n) counts from 0.

    >>> arange(3)
    Array([0, 1, 2], dtype=int64)
    """
    first, end = (0, start) if stop is None else (start, stop)
    if step == 0:
        raise ValueError("arange: step is 0: it would never arrive")
    count = max(0, math.ceil((end - first) / step))
    kind = dtypes.widest({dtypes.int64, *map(dtypes.dtype_of, (first, end, step))})
    return Array([kind.python_type(first + i * step) for i in range(count)], (count,), kind)


def eye(n_rows: int, n_cols: int | None = None, /, *, dtype: DType | None = None) -> Array:
    """The identity matrix, float64 unless `dtype` says otherwise."""
    columns = n_rows if n_cols is None else n_cols
    one = (dtype or dtypes.float64).python_type
    entries = [one(i == j) for i in range(n_rows) for j in range(columns)]
    return Array(entries, (n_rows, columns), dtype or dtypes.float64)


def tril(x: Array, /, *, k: int = 0) -> Array:
    """Every matrix with zeros above the diagonal, or above the k-th one to the right of it."""
    return _masked("tril", x, lambda i, j: j - i <= k)


def triu(x: Array, /, *, k: int = 0) -> Array:
    """Every matrix with zeros below the diagonal, or below the k-th one to the right of it."""
    return _masked("triu", x, lambda i, j: j - i >= k)


def _masked(name: str, x: Array, holds: Callable[[int, int], bool]) -> Array:
    if x.ndim < 2:
        raise ValueError(f"{name}: needs two axes or more, got shape {x.shape}")
    rows, columns = x.shape[-2:]
    mask = [holds(i, j) for i in range(rows) for j in range(columns)]
    zero = x.dtype.python_type(0)
    entries = [e if kept else zero for e, kept in zip(x._data, cycle(mask), strict=False)]
    return Array(entries, x.shape, x.dtype)


def _shape(shape: int | Iterable[int]) -> Shape:
    lengths = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(n < 0 for n in lengths):
        raise ValueError(f"a shape has no negative lengths, got {lengths}")
    return lengths
