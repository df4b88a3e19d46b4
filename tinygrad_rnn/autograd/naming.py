"""What the Tensors of a recurrence are called: h[3] is the hidden state after step 3.

`nn.unroll` gives these names and `graph.trace` reads them; x[3] is the input of step 3, and h[-1]
the state before the first step.
"""

from __future__ import annotations

from typing import Any


def state_parts(state: Any, prefix: str = "") -> list[tuple[str, Any]]:
    """(name, value) of each part of a state.

    One value is h; a tuple is h and c, or has the names of its NamedTuple; a list is layers; a dict
    says the names.

    >>> state_parts([(1.0, 2.0), 3.0])
    [('l0.h', 1.0), ('l0.c', 2.0), ('l1.h', 3.0)]
    """
    if isinstance(state, list):
        layers = (state_parts(part, f"{prefix}l{i}.") for i, part in enumerate(state))
        return [pair for layer in layers for pair in layer]
    if isinstance(state, dict):
        return [pair for key, part in state.items() for pair in _named(f"{prefix}{key}", part)]
    if not isinstance(state, tuple):
        return [(f"{prefix}h", state)]
    names = getattr(state, "_fields", ("h", "c", *(f"s{i}" for i in range(2, len(state)))))
    return [(prefix + name, part) for name, part in zip(names, state, strict=False)]


def _named(name: str, part: Any) -> list[tuple[str, Any]]:
    """A single part under its name; the parts of one that has parts below it."""
    has_parts = isinstance(part, (tuple, list, dict))
    return state_parts(part, f"{name}.") if has_parts else [(name, part)]


def numbered(name: str, t: int) -> str:
    """The name of a part at step t.

    >>> numbered("h", 3)
    'h[3]'
    """
    return f"{name}[{t}]"


def split_number(name: str | None) -> tuple[str, int] | None:
    """The inverse of `numbered`; None for a name without a step.

    >>> split_number("l1.h[3]")
    ('l1.h', 3)
    """
    base, bracket, number = (name or "").removesuffix("]").rpartition("[")
    digits = number.removeprefix("-")
    if not (bracket and base and name and name.endswith("]") and digits.isdecimal()):
        return None
    return base, int(number)


def is_input(base: str) -> bool:
    """Whether a numbered name means an input, x[3] or l1.x[3], rather than a state."""
    return base.rpartition(".")[2] == "x"
