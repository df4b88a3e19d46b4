"""How good an answer is, in words: a share that is right, a squared error, a cost in nats."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..tasks import Corpus, Task

Measure = Literal["right", "squared error", "nats"]


class Known(NamedTuple):
    """What partial knowledge achieves, and which knowledge that is."""

    says: str
    measure: Measure
    value: float


def measure_of(task: Task) -> Measure:
    """What the scores of a task are: shares, or squared errors."""
    return "squared error" if task.kind == "regress" else "right"


def measured(value: float, measure: Measure) -> str:
    """A number with its unit.

    >>> measured(0.25, "right"), measured(1 / 6, "squared error"), measured(0.6931, "nats")
    ('25 %', 'MSE 0.167', '0.693 nats')
    """
    if measure == "right":
        return f"{100 * value:.3g} %"
    return f"MSE {value:.3g}" if measure == "squared error" else f"{value:.3g} nats"


def baseline(task: Task, length: int | None = None) -> Known | None:
    """The baseline of sequences of `length` (None: the task's own), if the task has one."""
    if task.baseline is not None:
        says, measure, at = task.baseline
        return Known(says, measure, at(length or task.length or 0))
    if isinstance(task.data, Corpus):
        return Known("how often each occurs", "nats", task.data.entropy)
    return None
