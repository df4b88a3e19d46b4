"""An SVG ready to stand inside an HTML page: its ids are its own, and a screen reader hears it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from xml.dom.minidom import Document, Element, Text, parseString
from xml.parsers.expat import ExpatError

from .render import RenderError
from .wording import clean

ID_LISTS = ("aria-labelledby", "aria-describedby")  # ids, with spaces between them
LINKS = ("href", "xlink:href")
TEXTS = ("xlink:title", "aria-label", "title")  # shown, never followed


def inline_svg(svg: str, key: str = "", title: str = "") -> str:
    """The `<svg>` element of a picture, without what stands before it in a file of its own.

    Every id, and every reference to one, begins with `key` (a checksum of the picture where there
    is none), so that two pictures on a page do not take each other's gradients and clips. `title`
    is what a screen reader says of it, and its tooltip; the generated names of nodes are left out.
    RenderError for what is no SVG.
    """
    try:
        document = parseString(re.sub("<!--.*?-->", "", svg, flags=re.DOTALL).encode())
    except (ExpatError, UnicodeEncodeError) as error:
        raise RenderError(f"the layout program wrote no well-formed SVG: {error}") from None
    prefix = f"{key or f'g{zlib.crc32(svg.encode()):08x}'}-"
    root, *inner = document.getElementsByTagName("*")
    for element in [root, *inner]:
        for name, value in element.attributes.items():
            element.setAttribute(name, _prefixed(name, value, prefix))
    _label(document, root, title)
    return root.toxml()


def _prefixed(name: str, value: str, prefix: str) -> str:
    """An attribute with its ids prefixed."""
    if name == "id":
        return prefix + value
    if name in LINKS and value.startswith("#"):
        return f"#{prefix}{value[1:]}"
    if name in ID_LISTS:
        return " ".join(prefix + one for one in value.split())
    if name in TEXTS:
        return value
    return re.sub(r"""url\((["']?)#""", rf"url(\1#{prefix}", value)


def _label(document: Document, root: Element, title: str) -> None:
    """Say what the picture is, once: on the element itself and in its only `<title>`."""
    names = root.getElementsByTagName("title")
    said = clean(title or "".join(_texts(names[0]) if names else ["drawing"]), 120)
    for name in names:
        if name.parentNode:
            name.parentNode.removeChild(name)
    root.setAttribute("role", "img")
    root.setAttribute("aria-label", said)
    spoken = document.createElement("title")
    spoken.appendChild(document.createTextNode(said))
    root.insertBefore(spoken, root.firstChild)


def _texts(element: Element) -> Iterator[str]:
    return (child.data for child in element.childNodes if isinstance(child, Text))
