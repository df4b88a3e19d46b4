# %% [markdown]
# # 15. Truncated BPTT and its bias
#
# Nobody walks back to the first word of a book at every update. *Truncated* BPTT hands the state on
# and cuts the way back every k steps. What it finds has a bias: no data average it out. It prints
#
#     dh[3]/dw = 2.75; cut every 2 steps 2.5, and 0 from lag 2 on
#     in all           0.293 ×0.12     0.545 ×0.15     0.921 ×0.40     1.000 ×1.00
#     all steps: w = 0.891, loss 1.28; k = 1: w = 0.934, loss 1.66
#     the first of 12: all steps 9...% right, k = 6 5...% right

# %%
import random

import tinygrad_rnn as tg
from tinygrad_rnn import nn, optim
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.arrays.namespace import norm
from tinygrad_rnn.lab import truncation_bias


class Leaky(nn.Module):
    def __init__(self):
        self.w, self.v = tg.Tensor(0.5, name="w"), tg.Tensor(1.0, name="v")

    def __call__(self, x, h):
        return self.w * h + self.v * x

# %% [markdown]
# **By hand.** h' = w·h + v·x with x = 1 four times gives h = 1, 1.5, 1.75, 1.875, and
# dh[3]/dw = h[2] + w·h[1] + w²·h[0], a term for every step back. `truncate=2` sends the state that
# enters step 2 through `stop_gradient`, a node of the graph: the last term never arrives.

# %%
cell, xs = Leaky(), [1.0] * 4
full, cut = (tg.gradients(nn.unroll(cell, xs, 0.0, truncate=k).outputs[-1]) for k in (None, 2))
(row,) = truncation_bias(cell, xs, lambda hs: hs[-1], 2, state=0.0).rows
exact, biased = full[cell.w], cut[cell.w]
print(f"dh[3]/dw = {exact}; cut every 2 steps {biased}, and 0 from lag {row.zero_from} on")
assert (exact, biased) == (1.75 + 0.75 + 0.25, 1.75 + 0.75)

# %% [markdown]
# **A report**, of an LSTM that remembers (forget bias 3): of its truncated gradient, the cosine to
# the full one, and the norm as a factor of that one's.

# %%
rng = random.Random(0)
lstm = nn.LSTMCell(2, 8, rng, forget_bias=3.0)
xs = [asarray([[rng.gauss(0, 1), rng.gauss(0, 1)]]) for _ in range(40)]


def squares(outputs):
    return sum(tg.sum(tg.square(h)) for h in outputs)


print(truncation_bias(lstm, xs, squares, [1, 5, 20, 40]))

# %% [markdown]
# **How it is done.** A text too long for one graph is read in pieces, and `nn.carried` hands the
# state on as plain values. The gradients of the pieces add up to the truncated one, exactly.

# %%
pieces, state = [], None
for begin in range(0, 40, 5):
    outputs, states = nn.unroll(lstm, xs[begin : begin + 5], state)
    pieces.append(tg.gradients(squares(outputs)))
    state = nn.carried(states[-1])
cut = tg.gradients(squares(nn.unroll(lstm, xs, truncate=5).outputs))
for p in lstm.parameters():
    assert norm(sum(piece[p] for piece in pieces) - cut[p]) < 1e-12

# %% [markdown]
# **A bias is no noise.** h is to follow the sum of the last 10 inputs, as well as w and v can make
# it; always the same 60 inputs, so nothing is random. With k = 1 descent ends elsewhere, and there
# the loss is higher: what it follows down is the gradient of nothing.

# %%
xs = [rng.gauss(0, 1) for _ in range(60)]
ys = [sum(xs[max(t - 9, 0) : t + 1]) for t in range(60)]


def fitted(k):
    cell = Leaky()
    optimiser = optim.Adam(cell, lr=0.02)
    for _ in range(250):
        outputs = nn.unroll(cell, xs, 0.0, truncate=k).outputs
        loss = sum((h - y) ** 2 for h, y in zip(outputs, ys, strict=True)) / 60
        optimiser.step(tg.gradients(loss))
    return cell.w.item(), loss.item()


(w, loss), (w_1, loss_1) = fitted(None), fitted(1)
print(f"all steps: w = {w:.3f}, loss {loss:.2f}; k = 1: w = {w_1:.3f}, loss {loss_1:.2f}")
assert loss_1 > 1.2 * loss

# %% [markdown]
# **What is longer than k is not learned**, if the state does not happen to keep it. Of 12 numbers
# the first is 1 or -1, the others are random. Which was it? The share of right answers in the last
# 40 of 220 updates, each on 16 new sequences:


# %%
def remembered(k):
    rng = random.Random(1)
    lstm = nn.LSTMCell(1, 4, rng, forget_bias=0.0)
    lstm.readout = nn.Linear(4, 1, rng=rng)
    optimiser, right = optim.Adam(lstm, lr=0.03), []
    for update in range(220):
        xs = [[[rng.choice((-1.0, 1.0))] for _ in range(16)]]
        xs += [[[rng.gauss(0, 1)] for _ in range(16)] for _ in range(11)]
        bit, *_ = xs = [asarray(x) for x in xs]
        z = lstm.readout(nn.unroll(lstm, xs, truncate=k).outputs[-1])
        optimiser.step(tg.gradients(nn.binary_cross_entropy_with_logits(z, (bit + 1) / 2)))
        right += [answer > 0 for (answer,) in (z.value * bit).tolist()] if update >= 180 else []
    return sum(right) / len(right)


whole, cut = remembered(None), remembered(6)
print(f"the first of 12: all steps {whole:.0%} right, k = 6 {cut:.0%} right")
assert whole > 0.9 > 0.7 > cut
