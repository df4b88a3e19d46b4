"""The loss of a batch: the mean over the answers that count, and nothing else."""

import math
import random

import pytest

from tinygrad_rnn import Tensor, arrays, gradients
from tinygrad_rnn.tasks import IGNORED, TASKS, Batch
from tinygrad_rnn.training import Network
from tinygrad_rnn.training.objective import loss_of, predict, scores_of


def answer(model, task, batch):
    """The loss, and the scores."""
    predictions, _ = predict(model, batch)
    return float(loss_of(task, batch, predictions)), scores_of(task, batch, predictions)


def test_cross_entropy_by_hand_over_two_sequences_of_different_length():
    batch = Batch(
        xs=[[[1.0], [1.0]], [[0.0], [0.0]]],
        targets=[[0, 1], [1, IGNORED]],
        mask=[[True, True], [True, False]],
    )
    predictions = [
        arrays.asarray([[0.0, 0.0], [0.0, math.log(3)]]),  # p of the class: 1/2 and 3/4
        arrays.asarray([[0.0, math.log(7)], [math.nan, math.inf]]),  # 7/8, and no answer
    ]
    wanted = -(math.log(1 / 2) + math.log(3 / 4) + math.log(7 / 8)) / 3
    assert loss_of(TASKS["parity"], batch, predictions) == pytest.approx(wanted, rel=1e-12)


def test_squared_error_by_hand_where_not_every_sequence_is_asked():
    batch = Batch(
        xs=[[[0.0], [0.0]]] * 2,
        targets=[[[0.0], [2.0]], [[1.0], [0.0]]],
        mask=[[False, True], [True, False]],
    )
    predictions = [arrays.asarray([[9.0], [5.0]]), arrays.asarray([[3.0], [9.0]])]
    wanted = ((5.0 - 2.0) ** 2 + (3.0 - 1.0) ** 2) / 2
    assert loss_of(TASKS["sine"], batch, predictions) == pytest.approx(wanted, rel=1e-12)


def test_what_is_not_asked_gets_no_gradient():
    batch = Batch([[[0.0]]] * 2, [[IGNORED], [1]], [[False], [True]])
    unasked, asked = Tensor([[1.0, 2.0]]), Tensor([[1.0, 2.0]])
    grads = gradients(loss_of(TASKS["parity"], batch, [unasked, asked]))
    assert unasked not in grads
    assert asked in grads


@pytest.mark.parametrize("task", ["names", "a_n_b_n", "embedded_reber"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_padded_batch_costs_what_its_sequences_cost_one_by_one(task, bidirectional):
    model = Network.of(TASKS[task], bidirectional=bidirectional, rng=random.Random(0)).detach()
    batch = TASKS[task].draw(random.Random(3), batch=4)
    assert min(batch.lengths) < max(batch.lengths)
    together = answer(model, TASKS[task], batch)
    singles, counts = [], []
    for b, length in enumerate(batch.lengths):
        alone = Batch(*([[row[b]] for row in rows[:length]] for rows in batch))
        singles.append(answer(model, TASKS[task], alone))
        counts.append(len(batch.answered(b)))
    wanted = sum(loss * n for (loss, _), n in zip(singles, counts)) / sum(counts)
    assert together[0] == pytest.approx(wanted, rel=1e-12)
    assert together[1] == [score for _, scores in singles for score in scores]


@pytest.mark.parametrize("name", TASKS)
def test_an_untrained_network_knows_nothing_more_than_chance(name):
    task, rng = TASKS[name], random.Random(1)
    losses, scores = [], []
    for seed in range(5):
        model = Network.of(task, rng=random.Random(seed)).detach()
        loss, own = answer(model, task, task.draw(rng, batch=20))
        losses.append(loss)
        scores += own
    loss, score = sum(losses) / len(losses), sum(scores) / len(scores)
    if task.kind == "regress":
        assert score > 0.9 * task.chance  # an error
        assert loss == pytest.approx(score, rel=1e-9)
    else:
        assert score < task.chance + 0.12
        assert loss == pytest.approx(math.log(task.output_size), rel=0.2)
