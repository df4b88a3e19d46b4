"""What truncated backpropagation through time leaves out: its gradient against the full one.

    k            steps between two cuts, as in `unroll(..., truncate=k)`
    cosine       of the angle between the gradients: 1, the same direction; nan where one is 0
    norm ratio   ‖truncated‖ / ‖full‖
    zero from    the lag from which on the truncated gradient is exactly 0: whichever state the loss
                 reads, no state so many steps before it hears of that. None: nothing is cut off
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from operator import mul
from typing import Any, NamedTuple

from ..arrays.namespace import entries
from ..autograd import Tensor, gradients
from ..autograd.backprop import backward_order
from ..autograd.structures import zeros_like
from ..graph.gradient_flow import chosen
from ..graph.tracing import Losses, Recorded, record
from ..nn import Module, Recurrent, unroll


class Agreement(NamedTuple):
    """Of a truncated gradient with the full one."""

    cosine: float
    norm_ratio: float

    def __str__(self) -> str:
        return f"{self.cosine:.3f} ×{self.norm_ratio:.2f}"


class Truncated(NamedTuple):
    """What a cut every k steps makes of the gradient: of all parameters as one, and of each."""

    k: int
    zero_from: int | None
    total: Agreement
    parameters: dict[str, Agreement]


class Truncation(NamedTuple):
    """One `Truncated` for each k; as text, a table."""

    steps: int
    rows: tuple[Truncated, ...]

    def __str__(self) -> str:
        lines = [f"truncated against full BPTT over {self.steps} steps: cosine ×norm ratio", ""]
        lines.append(_line("", [f"k = {row.k}" for row in self.rows]))
        lines.append(_line("zero from", [_lag(row.zero_from) for row in self.rows]))
        lines.append(_line("in all", [row.total for row in self.rows]))
        for name in self.rows[0].parameters:
            lines.append(_line(name, [row.parameters[name] for row in self.rows]))
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)


def truncation_bias(
    cell: Any,
    xs: Iterable[Any],
    loss: Callable[[list[Any]], Losses],
    truncate: int | Iterable[int],
    *,
    module: Module | None = None,
    state: Any = None,
) -> Truncation:
    """Compare the gradients of a loss with and without cuts, for one k or several.

    `loss` makes a Tensor of the outputs of `unroll(cell, xs, state)`, or several, which add up; an
    `nn.RNN`, LSTM or GRU is a cell too, and runs itself. The parameters are those of `module`,
    which is the cell where there is no larger one. The forward pass is the same for any k: what
    differs is a bias, which no amount of data averages out. ValueError for a cell that is no
    Module, for no k, and for one that `unroll` refuses; TypeError for a loss that is no Tensor.

    >>> class Leaky(Module):
    ...     def __init__(self): self.w = Tensor(0.5)
    ...     def __call__(self, x, h): return self.w * h + x
    >>> found = truncation_bias(Leaky(), [1.0] * 8, lambda hs: hs[-1], [2, 8], state=0.0)
    >>> [row.zero_from for row in found.rows]
    [2, None]
    """
    owner = cell if module is None else module
    if not isinstance(owner, Module):
        raise ValueError("truncation_bias: the cell is no Module: pass module=")
    steps, cuts = list(xs), [truncate] if isinstance(truncate, int) else list(truncate)
    if not cuts:
        raise ValueError("truncation_bias: needs at least one k to truncate at, got none")

    named = dict(owner.named_parameters())
    run = cell if isinstance(cell, Recurrent) else partial(unroll, cell)

    def walked(k: int | None) -> Walked:
        outputs, states = run(steps, state, truncate=k)
        recorded = record(loss(outputs), states)
        found = gradients(chosen(recorded.losses, "sum"))
        given = {name: entries(found.get(p, zeros_like(p))) for name, p in named.items()}
        return Walked(given, _reach(recorded))

    full = walked(None)
    return Truncation(len(steps), tuple(_compared(k, walked(k), full) for k in cuts))


class Walked(NamedTuple):
    """The gradient of every parameter, 0 where none arrives, and the largest lag on the way."""

    gradients: dict[str, list[float]]
    reach: int


def _compared(k: int, cut: Walked, full: Walked) -> Truncated:
    both = cut.gradients, full.gradients
    return Truncated(
        k,
        cut.reach + 1 if cut.reach < full.reach else None,
        _agreement(*(list(chain(*found.values())) for found in both)),
        {name: _agreement(*(found[name] for found in both)) for name in full.gradients},
    )


def _agreement(cut: list[float], full: list[float]) -> Agreement:
    lengths = math.hypot(*cut), math.hypot(*full)
    if not all(lengths):
        return Agreement(math.nan, lengths[0] / lengths[1] if lengths[1] else math.nan)
    ones = ([g / length for g in side] for side, length in zip((cut, full), lengths, strict=True))
    return Agreement(math.fsum(map(mul, *ones)), lengths[0] / lengths[1])


def _reach(recorded: Recorded) -> int:
    """The largest lag, from a state that the loss reads, that a gradient comes back to."""
    step = {part: t for t, parts in enumerate(recorded.states) for part in parts.values()}
    earliest: dict[Tensor, int] = {}  # the first step with a state that a node sends something to
    for node in recorded.order:
        heard = [earliest[x] for x in _sent_to(node) if x in earliest]
        heard += [step[node]] if node in step else []
        if heard:
            earliest[node] = min(heard)
    read = [node for node in backward_order(recorded.losses, step) if node in step]
    return max((step[node] - earliest[node] for node in read), default=0)


def _sent_to(node: Tensor) -> list[Tensor]:
    """The inputs that get a gradient: those for which the op has a rule."""
    rules: Any = (node.op.rules if node.op else None) or ()
    if node.op and node.op.variadic:  # one rule for all
        rules *= len(node.inputs)
    pairs = zip(node.inputs, rules, strict=False)
    return [x for x, rule in pairs if rule and type(x) is Tensor]


def _lag(zero_from: int | None) -> str:
    return "nothing is cut" if zero_from is None else f"lag {zero_from}"


def _line(title: str, cells: Iterable[Any]) -> str:
    return f"{title:<12}" + "".join(f"{cell!s:>16}" for cell in cells)
