"""What a picture of steps shows: a Flow read column by column, a column a step.

Plain, frozen data between the flow and its drawings; norms are relative or absolute as asked, and
rounded to two digits, so that a picture never depends on the last bits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ...arrays.namespace import norm, shape
from ..gradient_flow import Flow
from ..nodes import Graph
from ..steps import Step
from ..wording import number
from .roles import Roles, roles_of
from .summary import check_show, said, shape_said, statistics

Norm = float | None  # None: no gradient came by


class Column(NamedTuple):
    """One step: norms at the parts of its state and along the edges that meet there."""

    states: dict[str, Norm]  # into the state after this step
    carried: dict[str, Norm]  # back along the edge to the state before
    readout: Norm  # into the state, from what is read out of it at this step
    weights: Norm  # this step's share of the gradient of the cell's weights
    input: Norm
    output: str  # "L": a loss of this step; "y": what is read out for a later one; "": nothing
    skipped: dict[tuple[str, int], Norm] = {}  # back to states of other steps: part, step
    texts: dict[str, str] = {}  # what stands in the box of a part, after its name
    details: dict[str, str] = {}  # what its tooltip says
    reads: bool = True  # whether anything enters but the state before: an input, a plain value


class Network(NamedTuple):
    """A network in a picture: its name, its columns, the column of the loss, the unit of norms.

    The parts in `backward` run from the last step to the first: the state "before" step t is that
    of step t+1, the initial one stands at the right end.
    """

    name: str
    columns: list[Column]
    loss_step: int | None  # None: of no single step
    rail: str  # what the weights are called
    unit: float  # the norm that counts as 1
    backward: frozenset[str] = frozenset()

    @property
    def parts(self) -> list[str]:
        """The parts of the state of all steps, in the order of the cell: h, c."""
        return list(dict.fromkeys(part for column in self.columns for part in column.states))

    def norms(self) -> Iterator[Norm]:
        """Every norm that the picture shows."""
        for column in self.columns:
            yield from column.states.values()
            yield from column.carried.values()
            yield from column.skipped.values()
            yield from (column.readout, column.weights, column.input)


def network(
    name: str,
    flow: Flow,
    normalise: str | None = "lag0",
    rails: str | list[str] = "cell",
    show: str | None = None,
) -> Network:
    """The columns of a flow. `normalise` "lag0": relative to the last state before the loss, to the
    largest norm among its parts; None: absolute.

    `rails` "cell": the shares of all the cell's weights together; or the names of some. `show` says
    what stands in a box: "grad" (or None) the norm of the gradient, "value" mean ± standard
    deviation of the value, "both", "shape". ValueError for another word.
    """
    check_show(show)
    unit = flow.unit(normalise)
    roles = roles_of(flow.graph)
    rail, weights = _rail(flow, roles, rails)
    readouts, skips = _readouts(flow, roles), _skips(flow, roles)
    inputs: dict[Step, list[Norm]] = {}
    for i in roles.inputs:
        inputs.setdefault(flow.graph.nodes[i].step, []).append(flow.nodes[i])
    plain = {flow.graph.nodes[i].step for i in roles.feeding if flow.graph.nodes[i].constants}
    losses = {flow.graph.nodes[i].step for i in flow.graph.losses}
    columns = []
    for t, states in enumerate(flow.graph.states):
        before = _before(flow.graph, roles, t)
        column = Column(
            states={part: flow.nodes[i] for part, i in states.items()},
            carried={part: share(flow, i, t) for part, i in before.items()},
            readout=together(readouts.get(t, [])),
            weights=together(share(flow, i, t) for i in weights),
            input=together(inputs.get(t, [])),
            reads=t in inputs or t in plain,
            output="L" if t in losses else "y" if t in readouts else "",
            skipped=skips.get(t, {}),
        )
        values = {part: flow.recorded.order[i].value for part, i in states.items()}
        columns.append(_worded(_relative(column, unit), values, show or "grad"))
    return Network(name, columns, flow.loss_step, rail, unit, roles.backward)


def _rail(flow: Flow, roles: Roles, rails: str | list[str]) -> tuple[str, list[int]]:
    """What the rail of weights is called, and the parameters whose shares it shows."""
    if rails != "cell":
        names = [rails] if isinstance(rails, str) else rails
        return ", ".join(names), [flow.find(name) for name in names]
    if len(roles.weights) == 1:
        return flow.graph.nodes[roles.weights[0]].name or "weight", roles.weights
    return "weights" if roles.weights else "", roles.weights


def _before(graph: Graph, roles: Roles, t: int) -> dict[str, int]:
    """The state that step t goes on from: of each part the step to its left or to its right."""
    earlier = graph.states[t - 1] if t else roles.initial
    later = graph.states[t + 1] if t + 1 < len(graph.states) else roles.initial
    forward = {part: i for part, i in earlier.items() if part not in roles.backward}
    return forward | {part: i for part, i in later.items() if part in roles.backward}


def _skips(flow: Flow, roles: Roles) -> dict[Step, dict[tuple[str, int], Norm]]:
    """For every step what it sends back to states neither its own nor those that it goes on from.

    Of the same layer: a layer above another may read any step of it.
    """
    nodes, states = flow.graph.nodes, flow.graph.states
    layers = [{nodes[i].layer for i in parts.values()} for parts in states]
    found: dict[Step, dict[tuple[str, int], Norm]] = {}
    for s, parts in enumerate(states):
        for part, i in parts.items():
            near = {s, s - 1 if part in roles.backward else s + 1}
            for t, sent in flow.shares[i].items():
                if isinstance(t, int) and t not in near and nodes[i].layer in layers[t]:
                    found.setdefault(t, {})[part, s] = norm(sent)
    return found


def _readouts(flow: Flow, roles: Roles) -> dict[Step, list[Norm]]:
    """For every step what came back into its state from nodes that lead to no state."""
    step_of = roles.step_of
    found: dict[Step, list[Norm]] = {}
    for edge, received in zip(flow.graph.edges, flow.edges, strict=True):
        if edge.tail in step_of and edge.head not in roles.feeding:
            found.setdefault(step_of[edge.tail], []).append(received)
    losses = flow.graph.losses
    for i in step_of.keys() & set(losses):  # a loss that is itself a part of a state: dL/dL = 1
        followed = flow.loss == "sum" or (isinstance(flow.loss, int) and i == losses[flow.loss])
        found.setdefault(step_of[i], []).append(1.0 if followed else None)
    return found


def share(flow: Flow, i: int, t: int) -> Norm:
    """What came back to node i through step t."""
    if i in flow.shares:
        return norm(flow.shares[i][t]) if t in flow.shares[i] else None
    return flow.nodes[i] if flow.graph.nodes[i].step == t else None


def together(norms: Iterable[Norm]) -> Norm:
    """The norm of several gradients side by side."""
    found = [value for value in norms if value is not None]
    return math.hypot(*found) if found else None


def rounded(norm: Norm, unit: float) -> Norm:
    """Relative to the unit, to two digits."""
    return None if norm is None else float(f"{norm / unit:.1e}")


def _relative(column: Column, unit: float) -> Column:
    """The column with its norms relative to the unit, to two significant digits."""
    return column._replace(
        states={part: rounded(value, unit) for part, value in column.states.items()},
        carried={part: rounded(value, unit) for part, value in column.carried.items()},
        skipped={place: rounded(value, unit) for place, value in column.skipped.items()},
        readout=rounded(column.readout, unit),
        weights=rounded(column.weights, unit),
        input=rounded(column.input, unit),
    )


def _worded(column: Column, values: dict[str, Any], show: str) -> Column:
    """The column with what is said of the parts of its state."""
    found = column.states
    return column._replace(
        texts={part: _text(value, found[part], show) for part, value in values.items()},
        details={part: _details(value, found[part]) for part, value in values.items()},
    )


def _text(value: Any, gradient: Norm, show: str) -> str:
    if show == "shape":
        return shape_said(shape(value))
    if show == "value":
        return said(value)
    if show == "both":
        return f"{said(value)}\n{'no grad' if gradient is None else f'grad {number(gradient)}'}"
    return number(gradient)


def _details(value: Any, gradient: Norm) -> str:
    back = "no gradient" if gradient is None else f"gradient norm {gradient:.2g}"
    found = statistics(value)
    if shape(value) == ():
        return f"{back}; value {found.mean:.3g}"
    names = ("norm", "mean", "std", "min", "max")
    return f"{back}; value {', '.join(f'{k} {v:.2g}' for k, v in zip(names, found, strict=True))}"
