"""The states of a graph, found by the names that `unroll` gave them: h[0], c[0], h[1], ...

    part   what is numbered: h, c, l1.h
    run    one pass of a cell along a sequence: its parts, each with a Tensor for every step

Runs that use the same names are told apart by what they come from: a state belongs to the run that
its state of the step before belongs to. A run that begins where another ends goes on in time, as a
decoder after its encoder; one that reads x[T-1] first runs backward; any other is a layer of its
own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count, takewhile
from typing import NamedTuple

from ..autograd import Tensor
from ..autograd.naming import is_input, split_number
from .steps import States

Run = dict[str, dict[int, Tensor]]  # part -> step -> Tensor
Sources = dict[Tensor, frozenset[Tensor]]


class Named(NamedTuple):
    """A computed Tensor whose name is that of a state."""

    node: Tensor
    part: str
    t: int


def named_states(order: Sequence[Tensor], losses: Sequence[Tensor]) -> States:
    """The states that their names tell, up to the last step without a gap.

    `order` has inputs before what uses them. A state is computed, so a leaf w[0] is none; nor are
    the losses L[0], L[1], ... ValueError where Tensors of one name cannot be told apart.
    """
    found = _found(order, set(losses))
    parts: dict[str, dict[int, Tensor]] = {}
    if len({(part, t) for _, part, t in found}) == len(found):  # one run, or runs named apart
        for node, part, t in found:
            parts.setdefault(part, {})[t] = node
    else:
        sources = _sources(order, found)
        parts = _arranged(_runs(found, sources), sources)
    named = sorted(parts.items(), key=lambda item: _rank(item[0]))
    steps = takewhile(lambda t: any(t in members for _, members in named), count())
    return [{part: members[t] for part, members in named if t in members} for t in steps]


def _found(order: Sequence[Tensor], roots: set[Tensor]) -> list[Named]:
    """Every Tensor that is named as a state; of parts that begin with step 0."""
    split = ((node, split_number(node.name)) for node in order if node.op)
    named = [Named(node, *pair) for node, pair in split if pair and pair[1] >= 0]
    members: dict[str, list[Named]] = {}
    for one in named:
        members.setdefault(one.part, []).append(one)
    wanted = {
        part
        for part, family in members.items()
        if not is_input(part)
        and any(one.t == 0 for one in family)
        and not (len(family) > 1 and roots.issuperset(one.node for one in family))
    }
    return [one for one in named if one.part in wanted]


def _runs(found: list[Named], sources: Sources) -> list[Run]:
    """The runs, those first that others come from.

    Every state of step 0 begins a run; a later one joins those of its sources of the step before.
    They become one run if they have no name in common; else it joins the last of them, as a decoder
    that looks at every state of its encoder is no part of that.
    """
    runs: dict[int, Run] = {}
    became: dict[int, int] = {}  # a run that is now part of another
    run_of: dict[Tensor, int] = {}
    step_of = {one.node: one.t for one in found}
    for k, (node, part, t) in enumerate(found):
        own = k
        if t > 0:
            before = {_now(run_of[s], became) for s in sources[node] if step_of.get(s) == t - 1}
            free = [run for run in sorted(before, reverse=True) if t not in runs[run].get(part, ())]
            if not free:
                raise ValueError(f"trace: two Tensors are named {node.name}: pass states=")
            own, *others = free
            for other in others:
                if _absorb(runs[own], runs[other]):
                    became[other] = own
                    del runs[other]
        runs.setdefault(own, {}).setdefault(part, {})[t] = node
        run_of[node] = own
    return _joined(runs.values())


def _now(run: int, became: dict[int, int]) -> int:
    while run in became:
        run = became[run]
    return run


def _absorb(run: Run, other: Run) -> bool:
    """Take the other's Tensors in, unless a name would be there twice."""
    if any(run.get(part, {}).keys() & members.keys() for part, members in other.items()):
        return False
    for part, members in other.items():
        run.setdefault(part, {}).update(members)
    return True


def _joined(runs: Iterable[Run]) -> list[Run]:
    """The runs; of those of a single step, h and c go together as they come."""
    whole: list[Run] = []
    for run in runs:
        single = (earlier for earlier in whole if _length(earlier) == _length(run) == 1)
        if not any(_absorb(earlier, run) for earlier in single):
            whole.append(run)
    return whole


def _sources(order: Sequence[Tensor], found: list[Named]) -> Sources:
    """The states and inputs that a node comes from, without passing through another."""
    marked = {one.node for one in found} | {node for node in order if _input_number(node) >= 0}
    sources: Sources = {}
    for node in order:
        inputs = [x for x in node.inputs if type(x) is Tensor]
        sources[node] = frozenset().union(
            *({x} if x in marked else sources[x] for x in inputs)
        )
    return sources


def _arranged(runs: list[Run], sources: Sources) -> dict[str, dict[int, Tensor]]:
    """The parts of all runs, numbered in time and named by layer and direction."""
    offsets: list[int] = []
    layers: list[str] = []
    forward = backward = 0
    for k, run in enumerate(runs):
        earlier = next((j for j in range(k) if _goes_on(runs[j], run, sources)), None)
        if earlier is not None:
            offsets.append(offsets[earlier] + _length(runs[earlier]))
            layers.append(layers[earlier])
            continue
        offsets.append(0)
        if _reads_backward(run, sources):
            runs[k] = _reversed(run)
            layers.append(f"l{backward}.back")
            backward += 1
        else:
            _check_direction(run, runs[:k], sources)
            layers.append(f"l{forward}")
            forward += 1
    return _named(runs, offsets, layers, max(forward, backward) == 1)


def _named(
    runs: list[Run], offsets: list[int], layers: list[str], single: bool
) -> dict[str, dict[int, Tensor]]:
    parts: dict[str, dict[int, Tensor]] = {}
    for run, offset, layer in zip(runs, offsets, layers, strict=True):
        prefix = layer[2:].removeprefix(".") if single else layer
        for part, members in run.items():
            name = f"{prefix}.{part}" if prefix and "." not in part else part  # l1.h has its layer
            shifted = {offset + t: node for t, node in members.items()}
            parts[name] = parts.get(name, {}) | shifted
    return parts


def _goes_on(earlier: Run, later: Run, sources: Sources) -> bool:
    """Whether a run begins with the last state of another. Of a single step each, it is a layer."""
    last = _length(earlier) - 1
    ends = {members[last] for members in earlier.values() if last in members}
    starts = [members[0] for members in later.values() if 0 in members]
    begins = any(not ends.isdisjoint(sources[node]) for node in starts)
    return begins and (last > 0 or _length(later) > 1)


def _check_direction(run: Run, earlier: list[Run], sources: Sources) -> None:
    """ValueError for a run beside others of which nothing says in which direction it reads."""
    own = [node for members in run.values() for node in members.values()]
    known = {node for one in earlier for members in one.values() for node in members.values()}
    reads = any(_input_number(s) >= 0 or s in known for node in own for s in sources[node])
    if earlier and len(own) > 1 and not reads:
        raise ValueError(
            f"trace: a second Tensor is named {own[0].name}, and its inputs are plain: pass "
            "states=, which say whether it runs forward or backward"
        )


def _reads_backward(run: Run, sources: Sources) -> bool:
    """Whether step 0 of a run reads the input of the last step."""
    last = _length(run) - 1
    starts = [members[0] for members in run.values() if 0 in members]
    return last > 0 and any(_input_number(s) == last for node in starts for s in sources[node])


def _reversed(run: Run) -> Run:
    last = _length(run) - 1
    return {part: {last - t: node for t, node in family.items()} for part, family in run.items()}


def _length(run: Run) -> int:
    return 1 + max(t for members in run.values() for t in members)


def _input_number(node: Tensor) -> int:
    """The t of an input x[t]; -1 for all else."""
    found = split_number(node.name)
    return found[1] if found and is_input(found[0]) else -1


def _rank(part: str) -> tuple[str, int, str]:
    """h before c before others, layer by layer: as the cells hand them on."""
    layer, _, name = part.rpartition(".")
    return layer, "hc".find(name) % 3, name
