"""The zoom levels: from the flows of networks, and what is asked of the picture, to its DOT.

    strip    a thin column a step, for any number of steps
    cell     a box a step; a long middle is left out
    rolled   one cell with a loop, beside the unrolled network
    op       every op of every step
    scalar   every number of every op, for small sizes
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import graphviz

from .dot.cell import cell_level
from .dot.expression import expression_level
from .dot.op import op_level
from .dot.rolled import rolled_level
from .dot.strip import strip_level
from .gradient_flow import Flow, check_unit
from .views.boxes import read_boxes
from .views.columns import Network, network
from .views.scalars import wire_scalars
from .views.wiring import Wiring, wire

Flows = Mapping[str, Flow]  # networks by name


class Request(NamedTuple):
    """What is asked of a picture; None: as the level does it by itself."""

    normalise: str | None
    max_columns: int | None
    rails: str | list[str]
    title: str | None
    tokens: Sequence[str] | None
    show: str | None
    direction: str


def check(level: str, ask: Request) -> None:
    """ValueError for a word that no level knows, or an option that this one has no room for."""
    if level not in LEVELS:
        raise ValueError(f"level is one of {', '.join(LEVELS)}, got {level!r}")
    check_unit(ask.normalise)
    most = ask.max_columns
    if most is not None and (not isinstance(most, int) or most < 1):
        raise ValueError(f"max_columns is a number of steps from 1 up, or None, got {most!r}")
    rails = None if ask.rails == "cell" else ask.rails
    unused: dict[str, dict[str, Any]] = {"strip": {"show": ask.show, "max_columns": most}}
    unused |= dict.fromkeys(("op", "scalar"), {"rails": rails})
    for option, value in unused.get(level, {}).items():
        if value is not None:
            raise ValueError(f"{option}={value!r}: level {level!r} has no place for it")


def strip(flows: Flows, ask: Request) -> graphviz.Digraph:
    """Every step."""
    title, subtitle = _words(flows, ask, arrows=False)
    return strip_level(_networks(flows, ask), title, subtitle, ask.tokens, ask.direction)


def cell(flows: Flows, ask: Request) -> graphviz.Digraph:
    """At most 16 columns."""
    most = ask.max_columns or 16
    words = _words(flows, ask)
    return cell_level(_networks(flows, ask), *words, most, ask.tokens, ask.direction)


def rolled(flows: Flows, ask: Request) -> graphviz.Digraph:
    """At most 5 columns beside the cell."""
    most = ask.max_columns or 5
    words = _words(flows, ask)
    return rolled_level(_networks(flows, ask), *words, most, ask.tokens, ask.direction)


def op(flows: Flows, ask: Request) -> graphviz.Digraph:
    """At most 6 steps."""
    wirings = [wire(name, flow, ask.normalise, ask.show) for name, flow in flows.items()]
    return _op(wirings, flows, ask, 6)


def scalar(flows: Flows, ask: Request) -> graphviz.Digraph:
    """At most 20 steps."""
    wirings = [wire_scalars(name, flow, ask.normalise, ask.show) for name, flow in flows.items()]
    return _op(wirings, flows, ask, 20)


def expression(flow: Flow, ask: Request) -> graphviz.Digraph:
    """What has no time: every node a box."""
    return expression_level(*read_boxes(flow, ask.show), ask.title or TIMELESS, ask.direction)


TIMELESS = "What was computed, and the gradient that flows back"


Level = Callable[[Flows, Request], graphviz.Digraph]
LEVELS: dict[str, Level] = {
    "strip": strip,
    "cell": cell,
    "rolled": rolled,
    "op": op,
    "scalar": scalar,
}


def _op(
    wirings: list[Wiring], flows: Flows, ask: Request, most: int
) -> graphviz.Digraph:
    words = _words(flows, ask)
    return op_level(wirings, *words, ask.max_columns or most, ask.direction, ask.tokens)


def _networks(flows: Flows, ask: Request) -> list[Network]:
    return [
        network(name, flow, ask.normalise, ask.rails, ask.show) for name, flow in flows.items()
    ]


def _words(flows: Flows, ask: Request, arrows: bool = True) -> tuple[str, str]:
    """The title, and below it what the colours mean."""
    names = ", ".join(name for name in flows if name) or "The network"
    steps = max((len(flow.graph.states) for flow in flows.values()), default=0)
    title = f"{names} unrolled over {steps} step{'' if steps == 1 else 's'}" if steps else TIMELESS
    unit = "relative to the last state before it" if ask.normalise else "absolute: dL/dL = 1"
    norm = f"norm of the gradient of {_which_loss(flows)} that flows back, {unit}. "
    if arrows:
        subtitle = f"colour and width: {norm}Arrows point forward, as the computation went"
    else:
        subtitle = f"a column a step; colour: {norm}White: none"
    return ask.title or title, subtitle


def _which_loss(flows: Flows) -> str:
    sums = [flow.loss == "sum" for flow in flows.values()]
    if any(sums):
        return "the sum of all losses" if all(sums) else "each row's own loss"
    steps = {flow.loss_step for flow in flows.values()}
    return f"the loss at t = {steps.pop()}" if len(steps) == 1 and None not in steps else "the loss"
