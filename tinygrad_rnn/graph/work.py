"""Work and span: how much a graph computes, and how much of that has to wait for the rest.

    operation    a multiply-add, or what else makes one number: an addition, a tanh
    work         all operations: what one processor has to do
    span         the operations on the longest chain in which each waits for the one before: what
                 is left to do one after the other on any number of processors. n numbers are
                 added up in pairs, in ⌈log2 n⌉ rounds
    chain        the ops on the chain that has the most of them, whatever each of them computes
    parallelism  work / span: how many operations there are to do at a time, in the mean

With p processors the time lies between max(work / p, span) and work / p + span (Brent 1974).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..arrays.shapes import Shape, product
from .nodes import Graph, Node

# They put entries into another place or shape. (Of scatter_add: as if no index were repeated.)
MOVES = {
    "argument",
    "broadcast_to",
    "bundle",
    "concat",
    "getitem",
    "matrix_transpose",
    "part",
    "permute_dims",
    "positive",
    "reshape",
    "scatter_add",
    "stop_gradient",
}
PRODUCTS = {"linear", "matmul"}  # they sum up products along the last axis of the first input
REDUCTIONS = {"sum", "max", "min"}


class WorkAndSpan(NamedTuple):
    """Of a graph: operations in all; operations, and ops, that wait for each other."""

    work: int
    span: int
    chain: int

    @property
    def parallelism(self) -> float:
        """work / span: no number of processors makes it quicker than by this factor."""
        return self.work / self.span if self.span else 1.0

    def __str__(self) -> str:
        return (
            f"{self.work} operations, {self.span} of them one after the other, in a chain of "
            f"{self.chain} ops: {self.parallelism:.3g} at a time"
        )


class Cost(NamedTuple):
    """Of a node: its operations, and how many of them wait for each other."""

    work: int
    span: int


def work_and_span(graph: Graph) -> WorkAndSpan:
    """The operations of a whole graph and of its longest chain, from ops and shapes alone.

    An op of yours counts one for each entry of its output, or of its largest input. What a
    `checkpoint` computes inside is not in the graph. ValueError for a node that `trace` cannot have
    made: a graph may come from a file.

    >>> from tinygrad_rnn import Tensor, arrays, trace
    >>> x = Tensor(arrays.ones(8))
    >>> print(work_and_span(trace(x @ x)))
    8 operations, 4 of them one after the other, in a chain of 1 ops: 2 at a time
    """
    inputs = graph.inputs()
    work = 0
    spans: list[int] = []  # up to and with each node
    chains: list[int] = []
    for node in graph.nodes:
        tails = inputs.get(node.id, {})
        shapes = _given(node) | {k: graph.nodes[tail].shape for k, tail in tails.items()}
        cost = _checked_cost(node, shapes)
        work += cost.work
        spans.append(cost.span + max((spans[tail] for tail in tails.values()), default=0))
        chains.append(bool(node.op) + max((chains[tail] for tail in tails.values()), default=0))
    return WorkAndSpan(work, max(spans, default=0), max(chains, default=0))


def _given(node: Node) -> dict[int, Shape]:
    """The shapes of the plain inputs by position."""
    return {k: x if isinstance(x, tuple) else () for k, x in node.constants.items()}


def _checked_cost(node: Node, shapes: Mapping[int, Shape]) -> Cost:
    try:
        return _cost(node, shapes)
    except (IndexError, KeyError, TypeError) as error:
        raise ValueError(
            f"work_and_span: node {node.id}, op {node.op!r}, is none that trace makes: {error!r}"
        ) from None


def _cost(node: Node, shapes: Mapping[int, Shape]) -> Cost:
    """What a node costs whose inputs have these shapes."""
    made, taken = product(node.shape), max(map(product, shapes.values()), default=0)
    if node.op is None or node.op in MOVES:
        return Cost(0, 0)
    if node.op in PRODUCTS:
        length = product(shapes.get(0, ())[-1:])
        return Cost(made * length, 1 + _rounds(length))
    if node.op in REDUCTIONS:
        return Cost(taken - made, _rounds(taken // max(made, 1)))
    if node.op == "cumulative_sum":
        length = node.shape[node.attrs["axis"]]
        return Cost(made - made // max(length, 1), _rounds(length))
    if node.op == "log_softmax":
        return _log_softmax(made, product(node.shape[a] for a in node.attrs["axis"]), made)
    if node.op == "log_likelihood":
        return _log_softmax(taken, taken // max(made, 1), made)
    return Cost(max(made, taken), 1)


def _log_softmax(entries: int, length: int, read: int) -> Cost:
    """Of each group the largest, what is below it, exp, sum, log; taken off what is read."""
    groups = entries // max(length, 1)
    return Cost(2 * (entries - groups) + 2 * entries + groups + read, 4 + 2 * _rounds(length))


def _rounds(length: int) -> int:
    """⌈log2 n⌉: in how many rounds n numbers become one, two at a time."""
    return max(length - 1, 0).bit_length()
