"""Clipping: gradients that are too large are made smaller, before the step."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from ...arrays.namespace import norm
from ...autograd import Tensor, clip
from ..module import Module
from .optimizer import Grads

Parameters = Module | Tensor | Iterable[Tensor]


def clip_grad_norm(parameters: Parameters, max_norm: float, grads: Grads | None = None) -> float:
    """Scale the gradients of `parameters` together so that their norm is at most `max_norm`.

    They are replaced where they are: in `grads`, as `gradients` returns, else in each `.grad`.
    Returns the norm √(Σ g²) that they had. A gradient that is not finite is left for you to see.
    ValueError for a `max_norm` that is not above 0. Pascanu et al. 2013, alg. 1.
    """
    if not max_norm > 0:
        raise ValueError(f"clip_grad_norm: max_norm must be above 0, got {max_norm}")
    found = _found(parameters, grads)
    total = math.hypot(*map(norm, found.values()))
    if max_norm < total < math.inf:
        for p, g in found.items():
            _put(p, g * (max_norm / total), grads)
    return total


def clip_grad_value(parameters: Parameters, max_value: float, grads: Grads | None = None) -> None:
    """Cut every entry of the gradients of `parameters` to ±max_value: this may turn them.

    They are replaced where they are: in `grads`, as `gradients` returns, else in each `.grad`. A
    nan is left for you to see. ValueError for a `max_value` that is not above 0.
    """
    if not max_value > 0:
        raise ValueError(f"clip_grad_value: max_value must be above 0, got {max_value}")
    for p, g in _found(parameters, grads).items():
        _put(p, clip(g, -max_value, max_value), grads)


def _found(parameters: Parameters, grads: Grads | None) -> Grads:
    """The gradient of each parameter that has one."""
    if isinstance(parameters, Tensor):  # iterable, but its rows are no parameters
        parameters = [parameters]
    chosen = parameters.parameters() if isinstance(parameters, Module) else parameters
    found: Grads = {p: p.grad if grads is None else grads.get(p) for p in chosen}
    return {p: g for p, g in found.items() if g is not None}


def _put(parameter: Tensor, g: Any, grads: Grads | None) -> None:
    if grads is None:
        parameter.grad = g
    else:
        grads[parameter] = g
