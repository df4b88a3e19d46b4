"""The colour and width of a gradient norm: pale where it vanishes, purple at 1, red above.

    norm    a gradient norm; None where no gradient came by
    e       log10(norm)
    u       where e lies on the scale: 0 at the lowest, 0.72 at norm 1, 1 at the highest

The number printed beside a colour is never clamped; the colour is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

STOPS = (
    (0.0, (0xD6, 0xE4, 0xF1)),
    (0.35, (0x9E, 0xC3, 0xE6)),
    (0.58, (0x3F, 0x83, 0xC5)),
    (0.72, (0x5B, 0x3C, 0x9E)),
    (0.86, (0xC2, 0x18, 0x5B)),
    (1.0, (0x7F, 0x00, 0x00)),
)
PAPER, INK, LINE, FAINT = "#ffffff", "#222222", "#555555", "#c8c8c8"
RAIL, PARAMETER = "#e3c46b", "#ffe9a8"
NOT_FINITE = "#ffd400"
LOWEST, HIGHEST = -12, 12  # exponents: the colour goes no further, the number does


class Look(NamedTuple):
    """How one norm is drawn, as a filled shape and as a line."""

    fill: str
    text: str
    line: str
    width: str
    style: str

    def edge(self, tip: str) -> dict[str, str]:
        """The attributes of an edge in DOT; `tip` is its tooltip, fit for DOT."""
        line = {"color": self.line, "penwidth": self.width, "style": self.style}
        return {**line, "tooltip": tip, "edgetooltip": tip}


NONE = Look(PAPER, INK, FAINT, "0.6", "dotted")
BROKEN = Look(NOT_FINITE, INK, "#e0a800", "3.0", "dashed")


class Scale(NamedTuple):
    """The exponents of ten where the colours begin and end, and what is drawn off the scale."""

    lo: int
    hi: int
    zero: bool = False  # some norm is exactly 0
    broken: bool = False  # some norm is nan or infinite

    def position(self, e: float) -> float:
        """u for an exponent, clamped to the scale."""
        u = 0.72 * (e - self.lo) / -self.lo if e <= 0 else 0.72 + 0.28 * e / self.hi
        return min(max(u, 0.0), 1.0)

    def look(self, norm: float | None) -> Look:
        """The look of a norm: white for none and for exactly 0, its own for nan and infinity."""
        if norm is None or norm == 0:
            return NONE
        if not math.isfinite(norm):
            return BROKEN
        u = self.position(math.log10(norm))
        rgb = _colour(u)
        fill = "#{:02x}{:02x}{:02x}".format(*rgb)
        text = "#ffffff" if _luminance(rgb) < 0.30 else INK
        return Look(fill, text, fill, f"{0.8 + 3.6 * u:.2f}", "solid")


def scale_for(norms: Iterable[float | None]) -> Scale:
    """The scale on which all these norms fit, as far as colours go."""
    reached = [norm for norm in norms if norm is not None]
    exponents = [math.log10(norm) for norm in reached if norm and math.isfinite(norm)]
    lo = math.floor(min(exponents, default=0.0))
    hi = math.ceil(max(exponents, default=0.0))
    return Scale(
        lo=min(max(lo, LOWEST), -2),
        hi=max(min(hi, HIGHEST), 1),
        zero=0.0 in reached,
        broken=not all(map(math.isfinite, reached)),
    )


def _colour(u: float) -> tuple[int, int, int]:
    """Straight lines between the stops."""
    for (u0, low), (u1, high) in zip(STOPS, STOPS[1:], strict=False):
        if u <= u1:
            share = (u - u0) / (u1 - u0)
            r, g, b = (round(p + share * (q - p)) for p, q in zip(low, high, strict=True))
            return r, g, b
    return STOPS[-1][1]


def _luminance(rgb: tuple[int, int, int]) -> float:
    """Relative luminance, 0 black to 1 white (WCAG 2, without its gamma near black)."""
    r, g, b = (math.pow(channel / 255, 2.2) for channel in rgb)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
