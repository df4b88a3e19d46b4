"""Graph: numbered nodes and edges, plain and frozen, with JSON out and in.

No Tensor, no value, nothing that could be differentiated. Node numbers are positions in `nodes`,
inputs before what uses them, the same on every run.

The JSON, version 1: {"schema": "tinygrad_rnn/graph", "version": 1, "nodes": [{"id": 0, "op": null,
"attrs": {}, "shape": [1, 2], "name": "x[0]", "step": 0, "source": null, "layer": "", "constants":
{}}, ...], "edges": [[tail, head, position], ...], "losses": [id, ...], "states": [{"h": id}, ...]}.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from .plain_json import dumps, restored
from .steps import Step

SCHEMA, VERSION = "tinygrad_rnn/graph", 1


class Node(NamedTuple):
    """A Tensor: `op` is None at a leaf; `step` is a number, "shared" or "outside".

    `layer` is "" in a network of one layer, else "l1", "l1.back", "shared" or "outside".
    `constants` are the plain inputs by position: a number, or the shape of an array.
    """

    id: int
    op: str | None
    attrs: dict[str, Any]
    shape: tuple[int, ...]
    name: str | None
    step: Step
    source: str | None = None
    layer: str = ""
    constants: dict[int, float | tuple[int, ...]] = {}


class Edge(NamedTuple):
    """`tail` was input number `position` of `head`; the gradient flows from head to tail."""

    tail: int
    head: int
    position: int


class Graph(NamedTuple):
    """Nodes and edges, and which nodes are the losses and, step by step, the parts of the state."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    losses: tuple[int, ...]
    states: tuple[dict[str, int], ...]

    def inputs(self) -> dict[int, dict[int, int]]:
        """For every node that has inputs, their numbers by position."""
        found: dict[int, dict[int, int]] = {}
        for edge in self.edges:
            found.setdefault(edge.head, {})[edge.position] = edge.tail
        return found

    def step_of_loss(self, loss: int | str) -> int | None:
        """The step of a loss; None of a sum of all, and of one that belongs to no single step."""
        step = self.nodes[self.losses[loss]].step if isinstance(loss, int) else None
        return step if isinstance(step, int) else None

    def to_json(self) -> str:
        """The graph as JSON; numbers that are not finite are the strings "nan", "inf", "-inf"."""
        return dumps(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """What the JSON holds."""
        nodes = [node._asdict() for node in self.nodes]
        return {"schema": SCHEMA, "version": VERSION} | self._asdict() | {"nodes": nodes}

    @classmethod
    def from_json(cls, text: str | bytes) -> Graph:
        """The graph that `to_json` wrote. ValueError for what is no such JSON.

        >>> graph = Graph((Node(0, None, {}, (2,), "x", "outside"),), (), (0,), ())
        >>> Graph.from_json(graph.to_json()) == graph
        True
        """
        try:
            return _read(cls, json.loads(text))
        except (AttributeError, KeyError, TypeError, json.JSONDecodeError) as error:
            said = f"{type(error).__name__}: {error}"
            raise ValueError(f"Graph.from_json: no graph of this package: {said}") from None


def _read(cls: type[Graph], data: Any) -> Graph:
    if data["schema"] != SCHEMA or data["version"] != VERSION:
        raise ValueError(
            f"Graph.from_json: needs the schema {SCHEMA!r}, version {VERSION}, "
            f"got {data['schema']!r}, version {data['version']!r}"
        )
    graph = cls(
        nodes=tuple(_read_node(node) for node in data["nodes"]),
        edges=tuple(Edge(*map(int, edge)) for edge in data["edges"]),
        losses=tuple(map(int, data["losses"])),
        states=tuple({str(k): int(i) for k, i in parts.items()} for parts in data["states"]),
    )
    _check(graph)
    return graph


def _read_node(data: dict[str, Any]) -> Node:
    constants = {
        int(position): tuple(x) if isinstance(x, list) else float(x)
        for position, x in data["constants"].items()
    }
    own = {"attrs": restored(data["attrs"]), "shape": tuple(data["shape"])}
    return Node(**data | own | {"constants": constants})


def _check(graph: Graph) -> None:
    """Numbers are positions, and inputs come before what uses them."""
    named = [*graph.losses, *(i for parts in graph.states for i in parts.values())]
    wrong = [node for i, node in enumerate(graph.nodes) if node.id != i]
    wrong_edges = [e for e in graph.edges if not 0 <= e.tail < e.head < len(graph.nodes)]
    if wrong or wrong_edges or any(not 0 <= i < len(graph.nodes) for i in named):
        raise ValueError(
            "Graph.from_json: a node's id is its position, and an edge goes from a node to a "
            f"later one: got {[*wrong, *wrong_edges, *named][0]}"
        )
