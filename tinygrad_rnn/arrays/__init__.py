"""What a number is: immutable arrays in pure Python, by the names of the array API standard.

Read in this order: `shapes` (what a shape is), `array` (the object and its operators), then the
functions: `creation`, `elementwise`, `reductions`, `linalg`, `manipulation`. `namespace` finds the
functions for any value, ours or not. Functions that NumPy has under the same name do the same.
"""

from .array import Array
from .creation import arange, asarray, astype, eye, full, ones, ones_like, zeros, zeros_like
from .dtypes import DType, bool, float64, int64
from .elementwise import (
    abs,
    add,
    divide,
    equal,
    exp,
    isfinite,
    log,
    logical_not,
    maximum,
    multiply,
    pow,
    sign,
    sqrt,
    subtract,
    tanh,
    where,
)
from .linalg import matmul
from .manipulation import (
    broadcast_to,
    concat,
    expand_dims,
    matrix_transpose,
    permute_dims,
    reshape,
    scatter_add,
    stack,
    take,
)
from .namespace import namespace
from .reductions import all, argmax, max, mean, sum

__all__ = [
    "Array",
    "DType",
    "abs",
    "add",
    "all",
    "arange",
    "argmax",
    "asarray",
    "astype",
    "bool",
    "broadcast_to",
    "concat",
    "divide",
    "equal",
    "exp",
    "expand_dims",
    "eye",
    "float64",
    "full",
    "int64",
    "isfinite",
    "log",
    "logical_not",
    "matmul",
    "matrix_transpose",
    "max",
    "maximum",
    "mean",
    "multiply",
    "namespace",
    "ones",
    "ones_like",
    "permute_dims",
    "pow",
    "reshape",
    "scatter_add",
    "sign",
    "sqrt",
    "stack",
    "subtract",
    "sum",
    "take",
    "tanh",
    "where",
    "zeros",
    "zeros_like",
]
