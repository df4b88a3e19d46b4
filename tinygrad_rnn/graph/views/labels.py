"""What ops and gates are called in a picture: +, ×, σ f. Read from the graph alone.

    gate      an activation on the way to a state, of what comes from weights
    letter    what the names of those weights have in common at their end: W_xn, b_hn: n
    origins   the weights that a node comes from, without passing through a state or an activation,
              each with the slices on the way: tanh(c) has none, and is no gate
"""

from __future__ import annotations

from collections.abc import Iterable
from os.path import commonprefix

from ..nodes import Graph, Node
from ..steps import SHARED
from .roles import Roles, roles_of

SYMBOLS = {
    "add": "+",
    "subtract": "−",
    "multiply": "×",
    "divide": "÷",
    "pow": "^",
    "negative": "−",
    "matmul": "@",
    "sigmoid": "σ",
}
ACTIVATIONS = ("sigmoid", "tanh")
Origins = frozenset[tuple[int, str]]  # the numbers of weights, and the slices


def symbol(op: str | None) -> str:
    """The sign of an op; its name where it has none, nothing for a leaf.

    >>> symbol("multiply"), symbol("tanh"), symbol(None)
    ('×', 'tanh', '')
    """
    return SYMBOLS.get(op or "", op or "")


def gate_letters(graph: Graph, roles: Roles | None = None) -> dict[int, str]:
    """The letter of every gate, by its number: f of σ(W_f·[h, x] + b_f); none where none tells."""
    roles = roles or roles_of(graph)
    origins = origins_of(graph, roles)
    tails = {edge.head: edge.tail for edge in graph.edges}
    gates = (n.id for n in graph.nodes if n.op in ACTIVATIONS and n.id in roles.feeding)
    letters = {i: letter_of(graph, origins[tails[i]]) for i in gates if i in tails}
    return {i: letter for i, letter in letters.items() if letter}


def letter_of(graph: Graph, origins: Origins) -> str:
    """What the names of weights end with, all alike; "" for nothing, all of a name, or a slice."""
    if any(cuts for _, cuts in origins):
        return ""
    names = {whole(graph.nodes[weight].name) for weight, _ in origins}
    letter = _common_end(name.rpartition("_")[2] for name in names)
    return "" if letter in names else letter


def whole(name: str | None) -> str:
    """The name of a weight in its module, also that of an entry.

    >>> whole("cell.W_f"), whole("W_f[0,1]"), whole(None)
    ('W_f', 'W_f', '')
    """
    return (name or "").partition("[")[0].rpartition(".")[2]


def origins_of(graph: Graph, roles: Roles) -> list[Origins]:
    """The origins of every node, as those see them that use it."""
    weights = set(roles.weights)
    tails: list[list[int]] = [[] for _ in graph.nodes]
    for edge in graph.edges:
        tails[edge.head].append(edge.tail)
    origins: list[Origins] = []
    for node in graph.nodes:
        if node.id in weights:
            origins.append(frozenset({(node.id, "")}))
        elif node.id in roles.step_of or node.op in ACTIVATIONS:
            origins.append(frozenset())
        else:
            cut = _cut(node, [graph.nodes[i] for i in tails[node.id]])
            merged = frozenset[tuple[int, str]]().union(*(origins[i] for i in tails[node.id]))
            origins.append(frozenset((weight, cuts + cut) for weight, cuts in merged))
    return origins


def _cut(node: Node, inputs: list[Node]) -> str:
    """The slice that a node takes; none where it is one step's part of what was hoisted."""
    if node.op != "getitem":
        return ""
    hoisted = inputs[0].op is not None and inputs[0].step == SHARED
    return "" if hoisted else repr(node.attrs["key"])


def _common_end(words: Iterable[str]) -> str:
    return commonprefix([word[::-1] for word in words])[::-1]
