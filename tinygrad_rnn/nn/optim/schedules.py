"""Schedules: plain functions from the step, counted from 0, to a factor of the learning rate.

`Adam(model, lr=0.01, schedule=warmup_schedule(100, then=cosine_schedule(900)))`. Any function does;
these can be pickled. What a schedule says depends on the step alone, so a run that is resumed goes
on as it would have. ValueError for a number of steps below 1.
"""

from __future__ import annotations

import math
from functools import partial

from ..init import checked_size
from .optimizer import Schedule


def step_schedule(size: int, gamma: float = 0.1) -> Schedule:
    """gamma^⌊step / size⌋: times `gamma` after every `size` steps. As PyTorch's StepLR.

    ValueError for a `gamma` that is not above 0 and finite.

    >>> [step_schedule(2, gamma=0.5)(step) for step in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    checked_size(size=size)
    if not 0 < gamma < math.inf:
        raise ValueError(f"step_schedule: gamma must be above 0 and finite, got {gamma}")
    return partial(_by_steps, size, gamma)


def cosine_schedule(steps: int, least: float = 0.0) -> Schedule:
    """least + (1 - least)·(1 + cos(π·step / steps)) / 2: half a wave from 1 down, then `least`.

    Loshchilov & Hutter 2017, eq. 5, without restarts. ValueError for `least` outside [0, 1].
    """
    checked_size(steps=steps)
    if not 0 <= least <= 1:
        raise ValueError(f"cosine_schedule: least must be in [0, 1], got {least}")
    return partial(_by_cosine, steps, least)


def warmup_schedule(steps: int, then: Schedule | None = None) -> Schedule:
    """(step + 1) / steps up to 1, then 1, or what `then` says of the steps after these.

    TypeError for a `then` that cannot be called.

    >>> [warmup_schedule(2, then=step_schedule(1, gamma=0.5))(step) for step in range(5)]
    [0.5, 1.0, 1.0, 0.5, 0.25]
    """
    checked_size(steps=steps)
    if then is not None and not callable(then):
        raise TypeError(f"warmup_schedule: then must be a schedule, a function, got {then!r}")
    return partial(_by_warmup, steps, then)


def _by_steps(size: int, gamma: float, step: int) -> float:
    return float(gamma ** (step // size))


def _by_cosine(steps: int, least: float, step: int) -> float:
    return least + (1 - least) * (1 + math.cos(math.pi * min(step / steps, 1))) / 2


def _by_warmup(steps: int, then: Schedule | None, step: int) -> float:
    if step < steps:
        return (step + 1) / steps
    return then(step - steps) if then else 1.0
