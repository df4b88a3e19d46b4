"""A row of the page: the norms of one loss's gradient at every step, and what its Flow says.

    unit      the norm that counts as 1
    factor    by how much the norm changes per step back
    back      the norms at the first part of the state, up to lag 0
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..dot.palette import Scale, scale_for
from ..gradient_flow import Flow
from ..views.columns import Norm, share, together
from ..views.roles import Roles
from .packing import number, pack


class Row:
    """The norms of one loss's gradient, up to the last step that is reached.

    `norms` at the states; `ahead` carried back to each state through the step after it, `behind`
    to the one after it through its own step (of parts that run backward); `shares` of the weights.
    """

    def __init__(self, flow: Flow, roles: Roles, window: range) -> None:
        states = (flow.graph.states[t].values() for t in window)
        norms = [together(flow.nodes[i] for i in parts) for parts in states]
        length = max((t + 1 for t, value in enumerate(norms) if value is not None), default=0)
        steps = window[:length]
        self.norms = norms[:length]
        self.shares = [together(share(flow, i, t) for i in roles.weights) for t in steps]
        self.ahead = [_carried(flow, t, t + 1) for t in steps[:-1]]
        self.behind = [_carried(flow, t + 1, t) for t in steps[:-1]]
        self.back = _back(flow, window)
        self.factor = flow.factor() if self.back else math.nan
        unit = flow.unit()
        self.unit = unit if math.isfinite(unit) else 1.0

    def scales(self) -> tuple[Scale, Scale]:
        """The scales on which all its norms fit: relative to the unit, and absolute."""
        return scale_for(v and v / self.unit for v in self.norms), scale_for(self.norms)


def packed(rows: Sequence[Row]) -> dict[str, Any]:
    """What is said of every loss, and of their sum; a row that can be known from `states` is left
    empty: `ahead` where it is all that the state before received, `behind` where nothing runs
    backward, `back` where the state has one part.
    """
    return {
        "states": pack(row.norms for row in rows),
        "ahead": pack([] if row.ahead == row.norms[:-1] else row.ahead for row in rows),
        "behind": pack(row.behind if any(row.behind) else [] for row in rows),
        "back": pack([] if row.back == row.norms else row.back or [None] for row in rows),
        "units": pack([[row.unit for row in rows]]),
        "factors": [number(row.factor) for row in rows],
    }


def _carried(flow: Flow, t: int, through: int) -> Norm:
    """What came back to the state of step t through another step."""
    return together(share(flow, i, through) for i in flow.graph.states[t].values())


def _back(flow: Flow, window: range) -> list[Norm]:
    """The norms at the first part of the state, from the last step that is on the page to lag 0."""
    norms, steps = flow.norms(), steps_back(flow)
    shown = [lag for lag, t in enumerate(steps) if t in window]
    lags = steps[: max(shown, default=-1) + 1]
    return [norms[t] if t in window else None for t in reversed(lags)]


def steps_back(flow: Flow) -> list[int]:
    """The steps from lag 0 on; none where the first part of the state is not reached."""
    reached = any(value is not None for value in flow.norms())
    return flow.steps_back() if reached else []
