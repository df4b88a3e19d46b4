"""tinygrad-rnn: the command line. Results on stdout, progress and errors on stderr.

Exit codes: 0 done, 1 it could not be done, 2 it was asked for wrongly, 130 Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from .. import __version__
from . import (
    bench_tasks_command,
    check_command,
    draw_command,
    exchange_command,
    flow_command,
    lab_command,
    ops_command,
    sample_command,
    tasks_command,
    train_command,
)
from .arguments import CommandError, Parser

COMMANDS = (
    flow_command,
    draw_command,
    lab_command,
    train_command,
    sample_command,
    tasks_command,
    bench_tasks_command,
    exchange_command,
    ops_command,
    check_command,
)
INTRODUCTION = """See where the gradient of a recurrent network dies. Try first:

  tinygrad-rnn flow                      an RNN, an LSTM and a GRU read the start of Alice
  tinygrad-rnn flow --text YOUR_FILE     they read your text
  tinygrad-rnn flow --help               everything it can do

Then:

  tinygrad-rnn train temporal_order      a network learns a task; `tinygrad-rnn tasks` lists all
  tinygrad-rnn lab                       before training: what reaches the first step
  tinygrad-rnn ops                       every op with its rules
  tinygrad-rnn check                     every rule against finite differences"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    try:
        args = _parser().parse_args(argv)
        if not hasattr(args, "run"):
            print(INTRODUCTION)
            return 0
        args.run(args)
        if sys.stdout is not None:  # None: it was closed before we began
            sys.stdout.flush()
    except CommandError as error:
        print(f"tinygrad-rnn: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        return _system_error(error)
    except (MemoryError, OverflowError):
        print("tinygrad-rnn: too large for this machine's memory", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> Parser:
    parser = Parser(prog="tinygrad-rnn", description="Backpropagation through time, made visible.")
    parser.add_argument("--version", action="version", version=f"tinygrad-rnn {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(commands)
    return parser


def _system_error(error: OSError) -> int:
    """A reader that went away has seen enough, and is no error; a full disk is."""
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    place = f"{error.filename}: " if error.filename else ""
    print(f"tinygrad-rnn: {place}{error.strerror or error}", file=sys.stderr)
    return 1
