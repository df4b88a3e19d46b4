"""Every primitive beside its rules, a file a family, in order of increasing complexity."""

from .activations import sigmoid, stop_gradient, tanh
from .arithmetic import (
    abs,
    add,
    divide,
    exp,
    log,
    multiply,
    negative,
    pow,
    sqrt,
    square,
    subtract,
    where,
)
from .linalg import linear, matmul, matrix_transpose
from .manipulation import broadcast_to, concat, expand_dims, getitem, reshape, stack, take
from .reductions import mean, sum

__all__ = [
    "abs",
    "add",
    "broadcast_to",
    "concat",
    "divide",
    "exp",
    "expand_dims",
    "getitem",
    "linear",
    "log",
    "matmul",
    "matrix_transpose",
    "mean",
    "multiply",
    "negative",
    "pow",
    "reshape",
    "sigmoid",
    "sqrt",
    "square",
    "stack",
    "stop_gradient",
    "subtract",
    "sum",
    "take",
    "tanh",
    "where",
]
