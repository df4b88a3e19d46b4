"""Level "cell": a box a step, time from left to right, networks one above the other.

Arrows point forward, as the computation went; their colour is what flows back. No edge leaves a
shared weight for every step: it has a rail, with one chip a step for that step's share of its
gradient. Each step is one `rank=same` set with ONE chain of edges, which fixes the order from top
to bottom (so edges within a step point back along the chain); `group` and `weight` keep the rails
straight.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise
from typing import NamedTuple

import graphviz

from ..columns import Column, Network, Norm
from .legend import legend_label
from .palette import LINE, PAPER, PARAMETER, RAIL, Scale, number, scale_for
from .text import markup, plain, token

GRAPH = {"rankdir": "LR", "newrank": "true", "nodesep": "0.2", "ranksep": "0.3", "pad": "0.2"}
LEGEND = {"labelloc": "b", "fontname": "Helvetica"}
FONT = {"fontname": "Helvetica", "fontsize": "10"}
NODE = {"shape": "box", "style": "rounded,filled", "fillcolor": PAPER, "color": LINE, **FONT}
TEXT = {"shape": "plaintext", "style": "", "fontsize": "9", "fontcolor": "#666666"}
CIRCLE = {"shape": "circle", "width": "0.28", "fixedsize": "true"}
CHIP = {"style": "filled", "width": "0.22", "height": "0.22", "fixedsize": "true"}
TABLE = (
    '<<TABLE BORDER="1" COLOR="#555555" CELLBORDER="0" CELLSPACING="1" CELLPADDING="2">{}'
    "</TABLE>>"
)
CELL = '<TR><TD PORT="p{}" BGCOLOR="{}" WIDTH="56" HEIGHT="20"><FONT COLOR="{}">{}</FONT></TD></TR>'

Attrs = dict[str, str]
Chain = list[tuple[str, Attrs]]  # nodes from top to bottom, each with its edge to the next
HIDDEN: Attrs = {"style": "invis"}


class Stop(NamedTuple):
    """A column: the step `t`, or the gap that begins there and ends before the next stop."""

    t: int
    gap: bool = False


def cell_level(
    networks: Sequence[Network],
    title: str,
    subtitle: str,
    max_columns: int = 16,
    tokens: Sequence[str] | None = None,
) -> graphviz.Digraph:
    """The DOT of unrolled networks in aligned columns; the middle is left out of long ones.

    `tokens` are what the input circles show, one a step, instead of an x.
    """
    scale = scale_for(chain.from_iterable(net.norms() for net in networks))
    dot = graphviz.Digraph("unrolled", graph_attr=GRAPH, node_attr={**NODE, "penwidth": "0.8"})
    dot.attr("graph", label=legend_label(title, subtitle, scale), **LEGEND)
    dot.attr("edge", arrowsize="0.55", **FONT)
    length = max(len(net.columns) for net in networks)
    steps = {len(net.columns) - 1 if net.loss_step is None else net.loss_step for net in networks}
    stops = stops_for(length, sorted(steps), max_columns)
    painters = [_Painter(dot, net, f"n{k}", scale, tokens) for k, net in enumerate(networks)]
    _rank(dot, [painter.start() for painter in painters])
    for stop, following in pairwise([*stops, Stop(length)]):
        if stop.gap:
            _rank(dot, [painter.gap(stop.t, following.t - 1) for painter in painters])
        else:
            _rank(dot, [*(painter.column(stop.t) for painter in painters), _time(dot, stop.t)])
    for painter in painters:
        painter.rails(stops)
    return dot


def stops_for(length: int, losses: Sequence[int], most: int) -> list[Stop]:
    """The columns: all steps if they fit; else the losses, the first steps, those before a loss.

    A gap takes a column too. The step after the last loss is shown: nothing comes back from there.

    >>> [stop.t for stop in stops_for(60, [59], 8)], stops_for(60, [59], 8)[2]
    ([0, 1, 2, 55, 56, 57, 58, 59], Stop(t=2, gap=True))
    """
    if length <= most:
        return [Stop(t) for t in range(length)]
    if most < 4:
        raise ValueError(f"max_columns must be at least 4, got {most}")
    last = max(losses)
    shown = set(losses)
    for t in (*range((most - 1) // 3), min(last + 1, length - 1), *range(last, -1, -1)):
        if len(_with_gaps(shown | {t}, length)) <= most:
            shown.add(t)
    return _with_gaps(shown, length)


def _with_gaps(shown: set[int], length: int) -> list[Stop]:
    """The steps in order, with a gap wherever some are missing."""
    stops = []
    for before, t in pairwise([-1, *sorted(shown), length]):
        if t - before > 1:
            stops.append(Stop(before + 1, gap=True))
        stops.append(Stop(t))
    return stops[:-1]


def _rank(dot: graphviz.Digraph, chains: Sequence[Chain]) -> None:
    """Put nodes into one column, in this order from top to bottom."""
    nodes = list(chain.from_iterable(chains))
    with dot.subgraph() as column:
        column.attr(rank="same")
        for (upper, link), (lower, _) in pairwise(nodes):
            column.edge(upper, lower, **link)


def _time(dot: graphviz.Digraph, t: int) -> Chain:
    dot.node(f"t{t}", f"t = {t}", **TEXT, height="0.15")
    return [(f"t{t}", HIDDEN)]


class _Painter:
    """Draws one network; each part returns its chain of nodes."""

    def __init__(
        self,
        dot: graphviz.Digraph,
        net: Network,
        key: str,
        scale: Scale,
        tokens: Sequence[str] | None,
    ) -> None:
        self.dot, self.net, self.key, self.scale, self.tokens = dot, net, key, scale, tokens
        self.parts = list(reversed(net.columns[0].states))  # c above h

    def start(self) -> Chain:
        """The column before the first step: the weights, and where the state starts."""
        label = "\\n".join(filter(None, [plain(self.net.name, 24), "start"]))
        state = self._node("s", label, group=self.key, fontsize="9", height="0.42")
        if not self.net.rail:
            return [state]
        label = plain(self.net.rail, 9)
        look = {"shape": "cylinder", "fillcolor": PARAMETER, "height": "0.3"}
        return [self._node("w", label, group=f"{self.key}w", **look), state]

    def column(self, t: int) -> Chain:
        """One step: the chip of its share, the loss, the cell, the input."""
        if t >= len(self.net.columns):
            return []
        column = self.net.columns[t]
        rail = [self._chip(t, column)] if self.net.rail else []
        output = [self._output(t, column)] if column.output else []
        return [*rail, *output, self._cell(t, column), self._input(t, column)]

    def gap(self, first: int, last: int) -> Chain:
        """The column that stands for the steps left out."""
        last = min(last, len(self.net.columns) - 1)
        if last < first:
            return []
        text = f"t = {first} ... {last}\\n({last - first + 1} steps)"
        text = f"t = {first}" if first == last else text
        cell = self._node(f"a{first}", text, group=self.key, **TEXT)
        if not self.net.rail:
            return [cell]
        size = {"width": "0.2", "height": "0.2"}
        return [self._node(f"w{first}", "...", group=f"{self.key}w", **size, **TEXT), cell]

    def rails(self, stops: Sequence[Stop]) -> None:
        """The edges from column to column: the rail of the weights, the roads of the state."""
        own = [stop for stop in stops if stop.t < len(self.net.columns)]
        if self.net.rail:
            for tail, head in pairwise(["w", *(f"w{stop.t}" for stop in own)]):
                ends = self.key + tail, self.key + head
                self.dot.edge(*ends, dir="none", color=RAIL, penwidth="2", weight="5")
        for before, stop in pairwise([None, *own]):
            for i, part in enumerate(self.parts):
                self._road(i, part, before, stop or Stop(0))

    def _road(self, i: int, part: str, before: Stop | None, stop: Stop) -> None:
        """The edge along which one part of the state goes on into a step."""
        tail = f"{self.key}a{before.t}" if before else f"{self.key}s"
        head = f"{self.key}a{stop.t}"
        if len(self.parts) > 1:
            tail += f":p{i}:e" if before and not before.gap else ""
            head += "" if stop.gap else f":p{i}:w"
        norm = self.net.columns[stop.t].carried.get(part)
        link = self._link(norm, f"{part}, back through t={stop.t}")
        self.dot.edge(tail, head, **link, weight="50")

    def _chip(self, t: int, column: Column) -> tuple[str, Attrs]:
        look = self.scale.look(column.weights)
        tip = f"t={t}: share of dL/d({self.net.rail}): {_said(column.weights)}"
        group = f"{self.key}w"
        return self._node(f"w{t}", "", group=group, fillcolor=look.fill, tooltip=tip, **CHIP)

    def _output(self, t: int, column: Column) -> tuple[str, Attrs]:
        """The loss of a step, or what is read out of it; white if no gradient comes this way."""
        followed = column.output == "L" and self.net.loss_step in (t, None)
        look = self.scale.look(1.0 / self.net.unit if followed else column.readout)
        what = f"the loss at t={t}" if column.output == "L" else f"read out at t={t}"
        tip = what if column.readout is not None else f"{what}: no gradient comes from here"
        fill = {"fillcolor": look.fill, "fontcolor": look.text}
        name, _ = self._node(f"l{t}", column.output, tooltip=tip, **fill, **CIRCLE)
        return name, {**self._link(column.readout, f"from {what}"), "dir": "back"}

    def _cell(self, t: int, column: Column) -> tuple[str, Attrs]:
        said = (f"|dL/d{part}| = {_said(column.states.get(part))}" for part in self.parts)
        attrs = {"group": self.key, "tooltip": f"t={t}: {', '.join(said)}"}
        if len(self.parts) > 1:
            label = self._table(column)
            name, _ = self._node(f"a{t}", label, **attrs, shape="plain", style="")
        else:
            norm = column.states.get(self.parts[0]) if self.parts else None
            look = self.scale.look(norm)
            part = plain(self.parts[0], 12) if self.parts else ""
            label = f"{part} {number(norm)}"
            fill = {"fillcolor": look.fill, "fontcolor": look.text}
            width = f"{0.72 + 0.08 * max(0, len(part) - 2):.2f}"
            size = {"width": width, "height": "0.42", "fixedsize": "true"}
            name, _ = self._node(f"a{t}", label, **attrs, **fill, **size)
        return name, {**self._link(column.input, f"into x at t={t}"), "dir": "back"}

    def _table(self, column: Column) -> str:
        """The parts of a state below each other, each with its port."""
        rows = []
        for i, part in enumerate(self.parts):
            norm = column.states.get(part)
            look = self.scale.look(norm)
            rows.append(CELL.format(i, look.fill, look.text, f"{markup(part, 12)} {number(norm)}"))
        return TABLE.format("".join(rows))

    def _input(self, t: int, column: Column) -> tuple[str, Attrs]:
        look = self.scale.look(column.input)
        text = self.tokens[t] if self.tokens and t < len(self.tokens) else "x"
        tip = f"|dL/dx| at t={t}: {_said(column.input)}"
        fill = {"fillcolor": look.fill, "fontcolor": look.text}
        return self._node(f"x{t}", token(text), tooltip=tip, **fill, **CIRCLE)

    def _node(
        self, name: str, label: str, tooltip: str = "", **attrs: str
    ) -> tuple[str, Attrs]:
        """A node, with an invisible edge to whatever stands below it."""
        self.dot.node(self.key + name, label, tooltip=plain(tooltip, 160) or " ", **attrs)
        return self.key + name, HIDDEN

    def _link(self, norm: Norm, tip: str) -> Attrs:
        """The look of an edge that carries this norm back."""
        look = self.scale.look(norm)
        tooltip = plain(f"{tip}: {_said(norm)}", 80)
        return {
            "color": look.line,
            "penwidth": look.width,
            "style": look.style,
            "tooltip": tooltip,
            "edgetooltip": tooltip,
        }


def _said(norm: Norm) -> str:
    return "no gradient" if norm is None else f"{norm:.2g}"
