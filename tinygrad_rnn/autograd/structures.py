"""Values in tuples, lists and dicts, nested as one likes: what functions take and return.

    structure   a value, or a tuple (also a NamedTuple), list or dict of structures
    leaf        a value in it: anything that is none of these; leaves come in order
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..arrays.namespace import frozen, namespace, shape
from .tensor import Tensor, _record, detached, primitive


def leaves_of(structure: Any) -> list[Any]:
    """The leaves, from left to right.

    >>> leaves_of({"a": 1.0, "b": [2.0, (3.0,)]})
    [1.0, 2.0, 3.0]
    """
    if isinstance(structure, dict):
        structure = list(structure.values())
    if not isinstance(structure, (tuple, list)):
        return [structure]
    return [leaf for part in structure for leaf in leaves_of(part)]


def each_leaf(f: Callable[[Any], Any], structure: Any) -> Any:
    """The same structure with f(leaf) in the place of every leaf."""
    if isinstance(structure, dict):
        return {key: each_leaf(f, part) for key, part in structure.items()}
    if not isinstance(structure, (tuple, list)):
        return f(structure)
    parts = [each_leaf(f, part) for part in structure]
    named = hasattr(structure, "_fields")
    return type(structure)(*parts) if named else type(structure)(parts)


def with_leaves(structure: Any, leaves: Iterable[Any]) -> Any:
    """The same structure with other leaves.

    >>> with_leaves([(1.0,), 2.0], [3.0, 4.0])
    [(3.0,), 4.0]
    """
    following = iter(leaves)
    return each_leaf(lambda _: next(following), structure)


class Run:
    """Whether a function that was given fresh Tensors still runs."""

    __slots__ = ("now",)

    def __init__(self) -> None:
        self.now = True


def fresh(x: Any, run: Run | None = None) -> Tensor:
    """A Tensor of the value of x that nobody else has: what depends on it was computed from here.

    It is a node behind x, so that derivatives still reach x, and remembers the run it was made for.
    """
    return _record(_argument, (x,), {"run": run}, frozen(detached(x)))


@primitive
def _argument(x: Any, *, run: Run | None) -> Any:
    """x itself, as what a function is differentiated by."""
    return x


_argument.vjp(lambda g, y, x, *, run: g)


def is_variable(x: Tensor) -> bool:
    """Whether x counts for a function that closes over it: a leaf, or what a run is given.

    What another run was given is constant once that run has ended.
    """
    run = x.attrs.get("run")
    return x.op is None or (x.op is _argument and run is not None and run.now)


def _has(structure: Any, keys: Iterable[Any]) -> bool:
    return not isinstance(structure, dict) or all(key in structure for key in keys)


def leaves_like(structure: Any, wanted: Any) -> list[Any]:
    """The leaves of a structure in the order of those of `wanted`; entries of dicts by their key.

    TypeError where the structures differ.
    """
    if not isinstance(wanted, (dict, tuple, list)):
        return [structure]
    keys = wanted.keys() if isinstance(wanted, dict) else range(len(wanted))
    alike = isinstance(structure, dict if isinstance(wanted, dict) else (tuple, list))
    if not alike or len(structure) != len(wanted) or not _has(structure, keys):
        raise TypeError(f"{structure!r:.60} has not the structure of {wanted!r:.60}")
    return [leaf for k in keys for leaf in leaves_like(structure[k], wanted[k])]


def zeros_like(x: Any) -> Any:
    """Plain zeros of the shape and kind of x; 0.0 for a number."""
    value = detached(x)
    return namespace(value).zeros_like(value) if shape(value) else value * 0.0


def add_up(pairs: Iterable[tuple[Tensor, Any]]) -> dict[Tensor, Any]:
    """Tensor -> the sum of all that is given for it."""
    sums: dict[Tensor, Any] = {}
    for x, g in pairs:
        sums[x] = sums[x] + g if x in sums else g
    return sums
