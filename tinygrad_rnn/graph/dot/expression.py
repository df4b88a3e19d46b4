"""A plain expression: every node a box with what it computes, its value and its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import graphviz

from ..views.boxes import Arrow, Box
from ..views.labels import symbol
from ..wording import number
from .direction import direction_named
from .legend import TIMELESS, legend_label
from .palette import Scale, scale_for
from .text import markup, plain

GRAPH = {"nodesep": "0.25", "ranksep": "0.45", "pad": "0.2"}
FONT = {"fontname": "Helvetica", "fontsize": "11"}
BOX = (
    '<<TABLE BORDER="1" COLOR="#555555" CELLBORDER="0" CELLSPACING="0" CELLPADDING="4" '
    'STYLE="ROUNDED" BGCOLOR="{fill}">{rows}</TABLE>>'
)
ROW = '<TR><TD><FONT COLOR="{ink}">{text}</FONT></TD></TR>'
SUBTITLE = "colour and width: norm of the gradient. Arrows point forward, as the computation went"


def expression_level(
    boxes: Sequence[Box], arrows: Sequence[Arrow], title: str, direction: str = "LR"
) -> graphviz.Digraph:
    """The DOT of a graph that has no time: inputs left, the result right; "TB": inputs on top.

    ValueError for another direction.
    """
    scale = scale_for(chain((box.norm for box in boxes), (arrow.norm for arrow in arrows)))
    graph = {"rankdir": direction_named(direction).rankdir, **GRAPH}
    dot = graphviz.Digraph("expression", graph_attr=graph)
    legend = legend_label(title, SUBTITLE, scale, TIMELESS)
    dot.attr("graph", labelloc="b", label=legend, **FONT)
    dot.attr("node", shape="plain", **FONT)
    dot.attr("edge", arrowsize="0.6", **FONT)
    for i, box in enumerate(boxes):
        dot.node(f"n{i}", _table(box, scale), tooltip=plain(box.details, 120))
    for arrow in arrows:
        tip = "no gradient" if arrow.norm is None else f"back: {number(arrow.norm)}"
        dot.edge(f"n{arrow.tail}", f"n{arrow.head}", **scale.look(arrow.norm).edge(tip))
    return dot


def _table(box: Box, scale: Scale) -> str:
    look = scale.look(box.norm)
    name = f"{markup(box.name)} = " if box.name and box.op else markup(box.name)
    sign = markup(symbol(box.op))
    lines = [f"<B>{name}{sign}</B>", *map(markup, box.lines)]
    rows = (ROW.format(ink=look.text, text=line) for line in lines if line not in ("", "<B></B>"))
    return BOX.format(fill=look.fill, rows="".join(rows))
