"""Tasks over the user's text: guess the next character, or the next word."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random

from .batch import Batch, Example, batched, check_draw
from .draws import distinct
from .text import Alphabet, Vocabulary


@dataclass(frozen=True)
class Corpus:
    """A text as numbers (N), each the number of a character or of a word."""

    symbols: Alphabet | Vocabulary
    numbers: tuple[int, ...]

    @classmethod
    def of(cls, text: str, kind: type[Alphabet] | type[Vocabulary] = Alphabet) -> Corpus:
        """The text in its own characters; or in its own words, where kind is Vocabulary.

        ValueError for a text that has none.

        >>> Corpus.of("abba").numbers
        (0, 1, 1, 0)
        """
        symbols = kind.of(text)
        if not symbols.size:
            raise ValueError(f"Corpus.of: expected a text to learn from, got {text[:20]!r}")
        return cls(symbols, tuple(symbols.encode(text)))

    def split(self, share: float = 0.1) -> tuple[Corpus, Corpus]:
        """All but the text's last part, for training, and that part, for validation.

        Of the N symbols the part has share·N, rounded down. ValueError where either has none.
        """
        held_out = int(share * len(self.numbers))
        if not 0 < held_out < len(self.numbers):
            raise ValueError(
                f"Corpus.split: share {share} leaves {held_out} of {len(self.numbers)} symbols "
                "for validation: each part needs at least one"
            )
        cut = len(self.numbers) - held_out
        return Corpus(self.symbols, self.numbers[:cut]), Corpus(self.symbols, self.numbers[cut:])

    @property
    def sizes(self) -> tuple[int, int]:
        """How many symbols may come in, and go out: all of them."""
        return self.symbols.size, self.symbols.size

    @cached_property
    def counts(self) -> list[int]:
        """How often each symbol occurs, by its number."""
        counted = Counter(self.numbers)
        return [counted[k] for k in range(self.symbols.size)]

    @property
    def chance(self) -> float:
        """The share that is right of the constant guess: the share of the most frequent symbol."""
        return max(self.counts) / len(self.numbers)

    @property
    def entropy(self) -> float:
        """-Σ p ln p in nats: the cross entropy of a guess that knows how often symbols occur."""
        shares = [count / len(self.numbers) for count in self.counts if count]
        return abs(math.fsum(p * math.log(p) for p in shares))  # of one symbol 0, and not -0


def characters(rng: Random, batch: int, length: int, corpus: Corpus) -> Batch:
    """Windows of a text, from anywhere in it: at every step, which symbol comes next?

    xs (T, B) tokens; an answer every step, a class for each symbol. Each window starts elsewhere.
    Chance: `corpus.chance` right. Baseline: how often symbols occur, a cross entropy of
    `corpus.entropy` nats. Source: the networks of Sutskever, Martens and Hinton (2011). ValueError
    where the text has fewer windows of length + 1 than the batch needs.
    """
    check_draw("characters", rng, batch=batch, length=length)
    windows = len(corpus.numbers) - length
    _check_windows("characters", corpus, length, batch, windows)
    return batched(
        _window(corpus.numbers, start, length) for start in distinct(rng, windows, batch)
    )


def stream(rng: Random, batch: int, length: int, corpus: Corpus, position: int) -> Batch:
    """Window number `position` of each of B parallel readings: their states can be carried on.

    The text is cut into B parts of one length, part b is read by sequence b, window after window;
    after `chunks` windows the reading starts again, at which the state should be reset. Nothing is
    drawn from rng: `position` alone says where the reading stands, so that it can be resumed.
    Shapes and errors as those of `characters`. ValueError for a negative position.
    """
    check_draw("stream", rng, batch=batch, length=length)
    if position < 0:
        raise ValueError(f"stream: position must be 0 or more, got {position}")
    start = position % chunks(corpus, batch, length) * length
    part = (len(corpus.numbers) - 1) // batch
    return batched(_window(corpus.numbers, b * part + start, length) for b in range(batch))


def chunks(corpus: Corpus, batch: int, length: int) -> int:
    """How many windows each of B parallel readings of the text has. ValueError for none."""
    count = (len(corpus.numbers) - 1) // batch // length
    _check_windows("stream", corpus, length, batch, count * batch)
    return count


def _window(numbers: Sequence[int], start: int, length: int) -> Example:
    window = list(numbers[start : start + length + 1])
    return Example(window[:-1], window[1:])


def _check_windows(task: str, corpus: Corpus, length: int, batch: int, windows: int) -> None:
    if windows < batch:
        raise ValueError(
            f"{task}: a text of {len(corpus.numbers)} symbols has {max(windows, 0)} windows of "
            f"{length} and the symbol after each, and the batch is {batch}: give a longer text, "
            "or a smaller length or batch"
        )
