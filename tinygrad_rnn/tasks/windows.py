"""Tasks for embeddings: a word and the words around it (Mikolov et al. 2013).

A window is a word of the text, the centre, with `length` words on each side, its context.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterator
from itertools import accumulate
from random import Random

from .batch import Batch, Example, batched, check_draw, check_least, one_answer
from .corpus import Corpus
from .draws import below, between

NOISE_POWER = 0.75  # Mikolov et al. (2013b): noise words are drawn by their counts to this power


def cbow_windows(rng: Random, batch: int, length: int, corpus: Corpus) -> Batch:
    """Continuous bag of words: which word stands in the middle of this context?

    xs (2·length, B) tokens, the context in the order of the text; one answer, the centre, a class
    for each word. Windows are drawn independently. Chance: `corpus.chance` right. Baseline: how
    often words occur, `corpus.entropy` nats. Source: Mikolov et al. (2013a). ValueError for a text
    shorter than a window.
    """
    check_draw("cbow_windows", rng, batch=batch, length=length)
    draw = _windows("cbow_windows", rng, length, corpus)
    return batched(one_answer(before + after, centre) for before, centre, after in draw(batch))


def skip_gram_windows(rng: Random, batch: int, length: int, corpus: Corpus) -> Batch:
    """Skip-gram: which word stands in the context of this one?

    xs (1, B) tokens, the centre; one answer, a word of its context, each as likely as another, a
    class for each word. Chance: `corpus.chance` right. Baseline: how often words occur,
    `corpus.entropy` nats. Source: Mikolov et al. (2013a). ValueError for a text shorter than a
    window.
    """
    check_draw("skip_gram_windows", rng, batch=batch, length=length)
    draw = _windows("skip_gram_windows", rng, length, corpus)
    return batched(
        one_answer([centre], (before + after)[below(rng, 2 * length)])
        for before, centre, after in draw(batch)
    )


def skip_gram_pairs(
    rng: Random, batch: int, length: int, corpus: Corpus, negatives: int = 5
) -> Batch:
    """Skip-gram with negative sampling: does this word stand in that one's context, or is it noise?

    Every pair of `skip_gram_windows` is followed by `negatives` pairs of the same centre with
    another word than that of the context, drawn by its count to the power 3/4: B is batch · (1 +
    negatives). xs (2, B) tokens: the centre, then the other; one answer, 1 for context and 0 for
    noise. Chance: always noise, right in negatives / (1 + negatives). Source: Mikolov et al.
    (2013b), equation 4. ValueError for a text shorter than a window,
    or of fewer than two different words.
    """
    check_draw("skip_gram_pairs", rng, batch=batch, length=length)
    check_least("skip_gram_pairs", "negatives", negatives, 0, "")
    if sum(count > 0 for count in corpus.counts) < 2:
        raise ValueError("skip_gram_pairs: noise needs a text of at least two different words")
    true = skip_gram_windows(rng, batch, length, corpus)
    noise = list(accumulate(count**NOISE_POWER for count in corpus.counts))
    return batched(
        pair
        for centre, context in zip(true.xs[0], true.targets[0], strict=True)
        for pair in _against_noise(rng, centre, context, noise, negatives)
    )


Window = tuple[list[int], int, list[int]]


def _windows(
    task: str, rng: Random, length: int, corpus: Corpus
) -> Callable[[int], Iterator[Window]]:
    """A function that draws so many windows. ValueError for a text shorter than one."""
    numbers = corpus.numbers
    if len(numbers) < 2 * length + 1:
        raise ValueError(
            f"{task}: a window with {length} words on each side has {2 * length + 1}, the text has "
            f"{len(numbers)}: give a longer text or a smaller length"
        )

    def window() -> Window:
        i = between(rng, length, len(numbers) - length - 1)
        return list(numbers[i - length : i]), numbers[i], list(numbers[i + 1 : i + length + 1])

    return lambda count: (window() for _ in range(count))


def _against_noise(
    rng: Random, centre: int, context: int, noise: list[float], negatives: int
) -> Iterator[Example]:
    yield one_answer([centre, context], 1)
    for _ in range(negatives):
        word = context
        while word == context:
            word = bisect(noise, noise[-1] * rng.random())
        yield one_answer([centre, word], 0)
