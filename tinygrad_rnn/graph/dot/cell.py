"""Level "cell": a box a step, time from left to right, networks one above the other; or time from
top to bottom, networks side by side.

Arrows point forward, as the computation went; their colour is what flows back. No edge leaves a
shared weight for every step: it has a rail, with one chip a step for that step's share of its
gradient. Each step is one `rank=same` set with ONE chain of edges, which fixes the order across
time (so edges within a step point back along the chain); `group` and `weight` keep the rails
straight.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise

import graphviz

from ..views.columns import Network
from .direction import TOP_TO_BOTTOM, Direction, direction_named
from .legend import legend_label
from .painter import FONT, HIDDEN, NODE, TEXT, Chain, Painter
from .palette import scale_for
from .rails import lay_rails
from .stops import Stop, common_stops

GRAPH = {"newrank": "true", "nodesep": "0.2", "ranksep": "0.3", "pad": "0.2"}
LEGEND = {"labelloc": "b", "fontname": "Helvetica"}


def cell_level(
    networks: Sequence[Network],
    title: str,
    subtitle: str,
    max_columns: int = 16,
    tokens: Sequence[str] | None = None,
    direction: str = "LR",
) -> graphviz.Digraph:
    """The DOT of unrolled networks in aligned columns; the middle is left out of long ones.

    `tokens` are what the input circles show, one a step, instead of an x. `direction` "LR": time
    from left to right; "TB": from top to bottom, a column being a row. ValueError for another.
    """
    canvas = Canvas(networks, title, subtitle, tokens, direction_named(direction))
    canvas.draw(common_stops(networks, max_columns))
    return canvas.dot


class Canvas:
    """The picture `dot`, into which networks are unrolled in common columns."""

    def __init__(
        self,
        networks: Sequence[Network],
        title: str,
        subtitle: str,
        tokens: Sequence[str] | None,
        direction: Direction,
    ) -> None:
        scale = scale_for(chain.from_iterable(net.norms() for net in networks))
        graph = {"rankdir": direction.rankdir, **GRAPH}
        node = {**NODE, "penwidth": "0.8"}
        self.dot = graphviz.Digraph("unrolled", graph_attr=graph, node_attr=node)
        self.dot.attr("graph", label=legend_label(title, subtitle, scale), **LEGEND)
        self.dot.attr("edge", arrowsize="0.55", **FONT)
        self.turned = direction is TOP_TO_BOTTOM
        self.painters = [
            Painter(self.dot, net, f"n{k}", scale, tokens, direction)
            for k, net in enumerate(networks)
        ]

    def draw(self, stops: Sequence[Stop]) -> None:
        """Draw the columns, from where the states start to where the backward ones do."""
        length = max(len(painter.net.columns) for painter in self.painters)
        self.rank([painter.start() for painter in self.painters])
        for stop, following in pairwise([*stops, Stop(length)]):
            if stop.gap:
                self.rank([painter.gap(stop.t, following.t - 1) for painter in self.painters])
            else:
                column = [painter.column(stop.t) for painter in self.painters]
                time = self._time(stop.t)
                self.rank([time, *column] if self.turned else [*column, time])
        if any(painter.net.backward for painter in self.painters):
            self.rank([painter.end() for painter in self.painters])
        for painter in self.painters:
            lay_rails(painter, stops)

    def rank(self, chains: Sequence[Chain]) -> None:
        """Put nodes into one column, in this order from top to bottom; or into one row, turned."""
        if self.turned:
            chains = [*map(_turned, chains)]
        with self.dot.subgraph() as column:
            column.attr(rank="same")
            for (upper, link), (lower, _) in pairwise(chain.from_iterable(chains)):
                column.edge(upper, lower, **link)

    def _time(self, t: int) -> Chain:
        self.dot.node(f"t{t}", f"t = {t}", **TEXT, height="0.15")
        return [(f"t{t}", HIDDEN)]


def _turned(nodes: Chain) -> Chain:
    """A chain from left to right, which reads x, cell, loss: its edges point forward along it."""
    links = ({k: v for k, v in link.items() if k != "dir"} for _, link in nodes[-2::-1])
    return [(name, link) for (name, _), link in zip(nodes[::-1], [*links, HIDDEN])]
