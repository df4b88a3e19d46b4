"""Norms along edges, factors and shares, against numbers worked out by hand."""

import math
import random

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.arrays.namespace import norm
from tinygrad_rnn.graph import flow


def linear_rnn(w, steps, h0=1.0):
    """h' = w·h, whose gradient is w to the power of the lag, exactly."""
    weight, h, states = tg.Tensor(w, name="w"), h0, []
    for _ in range(steps):
        h = weight * h
        states.append(h)
    return weight, states


def reader(cell, steps, rng):
    xs = [tg.Tensor([[rng.gauss(0, 1) for _ in range(3)]]) for _ in range(steps)]
    readout = nn.Linear(cell.hidden_size, 2, rng=rng)
    outputs, states = nn.unroll(cell, xs)
    return [nn.cross_entropy(readout(h), [1]) for h in outputs], states


CELLS = [nn.RNNCell, nn.LSTMCell, nn.GRUCell]


@pytest.mark.parametrize("w", [0.5, 1.0, 3.0, -0.5])
def test_a_linear_rnn_changes_the_gradient_by_its_weight_at_every_step(w):
    _, states = linear_rnn(w, 6)
    result = flow(states[-1] * 2.0, states)
    assert result.norms() == pytest.approx([2 * abs(w) ** lag for lag in range(5, -1, -1)])
    assert result.factor() == pytest.approx(abs(w))
    assert result.ratios()[0] == pytest.approx(abs(w) ** 5)


def test_the_gradient_is_heard_as_far_back_as_it_stays_above_the_floor():
    _, states = linear_rnn(0.5, 20)
    result = flow(states[-1] * 1.0, states)
    assert result.reach(floor=0.25) == 2  # 1, 1/2, 1/4 | 1/8
    assert result.reach(floor=1e-3) == 9  # 2^-9 = 0.00195 | 2^-10 = 0.00098
    assert result.reach(floor=1e-9) == 19


def test_every_edge_carries_what_the_rule_sends_back():
    x, y = tg.Tensor(2.0, name="x"), tg.Tensor(-3.0, name="y")
    z = x * y + tg.tanh(x)
    result = flow(z)
    op = {node.id: node.op for node in result.graph.nodes}
    carried = {
        (op[e.tail] or result.graph.nodes[e.tail].name, op[e.head]): value
        for e, value in zip(result.graph.edges, result.edges, strict=True)
    }
    slope = 1 - math.tanh(2.0) ** 2
    assert carried == pytest.approx(
        {
            ("multiply", "add"): 1.0,
            ("tanh", "add"): 1.0,
            ("x", "multiply"): 3.0,
            ("y", "multiply"): 2.0,
            ("x", "tanh"): slope,
        }
    )
    assert result.nodes[result.find("x")] == pytest.approx(abs(-3.0 + slope))


def test_the_share_of_a_step_is_the_gradient_by_hand():
    """h_t = w·h_{t-1}: the share of step t is w^(T-1-t)·h_{t-1}, and all are w^(T-1)·h0."""
    weight, states = linear_rnn(0.5, 4)
    result = flow(states[-1] * 1.0, states)
    shares = result.shares[result.find("w")]
    assert shares == pytest.approx(dict.fromkeys(range(4), 0.5**3))
    assert sum(shares.values()) == pytest.approx(tg.gradients(states[-1])[weight])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("loss", [-1, 2, "sum"])
def test_the_shares_of_a_shared_weight_sum_to_its_gradient(cell, loss):
    losses, states = reader(cell(3, 4, random.Random(0)), 7, random.Random(1))
    result = flow(losses, states, loss)
    chosen = sum(losses[1:], losses[0]) if loss == "sum" else losses[loss]
    expected = {p.name: g for p, g in tg.gradients(chosen).items() if p.name and not p.inputs}
    for i, shares in result.shares.items():
        name = result.graph.nodes[i].name
        if name in expected and "[" not in name:
            total = sum(shares.values())
            assert norm(total - expected[name]) <= 1e-12 * norm(expected[name])


def test_shares_go_through_what_is_computed_once_for_all_steps():
    a, h, states = tg.Tensor(0.8, name="a"), 1.0, []
    hoisted = a * a  # h_t = a²·h_{t-1}: dh_T/da = 2T·a^(2T-1), a T-th of it by each step
    for _ in range(3):
        h = hoisted * h
        states.append(h)
    result = flow(h * 1.0, states)
    shares = result.shares[result.find("a")]
    assert shares == pytest.approx(dict.fromkeys(range(3), 2 * 0.8**5))


def test_one_loss_reaches_no_later_step():
    losses, states = reader(nn.GRUCell(3, 4, random.Random(0)), 6, random.Random(1))
    norms = flow(losses, states, loss=2).norms()
    assert norms[3:] == [None] * 3
    assert all(value > 0 for value in norms[:3])
    assert flow(losses, states, loss=2).lag0() == 2


def test_the_sum_of_all_losses_looks_flat_where_one_loss_vanishes():
    losses, states = reader(nn.RNNCell(3, 8, random.Random(0)), 30, random.Random(1))
    assert flow(losses, states).factor() < 0.75
    assert 0.9 < flow(losses, states, "sum").factor() < 1.1


@pytest.mark.parametrize("cell", CELLS)
def test_the_norm_at_a_state_is_that_of_its_gradient(cell):
    losses, states = reader(cell(3, 4, random.Random(0)), 5, random.Random(1))
    result, found = flow(losses, states), tg.gradients(losses[-1])
    parts = [state if isinstance(state, tuple) else (state,) for state in states]
    for k, name in enumerate(result.state_names):
        expected = [norm(found[part[k]]) for part in parts]
        assert result.norms(name) == pytest.approx(expected, rel=1e-14)


def test_a_gradient_of_zero_is_reached_and_one_that_is_cut_is_not():
    a, h, states = tg.Tensor(0.0, name="a"), tg.Tensor(1.0), []
    for _ in range(3):
        h = a * h
        states.append(h)
    assert flow(h * 1.0, states).norms() == [0.0, 0.0, 1.0]
    cut = tg.stop_gradient(states[1]) * 2.0
    assert flow(cut + states[2], [states[0], states[1], states[2], cut]).norms()[3] == 1.0


def test_the_factor_of_a_single_step_is_not_a_number():
    _, states = linear_rnn(0.5, 1)
    assert math.isnan(flow(states[-1] * 1.0, states).factor())


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda y, s: flow(y, s, loss=3), 'loss is "sum" or an index of the 1 losses, got 3'),
        (lambda y, s: flow(y, s, loss="all"), "got 'all'"),
        (lambda y, s: flow(y, s).norms("c"), "no part of the state is called c; there is h"),
        (lambda y, s: flow(y, s).find("v"), "no nodes are named 'v': a weight's name"),
        (lambda y, s: flow(tg.Tensor(1.0) * 2.0).factor(), "this graph has no states: pass"),
        (lambda y, s: flow([tg.Tensor(1.0), y], s, loss=0).lag0(), "does not depend on any state"),
    ],
)
def test_what_cannot_be_answered_is_said(ask, message):
    _, states = linear_rnn(0.5, 3)
    with pytest.raises(ValueError, match=message):
        ask(states[-1] * 1.0, states)


def test_the_table_has_a_row_for_every_loss_and_a_column_for_every_step():
    outputs, states = nn.unroll(nn.LSTMCell(2, 3, random.Random(0)), [asarray([[1.0, 2.0]])] * 4)
    losses = [tg.sum(h) for h in outputs]
    for part in ("h", "c"):
        table = flow(losses, states).table(part)
        assert table == [flow(losses, states, loss=k).norms(part) for k in range(4)]
        assert [[x is not None for x in row] for row in table] == [
            [t <= k for t in range(4)] for k in range(4)
        ]
        relative = flow(losses, states).table(part, normalise="lag0")
        assert relative == [flow(losses, states, loss=k).ratios(part) for k in range(4)]


def test_a_flow_keeps_the_gradients_themselves():
    x = tg.Tensor([3.0, -4.0], name="x")
    followed = flow(tg.sum(x * 2.0))
    assert followed.gradients[0].tolist() == [2.0, 2.0]


def test_the_norm_that_counts_as_one():
    outputs, states = nn.unroll(nn.LSTMCell(2, 3, random.Random(0)), [asarray([[1.0, 2.0]])] * 3)
    followed = flow(100.0 * tg.sum(outputs[-1]), states)
    assert followed.unit() == max(followed.norms("h")[-1], followed.norms("c")[-1])
    assert followed.unit(None) == 1.0
    with pytest.raises(ValueError, match='normalise is "lag0" or None, got 3'):
        followed.unit(3)


def test_the_past_of_the_backward_direction_lies_to_its_right():
    """back.h[t] = w·back.h[t+1], read at step 1: what is one step later is one step back."""
    w, h, states = tg.Tensor(0.5, name="w"), 1.0, [None] * 4
    for t in (3, 2, 1, 0):
        h = w * h
        states[t] = {"back.h": h}
    followed = flow([state["back.h"] * 8.0 for state in states], states, loss=1)
    assert followed.norms() == [None, 8.0, 4.0, 2.0]
    assert followed.lag0() == 1
    assert followed.by_lag() == [8.0, 4.0, 2.0]
    assert followed.ratios() == [None, 1.0, 0.5, 0.25]
    assert followed.factor() == pytest.approx(0.5)
    assert followed.reach(0.4) == 1
    assert followed.unit() == 8.0
    assert followed.table(normalise="lag0")[1] == followed.ratios()
    assert str(followed.why(1, 3)).startswith("back.h: ×0.5 a step back; of that w (largest")
