"""What `flow` and `draw` look at: recurrent cells that have read the beginning of a text."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ..lab import CELLS, Reader, Reading, make_cell, train_reader
from ..tasks import ALICE, Alphabet
from .arguments import CommandError, Parser, UsageError, at_least, finite


class Size(NamedTuple):
    """Of a network by default: hidden units, characters read, and the size of their embedding."""

    hidden: int
    steps: int
    embedding: int = 8


class Snapshot(NamedTuple):
    """The networks after so many updates, by name."""

    updates: int
    networks: dict[str, Reading]


def add_reading_options(parser: Parser, cells: list[str], hidden: str, steps: str) -> None:
    """Enter the options that say what is read, by which cells; with what the defaults are."""
    add = parser.add_argument
    add("--text", metavar="FILE", help="UTF-8 text to read, - for stdin (default: Alice, 1865)")
    named = "all three" if len(cells) > 1 else cells[0]
    add("--cells", nargs="+", choices=CELLS, default=cells, help=f"which (default: {named})")
    add("--hidden", type=at_least(1), metavar="H", help=f"hidden units (default {hidden})")
    add("--steps", type=at_least(1), metavar="T", help=f"characters to read (default {steps})")
    add("--forget-bias", type=finite, default=1.0, metavar="B", help="of the LSTM (default 1)")
    add("--train", type=at_least(0), default=0, metavar="N", help="updates first (default 0)")
    add("--loss-at", type=_loss, metavar="T", help='step of the loss, or "sum" (default: the last)')
    add("--seed", type=int, default=0, help="of all that is random (default 0)")


def _loss(text: str) -> int | str:
    if text == "sum":
        return text
    try:
        return at_least(0)(text)
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f'{error}, or "sum"') from None


def read_text(args: argparse.Namespace) -> str:
    """The text that is read. CommandError for what cannot be."""
    name = args.text
    if name is None:
        return ALICE
    shown = "stdin" if name == "-" else name
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise CommandError(f"{shown} is not UTF-8: byte {error.start} is wrong") from None
        raise CommandError(f"cannot read {shown}: {getattr(error, 'strerror', error)}") from None
    if len(text) < 2:
        count = "no character" if not text else "1 character"
        raise CommandError(f"{shown} has {count}: at least 2 are needed")
    return text


def steps_to_read(args: argparse.Namespace, text: str, size: Size) -> int:
    """How many characters are read: the last one of the text is only guessed."""
    most = len(text) - 1
    if args.steps is not None and args.steps > most:
        asked = f"--steps {args.steps}"
        raise UsageError(f"{asked}: the text has {len(text)} characters, so at most {most}")
    steps: int = args.steps or min(size.steps, most)
    if isinstance(args.loss_at, int) and args.loss_at >= steps:
        raise UsageError(f"--loss-at {args.loss_at}: the steps are 0 ... {steps - 1}")
    return steps


def chosen_loss(args: argparse.Namespace, steps: int) -> int | str:
    """The step of the loss that is followed, or "sum"."""
    loss: int | str | None = args.loss_at
    return steps - 1 if loss is None else loss


def snapshots(
    args: argparse.Namespace,
    text: str,
    size: Size,
    count: int = 1,
    read: Callable[[Reader, Sequence[int]], Reading] = Reader.read,
) -> Iterator[Snapshot]:
    """The networks after all updates; of several snapshots, the first is before any."""
    alphabet = Alphabet.of(text)
    numbers, steps = alphabet.encode(text), steps_to_read(args, text, size)
    readers, updates = {}, []
    for kind in dict.fromkeys(args.cells):
        rng, hidden = random.Random(args.seed), args.hidden or size.hidden
        cell = make_cell(kind, size.embedding, hidden, rng, args.forget_bias)
        reader = readers[kind.upper()] = Reader(cell, len(alphabet.characters), rng)
        updates.append(train_reader(reader, numbers, steps, args.train, rng))
    wanted = {args.train * k // max(count - 1, 1) for k in range(count)} | {args.train}
    for done in _progress(updates, args.train):
        if done in wanted and (count > 1 or done == args.train):
            networks = {name: read(net, numbers[: steps + 1]) for name, net in readers.items()}
            yield Snapshot(done, networks)


def _progress(updates: list[Iterator[float]], total: int) -> Iterator[int]:
    """0, and the number of updates after each; with a bar on a terminal, nothing elsewhere."""
    from tqdm import tqdm

    yield 0
    hidden = not total or None  # None: hidden where stderr is no terminal
    bar = tqdm(zip(*updates, strict=True), "training", total, disable=hidden, leave=False)
    for done, losses in enumerate(bar, 1):
        bar.set_postfix_str(f"loss {', '.join(f'{loss:.2f}' for loss in losses)}")
        yield done
