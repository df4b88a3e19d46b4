"""What a picture of a plain expression shows: a Box a node, an Arrow from each input.

Plain values that entered an op (the 2 in 2·x) are boxes too, without a gradient.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ...autograd import Tensor
from ..gradient_flow import Flow
from .summary import check_show, shape_said


class Box(NamedTuple):
    """A node: its name and op ("" for none), what stands below them, and all that is known.

    `norm` is that of its gradient; None: no gradient came by.
    """

    name: str
    op: str
    lines: tuple[str, ...]
    details: str
    norm: float | None


class Arrow(NamedTuple):
    """From an input to what was computed of it, with the norm that flows back."""

    tail: int
    head: int
    norm: float | None


def read_boxes(flow: Flow, show: str | None = None) -> tuple[list[Box], list[Arrow]]:
    """Every node and every edge of a recorded graph, with the gradient of one loss.

    `show` says what stands in a box: "value", "grad", "both" (or None), "shape". A plain value has
    no name, and is always shown. ValueError for another word.
    """
    check_show(show)
    order = flow.recorded.order
    pairs = zip(order, flow.gradients, flow.nodes, strict=True)
    nodes = [_box(*found, show or "both") for found in pairs]
    edges = zip(flow.graph.edges, flow.edges, strict=True)
    arrows = [Arrow(edge.tail, edge.head, norm) for edge, norm in edges]
    for i, node in enumerate(order):
        for x in node.inputs:
            if type(x) is not Tensor:
                arrows.append(Arrow(len(nodes), i, None))
                nodes.append(Box("", "", (_said(x),), f"  {_said(x)} ", None))
    return nodes, arrows


def _box(node: Tensor, g: Any, norm: float | None, show: str) -> Box:
    name, op = node.name or "", node.op.name if node.op else ""
    value, gradient = _said(node.value), "no gradient" if g is None else f"gradient {_said(g)}"
    lines = {
        "value": (value,),
        "grad": (gradient,),
        "both": (value, gradient),
        "shape": (shape_said(node.shape),),
    }
    return Box(name, op, lines[show], f"{name} {op} {value} {gradient}", norm)


def _said(value: Any) -> str:
    """A number; the shape of an array, and its numbers where they are few."""
    shape: tuple[int, ...] = getattr(value, "shape", ())
    if shape == ():
        return f"{float(value):.4g}"
    if len(shape) == 1 and shape[0] <= 4:
        return f"[{', '.join(f'{entry:.3g}' for entry in value.tolist())}]"
    return shape_said(shape)
