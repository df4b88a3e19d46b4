"""`bench-tasks`: how often each cell solves each task, and after how many sequences."""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from itertools import islice
from typing import Any, NamedTuple

from ..graph.plain_json import dumps
from ..tasks import TASKS
from ..training import CELLS
from ..training.comparison import Outcome, outcomes
from .arguments import CommandError, add_choice, add_command, at_least, chosen

DESCRIPTION = """Train every cell with every seed on the tasks, until they are solved or a row's
limit of sequences is reached. Some tasks have several rows: longer sequences, another forget bias.
All rows take hours, most of them for what a tanh RNN never learns."""
EXAMPLE = """examples:
  tinygrad-rnn bench-tasks parity a_n_b_n --cells lstm gru
  tinygrad-rnn bench-tasks temporal_order --seeds 0,7 --jobs 2 --limit 5000"""
HEADING = (
    f"{'task':<16}{'T':>4}{'bias':>6}   {'cell':<6}{'solved':>6}{'after sequences':>20}"
    f"{'CPU seconds':>18}"
)


class Row(NamedTuple):
    """A task in one of its sizes, None: its own; and the sequences after which a run gives up."""

    task: str
    limit: int
    length: int | None = None
    forget_bias: float | None = None
    cells: tuple[str, ...] = tuple(CELLS)


ROWS = (
    Row("temporal_order", 120_000),
    Row("temporal_order", 120_000, length=50, forget_bias=3.0),
    Row("adding", 100_000),
    Row("adding", 100_000, length=50),
    Row("embedded_reber", 20_000),
    Row("a_n_b_n", 20_000),
    Row("parity", 50_000),
    Row("latch", 100_000),
    Row("latch", 100_000, length=100, forget_bias=1.0),
    Row("latch", 100_000, length=100, forget_bias=3.0, cells=("lstm",)),
)


class Line(NamedTuple):
    """What the table says of one cell in one row."""

    row: Row
    cell: str
    outcomes: list[Outcome]


def add_to(commands: Any) -> None:
    """Enter the command and its options."""
    help = "how often, and how soon, each cell solves each task"
    parser = add_command(
        commands, "bench-tasks", run, help, description=DESCRIPTION, epilog=EXAMPLE
    )
    add_choice(parser, "tasks")
    add, number = parser.add_argument, at_least(1)
    add("--cells", nargs="+", choices=CELLS, default=list(CELLS), help="which (default: all)")
    add(
        "--seeds",
        type=seeds,
        default=seeds("3"),
        metavar="N",
        help="how many, or which ones, as in 0,7 (default 3)",
    )
    add("--jobs", type=number, default=1, metavar="N", help="runs at a time (default 1)")
    add("--limit", type=number, metavar="N", help="most sequences of a run (default: the row's)")
    add("--quiet", action="store_true", help="show no progress")


def seeds(text: str) -> list[int]:
    """The type of a number of seeds, from 0, or of the seeds themselves.

    >>> seeds("3"), seeds("0,7"), seeds("7,")
    ([0, 1, 2], [0, 7], [7])
    """
    if "," not in text:
        return list(range(at_least(1)(text)))
    try:
        return [int(seed) for seed in text.strip(",").split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: needs a number, or seeds like 0,7") from None


def run(args: argparse.Namespace) -> None:
    """Run the grids, and print a line for each cell as soon as it is known."""
    names = chosen(args.names, dict.fromkeys(row.task for row in ROWS), "tasks of the table")
    rows = [_limited(row, args.limit) for name in names for row in ROWS if row.task == name]
    lines = []
    with _bar(args, rows) as bar:
        _tell(args, HEADING)
        for row in rows:
            for line in _lines(row, args, bar):
                lines.append(line)
                _tell(args, _said(line))
    if args.json:
        print(dumps([_entry(line) for line in lines]))
    errors = [outcome.error for line in lines for outcome in line.outcomes if outcome.error]
    if errors:
        raise CommandError(f"{len(errors)} runs failed, the first: {errors[0]}")


def _limited(row: Row, limit: int | None) -> Row:
    return row if limit is None else row._replace(limit=limit)


def _lines(row: Row, args: argparse.Namespace, bar: Any) -> Iterator[Line]:
    """The outcomes of a row, cell by cell."""
    cells = _cells(row, args)
    settings = {"limit": row.limit, "length": row.length, "forget_bias": row.forget_bias}
    with _pool(args.jobs) as pool:
        found = outcomes(cells, row.task, args.seeds, pool, **settings)
        for cell in cells:
            line = Line(row, cell, [])
            for outcome in islice(found, len(args.seeds)):
                line.outcomes.append(outcome)
                bar.update()
            yield line


def _cells(row: Row, args: argparse.Namespace) -> list[str]:
    """The cells that are asked for, and that the row is about."""
    return [cell for cell in dict.fromkeys(args.cells) if cell in row.cells]


# Processes, and what is shown meanwhile ----------------------------------------------------------


@contextlib.contextmanager
def _pool(jobs: int) -> Iterator[Executor | None]:
    """So many processes, None for one; who presses Ctrl-C does not want to wait for them."""
    if jobs == 1:
        yield None
        return
    deaf = (signal.SIGINT, signal.SIG_IGN)
    fresh = multiprocessing.get_context("spawn")  # the bar has a thread, which no fork survives
    with ProcessPoolExecutor(jobs, fresh, initializer=signal.signal, initargs=deaf) as pool:
        try:
            yield pool
        except BaseException:
            for process in multiprocessing.active_children():
                process.terminate()
            raise


def _bar(args: argparse.Namespace, rows: list[Row]) -> Any:
    """A bar on a terminal, over all runs."""
    from tqdm import tqdm

    total = sum(len(_cells(row, args)) for row in rows) * len(args.seeds)
    return tqdm(None, "runs", total, leave=False, disable=args.quiet or None)


def _tell(args: argparse.Namespace, line: str) -> None:
    """Print a line, above the bar."""
    from tqdm import tqdm

    if not args.json:
        tqdm.write(line, file=sys.stdout)
        sys.stdout.flush()


def _said(line: Line) -> str:
    """The line of the table, and one for each run that failed."""
    entry = _entry(line)
    bias = f"{entry['forget_bias']:g}" if line.cell == "lstm" else ""
    solved = [outcome.sequences for outcome in line.outcomes if outcome.solved]
    seconds = [outcome.seconds for outcome in line.outcomes]
    after = _range(solved, ",") if solved else f"never in {line.row.limit:,}"
    return "\n".join(
        [
            f"{entry['task']:<16}{entry['length'] or '-':>4}{bias:>6}   "
            f"{line.cell:<6}{f'{len(solved)}/{len(seconds)}':>6}{after:>20}"
            f"{_range(seconds, '.1f'):>18}",
            *(f"  seed {o.seed}: {o.error}" for o in line.outcomes if o.error),
        ]
    )


def _range(numbers: Sequence[float], spec: str) -> str:
    """The least and the greatest; where they look the same, one number."""
    return "-".join(dict.fromkeys(format(n, spec) for n in (min(numbers), max(numbers))))


def _entry(line: Line) -> dict[str, Any]:
    """What JSON says of a line, with the sizes that the task itself gave."""
    row, task = line.row, TASKS[line.row.task]
    return {
        "task": task.name,
        "length": row.length or task.length,
        "forget_bias": task.forget_bias if row.forget_bias is None else row.forget_bias,
        "batch": task.batch,
        "hidden": task.hidden,
        "limit": row.limit,
        "cell": line.cell,
        "outcomes": [outcome._asdict() for outcome in line.outcomes],
    }
