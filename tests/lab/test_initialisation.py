"""How a cell starts: which matrices an initialisation is about, and what it does to them."""

import math
import random

import pytest

from tinygrad_rnn import nn
from tinygrad_rnn.arrays import eye
from tinygrad_rnn.lab import CELLS, INITIALISATIONS, make_cell

X, H = 3, 5
WEIGHTS = {  # cell: (weights with a recurrent matrix, biases)
    "rnn": (["W"], ["b"]),
    "lstm": (["W_f", "W_i", "W_g", "W_o"], ["b_f", "b_i", "b_g", "b_o"]),
    "gru": (["W_r", "W_z", "W_hn"], ["b_r", "b_z", "b_xn", "b_hn"]),
}
PAIRS = [(kind, init) for kind in CELLS for init in INITIALISATIONS]
PAIRS.remove(("rnn", "chrono"))


def made(kind, seed=0, **options):
    return make_cell(kind, X, H, random.Random(seed), **options)


def recurrent(cell, name):
    return getattr(cell, name).value[:, :H]


def of_input(cell, name):
    return getattr(cell, name).value[:, H:]


def largest(values):
    return max(abs(v) for row in values.tolist() for v in row)


def test_without_a_word_it_is_the_cell_itself():
    cell = make_cell("lstm", X, H, random.Random(3), 2.0)
    expected = nn.LSTMCell(X, H, random.Random(3), forget_bias=2.0)
    assert {name: v.tolist() for name, v in cell.state_dict().items()} == {
        name: v.tolist() for name, v in expected.state_dict().items()
    }


@pytest.mark.parametrize(("kind", "init"), PAIRS)
def test_every_initialisation_keeps_names_and_shapes(kind, init):
    plain, cell = made(kind), made(kind, init=init, longest=20)
    shapes = {name: p.shape for name, p in cell.named_parameters()}
    assert shapes == {name: p.shape for name, p in plain.named_parameters()}
    assert all(name == p.name for name, p in cell.named_parameters())
    assert type(cell) is type(plain)


@pytest.mark.parametrize(("kind", "init"), PAIRS)
def test_a_seed_draws_the_same_cell_again(kind, init):
    first, again, other = (made(kind, seed, init=init, longest=20) for seed in (1, 1, 2))
    values = [{n: v.tolist() for n, v in c.state_dict().items()} for c in (first, again, other)]
    assert values[0] == values[1] != values[2]


@pytest.mark.parametrize("kind", CELLS)
def test_orthogonal_recurrent_matrices_keep_lengths(kind):
    cell = made(kind, init="orthogonal")
    for name in WEIGHTS[kind][0]:
        Q = recurrent(cell, name)
        assert largest(Q @ Q.mT - eye(H)) < 1e-12
        assert largest(Q - eye(H)) > 0.1


@pytest.mark.parametrize("kind", CELLS)
def test_identity_is_the_recurrent_matrix_and_not_that_of_the_input(kind):
    cell = made(kind, init="identity")
    assert all(recurrent(cell, name).tolist() == eye(H).tolist() for name in WEIGHTS[kind][0])
    bound = math.sqrt(6 / (H + X))
    read = [cell.W_xn.value] if kind == "gru" else []
    read += [of_input(cell, name) for name in WEIGHTS[kind][0] if name != "W_hn"]
    assert all(0.2 < largest(W) <= bound for W in read)


def test_xavier_takes_each_of_the_two_matrices_by_itself():
    cell = make_cell("rnn", 40, 10, random.Random(0), init="xavier")
    bounds = math.sqrt(6 / 20), math.sqrt(6 / 50)
    found = largest(cell.W.value[:, :10]), largest(cell.W.value[:, 10:])
    assert all(0.9 * bound < one <= bound for one, bound in zip(found, bounds, strict=True))


@pytest.mark.parametrize("init", ["xavier", "orthogonal", "identity"])
@pytest.mark.parametrize("kind", CELLS)
def test_biases_are_0_but_for_the_forget_bias(kind, init):
    cell = made(kind, init=init, forget_bias=2.5)
    for name in WEIGHTS[kind][1]:
        expected = 2.5 if name == "b_f" else 0.0
        assert getattr(cell, name).tolist() == [expected] * H


def test_a_gru_whose_input_is_as_wide_as_its_state_is_no_trap():
    cell = make_cell("gru", H, H, random.Random(0), init="identity")
    assert cell.W_hn.tolist() == eye(H).tolist()
    assert cell.W_xn.tolist() != eye(H).tolist()


@pytest.mark.parametrize(("kind", "bias"), [("lstm", "b_f"), ("gru", "b_z")])
def test_chrono_draws_the_bias_of_the_gate_that_forgets(kind, bias):
    cell = make_cell(kind, X, 200, random.Random(0), init="chrono", longest=50)
    steps = [math.exp(b) for b in getattr(cell, bias).tolist()]
    assert 1 <= min(steps) < 3
    assert 45 < max(steps) <= 49
    assert sum(steps) / 200 == pytest.approx(25, abs=3)
    if kind == "lstm":
        assert cell.b_i.tolist() == [-b for b in cell.b_f.tolist()]


def test_chrono_leaves_everything_else_as_it_is():
    cell, plain = made("lstm", init="chrono", longest=9), made("lstm")
    same = set(plain.state_dict()) - {"b_f", "b_i"}
    assert all(cell.state_dict()[n].tolist() == plain.state_dict()[n].tolist() for n in same)


@pytest.mark.parametrize("kind", CELLS)
def test_the_scale_is_that_of_the_recurrent_matrices_alone(kind):
    cell, plain = made(kind, scale=3.0), made(kind)
    weights, biases = WEIGHTS[kind]
    for name in weights:
        assert largest(recurrent(cell, name) - 3.0 * recurrent(plain, name)) < 1e-12
        assert of_input(cell, name).tolist() == of_input(plain, name).tolist()
    others = [*biases, *(["W_xn"] if kind == "gru" else [])]
    assert all(getattr(cell, n).tolist() == getattr(plain, n).tolist() for n in others)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "elman"}, "a cell is one of rnn, lstm, gru, got 'elman'"),
        ({"kind": "rnn", "init": "he"}, "init is one of uniform, xavier, .*, chrono, got 'he'"),
        ({"kind": "rnn", "init": "chrono"}, "init chrono: an RNN has no gate that forgets"),
        ({"kind": "gru", "init": "chrono"}, "init chrono: needs longest="),
        ({"kind": "lstm", "init": "chrono", "longest": 1}, "longest must be at least 2 steps"),
    ],
)
def test_what_it_cannot_make_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        made(**options)
