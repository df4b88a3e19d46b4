"""The same entries in another shape or order: reshape, permute_dims, concat, stack, ...

`rearrangement`, beside this file, has those that work line by line: flip, roll, repeat, take, ...
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from .array import Array, stretched
from .kernels import columns
from .shapes import (
    broadcast_shapes,
    fill_in,
    lengths_of,
    normalise_axes,
    normalise_axis,
    positions,
    product,
    strides_of,
)

__all__ = [
    "broadcast_arrays", "broadcast_to", "concat", "expand_dims", "matrix_transpose", "moveaxis",
    "permute_dims", "reshape", "squeeze", "stack", "unstack",
]  # fmt: skip

Axes = int | Sequence[int]


def reshape(x: Array, /, shape: int | Iterable[int], *, copy: bool | None = None) -> Array:
    """The entries in reading order, in another shape; one length may be -1, "what fits"."""
    return Array(x._data, fill_in(shape, x.size), x.dtype)


def permute_dims(x: Array, /, axes: Sequence[int]) -> Array:
    """The axes in another order: axis i of the result is axis axes[i] of x.

    ValueError where `axes` does not name each of them once.
    """
    order = [normalise_axis(a, x.ndim, "permute_dims") for a in axes]
    if sorted(order) != list(range(x.ndim)):
        raise ValueError(f"permute_dims: {tuple(axes)} does not name each of {x.ndim} axes once")
    lengths, strides = x.shape, strides_of(x.shape)
    found = positions([lengths[a] for a in order], [strides[a] for a in order])
    return Array([x._data[p] for p in found], tuple(lengths[a] for a in order), x.dtype)


def matrix_transpose(x: Array, /) -> Array:
    """Every matrix transposed: the last two axes exchanged. ValueError below two axes."""
    if x.ndim < 2:
        raise ValueError(f"matrix_transpose: needs two axes or more, got shape {x.shape}")
    if x.ndim == 2:
        result = Array(list(chain.from_iterable(columns(x))), x.shape[::-1], x.dtype)
        result._rows = columns(x)
        return result
    return permute_dims(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


def moveaxis(x: Array, source: Axes, destination: Axes, /) -> Array:
    """The axes `source` at the positions `destination`; the others keep their order.

    ValueError where one is named twice, or the two differ in number.

    >>> from tinygrad_rnn.arrays import zeros
    >>> moveaxis(zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    sources, targets = (
        [normalise_axis(a, x.ndim, "moveaxis") for a in axes]
        for axes in ([s] if isinstance(s, int) else s for s in (source, destination))
    )
    if len(sources) != len(targets) or any(len(set(a)) < len(a) for a in (sources, targets)):
        raise ValueError(f"moveaxis: {source} to {destination} moves no axis, or one, twice")
    order = [a for a in range(x.ndim) if a not in sources]
    for target, axis in sorted(zip(targets, sources, strict=True)):
        order.insert(target, axis)
    return permute_dims(x, order)


def expand_dims(x: Array, /, axis: int) -> Array:
    """A new axis of length 1 at the position `axis`."""
    at = normalise_axis(axis, x.ndim + 1, "expand_dims")
    return Array(x._data, (*x.shape[:at], 1, *x.shape[at:]), x.dtype)


def squeeze(x: Array, /, axis: Axes) -> Array:
    """x without these axes, which have the length 1; ValueError for one that is longer."""
    axes = normalise_axes(axis, x.ndim, "squeeze")
    if any(x.shape[a] != 1 for a in axes):
        raise ValueError(f"squeeze: axis {axis} of shape {x.shape} is not of length 1")
    return Array(x._data, tuple(n for a, n in enumerate(x.shape) if a not in axes), x.dtype)


def broadcast_to(x: Array, /, shape: Iterable[int]) -> Array:
    """x repeated along new axes and along those of length 1."""
    target = lengths_of(shape, "broadcast_to")
    return Array(stretched(x, target), target, x.dtype)


def broadcast_arrays(*arrays: Array) -> list[Array]:
    """The arrays, each repeated to their common shape."""
    shape = broadcast_shapes(*(x.shape for x in arrays), asked="broadcast_arrays")
    return [broadcast_to(x, shape) for x in arrays]


def concat(arrays: Sequence[Array], /, *, axis: int | None = 0) -> Array:
    """The arrays one after the other along an axis; along the flattened entries for None.

    ValueError of no arrays, and where they differ in another axis; TypeError where in dtype.
    """
    if not arrays:
        raise ValueError("concat: needs at least one array")
    if axis is None:
        arrays, axis = [reshape(a, -1) for a in arrays], 0
    at = normalise_axis(axis, arrays[0].ndim, "concat")
    _check_alike("concat", arrays, at)
    before, after = arrays[0]._shape[:at], arrays[0]._shape[at + 1 :]
    shape = (*before, sum([a._shape[at] for a in arrays]), *after)
    if product(before) == 1:
        return Array(list(chain.from_iterable([a._data for a in arrays])), shape, arrays[0]._dtype)
    entries: list[Any] = []
    blocks = [(a._data, a._shape[at] * product(after)) for a in arrays]
    for i in range(product(before)):
        for data, block in blocks:
            entries += data[i * block : (i + 1) * block]
    return Array(entries, shape, arrays[0]._dtype)


def stack(arrays: Sequence[Array], /, *, axis: int = 0) -> Array:
    """The arrays side by side along a new axis. ValueError of none, and where the shapes differ."""
    if not arrays:
        raise ValueError("stack: needs at least one array")
    if len({a.shape for a in arrays}) > 1:
        raise ValueError(f"stack: shapes differ: {', '.join(str(a.shape) for a in arrays)}")
    at = normalise_axis(axis, arrays[0].ndim + 1, "stack")
    return concat([expand_dims(a, axis=at) for a in arrays], axis=at)


def unstack(x: Array, /, *, axis: int = 0) -> tuple[Array, ...]:
    """The arrays that lie side by side along an axis: the inverse of `stack`."""
    at = normalise_axis(axis, x.ndim, "unstack")
    return tuple(x[(slice(None),) * at + (i,)] for i in range(x.shape[at]))


def _check_alike(name: str, arrays: Sequence[Array], axis: int) -> None:
    first = arrays[0]
    beside = first.shape[:axis], first.shape[axis + 1 :]
    for a in arrays[1:]:
        if (a.shape[:axis], a.shape[axis + 1 :]) != beside:
            raise ValueError(f"{name}: {a.shape} does not fit {first.shape} along axis {axis}")
        if a.dtype is not first.dtype:
            raise TypeError(f"{name}: {first.dtype} and {a.dtype} arrays do not mix: use astype")
