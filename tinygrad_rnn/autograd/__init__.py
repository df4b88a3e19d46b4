"""How a derivative is made: `tensor` records, `backprop` walks back, `gradcheck` doubts.

`OPS` has every op by its name: a table of what can be differentiated.

Read in this order: `tensor`, `ops/`, `backprop`, `functional`, `transforms`, `checkpointing`,
`gradcheck`.
"""

from .backprop import gradients
from .checkpointing import checkpoint
from .functional import *  # noqa: F403
from .functional import __all__ as _functional
from .gradcheck import GradcheckError, gradcheck
from .ops import *  # noqa: F403
from .ops import __all__ as _ops
from .tensor import OPS, Op, Tensor, primitive
from .transforms import grad, hessian, jacobian, jvp, value_and_grad, vjp

__all__ = [
    "OPS",
    "GradcheckError",
    "Op",
    "Tensor",
    "checkpoint",
    "grad",
    "gradcheck",
    "gradients",
    "hessian",
    "jacobian",
    "jvp",
    "primitive",
    "value_and_grad",
    "vjp",
    *_ops,
    *_functional,
]
