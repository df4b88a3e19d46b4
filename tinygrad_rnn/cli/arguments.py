"""What the commands share: a parser that complains in one line, and checked numbers."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import Any, NoReturn


class CommandError(Exception):
    """Something that a command cannot do: one line on stderr, exit code 1."""


class UsageError(CommandError):
    """A command that was asked for wrongly: one line on stderr, exit code 2."""


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
