"""Where a random.Random stands, as plain data: the numbers that it would give next."""

from __future__ import annotations

import random
from typing import Any


def rng_state(rng: random.Random) -> list[Any]:
    """The state of `rng` as what JSON holds: [version, 625 whole numbers, a float or None].

    >>> rng = random.Random(0)
    >>> restore_rng(rng_state(rng)).random() == rng.random()
    True
    """
    version, numbers, gauss = rng.getstate()
    return [version, list(numbers), gauss]


def restore_rng(state: Any) -> random.Random:
    """A random.Random that goes on where the one of `rng_state` stood; ValueError for no state."""
    rng = random.Random()
    try:
        version, numbers, gauss = state
        asked = (version, tuple(numbers), gauss)
        rng.setstate(asked)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"no state of a random.Random: {state!r:.80}") from None
    if rng.getstate() != asked or not isinstance(gauss, (float, type(None))):
        raise ValueError(f"no state of a random.Random of this Python: {state!r:.80}")
    return rng
