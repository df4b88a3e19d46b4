"""tinygrad_rnn: learn, teach and extend backpropagation through time.

    arrays/     what a number is: immutable arrays in pure Python
    autograd/   how a derivative is made: recording, rules, the chain rule, gradcheck
    graph/      what happened, as data; where the gradient goes; the picture of it
    nn/         what is learned: modules, cells as their equations, unroll, losses, optimisers
    tasks/      what there is to learn
    training/   a network learns a task
    checkpoints/ numbers in files   exchange.py   weights to and from PyTorch's layout
    lab/        experiments: at the start, and with a truncated walk back
    cli/        the command line

>>> import tinygrad_rnn as tg
>>> x, y = tg.Tensor(2.0, name="x"), tg.Tensor(3.0, name="y")
>>> z = x * y + tg.tanh(x)
>>> tg.gradients(z)[y]
2.0

`tg.draw(z)` is the picture of it. `OPS` has every op by its name. `graph` is imported when it is
first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import arrays, nn
from .autograd import *  # noqa: F403
from .autograd import __all__ as _engine
from .nn import optim

if TYPE_CHECKING:
    from . import checkpoints, exchange, graph, lab, tasks, training
    from .graph import Drawing, Page, anomalies, draw, flow, report, trace
    from .training import compare, train

__version__ = "0.1.0"
_GRAPH = ("Drawing", "Page", "anomalies", "draw", "flow", "report", "trace")
_LATER = dict.fromkeys(_GRAPH, "graph") | dict.fromkeys(("compare", "train"), "training")
_MODULES = ("checkpoints", "exchange", "graph", "lab", "tasks", "training")

__all__ = [
    "Drawing",
    "Page",
    "anomalies",
    "arrays",
    "checkpoints",
    "compare",
    "draw",
    "exchange",
    "flow",
    "graph",
    "lab",
    "nn",
    "optim",
    "report",
    "tasks",
    "trace",
    "train",
    "training",
    *_engine,
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name in _LATER:
        return getattr(import_module(f".{_LATER[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})
