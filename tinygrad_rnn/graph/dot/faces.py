"""What a node of the op level looks like: a short label, a shape, a size in points.

A weight is no node but a name: linear(x, W_f, b_f) is "W_f", add(y, b) is "+ b", and an activation
has the letter of its gate, "σ f", where its weight is named like one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..nodes import Node
from ..views.blocks import is_hidden
from ..views.labels import gate_letters, symbol, whole
from ..views.roles import roles_of
from ..views.wiring import Wiring
from .text import breadth, plain, token

POINTS = 10  # the size of a letter
ROUND, HIGH, NARROWEST, LINE = 22.0, 19.0, 24.0, 12.0
LONGEST = 14  # letters in a box
MOST = 8  # so many nodes outside the steps are drawn one by one
ARITHMETIC = {"add", "subtract", "multiply", "divide", "pow"}


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


def gathered(nodes: list[int]) -> dict[int, int]:
    """For every node the one that is drawn for it: itself; of very many, the last."""
    return {i: i if len(nodes) <= MOST else nodes[-1] for i in nodes}


def crowded(face: Face, count: int) -> Face:
    """The face of a node that stands for `count`, and says so."""
    if count == 1:
        return face
    more = f"{count - 1} more"
    broad = max(face.width, breadth(f"with {more}", POINTS) * 72 + 13)
    label, tip = f"{face.label}\\nwith {more}", f"{face.tip}, with {more}"
    return Face(label, tip, "box", round(broad, 1), face.height + LINE)


DATA_FACE = Face("x", "x, plain data", "circle", ROUND, ROUND)


class Faces:
    """The faces of the nodes of one network."""

    def __init__(self, wiring: Wiring, tokens: Sequence[str] | None = None) -> None:
        self.wiring, self.tokens = wiring, tokens
        self.nodes = wiring.graph.nodes
        self.roles = roles_of(wiring.graph)
        self.entering = set(self.roles.inputs) - wiring.weights
        weights = [*self.roles.weights, *wiring.weights]
        self.gates = gate_letters(wiring.graph, self.roles._replace(weights=weights))
        self.hidden = {node.id for node in self.nodes if is_hidden(node, self.roles)}
        self.known: dict[int, Face] = {}
        self.labels: dict[int, str] = {}  # what some nodes are to be called
        self.inputs = wiring.graph.inputs()
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
        if node.id in self.entering:
            text = self._token(node.step)
            return self._noted(_circle("x" if text is None else token(text), tip or "x"), node)
        return self._noted(_box(self.labels.get(node.id) or self.label(node), tip), node)

    def ghost(self, i: int, shape: Face) -> Face:
        """The face of node i where it is a plain value: of that size, with its name alone."""
        name = self.of(i).label.partition("\\n")[0]
        return shape._replace(label=name, tip=self.of(i).tip)

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
        if op in ARITHMETIC:
            return _arithmetic(symbol(op), names)
        if op == "concat":
            return self._side_by_side(node)
        weight = next(iter(name for _, name in sorted(names.items())), "")
        if op in ("linear", "matmul"):
            return weight or self._used(node) or symbol("matmul")
        if op in ("matrix_transpose", "permute_dims"):
            return f"{weight}ᵀ" if weight else "ᵀ"
        if op == "getitem":
            return f"{weight}[·]"
        return f"{symbol(op)} {self.gates.get(node.id, weight)}".strip()

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

    def _used(self, node: Node) -> str:
        """The name of a weight whose numbers are nodes of their own: W_f of W_f[0,1]."""
        inputs = self.inputs.get(node.id, {})
        used = [x for _, x in sorted(inputs.items()) if x in self.wiring.weights]
        return whole(self.nodes[used[0]].name) if used else ""

    def _side_by_side(self, node: Node) -> str:
        """[h, x]: what stands side by side, where it has a name."""
        found = []
        for k in sorted({*self.inputs.get(node.id, {}), *node.constants}):
            x = self.inputs.get(node.id, {}).get(k)
            part = self.part_of.get(x, "") if x is not None else ""
            starts = [p for p, i in self.roles.initial.items() if i == x]
            part = part or (starts[0] if starts else "")
            data = x in self.entering or (x is None and node.id in self.roles.feeding)
            found.append(part.rpartition(".")[2] or ("x" if data else "·"))
        return beside(found)


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
    size = max(ROUND, breadth(label, POINTS) * 72 + 7)
    return Face(label, tip, "circle", round(size, 1), round(size, 1))


def _box(label: str, tip: str) -> Face:
    short = _shortened(label)
    width = max(NARROWEST, breadth(short, POINTS) * 72 + 13)
    return Face(plain(short, LONGEST), tip, "box", round(width, 1), HIGH)


def _shortened(label: str) -> str:
    """Cut in the middle: an index at the end tells one entry from another.

    >>> _shortened("embedding.weight[23,1]")
    'embed…ht[23,1]'
    """
    if len(label) <= LONGEST:
        return label
    kept = max(len(label) - label.rfind("[") if label.endswith("]") else 0, LONGEST // 2 + 1)
    kept = min(kept, LONGEST - 2)
    return f"{label[: LONGEST - 1 - kept]}…{label[-kept:]}"
