"""The measured facts of the README's table: how much of a gradient survives at initialisation.

log10 of ‖∂L/∂h_1‖ / ‖∂L/∂h_T‖, h alone, L the sum of the entries of h_T; X = 2, H = 8, B = 1,
x ~ N(0, 1), zero initial state. The table is the mean ± standard deviation over 200 other seeds.
"""

import functools
import math
import random
import statistics

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.arrays.namespace import norm

SEEDS = range(100, 120)

CELLS = {
    "RNN": nn.RNNCell,
    "GRU": nn.GRUCell,
    "LSTM 0": functools.partial(nn.LSTMCell, forget_bias=0.0),
    "LSTM 1": functools.partial(nn.LSTMCell, forget_bias=1.0),
    "LSTM 3": functools.partial(nn.LSTMCell, forget_bias=3.0),
}

TABLE = {  # T: {cell: (mean, standard deviation)}
    20: {
        "RNN": (-5.7, 1.1),
        "GRU": (-4.2, 0.6),
        "LSTM 0": (-5.0, 0.6),
        "LSTM 1": (-2.7, 0.4),
        "LSTM 3": (-1.4, 0.4),
    },
    50: {
        "RNN": (-14.1, 3.1),
        "GRU": (-10.3, 1.2),
        "LSTM 0": (-11.2, 1.3),
        "LSTM 1": (-5.2, 0.9),
        "LSTM 3": (-1.8, 0.7),
    },
}

CASES = [(T, kind) for T, row in TABLE.items() for kind in row]


def survival(kind, T, seed):
    """log10 of the gradient's norm at the first state, against the last."""
    rng = random.Random(seed)
    cell = CELLS[kind](2, 8, rng)
    xs = [tg.arrays.asarray([[rng.gauss(0, 1), rng.gauss(0, 1)]]) for _ in range(T)]
    states = nn.unroll(cell, xs).states
    first, last = (s.h if isinstance(s, tuple) else s for s in (states[0], states[-1]))
    found = tg.gradients(tg.sum(last))
    return math.log10(norm(found[first]) / norm(found[last]))


@functools.cache
def mean_survival(kind, T):
    return statistics.fmean(survival(kind, T, seed) for seed in SEEDS)


@pytest.mark.parametrize(("T", "kind"), CASES)
def test_the_surviving_gradient_is_that_of_the_table(T, kind):
    mean, deviation = TABLE[T][kind]
    assert mean_survival(kind, T) == pytest.approx(mean, abs=3 * deviation / math.sqrt(len(SEEDS)))


@pytest.mark.parametrize("T", TABLE)
def test_it_is_the_forget_bias_that_keeps_the_gradient(T):
    found = {kind: mean_survival(kind, T) for kind in CELLS}
    assert max(found["RNN"], found["GRU"], found["LSTM 0"]) < found["LSTM 1"] < found["LSTM 3"]
