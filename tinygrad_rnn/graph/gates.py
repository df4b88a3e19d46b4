"""Which activations of a recurrence are gates, and what they are called.

    gate      a sigmoid or a tanh on the way to a state, of what comes from a weight
    origins   the weights that a node comes from, without passing through a state or an activation,
              each with the slices on the way: tanh(c) has none, and is no gate

Activations of different steps are one gate where they have the same origins.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from os.path import commonprefix
from typing import Any, NamedTuple

from ..arrays.nesting import flatten
from ..autograd import Tensor
from .steps import OUTSIDE, SHARED
from .tracing import Recorded, to_graph
from .views.roles import Roles, roles_of

ACTIVATIONS = ("sigmoid", "tanh")
ORDER = "figorzn"  # as in the equations of the cells; others as they were computed
Origins = frozenset[tuple[int, str]]  # the numbers of weights, and the slices


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
    found = _found(recorded)
    names = {key: _name(recorded, key, values) for key, values in found.items()}
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


def _found(recorded: Recorded) -> dict[_Key, dict[int, Tensor]]:
    """The Tensors of every gate, by their step."""
    roles = roles_of(to_graph(recorded))
    origins = _origins(recorded, roles)
    seen: Counter[Any] = Counter()
    found: dict[_Key, dict[int, Tensor]] = {}
    for i, node in enumerate(recorded.order):
        t = recorded.steps[node]
        if _op(node) in ACTIVATIONS and isinstance(t, int) and i in roles.feeding:
            like = recorded.layers[node], _op(node), origins[recorded.number[node.inputs[0]]]
            if like[-1]:
                found.setdefault(_Key(*like, seen[like, t]), {})[t] = node
                seen[like, t] += 1
    return found


def _origins(recorded: Recorded, roles: Roles) -> list[Origins]:
    """The origins of every node, as those see them that use it."""
    weights = set(roles.weights)
    origins: list[Origins] = []
    for i, node in enumerate(recorded.order):
        if i in weights:
            origins.append(frozenset({(i, "")}))
        elif i in roles.step_of or _op(node) in ACTIVATIONS:
            origins.append(frozenset())
        else:
            inputs = (origins[recorded.number[x]] for x in node.inputs if type(x) is Tensor)
            cut = _cut(recorded, node)
            merged = frozenset[tuple[int, str]]().union(*inputs)
            origins.append(frozenset((weight, cuts + cut) for weight, cuts in merged))
    return origins


def _cut(recorded: Recorded, node: Tensor) -> str:
    """The slice that a node takes; none where it is one step's part of what was hoisted."""
    if _op(node) != "getitem":
        return ""
    [x] = node.inputs
    hoisted = x.op is not None and recorded.steps[x] == SHARED
    return "" if hoisted else repr(node.attrs["key"])


def _name(recorded: Recorded, key: _Key, values: dict[int, Tensor]) -> str:
    """What a gate is called; "" where nothing tells."""
    t, gate = next(iter(values.items()))
    for name, part in recorded.states[t].items():
        if part is gate:
            return name
    ends = (_end(recorded.order[weight].name) for weight, _ in key.origins)
    return _in_layer(_common_end(ends), key.layer)


def _end(name: str | None) -> str:
    """What tells weights apart in their names: W_f, cell.W_f: f."""
    return (name or "").rpartition(".")[2].rpartition("_")[2]


def _common_end(words: Iterable[str]) -> str:
    return commonprefix([word[::-1] for word in words])[::-1]


def _in_layer(name: str, layer: str) -> str:
    return f"{layer}.{name}" if name and layer not in ("", SHARED, OUTSIDE) else name


def _op(node: Tensor) -> str:
    return node.op.name if node.op else ""


def _units(value: Any, batch: int) -> list[float]:
    """The entries for one sequence; all of them where there is no batch. ValueError for none."""
    nested = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(nested, list) or not isinstance(nested[0], list):
        return [float(x) for x in flatten(nested)[0]]
    if not -len(nested) <= batch < len(nested):
        raise ValueError(f"batch is one of {len(nested)} sequences, got {batch}")
    return [float(x) for x in flatten(nested[batch])[0]]
