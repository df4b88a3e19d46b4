"""Arrays from numbers, from nested lists, and from a rule: asarray, zeros, arange, eye, ...

`device` may be "cpu"; there is no other. `copy` changes nothing: an Array is immutable.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from itertools import cycle
from typing import Any

from . import dtypes
from .array import Array, Number
from .dtypes import DType, converted, on_cpu
from .nesting import flatten
from .shapes import Shape, lengths_of, product

__all__ = [
    "arange", "asarray", "astype", "empty", "empty_like", "eye", "full", "full_like", "linspace",
    "ones", "ones_like", "tril", "triu", "zeros", "zeros_like",
]  # fmt: skip


def asarray(
    obj: Any, /, *, dtype: DType | None = None, device: str | None = None, copy: bool | None = None
) -> Array:
    """An Array of a number, of nested lists, of an Array, or of anything that has `tolist`.

    Without `dtype` the widest entry decides: [1, 2.5] is float64. ValueError for a ragged list
    and for copy=False where obj is no Array of this dtype; TypeError for entries that are no
    numbers; OverflowError for whole numbers beyond int64.

    >>> asarray([[1, 2], [3, 4]])
    Array([[1, 2], [3, 4]], dtype=int64)
    """
    on_cpu("asarray", device)
    if isinstance(obj, Array) and dtype in (None, obj.dtype):
        return obj
    if copy is False:
        raise ValueError(f"asarray: {type(obj).__name__} cannot become an Array without a copy")
    if isinstance(obj, Array):
        return astype(obj, dtype or obj.dtype)
    entries, shape = flatten(obj.tolist() if hasattr(obj, "tolist") else obj)
    shape = tuple(getattr(obj, "shape", shape))  # nested lists cannot say (0, 3)
    one_of_each = {type(entry): entry for entry in entries}.values()
    kinds = set(map(dtypes.dtype_of, one_of_each)) or {_kind_of_nothing(obj)}
    chosen = dtype or dtypes.widest(kinds)
    return Array(converted("asarray", entries, chosen), shape, chosen)


def astype(
    x: Array, dtype: DType, /, *, copy: bool = True, device: str | None = None
) -> Array:
    """x with every entry converted to `dtype`; a fraction is cut off, nan is no whole number."""
    on_cpu("astype", device)
    return Array(converted("astype", x._data, dtype), x.shape, dtype)


# The same number everywhere --------------------------------------------------------------------


def full(
    shape: int | Iterable[int],
    fill_value: Number,
    *,
    dtype: DType | None = None,
    device: str | None = None,
) -> Array:
    """An Array that is `fill_value` everywhere.

    >>> full((2,), 0.5)
    Array([0.5, 0.5])
    """
    return _constant("full", shape, fill_value, dtype, device)


def _constant(
    asked: str, shape: int | Iterable[int], number: Number, dtype: DType | None, device: str | None
) -> Array:
    on_cpu(asked, device)
    chosen, lengths = dtype or dtypes.dtype_of(number), _shape(shape, asked)
    return Array(converted(asked, [number], chosen) * product(lengths), lengths, chosen)


def full_like(
    x: Array, /, fill_value: Number, *, dtype: DType | None = None, device: str | None = None
) -> Array:
    """`fill_value` everywhere, in the shape and dtype of x."""
    return _constant("full_like", x.shape, fill_value, dtype or x.dtype, device)


def _filled(name: str, number: float, doc: str) -> Callable[..., Array]:
    """The function that makes an Array of one number, in a shape."""

    def create(
        shape: int | Iterable[int], *, dtype: DType | None = None, device: str | None = None
    ) -> Array:
        return _constant(name, shape, number, dtype, device)

    create.__name__ = create.__qualname__ = name
    create.__doc__ = f"An Array of {doc}, float64 unless `dtype` says otherwise."
    return create


def _filled_like(name: str, number: float, doc: str) -> Callable[..., Array]:
    """The function that makes an Array of one number, in the shape of another Array."""

    def create(x: Array, /, *, dtype: DType | None = None, device: str | None = None) -> Array:
        return _constant(name, x.shape, number, dtype or x.dtype, device)

    create.__name__ = create.__qualname__ = name
    create.__doc__ = f"{doc.capitalize()} in the shape and dtype of x."
    return create


zeros = _filled("zeros", 0.0, "zeros")
ones = _filled("ones", 1.0, "ones")
empty = _filled("empty", 0.0, "no particular entries: zeros")
zeros_like = _filled_like("zeros_like", 0.0, "zeros")
ones_like = _filled_like("ones_like", 1.0, "ones")
empty_like = _filled_like("empty_like", 0.0, "no particular entries: zeros")


# A number for every place ----------------------------------------------------------------------


def arange(
    start: Number,
    /,
    stop: Number | None = None,
    step: Number = 1,
    *,
    dtype: DType | None = None,
    device: str | None = None,
) -> Array:
    """start, start + step, ... below stop; arange(n) counts from 0. ValueError for step 0.

    >>> arange(3)
    Array([0, 1, 2], dtype=int64)
    """
    on_cpu("arange", device)
    first, end = (0, start) if stop is None else (start, stop)
    if step == 0:
        raise ValueError("arange: step is 0: it would never arrive")
    kind = dtypes.widest({dtypes.int64, *map(dtypes.dtype_of, (first, end, step))})
    whole = kind is dtypes.int64
    count = -((first - end) // step) if whole else math.ceil((end - first) / step)
    steps = range(max(0, int(count)))
    entries = converted("arange", (first + i * step for i in steps), dtype or kind)
    return Array(entries, (len(steps),), dtype or kind)


def linspace(
    start: Number,
    stop: Number,
    /,
    num: int,
    *,
    dtype: DType | None = None,
    device: str | None = None,
    endpoint: bool = True,
) -> Array:
    """`num` numbers in equal steps from start to stop, which is left out for endpoint=False.

    ValueError for less than 0 of them.

    >>> linspace(0, 1, 5)
    Array([0.0, 0.25, 0.5, 0.75, 1.0])
    """
    on_cpu("linspace", device)
    if num < 0:
        raise ValueError(f"linspace: num is {num}: there are 0 numbers or more")
    gaps = num - 1 if endpoint else num
    entries = [start + (stop - start) * (i / gaps) if i else start for i in range(num)]
    if endpoint and num > 1:
        entries[-1] = stop
    chosen = dtype or dtypes.float64
    return Array(converted("linspace", entries, chosen), (num,), chosen)


def eye(
    n_rows: int,
    n_cols: int | None = None,
    /,
    *,
    k: int = 0,
    dtype: DType | None = None,
    device: str | None = None,
) -> Array:
    """A matrix of zeros with ones on the diagonal, or on the k-th one to the right of it."""
    on_cpu("eye", device)
    shape = _shape((n_rows, n_rows if n_cols is None else n_cols), "eye")
    chosen = dtype or dtypes.float64
    diagonal = [j - i == k for i in range(shape[0]) for j in range(shape[1])]
    return Array(converted("eye", diagonal, chosen), shape, chosen)


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


def _shape(shape: int | Iterable[int], asked: str) -> Shape:
    lengths = lengths_of(shape, asked)
    if any(n < 0 for n in lengths):
        raise ValueError(f"{asked}: a shape has no negative lengths, got {lengths}")
    return lengths


def _kind_of_nothing(obj: Any) -> DType:
    """The dtype of an array without entries, by its name; float64 of an empty list."""
    name = str(getattr(obj, "dtype", ""))
    return dtypes.int64 if "int" in name else dtypes.bool if "bool" in name else dtypes.float64
