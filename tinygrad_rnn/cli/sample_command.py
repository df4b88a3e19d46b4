"""`sample`: text from a network that has learned one."""

from __future__ import annotations

import argparse
import io
import sys
from random import Random
from typing import Any

from ..tasks import Alphabet, Corpus
from ..training import Training, sample
from .arguments import CommandError, UsageError, add_command, at_least, not_negative, refused
from .runs import resumed

DESCRIPTION = """Let the network of a checkpoint write: it reads the prompt, guesses the next
character, reads what it guessed, and so on. The checkpoint is one of `train characters`; the text
is UTF-8, whatever the terminal is."""
EXAMPLE = """examples:
  tinygrad-rnn train characters --text README.md --save readme.safetensors
  tinygrad-rnn sample readme.safetensors --prompt "The gradient" --length 300 --temperature 0.7"""


def add_to(commands: Any) -> None:
    """Enter the command and its options."""
    help = "text from a network that was trained on one"
    parser = add_command(commands, "sample", run, help, description=DESCRIPTION, epilog=EXAMPLE)
    add = parser.add_argument
    add("checkpoint", metavar="CHECKPOINT", help="a file that train has saved")
    add("--length", type=at_least(1), default=200, metavar="N", help="characters (default 200)")
    add(
        "--temperature",
        type=not_negative,
        default=1.0,
        metavar="T",
        help="1: as it was learned, 0: the likeliest each time (default 1)",
    )
    add("--prompt", default="", metavar="TEXT", help="what the network reads first, and is printed")
    add("--seed", type=int, default=0, help="of what is drawn (default 0)")


def run(args: argparse.Namespace) -> None:
    """Print the prompt, and character by character what follows it."""
    training = resumed(args.checkpoint)
    alphabet = _alphabet(training, args.checkpoint)
    with refused(UsageError):
        drawn = sample(
            training.model,
            alphabet,
            args.length,
            Random(args.seed),
            args.temperature,
            args.prompt,
        )
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    print(args.prompt, end="")
    with refused(CommandError):
        for character in drawn:
            print(character, end="", flush=True)
    print()


def _alphabet(training: Training, path: str) -> Alphabet:
    """The characters that the network knows. CommandError for one that knows none."""
    data = training.task.data
    if isinstance(data, Corpus) and isinstance(data.symbols, Alphabet):
        return data.symbols
    raise CommandError(f"{path} has learned {training.task.name}: only characters make a text")
