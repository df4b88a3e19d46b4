"""A run: draw a batch, predict, loss, gradients, clip, step; again, until the task is solved."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

from .. import tasks
from ..autograd import Tensor, gradients
from ..graph import anomalies
from ..nn import carried, optim
from ..nn.optim.optimizer import Optimizer, Schedule
from ..tasks import Batch, Corpus, Task
from ..tasks.batch import check_least
from .description import task_named
from .evaluation import Evaluation, evaluate
from .network import Network
from .objective import loss_of, predict, scores_of


class Record(NamedTuple):
    """One update: its number, from 1, and what its batch gave before it.

        loss       the mean over the batch's answers: squared error, or cross entropy in nats
        metric     the mean of its sequences' scores, as the task says: share right, squared error
        grad_norm  of the gradient of all parameters, before clipping

    `seconds` are of the wall clock.
    """

    step: int
    loss: float
    metric: float
    grad_norm: float
    seconds: float


class NonFiniteError(ArithmeticError):
    """The loss or its gradient is nan or infinite: where that began, and what may help."""


class Run:
    """A network, a task, an optimiser, and where they stand.

        optimiser   what moves `model`; None: Adam, with the rate `lr` and the `schedule`
        clip        the most that the norm of the gradient may be; None: as large as it is
        batch, length   the sizes of a batch; None: the task's own
        validation  the share of the task's text or names that is held out: never learned from
        stream      the task's text is read in its order, by `batch` readers side by side, whose
                    states are carried on, detached: truncated BPTT (`tasks.stream`)
        rng         where batches are drawn from; make it of a seed, and the run can be made again

    ValueError for what does not fit; for a batch that the task's data are too few for, when it is
    drawn.
    """

    def __init__(
        self,
        model: Network,
        task: Task | str,
        *,
        optimiser: Optimizer | None = None,
        lr: float = 0.01,
        schedule: Schedule | None = None,
        clip: float | None = 1.0,
        batch: int | None = None,
        length: int | None = None,
        validation: float = 0.0,
        stream: bool = False,
        rng: Random | None = None,
    ) -> None:
        self.model = model
        self.whole = task_named(task)
        self.task, self.validation = _split(self.whole, validation)
        self.optimiser = optimiser or optim.Adam(model, lr, schedule=schedule)
        self.clip = clip
        self.batch = self.task.batch if batch is None else batch
        self.length = self.task.length if length is None else length
        self.held_out = validation
        self.stream = stream
        self.rng = rng or Random()
        self.state: Any = None  # of the readers, after the last batch
        self.scores: deque[float] = deque(maxlen=self.task.window)  # of the last sequences
        self._check()

    def step(self) -> Record:
        """One update of the parameters. NonFiniteError where there can be none: they stay."""
        start = time.perf_counter()
        batch, state = self._next()
        predictions, states = predict(self.model, batch, state)
        loss = loss_of(self.task, batch, predictions)
        grads = gradients(loss)
        norm = optim.clip_grad_norm(self.model, self.clip or math.inf, grads)
        self._check_finite(loss, norm, states)
        self.optimiser.step(grads)

        self.state = carried(states[-1]) if self.stream else None
        scores = scores_of(self.task, batch, predictions)
        self.scores.extend(scores)
        metric = math.fsum(scores) / len(scores)
        return Record(self.steps, loss.item(), metric, norm, time.perf_counter() - start)

    def run(self, steps: int | None = None, until_solved: bool = True) -> Iterator[Record]:
        """A Record for every update: so many more, or fewer if the task is solved before that.

        ValueError where this would never end: no `steps`, and a task that counts as solved never.
        """
        if steps is None and not (until_solved and self.task.enough is not None):
            raise ValueError(f"{self.task.name}: this run has no end: say how many steps=")
        if steps is not None and steps < 0:
            raise ValueError(f"{self.task.name}: steps must be 0 or more, got {steps}")
        return self._records(steps, until_solved)

    def evaluate(self, sequences: int = 100) -> Evaluation:
        """How good the model is: on what was held out, else on fresh sequences, always the same."""
        # Held-out data may be too few for a whole batch, so each of their sequences is its own.
        task, batch = (self.task, self.batch) if self.validation is None else (self.validation, 1)
        return evaluate(self.model, task, Random(0), sequences, batch, self.length)

    @property
    def steps(self) -> int:
        """The updates so far."""
        return self.optimiser.steps

    @property
    def sequences(self) -> int:
        """The sequences that were learned from so far."""
        return self.steps * self.batch

    @property
    def solved(self) -> bool:
        """Whether the last sequences were answered well enough, as the task says."""
        return self.task.solved(list(self.scores))

    def _records(self, steps: int | None, until_solved: bool) -> Iterator[Record]:
        last = math.inf if steps is None else self.steps + steps
        while self.steps < last and not (until_solved and self.solved):
            yield self.step()

    def _next(self) -> tuple[Batch, Any]:
        """The next batch, and the state that it is read from."""
        text = self.task.data
        if not self.stream or not isinstance(text, Corpus):
            return self.task.draw(self.rng, self.batch, self.length), None
        sizes = self.batch, self.length or 1
        batch = tasks.stream(self.rng, *sizes, text, self.steps)
        return batch, self.state if self.steps % tasks.chunks(text, *sizes) else None

    def _check(self) -> None:
        check_least(self.task.name, "batch", self.batch, 1, "")
        if self.length is not None:
            check_least(self.task.name, "length", self.length, 1, "")
        self.model.check_fits(self.task)
        if self.optimiser.module is not self.model:
            raise ValueError("the optimiser is that of another module: make it of this model")
        if self.clip is not None and not self.clip > 0:
            raise ValueError(f"clip must be above 0, or None, got {self.clip}")
        if self.stream and (self.task.function is not tasks.characters or self.model.bidirectional):
            raise ValueError(
                f"stream: reads a text in its order, in one direction; {self.task.name} "
                "or a bidirectional network cannot be read so"
            )

    def _check_finite(self, loss: Tensor, norm: float, states: list[Any]) -> None:
        if math.isfinite(loss.item()) and math.isfinite(norm):
            return
        found = anomalies(loss, states)
        first = found[0] if found else f"the gradient's norm is {norm}"
        clipped = f"to less than {self.clip:g}" if self.clip else "(clip=1.0)"
        raise NonFiniteError(
            f"step {self.steps + 1}: {first}; the parameters are those before it: lower the rate "
            f"({self.optimiser.rate:g}), or clip the gradient {clipped}"
        )


def train(
    model: Network,
    task: Task | str,
    *,
    steps: int | None = None,
    until_solved: bool = True,
    optimiser: Optimizer | None = None,
    lr: float = 0.01,
    schedule: Schedule | None = None,
    clip: float | None = 1.0,
    batch: int | None = None,
    length: int | None = None,
    validation: float = 0.0,
    stream: bool = False,
    rng: Random | None = None,
) -> Iterator[Record]:
    """Let the model learn the task: a Record for every update, until it is solved or after `steps`.

    The rest as of `Run`. Nothing happens but while you iterate.

    >>> from tinygrad_rnn.training import Network
    >>> model = Network.of("latch", rng=Random(1))
    >>> [record.step for record in train(model, "latch", steps=2)]
    [1, 2]
    """
    run = Run(
        model, task, optimiser=optimiser, lr=lr, schedule=schedule, clip=clip, batch=batch,
        length=length, validation=validation, stream=stream, rng=rng,
    )  # fmt: skip
    return run.run(steps, until_solved)


def _split(task: Task, share: float) -> tuple[Task, Task | None]:
    """The task over what is learned from, and over what is held out."""
    if not share:
        return task, None
    if task.data is None:
        raise ValueError(f"validation: {task.name} draws fresh sequences, nothing can be held out")
    if not 0 < share < 1:
        raise ValueError(f"validation: a share is at least 0 and below 1, got {share}")
    training, held_out = task.data.split(share)
    return task.on(training), task.on(held_out)
