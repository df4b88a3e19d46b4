"""Where the gradient goes: its norm along every edge, into every node, per step, of one loss.

    lag      how many steps before the loss, back in the time of the computation
    norm     the Euclidean norm of a gradient, over batch and units
    share    the part of a node's gradient that came back through one step. The shares of a shared
             weight, as arrays, sum to its gradient; their norms do not add up
    factor   by how much the norm changes per step back, fitted: log10(norm) against lag
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any, NamedTuple

from ..arrays.namespace import norm
from ..autograd import Tensor
from ..autograd.backprop import backpropagate, gradients, pull_back
from .lags import fitted_factor, reach_of, relative, start_of, steps_back
from .nodes import Edge, Graph
from .plots import plot_flow
from .steps import SHARED, Step
from .tracing import Losses, Recorded, record, to_graph
from .why.reasons import Why, why
from .why.roads import Road, straight_road

Shares = dict[Step, Any]  # step -> the part of a gradient that came back through it


class Flow(NamedTuple):
    """The gradient of one loss, as norms: of nodes[i], edges[i] of `graph`; None: not reached.

    `gradients[i]` is that of node i itself. `shares[i]` are those of node i, for shared nodes and
    for states: {step: array}. `recorded` are the Tensors that it was computed from.
    """

    graph: Graph
    loss: int | str
    nodes: tuple[float | None, ...]
    edges: tuple[float | None, ...]
    gradients: tuple[Any, ...]
    shares: Mapping[int, Shares]
    recorded: Recorded

    @property
    def state_names(self) -> list[str]:
        """The parts of the state, in the order of the cell: h, c."""
        return list(dict.fromkeys(name for parts in self.graph.states for name in parts))

    @property
    def loss_step(self) -> int | None:
        """The step of the loss that is followed; None where it has no single one."""
        return self.graph.step_of_loss(self.loss)

    def norms(self, name: str | None = None) -> list[float | None]:
        """The gradient's norm at a part of the state (the first, h, by default), for every step."""
        part = self._part(name)
        return [self.nodes[s[part]] if part in s else None for s in self.graph.states]

    def lag0(self, name: str | None = None) -> int:
        """The step of the last state before the loss. ValueError where it reaches none."""
        start = start_of(self.norms(name), self.loss_step)
        if start is None:
            raise ValueError(f"flow: the loss does not depend on any state {self._part(name)}")
        return start

    def steps_back(self, name: str | None = None) -> list[int]:
        """The steps from lag 0 on, back in the time of the computation."""
        return steps_back(self.norms(name), self.lag0(name))

    def by_lag(self, name: str | None = None) -> list[float | None]:
        """The norms from lag 0 on."""
        norms = self.norms(name)
        return [norms[t] for t in self.steps_back(name)]

    def ratios(self, name: str | None = None) -> list[float | None]:
        """Each step's norm relative to lag 0; nan where the norm at lag 0 is 0."""
        self.lag0(name)
        return relative(self.norms(name), self.loss_step)

    def unit(self, normalise: str | None = "lag0") -> float:
        """The norm that counts as 1: "lag0": the largest among the parts of the last state before
        the loss; None: 1. ValueError for another word.
        """
        check_unit(normalise)
        found = ([self.nodes[i] for i in parts.values()] for parts in self.graph.states)
        largest = [max((v for v in norms if v is not None), default=None) for norms in found]
        start = start_of(largest, self.loss_step) if normalise else None
        return 1.0 if start is None else largest[start] or 1.0

    def factor(self, name: str | None = None) -> float:
        """By how much the norm changes per step back: fitted, see `lags.fitted_factor`."""
        return fitted_factor(self.by_lag(name))

    def reach(self, floor: float = 1e-3, name: str | None = None) -> int:
        """How many steps back the norm stays at `floor` or more of that at lag 0."""
        return reach_of(self.by_lag(name), floor)

    def table(
        self, name: str | None = None, normalise: str | None = None
    ) -> list[list[float | None]]:
        """The norm at a part of the state (h by default): row τ of loss τ, column t of step t.

        None where a loss does not reach. `normalise` "lag0": each row relative to the last state
        before its loss. One walk back for every loss.
        """
        check_unit(normalise)
        part = self._part(name)
        states = [parts.get(part) for parts in self.recorded.states]
        found = (gradients(loss) for loss in self.recorded.losses)
        rows = [[norm(row[s]) if s in row else None for s in states] for row in found]
        steps = map(self.graph.step_of_loss, range(len(rows)))
        return list(map(relative, rows, steps)) if normalise else rows

    def why(
        self,
        from_step: int | None = None,
        to_step: int | None = None,
        name: str | None = None,
        singular_values: bool = True,
    ) -> Why:
        """What took the gradient between two steps (lag 0 and the last that it reaches):
        activations, the recurrent weight, gates, or the rest; in log10, and as text in words.
        """
        start, end = self._ends(name, from_step, to_step)
        return why(self, self._part(name), start, end, singular_values)

    def road(
        self, from_step: int | None = None, to_step: int | None = None, name: str | None = None
    ) -> Road:
        """How much of ∂state[from_step]/∂state[to_step] goes straight, without an activation or a
        weight on the way: of c where there is one, else of the first part.
        """
        part = "c" if name is None and "c" in self.state_names else self._part(name)
        return straight_road(self.recorded, part, *self._ends(part, from_step, to_step))

    def plot(self, ax: Any = None, name: str | None = None) -> Any:
        """Norm against lag, on a logarithmic axis; returns the Axes. Needs matplotlib."""
        return plot_flow(self, ax, name)

    def to_dict(self) -> dict[str, Any]:
        """The graph's JSON as data, with the norms of its nodes and edges under "flow"."""
        norms = {"loss": self.loss, "nodes": self.nodes, "edges": self.edges}
        return self.graph.to_dict() | {"flow": norms}

    def share_norms(self, node: int) -> list[float]:
        """The norm of a node's share for every step; 0 where nothing came back through it."""
        shares = self.shares[node]
        return [norm(shares[t]) if t in shares else 0.0 for t in range(len(self.graph.states))]

    def find(self, name: str) -> int:
        """The number of the node with this name. ValueError for none or several."""
        found = [node.id for node in self.graph.nodes if node.name == name]
        if len(found) != 1:
            advice = "give each its own name" if found else "a weight's name is its Tensor's"
            raise ValueError(f"{len(found) or 'no'} nodes are named {name!r}: {advice}")
        return found[0]

    def _ends(self, name: str | None, start: int | None, end: int | None) -> tuple[int, int]:
        """Two steps as given; else lag 0, and the last step back that hears of the loss."""
        back, norms = self.steps_back(name), self.norms(name)
        heard = [t for t in back if norms[t]] or back
        return heard[0] if start is None else start, heard[-1] if end is None else end

    def _part(self, name: str | None) -> str:
        if name is None and self.state_names:
            return self.state_names[0]
        if not self.state_names:
            raise ValueError("flow: this graph has no states: pass states=")
        if name not in self.state_names:
            known = ", ".join(self.state_names)
            raise ValueError(f"flow: no part of the state is called {name}; there is {known}")
        return name


def flow(
    losses: Losses, states: Sequence[Any] | None = None, loss: int | str = -1
) -> Flow:
    """The gradient of one loss through the whole graph, by one backward pass.

    `losses` and `states` as for `trace`; `loss` is an index, or "sum". The sum of all losses looks
    flat even where the gradient of each of them vanishes: so one loss is the default.
    """
    return flow_of(record(losses, states), loss)


def flow_of(recorded: Recorded, loss: int | str = -1, graph: Graph | None = None) -> Flow:
    """The flow through a graph that has been recorded, and maybe traced already."""
    found: dict[Tensor, Any] = {}
    edges: dict[Edge, float] = {}
    splits: dict[Tensor, Shares] = {node: {} for node in recorded.order if _splits(recorded, node)}
    for node, g, pulled in backpropagate(chosen(recorded.losses, loss)):
        if node in recorded.number:  # all but the additions that "sum" makes
            found[node] = g
            for position, received in enumerate(pulled):
                if received is not None:
                    edges[_edge(recorded, node, position)] = norm(received)
            _split(recorded, splits, node, pulled)
    graph = graph or to_graph(recorded)
    return Flow(
        graph=graph,
        loss=loss,
        nodes=tuple(norm(found[x]) if x in found else None for x in recorded.order),
        edges=tuple(edges.get(edge) for edge in graph.edges),
        gradients=tuple(found.get(node) for node in recorded.order),
        shares={recorded.number[node]: shares for node, shares in splits.items()},
        recorded=recorded,
    )


def check_unit(normalise: str | None) -> None:
    """ValueError for what a norm cannot be relative to."""
    if normalise not in ("lag0", None):
        raise ValueError(f'normalise is "lag0" or None, got {normalise!r}')


def chosen(losses: list[Tensor], loss: int | str) -> Tensor:
    """The loss to differentiate."""
    if loss == "sum":
        total: Tensor = reduce(add, losses)
        return total
    number = -len(losses) - 1 if isinstance(loss, (bool, str)) else loss
    if not hasattr(number, "__index__") or not -len(losses) <= number < len(losses):
        raise ValueError(f'loss is "sum" or an index of the {len(losses)} losses, got {loss!r}')
    return losses[number]


def _splits(recorded: Recorded, node: Tensor) -> bool:
    """Whether a node's gradient is kept step by step: it is shared, or a part of a state."""
    t = recorded.steps[node]
    is_state = isinstance(t, int) and t < len(recorded.states) and any(
        node is part for part in recorded.states[t].values()
    )
    return t == SHARED or is_state


def _split(
    recorded: Recorded, splits: dict[Tensor, Shares], node: Tensor, pulled: list[Any]
) -> None:
    """Enter what a node sent back under its step; a shared node's under the steps of its shares.

    A rule is linear in g: pulling its shares back one by one gives those of its inputs.
    """
    t = recorded.steps[node]
    sent = {t: pulled}
    if t == SHARED and any(x in splits for x in node.inputs if type(x) is Tensor):
        sent = {step: pull_back(node, g) for step, g in splits[node].items()}
    for step, parts in sent.items():
        for x, part in zip(node.inputs, parts, strict=False):
            if part is not None and x in splits:
                shares = splits[x]
                shares[step] = shares[step] + part if step in shares else part


def _edge(recorded: Recorded, head: Tensor, position: int) -> Edge:
    return Edge(recorded.number[head.inputs[position]], recorded.number[head], position)
