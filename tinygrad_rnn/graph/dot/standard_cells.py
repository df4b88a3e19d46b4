"""The three standard cells, placed by hand: the state that lasts runs straight along one side.

A table has a line for each op: its name, the op, its inputs, its column along time and its row. An
input is the name of a line, `x`, the state before (`h-`, `c-`), a weight `w` or a number `1`. A
cell is recognised by what it computes, whoever wrote it. What is read out of it stands beyond h.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..views.blocks import COMMON, ITEM, PLAIN, STATE, Block, Ref
from ..views.layers import arrange
from .faces import ROUND, Face
from .tile import HEADING, Path, Point, Tile, joined, smooth

TABLES = (
    """
    x     -         -           1.0  5.2
    hx    concat    h-,x        1.0  4
    f_    linear    hx,w,w      1.9  1
    i_    linear    hx,w,w      1.9  2
    g_    linear    hx,w,w      1.9  3
    o_    linear    hx,w,w      1.9  4
    f     sigmoid   f_          2.9  1
    i     sigmoid   i_          2.9  2
    g     tanh      g_          2.9  3
    o     sigmoid   o_          2.9  4
    fc    multiply  f,c-        4.0  0
    ig    multiply  i,g         4.0  2.5
    c     add       fc,ig       4.9  0
    tc    tanh      c           5.8  2
    h     multiply  o,tc        7.0  4
    """,
    """
    x     -         -           1.0  4.6
    hx    concat    h-,x        1.0  1.5
    z_    linear    hx,w,w      1.9  1
    z     sigmoid   z_          2.9  1
    r_    linear    hx,w,w      1.9  2
    r     sigmoid   r_          2.9  2
    hn    linear    h-,w,w      1.9  3.2
    rh    multiply  r,hn        3.9  2.8
    xn    linear    x,w,w       1.9  4.6
    n_    add       xn,rh       4.8  3.4
    n     tanh      n_          5.7  2.6
    1z    subtract  1,z         3.9  1
    zn    multiply  1z,n        5.7  1
    zh    multiply  z,h-        4.8  0
    h     add       zn,zh       6.9  0
    """,
    """
    x     -         -           1.0  2.1
    hx    concat    h-,x        1.0  1
    h_    linear    hx,w,w      2.0  1
    h     tanh      h_          2.9  1
    """,
)
UNITS: dict[str, Point] = {"LR": (48.0, 33.0), "TB": (38.0, 52.0)}  # of a column, of a row
MARGIN = 20.0
TURN = 26.0  # so far along a state has reached the row where it is used


class Line(NamedTuple):
    """A line of a table."""

    op: str
    inputs: tuple[str, ...]
    place: Point


Table = dict[str, Line]


def place_by_hand(block: Block, faces: Mapping[int, Face], direction: str) -> Tile | None:
    """The tile of a standard cell, one face an item; None for any other cell."""
    for text in TABLES:
        table = _read(text)
        named = _matched(block, table)
        if named is not None:
            return _tile(block, table, named, _unit(faces, direction), direction)
    return None


def _unit(faces: Mapping[int, Face], direction: str) -> Point:
    """The size of a column and of a row: larger where something stands below the names."""
    broad = 14 + max(face.width for face in faces.values())
    high = 14 + max(face.height for face in faces.values())
    if high <= 14 + ROUND:
        return UNITS[direction]
    return (broad / 0.85, high) if direction == "LR" else (high / 0.85, broad)


def _read(text: str) -> Table:
    lines = (line.split() for line in text.strip().splitlines())
    return {
        name: Line(op, tuple(inputs.split(",")), (float(column), float(row)))
        for name, op, inputs, column, row in lines
    }


def _matched(block: Block, table: Table) -> dict[str, int] | None:
    """Which item is which line; None where the block computes something else."""
    parts = sorted({"h", "c"} & table.keys())
    if sorted(block.parts) != parts:
        return None
    named: dict[str, int] = {}
    todo = [(part, Ref(ITEM, block.parts[part])) for part in parts]
    while todo:
        name, ref = todo.pop()
        line = table.get(name)
        if line is None:
            if not _means(name, ref):
                return None
        elif ref.kind != ITEM or named.setdefault(name, int(ref.which)) != ref.which:
            return None
        else:
            item = block.items[int(ref.which)]
            if name == "x":
                if any(r.kind != COMMON and r.kind != PLAIN for r in item.refs.values()):
                    return None
            elif item.op != line.op or len(item.refs) != len(line.inputs):
                return None
            else:
                todo += zip(line.inputs, (item.refs[k] for k in sorted(item.refs)), strict=True)
    return named


def _means(name: str, ref: Ref) -> bool:
    """Whether an input that is no line is what the table says."""
    if name.endswith("-"):
        return ref == Ref(STATE, name[:-1], 1)
    return ref.kind == (COMMON if name == "w" else PLAIN)


def _tile(
    block: Block, table: Table, named: dict[str, int], unit: Point, direction: str
) -> Tile:
    grid = {i: table[name].place for name, i in named.items()}
    grid.update(_readouts(block, grid, table["h"].place))
    before, above = (HEADING, 0.0) if direction == "TB" else (0.0, HEADING)

    def at(place: Point) -> Point:
        along, across = before + place[0] * unit[0], above + MARGIN + place[1] * unit[1]
        return round(along, 1), round(across, 1)

    places = {i: at(place) for i, place in grid.items()}
    entries = {(p, 1): (0.0, places[i][1]) for p, i in block.parts.items()}
    length = max(x for x, _ in places.values()) + unit[0] * 0.7
    breadth = max(y for _, y in places.values()) + MARGIN
    return Tile(length, breadth, places, _turns(block, places, entries), entries, {})


def _readouts(block: Block, placed: dict[int, Point], h: Point) -> dict[int, Point]:
    """What is read out of h: a column beyond it where there is room, else a row."""
    order = _in_order(block, [i for i in range(len(block.items)) if i not in placed])
    if not order:
        return {}
    number = {i: k for k, i in enumerate(order)}
    pairs = tuple(
        sorted((number[a], number[b]) for a, b in set(block.links()) if a in number and b in number)
    )
    found, _ = arrange(len(order), pairs)
    column, row = h
    way = -1 if row else 1
    if max(layer for layer, _ in found) < (row - 1 if row else 4):
        offset = min(beside for _, beside in found)
        return {
            i: (column + 0.85 + beside - offset, row + way * (1 + layer))
            for i, (layer, beside) in zip(order, found, strict=True)
        }
    lowest = max(way * beside for _, beside in found)
    return {
        i: (column + 1 + layer, row + way + beside - (lowest if way < 0 else -lowest))
        for i, (layer, beside) in zip(order, found, strict=True)
    }


def _in_order(block: Block, items: list[int]) -> list[int]:
    """Items with inputs before what uses them, as the nodes of the steps are numbered."""
    first = {i: min(s.nodes[i] for s in block.stages if i in s.nodes) for i in items}
    depth = dict.fromkeys(items, 0)
    links = [(a, b) for a, b in block.links() if a in depth and b in depth]
    for _ in items:
        for a, b in links:
            depth[b] = max(depth[b], depth[a] + 1)
    return sorted(items, key=lambda i: (depth[i], first[i]))


def _turns(
    block: Block, places: dict[int, Point], entries: dict[tuple[str, int], Point]
) -> dict[tuple[int, int], Path]:
    """From an entry: a turn to the row of what uses the state, then straight on."""
    paths = {}
    for head, item in enumerate(block.items):
        for position, ref in item.refs.items():
            if ref.kind == STATE:
                x, y = entries[str(ref.which), ref.back]
                to_x, to_y = places[head]
                bend = smooth((x, y), (x + TURN, to_y)) if to_y != y else ((x, y),)
                paths[head, position] = joined([bend, ((to_x, to_y),)])
    return paths
