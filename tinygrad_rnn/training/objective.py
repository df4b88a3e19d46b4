"""What a network answers to a batch; how wrong that is, its loss; and how good, its scores."""

from __future__ import annotations

from typing import Any

from ..arrays.namespace import like
from ..autograd import concat
from ..autograd.tensor import detached
from ..nn import Unrolled, cross_entropy, mse_loss
from ..tasks import Batch, Task
from .network import Network


def predict(network: Network, batch: Batch, state: Any = None) -> Unrolled:
    """(predictions, states): a prediction (B, Y) at every step where an answer counts, else None.

    `state` is what the network starts from, as of `nn.Recurrent`.
    """
    lengths = batch.lengths
    padded = min(lengths) < len(batch.xs)
    return network(batch.xs, state, lengths if padded else None, set(batch.answered_steps))


def loss_of(task: Task, batch: Batch, predictions: list[Any]) -> Any:
    """The mean over all answers that count: of the squared error, else -log p(class), in nats."""
    asked = batch.answered_steps
    rows = concat([predictions[t] for t in asked])  # one loss of all steps, not T small ones
    targets = [target for t in asked for target in batch.targets[t]]
    if task.kind != "regress":
        return cross_entropy(rows, targets)  # where no answer counts the class is IGNORED
    counts = [one for t in asked for one in batch.mask[t]]
    if not all(counts):
        kept = [i for i, one in enumerate(counts) if one]
        rows, targets = rows[kept], [targets[i] for i in kept]
    return mse_loss(rows, like(targets, detached(rows)))


def scores_of(task: Task, batch: Batch, predictions: list[Any]) -> list[float]:
    """A score for each sequence, as the task says: share right, or squared error."""
    return task.score(batch, [None if p is None else detached(p).tolist() for p in predictions])
