"""What is learned: modules, cells as their equations, the loop over time, losses, optimisers."""

from . import init, optim
from .cells import Cell, GRUCell, LSTMCell, LSTMState, RNNCell
from .layers import Dropout, Embedding, Linear
from .losses import binary_cross_entropy_with_logits, cross_entropy, l1_loss, mse_loss
from .module import Module
from .recurrent import GRU, LSTM, RNN, Recurrent
from .unroll import Unrolled, carried, unroll
from .word_vectors import CBOW, SkipGram, WordVectors, nearest

__all__ = [
    "CBOW",
    "Cell",
    "Dropout",
    "Embedding",
    "GRU",
    "GRUCell",
    "LSTM",
    "LSTMCell",
    "LSTMState",
    "Linear",
    "Module",
    "RNN",
    "RNNCell",
    "Recurrent",
    "SkipGram",
    "Unrolled",
    "WordVectors",
    "binary_cross_entropy_with_logits",
    "carried",
    "cross_entropy",
    "init",
    "l1_loss",
    "mse_loss",
    "nearest",
    "optim",
    "unroll",
]
