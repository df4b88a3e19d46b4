"""Texts as numbers, and the tasks over the user's data: characters, words, names."""

import math
import random
from collections import Counter

import pytest

from tinygrad_rnn.tasks import (
    ALICE,
    NAMES,
    Alphabet,
    Corpus,
    NameList,
    Vocabulary,
    cbow_windows,
    characters,
    chunks,
    names,
    skip_gram_pairs,
    skip_gram_windows,
    stream,
)

hypothesis = pytest.importorskip("hypothesis")
given, st = hypothesis.given, hypothesis.strategies

seeds = st.integers(0, 2**32)
texts = st.text(min_size=30, max_size=80)


def rng(seed=0):
    return random.Random(seed)


def column(part, b):
    return [row[b] for row in part]


def within(share, wanted, n):
    return abs(share - wanted) <= 3 * math.sqrt(wanted * (1 - wanted) / n)


# Alphabet and vocabulary -----------------------------------------------------------------------


@given(st.text(max_size=50))
def test_a_text_is_the_same_after_encoding_and_decoding(text):
    alphabet = Alphabet.of(text)
    assert alphabet.decode(alphabet.encode(text)) == text
    assert alphabet.size == len(set(text))


def test_korean_is_text():
    assert Alphabet.of("나는 나").encode("나 는") == [1, 0, 2]
    assert Vocabulary.of("고양이는 물고기를 먹는다.").size == 3


def test_words_are_lower_case_runs_of_letters():
    vocabulary = Vocabulary.of("The cat saw the dog; the dog, it saw.")
    assert vocabulary.words == ("cat", "dog", "it", "saw", "the")
    assert vocabulary.decode(vocabulary.encode("THE, dog?")) == "the dog"


@pytest.mark.parametrize(
    ("encode", "answer"),
    [
        (lambda: Alphabet("ab").encode("abzx"), "not in the alphabet: 'x', 'z'"),
        (lambda: Vocabulary(("cat",)).encode("a cat"), "not in the vocabulary: 'a'"),
    ],
)
def test_what_was_not_in_the_text_is_named(encode, answer):
    with pytest.raises(ValueError, match=f"^{answer}$"):
        encode()


# Corpus ----------------------------------------------------------------------------------------


def test_a_corpus_counts_its_symbols():
    corpus = Corpus.of("abbbbbcb")
    assert corpus.counts == [1, 6, 1]
    assert corpus.sizes == (3, 3)
    assert corpus.chance == 6 / 8
    expected = -(6 / 8 * math.log(6 / 8) + 2 * (1 / 8) * math.log(1 / 8))
    assert corpus.entropy == pytest.approx(expected)
    part = Corpus(corpus.symbols, corpus.numbers[1:6])
    assert (part.counts, part.chance, part.entropy) == ([0, 5, 0], 1.0, 0.0)


@given(texts, st.floats(0.05, 0.9))
def test_the_two_parts_of_a_split_are_the_text(text, share):
    corpus = Corpus.of(text)
    training, validation = corpus.split(share)
    assert training.numbers + validation.numbers == corpus.numbers
    assert training.symbols == validation.symbols == corpus.symbols
    assert len(validation.numbers) == math.floor(share * len(text))


@pytest.mark.parametrize("share", [0.0, 0.01, 1.0, -0.5])
def test_a_split_that_leaves_a_part_without_symbols_is_refused(share):
    with pytest.raises(ValueError, match=f"share {share} leaves .* of 9 symbols for validation"):
        Corpus.of("some text").split(share)


def test_a_text_without_symbols_is_refused():
    with pytest.raises(ValueError, match="expected a text to learn from, got ''"):
        Corpus.of("")
    with pytest.raises(ValueError, match=r"expected a text to learn from, got '\?!'"):
        Corpus.of("?!", Vocabulary)


# Characters ------------------------------------------------------------------------------------


@given(seeds, texts, st.integers(1, 5), st.integers(1, 20))
def test_characters_are_windows_of_the_text_and_what_comes_next(seed, text, batch, length):
    corpus = Corpus.of(text)
    drawn = characters(rng(seed), batch, length, corpus)
    assert drawn.mask == [[True] * batch] * length
    for b in range(batch):
        read = corpus.symbols.decode(column(drawn.xs, b))
        following = corpus.symbols.decode(column(drawn.targets, b))
        assert read[1:] == following[:-1]
        assert read + following[-1] in text


def test_windows_start_everywhere_and_each_elsewhere():
    corpus = Corpus.of("abcdefghij")
    drawn = characters(rng(), 8, 2, corpus)
    assert sorted(drawn.xs[0]) == list(range(8))
    starts = Counter(characters(rng(seed), 1, 2, corpus).xs[0][0] for seed in range(2000))
    assert sorted(starts) == list(range(8))
    assert all(within(count / 2000, 1 / 8, 2000) for count in starts.values())


@pytest.mark.parametrize(
    ("batch", "length", "windows"), [(1, 10, 0), (1, 25, 0), (9, 2, 8), (4, 7, 3)]
)
def test_a_text_shorter_than_a_window_or_a_batch_larger_than_the_text_is_refused(
    batch, length, windows
):
    message = (
        f"characters: a text of 10 symbols has {windows} windows of {length} and the symbol after "
        f"each, and the batch is {batch}: give a longer text, or a smaller length or batch"
    )
    with pytest.raises(ValueError, match=f"^{message}$"):
        characters(rng(), batch, length, Corpus.of("abcdefghij"))


# Streams ---------------------------------------------------------------------------------------


@given(texts, st.integers(1, 4), st.integers(1, 7))
def test_parallel_readings_go_through_the_text_window_after_window(text, batch, length):
    corpus = Corpus.of(text)
    count = chunks(corpus, batch, length)
    assert count == (len(text) - 1) // batch // length
    drawn = [stream(rng(), batch, length, corpus, k) for k in range(count)]
    part = (len(text) - 1) // batch
    for b in range(batch):
        read = [k for window in drawn for k in column(window.xs, b)]
        following = [k for window in drawn for k in column(window.targets, b)]
        start = b * part
        assert read == list(corpus.numbers[start : start + count * length])
        assert following == list(corpus.numbers[start + 1 : start + count * length + 1])
    assert stream(rng(), batch, length, corpus, count) == drawn[0]


def test_a_stream_says_what_does_not_fit():
    corpus = Corpus.of("abcdefghij")
    with pytest.raises(ValueError, match="stream: position must be 0 or more, got -1"):
        stream(rng(), 1, 2, corpus, -1)
    with pytest.raises(ValueError, match="stream: a text of 10 symbols has 0 windows of 5"):
        stream(rng(), 2, 5, corpus, 0)


# Words -----------------------------------------------------------------------------------------

WORDS = Corpus.of(ALICE, Vocabulary)


@given(seeds, st.integers(1, 5), st.integers(1, 4))
def test_a_bag_of_words_is_the_words_around_its_centre(seed, batch, length):
    drawn = cbow_windows(rng(seed), batch, length, WORDS)
    text = f" {WORDS.symbols.decode(WORDS.numbers)} "
    assert len(drawn.xs) == 2 * length
    for b in range(batch):
        words = column(drawn.xs, b)
        words.insert(length, drawn.targets[-1][b])
        assert f" {WORDS.symbols.decode(words)} " in text


def test_every_word_with_a_full_context_is_a_centre():
    corpus = Corpus.of("a b c d e f", Vocabulary)
    centres = Counter(cbow_windows(rng(), 3000, 2, corpus).targets[-1])
    assert sorted(centres) == [2, 3]
    assert within(centres[2] / 3000, 1 / 2, 3000)


def test_a_skip_gram_is_a_word_and_any_of_its_context():
    corpus = Corpus.of("a b c d e", Vocabulary)
    drawn = skip_gram_windows(rng(), 4000, 2, corpus)
    assert len(drawn.xs) == 1
    assert set(drawn.xs[0]) == {2}
    contexts = Counter(drawn.targets[0])
    assert sorted(contexts) == [0, 1, 3, 4]
    assert all(within(count / 4000, 1 / 4, 4000) for count in contexts.values())


def test_every_true_pair_is_followed_by_pairs_of_noise():
    corpus = Corpus.of("a b a c a d b b a", Vocabulary)
    drawn = skip_gram_pairs(rng(1), 50, 1, corpus, negatives=3)
    centres, others = drawn.xs
    assert drawn.mask == [[False] * 200, [True] * 200]
    assert drawn.targets[1] == [1, 0, 0, 0] * 50
    neighbours = set(zip(corpus.numbers, corpus.numbers[1:], strict=False))
    for i in range(0, 200, 4):
        assert len(set(centres[i : i + 4])) == 1
        pair = (centres[i], others[i])
        assert pair in neighbours or pair[::-1] in neighbours
        assert others[i] not in others[i + 1 : i + 4]


def test_noise_is_drawn_by_counts_to_the_power_three_quarters():
    corpus = Corpus.of("z " + "a " * 16 + "b " * 81 + "z", Vocabulary)
    drawn = skip_gram_pairs(rng(2), 1000, 1, corpus, negatives=4)
    pairs = list(zip(drawn.xs[1], drawn.targets[1], strict=True))
    after_b = [
        pairs[j][0]
        for i in range(0, len(pairs), 5)
        if pairs[i][0] == 1
        for j in range(i + 1, i + 5)
    ]
    weights = {0: 16**0.75, 2: 2**0.75}
    share = Counter(after_b)[0] / len(after_b)
    assert within(share, weights[0] / sum(weights.values()), len(after_b))


def test_a_word_that_a_part_of_the_text_has_not_is_no_noise_in_it():
    training, _ = Corpus.of("a b a b a b a b c d", Vocabulary).split(0.2)
    drawn = skip_gram_pairs(rng(), 300, 1, training)
    assert set(drawn.xs[1]) == {0, 1}


# Names -----------------------------------------------------------------------------------------


@given(seeds, st.integers(1, 12), st.none() | st.integers(6, 12))
def test_names_are_different_ones_of_the_list_and_asked_after_their_last_character(
    seed, batch, length
):
    drawn = names(rng(seed), batch, length)
    read = []
    for b in range(batch):
        steps = [t for t, row in enumerate(drawn.mask) if row[b]]
        assert len(steps) == 1
        name = NAMES.alphabet.decode(column(drawn.xs, b)[: steps[0] + 1])
        assert (name, drawn.targets[steps[0]][b]) in NAMES.names
        assert drawn.lengths[b] == len(name) <= (length or 99)
        assert set(column(drawn.xs, b)[len(name) :]) <= {0}
        read.append(name)
    assert len(set(read)) == batch


def test_every_name_is_as_likely():
    counts = Counter(names(rng(seed), 1, None).targets[-1][0] for seed in range(1500))
    assert all(within(count / 1500, NAMES.chance, 1500) for count in counts.values())
    assert sorted(counts) == [0, 1, 2]


def test_the_list_that_comes_with_it_has_three_classes_of_twenty_different_names():
    assert NAMES.classes == ("English", "Italian", "Korean")
    assert Counter(k for _, k in NAMES.names) == {0: 20, 1: 20, 2: 20}
    assert len({name for name, _ in NAMES.names}) == 60
    assert NAMES.sizes == (NAMES.alphabet.size, 3)


def test_a_list_of_ones_own_is_split_class_by_class():
    listed = NameList.of({"x": [f"x{k}" for k in range(10)], "y": [f"y{k}" for k in range(30)]})
    training, validation = listed.split(0.1)
    assert [name for name, _ in validation.names] == ["x9", "y9", "y19", "y29"]
    assert sorted(training.names + validation.names) == sorted(listed.names)
    assert training.alphabet == validation.alphabet == listed.alphabet
    assert listed.chance == 30 / 40


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (lambda: NameList.of({"x": ["a"]}), "got 1 names in 1 of 1 classes"),
        (lambda: NameList.of({"x": ["a"], "y": [], "z": ["b"]}), "got 2 names in 2 of 3 classes"),
        (lambda: NameList.of({"x": ["a"], "y": [""]}), "got 2 names in 2 of 2 classes"),
        (lambda: NAMES.split(0.0), "share must be above 0 and at most 1/2, got 0.0"),
        (lambda: NAMES.split(0.6), "share must be above 0 and at most 1/2, got 0.6"),
        (lambda: NAMES.split(0.04), "no class has 25 names, give a greater share"),
        (lambda: names(rng(), 61, None), "names: the list has 60 names, and the batch is 61"),
        (lambda: names(rng(), 1, 3), "the list has 0 names of at most 3 characters"),
    ],
)
def test_a_list_that_does_not_fit_is_said(ask, answer):
    with pytest.raises(ValueError, match=answer):
        ask()
