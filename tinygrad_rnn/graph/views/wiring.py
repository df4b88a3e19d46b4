"""What a picture of ops shows: the graph, the norm at every node and along every edge, a text.

Plain, frozen data between the flow and the levels "op" and "scalar"; norms are relative or absolute
as asked, and rounded to two digits, so that a picture never depends on the last bits.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ...arrays.namespace import shape
from ..gradient_flow import Flow
from ..nodes import Graph
from .columns import Norm, rounded
from .summary import check_show, said, shape_said


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
    weights: frozenset[int] = frozenset()  # the uses of weights that are nodes of their own


def wire(
    name: str, flow: Flow, normalise: str | None = "lag0", show: str | None = None
) -> Wiring:
    """The wiring of a flow. `show` says what stands in a node below its name: "grad" the norm of
    its gradient, "value" mean ± standard deviation of its value, "both", "shape"; None: nothing.
    """
    unit, order = flow.unit(normalise), flow.recorded.order
    nodes = tuple(rounded(norm, unit) for norm in flow.nodes)
    edges = tuple(rounded(norm, unit) for norm in flow.edges)
    texts = (described(x.value, norm, show) for x, norm in zip(order, nodes, strict=True))
    return Wiring(name, flow.graph, nodes, edges, tuple(texts), flow.loss)


def strongest(norms: Iterable[Norm]) -> Norm:
    """The largest of some norms, nan before all; None where no gradient came by."""
    return max((n for n in norms if n is not None), key=lambda n: (n != n, n), default=None)


def described(value: Any, norm: Norm, show: str | None) -> str:
    """What stands below the name of a node with this value. ValueError for another `show`."""
    check_show(show)
    if show == "shape":
        return shape_said(shape(value))
    parts = [said(value)] if show in ("value", "both") else []
    if show in ("grad", "both"):
        parts.append("no grad" if norm is None else f"grad {norm:.2g}")
    return ", ".join(parts)
