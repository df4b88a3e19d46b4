"""Which steps of a long sequence get a column, and where a gap stands for the others."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from ..views.columns import Network


class Stop(NamedTuple):
    """A column: the step `t`, or the gap that begins there and ends before the next stop."""

    t: int
    gap: bool = False


def common_stops(networks: Sequence[Network], most: int) -> list[Stop]:
    """The columns that networks of one picture share: of the longest, with the loss of each."""
    length = max(len(net.columns) for net in networks)
    steps = {len(net.columns) - 1 if net.loss_step is None else net.loss_step for net in networks}
    return stops_for(length, sorted(steps), most)


def stops_for(length: int, losses: Sequence[int], most: int) -> list[Stop]:
    """The columns: all steps if they fit; else the losses, the first steps, those before a loss.

    A gap takes a column too. The step after the last loss is shown: nothing comes back from there.

    >>> [stop.t for stop in stops_for(60, [59], 8)], stops_for(60, [59], 8)[2]
    ([0, 1, 2, 55, 56, 57, 58, 59], Stop(t=2, gap=True))
    """
    if length <= most:
        return [Stop(t) for t in range(length)]
    if most < 4:
        raise ValueError(f"max_columns must be at least 4, got {most}")
    last = max(losses)
    shown = set(losses)
    for t in (*range((most - 1) // 3), min(last + 1, length - 1), *range(last, -1, -1)):
        if len(_with_gaps(shown | {t}, length)) <= most:
            shown.add(t)
    return _with_gaps(shown, length)


def _with_gaps(shown: set[int], length: int) -> list[Stop]:
    """The steps in order, with a gap wherever some are missing."""
    stops = []
    for before, t in pairwise([-1, *sorted(shown), length]):
        if t - before > 1:
            stops.append(Stop(before + 1, gap=True))
        stops.append(Stop(t))
    return stops[:-1]
