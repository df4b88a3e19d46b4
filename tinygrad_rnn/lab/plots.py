"""Plots of what was measured before training, with matplotlib."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import cycle
from typing import Any

from ..graph.plots import STYLES, pyplot
from .vanishing import CLOSED_FORMS, Survival


def plot_sweep(found: Sequence[Survival], field: str, ax: Any = None) -> Any:
    """log10 of the ratio against the field that was swept, a line for each cell. Returns Axes.

    A band or bar is one standard deviation over the seeds to either side, a thin line the closed
    form. What has no finite mean is left out. ValueError for nothing, ImportError without
    matplotlib.
    """
    if not found:
        raise ValueError("plot_sweep: expected what `sweep` yields, got nothing")
    ax = pyplot().subplots(layout="constrained")[1] if ax is None else ax
    ax.axhline(0.0, color="#999999", linewidth=0.8)
    cells = dict.fromkeys(row.setup.cell for row in found)
    for cell, style in zip(cells, cycle(STYLES), strict=False):
        _plot_cell(ax, [row for row in found if row.setup.cell == cell], field, style)
    ax.set_xlabel(field.replace("_", " "))
    ax.set_ylabel("log10 of |dL/dh_1| / |dL/dh_T|")
    ax.grid(axis="y", color="#eeeeee")
    ax.set_axisbelow(True)
    ax.legend(frameon=False)
    return ax


def _plot_cell(ax: Any, rows: list[Survival], field: str, style: dict[str, str]) -> None:
    """A cell's means with their deviations, and its closed form."""
    cell = rows[0].setup.cell
    xs = [getattr(row.setup, field) for row in rows]
    means = [row.mean if row.finite else math.nan for row in rows]
    deviations = [row.deviation for row in rows]
    if isinstance(xs[0], str):  # words have no order in which a line could go
        look = {"color": style["color"], "marker": style["marker"], "linestyle": "none"}
        ax.errorbar(xs, means, deviations, **look, capsize=3, label=cell.upper())
        return
    ax.plot(xs, means, **style, markersize=4, label=cell.upper())
    low, high = (
        [mean + side * one for mean, one in zip(means, deviations, strict=True)] for side in (-1, 1)
    )
    ax.fill_between(xs, low, high, color=style["color"], alpha=0.15, linewidth=0)
    closed = [row.setup.closed_form() for row in rows]
    straight = [math.nan if log is None or math.isinf(log) else log for log in closed]
    if not all(map(math.isnan, straight)):
        label = f"{cell.upper()}: {CLOSED_FORMS[cell]}"
        ax.plot(xs, straight, **style | {"marker": ""}, linewidth=0.8, label=label)
