"""Why the gradient shrinks: its fall between two steps, divided among the ops on the way.

    arrive   the state at which the gradient arrives
    depart   the state from which it comes, nearer to the loss
    gain     log10 of by how much an op changes the norm of what is pulled back through it
    walk     the gradient, followed from where it arrived to where it came from. At a node where
             several edges brought something back, each is taken with its share of the sum of their
             squared norms

Along any single path the gains of the ops, and of the nodes at which roads meet, add up to the
whole fall; so does their average over all walks, whatever ops a cell is made of. A chain, as in a
plain RNN, has one walk only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from ...arrays.namespace import entries, ones_like
from ...autograd import Tensor
from ...autograd.backprop import pull_back
from ..nodes import Graph
from ..tracing import Recorded
from .kinds import ACTIVATION, GATES, KINDS, RECURRENT, REST, kinds_of, weights_of
from .recurrent_gain import largest_singular_value

Parts = dict[str, float]  # kind -> log10 of a factor
SEED = -1  # no node's number: what brought dL/dL
STEEPEST = {"sigmoid": 0.25}  # the largest slope of an activation, where it is not 1
SATURATED = 0.1  # of its steepest slope: an activation that is flatter lets next to nothing back


class Followed(Protocol):
    """What is read of a Flow."""

    @property
    def graph(self) -> Graph: ...
    @property
    def nodes(self) -> tuple[float | None, ...]: ...
    @property
    def edges(self) -> tuple[float | None, ...]: ...
    @property
    def recorded(self) -> Recorded: ...
    @property
    def loss(self) -> int | str: ...


class Slope(NamedTuple):
    """The slope of an activation: of `op`, at step `t`, of one unit."""

    value: float
    op: str
    t: int
    unit: int


class Why(NamedTuple):
    """The fall of |dL/dpart| from `from_step` to `to_step`, in log10, and what took it.

    `parts` sum to `total`; `by_step[t]` is what step t took, and these sum to `parts`. The largest
    singular value of each of the `weights` is the most by which it can stretch what is pulled back
    through it.
    """

    part: str
    from_step: int
    to_step: int
    total: float
    parts: Parts
    by_step: dict[int, Parts]
    weights: tuple[str, ...]
    singular_values: dict[str, float]
    activations: tuple[str, ...]
    flattest: Slope | None

    @property
    def steps(self) -> int:
        """How many steps lie between."""
        return abs(self.from_step - self.to_step)

    def factor(self, kind: str | None = None) -> float:
        """By how much the norm changes per step back: in all, or by one kind of op."""
        fall = self.total if kind is None else self.parts[kind]
        return float(10 ** (fall / self.steps))

    def __str__(self) -> str:
        factors = {kind: self.factor(kind) for kind in KINDS}
        told = [
            f"{self._name(kind)} {'takes' if factor < 1 else 'gives'} ×{factor:.2g}"
            for kind, factor in factors.items()
            if f"{factor:.2g}" != "1"
        ]
        words = f"{self.part}: ×{self.factor():.2g} a step back"
        words += f"; of that {', '.join(told)}" if told else ""
        flat = self.flattest
        if flat and flat.value < SATURATED * STEEPEST.get(flat.op, 1.0):
            words += f"; at t={flat.t} unit {flat.unit} is saturated ({flat.op}' {flat.value:.1g})"
        return words

    def _name(self, kind: str) -> str:
        """What a kind of op is called here: by name where it is a single one."""
        weights, ops = self.weights, self.activations
        weight = weights[0] if len(weights) == 1 else "the product with the weights"
        return {
            ACTIVATION: f"{ops[0]}'" if len(ops) == 1 else "the slope of the activations",
            RECURRENT: weight + self._largest(),
            GATES: "the product with the gates",
            REST: "the rest, where roads part and meet,",
        }[kind]

    def _largest(self) -> str:
        """What the weights could do at most."""
        values = [f"{value:.2g}" for value in self.singular_values.values()]
        return f" (largest singular value {', '.join(values)})" if values else ""


def why(
    flow: Followed, part: str, from_step: int, to_step: int, singular_values: bool = True
) -> Why:
    """What took the gradient of a part of the state between two steps.

    The steps may be named in either order: the one nearer to the loss is where the gradient comes
    from. Most of the time goes into the singular values: without them there are none. ValueError
    where the gradient has no norm to compare: not reached, 0, or not finite.
    """
    steps = (step_number("why", flow.graph.states, part, t) for t in (from_step, to_step))
    numbered = {_state(flow, part, t): t for t in steps}
    if len(numbered) < 2:
        raise ValueError(f"why: needs two different steps, got step {from_step} alone")
    arrive, depart = sorted(numbered)
    way = _way(flow, arrive, numbered[depart])
    kinds = kinds_of(flow.recorded)
    by_step: dict[int, Parts] = {}
    for t, kind, gain in _gains(flow, arrive, depart, way, kinds):
        by_step.setdefault(t, dict.fromkeys(KINDS, 0.0))[kind] += gain
    nodes = [flow.recorded.order[i] for i in sorted(way - {arrive})]
    active = [node for node in nodes if kinds[node] == ACTIVATION]
    products = _products(flow, nodes)
    return Why(
        part,
        from_step=numbered[depart],
        to_step=numbered[arrive],
        total=_log(flow, arrive) - _log(flow, depart),
        parts={kind: sum(parts[kind] for parts in by_step.values()) for kind in KINDS},
        by_step=dict(sorted(by_step.items())),
        weights=tuple(products),
        singular_values=_singular_values(flow, way, products) if singular_values else {},
        activations=tuple(dict.fromkeys(node.op.name for node in active if node.op)),
        flattest=min((_flattest(flow, node) for node in active), default=None),
    )


def step_number(asked: str, states: Sequence[Mapping[str, Any]], part: str, t: int) -> int:
    """A step counted from 0; -1 is the last. ValueError where there is no such part of the state.

    >>> step_number("why", [{"h": 0}, {"h": 1}], "h", -1)
    1
    """
    if not hasattr(t, "__index__"):
        raise TypeError(f"{asked}: a step is a whole number, got {t!r}")
    if not -len(states) <= t < len(states) or part not in states[t]:
        raise ValueError(f"{asked}: there is no {part} at step {t}, of {len(states)} steps")
    return t % len(states)


def _state(flow: Followed, part: str, t: int) -> int:
    """The number of a part of the state, if its gradient has a norm to compare."""
    i = flow.graph.states[t][part]
    norm = flow.nodes[i]
    if not norm or not math.isfinite(norm):
        said = "not reached" if norm is None else f"{norm:g}"
        raise ValueError(f"why: the gradient of {part} at step {t} is {said}: choose another step")
    return i


def _way(flow: Followed, arrive: int, t: int) -> set[int]:
    """The nodes between a state and the states of step t, both included."""
    ahead, back = {arrive}, set(flow.graph.states[t].values())
    for edge in flow.graph.edges:  # sorted by head: what a node is made of comes before it
        if edge.tail in ahead:
            ahead.add(edge.head)
    for edge in reversed(flow.graph.edges):
        if edge.head in back:
            back.add(edge.tail)
    return ahead & back


def _gains(
    flow: Followed, arrive: int, depart: int, way: set[int], kinds: dict[Tensor, str]
) -> Iterator[tuple[int, str, float]]:
    """(step, kind, expected gain) of every op on the walk, and of every node where roads meet."""
    order, last = flow.recorded.order, _step(flow, depart, 0)
    brought = _brought(flow, way)
    chance = {arrive: 1.0}
    for node in sorted(way):
        here = chance.pop(node, 0.0)
        total = math.hypot(*(norm for _, norm in brought[node]))
        for head, norm in brought[node] if here and node != depart else ():
            weight = here * (norm / total) ** 2
            t = _step(flow, head, last) if head in way else last
            if head in way:
                chance[head] = chance.get(head, 0.0) + weight
                own = math.log10(norm) - _log(flow, head)
                yield t, kinds[order[head]], weight * own
                yield t, REST, weight * (_log(flow, node) - math.log10(norm))
            else:  # it came from elsewhere: another part of the state, a loss of this step
                yield t, REST, weight * (_log(flow, node) - _log(flow, depart))


def _brought(flow: Followed, way: set[int]) -> dict[int, list[tuple[int, float]]]:
    """For every node of the way: (head, norm) of the edges that brought something back."""
    brought: dict[int, list[tuple[int, float]]] = {i: [] for i in way}
    for edge, norm in zip(flow.graph.edges, flow.edges, strict=True):
        if edge.tail in way and norm:
            brought[edge.tail].append((edge.head, norm))
    losses = flow.graph.losses
    for i in losses if flow.loss == "sum" else [losses[int(flow.loss)]]:
        if i in way:
            brought[i].append((SEED, 1.0))  # dL/dL
    return brought


def _log(flow: Followed, i: int) -> float:
    return math.log10(flow.nodes[i] or math.nan)


def _products(flow: Followed, nodes: list[Tensor]) -> dict[str, Tensor]:
    """The last product with every recurrent weight, by the weight's name."""
    return {
        weight.name or "the recurrent weight": node
        for node in nodes
        for weight in weights_of(node, flow.recorded)
    }


def _singular_values(
    flow: Followed, way: set[int], products: dict[str, Tensor]
) -> dict[str, float]:
    tensors = {flow.recorded.order[i] for i in way}
    states = {part for parts in flow.recorded.states for part in parts.values()}
    return {
        name: largest_singular_value(product, tensors, states)
        for name, product in products.items()
    }


def _flattest(flow: Followed, node: Tensor) -> Slope:
    """The smallest slope of an activation, over batch and units."""
    pulled = next(g for g in pull_back(node, ones_like(node.value)) if g is not None)
    slopes = [abs(slope) for slope in entries(pulled)]
    least = min(slopes)
    units = node.shape[-1] if node.shape else 1
    name = node.op.name if node.op else ""
    t = _step(flow, flow.recorded.number[node], -1)
    return Slope(least, name, t, slopes.index(least) % units)


def _step(flow: Followed, i: int, otherwise: int) -> int:
    """The step of a node that belongs to a single one."""
    t = flow.graph.nodes[i].step
    return t if isinstance(t, int) else otherwise
