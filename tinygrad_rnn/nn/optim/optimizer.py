"""Optimizer: a step puts new, better Tensors into the module.

    p  a parameter's value     g  its gradient     lr  the learning rate     t  its steps, from 1

Tensors are immutable, so `step` rebinds the module's fields, a recorded graph stays true, and no
zero_grad is needed. A parameter without a gradient is skipped.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from ...arrays.namespace import like, shape
from ...autograd import Tensor
from ..module import Module

Grads = dict[Tensor, Any]
Slots = dict[str, Any]
Schedule = Callable[[int], float]

NOTHING_TO_DO = (
    "{}.step: no parameter has a gradient, so nothing moves: call backward() on a loss that was "
    "computed after the last step, which put new Tensors into the module"
)


class Optimizer:
    """What the optimisers share; `_update` says how one parameter moves.

    The step after `steps` others has the rate lr·schedule(steps). `weight_decay` is that of a
    penalty ½·weight_decay·p² in the loss: it adds weight_decay·p to g. `kept` names the slots:
    running values that are remembered of each parameter, 0 at the start. ValueError for settings
    out of range; TypeError for parameters where the module belongs.
    """

    def __init__(
        self,
        module: Module,
        lr: float,
        *,
        weight_decay: float = 0.0,
        schedule: Schedule | None = None,
        kept: tuple[str, ...] = (),
    ) -> None:
        if not isinstance(module, Module):
            raise TypeError(
                f"{self._name}: pass the module, not its parameters "
                f"(got {type(module).__name__}): step() puts new Tensors into the module"
            )
        self._check(0 <= weight_decay < math.inf, "weight_decay", "at least 0", weight_decay)
        self.module = module
        self.lr = lr
        self.weight_decay = weight_decay
        self.schedule = schedule
        self.kept = kept
        self.steps = 0
        self.slots: dict[str, Slots] = {}  # by the parameter's name

    @property
    def lr(self) -> float:
        """The learning rate before the schedule; it may be set between steps."""
        return self._lr

    @lr.setter
    def lr(self, lr: float) -> None:
        self._check(0 < lr < math.inf, "lr", "above 0 and finite", lr)
        self._lr = lr

    @property
    def rate(self) -> float:
        """The learning rate of the next step: lr, times what the schedule says."""
        if self.schedule is None:
            return self.lr
        factor = self.schedule(self.steps)
        place = f"the factor of the schedule at step {self.steps}"
        self._check(0 <= factor < math.inf, place, "at least 0 and finite", factor)
        return self.lr * factor

    def step(self, grads: Grads | None = None) -> None:
        """Move every parameter along its gradient: in `grads`, as `gradients` returns, or .grad.

        A warning where no parameter has one.
        """
        lr, new, slots = self.rate, {}, {}
        for name, parameter in self.module.named_parameters():
            g = parameter.grad if grads is None else grads.get(parameter)
            if g is not None:
                kept = slots[name] = self._slots(name)
                value, g = self._decayed(parameter.value, g, lr)
                new[parameter] = Tensor(self._update(value, g, lr, kept), name=parameter.name)
        if not new:
            warnings.warn(NOTHING_TO_DO.format(self._name), stacklevel=2)
        self.module.rebind(new)
        self.slots |= slots
        self.steps += 1

    def state_dict(self) -> dict[str, Any]:
        """All that the next steps depend on but the module and the settings: a flat, plain dict.

        lr, steps, and "W.t", "W.m", ...: the steps and slots of each parameter that has moved.
        """
        slots = {f"{name}.{k}": x for name, kept in self.slots.items() for k, x in kept.items()}
        return {"lr": self.lr, "steps": self.steps, **slots}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state_dict`: with the same module and settings, the same to the last bit.

        ValueError for what is no state of this optimiser and module; then nothing has changed.
        """
        rest = dict(state)
        lr, steps = self._number(rest, "lr"), self._count(rest, "steps", 0)
        slots = self._loaded(rest)
        self.lr = lr  # which is refused before anything has changed
        self.steps, self.slots = steps, slots

    def _update(self, p: Any, g: Any, lr: float, slots: Slots) -> Any:
        """The new value of one parameter; `slots`, with its count of steps "t", is renewed."""
        raise NotImplementedError

    def _decayed(self, p: Any, g: Any, lr: float) -> tuple[Any, Any]:
        """p and g after weight decay."""
        return p, (g + self.weight_decay * p if self.weight_decay else g)

    def _slots(self, name: str) -> Slots:
        """A copy of what is remembered of a parameter, with its next step counted."""
        slots = self.slots.get(name) or {"t": 0, **dict.fromkeys(self.kept, 0.0)}
        return slots | {"t": slots["t"] + 1}

    def _loaded(self, state: dict[str, Any]) -> dict[str, Slots]:
        """The slots in the state; every parameter that is in it has all of its own."""
        parameters = dict(self.module.named_parameters())
        slots: dict[str, Slots] = {}
        for name in {key.rpartition(".")[0]: None for key in state}:
            if name in parameters:
                slots[name] = {"t": self._count(state, f"{name}.t", 1)}
                for slot in self.kept:
                    slots[name][slot] = self._fitting(state, f"{name}.{slot}", parameters[name])
        self._check(not state, "a state", f"one of {self._described()}", sorted(state))
        return slots

    def _number(self, state: dict[str, Any], key: str) -> float:
        """Take a single number out of the state."""
        value = self._taken(state, key)
        self._check(shape(value) == (), f"{key} of a state", "a number", value)
        return float(value)

    def _count(self, state: dict[str, Any], key: str, least: int) -> int:
        """Take a whole number of at least `least` out of the state."""
        value = self._number(state, key)
        fits = value >= least and value.is_integer()
        self._check(fits, f"{key} of a state", f"a whole number of at least {least}", value)
        return int(value)

    def _fitting(self, state: dict[str, Any], key: str, parameter: Tensor) -> Any:
        """Take a slot out of the state, as a value of the parameter's kind and shape."""
        value = self._taken(state, key)
        fits = shape(value) == parameter.shape
        self._check(fits, f"{key} of a state", f"of shape {parameter.shape}", shape(value))
        return like(value, parameter.value)

    def _taken(self, state: dict[str, Any], key: str) -> Any:
        self._check(key in state, "a state", f"with {key}", f"one of {self._described()} without")
        return state.pop(key)

    def _described(self) -> str:
        return f"{self._name} with slots {', '.join(('t', *self.kept))}"

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _check(self, holds: bool, what: str, expected: str, got: Any) -> None:
        if not holds:
            raise ValueError(f"{self._name}: {what} must be {expected}, got {got}")
