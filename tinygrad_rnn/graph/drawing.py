"""draw: from losses to a picture, through a Flow and DOT."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import graphviz

from ..autograd import Tensor
from .boxes import read_boxes
from .columns import Network, network
from .dot.cell import cell_level
from .dot.expression import expression_level
from .gradient_flow import flow_of
from .render import RenderError, lay_out, write
from .tracing import Losses, Recorded, record

FORMATS = ("svg", "png", "pdf", "dot")
LEVELS = ("cell",)


class Drawing:
    """A picture: `.source` (DOT), `.svg()`, `.png()`, `.save("a.pdf")`; a notebook shows it."""

    def __init__(self, digraph: graphviz.Digraph) -> None:
        self.digraph = digraph

    @property
    def source(self) -> str:
        """The DOT source."""
        source: str = self.digraph.source
        return source

    @cached_property
    def _svg(self) -> str:
        return lay_out(self.source, "svg").decode()

    def svg(self) -> str:
        """The picture as SVG. RenderError without a layout program."""
        svg: str = self._svg
        return svg

    def png(self) -> bytes:
        """The picture as PNG. RenderError without a layout program."""
        return lay_out(self.source, "png")

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write a file whose ending says the format: .svg, .png, .pdf or .dot. Returns the path.

        Written whole or not at all. ValueError for another ending.
        """
        target = Path(path)
        format = target.suffix.removeprefix(".").lower()
        if format not in FORMATS:
            known = ", ".join(f".{known}" for known in FORMATS)
            raise ValueError(f"save: the ending says the format, {known}: got {target.name!r}")
        write(target, self._encoded(format))
        return target

    def _encoded(self, format: str) -> bytes:
        if format == "dot":
            return self.source.encode()
        return self.svg().encode() if format == "svg" else lay_out(self.source, format)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the picture inline, so that tooltips work; else the DOT."""
        try:
            svg = self.svg()
        except RenderError as error:
            return {"text/plain": f"{self!r}: {error}"}
        inline = svg[svg.index("<svg") :]
        return {"text/html": inline, "image/svg+xml": svg, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<Drawing of {self.digraph.name}: {len(self.digraph.body)} statements>"


def draw(
    losses: Losses | Mapping[str, Any],
    states: Sequence[Any] | None = None,
    level: str = "cell",
    loss: int | str = -1,
    normalise: str | None = "lag0",
    max_columns: int = 16,
    rails: str | list[str] = "cell",
    title: str | None = None,
    tokens: Sequence[str] | None = None,
) -> Drawing:
    """The recorded graph, every edge coloured by the norm of the gradient that flows back along it.

    `losses`, `states` and `loss` as for `flow`; or {"RNN": (losses, states), "LSTM": ...} for
    networks one above the other in aligned columns. Without states (a plain expression) every node
    is drawn, with its value and gradient. `normalise` "lag0": norms relative to that at the last
    state before the loss; None: absolute. At most `max_columns` columns, the middle left out.
    `rails` "cell": the shares of all weights together; or a list of parameter names. `tokens`: what
    the inputs are called. ValueError for an unknown level, loss or rail.
    """
    if level not in LEVELS:
        raise ValueError(f"level is one of {', '.join(LEVELS)}, got {level!r}")
    recorded = _recorded(losses, states)
    if len(recorded) == 1 and not recorded[0][1].states:
        heading = title or "What was computed, and the gradient that flows back"
        return Drawing(expression_level(*read_boxes(flow_of(recorded[0][1], loss)), heading))
    columns = [network(name, flow_of(one, loss), normalise, rails) for name, one in recorded]
    heading = title or _title(columns)
    return Drawing(
        cell_level(columns, heading, _subtitle(columns, loss, normalise), max_columns, tokens)
    )


def _recorded(losses: Any, states: Any) -> list[tuple[str, Recorded]]:
    """(name, graph) of every network that is to be drawn. ValueError for what cannot be."""
    if not isinstance(losses, Mapping):
        one = record(losses, states)
        if one.states and not any(one.states):
            raise ValueError("draw: no loss depends on any of these states")
        return [("", one)]
    if states is not None or not losses:
        raise ValueError('draw: several networks are {"name": (losses, states), ...}, at least one')
    found = []
    for name, given in losses.items():
        pair = isinstance(given, tuple) and len(given) == 2 and not isinstance(given[1], Tensor)
        one = record(*given) if pair else record(given)
        if not any(one.states):
            raise ValueError(f"draw: the network {name!r} has no states: pass (losses, states)")
        found.append((name, one))
    return found


def _title(networks: Sequence[Network]) -> str:
    names = ", ".join(net.name for net in networks if net.name) or "The network"
    steps = max(len(net.columns) for net in networks)
    return f"{names} unrolled over {steps} step{'s' if steps > 1 else ''}"


def _subtitle(networks: Sequence[Network], loss: int | str, normalise: str | None) -> str:
    steps = sorted({net.loss_step for net in networks if net.loss_step is not None})
    which = f"the loss at t = {steps[0]}" if len(steps) == 1 else "the loss"
    which = "the sum of all losses" if loss == "sum" else which
    unit = "relative to the last state before it" if normalise else "absolute: dL/dL = 1"
    return (
        f"colour and width: norm of the gradient of {which} that flows back, {unit}. "
        "Arrows point forward, as the computation went"
    )
