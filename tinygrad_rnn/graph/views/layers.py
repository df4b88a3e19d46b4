"""A small directed graph in layers: sources left, results right, what is joined near each other.

    layer   how far right: one more than the furthest of what a node comes from
    row     how far down from the middle
    bend    where a line passes a layer that it has no node in
"""

from __future__ import annotations

from functools import lru_cache
from statistics import mean

Place = tuple[int, float]  # layer, row
Pairs = tuple[tuple[int, int], ...]
SWEEPS = 12
NARROW = 0.5  # a bend needs half the room of a node


@lru_cache(maxsize=64)
def arrange(count: int, edges: Pairs) -> tuple[tuple[Place, ...], tuple[tuple[Place, ...], ...]]:
    """The places of nodes 0 … count-1, and the bends of every edge (tail, head), tail < head.

    >>> arrange(3, ((0, 1), (1, 2), (0, 2)))[0]
    ((0, 0.0), (1, -0.38), (2, 0.0))
    """
    layer = _layers(count, edges)
    chains: list[list[int]] = []
    for tail, head in edges:
        bends = range(len(layer), len(layer) + layer[head] - layer[tail] - 1)
        chains.append([tail, *bends, head])
        layer += range(layer[tail] + 1, layer[head])
    row = _rows(layer, [pair for chain in chains for pair in zip(chain, chain[1:])], count)
    places = [(x, round(y, 2) + 0.0) for x, y in zip(layer, row, strict=True)]
    bends_of = tuple(tuple(places[i] for i in chain[1:-1]) for chain in chains)
    return tuple(places[:count]), bends_of


def _layers(count: int, edges: Pairs) -> list[int]:
    """The longest path that leads to a node; a source stands just before what uses it."""
    layer = [0] * count
    for tail, head in sorted(edges, key=lambda edge: edge[1]):
        layer[head] = max(layer[head], layer[tail] + 1)
    for source in set(range(count)) - {head for _, head in edges}:
        uses = [layer[head] for tail, head in edges if tail == source]
        layer[source] = min(uses, default=1) - 1
    return layer


def _rows(layer: list[int], joined: list[tuple[int, int]], count: int) -> list[float]:
    """Each node at the mean row of its neighbours, as far as it has room: by sweeps to and fro."""
    beside: list[list[list[int]]] = [[[], []] for _ in layer]
    for tail, head in joined:
        beside[head][0].append(tail)
        beside[tail][1].append(head)
    columns: list[list[int]] = [[] for _ in range(max(layer, default=-1) + 1)]
    for node, x in enumerate(layer):
        columns[x].append(node)
    row = [float(columns[x].index(node)) for node, x in enumerate(layer)]
    room = [1.0 if node < count else NARROW for node in range(len(layer))]
    for sweep in range(SWEEPS):
        back = sweep % 2
        for column in reversed(columns) if back else columns:
            wish = {
                n: mean(row[other] for other in beside[n][back]) if beside[n][back] else row[n]
                for n in column
            }
            _settle(column, wish, row, room)
    return _centred(row)


def _settle(
    column: list[int], wish: dict[int, float], row: list[float], room: list[float]
) -> None:
    """Put a layer where it wishes to be: in that order, apart by the room, and on average there."""
    column.sort(key=lambda n: (wish[n], n))
    place = -float("inf")
    for before, n in zip([column[0], *column], column):
        place = max(place + (room[before] + room[n]) / 2, wish[n])
        row[n] = place
    shift = mean(wish[n] - row[n] for n in column)
    for n in column:
        row[n] += shift


def _centred(row: list[float]) -> list[float]:
    middle = (max(row, default=0.0) + min(row, default=0.0)) / 2
    return [y - middle for y in row]
