"""`lab`: how much of the gradient reaches the first step, before any training."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ..lab import CELLS, INITIALISATIONS, SEEDS, Setup, Survival, plot_sweep, survival, sweep
from .arguments import CommandError, UsageError, add_command, at_least, finite, refused
from .lab_table import said, said_in_json
from .output import checked_out

FORMATS = ("png", "svg", "pdf")
MOST = 200  # values of a range
DESCRIPTION = """Let cells that have learned nothing read random numbers, and measure |dL/dh| at
the first of T steps against the last, L being the sum of the last h: the mean and the standard
deviation of its log10 over many seeds, the factor per step, and a closed form: what an LSTM's
forget gates let through if they are as their bias says, σ(b_f)^(T-1); a GRU's update gates, half
open; an RNN's recurrent matrix without tanh'. --sweep does so for several values of one thing:
0:5 is 0,1,2,3,4,5 and 0:1:0.5 is 0,0.5,1. (Begin with a space before a minus: " -1:1".)"""
EXAMPLE = """examples:
  tinygrad-rnn lab --length 50
  tinygrad-rnn lab --sweep forget-bias 0:5 --out forget_bias.png
  tinygrad-rnn lab --sweep length 10,20,50,100 --init orthogonal --json"""


class Field(NamedTuple):
    """What can be chosen and swept: its name in a Setup, the type of its values, what it is."""

    name: str
    type: Callable[[str], Any]
    help: str


def _init(text: str) -> str:
    if text not in INITIALISATIONS:
        known = ", ".join(INITIALISATIONS)
        raise argparse.ArgumentTypeError(f"{text}: an initialisation is one of {known}")
    return text


FIELDS = {
    "length": Field("length", at_least(2), "T, the steps"),
    "hidden": Field("hidden_size", at_least(1), "H, the hidden units"),
    "inputs": Field("input_size", at_least(1), "X, the numbers that a step reads"),
    "init": Field("init", _init, ", ".join(INITIALISATIONS)),
    "scale": Field("scale", finite, "factor for the recurrent matrices"),
    "forget-bias": Field("forget_bias", finite, "of the LSTM"),
}


def add_to(commands: Any) -> None:
    """Enter the command and its options."""
    help = "before training: what reaches the first step"
    parser = add_command(commands, "lab", run, help, description=DESCRIPTION, epilog=EXAMPLE)
    add = parser.add_argument
    add("--cells", nargs="+", choices=CELLS, help="which (default: all that it is about)")
    for option, (name, of, what) in FIELDS.items():
        default, letter = Setup._field_defaults[name], "NAME" if of is _init else "N"
        text = f"{what} (default {default})"
        add(f"--{option}", type=of, default=default, metavar=letter, dest=name, help=text)
    add("--sweep", nargs=2, metavar=("WHAT", "VALUES"), help=f"one of {', '.join(FIELDS)}")
    many = len(SEEDS)
    add("--seeds", type=at_least(1), default=many, metavar="N", help=f"how many (default {many})")
    add("--seed", type=int, default=0, help="the first of them (default 0)")
    add("--out", metavar="FILE", help=f"plot a sweep: {', '.join(FORMATS)}")
    add("--json", action="store_true", help="print JSON instead of the table")
    add("--quiet", action="store_true", help="print nothing but errors")


def run(args: argparse.Namespace) -> None:
    """Measure, print, plot."""
    field, values = _swept(args)
    if args.out and not field:
        raise UsageError("--out: there is a plot of a sweep only: add --sweep")
    out = checked_out(args.out, FORMATS) if args.out else None
    with refused(UsageError):
        found = list(_measured(args, field, values))
    if not args.quiet:
        print(said_in_json(found, field) if args.json else said(found, field))
    if out:
        _plot(found, field, out)
        if not (args.json or args.quiet):
            print(f"\nThe plot is in {out}.")


def _swept(args: argparse.Namespace) -> tuple[str, list[Any]]:
    """The field of the sweep and its values; "" and nothing without one."""
    if not args.sweep:
        return "", []
    what, text = args.sweep
    if what not in FIELDS:
        raise UsageError(f"--sweep {what}: it is one of {', '.join(FIELDS)}")
    try:
        values = _range(text) if ":" in text else text.split(",")
        return FIELDS[what].name, [FIELDS[what].type(value) for value in values]
    except (argparse.ArgumentTypeError, ValueError) as error:
        raise UsageError(f"--sweep {what} {text}: {error}") from None


def _range(text: str) -> list[str]:
    """The numbers from START to STOP, both included. ValueError for what is no such range."""
    given = [finite(part) for part in text.split(":")]
    start, stop, step = given if len(given) == 3 else (*given[:2], 1.0)
    if len(given) > 3 or step <= 0 or stop < start or (stop - start) / step >= MOST:
        raise ValueError(f"a range is START:STOP:STEP, going up, of at most {MOST} values")
    count = math.floor((stop - start) / step + 1e-9) + 1  # 0:0.3:0.1 has four values
    return [f"{start + k * step:.12g}" for k in range(count)]


def _measured(args: argparse.Namespace, field: str, values: list[Any]) -> Iterator[Survival]:
    """A row for every cell and value; with a bar on a terminal, nothing elsewhere."""
    from tqdm import tqdm

    seeds = range(args.seed, args.seed + args.seeds)
    chosen = {name: getattr(args, name) for name, _, _ in FIELDS.values()}
    setups = [Setup(cell, **chosen) for cell in _cells(args, field, values)]
    rows = (
        row
        for setup in setups
        for row in (sweep(setup, field, values, seeds) if field else [survival(setup, seeds)])
    )
    count = len(setups) * max(len(values), 1)
    yield from tqdm(rows, "measuring", count, disable=None, leave=False)


def _cells(args: argparse.Namespace, field: str, values: list[Any]) -> list[str]:
    """The cells as given; else those that have what is asked about."""
    if args.cells:
        return list(dict.fromkeys(args.cells))
    if field == "forget_bias":
        return ["lstm"]
    chrono = "chrono" in (args.init, *values)
    return [cell for cell in CELLS if not (chrono and cell == "rnn")]


def _plot(found: list[Survival], field: str, out: Path) -> None:
    """Draw the sweep into a file."""
    try:
        ax = plot_sweep(found, field)
    except ImportError as error:
        raise CommandError(f"--out {out}: {error}") from None
    ax.figure.savefig(out)
