# %% [markdown]
# # 10. It explodes
#
# The same product can grow. Where the recurrent weight stretches more than tanh' shrinks, the
# gradient gets longer with every step back: it *explodes*. One step along such a gradient throws
# the weights far away, and what was learned is lost. Clipping cures that. This lesson prints
#
#     W 0.5: ×0.50 a step back; tanh' takes ×1.00, W gives ×0.50
#     W 2.0: ×1.58 a step back; tanh' takes ×0.79, W gives ×2.00
#     clipped: a norm of ... becomes 0.25, the direction stays
#     rate 2                    3.0...
#     rate 2, clipped           0.8...  0.00...
#     rate 0.02                 0.6...

# %%
import random
from math import inf
from pathlib import Path

import tinygrad_rnn as tg
from tinygrad_rnn import nn, optim, tasks
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.arrays.namespace import norm

H = 8


def rnn(gain, X, rng):
    """An RNN whose W makes every h longer by `gain`: that, times an orthogonal matrix."""
    recurrent = nn.init.orthogonal((H, H), rng, gain=gain)
    W = nn.init.beside(recurrent, nn.init.uniform((H, X), H**-0.5, rng), name="W")
    return nn.RNNCell(X, H, rng).replace(W=W, b=tg.Tensor(tg.arrays.zeros((H,)), name="b"))


def show(picture, name):
    """Save it, as SVG or, without a layout program, as DOT; a notebook shows it, too."""
    Path("pictures_of_the_lessons").mkdir(exist_ok=True)
    print(picture.save(f"pictures_of_the_lessons/{name}.svg", otherwise=".dot"))
    return picture


# %% [markdown]
# **W against tanh'.** tanh' is a brake: a larger W drives the units towards ±1, where tanh is flat.
# But from inputs near 0 it takes a while to get there: it brakes late, and not enough.


# %%
def read(gain, T=14):
    rng = random.Random(4)
    xs = [asarray([[rng.gauss(0, 0.05), rng.gauss(0, 0.05)]]) for _ in range(T)]
    outputs, states = nn.unroll(rnn(gain, 2, rng), xs)
    return tg.flow([tg.sum(h) for h in outputs], states)


for gain in (0.5, 1.0, 1.5, 2.0):
    why = read(gain).why()
    total, slope, weight = map(why.factor, (None, "activation", "recurrent weight"))
    print(f"W {gain}: ×{total:.2f} a step back; tanh' takes ×{slope:.2f}, W gives ×{weight:.2f}")
    assert abs(weight - gain) < 1e-9
    assert (total > 1) == (gain > 1)

show(tg.draw(read(2.0), title="A W that doubles: the gradient explodes"), "10_it_explodes")

# %% [markdown]
# **Clipping.** `clip_grad_norm` measures the gradient of all parameters together, and where it is
# longer than it may be, scales it down: it points where it did. It returns the norm that it found.


# %%
class Latch(nn.Module):
    """Reads 1 or -1 and then noise, and says which of the two it was."""

    def __init__(self, rng):
        self.cell = rnn(2.0, 1, rng)
        self.readout = nn.Linear(H, 2, rng=rng)

    def loss(self, batch):
        outputs, _ = nn.unroll(self.cell, [asarray(x) for x in batch.xs])
        return nn.cross_entropy(self.readout(outputs[-1]), batch.targets[-1])


rng = random.Random(1)
model = Latch(rng)
grads = tg.gradients(model.loss(tasks.latch(rng, 8, 20)))
before = dict(grads)
found = optim.clip_grad_norm(model, 0.25, grads)
print(f"clipped: a norm of {found:.2f} becomes 0.25, the direction stays")
for p in model.parameters():
    assert norm(grads[p] - before[p] * (0.25 / found)) < 1e-12

# %% [markdown]
# **With and without.** To hold what it was shown, an RNN needs a W above 1: here learning has to
# pass where gradients explode. A guess costs log 2 = 0.69. A rate of 2 suits the flat places; where
# it is steep, it is a leap, and the loss jumps. A rate that is safe everywhere learns slowly.


# %%
def train(lr, clip, seed, updates=60):
    """The mean loss of every ten updates; fresh data for each."""
    rng = random.Random(seed)
    model, losses = Latch(rng), []
    optimiser = optim.SGD(model, lr)
    for _ in range(updates):
        loss = model.loss(tasks.latch(rng, 8, 20))
        grads = tg.gradients(loss)
        optim.clip_grad_norm(model, clip, grads)
        optimiser.step(grads)
        losses.append(loss.item())
    return [sum(losses[k : k + 10]) / 10 for k in range(0, updates, 10)]


print("mean loss of updates       1-10  11-20  21-30  31-40  41-50  51-60")
for name, *rule in ("rate 2", 2.0, inf), ("rate 2, clipped", 2.0, 0.25), ("rate 0.02", 0.02, inf):
    runs = [train(*rule, seed) for seed in range(3)]
    for tens in runs:
        print(f"{name:<24}", *(f"{ten:6.3f}" for ten in tens))
    assert (max(tens[-1] for tens in runs) < 0.05) == (name == "rate 2, clipped")
