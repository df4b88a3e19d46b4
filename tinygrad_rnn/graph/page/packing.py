"""Numbers as the page has them, in few characters.

    packed    norms as log10 in hundredths, two bytes each, in base64: from 1e-320 to 1e320. No
              gradient, 0, nan and infinity have a value each
"""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import Iterable

from ..views.columns import Norm

NONE, ZERO, INFINITE, NAN = -32768, -32767, 32766, 32767


def pack(norms: Iterable[Norm]) -> str:
    """Norms in few characters.

    >>> pack([1.0, None, 0.0])
    'AAAAgAGA'
    """
    numbers = [hundredths(value) for value in norms]
    return base64.b64encode(struct.pack(f"<{len(numbers)}h", *numbers)).decode()


def hundredths(value: Norm) -> int:
    """The logarithm of a norm, to the base 10, in hundredths; or what stands for none."""
    if value is None:
        return NONE
    if value == 0:
        return ZERO
    if not math.isfinite(value):
        return NAN if math.isnan(value) else INFINITE
    return round(100 * math.log10(value))


def number(value: float) -> float | str:
    """Four digits, as JSON has them; a word for what is not finite."""
    return float(f"{value:.4g}") if math.isfinite(value) else str(value)
