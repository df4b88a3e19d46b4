"""Matrix products."""

from __future__ import annotations

from typing import Any

from ...arrays.namespace import namespace, shape
from ..tensor import primitive
from .manipulation import expand_dims


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
    features, taken = shape(x)[-1:], shape(weight)[-1:]
    if features != taken or len(shape(weight)) != 2:
        raise ValueError(
            f"linear: x has {_said(features)} features, weight takes {_said(taken)} "
            f"(shapes {shape(x)} and {shape(weight)})"
        )
    if bias is None:
        return matmul(x, matrix_transpose(weight))
    outputs = shape(weight)[:1]
    if shape(bias) != outputs:
        raise ValueError(f"linear: bias has shape {shape(bias)}, needs {outputs}")
    return _linear(x, weight, bias)


@primitive
def _linear(x: Any, weight: Any, bias: Any) -> Any:
    """x·weightᵀ + bias."""
    xp = namespace(x)
    return xp.matmul(x, xp.matrix_transpose(weight)) + bias


_linear.vjp(
    lambda g, y, x, weight, bias: matmul(g, weight),
    lambda g, y, x, weight, bias: matmul_vjp_b(g, y, x, weight.mT).mT,
    lambda g, y, x, weight, bias: g,
)


def _ndim(x: Any) -> int:
    return len(shape(x))


def _said(features: tuple[int, ...]) -> str:
    return str(features[0]) if features else "no"
