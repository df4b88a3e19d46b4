"""Matrix products."""

from __future__ import annotations

from typing import Any

from ...arrays.namespace import namespace, shape
from ...arrays.shapes import Shape
from ..sums import over_rows
from ..tensor import primitive
from .manipulation import expand_dims, reshape
from .reductions import sum


@primitive
def matrix_transpose(x: Any) -> Any:
    """The last two axes exchanged."""
    return namespace(x).matrix_transpose(x)


matrix_transpose.vjp(lambda g, y, x: matrix_transpose(g))


@primitive
def matmul(a: Any, b: Any) -> Any:
    """The matrix product (..., N, K) · (..., K, M) = (..., N, M); a vector drops its axis."""
    return namespace(a, b).matmul(a, b)


def matmul_vjp_a(g: Any, y: Any, a: Any, b: Any) -> Any:
    """dL/da = g·bᵀ, with vectors seen as matrices of one row or one column."""
    row, column = _ndim(a) == 1, _ndim(b) == 1
    b = expand_dims(b, axis=-1) if column else b
    g = expand_dims(g, axis=-1) if column else g
    g = expand_dims(g, axis=-2) if row else g
    da = matmul(g, matrix_transpose(b))
    return da[..., 0, :] if row else da


def matmul_vjp_b(g: Any, y: Any, a: Any, b: Any) -> Any:
    """dL/db = aᵀ·g, with vectors seen as matrices of one row or one column."""
    row, column = _ndim(a) == 1, _ndim(b) == 1
    a = expand_dims(a, axis=0) if row else a
    g = expand_dims(g, axis=-1) if column else g
    g = expand_dims(g, axis=-2) if row else g
    db = matmul(matrix_transpose(a), g)
    return db[..., 0] if column else db


matmul.vjp(matmul_vjp_a, matmul_vjp_b)


def linear(x: Any, weight: Any, bias: Any = None) -> Any:
    """x·weightᵀ + bias, for x (..., X), weight (H, X), bias (H): (..., H), as PyTorch's.

    ValueError where x, weight and bias do not fit.
    """
    if bias is None:
        _check_fit(shape(x), shape(weight))
        return matmul(x, matrix_transpose(weight))
    try:
        return _linear(x, weight, bias)
    except ValueError:
        _check_fit(shape(x), shape(weight), shape(bias))
        raise


@primitive
def _linear(x: Any, weight: Any, bias: Any) -> Any:
    """x·weightᵀ + bias."""
    taken = shape(weight)
    if len(taken) != 2 or shape(bias) != taken[:1] or shape(x)[-1:] != taken[1:]:
        raise ValueError("x (..., X), weight (H, X) and bias (H) do not fit")
    return x @ weight.mT + bias


_linear.vjp(
    lambda g, y, x, weight, bias: g @ weight,
    lambda g, y, x, weight, bias: over_rows(outer, g, x),
    lambda g, y, x, weight, bias: over_rows(sum_of_rows, g),
)


def outer(a: Any, b: Any) -> Any:
    """aᵀ·b: the sum of a[n] ⊗ b[n] over all rows n."""
    return matmul(matrix_transpose(_rows(a)), _rows(b))


def sum_of_rows(a: Any) -> Any:
    """The sum of a[n] over all rows n."""
    return sum(_rows(a), axis=0)


def _rows(x: Any) -> Any:
    """A matrix: all axes but the last made one."""
    return x if _ndim(x) == 2 else reshape(x, (-1, shape(x)[-1]))


def _ndim(x: Any) -> int:
    return len(shape(x))


def _check_fit(x: Shape, weight: Shape, bias: Shape | None = None) -> None:
    """ValueError that says which of the three shapes does not fit."""
    if len(weight) != 2 or x[-1:] != weight[1:]:
        raise ValueError(
            f"linear: x has {_said(x[-1:])} features, weight takes {_said(weight[-1:])} "
            f"(shapes {x} and {weight})"
        )
    if bias not in (None, weight[:1]):
        raise ValueError(f"linear: bias has shape {bias}, needs {weight[:1]}")


def _said(features: Shape) -> str:
    return str(features[0]) if features else "no"
