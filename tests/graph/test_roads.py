"""The straight road through gates, against products by hand and whole Jacobians."""

import math
import random

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.graph import flow


def lstm(steps, batch=1):
    cell = nn.LSTMCell(2, 3, random.Random(2))
    xs = [asarray([[0.1 * t, -0.2]] * batch) for t in range(steps)]
    outputs, states = nn.unroll(cell, xs)
    return cell, xs, flow(tg.sum(outputs[-1]), states)


def test_the_straight_road_of_an_lstm_is_the_product_of_its_forget_gates():
    _, _, followed = lstm(5)
    road = followed.road(4, 1)
    sigmoids = [
        node.value.tolist()[0]
        for node in followed.recorded.order
        if node.op and node.op.name == "sigmoid"
        and followed.recorded.steps[node] in (2, 3, 4)
        and node.inputs[0].inputs[1].name == "W_f"
    ]
    assert len(sigmoids) == 3
    diagonal = [math.prod(f[k] for f in sigmoids) for k in range(3)]
    assert road.part == "c"
    for i, row in enumerate(road.straight):
        expected = [diagonal[i] if i == j else 0.0 for j in range(3)]
        assert row == pytest.approx(expected, abs=1e-15)


def test_straight_and_around_sum_to_the_jacobian():
    cell, xs, followed = lstm(4, batch=2)
    road = followed.road(3, 1)

    def c_last(c):
        h = tg.sigmoid(tg.linear(before, cell.W_o.value, cell.b_o.value)) * tg.tanh(c)
        state = h, c
        for x in xs[2:]:
            state = cell.detach()(x, state)
        return state[1]

    h0 = followed.recorded.states[0]["h"].value
    before = tg.concat([h0, xs[1]], axis=-1)
    whole = tg.jacobian(c_last)(followed.recorded.states[1]["c"].value)
    flat = tg.reshape(whole, (6, 6)).tolist()
    for row, expected in zip(road.full, flat, strict=True):
        assert row == pytest.approx(expected, rel=1e-12, abs=1e-15)
    for full, straight, around in zip(road.full, road.straight, road.around, strict=True):
        assert full == pytest.approx([a + b for a, b in zip(straight, around, strict=True)])


def test_a_plain_rnn_has_no_straight_road_and_a_sum_has_nothing_else():
    outputs, states = nn.unroll(nn.RNNCell(1, 2, random.Random(0)), [asarray([[1.0]])] * 4)
    assert flow(tg.sum(outputs[-1]), states).road().share == 0.0
    h, states = tg.Tensor([0.1, 0.2]), []
    for _ in range(4):
        h = h + h
        states.append(h)
    road = flow(tg.sum(h), states).road(3, 0)
    assert road.full == [[8.0, 0.0], [0.0, 8.0]]
    assert road.share == pytest.approx(1.0)
    assert str(road) == "dh[3]/dh[0]: norm 11, of its straight part 11, which makes up 100% of it"


def test_of_a_gru_the_road_is_the_update_gate():
    cell = nn.GRUCell(1, 2, random.Random(0))
    outputs, states = nn.unroll(cell, [asarray([[1.0]])] * 3)
    followed = flow(tg.sum(outputs[-1]), states)
    hx = tg.concat([states[1], asarray([[1.0]])], axis=-1)
    z = tg.sigmoid(tg.linear(hx, cell.W_z, cell.b_z)).tolist()[0]
    assert [row[i] for i, row in enumerate(followed.road(2, 1).straight)] == pytest.approx(z)


def test_where_there_is_no_way_the_share_is_nan():
    h, states = tg.Tensor([1.0]), []
    for _ in range(2):
        h = tg.stop_gradient(h) * tg.Tensor([2.0])
        states.append(h)
    road = flow(tg.sum(h) + tg.sum(states[0]), states).road(1, 0)
    assert road.full == [[0.0]]
    assert math.isnan(road.share)
    assert str(road).endswith("which makes up nothing of it")


def test_a_step_that_does_not_exist_is_refused():
    _, _, followed = lstm(3)
    with pytest.raises(ValueError, match="there is no c at step 7, of 3 steps"):
        followed.road(7, 0)
