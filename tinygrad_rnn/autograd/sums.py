"""Gradients that are not yet added up.

A weight is used at every step of a sequence, and each step sends it a gradient: a sum over the rows
of a batch. T small sums, added one by one, are one sum over T times as many rows. So such a
gradient is put off: it keeps what it is made of, and addition collects.

    OverRows   one gradient that is a sum over rows, not yet computed
    Terms      several gradients, not yet added up
    plus       one more; total: the number behind either
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import Any

from ..arrays.namespace import namespace
from .tensor import Tensor


def over_rows(f: Callable[..., Any], *factors: Any) -> Any:
    """f(*factors), which is a sum over the rows of its factors: put off, if they are plain.

    Rows lie along the last axis, whatever axes there are before it.
    """
    return f(*factors) if Tensor in map(type, factors) else OverRows(f, factors)


class OverRows:
    """f(*factors), to be computed when all that are to be added to it are known."""

    __slots__ = ("f", "factors")

    def __init__(self, f: Callable[..., Any], factors: tuple[Any, ...]) -> None:
        self.f = f
        self.factors = factors


class Terms(list[Any]):
    """A gradient's terms, in the order in which they came.

    Those that are no sums over rows are added one by one, from the first: so the terms that a
    checkpoint brings to a shared weight give the same sum, to the last bit, as without it.
    """


UNADDED = (OverRows, Terms)


def plus(held: Any, received: Any) -> Any:
    """Their sum; put off, if one of the two is. Terms that are held take in what is received."""
    if type(held) is Terms:
        terms = held
    elif type(held) is OverRows or type(received) in UNADDED:
        terms = Terms([held])
    else:
        return held + received
    if type(received) is Terms:
        terms.extend(received)
    else:
        terms.append(received)
    return terms


def total(g: Any) -> Any:
    """The number behind a gradient, put off or not; sums over rows as one sum over all rows."""
    if type(g) is OverRows:
        return g.f(*g.factors)
    if type(g) is not Terms:
        return g
    together: dict[Callable[..., Any], list[Sequence[Any]]] = {}
    for term in g:
        if type(term) is OverRows:
            together.setdefault(term.f, []).append(term.factors)
    added = [term for term in g if type(term) is not OverRows]
    added += [f(*map(_joined, zip(*rows, strict=True))) for f, rows in together.items()]
    return reduce(add, added)


def _joined(factors: Sequence[Any]) -> Any:
    """All rows of several factors, one below the other; a vector is a row."""
    if len(factors) == 1:
        return factors[0]
    xp, rows = namespace(factors[0]), list(factors)
    for i, x in enumerate(rows):
        if x.ndim != 2:
            rows[i] = xp.reshape(x, (-1, x.shape[-1]))
    return xp.concat(rows, axis=0)
