"""A batch: B sequences side by side, one step after another, as plain lists.

    T  steps, counted from 0     B  sequences in a batch     X  input size     Y  output size

    xs[t][b]        what sequence b shows at step t: a list of X numbers (a symbol of a small, fixed
                    alphabet is a one-hot list); in tasks over the user's data (characters, names,
                    words) a token: a whole number below X, for an embedding
    targets[t][b]   the right answer after step t: a class, a whole number below Y (in tasks of kind
                    "classify" and "tag"), or a list of Y numbers (in those of kind "regress")
    mask[t][b]      True where that answer counts

All three have T entries of B each, in every task: a task with one answer counts it at the last
step, a task with an answer every step counts all. Where nothing counts, a class is IGNORED, a list
of numbers is zeros. Sequences that end sooner are padded at their end, with inputs that are zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from typing import Any, NamedTuple

IGNORED = -100  # no class; what PyTorch's losses ignore by default


class Batch(NamedTuple):
    """xs (T, B, X) or (T, B), targets (T, B) or (T, B, Y), mask (T, B), as nested lists."""

    xs: list[list[Any]]
    targets: list[list[Any]]
    mask: list[list[bool]]

    @property
    def lengths(self) -> list[int]:
        """The steps of each sequence up to its last answer (B): what follows is padding."""
        return [self.answered(b)[-1] + 1 for b in range(len(self.mask[0]))]

    @property
    def answered_steps(self) -> list[int]:
        """The steps at which an answer of any sequence counts."""
        return [t for t, row in enumerate(self.mask) if any(row)]

    def answered(self, b: int) -> list[int]:
        """The steps at which an answer of sequence b counts."""
        return [t for t, row in enumerate(self.mask) if row[b]]


class Example(NamedTuple):
    """One sequence: an input a step, and a target a step, None where nothing is asked."""

    xs: list[Any]
    targets: list[Any]


def one_answer(xs: list[Any], target: Any) -> Example:
    """A sequence that is asked one thing, after its last step."""
    return Example(xs, [None] * (len(xs) - 1) + [target])


def batched(examples: Iterable[Example]) -> Batch:
    """The sequences side by side; the shorter ones padded."""
    rows = list(examples)
    steps = range(max(len(row.xs) for row in rows))
    no_x, no_target = _zeros(rows[0].xs[0], 0), _zeros(rows[0].targets[-1], IGNORED)
    asked = [[_at(row.targets, t, None) for row in rows] for t in steps]
    return Batch(
        [[_at(row.xs, t, no_x) for row in rows] for t in steps],
        [[_copied(no_target if y is None else y) for y in row] for row in asked],
        [[y is not None for y in row] for row in asked],
    )


def one_hot(k: int, size: int) -> list[float]:
    """Zeros, but 1 at k.

    >>> one_hot(1, 3)
    [0.0, 1.0, 0.0]
    """
    return [float(i == k) for i in range(size)]


def check_draw(task: str, rng: Random, **sizes: int) -> None:
    """TypeError unless rng is a random.Random, ValueError unless every size is at least 1."""
    if not isinstance(rng, Random):
        raise TypeError(f"{task}: rng must be a random.Random, got {rng!r}: pass Random(0)")
    for name, size in sizes.items():
        check_least(task, name, size, 1, "")


def check_least(task: str, name: str, size: int, least: int, why: str) -> None:
    """ValueError unless the size is a whole number, and large enough."""
    whole = hasattr(size, "__index__") and not isinstance(size, bool)
    if not whole or size < least:
        reason = f" ({why})" if why else ""
        raise ValueError(
            f"{task}: {name} must be a whole number of at least {least}{reason}, got {size!r}"
        )


def _zeros(like: Any, otherwise: int) -> Any:
    return [0.0] * len(like) if isinstance(like, list) else otherwise


def _at(row: Sequence[Any], t: int, otherwise: Any) -> Any:
    return row[t] if t < len(row) else _copied(otherwise)


def _copied(entry: Any) -> Any:
    return list(entry) if isinstance(entry, list) else entry
