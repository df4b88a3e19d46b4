"""Functions of functions: grad, vjp, jvp, jacobian, hessian; the conventions are JAX's.

    f           a function of numbers, arrays and Tensors, and of tuples, lists and dicts of them
    primals     where f is differentiated       tangents     a direction to go from there
    cotangents  what flows back into f's result
    argnums     which arguments: a number, or a tuple of them; the others are constant

A result is plain where all arguments, and all Tensors that f closes over, are plain; else it is a
Tensor that can be differentiated again. Nested calls are not confused, because every call enters f
through `fresh` Tensors: what depends on those was computed by this call. TypeError for arguments
and results that hold no numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..arrays.namespace import like, namespace, ones_like, shape
from ..arrays.shapes import product
from . import ops
from .backprop import Gradients, backward_order, walk_back
from .structures import (
    Run,
    add_up,
    each_leaf,
    fresh,
    is_variable,
    leaves_like,
    leaves_of,
    with_leaves,
    zeros_like,
)
from .tensor import Tensor, detached

Function = Callable[..., Any]
Argnums = int | tuple[int, ...]


def grad(f: Function, argnums: Argnums = 0) -> Function:
    """The function that returns df/dargument, in the argument's structure; f returns a scalar.

    >>> grad(lambda x: x * x * x)(2.0)
    12.0
    >>> grad(grad(lambda x: x * x * x))(2.0)
    12.0
    """
    both = value_and_grad(f, argnums)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


def value_and_grad(f: Function, argnums: Argnums = 0) -> Function:
    """The function that returns f's value and what `grad` returns.

    >>> value_and_grad(lambda x: x["a"] * x["b"])({"a": 2.0, "b": 3.0})
    (6.0, {'a': 3.0, 'b': 2.0})
    """

    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        call = _Call("grad", f, argnums, args, kwargs)
        return call.value(), call.pull_back([_one(call.result)])

    return value_and_gradient


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """f's value, and the function from cotangents (structured like it) to those of the primals.

    >>> value, pull_back = vjp(lambda x, y: x * y, 2.0, 3.0)
    >>> value, pull_back(10.0)
    (6.0, (30.0, 20.0))
    """
    call = _Call("vjp", f, tuple(range(len(primals))), primals, {})

    def pull_back(cotangents: Any) -> Any:
        return call.pull_back(_directions("vjp", "cotangent", cotangents, call.result))

    return call.value(), pull_back


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """f's value, and how it changes when the primals move along the tangents.

    What is pulled back is linear in the cotangent, so its derivative by the cotangent, pulled back
    from the tangents, is the way forward: two walks back make one forward. TypeError where primals
    or tangents are no tuples.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (6.0, 23.0)
    """
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise TypeError("jvp: primals and tangents are tuples, with an entry for each argument")
    call = _Call("jvp", f, tuple(range(len(primals))), tuple(primals), {})
    directions = _directions("jvp", "tangent", tuple(tangents), call.given)
    cotangents = [fresh(ones_like(detached(y))) for y in call.results]
    found = call.gradients(call.results, cotangents, differentiable=True)
    pairs = [(found.get(x), t) for x, t in zip(call.leaves, directions)]
    linear = add_up((g, t) for g, t in pairs if type(g) is Tensor)
    ends, nested = set(cotangents), call.nested or _has_tensor(directions)
    forward = {v: t for v, t, _ in walk_back(linear, nested, ends) if v in ends}
    tangent = [forward[v] if v in forward else zeros_like(v) for v in cotangents]
    return call.value(), with_leaves(call.result, tangent)


def jacobian(f: Function, argnums: Argnums = 0) -> Function:
    """The function that returns all derivatives, in the shape y.shape + x.shape.

    Structures of results hold structures of arguments. One walk back for every entry of the result.

    >>> jacobian(lambda x: x * x)(Tensor([1.0, 2.0]).value)
    Array([[2.0, 0.0], [0.0, 4.0]])
    """

    def all_derivatives(*args: Any, **kwargs: Any) -> Any:
        call = _Call("jacobian", f, argnums, args, kwargs)
        return with_leaves(call.result, [call.rows(y) for y in call.results])

    return all_derivatives


def hessian(f: Function, argnums: Argnums = 0) -> Function:
    """The function that returns all second derivatives, in the shape x.shape + x.shape.

    >>> hessian(lambda x: x[0] * x[0] * x[1])(Tensor([1.0, 2.0]).value)
    Array([[4.0, 2.0], [2.0, 0.0]])
    """
    return jacobian(grad(f, argnums), argnums)


class _Call:
    """A call of f with fresh Tensors, and what flows back to them."""

    def __init__(
        self, asked: str, f: Function, argnums: Argnums, args: tuple[Any, ...], kwargs: Any
    ) -> None:
        chosen, entered = _checked(asked, argnums, len(args)), list(args)
        run = Run()
        for i in chosen:
            entered[i] = each_leaf(partial(_fresh, asked, run, i), args[i])
        several = not isinstance(argnums, int)
        self.given: Any = tuple(entered[i] for i in chosen) if several else entered[chosen[0]]
        self.leaves: list[Tensor] = leaves_of(self.given)
        self.ends = set(self.leaves)
        try:
            self.result = f(*entered, **kwargs)
        finally:
            run.now = False
        self.results = [_number(asked, y) for y in leaves_of(self.result)]
        roots = [y for y in self.results if type(y) is Tensor]
        reached = set(backward_order(roots, self.ends))
        self.constant = reached.isdisjoint(self.ends)
        closed_over = any(is_variable(x) for x in reached)  # our own are not: the run has ended
        self.nested = closed_over or _has_tensor([x.inputs[0] for x in self.leaves])

    def value(self) -> Any:
        """What f returned; plain if all that went in was."""
        return self.result if self.nested else each_leaf(detached, self.result)

    def gradients(
        self, roots: Sequence[Any], cotangents: Sequence[Any], differentiable: bool
    ) -> Gradients:
        """What the fresh Tensors receive; absent where it is nothing."""
        pairs = zip(roots, cotangents, strict=True)
        waiting = add_up((y, g) for y, g in pairs if type(y) is Tensor)
        if self.constant:
            return {}
        walk = walk_back(waiting, differentiable, self.ends)
        return {x: g for x, g, _ in walk if x in self.ends}

    def pull_back(self, cotangents: Sequence[Any]) -> Any:
        """What the arguments receive, in their structure."""
        nested = self.nested or _has_tensor(cotangents)
        found = self.gradients(self.results, cotangents, nested)
        leaves = [found[x] if x in found else zeros_like(x) for x in self.leaves]
        return with_leaves(self.given, leaves)

    def rows(self, y: Any) -> Any:
        """The derivatives of every entry of one result, in the arguments' structure."""
        seeds = unit_vectors(detached(y))
        found = [self.gradients([y], [seed], self.nested) for seed in seeds]
        blocks = (
            _stacked([row[x] if x in row else zeros_like(x) for row in found], y, x)
            for x in self.leaves
        )
        return with_leaves(self.given, blocks)


def unit_vectors(value: Any) -> list[Any]:
    """For every entry of the value: 1 there, 0 elsewhere."""
    lengths = shape(value)
    if not lengths:
        return [ones_like(value)]
    size = product(lengths)
    rows = ([float(i == j) for j in range(size)] for i in range(size))
    return [ops.reshape(like(row, value), lengths) for row in rows]


def _stacked(rows: list[Any], y: Any, x: Tensor) -> Any:
    """One derivative for every entry of y, in the shape y.shape + x.shape."""
    lengths = shape(y)
    if not lengths:
        return rows[0]
    if not x.shape:  # numbers: arrays of one entry, so that they can be joined
        rows = [row * like([1.0], detached(y)) for row in rows]
    flat = [ops.reshape(row, (-1,)) for row in rows]
    joined = ops.concat(flat) if flat else like([], detached(y))
    return ops.reshape(joined, lengths + x.shape)


def _one(result: Any) -> Any:
    """The cotangent 1 of a scalar."""
    if isinstance(result, (tuple, list, dict)):
        raise TypeError(
            f"grad: f must return a scalar, got a {type(result).__name__}: "
            "return one loss, or use vjp or jacobian"
        )
    value = detached(result)
    if product(shape(value)) != 1:
        raise ValueError(
            f"grad: f must return a scalar, got shape {shape(value)}: sum it, or use jacobian"
        )
    return ones_like(value)


def _directions(asked: str, word: str, given: Any, wanted: Any) -> list[Any]:
    """The leaves of `given`, which must fit those of `wanted` one by one."""
    expected = leaves_of(wanted)
    try:
        found = leaves_like(given, wanted)
    except TypeError as error:
        raise TypeError(
            f"{asked}: needs {len(expected)} {word}(s), in the structure of the values, "
            f"got {len(leaves_of(given))}: {error}"
        ) from None
    values = [v if type(v) is Tensor else like(v, detached(w)) for v, w in zip(found, expected)]
    for v, w in zip(values, expected):
        if shape(v) != shape(w):
            raise ValueError(
                f"{asked}: a {word} has shape {shape(v)}, its value "
                f"{shape(w)}: they must be equal"
            )
    return values


def _checked(asked: str, argnums: Argnums, count: int) -> tuple[int, ...]:
    chosen = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for i in chosen:
        if not -count <= i < count:
            raise ValueError(
                f"{asked}: argnums names argument {i}, but f was called with {count}: "
                "give the differentiated ones by position"
            )
    return chosen


def _fresh(asked: str, run: Run, i: int, x: Any) -> Tensor:
    try:
        return fresh(x, run)
    except TypeError as error:
        raise TypeError(f"{asked}: argument {i} holds a {type(x).__name__}: {error}") from None


def _number(asked: str, y: Any) -> Any:
    try:
        namespace(detached(y))
    except TypeError:
        raise TypeError(
            f"{asked}: f must return numbers, arrays or Tensors, got {type(y).__name__}"
        ) from None
    return y


def _has_tensor(values: Sequence[Any]) -> bool:
    return any(type(v) is Tensor for v in values)
