"""Level "scalar": every number a node. A graph of tensors is expanded into one of numbers.

    entry   a number in a tensor, counted row by row
    part    what an entry receives of the gradient of one entry of the output: one edge
    weight  a leaf that steps share. Each of its uses gets nodes of its own, with what came back
            through that use, so that no weight has an edge to every step

What depends on what, and how strongly, is asked of the op's own rule, and so is known of any op.
Pulled back from g at one entry of the output and 0 at the others, it says the parts; from nan
there, it says what depends on that entry, also where the derivative is 0: 0·nan is nan.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from ...arrays.namespace import entries, like, shape
from ...arrays.nesting import nest
from ...arrays.shapes import Shape, product, strides_of
from ...autograd import Tensor
from ...autograd.backprop import pull_back
from ...autograd.checkpointing import Bundle
from ...autograd.tensor import detached
from ..gradient_flow import Flow
from ..nodes import Edge, Graph, Node
from ..steps import SHARED
from .columns import rounded
from .wiring import Wiring, described

MOST = 3_000  # nodes: a layout program needs a minute for some more
Number = float | None  # None: no gradient came by
Received = list[float] | None  # by an input, entry by entry; None: it has no rule
Constants = dict[int, float | Shape]
Parts = dict[int, Number]  # of one entry of the output: entry of the input -> its part


def wire_scalars(
    name: str, flow: Flow, normalise: str | None = "lag0", show: str | None = None
) -> Wiring:
    """The wiring of a flow, every number a node; arguments and units as for `wire`.

    Entry 1 of h[3] (1, H) is h[3][1], and the part h[1] of the state; a shape that begins with a
    batch of 1 is read without it. A plain input stays in `constants`. ValueError for more than
    MOST numbers, and for checkpoints, whose numbers were not kept.
    """
    unit = flow.unit(normalise)
    weights = _weights(flow.graph)
    _check_size(flow, weights)
    expansion = _Expansion(flow, weights)
    nodes = tuple(rounded(g and abs(g), unit) for g in expansion.gradients)
    texts = (described(*pair, show) for pair in zip(expansion.values, nodes, strict=True))
    edges = tuple(rounded(part and abs(part), unit) for part in expansion.parts)
    uses = frozenset(expansion.uses)
    return Wiring(name, expansion.graph(), nodes, edges, tuple(texts), flow.loss, uses)


def _weights(graph: Graph) -> set[int]:
    leaves = {node.id for node in graph.nodes if node.op is None and node.step == SHARED}
    return leaves.difference(graph.losses)


def _check_size(flow: Flow, weights: set[int]) -> None:
    sizes = [product(node.shape) for node in flow.graph.nodes]
    drawn = sum(size for i, size in enumerate(sizes) if i not in weights)
    drawn += sum(sizes[edge.tail] for edge in flow.graph.edges if edge.tail in weights)
    if drawn > MOST:
        raise ValueError(
            f'level "scalar" would draw {drawn:,} numbers, and draws at most {MOST:,}: '
            'take level="op", fewer steps or a smaller network'
        )
    if any(type(node.value) is Bundle for node in flow.recorded.order):
        raise ValueError('level "scalar" cannot look into a checkpoint: take level="op"')


class _Expansion:
    """Nodes and edges of the numbers, each with its gradient; inputs before what uses them."""

    def __init__(self, flow: Flow, weights: set[int]) -> None:
        self.flow, self.weights = flow, weights
        self.nodes: list[Node] = []
        self.values: list[float] = []
        self.gradients: list[Number] = []
        self.edges: list[Edge] = []
        self.parts: list[Number] = []
        self.ids: dict[int, list[int]] = {}  # of a tensor: the nodes of its entries
        self.uses: list[int] = []  # the nodes of weights
        for node in flow.graph.nodes:
            if node.id not in weights:
                self._expand(node)

    def graph(self) -> Graph:
        """The graph of the numbers, with the losses and the states of that of the tensors."""
        whole, ids = self.flow.graph, self.ids
        states = (
            {
                str(_entry_name(part, whole.nodes[i].shape, k)): entry
                for part, i in parts.items()
                for k, entry in enumerate(ids[i])
            }
            for parts in whole.states
        )
        losses = (entry for i in whole.losses for entry in ids[i][:1])
        return Graph(tuple(self.nodes), tuple(self.edges), tuple(losses), tuple(states))

    def _expand(self, node: Node) -> None:
        """The entries of a tensor, after those of the weights that it uses."""
        tensor, g = self.flow.recorded.order[node.id], self.flow.gradients[node.id]
        values = entries(tensor.value)
        gradients = [None] * len(values) if g is None else entries(g)
        rows_of = parts_of(tensor, gradients)
        tails = {i: self._tails(node, tensor.inputs[i], rows) for i, rows in rows_of.items()}
        self.ids[node.id] = []
        for j, (value, gradient) in enumerate(zip(values, gradients, strict=True)):
            row = {i: rows[j] for i, rows in rows_of.items()}
            head = self._add(node, j, value, gradient, constants=self._connect(node, row, tails))
            self.ids[node.id].append(head)

    def _tails(self, user: Node, x: Tensor, rows: list[Parts]) -> Mapping[int, int]:
        """The nodes of an input's entries; for a weight new ones, in the place of this use."""
        number = self.flow.recorded.number[x]
        if number not in self.weights:
            return dict(enumerate(self.ids[number]))
        values, weight = entries(x.value), self.flow.graph.nodes[number]
        beside = weight._replace(step=user.step, layer=user.layer)
        parts: dict[int, list[Number]] = {}
        for row in rows:
            for k, part in row.items():
                parts.setdefault(k, []).append(part)
        nodes = {k: self._add(beside, k, values[k], _total(parts[k])) for k in sorted(parts)}
        self.uses += nodes.values()
        return nodes

    def _connect(
        self, node: Node, row: Mapping[int, Parts], tails: Mapping[int, Mapping[int, int]]
    ) -> Constants:
        """Edges to the node that comes next. Returns its plain inputs, in their places.

        Entry k of an input has the place k after those of all inputs before it: the same in every
        step, whether what comes before is plain or a Tensor.
        """
        head, constants = len(self.nodes), {}
        inputs = self.flow.recorded.order[node.id].inputs
        places = [0, *accumulate(product(shape(x)) for x in inputs)]
        for position in sorted({*row, *node.constants}):
            if position in node.constants:
                constants[places[position]] = node.constants[position]
            for k, part in row.get(position, {}).items():
                self.edges.append(Edge(tails[position][k], head, places[position] + k))
                self.parts.append(part)
        return constants

    def _add(
        self, node: Node, k: int, value: float, gradient: Number, constants: Constants | None = None
    ) -> int:
        """A node for entry k of a tensor. Returns its number."""
        number, name = len(self.nodes), _entry_name(node.name, node.shape, k)
        attrs = node.attrs | {"entry": k} if node.shape else node.attrs
        own = node._replace(id=number, attrs=attrs, shape=(), name=name, constants=constants or {})
        self.nodes.append(own)
        self.values.append(value)
        self.gradients.append(gradient)
        return number


def parts_of(tensor: Tensor, gradients: Sequence[Number]) -> dict[int, list[Parts]]:
    """What each entry of the output sends back: by input that is a Tensor, a row an entry."""
    inputs = {i: x for i, x in enumerate(tensor.inputs) if type(x) is Tensor}
    if not gradients or not inputs:
        return {i: [] for i in inputs}
    depends = _dependence(tensor, inputs)
    rows_of: dict[int, list[Parts]] = {i: [] for i in inputs}
    for j, g in enumerate(gradients):
        pulled = [None] * len(tensor.inputs) if g is None else _pulled(tensor, j, g)
        for i, rows in rows_of.items():
            received = pulled[i]
            rows.append({k: received[k] if received else None for k in depends[i][j]})
    return rows_of


def _dependence(tensor: Tensor, inputs: Mapping[int, Tensor]) -> dict[int, list[list[int]]]:
    """For every input and entry of the output: the entries of the input that it depends on."""
    probe = _tamed(tensor)
    silent = _pulled(probe, 0, 0.0)
    marked = [_pulled(probe, j, math.nan) for j in range(product(tensor.shape))]
    found = {}
    for i, x in inputs.items():
        rows = _marked([pulled[i] for pulled in marked], product(x.shape))
        alike = x.shape == tensor.shape and _one_on_one(rows, silent[i])
        found[i] = [[j] for j in range(len(rows))] if alike else rows
    return found


def _marked(pulled: list[Received], size: int) -> list[list[int]]:
    """The entries that are not 0; without a rule, all."""
    every = [1.0] * size
    return [[k for k, v in enumerate(every if row is None else row) if v != 0] for row in pulled]


def _one_on_one(rows: list[list[int]], silent: Received) -> bool:
    """Whether entry j depends on entry j alone, as far as the marks can tell.

    relu's rule hides an entry that is cut off; one with an infinite derivative is marked by all,
    and not silent when nothing is pulled back. A rule that is missing tells nothing.
    """
    return all(
        k == j or silent is None or silent[k] != 0 for j, row in enumerate(rows) for k in row
    )


def _pulled(tensor: Tensor, j: int, g: float) -> list[Received]:
    """What every input receives of g at entry j and 0 at the others, entry by entry."""
    if tensor.op is None or tensor.op.rules is None:
        return [None] * len(tensor.inputs)
    flat = [0.0] * product(tensor.shape)
    flat[j] = g
    received = pull_back(tensor, like(nest(flat, tensor.shape), tensor.value))
    return [None if r is None else entries(r) for r in received]


def _tamed(tensor: Tensor) -> Tensor:
    """The same call of finite inputs: beside an infinity or nan, nan would mark too much."""
    broken = [not all(map(math.isfinite, entries(detached(x)))) for x in tensor.inputs]
    if tensor.op is None or not any(broken):
        return tensor
    inputs = (_finite(x) if bad else x for x, bad in zip(tensor.inputs, broken, strict=True))
    tame: Tensor = tensor.op(*inputs, **tensor.attrs)
    return tame


def _finite(x: Any) -> Any:
    value = detached(x)
    flat = [v if math.isfinite(v) else 0.5 for v in entries(value)]
    tame = like(nest(flat, shape(value)), value)
    return Tensor(tame) if type(x) is Tensor else tame


def _total(parts: Iterable[Number]) -> Number:
    found = [part for part in parts if part is not None]
    return sum(found) if found else None


def _entry_name(name: str | None, lengths: Shape, k: int) -> str | None:
    """What entry k of a tensor is called.

    >>> _entry_name("h[3]", (1, 2), 1), _entry_name("W", (2, 3), 5), _entry_name("loss", (), 0)
    ('h[3][1]', 'W[1,2]', 'loss')
    """
    if name is None or not lengths:
        return name
    own = lengths[1:] if len(lengths) > 1 and lengths[0] == 1 else lengths
    index = (k // stride % n for n, stride in zip(own, strides_of(own), strict=True))
    return f"{name}[{','.join(map(str, index))}]"
