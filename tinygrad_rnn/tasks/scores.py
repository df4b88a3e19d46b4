"""How good answers are: a score for each sequence of a batch.

predictions[t][b] is a list of Y numbers: the logits of the classes, or the answer itself where the
task is to regress. A step where no answer counts is never looked at: its entry may be None.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from typing import Any

from .batch import Batch
from .grammars import COUNTING_SYMBOLS, REBER_SYMBOLS, reber_successors, shown
from .memory import COPY_ITEMS

Predictions = Sequence[Any]
Score = Callable[[Batch, Predictions], list[float]]


def share_right(batch: Batch, predictions: Predictions) -> list[float]:
    """The share of each sequence's answers that are right: its class above all others."""
    return [_mean([_right(batch, predictions, t, b) for t in steps]) for b, steps in _all(batch)]


def squared_error(batch: Batch, predictions: Predictions) -> list[float]:
    """The mean of (prediction - target)², over each sequence's answers and their entries."""
    return [
        _mean(
            [
                (p - y) * (p - y)
                for t in steps
                for p, y in zip(predictions[t][b], batch.targets[t][b], strict=True)
            ]
        )
        for b, steps in _all(batch)
    ]


def recalled(batch: Batch, predictions: Predictions) -> list[float]:
    """Copy: the share of the ten symbols, asked last, that are right."""
    return [
        _mean([_right(batch, predictions, t, b) for t in steps[-COPY_ITEMS:]])
        for b, steps in _all(batch)
    ]


def reber_right(batch: Batch, predictions: Predictions) -> list[float]:
    """Embedded Reber: 1 where at every step all legal symbols are above all others, else 0."""
    return [
        float(
            all(
                above(predictions[t][b], [REBER_SYMBOLS.index(s) for s in legal])
                for t, legal in zip(steps, _successors(batch, b, steps), strict=True)
            )
        )
        for b, steps in _all(batch)
    ]


def counted_right(batch: Batch, predictions: Predictions) -> list[float]:
    """aⁿ bⁿ: 1 where every determinable symbol is right, those after S and after b, else 0."""
    a = COUNTING_SYMBOLS.index("a")
    return [
        float(all(_right(batch, predictions, t, b) for t in steps if not batch.xs[t][b][a]))
        for b, steps in _all(batch)
    ]


def above(logits: Sequence[float], classes: Collection[int]) -> bool:
    """Whether each of the classes is strictly above each of the others: nan never is.

    >>> above([0.5, 2.0, 1.0], [1, 2]), above([0.5, 2.0, 2.0], [1])
    (True, False)
    """
    others = [k for k in range(len(logits)) if k not in classes]
    return all(logits[k] > logits[j] for k in classes for j in others)


def _all(batch: Batch) -> list[tuple[int, list[int]]]:
    return [(b, batch.answered(b)) for b in range(len(batch.mask[0]))]


def _right(batch: Batch, predictions: Predictions, t: int, b: int) -> bool:
    return above(predictions[t][b], [batch.targets[t][b]])


def _successors(batch: Batch, b: int, steps: list[int]) -> list[str]:
    return reber_successors(shown([batch.xs[t][b] for t in steps], REBER_SYMBOLS) + "E")


def _mean(values: list[Any]) -> float:
    return math.fsum(values) / len(values)
