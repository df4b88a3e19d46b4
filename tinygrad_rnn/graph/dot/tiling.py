"""One step laid out by the layout program: a tile for any cell whose steps are alike.

Points on the border stand for the parts of the state: where they come in, and where they go out.
What belongs to a direction that runs back in time is laid out back to front.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import graphviz

from ..render import lay_out
from ..views.blocks import ITEM, STATE, Block
from .faces import Face
from .tile import HEADING, Path, Point, Tile, straight

GRAPH = {"nodesep": "0.14", "ranksep": "0.24"}
ROOM = "0.36"  # for the circle where a state starts
MARGIN, ROAD = 8.0, 14.0


def place_by_program(block: Block, faces: Mapping[int, Face], direction: str) -> Tile:
    """The tile of a block, one face an item. RenderError without a layout program."""
    made = json.loads(lay_out(_source(block, faces, direction).source, "json0"))
    _, _, width, height = (float(number) for number in made["bb"].split(","))
    found = _Found(direction, width, height)
    objects = {thing["_gvid"]: thing for thing in made["objects"] if "pos" in thing}
    at = {thing["name"]: found.point(thing["pos"]) for thing in objects.values()}
    paths: dict[tuple[int, int], Path] = {}
    exits: dict[str, Path] = {}
    parts = list(block.parts)
    for edge in made.get("edges", ()):
        kind, *key = edge.get("id", "").split("_")
        if kind == "p":
            paths[int(key[0]), int(key[1])] = found.path(edge["pos"])
        elif kind == "out":
            exits[parts[int(key[0])]] = found.path(edge["pos"])
    places = {i: at[f"n{i}"] for i in range(len(block.items))}
    _sort_leaves(block, places, paths)
    return Tile(
        length=found.length,
        breadth=found.breadth,
        places=places,
        paths=paths,
        entries={key: at[name] for key, name in _entries(block).items()},
        exits=exits,
    )


def _sort_leaves(
    block: Block, places: dict[int, Point], paths: dict[tuple[int, int], Path]
) -> None:
    """Let leaves that only one op uses change places: W[0,0], W[0,1], …, b[0], as they enter it."""
    uses = Counter(tail for tail, _ in block.links())
    for head, item in enumerate(block.items):
        items = {p: int(r.which) for p, r in sorted(item.refs.items()) if r.kind == ITEM}
        own = {p: i for p, i in items.items() if uses[i] == 1 and not block.items[i].refs}
        slots = sorted(own, key=lambda position: places[own[position]][::-1])
        spots = [(places[own[slot]], paths[head, slot]) for slot in slots]
        for position, (place, path) in zip(own, spots, strict=True):
            places[own[position]], paths[head, position] = place, path


class _Found:
    """What the program wrote, in our directions, with a margin."""

    def __init__(self, direction: str, width: float, height: float) -> None:
        self.across, self.height = direction == "LR", height
        length, breadth = (width, height) if self.across else (height, width)
        self.before, self.above = (ROAD, HEADING) if self.across else (ROAD + HEADING, 0.0)
        self.length = length + self.before + ROAD
        self.breadth = breadth + self.above + 2 * MARGIN

    def point(self, text: str) -> Point:
        x, y = (float(number) for number in text.split(",")[-2:])
        along, across = (x, self.height - y) if self.across else (self.height - y, x)
        return round(along + self.before, 1), round(across + self.above + MARGIN, 1)

    def path(self, text: str) -> Path:
        """From the tail to the tip, at whichever end the program put the arrow."""
        words = text.split()
        points = [self.point(word) for word in words if word[0] not in "es"]
        tips = {word[0]: self.point(word) for word in words if word[0] in "es"}
        way = tuple(reversed(points)) if "s" in tips else tuple(points)
        return way + straight(way[-1], next(iter(tips.values())))[1:] if tips else way


def _entries(block: Block) -> dict[tuple[str, int], str]:
    """Each way that a state comes in, and the name of its point."""
    ways = {
        (str(ref.which), ref.back)
        for item in block.items
        for ref in item.refs.values()
        if ref.kind == STATE
    }
    return {way: f"in{k}" for k, way in enumerate(sorted(ways))}


def _source(block: Block, faces: Mapping[int, Face], direction: str) -> graphviz.Digraph:
    """The step alone; forward entries on the first rank, forward exits on the last."""
    dot = graphviz.Digraph("step", graph_attr={"rankdir": direction, **GRAPH})
    dot.attr("node", fixedsize="true", shape="box")
    dot.attr("edge", arrowsize="0.55")
    entries = _entries(block)
    against = {part for part, back in entries if back < 0}
    layers = {part.rpartition(".")[0] for part in against}
    for i in range(len(block.items)):
        face = faces[i]
        size = {"width": f"{face.width / 72:.3f}", "height": f"{face.height / 72:.3f}"}
        dot.node(f"n{i}", "", shape=face.shape, **size)
    first = [name for (_, back), name in entries.items() if back > 0]
    last = [name for (_, back), name in entries.items() if back < 0]
    for k, part in enumerate(block.parts):
        (first if part in against else last).append(f"out{k}")
    along, across = ("width", "height") if direction == "LR" else ("height", "width")
    room = {along: "0.01", across: ROOM}
    _border(dot, "source", first, room)
    _border(dot, "sink", last, room)
    for tail, head, attrs, turned in _edges(block, entries, layers):
        if turned:
            dot.edge(head, tail, dir="back", **attrs)
        else:
            dot.edge(tail, head, **attrs)
    _hold(dot, block, first, last)
    return dot


def _border(dot: graphviz.Digraph, rank: str, names: list[str], room: dict[str, str]) -> None:
    with dot.subgraph() as border:
        border.attr(rank=rank)
        for name in names:
            border.node(name, "", **room)


def _edges(
    block: Block, entries: Mapping[tuple[str, int], str], layers: set[str]
) -> Iterator[tuple[str, str, dict[str, Any], bool]]:
    """Tail, head, attributes, and whether it runs back in time."""
    for head, item in enumerate(block.items):
        for position, ref in sorted(item.refs.items()):
            attrs = {"id": f"p_{head}_{position}"}
            if ref.kind == ITEM:
                both = {block.items[int(ref.which)].layer, item.layer}
                turned = len(both) == 1 and both <= layers
                yield f"n{ref.which}", f"n{head}", attrs, turned
            elif ref.kind == STATE:
                name = entries[str(ref.which), ref.back]
                yield name, f"n{head}", {"weight": "5", **attrs}, ref.back < 0
    against = {part for part, back in entries if back < 0}
    for k, (part, i) in enumerate(block.parts.items()):
        attrs = {"id": f"out_{k}", "weight": "5"}
        yield f"n{i}", f"out{k}", attrs, part in against


def _hold(dot: graphviz.Digraph, block: Block, first: list[str], last: list[str]) -> None:
    """Keep everything between the borders."""
    tails = {tail for tail, _ in block.links()} | set(block.parts.values())
    for i, item in enumerate(block.items):
        if first and not item.refs:
            dot.edge(first[0], f"n{i}", style="invis", weight="0")
        if last and i not in tails:
            dot.edge(f"n{i}", last[0], style="invis", weight="0")
