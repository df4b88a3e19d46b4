"""Every task, with its sizes and its baseline."""

from __future__ import annotations

import math

from .arithmetic import FASTEST, SLOWEST, adding, parity, sine
from .corpus import Corpus, characters
from .grammars import a_n_b_n, embedded_reber
from .memory import (
    COPY_ITEMS,
    COPY_SYMBOLS,
    LATCH_NOISE,
    copy,
    delayed_recall,
    latch,
    temporal_order,
)
from .name_lists import NAMES, names
from .scores import counted_right, reber_right, recalled, squared_error
from .task import Baseline, Task
from .text import ALICE, Vocabulary
from .windows import cbow_windows, skip_gram_windows

_LETTERS, _WORDS = Corpus.of(ALICE), Corpus.of(ALICE, Vocabulary)


def _latch_sum(length: int) -> float:
    """P(1 + noise > 0), of a noise of variance 0.2 (T-1)."""
    spread = LATCH_NOISE * math.sqrt(length - 1)
    return 1.0 if not spread else (1 + math.erf(1 / (spread * math.sqrt(2)))) / 2


def _last_bit(length: int) -> float:
    return (length + 1) / (2 * length)


def _one_of_two(length: int) -> float:
    return 1 / 2


def _one_marker(length: int) -> float:
    return 1 / 12


def _one_b(length: int) -> float:
    return 1 / ((length - 1) // 2)


def _copy_blanks(length: int) -> float:
    return COPY_ITEMS * math.log(COPY_SYMBOLS) / (length + 2 * COPY_ITEMS)


def _same_again(length: int) -> float:
    """The mean of 1 - cos ω."""
    return 1 - (math.sin(FASTEST) - math.sin(SLOWEST)) / (FASTEST - SLOWEST)


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task(
            "latch",
            "1 or -1 comes first, then noise: which of the two was it?",
            latch,
            "classify",
            input_size=1,
            output_size=2,
            chance=1 / 2,
            length=20,
            hidden=2,
            forget_bias=3.0,
            baseline=Baseline("the sign of the sum", "right", _latch_sum),
        ),
        Task(
            "parity",
            "has an odd number of ones been shown so far?",
            parity,
            "tag",
            input_size=1,
            output_size=2,
            chance=1 / 2,
            length=10,
            hidden=4,
            baseline=Baseline("the last bit", "right", _last_bit),
        ),
        Task(
            "temporal_order",
            "X or Y, twice, far apart among distractors: which, and in which order?",
            temporal_order,
            "classify",
            input_size=8,
            output_size=4,
            chance=1 / 4,
            length=20,
            hidden=4,
            baseline=Baseline("one of the two known", "right", _one_of_two),
        ),
        Task(
            "adding",
            "two numbers of many are marked: what is their sum?",
            adding,
            "regress",
            input_size=2,
            output_size=1,
            chance=1 / 6,
            length=20,
            hidden=8,
            baseline=Baseline("one of the two known", "squared error", _one_marker),
            score=squared_error,
            enough=0.01,
        ),
        Task(
            "embedded_reber",
            "strings of a grammar with a symbol to remember: what comes next?",
            embedded_reber,
            "tag",
            input_size=7,
            output_size=7,
            chance=0.0,
            length=None,
            hidden=8,
            batch=1,
            baseline=Baseline("the grammar without the memory", "right", _one_of_two),
            score=reber_right,
        ),
        Task(
            "a_n_b_n",
            "as many b as there were a: what comes next?",
            a_n_b_n,
            "tag",
            input_size=4,
            output_size=4,
            chance=0.0,
            length=23,
            hidden=4,
            batch=1,
            baseline=Baseline("no counting: the end after every b", "right", _one_b),
            score=counted_right,
            enough=1.0,
            window=100,
        ),
        Task(
            "copy",
            "ten symbols, a delay, a cue: say the ten again",
            copy,
            "tag",
            input_size=10,
            output_size=9,
            chance=1 / 8,
            length=10,
            hidden=32,
            baseline=Baseline("blanks, then a guess", "nats", _copy_blanks),
            score=recalled,
        ),
        Task(
            "delayed_recall",
            "which symbol was shown five steps ago?",
            delayed_recall,
            "tag",
            input_size=4,
            output_size=4,
            chance=1 / 4,
            length=20,
            hidden=16,
        ),
        Task(
            "sine",
            "a sine of unknown frequency and phase: what comes next?",
            sine,
            "regress",
            input_size=1,
            output_size=1,
            chance=1 / 2,
            length=20,
            hidden=8,
            baseline=Baseline("the last number again", "squared error", _same_again),
            score=squared_error,
            enough=0.01,
        ),
        Task(
            "characters",
            "a text: which character comes next?",
            characters,
            "tag",
            *_LETTERS.sizes,
            chance=_LETTERS.chance,
            length=40,
            hidden=32,
            enough=None,
            data=_LETTERS,
        ),
        Task(
            "names",
            "a name: of which list is it?",
            names,
            "classify",
            *NAMES.sizes,
            chance=NAMES.chance,
            length=None,
            hidden=16,
            data=NAMES,
        ),
        Task(
            "cbow_windows",
            "the words around a gap: which word stands in it?",
            cbow_windows,
            "classify",
            *_WORDS.sizes,
            chance=_WORDS.chance,
            length=2,
            hidden=16,
            enough=None,
            data=_WORDS,
        ),
        Task(
            "skip_gram_windows",
            "a word: which word stands near it?",
            skip_gram_windows,
            "classify",
            *_WORDS.sizes,
            chance=_WORDS.chance,
            length=2,
            hidden=16,
            enough=None,
            data=_WORDS,
        ),
    )
}
