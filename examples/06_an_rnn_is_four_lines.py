# %% [markdown]
# # 6. An RNN is four lines
#
# A recurrent network reads a sequence with one set of weights, step by step, in a Python loop.
# Nobody writes its backward pass: backpropagation through time (BPTT) is the chain rule along what
# the loop recorded. This lesson finds in the recorded graph what textbooks derive: step t's share
# of dL/dW is δ_t·h_{t-1}ᵀ. It prints
#
#     dL/dW, recorded and by hand, step by step: the same
#     t = 4: |dL/dh| = 1.732, |share of dL/dW| = ...
#     t = 0: |dL/dh| = ..., |share of dL/dW| = 0.000
#
# and saves two pictures of the five steps, from afar and from near.

# %%
import random
from pathlib import Path

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.arrays import asarray, zeros

T, H, X, rng = 5, 3, 2, random.Random(0)
W = nn.init.uniform((H, H), 0.8, rng, name="W")
U = nn.init.uniform((H, X), 0.8, rng, name="U")
b = nn.init.uniform((H,), 0.8, rng, name="b")
xs = [asarray([rng.gauss(0, 1), rng.gauss(0, 1)]) for _ in range(T)]

# %% [markdown]
# **The four lines.** The hidden state h is all that the network knows of the past. Every step uses
# the same W, U and b, so the sequence may have any length.

# %%
h = zeros(H)
for x in xs:
    h = tg.tanh(W @ h + U @ x + b)
L = tg.sum(h)

# %% [markdown]
# **Backpropagation through time** is one call.

# %%
grads = tg.gradients(L)

# %% [markdown]
# **What sharing means.** Give every step a weight of its own, with the same numbers. Then there are
# T gradients. Shared, the weight gets their sum; each is called a step's share.

# %%
copies, h = [tg.Tensor(W.value) for _ in range(T)], zeros(H)
for x, own in zip(xs, copies, strict=True):
    h = tg.tanh(own @ h + U @ x + b)
of_copies = tg.gradients(tg.sum(h))
shares = [of_copies[own] for own in copies]


def same(a, b):
    return tg.arrays.max(abs(a - b)) < 1e-12


assert same(grads[W], sum(shares))

# %% [markdown]
# **By hand.** h_t = tanh(a_t), with a_t = W·h_{t-1} + U·x_t + b. Write δ_t for dL/da_t. Begin with
# dL/dh at the last step, here ones; go back by δ_t = (1 - h_t²)⊙dL/dh_t and dL/dh_{t-1} = Wᵀ·δ_t.
# W meets h_{t-1} at step t, so its share there is the column δ_t times the row h_{t-1} (lesson 3).
# In plain numbers, of which nothing is recorded:

# %%
plain_W, hs = W.detach(), [zeros(H)]  # hs[t] is the state that enters step t
for x in xs:
    hs.append(tg.tanh(plain_W @ hs[-1] + U.detach() @ x + b.detach()))
dh = tg.arrays.ones(H)
for t in reversed(range(T)):
    delta = (1 - hs[t + 1] ** 2) * dh
    assert same(shares[t], delta[:, None] * hs[t])
    dh = plain_W.T @ delta
print("dL/dW, recorded and by hand, step by step: the same")

# %% [markdown]
# **The package's loop**, `unroll`, is that of above; it keeps the states, named h[0], h[1], ... Its
# cell has W and U side by side: h' = tanh([W U]·[h, x] + b). `flow` keeps the norm at every state,
# and every step's share. The first step has none: its h is 0, there is no past.

# %%
cell = nn.RNNCell(X, H).replace(W=nn.init.beside(W, U, name="[W U]"), b=b)
assert same(nn.unroll(cell, xs).outputs[-1].value, hs[-1])

states = nn.unroll(lambda x, h: tg.tanh(W @ h + U @ x + b), xs, zeros(H)).states
flow = tg.flow(tg.sum(states[-1]), states)
number = flow.find("W")
for t in reversed(range(T)):
    norm = flow.share_norms(number)[t]
    print(f"t = {t}: |dL/dh| = {flow.norms()[t]:.3f}, |share of dL/dW| = {norm:.3f}")
assert same(sum(flow.shares[number].values()), grads[W])
assert all(same(share, shares[t]) for t, share in flow.shares[number].items())

# %% [markdown]
# **The pictures.** From afar, a box is a step; the yellow rail is W, and the square where it meets
# a step has the colour of that step's share. From near, every op is a node: find the road back
# from h to h, through tanh and W.

# %%
folder = Path("pictures_of_the_lessons")
folder.mkdir(exist_ok=True)
for name, picture in {
    "06_cell": tg.draw(flow, rails=["W"], title="h = tanh(W·h + U·x + b)"),
    "06_op": tg.draw(flow, level="op", title="h = tanh(W·h + U·x + b), op by op"),
}.items():
    print(picture.save(folder / f"{name}.svg", otherwise=".dot"))
