# %% [markdown]
# # 17. Onward
#
# The engine never looks inside a value: so the same code runs on NumPy's arrays. Weights are
# numbers: so PyTorch can have them. A gradient is a function like any other: so it has a gradient,
# the curvature. Where NumPy or PyTorch is missing, its cell does nothing. This lesson prints
#
#     NumPy is ..., PyTorch is ...
#     read again from the file: the same outputs, to the last bit
#     Hessian·v, three ways: -2.219306 -2.219306 -2.219306
#     0.1 down: loss -0.264; says the slope -0.466; with curvature -0.273

# %%
import random
import tempfile
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import tinygrad_rnn as tg
from tinygrad_rnn import checkpoints, exchange, nn
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.arrays.namespace import norm

numpy, torch = (import_module(m) if find_spec(m) else None for m in ("numpy", "torch"))
print("NumPy is", "here," if numpy else "not here,", "PyTorch is", "here" if torch else "not here")
rng = random.Random(0)

# %% [markdown]
# **NumPy values.** `map` makes the same module with other values in it. The cell, the loop and the
# rules are the same lines; the multiplying is NumPy's. On small arrays little is won: there a call
# costs more than its arithmetic.


# %%
def learn(cell, xs):
    """The loss, the gradient of W, and the seconds of one walk forth and back."""
    start = time.thread_time()
    loss = tg.mean(tg.square(nn.unroll(cell, xs).outputs[-1]))
    grad = tg.gradients(loss)[cell.W]
    return loss.item(), grad.tolist(), time.thread_time() - start


for H, B in ((8, 2), (128, 16)) if numpy else ():
    cell, xs = nn.RNNCell(H, H, rng), nn.init.normal((10, B, H), rng).value
    same = cell.map(lambda t: tg.Tensor(numpy.asarray(t.value), name=t.name))
    loss, grad, seconds = learn(cell, xs)
    again, grad_again, fewer = learn(same, numpy.asarray(xs))
    assert numpy.allclose([loss], [again], rtol=1e-12)
    assert numpy.allclose(grad, grad_again, rtol=1e-9, atol=1e-15)
    print(f"H = {H}, B = {B}: on NumPy the same numbers, {seconds / fewer:.0f} times as fast")
    assert H == 8 or fewer < seconds

# %% [markdown]
# **Weights in a file.** `to_torch` lays out ours as PyTorch has them: the gates below each other, x
# and h apart, two biases. `write_tensors` makes a safetensors file of them, which many libraries
# read. The way back is `read_tensors`, `from_torch`.

# %%
ours, other = nn.LSTM(3, 5, rng=rng), nn.LSTM(3, 5, rng=rng)
xs = nn.init.normal((7, 2, 3), rng).value
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "lstm.safetensors"
    checkpoints.write_tensors(path, exchange.to_torch(ours))
    weights, _ = checkpoints.read_tensors(path)
print(", ".join(f"{name} {value.shape}" for name, value in weights.items()))
exchange.from_torch(other, weights)
outputs, again = ([h.tolist() for h in lstm(xs).outputs] for lstm in (ours, other))
assert outputs == again
print("read again from the file: the same outputs, to the last bit")

# %% [markdown]
# **PyTorch** takes them from there, and reads the same sequence.

# %%
if torch:
    theirs, double = torch.nn.LSTM(3, 5).double(), torch.float64
    theirs.load_state_dict({k: torch.tensor(w.tolist(), dtype=double) for k, w in weights.items()})
    answer, _ = theirs(torch.tensor(xs.tolist(), dtype=double))
    far = norm(asarray(answer.tolist()) - asarray(outputs))
    print(f"PyTorch's LSTM is {far:.0e} away from ours")
    assert far < 1e-12

# %% [markdown]
# **Curvature.** Take the loss of an RNN as a function of W alone; `detach` makes all else plain.
# The Hessian has a row and a column for every weight: 15·15 numbers here, too many for a large
# network. But how the slope changes in one direction v, Hessian·v, costs a few walks only: it is
# the slope of (slope·v), and it is the slope moved along v (`jvp`).

# %%
rng = random.Random(0)
cell, xs = nn.RNNCell(2, 3, rng).detach(), nn.init.normal((8, 1, 2), rng).value


def loss(W):
    return tg.sum(tg.square(nn.unroll(cell.replace(W=W), xs).outputs[-1] - 0.5))


W, v, slope = cell.W, nn.init.normal((3, 5), rng).value, tg.grad(loss)
ways = [tg.sum(tg.hessian(loss)(W) * v, axis=(2, 3))]
ways += [tg.grad(lambda W: tg.sum(slope(W) * v))(W), tg.jvp(slope, (W,), (v,))[1]]
print("Hessian·v, three ways:", *(f"{way[0, 0]:.6f}" for way in ways))
assert max(norm(way - ways[0]) for way in ways) < 1e-9

# %% [markdown]
# What for? Who steps down the slope g bets that the slope stays as it is. Hessian·g knows better.

# %%
g = slope(W)
straight = -0.1 * tg.sum(g * g)
curved = straight + 0.1**2 / 2 * tg.sum(g * tg.jvp(slope, (W,), (g,))[1])
truth = loss(W - 0.1 * g) - loss(W)
print(f"0.1 down: loss {truth:.3f}; says the slope {straight:.3f}; with curvature {curved:.3f}")
assert abs(curved - truth) < abs(straight - truth) / 10

# %% [markdown]
# **Where to go.** Add an op that you miss (lesson 2), or a cell of your own (13); look at it with
# `tg.draw`. Measure it before you train it: `tinygrad-rnn lab`. Let cells race: `bench-tasks`. And
# read the engine, as one reads a book: `autograd/tensor.py`, `backprop.py`, any file of `ops/`.
