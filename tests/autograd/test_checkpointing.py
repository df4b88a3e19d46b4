"""checkpoint: the same values and gradients, less memory, to any order; and what is refused."""

import gc
import math
import random

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import Tensor, checkpoint, grad, gradients, nn
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.arrays.namespace import norm
from tinygrad_rnn.nn.cells import LSTMState

XS = [[math.sin(t), math.cos(2 * t)] for t in range(100)]


def segmented(cell, state, xs, length, wrap):
    """The last state, computed in segments that `wrap` is applied to."""

    def segment(state, *xs):
        return nn.unroll(cell, xs, state).states[-1]

    for start in range(0, len(xs), length):
        state = wrap(segment)(state, *xs[start : start + length])
    return state


def alive():
    return sum(type(thing) is Tensor for thing in gc.get_objects())


def loss(state):
    return tg.sum(tg.square(state.h)) + tg.sum(state.c)


def one_cell(kind):
    cell = kind(2, 3, rng=random.Random(0))
    return cell, [p for _, p in cell.named_parameters()]


@pytest.mark.parametrize("length", [10, 5, 3])
@pytest.mark.parametrize("kind", [nn.RNNCell, nn.GRUCell])
def test_a_cell_in_checkpoints_has_the_same_gradients_to_the_last_bit(kind, length):
    cell, parameters = one_cell(kind)
    h, xs = Tensor([0.1, 0.2, 0.3]), [Tensor(x) for x in XS[:10]]
    found = []
    for wrap in (lambda f: f, checkpoint):
        y = tg.sum(tg.square(segmented(cell, h, xs, length, wrap)))
        by = gradients(y)
        found.append([y.tolist(), *(by[p].tolist() for p in [*parameters, h, *xs])])
    assert found[0] == found[1]


def test_an_lstm_in_segments_has_the_same_gradients_to_the_last_bit():
    cell, parameters = one_cell(nn.LSTMCell)
    state, xs = LSTMState(Tensor([0.1, 0.2, 0.3]), Tensor([0.3, 0.2, 0.1])), list(map(Tensor, XS))
    expected = gradients(loss(segmented(cell, state, xs, 10, lambda f: f)))
    last = segmented(cell, state, xs, 10, checkpoint)
    assert type(last) is LSTMState
    found = gradients(loss(last))
    for x in [*state, *xs, *parameters]:
        assert found[x].tolist() == expected[x].tolist()


def test_the_flow_through_checkpoints_has_the_shares_of_the_weights():
    cell, _ = one_cell(nn.RNNCell)
    y = tg.sum(segmented(cell, Tensor([0.1, 0.2, 0.3]), [Tensor(x) for x in XS], 10, checkpoint))
    flow = tg.flow(y)
    assert flow.nodes[flow.find("W")] == pytest.approx(norm(tg.gradients(y)[cell.W]), rel=1e-14)
    assert not tg.anomalies(y)


def test_a_hundred_steps_in_segments_of_ten_keep_a_tenth_of_the_nodes():
    cell, _ = one_cell(nn.RNNCell)
    xs, h = [asarray(x) for x in XS], Tensor([0.1, 0.2, 0.3])
    gc.collect()
    before = alive()
    kept = segmented(cell, h, xs, 100, lambda f: f)
    everything = alive() - before
    del kept
    assert alive() == before  # freed without the collector
    kept = segmented(cell, h, xs, 10, checkpoint)
    assert type(kept) is Tensor
    assert alive() - before == 2 * 10  # a segment is a node and its part
    assert everything >= 3 * 100


def test_on_the_way_back_one_segment_at_a_time_is_alive(monkeypatch):
    cell, _ = one_cell(nn.RNNCell)
    h = segmented(cell, Tensor([0.1, 0.2, 0.3]), [asarray(x) for x in XS], 10, checkpoint)
    before, most = alive(), []
    rule = tg.OPS["tanh"].rules[0]
    noting = (lambda *args: (most.append(alive() - before), rule(*args))[1],)
    monkeypatch.setattr(tg.OPS["tanh"], "rules", noting)
    gradients(tg.sum(h))
    assert len(most) == 100
    assert max(most) <= 3 * 10 + 10


def test_second_derivatives_go_through_a_checkpoint():
    def cube(x):
        return x * x * x

    assert grad(checkpoint(cube))(2.0) == 12.0
    assert grad(grad(checkpoint(cube)))(2.0) == 12.0
    assert grad(grad(grad(checkpoint(cube))))(2.0) == 6.0
    assert grad(grad(checkpoint(checkpoint(cube))))(2.0) == 12.0
    assert tg.gradcheck(checkpoint(lambda x, y: tg.tanh(x @ y) * x), [0.3, -0.2], [0.5, 0.9])


def test_second_derivatives_by_what_is_closed_over():
    f = grad(lambda w: checkpoint(lambda x: tg.tanh(w * x) * w)(0.7))
    g = grad(lambda w: tg.tanh(w * 0.7) * w)
    assert f(0.4) == pytest.approx(g(0.4))
    assert grad(f)(0.4) == pytest.approx(grad(g)(0.4))
    w = Tensor(0.4)
    assert gradients(grad(checkpoint(lambda x: w * x * x))(Tensor(3.0)))[w] == 6.0


def test_an_older_node_that_is_closed_over_gets_its_gradient():
    w = Tensor(2.0)
    older = w * 3.0
    y = checkpoint(lambda x: x * older * tg.square(w))(Tensor(5.0))
    found = gradients(y)
    assert found[older] == 20.0
    assert found[w] == 3.0 * 20.0 + 30.0 * 4.0


def test_what_f_returns_may_be_an_argument_a_weight_or_plain():
    w, x = Tensor(2.0), Tensor(3.0)
    a, b, c, d, e = checkpoint(lambda x: (x, w, 4.0, x * w, x))(x)
    assert c == 4.0
    found = gradients(a + 10.0 * b + 100.0 * d + e)
    assert (found[x], found[w]) == (202.0, 310.0)
    assert checkpoint(lambda x: x * 2.0)(3.0) == 6.0
    assert gradients(d)[w] == 3.0


def test_structures_and_plain_arguments_go_through():
    def f(p, scale, name):
        assert name == "name"
        return {"y": [p["a"] * p["b"][0] * scale]}

    a, b = Tensor(2.0), Tensor([3.0])
    y = checkpoint(f)({"a": a, "b": (b,)}, 5, "name")["y"][0]
    found = gradients(tg.sum(y))
    assert (found[a], found[b].tolist()) == (15.0, [10.0])


def test_a_cell_itself_may_be_checkpointed_step_by_step():
    cell, parameters = one_cell(nn.LSTMCell)
    xs, state = [asarray(x) for x in XS[:4]], cell.initial_state()
    found = [
        gradients(loss(nn.unroll(f, xs, state).states[-1])) for f in (cell, checkpoint(cell))
    ]
    assert not vars(checkpoint(cell)).keys() & vars(cell).keys()
    for p in parameters:
        assert found[0][p].tolist() == found[1][p].tolist()


def test_numpy_values_go_through():
    numpy = pytest.importorskip("numpy")
    x = Tensor(numpy.array([1.0, 2.0], dtype="float32"))
    found = gradients(tg.sum(checkpoint(tg.square)(x)))[x]
    assert (found.tolist(), found.dtype) == ([2.0, 4.0], numpy.float32)


def test_the_graph_flow_and_picture_of_a_checkpoint():
    x = Tensor([1.0, 2.0], name="x")
    y = tg.sum(checkpoint(lambda x: x * x)(x))
    graph = tg.graph.trace(y)
    assert [node.op for node in graph.nodes] == [None, "checkpoint", "part", "sum"]
    assert "lambda" in graph.nodes[1].attrs["segment"]
    assert tg.graph.anomalies(y) == []
    assert "checkpoint" in tg.draw(y).source
    assert "[1.0, 4.0]" in repr(y.inputs[0].inputs[0])


def test_a_weight_that_is_replaced_before_the_way_back_is_noticed():
    cell, _ = one_cell(nn.RNNCell)
    h = checkpoint(lambda x, h: cell(x, h))(asarray(XS[0]), Tensor([0.1, 0.2, 0.3]))
    cell.W = Tensor(cell.W.value)
    with pytest.raises(ValueError, match="checkpoint: .*lambda.*, called again, uses the Tensor"):
        gradients(tg.sum(h))


@pytest.mark.parametrize(
    "inside",
    [
        lambda z: z * grad(lambda x: x * x * z)(2.0),
        lambda z: z * tg.jvp(lambda x: x * x * z, (2.0,), (1.0,))[1],
        lambda z: z * tg.vjp(lambda x: x * x * z, 2.0)[1](1.0)[0],
        lambda z: grad(lambda u: u * u * (z * z))(2.0),
        lambda z: checkpoint(lambda z: z * grad(lambda x: x * x * z)(2.0))(z),
    ],
    ids=["grad", "jvp", "vjp", "of what was computed", "nested"],
)
def test_a_derivative_inside_a_checkpoint_is_differentiated_to_any_order(inside):
    for derivative in (grad, lambda f: grad(grad(f))):
        assert derivative(checkpoint(inside))(3.0) == pytest.approx(derivative(inside)(3.0))
    assert grad(inside)(3.0) == pytest.approx(24.0)


def test_what_is_recorded_of_a_segment_computes_it_again():
    y = checkpoint(lambda x, w: tg.tanh(w * x) * x)(Tensor(0.5), Tensor(2.0))
    [whole] = y.inputs
    again = whole.op(*(x.value for x in whole.inputs), **whole.attrs)
    assert y.op(again, **y.attrs) == y.value == pytest.approx(0.5 * math.tanh(1.0))


def test_at_first_f_is_called_once_also_where_it_computes_of_closed_over_tensors_alone():
    w, calls = Tensor(0.5), []

    def f(x):
        calls.append(x)
        return x * tg.exp(w * w)

    x = Tensor(2.0)
    y = checkpoint(f)(x)
    assert len(calls) == 1
    found = gradients(y)
    assert len(calls) == 2
    assert (found[x], found[w]) == pytest.approx((math.exp(0.25), 2.0 * math.exp(0.25)))
