"""Recording: an Op called on Tensors returns a Tensor that remembers the call.

    value    a number: a float, an Array, or any array of the array API standard
    op       what was computed: a forward function and, for each input, its rule
    Tensor   a node of the graph: (op, inputs, attrs, value); op is None at a leaf
    rule     a vector-Jacobian product: from g = dL/dy to dL/dx
    attrs    what an op depends on but is not differentiated by: an axis, a shape, indices
    made     a count: a node has a higher one than all that it was made of

Nothing here differentiates: `backprop` walks what is recorded here.
"""

from __future__ import annotations

import itertools
import operator
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NoReturn

from ..arrays.namespace import frozen
from ..arrays.shapes import Shape
from .wording import explained, shown

Rule = Callable[..., Any]


class Op:
    """A differentiable function: `forward`, and beside it the rules that `vjp` adds.

    Called with plain values it returns a plain value. Called with at least one Tensor it returns
    a Tensor that records the call. Inputs go by position, attributes by keyword.
    """

    def __init__(self, forward: Callable[..., Any]) -> None:
        code = forward.__code__
        self.forward = forward
        self.name = forward.__name__.lstrip("_")
        self.defaults: dict[str, Any] = dict(forward.__kwdefaults__ or {})
        self.input_names = code.co_varnames[: code.co_argcount]
        self.variadic = bool(code.co_flags & 0x04)  # the forward function takes *inputs
        self.rules: tuple[Rule | None, ...] | None = None
        self.__name__ = self.name
        self.__doc__ = forward.__doc__
        self.__module__ = forward.__module__
        self.__wrapped__ = forward

    def vjp(self, *rules: Rule | None) -> Any:
        """Give the op its rules, one an input; None for an input without a derivative.

        A rule is (g, y, *inputs, **attrs): cotangent, output, inputs. A variadic op has a single
        rule, which returns as many gradients as there are inputs. Returns the (last) rule, so that
        it can stand above one as a decorator. ValueError for another number of rules.
        """
        expected = 1 if self.variadic else len(self.input_names)
        if len(rules) != expected:
            raise ValueError(
                f"op '{self.name}' has {expected} input(s), got {len(rules)} rule(s): "
                f"write {self.name}.vjp({', '.join('rule_' + n for n in self.input_names)})"
            )
        self.rules = rules
        return rules[-1]

    def __call__(self, *inputs: Any, **attrs: Any) -> Any:
        if self.defaults:
            attrs = {**self.defaults, **attrs}
        if attrs and Tensor in map(type, attrs.values()):
            self._refuse_tensor(attrs)
        values, recorded = [], False
        for x in inputs:
            if type(x) is Tensor:
                x, recorded = x._value, True
            values.append(x)
        try:
            value = self.forward(*values, **attrs)
        except (TypeError, ValueError) as error:
            raise explained(error, self.name, values) from error
        return _record(self, inputs, attrs, value) if recorded else value

    def _refuse_tensor(self, attrs: dict[str, Any]) -> NoReturn:
        tensors = [name for name, attr in attrs.items() if type(attr) is Tensor]
        names = ", ".join(tensors)
        if set(tensors) <= set(self.input_names):
            raise TypeError(f"op '{self.name}': inputs go by position, got {names} by keyword")
        raise TypeError(
            f"op '{self.name}': {names} is an attribute and takes a plain value, got a Tensor: "
            "pass its .value (no gradient flows through an attribute)"
        )

    def __repr__(self) -> str:
        return f"<op {self.name}({', '.join(self.input_names) or '*inputs'})>"

    def __reduce__(self) -> Any:
        return _op_named, (self.name,)


OPS: dict[str, Op] = {}
MADE = itertools.count()  # `next` of it is one step, for several threads too


def _op_named(name: str) -> Op:
    return OPS[name]


def primitive(forward: Callable[..., Any]) -> Op:
    """Make an Op of a forward function and enter it in OPS under its name.

    A leading underscore is dropped: `_sum` is the op "sum" behind the function `sum`, which
    normalises the arguments. A second op of the same name replaces the entry; graphs that were
    recorded with the first keep it.

    >>> @primitive
    ... def cube(x):
    ...     return x * x * x
    >>> @cube.vjp
    ... def cube_vjp(g, y, x):
    ...     return g * (3 * x * x)
    >>> x = Tensor(2.0)
    >>> cube(x).backward(); x.grad
    12.0
    """
    op = Op(forward)
    OPS[op.name] = op
    return op


def _function(name: str) -> Any:
    """The method that is the package's function of the same name."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        return getattr(sys.modules[__package__], name)(self, *args, **kwargs)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"The function tg.{name}, of this Tensor."
    return method


def _operator(name: str) -> Any:
    """The operator, of one operand or two, that is the op of OPS."""
    return lambda *operands: OPS[name](*operands)


def _reflected(name: str) -> Any:
    """The same with the Tensor on the right."""
    return lambda self, other: OPS[name](other, self)


def _comparison(compare: Callable[[Any, Any], Any]) -> Any:
    """Entry by entry, and plain: the answer has no gradient."""

    def apply(self: Tensor, other: Any) -> Any:
        return compare(self._value, detached(other))

    return apply


class Tensor:
    """A value that is differentiated: a leaf `Tensor(3.0, name="x")`, or the result of an op.

    Immutable but for `.grad` (set by `backward`) and `.name`. Integers become float64. Operators
    and methods are the ops of the same names; comparisons are entry by entry and plain.
    TypeError for what is no number.

    >>> x, y = Tensor(2.0), Tensor(3.0)
    >>> (x * y + x).backward()
    >>> x.grad, y.grad
    (4.0, 2.0)
    """

    __slots__ = ("_value", "_op", "_inputs", "_attrs", "_made", "grad", "name", "__weakref__")
    __array_ufunc__ = None  # NumPy's operators leave Tensors alone
    __hash__ = object.__hash__

    def __init__(self, data: Any, *, name: str | None = None) -> None:
        if type(data) is Tensor:
            raise TypeError("Tensor(data): data is one already; for a new leaf pass its .value")
        self._value = frozen(data)
        self._op: Op | None = None
        self._inputs: tuple[Any, ...] = ()
        self._attrs: dict[str, Any] = {}
        self._made = next(MADE)
        self.grad: Any = None
        self.name = name

    value = property(operator.attrgetter("_value"), doc="The plain value.")
    op = property(operator.attrgetter("_op"), doc="The Op that made it; None at a leaf.")
    inputs = property(operator.attrgetter("_inputs"), doc="What the op was called with, in order.")
    attrs = property(operator.attrgetter("_attrs"), doc="The op's attributes, defaults included.")

    @property
    def shape(self) -> Shape:
        """The length of every axis."""
        return () if type(self._value) is float else self._value.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    def backward(self, seed: Any = None) -> None:
        """Set `.grad` of every Tensor that this one depends on: dself/dtensor.

        `seed` is the cotangent to start from, 1 by default; it must have this Tensor's shape.
        `.grad` is assigned, not added to: twice gives the same as once, and two losses do not
        accumulate (unlike PyTorch's): add them. ValueError where there is no scalar and no seed.
        """
        for node, g in sys.modules[__package__].gradients(self, seed=seed).items():
            node.grad = g

    def detach(self) -> Any:
        """The plain value: forgets the graph. `stop_gradient` keeps the cut visible."""
        return self._value

    def item(self) -> float:
        """The only entry, as a Python number."""
        return self._value if type(self._value) is float else self._value.item()

    def tolist(self) -> Any:
        """The entries as nested lists; a number for the shape ()."""
        return self._value if type(self._value) is float else self._value.tolist()

    def numpy(self) -> Any:
        """The plain value as a numpy.ndarray; needs NumPy."""
        import numpy

        return numpy.asarray(self._value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self.numpy() if dtype is None else self.numpy().astype(dtype)

    def __float__(self) -> float:
        return float(_only(self, "float"))

    def __int__(self) -> int:
        return int(_only(self, "int"))

    def __bool__(self) -> bool:
        return bool(_only(self, "bool"))

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() needs a Tensor with an axis, got shape (): a single number")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        raise TypeError("a Tensor is immutable: build a new one, with tg.where or tg.concat")

    def __repr__(self) -> str:
        made = f", op={self._op.name}" if self._op else ""
        name = f", name={self.name!r}" if self.name else ""
        return f"Tensor({shown(self._value)}{made}{name})"

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __copy__(self) -> Tensor:
        return self

    def __deepcopy__(self, memo: Any) -> Tensor:
        return self

    def __reduce__(self) -> Any:
        return partial(Tensor, name=self.name), (self._value,)

    @property
    def T(self) -> Any:
        """The transposed matrix; ValueError where there are not two axes."""
        if self.ndim != 2:
            raise ValueError(f".T is for matrices, got shape {self.shape}: use .mT")
        return self.mT

    mT = property(_operator("matrix_transpose"), doc="The last two axes exchanged.")

    __neg__, __pos__, __abs__ = map(_operator, ("negative", "positive", "abs"))
    __add__, __radd__ = _operator("add"), _reflected("add")
    __sub__, __rsub__ = _operator("subtract"), _reflected("subtract")
    __mul__, __rmul__ = _operator("multiply"), _reflected("multiply")
    __truediv__, __rtruediv__ = _operator("divide"), _reflected("divide")
    __pow__, __rpow__ = _operator("pow"), _reflected("pow")
    __matmul__, __rmatmul__ = _operator("matmul"), _reflected("matmul")
    __eq__ = _comparison(operator.eq)
    __ne__ = _comparison(operator.ne)
    __lt__ = _comparison(operator.lt)
    __le__ = _comparison(operator.le)
    __gt__ = _comparison(operator.gt)
    __ge__ = _comparison(operator.ge)
    __getitem__ = _function("getitem")
    sum, mean, max, min = map(_function, ("sum", "mean", "max", "min"))
    prod, var, std = map(_function, ("prod", "var", "std"))
    reshape, permute_dims, squeeze = map(_function, ("reshape", "permute_dims", "squeeze"))
    tanh, sigmoid, relu, exp = map(_function, ("tanh", "sigmoid", "relu", "exp"))
    log, sqrt, square, softmax = map(_function, ("log", "sqrt", "square", "softmax"))


def detached(x: Any) -> Any:
    """The plain value of a Tensor; anything else as it is."""
    return x._value if type(x) is Tensor else x


def _record(op: Op, inputs: tuple[Any, ...], attrs: dict[str, Any], value: Any) -> Tensor:
    """The node for a call that has been made."""
    node: Tensor = object.__new__(Tensor)
    node._value = value
    node._op = op
    node._inputs = inputs
    node._attrs = attrs
    node._made = next(MADE)
    node.grad = node.name = None
    return node


def _only(t: Tensor, wanted: str) -> Any:
    if t.shape:
        raise TypeError(f"{wanted}() needs shape (), got {t.shape}: index it, or reduce it")
    return t._value
