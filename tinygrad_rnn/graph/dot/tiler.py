"""Copies the tile of a network for every column, and joins the steps along their states.

    column     where a step that is shown begins, along time
    road       what leads from step to step: a part of the state, one step on, or back
    common     nodes computed once for several steps; outside: of several (a sum of losses). They
               stand before and after the boxes, and are joined to them by a bus below
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import graphviz

from ..steps import OUTSIDE, SHARED
from ..views.blocks import DATA, ITEM, STATE, Block, Ref
from ..views.columns import Norm
from ..views.layers import arrange
from ..views.wiring import Wiring, strongest
from ..wording import norm_said
from .faces import Face, Faces, crowded, gathered, start_face
from .paper import Paper
from .stops import Stop
from .text import plain
from .tile import Path, Point, Tile, joined, straight

START, GAP, SPACE, BELOW = 34.0, 96.0, 8.0, 26.0
BUS = 10.0
LONE = (54.0, 30.0)  # the room of a node that belongs to no step


class Sketch(NamedTuple):
    """A network that has a tile: its block, the faces of its nodes and of its items."""

    wiring: Wiring
    faces: Faces
    block: Block
    tile: Tile
    shapes: dict[int, Face]


def tiled(
    sketches: Sequence[Sketch], stops: Sequence[Stop], paper: Paper, legend: str
) -> graphviz.Digraph:
    """The DOT of networks in columns that they share, one below the other."""
    length = float(math.ceil(max(sketch.tile.length for sketch in sketches)))
    begins, end = [], 0.0
    for stop in stops:
        begins.append(end)
        end += (GAP if stop.gap else length) + SPACE
    columns = Columns(dict(zip(stops, begins, strict=True)), length, end - SPACE)
    across, first, last = 0.0, 0.0, 0.0
    for k, sketch in enumerate(sketches):
        begin, finish = _Painter(sketch, columns, paper, f"n{k}", across).draw()
        first, last = min(first, begin), max(last, finish)
        across += sketch.tile.breadth + BELOW
    return paper.finish(legend, (first, 0.0), (last, across - 4.0))


class Columns(NamedTuple):
    """Where every stop begins, how long the box of a step is, and where the last one ends."""

    begins: dict[Stop, float]
    length: float
    end: float


class _Nodes:
    """The boxes and nodes of one network, `across` from the edge of the page."""

    def __init__(
        self, sketch: Sketch, columns: Columns, paper: Paper, key: str, across: float
    ) -> None:
        self.wiring, self.faces, self.block, self.tile, self.shapes = sketch
        self.columns, self.paper, self.key, self.across = columns, paper, key, across
        self.graph, steps = self.wiring.graph, len(self.block.stages)
        own = [(stop, x) for stop, x in columns.begins.items() if stop.t < steps]
        self.shown = {stop.t: x for stop, x in own if not stop.gap}
        self.gaps = {stop.t: x for stop, x in own if stop.gap}
        edges = zip(self.graph.edges, self.wiring.edges, strict=True)
        self.norms = {(edge.head, edge.position): norm for edge, norm in edges}
        self.spots: dict[str, tuple[Point, Face]] = {}
        self.names: dict[int, str] = {}

    def _heading(self) -> None:
        """The name of the network, and what stands in a gap."""
        middle = self.across + self.tile.breadth / 2
        beside = -START, self.across + 10
        if self.paper.direction == "TB":
            beside = -2 * START, middle
        if self.wiring.name:
            self.paper.text(f"{self.key}name", beside, plain(self.wiring.name, 24), "12")
        for t, x in self.gaps.items():
            last = min([*(s for s in self.shown if s > t), len(self.block.stages)]) - 1
            span = f"t = {t}" if t == last else f"t = {t} … {last}\\n({last - t + 1} steps)"
            self.paper.text(f"{self.key}gap{t}", (x + GAP / 2, middle), span)

    def _step(self, t: int) -> None:
        x, breadth = self.shown[t], self.tile.breadth
        end = x + self.columns.length, self.across + breadth
        self.paper.box(f"{self.key}t{t}", f"t = {t}", (x, self.across), end)
        stage = self.block.stages[t]
        for i in self._items(t):
            node = stage.nodes.get(i)
            ghost = i in stage.ghosts
            face = self._ghost(i) if ghost else self.faces.data(t)
            face = face if node is None else self.faces.of(node)
            norm = None if node is None else self.wiring.nodes[node]
            tip = f"t={t}: {face.tip}: {'a plain value here' if ghost else norm_said(norm)}"
            x, y = self.tile.places[i]
            place = self.shown[t] + self._shift() + x, self.across + y
            self._put(f"{self.key}t{t}i{i}", place, face, norm, tip, ghost)
            if node is not None:
                self.names[node] = f"{self.key}t{t}i{i}"

    def _ghost(self, i: int) -> Face:
        """The face of an item that is plain in a step: as in other steps, without numbers."""
        node = next(stage.nodes[i] for stage in self.block.stages if i in stage.nodes)
        return self.faces.ghost(node, self.shapes[i])

    def _shift(self) -> float:
        """Half of what the column is longer than the tile."""
        return round((self.columns.length - self.tile.length) / 2, 1)

    def _items(self, t: int) -> list[int]:
        """What is drawn of the block at step t: its nodes, ghosts, and the data that they use."""
        stage = self.block.stages[t]
        found = {*stage.nodes, *stage.ghosts}
        data = {i for i, item in enumerate(self.block.items) if item.op == DATA}
        used = {tail for tail, head in self.block.links() if head in found}
        return sorted(found | (data & used))

    def _put(
        self, name: str, place: Point, face: Face, norm: Norm, tip: str, ghost: bool = False
    ) -> None:
        self.spots[name] = place, face
        self.paper.node(name, place, face, norm, tip, ghost)


class _Roads(_Nodes):
    """The arrows within the steps of a network, and from step to step."""

    def _input(self, t: int, i: int, position: int, ref: Ref) -> None:
        """The arrow to an item from what it was computed from."""
        stage, head = self.block.stages[t], f"{self.key}t{t}i{i}"
        node = stage.nodes.get(i)
        norm = None if node is None else self.norms.get((node, position))
        if ref.kind == ITEM and f"{self.key}t{t}i{ref.which}" in self.spots:
            tail = f"{self.key}t{t}i{ref.which}"
            path = self._moved(t, self.tile.paths.get((i, position)))
            self._arrow(tail, head, path, norm)
        elif ref.kind == STATE:
            tail, road = self._road(t, str(ref.which), ref.back)
            path = self._moved(t, self.tile.paths.get((i, position)))
            self._arrow(tail, head, joined([*road, path or (self.spots[head][0],)]), norm)

    def _arrow(self, tail: str, head: str, path: Path | None, norm: Norm) -> None:
        ends = self.spots.get(tail), self.spots[head]
        path = path or straight(self.spots[tail][0], self.spots[head][0])
        path = self.paper.clipped(path, ends[0] or ends[1], ends[1])
        self.paper.edge(tail, head, path, norm, f"back: {norm_said(norm)}")

    def _moved(self, t: int, path: Path | None) -> Path | None:
        x = self.shown[t] + self._shift()
        return path and tuple((x + along, self.across + y) for along, y in path)

    def _road(self, t: int, part: str, back: int) -> tuple[str, list[Path]]:
        """The node that a state comes from, and the way from there to the border of step t."""
        (entry,) = self._moved(t, (self.tile.entries[part, back],)) or ()
        before, way = t - back, 1 if back > 0 else -1
        item = self.block.parts.get(part)
        if item is not None and f"{self.key}t{before}i{item}" in self.spots:
            tail = f"{self.key}t{before}i{item}"
            leave = self._moved(before, self.tile.exits.get(part)) or (self.spots[tail][0],)
            return tail, [leave, (entry,)]
        if 0 <= before < len(self.block.stages):
            gap = self._gap_beside(t, way)
            border = self.gaps[gap] + (GAP if way > 0 else 0.0) - 12.0 * way
            return f"{self.key}gap{gap}", [((border, entry[1]),), (entry,)]
        return self._start(part, way, entry[1]), [((self._edge(way), entry[1]),), (entry,)]

    def _edge(self, way: int) -> float:
        """Where states start: before the first step, or after the last one."""
        last = max(self.shown.values()) + self.columns.length
        return min(self.shown.values()) - START if way > 0 else last + START

    def _start(self, part: str, way: int, across: float) -> str:
        """The circle where a part of the state starts, white where it is plain."""
        name = f"{self.key}start{sorted({*self.block.parts, part}).index(part)}"
        if name not in self.spots:
            node = self.faces.roles.initial.get(part)
            norm = None if node is None else self.wiring.nodes[node]
            place, face = (self._edge(way), across), start_face(part)
            self._put(name, place, face, norm, f"{face.tip}: {norm_said(norm)}")
        return name

    def _gap_beside(self, t: int, way: int) -> int:
        """The gap before step t; after it, for what comes from there."""
        return max(g for g in self.gaps if g < t) if way > 0 else min(g for g in self.gaps if g > t)

    def _into_gap(self, t: int) -> None:
        """The roads on which states go on into steps that are left out."""
        for part, way in self._ways():
            item, following = self.block.parts.get(part), t + way
            node = self.block.stages[t].nodes.get(-1 if item is None else item)
            hidden = 0 <= following < len(self.block.stages) and following not in self.shown
            if node is None or not hidden:
                continue
            tail = f"{self.key}t{t}i{item}"
            gap = self._gap_beside(t, -way)
            (entry,) = self._moved(t, (self.tile.entries[part, way],)) or ()
            leave = self._moved(t, self.tile.exits.get(part)) or (self.spots[tail][0],)
            end = self.gaps[gap] + (12.0 if way > 0 else GAP - 12.0), entry[1]
            path = self.paper.clipped(joined([leave, (end,)]), self.spots[tail], self.spots[tail])
            norm = self._carried(node, following)
            self.paper.edge(tail, f"{self.key}gap{gap}", path, norm, f"back: {norm_said(norm)}")

    def _ways(self) -> list[tuple[str, int]]:
        return sorted((part, 1 if back > 0 else -1) for part, back in self.tile.entries)

    def _carried(self, node: int, step: int) -> Norm:
        """The largest norm that comes back to a state from one step."""
        edges = zip(self.graph.edges, self.wiring.edges, strict=True)
        return strongest(
            norm
            for edge, norm in edges
            if edge.tail == node and self.graph.nodes[edge.head].step == step
        )


class _Painter(_Roads):
    """Draws one network, with what belongs to none of its steps."""

    def draw(self) -> tuple[float, float]:
        """Boxes and nodes, then what joins them. Returns where it begins and ends along time."""
        self._heading()
        for t in self.shown:
            self._step(t)
        for t in self.shown:
            for i in self._items(t):
                for position, ref in sorted(self.block.items[i].refs.items()):
                    self._input(t, i, position, ref)
            self._into_gap(t)
        return self._lone()

    def _lone(self) -> tuple[float, float]:
        """What is computed for several steps stands before the boxes; of several, behind."""
        starts = set(self.faces.roles.initial.values())
        first = min(self.shown.values()) - START - LONE[0] / 2
        common = [n.id for n in self.graph.nodes if n.step == SHARED and n.op]
        before = gathered([i for i in common if i not in starts])
        after = gathered([n.id for n in self.graph.nodes if n.step == OUTSIDE and n.op])
        begin = self._put_lone(before, first, -1)
        end = self._put_lone(after, self.columns.end + LONE[0] / 2, 1)
        for edge, norm in zip(self.graph.edges, self.wiring.edges, strict=True):
            lone = {edge.tail, edge.head} & {*before, *after}
            tail, head = self.names.get(edge.tail), self.names.get(edge.head)
            if lone and tail and head and tail != head:
                level = None if len(lone) == 2 else BUS + (6.0 if edge.head in after else 0.0)
                self._arrow(tail, head, self._bus(tail, head, level), norm)
        return begin, end

    def _put_lone(self, group: dict[int, int], begin: float, way: int) -> float:
        """The nodes of a group in layers. Returns where they end along time."""
        if not group:
            return begin - way * LONE[0] / 2
        shown = sorted(set(group.values()))
        number = {i: k for k, i in enumerate(shown)}
        joins = ((group.get(e.tail), group.get(e.head)) for e in self.graph.edges)
        pairs = {(number[a], number[b]) for a, b in joins if a in number and b in number and a != b}
        places, _ = arrange(len(shown), tuple(sorted(pairs)))
        deepest = max(layer for layer, _ in places)
        middle = self.across + self.tile.breadth / 2
        for i, (layer, row) in zip(shown, places, strict=True):
            steps = layer if way > 0 else layer - deepest
            place = begin + LONE[0] * steps, middle + LONE[1] * row
            face, norm = crowded(self.faces.of(i), [*group.values()].count(i)), self.wiring.nodes[i]
            self._put(f"{self.key}lone{i}", place, face, norm, f"{face.tip}: {norm_said(norm)}")
        self.names |= {i: f"{self.key}lone{shown}" for i, shown in group.items()}
        return begin + way * LONE[0] * (deepest + 0.5)

    def _bus(self, tail: str, head: str, level: float | None) -> Path | None:
        """Down to the bus below the boxes, along, and up again; None within a group."""
        if level is None:
            return None
        (x0, y0), (x1, y1) = self.spots[tail][0], self.spots[head][0]
        low = self.across + self.tile.breadth + level
        down, up = (x0 + 16.0, low), (x1 - 16.0, low)
        return (
            *straight((x0, y0), down),
            *straight(down, up)[1:],
            *straight(up, (x1, y1))[1:],
        )

