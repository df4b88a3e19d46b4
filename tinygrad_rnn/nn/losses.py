"""How wrong a prediction is: one number, the mean over the batch; numbers as PyTorch's.

`reduction` says what becomes of the terms: their "mean", their "sum", or "none": they stay.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..arrays.namespace import entries, like, shape
from ..arrays.nesting import flatten
from ..arrays.shapes import Shape, product
from ..autograd import (
    Tensor,
    abs,
    concat,
    log_likelihood,
    log_softmax,
    mean,
    reshape,
    softplus,
    square,
    sum,
)
from ..autograd.tensor import detached

REDUCTIONS: dict[str, Callable[[Any], Any]] = {
    "mean": mean,
    "sum": sum,
    "none": lambda terms: terms,
}
ROUNDING = 1e-5  # how far probabilities may be from a sum of 1: they may come from 32 bits


def mse_loss(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """The mean of (prediction - target)², over all entries. ValueError where the shapes differ."""
    return _reduced("mse_loss", square(_error("mse_loss", prediction, target)), reduction)


def l1_loss(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """The mean of |prediction - target|, over all entries. ValueError where the shapes differ."""
    return _reduced("l1_loss", abs(_error("l1_loss", prediction, target)), reduction)


def binary_cross_entropy_with_logits(
    logits: Any, target: Any, *, pos_weight: Any = 1.0, reduction: str = "mean"
) -> Any:
    """The mean of -(pos_weight·y·log σ(x) + (1-y)·log(1-σ(x))), over all entries.

    logits x and targets y, in [0, 1], have the same shape; pos_weight is a number, or one for each
    entry of the last axis. Finite for logits of any size. ValueError for what does not fit.
    """
    name = "binary_cross_entropy_with_logits"
    _check_same_shape(name, "logits", logits, target)
    x = detached(logits)
    y = target if type(target) is Tensor else like(target, x)
    for p in entries(detached(y)):
        if not 0 <= p <= 1:
            raise ValueError(f"{name}: a target must be in [0, 1], got {p}")
    weight = like(pos_weight, x) if _shape(pos_weight) else pos_weight
    if shape(weight) not in {(), shape(x)[-1:]}:
        raise ValueError(
            f"{name}: pos_weight is a number or has shape {shape(x)[-1:]}, got {shape(weight)}"
        )
    return _reduced(name, weight * y * softplus(-logits) + (1.0 - y) * softplus(logits), reduction)


def cross_entropy(
    logits: Any,
    target: Any,
    *,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    mask: Any = None,
) -> Any:
    """The mean of -log softmax(logits)[target]: in nats; log C for a guess among C classes.

    logits (..., C); target (...) class indices, or (..., C) probabilities (one-hot rows are those
    of a certain class), then -Σ p·log softmax. Rows of the class `ignore_index`, and where `mask`
    (...) is false, cost nothing and get no gradient. `weight` (C) multiplies the cost of a class;
    the mean is then over the weights of the classes, but over the rows for probabilities, as
    PyTorch's. ValueError for a class that is not there, for rows that are no probabilities, for the
    mean of no row, or where the shapes do not fit. Finite for logits of any size.
    """
    lengths = shape(logits)
    if not lengths:
        raise ValueError("cross_entropy: logits need an axis of classes, got shape ()")
    _check_reduction("cross_entropy", reduction)
    kept = _kept(mask, lengths[:-1])
    weights = _weights(weight, lengths[-1])
    rows = logits if len(lengths) == 2 else reshape(logits, (-1, lengths[-1]))
    target, given = _flat(target) if isinstance(target, (list, tuple)) else (target, shape(target))
    if given == lengths:
        logs, total = _logs_of_probabilities(rows, target, kept, weights)
    else:
        _check_target(given, lengths)
        classes = _classes(target, lengths[-1], ignore_index)
        kept = [r for r in kept if classes[r] != ignore_index]
        logs, total = _logs_of_classes(rows, [classes[r] for r in kept], kept, weights)
    if reduction == "none":
        return _spread(-logs, kept, lengths[:-1])
    if reduction == "sum":
        return -sum(logs)
    if not total > 0:
        raise ValueError(
            "cross_entropy: no target counts, so there is no mean: leave this out, or "
            'pass reduction="sum"'
        )
    return sum(logs) / -total


def _logs_of_classes(
    rows: Any, classes: list[int], kept: Sequence[int], weights: list[float] | None
) -> tuple[Any, float]:
    """weight·log softmax of each row that is kept, and what to divide their sum by."""
    logs = log_likelihood(_picked(rows, kept), classes)
    if weights is None:
        return logs, float(len(classes))
    own = [weights[k] for k in classes]
    return logs * like(own, detached(logs)), math.fsum(own)


def _logs_of_probabilities(
    rows: Any, target: Any, kept: Sequence[int], weights: list[float] | None
) -> tuple[Any, float]:
    """Σ weight·p·log softmax of each row that is kept, and how many they are."""
    p = target if type(target) is Tensor else like(target, detached(rows))
    p = _picked(reshape(p, shape(rows)), kept)
    _check_probabilities(detached(p))
    if weights is not None:
        p = p * like(weights, detached(rows))
    return sum(log_softmax(_picked(rows, kept)) * p, axis=-1), float(len(kept))


def _picked(rows: Any, kept: Sequence[int]) -> Any:
    """The rows that are kept; one that is not may hold anything, nan too, and gets no gradient."""
    return rows if len(kept) == shape(rows)[0] else rows[list(kept)]


def _spread(costs: Any, kept: Sequence[int], lengths: Shape) -> Any:
    """The costs in the shape of the targets, 0 for a row that is not kept."""
    place = {r: i for i, r in enumerate(kept)}
    order = [place.get(r, len(kept)) for r in range(product(lengths))]
    return reshape(concat([costs, like([0.0], detached(costs))])[order], lengths)


def _kept(mask: Any, lengths: Shape) -> Sequence[int]:
    """The numbers of the rows where the mask holds; without a mask all."""
    if mask is None:
        return range(product(lengths))
    flags, given = _flat(mask)
    if given != lengths:
        raise ValueError(f"cross_entropy: mask needs the shape {lengths}, got {given}")
    return [r for r, flag in enumerate(flags) if flag]


def _weights(weight: Any, classes: int) -> list[float] | None:
    if weight is None:
        return None
    weights, given = _flat(weight)
    if given != (classes,) or not all(0 <= w < math.inf for w in weights):
        raise ValueError(
            f"cross_entropy: weight needs {classes} finite numbers of at least 0, got {weights}"
        )
    return weights


def _check_target(given: Shape, lengths: Shape) -> None:
    if given != lengths[:-1]:
        raise ValueError(
            f"cross_entropy: logits of shape {lengths} take targets of shape {lengths[:-1]} "
            f"(class indices) or {lengths} (probabilities), got {given}"
        )


def _classes(target: Any, count: int, ignore_index: int) -> list[int]:
    """The classes as a flat list, each in its range or `ignore_index`."""
    classes: list[int] = target if isinstance(target, list) else entries(target)
    if set(map(type, classes)) == {int} and min(classes) >= 0 and max(classes) < count:
        return classes
    for k in classes:
        whole = hasattr(k, "__index__") and not isinstance(k, bool)
        if not whole or not (0 <= k < count or k == ignore_index):
            raise ValueError(f"cross_entropy: the class {k!r} is none of 0 ... {count - 1}")
    return classes


def _check_probabilities(p: Any) -> None:
    """ValueError unless every row is at least 0 and sums to 1: nan is refused too."""
    rows, C = entries(p), shape(p)[-1]
    for start in range(0, len(rows), C):
        row = rows[start : start + C]
        if not min(row) >= 0 or not math.isclose(math.fsum(row), 1, abs_tol=ROUNDING):
            raise ValueError(
                "cross_entropy: a row of probabilities must be at least 0 and sum to 1, "
                f"got {row} (whose sum is {math.fsum(row):.6g})"
            )


def _error(loss: str, prediction: Any, target: Any) -> Any:
    """prediction - target, which may be nested lists."""
    _check_same_shape(loss, "prediction", prediction, target)
    listed = isinstance(target, (list, tuple))
    return prediction - (like(target, detached(prediction)) if listed else target)


def _check_same_shape(loss: str, kind: str, given: Any, target: Any) -> None:
    if shape(given) != _shape(target):
        raise ValueError(
            f"{loss}: {kind} has shape {shape(given)}, target has {_shape(target)}"
        )


def _check_reduction(loss: str, reduction: str) -> None:
    if reduction not in REDUCTIONS:
        raise ValueError(f"{loss}: reduction is one of {', '.join(REDUCTIONS)}, got {reduction!r}")


def _reduced(loss: str, terms: Any, reduction: str) -> Any:
    _check_reduction(loss, reduction)
    return REDUCTIONS[reduction](terms)


def _flat(nested: Any) -> tuple[list[Any], Shape]:
    return flatten(nested.tolist() if hasattr(nested, "tolist") else nested)


def _shape(target: Any) -> Shape:
    return flatten(target)[1] if isinstance(target, (list, tuple)) else shape(target)
