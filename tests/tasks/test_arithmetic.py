"""Parity, adding, sine: each recounted."""

import math
import random

import pytest

from tinygrad_rnn.tasks import TASKS, adding, parity, sine

hypothesis = pytest.importorskip("hypothesis")
given, st = hypothesis.given, hypothesis.strategies

seeds, batches = st.integers(0, 2**32), st.integers(1, 5)


def column(part, b):
    return [row[b] for row in part]


def mean_within_three_sigma(values, wanted):
    n, mean = len(values), math.fsum(values) / len(values)
    variance = math.fsum((x - mean) ** 2 for x in values) / (n - 1)
    return abs(mean - wanted) <= 3 * math.sqrt(variance / n)


# Parity ----------------------------------------------------------------------------------------


@given(seeds, batches, st.integers(1, 40))
def test_parity_asks_at_every_step_whether_the_ones_so_far_are_odd(seed, batch, length):
    drawn = parity(random.Random(seed), batch, length)
    assert drawn.mask == [[True] * batch] * length
    for b in range(batch):
        bits = [x for (x,) in column(drawn.xs, b)]
        assert set(bits) <= {0.0, 1.0}
        assert column(drawn.targets, b) == [sum(bits[: t + 1]) % 2 for t in range(length)]


@pytest.mark.parametrize("length", [1, 2, 10])
def test_the_last_bit_is_right_as_often_as_the_baseline_says(length):
    drawn = parity(random.Random(0), 4000, length)
    right = [
        sum(x == [y] for x, y in zip(column(drawn.xs, b), column(drawn.targets, b), strict=True))
        / length
        for b in range(4000)
    ]
    assert mean_within_three_sigma(right, TASKS["parity"].baseline.at(length))


def test_parity_is_even_at_every_step():
    drawn = parity(random.Random(1), 4000, 10)
    for row in drawn.targets:
        assert mean_within_three_sigma(row, TASKS["parity"].chance)


# Adding ----------------------------------------------------------------------------------------


@given(seeds, batches, st.integers(2, 60))
def test_adding_asks_for_the_sum_of_the_two_numbers_that_are_marked(seed, batch, length):
    drawn = adding(random.Random(seed), batch, length)
    assert drawn.mask == [[t == length - 1] * batch for t in range(length)]
    for b in range(batch):
        inputs = column(drawn.xs, b)
        assert {marker for _, marker in inputs} <= {0.0, 1.0}
        marked = [t for t, (_, marker) in enumerate(inputs) if marker]
        assert len(marked) == 2
        assert marked[0] < length // 2 <= marked[1]
        assert all(0 <= x < 1 for x, _ in inputs)
        assert drawn.targets[-1][b] == [inputs[marked[0]][0] + inputs[marked[1]][0]]


def test_the_markers_stand_everywhere_in_their_halves():
    drawn = adding(random.Random(2), 1000, 7)
    marked = [[t for t, x in enumerate(column(drawn.xs, b)) if x[1]] for b in range(1000)]
    assert {first for first, _ in marked} == {0, 1, 2}
    assert {second for _, second in marked} == {3, 4, 5, 6}


def test_always_one_costs_a_sixth_and_one_known_number_a_twelfth():
    drawn = adding(random.Random(3), 3000, 12)
    always, first, second = [], [], []
    for b in range(3000):
        a, c = (x for x, marker in column(drawn.xs, b) if marker)
        (y,) = drawn.targets[-1][b]
        always.append((1 - y) ** 2)
        first.append((a + 0.5 - y) ** 2)
        second.append((0.5 + c - y) ** 2)
    assert TASKS["adding"].chance == pytest.approx(1 / 6)
    assert mean_within_three_sigma(always, TASKS["adding"].chance)
    assert TASKS["adding"].baseline.at(12) == pytest.approx(1 / 12)
    assert mean_within_three_sigma(first, TASKS["adding"].baseline.at(12))
    assert mean_within_three_sigma(second, TASKS["adding"].baseline.at(12))


# Sine ------------------------------------------------------------------------------------------


@given(seeds, batches, st.integers(3, 60))
def test_a_sine_goes_on_as_any_sine_does(seed, batch, length):
    drawn = sine(random.Random(seed), batch, length)
    assert drawn.mask == [[t >= 2] * batch for t in range(length)]
    for b in range(batch):
        wave = [x for (x,) in column(drawn.xs, b)] + drawn.targets[-1][b]
        assert all([x] == drawn.targets[t - 1][b] for t, x in enumerate(wave) if t > 2)
        middle = max(range(1, length), key=lambda t, w=wave: abs(w[t]))
        cosine = (wave[middle - 1] + wave[middle + 1]) / (2 * wave[middle])
        assert math.cos(math.pi / 3) - 1e-9 <= cosine <= math.cos(math.pi / 10) + 1e-9
        for t in range(1, length):
            expected = 2 * cosine * wave[t] - wave[t - 1]
            assert wave[t + 1] == pytest.approx(expected, abs=1e-9)


def test_zero_costs_a_half_and_the_last_number_again_what_the_baseline_says():
    drawn = sine(random.Random(4), 4000, 3)
    zero = [y * y for (y,) in drawn.targets[2]]
    again = [(x - y) ** 2 for (x,), (y,) in zip(drawn.xs[2], drawn.targets[2], strict=True)]
    assert mean_within_three_sigma(zero, TASKS["sine"].chance)
    assert mean_within_three_sigma(again, TASKS["sine"].baseline.at(3))
    assert TASKS["sine"].baseline.at(3) == pytest.approx(0.240, abs=1e-3)
