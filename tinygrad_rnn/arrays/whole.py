"""Whole numbers of 64 bits: what Python's, which have no largest, need to be int64.

Nothing wraps around: a number that leaves the range is an OverflowError.
"""

from __future__ import annotations

LEAST, MOST = -(2**63), 2**63 - 1


def in_range(asked: str, entries: list[int]) -> list[int]:
    """The entries themselves; OverflowError, naming what was asked, if one leaves 64 bits."""
    if entries and not LEAST <= min(entries) <= max(entries) <= MOST:
        bits = max(n.bit_length() for n in entries) + 1  # one for the sign
        raise OverflowError(
            f"{asked}: a whole number of {bits} bits overflows int64: use astype(x, float64)"
        )
    return entries


def floor_divide(a: int, b: int, /) -> int:
    """The largest whole number that is at most a / b; ValueError for b = 0."""
    return a // _divisor("floor_divide", a, b)


def remainder(a: int, b: int, /) -> int:
    """a - b · floor(a / b), which has the sign of b; ValueError for b = 0."""
    return a % _divisor("remainder", a, b)


def pow(a: int, b: int, /) -> int:
    """a to the power b; ValueError for b < 0."""
    if b < 0:
        raise ValueError(f"pow: {a} to the power {b} is no whole number: use astype(x, float64)")
    if b > 64 and abs(a) > 1:
        raise OverflowError(f"pow: {a} to the power {b} overflows int64: use astype(x, float64)")
    power: int = a**b
    return power


def _divisor(asked: str, a: int, b: int) -> int:
    if b == 0:
        raise ValueError(f"{asked}: {a} by 0 is no whole number: use astype(x, float64)")
    return b
