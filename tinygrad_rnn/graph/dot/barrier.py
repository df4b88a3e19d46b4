"""Level "op" where steps differ, or without a layout program at hand: `dot` places every node.

    barrier    an invisible point after a step: all its ends lead there, and from there all begin
               that stands at the beginning of the next; without it steps would overlap like stairs
    rail       the shortest way of a part of the state through a step: it runs straight
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import graphviz

from ..nodes import Edge
from ..steps import OUTSIDE, SHARED, Step
from ..views.columns import Norm
from ..views.labels import origins_of
from ..views.wiring import strongest
from ..wording import norm_said
from .faces import Face, Faces, crowded, gathered, start_face
from .palette import LINE, Scale
from .paper import BOX, EDGE, FONT
from .stops import Stop
from .text import plain

GRAPH = {"newrank": "true", "nodesep": "0.16", "ranksep": "0.27", "pad": "0.2"}
LABEL = {"labelloc": "b", "fontname": "Helvetica"}
TEXT = {"shape": "plaintext", "fontcolor": "#666666", "width": "0.9", "height": "0.3"}
POINT = {"shape": "point", "style": "invis", "width": "0.01", "height": "0.01"}
HIDDEN = {"style": "invis", "weight": "0"}


def barrier_level(
    networks: Sequence[Faces], stops: Sequence[Stop], legend: str, scale: Scale, direction: str
) -> graphviz.Digraph:
    """The DOT of networks whose steps differ: a cluster a step, a barrier after each."""
    dot = graphviz.Digraph("unrolled", graph_attr={"rankdir": direction, **GRAPH})
    dot.attr("graph", label=legend, **LABEL)
    dot.attr("node", fixedsize="true", penwidth="0.8", color=LINE, **FONT)
    dot.attr("edge", **EDGE, **FONT)
    for k, faces in enumerate(networks):
        _Painter(dot, faces, stops, scale, f"n{k}").draw()
    return dot


class _Painter:
    """Draws one network."""

    def __init__(
        self, dot: graphviz.Digraph, faces: Faces, stops: Sequence[Stop], scale: Scale, key: str
    ) -> None:
        self.dot, self.faces, self.scale, self.key = dot, faces, scale, key
        self.wiring, self.graph = faces.wiring, faces.wiring.graph
        self.stops = [stop for stop in stops if stop.t < len(self.graph.states)]
        self.names: dict[int, str] = {}  # of the node that stands for each node of the graph
        self.lone: set[str] = set()  # the nodes that belong to no step
        self.ends: dict[int, tuple[list[str], list[str]]] = {}  # of a stop: its sources, its sinks
        self.first = _first_arrays(faces)
        self.rails, self.tracks = _rails(faces)

    def draw(self) -> None:
        """Nodes step by step, then edges and barriers."""
        groups: dict[Step, list[int]] = {}
        for node in self.graph.nodes:
            if node.id not in self.faces.hidden:
                groups.setdefault(node.step, []).append(node.id)
        if self.wiring.name:
            self.dot.node(f"{self.key}name", plain(self.wiring.name, 24), **TEXT)
        for place in (SHARED, OUTSIDE):
            self._lone(groups.get(place, []))
        for k, stop in enumerate(self.stops):
            if stop.gap:
                following = [*(s.t for s in self.stops[k + 1 :]), len(self.graph.states)][0]
                self._gap(stop.t, following - 1, groups)
            else:
                self._step(stop.t, groups.get(stop.t, []))
        self._edges()
        self._barriers()

    def _lone(self, nodes: list[int]) -> None:
        """What belongs to no step; of very many, the last."""
        group = gathered(nodes) if self.stops else {i: i for i in nodes}
        self.names |= {i: f"{self.key}v{shown}" for i, shown in group.items()}
        self.lone |= {self.names[i] for i in nodes}
        for i in sorted(set(group.values())):
            face = crowded(self.faces.of(i), list(group.values()).count(i))
            self._node(self.dot, self.names[i], face, self.wiring.nodes[i])

    def _gap(self, first: int, last: int, groups: dict[Step, list[int]]) -> None:
        name = f"{self.key}gap{first}"
        span = f"t = {first} … {last}\\n({last - first + 1} steps)"
        line = {"group": f"{self.key}r0"}  # of the first part of the state
        self.dot.node(name, span if last > first else f"t = {first}", **TEXT, **line)
        self.names |= {i: name for t in range(first, last + 1) for i in groups.get(t, [])}
        self.ends[first] = [name], [name]

    def _step(self, t: int, nodes: list[int]) -> None:
        """A cluster, with the start of the states before the first."""
        starts = {i: part for part, i in self.faces.roles.initial.items()}
        own = [i for i in nodes if i not in starts]
        for i in nodes:
            self.names[i] = f"{self.key}v{i}"
            if i in starts:
                face, norm = start_face(starts[i]), self.wiring.nodes[i]
                self._node(self.dot, self.names[i], face, norm, **self._group(starts[i]))
        with self.dot.subgraph(name=f"cluster_{self.key}t{t}") as cluster:
            cluster.attr(label=f"t = {t}", labelloc="t", **BOX)
            for i in own:
                face, group = self.faces.of(i), self._group(self.rails.get(i))
                self._node(cluster, self.names[i], face, self.wiring.nodes[i], **group)
            data = self._data(cluster, t, own)
        inside = [e for e in self.graph.edges if e.tail in own and e.head in own]
        heads, tails = {e.head for e in inside}, {e.tail for e in inside}
        sources = [self.names[i] for i in own if i not in heads]
        self.ends[t] = data + sources, [self.names[i] for i in own if i not in tails]

    def _group(self, part: str | None) -> dict[str, str]:
        """What is in one group stands in line."""
        parts = sorted({part for states in self.graph.states for part in states})
        return {} if part is None else {"group": f"{self.key}r{parts.index(part)}"}

    def _data(self, cluster: graphviz.Digraph, t: int, nodes: list[int]) -> list[str]:
        """A white circle for the plain arrays that enter a step, if any do. Returns its name."""
        fed = [i for i in nodes if _arrays(self.faces, i) - self.first.get(i, set())]
        if not fed:
            return []
        name = f"{self.key}x{t}"
        self._node(cluster, name, self.faces.data(t), None)
        for i in fed:
            self._edge(name, self.names[i], None)
        return [name]

    def _edges(self) -> None:
        """All edges; of those that join the same, and one stands for many, the strongest."""
        joined: dict[tuple[str, str], Norm] = {}
        several = Counter(self.names.values())
        for edge, norm in zip(self.graph.edges, self.wiring.edges, strict=True):
            tail, head = self.names.get(edge.tail), self.names.get(edge.head)
            if not tail or not head or tail == head:
                continue
            if several[tail] > 1 or several[head] > 1:
                joined[tail, head] = strongest([joined.get((tail, head)), norm])
            else:
                self._edge(tail, head, norm, **self._pull(edge))
        for (tail, head), norm in joined.items():
            lone = self.lone & {tail, head}
            self._edge(tail, head, norm, weight="0" if lone else "8")

    def _pull(self, edge: Edge) -> dict[str, str]:
        """A rail should be straight; against time an edge must not move a node."""
        tail, head = self.graph.nodes[edge.tail].step, self.graph.nodes[edge.head].step
        if isinstance(tail, int) and isinstance(head, int) and tail > head:
            return {"constraint": "false"}
        return {"weight": "20"} if (edge.tail, edge.head) in self.tracks else {}

    def _barriers(self) -> None:
        before: list[str] = []
        for stop in self.stops:
            sources, sinks = self.ends[stop.t]
            point = f"{self.key}b{stop.t}"
            self.dot.node(point, "", **POINT)
            for tail, head in [(b, s) for b in before for s in sources]:
                self.dot.edge(tail, head, **HIDDEN)
            for tail in sinks:
                self.dot.edge(tail, point, **HIDDEN)
            before = [point]

    def _node(
        self, dot: graphviz.Digraph, name: str, face: Face, norm: Norm, **attrs: str
    ) -> None:
        look = self.scale.look(norm)
        dot.node(
            name,
            face.label,
            shape=face.shape,
            style="filled" if face.shape == "circle" else "rounded,filled",
            fillcolor=look.fill,
            fontcolor=look.text,
            width=f"{face.width / 72:.3f}",
            height=f"{face.height / 72:.3f}",
            tooltip=plain(f"{face.tip}: {norm_said(norm)}", 120),
            **attrs,
        )

    def _edge(self, tail: str, head: str, norm: Norm, **attrs: str) -> None:
        look = self.scale.look(norm).edge(f"back: {norm_said(norm)}")
        self.dot.edge(tail, head, **look, **attrs)


def _arrays(faces: Faces, i: int) -> set[int]:
    """The positions where plain arrays enter a node that feeds a state; a mask is none."""
    node = faces.nodes[i]
    if i not in faces.roles.feeding:
        return set()
    arrays = {k for k, value in node.constants.items() if isinstance(value, tuple)}
    return arrays - {0} if node.op == "where" else arrays


def _first_arrays(faces: Faces) -> dict[int, set[int]]:
    """Where the state starts as a plain array: of its shape, in the step that it starts in.

    What enters other steps in the same way is an input: told by the op and what else enters it.
    """
    origins = origins_of(faces.wiring.graph, faces.roles)
    graph, against = faces.wiring.graph, {p.rpartition(".")[0] for p in faces.roles.backward}
    shapes = {graph.nodes[i].shape for parts in graph.states for i in parts.values()}
    later: set[tuple[Any, ...]] = set()
    first: dict[int, dict[int, tuple[Any, ...]]] = {}
    for node in faces.nodes:
        numbers = tuple(v for v in node.constants.values() if isinstance(v, float))
        kind = node.layer, node.op, origins[node.id], numbers
        kinds = {k: (k, *kind) for k in _arrays(faces, node.id)}
        if node.step == (len(graph.states) - 1 if node.layer in against else 0):
            alike = {k for k in kinds if node.constants[k] in shapes}
            first[node.id] = {k: kinds[k] for k in alike if node.op != "concat" or not k}
        else:
            later |= set(kinds.values())
    return {i: {k for k, kind in kinds.items() if kind not in later} for i, kinds in first.items()}


def _rails(faces: Faces) -> tuple[dict[int, str], set[tuple[int, int]]]:
    """The part of the state on whose rail a node lies, and the edges of all rails."""
    rails: dict[int, str] = {}
    tracks: set[tuple[int, int]] = set()
    states = faces.wiring.graph.states
    for part, end in ((part, i) for parts in states for part, i in parts.items()):
        way = _way_back(faces, part, end)
        if rails.keys().isdisjoint(way[:-1]):
            rails |= dict.fromkeys(way[:-1], part)
            tracks |= set(zip(way[1:], way))
    return rails, tracks


def _way_back(faces: Faces, part: str, end: int) -> list[int]:
    """The shortest way from a state to that of the step before, both included; else that alone."""
    ways, met = [[end]], {end}
    starts = {faces.roles.initial.get(part)}
    while ways:
        way = ways.pop(0)
        for x in faces.inputs.get(way[-1], {}).values():
            if faces.part_of.get(x) == part or x in starts:
                return [*way, x]
            if x not in met and faces.nodes[x].step == faces.nodes[end].step:
                met.add(x)
                ways.append([*way, x])
    return [end, end]
