"""How a parameter starts: bounds, moments and identities, by hand."""

import math
import random

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.nn import init


def entries(tensor):
    return tg.reshape(tensor, (-1,)).tolist()


def moments(tensor):
    found = entries(tensor)
    mean = sum(found) / len(found)
    return mean, sum((e - mean) ** 2 for e in found) / len(found)


# -- bounds and moments ----------------------------------------------------------------------------

UNIFORM = {  # of the shape (40, 60), that is 60 inputs and 40 outputs
    "uniform": (lambda shape, rng: init.uniform(shape, 0.3, rng), 0.3),
    "xavier_uniform": (init.xavier_uniform, math.sqrt(6 / 100)),
    "xavier_uniform with a gain": (
        lambda shape, rng: init.xavier_uniform(shape, rng, gain=2.0), 2 * math.sqrt(6 / 100),
    ),
    "he_uniform": (init.he_uniform, math.sqrt(6 / 60)),
}


@pytest.mark.parametrize("case", UNIFORM)
def test_all_of_the_range_is_used_and_nothing_beyond_by(case):
    make, bound = UNIFORM[case]
    tensor = make((40, 60), random.Random(0))
    found = entries(tensor)
    assert tensor.shape == (40, 60)
    assert 0.99 * bound < max(found) <= bound
    assert -bound <= min(found) < -0.99 * bound
    mean, variance = moments(tensor)
    assert mean == pytest.approx(0, abs=0.05 * bound)
    assert variance == pytest.approx(bound**2 / 3, rel=0.1)


NORMAL = {
    "normal": (init.normal, 1.0),
    "normal with a deviation": (lambda shape, rng: init.normal(shape, rng, std=3.0), 9.0),
    "he_normal": (init.he_normal, 2 / 60),
}


@pytest.mark.parametrize("case", NORMAL)
def test_the_variance_is_that_of(case):
    make, variance = NORMAL[case]
    mean, found = moments(make((40, 60), random.Random(0)))
    assert mean == pytest.approx(0, abs=0.1 * math.sqrt(variance))
    assert found == pytest.approx(variance, rel=0.1)


def test_a_shift_moves_the_range():
    found = entries(init.uniform((50,), 0.5, random.Random(0), shift=2.0))
    assert 1.5 <= min(found) < 2 < max(found) <= 2.5


def test_he_keeps_the_mean_square_through_relu():
    rng = random.Random(0)
    x = init.normal((1, 100), rng).value
    y = tg.relu(tg.linear(x, init.he_normal((1000, 100), rng).value, None))
    assert moments(y)[1] + moments(y)[0] ** 2 == pytest.approx(moments(x * x)[0], rel=0.2)


# -- orthogonal, identity --------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (3, 7), (7, 3), (40, 40)])
def test_orthogonal_rows_or_columns_are_orthonormal(shape):
    q = init.orthogonal(shape, random.Random(0)).value
    small = q @ q.T if shape[0] <= shape[1] else q.T @ q
    for i, row in enumerate(small.tolist()):
        assert row == pytest.approx([float(i == j) for j in range(min(shape))], abs=1e-14)
    assert init.orthogonal(shape, random.Random(0)).shape == shape


def test_a_gain_scales_an_orthogonal_matrix():
    q, twice = (init.orthogonal((3, 3), random.Random(0), gain=g).value for g in (1.0, 2.0))
    assert twice.tolist() == (2.0 * q).tolist()


def test_draws_that_are_nearly_parallel_still_come_out_orthogonal():
    first = [1.0, 1e-9, 0.0]
    second = init._orthonormal([1.0, 0.0, 1e-9], [init._orthonormal(first, [])])
    along = math.fsum(a * b for a, b in zip(init._orthonormal(first, []), second, strict=True))
    assert along == pytest.approx(0, abs=1e-15)


def test_orthogonal_matrices_turn_any_way():
    signs = {entries(init.orthogonal((1, 1), random.Random(seed)))[0] for seed in range(20)}
    assert signs == {-1.0, 1.0}


def test_the_identity_has_ones_on_its_diagonal():
    assert init.identity(2).tolist() == [[1, 0], [0, 1]]
    assert init.identity(2, gain=0.5).tolist() == [[0.5, 0], [0, 0.5]]


def test_beside_puts_the_recurrent_block_first_as_a_cell_reads_it():
    W = init.beside(init.identity(2), tg.Tensor([[5.0], [6.0]]), name="W")
    assert W.tolist() == [[1, 0, 5], [0, 1, 6]]
    assert W.name == "W"
    assert W.op is None  # a parameter: nothing before it
    cell = nn.RNNCell(1, 2).replace(W=W, b=tg.Tensor([0.0, 0.0]))
    h = cell(tg.arrays.asarray([[2.0]]), tg.arrays.asarray([[0.5, -0.5]]))
    assert h.tolist()[0] == pytest.approx([math.tanh(10.5), math.tanh(11.5)])


# -- chrono ----------------------------------------------------------------------------------------


def test_chrono_gates_remember_for_all_times_up_to_the_longest():
    b_f, b_i = init.chrono_biases(2000, 100, random.Random(0))
    times = [math.exp(b) for b in b_f.tolist()]
    assert 1 <= min(times) < 2
    assert 98 < max(times) <= 99
    assert sum(times) / 2000 == pytest.approx(50, rel=0.05)  # uniform in 1 ... 99
    assert b_i.tolist() == [-b for b in b_f.tolist()]
    assert (b_f.name, b_i.name) == ("b_f", "b_i")


def test_the_least_longest_leaves_the_gates_half_open():
    b_f, _ = init.chrono_biases(3, 2, random.Random(0))
    assert b_f.tolist() == [0, 0, 0]


def test_chrono_biases_fit_an_lstm():
    b_f, b_i = init.chrono_biases(4, 50, random.Random(0))
    cell = nn.LSTMCell(2, 4).replace(b_f=b_f, b_i=b_i)
    assert dict(cell.named_parameters())["b_f"] is b_f


# -- all of them -----------------------------------------------------------------------------------

DRAWN = {
    "uniform": lambda rng, **name: init.uniform((3, 2), 1.0, rng, **name),
    "normal": lambda rng, **name: init.normal((3, 2), rng, **name),
    "xavier_uniform": lambda rng, **name: init.xavier_uniform((3, 2), rng, **name),
    "he_uniform": lambda rng, **name: init.he_uniform((3, 2), rng, **name),
    "he_normal": lambda rng, **name: init.he_normal((3, 2), rng, **name),
    "orthogonal": lambda rng, **name: init.orthogonal((3, 2), rng, **name),
}


@pytest.mark.parametrize("kind", DRAWN)
def test_the_seed_decides_and_the_name_is_taken(kind):
    make = DRAWN[kind]
    one, same, other = (make(random.Random(seed), name="W") for seed in (0, 0, 1))
    assert one.tolist() == same.tolist() != other.tolist()
    assert one.name == "W"
    assert make(random.Random(0)).name is None


REFUSED = {
    "xavier of a vector": (
        lambda rng: init.xavier_uniform((3,), rng), r"xavier_uniform: .* got \(3,\)",
    ),
    "he of nothing": (lambda rng: init.he_normal((0, 3), rng), r"he_normal: .* got \(0, 3\)"),
    "he of a cube": (lambda rng: init.he_uniform((1, 2, 3), rng), "he_uniform: a weight has the"),
    "orthogonal of a vector": (lambda rng: init.orthogonal((3,), rng), "orthogonal: a weight has"),
    "identity of 0": (lambda rng: init.identity(0), "size must be a whole number of at least 1"),
    "chrono of 1": (
        lambda rng: init.chrono_biases(2, 1, rng), "longest must be at least 2 steps, got 1",
    ),
    "chrono of nan": (lambda rng: init.chrono_biases(2, math.nan, rng), "longest .* got nan"),
    "chrono of no cell": (lambda rng: init.chrono_biases(0, 9, rng), "hidden_size must be a whole"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_start_that_makes_no_sense_is_refused(case):
    make, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        make(random.Random(0))
