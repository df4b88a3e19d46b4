"""How good a network is on sequences that it does not learn from."""

from __future__ import annotations

import math
from random import Random
from typing import NamedTuple

from ..tasks import Task
from .network import Network
from .objective import loss_of, predict, scores_of


class Evaluation(NamedTuple):
    """The mean loss of an answer and the mean score of a sequence.

    `perplexity` is e^loss, of how many equally likely classes the guess is worth; None where the
    task is to regress.
    """

    loss: float
    metric: float
    perplexity: float | None


def evaluate(
    model: Network,
    task: Task,
    rng: Random,
    sequences: int = 100,
    batch: int | None = None,
    length: int | None = None,
) -> Evaluation:
    """Draw so many sequences or a few more, in whole batches, and let the network answer them.

    Nothing is recorded, nothing dropped, nothing learned. None stands for the task's own sizes.
    ValueError for fewer than one sequence, and where the task's data are too short for the sizes.
    """
    if sequences < 1:
        raise ValueError(f"evaluate: sequences must be at least 1, got {sequences}")
    plain = model.detach()
    costs, answers, scores = 0.0, 0, list[float]()
    while len(scores) < sequences:
        drawn = task.draw(rng, batch, length)
        predictions, _ = predict(plain, drawn)
        count = sum(map(sum, drawn.mask))
        costs += count * float(loss_of(task, drawn, predictions))
        answers += count
        scores += scores_of(task, drawn, predictions)
    loss = costs / answers
    perplexity = None if task.kind == "regress" else perplexity_of(loss)
    return Evaluation(loss, math.fsum(scores) / len(scores), perplexity)


def perplexity_of(loss: float) -> float:
    """e^loss, of a cross entropy in nats; infinite where no float holds it.

    >>> perplexity_of(0.0), perplexity_of(1e6)
    (1.0, inf)
    """
    return math.exp(loss) if loss < 709 else math.inf
