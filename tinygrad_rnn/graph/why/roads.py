"""The straight road: from one step's state to a later one through additions and elementwise
products only, past no activation and no weight. For an LSTM's c it is the product of its forget
gates; the way around goes through h and the gates.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ...arrays.namespace import entries, norm
from ...arrays.shapes import product
from ...autograd import Tensor
from ...autograd.backprop import backward_order, pull_back
from ...autograd.transforms import unit_vectors
from ..tracing import Recorded
from .kinds import on_straight_road
from .reasons import step_number

Matrix = list[list[float]]


class Road(NamedTuple):
    """∂part[from_step]/∂part[to_step]: a row for every entry of the later, (n, n).

    `straight` + `around` = `full`, entry by entry.
    """

    part: str
    from_step: int
    to_step: int
    straight: Matrix
    full: Matrix

    @property
    def around(self) -> Matrix:
        """What goes through activations and weights."""
        rows = zip(self.full, self.straight, strict=True)
        return [[a - b for a, b in zip(*pair, strict=True)] for pair in rows]

    @property
    def share(self) -> float:
        """How much of the Jacobian is straight: its projection, ⟨straight, full⟩ / ⟨full, full⟩.

        1: all of it, 0: nothing; outside of these where the two roads cancel. nan: there is no way.
        """
        size = norm(self.full)
        pairs = zip(entries(self.straight), entries(self.full), strict=True)
        return sum((a / size) * (b / size) for a, b in pairs) if size else math.nan

    def __str__(self) -> str:
        straight, full = (norm(m) for m in (self.straight, self.full))
        share = f"{self.share:.0%}" if full else "nothing"
        return (
            f"d{self.part}[{self.from_step}]/d{self.part}[{self.to_step}]: norm {full:.2g}, of its "
            f"straight part {straight:.2g}, which makes up {share} of it"
        )


def straight_road(recorded: Recorded, part: str, from_step: int, to_step: int) -> Road:
    """The Jacobian of a part of the state between two steps, and the straight part of it.

    Two walks back for every entry of the later state. ValueError for a step without the part.
    """
    steps = [step_number("road", recorded.states, part, t) for t in (from_step, to_step)]
    found = [(recorded.states[t][part], t) for t in steps]
    (early, first), (late, last) = sorted(found, key=lambda pair: recorded.number[pair[0]])
    way = _way(late, early)
    road = [node for node in way if on_straight_road(node)]
    seeds = unit_vectors(late.value)
    straight, full = ([_pulled(late, early, g, nodes) for g in seeds] for nodes in (road, way))
    return Road(part, last, first, straight, full)


def _way(late: Tensor, early: Tensor) -> list[Tensor]:
    """The nodes through which the later state depends on the earlier one, the last first."""
    order = backward_order([late], {early})
    reached = {early}
    for node in reversed(order):
        if any(x in reached for x in node.inputs if type(x) is Tensor):
            reached.add(node)
    return [node for node in order if node in reached and node is not early]


def _pulled(late: Tensor, early: Tensor, g: Any, nodes: list[Tensor]) -> list[float]:
    """What comes back to the earlier state through these nodes."""
    waiting = {late: g}
    for node in nodes:
        if node in waiting:
            pulled = pull_back(node, waiting.pop(node))
            for x, received in zip(node.inputs, pulled, strict=False):
                if received is not None:
                    waiting[x] = waiting[x] + received if x in waiting else received
    return entries(waiting[early]) if early in waiting else [0.0] * product(early.shape)
