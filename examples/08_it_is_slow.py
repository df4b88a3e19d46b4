# %% [markdown]
# # 8. It is slow
#
# Step t of a recurrent network waits for step t-1, however many processors there are. The recorded
# graph knows by how much: its *work* is all operations (a multiply-add, an addition, a tanh), its
# *span* those on the longest chain in which each waits for the one before. This lesson compares an
# RNN with a bag of words, which only adds its words up. It prints
#
#     T =  64: RNN  33,993 operations,   466 one after the other; bag   1,225, 25
#     T = 256: RNN 135,369 operations, 1,810 one after the other; bag   4,297, 27
#     a step more: 7 more for the RNN; twice the steps: 1 more for the bag
#     T = 256, however many processors: the RNN at most 75 times as quick, the bag 159 times
#     one processor: T = 64, RNN ... ms, bag ... ms; T = 256, RNN ... ms, bag ... ms
#     16 sequences side by side: work ×16.0, span ×1.00
#     4 layers: work ×4.0, span ×1.01
#     there and back: work ×4.0, span ×1.85

# %%
import random
import time

import tinygrad_rnn as tg
from tinygrad_rnn import nn

H, WORDS, rng = 16, 10, random.Random(0)
embedding, readout = nn.Embedding(WORDS, H, rng), nn.Linear(H, WORDS, rng=rng)
one_layer, four_layers = nn.RNN(H, H, rng=rng), nn.RNN(H, H, num_layers=4, rng=rng)


def text(T, B):
    return [[rng.randrange(WORDS) for _ in range(B)] for _ in range(T)]


def rnn_loss(T, B=1, network=one_layer):
    """Read T words one by one; guess the next from the last state."""
    outputs = network([embedding(words) for words in text(T, B)]).outputs
    return nn.cross_entropy(readout(outputs[-1]), [0] * B)


def bag_loss(T, B=1):
    """Take the mean of T words, in whatever order they come; guess the next from that, as CBOW."""
    return nn.cross_entropy(readout(tg.mean(embedding(text(T, B)), axis=0)), [0] * B)


def measured(loss):
    return tg.graph.work_and_span(tg.trace(loss))


# %% [markdown]
# **Work and span.** Both networks read the same embedded words, and the work of both grows with T.
# But the sum of T numbers can be taken in pairs, in ⌈log2 T⌉ rounds; tanh(W·[h, x] + b) cannot
# begin before h is there. Of its 7 operations in a row one multiplies, five add up the 2·H = 32
# products in pairs, one is tanh.

# %%
rnn, bag = {}, {}
for T in (64, 128, 256):
    rnn[T], bag[T] = measured(rnn_loss(T)), measured(bag_loss(T))
    said = f"T = {T:3}: RNN {rnn[T].work:7,} operations, {rnn[T].span:5,} one after the other"
    print(f"{said}; bag {bag[T].work:7,}, {bag[T].span}")
step, doubling = (rnn[256].span - rnn[128].span) / 128, bag[256].span - bag[128].span
assert step == (rnn[128].span - rnn[64].span) / 64 == 7
assert doubling == bag[128].span - bag[64].span == 1
print(f"a step more: {step:.0f} more for the RNN; twice the steps: {doubling} more for the bag")

# %% [markdown]
# **What a parallel machine could gain.** With p processors the time lies between
# max(work / p, span) and work / p + span (Brent 1974): no number of them makes it quicker than by
# work / span. For the bag that grows with T; for the RNN it is what a single step has to offer.

# %%
at_most = [f"{one[256].parallelism:.0f}" for one in (rnn, bag)]
said = f"the RNN at most {at_most[0]} times as quick, the bag {at_most[1]} times"
print(f"T = 256, however many processors: {said}")
assert abs(rnn[256].parallelism / rnn[64].parallelism - 1) < 0.03
assert bag[256].parallelism > 3 * bag[64].parallelism

# %% [markdown]
# **What one processor does.** It sees the work, not the span, and in Python each op costs some
# microseconds however small it is: the bag has a handful of ops, the RNN four a step.


# %%
def milliseconds(loss, *arguments):
    """The shortest of five runs, in CPU time."""

    def once():
        start = time.process_time()
        loss(*arguments)
        return time.process_time() - start

    return 1000 * min(once() for _ in range(5))


took = {T: [milliseconds(loss, T) for loss in (rnn_loss, bag_loss)] for T in (64, 256)}
said = (f"T = {T}, RNN {rnn:.1f} ms, bag {bag:.1f} ms" for T, (rnn, bag) in took.items())
print(f"one processor: {'; '.join(said)}")
assert took[256][0] > 2 * took[64][0] > 4 * took[64][1]

# %% [markdown]
# **What helps.** Not more processors for one sequence, but more to do at every step: more units,
# sequences side by side, layers. Layer 2 does not wait for layer 1 to end: it is at step t while
# layer 1 is at step t+1, so four layers are done three steps after one. And the walk back waits as
# the way there did: it begins at the last step, and step t waits for step t+1.

# %%
loss = rnn_loss(256)
weight = one_layer.cells["l0"].W
more = {
    "16 sequences side by side": rnn_loss(256, B=16),
    "4 layers": rnn_loss(256, network=four_layers),
    "there and back": tg.gradients(loss, differentiable=True)[weight],
}
for said, y in more.items():
    work, span = (a / b for a, b in zip(measured(y)[:2], measured(loss)[:2], strict=True))
    print(f"{said}: work ×{work:.1f}, span ×{span:.2f}")
    assert work > 3.9
    assert span < 1.9
