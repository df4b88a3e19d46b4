"""Text from a network: what it guesses comes next is what it reads next."""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Iterator, Sequence
from itertools import accumulate
from random import Random
from typing import Any

from ..arrays.namespace import entries
from ..tasks import Alphabet, Vocabulary
from .network import Network


def sample(
    model: Network,
    symbols: Alphabet | Vocabulary,
    length: int,
    rng: Random,
    temperature: float = 1.0,
    prompt: str = "",
) -> Iterator[str]:
    """The `length` characters (or words) that follow the prompt; without one, the first is chance.

    Each is drawn with the probability softmax(logits / temperature): 1 is what was learned, less is
    more certain, 0 the likeliest alone. The state is carried on. ValueError for a prompt with
    characters that were not in training, for another alphabet than the network's, for a network
    that reads in both directions, and for a temperature below 0.
    """
    _check(model, symbols, length, temperature)
    return _drawn(model.detach(), symbols, length, rng, temperature, symbols.encode(prompt))


def _drawn(
    model: Network,
    symbols: Alphabet | Vocabulary,
    length: int,
    rng: Random,
    temperature: float,
    seen: Sequence[int],
) -> Iterator[str]:
    state: Any = None
    for _ in range(length):
        if seen:
            predictions, states = model([[k] for k in seen], state, asked={len(seen) - 1})
            state = states[-1]
            k = choose(entries(predictions[-1]), temperature, rng)
        else:
            k = int(rng.random() * symbols.size)
        yield symbols.decode([k])
        seen = [k]


def choose(logits: Sequence[float], temperature: float, rng: Random) -> int:
    """A class, drawn with the probability softmax(logits / temperature); at 0 the likeliest.

    >>> choose([1.0, 3.0, 2.0], 0.0, Random(0))
    1
    """
    if not all(map(math.isfinite, logits)):
        raise ValueError(f"sample: the network's logits are not finite: {list(logits)[:5]}")
    most = max(logits)
    if not temperature:
        return logits.index(most)
    shares = list(accumulate(math.exp((logit - most) / temperature) for logit in logits))
    return bisect(shares, rng.random() * shares[-1], hi=len(shares) - 1)


def _check(model: Network, symbols: Alphabet | Vocabulary, length: int, temperature: float) -> None:
    if model.embedding is None or model.bidirectional:
        raise ValueError("sample: needs a network that reads tokens, in one direction")
    known = model.embedding.weight.shape[0], model.readout.weight.shape[0]
    if known != (symbols.size, symbols.size):
        raise ValueError(
            f"sample: the network reads {known[0]} symbols and guesses among {known[1]}, "
            f"this alphabet has {symbols.size}: give that of its training"
        )
    if length < 1:
        raise ValueError(f"sample: length must be at least 1, got {length}")
    if not 0 <= temperature < math.inf:
        raise ValueError(f"sample: temperature must be at least 0 and finite, got {temperature}")
