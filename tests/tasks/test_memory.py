"""Latch, temporal order, copy, delayed recall: each checked by a reading of its own."""

import math
import random
import re

import pytest

from tinygrad_rnn.tasks import TASKS, copy, delayed_recall, latch, temporal_order

hypothesis = pytest.importorskip("hypothesis")
given, st = hypothesis.given, hypothesis.strategies

seeds, batches = st.integers(0, 2**32), st.integers(1, 5)


def sequences(batch):
    """Each sequence by itself: its inputs, and the answers that count, by step."""
    for b in range(len(batch.xs[0])):
        inputs = [row[b] for row in batch.xs]
        answers = {t: row[b] for t, row in enumerate(batch.targets) if batch.mask[t][b]}
        yield inputs, answers


def within(share, wanted, n):
    """Whether a share of n draws is within three standard deviations of the one wanted."""
    return abs(share - wanted) <= 3 * math.sqrt(wanted * (1 - wanted) / n)


# Latch -----------------------------------------------------------------------------------------


@given(seeds, batches, st.integers(1, 60))
def test_the_latch_asks_for_the_sign_of_the_first_number(seed, batch, length):
    for inputs, answers in sequences(latch(random.Random(seed), batch, length)):
        assert len(inputs) == length
        assert answers == {length - 1: {(-1.0,): 0, (1.0,): 1}[tuple(inputs[0])]}


def test_the_latch_is_even_and_its_noise_has_variance_a_fifth():
    drawn = list(sequences(latch(random.Random(0), 4000, 20)))
    assert within(sum(answers[19] for _, answers in drawn) / 4000, 1 / 2, 4000)
    noise = [x for inputs, _ in drawn for (x,) in inputs[1:]]
    assert abs(sum(noise) / len(noise)) < 3 * math.sqrt(0.2 / len(noise))
    spread = 3 * 0.2 * math.sqrt(2 / len(noise))
    assert abs(sum(x * x for x in noise) / len(noise) - 0.2) < spread


@pytest.mark.parametrize("length", [1, 2, 20, 60])
def test_the_sign_of_the_sum_is_right_as_often_as_the_baseline_says(length):
    drawn = sequences(latch(random.Random(1), 2000, length))
    right = sum((sum(x for (x,) in i) > 0) == a[length - 1] for i, a in drawn) / 2000
    assert within(right, TASKS["latch"].baseline.at(length), 2000)
    assert TASKS["latch"].baseline.at(20) == pytest.approx(0.696, abs=1e-3)


# Temporal order --------------------------------------------------------------------------------


@given(seeds, batches, st.integers(4, 120))
def test_temporal_order_is_e_two_symbols_among_letters_and_b(seed, batch, length):
    for inputs, answers in sequences(temporal_order(random.Random(seed), batch, length)):
        string = ""
        for x in inputs:
            assert sorted(x) == [0.0] * 7 + [1.0]
            string += "EBabcdXY"[x.index(1.0)]
        found = re.fullmatch("E[abcd]*([XY])[abcd]*([XY])[abcd]*B", string)
        assert found
        assert len(string) == length
        assert answers == {length - 1: ["XX", "XY", "YX", "YY"].index(found[1] + found[2])}


@pytest.mark.parametrize(
    ("length", "first", "second"),
    [(20, (2, 4), (10, 12)), (50, (5, 10), (25, 30)), (100, (10, 20), (50, 60))],
)
def test_the_two_symbols_stand_everywhere_in_the_tenths_of_the_paper(length, first, second):
    places = [set(), set()]
    for inputs, _ in sequences(temporal_order(random.Random(0), 1000, length)):
        relevant = [t for t, x in enumerate(inputs) if x[6] or x[7]]
        for place, t in zip(places, relevant, strict=True):
            place.add(t)
    assert places[0] == set(range(first[0], first[1] + 1))
    assert places[1] == set(range(second[0], second[1] + 1))


def test_the_four_orders_and_the_four_letters_are_as_likely():
    drawn = list(sequences(temporal_order(random.Random(2), 4000, 20)))
    for k in range(4):
        share = sum(answers[19] == k for _, answers in drawn) / 4000
        assert within(share, TASKS["temporal_order"].chance, 4000)
    letters = [x.index(1.0) for inputs, _ in drawn for x in inputs if any(x[2:6])]
    for letter in range(2, 6):
        assert within(letters.count(letter) / len(letters), 1 / 4, len(letters))


@pytest.mark.parametrize("known", [0, 1])
def test_knowing_one_of_the_two_symbols_is_right_half_of_the_time(known):
    right = 0
    for inputs, answers in sequences(temporal_order(random.Random(3), 4000, 20)):
        symbol = [x.index(1.0) - 6 for x in inputs if x[6] or x[7]][known]
        right += answers[19] == (2 * symbol if known == 0 else symbol)
    assert within(right / 4000, TASKS["temporal_order"].baseline.at(20), 4000)


# Copy ------------------------------------------------------------------------------------------


@given(seeds, batches, st.integers(1, 30))
def test_copy_shows_ten_symbols_and_asks_for_them_after_the_cue(seed, batch, delay):
    for inputs, answers in sequences(copy(random.Random(seed), batch, delay)):
        numbers = [x.index(1.0) for x in inputs]
        assert all(sum(x) == 1.0 and len(x) == 10 for x in inputs)
        assert len(numbers) == delay + 20
        assert max(numbers[:10]) < 8
        assert [t for t, k in enumerate(numbers) if k == 9] == [10 + delay - 1]
        assert numbers[10:].count(8) == delay + 9
        assert [answers[t] for t in range(delay + 10)] == [8] * (delay + 10)
        assert [answers[t] for t in range(delay + 10, delay + 20)] == numbers[:10]


def test_copy_without_memory_costs_ten_logarithms_of_eight_over_all_steps():
    delay, loss, n = 10, 0.0, 0
    for _, answers in sequences(copy(random.Random(4), 50, delay)):
        for t, k in answers.items():
            p = {k: 1.0 if k == 8 else 0.0 for k in range(9)}
            if t >= delay + 10:
                p = {k: 0.0 if k == 8 else 1 / 8 for k in range(9)}
            loss, n = loss - math.log(p[k]), n + 1
    assert loss / n == pytest.approx(10 * math.log(8) / (delay + 20))
    assert TASKS["copy"].baseline.at(delay) == pytest.approx(loss / n)


def test_the_symbols_to_copy_are_as_likely():
    drawn = sequences(copy(random.Random(5), 500, 1))
    items = [x.index(1.0) for inputs, _ in drawn for x in inputs[:10]]
    for k in range(8):
        assert within(items.count(k) / len(items), TASKS["copy"].chance, len(items))


# Delayed recall --------------------------------------------------------------------------------


@given(seeds, batches, st.integers(0, 8), st.integers(1, 20))
def test_delayed_recall_asks_for_what_was_shown_so_many_steps_ago(seed, batch, delay, more):
    length = delay + more
    drawn = delayed_recall(random.Random(seed), batch, length, delay)
    for inputs, answers in sequences(drawn):
        assert sorted(answers) == list(range(delay, length))
        for t, k in answers.items():
            assert inputs[t - delay] == [float(j == k) for j in range(4)]


@pytest.mark.parametrize("sooner", [1, 4])
def test_symbols_shown_later_say_nothing_about_the_one_asked_for(sooner):
    drawn = delayed_recall(random.Random(6), 400, 25)
    pairs = [
        inputs[t - 5 + sooner].index(1.0) == k
        for inputs, answers in sequences(drawn)
        for t, k in answers.items()
    ]
    assert within(sum(pairs) / len(pairs), TASKS["delayed_recall"].chance, len(pairs))
