"""Gradients that are put off: sums over rows, added up in one go."""

import random
from functools import reduce
from operator import add

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import Tensor, gradients
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.autograd.backprop import backpropagate, pull_back, walk_back
from tinygrad_rnn.autograd.ops.linalg import outer, sum_of_rows
from tinygrad_rnn.autograd.sums import OverRows, Terms, over_rows, plus, total

G, X = asarray([[1.0, 10.0]]), asarray([[2.0, 3.0, 4.0]])
G2, X2 = asarray([[1.0, 0.0], [0.0, 1.0]]), asarray([[1.0, 1.0, 1.0], [5.0, 6.0, 7.0]])
PRODUCT = [[2.0, 3.0, 4.0], [20.0, 30.0, 40.0]]  # Gᵀ·X
PRODUCTS = [[3.0, 4.0, 5.0], [25.0, 36.0, 47.0]]  # Gᵀ·X + G2ᵀ·X2

KINDS = ["array", "numpy"]


def values(kind):
    return pytest.importorskip("numpy").asarray if kind == "numpy" else asarray


def test_a_sum_over_rows_is_put_off_and_has_a_total():
    put_off = over_rows(outer, G, X)
    assert type(put_off) is OverRows
    assert total(put_off).tolist() == PRODUCT
    assert total(5.0) == 5.0


def test_of_a_tensor_it_is_computed_and_recorded():
    assert over_rows(outer, Tensor(G), X).op.name == "matmul"


@pytest.mark.parametrize("kind", KINDS)
def test_two_sums_over_rows_are_one_over_all_rows(kind):
    make = values(kind)
    g, x, g2, x2 = (make(given.tolist()) for given in (G, X, G2, X2))
    both = plus(over_rows(outer, g, x), over_rows(outer, g2, x2))
    assert type(both) is Terms
    assert total(both).tolist() == PRODUCTS


def test_rows_may_lie_along_any_number_of_axes():
    vector = over_rows(outer, asarray([1.0, 10.0]), asarray([2.0, 3.0, 4.0]))
    stacked = over_rows(outer, tg.reshape(G2, (2, 1, 2)), tg.reshape(X2, (2, 1, 3)))
    assert total(vector).tolist() == PRODUCT
    assert total(plus(vector, stacked)).tolist() == PRODUCTS
    sums = over_rows(sum_of_rows, X[0]), over_rows(sum_of_rows, X2)
    assert total(plus(*sums)).tolist() == [8, 10, 12]


@pytest.mark.parametrize("place", range(3))
def test_what_is_no_sum_over_rows_is_added_to_it(place):
    ones = asarray([[1.0] * 3] * 2)
    terms = [over_rows(outer, G, X), over_rows(outer, G2, X2)]
    terms.insert(place, ones)
    assert total(reduce(plus, terms)).tolist() == [[4.0, 5.0, 6.0], [26.0, 37.0, 48.0]]


def test_what_is_not_put_off_is_added_at_once():
    assert plus(1.0, 2.0) == 3.0


def test_terms_take_in_what_comes_and_leave_it_as_it_was():
    held, received = Terms([1.0, 2.0]), Terms([10.0, 20.0])
    assert total(plus(plus(held, received), 300.0)) == 333.0
    assert total(plus(1000.0, received)) == 1030.0
    assert total(received) == 30.0


def test_plain_terms_are_added_from_the_first():
    assert total(Terms([1e16, 1.0, -1e16])) == 0.0
    assert total(plus(1e16, Terms([1.0, -1e16]))) == 0.0


def sequence(kind, steps, batch=3):
    """(h after all steps, the weight, the bias) of h' = tanh(linear([h, x], weight, bias))."""
    rng = random.Random(7)
    make = values(kind)

    def draw(*shape):
        return [draw(*shape[1:]) for _ in range(shape[0])] if shape else rng.gauss(0, 0.5)

    weight, bias = Tensor(make(draw(2, 5)), name="W"), Tensor(make(draw(2)), name="b")
    lead = (batch,) if batch else ()
    h = make(draw(*lead, 2))
    for _ in range(steps):
        h = tg.tanh(tg.linear(tg.concat([h, make(draw(*lead, 3))], axis=-1), weight, bias))
    return h, weight, bias


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batch", [None, 1, 3])
def test_a_shared_weight_receives_what_every_step_sends(kind, batch):
    h, *parameters = sequence(kind, 6, batch)
    found = gradients(tg.sum(h * h))
    for parameter in parameters:
        shares = [
            received
            for node, _, pulled in backpropagate(tg.sum(h * h))
            for x, received in zip(node.inputs, pulled)
            if x is parameter
        ]
        assert len(shares) == 6
        assert flat(found[parameter]) == pytest.approx(flat(reduce(add, shares)), rel=1e-12)
        assert type(found[parameter]) is type(parameter.value)


def flat(x):
    return tg.reshape(x, (-1,)).tolist()


def test_a_weight_may_be_used_in_other_ways_too():
    x, weight = asarray([[1.0, 2.0]]), Tensor([[3.0, 4.0]])
    bias = Tensor([1.0])
    loss = tg.sum(tg.linear(x, weight, bias)) + tg.sum(weight * weight) + tg.sum(3.0 * bias)
    loss = loss + tg.sum(tg.linear(10.0 * x, weight, bias))
    found = gradients(loss)
    assert found[weight].tolist() == [[6.0 + 11.0, 8.0 + 22.0]]
    assert found[bias].tolist() == [5.0]


def test_one_use_over_rows_joins_another_that_is_none():
    x, weight, bias = asarray([[1.0, 2.0], [3.0, 5.0]]), Tensor([[3.0, 4.0]]), Tensor([1.0])
    found = gradients(tg.sum(tg.linear(x, weight, bias)) + tg.sum(weight * weight))
    assert found[weight].tolist() == [[4.0 + 6.0, 7.0 + 8.0]]
    assert found[bias].tolist() == [2.0]


def test_what_pull_back_and_backpropagate_tell_is_computed():
    h, *_ = sequence("array", 2)
    kinds = {type(r) for _, _, pulled in backpropagate(tg.sum(h)) for r in pulled}
    assert not kinds & {OverRows, Terms}
    node = h.inputs[0]
    assert pull_back(node, node.value)[1].shape == (2, 5)


@pytest.mark.parametrize("differentiable", [False, True])
def test_the_walk_back_puts_off_what_need_not_be_recorded(differentiable):
    y = tg.sum(tg.linear(X, Tensor([[1.0, 2.0, 3.0]]), Tensor([4.0])))
    walk = walk_back({y: asarray(1.0)}, differentiable)
    put_off = [r for _, _, pulled in walk for r in pulled if type(r) is OverRows]
    assert len(put_off) == (0 if differentiable else 2)


def test_second_derivatives_go_through_a_shared_weight():
    rows = [asarray([[0.3, -0.2]]), asarray([[0.1, 0.4]])]

    def f(weight, bias):
        h = tg.tanh(tg.linear(rows[0], weight, bias))
        return tg.sum(tg.tanh(tg.linear(h, weight, bias) + tg.linear(rows[1], weight, bias)))

    assert tg.gradcheck(f, asarray([[0.2, 0.5], [-0.3, 0.1]]), asarray([0.1, -0.2]), order=2)
