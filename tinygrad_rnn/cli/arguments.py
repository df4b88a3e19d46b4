"""What the commands share: a parser that complains in one line, and checked numbers."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import math
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, ClassVar, NoReturn


class CommandError(Exception):
    """Something that a command cannot do: one line on stderr, and an exit code."""

    exit_code: ClassVar[int] = 1


class UsageError(CommandError):
    """A command that was asked for wrongly."""

    exit_code = 2


class Stopped(CommandError):
    """A command that somebody has stopped."""

    exit_code = 130


@contextlib.contextmanager
def refused(kind: type[CommandError] = CommandError) -> Iterator[None]:
    """A ValueError of the block becomes an error of the command."""
    try:
        yield
    except ValueError as error:
        raise kind(str(error)) from None


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Raise what `main` prints."""
        raise UsageError(f"{message} (see {self.prog} --help)")


def add_command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], None], help: str, **texts: str
) -> Parser:
    """Enter a command with its description and its example, as they are folded in the source."""
    parser: Parser = commands.add_parser(
        name, help=help, formatter_class=argparse.RawDescriptionHelpFormatter, **texts
    )
    parser.set_defaults(run=run)
    return parser


def add_choice(parser: Parser, what: str) -> None:
    """The options of a command that goes over some of what there is, by name."""
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which {what} (default: all)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")


def chosen(names: Sequence[str], known: Collection[str], what: str) -> list[str]:
    """The names without repetition, all for none; UsageError for one that is not known."""
    for name in names:
        if name not in known:
            similar = difflib.get_close_matches(name, known)
            hint = f"did you mean {', '.join(similar)}?" if similar else "leave it out to see all"
            raise UsageError(f"'{name}' is none of the {what}: {hint}")
    return list(dict.fromkeys(names or known))


def at_least(least: int) -> Callable[[str], int]:
    """The type of a whole number from `least` up."""

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(f"{text}: needs a whole number of at least {least}")
        return value

    return number


def finite(text: str) -> float:
    """The type of a number that is neither nan nor infinite."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text}: needs a finite number")
    return value


def above_0(text: str) -> float:
    """The type of a finite number above 0."""
    value = finite(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text}: needs a number above 0")
    return value


def not_negative(text: str) -> float:
    """The type of a finite number of at least 0."""
    value = finite(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text}: needs a number of at least 0")
    return value


def share(text: str) -> float:
    """The type of a number in [0, 1)."""
    value = finite(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text}: needs a share: at least 0, and below 1")
    return value
