"""Which time step does a node belong to? Found in the finished graph; nothing is noted on the way.

Cut the graph at the states. A node belongs to the step of the states that it reaches without
passing through another state; more than one step: it is "shared" (parameters, hoisted projections).
If it reaches none: to the step of the states it comes from, if they are of one step (readouts,
losses); else it is "outside" (a sum of losses). What neither reaches states nor comes from them (a
readout's weight) belongs where it is used. Layers and directions ("l1", "l1.back") are found in the
same way: `assign` is asked once for steps, once for layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..autograd import Tensor
from ..autograd.naming import split_number, state_parts

Step = int | str  # a number from 0, "shared" or "outside"
SHARED, OUTSIDE = "shared", "outside"
States = list[dict[str, Tensor]]  # for every step, the parts of its state by name
Places = dict[Tensor, Any]  # the step, or the layer, of a node


def given_states(states: Any) -> States:
    """The Tensors among the parts of states as in Unrolled.states; or of the Unrolled itself."""
    named = [_parts(state) for state in getattr(states, "states", states)]
    return [{name: part for name, part in parts if type(part) is Tensor} for parts in named]


def _parts(state: Any) -> list[tuple[str, Any]]:
    """The parts of a state; one that is a part itself, [s.c for s in states], has its own name."""
    own = split_number(state.name) if type(state) is Tensor else None
    return [(own[0], state)] if own else state_parts(state)


def steps_of(order: Sequence[Tensor], states: States) -> Places:
    """The step of every node; `order` has inputs before what uses them. Linear in the edges."""
    return _assign(order, {part: t for t, parts in enumerate(states) for part in parts.values()})


def layers_of(order: Sequence[Tensor], states: States) -> Places:
    """The layer of every node: "" in a network of one, "l1", "l1.back", or SHARED or OUTSIDE."""
    named = ((part, name.rpartition(".")[0]) for parts in states for name, part in parts.items())
    return _assign(order, dict(named))


def _assign(order: Sequence[Tensor], fixed: Places) -> Places:
    """The place of every node, from the places of the states."""
    places = _reached(order, fixed)
    origins = _origins(order, places)
    places.update({node: OUTSIDE if p == SHARED else p for node, p in origins.items()})
    return _used(order, places)


def _reached(order: Sequence[Tensor], fixed: Places) -> Places:
    """The place of the states that a node reaches, for the states and whatever reaches one."""
    places = dict(fixed)
    for node in reversed(order):
        if node in places:
            for x in _tensors(node):
                if x not in fixed:
                    places[x] = _joined(places.get(x), places[node])
    return places


def _origins(order: Sequence[Tensor], places: Places) -> Places:
    """The place of the states that a node comes from, for whatever reaches none but has one."""
    origins: Places = {}
    for node in order:
        if node not in places:
            for x in _tensors(node):
                place = origins.get(x, places.get(x))
                if x in origins or place not in (None, SHARED):  # a shared weight tells nothing
                    origins[node] = _joined(origins.get(node), place)
    return origins


def _used(order: Sequence[Tensor], places: Places) -> Places:
    """The place where a node is used, for whatever has none yet."""
    late: Places = {}
    for node in reversed(order):
        own = places.get(node, late.get(node, OUTSIDE))
        late.setdefault(node, own)
        for x in _tensors(node):
            if x not in places:
                late[x] = _joined(late.get(x), own)
    return {node: places.get(node, late[node]) for node in order}


def _joined(a: Any, b: Any) -> Any:
    return b if a is None or a == b else SHARED


def _tensors(node: Tensor) -> list[Tensor]:
    return [x for x in node.inputs if type(x) is Tensor]
