"""Which activations of a recurrence are gates, and what they are called.

    gate    a sigmoid or a tanh on the way to a state, of what comes from a weight

Activations of different steps are one gate where they have the same origins (views/labels.py).
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, NamedTuple

from ..arrays.namespace import entries
from ..autograd import Tensor
from .nodes import Graph
from .steps import OUTSIDE, SHARED
from .tracing import Recorded, to_graph
from .views.labels import ACTIVATIONS, Origins, letter_of, origins_of
from .views.roles import roles_of

ORDER = "figorzn"  # as in the equations of the cells; others as they were computed


class Gate(NamedTuple):
    """An activation of a cell: its name, its op, and step by step the Tensor that it gave."""

    name: str
    op: str
    values: dict[int, Tensor]

    def activations(self, steps: int, batch: int = 0) -> list[list[float]]:
        """Of one sequence, a row a unit and a column a step; nan for a step without this gate.

        ValueError for a sequence that is not in the batch.
        """
        rows = {t: _units(tensor.value, batch) for t, tensor in self.values.items()}
        units = max(map(len, rows.values()))
        missing = [math.nan] * units
        return [[rows.get(t, missing)[unit] for t in range(steps)] for unit in range(units)]


class _Key(NamedTuple):
    """What the activations of one gate have in common; `number` tells apart its like in a step."""

    layer: str
    op: str
    origins: Origins
    number: int


def gates_of(recorded: Recorded) -> list[Gate]:
    """The gates, layer by layer, in the order of the equations.

    They are called by what the names of their weights end with (W_f: f; W_xn and W_hn: n), by the
    state that they are (h), or by their op: "sigmoid 1".
    """
    graph = to_graph(recorded)
    found = _found(recorded, graph)
    names = {key: _name(recorded, graph, key, values) for key, values in found.items()}
    same = Counter(names.values())
    unnamed: Counter[tuple[str, str]] = Counter()
    gates = []
    for key in sorted(found, key=lambda key: (key.layer, ORDER.find(names[key][-1:] or " "))):
        name = names[key]
        if not name or same[name] > 1:
            unnamed[key.layer, key.op] += 1
            name = _in_layer(f"{key.op} {unnamed[key.layer, key.op]}", key.layer)
        gates.append(Gate(name, key.op, found[key]))
    return gates


def _found(recorded: Recorded, graph: Graph) -> dict[_Key, dict[int, Tensor]]:
    """The Tensors of every gate, by their step."""
    roles = roles_of(graph)
    origins = origins_of(graph, roles)
    seen: Counter[Any] = Counter()
    found: dict[_Key, dict[int, Tensor]] = {}
    for node, tensor in zip(graph.nodes, recorded.order, strict=True):
        t = node.step
        if node.op in ACTIVATIONS and isinstance(t, int) and node.id in roles.feeding:
            like = node.layer, node.op, origins[recorded.number[tensor.inputs[0]]]
            if like[-1]:
                found.setdefault(_Key(*like, seen[like, t]), {})[t] = tensor
                seen[like, t] += 1
    return found


def _name(
    recorded: Recorded, graph: Graph, key: _Key, values: dict[int, Tensor]
) -> str:
    """What a gate is called; "" where nothing tells."""
    t, gate = next(iter(values.items()))
    for name, part in recorded.states[t].items():
        if part is gate:
            return name
    return _in_layer(letter_of(graph, key.origins), key.layer)


def _in_layer(name: str, layer: str) -> str:
    return f"{layer}.{name}" if name and layer not in ("", SHARED, OUTSIDE) else name


def _units(value: Any, batch: int) -> list[float]:
    """The entries for one sequence; all of them where there is no batch. ValueError for none."""
    nested = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(nested, list) or not isinstance(nested[0], list):
        return [float(x) for x in entries(nested)]
    if not -len(nested) <= batch < len(nested):
        raise ValueError(f"batch is one of {len(nested)} sequences, got {batch}")
    return [float(x) for x in entries(nested[batch])]
