"""The nodes of an unrolled network in DOT, step by step.

    chain   the nodes of one step in the order in which they stand across time
    chip    a step's share of the gradient of the weights, on their rail
"""

from __future__ import annotations

from collections.abc import Sequence

import graphviz

from ..views.columns import Column, Network, Norm
from ..wording import norm_said
from .direction import TOP_TO_BOTTOM, Direction
from .palette import LINE, PAPER, PARAMETER, Scale
from .text import markup, plain, token

FONT = {"fontname": "Helvetica", "fontsize": "10"}
NODE = {"shape": "box", "style": "rounded,filled", "fillcolor": PAPER, "color": LINE, **FONT}
TEXT = {"shape": "plaintext", "style": "", "fontsize": "9", "fontcolor": "#666666"}
CIRCLE = {"shape": "circle", "width": "0.28", "fixedsize": "true"}
CHIP = {"style": "filled", "width": "0.22", "height": "0.22", "fixedsize": "true"}
TABLE = (
    '<<TABLE BORDER="1" COLOR="#555555" CELLBORDER="0" CELLSPACING="1" CELLPADDING="2">{}'
    "</TABLE>>"
)
CELL = (
    '<TD PORT="p{port}" BGCOLOR="{fill}" WIDTH="{width}" HEIGHT="{height}">'
    '<FONT COLOR="{ink}">{text}</FONT></TD>'
)
ROOM = 8  # characters for which the smallest box has room

Attrs = dict[str, str]
Chain = list[tuple[str, Attrs]]  # nodes, each with its edge to the next
HIDDEN: Attrs = {"style": "invis"}


class Painter:
    """Draws one network; each part returns its chain of nodes."""

    def __init__(
        self,
        dot: graphviz.Digraph,
        net: Network,
        key: str,
        scale: Scale,
        tokens: Sequence[str] | None,
        direction: Direction,
    ) -> None:
        self.dot, self.net, self.key, self.scale, self.tokens = dot, net, key, scale, tokens
        self.direction = direction
        self.parts = net.parts[::-1]  # c above h, upper layers above lower ones
        self.forward = len(net.backward) < len(self.parts)
        self.letters, self.lines = _size(net)

    def start(self) -> Chain:
        """The column before the first step: the weights, and where the state starts."""
        chain = [self._start("s", self.net.name)] if self.forward else []
        if self.net.rail:
            look = {"shape": "cylinder", "fillcolor": PARAMETER, "height": "0.3"}
            label = plain(self.net.rail, 9)
            chain.insert(0, self.node("w", label, group=f"{self.key}w", **look))
        return chain

    def column(self, t: int) -> Chain:
        """One step: the chip of its share, the loss, the cell, the input if it reads one."""
        if t >= len(self.net.columns):
            return []
        column = self.net.columns[t]
        rail = [self._chip(t, column)] if self.net.rail else []
        output = [self._output(t, column)] if column.output else []
        cell, into = self._cell(t, column)
        if not column.reads and not self.tokens:
            return [*rail, *output, (cell, HIDDEN)]
        return [*rail, *output, (cell, into), self._input(t, column)]

    def gap(self, first: int, last: int) -> Chain:
        """The column that stands for the steps left out."""
        last = min(last, len(self.net.columns) - 1)
        if last < first:
            return []
        text = f"t = {first} ... {last}\\n({last - first + 1} steps)"
        text = f"t = {first}" if first == last else text
        cell = self.node(f"a{first}", text, group=self.key, **TEXT)
        if not self.net.rail:
            return [cell]
        size = {"width": "0.2", "height": "0.2"}
        return [self.node(f"w{first}", "...", group=f"{self.key}w", **size, **TEXT), cell]

    def end(self) -> Chain:
        """The column after the last step: where what runs backward starts."""
        title = "" if self.forward else self.net.name
        return [self._start("e", title)] if self.net.backward else []

    def _start(self, name: str, title: str) -> tuple[str, Attrs]:
        label = "\\n".join(filter(None, [plain(title, 24), "start"]))
        return self.node(name, label, group=self.key, fontsize="9", height="0.42")

    def _chip(self, t: int, column: Column) -> tuple[str, Attrs]:
        look = self.scale.look(column.weights)
        tip = f"t={t}: share of dL/d({self.net.rail}): {norm_said(column.weights)}"
        group = f"{self.key}w"
        return self.node(f"w{t}", "", tip, group=group, fillcolor=look.fill, **CHIP)

    def _output(self, t: int, column: Column) -> tuple[str, Attrs]:
        """The loss of a step, or what is read out of it; white if no gradient comes this way."""
        followed = column.output == "L" and self.net.loss_step in (t, None)
        look = self.scale.look(1.0 / self.net.unit if followed else column.readout)
        what = f"the loss at t={t}" if column.output == "L" else f"read out at t={t}"
        tip = what if column.readout is not None else f"{what}: no gradient comes from here"
        fill = {"fillcolor": look.fill, "fontcolor": look.text}
        name, _ = self.node(f"l{t}", column.output, tip, **fill, **CIRCLE)
        return name, {**self.link(column.readout, f"from {what}"), "dir": "back"}

    def _cell(self, t: int, column: Column) -> tuple[str, Attrs]:
        name, group = f"a{t}", self.key
        tips = [f"t={t}, {part}: {column.details.get(part, 'no gradient')}" for part in self.parts]
        if len(self.parts) > 1:
            table = self._table(column)
            self.node(name, table, *tips, group=group, shape="plain", style="")
        else:
            part = self.parts[0] if self.parts else ""
            look = self.scale.look(column.states.get(part))
            label = f"{plain(part, 12)} {column.texts.get(part, '')}".replace("\n", "\\n")
            width, height = 0.72 + 0.08 * self.letters, 0.42 + 0.12 * self.lines
            size = {"width": f"{width:.2f}", "height": f"{height:.2f}", "fixedsize": "true"}
            fill = {"fillcolor": look.fill, "fontcolor": look.text}
            self.node(name, label, *tips, group=group, **fill, **size)
        link = self.link(column.input, f"into x at t={t}")
        return f"{self.key}{name}", {**link, "dir": "back"}

    def _table(self, column: Column) -> str:
        """The parts of a state across time, each with its port."""
        cells = []
        for i, part in enumerate(self.parts):
            look = self.scale.look(column.states.get(part))
            text = f"{markup(part, 12)} {column.texts.get(part, '')}".replace("\n", "<BR/>")
            size = {"width": 56 + 6 * self.letters, "height": 20 + 9 * self.lines}
            cells.append(CELL.format(port=i, fill=look.fill, ink=look.text, text=text, **size))
        if self.direction is TOP_TO_BOTTOM:
            return TABLE.format(f"<TR>{''.join(reversed(cells))}</TR>")
        return TABLE.format("".join(f"<TR>{cell}</TR>" for cell in cells))

    def _input(self, t: int, column: Column) -> tuple[str, Attrs]:
        look = self.scale.look(column.input)
        text = self.tokens[t] if self.tokens and t < len(self.tokens) else "x"
        tip = f"|dL/dx| at t={t}: {norm_said(column.input)}"
        fill = {"fillcolor": look.fill, "fontcolor": look.text}
        return self.node(f"x{t}", token(text), tip, **fill, **CIRCLE)

    def node(self, name: str, label: str, *tooltip: str, **attrs: str) -> tuple[str, Attrs]:
        """A node with the lines of its tooltip, and an invisible edge to the next of its chain."""
        tip = "\\n".join(plain(line, 160) for line in tooltip) or " "
        self.dot.node(self.key + name, label, tooltip=tip, **attrs)
        return self.key + name, HIDDEN

    def link(self, norm: Norm, tip: str) -> Attrs:
        """The look of an edge that carries this norm back."""
        return self.scale.look(norm).edge(plain(f"{tip}: {norm_said(norm)}", 80))


def _size(net: Network) -> tuple[int, int]:
    """By how many letters and lines the longest text exceeds a small box: all are equally large."""
    letters = lines = 0
    for column in net.columns:
        for part, text in column.texts.items():
            first, *more = text.split("\n")
            widths = (len(part[:12]) + max(len(first) + 1, 6), *map(len, more))
            letters = max(letters, max(widths) - ROOM)
            lines = max(lines, len(more))
    return letters, lines
