"""How much of a gradient reaches the first step, before any training.

    ratio         ‖∂L/∂h_1‖ / ‖∂L/∂h_T‖: the first state against the last, h alone; L is the sum of
                  the entries of h_T, the inputs are normal, B = 1, and the initial state is 0
    factor        the mean ratio (that of its logarithms) per step: its (T - 1)-th root
    closed form   what goes straight, if gates were as their biases say: σ(b_f)^(T-1) of an LSTM,
                  ½^(T-1) of a GRU, whose gates start half open. Of an RNN, which has no straight
                  road, what its recurrent matrix does to a vector in the mean (of its square),
                  were it not for tanh'
"""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..arrays import asarray
from ..arrays.namespace import norm, ones_like
from ..autograd import Tensor, gradients, sigmoid, sum
from ..autograd.structures import leaves_of, with_leaves
from ..nn import Module, carried, unroll
from ..nn.unroll import initial_state
from .initialisation import make_cell

SEEDS = range(50)
# ‖Wᵀg‖ / ‖g‖ of a recurrent matrix, in the mean of its square: √(H·variance) for random entries.
STRETCH = {"uniform": 1 / math.sqrt(3), "xavier": 1.0, "orthogonal": 1.0, "identity": 1.0}

CLOSED_FORMS = {
    "rnn": "its recurrent matrix without tanh'",
    "lstm": "σ(b_f)^(T-1)",
    "gru": "½^(T-1)",
}


class Setup(NamedTuple):
    """What is measured: a cell as it starts (see `make_cell`), and how many steps it reads."""

    cell: str = "lstm"
    length: int = 100
    input_size: int = 2
    hidden_size: int = 8
    init: str = "uniform"
    scale: float = 1.0
    forget_bias: float = 1.0

    def make(self, rng: random.Random) -> Any:
        """A cell that starts so."""
        return make_cell(
            self.cell,
            self.input_size,
            self.hidden_size,
            rng,
            self.forget_bias,
            init=self.init,
            scale=self.scale,
            longest=self.length,
        )

    def closed_form(self) -> float | None:
        """log10 of what the ratio would be by the closed form; None for chrono, which has none."""
        if self.init == "chrono":
            return None
        if self.cell == "rnn":
            factor = abs(self.scale) * STRETCH[self.init]
        else:
            factor = sigmoid(self.forget_bias if self.cell == "lstm" else 0.0)
        return (self.length - 1) * math.log10(factor) if factor else -math.inf


class Survival(NamedTuple):
    """What was measured: `logs` is log10 of the ratio, one for each seed.

    -inf where nothing arrived that a float can hold, nan or inf where it was too large for one.
    """

    setup: Setup
    logs: tuple[float, ...]

    @property
    def finite(self) -> list[float]:
        """The logs of the seeds that have a ratio."""
        return [log for log in self.logs if math.isfinite(log)]

    @property
    def mean(self) -> float:
        """The mean of the finite logs; the first that there is, where none is finite."""
        return statistics.fmean(self.finite) if self.finite else self.logs[0]

    @property
    def deviation(self) -> float:
        """The standard deviation of the finite logs over the seeds; nan for fewer than two."""
        return statistics.stdev(self.finite) if len(self.finite) > 1 else math.nan

    @property
    def factor(self) -> float:
        """By how much the norm changes per step back: 10^(mean / (T - 1))."""
        return 10 ** (self.mean / (self.setup.length - 1))


def survival(setup: Setup, seeds: Iterable[int] = SEEDS) -> Survival:
    """The ratio of the first to the last step's gradient, measured once for each seed.

    A seed draws the weights, then the inputs. ValueError for what `make_cell` and `log_ratio`
    refuse, and for no seed.
    """
    logs = tuple(_of_seed(setup, random.Random(seed)) for seed in seeds)
    if not logs:
        raise ValueError("survival: needs at least one seed, got none")
    return Survival(setup, logs)


def sweep(
    setup: Setup, field: str, values: Iterable[Any], seeds: Sequence[int] = SEEDS
) -> Iterator[Survival]:
    """The same with another value of one field each time: "length", "forget_bias", ...

    ValueError for another field, and for a forget bias where there is none to choose.
    """
    if field not in Setup._fields:
        raise ValueError(f"sweep: a field is one of {', '.join(Setup._fields)}, got {field!r}")
    if field == "forget_bias" and (setup.cell != "lstm" or setup.init == "chrono"):
        why = "chrono draws it" if setup.cell == "lstm" else f"a cell {setup.cell!r} has none"
        raise ValueError(f"sweep: no forget_bias to choose: {why}")
    for value in values:
        yield survival(setup._replace(**{field: value}), seeds)


def log_ratio(cell: Any, xs: Sequence[Any]) -> float:
    """log10 of ‖∂L/∂h_1‖ / ‖∂L/∂h_T‖ of any cell (x, state) -> state on inputs xs, T of them.

    Nothing is recorded but what the first h goes through: no weight gets a gradient. ValueError for
    fewer than two steps.
    """
    if len(xs) < 2:
        raise ValueError(f"log_ratio: from the first to the last needs 2 steps, got {len(xs)}")
    plain: Any = cell.detach() if isinstance(cell, Module) else cell
    first = carried(plain(xs[0], initial_state(plain, xs[0])))
    h, *others = leaves_of(first)
    start = Tensor(h)
    last = unroll(plain, xs[1:], with_leaves(first, [start, *others])).outputs[-1]
    ratio = norm(gradients(sum(last)).get(start, 0.0)) / norm(ones_like(last.value))
    return math.log10(ratio) if ratio else -math.inf


def _of_seed(setup: Setup, rng: random.Random) -> float:
    cell = setup.make(rng)
    numbers = [[rng.gauss(0, 1) for _ in range(setup.input_size)] for _ in range(setup.length)]
    return log_ratio(cell, [asarray([x]) for x in numbers])
