"""How wrong a prediction is: one number, the mean over the batch."""

from __future__ import annotations

from typing import Any

from ..arrays.namespace import like, shape
from ..arrays.nesting import flatten
from ..autograd import Tensor, log_softmax, mean, reshape, square, sum
from ..autograd.tensor import detached


def mse_loss(prediction: Any, target: Any) -> Any:
    """The mean of (prediction - target)², over all entries. ValueError where the shapes differ."""
    given, wanted = shape(prediction), shape(target)
    if given != wanted:
        raise ValueError(f"mse_loss: prediction has shape {given}, target has {wanted}")
    return mean(square(prediction - target))


def cross_entropy(logits: Any, target: Any) -> Any:
    """The mean of -log softmax(logits)[target]: in nats; log C for a guess among C classes.

    logits (..., C); target (...) class indices, or (..., C) probabilities (one-hot rows are those
    of a certain class), then -Σ p·log softmax. ValueError for a class that is not there, or where
    the shapes do not fit. Finite for logits of any size.
    """
    lengths = shape(logits)
    if not lengths:
        raise ValueError("cross_entropy: logits need an axis of classes, got shape ()")
    if _shape(target) == lengths:
        p = target if type(target) is Tensor else like(target, detached(logits))
        rows = reshape(log_softmax(logits) * p, (-1, lengths[-1]))
        return -mean(sum(rows, axis=-1))
    classes, wanted = flatten(target.tolist() if hasattr(target, "tolist") else target)
    _check_classes(classes, wanted, lengths)
    rows = logits if len(lengths) == 2 else reshape(logits, (-1, lengths[-1]))
    chosen = log_softmax(rows)[list(range(len(classes))), classes]
    return sum(chosen) / -float(len(classes))


def _shape(target: Any) -> tuple[int, ...]:
    target = detached(target)
    return flatten(target)[1] if isinstance(target, (list, tuple)) else shape(target)


def _check_classes(classes: list[Any], wanted: tuple[int, ...], lengths: tuple[int, ...]) -> None:
    if wanted != lengths[:-1]:
        raise ValueError(
            f"cross_entropy: logits of shape {lengths} take targets of shape {lengths[:-1]} "
            f"(class indices) or {lengths} (probabilities), got {wanted}"
        )
    for k in classes:
        whole = hasattr(k, "__index__") and not isinstance(k, bool)
        if not whole or not 0 <= k < lengths[-1]:
            raise ValueError(f"cross_entropy: the class {k!r} is none of 0 ... {lengths[-1] - 1}")
