"""What there is to learn: toy sequence tasks, as plain Python data (`Batch` has the shapes).

    TASKS                 by name what a trainer needs to know of each
    ALICE, NAMES          a text, and names of several classes, to learn from
    REBER_SYMBOLS         the symbols of the embedded Reber grammar
    IGNORED               the target where no answer is asked for

A task is a function of a `random.Random`, `batch`, `length` and more: every call draws anew.
"""

from .arithmetic import adding, parity, sine
from .batch import IGNORED, Batch, Example, batched, one_answer
from .corpus import Corpus, characters, chunks, stream
from .grammars import REBER_SYMBOLS, a_n_b_n, embedded_reber, reber_successors
from .memory import copy, delayed_recall, latch, temporal_order
from .name_lists import NAMES, NameList, names
from .registry import TASKS
from .task import Baseline, Task
from .text import ALICE, Alphabet, Vocabulary
from .windows import cbow_windows, skip_gram_pairs, skip_gram_windows

__all__ = [
    "ALICE",
    "IGNORED",
    "NAMES",
    "REBER_SYMBOLS",
    "TASKS",
    "Alphabet",
    "Baseline",
    "Batch",
    "Corpus",
    "Example",
    "NameList",
    "Task",
    "Vocabulary",
    "a_n_b_n",
    "adding",
    "batched",
    "cbow_windows",
    "characters",
    "chunks",
    "copy",
    "delayed_recall",
    "embedded_reber",
    "latch",
    "names",
    "one_answer",
    "parity",
    "reber_successors",
    "sine",
    "skip_gram_pairs",
    "skip_gram_windows",
    "stream",
    "temporal_order",
]
