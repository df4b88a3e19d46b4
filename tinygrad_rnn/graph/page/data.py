"""What the page knows, as plain data: a Flow of every loss, reduced to numbers in few characters.

    row       what the gradient of one loss, or of the sum, is at every step
    key       which loss a row is of: its number, or "sum"
    still     what is the same in every snapshot of a network: its steps, losses and plans of ops
    moving    what is not: rows, values, details
    detail    what is heavy (hidden units, ops, reasons): for as many losses as BUDGET allows
    packed    norms as log10 in hundredths, two bytes each, in base64: from 1e-320 to 1e320. No
              gradient, 0, nan and infinity have a value each
"""

from __future__ import annotations

import base64
import json
import math
import struct
from collections.abc import Iterable
from typing import Any, NamedTuple

from ...arrays.namespace import entries
from ..dot.palette import Scale, scale_for
from ..dot.text import clean
from ..gradient_flow import Flow, chosen, flow_of
from ..nodes import Graph
from ..tracing import Recorded, to_graph
from ..views.columns import Norm, network, together
from ..views.summary import said
from .cell_plan import Plan, Slot, plan_steps

MOST_STEPS, MOST_UNITS = 64, 32
BUDGET = 250_000  # characters that a network may take
NONE, ZERO, INFINITE, NAN = -32768, -32767, 32766, 32767

Data = dict[str, Any]
Slots = list[list[Slot]]  # for every step of the window


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
    graph = to_graph(recorded)
    window = _window(graph, loss)
    planned = list(plan_steps(graph, window))
    losses = _losses(graph, window, loss)
    still = _still(name, recorded, graph, window, [plan for plan, _ in planned], losses)
    keys: list[int | str] = [*losses, *(["sum"] if len(losses) > 1 else [])]
    followed = str(range(len(graph.losses))[loss] if isinstance(loss, int) else keys[-1])
    rows, details = {}, {}
    scales: list[tuple[Scale, Scale]] = []
    for key in keys:
        flow = flow_of(recorded, key, graph)
        row = _Row(flow, window)
        scales.append(row.scales())
        rows[str(key)] = row.packed()
        details[str(key)] = _detail(flow, row, window, [s for _, s in planned])
        details[str(key)]["why"] = _why(flow, window[0])
    moving = {
        "values": [_number(entries(recorded.losses[k].value)[0]) for k in losses],
        "said": [_said(recorded, t) for t in window],
        "rows": rows,
        "details": details,
    }
    relative, absolute = (widest(found) for found in zip(*scales, strict=True))
    return Snapshot(still, moving, relative, absolute, followed)


def _window(graph: Graph, loss: int | str) -> range:
    """The steps on the page."""
    steps = len(graph.states)
    at = graph.nodes[graph.losses[loss]].step if isinstance(loss, int) else None
    last = at if isinstance(at, int) else steps - 1
    end = min(max(last + 1, MOST_STEPS), steps)
    return range(max(end - MOST_STEPS, 0), end)


def _losses(graph: Graph, window: range, loss: int | str) -> list[int]:
    """The numbers of the losses on the page: of its steps, or of none; and the one followed."""
    steps = [graph.nodes[i].step for i in graph.losses]
    shown = [k for k, t in enumerate(steps) if not isinstance(t, int) or t in window]
    asked = {range(len(steps))[loss]} if isinstance(loss, int) else set()
    return sorted({*shown[-MOST_STEPS:], *asked})


def _still(
    name: str, recorded: Recorded, graph: Graph, window: range, plans: list[Plan], losses: list[int]
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


class _Row:
    """The norms of one loss's gradient, up to the last step that is reached.

    `norms` at the states; `carried` from each back to the one before; `shares` of the weights.
    """

    def __init__(self, flow: Flow, window: range) -> None:
        net = network("", flow, None)
        columns = net.columns[window.start : window.stop]
        norms = [together(column.states.values()) for column in columns]
        length = max((t + 1 for t, value in enumerate(norms) if value is not None), default=0)
        self.norms = norms[:length]
        self.shares = [column.weights for column in columns[:length]]
        self.carried = [
            together(norm for part, norm in column.carried.items() if part not in net.backward)
            for column in columns[1:length]
        ]

    def packed(self) -> list[str]:
        """The norms; what was carried, "" where that is all that the state before received."""
        carried = "" if self.carried == self.norms[:-1] else pack(self.carried)
        return [pack(self.norms), carried]

    def scales(self) -> tuple[Scale, Scale]:
        """The scales on which all its norms fit: relative to the last one, and absolute."""
        unit = next((v for v in reversed(self.norms) if v is not None), 1.0)
        unit = unit if unit and math.isfinite(unit) else 1.0
        return scale_for(v and v / unit for v in self.norms), scale_for(self.norms)


def _detail(flow: Flow, row: _Row, window: range, slots: Slots) -> Data:
    """The norms of the weights' shares, and at the hidden units and the ops of every step."""
    part, steps, hidden = flow.state_names[0], window[: len(row.norms)], _hidden(flow.graph)
    states = [flow.graph.states[t].get(part) for t in steps]
    gradients = [None if i is None else flow.gradients[i] for i in states]
    return {
        "shares": pack(row.shares),
        "units": pack(value for g in gradients for value in _unit_norms(g, hidden)),
        "ops": pack(slot.norm(flow) for _, found in zip(steps, slots) for slot in found),
    }


def _unit_norms(g: Any, hidden: int) -> list[Norm]:
    """The norm, over the batch, of the gradient at each hidden unit."""
    units = range(min(hidden, MOST_UNITS))
    numbers = entries(g) if g is not None else []
    return [math.hypot(*numbers[unit::hidden]) if numbers else None for unit in units]


def _why(flow: Flow, first: int) -> Data:
    """What took the gradient: in words, and per step back in hundredths of log10."""
    try:
        why = flow.why(to_step=first, singular_values=False)
    except ValueError as error:  # the loss reaches one step only, or none
        return {"words": clean(str(error).partition(": ")[2], 200), "bars": []}
    bars = [list(parts.values()) for _, parts in sorted(why.by_step.items(), reverse=True)]
    return {"words": clean(str(why), 300), "bars": [[round(100 * e) for e in bar] for bar in bars]}


def _said(recorded: Recorded, t: int) -> str:
    """The value of every part of the state, in a few characters."""
    parts = recorded.states[t].items()
    return ", ".join(f"{clean(name, 12)} {said(part.value)}" for name, part in parts)


def pack(norms: Iterable[Norm]) -> str:
    """Norms in few characters.

    >>> pack([1.0, None, 0.0])
    'AAAAgAGA'
    """
    numbers = [_hundredths(value) for value in norms]
    return base64.b64encode(struct.pack(f"<{len(numbers)}h", *numbers)).decode()


def _hundredths(value: Norm) -> int:
    if value is None:
        return NONE
    if value == 0:
        return ZERO
    if not math.isfinite(value):
        return NAN if math.isnan(value) else INFINITE
    return round(100 * math.log10(value))


def widest(scales: Iterable[Scale]) -> Scale:
    """The scale that holds them all."""
    los, his, zeros, brokens = zip(*scales, strict=True)
    return Scale(min(los), max(his), any(zeros), any(brokens))


def _number(value: float) -> float | str:
    """Four digits, as JSON has them; a word for what is not finite."""
    return float(f"{value:.4g}") if math.isfinite(value) else str(value)


def within_budget(movings: list[Data], followed: str) -> list[str]:
    """Drop details until the network keeps to its budget; the keys of the losses that have them."""
    every = list(movings[0]["details"])
    for kept in (every, [key for key in every if key in (followed, "sum")], [followed]):
        for moving in movings:
            moving["details"] = {key: moving["details"][key] for key in kept}
        if len(json.dumps(movings)) <= BUDGET:
            break
    return kept
