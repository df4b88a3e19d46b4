"""RNN, LSTM and GRU: cells in layers, in one direction or both, with dropout between the layers.

    layer   one cell along the sequence and, of both directions, a second one against it
    state   of a layer: h, or (h, c) of an LSTM; of both directions by name, with those of the
            second under "back": {"h": h, "back": {"h": h}}
            of a network: that of its layer; of several layers a list of theirs
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from ..arrays.namespace import shape
from ..arrays.shapes import Shape
from ..autograd import broadcast_to, concat
from ..autograd.naming import state_parts
from ..autograd.structures import leaves_of, with_leaves
from .cells import GRUCell, LSTMCell, RNNCell
from .init import checked_size
from .layers import Dropout
from .module import Module
from .unroll import Unrolled, check_lengths, name, walk

BACK = ".back"


class Recurrent(Module):
    """What RNN, LSTM and GRU share: layers of one `kind` of cell, in `cells["l0"]`, "l0.back", ...

    network(xs, state, lengths) -> (outputs, states), as of `unroll`: xs a list of T inputs (B, X);
    outputs a list of T (B, H), or (B, 2H) with both directions side by side; states[t] the state at
    step t, whose parts are named h[t], c[t]; of several layers l1.h[t]; backward l1.back.h[t].

    `state` is what it starts from; None is zeros. Its parts are (B, H), or (H) or (1, H) for the
    whole batch: a Tensor of that shape is an initial state that learns. The final state is
    states[-1], but a backward direction ends at the first step, in states[0].

    With `lengths` a padded step changes no state and gets no gradient, and the backward direction
    enters sequence b at its own end, step lengths[b] - 1. With `truncate` every cell's state is cut
    after every k of its steps, as by `unroll`: a backward direction counts from the last step.

    `dropout` is the share of a layer's outputs that the next layer does not see, drawn from `rng`
    anew for every step. It applies while the weights are Tensors: `network.detach()`, which is for
    evaluation, drops nothing, even if the inputs are Tensors.

    ValueError for sizes below 1, for dropout outside [0, 1) or with nothing between layers, for
    lengths, a truncation or a state that do not fit; TypeError for a state of other parts.
    """

    kind: ClassVar[type[Any]]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        rng: random.Random | None = None,
        **options: Any,
    ) -> None:
        checked_size(num_layers=num_layers)
        rng = rng or random.Random()
        self.num_layers, self.dropout = num_layers, Dropout(dropout, rng)
        if dropout and num_layers == 1:
            raise ValueError(
                f"{type(self).__name__}: dropout={dropout} stands between layers, num_layers is 1"
            )
        self.cells: dict[str, Any] = {}
        directions = ("", BACK) if bidirectional else ("",)
        for k in range(num_layers):
            size = hidden_size * len(directions) if k else input_size
            for direction in directions:
                cell = self.kind(size, hidden_size, rng, **options)
                self.cells[f"l{k}{direction}"] = cell
        for key, cell in self.cells.items():
            for parameter in cell.parameters():
                parameter.name = f"{self._prefix(key)}{parameter.name}"

    def __call__(
        self,
        xs: Iterable[Any],
        state: Any = None,
        lengths: Sequence[int] | None = None,
        *,
        truncate: int | None = None,
    ) -> Unrolled:
        steps = list(xs)
        if lengths is not None:
            check_lengths(lengths, steps, type(self).__name__)
        if truncate is not None:
            checked_size(truncate=truncate)
        starts = self._starts(state, shape(steps[0])[:-1]) if steps else {}
        runs: dict[str, list[Any]] = {}
        for k in range(self.num_layers if steps else 0):
            steps = self._inputs(k, steps)
            own = {key: cell for key, cell in self.cells.items() if _layer(key) == f"l{k}"}
            for key, cell in own.items():
                runs[key] = walk(
                    cell, steps, starts[key],
                    prefix=self._prefix(key), lengths=lengths, truncate=truncate,
                    backward=key.endswith(BACK),
                )  # fmt: skip
            steps = [_side_by_side(states) for states in zip(*(runs[key] for key in own))]
        times = range(len(steps))
        return Unrolled(
            steps, [self._joined({key: run[t] for key, run in runs.items()}) for t in times]
        )

    def initial_state(self, batch: int | None = None) -> Any:
        """Zeros for every layer and direction, plain."""
        return self._joined({key: cell.initial_state(batch) for key, cell in self.cells.items()})

    def _prefix(self, key: str) -> str:
        """What the names of a cell's Tensors begin with: a single layer says nothing of itself."""
        return f"{key}." if self.num_layers > 1 else f"{key}.".removeprefix("l0.")

    def _joined(self, states: dict[str, Any]) -> Any:
        """The state of the network from those of its cells."""
        layers = []
        for k in range(self.num_layers):
            ahead, back = states[f"l{k}"], states.get(f"l{k}{BACK}")
            both = {**dict(state_parts(ahead)), "back": dict(state_parts(back))}
            layers.append(ahead if back is None else both)
        return layers if self.num_layers > 1 else layers[0]

    def _starts(self, state: Any, batch: Shape) -> dict[str, Any]:
        """The state that every cell starts from: the inverse of `_joined`."""
        zeros = {key: cell.initial_state(*batch) for key, cell in self.cells.items()}
        if state is None:
            return zeros
        given = dict(state_parts(state))
        wanted = {key: state_parts(zero, self._prefix(key)) for key, zero in zeros.items()}
        self._check_state(given, dict(pair for parts in wanted.values() for pair in parts))
        return {
            key: with_leaves(zeros[key], [_whole(given[part], shape(zero)) for part, zero in parts])
            for key, parts in wanted.items()
        }

    def _check_state(self, given: dict[str, Any], wanted: dict[str, Any]) -> None:
        network = type(self).__name__
        if given.keys() != wanted.keys():
            raise TypeError(
                f"{network}: the state has the parts {', '.join(wanted)}, "
                f"got {', '.join(given) or 'none'}: pass what states[-1] looks like"
            )
        for part, zero in wanted.items():
            full = shape(zero)
            fitting = [full, (1, *full[1:]), full[1:]] if len(full) > 1 else [full]
            if shape(given[part]) not in fitting:
                raise ValueError(
                    f"{network}: the state {part} has shape {shape(given[part])}, "
                    f"needs {' or '.join(map(str, fitting))}"
                )

    def _inputs(self, k: int, steps: list[Any]) -> list[Any]:
        """What layer k reads: the inputs, or the outputs of the layer below after dropout."""
        learning = next(self.parameters(), None) is not None
        if k and learning:
            steps = [self.dropout(x) for x in steps]
        for t, x in enumerate(steps):
            name(x, f"l{k}.x" if k else "x", t)
        return steps


class RNN(Recurrent):
    """Layers of RNNCell, h' = tanh(W·[h, x] + b); called as `Recurrent` says.

    >>> from tinygrad_rnn import arrays
    >>> network = RNN(2, 3, num_layers=2, bidirectional=True)
    >>> outputs, states = network(arrays.zeros((4, 1, 2)))
    >>> outputs[0].shape, states[0][1]["back"]["h"].name
    ((1, 6), 'l1.back.h[0]')
    """

    kind = RNNCell


class LSTM(Recurrent):
    """Layers of LSTMCell, with its `forget_bias`; the state is (h, c). Called as `Recurrent` says.

    >>> LSTM(2, 3, num_layers=2, forget_bias=3.0).initial_state(1)[0].c.tolist()
    [[0.0, 0.0, 0.0]]
    """

    kind = LSTMCell


class GRU(Recurrent):
    """Layers of GRUCell; called as `Recurrent` says.

    >>> list(GRU(2, 3, bidirectional=True).cells)
    ['l0', 'l0.back']
    """

    kind = GRUCell


def _layer(key: str) -> str:
    return key.removesuffix(BACK)


def _side_by_side(states: tuple[Any, ...]) -> Any:
    """The h of a forward state and, if there is one, of the backward state of the same step."""
    shown = [leaves_of(state)[0] for state in states]
    return concat(shown, axis=-1) if len(shown) > 1 else shown[0]


def _whole(part: Any, wanted: Shape) -> Any:
    """A part of a state for the whole batch."""
    return part if shape(part) == wanted else broadcast_to(part, wanted)
