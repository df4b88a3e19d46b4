"""User text in DOT: names, tokens and file names are hostile until they went through here.

In a plain label Graphviz expands \\N and \\l and takes <...> for HTML; in an HTML label < & " are
markup; control characters and lone surrogates break the SVG in both.
"""

from __future__ import annotations

import html

from ..wording import LONGEST, SPACES, clean, columns

COLUMN = 0.51  # the width of a letter of Helvetica, in its height; an East Asian one has two


def plain(text: str, longest: int = LONGEST) -> str:
    """For a plain label or a tooltip: nothing is expanded, and nothing is taken for HTML."""
    label = clean(text, longest).replace("\\", "\\\\").replace("&", "&amp;")
    return f" {label} " if label.startswith("<") and label.endswith(">") else label


def markup(text: str, longest: int = LONGEST) -> str:
    """For use inside an HTML label."""
    return html.escape(clean(text, longest))


def token(text: str) -> str:
    """A token for a small circle: white space as symbols, the rest cut to four letters' width."""
    shown = clean(SPACES.get(text, text))
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
