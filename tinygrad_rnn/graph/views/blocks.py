"""The step of an unrolled network as data: one block for all steps, or none where they differ.

    item    a node of the block; in every step it stands for one node of the graph, or for none
    ghost   an item that is plain in a step (h·0.9 where h is the plain start): nothing was recorded
    ref     what an input of an item is: another item, the state of a step before, a weight: which
            one may change (of a decoder it is another than of its encoder)
    start   what the first step has in place of the state before

The steps are laid over each other, from the parts of the state down to the inputs. A step may lack
what others have (a readout, what was plain), but where two steps both have something it must agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ...arrays.shapes import product
from ..nodes import Graph, Node
from ..steps import SHARED
from .layers import Pairs
from .roles import Roles, roles_of

ITEM, STATE, COMMON, PLAIN = "item", "state", "common", "plain"
BLANK, DATA = "(blank)", "(data)"  # in place of an op: not yet known; a plain array that enters
END = "end"  # what nothing else in its step uses: no state, and no loss


class Ref(NamedTuple):
    """`which`: the number of an item, or a part of the state `back` steps ago.

    A negative `back` is a step ahead: of a part that runs from right to left.
    """

    kind: str
    which: int | str = 0
    back: int = 0


class Item(NamedTuple):
    """A node of the block: op (None: a leaf), layer, and what its inputs are, by position."""

    op: str | None
    layer: str
    refs: dict[int, Ref]


class Stage(NamedTuple):
    """One step: the node that each item stands for, and the items that are plain here."""

    nodes: dict[int, int]
    ghosts: frozenset[int]


class Block(NamedTuple):
    """What the steps have in common; `parts` says which item is which part of the state."""

    items: tuple[Item, ...]
    parts: dict[str, int]
    stages: tuple[Stage, ...]

    def links(self) -> Pairs:
        """(tail, head) of the items that are joined within the step."""
        return tuple(
            (int(ref.which), head)
            for head, item in enumerate(self.items)
            for ref in item.refs.values()
            if ref.kind == ITEM
        )


class Differ(Exception):
    """Two steps that cannot be laid over each other."""


def is_hidden(node: Node, roles: Roles) -> bool:
    """Whether a node is a weight: no node of the picture, but a name in the label of its product.

    A number that belongs to one step is drawn all the same; without states, everything is.
    """
    if not roles.step_of:
        return False
    own = node.id in roles.inputs or node.id in roles.initial.values() or node.id in roles.step_of
    return node.op is None and not own and (node.step == SHARED or node.shape != ())


def block_of(graph: Graph) -> Block | None:
    """The block of an unrolled network; None where its steps differ."""
    merger = _Merger(graph)
    stages: dict[int, Stage] = {}
    try:
        for t in (*range(1, len(graph.states)), 0):  # the first step may lack what was plain
            stages[t] = merger.merge(t)
    except Differ:
        return None
    items = tuple(Item(item.op, item.layer, item.refs) for item in merger.items)
    parts = {key[1]: i for key, i in merger.roots.items() if key[0] == STATE}
    return Block(items, parts, tuple(stages[t] for t in range(len(graph.states))))


class _Reader:
    """A graph, read step by step."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.roles = graph, roles_of(graph)
        self.starts = {i: part for part, i in self.roles.initial.items()}
        self.part_of = {i: part for parts in graph.states for part, i in parts.items()}
        self.inputs = graph.inputs()
        self.inside: dict[int, list[int]] = {}
        used = set()
        for edge in graph.edges:
            tail, head = graph.nodes[edge.tail], graph.nodes[edge.head]
            if tail.step == head.step:
                used.add(edge.tail)
        for node in graph.nodes:
            if isinstance(node.step, int) and self._is_drawn(node):
                self.inside.setdefault(node.step, []).append(node.id)
        self.ends = {node.id for node in graph.nodes} - used

    def _is_drawn(self, node: Node) -> bool:
        return not is_hidden(node, self.roles) and node.id not in self.starts

    def _ends(self, t: int) -> Iterator[tuple[tuple[Any, ...], int]]:
        """The parts of the state of a step, its losses, and what else nothing in it uses."""
        states = self.graph.states[t]
        for part, i in states.items():
            yield (STATE, part), i
        count: dict[tuple[Any, ...], int] = {}
        for i in self.inside.get(t, []):
            if i in self.ends and i not in states.values():
                node = self.graph.nodes[i]
                kind = node.op, node.attrs.get("entry", 0)
                key = ("loss",) if i in self.graph.losses else (END, *kind)
                count[key] = count.get(key, 0) + 1
                yield (*key, count[key]), i

    def _is_inside(self, x: int, t: int) -> bool:
        node = self.graph.nodes[x]
        return node.step == t and self._is_drawn(node)

    def _positions(self, node: int) -> list[int]:
        return sorted({*self.inputs.get(node, {}), *self.graph.nodes[node].constants})

    def _ref(self, node: int, position: int, x: int | None, t: int) -> Ref:
        """What an input is that is no node of step t."""
        if x is None:
            return self._constant(self.graph.nodes[node], position)
        if x in self.starts:
            back = -1 if self.starts[x] in self.roles.backward else 1
            return Ref(STATE, self.starts[x], back)
        if x in self.part_of:
            return Ref(STATE, self.part_of[x], t - self.roles.step_of[x])
        if isinstance(self.graph.nodes[x].step, int) and self._is_drawn(self.graph.nodes[x]):
            raise Differ
        return Ref(COMMON)

    def _constant(self, node: Node, position: int) -> Ref:
        """A number, a mask or a target is not drawn; an array that feeds a state is an input."""
        value = node.constants[position]
        mask = node.op == "where" and position == 0
        if not isinstance(value, tuple) or mask or node.id not in self.roles.feeding:
            return Ref(PLAIN)
        if len(self.graph.states) == 1 and self._looks_like_start(node, position):
            parts = list(self.graph.states[0])
            return Ref(STATE, parts[-1] if node.op in ("multiply", "add") else parts[0], 1)
        return Ref(DATA, node.layer)

    def _looks_like_start(self, node: Node, position: int) -> bool:
        """Of a single step, told by its shape: no later step shows what is the state before."""
        shapes = {self.graph.nodes[i].shape for i in self.graph.states[0].values()}
        return node.constants[position] in shapes and not (node.op == "concat" and position)


class _Merger(_Reader):
    """The block so far, and how one more step is laid over it."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self.items: list[Item] = []
        self.roots: dict[tuple[Any, ...], int] = {}
        self.data: dict[str, int] = {}

    def merge(self, t: int) -> Stage:
        """Lay step t over the block. Differ where it does not fit."""
        found: dict[int, int] = {}  # node: item
        plain: list[int] = []
        ends = list(self._ends(t))
        todo = [self._pair(n, self._root(key), found) for key, n in ends if key[0] != END]
        self._follow(todo, t, found, plain)
        for key, node in ends:
            if key[0] == END:
                todo = [self._pair(node, self._spare(key, node, found), found)]
                self._follow(todo, t, found, plain)
        if set(found) != set(self.inside.get(t, [])):
            raise Differ
        return Stage({item: node for node, item in found.items()}, self._ghosts(plain, found))

    def _follow(
        self, todo: list[tuple[int, int]], t: int, found: dict[int, int], plain: list[int]
    ) -> None:
        """Pair what the nodes to do are computed from, as far as the step goes."""
        while todo:
            node, item = todo.pop()
            known = self._agree(item, self.graph.nodes[node])
            refs = self.items[item].refs
            for position in self._positions(node):
                x = self.inputs.get(node, {}).get(position)
                if x is not None and self._is_inside(x, t):
                    if refs.get(position, Ref(PLAIN)).kind == PLAIN:
                        refs[position] = Ref(ITEM, found[x] if x in found else self._end(x, found))
                    if refs[position].kind != ITEM:
                        raise Differ
                    if x not in found:
                        todo.append(self._pair(x, int(refs[position].which), found))
                    elif found[x] != refs[position].which:
                        raise Differ
                elif x is not None or position in refs or not known:
                    plain += self._outer(refs, position, self._ref(node, position, x, t))
            plain += self._covered(node, refs)

    def _covered(self, node: int, refs: dict[int, Ref]) -> list[int]:
        """The items of the other entries of a plain array, which takes the places of all."""
        arrays = {k: v for k, v in self.graph.nodes[node].constants.items() if isinstance(v, tuple)}
        taken = {k + n for k, lengths in arrays.items() for n in range(1, product(lengths))}
        missing = taken & refs.keys() - self.inputs.get(node, {}).keys()
        return [int(refs[k].which) for k in sorted(missing) if refs[k].kind == ITEM]

    def _end(self, x: int, found: dict[int, int]) -> int:
        """The item that is an end in other steps, and is used in this one; else a new one."""
        node = self.graph.nodes[x]
        key = END, node.op, node.attrs.get("entry", 0), 1
        free = key in self.roots and self.roots[key] not in found.values()
        return self.roots[key] if free else self._blank()

    def _spare(self, key: tuple[Any, ...], node: int, found: dict[int, int]) -> int:
        """The item of an end; of one that is used in other steps, that which this step lacks."""
        if key not in self.roots:
            own = {k: found[x] for k, x in self.inputs.get(node, {}).items() if x in found}
            for i, item in enumerate(self.items):
                shared = {k: int(r.which) for k, r in item.refs.items() if r.kind == ITEM}
                if own and i not in found.values() and (item.op, shared) == (key[1], own):
                    return i
        return self._root(key)

    def _outer(self, refs: dict[int, Ref], position: int, ref: Ref) -> list[int]:
        """Enter an input that is no node of the step. Returns the item that is plain here."""
        known = refs.get(position, Ref(PLAIN))
        if ref.kind in (PLAIN, DATA) and known.kind in (STATE, ITEM):
            return [int(known.which)] if known.kind == ITEM else []
        if ref.kind == DATA:
            ref = Ref(ITEM, self._data(str(ref.which)))
        elif known not in (Ref(PLAIN), ref) and not self._is_data(known):
            raise Differ
        refs[position] = ref
        return []

    def _data(self, layer: str) -> int:
        """The item for the plain data that enters a layer."""
        if layer not in self.data:
            self.data[layer] = len(self.items)
            self.items.append(Item(DATA, layer, {}))
        return self.data[layer]

    def _is_data(self, ref: Ref) -> bool:
        return ref.kind == ITEM and self.items[int(ref.which)].op == DATA

    def _ghosts(self, plain: list[int], found: dict[int, int]) -> frozenset[int]:
        """What is plain, with all that it is computed from."""
        real, ghosts = set(found.values()), set()
        while plain:
            item = plain.pop()
            if item not in real and item not in ghosts and self.items[item].op != DATA:
                ghosts.add(item)
                plain += [int(r.which) for r in self.items[item].refs.values() if r.kind == ITEM]
        return frozenset(ghosts)

    def _pair(self, node: int, item: int, found: dict[int, int]) -> tuple[int, int]:
        if item in found.values():
            raise Differ
        found[node] = item
        return node, item

    def _root(self, key: tuple[Any, ...]) -> int:
        if key not in self.roots:
            self.roots[key] = self._blank()
        return self.roots[key]

    def _blank(self) -> int:
        self.items.append(Item(BLANK, "", {}))
        return len(self.items) - 1

    def _agree(self, item: int, node: Node) -> bool:
        """The op of an item is that of the node; a blank one takes it. Whether it was known."""
        known = self.items[item].op != BLANK
        if not known:
            self.items[item] = self.items[item]._replace(op=node.op, layer=node.layer)
        if self.items[item].op != node.op:
            raise Differ
        return known
