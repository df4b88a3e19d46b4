"""What is said of an array in a few characters: a number, its statistics, its shape."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ...arrays.namespace import entries

SHOWN = ("grad", "value", "both", "shape")


def check_show(show: str | None) -> None:
    """ValueError for what cannot be shown in a node; None leaves it to the level."""
    if show not in (*SHOWN, None):
        raise ValueError(f"show is one of {', '.join(SHOWN)}, got {show!r}")


class Statistics(NamedTuple):
    """Of the entries of an array; nan where there are none."""

    norm: float
    mean: float
    std: float
    least: float
    most: float


def statistics(value: Any) -> Statistics:
    """The statistics of a number or an array.

    >>> statistics([3.0, 4.0])
    Statistics(norm=5.0, mean=3.5, std=0.5, least=3.0, most=4.0)
    """
    numbers = entries(value)
    if not numbers:
        return Statistics(0.0, math.nan, math.nan, math.nan, math.nan)
    mean = sum(numbers) / len(numbers)
    std = math.hypot(*(x - mean for x in numbers)) / math.sqrt(len(numbers))
    return Statistics(math.hypot(*numbers), mean, std, min(numbers), max(numbers))


def said(value: Any) -> str:
    """The number itself; of an array mean ± standard deviation.

    >>> said(0.25), said([1.0, 3.0])
    ('0.25', '2±1')
    """
    found = statistics(value)
    shape: tuple[int, ...] = getattr(value, "shape", (1,) if isinstance(value, list) else ())
    if shape == ():
        return f"{found.mean:.2g}"
    return f"{found.mean:.2g}±{found.std:.1g}" if math.isfinite(found.mean) else "nan"


def shape_said(shape: tuple[int, ...]) -> str:
    """A shape as it is spoken: 1×8; a number has none.

    >>> shape_said((1, 8)), shape_said(())
    ('1×8', '1')
    """
    return "×".join(map(str, shape)) or "1"
