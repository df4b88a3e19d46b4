"""Is a gradient right? Compare it with finite differences, at first and at second order.

f may return any shape: what is checked is s = Σ v·f(x) with fixed weights v that are all different,
so a rule that mixes up entries, or ignores its cotangent, is found. At the second order f is
replaced by the derivative of s, and the check is made again.
"""

from __future__ import annotations

import inspect
import math
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from ..arrays.namespace import like, namespace, shape
from ..arrays.shapes import product
from . import ops
from .backprop import Gradients, backward_order, gradients, pull_back
from .tensor import Tensor, detached

STEPS = (2e-3, 2e-4, 2e-5)
NOTHING = "no gradient arrives (cut by .value, float() or a rule that is None?)"


class GradcheckError(ValueError):
    """A gradient that finite differences contradict; the text says which, where and by how much."""


class Comparison(NamedTuple):
    """One entry of a derivative: by the rules, and by finite differences."""

    analytic: float
    numeric: float

    def error(self) -> float:
        """The difference, relative to a derivative larger than 1."""
        return abs(self.analytic - self.numeric) / max(1.0, abs(self.analytic))


def gradcheck(
    f: Callable[..., Any], *inputs: Any, order: int = 2, rtol: float = 1e-7, atol: float = 1e-9
) -> bool:
    """True if every derivative of f at `inputs` agrees with finite differences, up to `order`.

    The difference is central and of fourth order: (8(s(x+h) - s(x-h)) - (s(x+2h) - s(x-2h))) / 12h
    with h = 2e-3·max(1, |x|), exact to about 1e-11 for smooth functions; where f bends too sharply
    for that (1/x near 0) a smaller h is tried. `inputs` are floats, arrays or Tensors; the numbers
    are float64. GradcheckError names the function, the order, the input, the index and both
    numbers, or the op whose rule raised; where f has a kink it asks for another point.

    >>> gradcheck(lambda x, y: x * y + ops.tanh(x), 0.5, -1.2)
    True
    """
    for _ in comparisons(f, *inputs, order=order, rtol=rtol, atol=atol):
        pass
    return True


def comparisons(
    f: Callable[..., Any], *inputs: Any, order: int = 2, rtol: float = 1e-7, atol: float = 1e-9
) -> Iterator[Comparison]:
    """What `gradcheck` compares, entry by entry; GradcheckError at the first that disagrees."""
    values = [_double(x) for x in inputs]
    names = _names(f, inputs)
    differentiated = f
    for n in range(1, order + 1):
        try:
            yield from _compared(differentiated, values, names, rtol, atol)
        except GradcheckError as error:
            text = f"gradcheck of {_title(f, values)}, order {n}: {error}"
            raise GradcheckError(text) from error.__cause__
        differentiated = _derivative(differentiated)


def _compared(
    f: Any, values: Sequence[Any], names: list[str], rtol: float, atol: float
) -> Iterator[Comparison]:
    """Both numbers for every entry of every input; raises where they disagree."""
    leaves = [Tensor(value) for value in values]
    s = _projected(f(*leaves))
    if not math.isfinite(s):
        raise GradcheckError(f"the function itself gives {float(s)} here")
    found = _gradients(s)
    for i, (leaf, name) in enumerate(zip(leaves, names)):
        entries = _flat(found[leaf]) if leaf in found else [0.0] * product(leaf.shape)
        for j, analytic in enumerate(entries):
            where = name + (f" at {_index(j, leaf.shape)}" if leaf.shape else "")
            within = atol + rtol * abs(analytic)
            x, moved = _flat(values[i])[j], _moved(f, values, i, j)
            numeric = _numeric(moved, x, analytic, within, where)
            if not abs(analytic - numeric) <= within:
                says = f"the rule gives {analytic:.10g}" if leaf in found else NOTHING
                differs = f"{numeric:.10g} (difference {abs(analytic - numeric):.2g})"
                raise GradcheckError(f"{where}: {says}, finite differences {differs}")
            yield Comparison(analytic, numeric)


def _gradients(s: Any, differentiable: bool = False) -> Gradients:
    """The gradients of a scalar, none of a plain one; an error names the op whose rule failed."""
    if type(s) is not Tensor:
        return {}
    try:
        return gradients(s, differentiable=differentiable)
    except Exception as error:
        op = _op_at_fault(error)
        said = f"the rule of op '{op}' raised {type(error).__name__}: {error}"
        raise GradcheckError(str(error) if f"op '{op}'" in str(error) else said) from error


def _op_at_fault(error: Exception) -> str:
    """The op of the last node that was pulled back through on the way to the error."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    nodes = [frame.f_locals["node"] for frame in frames if frame.f_code is pull_back.__code__]
    return nodes[-1].op.name if nodes else "?"


def _derivative(f: Any) -> Any:
    """The function that maps inputs to Σ wᵢ·ds/dxᵢ, itself differentiable."""

    def derivative(*inputs: Any) -> Any:
        leaves = [x if type(x) is Tensor else Tensor(x) for x in inputs]
        found = _gradients(_projected(f(*leaves)), differentiable=True)
        terms = [_projected(found[x], 1 + i) for i, x in enumerate(leaves) if x in found]
        total = sum(terms[1:], terms[0]) if terms else 0.0
        return total if any(type(x) is Tensor for x in inputs) else detached(total)

    return derivative


def _projected(y: Any, offset: int = 0) -> Any:
    """Σ v·y with weights v that are all different: a scalar that depends on every entry of y."""
    lengths = shape(y)
    weights = [math.cos(1.7 * k + offset) + 0.3 for k in range(product(lengths))]
    if not lengths:
        return y * weights[0]
    return ops.sum(ops.reshape(y, (-1,)) * like(weights, detached(y)))


def _moved(f: Any, values: Sequence[Any], i: int, j: int) -> Callable[[float], float]:
    """s as a function of how far entry j of input i is moved."""

    def s(by: float) -> float:
        entries = _flat(values[i])
        entries[j] += by
        lengths = shape(values[i])
        shifted = like(entries if lengths else entries[0], values[i])
        shifted = ops.reshape(shifted, lengths) if lengths else shifted
        inputs = [shifted if k == i else value for k, value in enumerate(values)]
        return float(detached(_projected(f(*inputs))))

    return s


def _numeric(
    s: Callable[[float], float], x: float, analytic: float, within: float, where: str
) -> float:
    """ds/dx: the first step size that agrees, else what comes nearest; a kink is an error."""
    tried, kink = [], False
    for h in STEPS:
        numeric, kink = _difference(s, h * max(1.0, abs(x)))
        if not kink and abs(numeric - analytic) <= within:
            return numeric
        tried.append(numeric)
    if kink:
        raise GradcheckError(f"a kink at {where}, where it is {x:.6g}: choose another point")
    return min(tried, key=lambda numeric: abs(numeric - analytic))


def _difference(s: Callable[[float], float], h: float) -> tuple[float, bool]:
    """ds/dx from values at distances h and 2h, and whether it differs left and right of 0."""
    a, b, c, d, e = (s(k * h) for k in (-2, -1, 0, 1, 2))
    left, right = (3 * c - 4 * b + a) / (2 * h), (4 * d - 3 * c - e) / (2 * h)
    noise = 1e-3 * (abs(left) + abs(right)) + 1e-6 * max(1.0, abs(c))
    return (8 * (d - b) - (e - a)) / (12 * h), abs(right - left) > noise


def _double(x: Any) -> Any:
    """The plain value of an input, in float64."""
    value = Tensor(detached(x)).value
    xp = namespace(value)
    return value if type(value) is float else xp.asarray(value, dtype=xp.float64)


def _flat(value: Any) -> list[float]:
    return ops.reshape(value, (-1,)).tolist() if shape(value) else [float(value)]


def _index(j: int, lengths: tuple[int, ...]) -> tuple[int, ...]:
    index = []
    for n in reversed(lengths):
        j, i = divmod(j, n)
        index.append(i)
    return tuple(reversed(index))


def _names(f: Any, inputs: Sequence[Any]) -> list[str]:
    """How to call each input: by a Tensor's name, by f's parameter, else by its number."""
    parameters = _parameters(f) if len(inputs) > 1 else []  # one alone is not to be confused
    names = dict(enumerate(parameters))
    names |= {i: x.name for i, x in enumerate(inputs) if type(x) is Tensor and x.name}
    return [f"input '{names[i]}'" if i in names else f"input {i}" for i in range(len(inputs))]


def _parameters(f: Any) -> list[str]:
    """The names of f's positional parameters, where they can be known."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):  # some builtins have no signature
        return []
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def _title(f: Any, values: Sequence[Any]) -> str:
    """The name of f; of a lambda, the ops that it is made of."""
    name: str = getattr(f, "__name__", type(f).__name__)
    result = f(*map(Tensor, values))
    if name != "<lambda>" or type(result) is not Tensor:
        return name
    used = dict.fromkeys(node.op.name for node in backward_order([result]) if node.op)
    return f"a lambda of {', '.join(reversed(used))}"
