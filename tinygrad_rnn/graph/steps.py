"""Which time step does a node belong to? Found in the finished graph; nothing is noted on the way.

Cut the graph at the states. A node belongs to the step of the states that it reaches without
passing through another state; more than one step: it is "shared" (parameters, hoisted projections).
If it reaches none: to the step of the states it comes from, if they are of one step (readouts,
losses); else it is "outside" (a sum of losses). What neither reaches states nor comes from them (a
readout's weight) belongs where it is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count, takewhile
from typing import Any

from ..autograd import Tensor
from ..autograd.naming import is_input, split_number, state_parts

Step = int | str  # a number from 0, "shared" or "outside"
SHARED, OUTSIDE = "shared", "outside"
States = list[dict[str, Tensor]]  # for every step, the parts of its state by name
Steps = dict[Tensor, Step]


def given_states(states: Any) -> States:
    """The Tensors among the parts of states as in Unrolled.states; or of the Unrolled itself."""
    named = [state_parts(state) for state in getattr(states, "states", states)]
    return [{name: part for name, part in parts if type(part) is Tensor} for parts in named]


def named_states(nodes: Iterable[Tensor], losses: Sequence[Tensor]) -> States:
    """The states that their names tell: h[0], c[0], h[1], ... up to the last step without a gap.

    A state is computed, so a leaf w[0] is none; nor are the losses L[0], L[1], ... ValueError where
    two Tensors have the same name.
    """
    families: dict[str, dict[int, Tensor]] = {}
    for node in nodes:
        base, t = split_number(node.name) or ("x", 0)
        if node.op and t >= 0 and not is_input(base):
            if t in families.setdefault(base, {}):
                raise ValueError(f"trace: two Tensors are named {node.name}: pass states=")
            families[base][t] = node
    roots = set(losses)
    parts = {
        base: members
        for base, members in sorted(families.items(), key=_order)
        if 0 in members and not (len(members) > 1 and roots.issuperset(members.values()))
    }
    steps = takewhile(lambda t: any(t in members for members in parts.values()), count())
    return [{base: found[t] for base, found in parts.items() if t in found} for t in steps]


def _order(family: tuple[str, Any]) -> tuple[str, int, str]:
    """h before c before others, layer by layer: as the cells hand them on."""
    layer, _, name = family[0].rpartition(".")
    return layer, "hc".find(name) % 3, name


def assign_steps(order: Sequence[Tensor], states: States) -> Steps:
    """The step of every node; `order` has inputs before what uses them. Linear in the edges."""
    fixed: Steps = {node: t for t, parts in enumerate(states) for node in parts.values()}
    steps = _reached(order, fixed)
    origins = _origins(order, steps)
    steps.update({node: t if isinstance(t, int) else OUTSIDE for node, t in origins.items()})
    return _used(order, steps)


def _reached(order: Sequence[Tensor], fixed: Steps) -> Steps:
    """The step of the states that a node reaches, for the states and whatever reaches one."""
    steps = dict(fixed)
    for node in reversed(order):
        if node in steps:
            for x in _tensors(node):
                if x not in fixed:
                    steps[x] = _joined(steps.get(x), steps[node])
    return steps


def _origins(order: Sequence[Tensor], steps: Steps) -> Steps:
    """The step of the states that a node comes from, for whatever reaches none but has one."""
    origins: Steps = {}
    for node in order:
        if node not in steps:
            for x in _tensors(node):
                t = origins.get(x, steps.get(x))
                if x in origins or isinstance(t, int):  # a shared weight says nothing of the time
                    origins[node] = _joined(origins.get(node), t)
    return origins


def _used(order: Sequence[Tensor], steps: Steps) -> Steps:
    """The step where a node is used, for whatever has none yet."""
    late: Steps = {}
    for node in reversed(order):
        own = steps.get(node, late.get(node, OUTSIDE))
        late.setdefault(node, own)
        for x in _tensors(node):
            if x not in steps:
                late[x] = _joined(late.get(x), own)
    return {node: steps.get(node, late[node]) for node in order}


def _joined(a: Step | None, b: Any) -> Step:
    return b if a is None or a == b else SHARED


def _tensors(node: Tensor) -> list[Tensor]:
    return [x for x in node.inputs if type(x) is Tensor]
