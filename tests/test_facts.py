"""The measured facts of the README's table: how much of a gradient survives at initialisation.

log10 of ‖∂L/∂h_1‖ / ‖∂L/∂h_T‖, h alone, L the sum of the entries of h_T; X = 2, H = 8, B = 1,
x ~ N(0, 1), zero initial state. The table is the mean ± standard deviation over 200 other seeds.
"""

import functools
import math

import pytest

from tinygrad_rnn.lab import Setup, survival

SEEDS = range(100, 120)

CELLS = {
    "RNN": {"cell": "rnn"},
    "GRU": {"cell": "gru"},
    "LSTM 0": {"cell": "lstm", "forget_bias": 0.0},
    "LSTM 1": {"cell": "lstm", "forget_bias": 1.0},
    "LSTM 3": {"cell": "lstm", "forget_bias": 3.0},
    "LSTM 5": {"cell": "lstm", "forget_bias": 5.0},
}

TABLE = {  # T: {cell: (mean, standard deviation)}
    20: {
        "RNN": (-5.7, 1.1),
        "GRU": (-4.2, 0.6),
        "LSTM 0": (-5.0, 0.6),
        "LSTM 1": (-2.7, 0.4),
        "LSTM 3": (-1.4, 0.4),
        "LSTM 5": (-1.2, 0.4),
    },
    50: {
        "RNN": (-14.1, 3.1),
        "GRU": (-10.3, 1.2),
        "LSTM 0": (-11.2, 1.3),
        "LSTM 1": (-5.2, 0.9),
        "LSTM 3": (-1.8, 0.7),
        "LSTM 5": (-1.6, 0.7),
    },
    100: {
        "RNN": (-28.6, 5.8),
        "GRU": (-20.3, 2.5),
        "LSTM 0": (-21.3, 2.7),
        "LSTM 1": (-9.1, 1.7),
        "LSTM 3": (-2.6, 1.0),
        "LSTM 5": (-2.3, 1.3),
    },
    200: {
        "RNN": (-55.5, 12.8),
        "GRU": (-41.0, 4.7),
        "LSTM 0": (-41.7, 5.6),
        "LSTM 1": (-17.0, 3.5),
        "LSTM 3": (-4.2, 1.5),
        "LSTM 5": (-3.2, 2.0),
    },
}
SLOW = {200}

LENGTHS = [pytest.param(T, marks=pytest.mark.slow) if T in SLOW else T for T in TABLE]


@functools.cache
def measured(kind, T):
    return survival(Setup(length=T, input_size=2, hidden_size=8, **CELLS[kind]), SEEDS)


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("T", LENGTHS)
def test_the_surviving_gradient_is_that_of_the_table(T, kind):
    mean, deviation = TABLE[T][kind]
    allowed = 3 * deviation / math.sqrt(len(SEEDS))
    assert measured(kind, T).mean == pytest.approx(mean, abs=allowed)


@pytest.mark.parametrize("T", LENGTHS)
def test_it_is_the_forget_bias_that_keeps_the_gradient(T):
    found = {kind: measured(kind, T).mean for kind in CELLS}
    assert max(found["RNN"], found["GRU"], found["LSTM 0"]) < found["LSTM 1"] < found["LSTM 3"]
