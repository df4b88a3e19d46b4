"""Weights to and from other libraries' layouts.

PyTorch keeps, for a cell, weight_ih (G·H, X), weight_hh (G·H, H) and two biases (G·H), with the
rows of the G gates below each other: LSTM i f g o, GRU r z n. Ours are a matrix [h, x] a gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .arrays import namespace
from .autograd import concat
from .nn.cells import Cell, GRUCell, LSTMCell, RNNCell

_NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
_GRU_CANDIDATE = ("W_xn", "W_hn", "b_xn", "b_hn")  # ours, in the order of _NAMES
_GATES: dict[type, tuple[str, ...]] = {  # the suffixes of our names, in the order of PyTorch's rows
    RNNCell: ("",),
    LSTMCell: ("_i", "_f", "_g", "_o"),
    GRUCell: ("_r", "_z"),
}


def to_torch(cell: Cell) -> dict[str, Any]:
    """The state_dict of PyTorch's RNNCell, LSTMCell or GRUCell with the weights of `cell`.

    Where we have one bias and PyTorch has two, ours becomes bias_ih, and bias_hh is 0.
    """
    ours, H = cell.state_dict(), cell.hidden_size
    gates = [(ours["W" + gate], ours["b" + gate]) for gate in _gates(cell)]
    parts = {
        "weight_ih": [W[:, H:] for W, _ in gates],
        "weight_hh": [W[:, :H] for W, _ in gates],
        "bias_ih": [b for _, b in gates],
        "bias_hh": [0.0 * b for _, b in gates],
    }
    if isinstance(cell, GRUCell):
        for name, own in zip(parts, ("W_xn", "W_hn", "b_xn", "b_hn"), strict=True):
            parts[name].append(ours[own])
    return {name: concat(rows) for name, rows in parts.items()}


def from_torch(cell: Cell, state: Mapping[str, Any]) -> None:
    """Put the state_dict of a PyTorch cell (values: arrays, or nested lists) into `cell`.

    Two biases of one gate become their sum. ValueError that names what is missing or does not fit;
    then nothing has changed.
    """
    theirs, H = _checked(cell, state), cell.hidden_size
    ours: dict[str, Any] = {}
    for k, gate in enumerate(_gates(cell)):
        part = {name: rows[k * H : (k + 1) * H] for name, rows in theirs.items()}
        ours["W" + gate] = concat([part["weight_hh"], part["weight_ih"]], axis=1)
        ours["b" + gate] = part["bias_ih"] + part["bias_hh"]
    if isinstance(cell, GRUCell):
        for name, own in zip(_NAMES, _GRU_CANDIDATE, strict=True):
            ours[own] = theirs[name][2 * H :]
    cell.load_state_dict(ours)


def _gates(cell: Cell) -> tuple[str, ...]:
    if type(cell) not in _GATES:
        known = ", ".join(kind.__name__ for kind in _GATES)
        raise TypeError(f"exchange knows the layout of {known}, not of {type(cell).__name__}")
    return _GATES[type(cell)]


def _checked(cell: Cell, state: Mapping[str, Any]) -> dict[str, Any]:
    """The four arrays, as values of the kind that the cell computes with."""
    expected = to_torch(cell)
    missing = [name for name in _NAMES if name not in state]
    if missing:
        raise ValueError(f"from_torch: missing {', '.join(missing)}")
    found = {}
    for name, ours in expected.items():
        value = state[name].tolist() if hasattr(state[name], "tolist") else state[name]
        found[name] = namespace(ours).asarray(value, dtype=ours.dtype)
        if found[name].shape != ours.shape:
            raise ValueError(f"from_torch: {name} has {found[name].shape}, needs {ours.shape}")
    return found
