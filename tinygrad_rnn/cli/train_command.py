"""`train`: a task with a cell until it is solved; stopped, saved, gone on with."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from ..graph.plain_json import dumps
from ..training import NonFiniteError, Record, Training
from .arguments import CommandError, Stopped, UsageError, add_command, at_least, refused
from .output import checked_file
from .progress import followed, interruptible
from .results import Watched, result, said
from .runs import add_run_options, begun, check_data, resumed

LIMIT, LIMIT_WITHOUT_END = 10_000, 1_000  # updates, the second of tasks that are solved never
DESCRIPTION = """Train a network until the task is solved, and say after how many sequences. The
same seed makes the same run. Ctrl-C stops after the update and saves; --resume goes on as if the
run had never stopped. `tinygrad-rnn tasks` lists the tasks and their sizes."""
EXAMPLE = """examples:
  tinygrad-rnn train temporal_order --cell lstm
  tinygrad-rnn train adding --length 50 --values numpy --save adding.safetensors
  tinygrad-rnn train --resume adding.safetensors --steps 20000 --save adding.safetensors
  tinygrad-rnn train characters --text README.md --validate 0.1 --log log.jsonl"""


def add_to(commands: Any) -> None:
    """Enter the command and its options."""
    help = "train a cell on a task; stop, save, resume"
    parser = add_command(commands, "train", run, help, description=DESCRIPTION, epilog=EXAMPLE)
    add = parser.add_argument
    add("task", nargs="?", metavar="TASK", help="what to learn (with --resume: the checkpoint's)")
    add(
        "--steps",
        type=at_least(0),
        metavar="N",
        help=f"give up after N updates in all (default {LIMIT}; {LIMIT_WITHOUT_END} of a text)",
    )
    add("--save", metavar="FILE", help="write a checkpoint at the end, and at Ctrl-C")
    add("--every", type=at_least(1), metavar="N", help="with --save: and after every N updates")
    add("--resume", metavar="FILE", help="go on with the run in this checkpoint")
    add("--log", metavar="FILE", help="a line of JSON for every update; --resume goes on with it")
    add("--json", action="store_true", help="print JSON instead of the result in words")
    add("--quiet", action="store_true", help="print nothing but errors")
    parser.set_defaults(begin_with=add_run_options(parser))


def run(args: argparse.Namespace) -> None:
    """Train, and say how it went."""
    checkpoint = checked_file("--save", args.save) if args.save else None
    if args.every and not checkpoint:
        raise UsageError("--every: says how often to --save FILE, which is not given")
    training = _training(args)
    last = _limit(args, training)
    watched = Watched.of(training, last, args.quiet)
    with interruptible() as stopped:
        with _log(args, training) as log, _told_by_us():
            for record in _records(watched, last, checkpoint, args.quiet):
                log(record)
                if args.every and record.step % args.every == 0:
                    training.save(args.save)
                if stopped():
                    break
        if stopped() and checkpoint is None:
            checkpoint = _free_name(training)
        if checkpoint:
            training.save(checkpoint)
    if not args.quiet:
        outcome = result(watched, checkpoint)
        print(dumps(outcome) if args.json else said(outcome))
    if stopped():
        raise Stopped(f"stopped; go on with: tinygrad-rnn train --resume {checkpoint}")


def _training(args: argparse.Namespace) -> Training:
    """The run: a new one of a task, or that of a checkpoint."""
    if args.resume is None:
        if args.task is None:
            raise UsageError("train: which TASK? See tinygrad-rnn tasks")
        return begun(args)
    for option in args.begin_with:
        if getattr(args, option.removeprefix("--").replace("-", "_")) is not None:
            raise UsageError(f"{option}: a run that is resumed goes on as it was begun")
    training = resumed(args.resume)
    with refused(CommandError):
        check_data(training)
    if args.task not in (None, training.task.name):
        raise UsageError(f"{args.task}: the run in {args.resume} learns {training.task.name}")
    return training


def _limit(args: argparse.Namespace, training: Training) -> int:
    """After how many updates in all the run ends."""
    usual = LIMIT if training.task.enough is not None else LIMIT_WITHOUT_END
    asked: int = usual if args.steps is None else args.steps
    return max(asked, training.steps)


def _records(watched: Watched, last: int, checkpoint: Path | None, quiet: bool) -> Iterator[Record]:
    """The updates, shown as they pass. A number that is not finite ends them, and is an error."""
    training = watched.training
    records = watched.records(last)
    try:
        yield from records if quiet else followed(records, training, last)
    except NonFiniteError as error:
        kept = f"; the last good parameters are in {checkpoint}" if checkpoint else ""
        if checkpoint:
            training.save(checkpoint)
        raise CommandError(f"{error}{kept}") from None


def _told_by_us() -> contextlib.AbstractContextManager[object]:
    """NumPy warns of numbers that overflow; the run says where, if that is not finite."""
    return warnings.catch_warnings(action="ignore", category=RuntimeWarning)


@contextlib.contextmanager
def _log(args: argparse.Namespace, training: Training) -> Iterator[Callable[[Record], object]]:
    """What writes a record into the log, at once; into nothing if there is none."""
    if args.log is None:
        yield lambda record: None
        return
    path = checked_file("--log", args.log)
    if args.resume and path.is_file():
        os.truncate(path, _end(path, training.steps))
    with path.open("a" if args.resume else "w", encoding="utf-8", buffering=1) as stream:
        yield lambda record: stream.write(dumps(record._asdict()) + "\n")


def _end(path: Path, steps: int) -> int:
    """Where the log's records up to this step end: who is killed has logged more than he saved."""
    end = 0
    with path.open("rb") as stream:
        for line in stream:
            if not line.endswith(b"\n") or _step_of(line) > steps:
                break
            end += len(line)
    return end


def _step_of(line: bytes) -> int:
    """The step of a record; 0 for a line that is none."""
    with contextlib.suppress(ValueError, TypeError, LookupError):
        return int(json.loads(line)["step"])
    return 0


def _free_name(training: Training) -> Path:
    """A new file for a run that nobody has asked to save, but that somebody has stopped."""
    name = f"{training.task.name}-{training.steps}"
    names = (Path(f"{name}{f'-{n}' if n else ''}.safetensors") for n in count())
    return next(path for path in names if not path.exists())
