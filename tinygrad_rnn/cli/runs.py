"""A run of training: begun as the options say, or read from a file to go on with."""

from __future__ import annotations

import argparse
import importlib
from functools import partial
from random import Random

from .. import checkpoints
from ..arrays import asarray
from ..nn import optim
from ..nn.optim.optimizer import Schedule
from ..tasks import TASKS, Corpus, Task, chunks
from ..training import CELLS, Network, Training, converted
from ..training.network import Values
from .arguments import (
    CommandError,
    Parser,
    UsageError,
    above_0,
    at_least,
    chosen,
    finite,
    not_negative,
    refused,
    share,
)
from .reading import read_text

VALUES = ("array", "numpy")
SCHEDULES = {  # and how many numbers each takes
    "cosine": (optim.cosine_schedule, 2),
    "step": (optim.step_schedule, 2),
    "warmup": (optim.warmup_schedule, 1),
}
SPELLING = "cosine:STEPS[:LEAST], step:SIZE[:FACTOR], warmup:STEPS, warmup:STEPS,cosine:STEPS"


def add_run_options(parser: Parser) -> list[str]:
    """Enter the options that a run is begun with; returns their names. One not given is None."""
    group = parser.add_argument_group("what is trained, and how (a checkpoint knows all of it)")
    add = partial(group.add_argument, default=None)
    entered = [
        add("--cell", choices=CELLS, help="the kind of cell (default lstm)"),
        add("--hidden", type=at_least(1), metavar="H", help="hidden units (default: the task's)"),
        add("--layers", type=at_least(1), metavar="N", help="cells above each other (default 1)"),
        add("--bidirectional", action="store_true", help="read backwards too"),
        add("--dropout", type=share, metavar="P", help="share dropped between layers (default 0)"),
        add("--forget-bias", type=finite, metavar="B", help="of the LSTM (default: the task's)"),
        add("--length", type=at_least(1), metavar="T", help="steps (default: the task's)"),
        add("--batch", type=at_least(1), metavar="B", help="sequences (default: the task's)"),
        add("--lr", type=above_0, metavar="R", help="learning rate of Adam (default 0.01)"),
        add("--schedule", type=schedule, metavar="S", help=f"of the rate: {SPELLING}"),
        add("--clip", type=not_negative, metavar="N", help="gradient's norm (default 1; 0: any)"),
        add("--values", choices=VALUES, help="what numbers are kept in (default array, ours)"),
        add("--text", metavar="FILE", help="UTF-8 text to learn from, - for stdin (Alice, 1865)"),
        add("--stream", action="store_true", help="read the text in order, carry the state on"),
        add("--validate", type=share, metavar="P", help="share of the data to hold out"),
        add("--seed", type=int, help="of all that is random (default 0)"),
    ]
    return [option.option_strings[0] for option in entered]


def begun(args: argparse.Namespace) -> Training:
    """The run that the options ask for. UsageError for one that cannot be."""
    task, rng = _task(args), Random(args.seed or 0)
    if args.forget_bias is not None and args.cell not in (None, "lstm"):
        raise UsageError(f"--forget-bias: of the LSTM; --cell {args.cell} has no forget gate")
    with refused(UsageError):
        network = Network.of(
            task,
            cell=args.cell or "lstm",
            hidden=args.hidden,
            forget_bias=args.forget_bias,
            layers=args.layers or 1,
            bidirectional=bool(args.bidirectional),
            dropout=args.dropout or 0.0,
            rng=rng,
        )
        training = Training(
            converted(network, values_named(args.values or "array")),
            task,
            lr=args.lr or 0.01,
            schedule=args.schedule,
            clip=1.0 if args.clip is None else args.clip or None,
            batch=args.batch,
            length=args.length,
            validation=args.validate or 0.0,
            stream=bool(args.stream),
            rng=rng,
        )
        check_data(training)
    return training


def resumed(path: str) -> Training:
    """The run in a checkpoint. CommandError for a file that has none."""
    with refused(CommandError):
        kept_in = checkpoints.load(path).metadata.get("values", "array")
        values = values_named(kept_in) if kept_in in VALUES else None
        return Training.load(path, values)


def values_named(name: str) -> Values:
    """What makes the arrays of this name: NumPy is imported here, and where it is asked for."""
    if name == "array":
        return asarray
    try:
        make: Values = importlib.import_module(name).asarray
    except ImportError:
        raise CommandError("NumPy is not installed: pip install numpy") from None
    return make


def check_data(training: Training) -> None:
    """ValueError for data of which there are too few for a batch, before any work."""
    text, batch, length = training.task.data, training.batch, training.length
    if training.stream and isinstance(text, Corpus):
        chunks(text, batch, length or 1)
    else:
        training.task.draw(Random(0), batch, length)
    if training.validation is not None:
        training.evaluate(1)


def _task(args: argparse.Namespace) -> Task:
    """The task of this name, over the text if there is one."""
    [name] = chosen([args.task], TASKS, "tasks")
    task = TASKS[name]
    if args.text is None:
        return task
    if not isinstance(task.data, Corpus):
        raise UsageError(f"--text: {name} is no task over a text")
    with refused(CommandError):
        return task.on(Corpus.of(read_text(args), type(task.data.symbols)))


def schedule(text: str) -> Schedule:
    """The type of a schedule, like cosine:1000, or warmup:100,cosine:900.

    >>> [schedule("warmup:2,step:1:0.5")(step) for step in range(4)]
    [0.5, 1.0, 1.0, 0.5]
    """
    *before, last = text.split(",")
    try:
        made = _schedule(last)
        for part in reversed(before):
            made = _schedule(part, then=made)
    except (LookupError, TypeError, ValueError):
        raise argparse.ArgumentTypeError(f"{text}: needs {SPELLING}") from None
    return made


def _schedule(text: str, **then: Schedule) -> Schedule:
    """One part of a schedule; TypeError for one that nothing can come after."""
    name, *numbers = text.split(":")
    make, most = SCHEDULES[name]
    if len(numbers) > most:
        raise ValueError
    made: Schedule = make(int(numbers[0]), *map(float, numbers[1:]), **then)  # type: ignore
    return made
