"""Nested lists and flat ones: [[1, 2], [3, 4]] is [1, 2, 3, 4] in the shape (2, 2)."""

from __future__ import annotations

from typing import Any

from .shapes import Shape

NUMBERS = {bool, int, float}
SEQUENCES = (list, tuple, range)


def flatten(nested: Any) -> tuple[list[Any], Shape]:
    """The entries of nested lists, tuples or arrays in reading order, and their shape.

    >>> flatten([[1, 2], [3, 4]])
    ([1, 2, 3, 4], (2, 2))
    """
    entries: list[Any] = [nested]
    shape: list[int] = []
    while not set(map(type, entries)) <= NUMBERS:
        entries = [e.tolist() if hasattr(e, "__array_namespace__") else e for e in entries]
        if not any(isinstance(entry, SEQUENCES) for entry in entries):
            break
        lengths = {len(e) if isinstance(e, SEQUENCES) else None for e in entries}
        if len(lengths) > 1:
            raise ValueError(
                f"a ragged list has no shape: axis {len(shape)} has {_said(lengths)}: "
                "make them equally long"
            )
        shape.append(len(entries[0]))
        entries = [entry for inner in entries for entry in inner]
    return entries, tuple(shape)


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


def _said(lengths: set[int | None]) -> str:
    """"lengths 1 and 2", or "numbers beside lists"."""
    if None in lengths:
        return "numbers beside lists"
    return "lengths " + " and ".join(map(str, sorted(n for n in lengths if n is not None)))
