"""compare: which cell learns a task, how often, and after how many sequences.

    grid     every cell with every seed
    place    one run of the grid, as plain data: it can be sent to another process or machine
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from random import Random
from typing import Any, NamedTuple

from ..tasks import Task
from .description import task_named
from .network import Network, Values, converted
from .session import Run


class Outcome(NamedTuple):
    """How a run ended: after so many sequences and seconds of CPU time.

    `metric` is the mean score of the last sequences, the task's `window` of them. `error` says why
    a run was not finished; then its numbers are 0, and there is no metric.
    """

    cell: str
    seed: int
    solved: bool
    sequences: int
    seconds: float
    metric: float | None
    error: str | None = None


class Settings(NamedTuple):
    """What all runs of a grid have in common; None stands for the task's own size."""

    limit: int = 100_000
    hidden: int | None = None
    length: int | None = None
    batch: int | None = None
    forget_bias: float | None = None
    layers: int = 1
    lr: float = 0.01
    clip: float | None = 1.0
    values: Values | None = None


class Place(NamedTuple):
    """One run of a grid."""

    task: Task
    cell: str
    seed: int
    settings: Settings


def compare(
    cells: Iterable[str],
    task: Task | str,
    seeds: Iterable[int],
    executor: Executor | None = None,
    **settings: Any,
) -> list[Outcome]:
    """Train every cell with every seed until the task is solved: an Outcome each, cell by cell.

    `settings` are the fields of Settings; after `limit` sequences a run gives up. The runs go one
    after another, or over an executor of `concurrent.futures`: what is sent is plain data, what
    comes back is the same but for the seconds.

    A run that fails is an Outcome with an `error`, the others go on. Where a worker dies and takes
    the executor with it (BrokenExecutor), each run that has no result yet gets a fresh process of
    its own on this machine, one after another; who dies there too has died of itself. ValueError
    for a cell, a task or settings that no run can have, before any begins.

    >>> [(run.cell, run.sequences) for run in compare(["rnn", "gru"], "latch", [0], limit=8)]
    [('rnn', 8), ('gru', 8)]
    """
    return list(outcomes(cells, task, seeds, executor, **settings))


def outcomes(
    cells: Iterable[str],
    task: Task | str,
    seeds: Iterable[int],
    executor: Executor | None = None,
    **settings: Any,
) -> Iterator[Outcome]:
    """The outcomes of `compare`, in its order, each as soon as it is known."""
    common, numbers = Settings(**settings), list(seeds)
    places = [Place(task_named(task), cell, seed, common) for cell in cells for seed in numbers]
    _check(places)
    return map(_run, places) if executor is None else _over(executor, places)


def _check(places: Sequence[Place]) -> None:
    """ValueError for what no run can have: found with the beginning of one of each cell."""
    for place in {place.cell: place for place in places}.values():
        if place.settings.limit < 1:
            raise ValueError(f"compare: limit must be at least 1, got {place.settings.limit}")
        run = _begun(place)
        run.task.draw(Random(0), run.batch, run.length)


def _run(place: Place) -> Outcome:
    """Run one place of a grid, wherever this is; what fails there is said."""
    start = time.thread_time()
    try:
        run = _begun(place)
        for _ in run.run(math.ceil(place.settings.limit / run.batch)):
            pass
    except Exception as error:
        return _failed(place, f"{type(error).__name__}: {error}")
    metric = math.fsum(run.scores) / len(run.scores)
    seconds = time.thread_time() - start
    return Outcome(place.cell, place.seed, run.solved, run.sequences, seconds, metric)


def _begun(place: Place) -> Run:
    """The run at its beginning: a seed makes all of it."""
    task, cell, seed, s = place
    rng = Random(seed)
    network = Network.of(task, cell, s.hidden, forget_bias=s.forget_bias, layers=s.layers, rng=rng)
    if s.values is not None:
        network = converted(network, s.values)
    return Run(network, task, lr=s.lr, clip=s.clip, batch=s.batch, length=s.length, rng=rng)


def _failed(place: Place, error: str) -> Outcome:
    return Outcome(place.cell, place.seed, False, 0, 0.0, None, error)


# Over an executor -------------------------------------------------------------------------------


def _over(executor: Executor, places: Sequence[Place]) -> Iterator[Outcome]:
    """Send all places, and take the outcomes in their order; whoever stops asking, stops them."""
    sent = [(place, _sent(executor, place)) for place in places]
    try:
        for place, future in sent:
            yield _received(place, future)
    finally:
        for _, future in sent:
            if future is not None:
                future.cancel()


def _sent(executor: Executor, place: Place) -> Future[Outcome] | None:
    """None: a worker has died already."""
    try:
        return executor.submit(_run, place)
    except BrokenExecutor:
        return None


def _received(place: Place, future: Future[Outcome] | None) -> Outcome:
    """The outcome of a place; of one that a worker's death has left without, from a new process."""
    try:
        if future is not None:
            return future.result()
    except BrokenExecutor:
        pass
    except Exception as error:  # of the executor: what it could not send, or has cancelled
        return _failed(place, f"{type(error).__name__}: {error}")
    return _alone(place)


def _alone(place: Place) -> Outcome:
    with ProcessPoolExecutor(1) as fresh:
        try:
            return fresh.submit(_run, place).result()
        except BrokenExecutor:
            return _failed(place, "its process died")
