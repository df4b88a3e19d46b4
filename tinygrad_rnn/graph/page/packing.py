"""Numbers as the page has them, in few characters.

    exponent    log10 of a norm: -inf for 0, nan and inf as they are; None where no gradient came by
    packed      exponents in hundredths, row by row with a space between. A row is read from its end
                back, as the gradient goes. One of the LETTERS is a number: the one before it and
                -40 to 40 more; + and - are 81 up and down on the way to it. The other SIGNS are
                numbers without a size
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from ..views.columns import Norm

LEAPS = "-+"
SIGNS = {"nothing": ".", "zero": "0", "infinite": "^", "nan": "?"}
# 81 printable characters; those that JSON or HTML would have to escape are left out.
LETTERS = "".join(c for c in map(chr, range(33, 126)) if c not in "\"&'<>\\-+.0^?")
HALF = len(LETTERS) // 2


def pack(rows: Iterable[Iterable[Norm]]) -> str:
    """Rows of norms in few characters.

    >>> pack([[0.5, 1.0], [None, 0.01, 0.0]])
    'S2 0--$.'
    """
    return pack_exponents([exponent(norm) for norm in row] for row in rows)


def pack_exponents(rows: Iterable[list[float | None]]) -> str:
    """The same of what are logarithms already."""
    return " ".join("".join(_written(row)) for row in rows)


def _written(row: list[float | None]) -> Iterator[str]:
    before = 0
    for e in reversed(row):
        if e is None or not math.isfinite(e):
            yield _sign(e)
            continue
        step = round(100 * e) - before
        leaps = round(step / len(LETTERS))
        yield LEAPS[leaps > 0] * abs(leaps)
        yield LETTERS[step - leaps * len(LETTERS) + HALF]
        before += step


def _sign(e: float | None) -> str:
    if e is None:
        return SIGNS["nothing"]
    return SIGNS["nan"] if math.isnan(e) else SIGNS["infinite" if e > 0 else "zero"]


def exponent(norm: Norm) -> float | None:
    """The logarithm of a norm to the base 10.

    >>> exponent(0.01), exponent(0.0), exponent(None)
    (-2.0, -inf, None)
    """
    if norm is None or not math.isfinite(norm):
        return norm
    return math.log10(norm) if norm else -math.inf


def number(value: float) -> float | str:
    """Four digits, as JSON has them; a word for what is not finite."""
    return float(f"{value:.4g}") if math.isfinite(value) else str(value)
