"""What pictures, pages and plots say: any text, so that it can be shown; a norm, in few letters."""

from __future__ import annotations

import math
import unicodedata

SPACES = {" ": "\u00b7", "\n": "\u00b6", "\t": "\u00bb"}  # · ¶ »: in every font
LONGEST = 40


def clean(text: str, longest: int = LONGEST) -> str:
    """The text without what cannot be shown, cut with an ellipsis.

    >>> clean("a\\x00b\\ud800")
    'a\\ufffdb\\ufffd'
    """
    shown = "".join("\ufffd" if _unshowable(c) else c for c in text[: longest + 1])
    return shown if len(shown) <= longest else shown[: longest - 1] + "\u2026"


def columns(text: str) -> int:
    """How many letters broad a text is: an East Asian letter and an emoji are two, an accent none.

    >>> columns("LSTM"), columns("하늘"), columns("e\\u0301")
    (4, 4, 1)
    """
    return sum(
        0 if unicodedata.category(c) in ("Mn", "Me", "Cf")
        else 2 if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )


def number(norm: float | None) -> str:
    """A norm in few characters; nothing for none.

    >>> [number(v) for v in (7e-15, 0.0081, 0.022, 4.4, 667.0, 8e6, 0.0)]
    ['7e-15', '8e-3', '0.022', '4.4', '667', '8e6', '0']
    """
    if norm is None:
        return ""
    if norm == 0 or 0.01 <= norm < 100 or not math.isfinite(norm):
        return f"{norm:.2g}"
    if 100 <= norm < 1000:
        return f"{norm:.0f}"
    mantissa, exponent = f"{norm:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def norm_said(norm: float | None) -> str:
    """A norm in words, for a tooltip.

    >>> norm_said(0.25), norm_said(None)
    ('0.25', 'no gradient')
    """
    return "no gradient" if norm is None else f"{norm:.2g}"


def _unshowable(c: str) -> bool:
    """Control characters, lone surrogates, marks that turn the writing, and noncharacters."""
    if ord(c) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(c) <= 0xFDEF:
        return True
    return unicodedata.category(c) in ("Cc", "Cs", "Cf", "Zl", "Zp") and c != "\u200d"
