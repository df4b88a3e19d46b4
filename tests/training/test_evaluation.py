"""How good a network is on what it does not learn from."""

import math
import random
from dataclasses import replace

import pytest

from tinygrad_rnn import arrays
from tinygrad_rnn.tasks import TASKS
from tinygrad_rnn.training import Network, evaluate
from tinygrad_rnn.training.objective import loss_of, predict, scores_of


def test_it_is_the_mean_over_all_answers_not_over_batches():
    task = TASKS["embedded_reber"]  # its strings, of one each, differ in length
    model = Network.of(task, rng=random.Random(0)).detach()
    found = evaluate(model, task, random.Random(7), sequences=5)
    rng, costs, count, scores = random.Random(7), 0.0, 0, []
    for _ in range(5):
        batch = task.draw(rng)
        predictions, _ = predict(model, batch)
        costs += float(loss_of(task, batch, predictions)) * len(batch.xs)
        count += len(batch.xs)
        scores += scores_of(task, batch, predictions)
    assert found.loss == pytest.approx(costs / count, rel=1e-12)
    assert found.metric == sum(scores) / 5


def test_perplexity_is_e_to_the_loss_and_of_an_even_guess_the_number_of_classes():
    task = TASKS["characters"]
    model = Network.of(task, hidden=2, rng=random.Random(0))
    zeros = {name: value * 0.0 for name, value in model.state_dict().items()}
    model.load_state_dict(zeros)
    found = evaluate(model, task, random.Random(0), 8, length=4)
    assert found.perplexity == pytest.approx(task.output_size, rel=1e-12)
    assert found.loss == pytest.approx(math.log(task.output_size), rel=1e-12)


def test_a_guess_of_numbers_has_no_perplexity_and_a_hopeless_one_is_infinite():
    task = TASKS["adding"]
    assert evaluate(Network.of(task), task, random.Random(0), 1).perplexity is None
    task = TASKS["parity"]
    model = Network.of(task, rng=random.Random(0))
    model.readout.load_state_dict(
        {"weight": arrays.zeros((2, 4)), "bias": arrays.asarray([5000.0, 0.0])}
    )
    assert evaluate(model, task, random.Random(0), 8).perplexity == math.inf


def test_it_draws_whole_batches_and_at_least_as_many_sequences_as_asked():
    drawn = []

    def counting(rng, batch, length):
        drawn.append(batch)
        return TASKS["latch"].function(rng, batch, length)

    task = replace(TASKS["latch"], function=counting)
    evaluate(Network.of(task), task, random.Random(0), 17)
    evaluate(Network.of(task), task, random.Random(0), 2, batch=2)
    assert drawn == [8, 8, 8, 2]


def test_it_drops_nothing_and_records_nothing():
    task = TASKS["parity"]
    model = Network.of(task, layers=2, dropout=0.9, rng=random.Random(0))
    before = model.recurrent.dropout.rng.getstate()
    first, second = (evaluate(model, task, random.Random(0), 8) for _ in range(2))
    assert first == second
    assert model.recurrent.dropout.rng.getstate() == before


@pytest.mark.parametrize("sequences", [0, -5])
def test_fewer_than_one_sequence_is_refused(sequences):
    with pytest.raises(ValueError, match=f"sequences must be at least 1, got {sequences}"):
        evaluate(Network.of(TASKS["latch"]), TASKS["latch"], random.Random(0), sequences)
