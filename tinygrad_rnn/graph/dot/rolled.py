"""The rolled view: one cell with a loop, and beside it the same network unrolled.

    ( y )                       ( y )     ( y )
   [ cell ] ↺ × T      =       [ cell ]→[ cell ]→ …
    ( x )                       ( x )     ( x )

A self-loop would cross what is read out, so it is drawn as two edges: from the cell to the label
"× T", and from there back to it.
"""

from __future__ import annotations

from collections.abc import Sequence

import graphviz

from ..views.columns import Network
from .cell import Canvas
from .direction import TOP_TO_BOTTOM, Direction, direction_named
from .painter import CIRCLE, HIDDEN, TEXT, Chain, Painter
from .palette import LINE
from .stops import common_stops
from .text import plain

CELL = {"width": "0.9", "height": "0.6", "fillcolor": "#eeeeee", "penwidth": "1.2"}
SIGN = {**TEXT, "fontcolor": LINE, "fixedsize": "true"}
TIMES = {**SIGN, "fontsize": "11", "width": "0.5", "height": "0.22"}
EQUALS = {**SIGN, "fontsize": "26", "width": "0.45", "height": "0.55"}
PLAIN = {"color": LINE, "penwidth": "1.2"}
LOOP = {**PLAIN, "penwidth": "1.6"}


def rolled_level(
    networks: Sequence[Network],
    title: str,
    subtitle: str,
    max_columns: int = 5,
    tokens: Sequence[str] | None = None,
    direction: str = "LR",
) -> graphviz.Digraph:
    """The DOT of networks as one cell with a loop "× T" = the same unrolled, as `cell_level` does.

    The cell has the network's name. It has no colour: each of its steps has a gradient of its own.
    """
    way = direction_named(direction)
    canvas = Canvas(networks, title, subtitle, tokens, way)
    canvas.rank([_cell(painter) for painter in canvas.painters])
    for painter in canvas.painters:
        _loop(painter, way)
    canvas.draw(common_stops(networks, max_columns))
    return canvas.dot


def _cell(painter: Painter) -> Chain:
    """What is read out, the cell, the input: once for all steps."""
    columns = painter.net.columns
    shown = [column.output for column in columns if column.output]
    arrow = {**PLAIN, "dir": "back"}
    tip, look = "one cell: the same weights at every step", {**CELL, "group": painter.key}
    cell, _ = painter.node("r", plain(painter.net.name, 24) or "cell", tip, **look)
    x, _ = painter.node("rx", "x", "an input at every step", **CIRCLE)
    chain = [(cell, arrow), (x, HIDDEN)]
    if shown:
        tip = f"read out at {len(shown)} of {len(columns)} steps"
        chain.insert(0, (painter.node("ry", shown[-1], tip, **CIRCLE)[0], arrow))
    return chain


def _loop(painter: Painter, direction: Direction) -> None:
    """The loop beside the cell, and the sign of equality before the unrolled network."""
    steps, group = len(painter.net.columns), painter.key
    tip = f"the state after each step goes into the next: {steps} step{'s' if steps > 1 else ''}"
    cell = f"{group}r"
    times, _ = painter.node("rt", f"× {steps}", tip, **TIMES, group=group)
    equals, _ = painter.node("re", "=", "the same, unrolled in time", **EQUALS, group=group)
    first = f"{group}s" if painter.forward else f"{group}a0"
    for tail, head in ((cell, times), (times, equals), (equals, first)):
        painter.dot.edge(tail, head, **HIDDEN, weight="50")
    corners = ("sw", "se") if direction is TOP_TO_BOTTOM else ("ne", "se")
    sides = ("w", "e") if direction is TOP_TO_BOTTOM else ("n", "s")
    for corner, side, end in zip(corners, sides, ("none", "back"), strict=True):
        look = {**LOOP, "tooltip": tip, "edgetooltip": tip, "dir": end}
        painter.dot.edge(f"{cell}:{corner}", f"{times}:{side}", **look)
