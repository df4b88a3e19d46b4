"""User text in DOT: names, tokens and file names are hostile until they went through here.

In a plain label Graphviz expands \\N and \\l and takes <...> for HTML; in an HTML label < & " are
markup; control characters and lone surrogates break the SVG in both.
"""

from __future__ import annotations

import html
import unicodedata

SYMBOLS = {" ": "\u00b7", "\n": "\u00b6", "\t": "\u00bb"}  # · ¶ »: in every font
LONGEST = 40
COLUMN = 0.51  # the width of a letter of Helvetica, in its height; an East Asian one has two


def clean(text: str, longest: int = LONGEST) -> str:
    """The text without what cannot be shown, cut with an ellipsis.

    >>> clean("a\\x00b\\ud800")
    'a\\ufffdb\\ufffd'
    """
    shown = "".join("\ufffd" if _unshowable(c) else c for c in text[: longest + 1])
    return shown if len(shown) <= longest else shown[: longest - 1] + "\u2026"


def plain(text: str, longest: int = LONGEST) -> str:
    """For a plain label or a tooltip: nothing is expanded, and nothing is taken for HTML."""
    label = clean(text, longest).replace("\\", "\\\\").replace("&", "&amp;")
    return f" {label} " if label.startswith("<") and label.endswith(">") else label


def markup(text: str, longest: int = LONGEST) -> str:
    """For use inside an HTML label."""
    return html.escape(clean(text, longest))


def token(text: str) -> str:
    """A token for a small circle: white space as symbols, the rest cut to four letters' width."""
    shown = clean(SYMBOLS.get(text, text))
    if columns(shown) <= 4:
        return plain(shown)
    kept = max(k for k in (1, 2, 3) if k == 1 or columns(shown[:k]) <= 3)
    return plain(shown, kept + 1)


def breadth(text: str, points: float = 12) -> float:
    """How broad a text is, about, in inches at a font size in points.

    A layout program without the font takes a Korean syllable for one letter: give the node this.

    >>> [round(breadth(text), 2) for text in ("tanh", "하늘")]
    [0.34, 0.34]
    """
    return columns(text) * COLUMN * points / 72


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


def _unshowable(c: str) -> bool:
    """Control characters, lone surrogates, marks that turn the writing, and noncharacters."""
    if ord(c) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(c) <= 0xFDEF:
        return True
    return unicodedata.category(c) in ("Cc", "Cs", "Cf", "Zl", "Zp") and c != "\u200d"
