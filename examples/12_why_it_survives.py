# %% [markdown]
# # 12. Why the gradient survives
#
# From c to c' there is a straight road: c' = f⊙c + i⊙g, past no weight and no activation. On it the
# gradient is multiplied with the forget gate, and with nothing else. This lesson computes that
# product, drives around it, and puts a number to the lecture's word *alleviates*. It prints
#
#     forget bias 0: σ(0) = 0.500, 49 times: 2e-15; the engine's straight road: 2e-15
#     forget bias 3: σ(3) = 0.953, 49 times: 0.09; the engine's straight road: 0.09
#     forget bias 3, seed 0: straight 0.4, in all 8
#     RNN                    -4... ± ...         -12... ± ...            12 steps
#     LSTM, forget bias 1    -2... ± ...   -2.6   -4... ± ...   -6.7     ... steps
#     LSTM, forget bias 3    -1... ± ...   -0.4   -1... ± ...   -1.0     ... steps

# %%
import random
from math import isclose, log10
from pathlib import Path

import tinygrad_rnn as tg
from tinygrad_rnn import lab, nn
from tinygrad_rnn.arrays import asarray, full, zeros
from tinygrad_rnn.arrays.namespace import norm

X, H, T = 2, 8, 50


def read(cell, rng, steps=T):
    """The cell reads random inputs; a loss is the sum of an h, and the last loss is followed."""
    xs = [asarray([[rng.gauss(0, 1) for _ in range(X)]]) for _ in range(steps)]
    outputs, states = nn.unroll(cell, xs)
    return tg.flow([tg.sum(h) for h in outputs], states)


def show(picture, name):
    """Save it, as SVG or, without a layout program, as DOT; a notebook shows it, too."""
    Path("pictures_of_the_lessons").mkdir(exist_ok=True)
    print(picture.save(f"pictures_of_the_lessons/{name}.svg", otherwise=".dot"))
    return picture


# %% [markdown]
# **The straight road, alone.** Take the words from the forget gate: with W_f = 0 it is f = σ(b_f)
# at every step, whatever comes in. Then the road from the first c to the last has a closed form,
# σ(b_f)^(T-1), and `flow.road()` finds it: the part of dc[49]/dc[0] that goes straight.

# %%
for bias in (0.0, 1.0, 3.0, 5.0):
    rng = random.Random(0)
    deaf = {"W_f": tg.Tensor(zeros((H, H + X))), "b_f": tg.Tensor(full((H,), bias))}
    road = read(nn.LSTMCell(X, H, rng).replace(**deaf), rng).road()
    f, straight = tg.sigmoid(bias), road.straight[0][0]
    print(f"forget bias {bias:.0f}: σ({bias:.0f}) = {f:.3f}, 49 times: {f**49:.1g}; ", end="")
    print(f"the engine's straight road: {straight:.1g}")
    assert isclose(straight, f**49, rel_tol=1e-9)

# %% [markdown]
# **The ways around** lead through h, the weights and the gates, as in an RNN. With a gate that is
# half shut they are all that is left, and they vanish. With an open one they come on top; how much
# they bring is luck, from network to network. The straight road is there in each.

# %%
for bias in (0, 3):
    for seed in range(3):
        rng = random.Random(seed)
        road = read(nn.LSTMCell(X, H, rng, forget_bias=bias), rng).road()
        straight, whole = norm(road.straight), norm(road.full)
        print(f"forget bias {bias}, seed {seed}: straight {straight:.1g}, in all {whole:.1g}")
        assert 0.1 < straight < 1 if bias else straight < whole < 1e-6

# %% [markdown]
# **"Alleviates", in numbers.** How much of the gradient of the last h reaches the first h, before
# any training: as log10, so that -3 is a thousandth; mean and deviation of 10 networks. Beside it
# the closed form, and after how many steps a thousandth is left.
#
# An LSTM with a forget bias of 0 forgets like an RNN, and so does a GRU: it is the forget *bias*
# that helps. A bias of 3 carries the gradient several times as far; not for ever. A bias of 5 does
# little more: what is missing then is lost at the doors, from h into c and out again.

# %%
setups = {"RNN": lab.Setup("rnn"), "GRU": lab.Setup("gru")}
for bias in (0, 1, 3, 5):
    setups[f"LSTM, forget bias {bias}"] = lab.Setup("lstm", forget_bias=bias)

print(f"{'':<20}    T = 20  closed      T = 50  closed    a thousandth after")
means = {}
for name, setup in setups.items():
    columns = []
    for steps in (20, T):
        found = lab.survival(setup._replace(length=steps), range(10))
        closed = f"{found.setup.closed_form():6.1f}" if "LSTM" in name else " " * 6
        columns += [f"{found.mean:6.1f} ± {found.deviation:.1f} {closed}"]
        means[name] = found.mean
    print(f"{name:<20}", *columns, f"{-3 / log10(found.factor):6.0f} steps")
plain, bias_0, bias_1, bias_3, bias_5 = (means[name] for name in setups if name != "GRU")
assert max(plain, means["GRU"], bias_0) < bias_1 < bias_3
assert abs(bias_5 - bias_3) < 1

# %% [markdown]
# **To see it**: three networks read the same, from left to right; the gradient of the last loss
# flows from right to left.

# %%
cells = {"RNN": nn.RNNCell(X, H, random.Random(1))}
for bias in (0, 3):
    cells[f"LSTM, bias {bias}"] = nn.LSTMCell(X, H, random.Random(1), forget_bias=bias)
flows = {name: read(cell, random.Random(0), 30) for name, cell in cells.items()}
show(tg.draw(flows, title="The forget bias keeps the gradient alive"), "12_why_it_survives")
