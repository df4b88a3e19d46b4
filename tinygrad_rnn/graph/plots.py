"""Plots with matplotlib: the gradient's norm against lag, and the gates over time.

    lag         how many steps back from the last state that the loss reaches
    gate        an activation (sigmoid, tanh) inside a cell, of a sum that a weight takes part in
    activation  its value, in (0, 1) for the sigmoid, in (-1, 1) for tanh

They draw on the Axes they are given, else on a new figure, and show nothing by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any, Protocol

from .gates import Gate, gates_of
from .tracing import Losses, record
from .wording import SPACES, clean

# Told apart without colour by their dashes and marks, and by colour in every kind of sight.
STYLES = (
    {"color": "#3f83c5", "linestyle": "-", "marker": "o"},
    {"color": "#c2185b", "linestyle": "--", "marker": "s"},
    {"color": "#e08a00", "linestyle": "-.", "marker": "^"},
    {"color": "#5b3c9e", "linestyle": ":", "marker": "D"},
)
MAPS = {"sigmoid": ("viridis", 0), "tanh": ("RdBu_r", -1)}  # colours, the least value; the most: 1
OFF_AXIS = {"v": (0.02, "0, or no gradient"), "x": (0.98, "nan or infinite")}  # height, meaning
MARKED = 40  # steps; in longer sequences marks would hide the line
NAMED = 48  # tokens; more are not legible below a heat map


class Followed(Protocol):
    """What is read of a Flow."""

    @property
    def state_names(self) -> list[str]: ...
    def by_lag(self, name: str | None = None) -> list[float | None]: ...
    def factor(self, name: str | None = None) -> float: ...


def plot_flow(
    flows: Followed | Mapping[str, Followed], ax: Any = None, part: str | None = None
) -> Any:
    """The gradient's norm at a part of the state, relative to lag 0, against the lag. Returns Axes.

    {"RNN": flow, "LSTM": flow} overlays networks, each with its factor per step back. `part` as for
    Flow.norms. The axis is logarithmic: what is 0 or not reached is marked at its foot, what is nan
    or infinite at its top, and the line has a gap there. ValueError for no flow at all;
    ImportError without matplotlib.
    """
    named = flows if isinstance(flows, Mapping) else {"": flows}
    if not named:
        raise ValueError('plot_flow: expected a Flow or {"name": flow, ...}, got none')
    ax = pyplot().subplots(layout="constrained")[1] if ax is None else ax
    ax.axhline(1.0, color="#999999", linewidth=0.8)
    handles: dict[str, Any] = {}
    for (name, flow), style in zip(named.items(), cycle(STYLES), strict=False):
        lines = _lines(ax, _ratios(flow, part), _label(name, flow, part), style)
        handles |= {line.get_label(): line for line in lines}
    parts = {part or flow.state_names[0] for flow in named.values()}
    ax.set_yscale("log")
    ax.set_xlabel("steps back")
    symbol = clean(parts.pop()) if len(parts) == 1 else "state"
    ax.set_ylabel(f"|dL/d{symbol}| relative to lag 0", parse_math=False)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.grid(axis="y", color="#eeeeee")
    ax.set_axisbelow(True)
    for text in ax.legend(handles=list(handles.values()), frameon=False).get_texts():
        text.set_parse_math(False)
    return ax


def _lines(
    ax: Any, back: list[float | None], label: str, style: dict[str, str]
) -> list[Any]:
    """One network: its line, and marks for what has no place on a logarithmic axis."""
    on_axis = [ratio if ratio and math.isfinite(ratio) else math.nan for ratio in back]
    look = {**style, "marker": style["marker"] if len(back) <= MARKED else ""}
    drawn = ax.plot(range(len(back)), on_axis, **look, markersize=4, label=label)
    foot = [lag for lag, ratio in enumerate(back) if not ratio]
    top = [lag for lag, ratio in enumerate(back) if ratio and not math.isfinite(ratio)]
    place = {"transform": ax.get_xaxis_transform(), "linestyle": "none", "color": style["color"]}
    for (mark, (height, meaning)), lags in zip(OFF_AXIS.items(), (foot, top), strict=True):
        if lags:
            drawn += ax.plot(lags, [height] * len(lags), marker=mark, label=meaning, **place)
    return list(drawn)


def _ratios(flow: Followed, part: str | None) -> list[float | None]:
    """The norm relative to lag 0 for every lag; nan where either of them is broken."""
    back = flow.by_lag(part)
    start = back[0] if back[0] and math.isfinite(back[0]) else math.nan
    return [norm and (norm / start if math.isfinite(norm) else math.nan) for norm in back]


def _label(name: str, flow: Followed, part: str | None) -> str:
    """What the legend says of a network."""
    factor = flow.factor(part)
    said = f"×{factor:.2g} per step back" if math.isfinite(factor) else "no factor"
    return f"{clean(name)}: {said}" if name else said


def plot_gates(
    losses: Losses,
    states: Sequence[Any] | None = None,
    axes: Any = None,
    tokens: Sequence[str] | None = None,
    batch: int = 0,
) -> Any:
    """The gates of a cell, each a heat map of units (down) over time (across). Returns their Axes.

    `losses` and `states` as for `trace`. Any cell will do: f, i, g, o are told by the weights W_f,
    W_i, ...; what has no such name is called by its op, "sigmoid 1". `batch` says which sequence.
    Colours go from 0 to 1 for a sigmoid, from -1 to 1 for tanh. `tokens` name the steps. ValueError
    where there is no gate, no such sequence, or not an Axes for each; ImportError without
    matplotlib.
    """
    recorded = record(losses, states)
    gates = gates_of(recorded)
    if not gates:
        raise ValueError("plot_gates: no step has a sigmoid or tanh of a weighted sum")
    grids = [gate.activations(len(recorded.states), batch) for gate in gates]
    axes = _stacked(grids) if axes is None else axes
    places = list(getattr(axes, "flat", axes if isinstance(axes, Sequence) else [axes]))
    if len(places) < len(gates):
        raise ValueError(f"plot_gates: {len(gates)} gates need as many Axes, got {len(places)}")
    for ax, gate, grid in zip(places, gates, grids, strict=False):
        _heat_map(ax, gate, grid)
    _name_steps(places[len(gates) - 1], len(recorded.states), tokens)
    return axes


def _stacked(grids: list[list[list[float]]]) -> Any:
    """Axes one below the other on a new figure, as high as they have units."""
    heights = [min(0.7 + 0.09 * len(grid), 3.0) for grid in grids]
    width = min(3.0 + 0.22 * len(grids[0][0]), 12.0)
    return pyplot().subplots(
        len(grids),
        squeeze=False,
        sharex=True,
        figsize=(width, sum(heights) + 0.4),
        height_ratios=heights,
        layout="constrained",
    )[1][:, 0]


def _heat_map(ax: Any, gate: Gate, grid: list[list[float]]) -> None:
    colours, least = MAPS[gate.op]
    image = ax.imshow(
        grid, cmap=colours, vmin=least, vmax=1, aspect="auto", interpolation="nearest"
    )
    ax.set_facecolor("#dddddd")  # where a step has no such gate, or it is nan
    ax.set_title(f"{clean(gate.name)} ({gate.op})", fontsize="medium", parse_math=False)
    ax.set_ylabel("unit")
    for axis in (ax.xaxis, ax.yaxis):
        axis.get_major_locator().set_params(integer=True)
    ax.figure.colorbar(image, ax=ax, ticks=sorted({least, 0, 1}))


def _name_steps(ax: Any, steps: int, tokens: Sequence[str] | None) -> None:
    """Number the steps, or write their tokens below them."""
    ax.set_xlabel("step")
    if tokens and steps <= NAMED:
        shown = [clean(SPACES.get(token, token), 8) for token in list(tokens)[:steps]]
        ax.set_xticks(range(len(shown)), shown, parse_math=False)


def pyplot() -> Any:
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError("plots need matplotlib: pip install 'tinygrad-rnn[plot]'") from None
    return pyplot
