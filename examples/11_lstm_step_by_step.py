# %% [markdown]
# # 11. An LSTM, step by step
#
# A long short-term memory (LSTM) has two states: h, what it shows at a step, and c, its memory.
# Gates say what becomes of c. Here one learns a sentence in which four different words follow
# "the"; then we open it at one word, and compute every gate by hand. It prints
#
#     the → cat 0.9..., the → mat 0.9..., the → dog 0.9..., the → rug 0.9...
#     f = σ(W_f·[h, x] + b_f)      ...
#     i = σ(W_i·[h, x] + b_i)      ...
#     g = tanh(W_g·[h, x] + b_g)   ...
#     c' = f⊙c + i⊙g               ...
#     o = σ(W_o·[h, x] + b_o)      ...
#     h' = o⊙tanh(c')              ...

# %%
import random
from math import exp, tanh
from pathlib import Path

import tinygrad_rnn as tg
from tinygrad_rnn import nn, optim, tasks

SENTENCE = "the cat sat on the mat and the dog sat on the rug"
words, vocabulary = SENTENCE.split(), tasks.Vocabulary.of(SENTENCE)
tokens = vocabulary.encode(SENTENCE)


class Reader(nn.Module):
    def __init__(self, rng, X=3, H=4):
        self.embedding = nn.Embedding(vocabulary.size, X, rng)
        self.cell = nn.LSTMCell(X, H, rng)
        self.readout = nn.Linear(H, vocabulary.size, rng=rng)

    def read(self, tokens):
        outputs, states = nn.unroll(self.cell, map(self.embedding, tokens[:-1]))
        guesses = [self.readout(h) for h in outputs]
        return guesses, list(map(nn.cross_entropy, guesses, tokens[1:])), states


# %% [markdown]
# **Learning the sentence.** The embedding of "the" is the same in all four places: it cannot say
# which word follows. The state can; it holds what came before.

# %%
reader = Reader(random.Random(0))
optimiser = optim.Adam(reader, lr=0.05)
for _ in range(150):
    grads = tg.gradients(sum(reader.read(tokens)[1]))
    optim.clip_grad_norm(reader, 1.0, grads)
    optimiser.step(grads)
guesses, losses, states = reader.read(tokens)
after = [t for t, word in enumerate(words) if word == "the"]
chances = [tg.softmax(guesses[t].value).tolist()[tokens[t + 1]] for t in after]
print(", ".join(f"the → {words[t + 1]} {p:.2f}" for t, p in zip(after, chances)))
assert min(chances) > 0.8

# %% [markdown]
# **Opening it** at the second "the". In come x, the word, and h and c: all that is left of "the cat
# sat on". What follows is school arithmetic with the cell's weights. The engine's own values are in
# its record: c' is a sum of two products, and h' is a product.

# %%
t = after[1]
x = reader.embedding(tokens[t]).tolist()
h, c = (part.tolist() for part in states[t - 1])
weights = {name: value.tolist() for name, value in reader.cell.state_dict().items()}
kept, taken = states[t].c.inputs
(f_, _), (i_, g_), (o_, _) = kept.inputs, taken.inputs, states[t].h.inputs


def gate(letter, activation):
    """activation(W·[h, x] + b), a number for each of the four units."""
    rows = zip(weights[f"W_{letter}"], weights[f"b_{letter}"])
    return [activation(sum(w * v for w, v in zip(row, h + x)) + b) for row, b in rows]


def σ(a):
    return 1 / (1 + exp(-a))


def told(equation, by_hand, recorded):
    print(f"{equation:<27}", *(f"{value:6.2f}" for value in by_hand))
    assert all(abs(a - b) < 1e-9 for a, b in zip(by_hand, recorded.tolist(), strict=True))
    return by_hand


# %% [markdown]
# **The forget gate** f says how much of each unit's memory stays: 0 wipes it, 1 keeps it. **The
# input gate** i says how much of **the candidate** g is added. So the new memory is made without a
# weight and without an activation: that is the straight road of the next lesson. **The output
# gate** o says what of the memory is shown. What it hides is not lost: it stays in c.

# %%
f = told("f = σ(W_f·[h, x] + b_f)", gate("f", σ), f_)
i = told("i = σ(W_i·[h, x] + b_i)", gate("i", σ), i_)
g = told("g = tanh(W_g·[h, x] + b_g)", gate("g", tanh), g_)
c = told("c' = f⊙c + i⊙g", [f * c + i * g for f, c, i, g in zip(f, c, i, g)], states[t].c)
o = told("o = σ(W_o·[h, x] + b_o)", gate("o", σ), o_)
h = told("h' = o⊙tanh(c')", [o * tanh(c) for o, c in zip(o, c)], states[t].h)

# %% [markdown]
# **The pictures**: "on" and "the", op by op, a value as mean ± deviation over the units; and, with
# matplotlib, all gates over the whole sentence, a row a unit.

# %%
xs = [reader.embedding(token) for token in tokens[t - 1 : t + 1]]
outputs, pair = nn.unroll(reader.cell, xs, nn.carried(states[t - 2]))
shown = {"show": "value", "tokens": words[t - 1 :], "title": "An LSTM reads two words"}
picture = tg.draw(tg.sum(outputs[-1]), pair, level="op", **shown)
(folder := Path("pictures_of_the_lessons")).mkdir(exist_ok=True)
print(picture.save(folder / "11_two_steps.svg", otherwise=".dot"))
try:
    axes = tg.graph.plot_gates(losses, states, tokens=words)
    axes[0].figure.savefig(folder / "11_gates.png", dpi=150)
except ImportError:
    pass
