"""Chance, drawn from `rng.random()` alone.

Python promises the same stream in every version for seeding and `random()`, and for nothing else:
so a seed makes the same batch everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import TypeVar

Thing = TypeVar("Thing")


def below(rng: Random, n: int) -> int:
    """A whole number of 0 ... n-1, each as likely as another."""
    return int(n * rng.random())


def between(rng: Random, least: int, most: int) -> int:
    """A whole number of least ... most, both included."""
    return least + below(rng, most - least + 1)


def pick(rng: Random, things: Sequence[Thing]) -> Thing:
    """One of the things."""
    return things[below(rng, len(things))]


def normal(rng: Random, deviation: float) -> float:
    """A draw from N(0, deviation²), by Box and Muller (1958)."""
    radius = math.sqrt(-2 * math.log(1 - rng.random()))  # of (0, 1]: a logarithm of 0 there is none
    return deviation * radius * math.cos(math.tau * rng.random())


def distinct(rng: Random, n: int, k: int) -> list[int]:
    """k different numbers of 0 ... n-1: the start of a shuffle, of which only k swaps are kept."""
    moved: dict[int, int] = {}
    drawn = []
    for i in range(k):
        j = between(rng, i, n - 1)
        drawn.append(moved.get(j, j))
        moved[j] = moved.get(i, i)
    return drawn
