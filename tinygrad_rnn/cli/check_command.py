"""`check`: every rule of every op against finite differences, to second order."""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..autograd.cases import CASES, Case, values
from ..autograd.gradcheck import GradcheckError, comparisons
from .arguments import CommandError, add_choice, add_command, chosen

DESCRIPTION = """Compare the rules of the ops with finite differences of fourth order, at first and
at second order, on floats and on Arrays. Exits with 1 if one is wrong."""
EXAMPLE = """example:
  tinygrad-rnn check tanh matmul"""


class Row(NamedTuple):
    """What the table says of one op; `error` is relative, `wrong` what gradcheck complains of."""

    name: str
    cases: int
    error: float
    seconds: float
    wrong: str | None


def add_to(commands: Any) -> None:
    """Enter the command and its options."""
    help = "gradcheck every op"
    parser = add_command(commands, "check", run, help, description=DESCRIPTION, epilog=EXAMPLE)
    add_choice(parser, "ops")


def run(args: argparse.Namespace) -> None:
    """Check, and print a line for each op as soon as it is known."""
    names = chosen(args.names, CASES, "ops")
    if not args.json:
        print(f"{'op':<20}{'cases':>6}{'largest error':>16}{'time':>10}")
    rows = []
    for name in names:
        rows.append(_row(name, CASES[name]))
        if not args.json:
            print(_line(rows[-1]), flush=True)
    print(_json(rows) if args.json else _summary(rows))
    wrong = [row.name for row in rows if row.wrong]
    if wrong:
        raise CommandError(f"{len(wrong)} of {len(rows)} ops are wrong: {', '.join(wrong)}")


def _row(name: str, cases: Sequence[Case]) -> Row:
    """Check one op, on floats and on Arrays; stops at the first number that is wrong."""
    start, error = time.perf_counter(), 0.0
    wrong = None
    try:
        for case in cases:
            for kind in ("float", "array"):
                errors = [c.error() for c in comparisons(case.call, *values(case, kind))]
                error = max([error, *errors])
    except GradcheckError as complaint:
        error, wrong = math.nan, str(complaint)
    return Row(name, len(cases), error, time.perf_counter() - start, wrong)


def _line(row: Row) -> str:
    """The row in columns; below it what is wrong."""
    error = "WRONG" if row.wrong else "exact" if row.error == 0 else f"{row.error:.1e}"
    line = f"{row.name:<20}{row.cases:>6}{error:>16}{f'{row.seconds:.2f} s':>10}"
    return f"{line}\n    {row.wrong}" if row.wrong else line


def _summary(rows: list[Row]) -> str:
    """How many are right, how right, and how long it took."""
    right = [row.error for row in rows if not row.wrong]
    cases, seconds = sum(row.cases for row in rows), sum(row.seconds for row in rows)
    largest = f", largest error {max(right):.1e}" if right else ""
    return f"\n{len(right)} of {len(rows)} right, {cases} cases{largest}, {seconds:.1f} s"


def _json(rows: list[Row]) -> str:
    ops = [row._asdict() | {"error": None if row.wrong else row.error} for row in rows]
    right = not any(row.wrong for row in rows)
    return json.dumps({"ok": right, "ops": ops}, ensure_ascii=False, allow_nan=False)
