"""Tasks of grammar: guess the next symbol of a string."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from .batch import Batch, Example, batched, check_draw, check_least, one_hot
from .draws import between, pick

REBER_SYMBOLS = "BTSXPVE"
REBER_GRAPH: tuple[dict[str, int], ...] = (  # state -> symbol -> the state after it
    {"B": 1},
    {"T": 2, "P": 3},
    {"S": 2, "X": 4},
    {"T": 3, "V": 5},
    {"S": 6, "X": 3},
    {"V": 6, "P": 4},
    {"E": 7},
    {},
)
SHORTEST_REBER = 8  # steps: the string of 9 symbols but its last

COUNTING_SYMBOLS = "SabT"


def embedded_reber(rng: Random, batch: int, length: int | None = None) -> Batch:
    """Strings of the embedded Reber grammar, B T ‹Reber› T E or B P ‹Reber› P E: what comes next?

    Where two symbols may follow, each does with probability 1/2. xs (T, B, 7), one-hot in the order
    BTSXPVE, all symbols but the last E; an answer every step, 7 classes: the symbol that did come
    next. A string is right when at every step the legal symbols (`reber_successors`) are above
    all others: the last but one, T or P, takes a memory of the second. Chance: no constant answer
    gets a string right. Baseline: the grammar without that memory, 1/2 of the strings. Source:
    Hochreiter and Schmidhuber (1997), experiment 1, after Cleeremans et al. (1989). `length`: the
    most steps; longer strings are drawn again. Shorter ones are padded to the batch's longest.
    ValueError for a length below 8.
    """
    check_draw("embedded_reber", rng, batch=batch)
    if length is not None:
        check_least("embedded_reber", "length", length, SHORTEST_REBER, "the shortest string")
    strings = (_embedded_reber(rng, length) for _ in range(batch))
    return batched(_next_symbols(string, REBER_SYMBOLS) for string in strings)


def _embedded_reber(rng: Random, length: int | None) -> str:
    while True:
        ends = pick(rng, "TP")
        string = f"B{ends}{_reber(rng)}{ends}E"
        if length is None or len(string) - 1 <= length:
            return string


def _reber(rng: Random) -> str:
    string, state = "", 0
    while arrows := REBER_GRAPH[state]:
        symbol = pick(rng, list(arrows))
        string += symbol
        state = arrows[symbol]
    return string


def reber_successors(string: str) -> list[str]:
    """The symbols that may follow each symbol but the last, in a string of the embedded grammar.

    >>> reber_successors("BTBTXSETE")
    ['TP', 'B', 'TP', 'SX', 'SX', 'E', 'T', 'E']
    """
    state, found = 0, ["TP", "B"]
    for symbol in string[2:-2]:
        state = REBER_GRAPH[state][symbol]
        found.append("".join(REBER_GRAPH[state]) or string[1])
    return [*found, "E"]


def a_n_b_n(rng: Random, batch: int, length: int) -> Batch:
    """Strings S aⁿ bⁿ T: what comes next?

    n is uniform in 1 ... (length-1)/2: 1 ... 11 at length 23, the most steps. xs (T, B, 4), one-hot
    in the order SabT, all symbols but the last T; an answer every step, 4 classes: the symbol that
    did come next. A string is right when every determinable answer is: a after S; after the first b
    as many b as there are, then T (after an a, both a and b may follow). Chance: no constant answer
    gets a string right. Baseline without counting: T after every b, right for n = 1 only: 1/11 at
    length 23. Shorter strings are padded to the batch's longest. Source: Gers and Schmidhuber
    (2001). ValueError for a length below 3.
    """
    check_draw("a_n_b_n", rng, batch=batch)
    check_least("a_n_b_n", "length", length, 3, "S, a and b")
    counts = (between(rng, 1, (length - 1) // 2) for _ in range(batch))
    return batched(_next_symbols(f"S{'a' * n}{'b' * n}T", COUNTING_SYMBOLS) for n in counts)


def shown(rows: Sequence[Sequence[float]], symbols: str) -> str:
    """The string that one-hot rows show.

    >>> shown([[0.0, 1.0], [1.0, 0.0]], "ab")
    'ba'
    """
    return "".join(symbols[list(row).index(1.0)] for row in rows)


def _next_symbols(string: str, symbols: str) -> Example:
    numbers = [symbols.index(s) for s in string]
    return Example([one_hot(k, len(symbols)) for k in numbers[:-1]], list(numbers[1:]))
