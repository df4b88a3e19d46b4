"""What commands write: a picture in a file whose ending says the format, a page, other files."""

from __future__ import annotations

import argparse
import os
import sys
import webbrowser
from pathlib import Path
from typing import Any

from ..graph.drawing import FORMATS, Drawing, draw
from ..graph.levels import LEVELS
from ..graph.page import Page
from ..graph.render import RenderError
from ..graph.views.summary import SHOWN
from .arguments import CommandError, Parser, UsageError, at_least

UNITS = {"lag0": "lag0", "none": None}


def add_picture_options(
    parser: Parser, out: str, level: str, normalise: str, endings: tuple[str, ...] = FORMATS
) -> None:
    """Enter the options that say how the picture looks and where it goes."""
    add = parser.add_argument
    add("--out", default=out, metavar="FILE", help=f"{', '.join(endings)} (default {out})")
    add("--level", choices=LEVELS, default=level, help=f"how near to look (default {level})")
    add(
        "--normalise",
        choices=UNITS,
        default=normalise,
        help=f"norms relative to the last state, or none: absolute (default {normalise})",
    )
    add("--max-columns", type=at_least(4), metavar="N", help="draw at most N steps")
    add("--show", choices=SHOWN, help="what stands in a node")
    add("--direction", choices=("LR", "TB"), default="LR", help="of time (default LR)")
    add("--open", action="store_true", help="open the file in a browser")


def picture(args: argparse.Namespace, networks: Any, loss: int | str, tokens: str) -> Drawing:
    """The drawing that was asked for."""
    try:
        return draw(
            networks,
            level=args.level,
            loss=loss,
            normalise=UNITS[args.normalise],
            max_columns=args.max_columns,
            tokens=tokens,
            show=args.show,
            direction=args.direction,
        )
    except ValueError as error:
        raise CommandError(str(error)) from None


def save(made: Drawing | Page, out: Path) -> None:
    """Write the picture or the page; of a picture that nothing can lay out, its DOT instead."""
    try:
        made.save(out)
    except RenderError as error:
        source = out.with_suffix(".dot")
        if source.exists():  # it may be somebody's
            source = out.with_name(f"{out.name}.dot")
        made.save(source)
        raise CommandError(f"{error}; the DOT source is in {source}") from None


def checked_out(name: str, endings: tuple[str, ...] = FORMATS) -> Path:
    """The path to write to. UsageError where that cannot be done, before any work."""
    if Path(name).suffix.removeprefix(".").lower() not in endings:
        raise UsageError(f"--out {name}: its ending must be one of {', '.join(endings)}")
    return checked_file("--out", name)


def checked_file(option: str, name: str) -> Path:
    """The path that an option asks to write to. UsageError where that cannot be done."""
    path = Path(name)
    if not path.parent.is_dir():
        raise UsageError(f"{option} {name}: there is no folder {path.parent}")
    if path.is_dir():
        raise UsageError(f"{option} {name}: this is a folder")
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"{option} {name}: the folder {path.parent} cannot be written to")
    return path


def opened(args: argparse.Namespace, out: Path) -> None:
    """Show the file in a browser, if that was asked for."""
    if args.open and not webbrowser.open(out.resolve().as_uri()):
        print(f"tinygrad-rnn: found no browser to open {out} with", file=sys.stderr)
