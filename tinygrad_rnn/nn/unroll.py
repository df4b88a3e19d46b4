"""Unrolling: a cell called along a sequence by a Python loop. BPTT is what `gradients` makes of it.

    T  steps, counted from 0     xs[t]  the input of step t     states[t]  the state after step t
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from ..arrays.namespace import like, shape
from ..autograd import Tensor, reshape, stop_gradient, where
from ..autograd.naming import numbered, state_parts
from ..autograd.structures import each_leaf, leaves_like, leaves_of, with_leaves
from ..autograd.tensor import detached
from .cells import Cell
from .init import checked_size

Recurrence = Callable[[Any, Any], Any]  # (x, state) -> state


class Unrolled(NamedTuple):
    """outputs[t] (B, H), and states[t], the state after step t; the initial one is not in it."""

    outputs: list[Any]
    states: list[Any]


def unroll(
    cell: Recurrence,
    xs: Iterable[Any],
    state: Any = None,
    lengths: Sequence[int] | None = None,
    *,
    truncate: int | None = None,
) -> Unrolled:
    """Call `cell` on every x of a sequence, handing the state on.

    xs is a list of (B, X), or an array (T, B, X). `state` None asks cell.initial_state(B). With
    `lengths` (B whole numbers) sequence b stops after lengths[b] steps: its state stays as it is,
    and the padding, which the cell sees as zeros, gets no gradient. With `truncate` the state that
    enters the steps k, 2k, ... goes through `stop_gradient`: truncated BPTT, whose cuts are nodes
    of the graph. Tensors without a name get one: states h[t] and c[t] (or the fields of a
    NamedTuple), inputs x[t], the state before the first step h[-1]. ValueError for a missing
    state, or lengths or a truncation that do not fit.
    """
    steps = list(xs)
    if isinstance(cell, Cell) and steps:
        _check_input(cell, steps[0])
    if state is None and steps:
        state = initial_state(cell, steps[0])
    if lengths is not None:
        check_lengths(lengths, steps)
    if truncate is not None:
        checked_size(truncate=truncate)
    for t, x in enumerate(steps):
        name(x, "x", t)
    states = walk(cell, steps, state, lengths=lengths, truncate=truncate)
    return Unrolled([_output(state) for state in states], states)


def walk(
    cell: Recurrence,
    steps: Sequence[Any],
    state: Any,
    *,
    prefix: str = "",
    lengths: Sequence[int] | None = None,
    truncate: int | None = None,
    backward: bool = False,
) -> list[Any]:
    """The states after every step, in the order of the steps; `backward` begins at the last one."""
    times = range(len(steps))
    states: dict[int, Any] = {}
    _name_parts(state, prefix, -1)
    for k, t in enumerate(reversed(times) if backward else times):
        if truncate and k and k % truncate == 0:
            state = each_leaf(_cut, state)
        state = _step(cell, steps[t], state, None if lengths is None else [t < n for n in lengths])
        _name_parts(state, prefix, t)
        states[t] = state
    return [states[t] for t in times]


def _step(cell: Recurrence, x: Any, state: Any, running: list[bool] | None) -> Any:
    """The next state; where a sequence does not run, the old one, whatever its x is."""
    if running is None or all(running):
        return cell(x, state)
    # Zeros for the padding: nan there would reach the weights, as 0·nan in their gradients.
    new = cell(_chosen(running, x, 0), state)
    pairs = zip(leaves_of(new), leaves_like(state, new), strict=True)
    return with_leaves(new, [_chosen(running, *pair) for pair in pairs])


def _chosen(running: list[bool], new: Any, old: Any) -> Any:
    """Row b of `new` where sequence b runs, else that of `old`."""
    value = detached(new)
    rows = like([int(one) for one in running], value)
    return where(reshape(rows, (-1, *(1 for _ in shape(value)[1:]))) == 1, new, old)


def _cut(part: Any) -> Any:
    return stop_gradient(part) if type(part) is Tensor else part


def carried(state: Any) -> Any:
    """The state as plain values, without its graph: what the next piece of a stream starts from."""
    return each_leaf(detached, state)


def _output(state: Any) -> Any:
    """What a step shows: h, the first part of a state; of layers, that of the last."""
    while isinstance(state, (list, tuple)):
        state = state[-1] if isinstance(state, list) else state[0]
    return state


def _name_parts(state: Any, prefix: str, t: int) -> None:
    for part_name, part in state_parts(state, prefix):
        name(part, part_name, t)


def name(x: Any, given: str, t: int) -> None:
    """Name a Tensor that has no name after its step."""
    if type(x) is Tensor and x.name is None:
        x.name = numbered(given, t)


def _check_input(cell: Cell, x: Any) -> None:
    """ValueError or TypeError for an x that does not fit: the cell itself would speak of [h, x]."""
    if not hasattr(x, "shape"):
        raise TypeError(
            f"unroll: an x is an array (B, {cell.input_size}), got a {type(x).__name__}: "
            "make it one with tg.arrays.asarray"
        )
    if shape(x)[-1:] != (cell.input_size,):
        raise ValueError(
            f"unroll: the cell has input_size {cell.input_size}, got an x of shape {shape(x)}: "
            f"it needs (B, {cell.input_size})"
        )


def initial_state(cell: Any, x: Any) -> Any:
    """What the cell says it starts from, for the batch of x. ValueError if it says nothing."""
    if not hasattr(cell, "initial_state"):
        raise ValueError("unroll: this cell has no initial_state(batch): pass state=")
    batch = shape(x)[:-1]
    return cell.initial_state(*batch)


def check_lengths(lengths: Sequence[int], steps: Sequence[Any], asked: str = "unroll") -> None:
    """ValueError for lengths that are not one number a sequence, or longer than the steps."""
    batch = shape(detached(steps[0]))[0] if steps else len(lengths)
    fitting = (hasattr(n, "__index__") and 0 <= n <= len(steps) for n in lengths)
    if len(lengths) != batch or not all(fitting):
        raise ValueError(
            f"{asked}: lengths needs {batch} whole numbers between 0 and {len(steps)}, "
            f"got {list(lengths)}"
        )
