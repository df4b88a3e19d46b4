"""Functions made of primitives: they need no rule of their own.

At a kink, as in PyTorch: `clip` lets the gradient through at its bounds; `leaky_relu` and `elu`
have their left slope at 0; `std` has the gradient 0 where all entries are equal.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence, Sized
from typing import Any

from ..arrays.namespace import namespace, ones_like, shape
from ..arrays.shapes import Shape, normalise_axes, normalise_axis, product
from .ops import (
    abs,
    broadcast_to,
    concat,
    divide,
    erf,
    exp,
    expand_dims,
    expm1,
    log,
    log_softmax,
    permute_dims,
    reshape,
    split,
    sqrt,
    square,
    sum,
    take,
    tanh,
    where,
)
from .tensor import detached

__all__ = [
    "clip",
    "dropout",
    "elu",
    "gelu",
    "leaky_relu",
    "logsumexp",
    "mean",
    "prod",
    "reciprocal",
    "repeat",
    "roll",
    "softmax",
    "softsign",
    "stack",
    "std",
    "tile",
    "tril",
    "triu",
    "var",
]

Axis = int | Iterable[int] | None


# Every entry by itself ---------------------------------------------------------------------------


def reciprocal(x: Any, /) -> Any:
    """1 / x; a signed infinity at 0."""
    return divide(1.0, x)


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """x, but `min` where it is less and `max` where it is more; None sets no bound."""
    x = x if min is None else where(detached(x) < detached(min), min, x)
    return x if max is None else where(detached(x) > detached(max), max, x)


def softsign(x: Any, /) -> Any:
    """x / (1 + |x|), in (-1, 1)."""
    return x / (1.0 + abs(x))


def leaky_relu(x: Any, /, negative_slope: float = 0.01) -> Any:
    """x where it is positive, else negative_slope·x."""
    return where(detached(x) > 0, x, negative_slope * x)


def elu(x: Any, /, alpha: float = 1.0) -> Any:
    """x where it is positive, else alpha·(exp(x) - 1)."""
    positive = detached(x) > 0
    below = where(positive, 0.0, x)  # or exp overflows where it is not used, and 0·inf is nan
    return where(positive, x, alpha * expm1(below))


def gelu(x: Any, /, *, approximate: str = "none") -> Any:
    """x·Φ(x), Φ(x) = (1 + erf(x/√2)) / 2 the normal distribution; "tanh" approximates it.

    The approximation is Φ(x) = (1 + tanh(√(2/π)·(x + 0.044715·x³))) / 2 (Hendrycks and Gimpel
    2016). NumPy has no erf: there the exact form goes entry by entry, and is slow. ValueError for
    another word.
    """
    if approximate == "none":
        return 0.5 * x * (1.0 + erf(x * math.sqrt(0.5)))
    if approximate == "tanh":
        return 0.5 * x * (1.0 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * square(x))))
    raise ValueError(f'gelu: approximate is "none" or "tanh", got {approximate!r}')


def dropout(x: Any, mask: Any, /, *, p: float = 0.5) -> Any:
    """x / (1 - p) where the mask holds, else 0: the same in the mean, if p is how often it fails.

    The mask is given, not drawn: randomness is the caller's. ValueError for p outside [0, 1).
    """
    if not 0 <= p < 1:
        raise ValueError(f"dropout: p is the share that is dropped, in [0, 1), got {p}")
    return where(mask, x / (1.0 - p), 0.0)


# Many entries become one -------------------------------------------------------------------------


def mean(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum along the axes, divided by the number of entries."""
    axes = normalise_axes(axis, len(shape(x)), "mean")
    return sum(x, axis=axes, keepdims=keepdims) / float(_count(x, axes))


def var(x: Any, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The variance Σ (x - mean)² / (n - correction) along the axes; nan unless n > correction."""
    axes = normalise_axes(axis, len(shape(x)), "var")
    squares = square(x - mean(x, axis=axes, keepdims=True))
    freedom = _count(x, axes) - correction
    total = sum(squares, axis=axes, keepdims=keepdims)
    return total / (float(freedom) if freedom > 0 else math.nan)


def std(x: Any, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The standard deviation √var along the axes."""
    variance = var(x, axis=axis, correction=correction, keepdims=keepdims)
    constant = detached(variance) == 0
    return where(constant, 0.0, sqrt(where(constant, 1.0, variance)))


def prod(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The product along the axes; 1 of nothing.

    Neighbours are multiplied until one is left. So no entry is ever divided by, and with zeros
    the gradient is right too: of each entry the product of all the others.
    """
    lengths = shape(x)
    axes = normalise_axes(axis, len(lengths), "prod")
    if not axes:
        return x
    kept = [a for a in range(len(lengths)) if a not in axes]
    x = reshape(permute_dims(x, [*kept, *axes]), (*(lengths[a] for a in kept), _count(x, axes)))
    result = _product_of_rows(x)
    return reshape(result, _without(lengths, axes, 1 if keepdims else None))


def _product_of_rows(x: Any) -> Any:
    length = shape(x)[-1]
    if not length:
        return 1.0 + sum(x, axis=-1)
    while length > 1:
        pairs = x[..., : length - 1 : 2] * x[..., 1::2]
        x = concat([pairs, x[..., length - 1 :]], axis=-1) if length % 2 else pairs
        length = (length + 1) // 2
    return x[..., 0]


def logsumexp(x: Any, /, *, axis: Axis = -1, keepdims: bool = False) -> Any:
    """log Σ exp(x) along the axes, without overflow: m + log Σ exp(x - m), m the largest entry.

    m is plain: it cancels, so its gradient is not needed.
    """
    values = detached(x)
    xp = namespace(values)
    axes = normalise_axes(axis, len(shape(values)), "logsumexp")
    if not _count(x, axes):
        return log(sum(x, axis=axes, keepdims=keepdims))  # of nothing: -inf
    m = xp.max(values, axis=axes, keepdims=True)
    m = xp.where(xp.isfinite(m), m, 0.0)  # inf - inf would be nan
    result = log(sum(exp(x - m), axis=axes, keepdims=True)) + m
    return result if keepdims else reshape(result, _without(shape(values), axes))


def softmax(x: Any, /, *, axis: Axis = -1) -> Any:
    """exp(x) / Σ exp(x): positive, and 1 in sum along the axes."""
    return exp(log_softmax(x, axis=axis))


# The same entries in another place ---------------------------------------------------------------


def stack(arrays: Sequence[Any], /, *, axis: int = 0) -> Any:
    """The arrays side by side along a new axis."""
    return concat([expand_dims(x, axis=axis) for x in arrays], axis=axis)


def roll(x: Any, /, shift: int | Sequence[int], *, axis: int | Sequence[int] | None = None) -> Any:
    """Every entry `shift` places further along the axis, the last ones coming back in front.

    With several axes one shift each, or the same for all; None rolls the flattened entries.
    ValueError for another number of shifts.
    """
    if axis is None:
        return reshape(roll(reshape(x, -1), shift, axis=0), shape(x))
    axes = axis if isinstance(axis, Sized) else [axis]
    shifts = shift if isinstance(shift, Sized) else [shift] * len(axes)
    if len(shifts) != len(axes):
        raise ValueError(f"roll: {len(shifts)} shifts for {len(axes)} axes")
    for a, s in zip(axes, shifts, strict=True):
        x = _rolled(x, s, a)
    return x


def _rolled(x: Any, shift: int, axis: int) -> Any:
    length = shape(x)[normalise_axis(axis, len(shape(x)), "roll")]
    last = shift % length if length else 0
    front, back = split(x, [length - last, last], axis=axis)
    return concat([back, front], axis=axis)


def repeat(x: Any, repeats: int | Sequence[int], /, *, axis: int | None = None) -> Any:
    """Every entry `repeats` times in a row along the axis (a number, or a list with one for each).

    None repeats the flattened entries. ValueError for a list of another length, or a number
    below 0.
    """
    if axis is None:
        return repeat(reshape(x, -1), repeats, axis=0)
    at = normalise_axis(axis, len(shape(x)), "repeat")
    length = shape(x)[at]
    times = list(repeats) if isinstance(repeats, Sized) else [repeats] * length
    if len(times) != length or min(times, default=0) < 0:
        raise ValueError(f"repeat: an axis of length {length} takes {length} counts, got {times}")
    return take(x, [i for i, n in enumerate(times) for _ in range(n)], axis=at)


def tile(x: Any, repetitions: Sequence[int], /) -> Any:
    """Copies of x side by side: repetitions[i] of them along axis i, matched from the last."""
    lengths, counts = shape(x), tuple(repetitions)
    ndim = max(len(lengths), len(counts))
    lengths = (1,) * (ndim - len(lengths)) + lengths
    counts = (1,) * (ndim - len(counts)) + counts
    apart = reshape(x, [part for n in lengths for part in (1, n)])
    copies = broadcast_to(apart, [part for pair in zip(counts, lengths) for part in pair])
    return reshape(copies, [count * n for count, n in zip(counts, lengths)])


def tril(x: Any, /, *, k: int = 0) -> Any:
    """Every matrix with zeros above the diagonal, or above the k-th one to the right of it."""
    return where(namespace(detached(x)).tril(ones_like(detached(x)), k=k) > 0, x, 0.0)


def triu(x: Any, /, *, k: int = 0) -> Any:
    """Every matrix with zeros below the diagonal, or below the k-th one to the right of it."""
    return where(namespace(detached(x)).triu(ones_like(detached(x)), k=k) > 0, x, 0.0)


def _count(x: Any, axes: Shape) -> int:
    """How many entries become one along the axes, each counted from the front."""
    lengths = shape(x)
    return product(lengths[a] for a in axes)


def _without(lengths: Shape, axes: Shape, instead: int | None = None) -> Shape:
    """The shape without the axes, or with the length `instead` for each."""
    found = (instead if a in axes else n for a, n in enumerate(lengths))
    return tuple(n for n in found if n is not None)
