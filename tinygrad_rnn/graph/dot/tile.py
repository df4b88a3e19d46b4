"""Where the nodes of one step are placed: found once, copied for every step.

    along    the way that time runs, in points; across, at a right angle to it
    tile     the box around a step
    path     the control points of Bézier curves, 3n+1 of them, from a node to the tip of an arrow
    entry    where a part of the state comes in at the border of the tile; exit, where it goes out
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Point = tuple[float, float]
Path = tuple[Point, ...]
HEADING = 24.0  # room for "t = 0"


class Tile(NamedTuple):
    """The places of the items of a block; a path that is missing is a straight line.

    `paths` are by head and position, and lead from an item of the step or from an entry; `entries`
    by part of the state and how many steps back it comes from; `exits` lead from an item.
    """

    length: float
    breadth: float
    places: dict[int, Point]
    paths: dict[tuple[int, int], Path]
    entries: dict[tuple[str, int], Point]
    exits: dict[str, Path]


def straight(a: Point, b: Point) -> Path:
    """A straight line as a curve."""
    return (a, between(a, b, 1 / 3), between(a, b, 2 / 3), b)


def smooth(a: Point, b: Point) -> Path:
    """A curve that sets out and arrives along time."""
    middle = (a[0] + b[0]) / 2
    return a, (middle, a[1]), (middle, b[1]), b


def between(a: Point, b: Point, share: float) -> Point:
    """The point that lies so far from a on the way to b."""
    return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])


def joined(paths: Sequence[Path]) -> Path:
    """One path after the other, with curves from each to the next; straight where in line."""
    whole = paths[0]
    for path in paths[1:]:
        whole += smooth(whole[-1], path[0])[1:] + path[1:]
    return whole


def rim(centre: Point, extent: Point, towards: Point) -> Point:
    """Where the line from the centre of a box to another point leaves the box."""
    dx, dy = towards[0] - centre[0], towards[1] - centre[1]
    shares = [half / abs(d) for half, d in zip(extent, (dx, dy), strict=True) if d]
    return between(centre, towards, min([*shares, 1.0]))
