"""What the page knows, as plain data: a Flow of every loss, reduced to numbers in few characters.

    row       what the gradient of one loss, or of the sum, is at every step; what a Flow says of it
    key       which loss a row is of: its number, or "sum"
    still     what is the same in every snapshot of a network: its steps, losses and plans of ops
    moving    what is not: rows, values, details
    detail    what is heavy (hidden units, ops, reasons): for as many losses as BUDGET allows
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from operator import index
from typing import Any, NamedTuple

from ...arrays.namespace import entries
from ..dot.palette import Scale
from ..gradient_flow import Flow, chosen, flow_of
from ..nodes import Graph
from ..tracing import Recorded, to_graph
from ..views.columns import Norm
from ..views.roles import Roles, roles_of
from ..views.summary import statistics
from ..wording import clean
from .cell_plan import Plan, Slot, plan_steps
from .packing import number, pack, pack_exponents
from .row import Row, packed, steps_back

MOST_STEPS, MOST_UNITS = 64, 32
BUDGET = 200_000  # characters that a network may take

Data = dict[str, Any]
Planned = list[tuple[Plan, list[Slot]]]  # of every step of the window


class Snapshot(NamedTuple):
    """A network at one moment of training; the scales hold all its norms."""

    still: Data
    moving: Data
    relative: Scale
    absolute: Scale
    followed: str  # the key of the loss that was asked for


def snapshot(name: str, recorded: Recorded, loss: int | str) -> Snapshot:
    """A network as plain data; nothing in it refers to a Tensor.

    Of more than MOST_STEPS steps, those up to the loss that is followed; and the losses there.
    """
    chosen(recorded.losses, loss)  # raises for a loss that there is not
    loss = loss if isinstance(loss, str) else index(loss)
    graph = to_graph(recorded)
    window, roles = _window(graph, loss), roles_of(graph)
    planned = list(plan_steps(graph, window))
    losses = _losses(graph, window, loss)
    keys: list[int | str] = [*losses, *(["sum"] if len(losses) > 1 else [])]
    followed = range(len(graph.losses))[loss] if isinstance(loss, int) else keys[-1]
    still = _still(name, graph, window, [plan for plan, _ in planned], losses)
    still |= {"backward": _backward(still["parts"], roles), "followed": str(followed)}
    rows, details = [], {}
    for key in keys:
        flow = flow_of(recorded, key, graph)
        row = Row(flow, roles, window)
        rows.append(row)
        details[str(key)] = _detail(flow, row, window, planned)
        details[str(key)]["why"] = _why(flow, window, key == followed)
    moving = {
        "values": [number(entries(recorded.losses[k].value)[0]) for k in losses],
        "held": _held(recorded, window),
        "rows": packed(rows),
        "details": details,
    }
    scales = [row.scales() for row in rows]
    relative, absolute = (widest(found) for found in zip(*scales, strict=True))
    return Snapshot(still, moving, relative, absolute, str(followed))


def _window(graph: Graph, loss: int | str) -> range:
    """The steps on the page."""
    steps = len(graph.states)
    at = graph.step_of_loss(loss)
    last = steps - 1 if at is None else at
    end = min(max(last + 1, MOST_STEPS), steps)
    return range(max(end - MOST_STEPS, 0), end)


def _losses(graph: Graph, window: range, loss: int | str) -> list[int]:
    """The numbers of the losses on the page: of its steps, or of none; and the one followed."""
    steps = [graph.nodes[i].step for i in graph.losses]
    shown = [k for k, t in enumerate(steps) if not isinstance(t, int) or t in window]
    asked = {range(len(steps))[loss]} if isinstance(loss, int) else set()
    return sorted({*shown[-MOST_STEPS:], *asked})


def _still(
    name: str, graph: Graph, window: range, plans: list[Plan], losses: list[int]
) -> Data:
    kinds = list(dict.fromkeys(plans))
    steps = [graph.nodes[graph.losses[k]].step for k in losses]
    hidden = _hidden(graph)
    return {
        "name": clean(name),
        "first": window[0],
        "length": len(window),
        "total": len(graph.states),
        "parts": [clean(part) for part in dict.fromkeys(p for s in graph.states for p in s)],
        "losses": [[k, t if isinstance(t, int) else None] for k, t in zip(losses, steps)],
        "hidden": hidden,
        "units": min(hidden, MOST_UNITS),
        "plans": [_plan_data(plan) for plan in kinds],
        "plan_of": [kinds.index(plan) for plan in plans],
    }


def _backward(parts: list[str], roles: Roles) -> list[int]:
    """Which of the parts run from the last step to the first."""
    backward = {clean(part) for part in roles.backward}
    return [k for k, part in enumerate(parts) if part in backward]


def _plan_data(plan: Plan) -> Data:
    return {
        "labels": plan.labels,
        "places": plan.places,
        "lines": [[line.tail, line.head, line.slot, line.bends] for line in plan.lines],
        "slots": max(len(plan.labels), *(line.slot + 1 for line in plan.lines), 0),
    }


def _hidden(graph: Graph) -> int:
    """The number of units of the first part of the state, h."""
    first = next(i for parts in graph.states for i in parts.values())
    return (graph.nodes[first].shape[-1:] or (1,))[0]


def _detail(flow: Flow, row: Row, window: range, planned: Planned) -> Data:
    """The norms of the weights' shares; at each hidden unit; and in each slot of a plan, a row for
    the steps of that plan. From the first step to the last that is reached.
    """
    part, steps, hidden = flow.state_names[0], window[: len(row.norms)], _hidden(flow.graph)
    states = [flow.graph.states[t].get(part) for t in steps]
    gradients = [None if i is None else flow.gradients[i] for i in states]
    slots: dict[Plan, list[list[Slot]]] = {}
    for _, (plan, found) in zip(steps, planned):
        slots.setdefault(plan, []).append(found)
    return {
        "shares": pack([row.shares]),
        "units": pack(zip(*(_unit_norms(g, hidden) for g in gradients))),
        "ops": pack([s.norm(flow) for s in same] for of in slots.values() for same in zip(*of)),
    }


def _unit_norms(g: Any, hidden: int) -> list[Norm]:
    """The norm, over the batch, of the gradient at each hidden unit."""
    units = range(min(hidden, MOST_UNITS))
    numbers = entries(g) if g is not None else []
    return [math.hypot(*numbers[unit::hidden]) if numbers else None for unit in units]


def _why(flow: Flow, window: range, singular_values: bool) -> Data:
    """What took the gradient: in words, and each kind's factor at every step, the loss last."""
    norms = flow.norms()
    heard = [t for t in steps_back(flow) if t in window and norms[t]]
    if len(heard) < 2:
        return {"words": "The loss reaches no two steps.", "bars": ""}
    try:
        why = flow.why(heard[0], heard[-1], singular_values=singular_values)
    except ValueError as error:  # a norm that is not finite
        return {"words": clean(str(error).partition(": ")[2], 200), "bars": ""}
    steps = sorted(why.by_step, reverse=heard[0] < heard[-1])
    bars = zip(*(why.by_step[t].values() for t in steps))
    return {"words": clean(str(why), 400), "bars": pack_exponents(map(list, bars))}


def _held(recorded: Recorded, window: range) -> str:
    """The value of each part of the state: a row of standard deviations; of means; of means < 0."""
    rows: list[list[Norm]] = []
    for part in dict.fromkeys(part for parts in recorded.states for part in parts):
        states = [recorded.states[t].get(part) for t in window]
        found = [None if state is None else statistics(state.value) for state in states]
        rows += [
            [one and one.std for one in found],
            [one and max(one.mean, 0.0) for one in found],
            [one and max(-one.mean, 0.0) for one in found],
        ]
    return pack(rows)


def widest(scales: Iterable[Scale]) -> Scale:
    """The scale that holds them all."""
    los, his, zeros, brokens = zip(*scales, strict=True)
    return Scale(min(los), max(his), any(zeros), any(brokens))


def within_budget(movings: list[Data], followed: str) -> list[str]:
    """Drop details until the network keeps to its budget; the keys of the losses that have them."""
    every = list(movings[0]["details"])
    for kept in (every, [key for key in every if key in (followed, "sum")], [followed]):
        for moving in movings:
            moving["details"] = {key: moving["details"][key] for key in kept}
        if len(json.dumps(movings)) <= BUDGET:
            break
    return kept
