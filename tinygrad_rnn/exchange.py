"""Weights to and from other libraries' layouts.

PyTorch keeps, for a cell, weight_ih (G·H, X), weight_hh (G·H, H) and two biases (G·H), with the
rows of the G gates below each other: LSTM i f g o, GRU r z n. Ours are a matrix [h, x] a gate. In a
network the names of layer 1 end in _l1, those of its backward direction in _l1_reverse.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .arrays import namespace
from .autograd import concat
from .nn.cells import Cell, GRUCell, LSTMCell, RNNCell
from .nn.recurrent import Recurrent

_NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
_GRU_CANDIDATE = ("W_xn", "W_hn", "b_xn", "b_hn")  # ours, in the order of _NAMES
_GATES: dict[type, tuple[str, ...]] = {  # the suffixes of our names, in the order of PyTorch's rows
    RNNCell: ("",),
    LSTMCell: ("_i", "_f", "_g", "_o"),
    GRUCell: ("_r", "_z"),
}


def to_torch(module: Cell | Recurrent) -> dict[str, Any]:
    """The state_dict of PyTorch's module of the same name with the weights of ours.

    For RNNCell, LSTMCell and GRUCell, and for RNN, LSTM and GRU. Where we have one bias and PyTorch
    has two, ours becomes bias_ih, and bias_hh is 0.
    """
    if not isinstance(module, Recurrent):
        return _cell_to_torch(module)
    return {
        name + _suffix(key): value
        for key, cell in module.cells.items()
        for name, value in _cell_to_torch(cell).items()
    }


def from_torch(module: Cell | Recurrent, state: Mapping[str, Any]) -> None:
    """Put the state_dict of PyTorch's module (values: arrays, or nested lists) into ours.

    Two biases of one gate become their sum. ValueError that names what is missing, unexpected or
    does not fit; then nothing has changed.
    """
    theirs = _checked(to_torch(module), state)
    if not isinstance(module, Recurrent):
        module.load_state_dict(_cell_from_torch(module, theirs))
        return
    ours = {}
    for key, cell in module.cells.items():
        own = {name: theirs[name + _suffix(key)] for name in _NAMES}
        for name, value in _cell_from_torch(cell, own).items():
            ours[f"cells.{key}.{name}"] = value
    module.load_state_dict(ours)


def _suffix(key: str) -> str:
    """What PyTorch's names of a cell end with: _l1_reverse for l1.back."""
    layer, _, back = key.partition(".")
    return f"_{layer}_reverse" if back else f"_{layer}"


def _cell_to_torch(cell: Cell) -> dict[str, Any]:
    ours, H = cell.state_dict(), cell.hidden_size
    gates = [(ours["W" + gate], ours["b" + gate]) for gate in _gates(cell)]
    parts = {
        "weight_ih": [W[:, H:] for W, _ in gates],
        "weight_hh": [W[:, :H] for W, _ in gates],
        "bias_ih": [b for _, b in gates],
        "bias_hh": [0.0 * b for _, b in gates],
    }
    if isinstance(cell, GRUCell):
        for name, own in zip(_NAMES, _GRU_CANDIDATE, strict=True):
            parts[name].append(ours[own])
    return {name: concat(rows) for name, rows in parts.items()}


def _cell_from_torch(cell: Cell, theirs: Mapping[str, Any]) -> dict[str, Any]:
    H, ours = cell.hidden_size, {}
    for k, gate in enumerate(_gates(cell)):
        part = {name: rows[k * H : (k + 1) * H] for name, rows in theirs.items()}
        ours["W" + gate] = concat([part["weight_hh"], part["weight_ih"]], axis=1)
        ours["b" + gate] = part["bias_ih"] + part["bias_hh"]
    if isinstance(cell, GRUCell):
        for name, own in zip(_NAMES, _GRU_CANDIDATE, strict=True):
            ours[own] = theirs[name][2 * H :]
    return ours


def _gates(cell: Cell) -> tuple[str, ...]:
    if type(cell) not in _GATES:
        known = ", ".join(kind.__name__ for kind in _GATES)
        raise TypeError(f"exchange knows the layout of {known}, not of {type(cell).__name__}")
    return _GATES[type(cell)]


def _checked(expected: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays of `state`, as values of the kind and shape of those expected."""
    missing = [name for name in expected if name not in state]
    if missing:
        raise ValueError(f"from_torch: missing {', '.join(missing)}")
    unexpected = [name for name in state if name not in expected]
    if unexpected:
        raise ValueError(f"from_torch: unexpected {', '.join(unexpected)}")
    found = {}
    for name, ours in expected.items():
        value = state[name].tolist() if hasattr(state[name], "tolist") else state[name]
        found[name] = namespace(ours).asarray(value, dtype=ours.dtype)
        if found[name].shape != ours.shape:
            raise ValueError(f"from_torch: {name} has {found[name].shape}, needs {ours.shape}")
    return found
