"""What kind of op a node is, for the question why a gradient shrinks: told by structure, not name.

    activation         one input, entry by entry: tanh, sigmoid, relu, an op of your own
    recurrent weight   a product with a weight that the steps share, or with a constant array
    gates              a product of two things that were computed in the step
    rest               additions, scaling by a number, reductions, selections

An op that only rearranges (concat, a slice) counts as part of what uses its result: W·[h, x] is one
product with the recurrent weight.
"""

from __future__ import annotations

from ...autograd import Tensor
from ..steps import SHARED
from ..tracing import Recorded

ACTIVATION, RECURRENT, GATES, REST = KINDS = ("activation", "recurrent weight", "gates", "rest")
PRODUCTS = {"multiply", "divide", "linear", "matmul"}
ROAD = {"add", "subtract", "negative", "positive", "multiply", "divide", "where"}
REARRANGING = {
    "broadcast_to",
    "concat",
    "getitem",
    "matrix_transpose",
    "permute_dims",
    "reshape",
    "scatter_add",
}
NEITHER = {"argument", "bundle", "checkpoint", "negative", "part", "positive", "stop_gradient"}


def kinds_of(recorded: Recorded) -> dict[Tensor, str]:
    """The kind of every node."""
    kinds: dict[Tensor, str] = {}
    for node in reversed(recorded.order):
        kind = kinds.setdefault(node, _kind(node, recorded))
        for x in node.inputs:
            if type(x) is Tensor and rearranges(x):
                kinds.setdefault(x, kind)
    return kinds


def rearranges(node: Tensor) -> bool:
    """Whether a node only moves entries."""
    return node.op is not None and node.op.name in REARRANGING


def on_straight_road(node: Tensor) -> bool:
    """Whether a node is an addition or an elementwise product (with a mask, too)."""
    return node.op is not None and node.op.name in ROAD


def weights_of(node: Tensor, recorded: Recorded) -> list[Tensor]:
    """The factors of a product that all steps share, transposed or not; a bias is no factor."""
    if node.op is None or node.op.name not in PRODUCTS:
        return []
    factors = [_unmoved(x) for x in node.inputs[:2] if type(x) is Tensor]
    return [x for x in factors if recorded.steps[x] == SHARED]


def _unmoved(x: Tensor) -> Tensor:
    """What a node was before it was rearranged."""
    while rearranges(x) and len(x.inputs) == 1 and type(x.inputs[0]) is Tensor:
        x = x.inputs[0]
    return x


def _kind(node: Tensor, recorded: Recorded) -> str:
    name = node.op.name if node.op else ""
    if name in PRODUCTS:
        return _kind_of_product(node, recorded)
    tensors = [x for x in node.inputs if type(x) is Tensor]
    single = len(tensors) == 1 and tensors[0].shape == node.shape
    return ACTIVATION if single and name not in ROAD | REARRANGING | NEITHER else REST


def _kind_of_product(node: Tensor, recorded: Recorded) -> str:
    factors = node.inputs[:2]
    constant = any(type(x) is not Tensor and getattr(x, "shape", ()) for x in factors)
    if constant or weights_of(node, recorded):
        return RECURRENT
    return GATES if all(type(x) is Tensor for x in factors) else REST
