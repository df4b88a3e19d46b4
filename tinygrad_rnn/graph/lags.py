"""Norms against lag: where a gradient starts its way back, and how fast it falls.

    norms    of a part of the state, one for every step; None: not reached
    lag 0    the last state before the loss; the state k steps before it has lag k. Of the backward
             direction, whose past lies to the right, k steps after it
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Norms = Sequence[float | None]


def start_of(norms: Norms, loss_step: int | None) -> int | None:
    """The step of lag 0: that of the loss, else the last that is reached; None: there is none."""
    reached = [t for t, value in enumerate(norms) if value is not None]
    return loss_step if loss_step in reached else max(reached, default=None)


def steps_back(norms: Norms, start: int) -> list[int]:
    """The steps from lag 0 on, back in the time of the computation.

    >>> steps_back([1.0, 2.0, None], 1), steps_back([None, 2.0, 1.0], 1)
    ([1, 0], [1, 2])
    """
    turned = any(value is not None for value in norms[start + 1 :])
    if turned and (start == 0 or norms[start - 1] is None):
        return list(range(start, len(norms)))
    return list(range(start, -1, -1))


def relative(norms: Norms, loss_step: int | None) -> list[float | None]:
    """The norms relative to that at lag 0; nan where that is 0."""
    start = start_of(norms, loss_step)
    one = math.nan if start is None else norms[start] or math.nan
    return [None if value is None else value / one for value in norms]


def fitted_factor(by_lag: Norms) -> float:
    """10 to the slope of log10(norm) against lag, by least squares over positive, finite norms.

    nan for fewer than two.

    >>> round(fitted_factor([8.0, 4.0, 2.0]), 9)
    0.5
    """
    points = [
        (lag, math.log10(value))
        for lag, value in enumerate(by_lag)
        if value and math.isfinite(value)
    ]
    return 10 ** _slope(points) if len(points) > 1 else math.nan


def reach_of(by_lag: Norms, floor: float) -> int:
    """How many lags on end have a norm of at least `floor` of that at lag 0."""
    least = floor * (by_lag[0] or math.nan)
    fallen = (lag for lag, value in enumerate(by_lag) if not (value or 0.0) >= least)
    return max(next(fallen, len(by_lag)) - 1, 0)


def _slope(points: list[tuple[int, float]]) -> float:
    """The slope of the straight line that fits best."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    across = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return across / sum((x - mean_x) ** 2 for x, _ in points)
