"""One of several, as it is: where, sign, abs, maximum, minimum.

Their slope jumps where the choice changes. There, as PyTorch does: `sign` and `abs` have the slope
0 at 0; of equal a and b, `maximum` and `minimum` give each half of the gradient.
"""

from __future__ import annotations

from typing import Any

from ...arrays.namespace import namespace
from ..tensor import detached, primitive


@primitive
def where(condition: Any, a: Any, b: Any) -> Any:
    """a where the condition holds, b elsewhere; the condition is plain and has no gradient."""
    return namespace(condition, a, b).where(condition, a, b)


where.vjp(
    None,
    lambda g, y, condition, a, b: where(condition, g, 0.0),
    lambda g, y, condition, a, b: where(condition, 0.0, g),
)


@primitive
def sign(x: Any) -> Any:
    """-1, 0 or 1; its slope is 0, also at the jump."""
    return namespace(x).sign(x)


sign.vjp(lambda g, y, x: g * 0.0)


@primitive
def abs(x: Any) -> Any:
    """The distance from 0; its slope at 0 is taken to be 0."""
    return namespace(x).abs(x)


abs.vjp(lambda g, y, x: g * sign(detached(x)))  # the sign is constant but where it jumps


@primitive
def maximum(a: Any, b: Any) -> Any:
    """The larger of a and b, nan if one is nan; equal ones share the gradient, half each."""
    return namespace(a, b).maximum(a, b)


maximum.vjp(
    lambda g, y, a, b: _share(g, a == b, a < b),
    lambda g, y, a, b: _share(g, a == b, b < a),
)


@primitive
def minimum(a: Any, b: Any) -> Any:
    """The smaller of a and b, nan if one is nan; equal ones share the gradient, half each."""
    return namespace(a, b).minimum(a, b)


minimum.vjp(
    lambda g, y, a, b: _share(g, a == b, a > b),
    lambda g, y, a, b: _share(g, a == b, b > a),
)


def _share(g: Any, tie: Any, lost: Any) -> Any:
    """What one of two receives of g: half of it at a tie, nothing where the other was chosen."""
    return where(tie, 0.5 * g, where(lost, 0.0, g))
