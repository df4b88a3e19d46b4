"""`draw`: one or more networks at a zoom level, as a picture or as data."""

from __future__ import annotations

import argparse
from typing import Any

from ..lab import Reader
from .arguments import add_command
from .output import add_picture_options, checked_out, opened, picture, save
from .reading import (
    Size,
    add_reading_options,
    chosen_loss,
    read_text,
    snapshots,
    steps_to_read,
)

DESCRIPTION = """Unroll a cell on a text and draw it, as near as you like: strip (a thin column a
step), cell (a box a step), rolled (one cell with a loop, beside its steps), op (every op),
scalar (every number). Every edge has the colour of the gradient that flows back along it."""
EXAMPLE = """examples:
  tinygrad-rnn draw --level op --cells gru --out gru.svg
  tinygrad-rnn draw --level strip --cells rnn lstm --steps 200 --normalise none
  tinygrad-rnn draw --level scalar --hidden 2 --steps 3 --show value
  tinygrad-rnn draw --out lstm.json"""


SIZES = {
    "strip": Size(16, 200),
    "cell": Size(16, 60),
    "rolled": Size(16, 60),
    "op": Size(8, 4),
    "scalar": Size(2, 3, embedding=2),
}
NEAR = ("op", "scalar")  # so near that the ops of a guess would fill the picture


def add_to(commands: Any) -> None:
    """Enter the command and its options."""
    help = "one picture: strip, cell, rolled, op or scalar"
    parser = add_command(commands, "draw", run, help, description=DESCRIPTION, epilog=EXAMPLE)
    hidden, steps = (
        ", ".join(f"{size[k]} for {level}" for level, size in SIZES.items()) for k in (0, 1)
    )
    add_reading_options(parser, ["lstm"], hidden, steps)
    add_picture_options(parser, "unrolled.svg", "op", "lag0")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")


def run(args: argparse.Namespace) -> None:
    """Read, unroll, differentiate, draw."""
    out = checked_out(args.out)
    text, size = read_text(args), SIZES[args.level]
    steps = steps_to_read(args, text, size)
    read = Reader.listen if args.level in NEAR else Reader.read
    seen = next(snapshots(args, text, size, read=read))
    save(picture(args, seen.networks, chosen_loss(args, steps), text), out)
    if not args.quiet:
        print(f"The picture is in {out}.")
    opened(args, out)
