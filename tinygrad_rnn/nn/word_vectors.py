"""Word vectors: words that stand in the same company come to lie close together.

    window  a word of a text, and its context: the words around it
    v, u    the vectors of a word: v where it is read (embedding), u where it is guessed (output)
    h       what was read, as one vector
    V  words of the vocabulary   D  entries of a vector   B  windows
    C  words of a context        N  words that are scored for each window

CBOW reads the context and guesses the word; skip-gram reads the word and guesses its context.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from operator import mul
from typing import Any

from ..arrays.creation import zeros
from ..arrays.namespace import entries, shape
from ..arrays.nesting import flatten
from ..arrays.shapes import Shape
from ..autograd import Tensor, linear, mean, sum
from ..autograd.tensor import detached
from .init import checked_size, uniform
from .layers import Embedding
from .losses import binary_cross_entropy_with_logits, cross_entropy
from .module import Module


class WordVectors(Module):
    """What CBOW and SkipGram share: v and u of every word, and two losses.

    model(tokens) are the logits (B, V): u·h of every word, with h = model.hidden(tokens) (B, D).
    The table of v (V, D) starts uniform in ±1/2D, that of u (V, D) at zero, as word2vec's: so the
    first loss is ln V. ValueError for fewer than 2 words; IndexError for a token that is no word.
    """

    hidden: Callable[[Any], Any]

    def __init__(
        self, num_embeddings: int, embedding_dim: int, rng: random.Random | None = None
    ) -> None:
        checked_size(num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        if num_embeddings < 2:
            raise ValueError(
                f"{type(self).__name__}: with 1 word there is nothing to guess: give a text of at "
                "least 2 different words"
            )
        size, bound = (num_embeddings, embedding_dim), 0.5 / embedding_dim
        # Small, so that learning sets the directions, and not the draws.
        self.embedding = _table(uniform(size, bound, rng or random.Random(), name="embedding"))
        self.output = _table(Tensor(zeros(size), name="output"))

    def __call__(self, tokens: Any) -> Any:
        return linear(self.hidden(tokens), self.output.weight)

    def loss(self, tokens: Any, words: Any) -> Any:
        """The full softmax: the mean of -log softmax(u·h)[word] over the words (B), in nats.

        It scores every word of the vocabulary. ValueError where tokens and words do not fit.
        """
        logits = self(tokens)
        if _shape(words) != shape(logits)[:-1]:
            raise self._misfit("loss", tokens, words, f"{shape(logits)[:-1]}")
        return cross_entropy(logits, words)

    def negative_sampling_loss(self, tokens: Any, words: Any, true: Any) -> Any:
        """-log σ(u·h) for a word that stands there, and -log σ(-u·h) for one that is noise.

        They are summed up, and divided by how many words stand there. `words` has one for each
        window, (B), or several, (N, B); `true`, of the same shape, is 1 for one that stands there
        and 0 for noise. Only these are scored, however many words there are. Mikolov et al. 2013b,
        eq. 4, which draws noise by a word's count to the power 3/4. ValueError where tokens, words
        and `true` do not fit, or where all is noise.
        """
        there = math.fsum(entries(true))
        if not there > 0:
            raise ValueError(
                "negative_sampling_loss: all words are noise: `true` is 1 for a word that stands "
                "there"
            )
        scores = self.score(tokens, words)
        return binary_cross_entropy_with_logits(scores, true, reduction="sum") / there

    def score(self, tokens: Any, words: Any) -> Any:
        """u·h of the words (B), or (N, B), alone: how well each fits what was read."""
        h, given = self.hidden(tokens), _shape(words)
        windows = shape(h)[:-1]
        if windows not in (given, given[1:]):  # it might broadcast, and hide a mistake
            raise self._misfit("score", tokens, words, f"{windows} or {('N', *windows)}")
        return sum(h * self.output(words), axis=-1)

    def _misfit(self, asked: str, tokens: Any, words: Any, fitting: str) -> ValueError:
        return ValueError(
            f"{type(self).__name__}.{asked}: tokens of shape {_shape(tokens)} take words of shape "
            f"{fitting}, got {_shape(words)}"
        )


class CBOW(WordVectors):
    """Continuous bag of words: h = mean of v over the context. Mikolov et al. 2013a.

    tokens (C, B), words (B): a context, and the word in its middle. A bag: h is the same whatever
    the order of the context. ValueError for a context without words.
    """

    def hidden(self, tokens: Any) -> Any:
        """The mean of the context's vectors, (B, D)."""
        given = _shape(tokens)
        if not given or not given[0]:
            raise ValueError(f"CBOW: a context (C, B) has at least 1 word, got the shape {given}")
        return mean(self.embedding(tokens), axis=0)


class SkipGram(WordVectors):
    """Skip-gram: h = v of the word. Mikolov et al. 2013a.

    tokens (B), words (B): a word, and a word of its context.
    """

    def hidden(self, tokens: Any) -> Any:
        """The word's vector, (B, D)."""
        return self.embedding(tokens)


def nearest(
    word: str, words: Sequence[str], vectors: Any, count: int = 5
) -> list[tuple[str, float]]:
    """The `count` words, or all there are, whose vectors point most nearly the way of that of word.

    Each with the cosine v·w / |v||w|, greatest first. vectors (V, D) has a row for each of `words`.
    ValueError for a word that is none of them, or for another number of rows.

    >>> nearest("cat", ["cat", "dog", "car"], Tensor([[2.0, 0.0], [3.0, 4.0], [0.0, 1.0]]))
    [('dog', 0.6), ('car', 0.0)]
    """
    checked_size(count=count)
    rows = _rows(words, detached(vectors))
    if word not in rows:
        known = ", ".join(words[:5]) + (", ..." if len(words) > 5 else "")
        raise ValueError(f"nearest: {word!r} is not in the vocabulary of {len(words)}: {known}")
    own = rows.pop(word)
    cosines = [(other, _cosine(own, row)) for other, row in rows.items()]
    return sorted(cosines, key=lambda pair: -pair[1])[:count]


def _rows(words: Sequence[str], vectors: Any) -> dict[str, list[float]]:
    if shape(vectors)[:-1] != (len(words),):
        raise ValueError(
            f"nearest: {len(words)} words need vectors of shape ({len(words)}, D), "
            f"got {shape(vectors)}"
        )
    return dict(zip(words, vectors.tolist(), strict=True))


def _cosine(v: list[float], w: list[float]) -> float:
    """The cosine of the angle between v and w; 0 where one is zero, and has no direction."""
    lengths = math.hypot(*v) * math.hypot(*w)
    return math.fsum(map(mul, v, w)) / lengths if lengths else 0.0


def _table(weight: Tensor) -> Embedding:
    words, size = weight.shape
    return Embedding(words, size).replace(weight=weight)


def _shape(tokens: Any) -> Shape:
    return flatten(tokens)[1] if isinstance(tokens, (list, tuple)) else shape(tokens)
