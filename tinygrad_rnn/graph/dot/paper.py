"""A DOT source in which every place is fixed: `layout=nop2`, which any `dot` paints unchanged."""

from __future__ import annotations

import math

import graphviz

from ..views.columns import Norm
from .faces import Face
from .palette import LINE, PAPER, Scale
from .text import plain
from .tile import Path, Point, rim, straight

FONT = {"fontname": "Helvetica", "fontsize": "10"}
GRAPH = {"layout": "nop2", "pad": "0.2", "fontname": "Helvetica"}
BOX = {"style": "rounded,filled", "fillcolor": "#f6f7fb", "color": "#c9cbd8", "fontsize": "12"}
ARROW = 5.5  # the length of its head, in points
LEGEND = 84.0  # the height of the legend
EDGE = {"arrowsize": f"{ARROW / 10}"}


class Paper:
    """Points (along time, across) become places on the page, right or down."""

    def __init__(self, scale: Scale, direction: str) -> None:
        self.scale, self.direction = scale, direction
        self.dot = graphviz.Digraph("unrolled", graph_attr=GRAPH)
        self.dot.attr("node", fixedsize="true", penwidth="0.8", color=LINE, **FONT)
        self.dot.attr("edge", **EDGE, **FONT)
        self.edges: list[tuple[float, str, str, dict[str, str]]] = []

    def extent(self, face: Face) -> Point:
        """Half the size of a node, along time and across."""
        half = face.width / 2, face.height / 2
        return half if self.direction == "LR" else half[::-1]

    def node(
        self, name: str, place: Point, face: Face, norm: Norm, tip: str, dashed: bool = False
    ) -> None:
        """A node in the colour of its norm; dashed: plain, so that there is none."""
        look = self.scale.look(norm)
        style = "filled" if face.shape == "circle" else "rounded,filled"
        self.dot.node(
            name,
            face.label,
            pos=f"{self._at(place)}!",
            shape=face.shape,
            style=f"{style},dashed" if dashed else style,
            fillcolor=PAPER if dashed else look.fill,
            fontcolor="#666666" if dashed else look.text,
            width=f"{face.width / 72:.3f}",
            height=f"{face.height / 72:.3f}",
            tooltip=plain(tip, 120) or " ",
        )

    def text(self, name: str, place: Point, label: str, size: str = "10") -> None:
        """Words alone, already fit for DOT."""
        look = {"shape": "plaintext", "fontcolor": "#666666", "fontsize": size}
        self.dot.node(name, label, pos=f"{self._at(place)}!", width="0.1", height="0.1", **look)

    def box(self, name: str, label: str, begin: Point, end: Point) -> None:
        """The box of a step, with its label on top."""
        (x0, y0), (x1, y1) = (self._page(corner) for corner in (begin, end))
        with self.dot.subgraph(name=f"cluster_{name}") as cluster:
            left, low, right, high = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
            beside = right - 24 if self.direction == "TB" else (left + right) / 2  # beside rails
            cluster.attr(
                label=label,
                bb=f"{left:.1f},{low:.1f},{right:.1f},{high:.1f}",
                lp=f"{beside:.1f},{high - 11:.1f}",
                **BOX,
            )

    def edge(self, tail: str, head: str, path: Path, norm: Norm, tip: str) -> None:
        """An arrow along a path; it is drawn when all are known, the strongest on top."""
        attrs = {"pos": self._curve(path), **self.scale.look(norm).edge(plain(tip, 80))}
        rank = -1.0 if norm is None else math.inf if math.isnan(norm) else norm
        self.edges.append((rank, tail, head, attrs))

    def finish(self, label: str, begin: Point, end: Point) -> graphviz.Digraph:
        """The source, with the legend below the corners of all that was drawn."""
        for _, tail, head, attrs in sorted(self.edges, key=lambda edge: edge[0]):
            self.dot.edge(tail, head, **attrs)
        (x0, y0), (x1, y1) = self._page(begin), self._page(end)
        middle, low = (x0 + x1) / 2, min(y0, y1)
        self.dot.attr("graph", label=label, lp=f"{middle:.1f},{low - LEGEND / 2:.1f}")
        return self.dot

    def clipped(self, path: Path, tail: tuple[Point, Face], head: tuple[Point, Face]) -> Path:
        """A path from centre to centre, cut where it leaves one node and enters the other."""
        (a, first), (b, last) = tail, head
        if path[0] == a:
            path = (rim(a, self.extent(first), path[3]), *path[1:])
        if path[-1] == b:
            begin = path[-4]
            end = rim(b, self.extent(last), begin if begin != b else a)
            path = (*path[:-4], *straight(begin, end))
        return path

    def _curve(self, path: Path) -> str:
        """The control points up to where the arrow's head begins, and its tip."""
        tip = path[-1]
        if len(path) > 4 and math.dist(path[-4], tip) <= ARROW + 0.5:
            path = path[:-3]
        else:
            share = min(1.0, ARROW / (math.dist(path[-2], tip) or 1.0))
            neck = tuple(t + share * (p - t) for t, p in zip(tip, path[-2], strict=True))
            path = (*path[:-1], (neck[0], neck[1]))
        return " ".join([f"e,{self._at(tip)}", *map(self._at, path)])

    def _page(self, place: Point) -> Point:
        along, across = place
        return (along, -across) if self.direction == "LR" else (across, -along)

    def _at(self, place: Point) -> str:
        x, y = self._page(place)
        return f"{x + 0.0:.1f},{y + 0.0:.1f}"
