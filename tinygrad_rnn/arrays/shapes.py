"""Shape arithmetic: tuples of integers in, tuples and lists of integers out; no numbers move here.

An Array keeps its entries in one flat list, the last axis running fastest ("row-major"). Every
rearrangement (transpose, broadcast, slice) is then one question: *in which order are the flat
positions read?* `positions` answers it from a shape and a stride an axis.

    shape    the length of every axis           (2, 3)
    strides  how far apart neighbours lie       (3, 1)
    axis     0 is the first; -1 is the last
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from operator import index, mul

Shape = tuple[int, ...]


def strides_of(shape: Shape) -> Shape:
    """The distance between neighbours along each axis of a row-major array.

    >>> strides_of((2, 3, 4))
    (12, 4, 1)
    """
    return tuple(accumulate(reversed(shape[1:]), mul, initial=1))[::-1] if shape else ()


def positions(lengths: Sequence[int], strides: Sequence[int], start: int = 0) -> list[int]:
    """Flat positions, in reading order, of the entries that lie `strides` apart.

    >>> positions((3, 2), (1, 3))           # the transpose of a (2, 3) array
    [0, 3, 1, 4, 2, 5]
    """
    found = [start]
    for length, stride in zip(lengths, strides, strict=True):
        steps = range(0, length * stride, stride) if stride else [0] * length
        found = [base + step for base in found for step in steps]
    return found


def broadcast_shapes(*shapes: Shape, asked: str = "") -> Shape:
    """The common shape: axes are matched from the last one, and a length 1 stretches.

    >>> broadcast_shapes((8, 1), (3,))
    (8, 3)
    """
    ndim = max(map(len, shapes), default=0)
    padded = [(1,) * (ndim - len(shape)) + shape for shape in shapes]
    result = []
    for lengths in zip(*padded, strict=True):
        stretched = {length for length in lengths if length != 1}
        if len(stretched) > 1:
            given = f"{asked}: " * bool(asked) + "shapes " + " and ".join(map(str, shapes))
            raise ValueError(
                f"{given} do not broadcast: counted from the last axis, lengths "
                "must be equal, or 1 (expand_dims adds one)"
            )
        result.append(stretched.pop() if stretched else 1)
    return tuple(result)


def broadcast_strides(shape: Shape, target: Shape) -> Shape:
    """Strides that read an array of `shape` as if it had the shape `target`: 0 where it repeats."""
    if broadcast_shapes(shape, target) != target:
        raise ValueError(f"shape {shape} does not broadcast to {target}")
    added = len(target) - len(shape)
    own = (0 if n == 1 else stride for n, stride in zip(shape, strides_of(shape), strict=True))
    return (0,) * added + tuple(own)


def normalise_axis(axis: int, ndim: int, asked: str) -> int:
    """The axis counted from the front; IndexError, naming what was `asked`, where there is none."""
    try:
        axis = index(axis)
    except TypeError:
        kind = type(axis).__name__
        raise TypeError(f"{asked}: an axis is a whole number, got {kind}: {axis!r:.40}") from None
    if not -ndim <= axis < ndim:
        raise IndexError(f"{asked}: axis {axis} is out of range for {ndim} dimensions")
    return axis % ndim


def normalise_axes(axis: int | Iterable[int] | None, ndim: int, asked: str) -> tuple[int, ...]:
    """The axes counted from the front, each once, in order; None means all of them."""
    if axis is None:
        return tuple(range(ndim))
    given = tuple(axis) if isinstance(axis, Iterable) else (axis,)
    axes = sorted(normalise_axis(a, ndim, asked) for a in given)
    if len(set(axes)) < len(axes):
        raise ValueError(f"{asked}: an axis is repeated in {given}")
    return tuple(axes)


def lengths_of(shape: int | Iterable[int], asked: str) -> Shape:
    """`shape` as a tuple; TypeError, naming what was `asked`, for lengths that are not whole."""
    try:
        return tuple(map(int, map(index, shape if isinstance(shape, Iterable) else (shape,))))
    except TypeError:
        raise TypeError(f"{asked}: a shape is whole numbers, got {shape!r:.40}") from None


def fill_in(shape: int | Iterable[int], size: int) -> Shape:
    """`shape` as a tuple, with a single -1 replaced by the length that makes `size` entries fit.

    >>> fill_in((2, -1), 6)
    (2, 3)
    """
    wanted = lengths_of(shape, "reshape")
    known = product(n for n in wanted if n != -1)
    if wanted.count(-1) == 1 and known and size % known == 0:
        wanted = tuple(size // known if n == -1 else n for n in wanted)
    if min(wanted, default=0) < 0 or product(wanted) != size:
        raise ValueError(f"reshape: {size} entries do not fit the shape {wanted}")
    return wanted


def product(numbers: Iterable[int]) -> int:
    """The product of whole numbers; 1 for none."""
    result = 1
    for n in numbers:
        result *= n
    return result
