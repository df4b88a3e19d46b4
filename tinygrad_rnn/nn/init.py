"""How a parameter starts."""

from __future__ import annotations

import random

from ..arrays import asarray
from ..arrays.shapes import product
from ..autograd import Tensor, reshape


def uniform(
    shape: tuple[int, ...], bound: float, rng: random.Random, *, shift: float = 0.0, name: str = ""
) -> Tensor:
    """Uniform in ±bound, plus `shift`."""
    entries = [shift + rng.uniform(-bound, bound) for _ in range(product(shape))]
    return Tensor(reshape(asarray(entries), shape), name=name or None)


def normal(shape: tuple[int, ...], rng: random.Random, *, name: str = "") -> Tensor:
    """Normal with mean 0 and standard deviation 1."""
    entries = [rng.gauss(0.0, 1.0) for _ in range(product(shape))]
    return Tensor(reshape(asarray(entries), shape), name=name or None)


def checked_size(**sizes: int) -> None:
    """ValueError for a size that is not a whole number of at least 1."""
    for name, size in sizes.items():
        if not isinstance(size, int) or size < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {size!r}")
