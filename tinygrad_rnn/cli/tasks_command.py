"""`tasks`: what there is to learn, and what a guess achieves."""

from __future__ import annotations

import argparse
from typing import Any

from ..graph.plain_json import dumps
from ..tasks import TASKS, Task
from .arguments import add_choice, add_command, chosen
from .measures import baseline, measure_of, measured

DESCRIPTION = """List the tasks that `train` knows: what each asks, what a constant answer achieves
(chance), what partial knowledge achieves (a baseline that only a network with memory beats), and
the sizes that `train` begins with: T steps, a batch of B sequences, H hidden units, and the forget
bias of an LSTM."""
EXAMPLE = """examples:
  tinygrad-rnn tasks
  tinygrad-rnn tasks adding --json"""


def add_to(commands: Any) -> None:
    """Enter the command and its options."""
    help = "list the tasks, with chance and baseline"
    parser = add_command(commands, "tasks", run, help, description=DESCRIPTION, epilog=EXAMPLE)
    add_choice(parser, "tasks")


def run(args: argparse.Namespace) -> None:
    """Print the tasks that were asked for."""
    asked = [TASKS[name] for name in chosen(args.names, TASKS, "tasks")]
    print(dumps([_entry(task) for task in asked]) if args.json else _table(asked))


def _entry(task: Task) -> dict[str, Any]:
    """What JSON says of a task; a length of None is one that the task itself draws."""
    known = baseline(task)
    sizes = {"length": task.length, "batch": task.batch, "hidden": task.hidden}
    return {
        "name": task.name,
        "says": task.says,
        "kind": task.kind,
        **sizes,
        "forget_bias": task.forget_bias,
        "measure": measure_of(task),
        "chance": task.chance,
        "baseline": known and known._asdict(),
        "solved_at": task.enough,
    }


def _table(tasks: list[Task]) -> str:
    """Two lines a task: its numbers, and what it asks."""
    heading = f"{'task':<19}{'T':>4}{'B':>4}{'H':>4}{'bias':>6}{'chance':>12}{'baseline':>15}"
    return "\n".join([heading, *(line for task in tasks for line in ("", *_lines(task)))])


def _lines(task: Task) -> tuple[str, str]:
    known = baseline(task)
    value, says = (measured(known.value, known.measure), known.says) if known else ("-", "")
    numbers = (
        f"{task.name:<19}{task.length or '-':>4}{task.batch:>4}{task.hidden:>4}"
        f"{task.forget_bias:>6g}{measured(task.chance, measure_of(task)):>12}{value:>15}  {says}"
    )
    return numbers.rstrip(), f"  {task.says}"
