"""How a run went: what is measured while it goes on, and how that is said."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ..tasks import Corpus
from ..training import Evaluation, Record, Training
from ..training.evaluation import perplexity_of
from .measures import baseline, measure_of, measured

CHECKS = 10  # of what is held out, and one before the first update


class Check(NamedTuple):
    """How good the network was after `step` updates, on what was held out.

    `training` is the mean loss of the updates since the last check.
    """

    step: int
    training: float | None
    held_out: Evaluation


@dataclass
class Watched:
    """A run, with the losses of its last updates, of as many as `training.scores` is of.

    What is held out is looked at every `interval` updates and after the last; 0: never.
    """

    training: Training
    interval: int
    losses: deque[float]
    checks: list[Check] = field(default_factory=list)
    since: list[float] = field(default_factory=list)
    start: float = field(default_factory=time.process_time)

    @classmethod
    def of(cls, training: Training, last: int, quiet: bool) -> Watched:
        """A run that ends after `last` updates; a quiet one tells nobody what was held out."""
        interval = max(1, (last - training.steps) // CHECKS)
        checked = training.validation is not None and not quiet
        recent = max(1, training.task.window // training.batch)
        return cls(training, interval if checked else 0, deque(maxlen=recent))

    def records(self, last: int) -> Iterator[Record]:
        """The updates of the run up to the `last`, and checks between them if data are held out."""
        self._check()
        for record in self.training.run(last - self.training.steps):
            self.losses.append(record.loss)
            if self.interval:
                self.since.append(record.loss)
                if record.step % self.interval == 0 or record.step == last or self.training.solved:
                    self._check()
            yield record

    def _check(self) -> None:
        if self.interval:
            found = self.training.evaluate()
            self.checks.append(Check(self.training.steps, _mean(self.since), found))
            self.since.clear()


def result(watched: Watched, checkpoint: Path | None) -> dict[str, Any]:
    """What JSON says of a run; the mean loss and metric are those of its last sequences."""
    training, task = watched.training, watched.training.task
    known = baseline(training.whole, training.length)
    seconds = time.process_time() - watched.start
    return {
        "task": task.name,
        **(training.model.options or {}),
        "length": training.length,
        "batch": training.batch,
        "solved": training.solved if task.enough is not None else None,
        "updates": training.steps,
        "sequences": training.sequences,
        "seconds": seconds,
        "last": len(training.scores),
        "measure": measure_of(task),
        "metric": _mean(training.scores),
        "loss": _mean(watched.losses),
        "perplexity": _perplexity(watched),
        "chance": task.chance,
        "baseline": known and known._asdict(),
        "held_out": [
            {"updates": check.step, "training_loss": check.training, **check.held_out._asdict()}
            for check in watched.checks
        ],
        "checkpoint": checkpoint and str(checkpoint),
    }


def said(outcome: dict[str, Any]) -> str:
    """The result in words."""
    return "\n".join(
        [
            _heading(outcome),
            _verdict(outcome),
            "",
            *_scores(outcome),
            *_held_out(outcome["held_out"]),
            *_saved(outcome["checkpoint"]),
        ]
    )


def _heading(outcome: dict[str, Any]) -> str:
    cell, layers, length = outcome["cell"].upper(), outcome["layers"], outcome["length"]
    sizes = f"{layers} layers of {outcome['hidden']}" if layers > 1 else f"{outcome['hidden']}"
    both = " in both directions" if outcome["bidirectional"] else ""
    steps = f"T = {length}, " if length else ""
    return f"{outcome['task']}: {cell} of {sizes} units{both}, {steps}batch {outcome['batch']}"


def _verdict(outcome: dict[str, Any]) -> str:
    verdict = {True: "solved after ", False: "not solved after ", None: ""}[outcome["solved"]]
    updates = f"{outcome['updates']:,} update{'' if outcome['updates'] == 1 else 's'}"
    seconds = f"{outcome['seconds']:.1f} s of CPU"
    return f"{verdict}{outcome['sequences']:,} sequences ({updates}), {seconds}"


def _scores(outcome: dict[str, Any]) -> Iterator[str]:
    """The last scores above what partial knowledge achieves, and what a constant answer does."""
    measure, known = outcome["measure"], outcome["baseline"]
    if outcome["metric"] is not None:
        scored = measured(outcome["metric"], measure)
        yield _row(f"last {outcome['last']} sequences", scored, _cost(outcome["loss"], outcome))
    if known and known["measure"] == "nats":
        yield _row(known["says"], "", _cost(known["value"], outcome))
    elif known:
        yield _row(known["says"], measured(known["value"], known["measure"]))
    yield _row("chance", measured(outcome["chance"], measure))


def _cost(loss: float | None, outcome: dict[str, Any]) -> str:
    """A cross entropy, and of texts what it means: among how many symbols the guess is."""
    if loss is None or outcome["measure"] != "right":
        return ""
    text = outcome["perplexity"] is not None
    perplexity = f"   perplexity {perplexity_of(loss):.3g}" if text else ""
    return f"{measured(loss, 'nats')}{perplexity}"


def _held_out(checks: list[dict[str, Any]]) -> Iterator[str]:
    """How the network did on what it never learned from; and since when it only got worse."""
    if not checks:
        return
    yield f"\n{'updates':>7}{'training':>14}{'held out':>14}{'perplexity':>13}{'right':>10}"
    for check in checks:
        before = check["training_loss"]
        training = "" if before is None else measured(before, "nats")
        yield (
            f"{check['updates']:>7}{training:>14}{measured(check['loss'], 'nats'):>14}"
            f"{check['perplexity']:>13.3g}{measured(check['metric'], 'right'):>10}"
        )
    best = min(checks, key=lambda check: float(check["loss"]))
    if best is not checks[-1]:
        yield f"Best on what was held out after {best['updates']} updates: since then it overfits."


def _saved(checkpoint: str | None) -> Iterator[str]:
    if checkpoint:
        yield f"\nThe checkpoint is in {checkpoint}."


def _row(label: str, score: str, cost: str = "") -> str:
    return f"{label:<26}{score:>12}   {cost}".rstrip()


def _perplexity(watched: Watched) -> float | None:
    """e^loss, of texts."""
    loss = _mean(watched.losses)
    text = isinstance(watched.training.task.data, Corpus)
    return perplexity_of(loss) if text and loss is not None else None


def _mean(numbers: Collection[float]) -> float | None:
    return math.fsum(numbers) / len(numbers) if numbers else None
