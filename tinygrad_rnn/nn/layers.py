"""Linear, Embedding, Dropout: what stands before, after and between cells."""

from __future__ import annotations

import math
import random
from typing import Any

from ..arrays.namespace import entries, namespace, shape
from ..arrays.nesting import nest
from ..arrays.shapes import product
from ..autograd import Tensor, dropout, linear, take
from ..autograd.tensor import detached
from .init import checked_size, normal, uniform
from .module import Module


class Linear(Module):
    """y = x·weightᵀ + bias, for x (..., in_features): (..., out_features).

    `weight` (out_features, in_features) and `bias` (out_features) start uniform in
    ±1/√in_features, as PyTorch's.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        rng: random.Random | None = None,
    ) -> None:
        checked_size(in_features=in_features, out_features=out_features)
        rng, bound = rng or random.Random(), 1 / math.sqrt(in_features)
        self.weight = uniform((out_features, in_features), bound, rng, name="weight")
        self.bias = uniform((out_features,), bound, rng, name="bias") if bias else None

    def __call__(self, x: Any) -> Any:
        return linear(x, self.weight, self.bias)


class Embedding(Module):
    """Row k of weight (num_embeddings, embedding_dim) for token k; starts normal, as PyTorch's.

    Token numbers are plain whole numbers, in any shape: (...) gives (..., embedding_dim).
    IndexError for a token that has no row.
    """

    def __init__(
        self, num_embeddings: int, embedding_dim: int, rng: random.Random | None = None
    ) -> None:
        checked_size(num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        shape = (num_embeddings, embedding_dim)
        self.weight = normal(shape, rng or random.Random(), name="embedding")

    def __call__(self, tokens: Any) -> Any:
        _check_tokens(tokens, shape(detached(self.weight))[0])
        return take(self.weight, tokens, axis=0)


class Dropout(Module):
    """Each entry of a Tensor x is 0 with the probability p, else x / (1 - p): x in the mean.

    There is no mode to switch. A Tensor is being learned from, so entries are dropped; a plain
    value is not, so it stays as it is: `model.detach()` evaluates without dropout. To drop entries
    of plain inputs in training, make Tensors of them. The draws are those of `rng`.
    ValueError for p outside [0, 1), TypeError without an rng. Srivastava et al. 2014, with the
    scale in training, as PyTorch's.
    """

    def __init__(self, p: float, rng: random.Random) -> None:
        if not 0 <= p < 1:
            raise ValueError(f"Dropout: p is the share that is dropped, in [0, 1), got {p}")
        if not isinstance(rng, random.Random):
            raise TypeError(f"Dropout: rng must be a random.Random, got {rng!r}: pass Random(0)")
        self.p = p
        self.rng = rng

    def __call__(self, x: Any) -> Any:
        if type(x) is not Tensor or not self.p:
            return x
        kept = [self.rng.random() >= self.p for _ in range(product(x.shape))]
        mask = nest(kept, x.shape)
        return dropout(x, namespace(x.value).asarray(mask) if x.shape else mask, p=self.p)


def _check_tokens(tokens: Any, rows: int) -> None:
    """IndexError for a token without a row: -1 is none, though Python would count from the end."""
    for k in entries(tokens):
        if not 0 <= k < rows:
            raise IndexError(f"Embedding: the token {k} is none of 0 ... {rows - 1}")
