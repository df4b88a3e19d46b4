# %% [markdown]
# # 13. The GRU, and a cell of your own
#
# The gated recurrent unit (GRU) gets along with one state and fewer gates. Its straight road is z,
# and what held for the forget bias holds for the bias of z. Then a dozen lines make a cell of our
# own: it is unrolled, checked, drawn and trained like those of the package. It prints
#
#     GRU, as it starts      ×0.6... a step back
#     GRU, b_z + 3           ×0.9... a step back
#     our cell, b_k + 3      ×0.9... a step back
#     gradcheck of our cell, to second order: True
#     GRU, as it starts      loss 0.7...   right ...%
#     GRU, b_z + 3           loss 0.0...   right ...%
#     our cell, b_k + 3      loss 0.0...   right ...%

# %%
import random
from pathlib import Path

import tinygrad_rnn as tg
from tinygrad_rnn import nn, optim, tasks
from tinygrad_rnn.arrays import asarray, zeros

# %% [markdown]
# **The GRU** mixes the old h with a candidate n: h' = (1-z)⊙n + z⊙h. Where z is near 1, h goes
# straight on; r says how much of h the candidate sees. As it starts, z is about one half.


# %%
def open_gru(X, H, rng):
    """A GRU whose gate z starts open: what forget_bias=3 is to an LSTM."""
    cell = nn.GRUCell(X, H, rng)
    return cell.replace(b_z=tg.Tensor(cell.b_z.value + 3.0, name="b_z"))


# %% [markdown]
# **A cell of your own** is any callable (x, state) -> state. As a Module, its Tensors are learned.
# This one has a single gate k, what to keep. Its backward pass is nobody's work.


# %%
class KeepCell(nn.Module):
    """k = σ(W_k·[h, x] + b_k)    n = tanh(W_n·[h, x] + b_n)    h' = k⊙h + (1-k)⊙n"""

    def __init__(self, X, H, rng):
        bound = H**-0.5
        self.W_k = nn.init.uniform((H, H + X), bound, rng, name="W_k")
        self.b_k = nn.init.uniform((H,), bound, rng, shift=3.0, name="b_k")
        self.W_n = nn.init.uniform((H, H + X), bound, rng, name="W_n")
        self.b_n = nn.init.uniform((H,), bound, rng, name="b_n")

    def __call__(self, x, h):
        hx = tg.concat([h, x], axis=-1)
        k = tg.sigmoid(tg.linear(hx, self.W_k, self.b_k))
        n = tg.tanh(tg.linear(hx, self.W_n, self.b_n))
        return k * h + (1 - k) * n


KINDS = {"GRU, as it starts": nn.GRUCell, "GRU, b_z + 3": open_gru, "our cell, b_k + 3": KeepCell}

# %% [markdown]
# **Unrolled and drawn**: `flow` and `draw` do not ask whose cell it is. In the picture the straight
# road is the dark line: k⊙h, and the sum.

# %%
flows, rng = {}, random.Random(0)
xs = [asarray([[rng.gauss(0, 1), rng.gauss(0, 1)]]) for _ in range(50)]
for name, kind in KINDS.items():
    outputs, states = nn.unroll(kind(2, 8, random.Random(1)), xs, zeros((1, 8)))
    flows[name] = tg.flow(tg.sum(outputs[-1]), states)
    print(f"{name:<22} ×{flows[name].factor():.2f} a step back")
assert flows["GRU, as it starts"].factor() < 0.8 < flows["our cell, b_k + 3"].factor()

print("gradcheck of our cell, to second order:", end=" ")
print(tg.gradcheck(KeepCell(2, 3, random.Random(0)), asarray([[0.3, -0.2]]), zeros((1, 3))))

outputs, states = nn.unroll(KeepCell(2, 8, random.Random(1)), xs[:3], zeros((1, 8)))
picture = tg.draw(tg.sum(outputs[-1]), states, level="op", title="A cell of our own, three steps")
(folder := Path("pictures_of_the_lessons")).mkdir(exist_ok=True)
print(picture.save(folder / "13_own_cell.svg", otherwise=".dot"))


# %% [markdown]
# **Trained.** The loop, by hand: draw fresh data, compute the loss, walk back, clip, step. The task
# is the latch: 1 or -1, then 19 numbers of noise; which was it? A guess costs log 2 = 0.69. In the
# same 120 updates the open gates learn it; the GRU as it starts guesses on, unless a seed is lucky.


# %%
class Classifier(nn.Module):
    def __init__(self, cell, H, classes, rng):
        self.cell, self.H = cell, H
        self.readout = nn.Linear(H, classes, rng=rng)

    def __call__(self, batch):
        xs = [asarray(x) for x in batch.xs]
        outputs, _ = nn.unroll(self.cell, xs, zeros((len(batch.xs[0]), self.H)))
        return self.readout(outputs[-1])


for name, kind in KINDS.items():
    rng, losses = random.Random(1), []
    model = Classifier(kind(1, 4, rng), 4, 2, rng)
    optimiser = optim.Adam(model, lr=0.1)
    for _ in range(120):
        batch = tasks.latch(rng, 8, 20)
        loss = nn.cross_entropy(model(batch), batch.targets[-1])
        grads = tg.gradients(loss)
        optim.clip_grad_norm(model, 1.0, grads)
        optimiser.step(grads)
        losses.append(loss.item())
    batch = tasks.latch(rng, 200, 20)
    logits = model.detach()(batch)  # plain values: nothing is recorded
    right = [row[k] == max(row) for row, k in zip(logits.tolist(), batch.targets[-1])]
    late = sum(losses[-20:]) / 20  # over the last 20 updates
    print(f"{name:<22} loss {late:.3f}   right {sum(right) / 200:.0%}")
    assert late < 0.1 if "+ 3" in name else late > 0.5
