"""Unrolling: a cell called along a sequence by a Python loop. BPTT is what `gradients` makes of it.

    T  steps, counted from 0     xs[t]  the input of step t     states[t]  the state after step t
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from ..arrays.namespace import like, shape
from ..autograd import Tensor, reshape, where
from ..autograd.naming import numbered, state_parts
from ..autograd.tensor import detached


class Unrolled(NamedTuple):
    """outputs[t] (B, H), and states[t], the state after step t; the initial one is not in it."""

    outputs: list[Any]
    states: list[Any]


def unroll(
    cell: Callable[[Any, Any], Any],
    xs: Iterable[Any],
    state: Any = None,
    lengths: Sequence[int] | None = None,
) -> Unrolled:
    """Call `cell` on every x of a sequence, handing the state on.

    xs is a list of (B, X), or an array (T, B, X). `state` None asks cell.initial_state(B). With
    `lengths` (B whole numbers) sequence b stops after lengths[b] steps: its state stays as it is,
    and the padding gets no gradient. Tensors without a name get one: states h[t] and c[t] (or the
    fields of a NamedTuple), inputs x[t], the state before the first step h[-1]. ValueError for a
    missing state or lengths that do not fit.
    """
    steps = list(xs)
    if state is None and steps:
        state = _initial_state(cell, steps[0])
    if lengths is not None:
        _check_lengths(lengths, steps)
    _name_parts(state, -1)
    outputs, states = [], []
    for t, x in enumerate(steps):
        if type(x) is Tensor:
            _name(x, numbered("x", t))
        new = cell(x, state)
        state = new if lengths is None else _frozen_after(lengths, t, new, state)
        _name_parts(state, t)
        outputs.append(_output(state))
        states.append(state)
    return Unrolled(outputs, states)


def _output(state: Any) -> Any:
    """What a step shows: h, the first part of a state; of layers, that of the last."""
    while isinstance(state, (list, tuple)):
        state = state[-1] if isinstance(state, list) else state[0]
    return state


def _name_parts(state: Any, t: int) -> None:
    for name, part in state_parts(state):
        _name(part, numbered(name, t))


def _name(x: Any, name: str) -> None:
    if type(x) is Tensor and x.name is None:
        x.name = name


def _initial_state(cell: Any, x: Any) -> Any:
    if not hasattr(cell, "initial_state"):
        raise ValueError("unroll: this cell has no initial_state(batch): pass state=")
    batch = shape(x)[:-1]
    return cell.initial_state(*batch)


def _check_lengths(lengths: Sequence[int], steps: Sequence[Any]) -> None:
    batch = shape(detached(steps[0]))[0] if steps else len(lengths)
    fitting = (hasattr(n, "__index__") and 0 <= n <= len(steps) for n in lengths)
    if len(lengths) != batch or not all(fitting):
        raise ValueError(
            f"unroll: lengths needs {batch} whole numbers between 0 and {len(steps)}, "
            f"got {list(lengths)}"
        )


def _frozen_after(lengths: Sequence[int], t: int, new: Any, old: Any) -> Any:
    """`new` where the sequence still runs at step t, `old` where it has ended."""
    if all(t < n for n in lengths):
        return new
    if isinstance(new, (tuple, list)):
        pairs = zip(new, old, strict=True)
        kept = [_frozen_after(lengths, t, n, o) for n, o in pairs]
        return type(new)(*kept) if hasattr(new, "_fields") else type(new)(kept)
    value = detached(new)
    running = like([float(t < n) for n in lengths], value)
    return where(reshape(running, (-1, *(1 for _ in shape(value)[1:]))) == 1.0, new, old)
