"""Why a gradient shrinks: on cells of which it is known, by hand, what took how much."""

import math
import random

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.graph import flow

TURN = [[0.8, -0.6], [0.6, 0.8]]  # orthogonal: it keeps every length


def unrolled(step, steps, h=(0.3, -0.4)):
    """The states of h' = step(h)."""
    h, states = asarray([list(h)]), []
    for _ in range(steps):
        h = step(h)
        states.append(h)
    return tg.sum(states[-1]), states


def near(parts, **expected):
    whole = {"activation": 0.0, "recurrent weight": 0.0, "gates": 0.0, "rest": 0.0}
    whole |= {key.replace("_", " "): value for key, value in expected.items()}
    return parts == pytest.approx(whole, abs=1e-12)


def test_in_a_linear_rnn_the_recurrent_weight_takes_all():
    W = tg.Tensor([[0.5, 0.0], [0.0, 0.5]], name="W")
    why = flow(*unrolled(lambda h: tg.linear(h, W), 6)).why()
    assert why.total == pytest.approx(5 * math.log10(0.5))
    assert near(why.parts, recurrent_weight=why.total)
    assert why.singular_values == pytest.approx({"W": 0.5})
    assert str(why) == "h: ×0.5 a step back; of that W (largest singular value 0.5) takes ×0.5"


def test_where_the_weight_is_orthogonal_the_activation_takes_all():
    W = tg.Tensor(TURN, name="W")
    why = flow(*unrolled(lambda h: tg.tanh(tg.linear(h, W)), 6)).why()
    assert why.total < -0.05
    assert near(why.parts, activation=why.total)
    assert why.singular_values == pytest.approx({"W": 1.0})


def test_the_input_that_is_joined_to_the_state_counts_with_the_weight():
    """W·[h, x]: what flows back into x is lost to h, and that is the weight's doing."""
    W = tg.Tensor([[0.5, 0.0, 3.0], [0.0, 0.5, 4.0]], name="W")
    x = tg.Tensor([[1.0]], name="x[0]")
    why = flow(*unrolled(lambda h: tg.linear(tg.concat([h, x], axis=-1), W), 4)).why()
    assert near(why.parts, recurrent_weight=3 * math.log10(0.5))
    assert why.singular_values == pytest.approx({"W": 0.5})


def test_in_an_lstm_without_recurrent_weights_the_gates_on_the_straight_road_take_all():
    cell = nn.LSTMCell(1, 2, random.Random(0))
    for gate in "figo":
        columns = [[0.0, 0.0, row[2]] for row in getattr(cell, f"W_{gate}").tolist()]
        setattr(cell, f"W_{gate}", tg.Tensor(columns, name=f"W_{gate}"))
    _, states = nn.unroll(cell, [asarray([[0.7]])] * 5)
    followed = flow(tg.sum(states[-1].c), states)
    why = followed.why(name="c")
    assert why.total < -0.1
    assert near(why.parts, gates=why.total)
    assert followed.road().share == pytest.approx(1.0)


def test_scaling_by_a_number_is_neither_gate_nor_weight():
    why = flow(*unrolled(lambda h: 0.5 * h + 0.0 * tg.Tensor([[1.0, 1.0]]), 3)).why()
    assert near(why.parts, rest=2 * math.log10(0.5))


def test_a_product_with_what_the_step_computed_is_a_gate():
    w = tg.Tensor([[0.1, 0.2]], name="w")

    def step(h):
        gate = tg.sigmoid(tg.stop_gradient(h) * w)
        return gate * h

    assert near((why := flow(*unrolled(step, 4)).why()).parts, gates=why.total)


@pytest.mark.parametrize("loss", [-1, 3, "sum"])
@pytest.mark.parametrize("kind", [nn.RNNCell, nn.LSTMCell, nn.GRUCell])
def test_the_parts_sum_to_the_whole_and_so_do_the_steps(kind, loss):
    rng = random.Random(1)
    xs = [tg.Tensor([[rng.gauss(0, 1), rng.gauss(0, 1)]] * 2) for _ in range(9)]
    outputs, states = nn.unroll(kind(2, 3, rng), xs)
    followed = flow([tg.sum(tg.square(h)) for h in outputs], states, loss)
    for ends in [(followed.lag0(), 0), (3, 2), (1, 3)]:
        why = followed.why(*ends)
        norms = followed.norms()
        assert why.total == pytest.approx(
            math.log10(norms[min(ends)] / norms[max(ends)]), abs=1e-12
        )
        assert sum(why.parts.values()) == pytest.approx(why.total, abs=1e-12)
        for part, taken in why.parts.items():
            assert sum(row[part] for row in why.by_step.values()) == pytest.approx(taken, abs=1e-12)


def test_steps_count_from_the_end_too_and_without_any_all_are_meant():
    w = tg.Tensor(0.5, name="w")
    followed = flow(*unrolled(lambda h: tg.tanh(w * h), 5))
    assert followed.why(-1, 0) == followed.why(4, 0) == followed.why(0, 4) == followed.why()
    assert followed.road(-1, -5) == followed.road()
    with pytest.raises(TypeError, match="a step is a whole number, got 1.5"):
        followed.why(1.5, 0)


def test_a_sigmoid_is_saturated_when_it_is_flat_for_a_sigmoid():
    w, late = tg.Tensor(1.0, name="w"), asarray([[0.0, 2.0]])
    flat = flow(*unrolled(lambda h: tg.sigmoid(w * h), 3)).why()
    assert "saturated" not in str(flat)
    flat = flow(*unrolled(lambda h: tg.sigmoid(w * h + late * 2.0), 3)).why()
    assert "unit 1 is saturated (sigmoid' 0.0" in str(flat)


def test_a_share_of_the_walk_goes_where_that_share_of_the_squared_norm_came_from():
    """h' = 3·h + w·h with w = 4: 9/25 of the walk gains 3, and 16/25 gains 4, by the weight."""
    w = tg.Tensor(4.0, name="w")
    why = flow(*unrolled(lambda h: 3.0 * h + w * h, 2)).why()
    assert why.total == pytest.approx(math.log10(7))
    assert why.parts["recurrent weight"] == pytest.approx(16 / 25 * math.log10(4))


def test_the_flattest_activation_has_an_address():
    bias = asarray([[0.0, 0.0]])
    late = asarray([[0.0, 3.0]])
    states, h, w = [], asarray([[0.1, 0.1]]), tg.Tensor(0.9, name="w")
    for t in range(5):
        h = tg.tanh(w * h + (late if t == 3 else bias))
        states.append(h)
    why = flow(tg.sum(h), states).why()
    assert (why.flattest.t, why.flattest.unit, why.flattest.op) == (3, 1, "tanh")
    assert why.flattest.value == pytest.approx(1 - states[3].tolist()[0][1] ** 2)
    assert "at t=3 unit 1 is saturated (tanh' 0.00" in str(why)


def test_an_op_of_your_own_is_an_activation_if_it_goes_entry_by_entry():
    @tg.primitive
    def softsign_of_test(x):
        return x / (1.0 + abs(x))

    @softsign_of_test.vjp
    def softsign_vjp(g, y, x):
        return g / tg.square(1.0 + tg.abs(x))

    w = tg.Tensor(1.0, name="w")
    try:
        why = flow(*unrolled(lambda h: softsign_of_test(w * h), 4)).why()
    finally:
        del tg.OPS["softsign_of_test"]
    assert near(why.parts, activation=why.total)
    assert str(why).startswith("h: ×0.68 a step back; of that softsign_of_test' takes ×0.68")


def test_the_largest_singular_value_is_that_of_the_recurrent_block_alone():
    numpy = pytest.importorskip("numpy")
    cell = nn.GRUCell(3, 5, random.Random(4))
    outputs, states = nn.unroll(cell, [asarray([[0.1, 0.2, 0.3]])] * 4)
    values = flow(tg.sum(outputs[-1]), states).why().singular_values
    for name in ("W_r", "W_z", "W_hn"):
        block = numpy.array(getattr(cell, name).tolist())[:, :5]
        assert values[name] == pytest.approx(numpy.linalg.norm(block, 2), rel=1e-6)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda f: f.why(9, 0), "there is no h at step 9, of 4 steps"),
        (lambda f: f.why(2, 2), "two different steps, got step 2 alone"),
        (lambda f: f.why(3, 0), "the gradient of h at step 3 is not reached: choose another"),
        (lambda f: f.why(-9, 0), "there is no h at step -9, of 4 steps"),
        (lambda f: f.why(name="c"), "no part of the state is called c"),
    ],
)
def test_a_question_without_an_answer_is_refused(ask, message):
    w = tg.Tensor(0.5, name="w")
    _, states = unrolled(lambda h: w * h, 4)
    followed = flow([tg.sum(h) for h in states], states, 2)
    with pytest.raises(ValueError, match=message):
        ask(followed)
