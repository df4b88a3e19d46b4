"""Recurrent cells: one step of a sequence, written as its equations.

    X  input size    H  hidden size    B  batch
    x  input (B, X)  h  hidden state (B, H)  c  cell state (B, H)
    f  forget gate   i  input gate   g  candidate   o  output gate     (LSTM)
    r  reset gate    z  update gate  n  candidate                      (GRU)
    σ  the sigmoid   ⊙  product entry by entry      [h, x]  h and x side by side

A cell is any callable (x, state) -> state; deriving from Module makes its Tensors parameters. There
is no backward pass here: it comes out of the recorded graph. Weights and biases start uniform in
±1/√H. Sizes below 1 raise ValueError.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any, NamedTuple

from ..arrays.namespace import namespace
from ..autograd import Tensor, concat, linear, sigmoid, tanh
from ..autograd.tensor import detached
from .init import checked_size, uniform
from .module import Module


class Cell(Module):
    """What the three cells share: their sizes, how they start, and a state of zeros."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        checked_size(input_size=input_size, hidden_size=hidden_size)
        self.input_size = input_size
        self.hidden_size = hidden_size

    def _start(self, rng: random.Random | None) -> Callable[..., Tensor]:
        """start("W", H, X): a parameter, uniform in ±1/√H."""
        bound, chosen = 1 / math.sqrt(self.hidden_size), rng or random.Random()
        return lambda name, *shape, shift=0.0: uniform(
            shape, bound, chosen, shift=shift, name=name
        )

    def initial_state(self, batch: int | None = None) -> Any:
        """Zeros (B, H), plain; (H,) without a batch."""
        value = detached(next(v for v in vars(self).values() if hasattr(v, "shape")))
        lengths = (self.hidden_size,) if batch is None else (batch, self.hidden_size)
        return namespace(value).zeros(lengths, dtype=value.dtype)


class RNNCell(Cell):
    """h' = tanh(W·[h, x] + b), with W (H, H+X) and b (H). Elman 1990.

    cell(x (B, X), h (B, H)) -> h' (B, H)
    """

    def __init__(
        self, input_size: int, hidden_size: int, rng: random.Random | None = None
    ) -> None:
        super().__init__(input_size, hidden_size)
        H, X, start = hidden_size, input_size, self._start(rng)
        self.W, self.b = start("W", H, H + X), start("b", H)

    def __call__(self, x: Any, h: Any) -> Any:
        return tanh(linear(concat([h, x], axis=-1), self.W, self.b))


class LSTMState(NamedTuple):
    """What an LSTM hands on: h, this step's output, and c, its long memory; both (B, H)."""

    h: Any
    c: Any


class LSTMCell(Cell):
    """Long short-term memory. Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000.

        f = σ(W_f·[h, x] + b_f)        what to forget
        i = σ(W_i·[h, x] + b_i)        what to take in
        g = tanh(W_g·[h, x] + b_g)     the candidate
        o = σ(W_o·[h, x] + b_o)        what to show
        c' = f⊙c + i⊙g
        h' = o⊙tanh(c')

    cell(x (B, X), (h, c)) -> (h', c'), with weights (H, H+X) and biases (H). `forget_bias` is added
    to b_f at the start: it keeps the gate open, and the gradient of c alive.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        rng: random.Random | None = None,
        *,
        forget_bias: float = 1.0,
    ) -> None:
        super().__init__(input_size, hidden_size)
        H, X, start = hidden_size, input_size, self._start(rng)
        self.W_f, self.b_f = start("W_f", H, H + X), start("b_f", H, shift=forget_bias)
        self.W_i, self.b_i = start("W_i", H, H + X), start("b_i", H)
        self.W_g, self.b_g = start("W_g", H, H + X), start("b_g", H)
        self.W_o, self.b_o = start("W_o", H, H + X), start("b_o", H)

    def initial_state(self, batch: int | None = None) -> LSTMState:
        """Zeros for h and c."""
        zeros = super().initial_state(batch)
        return LSTMState(zeros, zeros)

    def __call__(self, x: Any, state: tuple[Any, Any]) -> LSTMState:
        h, c = _pair(state)
        hx = concat([h, x], axis=-1)
        f = sigmoid(linear(hx, self.W_f, self.b_f))
        i = sigmoid(linear(hx, self.W_i, self.b_i))
        g = tanh(linear(hx, self.W_g, self.b_g))
        o = sigmoid(linear(hx, self.W_o, self.b_o))
        c = f * c + i * g
        h = o * tanh(c)
        return LSTMState(h, c)


def _pair(state: Any) -> tuple[Any, Any]:
    """h and c. TypeError for a single state."""
    if not isinstance(state, (tuple, list)) or len(state) != 2:
        raise TypeError(f"LSTMCell: the state is (h, c), got {type(state).__name__}")
    h, c = state
    return h, c


class GRUCell(Cell):
    """Gated recurrent unit. Cho et al. 2014, with the reset after the product, as in PyTorch.

        r = σ(W_r·[h, x] + b_r)                           what of h the candidate sees
        z = σ(W_z·[h, x] + b_z)                           what to keep
        n = tanh(W_xn·x + b_xn + r⊙(W_hn·h + b_hn))       the candidate
        h' = (1-z)⊙n + z⊙h

    cell(x (B, X), h (B, H)) -> h' (B, H), with W_r, W_z (H, H+X), W_xn (H, X), W_hn (H, H) and
    biases (H).
    """

    def __init__(
        self, input_size: int, hidden_size: int, rng: random.Random | None = None
    ) -> None:
        super().__init__(input_size, hidden_size)
        H, X, start = hidden_size, input_size, self._start(rng)
        self.W_r, self.b_r = start("W_r", H, H + X), start("b_r", H)
        self.W_z, self.b_z = start("W_z", H, H + X), start("b_z", H)
        self.W_xn, self.b_xn = start("W_xn", H, X), start("b_xn", H)
        self.W_hn, self.b_hn = start("W_hn", H, H), start("b_hn", H)

    def __call__(self, x: Any, h: Any) -> Any:
        hx = concat([h, x], axis=-1)
        r = sigmoid(linear(hx, self.W_r, self.b_r))
        z = sigmoid(linear(hx, self.W_z, self.b_z))
        n = tanh(linear(x, self.W_xn, self.b_xn) + r * linear(h, self.W_hn, self.b_hn))
        return (1 - z) * n + z * h
