"""Embedded Reber and aⁿ bⁿ: read by regular expressions and by counting, not by their graph."""

import math
import random
import re
from collections import Counter

import pytest

from tinygrad_rnn.tasks import IGNORED, TASKS, a_n_b_n, embedded_reber, reber_successors

hypothesis = pytest.importorskip("hypothesis")
given, st = hypothesis.given, hypothesis.strategies

seeds = st.integers(0, 2**32)

# The published graph by hand: the states as languages, from the end to the start.
#   after TX or VP: leave by S, or by X T* V and then V leaves and P comes back here
#   after P:        T* V and then V leaves and P goes there
#   after T:        S* X goes there
UPPER = "(?:XT*VP)*(?:S|XT*VV)"
REBER = f"B(?:TS*X{UPPER}|PT*V(?:V|P{UPPER}))E"
EMBEDDED = re.compile(f"B(?:T{REBER}T|P{REBER}P)E")

# Every state has a way to the end that is the end of one of these.
SHORT = ["BTBTSXSETE", "BTBPTVVETE", "BPBPVPSEPE", "BPBTXXVVEPE", "BTBTXXVPSETE", "BPBPVPXVVEPE"]
WAYS_OUT = {string[i:] for string in SHORT for i in range(len(string) + 1)}


def string_of(batch, b, symbols):
    """The inputs that come before the padding, and the last answer after them."""
    shown = [row[b] for row in batch.xs if any(row[b])]
    last = batch.targets[len(shown) - 1][b]
    return "".join(symbols[x.index(1.0)] for x in shown) + symbols[last]


def within(share, wanted, n):
    return abs(share - wanted) <= 3 * math.sqrt(wanted * (1 - wanted) / n)


def check_next_symbols(batch, b, symbols):
    """Every answer is the input of the step after it; the padding is zero and does not count."""
    string = string_of(batch, b, symbols)
    length = len(string) - 1
    for t in range(len(batch.xs)):
        if t < length:
            assert sorted(batch.xs[t][b]) == [0.0] * (len(symbols) - 1) + [1.0]
            assert symbols[batch.targets[t][b]] == string[t + 1]
        else:
            assert set(batch.xs[t][b]) == {0.0}
            assert batch.targets[t][b] == IGNORED
        assert batch.mask[t][b] == (t < length)


# Embedded Reber --------------------------------------------------------------------------------


@pytest.mark.parametrize("good", ["BTBTXSETE", "BPBPVVEPE", *SHORT])
def test_the_regular_expression_takes_what_the_published_graph_takes(good):
    assert EMBEDDED.fullmatch(good)


@pytest.mark.parametrize("bad", ["BTBTXSEPE", "BTXSE", "BTBTSETE", "BPBPVEPE", "BTBTXXSETE", ""])
def test_the_regular_expression_refuses_what_the_published_graph_refuses(bad):
    assert not EMBEDDED.fullmatch(bad)


@given(seeds, st.integers(1, 5), st.none() | st.integers(8, 30))
def test_reber_strings_are_those_of_the_grammar_and_every_answer_is_the_next_symbol(
    seed, batch, length
):
    drawn = embedded_reber(random.Random(seed), batch, length)
    for b in range(batch):
        assert EMBEDDED.fullmatch(string_of(drawn, b, "BTSXPVE"))
        check_next_symbols(drawn, b, "BTSXPVE")
    assert length is None or len(drawn.xs) <= length


@given(seeds)
def test_the_legal_successors_are_those_from_which_the_grammar_can_still_be_met(seed):
    string = string_of(embedded_reber(random.Random(seed), 1), 0, "BTSXPVE")
    for t, successors in enumerate(reber_successors(string)):
        seen = string[: t + 1]
        possible = {
            symbol
            for symbol in "BTSXPVE"
            if any(EMBEDDED.fullmatch(seen + symbol + rest) for rest in WAYS_OUT)
        }
        assert set(successors) == possible
        assert len(successors) == len(possible)


def test_every_way_through_the_graph_is_taken_as_often_as_it_should():
    n = 3000
    drawn = embedded_reber(random.Random(0), n)
    strings = [string_of(drawn, b, "BTSXPVE") for b in range(n)]
    assert within(sum(string[1] == "T" for string in strings) / n, 1 / 2, n)
    # four choices between two: one outside, three inside
    shortest = Counter(string for string in strings if len(string) == 9)
    for string in ("BTBTXSETE", "BTBPVVETE", "BPBTXSEPE", "BPBPVVEPE"):
        assert within(shortest.pop(string) / n, 1 / 16, n)
    assert not shortest


def test_the_grammar_without_the_memory_is_right_in_half_of_the_strings():
    drawn = embedded_reber(random.Random(1), 2000)
    right = sum(string_of(drawn, b, "BTSXPVE")[-2] == "T" for b in range(2000)) / 2000
    assert within(right, TASKS["embedded_reber"].baseline.at(20), 2000)


# aⁿ bⁿ -----------------------------------------------------------------------------------------


@given(seeds, st.integers(1, 5), st.integers(3, 40))
def test_as_many_b_follow_as_there_were_a(seed, batch, length):
    drawn = a_n_b_n(random.Random(seed), batch, length)
    for b in range(batch):
        string = string_of(drawn, b, "SabT")
        n = string.count("a")
        assert string == "S" + n * "a" + n * "b" + "T"
        assert 1 <= n <= (length - 1) // 2
        check_next_symbols(drawn, b, "SabT")


def test_n_is_one_to_eleven_each_as_likely():
    drawn = a_n_b_n(random.Random(2), 2200, TASKS["a_n_b_n"].length)
    counts = Counter(string_of(drawn, b, "SabT").count("a") for b in range(2200))
    assert sorted(counts) == list(range(1, 12))
    assert all(within(count / 2200, 1 / 11, 2200) for count in counts.values())
    assert TASKS["a_n_b_n"].baseline.at(23) == pytest.approx(1 / 11)
