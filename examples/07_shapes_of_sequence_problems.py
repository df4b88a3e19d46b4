# %% [markdown]
# # 7. Shapes of sequence problems
#
# A recurrent network reads one thing or many, and answers once or often. The loop is the same; what
# differs is where inputs enter, and where losses hang. This lesson draws the five shapes, and
# teaches the last, sequence to sequence, to write words backwards. It prints
#
#     many to one: a loss at 1 of 3 steps
#     sequence to sequence: a loss at 3 of 6 steps
#     after 150 updates: loss 0.00...
#     on its own: 48 of 48 words that it has seen, ... of 16 that it has not

# %%
import random
from pathlib import Path

import tinygrad_rnn as tg
from tinygrad_rnn import nn

LETTERS, START, HIDDEN, rng = "abcd", "^", 16, random.Random(0)


def one_hot(letters):  # (B, 5)
    return tg.arrays.asarray([[float(a == b) for b in LETTERS + START] for a in letters])


class Network(nn.Module):
    def __init__(self):
        self.encoder = nn.RNNCell(len(LETTERS + START), HIDDEN, rng)
        self.decoder = nn.RNNCell(len(LETTERS + START), HIDDEN, rng)
        self.readout = nn.Linear(HIDDEN, len(LETTERS), rng=rng)

    def losses(self, outputs, targets):  # for each step, h (B, H) and B letters
        numbers = [[LETTERS.index(letter) for letter in letters] for letters in targets]
        return list(map(nn.cross_entropy, map(self.readout, outputs), numbers))


network, shapes = Network(), {}
a, b, c = map(one_hot, "abc")

# %% [markdown]
# **One to one, one to many.** One input, at the first step. It gets one answer: a photograph, and
# what it shows. Or it gets many, from an h that goes on alone: a photograph, and a sentence.

# %%
outputs, states = nn.unroll(network.encoder, [a])
shapes["one to one"] = network.losses(outputs, "b"), states
W_h, bias = network.encoder.W[:, :HIDDEN], network.encoder.b
more, _ = nn.unroll(lambda _, h: tg.tanh(tg.linear(h, W_h, bias)), [None, None], states[-1])
shapes["one to many"] = network.losses(outputs + more, "bcd"), states + more

# %% [markdown]
# **Many to one, many to many.** Both read all; what differs is the losses. One, at the end: a
# review, and whether it is kind. Or one for each input: a text, and always its next letter.

# %%
outputs, states = nn.unroll(network.encoder, [a, b, c])
shapes["many to one"] = network.losses(outputs[-1:], "d"), states
shapes["many to many"] = network.losses(outputs, "bcd"), states

# %% [markdown]
# **Sequence to sequence.** An encoder reads all; its last state is all that a decoder gets of it.
# While it learns, it is told at step t the right letter of step t - 1, whatever it would have said
# itself: *teacher forcing*. So one wrong letter does not spoil the rest.

# %%
def backwards(words):
    letters = list(zip(*words, strict=True))  # letters[t] are those of all words at step t
    targets = letters[::-1]
    told = [START * len(words), *targets[:-1]]
    read = nn.unroll(network.encoder, map(one_hot, letters))
    written = nn.unroll(network.decoder, map(one_hot, told), state=read.states[-1])
    return network.losses(written.outputs, targets), read.states + written.states


shapes["sequence to sequence"] = backwards(["abc"])
for name, (losses, states) in shapes.items():
    print(f"{name}: a loss at {len(losses)} of {len(states)} steps")
    assert all(tg.flow(losses, states).norms())  # that of the last loss reaches every step

# %%
(folder := Path("pictures_of_the_lessons")).mkdir(exist_ok=True)
for name, picture in {
    "07_shapes": tg.draw(shapes, loss="sum", title="Five shapes"),
    "07_backwards": tg.draw(losses, states, tokens="abc^cb", title="abc, told ^cb: to say cba"),
}.items():
    print(picture.save(folder / f"{name}.svg", otherwise=".dot"))

# %% [markdown]
# **Learning** is the same for all shapes. The network sees 48 of the 64 words of three letters.

# %%
words = rng.sample([x + y + z for x in LETTERS for y in LETTERS for z in LETTERS], 64)
seen, unseen, adam = words[:48], words[48:], nn.optim.Adam(network, lr=0.03)
for _ in range(150):
    mean = sum(backwards(rng.sample(seen, 16))[0]) / 3.0
    adam.step(tg.gradients(mean))
print(f"after {adam.steps} updates: loss {mean:.4f}")

# %% [markdown]
# **On its own.** Now nobody knows the right letter: the decoder is told what it said itself.


# %%
def right(word):
    h, said = nn.unroll(plain.encoder, map(one_hot, word)).states[-1], START
    for _ in word:
        h = plain.decoder(one_hot(said[-1]), h)
        said += LETTERS[int(tg.arrays.argmax(plain.readout(h)))]
    return said[1:] == word[::-1]


plain = network.detach()  # the network over plain numbers: nothing is recorded
old, new = sum(map(right, seen)), sum(map(right, unseen))
print(f"on its own: {old} of 48 words that it has seen, {new} of 16 that it has not")
assert old == 48
assert new > 8  # a guess is right once in 64
