"""From any numbers to the logarithms of probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import index
from typing import Any

from ...arrays.namespace import namespace, shape
from ...arrays.shapes import normalise_axes
from ..tensor import detached, primitive
from .exponential import exp
from .indexing import _scatter_add
from .reductions import sum


def log_softmax(x: Any, /, *, axis: int | Iterable[int] | None = -1) -> Any:
    """x - log Σ exp(x): logarithms of probabilities, finite for logits of any size."""
    return _log_softmax(x, axis=normalise_axes(axis, len(shape(x)), "log_softmax"))


@primitive
def _log_softmax(x: Any, *, axis: tuple[int, ...]) -> Any:
    """x - log Σ exp(x)."""
    if 0 in shape(x):
        return x
    xp = namespace(x)
    below = _below_largest(x, axis)
    return below - xp.log(xp.sum(xp.exp(below), axis=axis, keepdims=True))


@_log_softmax.vjp
def log_softmax_vjp(g: Any, y: Any, x: Any, *, axis: tuple[int, ...]) -> Any:
    return g - exp(y) * sum(g, axis=axis, keepdims=True)


def log_likelihood(x: Any, /, classes: Sequence[int]) -> Any:
    """x[n, classes[n]] - log Σ exp(x[n]) of every row n: the log-probability of one class each.

    x (N, C), `classes` N whole numbers: (N,). What `log_softmax` gives, read at the classes.
    ValueError where there are not as many classes as rows, IndexError for one that is not there.
    """
    lengths, chosen = shape(x), tuple(map(index, classes))
    if len(lengths) != 2 or len(chosen) != lengths[0]:
        raise ValueError(
            f"log_likelihood: x needs the shape ({len(chosen)}, C), a row a class, got {lengths}"
        )
    if chosen and not 0 <= min(chosen) <= max(chosen) < lengths[1]:
        raise IndexError(f"log_likelihood: classes {chosen} are not all of 0 ... {lengths[1] - 1}")
    return _log_likelihood(x, classes=chosen)


@primitive
def _log_likelihood(x: Any, *, classes: tuple[int, ...]) -> Any:
    """x[n, classes[n]] - log Σ exp(x[n]) of every row n."""
    if not classes:
        return x[:, 0]
    xp = namespace(x)
    below = _below_largest(x, (1,))
    return below[_places(x, classes)] - xp.log(xp.sum(xp.exp(below), axis=1))


@_log_likelihood.vjp
def log_likelihood_vjp(g: Any, y: Any, x: Any, *, classes: tuple[int, ...]) -> Any:
    """g at the class, less g times the probabilities, exp(x - log Σ exp(x))."""
    places = _places(detached(x), classes)
    probabilities = exp(x - x[places][:, None] + y[:, None])
    return _scatter_add(g, key=places, shape=shape(x)) - g[:, None] * probabilities


def _places(x: Any, classes: tuple[int, ...]) -> tuple[Any, Any]:
    """The key that reads one class of every row of x: NumPy reads arrays twice as fast as lists."""
    xp = namespace(x)
    return xp.arange(len(classes)), xp.asarray(classes, dtype=xp.int64)


def _below_largest(x: Any, axis: tuple[int, ...]) -> Any:
    """x less its largest along the axes: exp of x itself overflows, and loses digits."""
    return x - namespace(x).max(x, axis=axis, keepdims=True)
