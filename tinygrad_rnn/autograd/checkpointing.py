"""checkpoint: compute again instead of keeping. Time for memory; Chen et al. 2016.

What f records is thrown away at once: a single node stays, with f's results. When the walk back
arrives at it, f is called again, and the walk goes on through what that call records. A sequence of
T steps in segments of √T keeps √T nodes and, at a time, one segment, instead of T steps.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

from ..arrays.namespace import shape
from .backprop import backward_order, walk_back
from .ops import reshape
from .structures import Run, add_up, fresh, leaves_of, with_leaves
from .sums import Terms, plus
from .tensor import MADE, Tensor, _record, detached, primitive


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that computes what f does and does not keep what is in between.

    f is a pure function of values, Tensors and (named) tuples, lists and dicts of them; Tensors
    that it closes over, the weights of a module, get their gradients too, to any order, and to the
    last bit the same, also where checkpoints share them. f is called again for every walk back.
    ValueError, on the way back, if f is not what it was: a weight has been replaced.

    >>> x = Tensor(2.0)
    >>> checkpoint(lambda x: x * x * x)(x).backward(); x.grad
    12.0
    """

    @wraps(f, updated=())
    def checkpointed(*args: Any) -> Any:
        segment, results, inputs = _first_run(f, args)
        outputs = leaves_of(results)
        if not any(type(y) is Tensor for y in outputs):
            return results
        values = Bundle(map(detached, outputs))
        kept = _record(_checkpoint, tuple(inputs), {"segment": segment}, values)
        parts = (_part(kept, i=i) if type(y) is Tensor else y for i, y in enumerate(outputs))
        return with_leaves(results, parts)

    return checkpointed


@dataclass(frozen=True, eq=False, repr=False)
class Segment:
    """What is needed to call f again, and the Tensors that it closes over."""

    f: Callable[..., Any]
    args: Any  # the arguments' structure; what is in the Tensors' places is not looked at
    differentiated: tuple[bool, ...]  # which leaves of args are Tensors
    closed_over: tuple[Tensor, ...] = ()

    def run(self, tensors: Sequence[Any]) -> Any:
        """f, with these in the places of the arguments' Tensors."""
        following = iter(tensors)
        pairs = zip(leaves_of(self.args), self.differentiated, strict=True)
        return self.f(*with_leaves(self.args, [next(following) if d else x for x, d in pairs]))

    def __repr__(self) -> str:
        return getattr(self.f, "__qualname__", type(self.f).__name__)


class Bundle(tuple[Any, ...]):
    """Values side by side: of several results, or what each receives; None where it is nothing."""

    @property
    def shape(self) -> tuple[int]:
        """How many values there are."""
        return (len(self),)

    def __add__(self, other: Any) -> Bundle:
        if not isinstance(other, Bundle):  # a Tensor that holds one: it is asked next
            return NotImplemented
        pairs = zip(self, other, strict=True)
        return Bundle(b if a is None else a if b is None else a + b for a, b in pairs)

    def tolist(self) -> list[float]:
        """All entries of all values."""
        given = (v for v in self if v is not None)
        flat = (reshape(v, (-1,)).tolist() if shape(v) else [float(v)] for v in given)
        return [entry for entries in flat for entry in entries]


@primitive
def _checkpoint(*inputs: Any, segment: Segment) -> Any:
    """The results of a segment, and nothing of what is in between."""
    return Bundle(map(detached, leaves_of(segment.run(inputs))))


@_checkpoint.vjp
def checkpoint_vjp(g: Any, y: Any, *inputs: Any, segment: Segment) -> list[Any]:
    """What a walk back through f, called again, brings to the inputs."""
    run = Run()
    arguments = [fresh(x, run) for x in inputs[: sum(segment.differentiated)]]
    try:
        outputs = leaves_of(segment.run(arguments))
    finally:
        run.now = False
    received = [(output, part) for output, part in zip(outputs, _parts(g)) if part is not None]
    waiting = add_up((output, part) for output, part in received if type(output) is Tensor)
    ends = dict.fromkeys([*arguments, *segment.closed_over])
    _check_unchanged(segment, list(waiting), ends)
    terms = {x: Terms([waiting[x]] if x in waiting else []) for x in segment.closed_over}
    found: dict[Any, Any] = {}
    for node, gradient, sent in walk_back(waiting, type(y) is Tensor, ends):
        if node in ends:
            found[node] = gradient
        for x, term in zip(node.inputs, sent):
            if type(x) is Tensor and x in terms and term is not None:
                plus(terms[x], term)
    if type(y) is not Tensor:  # else the sum is recorded, and needs no other order
        found |= {x: terms[x] for x in segment.closed_over if x in found}
    return [found.get(x) for x in ends]


@primitive
def _bundle(*values: Any) -> Any:
    """The values as one Bundle."""
    return Bundle(values)


@primitive
def _part(bundle: Any, *, i: int) -> Any:
    """One of the values of a Bundle."""
    return bundle[i]


@_bundle.vjp
def bundle_vjp(g: Any, y: Any, *values: Any) -> list[Any]:
    return _parts(g)


@_part.vjp
def part_vjp(g: Any, y: Any, bundle: Any, *, i: int) -> Any:
    return _bundle(*(g if k == i else None for k in range(len(detached(bundle)))))


def _parts(g: Any) -> list[Any]:
    """The values of a Bundle, each on its own."""
    return [None if v is None else _part(g, i=i) for i, v in enumerate(detached(g))]


def _first_run(
    f: Callable[..., Any], args: tuple[Any, ...]
) -> tuple[Segment, Any, list[Tensor]]:
    """What stays of f(*args): how to call it again, its results, and what it depends on."""
    given = leaves_of(args)
    differentiated = tuple(type(x) is Tensor for x in given)
    values = tuple(detached(x) for x in given)
    segment = Segment(f, with_leaves(args, values), differentiated)
    tensors = [x for x in given if type(x) is Tensor]
    results, closed_over = _closed_over(segment, tensors)
    return replace(segment, closed_over=closed_over), results, [*tensors, *closed_over]


def _closed_over(segment: Segment, tensors: list[Tensor]) -> tuple[Any, tuple[Tensor, ...]]:
    """f's results, and the Tensors made before the call that they depend on, nearest first."""
    arguments = [Tensor(x.value) for x in tensors]
    begun = next(MADE)
    results = segment.run(arguments)
    own, reached = set(arguments), _tensors(results)
    old = {node for node in backward_order(reached, own) if node._made < begun} - own
    nearest = backward_order(reached, old | own)
    return results, tuple(x for x in nearest if x in old)


def _check_unchanged(segment: Segment, roots: list[Tensor], ends: Container[Tensor]) -> None:
    """Whether f, called again, depends on what it depended on."""
    leaves = (x for x in backward_order(roots, ends) if x.op is None and x not in ends)
    for leaf in leaves:
        raise ValueError(
            f"checkpoint: {segment!r}, called again, uses the Tensor {leaf!r}, which it did not "
            "use at first: differentiate before weights are replaced, and keep f pure"
        )


def _tensors(structure: Any) -> list[Tensor]:
    return [x for x in leaves_of(structure) if type(x) is Tensor]
