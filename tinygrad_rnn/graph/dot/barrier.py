"""Level "op" where steps differ, or without a layout program at hand: `dot` places every node.

    barrier    an invisible point after a step: all its ends lead there, and from there all begin
               that stands at the beginning of the next; without it steps would overlap like stairs
"""

from __future__ import annotations

from collections.abc import Sequence

import graphviz

from ..steps import OUTSIDE, SHARED, Step
from ..views.columns import Norm
from .faces import Face, Faces, said, start_face
from .palette import LINE, Scale
from .paper import BOX, EDGE, FONT
from .stops import Stop
from .text import plain
from .tiler import gathered

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
        self.ends: dict[int, tuple[list[str], list[str]]] = {}  # of a stop: its sources, its sinks

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
        for i in sorted(set(group.values())):
            self._node(self.dot, self.names[i], self.faces.of(i), self.wiring.nodes[i])

    def _gap(self, first: int, last: int, groups: dict[Step, list[int]]) -> None:
        name = f"{self.key}gap{first}"
        span = f"t = {first} … {last}\\n({last - first + 1} steps)"
        self.dot.node(name, span if last > first else f"t = {first}", **TEXT)
        self.names |= {i: name for t in range(first, last + 1) for i in groups.get(t, [])}
        self.ends[first] = [name], [name]

    def _step(self, t: int, nodes: list[int]) -> None:
        """A cluster, with the start of the states before the first."""
        starts = {i: part for part, i in self.faces.roles.initial.items()}
        own = [i for i in nodes if i not in starts]
        for i in nodes:
            self.names[i] = f"{self.key}v{i}"
            if i in starts:
                self._node(self.dot, self.names[i], start_face(starts[i]), self.wiring.nodes[i])
        with self.dot.subgraph(name=f"cluster_{self.key}t{t}") as cluster:
            cluster.attr(label=f"t = {t}", labelloc="t", **BOX)
            for i in own:
                self._node(cluster, self.names[i], self.faces.of(i), self.wiring.nodes[i])
            self._data(cluster, t, own)
        inside = [e for e in self.graph.edges if e.tail in own and e.head in own]
        heads, tails = {e.head for e in inside}, {e.tail for e in inside}
        sources = [self.names[i] for i in own if i not in heads]
        self.ends[t] = sources, [self.names[i] for i in own if i not in tails]

    def _data(self, cluster: graphviz.Digraph, t: int, nodes: list[int]) -> None:
        """A white circle for the plain arrays that enter a step, if any do."""
        states = {self.graph.nodes[i].shape for i in self.graph.states[t].values()}
        fed = [
            i
            for i in nodes
            if i in self.faces.roles.feeding
            and any(isinstance(s, tuple) and s not in states for s in self._constants(i))
        ]
        if fed:
            name = f"{self.key}x{t}"
            self._node(cluster, name, self.faces.data(t), None)
            for i in fed:
                self._edge(name, self.names[i], None)

    def _constants(self, i: int) -> list[float | tuple[int, ...]]:
        return list(self.graph.nodes[i].constants.values())

    def _edges(self) -> None:
        """All edges; of those that lead to the same gap, one."""
        drawn = set()
        for edge, norm in zip(self.graph.edges, self.wiring.edges, strict=True):
            tail, head = self.names.get(edge.tail), self.names.get(edge.head)
            if not tail or not head or tail == head:
                continue
            gap = "gap" in tail or "gap" in head
            if not gap or (tail, head) not in drawn:
                drawn.add((tail, head))
                steps = self.graph.nodes[edge.tail].step, self.graph.nodes[edge.head].step
                self._edge(tail, head, norm, **_pull(*steps))

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

    def _node(self, dot: graphviz.Digraph, name: str, face: Face, norm: Norm) -> None:
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
            tooltip=plain(f"{face.tip}: {said(norm)}", 120),
        )

    def _edge(self, tail: str, head: str, norm: Norm, **attrs: str) -> None:
        look = self.scale.look(norm)
        tip = f"back: {said(norm)}"
        line = {"color": look.line, "penwidth": look.width, "style": look.style}
        self.dot.edge(tail, head, tooltip=tip, edgetooltip=tip, **line, **attrs)


def _pull(tail: Step, head: Step) -> dict[str, str]:
    """From step to step an edge should be straight; against time it must not move a node."""
    if not isinstance(tail, int) or not isinstance(head, int) or tail == head:
        return {}
    return {"constraint": "false"} if tail > head else {"weight": "8"}
