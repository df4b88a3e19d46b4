"""Optimisers: a step puts new, better Tensors into the module. Formulas as PyTorch's.

Tensors are immutable, so `step` rebinds the module's fields, a recorded graph stays true, and no
zero_grad is needed. A parameter without a gradient is skipped.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from ..arrays.namespace import namespace, norm
from ..autograd import Tensor
from .module import Module

Grads = dict[Tensor, Any]


class Optimizer:
    """What the optimisers share; `_update` says how one parameter moves."""

    def __init__(self, module: Module, lr: float) -> None:
        if not isinstance(module, Module):
            raise TypeError(
                f"{type(self).__name__}: pass the module, not its parameters "
                f"(got {type(module).__name__}): step() puts new Tensors into the module"
            )
        if not 0 < lr < math.inf:
            raise ValueError(f"{type(self).__name__}: lr must be above 0 and finite, got {lr}")
        self.module = module
        self.lr = lr
        self.slots: dict[str, tuple[Any, ...]] = {}  # what is remembered of each parameter, by name

    def step(self, grads: Grads | None = None) -> None:
        """Move every parameter along its gradient: in `grads`, as `gradients` returns, or .grad."""
        new = {}
        for name, parameter in self.module.named_parameters():
            g = parameter.grad if grads is None else grads.get(parameter)
            if g is not None:
                value, self.slots[name] = self._update(parameter.value, g, self.slots.get(name))
                new[parameter] = Tensor(value, name=parameter.name)
        self.module.rebind(new)

    def _update(self, value: Any, g: Any, slots: Any) -> tuple[Any, tuple[Any, ...]]:
        """(the new value, what to remember)."""
        raise NotImplementedError


class SGD(Optimizer):
    """p ← p - lr·v, with v ← momentum·v + g (v = g at the first step).

    >>> import tinygrad_rnn as tg
    >>> from tinygrad_rnn import nn
    >>> layer = nn.Linear(1, 1, bias=False)
    >>> layer.load_state_dict({"weight": tg.arrays.asarray([[3.0]])})
    >>> tg.sum(layer.weight * layer.weight).backward()
    >>> SGD(layer, lr=0.1).step(); layer.weight
    Tensor([[2.4]], name='weight')
    """

    def __init__(self, module: Module, lr: float, momentum: float = 0.0) -> None:
        super().__init__(module, lr)
        if not 0 <= momentum < 1:
            raise ValueError(f"SGD: momentum must be in [0, 1), got {momentum}")
        self.momentum = momentum

    def _update(self, value: Any, g: Any, slots: Any) -> tuple[Any, tuple[Any, ...]]:
        if not self.momentum:
            return value - self.lr * g, ()
        velocity = g if slots is None else self.momentum * slots[0] + g
        return value - self.lr * velocity, (velocity,)


class Adam(Optimizer):
    """p ← p - lr·m̂ / (√v̂ + eps), with running means m of g and v of g². Kingma & Ba 2015, alg. 1.

    m ← β₁·m + (1-β₁)·g,   v ← β₂·v + (1-β₂)·g²,   m̂ = m / (1-β₁ᵗ),   v̂ = v / (1-β₂ᵗ)
    """

    def __init__(
        self,
        module: Module,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        super().__init__(module, lr)
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"Adam: betas must be in [0, 1), got {betas}")
        self.betas = betas
        self.eps = eps

    def _update(self, value: Any, g: Any, slots: Any) -> tuple[Any, tuple[Any, ...]]:
        beta1, beta2 = self.betas
        m, v, t = slots or (0.0, 0.0, 0)
        t += 1
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * (g * g)
        root: Any = namespace(v).sqrt(v) / math.sqrt(1 - beta2**t)
        return value - (self.lr / (1 - beta1**t)) * m / (root + self.eps), (m, v, t)


def clip_grad_norm(
    parameters: Module | Tensor | Iterable[Tensor], max_norm: float, grads: Grads | None = None
) -> float:
    """Scale the gradients of `parameters` together so that their norm is at most `max_norm`.

    They are replaced where they are: in `grads`, as `gradients` returns, else in each `.grad`.
    Returns the norm √(Σ g²) that they had. A gradient that is not finite is left for you to see.
    Pascanu et al. 2013, alg. 1.
    """
    if not max_norm > 0:
        raise ValueError(f"clip_grad_norm: max_norm must be above 0, got {max_norm}")
    if isinstance(parameters, Tensor):  # iterable, but its rows are no parameters
        parameters = [parameters]
    chosen = parameters.parameters() if isinstance(parameters, Module) else parameters
    found: Grads = {p: p.grad if grads is None else grads.get(p) for p in chosen}
    found = {p: g for p, g in found.items() if g is not None}
    total = math.hypot(*map(norm, found.values()))
    if max_norm < total < math.inf:
        for p, g in found.items():
            _put(p, g * (max_norm / total), grads)
    return total


def _put(parameter: Tensor, g: Any, grads: Grads | None) -> None:
    if grads is None:
        parameter.grad = g
    else:
        grads[parameter] = g
