"""Level "strip": a thin column a step, a band for each part of a state; sequences of any length.

    band    one part of a state, the weights' share, or the marks that say where the loss is
    column  one step; in a sequence longer than MOST several, and the largest norm among them
    cell    where a band crosses a column

It is all one HTML table, so nothing has to be laid out: 2,000 steps take half a second.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count, pairwise
from typing import NamedTuple

import graphviz

from ..views.columns import Network, Norm
from ..wording import SPACES, clean, columns, number
from .direction import LEFT_TO_RIGHT, direction_named
from .legend import legend_label
from .palette import INK, PAPER, Scale, scale_for
from .text import markup

GRAPH = {"pad": "0.2", "labelloc": "b", "fontname": "Helvetica", "fontsize": "10"}
NODE = {"shape": "plain", "fontname": "Helvetica", "fontsize": "10"}
MOST = 2500  # columns: about 10,000 pixels
WHOLE = 1200  # points that the columns share, as long as each has at least NARROWEST
NARROWEST, WIDEST = 3, 28
BAND, MARKS = 18, 5  # points: how thick a band is
LETTER, LINE = 6, 12  # points: the room that a character takes, and a line of text
TOKEN = 4  # characters of a token, at most
LABELS = 12  # along the time, at most
TABLE = '<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{}</TABLE>>'
CELL = '<TD BGCOLOR="{}" WIDTH="{}" HEIGHT="{}"{}></TD>'
TIP = ' TARGET="_self" TOOLTIP="{}"'  # Graphviz drops a tooltip that has neither target nor link
GAP = '<TD WIDTH="8"></TD>'
SMALL = '<FONT POINT-SIZE="9" COLOR="#666666">{}</FONT>'
TOKEN_CELL = f'<TD VALIGN="TOP">{SMALL}</TD>'


class Cell(NamedTuple):
    """A colour, and what a tooltip says."""

    fill: str = PAPER
    tip: str = ""


class Band(NamedTuple):
    """Whose it is and what it shows, as HTML; a cell for every column; how thick it is."""

    name: str
    what: str
    cells: list[Cell]
    thickness: int = BAND


class Axis(NamedTuple):
    """The time: how many steps, how many of them in a column, how wide that is in points."""

    steps: int
    every: int
    width: int

    @property
    def columns(self) -> range:
        """The first step of every column."""
        return range(0, self.steps, self.every)


def strip_level(
    networks: Sequence[Network],
    title: str,
    subtitle: str,
    tokens: Sequence[str] | None = None,
    direction: str = "LR",
) -> graphviz.Digraph:
    """The DOT of networks as strips, step 0 beside step 0; a dark tick marks the loss.

    `tokens`, one a step, stand beside the columns if these are wide enough for them. `direction`
    "LR": time runs to the right; "TB": down; ValueError for another.
    """
    across = direction_named(direction) is LEFT_TO_RIGHT
    scale = scale_for(chain.from_iterable(map(_shown, networks)))
    axis = axis_for(max(len(net.columns) for net in networks))
    bands = [band for net in networks for band in _bands(net, axis, scale)]
    rows = (_across if across else _down)(bands, axis, tokens or ())
    dot = graphviz.Digraph("strip", graph_attr=GRAPH, node_attr=NODE)
    dot.attr("graph", label=legend_label(title, subtitle, scale))
    dot.node("strip", TABLE.format("".join(f"<TR>{row}</TR>" for row in rows)))
    return dot


def axis_for(steps: int) -> Axis:
    """Wide columns for few steps, thin ones for many, but never too thin to be seen.

    >>> axis_for(10).width, axis_for(200).width, axis_for(2000).width, axis_for(10_000).every
    (28, 6, 3, 4)
    """
    every = math.ceil(steps / MOST)
    return Axis(steps, every, max(NARROWEST, min(WIDEST, WHOLE * every // steps)))


def times(axis: Axis, room: int = LINE) -> list[int]:
    """The steps that are named: round numbers, each with `room` points before the end.

    >>> times(axis_for(50)), times(axis_for(41), room=30)
    ([0, 5, 10, 15, 20, 25, 30, 35, 40, 45], [0, 5, 10, 15, 20, 25, 30, 35])
    """
    rounded = (digit * 10**power for power in count() for digit in (1, 2, 5))
    apart = next(n for n in rounded if n * LABELS >= axis.steps)
    per_step = axis.width / axis.every
    return [t for t in range(0, axis.steps, apart) if (axis.steps - t) * per_step >= room or not t]


def _shown(net: Network) -> Iterator[Norm]:
    """Every norm that has a cell: those of edges, which are not drawn, do not stretch the scale."""
    for column in net.columns:
        yield from column.states.values()
        yield column.weights


def _bands(net: Network, axis: Axis, scale: Scale) -> Iterator[Band]:
    """The marks of the loss, the parts of the state (c above h), the weights' share."""
    name = markup(net.name, 24)
    yield Band("", SMALL.format("loss"), _marks(net, axis), MARKS)
    for part in reversed(net.columns[0].states):
        norms = [column.states.get(part) for column in net.columns]
        yield Band(name, markup(part, 16), _cells(norms, axis, scale))
    if net.rail:
        norms = [column.weights for column in net.columns]
        yield Band(name, markup(net.rail, 16), _cells(norms, axis, scale))


def _marks(net: Network, axis: Axis) -> list[Cell]:
    """A dark cell wherever the loss is; of a sum, wherever one of its terms is."""
    at = [
        t == net.loss_step or (net.loss_step is None and column.output == "L")
        for t, column in enumerate(net.columns)
    ]
    return [
        Cell(INK, f"{_when(t, axis)}: loss") if any(at[t : t + axis.every]) else Cell()
        for t in axis.columns
    ]


def _cells(norms: Sequence[Norm], axis: Axis, scale: Scale) -> list[Cell]:
    """The norms of a band; nothing where a longer network goes on."""
    shown = [(t, _largest(norms[t : t + axis.every])) for t in axis.columns]
    return [
        Cell(scale.look(norm).fill, f"{_when(t, axis)}: {number(norm) or 'no gradient'}")
        if t < len(norms)
        else Cell()
        for t, norm in shown
    ]


def _largest(norms: Iterable[Norm]) -> Norm:
    """The largest; one that is infinite or nan before all others."""
    found = (norm for norm in norms if norm is not None)
    return max(found, key=lambda norm: (not math.isfinite(norm), norm), default=None)


def _when(t: int, axis: Axis) -> str:
    last = min(t + axis.every, axis.steps) - 1
    return f"t={t}" if t == last else f"t={t} ... {last}"


def _token_cells(tokens: Sequence[str], axis: Axis) -> list[str]:
    """A text for every column: where a column is several steps, for the first of them."""
    texts = [tokens[t] if t < len(tokens) else "" for t in axis.columns]
    shown = [markup(SPACES.get(text, text), TOKEN) for text in texts]
    return [TOKEN_CELL.format(text) if text else "<TD></TD>" for text in shown]


def _across(bands: Sequence[Band], axis: Axis, tokens: Sequence[str]) -> Iterator[str]:
    """The rows of a table in which time runs to the right: a row a band, the time below them."""
    for band in bands:
        cells = (_cell(cell, axis.width, band.thickness) for cell in band.cells)
        yield f'<TD ALIGN="RIGHT">{band.name} {band.what}</TD>{GAP}{"".join(cells)}'
    if tokens and LETTER * max(columns(clean(text, TOKEN)) for text in tokens) <= axis.width:
        yield f"<TD></TD>{GAP}" + "".join(_token_cells(tokens, axis))
    named = times(axis, room=LETTER * len(f"t={axis.steps}"))
    yield f"<TD></TD>{GAP}" + "".join(
        f'<TD COLSPAN="{span}" ALIGN="LEFT">{SMALL.format(f"t={t}")}</TD>'
        for t, span in _spans(named, axis).items()
    )


def _down(bands: Sequence[Band], axis: Axis, tokens: Sequence[str]) -> Iterator[str]:
    """The same table turned: time runs down, a column a band, the time left of them."""
    texts = _token_cells(tokens if axis.width >= LINE else (), axis)
    heads = (f'<TD CELLPADDING="3">{band.name}<BR/>{band.what}</TD>' for band in bands)
    yield "<TD></TD><TD></TD>" + "".join(heads)
    named = {
        t: f'<TD ROWSPAN="{span}" VALIGN="TOP" ALIGN="RIGHT">{SMALL.format(f"t={t}")}</TD>'
        for t, span in _spans(times(axis), axis).items()
    }
    for k, t in enumerate(axis.columns):
        cells = (_cell(band.cells[k], band.thickness, axis.width) for band in bands)
        yield f"{named.get(t, '')}{texts[k]}{''.join(cells)}"


def _spans(named: Sequence[int], axis: Axis) -> dict[int, int]:
    """For each named step, how many columns there are from its own to the next one's."""
    places = [*(t // axis.every for t in named), len(axis.columns)]
    return {t: end - start for t, (start, end) in zip(named, pairwise(places), strict=True)}


def _cell(cell: Cell, width: int, height: int) -> str:
    tip = TIP.format(cell.tip) if cell.tip else ""
    return CELL.format(cell.fill, width, height, tip)
