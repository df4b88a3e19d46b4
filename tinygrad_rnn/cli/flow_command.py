"""`flow`: unroll cells on a text, and show where the gradient of one loss goes."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ..graph.drawing import FORMATS, Drawing
from ..graph.gradient_flow import Flow, flow
from ..graph.page import Page, report
from ..graph.plain_json import dumps
from ..graph.why.kinds import KINDS
from ..graph.why.reasons import Why
from ..lab import CELLS, Reading
from .arguments import UsageError, add_command
from .output import UNITS, add_picture_options, checked_out, opened, picture, save
from .reading import (
    Size,
    add_reading_options,
    chosen_loss,
    read_text,
    snapshots,
    steps_to_read,
)

FLOOR = 1e-3  # below this share of its start, a gradient counts as lost
SNAPSHOTS = 20  # of a page's slider over training
SIZE = Size(hidden=16, steps=60)
DESCRIPTION = """Unroll recurrent cells on a text, follow the gradient of one loss back in time,
print by which factor it shrinks per step, and why, and draw the unrolled networks, every
edge coloured by the gradient that flows back along it; as a picture, or as a page to click."""
EXAMPLE = """examples:
  tinygrad-rnn flow --text README.md --cells rnn lstm --forget-bias 3 --out flow.svg
  tinygrad-rnn flow --steps 24 --train 200 --out flow.html --open"""


class Row(NamedTuple):
    """What the table says of one cell; `norms` is |dL/dh| for every step."""

    cell: str
    norm_at_loss: float
    norm_at_first: float
    factor: float
    reach: int
    norms: list[float | None]
    why: Why | None


def add_to(commands: Any) -> None:
    """Enter the command and its options."""
    help = "see where the gradient dies: table, picture, page"
    parser = add_command(commands, "flow", run, help, description=DESCRIPTION, epilog=EXAMPLE)
    add_reading_options(parser, list(CELLS), str(SIZE.hidden), f"{SIZE.steps}, or all")
    add_picture_options(parser, "flow.svg", "cell", "none", (*FORMATS, "html"))
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")


def run(args: argparse.Namespace) -> None:
    """Read, unroll, differentiate, print, draw."""
    out = checked_out(args.out, (*FORMATS, "html"))
    text = read_text(args)
    steps = steps_to_read(args, text, SIZE)
    loss = chosen_loss(args, steps)
    made: Page | Drawing
    if out.suffix.lower() == ".html":
        _check_page(args)
        made, flows = _page(args, loss, text)
    else:
        networks = next(snapshots(args, text, SIZE)).networks
        flows = {name: flow(*reading, loss=loss) for name, reading in networks.items()}
        made = picture(args, flows, -1, text)
    rows = [_row(name, followed) for name, followed in flows.items()]
    if not args.quiet:
        print(_json(rows, text, steps, loss, out) if args.json else _said(rows, steps, loss))
    save(made, out)
    if not (args.json or args.quiet):
        print(f"\nThe {'page' if isinstance(made, Page) else 'picture'} is in {out}.")
    opened(args, out)


def _said(rows: list[Row], steps: int, loss: int | str) -> str:
    """The table, what it means, and why."""
    return "\n".join([_table(rows, steps, loss), *map(_sentence, rows), _reasons(rows)])


def _page(args: argparse.Namespace, loss: int | str, text: str) -> tuple[Page, dict[str, Flow]]:
    """The page of all snapshots, and the flows of the last one."""
    last: dict[str, Reading] = {}

    def taken() -> Iterator[tuple[int, dict[str, Reading]]]:
        for snapshot in snapshots(args, text, SIZE, SNAPSHOTS):
            last.update(snapshot.networks)
            yield snapshot

    page = report(snapshots=taken(), loss=loss, normalise=UNITS[args.normalise], tokens=text)
    return page, {name: flow(*reading, loss=loss) for name, reading in last.items()}


def _check_page(args: argparse.Namespace) -> None:
    """Complain about options that a page does not have: it shows all levels at once."""
    given = {
        "--level": args.level != "cell",
        "--max-columns": args.max_columns,
        "--show": args.show,
        "--direction": args.direction != "LR",
    }
    for option, asked in given.items():
        if asked:
            raise UsageError(f"{option}: not for a page, which opens by a click")


def _row(name: str, followed: Flow) -> Row:
    norms = followed.norms()
    first, last = norms[0] or 0.0, norms[followed.lag0()] or 0.0
    reach = followed.reach(FLOOR)
    return Row(name, last, first, followed.factor(), reach, norms, _why(followed))


def _why(followed: Flow) -> Why | None:
    """Why the gradient shrinks, back to the first step that still hears of the loss."""
    heard = [t for t, norm in enumerate(followed.norms()) if norm and math.isfinite(norm)]
    return followed.why(heard[-1], heard[0]) if len(heard) > 1 else None


def _table(rows: list[Row], steps: int, loss: int | str) -> str:
    """The rows below their headings, in columns."""
    at = steps - 1 if loss == "sum" else int(loss)
    whose = f"the sum of all {steps} losses" if loss == "sum" else f"the loss at t = {at}"
    lines = [
        f"The gradient of {whose}, back through {_steps_said(at + 1)}: the norm |dL/dh|",
        "",
        f"{'cell':<6}{f'at t = {at}':>12}{'at t = 0':>12}{'per step, fitted':>18}"
        f"{'above 1/1000':>18}",
    ]
    for row in rows:
        reach = f"{row.reach} of {_steps_said(at)}"
        factor = f"×{row.factor:.2f}" if math.isfinite(row.factor) else "-"
        lines.append(
            f"{row.cell:<6}{row.norm_at_loss:>12.2g}{row.norm_at_first:>12.2g}"
            f"{factor:>18}{reach:>18}"
        )
    return "\n".join([*lines, ""])


def _sentence(row: Row) -> str:
    """What a row means, in words."""
    lags = sum(value is not None for value in row.norms) - 1
    kept = row.norm_at_first / row.norm_at_loss if row.norm_at_loss else math.nan
    if lags < 1 or not math.isfinite(kept):
        return f"{row.cell}: too few steps with a gradient to say how it changes."
    if kept > 10:
        return f"{row.cell}: the gradient explodes: ×{kept:.2g} over {_steps_said(lags)} back."
    if row.reach >= lags:
        return f"{row.cell}: heard all the way: {_steps_said(lags)} back, ×{kept:.2g} is left."
    back = f"{row.cell}: going back, the gradient shrinks by ×{row.factor:.2f} a step"
    return f"{back}; {row.reach + 1} steps before the loss less than a thousandth of it is left."


def _reasons(rows: list[Row]) -> str:
    """What took how much of the gradient, in columns."""
    asked = [(row.cell, row.why) for row in rows if row.why]
    if not asked:
        return ""
    start, end = asked[0][1].from_step, min(why.to_step for _, why in asked)
    heading = f"Why: by kind of op, the mean factor per step from t = {start} back to t = {end}"
    lines = ["", heading, ""]
    titles = "".join(f"{title:>18}" for title in (*KINDS, "largest σ of W"))
    lines.append(f"{'cell':<6}{'in all':>8}{titles}")
    for cell, why in asked:
        parts = "".join(f"{f'×{why.factor(kind):.2f}':>18}" for kind in KINDS)
        largest = max(why.singular_values.values(), default=math.nan)
        lines.append(f"{cell:<6}{f'×{why.factor():.2f}':>8}{parts}{largest:>18.2f}")
    return "\n".join(lines)


def _steps_said(count: int) -> str:
    return f"{count} step{'' if count == 1 else 's'}"


def _json(rows: list[Row], text: str, steps: int, loss: int | str, out: Path) -> str:
    networks = [row._asdict() | {"why": row.why and row.why.parts} for row in rows]
    seen = {"steps": steps, "loss_at": loss, "text": text[: steps + 1], "picture": str(out)}
    return dumps({**seen, "networks": networks})
