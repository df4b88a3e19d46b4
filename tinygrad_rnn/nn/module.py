"""Module: a plain object whose Tensor and Module fields are its parameters.

There is nothing to declare: parameters are found by walking the fields, through lists, tuples and
dicts too. Tensors are immutable, so learning does not write into a parameter: it puts a new Tensor
into the field (`rebind`). A `w = cell.W` that you hold keeps the old value.
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from ..arrays.namespace import like, shape
from ..autograd import Tensor


class Module:
    """Derive from it, put Tensors and Modules into fields, write `__call__`.

    >>> class Scale(Module):
    ...     def __init__(self, a):
    ...         self.a = Tensor(a)
    ...     def __call__(self, x):
    ...         return self.a * x
    >>> dict(Scale(2.0).named_parameters())
    {'a': Tensor(2.0)}
    """

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """(name, Tensor) of every parameter, like "cell.W_f"; a tied one once, under its first."""
        seen: set[Tensor] = set()
        for name, parameter in _named(vars(self)):
            if parameter not in seen:
                seen.add(parameter)
                yield name, parameter

    def parameters(self) -> Iterator[Tensor]:
        """Every parameter once."""
        return (parameter for _, parameter in self.named_parameters())

    def state_dict(self) -> dict[str, Any]:
        """{name: plain value} of every parameter, a tied one under each of its names."""
        return {name: parameter.value for name, parameter in _named(vars(self))}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take the values of `state` for the parameters of the same names.

        ValueError that lists missing, unexpected and misshapen names; then nothing has changed.
        """
        named = dict(_named(vars(self)))
        _check_state(named, state)
        self.rebind(
            {p: Tensor(like(state[n], p.value), name=p.name) for n, p in named.items()}
        )

    def rebind(self, new: Mapping[Tensor, Tensor]) -> Self:
        """Put new[parameter] into every field, here and below, that holds `parameter`."""
        fields = {
            name: _mapped(value, lambda t: new.get(t, t), lambda m: m.rebind(new))
            for name, value in vars(self).items()
        }
        vars(self).update(fields)
        return self

    def map(self, f: Callable[[Tensor], Any]) -> Self:
        """A new module of the same kind with f(parameter) for every parameter; tied ones stay tied.

        `cell.map(lambda t: Tensor(numpy.asarray(t.value), name=t.name))` runs on NumPy values.
        """
        done = {parameter: f(parameter) for parameter in self.parameters()}
        return self._copied(done)

    def _copied(self, done: Mapping[Tensor, Any]) -> Self:
        module = copy.copy(self)
        for name, value in vars(self).items():
            vars(module)[name] = _mapped(value, done.__getitem__, lambda m: m._copied(done))
        return module

    def detach(self) -> Self:
        """The same module over plain values: for evaluation, it records nothing."""
        return self.map(Tensor.detach)

    def replace(self, **fields: Any) -> Self:
        """A copy with other values in some fields. ValueError for a field that is not there."""
        unknown = sorted(fields.keys() - vars(self).keys())
        if unknown:
            raise ValueError(f"replace: {type(self).__name__} has no field {', '.join(unknown)}")
        module = copy.copy(self)
        vars(module).update(fields)
        return module


def _named(fields: Any, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
    """(path, Tensor) of every Tensor in a field's value, in the order of the fields."""
    items = fields.items() if isinstance(fields, dict) else enumerate(fields)
    for key, value in items:
        if type(value) is Tensor:
            yield f"{prefix}{key}", value
        elif isinstance(value, Module):
            yield from _named(vars(value), f"{prefix}{key}.")
        elif isinstance(value, (list, tuple, dict)):
            yield from _named(value, f"{prefix}{key}.")


def _mapped(value: Any, tensor: Callable[[Tensor], Any], module: Callable[[Any], Any]) -> Any:
    """A field's value with every Tensor and every Module in it replaced."""
    if type(value) is Tensor:
        return tensor(value)
    if isinstance(value, Module):
        return module(value)
    if not isinstance(value, (list, tuple, dict)):
        return value
    held = value.values() if isinstance(value, dict) else value
    items = [_mapped(v, tensor, module) for v in held]
    if all(map(operator.is_, items, held)):  # no parameter in it: the very same list
        return value
    if isinstance(value, dict):
        return dict(zip(value, items, strict=True))
    return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)


def _check_state(named: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
    missing = [name for name in named if name not in state]
    unexpected = [name for name in state if name not in named]
    misshapen = [
        f"{name} (has {shape(state[name])}, needs {parameter.shape})"
        for name, parameter in named.items()
        if name in state and shape(state[name]) != parameter.shape
    ]
    faults = {"missing": missing, "unexpected": unexpected, "misshapen": misshapen}
    said = "; ".join(f"{what}: {', '.join(names)}" for what, names in faults.items() if names)
    if said:
        raise ValueError(f"load_state_dict: {said}")
