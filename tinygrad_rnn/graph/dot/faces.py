"""What a node of the op level looks like: a short label, a shape, a size in points.

A weight is no node but a name: linear(x, W_f, b_f) is "W_f", add(y, b) is "+ b", and an activation
has the letter of its gate, "σ f", where its weight is named like one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..nodes import Node
from ..views.blocks import is_hidden
from ..views.columns import Norm
from ..views.roles import roles_of
from ..views.wiring import Wiring
from .expression import SYMBOLS
from .text import breadth, plain, token

POINTS = 10  # the size of a letter
ROUND, HIGH, NARROWEST, LINE = 22.0, 19.0, 24.0, 12.0
SIGNS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "÷", "pow": "^"}
THROUGH = {"add", "linear", "matmul"}  # from an activation back to the weight that names its gate


class Face(NamedTuple):
    """A label, ready for DOT, and the shape around it; `tip` is what a tooltip calls it."""

    label: str
    tip: str
    shape: str
    width: float
    height: float


def start_face(part: str) -> Face:
    """Where a part of the state starts, or whatever enters from outside: a circle."""
    return _circle(plain(part.rpartition(".")[2], 4), f"{part}, the start")


DATA_FACE = Face("x", "x, plain data", "circle", ROUND, ROUND)


def said(norm: Norm) -> str:
    """A norm in words."""
    return "no gradient" if norm is None else f"{norm:.2g}"


class Faces:
    """The faces of the nodes of one network."""

    def __init__(self, wiring: Wiring, tokens: Sequence[str] | None = None) -> None:
        self.wiring, self.tokens = wiring, tokens
        self.nodes = wiring.graph.nodes
        self.roles = roles_of(wiring.graph)
        self.hidden = {node.id for node in self.nodes if is_hidden(node, self.roles)}
        self.known: dict[int, Face] = {}
        self.labels: dict[int, str] = {}  # what some nodes are to be called
        self.inputs: dict[int, dict[int, int]] = {}
        for edge in wiring.graph.edges:
            self.inputs.setdefault(edge.head, {})[edge.position] = edge.tail
        self.part_of = {i: part for parts in wiring.graph.states for part, i in parts.items()}

    def of(self, i: int) -> Face:
        """The face of node i."""
        if i not in self.known:
            self.known[i] = self._face(self.nodes[i])
        return self.known[i]

    def data(self, t: int) -> Face:
        """The face of plain data that enters at step t."""
        text = self._token(t)
        return DATA_FACE if text is None else _circle(token(text), f"x, plain data: {plain(text)}")

    def _token(self, t: int | str) -> str | None:
        tokens = self.tokens or ()
        return tokens[t] if isinstance(t, int) and t < len(tokens) else None

    def _face(self, node: Node) -> Face:
        tip = " ".join(filter(None, [node.name, node.op]))
        if node.id in self.wiring.graph.losses and node.id not in self.part_of:
            return self._noted(_circle("L", f"the loss: {tip}"), node)
        if node.id in self.roles.inputs:
            text = self._token(node.step)
            return self._noted(_circle("x" if text is None else token(text), tip or "x"), node)
        return self._noted(_box(self.labels.get(node.id) or self.label(node), tip), node)

    def _noted(self, face: Face, node: Node) -> Face:
        """With the text of the wiring as a second line."""
        text = self.wiring.texts[node.id]
        if not text:
            return face
        lines = [plain(line) for line in text.split(", ")]
        broad = max(breadth(line, POINTS) * 72 + 12 for line in lines)
        label = "\\n".join([face.label, *lines])
        return Face(label, face.tip, "box", max(face.width, broad), HIGH + LINE * len(lines))

    def label(self, node: Node) -> str:
        """The op, and what enters it that is no node; of a leaf its name."""
        if node.op is None:
            return node.name or "·"
        op, names = node.op, self._names(node)
        if op in SIGNS:
            return _arithmetic(SIGNS[op], names)
        if op == "concat":
            return self._side_by_side(node)
        weight = next(iter(name for _, name in sorted(names.items())), "")
        if op in ("linear", "matmul"):
            return weight or "@"
        if op in ("matrix_transpose", "permute_dims"):
            return f"{weight}ᵀ" if weight else "ᵀ"
        if op == "getitem":
            return f"{weight}[·]"
        gate = self._gate(node)
        sign = SYMBOLS.get(op, op)
        return f"{sign} {gate or weight}".strip()

    def _names(self, node: Node) -> dict[int, str]:
        """What the hidden inputs of a node and the numbers are called, by position."""
        numbers = {
            k: f"{value:.3g}" for k, value in node.constants.items() if isinstance(value, float)
        }
        weights = {
            k: (self.nodes[x].name or "w").rpartition(".")[2]
            for k, x in self.inputs.get(node.id, {}).items()
            if x in self.hidden
        }
        return {**numbers, **weights}

    def _side_by_side(self, node: Node) -> str:
        """[h, x]: what stands side by side, where it has a name."""
        found = []
        for k in sorted({*self.inputs.get(node.id, {}), *node.constants}):
            x = self.inputs.get(node.id, {}).get(k)
            part = self.part_of.get(x, "") if x is not None else ""
            starts = [p for p, i in self.roles.initial.items() if i == x]
            part = part or (starts[0] if starts else "")
            data = x in self.roles.inputs or (x is None and node.id in self.roles.feeding)
            found.append(part.rpartition(".")[2] or ("x" if data else "·"))
        return beside(found)

    def _gate(self, node: Node) -> str:
        """The letter in the name of the weight before an activation: f of W_f, n of W_xn."""
        inputs = self.inputs.get(node.id, {})
        todo = list(inputs.values()) if len(inputs) == 1 else []
        while todo:
            i = todo.pop(0)
            name = (self.nodes[i].name or "").rpartition(".")[2]
            if i in self.hidden and name.startswith("W_"):
                return name[-1]
            if self.nodes[i].op in THROUGH and i not in self.part_of:
                todo += self.inputs.get(i, {}).values()
        return ""


def beside(names: Sequence[str]) -> str:
    """[h, x]: what stands side by side, as long as it is short."""
    return f"[{', '.join(names)}]" if len(names) < 4 else "[…]"


def _arithmetic(sign: str, names: dict[int, str]) -> str:
    """+, 1 −, × 0.9: with the operand that is no node."""
    left, right = names.get(0, ""), names.get(1, "")
    if sign == "×":
        return f"{left or right} ×".strip()
    if sign == "+":
        return f"+ {left or right}".strip()
    return f"{left}^{right}" if sign == "^" else f"{left} {sign} {right}".strip()


def _circle(label: str, tip: str) -> Face:
    return Face(label, tip, "circle", ROUND, ROUND)


def _box(label: str, tip: str) -> Face:
    width = max(NARROWEST, breadth(label[:14], POINTS) * 72 + 13)
    return Face(plain(label, 14), tip, "box", round(width, 1), HIGH)
