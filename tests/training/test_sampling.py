"""Text from a network, symbol by symbol."""

import math
import random

import pytest

from tinygrad_rnn import Tensor
from tinygrad_rnn.tasks import TASKS, Alphabet, Corpus, Vocabulary
from tinygrad_rnn.training import Network, Run, sample
from tinygrad_rnn.training.sampling import choose

ABC = Corpus.of("abcabcabcabcabcabc")


def network(corpus=ABC, **options):
    return Network.of(TASKS["characters"].on(corpus), hidden=4, rng=random.Random(0), **options)


def text(model, symbols, length, seed=0, **options):
    return "".join(sample(model, symbols, length, random.Random(seed), **options))


def test_a_network_that_has_learned_a_cycle_says_it():
    model, task = network(), TASKS["characters"].on(ABC)
    for _ in Run(model, task, batch=2, length=6, lr=0.05, rng=random.Random(1)).run(60):
        pass
    assert text(model, ABC.symbols, 9, temperature=0.0, prompt="cab") == "cabcabcab"
    assert text(model, ABC.symbols, 4, temperature=0.0, prompt="b") == "cabc"


def test_the_state_is_carried_on_and_not_begun_again_at_every_character():
    model = network()
    model.readout.weight = 200.0 * model.readout.weight  # so that the state decides
    said = text(model, ABC.symbols, 20, seed=3, prompt="abca")
    rng, k = random.Random(3), ABC.symbols.encode("abca")
    for character in said:  # everything read again from the beginning, for every character
        logits = model.detach()([[i] for i in k]).outputs[-1].tolist()[0]
        k.append(choose(logits, 1.0, rng))
        assert ABC.symbols.decode(k[-1:]) == character
    assert len(set(zip(said, said[1:]))) > len(set(said))  # more than the last character decides


def test_the_same_seed_says_the_same_and_the_prompt_is_not_repeated():
    model = network()
    once, again = (text(model, ABC.symbols, 40, seed=2, prompt="ab") for _ in range(2))
    assert once == again
    assert len(once) == 40
    assert text(model, ABC.symbols, 40, seed=3, prompt="ab") != once


def test_without_a_prompt_the_first_character_is_each_as_likely():
    firsts = [next(sample(network(), ABC.symbols, 1, random.Random(s))) for s in range(300)]
    assert all(70 < firsts.count(c) < 130 for c in "abc")


def test_nothing_is_drawn_before_it_is_asked_for():
    rng = random.Random(0)
    said = sample(network(), ABC.symbols, 10**9, rng)
    assert rng.random() == random.Random(0).random()
    assert next(said) in "abc"


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_classes_are_drawn_with_their_probabilities_at_a_temperature(temperature):
    logits, rng, n = [0.0, 1.0, -2.0], random.Random(0), 4000
    drawn = [choose(logits, temperature, rng) for _ in range(n)]
    weights = [math.exp(x / temperature) for x in logits]
    for k, weight in enumerate(weights):
        p = weight / sum(weights)
        assert drawn.count(k) == pytest.approx(n * p, abs=4 * math.sqrt(n * p * (1 - p)))


def test_a_low_temperature_and_large_logits_do_not_overflow():
    assert choose([-1e300, 1e300, 0.0], 1e-300, random.Random(0)) == 1
    assert choose([5.0, 5.0], 0.0, random.Random(0)) == 0


def test_a_draw_at_the_very_top_is_still_a_class():
    class Top:
        def random(self):
            return 1.0

    assert choose([0.0, 0.1], 1.0, Top()) == 1


def test_korean_words_and_emoji_are_symbols_like_others():
    corpus = Corpus.of("나는 학교에 간다 🙂 너는 학교에 온다")
    model = network(corpus)
    said = text(model, corpus.symbols, 50, prompt="학교 🙂")
    assert len(said) == 50
    assert set(said) <= set(corpus.symbols.characters)
    words = Corpus.of("the cat sat on the mat the end", Vocabulary)
    assert set(sample(network(words), words.symbols, 30, random.Random(0), prompt="The cat")) <= {
        *words.symbols.words
    }


def test_dropout_does_not_disturb_it_nor_move():
    model = network(layers=2, dropout=0.5)
    before = model.recurrent.dropout.rng.getstate()
    assert text(model, ABC.symbols, 20) == text(model, ABC.symbols, 20)
    assert model.recurrent.dropout.rng.getstate() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"prompt": "abé"}, "not in the alphabet: 'é'"),
        ({"temperature": -1.0}, "temperature must be at least 0 and finite, got -1.0"),
        ({"temperature": math.nan}, "temperature must be at least 0 and finite, got nan"),
        ({"length": 0}, "sample: length must be at least 1, got 0"),
        ({"symbols": Alphabet("abcd")}, "reads 3 symbols and guesses among 3, this .* has 4"),
        ({"model": network(bidirectional=True)}, "reads tokens, in one direction"),
        ({"model": Network.of(TASKS["latch"])}, "reads tokens, in one direction"),
        ({"model": Network.of(TASKS["names"]), "symbols": TASKS["names"].data.alphabet},
         "guesses among 3"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_refused_before_the_first_character(options, message):
    asked = {"model": network(), "symbols": ABC.symbols, "length": 5, "rng": random.Random(0)}
    with pytest.raises(ValueError, match=message):
        sample(**asked | options)


def test_a_network_that_has_lost_its_numbers_says_so():
    model = network()
    model.readout.bias = Tensor([0.0, math.nan, 0.0])
    with pytest.raises(ValueError, match="logits are not finite"):
        text(model, ABC.symbols, 3, prompt="a")
