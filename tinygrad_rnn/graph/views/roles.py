"""Which node of an unrolled network is what: states, inputs, weights; read from the graph alone.

    part       what is numbered along the sequence: h, c, l1.back.h
    backward   of a part that runs from the last step to the first: it comes from step t+1
    feeding    of a node from which a state is computed, without passing through an input x[t]
"""

from __future__ import annotations

from typing import NamedTuple

from ...autograd.naming import is_input, split_number
from ..nodes import Graph, Node
from ..steps import SHARED


class Roles(NamedTuple):
    """The numbers of the nodes that have a role; `step_of` those of the states, with their step."""

    step_of: dict[int, int]
    backward: frozenset[str]
    initial: dict[str, int]  # the state before the first step, where it is a Tensor
    inputs: list[int]
    feeding: set[int]
    weights: list[int]


def roles_of(graph: Graph) -> Roles:
    """The roles of the nodes of a graph that has states."""
    step_of = {i: t for t, parts in enumerate(graph.states) for i in parts.values()}
    backward = _backward(graph, step_of)
    initial = _initial(graph, step_of, backward)
    inputs = _inputs(graph, step_of, set(initial.values()))
    feeding = _feeding(graph, step_of, set(inputs))
    leaves = (n for n in graph.nodes if n.op is None and n.id in feeding and n.id not in step_of)
    starts = initial.values()
    weights = [n.id for n in leaves if n.id not in starts and _is_weight(graph, n)]
    return Roles(step_of, backward, initial, inputs, feeding, weights)


def _backward(graph: Graph, step_of: dict[int, int]) -> frozenset[str]:
    """The parts that go on into the step before, and not into the step after.

    Only edges within a layer count: a layer above may look at several steps of the one below.
    """
    part_of = {i: part for parts in graph.states for part, i in parts.items()}
    ways: set[tuple[str, int]] = set()
    for edge in graph.edges:
        tail, head = graph.nodes[edge.tail], graph.nodes[edge.head]
        if edge.tail in step_of and isinstance(head.step, int) and head.layer == tail.layer:
            ways.add((part_of[edge.tail], head.step - step_of[edge.tail]))
    return frozenset(part for part, way in ways if way == -1 and (part, 1) not in ways)


def _initial(graph: Graph, step_of: dict[int, int], backward: frozenset[str]) -> dict[str, int]:
    """What enters the first step in the place where a state enters the second; else by its name."""
    forward = _entering(graph, step_of, graph.states[:2])
    turned = _entering(graph, step_of, graph.states[: -3 : -1])
    names = dict.fromkeys(part for parts in graph.states for part in parts)
    found = {part: (turned if part in backward else forward).get(part) for part in names}
    named = _named_initial(graph, step_of, backward)
    starts = {part: named.get(part) if found[part] is None else found[part] for part in names}
    return {part: i for part, i in starts.items() if i is not None}


def _entering(
    graph: Graph, step_of: dict[int, int], steps: tuple[dict[str, int], ...]
) -> dict[str, int]:
    """Walk both steps back from their states, side by side, until one meets the other's state."""
    if len(steps) < 2:
        return {}
    tails = graph.inputs()
    first, second = steps
    part_of = {i: part for part, i in first.items()}
    waiting = [(first[part], second[part]) for part in first if part in second]
    met, found = set(waiting), {}
    while waiting:
        a, b = waiting.pop()
        if graph.nodes[a].op != graph.nodes[b].op:
            continue
        for position, y in tails.get(b, {}).items():
            x = tails.get(a, {}).get(position)
            if x is not None and y in part_of and x not in step_of:
                found[part_of[y]] = x
            elif x is not None and y not in step_of and (x, y) not in met:
                met.add((x, y))
                waiting.append((x, y))
    return found


def _named_initial(
    graph: Graph, step_of: dict[int, int], backward: frozenset[str]
) -> dict[str, int]:
    """Named h[-1] or h0, or as the state that was carried over, h[9]; in its layer, l1.h0 too."""
    names = dict.fromkeys(part for parts in graph.states for part in parts)
    first = {part: len(graph.states) - 1 if part in backward else 0 for part in names}
    found: dict[str, int] = {}
    for node in graph.nodes:  # the last one is the nearest
        numbered = split_number(node.name)
        base = numbered[0] if numbered else (node.name or "").removesuffix("0")
        for part in (base, f"{node.layer}.{base}"):
            if node.id not in step_of and first.get(part) == node.step:
                found[part] = node.id
    return found


def _inputs(graph: Graph, step_of: dict[int, int], initial: set[int]) -> list[int]:
    """The nodes that enter a single step, on their way to its state: leaves of any name, rows of a
    table (embeddings), and what is called x[3]. A step that is alone has inputs by name only.
    """
    tails = graph.inputs()
    passed = {*step_of, *initial, *_between_layers(graph, step_of)}
    reaching = _feeding(graph, step_of, set())
    named = {node.id for node in graph.nodes if _is_called_x(node)}
    entering = set()
    for node in graph.nodes if len(graph.states) > 1 else ():
        looked_up = node.op == "getitem" and all(
            graph.nodes[i].op is None and graph.nodes[i].step == SHARED
            for i in tails[node.id].values()
        )
        if isinstance(node.step, int) and (node.op is None or looked_up):
            entering.add(node.id)
    inside = {i for x in named for i in tails.get(x, {}).values()}  # x[3] of a table: one input
    found = named | (entering & reaching - inside)
    return sorted(found - passed)


def _is_weight(graph: Graph, node: Node) -> bool:
    """A leaf that several steps share; of a single step, any leaf that is no input."""
    return node.step == SHARED or (len(graph.states) == 1 and not _is_called_x(node))


def _is_called_x(node: Node) -> bool:
    numbered = split_number(node.name)
    return numbered is not None and is_input(numbered[0])


def _between_layers(graph: Graph, step_of: dict[int, int]) -> set[int]:
    """What is computed from a state of its own step: it may be called x[t], by an upper layer."""
    found: set[int] = set()
    for edge in graph.edges:  # sorted by head: a tail is decided before
        tail, head = graph.nodes[edge.tail], graph.nodes[edge.head]
        if tail.step == head.step and (edge.tail in step_of or edge.tail in found):
            found.add(edge.head)
    return found


def _feeding(graph: Graph, step_of: dict[int, int], inputs: set[int]) -> set[int]:
    """The states and what they are computed from, but no further than inputs."""
    feeding = set(step_of)
    for edge in reversed(graph.edges):  # sorted by head: what uses a node comes before it
        if edge.head in feeding and edge.tail not in inputs:
            feeding.add(edge.tail)
    return feeding
