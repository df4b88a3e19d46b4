"""Work and span by hand: of single ops, of small nets, and how they grow."""

import json
import random

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.arrays import ones
from tinygrad_rnn.graph import Graph, trace, work_and_span

# The step of a tanh RNN with X = 2, H = 3 for each sequence: 3·5 multiply-adds and 3 tanh, of which
# wait for each other a product, ⌈log2 5⌉ = 3 rounds of additions, and a tanh.
STEP_WORK, STEP_SPAN = 18, 5


def tensor(*shape):
    return tg.Tensor(ones(shape))


def measured(loss):
    """(work, span, chain)."""
    return tuple(work_and_span(trace(loss)))


def rnn(T, B=1, X=2, H=3):
    outputs = nn.unroll(nn.RNNCell(X, H, random.Random(0)), [ones((B, X))] * T).outputs
    return tg.sum(outputs[-1])


def bag(T, E=4):
    """The mean of T embedded words, read out: a bag of words, in which no word has a place."""
    words = nn.Embedding(10, E, random.Random(0))([t % 10 for t in range(T)])
    return tg.sum(nn.Linear(E, 3, rng=random.Random(0))(tg.mean(words, axis=0)))


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        (tensor(3), (0, 0, 0)),
        (tensor(3) + tensor(3), (3, 1, 1)),
        (tensor(3, 1) * tensor(4), (12, 1, 1)),
        (tg.tanh(tensor(2, 3)), (6, 1, 1)),
        (tg.sum(tensor(8)), (7, 3, 1)),
        (tg.sum(tensor(9)), (8, 4, 1)),
        (tg.sum(tensor(1)), (0, 0, 1)),
        (tg.sum(tensor(4, 5), axis=1), (16, 3, 1)),
        (tg.max(tensor(4, 5), axis=0), (15, 2, 1)),
        (tensor(8) @ tensor(8), (8, 4, 1)),
        (tensor(1) @ tensor(1), (1, 1, 1)),
        (tensor(2, 3) @ tensor(3, 4), (24, 3, 1)),
        (ones((2, 3)) @ tensor(3, 4), (24, 3, 1)),
        (tensor(3) @ tensor(3, 4), (12, 3, 1)),
        (tensor(5, 2, 3) @ tensor(3, 4), (120, 3, 1)),
        (tg.linear(tensor(2, 8), tensor(3, 8), tensor(3)), (48, 4, 1)),
        (tg.linear(ones((2, 8)), tensor(3, 8), tensor(3)), (48, 4, 1)),
        # of each row of 8: 7 comparisons, 8 subtractions, 8 exp, 7 additions, a log, 8 subtractions
        (tg.log_softmax(tensor(2, 8)), (2 * 39, 3 + 1 + 1 + 3 + 1 + 1, 1)),
        (tg.log_softmax(tensor(8, 2), axis=0), (2 * 39, 10, 1)),
        # the same, but the last subtraction only of the class that is read
        (tg.log_likelihood(tensor(2, 8), [1, 5]), (2 * 32, 10, 1)),
        (tg.cumulative_sum(tensor(2, 8), axis=1), (14, 3, 1)),
    ],
    ids=str,
)
def test_an_op_by_hand(y, expected):
    assert measured(y) == expected


@pytest.mark.parametrize(
    "move",
    [
        lambda x: tg.reshape(x, (3, 2)),
        lambda x: x.mT,
        lambda x: tg.permute_dims(x, (1, 0)),
        lambda x: tg.concat([x, x]),
        lambda x: x[:, [0, 1]],
        lambda x: tg.broadcast_to(x, (4, 2, 3)),
        lambda x: +x,
        tg.stop_gradient,
    ],
)
def test_what_only_moves_entries_is_an_op_in_the_chain_but_no_operation(move):
    assert measured(move(tensor(2, 3))) == (0, 0, 1)


def test_what_does_not_wait_for_each_other_is_not_added_up_in_the_span():
    x = tensor(8)
    assert measured(tg.tanh(x) * tg.sum(x)) == (8 + 7 + 8, 3 + 1, 2)
    assert measured([tg.tanh(x), tg.tanh(x), tg.exp(tg.tanh(x))]) == (4 * 8, 2, 2)


def test_a_node_that_is_used_twice_is_computed_once():
    y = tg.tanh(tensor(8))
    assert measured(y * y + y) == (3 * 8, 3, 3)


def test_a_scalar_expression_counts_its_ops():
    x, y = tg.Tensor(2.0), tg.Tensor(3.0)
    assert measured(x * y + tg.tanh(x)) == (3, 2, 2)


@pytest.mark.usefixtures("ops_restored")
def test_an_op_of_the_users_counts_one_for_each_entry():
    @tg.primitive
    def squeezed(x):
        return x[0]

    assert measured(squeezed(tensor(5))) == (5, 1, 1)


@pytest.mark.parametrize("T", [1, 2, 7, 50])
@pytest.mark.parametrize("B", [1, 4])
def test_the_span_of_an_rnn_grows_by_the_same_with_every_step(T, B):
    # the sum of the last output: 3·B - 1 additions in ⌈log2 3·B⌉ rounds
    rounds = {1: 2, 4: 4}[B]
    chain = 3 * T  # concat, linear, tanh; the first concat is of plain values; the sum
    expected = (T * B * STEP_WORK + 3 * B - 1, T * STEP_SPAN + rounds, chain)
    assert measured(rnn(T, B)) == expected


@pytest.mark.parametrize(("T", "rounds"), [(1, 0), (2, 1), (8, 3), (64, 6), (65, 7)])
def test_the_span_of_a_bag_of_words_grows_with_the_logarithm(T, rounds):
    # embedding; mean: (T - 1)·4 additions, 4 divisions; linear: 12, in 1 + 2; sum: 2, in 2
    assert measured(bag(T)) == ((T - 1) * 4 + 4 + 12 + 2, rounds + 1 + 3 + 2, 5)


def test_an_lstm_by_hand():
    cell = nn.LSTMCell(2, 3, random.Random(0))
    found = [measured(tg.sum(nn.unroll(cell, [ones((1, 2))] * T).outputs[-1])) for T in (5, 6)]
    # four gates, 15 + 3 each; f⊙c, i⊙g, +, tanh, o⊙ of 3 each
    assert found[1][0] - found[0][0] == 4 * 18 + 5 * 3
    # a gate 1 + 3 + 1, product, sum, tanh, product
    assert found[1][1] - found[0][1] == 9
    # concat, linear, sigmoid, multiply, add, tanh, multiply
    assert found[1][2] - found[0][2] == 7


def test_sequences_side_by_side_add_work_and_no_span():
    one, many = (work_and_span(trace(rnn(20, B))) for B in (1, 16))
    assert many.parallelism > 15 * one.parallelism


def test_no_processor_is_used_by_what_computes_nothing():
    assert work_and_span(trace(tensor(3))).parallelism == 1.0


@pytest.mark.parametrize("net", [rnn, bag])
def test_it_is_the_same_from_json(net):
    graph = trace(net(6))
    assert work_and_span(Graph.from_json(graph.to_json())) == work_and_span(graph)


def test_a_graph_whose_edges_were_lost_still_has_a_cost():
    data = json.loads(trace(rnn(3)).to_json())
    found = work_and_span(Graph.from_json(json.dumps(data | {"edges": []})))
    assert found.chain == 1


@pytest.mark.parametrize(
    ("y", "changed"),
    [
        (tg.log_softmax(tensor(2, 8)), {"attrs": {}}),
        (tg.log_softmax(tensor(2, 8)), {"attrs": {"axis": [5]}}),
        (tg.cumulative_sum(tensor(8)), {"attrs": {"axis": "x"}}),
        (tg.tanh(tensor(8)), {"shape": ["x"]}),
    ],
)
def test_a_node_that_nothing_has_computed_is_refused(y, changed):
    data = json.loads(trace(y).to_json())
    data["nodes"][1] |= changed
    with pytest.raises(ValueError, match="work_and_span: node 1, op '.*', is none that trace"):
        work_and_span(Graph.from_json(json.dumps(data)))


def test_the_walk_back_waits_too():
    loss = rnn(10)
    W = next(x for x in tg.gradients(loss) if x.name == "W")
    back = tg.gradients(loss, differentiable=True)[W]
    both, there = (work_and_span(trace(y)) for y in (back, loss))
    assert both.span > 2 * there.span - 20
    assert both.work > 2 * there.work


def test_it_says_what_it_found():
    assert str(work_and_span(trace(rnn(10)))) == (
        "182 operations, 52 of them one after the other, in a chain of 30 ops: 3.5 at a time"
    )


def test_a_long_graph_is_measured_without_recursion():
    x = tg.Tensor(0.0)
    for _ in range(20_000):
        x = x + 1.0
    assert measured(x) == (20_000, 20_000, 20_000)
