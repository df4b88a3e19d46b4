"""SGD: stochastic gradient descent, with momentum if you like."""

from __future__ import annotations

from typing import Any

from ..module import Module
from .optimizer import Optimizer, Schedule, Slots


class SGD(Optimizer):
    """p ← p - lr·v, with v ← momentum·v + g (v = g at the first step).

    With `nesterov` p ← p - lr·(g + momentum·v): a look ahead. Sutskever et al. 2013.

    >>> import tinygrad_rnn as tg
    >>> from tinygrad_rnn import nn
    >>> layer = nn.Linear(1, 1, bias=False)
    >>> layer.load_state_dict({"weight": tg.arrays.asarray([[3.0]])})
    >>> tg.sum(layer.weight * layer.weight).backward()
    >>> SGD(layer, lr=0.1).step(); layer.weight
    Tensor([[2.4]], name='weight')
    """

    def __init__(
        self,
        module: Module,
        lr: float,
        momentum: float = 0.0,
        *,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        schedule: Schedule | None = None,
    ) -> None:
        kept = ("v",) if momentum else ()
        super().__init__(module, lr, weight_decay=weight_decay, schedule=schedule, kept=kept)
        self._check(0 <= momentum < 1, "momentum", "in [0, 1)", momentum)
        self._check(not nesterov or momentum > 0, "momentum", "above 0 for nesterov", momentum)
        self.momentum = momentum
        self.nesterov = nesterov

    def _update(self, p: Any, g: Any, lr: float, slots: Slots) -> Any:
        if not self.momentum:
            return p - lr * g
        v = slots["v"] = self.momentum * slots["v"] + g
        return p - lr * (g + self.momentum * v if self.nesterov else v)
