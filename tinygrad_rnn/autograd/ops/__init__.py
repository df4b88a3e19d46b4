"""Every primitive beside its rules, a file a family, in order of increasing complexity.

Read in this order: `arithmetic`, `choices`, `exponential`, `trigonometric`, `activations`,
`indexing`, `manipulation`, `reductions`, `normalisation`, `linalg`.
"""

from .activations import erf, relu, sigmoid, softplus, stop_gradient, tanh
from .arithmetic import add, divide, multiply, negative, positive, sqrt, square, subtract
from .choices import abs, maximum, minimum, sign, where
from .exponential import exp, expm1, log, log1p, pow
from .indexing import flip, getitem, split, take, take_along_axis, unstack
from .linalg import linear, matmul, matrix_transpose
from .manipulation import broadcast_to, concat, expand_dims, permute_dims, reshape, squeeze
from .normalisation import log_likelihood, log_softmax
from .reductions import cumulative_sum, max, min, sum
from .trigonometric import cos, cosh, sin, sinh, tan

__all__ = [
    "abs",
    "add",
    "broadcast_to",
    "concat",
    "cos",
    "cosh",
    "cumulative_sum",
    "divide",
    "erf",
    "exp",
    "expand_dims",
    "expm1",
    "flip",
    "getitem",
    "linear",
    "log",
    "log1p",
    "log_likelihood",
    "log_softmax",
    "matmul",
    "matrix_transpose",
    "max",
    "maximum",
    "min",
    "minimum",
    "multiply",
    "negative",
    "permute_dims",
    "positive",
    "pow",
    "relu",
    "reshape",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "softplus",
    "split",
    "sqrt",
    "square",
    "squeeze",
    "stop_gradient",
    "subtract",
    "sum",
    "take",
    "take_along_axis",
    "tan",
    "tanh",
    "unstack",
    "where",
]
