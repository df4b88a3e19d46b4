"""CBOW and skip-gram: their formulas, what they find, and what no bag of words can."""

import functools
import math
import random

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn, tasks
from tinygrad_rnn.arrays import asarray, zeros

MODELS = {"CBOW": nn.CBOW, "SkipGram": nn.SkipGram}
V = [[1.0, 0.0], [0.0, 2.0], [3.0, 4.0]]  # where a word is read
U = [[1.0, 1.0], [0.0, -1.0], [2.0, 0.0]]  # where it is guessed


def model(kind, v=V, u=U):
    made = MODELS[kind](len(v), len(v[0]))
    made.load_state_dict({"embedding.weight": asarray(v), "output.weight": asarray(u)})
    return made


def log_sigmoid(x):
    return -math.log(1 + math.exp(-x))


# -- by hand ---------------------------------------------------------------------------------------


def test_cbow_reads_the_mean_of_the_context():
    contexts = [[0, 1], [2, 1]]  # two windows: words 0 and 2; word 1 twice
    assert model("CBOW").hidden(contexts).tolist() == [[2, 2], [0, 2]]
    assert model("CBOW")(contexts).tolist() == [[4, -2, 4], [2, -2, 0]]


def test_skip_gram_reads_one_word():
    assert model("SkipGram").hidden([2, 1]).tolist() == [[3, 4], [0, 2]]
    assert model("SkipGram")([2, 1]).tolist() == [[7, -4, 6], [2, -2, 0]]


def test_the_full_softmax_is_the_mean_of_minus_log_the_share_of_the_word():
    loss = model("SkipGram").loss([2, 1], [0, 2])
    first = math.exp(7) / (math.exp(7) + math.exp(-4) + math.exp(6))
    second = math.exp(0) / (math.exp(2) + math.exp(-2) + math.exp(0))
    assert loss.item() == pytest.approx(-(math.log(first) + math.log(second)) / 2, rel=1e-12)


@pytest.mark.parametrize("kind", MODELS)
def test_the_first_guess_gives_every_word_the_same_chance(kind):
    made = MODELS[kind](7, 3, random.Random(0))
    assert made.loss([4] if kind == "SkipGram" else [[4], [2]], [6]).item() == math.log(7)


@pytest.mark.parametrize("kind", MODELS)
def test_the_vectors_that_are_read_start_uniform_within_half_over_their_size(kind):
    made = MODELS[kind](100, 10, random.Random(0))
    entries = tg.reshape(made.embedding.weight, -1).tolist()
    assert -0.05 <= min(entries) < -0.049
    assert 0.049 < max(entries) <= 0.05
    again = MODELS[kind](100, 10, random.Random(0))
    assert entries == tg.reshape(again.embedding.weight, -1).tolist()
    assert not tg.sum(tg.abs(made.output.weight)).item()


def test_a_single_context_and_a_single_word_need_no_batch():
    assert model("CBOW")([0, 2]).tolist() == [4, -2, 4]
    expected = model("CBOW").loss([[0], [2]], [1]).item()
    assert model("CBOW").loss([0, 2], 1).item() == expected
    assert model("SkipGram").score(2, 0).item() == 7


# -- negative sampling -----------------------------------------------------------------------------


def test_negative_sampling_is_equation_4_of_mikolov_2013b():
    # the word 2, and in its context 0; noise 1 and 2; u·h is (7, -4, 6)
    expected = -(log_sigmoid(7) + log_sigmoid(4) + log_sigmoid(-6))
    loss = model("SkipGram").negative_sampling_loss([2, 2, 2], [0, 1, 2], [1, 0, 0])
    assert loss.item() == pytest.approx(expected, rel=1e-12)


def test_it_is_a_mean_over_the_windows_and_a_sum_over_their_noise():
    # u·h of the two windows of CBOW: (4, -2, 4) and (2, -2, 0)
    expected = -(log_sigmoid(4) + log_sigmoid(2) + log_sigmoid(-4)) / 2
    expected -= (log_sigmoid(-2) + log_sigmoid(-2) + log_sigmoid(0)) / 2
    words, true = [[0, 1], [1, 0], [2, 2]], [[1, 1], [0, 0], [0, 0]]
    loss = model("CBOW").negative_sampling_loss([[0, 1], [2, 1]], words, true)
    assert loss.item() == pytest.approx(expected, rel=1e-12)


def test_pairs_one_after_another_and_windows_with_their_noise_are_the_same():
    skip = model("SkipGram")
    pairs = skip.negative_sampling_loss([2, 2, 1, 1], [0, 1, 2, 0], [1, 0, 1, 0])
    windows = skip.negative_sampling_loss([2, 1], [[0, 2], [1, 0]], [[1, 1], [0, 0]])
    assert windows.item() == pytest.approx(pairs.item(), rel=1e-12)


def test_only_the_words_that_are_scored_get_a_gradient():
    skip = model("SkipGram")
    found = tg.gradients(skip.negative_sampling_loss([0, 0], [1, 2], [1, 0]))
    share = 1 / (1 + math.exp(-2))  # σ(u·h) of the noise; that of the true word is σ(0)
    pulls = asarray([[0.0, 0.0], [0.5 - 1, 0.0], [share, 0.0]])  # (σ - true)·h
    assert tg.arrays.max(tg.arrays.abs(found[skip.output.weight] - pulls)) < 1e-12
    toward = [(0.5 - 1) * 0 + share * 2, (0.5 - 1) * -1 + share * 0]  # Σ (σ - true)·u
    assert found[skip.embedding.weight].tolist()[0] == pytest.approx(toward)
    assert found[skip.embedding.weight].tolist()[1:] == [[0, 0], [0, 0]]


# -- against PyTorch -------------------------------------------------------------------------------


def random_model(kind, rng, words=6, size=4):
    rows = [[[rng.gauss(0, 1) for _ in range(size)] for _ in range(words)] for _ in range(2)]
    return model(kind, *rows)


TOKENS = {"CBOW": [[0, 1, 5], [2, 2, 4], [3, 1, 5], [4, 0, 5]], "SkipGram": [3, 0, 3]}
WORDS = [5, 2, 2]
NOISE = [[1, 0, 4], [0, 0, 2]]


def torch_hidden(torch, kind, v):
    tokens = torch.tensor(TOKENS[kind])
    functions = torch.nn.functional
    if kind == "CBOW":
        return functions.embedding_bag(tokens.T.contiguous(), v, mode="mean")
    return functions.embedding(tokens, v)


def full_softmax(torch, h, u):
    return torch.nn.functional.cross_entropy(h @ u.T, torch.tensor(WORDS))


def negative_sampling(torch, h, u):
    log_sigmoid = torch.nn.functional.logsigmoid
    there = log_sigmoid((h * u[WORDS]).sum(-1))
    return -(there + sum(log_sigmoid(-(h * u[row]).sum(-1)) for row in NOISE)).mean()


LOSSES = {
    full_softmax: lambda made, tokens: made.loss(tokens, WORDS),
    negative_sampling: lambda made, tokens: made.negative_sampling_loss(
        tokens, [WORDS, *NOISE], [[1] * 3, [0] * 3, [0] * 3]
    ),
}


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("theirs", LOSSES, ids=lambda loss: loss.__name__)
def test_losses_and_gradients_agree_with_pytorch(kind, theirs):
    torch = pytest.importorskip("torch")
    made = random_model(kind, random.Random(0))
    double = functools.partial(torch.tensor, dtype=torch.float64, requires_grad=True)
    v, u = double(made.embedding.weight.tolist()), double(made.output.weight.tolist())
    expected = theirs(torch, torch_hidden(torch, kind, v), u)
    expected.backward()
    loss = LOSSES[theirs](made, TOKENS[kind])
    found = tg.gradients(loss)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-12)
    for weight, other in ((made.embedding.weight, v), (made.output.weight, u)):
        assert torch.allclose(double(found[weight].tolist()), other.grad, atol=1e-12)


@pytest.mark.parametrize("kind", MODELS)
def test_numpy_values_give_the_same(kind):
    numpy = pytest.importorskip("numpy")
    made = random_model(kind, random.Random(1))
    other = made.map(lambda t: tg.Tensor(numpy.asarray(t.value), name=t.name))
    for loss in LOSSES.values():
        ours, theirs = loss(made, TOKENS[kind]), loss(other, numpy.array(TOKENS[kind]))
        assert isinstance(theirs.value, (numpy.ndarray, numpy.float64))
        assert theirs.item() == pytest.approx(ours.item(), rel=1e-12)
        gradient = tg.gradients(theirs)[other.embedding.weight]
        expected = tg.gradients(ours)[made.embedding.weight].tolist()
        assert numpy.allclose(gradient, expected, atol=1e-12)
    names = "abcdef"
    expected = nn.nearest("a", names, made.embedding.weight)
    assert nn.nearest("a", names, other.embedding.weight) == expected


# -- what is found ---------------------------------------------------------------------------------

GROUPS = [
    {"cat", "dog", "cow", "pig"},
    {"eats", "likes", "wants", "finds"},
    {"bread", "corn", "fruit", "milk"},
]


def corpus_of_groups(rng, sentences=300):
    """Three words a sentence, one of each group: who, does what, to what."""
    chosen = [rng.choice(sorted(group)) for _ in range(sentences) for group in GROUPS]
    return tasks.Corpus.of(" ".join(chosen), tasks.Vocabulary)


def cbow_loss(made, rng, corpus, batch=32):
    windows = tasks.cbow_windows(rng, batch, 1, corpus)
    return made.loss(windows.xs, windows.targets[-1])


def cbow_loss_with_noise(made, rng, corpus, batch=32, negatives=5):
    windows = tasks.cbow_windows(rng, batch, 1, corpus)
    weights = [count**0.75 for count in corpus.counts]
    noise = [rng.choices(range(len(weights)), weights, k=batch) for _ in range(negatives)]
    true = [[1] * batch] + [[0] * batch] * negatives
    return made.negative_sampling_loss(windows.xs, [windows.targets[-1], *noise], true)


def skip_gram_loss(made, rng, corpus, batch=32):
    windows = tasks.skip_gram_windows(rng, batch, 1, corpus)
    return made.loss(windows.xs[0], windows.targets[-1])


def skip_gram_loss_with_noise(made, rng, corpus, batch=32):
    windows = tasks.skip_gram_pairs(rng, batch, 1, corpus)
    return made.negative_sampling_loss(*windows.xs, windows.targets[-1])


LEARNED = {
    cbow_loss: "CBOW",
    cbow_loss_with_noise: "CBOW",
    skip_gram_loss: "SkipGram",
    skip_gram_loss_with_noise: "SkipGram",
}


@functools.cache
def learned(loss, seed, steps=150):
    """A model that has learned from sentences, and their words."""
    rng = random.Random(seed)
    corpus = corpus_of_groups(rng)
    made = MODELS[LEARNED[loss]](corpus.symbols.size, 8, rng)
    optimiser = nn.optim.Adam(made, 0.05)
    for _ in range(steps):
        optimiser.step(tg.gradients(loss(made, rng, corpus)))
    return made, corpus


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("loss", LEARNED, ids=lambda loss: loss.__name__)
def test_the_words_of_a_group_are_the_nearest_of_each_other(loss, seed):
    made, corpus = learned(loss, seed)
    for group in GROUPS:
        for word in group:
            near = nn.nearest(word, corpus.symbols.words, made.embedding.weight, 3)
            assert {word, *(other for other, _ in near)} == group


@pytest.mark.parametrize("loss", LEARNED, ids=lambda loss: loss.__name__)
def test_before_learning_they_are_not(loss):
    made, corpus = learned(loss, 0, steps=0)
    words = corpus.symbols.words
    assert any(
        {word, *(other for other, _ in nn.nearest(word, words, made.embedding.weight, 3))} != group
        for group in GROUPS
        for word in group
    )


# A context says which group, never which of its 4 words; skip-gram also has to guess the side.
@pytest.mark.parametrize(("loss", "choices"), [(cbow_loss, 4), (skip_gram_loss, 8)])
def test_what_is_left_of_the_loss_is_what_the_text_does_not_say(loss, choices):
    made, corpus = learned(loss, 0)
    left = loss(made.detach(), random.Random(9), corpus, batch=2000)
    assert left == pytest.approx(math.log(choices), abs=0.08)


# -- a bag has no order ----------------------------------------------------------------------------


def which_came_first(rng, pairs, length=5):
    """Tokens (T, 2·pairs): 0 and 1 among others; after each sequence the same with both swapped."""
    sequences, first = [], []
    for _ in range(pairs):
        tokens = [rng.randrange(2, 12) for _ in range(length)]
        early, late = sorted(rng.sample(range(length), 2))
        for a, b in ((0, 1), (1, 0)):
            tokens[early], tokens[late] = a, b
            sequences.append(list(tokens))
            first.append(a)
    return [list(step) for step in zip(*sequences, strict=True)], first


class Bag(nn.Module):
    """The mean of the vectors, and a small network behind it."""

    def __init__(self, rng):
        self.within, self.readout = nn.Linear(8, 8, rng=rng), nn.Linear(8, 2, rng=rng)

    def __call__(self, xs):
        return self.readout(tg.tanh(self.within(tg.mean(xs, axis=0))))


class Reader(nn.Module):
    """An RNN that reads one vector after another."""

    def __init__(self, rng):
        self.rnn, self.readout = nn.RNN(8, 8, rng=rng), nn.Linear(8, 2, rng=rng)

    def __call__(self, xs):
        return self.readout(self.rnn(tg.unstack(xs)).outputs[-1])


def taught(kind, steps=250):
    """The model after so many batches, over vectors that CBOW has learned, and those."""
    vectors = learned(cbow_loss, 0)[0].embedding.detach()
    rng = random.Random(0)
    made = kind(rng)
    optimiser = nn.optim.Adam(made, 0.02)
    for _ in range(steps):
        tokens, first = which_came_first(rng, 8)
        optimiser.step(tg.gradients(nn.cross_entropy(made(vectors(tokens)), first)))
    return made.detach(), vectors


def share_right(logits, first):
    return sum((b > a) == k for (a, b), k in zip(logits.tolist(), first, strict=True)) / len(first)


def test_averaged_vectors_stay_at_chance_where_the_order_counts():
    bag, vectors = taught(Bag)
    tokens, first = which_came_first(random.Random(1), 200)
    logits = bag(vectors(tokens))
    differences = logits[::2] - logits[1::2]  # a sequence against the same with both words swapped
    assert tg.arrays.max(tg.arrays.abs(differences)) < 1e-12
    assert share_right(logits, first) == 0.5
    assert nn.cross_entropy(logits, first) >= math.log(2)


def test_a_recurrent_network_over_the_same_vectors_knows_the_order():
    reader, vectors = taught(Reader)
    tokens, first = which_came_first(random.Random(1), 200)
    assert share_right(reader(vectors(tokens)), first) >= 0.99


# -- nearest ---------------------------------------------------------------------------------------

NAMES = ["east", "north", "north-east", "west", "far north", "nowhere"]
ROWS = asarray([[2.0, 0.0], [0.0, 1.0], [3.0, 3.0], [-1.0, 0.0], [0.0, 9.0], [0.0, 0.0]])


def test_nearest_is_by_the_angle_whatever_the_length():
    found = nn.nearest("north", NAMES, ROWS)
    cosines = {"far north": 1, "north-east": math.sqrt(0.5), "east": 0, "west": 0, "nowhere": 0}
    assert found == [(name, pytest.approx(c)) for name, c in cosines.items()]


def test_the_opposite_is_the_farthest():
    assert nn.nearest("east", NAMES, ROWS)[-1] == ("west", -1)


def test_nearest_gives_as_many_as_asked_or_all_there_are():
    assert [name for name, _ in nn.nearest("east", NAMES, ROWS, 1)] == ["north-east"]
    assert len(nn.nearest("east", NAMES, ROWS, 99)) == len(NAMES) - 1


def test_a_word_without_a_direction_is_near_to_none():
    assert {cosine for _, cosine in nn.nearest("nowhere", NAMES, ROWS)} == {0}


def test_nearest_takes_a_vocabulary_and_the_vectors_of_any_embedding():
    vocabulary = tasks.Vocabulary.of("The cat, the dog.")
    vectors = tg.Tensor([[2.0, 1.0], [4.0, 2.0], [1.0, -2.0]])
    found = nn.nearest("cat", vocabulary.words, vectors)
    assert found == [("dog", pytest.approx(1)), ("the", pytest.approx(0))]


# -- bad input -------------------------------------------------------------------------------------

PAIR = [[0, 1], [2, 1]]
REFUSED = {
    "one word, CBOW": (lambda: nn.CBOW(1, 2), "CBOW: with 1 word there is nothing to guess: give"),
    "one word, skip-gram": (lambda: nn.SkipGram(1, 2), "SkipGram: with 1 word there is nothing"),
    "no words": (lambda: nn.CBOW(0, 2), "num_embeddings must be .* at least 1, got 0"),
    "no size": (lambda: nn.CBOW(2, 0), "embedding_dim must be .* at least 1, got 0"),
    "the batch first": (
        lambda: model("CBOW").loss([[0, 1, 2], [2, 1, 0]], [0, 1]),
        r"CBOW.loss: tokens of shape \(2, 3\) take words of shape \(3,\), got \(2,\)",
    ),
    "an axis too many": (
        lambda: model("SkipGram").loss([[0, 1]], [0, 1]),
        r"SkipGram.loss: tokens of shape \(1, 2\) take words of shape \(1, 2\), got \(2,\)",
    ),
    "scores that would broadcast": (
        lambda: model("SkipGram").score([0, 1, 2], [1]),
        r"SkipGram.score: .* \(3,\) take words of shape \(3,\) or \('N', 3\), got \(1,\)",
    ),
    "a list too many": (
        lambda: model("SkipGram").score([0, 1], [[[1, 2]]]),
        r"SkipGram.score: .* take words of shape \(2,\) or \('N', 2\), got \(1, 1, 2\)",
    ),
    "noise of other windows": (
        lambda: model("CBOW").negative_sampling_loss(PAIR, [[0, 1, 2]], [[1, 0, 0]]),
        r"CBOW.score: .* take words of shape \(2,\) or \('N', 2\), got \(1, 3\)",
    ),
    "marks of another shape": (
        lambda: model("SkipGram").negative_sampling_loss([0, 1], [1, 2], [1]),
        r"logits has shape \(2,\), target has \(1,\)",
    ),
    "a mark that is no share": (
        lambda: model("SkipGram").negative_sampling_loss([0, 1], [1, 2], [2, 0]),
        r"a target must be in \[0, 1\], got 2",
    ),
    "only noise": (
        lambda: model("SkipGram").negative_sampling_loss([0, 1], [1, 2], [0, 0]),
        "negative_sampling_loss: all words are noise: `true` is 1 for a word",
    ),
    "an empty context": (
        lambda: model("CBOW")(zeros((0, 2))),
        r"CBOW: a context \(C, B\) has at least 1 word, got the shape \(0, 2\)",
    ),
    "a context that is a word": (lambda: model("CBOW")(2), r"at least 1 word, got the shape \(\)"),
    "a class that is no word": (
        lambda: model("SkipGram").loss([0], [3]),
        r"cross_entropy: the class 3 is none of 0 ... 2",
    ),
    "an unknown word": (
        lambda: nn.nearest("south", NAMES, ROWS),
        "nearest: 'south' is not in the vocabulary of 6: east, north, .*, far north, ...$",
    ),
    "no word at all": (
        lambda: nn.nearest("east", [], zeros((0, 2))),
        "nearest: 'east' is not in the vocabulary of 0: $",
    ),
    "another vocabulary": (
        lambda: nn.nearest("east", NAMES[:2], ROWS),
        r"nearest: 2 words need vectors of shape \(2, D\), got \(6, 2\)",
    ),
    "none asked for": (
        lambda: nn.nearest("east", NAMES, ROWS, 0),
        "count must be a whole number of at least 1, got 0",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_said(case):
    ask, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        ask()


@pytest.mark.parametrize("ask", ["loss", "score"])
@pytest.mark.parametrize("kind", MODELS)
def test_a_token_that_is_no_word_is_said(kind, ask):
    tokens = [[0], [3]] if kind == "CBOW" else [3]
    with pytest.raises(IndexError, match="Embedding: the token 3 is none of 0 ... 2"):
        getattr(model(kind), ask)(tokens, [0])
