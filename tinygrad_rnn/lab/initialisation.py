"""How a cell starts: its weights and biases before any training.

    uniform     weights and biases in ±1/√H, as in PyTorch
    xavier      Glorot & Bengio 2010
    orthogonal  the recurrent matrices keep lengths (Saxe et al. 2014)
    identity    the recurrent matrices are I (Le et al. 2015, whose IRNN has relu for tanh)
    chrono      uniform, but for the biases of the gate that forgets, b_f of an LSTM and b_z of a
                GRU: to remember u steps, u uniform in [1, T - 1] (Tallec & Ollivier 2018)

A weight W (H, H+X) is two matrices side by side, a recurrent one (H, H) and one for the input. With
xavier, orthogonal and identity the one for the input is xavier, and biases are 0.
"""

from __future__ import annotations

import random
from typing import Any

from ..autograd import Tensor, concat
from ..nn import GRUCell, LSTMCell, RNNCell
from ..nn.init import beside, chrono_biases, identity, orthogonal, xavier_uniform

CELLS = ("rnn", "lstm", "gru")
RECURRENT = {  # (H, rng) -> (H, H)
    "xavier": lambda H, rng: xavier_uniform((H, H), rng),
    "orthogonal": lambda H, rng: orthogonal((H, H), rng),
    "identity": lambda H, rng: identity(H),
}
OF_INPUT = "W_xn"  # the one weight of a cell that has no recurrent matrix in it
INITIALISATIONS = ("uniform", *RECURRENT, "chrono")


def make_cell(
    kind: str,
    input_size: int,
    hidden_size: int,
    rng: random.Random,
    forget_bias: float = 1.0,
    *,
    init: str = "uniform",
    scale: float = 1.0,
    longest: int | None = None,
) -> Any:
    """An "rnn", "lstm" or "gru" cell that starts as `init` says.

    `forget_bias` is the LSTM's, added to b_f; chrono draws b_f instead, for `longest` steps T.
    `scale` multiplies the recurrent matrices. ValueError for another cell or initialisation, for
    chrono without `longest`, and for an RNN's, which has no gate.
    """
    if init not in INITIALISATIONS:
        raise ValueError(f"init is one of {', '.join(INITIALISATIONS)}, got {init!r}")
    cell = _uniform(kind, input_size, hidden_size, rng, forget_bias)
    if init == "chrono":
        cell = _chrono(cell, longest, rng)
    elif init != "uniform":
        cell = cell.map(lambda parameter: _started(parameter, init, rng, forget_bias))
    return cell if scale == 1 else cell.map(lambda parameter: _scaled(parameter, scale))


def _uniform(kind: str, X: int, H: int, rng: random.Random, forget_bias: float) -> Any:
    if kind == "lstm":
        return LSTMCell(X, H, rng, forget_bias=forget_bias)
    kinds = {"rnn": RNNCell, "gru": GRUCell}
    if kind not in kinds:
        raise ValueError(f"a cell is one of {', '.join(CELLS)}, got {kind!r}")
    return kinds[kind](X, H, rng)


def _chrono(cell: Any, longest: int | None, rng: random.Random) -> Any:
    """The same cell with the biases that let its gate forget slowly."""
    if isinstance(cell, RNNCell):
        raise ValueError("init chrono: an RNN has no gate that forgets: take an LSTM or a GRU")
    if longest is None:
        raise ValueError("init chrono: needs longest=, the steps that are to be remembered")
    b_f, b_i = chrono_biases(cell.hidden_size, longest, rng)
    if isinstance(cell, LSTMCell):
        return cell.replace(b_f=b_f, b_i=b_i)
    return cell.replace(b_z=Tensor(b_f.value, name="b_z"))


def _started(parameter: Tensor, init: str, rng: random.Random, forget_bias: float) -> Tensor:
    """What stands in the place of a uniform parameter."""
    name = parameter.name or ""
    if parameter.ndim == 1:
        return Tensor(parameter.value * 0.0 + (forget_bias if name == "b_f" else 0.0), name=name)
    H, width = parameter.shape
    if name == OF_INPUT:
        return xavier_uniform((H, width), rng, name=name)
    recurrent = RECURRENT[init](H, rng)
    if width == H:
        return Tensor(recurrent.value, name=name)
    return beside(recurrent, xavier_uniform((H, width - H), rng), name=name)


def _scaled(parameter: Tensor, scale: float) -> Tensor:
    """A weight whose recurrent matrix is multiplied."""
    if parameter.ndim == 1 or parameter.name == OF_INPUT:
        return parameter
    W, H = parameter.value, parameter.shape[0]
    return Tensor(concat([scale * W[:, :H], W[:, H:]], axis=-1), name=parameter.name)
