"""Network: the model of a task. Tokens are looked up, a recurrent network reads, a layer answers.

    T  steps, counted from 0     B  sequences in a batch     X  input size     H  hidden size
    Y  output size: a logit a class, or the numbers of the answer
"""

from __future__ import annotations

import random
from collections.abc import Callable, Container, Sequence
from typing import Any

from ..arrays.namespace import like
from ..autograd import Tensor
from ..autograd.tensor import detached
from ..nn import GRU, LSTM, RNN, Embedding, Linear, Module, Recurrent, Unrolled, unroll
from ..tasks import Task
from .description import task_named

CELLS: dict[str, type[Recurrent]] = {"rnn": RNN, "lstm": LSTM, "gru": GRU}
Values = Callable[[Any], Any]  # nested lists -> an array: `arrays.asarray`, `numpy.asarray`


class Network(Module):
    """A recurrent network, a readout y = W·h + b and, where inputs are tokens, an embedding.

    network(xs, state, lengths) -> (predictions, states): xs (T, B, X) or, for tokens, (T, B), as
    nested lists or arrays; predictions[t] is (B, Y); the rest as of `nn.Recurrent`. With `asked` a
    prediction is made at these steps alone, and is None at the others.

    `recurrent` is an `nn.Recurrent`, or a cell of yours, which is unrolled. `options` are what `of`
    was asked for.

    >>> network = Network.of("latch", "gru", rng=random.Random(0))
    >>> predictions, states = network([[[1.0]], [[0.5]]])
    >>> len(predictions), predictions[1].shape
    (2, (1, 2))
    """

    def __init__(
        self,
        recurrent: Any,
        readout: Linear,
        embedding: Embedding | None = None,
        options: dict[str, Any] | None = None,
    ) -> None:
        self.embedding = embedding
        self.recurrent = recurrent
        self.readout = readout
        self.options = options or {"cell": type(recurrent).__name__}

    @classmethod
    def of(
        cls,
        task: Task | str,
        cell: str = "lstm",
        hidden: int | None = None,
        *,
        forget_bias: float | None = None,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        rng: random.Random | None = None,
    ) -> Network:
        """The network of a task, of "rnn", "lstm" or "gru" cells; None stands for the task's size.

        `task` may be the name of one. `forget_bias` is the LSTM's; a token is embedded in `hidden`
        numbers. ValueError for another task or cell, and for sizes and a dropout that
        `nn.Recurrent` refuses.
        """
        task = task_named(task)
        if cell not in CELLS:
            raise ValueError(f"a cell is one of {', '.join(CELLS)}, got {cell!r}")
        H = task.hidden if hidden is None else hidden
        bias = task.forget_bias if forget_bias is None else forget_bias
        own = _branch(rng or random.Random())
        embedding = None if task.data is None else Embedding(task.input_size, H, own)
        X = task.input_size if embedding is None else H
        gate = {"forget_bias": bias} if cell == "lstm" else {}
        recurrent = CELLS[cell](X, H, layers, bidirectional, dropout, own, **gate)
        readout = Linear((1 + bidirectional) * H, task.output_size, rng=own)
        options = {
            "cell": cell, "hidden": H, **gate,
            "layers": layers, "bidirectional": bidirectional, "dropout": dropout,
        }  # fmt: skip
        return cls(recurrent, readout, embedding, options)

    def __call__(
        self,
        xs: Sequence[Any],
        state: Any = None,
        lengths: Sequence[int] | None = None,
        asked: Container[int] | None = None,
    ) -> Unrolled:
        inputs = [self._input(x) for x in xs]
        if isinstance(self.recurrent, Recurrent):
            outputs, states = self.recurrent(inputs, state, lengths)
        else:
            outputs, states = unroll(self.recurrent, inputs, state, lengths)
        steps = range(len(outputs)) if asked is None else asked
        answers = [self.readout(h) if t in steps else None for t, h in enumerate(outputs)]
        return Unrolled(answers, states)

    @property
    def bidirectional(self) -> bool:
        """Whether a prediction depends on what comes after it."""
        return bool(self.options.get("bidirectional"))

    def check_fits(self, task: Task) -> None:
        """ValueError unless the network reads the task's tokens, if it has any, and answers it."""
        tokens = None if self.embedding is None else self.embedding.weight.shape[0]
        own = tokens, self.readout.weight.shape[0]
        wanted = None if task.data is None else task.input_size, task.output_size
        if own != wanted:
            raise ValueError(
                f"{task.name}: has {wanted[0] or 'no'} tokens and {wanted[1]} outputs, this "
                f"network reads {own[0] or 'no'} tokens and has {own[1]} outputs: "
                "make it with Network.of"
            )

    def _input(self, x: Any) -> Any:
        """The x of a step (B, X), as a value of the parameters' kind; a row for each token."""
        if self.embedding is not None:
            return self.embedding(x)
        return like(x, detached(self.readout.weight)) if isinstance(x, list) else x


def converted(network: Network, values: Values) -> Network:
    """The same network over other values: `converted(network, numpy.asarray)`."""
    return network.map(lambda p: Tensor(values(p.value.tolist()), name=p.name))


def _branch(rng: random.Random) -> random.Random:
    """A generator beside `rng`: a run that goes on restores the one, and that of dropout."""
    return random.Random(int(rng.random() * 2**53))
