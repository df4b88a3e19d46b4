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
    nodes = [node for node in graph.nodes if node.id not in step_of]
    between = _between_layers(graph, step_of)
    inputs = [node.id for node in nodes if _is_input(graph, node) and node.id not in between]
    feeding = _feeding(graph, set(step_of), set(inputs))
    leaves = (n for n in nodes if n.op is None and n.id in feeding)
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


def _is_input(graph: Graph, node: Node) -> bool:
    """Whether a node is named x[3]; or, of several steps, is a nameless leaf of a single one."""
    found = split_number(node.name)
    if found:
        return is_input(found[0])
    nameless = node.op is None and node.name is None and isinstance(node.step, int)
    return nameless and len(graph.states) > 1


def _is_weight(graph: Graph, node: Node) -> bool:
    """A leaf that several steps share; of a single step, any leaf that is no input."""
    return node.step == SHARED or (len(graph.states) == 1 and not _is_input(graph, node))


def _between_layers(graph: Graph, step_of: dict[int, int]) -> set[int]:
    """What is computed from a state of its own step: it may be called x[t], by an upper layer."""
    found: set[int] = set()
    for edge in graph.edges:  # sorted by head: a tail is decided before
        tail, head = graph.nodes[edge.tail], graph.nodes[edge.head]
        if tail.step == head.step and (edge.tail in step_of or edge.tail in found):
            found.add(edge.head)
    return found


def _feeding(graph: Graph, states: set[int], inputs: set[int]) -> set[int]:
    feeding = set(states)
    for edge in reversed(graph.edges):  # sorted by head: what uses a node comes before it
        if edge.head in feeding and edge.tail not in inputs:
            feeding.add(edge.tail)
    return feeding
