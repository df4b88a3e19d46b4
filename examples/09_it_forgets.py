# %% [markdown]
# # 9. It forgets
#
# Backpropagation through time multiplies, once for every step; a product of many factors below 1
# is soon nothing: the gradient *vanishes*. This lesson measures it, asks which factor took how
# much, and shows how a sum of losses hides it all. It prints
#
#     10 steps before the loss 0.0003 of the gradient is left, 29 steps before it 3e-10
#     h: ×0.47 a step back; of that tanh' takes ×0.9, W (largest singular value 1) takes ×0.53
#     orthogonal W, inputs near 0    ×1.00   ×1.00   ×1.00
#     orthogonal W, large inputs     ×0.26   ×0.26   ×1.00
#     of the last loss 3e-10 gets to the first state, of the sum of all losses 0.9
#     the loss at t = 29:     4e-08   3e-06  0.0002   0.009       3

# %%
import random
from math import isclose, prod
from pathlib import Path

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.arrays.namespace import norm

T, H, X = 30, 8, 2


def read(size=1.0, **fields):
    """An RNN reads T random inputs of a size; a loss after every step."""
    rng = random.Random(1)
    cell = nn.RNNCell(X, H, rng).replace(**fields)
    xs = [tg.arrays.asarray([[rng.gauss(0, size) for _ in range(X)]]) for _ in range(T)]
    outputs, states = nn.unroll(cell, xs)
    return cell, [tg.sum(h) for h in outputs], states


def show(picture, name):
    """Save it, as SVG or, without a layout program, as DOT; a notebook shows it, too."""
    Path("pictures_of_the_lessons").mkdir(exist_ok=True)
    print(picture.save(f"pictures_of_the_lessons/{name}.svg", otherwise=".dot"))
    return picture


# %% [markdown]
# `flow` follows one loss, here the last. Every step back takes about half of what is left.

# %%
cell, losses, states = read()
last = tg.flow(losses, states)
left = last.ratios()[::-1]  # left[k]: k steps before the loss
said = f"10 steps before the loss {left[10]:.1g} of the gradient is left"
print(f"{said}, 29 steps before it {left[29]:.1g}")
assert left[29] < 1e-8

# %% [markdown]
# **Two factors a step.** h' = tanh(W·[h, x] + b). On the way back from h' to h the gradient is
# multiplied with the slope of tanh, 1 - h'², and then with the columns of W that belong to h.
# Walked by hand, two lines a step, this is what the engine found; the gains of all the lines
# multiply to the whole fall.

# %%
W_h = cell.W.value[:, :H]
g = tg.arrays.ones((1, H))  # dL/dh of L = the sum of the last h
gains = {"tanh'": [], "W": []}  # how much longer or shorter the gradient becomes
for t in reversed(range(1, T)):
    through_tanh = g * (1 - states[t].value * states[t].value)
    through_W = through_tanh @ W_h
    gains["tanh'"].append(norm(through_tanh) / norm(g))
    gains["W"].append(norm(through_W) / norm(through_tanh))
    g = through_W
    assert isclose(norm(g), last.norms()[t - 1])
assert isclose(prod(gains["tanh'"]) * prod(gains["W"]), left[-1])

# %% [markdown]
# **Which took how much?** `why` does these sums for any cell. The slope of tanh is never above 1,
# so it can only take. But that is half the story: here W takes far more, although its largest
# singular value says that it *could* keep the length. A gradient seldom points that way.

# %%
print(why := last.why())
assert isclose(why.factor("activation") ** (T - 1), prod(gains["tanh'"]))
assert isclose(why.factor("recurrent weight") ** (T - 1), prod(gains["W"]))

# %% [markdown]
# **Each half alone.** An orthogonal W keeps every length: now only tanh' is left to take. With
# inputs near 0 the units stay where tanh is straight, and nothing is lost. Large inputs drive them
# to ±1, where tanh is flat, and the gradient dies again, of the other cause.

# %%
rng = random.Random(0)
turn = nn.init.beside(nn.init.orthogonal((H, H), rng), nn.init.normal((H, X), rng), name="W")
no_bias = {"W": turn, "b": tg.Tensor(tg.arrays.zeros((H,)), name="b")}
cases = {"W as it starts": last}
cases["orthogonal W, inputs near 0"] = tg.flow(*read(0.01, **no_bias)[1:])
cases["orthogonal W, large inputs"] = tg.flow(*read(3.0, **no_bias)[1:])
print(f"{'a step back:':<28}   in all   tanh'       W")
for name, flow in cases.items():
    factors = map(flow.why().factor, (None, "activation", "recurrent weight"))
    print(f"{name:<28}", *(f"  ×{factor:.2f}" for factor in factors))

# %% [markdown]
# **One loss, or the sum?** The gradient of the sum of all losses looks healthy at every step: each
# state hears its own loss, at no distance. `table()` takes the losses apart, a row a loss, and
# every row dies out to the left. A sum says nothing about how far a network can learn.

# %%
total = tg.flow(losses, states, loss="sum")
print(f"of the last loss {left[29]:.1g} gets to the first state, ", end="")
print(f"of the sum of all losses {total.ratios()[0]:.1g}")
assert all(0.5 < ratio < 2 for ratio in total.ratios())
print("at the state of t = ", *(f"{t:7}" for t in range(5, T, 6)))
for tau, row in list(enumerate(last.table()))[5::6]:
    print(f"the loss at t = {tau:2}:  ", *(f"{norm:7.1g}" for norm in row[5 : tau + 1 : 6]))
    assert row[5] <= row[tau] * 0.1 ** ((tau - 5) // 6)

two = {"the last loss": last, "the sum": total}
show(tg.draw(two, title="One loss, and the sum of all"), "09_it_forgets")

