"""Nested lists and flat ones: [[1, 2], [3, 4]] is [1, 2, 3, 4] in the shape (2, 2)."""

from __future__ import annotations

from itertools import chain
from typing import Any

from .shapes import Shape

NUMBERS = {bool, int, float}
SEQUENCES = {list, tuple, range}


def flatten(nested: Any) -> tuple[list[Any], Shape]:
    """The entries of nested lists, tuples or arrays in reading order, and their shape.

    >>> flatten([[1, 2], [3, 4]])
    ([1, 2, 3, 4], (2, 2))
    """
    entries: list[Any] = [nested]
    shape: list[int] = []
    while not (kinds := set(map(type, entries))) <= NUMBERS:
        if not kinds <= SEQUENCES:
            entries = [e.tolist() if hasattr(e, "__array_namespace__") else e for e in entries]
            nested_too = [isinstance(entry, tuple(SEQUENCES)) for entry in entries]
            if not any(nested_too):
                break
            if not all(nested_too):
                raise _ragged(len(shape), "numbers beside lists")
        lengths = set(map(len, entries))
        if len(lengths) > 1:
            found = " and ".join(map(str, sorted(lengths)))
            raise _ragged(len(shape), f"lengths {found}")
        shape.append(len(entries[0]))
        entries = list(chain.from_iterable(entries))
    return entries, tuple(shape)


def _ragged(axis: int, found: str) -> ValueError:
    return ValueError(
        f"asarray: a ragged list has no shape: axis {axis} has {found}: make them equally long"
    )


def nest(flat: list[Any], shape: Shape) -> Any:
    """The inverse of `flatten`; a single entry for the shape ().

    >>> nest([1, 2, 3, 4], (2, 2))
    [[1, 2], [3, 4]]
    """
    if not shape:
        return flat[0]
    if 0 in shape:
        return _empty(shape)
    for length in reversed(shape[1:]):
        flat = [flat[i : i + length] for i in range(0, len(flat), length)]
    return list(flat)


def _empty(shape: Shape) -> list[Any]:
    return [_empty(shape[1:]) for _ in range(shape[0])] if len(shape) > 1 else []
