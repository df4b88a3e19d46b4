"""What a picture of ops shows: the graph, the norm at every node and along every edge, a text.

Plain, frozen data between the flow and the levels "op" and "scalar"; norms are relative or absolute
as asked, and rounded to two digits, so that a picture never depends on the last bits.
"""

from __future__ import annotations

from typing import NamedTuple

from .columns import Norm
from .gradient_flow import Flow
from .summary import SHOWN, said, shape_said
from .tracing import Graph


class Wiring(NamedTuple):
    """A network of ops: norms of nodes[i] and edges[i] of `graph`; None: no gradient came by.

    `texts[i]` stands below the name of node i; "" for nothing.
    """

    name: str
    graph: Graph
    nodes: tuple[Norm, ...]
    edges: tuple[Norm, ...]
    texts: tuple[str, ...]
    loss: int | str  # which loss is followed, as for `flow`


def wire(
    name: str, flow: Flow, normalise: str | None = "lag0", show: str | None = None
) -> Wiring:
    """The wiring of a flow. `show` says what stands in a node below its name: "grad" the norm of
    its gradient, "value" mean ± standard deviation of its value, "both", "shape"; None: nothing.
    """
    unit = flow.unit(normalise)
    nodes = tuple(_rounded(value, unit) for value in flow.nodes)
    edges = tuple(_rounded(value, unit) for value in flow.edges)
    texts = tuple(_text(flow, i, nodes[i], show) for i in range(len(nodes)))
    return Wiring(name, flow.graph, nodes, edges, texts, flow.loss)


def _rounded(norm: Norm, unit: float) -> Norm:
    return None if norm is None else float(f"{norm / unit:.1e}")


def _text(flow: Flow, i: int, norm: Norm, show: str | None) -> str:
    """What is said of node i."""
    if show not in (*SHOWN, None):
        raise ValueError(f"show is one of {', '.join(SHOWN)}, got {show!r}")
    if show == "shape":
        return shape_said(flow.graph.nodes[i].shape)
    parts = []
    if show in ("value", "both"):
        parts.append(said(flow.recorded.order[i].value))
    if show in ("grad", "both"):
        parts.append("no grad" if norm is None else f"grad {norm:.2g}")
    return ", ".join(parts)
