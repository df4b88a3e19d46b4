"""report: from losses to a page, one HTML file that needs no server, no network and no library.

The template lies beside this file: page.html, with page.css, the scripts and the data put in.
"""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from ...files import write
from ..dot.palette import LOWEST, STOPS, Scale
from ..gradient_flow import Flow, check_unit
from ..tracing import Losses, Recorded, losses_and_states, record
from ..why.kinds import KINDS
from ..wording import SPACES, clean
from .data import Data, Snapshot, snapshot, widest, within_budget
from .packing import LETTERS

MOST_SNAPSHOTS = 20
DARK = ("#26364a", "#33618f", "#4a90d0", "#a27fe6", "#ef5a9d", "#ffc09f")  # STOPS by night
SCRIPTS = ("numbers", "shapes", "cells", "plots", "controls")
TITLE = "Gradient flow through time"
FRAME = (
    '<iframe srcdoc="{}" title="{}" style="width:100%;height:820px;border:0" '
    'sandbox="allow-scripts allow-downloads"></iframe>'
)


class Page:
    """An interactive page: `.html`, `.save("flow.html")`; a notebook shows it."""

    def __init__(self, data: Data) -> None:
        self._data = data

    @property
    def html(self) -> str:
        """The whole page: HTML, style, script and data."""
        parts = {
            "title": html.escape(self._data["title"]),
            "style": _template("page.css"),
            "script": "\n".join(_template(f"{name}.js") for name in SCRIPTS),
            "data": _json(self._data),
        }
        return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _template("page.html"))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page, whole or not at all. ValueError for a name that does not end in .html."""
        target = Path(path)
        if target.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"a page is saved as .html, got {target.name!r}")
        write(target, self.html.encode())
        return target

    def _repr_html_(self) -> str:
        """What a notebook shows: the page in a frame of its own, so that two do not clash."""
        return FRAME.format(html.escape(self.html), html.escape(self._data["title"]))

    def __repr__(self) -> str:
        names = ", ".join(net["name"] for net in self._data["networks"] if net["name"])
        count = len(self._data["training"])
        return f"<Page of {names or 'a network'}: {count} snapshot{'' if count == 1 else 's'}>"


def report(
    losses: Losses | Flow | Mapping[str, Any] | None = None,
    states: Sequence[Any] | None = None,
    loss: int | str = -1,
    normalise: str | None = "lag0",
    *,
    title: str | None = None,
    tokens: Sequence[str] | None = None,
    snapshots: Iterable[tuple[int, Any]] | None = None,
) -> Page:
    """The page on which a reader follows the gradient of each loss, back through every step.

    `losses` (a Flow, too), `states`, `loss` and `normalise` as for `draw`: the last two are what
    the page begins with. `snapshots` instead of losses: (training step, losses or
    {"RNN": (losses, states), ...}) again and again, for a slider over training; each is reduced to
    plain numbers before the next one is asked for, and of more than 20 an even choice is kept.
    `tokens`: what the inputs are called. ValueError for what cannot be shown: no states, no such
    loss, snapshots that differ in more than their numbers.
    """
    check_unit(normalise)
    if (losses is None) == (snapshots is None):
        raise ValueError("report: pass either losses or snapshots=[(training step, losses), ...]")
    if isinstance(losses, Mapping) and states is not None:
        raise ValueError('report: several networks are {"name": (losses, states), ...}')
    single = losses if states is None else (losses, states)
    taken = _taken([(0, single)] if snapshots is None else snapshots, loss)
    if not taken:
        raise ValueError("report: needs at least one snapshot, got none")
    _check_same(taken)
    networks = [_network(found, tokens or ()) for found in zip(*taken.values(), strict=True)]
    scales = [found for row in taken.values() for found in row]
    return Page(
        {
            "title": clean(title or TITLE, 120),
            "stops": [[u, *colours] for (u, _), colours in zip(STOPS, _colours(), strict=True)],
            "lowest": LOWEST,
            "one": Scale(-1, 1).position(0.0),
            "relative": widest(found.relative for found in scales)._asdict(),
            "absolute": widest(found.absolute for found in scales)._asdict(),
            "normalise": normalise,
            "kinds": KINDS,
            "letters": LETTERS,
            "training": list(taken),
            "networks": networks,
        }
    )


def _taken(given: Iterable[tuple[int, Any]], loss: int | str) -> dict[int, list[Snapshot]]:
    """The snapshots by training step; of many every second, fourth, ... and the last."""
    taken: dict[int, list[Snapshot]] = {}
    i, stride, left_out = -1, 1, None
    for step, what in given:  # enumerate would hold on to what it gave
        i += 1
        if i % stride == 0 and len(taken) == MOST_SNAPSHOTS:
            stride *= 2
            taken = dict(list(taken.items())[::2])
        left_out = (step, what) if i % stride else None
        if left_out is None:
            taken[step] = _snapshots(what, loss)
        del what  # so that the graph is freed before the next one is made
    if left_out:
        if len(taken) == MOST_SNAPSHOTS:
            taken.popitem()
        taken[left_out[0]] = _snapshots(left_out[1], loss)
    return taken


def _snapshots(given: Any, loss: int | str) -> list[Snapshot]:
    """Every network that is given. ValueError for one without a state."""
    if isinstance(given, Mapping) and not given:
        raise ValueError('report: networks are {"name": (losses, states), ...}, at least one')
    named = given.items() if isinstance(given, Mapping) else [("", given)]
    return [
        snapshot(str(name), _recorded(str(name), one), one.loss if isinstance(one, Flow) else loss)
        for name, one in named
    ]


def _recorded(name: str, given: Any) -> Recorded:
    """The graph of losses, of (losses, states), or of a Flow."""
    is_flow = isinstance(given, Flow)
    recorded = given.recorded if is_flow else record(*losses_and_states(given))
    if not any(recorded.states):
        said = f"of the network {clean(name)!r} " if name else ""
        raise ValueError(
            f"report: no loss {said}depends on a state: pass (losses, states); "
            "for an expression without time there is draw"
        )
    return recorded


def _check_same(taken: dict[int, list[Snapshot]]) -> None:
    (first, stills), *others = (
        (step, [found.still for found in row]) for step, row in taken.items()
    )
    for step, still in others:
        if still != stills:
            raise ValueError(
                f"report: the networks at training step {step} are not those at {first}: "
                "snapshots show the same cells, reading the same number of steps"
            )


def _network(found: Sequence[Snapshot], tokens: Sequence[str]) -> Data:
    """A network in all its snapshots."""
    still, movings = found[0].still, [one.moving for one in found]
    end = still["first"] + still["length"]
    return {
        **still,
        "tokens": [clean(SPACES.get(t, t), 4) for t in tokens[still["first"] : end]],
        "detailed": within_budget(movings, found[0].followed),
        "snapshots": movings,
    }


def _colours() -> list[tuple[str, str]]:
    """Every stop of the palette: by day, by night."""
    days = ("#{:02x}{:02x}{:02x}".format(*rgb) for _, rgb in STOPS)
    return list(zip(days, DARK, strict=True))


def _json(data: Data) -> str:
    """JSON that no HTML parser takes for markup, in ASCII."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return re.sub("[<>&]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _template(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
