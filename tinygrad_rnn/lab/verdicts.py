"""What was measured before training, in words: what reaches the first step, and what would help."""

from __future__ import annotations

import math

from ..graph.wording import number
from .vanishing import Setup, Survival

LOST = -3.0  # log10: less than a thousandth of the gradient
WIDE = 3.0  # log10: a standard deviation that leaves it to the seed


def verdict(found: Survival) -> str:
    """How much reaches the first step; where that is lost or explodes, what to change.

    >>> print(verdict(Survival(Setup("lstm", 100), (-9.0, -9.0))))
    at T = 100 the first step gets 1e-9 of the last: raise the forget bias; chrono suggests up to \
ln(T-1) = 4.6
    """
    said = f"at T = {found.setup.length} the first step gets {_amount(found)} of the last"
    if math.isnan(found.mean) or found.mean > -LOST:
        return f"{said}: it explodes: scale the recurrent weight down, and clip"
    if found.mean < LOST:
        return f"{said}: {_advice(found.setup)}"
    if found.deviation > WIDE:
        lowest, highest = (number(10**log) for log in (min(found.finite), max(found.finite)))
        return f"{said}, but the seed decides: from {lowest} to {highest}"
    return f"{said}: it is heard"


def _amount(found: Survival) -> str:
    """The mean ratio, as far as a float can hold it."""
    if found.finite:
        return number(10**found.mean)
    return "nothing that a float can hold" if found.mean < 0 else "more than a float can hold"


def _advice(setup: Setup) -> str:
    """What to change where the gradient is lost."""
    open_gate = math.log(setup.length - 1)
    if setup.cell == "rnn":
        if setup.init == "orthogonal":
            return "scale the recurrent weight up, against tanh', or take a cell with a gate"
        return (
            "start orthogonal and scaled up, against tanh', or take an LSTM with a forget bias "
            f"of ln(T-1) = {open_gate:.1f}"
        )
    if setup.init == "chrono":
        return "chrono's input gates are nearly shut: they take this once, not with every step"
    if setup.cell == "gru":
        return f"open its update gate: chrono suggests biases up to ln(T-1) = {open_gate:.1f}"
    if setup.forget_bias >= open_gate:
        return "its forget gate is open: c adds up until tanh(c) is flat"
    return f"raise the forget bias; chrono suggests up to ln(T-1) = {open_gate:.1f}"
