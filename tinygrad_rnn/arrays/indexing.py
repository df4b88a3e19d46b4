"""What a[key] reads: a key becomes the flat positions that it picks, and the shape they come in.

A key is an integer, a slice, `...`, None (a new axis), a list or Array of integers, a mask, or a
tuple of these. Lists are taken together, entry by entry, and their common axis stands where the
first of them stood; or in front, where something else stands between them (NumPy's rule). A mask
of truth values stands for the lists of the places where it is True.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import index
from typing import Any, NamedTuple

from .nesting import flatten
from .shapes import Shape, broadcast_shapes, broadcast_strides, positions, strides_of

Group = tuple[list[int], Shape]  # the offsets that one part of a key adds, and the axes it makes

PLAIN = {int, slice, type(None), type(...)}
NO_AXIS = (type(None), type(...), bool)  # what adds an axis, or nothing, but reads none
NOT_LISTED = (slice, *NO_AXIS)


class Places(NamedTuple):
    """One axis of a mask: the indices where it is True, and the length it had."""

    indices: list[int]
    length: int


def read(entries: list[Any], key: Any, shape: Shape) -> tuple[list[Any], Shape]:
    """The entries that `key` picks from those of an array of `shape`, and the result's shape.

    >>> read([1.0, 2.0, 3.0, 4.0], (slice(None), slice(1, 2)), (2, 2))
    ([2.0, 4.0], (2, 1))
    """
    if type(key) is tuple and key and [*map(type, key)] == [slice] * len(shape):
        return _block(entries, key, shape)
    found, lengths = resolve(key, shape)
    return [entries[p] for p in found], lengths


def resolve(key: Any, shape: Shape) -> Group:
    """The flat positions that `key` picks from an array of `shape`, and the result's shape.

    >>> resolve((slice(None), 1), (2, 3))
    ([1, 4], (2,))
    """
    items = _one_per_axis(key, shape)
    groups = [_group(item, length, stride) for item, length, stride in items]
    listed = [i for i, (item, *_) in enumerate(items) if not isinstance(item, NOT_LISTED)]
    if any(groups[i][1] for i in listed):
        groups = _taken_together(groups, listed)
    found: list[int] = [0]
    lengths: Shape = ()
    for offsets, axes in groups:
        found = [base + offset for base in found for offset in offsets]
        lengths += axes
    return found, lengths


def _block(entries: list[Any], key: tuple[slice, ...], shape: Shape) -> tuple[list[Any], Shape]:
    """The entries that a slice for every axis picks, cut out row by row, and their shape."""
    *outer, inner = key
    starts = [0]
    for part, length in zip(outer, shape):
        starts = [start * length + i for start in starts for i in range(length)[part]]
    width, found = shape[-1], []
    for start in starts:
        found += entries[start * width : (start + 1) * width][inner]
    return found, tuple([len(range(length)[part]) for part, length in zip(key, shape)])


def _one_per_axis(key: Any, shape: Shape) -> list[tuple[Any, int, int]]:
    """(item, length, stride) for every part of the key, with `...` and missing axes written out."""
    items = list(key) if isinstance(key, tuple) else [key]
    if not set(map(type, items)) <= PLAIN:
        items = list(_without_masks(items))
    missing = len(shape) - sum(not isinstance(item, NO_AXIS) for item in items)
    dots = [i for i, item in enumerate(items) if item is ...]
    if missing < 0 or len(dots) > 1:
        raise IndexError(f"{key} is no index into an array of shape {shape}")
    at = dots[0] if dots else len(items)
    written_out: list[Any] = [slice(None)] * missing or [...] * len(dots)  # it separates lists
    items = items[:at] + written_out + items[at + 1 :]
    axes: Iterator[tuple[int, int]] = zip(shape, strides_of(shape), strict=True)
    return [(item, *((1, 0) if isinstance(item, NO_AXIS) else next(axes))) for item in items]


def _without_masks(items: list[Any]) -> Iterator[Any]:
    """The parts of a key, with a part for each axis of a mask; True or False for one without."""
    for item in items:
        mask = None if type(item) in PLAIN else _mask(item)
        if mask is None:
            yield item
            continue
        entries, shape = mask
        found = [p for p, holds in enumerate(entries) if holds]
        if not shape:
            yield bool(found)
        for length, stride in zip(shape, strides_of(shape), strict=True):
            yield Places([p // stride % length for p in found], length)


def _mask(item: Any) -> Group | None:
    """The entries and the shape of truth values; None for another part of a key."""
    if hasattr(item, "dtype"):
        if str(item.dtype) != "bool":
            return None
        return flatten(item.tolist())[0], tuple(item.shape)
    first = item
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    if not isinstance(first, bool):
        return None
    mask = flatten(item)
    return mask if all(isinstance(entry, bool) for entry in mask[0]) else None


def _group(item: Any, length: int, stride: int) -> Group:
    """The offsets that one item picks along its axis."""
    if type(item) is int:
        return [_checked(item, length) * stride], ()
    if item is None or isinstance(item, bool):
        return [0] * (item is not False), (int(item is not False),)
    if item is ...:
        return [0], ()
    if isinstance(item, slice):
        steps = range(*item.indices(length))
        return [i * stride for i in steps], (len(steps),)
    if isinstance(item, Places):
        if item.length not in (length, 0):
            raise IndexError(f"a mask of length {item.length} does not fit an axis of {length}")
        return [i * stride for i in item.indices], (len(item.indices),)
    entries, shape = flatten(item.tolist() if hasattr(item, "tolist") else item)
    return [_checked(entry, length) * stride for entry in entries], shape


def _checked(entry: Any, length: int) -> int:
    if isinstance(entry, bool) or not hasattr(entry, "__index__"):
        raise TypeError(f"an index is an integer, a slice, ... or None, got {entry!r:.40}")
    i = index(entry)
    if not -length <= i < length:
        raise IndexError(f"index {i} is out of range for an axis of length {length}")
    return i % length


def _taken_together(groups: list[Group], listed: list[int]) -> list[Group]:
    """Replace the groups that lists (and integers beside them) made by one for all of them."""
    shape = broadcast_shapes(*(groups[i][1] for i in listed))
    stretched = (_stretch(*groups[i], shape) for i in listed)
    together = [sum(offsets) for offsets in zip(*stretched, strict=True)], shape
    rest = [group for i, group in enumerate(groups) if i not in listed]
    adjacent = listed[-1] - listed[0] == len(listed) - 1
    rest.insert(listed[0] if adjacent else 0, together)
    return rest


def _stretch(offsets: list[int], shape: Shape, target: Shape) -> list[int]:
    return [offsets[p] for p in positions(target, broadcast_strides(shape, target))]
