"""The ops of one step as a small graph in layers: where each is placed, and which norm it shows.

    slot    where the norm of a node or a line is found in a flow. Steps of one kind share a plan,
            and differ in what their slots point to
    L, y    one node for all that is read out of the state: for a loss of this step, or a later one
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...autograd.naming import split_number
from ..gradient_flow import Flow
from ..nodes import Graph, Node
from ..steps import SHARED
from ..views.columns import Norm, share, together
from ..views.labels import gate_letters, symbol
from ..views.layers import Place, arrange
from ..wording import clean

LONGEST = 24


class Slot(NamedTuple):
    """The norm of "node" `ids[0]`, of its "share" through step t, of "edges" `ids` together, or of
    the "loss" among `ids` that is followed: dL/dL = 1; of another one, what comes to them at most.
    """

    kind: str
    ids: tuple[int, ...]
    t: int = 0

    def norm(self, flow: Flow) -> Norm:
        """The norm in a flow; None: no gradient came by."""
        if self.kind == "node":
            return flow.nodes[self.ids[0]]
        if self.kind == "share":
            return share(flow, self.ids[0], self.t)
        if self.kind == "loss":
            return _norm_at_losses(flow, self.ids)
        return together(flow.edges[i] for i in self.ids)


class Line(NamedTuple):
    """An edge from node `tail` to node `head`, past `bends`; its norm is in slot number `slot`."""

    tail: int
    head: int
    slot: int
    bends: tuple[Place, ...]


class Plan(NamedTuple):
    """The nodes of a step, with the slot of each at the same position; and the lines."""

    labels: tuple[str, ...]
    places: tuple[Place, ...]
    lines: tuple[Line, ...]


def _norm_at_losses(flow: Flow, ids: tuple[int, ...]) -> Norm:
    if isinstance(flow.loss, int) and flow.graph.losses[flow.loss] in ids:
        return 1.0
    return max((value for i in ids if (value := flow.nodes[i]) is not None), default=None)


Joined = tuple[int, int, Slot | None]  # tail, head; None: the norm is that of the tail


class Wires(NamedTuple):
    """A graph, the numbers of the edges into and out of every node, the letters of the gates."""

    graph: Graph
    into: list[list[int]]
    out: list[list[int]]
    gates: dict[int, str]

    def inputs(self, i: int) -> list[Node]:
        """What node i is computed from."""
        return [self.graph.nodes[self.graph.edges[k].tail] for k in self.into[i]]


def plan_steps(graph: Graph, steps: Iterable[int]) -> Iterator[tuple[Plan, list[Slot]]]:
    """For each step the plan of the ops from the state before it, and its input, to its state."""
    wires = Wires(graph, [[] for _ in graph.nodes], [[] for _ in graph.nodes], gate_letters(graph))
    for k, edge in enumerate(graph.edges):
        wires.into[edge.head].append(k)
        wires.out[edge.tail].append(k)
    states = {i: (name, t) for t, s in enumerate(graph.states) for name, i in s.items()}
    for t in steps:
        yield _plan_step(wires, t, states)


def _plan_step(
    wires: Wires, t: int, states: dict[int, tuple[str, int]]
) -> tuple[Plan, list[Slot]]:
    edges, inner = wires.graph.edges, sorted(_inner(wires, t))
    known = states.keys() | set(inner)
    entering = [k for i in inner for k in wires.into[i] if edges[k].tail in known]
    before = sorted({edges[k].tail for k in entering} - set(inner))
    labels = [_elsewhere(*states[i], t) for i in before]
    labels += [_label(wires, i, states.get(i, ("", t))[0]) for i in inner]
    slots = [Slot("share", (i,), t) for i in before] + [Slot("node", (i,)) for i in inner]
    number = {i: position for position, i in enumerate([*before, *inner])}
    joined: list[Joined] = []
    for k in entering:
        tail, head, _ = edges[k]
        rivals = wires.out[tail] if tail in inner else set(wires.out[tail]) & set(entering)
        own = None if len(rivals) == 1 else Slot("edges", (k,))
        joined.append((number[tail], number[head], own))
    for label, slot, ends in _read_out(wires, t, number):
        labels.append(label)
        slots.append(slot)
        joined += ends
    return _placed(labels, slots, joined)


def _read_out(
    wires: Wires, t: int, number: dict[int, int]
) -> Iterator[tuple[str, Slot, list[Joined]]]:
    """One more node, where something is read out of the state of step t; and the lines to it."""
    graph = wires.graph
    out: dict[int, tuple[int, ...]] = {
        i: tuple(k for k in wires.out[i] if _leads_out(graph, k, t, number))
        for i in graph.states[t].values()
    }
    to = len(number)
    ends: list[Joined] = [(number[i], to, Slot("edges", ks)) for i, ks in out.items() if ks]
    losses = [i for i in graph.losses if graph.nodes[i].step == t and i not in number]
    if ends and losses:
        yield "L", Slot("loss", tuple(losses)), ends
    elif ends:
        yield "y", Slot("edges", tuple(k for ks in out.values() for k in ks)), ends


def _leads_out(graph: Graph, k: int, t: int, number: dict[int, int]) -> bool:
    head = graph.edges[k].head
    return head not in number and graph.nodes[head].step == t


def _placed(labels: list[str], slots: list[Slot], joined: list[Joined]) -> tuple[Plan, list[Slot]]:
    """The plan; a line without a slot of its own has that of its tail."""
    places, bends = arrange(len(labels), tuple((tail, head) for tail, head, _ in joined))
    lines = []
    for (tail, head, slot), past in zip(joined, bends, strict=True):
        lines.append(Line(tail, head, len(slots) if slot else tail, past))
        slots += [slot] if slot else []
    return Plan(tuple(labels), places, tuple(lines)), slots


def _inner(wires: Wires, t: int) -> set[int]:
    """The nodes of step t that lead to its state."""
    inner = set(wires.graph.states[t].values())
    waiting = list(inner)
    while waiting:
        for node in wires.inputs(waiting.pop()):
            if node.step == t and node.id not in inner:
                inner.add(node.id)
                waiting.append(node.id)
    return inner


def _label(wires: Wires, i: int, part: str) -> str:
    """What a node computes: "σ f", "W_f·"; for a part of the state "h = tanh"; a leaf's name."""
    node = wires.graph.nodes[i]
    found = split_number(node.name)
    name = part or (found[0] if found else node.name or "")
    if node.op is None or (found and not part):
        return clean(name or "·", LONGEST)
    sign = _sign(wires, node)
    return clean(f"{name} = {sign}" if name else sign, LONGEST)


def _sign(wires: Wires, node: Node) -> str:
    sign, weight = symbol(node.op), _weight(wires, node)
    if weight:
        return f"{weight}·" if node.op == "linear" else f"{sign} {weight}"
    for position, value in node.constants.items():
        if isinstance(value, float):
            return f"{sign} {value:g}" if position else f"{value:g} {sign}"
    return f"{sign} {wires.gates.get(node.id, '')}".strip()


def _weight(wires: Wires, node: Node) -> str:
    """The name of the first shared leaf that an op takes: W_f of "cell.W_f"."""
    leaves = (x for x in wires.inputs(node.id) if x.op is None and x.step == SHARED)
    return next((x.name.rpartition(".")[2] for x in leaves if x.name), "")


def _elsewhere(part: str, own: int, t: int) -> str:
    """The part of the state of another step: h[t−1]."""
    return f"{clean(part, LONGEST)}[t{'−' if own < t else '+'}{abs(own - t)}]"
