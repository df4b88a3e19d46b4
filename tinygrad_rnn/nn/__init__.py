"""What is learned: modules, cells as their equations, the loop over time, losses, optimisers."""

from . import init, optim
from .cells import GRUCell, LSTMCell, LSTMState, RNNCell
from .layers import Embedding, Linear
from .losses import cross_entropy, mse_loss
from .module import Module
from .unroll import Unrolled, unroll

__all__ = [
    "Embedding",
    "GRUCell",
    "LSTMCell",
    "LSTMState",
    "Linear",
    "Module",
    "RNNCell",
    "Unrolled",
    "cross_entropy",
    "init",
    "mse_loss",
    "optim",
    "unroll",
]
