"""Optimisers that scale every entry's step by how large its gradients have been.

    m  running mean of g     v  running mean of g²     (from 0: too small for the first steps)
"""

from __future__ import annotations

import math
from typing import Any

from ...arrays.namespace import namespace
from ..module import Module
from .optimizer import Optimizer, Schedule, Slots


class RMSprop(Optimizer):
    """p ← p - lr·g / (√v + eps), with v ← alpha·v + (1-alpha)·g². Hinton 2012, lecture 6e.

    `centered` takes the variance v - m² for v, with m ← alpha·m + (1-alpha)·g (Graves
    2013). With `momentum` p ← p - lr·b, with b ← momentum·b + g / (√v + eps).
    """

    def __init__(
        self,
        module: Module,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        *,
        momentum: float = 0.0,
        centered: bool = False,
        weight_decay: float = 0.0,
        schedule: Schedule | None = None,
    ) -> None:
        kept = ("v", *(("m",) if centered else ()), *(("b",) if momentum else ()))
        super().__init__(module, lr, weight_decay=weight_decay, schedule=schedule, kept=kept)
        self._check(0 <= alpha < 1, "alpha", "in [0, 1)", alpha)
        self._check(0 <= eps < math.inf, "eps", "at least 0", eps)
        self._check(0 <= momentum < 1, "momentum", "in [0, 1)", momentum)
        self.alpha, self.eps = alpha, eps
        self.momentum, self.centered = momentum, centered

    def _update(self, p: Any, g: Any, lr: float, slots: Slots) -> Any:
        v = slots["v"] = self.alpha * slots["v"] + (1 - self.alpha) * (g * g)
        if self.centered:
            m = slots["m"] = self.alpha * slots["m"] + (1 - self.alpha) * g
            v = namespace(v).maximum(v - m * m, 0.0)  # rounding may take it below: PyTorch says nan
        u = g / (namespace(v).sqrt(v) + self.eps)
        if self.momentum:
            u = slots["b"] = self.momentum * slots["b"] + u
        return p - lr * u


class Adam(Optimizer):
    """p ← p - lr·m̂ / (√v̂ + eps), with running means m of g and v of g².

        m ← β₁·m + (1-β₁)·g,   v ← β₂·v + (1-β₂)·g²,   m̂ = m / (1-β₁ᵗ),   v̂ = v / (1-β₂ᵗ)

    Kingma & Ba 2015, alg. 1.
    """

    def __init__(
        self,
        module: Module,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        *,
        weight_decay: float = 0.0,
        schedule: Schedule | None = None,
    ) -> None:
        kept = ("m", "v")
        super().__init__(module, lr, weight_decay=weight_decay, schedule=schedule, kept=kept)
        two = len(betas) == 2 and all(0 <= beta < 1 for beta in betas)
        self._check(two, "betas", "two numbers in [0, 1)", betas)
        self._check(0 <= eps < math.inf, "eps", "at least 0", eps)
        self.betas = betas
        self.eps = eps

    def _update(self, p: Any, g: Any, lr: float, slots: Slots) -> Any:
        (beta1, beta2), t = self.betas, slots["t"]
        m = slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
        v = slots["v"] = beta2 * slots["v"] + (1 - beta2) * (g * g)
        root = namespace(v).sqrt(v) / math.sqrt(1 - beta2**t)
        return p - (lr / (1 - beta1**t)) * m / (root + self.eps)


class AdamW(Adam):
    """Adam, with weight decay beside it: p ← (1 - lr·weight_decay)·p - Adam's step.

    The decay does not pass through m and v, so large gradients do not weaken it. Loshchilov &
    Hutter 2019, alg. 2.
    """

    def __init__(
        self,
        module: Module,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        *,
        weight_decay: float = 1e-2,
        schedule: Schedule | None = None,
    ) -> None:
        super().__init__(module, lr, betas, eps, weight_decay=weight_decay, schedule=schedule)

    def _decayed(self, p: Any, g: Any, lr: float) -> tuple[Any, Any]:
        return (1 - lr * self.weight_decay) * p, g
