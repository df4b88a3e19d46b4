# %% [markdown]
# # 4. Modelling
#
# A model is a function with weights in it. A loss says how wrong it is, and its gradient which way
# each weight should go. Regression asks how much, classification asks which. It prints
#
#     squared error: 26.21, the mean; without the worst measurement 27.29
#     absolute error: 27.00, the median; without the worst measurement 27.00
#     one degree more: 0.523 inches of mercury more
#     class 1 or one-hot [0.0, 1.0, 0.0]: the loss is 1.0986 both times
#     three species: 15 of 15 flowers right, and 3 of 3 that the model has not seen
#     the middle one by its length: 10 of 15; through a hidden layer 15 of 15

# %%
import random
from statistics import linear_regression, mean, median

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.arrays import asarray, eye, ones, zeros

# %% [markdown]
# **One number.** In 1882 Simon Newcomb measured 66 times how long light takes to the Washington
# Monument and back; here in nanoseconds above 24 800. The simplest model says the same number c
# each time. Which c is best? The walk down the squared error ends at the mean, down the absolute
# error at the median: the slope of (c - y)² is 2·(c - y), so the farther away, the harder a
# measurement pulls; that of |c - y| is 1 or -1: each has one vote.

# %%
TIMES = [28.0, 26, 33, 24, 34, -44, 27, 16, 40, -2, 29, 22, 24, 21, 25, 30, 23, 29, 31, 19, 24, 20]
TIMES += [36, 32, 36, 28, 25, 21, 28, 29, 37, 25, 28, 26, 30, 32, 36, 26, 30, 22, 36, 23, 27, 27]
TIMES += [28, 27, 31, 27, 26, 33, 26, 32, 32, 24, 39, 28, 24, 25, 32, 25, 29, 27, 28, 29, 16, 23]


def best(loss, times, rate, c=20.0):
    """The number at the foot of the loss: 600 steps against the slope."""
    slope = tg.grad(lambda c: loss(c * ones(len(times)), asarray(times)))
    for _ in range(600):
        c -= rate * slope(c)
    return c


without = [time for time in TIMES if time != -44]
losses = ("squared", nn.mse_loss, mean, 0.25), ("absolute", nn.l1_loss, median, 0.05)
for name, loss, foot, rate in losses:
    c, other = best(loss, TIMES, rate), best(loss, without, rate)
    print(f"{name} error: {c:.2f}, the {foot.__name__}; without the worst measurement {other:.2f}")
    assert max(abs(c - foot(TIMES)), abs(other - foot(without))) < 0.01

# %% [markdown]
# **A line.** In 1857 James Forbes published at what temperature (°F) water boils at seventeen
# places in the Alps and in Scotland, and the air's pressure there (inches of mercury). The model
# is y = w·x + b, the loss the squared error. Learning finds the line that algebra knows too.

# %%
BOILS = [194.5, 194.3, 197.9, 198.4, 199.4, 199.9, 200.9, 201.1, 201.4, 201.3, 203.6, 204.6]
BOILS += [209.5, 208.6, 210.7, 211.9, 212.2]
PRESSURE = [20.79, 20.79, 22.40, 22.67, 23.15, 23.35, 23.89, 23.99, 24.02, 24.01, 25.14, 26.57]
PRESSURE += [28.49, 27.76, 29.04, 29.88, 30.06]


def learned(model, x, y, loss):
    """The model after 300 steps of an optimiser."""
    optimiser = nn.optim.Adam(model, lr=0.1)
    for _ in range(300):
        optimiser.step(tg.gradients(loss(model(x), y)))
    return model


rng = random.Random(0)
x, y = asarray([[(t - 203) / 6] for t in BOILS]), asarray([[(p - 25) / 3] for p in PRESSURE])
slope = learned(nn.Linear(1, 1, rng=rng), x, y, nn.mse_loss).weight.item() * 3 / 6
print(f"one degree more: {slope:.3f} inches of mercury more")
assert abs(slope - linear_regression(BOILS, PRESSURE).slope) < 1e-4

# %% [markdown]
# **Classes.** Petals of irises, length and width in cm: five of each species in Fisher's table
# (1936), and the sixth for a test. The model gives each class a score, softmax makes shares of the
# scores, and the loss is -log of the right class's share: ln 3 where all are equal. The target is
# the number of the class, or a one-hot row.

# %%
LENGTHS = [1.4, 1.4, 1.3, 1.5, 1.4, 4.7, 4.5, 4.9, 4.0, 4.6, 6.0, 5.1, 5.9, 5.6, 5.8]
WIDTHS = [0.2, 0.2, 0.2, 0.2, 0.2, 1.4, 1.5, 1.5, 1.3, 1.5, 2.5, 1.9, 2.1, 1.8, 2.2]
petals, sixth = asarray([LENGTHS, WIDTHS]).mT, asarray([[1.7, 0.4], [4.5, 1.3], [6.6, 2.1]])
species, scores = [0] * 5 + [1] * 5 + [2] * 5, zeros((15, 3))
loss, one_hot = nn.cross_entropy(scores, species), eye(3)[species]
print(f"class 1 or one-hot {one_hot[5].tolist()}: the loss is {loss:.4f} both times")
assert abs(loss - nn.cross_entropy(scores, one_hot)) < 1e-12


def right(model, x, classes):
    """How many rows have their greatest score at their class."""
    hits = [row.index(max(row)) == k for row, k in zip(model(x).tolist(), classes, strict=True)]
    return f"{sum(hits)} of {len(hits)}"


flowers = learned(nn.Linear(2, 3, rng=rng), petals, species, nn.cross_entropy)
known, unseen = right(flowers, petals, species), right(flowers, sixth, [0, 1, 2])
print(f"three species: {known} flowers right, and {unseen} that the model has not seen")

# %% [markdown]
# The length alone does not tell the middle species by one cut, and a line makes only one. Learned
# features h = tanh(W·x + b) between make two: a hidden state is a learned representation.


# %%
class Hidden(nn.Module):
    def __init__(self):
        self.features, self.readout = nn.Linear(1, 2, rng=rng), nn.Linear(2, 2, rng=rng)

    def __call__(self, x):
        return self.readout(tg.tanh(self.features(x)))


length, middle = petals[:, :1] - 4.0, [int(k == 1) for k in species]
cuts = [learned(m, length, middle, nn.cross_entropy) for m in (nn.Linear(1, 2, rng=rng), Hidden())]
one, two = (right(cut, length, middle) for cut in cuts)
print(f"the middle one by its length: {one}; through a hidden layer {two}")
assert [known, unseen, one, two] == ["15 of 15", "3 of 3", "10 of 15", "15 of 15"]
