"""The network of a task: what it is made of, what it reads, when it answers."""

import random

import pytest

from tinygrad_rnn import Tensor, arrays, nn
from tinygrad_rnn.tasks import TASKS
from tinygrad_rnn.training import Network, converted


def network(task="latch", **options):
    return Network.of(TASKS[task], rng=random.Random(0), **options)


def test_it_has_the_sizes_of_its_task_and_an_embedding_for_tokens_alone():
    latch, characters = network("latch"), network("characters")
    assert latch.embedding is None
    assert latch.state_dict()["recurrent.cells.l0.W_f"].shape == (2, 2 + 1)
    assert characters.embedding.weight.shape == (TASKS["characters"].input_size, 32)
    assert characters.readout.weight.shape == (TASKS["characters"].output_size, 32)
    assert characters.state_dict()["recurrent.cells.l0.W_f"].shape == (32, 32 + 32)


@pytest.mark.parametrize("bias", [None, 7.5])
def test_the_forget_bias_is_the_tasks_unless_another_is_asked_for(bias):
    given = network("temporal_order", forget_bias=bias).state_dict()
    without = network("temporal_order", forget_bias=0.0).state_dict()
    key = "recurrent.cells.l0.b_f"
    difference = [a - b for a, b in zip(given[key].tolist(), without[key].tolist())]
    wanted = TASKS["temporal_order"].forget_bias if bias is None else bias
    assert difference == pytest.approx([wanted] * 4)


def test_a_prediction_is_the_readout_of_what_the_recurrent_network_shows():
    model = network("temporal_order", cell="gru", layers=2)
    xs = TASKS["temporal_order"].draw(random.Random(1), batch=3).xs
    predictions, states = model(xs)
    outputs, _ = model.recurrent([arrays.asarray(x) for x in xs])
    for t in (0, 7, 19):
        wanted = nn.Linear.__call__(model.readout, outputs[t]).tolist()
        assert predictions[t].tolist() == wanted
    assert states[-1][1].tolist() == outputs[-1].tolist()


def test_it_answers_only_where_it_is_asked_and_the_same():
    model, xs = network(), TASKS["latch"].draw(random.Random(1), batch=3).xs
    everywhere, asked = model(xs).outputs, model(xs, asked={3, 19}).outputs
    assert [t for t, p in enumerate(asked) if p is not None] == [3, 19]
    assert asked[19].tolist() == everywhere[19].tolist()


def test_a_state_is_carried_from_one_piece_of_a_sequence_to_the_next():
    model, xs = network("parity"), TASKS["parity"].draw(random.Random(1), batch=2).xs
    whole = model(xs).outputs[-1].tolist()
    first = model(xs[:6])
    assert model(xs[6:], first.states[-1]).outputs[-1].tolist() == whole


def test_padding_does_not_reach_the_backward_direction():
    model = network("names", bidirectional=True)
    alone = model([[3], [5]]).outputs[1].tolist()
    padded = model([[3, 1], [5, 2], [0, 4]], lengths=[2, 3]).outputs[1].tolist()
    assert padded[0] == pytest.approx(alone[0], rel=1e-12)


def test_a_cell_of_ones_own_is_unrolled():
    class Sum(nn.Module):
        def initial_state(self, batch):
            return arrays.zeros((batch, 1))

        def __call__(self, x, h):
            return x + h

    readout = nn.Linear(1, 1, rng=random.Random(0))
    readout.load_state_dict({"weight": arrays.asarray([[2.0]]), "bias": arrays.asarray([1.0])})
    model = Network(Sum(), readout)
    assert [p.tolist() for p in model([[[1.0]], [[4.0]], [[0.5]]]).outputs] == [
        [[3.0]],
        [[11.0]],
        [[12.0]],
    ]
    assert model.options == {"cell": "Sum"}


def test_the_same_rng_makes_the_same_network_and_only_one_number_is_taken_from_it():
    rng = random.Random(5)
    first = Network.of(TASKS["names"], rng=rng)
    second = Network.of(TASKS["names"], rng=random.Random(5))
    assert {k: v.tolist() for k, v in first.state_dict().items()} == {
        k: v.tolist() for k, v in second.state_dict().items()
    }
    reference = random.Random(5)
    reference.random()
    assert rng.random() == reference.random()


def test_over_numpy_values_it_predicts_the_same():
    numpy = pytest.importorskip("numpy")
    for task in ("temporal_order", "characters"):
        model, batch = network(task), TASKS[task].draw(random.Random(1), batch=2)
        other = converted(model, numpy.asarray)
        assert all(type(p.value) is numpy.ndarray for p in other.parameters())
        mine, theirs = model(batch.xs).outputs[-1], other(batch.xs).outputs[-1]
        assert type(theirs.value) is numpy.ndarray
        assert theirs.tolist() == [pytest.approx(row, rel=1e-12) for row in mine.tolist()]


def test_detached_it_records_nothing():
    predictions, _ = network("characters", layers=2, dropout=0.5).detach()([[1], [2]])
    assert not any(isinstance(p, Tensor) for p in predictions)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cell": "elman"}, "a cell is one of rnn, lstm, gru, got 'elman'"),
        ({"hidden": 0}, "hidden_size must be a whole number of at least 1, got 0"),
        ({"hidden": -3}, "hidden_size must be a whole number of at least 1, got -3"),
        ({"layers": 0}, "num_layers must be a whole number of at least 1, got 0"),
        ({"dropout": 0.5}, "LSTM: dropout=0.5 stands between layers, num_layers is 1"),
        ({"dropout": 1.0, "layers": 2}, r"Dropout: p is .* in \[0, 1\), got 1.0"),
    ],
)
def test_what_no_network_can_be_made_of_is_said(options, message):
    with pytest.raises(ValueError, match=message):
        network("latch", **options)


def test_hidden_0_is_said_for_tokens_too():
    with pytest.raises(ValueError, match="at least 1, got 0"):
        network("characters", hidden=0)


def test_a_task_may_be_named():
    by_name, by_task = (
        Network.of(task, rng=random.Random(0)).state_dict() for task in ("latch", TASKS["latch"])
    )
    assert {name: w.tolist() for name, w in by_name.items()} == {
        name: w.tolist() for name, w in by_task.items()
    }
    with pytest.raises(ValueError, match="a task is one of latch, .*, got 'latc'"):
        Network.of("latc")
