"""How a module gets better: optimisers, clipping, schedules.

    for batch in batches:
        grads = gradients(loss(model, batch))
        optim.clip_grad_norm(model, 1.0, grads)
        optimiser.step(grads)

The formulas are PyTorch's.
"""

from .adaptive import Adam, AdamW, RMSprop
from .clipping import clip_grad_norm, clip_grad_value
from .optimizer import Optimizer
from .schedules import cosine_schedule, step_schedule, warmup_schedule
from .sgd import SGD

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "Optimizer",
    "RMSprop",
    "clip_grad_norm",
    "clip_grad_value",
    "cosine_schedule",
    "step_schedule",
    "warmup_schedule",
]
