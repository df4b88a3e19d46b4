"""Level "op": every op of every step a node; one step is placed once and copied for all.

Arrows point forward, as the computation went; their colour is what flows back. A weight is no node:
its name stands in its product. The three standard cells are placed by hand, any other cell by the
layout program; where steps differ, or there is no program, `dot` places everything, step by step.

    stop    a column of the picture: a step, or the gap for those left out
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import graphviz

from ..render import RenderError
from ..views.blocks import DATA, ITEM, STATE, Block, Ref, block_of
from ..views.wiring import Wiring
from .barrier import barrier_level
from .direction import direction_named
from .faces import DATA_FACE, Face, Faces, beside
from .legend import legend_label
from .palette import scale_for
from .paper import Paper
from .standard_cells import place_by_hand
from .stops import Stop, stops_for
from .tiler import Sketch, tiled
from .tiling import place_by_program


def op_level(
    wirings: Sequence[Wiring],
    title: str,
    subtitle: str,
    max_columns: int = 6,
    direction: str = "LR",
    tokens: Sequence[str] | None = None,
) -> graphviz.Digraph:
    """The DOT of networks of ops, one above the other in aligned columns, the middle left out.

    `direction` "LR": time runs from left to right; "TB": from top to bottom. `tokens` are what the
    inputs show, one a step. A graph without states is drawn plainly. ValueError for max_columns
    below 4 where steps must be left out, or another direction.
    """
    word = direction_named(direction).rankdir
    scale = scale_for(chain.from_iterable((*wiring.nodes, *wiring.edges) for wiring in wirings))
    legend = legend_label(title, subtitle, scale)
    faces = [Faces(wiring, tokens) for wiring in wirings]
    stops = _stops(wirings, max_columns)
    sketches = [_sketch(*pair, word) for pair in zip(wirings, faces, strict=True)]
    placed = [sketch for sketch in sketches if sketch]
    if len(placed) < len(sketches):
        return barrier_level(faces, stops, legend, scale, word)
    return tiled(placed, stops, Paper(scale, word), legend)


def _stops(wirings: Sequence[Wiring], most: int) -> list[Stop]:
    """The columns that the networks share: of the longest, with the loss of each."""
    length = max(len(wiring.graph.states) for wiring in wirings)
    if not length:
        return []
    return stops_for(length, sorted({_loss_step(wiring) for wiring in wirings}), most)


def _loss_step(wiring: Wiring) -> int:
    """The step of the loss that is followed; the last one where it belongs to none."""
    step = wiring.graph.step_of_loss(wiring.loss)
    return len(wiring.graph.states) - 1 if step is None else step


def _sketch(wiring: Wiring, faces: Faces, direction: str) -> Sketch | None:
    """The network with its tile; None where its steps differ, or there is no layout program."""
    block = block_of(wiring.graph) if wiring.graph.states else None
    if block is None:
        return None
    _relabel(block, faces)
    shapes = _shapes(block, faces)
    tile = place_by_hand(block, shapes, direction)
    if tile is None:
        try:
            tile = place_by_program(block, shapes, direction)
        except RenderError:
            return None
    return Sketch(wiring, faces, block, tile, shapes)


def _relabel(block: Block, faces: Faces) -> None:
    """Where a step has a plain value in the place of a state, its op is called as in the others."""
    nodes = faces.wiring.graph.nodes
    for i, item in enumerate(block.items):
        own = [nodes[stage.nodes[i]] for stage in block.stages if i in stage.nodes]
        for node in own:
            kinds = [item.refs[k].kind for k in node.constants if k in item.refs]
            if item.op == "concat":
                parts = (item.refs[k] for k in sorted(item.refs))
                faces.labels[node.id] = beside([_short(block, faces, ref) for ref in parts])
            elif STATE in kinds or ITEM in kinds:
                faces.labels[node.id] = faces.label(own[-1])


def _short(block: Block, faces: Faces, ref: Ref) -> str:
    """A letter for what stands side by side with others: h, x."""
    parts = {i: part for part, i in block.parts.items()}
    part = str(ref.which) if ref.kind == STATE else parts.get(int(ref.which or 0), "")
    if part:
        return part.rpartition(".")[2]
    stages = [stage.nodes for stage in block.stages if ref.which in stage.nodes]
    data = ref.kind == ITEM and block.items[int(ref.which)].op == DATA
    if data or ref.kind != ITEM or not stages:
        return "x" if data else "·"
    node = faces.wiring.graph.nodes[stages[0][int(ref.which)]]
    named = (node.name or "").partition("[")[0] if node.op is None else ""
    return "x" if node.id in faces.entering else named or "·"


def _shapes(block: Block, faces: Faces) -> dict[int, Face]:
    """For every item the broadest face that it has in any step."""
    found = dict.fromkeys(range(len(block.items)), DATA_FACE)
    for i, item in enumerate(block.items):
        if item.op != DATA:
            own = [faces.of(stage.nodes[i]) for stage in block.stages if i in stage.nodes]
            found[i] = max(own, key=lambda face: (face.height, face.width))
    return found
