"""Linear and Embedding: what stands before and after a cell."""

from __future__ import annotations

import math
import random
from typing import Any

from ..arrays.namespace import shape
from ..arrays.nesting import flatten
from ..autograd import linear, take
from ..autograd.tensor import detached
from .init import checked_size, normal, uniform
from .module import Module


class Linear(Module):
    """y = x·weightᵀ + bias, for x (..., in_features): (..., out_features).

    Weight (out_features, in_features) and bias (out_features) start uniform in ±1/√in_features,
    as PyTorch's.
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


def _check_tokens(tokens: Any, rows: int) -> None:
    """IndexError for a token without a row: -1 is none, though Python would count from the end."""
    for k in flatten(tokens.tolist() if hasattr(tokens, "tolist") else tokens)[0]:
        if not 0 <= k < rows:
            raise IndexError(f"Embedding: the token {k} is none of 0 ... {rows - 1}")
