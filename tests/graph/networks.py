"""Networks that several tests look at: their losses and states."""

import random

import tinygrad_rnn as tg
from tinygrad_rnn import nn


def linear_rnn(w, steps):
    """h' = w·h: the norm at step t is w to the power of the lag."""
    weight, h, states = tg.Tensor(w, name="w"), 1.0, []
    for _ in range(steps):
        h = weight * h
        states.append(h)
    return [h * 1.0 for h in states], states


def network(cell, steps, seed=0):
    """A cell that has read normal numbers, with the sum of h as the loss of every step."""
    outputs, states = nn.unroll(cell, _inputs(random.Random(seed), steps))
    return [tg.sum(h) for h in outputs], states


def both_ways(steps):
    """A bidirectional RNN, one layer, with a loss at every step; no states: they have names."""
    rng = random.Random(0)
    xs = _inputs(rng, steps)
    there = nn.unroll(nn.RNNCell(2, 2, rng), xs)
    back = nn.unroll(nn.RNNCell(2, 2, rng), xs[::-1])
    pairs = zip(there.outputs, back.outputs[::-1], strict=True)
    return [tg.sum(tg.concat(pair, axis=1) ** 2) for pair in pairs]


def _inputs(rng, steps):
    return [tg.Tensor([[rng.gauss(0, 1), rng.gauss(0, 1)]]) for _ in range(steps)]
