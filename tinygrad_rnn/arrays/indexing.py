"""What a[key] reads: a key becomes the flat positions that it picks, and the shape they come in.

A key is an integer, a slice, `...`, None (a new axis), a list or Array of integers, or a tuple of
these. Lists are taken together, entry by entry, and their common axis stands where the first of
them stood; or in front, where something else stands between them (NumPy's rule).
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import index
from typing import Any

from .nesting import flatten
from .shapes import Shape, broadcast_shapes, broadcast_strides, positions, strides_of

Group = tuple[list[int], Shape]  # the offsets that one part of a key adds, and the axes it makes

NOT_LISTED = (slice, type(None), type(...))


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


def _one_per_axis(key: Any, shape: Shape) -> list[tuple[Any, int, int]]:
    """(item, length, stride) for every part of the key, with `...` and missing axes written out."""
    items = key if isinstance(key, tuple) else (key,)
    missing = len(shape) - sum(item is not None and item is not ... for item in items)
    dots = [i for i, item in enumerate(items) if item is ...]
    if missing < 0 or len(dots) > 1:
        raise IndexError(f"{key} is no index into an array of shape {shape}")
    at = dots[0] if dots else len(items)
    written_out = (slice(None),) * missing or (...,) * len(dots)  # it separates lists all the same
    items = items[:at] + written_out + items[at + 1 :]
    axes: Iterator[tuple[int, int]] = zip(shape, strides_of(shape), strict=True)
    return [(item, *((1, 0) if item is None or item is ... else next(axes))) for item in items]


def _group(item: Any, length: int, stride: int) -> Group:
    """The offsets that one item picks along its axis."""
    if item is None:
        return [0], (1,)
    if item is ...:
        return [0], ()
    if isinstance(item, slice):
        steps = range(*item.indices(length))
        return [i * stride for i in steps], (len(steps),)
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
