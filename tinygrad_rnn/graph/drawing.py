"""draw: from losses to a picture, through a Flow and DOT."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import graphviz

from ..files import write
from .gradient_flow import Flow, flow
from .inline import inline_svg
from .levels import LEVELS, Flows, Request, check, expression
from .plain_json import dumps
from .render import RenderError, lay_out
from .tracing import Losses, losses_and_states

FORMATS = ("svg", "png", "pdf", "dot", "json")
KEYS = count()  # of the ids of drawings that a notebook shows: none are shown with the same


class Drawing:
    """A picture: `.source` (DOT), `.svg()`, `.png()`, `.save("a.pdf")`; a notebook shows it.

    `.flows` are what it shows, by name.
    """

    def __init__(self, digraph: graphviz.Digraph, flows: Flows, title: str = "") -> None:
        self.digraph, self.flows, self.title = digraph, flows, title

    @property
    def source(self) -> str:
        """The DOT source."""
        source: str = self.digraph.source
        return source

    @cached_property
    def _svg(self) -> str:
        return lay_out(self.source, "svg").decode(errors="replace")

    def svg(self) -> str:
        """The picture as SVG. RenderError without a layout program."""
        svg: str = self._svg
        return svg

    def png(self) -> bytes:
        """The picture as PNG. RenderError without a layout program."""
        return lay_out(self.source, "png")

    def pdf(self) -> bytes:
        """The picture as PDF. RenderError without a layout program that writes it."""
        return lay_out(self.source, "pdf")

    def json(self) -> str:
        """The graph with its norms (Graph.from_json reads it); of several, {name: graph}."""
        found = {name: flow.to_dict() for name, flow in self.flows.items()}
        return dumps(found[""] if list(found) == [""] else found)

    def save(self, path: str | os.PathLike[str], *, otherwise: str | None = None) -> Path:
        """Write a file whose ending says the format: .svg, .png, .pdf, .dot or .json.

        Returns the path. Written whole or not at all. `otherwise` is the ending to take where the
        format cannot be laid out here: ".dot"; without it RenderError. ValueError for another
        ending.
        """
        target = Path(path)
        format = target.suffix.removeprefix(".").lower()
        if format not in FORMATS:
            known = ", ".join(f".{known}" for known in FORMATS)
            raise ValueError(f"save: the ending says the format, {known}: got {target.name!r}")
        try:
            write(target, self._encoded(format))
        except RenderError:
            if otherwise is None:
                raise
            return self.save(target.with_suffix(otherwise))
        return target

    def _encoded(self, format: str) -> bytes:
        texts = {"dot": lambda: self.source, "json": self.json, "svg": self.svg}
        return texts[format]().encode() if format in texts else lay_out(self.source, format)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the picture inline, so that tooltips work; else why not."""
        try:
            svg = self.svg()
            inline = inline_svg(svg, f"d{next(KEYS)}", self.title)
        except RenderError as error:
            return {"text/plain": f"{self!r}: {error}"}
        return {"text/html": inline, "image/svg+xml": svg, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<Drawing of {self.digraph.name}: {len(self.digraph.body)} statements>"


def draw(
    losses: Losses | Flow | Mapping[str, Any],
    states: Sequence[Any] | None = None,
    level: str = "cell",
    loss: int | str = -1,
    normalise: str | None = "lag0",
    max_columns: int | None = None,
    rails: str | list[str] = "cell",
    title: str | None = None,
    tokens: Sequence[str] | None = None,
    show: str | None = None,
    direction: str = "LR",
) -> Drawing:
    """The recorded graph, every edge coloured by the norm of the gradient that flows back along it.

    `losses`, `states` and `loss` as for `flow`, or a Flow; or {"RNN": (losses, states), "LSTM":
    ...}, or Flows for the pairs: networks one above the other in aligned columns. Without states (a
    plain expression) every node is drawn, with its value and gradient.

    `level` is how near one looks: "strip", "cell", "rolled", "op" or "scalar". `normalise` "lag0":
    norms relative to that at the last state before the loss; None: absolute. At most `max_columns`
    steps (cell 16, op 6, rolled 5, scalar 20), the middle left out. `rails` "cell": the shares of
    all weights together; or a list of parameter names. `tokens`: what the inputs are called.
    `show`: what stands in a node, "grad", "value", "both" or "shape". `direction` of time: "LR" or
    "TB". ValueError for an unknown level, loss, rail, or word.
    """
    ask = Request(normalise, max_columns, rails, title, tokens, show, direction)
    check(level, ask)
    flows = _flows(losses, states, loss)
    single = next(iter(flows.values()))
    if len(flows) == 1 and not single.graph.states and level != "scalar":
        digraph = expression(single, ask)
    else:
        digraph = LEVELS[level](flows, ask)
    return Drawing(digraph, flows, title or ", ".join(filter(None, flows)))


def _flows(losses: Any, states: Any, loss: int | str) -> dict[str, Flow]:
    """The flows of all networks that are to be drawn, by name. ValueError for what cannot be."""
    if not isinstance(losses, Mapping):
        found = _flow(losses, states, loss)
        if found.graph.states and not any(found.graph.states):
            raise ValueError("draw: no loss depends on any of these states")
        return {"": found}
    if states is not None or not losses:
        raise ValueError('draw: several networks are {"name": (losses, states), ...}, at least one')
    flows = {}
    for name, given in losses.items():
        flows[name] = _flow(*losses_and_states(given), loss)
        if not any(flows[name].graph.states):
            raise ValueError(f"draw: the network {name!r} has no states: pass (losses, states)")
    return flows


def _flow(losses: Any, states: Any, loss: int | str) -> Flow:
    """The flow itself; or that of a loss."""
    if not isinstance(losses, Flow):
        return flow(losses, states, loss)
    if states is not None or loss not in (-1, losses.loss):
        raise ValueError("draw: a Flow has its states and its loss: give them to flow(), not here")
    return losses
