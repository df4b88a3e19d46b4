"""The edges from column to column of an unrolled network.

    rail    the line of the weights, from chip to chip
    road    the edges along which one part of the state goes from step to step
    skip    an edge from a step to one that is not the next
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ..views.columns import Norm
from .painter import HIDDEN, Painter
from .palette import RAIL
from .stops import Stop


def lay_rails(painter: Painter, stops: Sequence[Stop]) -> None:
    """Draw the rail of the weights and the roads of the state along these columns."""
    own = [stop for stop in stops if stop.t < len(painter.net.columns)]
    if painter.net.rail:
        for tail, head in pairwise(["w", *(f"w{stop.t}" for stop in own)]):
            ends = painter.key + tail, painter.key + head
            painter.dot.edge(*ends, dir="none", color=RAIL, penwidth="2", weight="5")
    for before, after in pairwise([None, *own, None]):
        for i, part in enumerate(painter.parts):
            if (before if part in painter.net.backward else after) is not None:
                _road(painter, i, before, after)
        _centre(painter, before, after)
    _lay_skips(painter, own)


def _lay_skips(painter: Painter, own: Sequence[Stop]) -> None:
    """The edges that pass over steps, as attention has them: past the columns between.

    Of those that begin in a gap, the one with the largest norm stands for all.
    """
    found: dict[tuple[Stop, Stop, str], Norm] = {}
    for after in own:
        column = painter.net.columns[after.t]
        for (part, s), norm in () if after.gap else column.skipped.items():
            before = max(stop for stop in own if stop.t <= s)
            ends = before, after, part
            found[ends] = max(found.get(ends), norm, key=lambda value: value or 0.0)
    for (before, after, part), norm in found.items():
        i, way = painter.parts.index(part), painter.direction
        tail, head = _port(painter, before, i, way.leaves), _port(painter, after, i, way.enters)
        link = painter.link(norm, f"{part}, back from t={after.t} past the steps between")
        painter.dot.edge(tail, head, **link, constraint="false")


def _road(painter: Painter, i: int, before: Stop | None, after: Stop | None) -> None:
    """The edge of part i between two columns, coloured by what goes back through the later step.

    Of what runs backward that is the left one: its arrow is turned, the ranks stay as they are.
    """
    way, part = painter.direction, painter.parts[i]
    tail = _port(painter, before, i, way.leaves) if before else f"{painter.key}s"
    head = _port(painter, after, i, way.enters) if after else f"{painter.key}e"
    turned = {"dir": "back"} if part in painter.net.backward else {}
    t = (after.t if after else len(painter.net.columns)) - bool(turned)
    norm = painter.net.columns[t].carried.get(part)
    link = painter.link(norm, f"{part}, back through t={t}")
    painter.dot.edge(tail, head, **link, **turned, weight="50")


def _port(painter: Painter, stop: Stop, i: int, side: str) -> str:
    """Where the road of part i meets a column."""
    port = f":p{i}:{side}" if len(painter.parts) > 1 and not stop.gap else ""
    return f"{painter.key}a{stop.t}{port}"


def _centre(painter: Painter, before: Stop | None, after: Stop | None) -> None:
    """Where the roads of a wide table meet in a smaller node, put that in their middle.

    Its ends are named by their sides: Graphviz would merge the edge with that of a port.
    """
    way, key = painter.direction, painter.key
    meets = not (before and after) or before.gap or after.gap
    tail = f"a{before.t}" if before else "s" * painter.forward
    head = f"a{after.t}" if after else "e" * bool(painter.net.backward)
    if len(painter.parts) > 1 and meets and tail and head:
        ends = f"{key}{tail}:{way.leaves}", f"{key}{head}:{way.enters}"
        painter.dot.edge(*ends, **HIDDEN, weight="200")
