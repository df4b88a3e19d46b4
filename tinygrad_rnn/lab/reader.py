"""A network that reads a text, and guesses each next character."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ..autograd import Tensor, gradients, mean, square, stack, sum
from ..nn import Embedding, Linear, Module, cross_entropy, optim, unroll
from ..nn.unroll import Unrolled


class Reading(NamedTuple):
    """A text that was read: a loss and a state a step, as `flow` and `draw` take them."""

    losses: list[Tensor]
    states: list[Any]


class Reader(Module):
    """Reads characters and guesses each next one: embedding, cell, linear readout.

    >>> from tinygrad_rnn.lab import make_cell
    >>> reader = Reader(make_cell("rnn", 2, 3, random.Random(0)), 5, random.Random(0))
    >>> [loss.shape for loss in reader.read([0, 4, 1]).losses]
    [(), ()]
    """

    def __init__(self, cell: Any, characters: int, rng: random.Random) -> None:
        self.embedding = Embedding(characters, cell.input_size, rng)
        self.cell = cell
        self.readout = Linear(cell.hidden_size, characters, rng=rng)

    def read(self, numbers: Sequence[int]) -> Reading:
        """A step for every character but the last, with the loss of guessing the one after it."""
        outputs, states = self._unrolled(numbers[:-1])
        pairs = zip(outputs, numbers[1:], strict=True)
        return Reading([cross_entropy(self.readout(h), [k]) for h, k in pairs], states)

    def listen(self, numbers: Sequence[int]) -> Reading:
        """The same steps with the loss |h|² in place of a guess: a graph that is small."""
        outputs, states = self._unrolled(numbers[:-1])
        return Reading([sum(square(h)) for h in outputs], states)

    def _unrolled(self, numbers: Sequence[int]) -> Unrolled:
        return unroll(self.cell, [self.embedding([k]) for k in numbers])


def train_reader(
    reader: Reader, numbers: Sequence[int], steps: int, updates: int, rng: random.Random
) -> Iterator[float]:
    """Improve a reader on windows of a text; yields the mean loss of each update, in nats.

    Adam with rate 0.01, gradients clipped to norm 1, one window of `steps` characters an update.
    """
    optimiser = optim.Adam(reader, lr=0.01)
    for _ in range(updates):
        start = rng.randrange(len(numbers) - steps)
        loss = mean(stack(reader.read(numbers[start : start + steps + 1]).losses))
        grads = gradients(loss)
        optim.clip_grad_norm(reader, 1.0, grads)
        optimiser.step(grads)
        yield loss.item()
