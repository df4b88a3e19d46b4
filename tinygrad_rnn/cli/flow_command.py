"""`flow`: unroll cells on a text, and show where the gradient of one loss goes."""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ..graph.drawing import FORMATS, Drawing, draw
from ..graph.gradient_flow import Flow, flow
from ..graph.render import RenderError
from ..lab import CELLS, Reader, Reading, make_cell, train_reader
from ..tasks import ALICE, Alphabet
from .arguments import CommandError, UsageError, add_command, at_least, finite

FLOOR = 1e-3  # below this share of its start, a gradient counts as lost
EMBEDDING = 8  # the size of a character's embedding
DESCRIPTION = """Unroll recurrent cells on a text, follow the gradient of one loss back in time,
print by which factor it shrinks per step, and draw the unrolled networks, every edge
coloured by the gradient that flows back along it."""
EXAMPLE = """example:
  tinygrad-rnn flow --text README.md --cells rnn lstm --forget-bias 3 --out flow.svg"""


class Row(NamedTuple):
    """What the table says of one cell; `norms` is |dL/dh| for every step."""

    cell: str
    norm_at_loss: float
    norm_at_first: float
    factor: float
    reach: int
    norms: list[float | None]


def add_to(commands: Any) -> None:
    """Enter the command and its options."""
    help = "see where the gradient dies: table and picture"
    parser = add_command(commands, "flow", run, help, description=DESCRIPTION, epilog=EXAMPLE)
    add = parser.add_argument
    add("--text", metavar="FILE", help="UTF-8 text to read, - for stdin (default: Alice, 1865)")
    add("--cells", nargs="+", choices=CELLS, default=list(CELLS), help="which (default: all three)")
    add("--hidden", type=at_least(1), default=16, metavar="H", help="hidden units (default 16)")
    add("--steps", type=at_least(1), metavar="T", help="characters to read (default 60, or all)")
    add("--forget-bias", type=finite, default=1.0, metavar="B", help="of the LSTM (default 1)")
    add("--train", type=at_least(0), default=0, metavar="N", help="updates first (default 0)")
    add("--loss-at", type=at_least(0), metavar="T", help="the step of the loss (default: the last)")
    add("--seed", type=int, default=0, help="of all that is random (default 0)")
    add("--out", default="flow.svg", metavar="FILE", help="picture, .svg .png .pdf or .dot")
    add("--json", action="store_true", help="print JSON instead of the table")
    add("--quiet", action="store_true", help="print nothing but errors")


def run(args: argparse.Namespace) -> None:
    """Read, unroll, differentiate, print, draw."""
    out = _checked_out(args.out)
    text = _text(args.text)
    steps = _steps(args, text)
    kinds = dict.fromkeys(args.cells)
    readings = {kind.upper(): _reading(kind, args, text, steps) for kind in kinds}
    at = steps - 1 if args.loss_at is None else args.loss_at
    rows = [_row(name, flow(*reading, loss=at)) for name, reading in readings.items()]
    picture = draw(dict(readings), loss=at, normalise=None, tokens=text[:steps])
    _save(picture, out)
    if args.json:
        print(_json(rows, text, steps, at, out))
    elif not args.quiet:
        print(_table(rows, steps, at))
        print(*map(_sentence, rows), sep="\n")
        print(f"\nThe picture is in {out}.")


def _reading(kind: str, args: argparse.Namespace, text: str, steps: int) -> Reading:
    """A network of this kind that has read the beginning of the text."""
    rng = random.Random(args.seed)
    alphabet = Alphabet.of(text)
    numbers = alphabet.encode(text)
    cell = make_cell(kind, EMBEDDING, args.hidden, rng, args.forget_bias)
    reader = Reader(cell, len(alphabet.characters), rng)
    updates = train_reader(reader, numbers, steps, args.train, rng)
    for _ in _progress(updates, args.train, kind):
        pass
    return reader.read(numbers[: steps + 1])


def _progress(updates: Iterator[float], total: int, kind: str) -> Iterator[float]:
    """Show a bar on a terminal, nothing elsewhere."""
    from tqdm import tqdm

    hidden = not total or None  # None: hidden where stderr is no terminal
    bar = tqdm(updates, desc=f"training {kind}", total=total, disable=hidden, leave=False)
    for loss in bar:
        bar.set_postfix_str(f"loss {loss:.2f}")
        yield loss


def _row(name: str, followed: Flow) -> Row:
    norms = followed.norms()
    first, last = norms[0], norms[followed.lag0()]
    return Row(
        name, last or 0.0, first or 0.0, followed.factor(), followed.reach(FLOOR), norms
    )


def _table(rows: list[Row], steps: int, at: int) -> str:
    """The rows below their headings, in columns."""
    back = f"back through {_steps_said(at + 1)}"
    lines = [
        f"The gradient of the loss at t = {at}, {back}: the norm |dL/dh|",
        "",
        f"{'cell':<6}{f'at t = {at}':>12}{'at t = 0':>12}{'per step back':>16}{'above 1/1000':>18}",
    ]
    for row in rows:
        reach = f"{row.reach} of {_steps_said(at)}"
        factor = f"×{row.factor:.2f}" if math.isfinite(row.factor) else "-"
        lines.append(
            f"{row.cell:<6}{row.norm_at_loss:>12.2g}{row.norm_at_first:>12.2g}"
            f"{factor:>16}{reach:>18}"
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


def _steps_said(count: int) -> str:
    return f"{count} step{'' if count == 1 else 's'}"


def _json(rows: list[Row], text: str, steps: int, at: int, out: Path) -> str:
    networks = [
        {key: _plain(value) for key, value in row._asdict().items()} for row in rows
    ]
    report = {"steps": steps, "loss_at": at, "text": text[: steps + 1], "picture": str(out)}
    return json.dumps({**report, "networks": networks}, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    """A value as JSON has it; nan and the infinities as strings."""
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _save(picture: Drawing, out: Path) -> None:
    """Write the picture; its DOT instead where nothing can lay it out."""
    try:
        picture.save(out)
    except RenderError as error:
        source = out.with_suffix(".dot")
        if source.exists():  # it may be somebody's
            source = out.with_name(f"{out.name}.dot")
        picture.save(source)
        raise CommandError(f"{error}; the DOT source is in {source}") from None


def _checked_out(name: str) -> Path:
    out = Path(name)
    if out.suffix.removeprefix(".").lower() not in FORMATS:
        raise UsageError(f"--out {name}: its ending must be one of {', '.join(FORMATS)}")
    if not out.parent.is_dir():
        raise UsageError(f"--out {name}: there is no folder {out.parent}")
    if out.is_dir():
        raise UsageError(f"--out {name}: this is a folder")
    return out


def _text(name: str | None) -> str:
    """The text to read."""
    if name is None:
        return ALICE
    shown = "the standard input" if name == "-" else name
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"cannot read {shown}: {error.strerror}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError(f"{shown} is not UTF-8: byte {error.start} is wrong") from None
    if len(text) < 2:
        count = "no character" if not text else "1 character"
        raise CommandError(f"{shown} has {count}: at least 2 are needed")
    return text


def _steps(args: argparse.Namespace, text: str) -> int:
    """How many characters are read: the last one of the text is only guessed."""
    most = len(text) - 1
    if args.steps is not None and args.steps > most:
        asked = f"--steps {args.steps}"
        raise UsageError(f"{asked}: the text has {len(text)} characters, so at most {most}")
    steps: int = args.steps or min(60, most)
    if args.loss_at is not None and args.loss_at >= steps:
        raise UsageError(f"--loss-at {args.loss_at}: the steps are 0 ... {steps - 1}")
    return steps
