"""The legend: the graph's own HTML label, so that it never disturbs the ranks."""

from __future__ import annotations

import math

from .palette import LOWEST, Scale
from .text import markup

FIELDS = 36  # about so many coloured fields
TABLE = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">'
TICKS = 7  # at most so many numbers below them

Ends = tuple[str, str]
OVER_TIME: Ends = ("vanishing", "exploding")
TIMELESS: Ends = ("small", "large")  # of what has no steps in which it might grow


def legend_label(title: str, subtitle: str, scale: Scale, ends: Ends = OVER_TIME) -> str:
    """A title, what the colours mean, and the scale between its two ends."""
    heading, said = markup(title, 120) or " ", markup(subtitle, 200) or " "  # Graphviz needs one
    return (
        f"<{TABLE}"
        f'<TR><TD><FONT POINT-SIZE="15"><B>{heading}</B></FONT></TD></TR>'
        f'<TR><TD><FONT POINT-SIZE="10" COLOR="#666666">{said}</FONT></TD></TR>'
        f"<TR><TD>{_bar(scale, *ends)}</TD></TR>{_off_the_scale(scale)}</TABLE>>"
    )


def _bar(scale: Scale, low: str, high: str) -> str:
    """The scale, in a table of its own: a long subtitle must not stretch its fields."""
    per_decade = max(1, round(FIELDS / (scale.hi - scale.lo)))
    return (
        f'{TABLE}<TR><TD ALIGN="RIGHT"><FONT POINT-SIZE="10" COLOR="#3f83c5">{low} </FONT></TD>'
        f"{_fields(scale, per_decade)}"
        f'<TD ALIGN="LEFT"><FONT POINT-SIZE="10" COLOR="#7f0000"> {high}</FONT></TD></TR>'
        f"<TR><TD></TD>{_ticks(scale, per_decade)}<TD></TD></TR></TABLE>"
    )


def _fields(scale: Scale, per_decade: int) -> str:
    """The coloured fields, each in the colour of its middle."""
    count = (scale.hi - scale.lo) * per_decade
    middles = (scale.lo + (k + 0.5) / per_decade for k in range(count))
    fills = (scale.look(10.0**e).fill for e in middles)
    return "".join(f'<TD BGCOLOR="{fill}" WIDTH="11" HEIGHT="10"></TD>' for fill in fills)


def _ticks(scale: Scale, per_decade: int) -> str:
    """Powers of ten, each below the left edge of its decade; 1 is always among them."""
    every = math.ceil((scale.hi - scale.lo) / TICKS)
    first = scale.lo + -scale.lo % every
    cells = [_cell((first - scale.lo) * per_decade, "")] if first > scale.lo else []
    for e in range(first, scale.hi, every):
        width = (min(e + every, scale.hi) - e) * per_decade
        cells.append(_cell(width, _tick(e)))
    return "".join(cells)


def _tick(e: int) -> str:
    """A power of ten; the lowest colour also stands for all that is smaller."""
    return "1" if e == 0 else f"&lt;1e{e}" if e == LOWEST else f"1e{e}"


def _cell(width: int, text: str) -> str:
    content = f'<FONT POINT-SIZE="9">{text}</FONT>' if text else ""
    return f'<TD COLSPAN="{width}" ALIGN="LEFT">{content}</TD>'


def _off_the_scale(scale: Scale) -> str:
    """What has no colour on the scale, where there is any of it."""
    zero = ["white, dotted: exactly 0, or no gradient"] if scale.zero else []
    broken = ["yellow, dashed: nan or infinite"] if scale.broken else []
    text = " · ".join([*zero, *broken])
    return f'<TR><TD><FONT POINT-SIZE="9">{text}</FONT></TD></TR>' if text else ""
