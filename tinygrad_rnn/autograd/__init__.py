"""How a derivative is made: `tensor` records, `backprop` walks back, `gradcheck` doubts.

Read in this order: `tensor`, `ops/`, `backprop`, `functional`, `gradcheck`.
"""

from .backprop import gradients
from .functional import log_softmax, logsumexp, softmax
from .gradcheck import GradcheckError, gradcheck
from .ops import *  # noqa: F403
from .ops import __all__ as _ops
from .tensor import OPS, Op, Tensor, primitive

__all__ = [
    "OPS",
    "GradcheckError",
    "Op",
    "Tensor",
    "gradcheck",
    "gradients",
    "log_softmax",
    "logsumexp",
    "primitive",
    "softmax",
    *_ops,
]
