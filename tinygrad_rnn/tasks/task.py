"""What a task is: a generator of batches, and what a trainer and a reader need to know of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal, NamedTuple

from .batch import Batch
from .corpus import Corpus
from .name_lists import NameList
from .scores import Score, share_right

KINDS = ("classify", "tag", "regress")


class Baseline(NamedTuple):
    """What partial knowledge achieves: `at(length)`, in terms of `measure`."""

    says: str
    measure: Literal["right", "squared error", "nats"]
    at: Callable[[int], float]


@dataclass(frozen=True)
class Task:
    """A task, its shapes, the sizes that solve it, and when it is solved.

        kind           "classify": one class, after the last step; "tag": a class at every step;
                       "regress": numbers
        input_size     X, or how many tokens there are where `data` is given
        output_size    Y: how many classes, or how many numbers
        chance         the best score of a constant answer: share right, or squared error
        score          (batch, predictions) -> a score for each sequence
        enough         solved when the last `window` sequences reach this mean score; None: never

    `hidden`, `forget_bias`, `batch` and `length` are the sizes to begin with.
    """

    name: str
    says: str
    function: Callable[..., Batch]
    kind: Literal["classify", "tag", "regress"]
    input_size: int
    output_size: int
    chance: float
    length: int | None
    hidden: int
    batch: int = 8
    forget_bias: float = 1.0
    baseline: Baseline | None = None
    score: Score = share_right
    enough: float | None = 0.99
    window: int = 500
    data: Corpus | NameList | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.name}: kind is one of {', '.join(KINDS)}, got {self.kind!r}")

    def draw(self, rng: Random, batch: int | None = None, length: int | None = None) -> Batch:
        """A batch of fresh sequences; None stands for the task's own size.

        >>> from tinygrad_rnn.tasks import TASKS
        >>> len(TASKS["latch"].draw(Random(0)).xs)
        20
        """
        sizes = (self.batch if batch is None else batch, self.length if length is None else length)
        return self.function(rng, *sizes, *([] if self.data is None else [self.data]))

    def on(self, data: Corpus | NameList) -> Task:
        """The same task over other data. TypeError where that is not of the task's kind."""
        if self.data is None or type(data) is not type(self.data):
            wanted = "no data" if self.data is None else f"a {type(self.data).__name__}"
            raise TypeError(f"{self.name}: takes {wanted}, got a {type(data).__name__}")
        inputs, outputs = data.sizes
        return replace(self, data=data, input_size=inputs, output_size=outputs, chance=data.chance)

    def solved(self, scores: Sequence[float]) -> bool:
        """Whether the scores of the sequences so far, in the order of training, are enough."""
        if self.enough is None or len(scores) < self.window:
            return False
        mean = math.fsum(scores[-self.window :]) / self.window
        return mean < self.enough if self.kind == "regress" else mean >= self.enough
