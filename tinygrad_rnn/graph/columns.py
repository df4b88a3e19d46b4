"""What a picture of steps shows: a Flow read column by column, a column a step.

Plain, frozen data between the flow and its drawings; norms are relative or absolute as asked, and
rounded to two digits, so that a picture never depends on the last bits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..arrays.namespace import norm
from ..autograd.naming import is_input, split_number
from .gradient_flow import Flow
from .steps import SHARED, Step
from .tracing import Node

Norm = float | None  # None: no gradient came by


class Column(NamedTuple):
    """One step: norms at the parts of its state and along the edges that meet there."""

    states: dict[str, Norm]  # into the state after this step
    carried: dict[str, Norm]  # back along the edge to the state before
    readout: Norm  # into the state, from what is read out of it at this step
    weights: Norm  # this step's share of the gradient of the cell's weights
    input: Norm
    output: str  # "L": a loss of this step; "y": what is read out for a later one; "": nothing


class Network(NamedTuple):
    """A network in a picture: its name, its columns, the column of the loss, the unit of norms."""

    name: str
    columns: list[Column]
    loss_step: int | None  # None: of no single step
    rail: str  # what the weights are called
    unit: float  # the norm that counts as 1

    def norms(self) -> Iterator[Norm]:
        """Every norm that the picture shows."""
        for column in self.columns:
            yield from column.states.values()
            yield from column.carried.values()
            yield from (column.readout, column.weights, column.input)


def network(
    name: str, flow: Flow, normalise: str | None = "lag0", rails: str | list[str] = "cell"
) -> Network:
    """The columns of a flow. `normalise` "lag0": relative to the last state that is reached, to the
    largest norm among its parts; None: absolute.

    `rails` "cell": the shares of all the cell's weights together; or the names of some.
    """
    unit = flow.unit(normalise)
    inside = _feeding_states(flow)
    rail, parameters = _rail(flow, inside, rails)
    inputs, readouts = _inputs(flow), _readouts(flow, inside)
    losses = {flow.graph.nodes[i].step for i in flow.graph.losses}
    columns = []
    for t, states in enumerate(flow.graph.states):
        before = flow.graph.states[t - 1] if t else _initial(flow)
        column = Column(
            states={part: flow.nodes[i] for part, i in states.items()},
            carried={part: _share(flow, i, t) for part, i in before.items()},
            readout=_together(readouts.get(t, [])),
            weights=_together(_share(flow, i, t) for i in parameters),
            input=_together(inputs.get(t, [])),
            output="L" if t in losses else "y" if t in readouts else "",
        )
        columns.append(_relative(column, unit))
    return Network(name, columns, _loss_step(flow), rail, unit)


def _feeding_states(flow: Flow) -> set[int]:
    """The nodes from which a state is computed, without passing through an input x[t]."""
    states = {i for parts in flow.graph.states for i in parts.values()}
    inputs = {n.id for n in flow.graph.nodes if n.id not in states and _is_input(flow, n)}
    feeding = set(states)
    for edge in reversed(flow.graph.edges):  # sorted by head: what uses a node comes before it
        if edge.head in feeding and edge.tail not in inputs:
            feeding.add(edge.tail)
    return feeding


def _rail(flow: Flow, inside: set[int], rails: str | list[str]) -> tuple[str, list[int]]:
    """What the rail of weights is called, and the parameters whose shares it shows."""
    if rails != "cell":
        names = [rails] if isinstance(rails, str) else rails
        return ", ".join(names), [flow.find(name) for name in names]
    starts, leaves = _initial(flow).values(), (n for n in flow.graph.nodes if n.op is None)
    found = [n for n in leaves if n.id in inside and n.id not in starts and _is_weight(flow, n)]
    if len(found) == 1:
        return found[0].name or "weight", [found[0].id]
    return "weights" if found else "", [node.id for node in found]


def _is_weight(flow: Flow, node: Node) -> bool:
    """A leaf that several steps share; of a single step, any leaf that is no input."""
    return node.step == SHARED or (len(flow.graph.states) == 1 and not _is_input(flow, node))


def _is_input(flow: Flow, node: Node) -> bool:
    """Whether a node is named x[3]; or, of several steps, is a nameless leaf of a single one."""
    found = split_number(node.name)
    if found:
        return is_input(found[0])
    nameless = node.op is None and node.name is None and isinstance(node.step, int)
    return nameless and len(flow.graph.states) > 1


def _initial(flow: Flow) -> dict[str, int]:
    """The state before the first step, where it is a Tensor: h[-1] or h0, or carried, h[9]."""
    states = flow.graph.states[0]
    ids = {i for parts in flow.graph.states for i in parts.values()}
    found: dict[str, int] = {}
    for node in flow.graph.nodes:  # the last one is the nearest
        base = split_number(node.name) or (node.name.removesuffix("0") if node.name else "", 0)
        if base[0] in states and node.step == 0 and node.id not in ids:
            found[base[0]] = node.id
    return found


def _inputs(flow: Flow) -> dict[Step, list[Norm]]:
    """For every step the norms at its inputs; no entry where they are plain data."""
    states = {i for parts in flow.graph.states for i in parts.values()}
    found: dict[Step, list[Norm]] = {}
    for node in flow.graph.nodes:
        if _is_input(flow, node) and node.id not in states:
            found.setdefault(node.step, []).append(flow.nodes[node.id])
    return found


def _readouts(flow: Flow, inside: set[int]) -> dict[Step, list[Norm]]:
    """For every step what came back into its state from nodes that lead to no state."""
    step_of = {i: t for t, parts in enumerate(flow.graph.states) for i in parts.values()}
    found: dict[Step, list[Norm]] = {}
    for edge, received in zip(flow.graph.edges, flow.edges, strict=True):
        if edge.tail in step_of and edge.head not in inside:
            found.setdefault(step_of[edge.tail], []).append(received)
    losses = flow.graph.losses
    for i in step_of.keys() & set(losses):  # a loss that is itself a part of a state: dL/dL = 1
        followed = flow.loss == "sum" or (isinstance(flow.loss, int) and i == losses[flow.loss])
        found.setdefault(step_of[i], []).append(1.0 if followed else None)
    return found


def _share(flow: Flow, i: int, t: int) -> Norm:
    """What came back to node i through step t."""
    if i in flow.shares:
        return norm(flow.shares[i][t]) if t in flow.shares[i] else None
    return flow.nodes[i] if flow.graph.nodes[i].step == t else None


def _together(norms: Iterable[Norm]) -> Norm:
    """The norm of several gradients side by side."""
    found = [value for value in norms if value is not None]
    return math.hypot(*found) if found else None


def _relative(column: Column, unit: float) -> Column:
    """The column with its norms relative to the unit, to two significant digits."""

    def shown(value: Norm) -> Norm:
        return None if value is None else float(f"{value / unit:.1e}")

    return column._replace(
        states={part: shown(value) for part, value in column.states.items()},
        carried={part: shown(value) for part, value in column.carried.items()},
        readout=shown(column.readout),
        weights=shown(column.weights),
        input=shown(column.input),
    )


def _loss_step(flow: Flow) -> int | None:
    if not isinstance(flow.loss, int):
        return None
    step = flow.graph.nodes[flow.graph.losses[flow.loss]].step
    return step if isinstance(step, int) else None
