"""How time runs over the page: from left to right, or from top to bottom."""

from __future__ import annotations

from typing import NamedTuple


class Direction(NamedTuple):
    """Graphviz' word for it, and the sides on which an edge along time enters and leaves a box."""

    rankdir: str
    enters: str
    leaves: str


LEFT_TO_RIGHT = Direction("LR", enters="w", leaves="e")
TOP_TO_BOTTOM = Direction("TB", enters="n", leaves="s")


def direction_named(word: str) -> Direction:
    """The direction "LR" or "TB". ValueError for another word."""
    for direction in (LEFT_TO_RIGHT, TOP_TO_BOTTOM):
        if direction.rankdir == word:
            return direction
    raise ValueError(f'direction is "LR" or "TB", got {word!r}')
