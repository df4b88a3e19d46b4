"""What a Tensor looks like in one line, and what an op says when its inputs do not fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..arrays.namespace import shape
from ..arrays.shapes import product

WIDTH, MOST = 60, 100  # characters, and entries, that are shown


def shown(value: Any) -> str:
    """The entries; where they are many, the first of them and the shape.

    >>> from tinygrad_rnn.arrays import zeros
    >>> shown(zeros(2)), shown(zeros((50, 50)))
    ('[0.0, 0.0]', '<2500 entries>, shape=(50, 50)')
    """
    lengths = shape(value)
    if product(lengths) > MOST:
        return f"<{product(lengths)} entries>, shape={lengths}"
    text = str(value.tolist() if hasattr(value, "tolist") else value)
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}..., shape={lengths}"


def explained(error: Exception, name: str, values: Sequence[Any]) -> Exception:
    """The same error, with the op and the kinds and shapes that it was given."""
    given = " and ".join(f"{type(x).__name__} {shape(x) or ''}".rstrip() for x in values)
    text = str(error).removeprefix(f"{name}: ").strip()
    kinds = {type(x).__name__ for x in values if hasattr(x, "__array_namespace__")}
    if len(kinds) > 1:
        text = f"{' and '.join(sorted(kinds))} do not mix: convert one of them ({text})"
    kind = TypeError if isinstance(error, TypeError) else ValueError
    return kind(f"{name} of {given or 'nothing'}: {text}")
