"""Tasks of memory: something was shown; much later it is asked for."""

from __future__ import annotations

from random import Random

from .batch import Batch, Example, batched, check_draw, check_least, one_answer, one_hot
from .draws import below, between, normal, pick

LATCH_NOISE = 0.2**0.5  # standard deviation: the variance is 0.2

ORDER_SYMBOLS = "EBabcdXY"
ORDER_CLASSES = ("XX", "XY", "YX", "YY")

COPY_SYMBOLS = 8  # then comes the blank, then the cue
COPY_ITEMS = 10
BLANK, CUE = COPY_SYMBOLS, COPY_SYMBOLS + 1

RECALL_SYMBOLS = 4


def latch(rng: Random, batch: int, length: int) -> Batch:
    """The first number is 1 or -1, those after it are noise: which of the two was it?

    xs (T, B, 1), x_0 = ±1 and x_t ~ N(0, 0.2) after it; one answer, 2 classes: 0 for -1, 1 for 1.
    Chance: 1/2 right. Baseline: the sign of the sum of all, right in Φ(1/√(0.2 (T-1))): 0.70 at
    T = 20. Source: the latch of Bengio, Simard and Frasconi (1994), with the noise of Hochreiter
    and Schmidhuber (1997), experiment 3a. ValueError for a length below 1.

    >>> latch(Random(0), 1, 1)
    Batch(xs=[[[1.0]]], targets=[[1]], mask=[[True]])
    """
    check_draw("latch", rng, batch=batch, length=length)
    return batched(_latch(rng, length) for _ in range(batch))


def _latch(rng: Random, length: int) -> Example:
    label = below(rng, 2)
    noise = [[normal(rng, LATCH_NOISE)] for _ in range(length - 1)]
    return one_answer([[2.0 * label - 1.0], *noise], label)


def temporal_order(rng: Random, batch: int, length: int) -> Batch:
    """Two symbols, X or Y each, stand far apart among distractors: which, and in which order?

    E, then letters of a, b, c, d, then the trigger B; in two places stands X or Y instead: at a
    step of T/10 ... T/5, and at one of T/2 ... 3T/5. xs (T, B, 8), one-hot in the order EBabcdXY;
    one answer, 4 classes: XX, XY, YX, YY. Chance: 1/4 right. Baseline: knowing one of the two,
    1/2. Source: Hochreiter and Schmidhuber (1997), experiment 6a, where T is 100 ... 110.
    ValueError for a length below 4.
    """
    check_draw("temporal_order", rng, batch=batch)
    check_least("temporal_order", "length", length, 4, "E, two symbols and B")
    return batched(_temporal_order(rng, length) for _ in range(batch))


def _temporal_order(rng: Random, length: int) -> Example:
    label = pick(rng, ORDER_CLASSES)
    symbols = ["E", *(pick(rng, "abcd") for _ in range(length - 2)), "B"]
    symbols[between(rng, max(1, length // 10), max(1, length // 5))] = label[0]
    symbols[between(rng, length // 2, min(3 * length // 5, length - 2))] = label[1]
    xs = [one_hot(ORDER_SYMBOLS.index(s), len(ORDER_SYMBOLS)) for s in symbols]
    return one_answer(xs, ORDER_CLASSES.index(label))


def copy(rng: Random, batch: int, length: int) -> Batch:
    """Ten symbols, then blanks, then a cue: say the ten again, in order.

    `length` is the delay: 10 symbols of 8, length - 1 blanks, the cue, 10 blanks. The answer is
    blank at the first length + 10 steps, then the ten symbols: all of them count. xs (length + 20,
    B, 10), one-hot: 8 symbols, the blank, the cue; 9 classes: 8 symbols, the blank. Chance: 1/8 of
    the ten right. Baseline without memory: 10 ln 8 / (length + 20) nats a step. Source: Hochreiter
    and Schmidhuber (1997) in the form of Arjovsky, Shah and Bengio (2016). ValueError for a length
    below 1.
    """
    check_draw("copy", rng, batch=batch, length=length)
    return batched(_copy(rng, length) for _ in range(batch))


def _copy(rng: Random, length: int) -> Example:
    items = [below(rng, COPY_SYMBOLS) for _ in range(COPY_ITEMS)]
    shown = [*items, *[BLANK] * (length - 1), CUE, *[BLANK] * COPY_ITEMS]
    return Example(
        [one_hot(k, COPY_SYMBOLS + 2) for k in shown], [BLANK] * (length + COPY_ITEMS) + items
    )


def delayed_recall(rng: Random, batch: int, length: int, delay: int = 5) -> Batch:
    """At every step: which symbol was shown `delay` steps ago?

    xs (T, B, 4), one-hot, drawn independently; an answer every step from step `delay` on, 4
    classes. Chance: 1/4 right. Baseline: a model that remembers fewer steps, 1/4 too.
    Source: the memory task of Jaeger (2002), with symbols for numbers. ValueError for a delay below
    0, and for a length of no more than the delay.

    >>> delayed_recall(Random(0), 1, 3, delay=2).targets
    [[-100], [-100], [3]]
    """
    check_draw("delayed_recall", rng, batch=batch)
    check_least("delayed_recall", "delay", delay, 0, "")
    check_least("delayed_recall", "length", length, delay + 1, f"the delay is {delay}")
    return batched(_delayed_recall(rng, length, delay) for _ in range(batch))


def _delayed_recall(rng: Random, length: int, delay: int) -> Example:
    shown = [below(rng, RECALL_SYMBOLS) for _ in range(length)]
    return Example(
        [one_hot(k, RECALL_SYMBOLS) for k in shown], [None] * delay + shown[: length - delay]
    )
