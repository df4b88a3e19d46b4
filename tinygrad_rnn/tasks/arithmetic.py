"""Tasks of arithmetic: a number is to be made of those that were shown."""

from __future__ import annotations

import math
from itertools import accumulate
from operator import xor
from random import Random

from .batch import Batch, Example, batched, check_draw, check_least, one_answer
from .draws import below, between

SLOWEST, FASTEST = math.pi / 10, math.pi / 3  # radians a step: periods of 20 and of 6 steps


def parity(rng: Random, batch: int, length: int) -> Batch:
    """At every step: has an odd number of ones been shown so far?

    xs (T, B, 1), 0 or 1; an answer every step, 2 classes: 0 for even, 1 for odd. Chance: 1/2
    right. Baseline: the last bit, right in (T+1)/2T, for the first step's bit is its parity.
    Source: the parity problem of Bengio, Simard and Frasconi (1994), with a target every step.
    ValueError for a length below 1.

    >>> parity(Random(0), 1, 3)[:2]
    ([[[1.0]], [[1.0]], [[0.0]]], [[1], [0], [0]])
    """
    check_draw("parity", rng, batch=batch, length=length)
    return batched(_parity(rng, length) for _ in range(batch))


def _parity(rng: Random, length: int) -> Example:
    bits = [below(rng, 2) for _ in range(length)]
    return Example([[float(bit)] for bit in bits], list(accumulate(bits, xor)))


def adding(rng: Random, batch: int, length: int) -> Batch:
    """Two of the numbers are marked: what is their sum?

    xs (T, B, 2): a number uniform in [0, 1), and a marker, 1 at one step of the first half and at
    one of the second, else 0; one answer, (1,). Chance: always 1, a squared error of 1/6. Baseline:
    knowing one of the two, 1/12. Source: Hochreiter and Schmidhuber (1997), experiment 4, in the
    form of Arjovsky, Shah and Bengio (2016). ValueError for a length below 2.
    """
    check_draw("adding", rng, batch=batch)
    check_least("adding", "length", length, 2, "a marker in each half")
    return batched(_adding(rng, length) for _ in range(batch))


def _adding(rng: Random, length: int) -> Example:
    numbers = [rng.random() for _ in range(length)]
    first = between(rng, 0, length // 2 - 1)
    second = between(rng, length // 2, length - 1)
    xs = [[x, float(t in (first, second))] for t, x in enumerate(numbers)]
    return one_answer(xs, [numbers[first] + numbers[second]])


def sine(rng: Random, batch: int, length: int) -> Batch:
    """A sine of unknown frequency and phase: what comes next?

    x_t = sin(ωt + φ), with ω uniform in [π/10, π/3) and φ in [0, 2π): periods of 20 down to 6
    steps. xs (T, B, 1); the answer after step t is x_{t+1}, (1,), and counts from step 2 on: three
    numbers determine the next, x_{t+1} = x_t·(x_t + x_{t-2}) / x_{t-1} - x_{t-1}. Chance: always 0,
    a squared error of 1/2. Baseline: the last number again, the mean of 1 - cos ω: 0.240.
    Source: the recurrence is Prony's (1795). ValueError for a length below 3.
    """
    check_draw("sine", rng, batch=batch)
    check_least("sine", "length", length, 3, "three numbers determine the next")
    return batched(_sine(rng, length) for _ in range(batch))


def _sine(rng: Random, length: int) -> Example:
    omega = SLOWEST + (FASTEST - SLOWEST) * rng.random()
    phase = math.tau * rng.random()
    wave = [[math.sin(omega * t + phase)] for t in range(length + 1)]
    return Example(wave[:-1], [None, None, *wave[3:]])
