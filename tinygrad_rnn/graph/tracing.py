"""trace: what happened, as data. Tensors become a Graph of numbered nodes and edges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..arrays.namespace import shape
from ..autograd import Tensor
from ..autograd.backprop import backward_order
from .names import named_states
from .nodes import Edge, Graph, Node
from .source_lines import Where, source_of
from .steps import Places, States, given_states, layers_of, steps_of

Losses = Tensor | Sequence[Tensor]


class Recorded(NamedTuple):
    """What `trace` reads, with the Tensors: for `flow`, which differentiates them."""

    order: list[Tensor]
    losses: list[Tensor]
    states: States
    steps: Places
    layers: Places
    number: dict[Tensor, int]


def trace(
    losses: Losses, states: Sequence[Any] | None = None, *, sources: Where | None = None
) -> Graph:
    """The Graph of everything that the losses depend on.

    `losses` is a Tensor or a sequence of them, one a step; `states` as in Unrolled.states, or None
    to go by the names h[t], c[t] that `unroll` gave. With what `graph.sources()` noted, a node says
    where it was made: "train.py:12". TypeError for a loss that is no Tensor.

    >>> x = Tensor(2.0, name="x")
    >>> [node.op for node in trace(x * x + 1.0).nodes]
    [None, 'multiply', 'add']
    """
    return to_graph(record(losses, states), sources)


def record(losses: Losses, states: Sequence[Any] | None = None) -> Recorded:
    """The Tensors of a graph, in topological order, with their numbers and steps."""
    roots = _checked(losses)
    order = backward_order(roots)[::-1]
    number = {node: i for i, node in enumerate(order)}
    found = named_states(order, roots) if states is None else given_states(states)
    inside = [{name: s for name, s in parts.items() if s in number} for parts in found]
    return Recorded(
        order, roots, inside, steps_of(order, inside), layers_of(order, inside), number
    )


def to_graph(recorded: Recorded, sources: Where | None = None) -> Graph:
    """The Tensors' plain, frozen picture."""
    number = recorded.number
    edges = [
        Edge(number[x], i, position)
        for i, node in enumerate(recorded.order)
        for position, x in enumerate(node.inputs)
        if type(x) is Tensor
    ]
    return Graph(
        nodes=tuple(_node(recorded, i, sources or {}) for i in range(len(recorded.order))),
        edges=tuple(edges),
        losses=tuple(number[loss] for loss in recorded.losses),
        states=tuple({k: number[s] for k, s in parts.items()} for parts in recorded.states),
    )


def _node(recorded: Recorded, i: int, sources: Where) -> Node:
    tensor = recorded.order[i]
    return Node(
        id=i,
        op=tensor.op.name if tensor.op else None,
        attrs={name: _plain(attr) for name, attr in tensor.attrs.items()},
        shape=tensor.shape,
        name=tensor.name,
        step=recorded.steps[tensor],
        source=source_of(tensor, sources),
        layer=recorded.layers[tensor],
        constants={
            position: shape(x) or float(x)
            for position, x in enumerate(tensor.inputs)
            if type(x) is not Tensor
        },
    )


def _plain(attr: Any) -> Any:
    """An attribute as JSON can hold it."""
    if attr is None or isinstance(attr, (bool, int, float, str)):
        return attr
    if isinstance(attr, (list, tuple)):
        return [_plain(item) for item in attr]
    return attr.tolist() if hasattr(attr, "tolist") else repr(attr)


def losses_and_states(given: Any) -> tuple[Any, Any]:
    """What stands for one network of several: (losses, states), or losses alone."""
    pair = isinstance(given, tuple) and len(given) == 2 and not isinstance(given[1], Tensor)
    return given if pair else (given, None)


def _checked(losses: Losses) -> list[Tensor]:
    """The losses, one or several."""
    roots = [losses] if isinstance(losses, Tensor) or not isinstance(losses, Iterable) else losses
    found = list(roots)
    for loss in found:
        if type(loss) is not Tensor:
            plain = loss is losses or type(losses) in (list, tuple)
            whole = "" if plain else f" in a {type(losses).__name__}"
            raise TypeError(f"a loss is a Tensor, got {type(loss).__name__}{whole}: {loss!r:.40}")
    if not found:
        raise ValueError("needs at least one loss, got none: pass a Tensor, or one for each step")
    return found
