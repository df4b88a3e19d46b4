"""Gradients that are not yet added up.

A weight is used at every step of a sequence, and each step sends it a gradient: a sum over the rows
of a batch. T small sums, added one by one, are one sum over T times as many rows. So such a
gradient is put off: it keeps what it is made of, and addition collects.

    OverRows   one gradient that is a sum over rows, not yet computed
    Terms      several gradients, not yet added up
    total      the number behind either
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
    __array_ufunc__ = None  # NumPy asks __radd__

    def __init__(self, f: Callable[..., Any], factors: tuple[Any, ...]) -> None:
        self.f = f
        self.factors = factors

    def __add__(self, later: Any) -> Terms:
        terms: Terms = Terms([self]) + later
        return terms

    def __radd__(self, earlier: Any) -> Terms:
        return Terms([earlier, self])

    def total(self) -> Any:
        """The gradient."""
        return self.f(*self.factors)


class Terms:
    """A gradient's terms, in the order in which they came.

    Those that are no sums over rows are added one by one, from the first: so the terms that a
    checkpoint brings to a shared weight give the same sum, to the last bit, as without it.
    """

    __slots__ = ("terms", "count")
    __array_ufunc__ = None

    def __init__(self, terms: list[Any]) -> None:
        self.terms = terms
        self.count = len(terms)

    def __add__(self, later: Any) -> Terms:
        terms = self.terms if self.count == len(self.terms) else self.terms[: self.count]
        terms += later.terms[: later.count] if type(later) is Terms else (later,)
        return Terms(terms)  # a longer look at the same list: T additions take time T, not T²

    def __radd__(self, earlier: Any) -> Terms:
        return Terms([earlier]) + self

    def total(self) -> Any:
        """The sum of all terms; those over rows as one sum over all their rows."""
        added: list[Any] = []
        together: dict[Callable[..., Any], list[Sequence[Any]]] = {}
        for term in self.terms[: self.count]:
            if type(term) is OverRows:
                together.setdefault(term.f, []).append(term.factors)
            else:
                added.append(term)
        for f, rows in together.items():
            added.append(f(*map(_joined, zip(*rows, strict=True))))
        return reduce(add, added)


UNADDED = (OverRows, Terms)


def total(g: Any) -> Any:
    """The number behind a gradient, put off or not."""
    return g.total() if type(g) in UNADDED else g


def _joined(factors: Sequence[Any]) -> Any:
    """All rows of several factors, one below the other; a vector is a row."""
    if len(factors) == 1:
        return factors[0]
    xp, rows = namespace(factors[0]), list(factors)
    for i, x in enumerate(rows):
        if x.ndim != 2:
            rows[i] = xp.reshape(x, (-1, x.shape[-1]))
    return xp.concat(rows, axis=0)
