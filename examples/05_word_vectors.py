# %% [markdown]
# # 5. Word vectors
#
# A network takes numbers, a text has words. An embedding gives each word a vector, and learning
# sets it so that words which keep the same company come to lie close together. This lesson learns
# vectors from a text, and then asks what no bag of words can answer. It prints
#
#     CBOW: loss 2.48 -> 1.3..., nearest to cat: cow 0.9..., dog 0.9..., pig 0.8...
#     skip-gram: loss 2.48 -> 2.1..., nearest to cat: dog 0.9..., pig 0.8..., cow 0.7...
#     "cat eats corn" and "corn eats cat" have the same mean vector
#     mean vector: 50% right, and 50% with words that it has not met
#     RNN: 100% right, and 100% with words that it has not met

# %%
import math
import random

import tinygrad_rnn as tg
from tinygrad_rnn import nn, tasks

# %% [markdown]
# **A text whose secret we know**: who, does what, to what. Each sentence has a word of each group,
# but nobody tells the network. It sees a number for each word, and which words stand together.

# %%
ANIMALS, VERBS = ["cat", "cow", "dog", "pig"], ["eats", "finds", "likes", "wants"]
FOODS = ["bread", "corn", "fruit", "milk"]
GROUPS, rng = (ANIMALS, VERBS, FOODS), random.Random(0)
text = " ".join(rng.choice(group) for _ in range(300) for group in GROUPS)
corpus = tasks.Corpus.of(text, tasks.Vocabulary)
words = corpus.symbols.words

# %% [markdown]
# **CBOW** (continuous bag of words) reads the words around a gap: h is the mean of their vectors.
# Every word has a second vector u, and its score is u·h. Softmax makes shares of the scores, and
# the loss is -log of the share of the word that stood there: at first ln 12, a guess. The context
# tells which group is missing, but not which of its four words: ln 4 = 1.39 is the end.
#
# **Skip-gram** reads one word, so h is its vector, and guesses a word beside it: one of four words,
# on one of two sides. So ln 8 = 2.08 is the end. (In a large vocabulary it is too much to score
# every word: `negative_sampling_loss` asks about the true one and a few drawn ones.)


# %%
def cbow_loss(model, batch=32):
    windows = tasks.cbow_windows(rng, batch, 1, corpus)  # 1: a word on each side
    return model.loss(windows.xs, windows.targets[-1])


def skip_gram_loss(model, batch=32):
    windows = tasks.skip_gram_windows(rng, batch, 1, corpus)
    return model.loss(windows.xs[0], windows.targets[-1])


def learn(model, loss):
    """150 steps of an optimiser."""
    optimiser = nn.optim.Adam(model, lr=0.05)
    for _ in range(150):
        optimiser.step(tg.gradients(loss(model)))


cbow, skip_gram = nn.CBOW(len(words), 8, rng), nn.SkipGram(len(words), 8, rng)
for name, model, loss, choices in (
    ("CBOW", cbow, cbow_loss, 4),
    ("skip-gram", skip_gram, skip_gram_loss, 8),
):
    before = loss(model).item()
    learn(model, loss)
    after = loss(model.detach(), batch=2000).item()
    near = {word: dict(nn.nearest(word, words, model.embedding.weight, 3)) for word in words}
    cat = ", ".join(f"{word} {cosine:.2f}" for word, cosine in near["cat"].items())
    print(f"{name}: loss {before:.2f} -> {after:.2f}, nearest to cat: {cat}")
    assert abs(after - math.log(choices)) < 0.1
    assert all({word, *near[word]} == set(group) for group in GROUPS for word in group)

# %% [markdown]
# **Not yet a model of context.** "cat eats corn" has the mean vector of "corn eats cat". Whatever
# learns from the mean is given the same for both, and is right once in two. The order takes a model
# that reads in order: an RNN over the very same vectors. It learns without pig and milk, and knows
# them all the same, for their vectors are near those it has met. That is what embeddings are for.

# %%
vectors = cbow.embedding.detach()


def asked(animals, foods):
    """Tokens (3, B): each sentence, and the same backwards; and which is right, 1 or 0."""
    sentences = [f"{who} {does} {what}" for who in animals for does in VERBS for what in foods]
    rows = [corpus.symbols.encode(text)[::way] for text in sentences for way in (1, -1)]
    return list(zip(*rows)), [1, 0] * len(sentences)


class Judge(nn.Module):
    """Scores for wrong and right, from the last state of an RNN; without one, from the mean."""

    def __init__(self, rnn=None):
        self.rnn, self.readout = rnn, nn.Linear(8, 2, rng=rng)

    def __call__(self, tokens):
        xs = vectors(tokens)
        return self.readout(self.rnn(xs).outputs[-1] if self.rnn else tg.mean(xs, axis=0))


def share_right(judge, tokens, answers):
    hits = [(b > a) == k for (a, b), k in zip(judge(tokens).tolist(), answers)]
    return sum(hits) / len(hits)


forwards, backwards = cbow.hidden(asked(["cat"], ["corn"])[0]).tolist()[:2]
assert math.dist(forwards, backwards) < 1e-12
print('"cat eats corn" and "corn eats cat" have the same mean vector')
met, new = asked(ANIMALS[:3], FOODS[:3]), asked(["pig"], ["milk"])
bag, reader = Judge(), Judge(nn.RNN(8, 8, rng=rng))
for name, judge, expected in ("mean vector", bag, 0.5), ("RNN", reader, 1.0):
    learn(judge, lambda judge: nn.cross_entropy(judge(met[0]), met[1]))
    known, unknown = share_right(judge, *met), share_right(judge, *new)
    print(f"{name}: {known:.0%} right, and {unknown:.0%} with words that it has not met")
    assert known == unknown == expected
