"""What reaches the first step: against the definition, by hand, in extreme cases, and in words."""

import math
import random
import re
import statistics
import time

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.arrays import asarray, zeros
from tinygrad_rnn.arrays.namespace import norm
from tinygrad_rnn.lab import Setup, Survival, log_ratio, survival, sweep, verdict


def numbers(rng, T, X=2):
    return [asarray([[rng.gauss(0, 1) for _ in range(X)]]) for _ in range(T)]


class Linear:
    """h' = w·h + x."""

    def __init__(self, w):
        self.w = w

    def initial_state(self, batch):
        return zeros((batch, 2))

    def __call__(self, x, h):
        return self.w * h + x


def survived(*logs, **setup):
    return Survival(Setup(**setup), logs)


# -- the ratio -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("rnn", nn.RNNCell),
        ("gru", nn.GRUCell),
        ("lstm", lambda X, H, rng: nn.LSTMCell(X, H, rng, forget_bias=2.0)),
    ],
)
def test_it_is_the_definition_in_a_graph_that_records_everything(kind, make):
    for seed in range(3):
        rng = random.Random(seed)
        cell, xs = make(2, 8, rng), numbers(rng, 12)
        states = nn.unroll(cell, xs).states
        first, last = (getattr(s, "h", s) for s in (states[0], states[-1]))
        found = tg.gradients(tg.sum(last))
        expected = math.log10(norm(found[first]) / norm(found[last]))
        measured = survival(Setup(kind, 12, forget_bias=2.0), [seed]).logs
        assert measured == (pytest.approx(expected, abs=1e-12),)


@pytest.mark.parametrize("w", [0.5, 1.0, 3.0])
def test_the_ratio_of_a_linear_cell_is_its_weight_to_the_power_of_the_lag(w):
    assert log_ratio(Linear(w), numbers(random.Random(0), 11)) == pytest.approx(10 * math.log10(w))


def test_it_is_of_h_alone_and_leaves_out_what_goes_through_c():
    def cell(x, state):
        h, c = state
        return 0.5 * h + c + x, 2.0 * c + h

    xs = numbers(random.Random(0), 3)
    zero = zeros((1, 2))
    cell.initial_state = lambda batch: (zero, zero)
    # h_2 = 0.5·h_1 + ..., c_2 = h_1 + ...; h_3 = 0.5·h_2 + c_2
    assert log_ratio(cell, xs) == pytest.approx(math.log10(0.25 + 1.0))


def test_a_gradient_that_never_arrives_is_minus_infinity():
    assert log_ratio(Linear(0.0), numbers(random.Random(0), 5)) == -math.inf


def test_a_module_is_left_as_it_was_and_gets_no_gradient():
    cell = nn.RNNCell(2, 3, random.Random(0))
    W = cell.W
    log_ratio(cell, numbers(random.Random(1), 5))
    assert cell.W is W
    assert W.grad is None


@pytest.mark.timed
def test_two_hundred_steps_are_a_matter_of_milliseconds():
    start = time.process_time()
    survival(Setup("lstm", 200), range(2))
    assert time.process_time() - start < 1.0  # 0.07 s where nothing else runs


# -- over seeds ------------------------------------------------------------------------------------


def test_mean_deviation_and_factor_by_hand():
    found = survived(-2.0, -4.0, -6.0, length=11)
    assert found.mean == -4.0
    assert found.deviation == statistics.stdev([2, 4, 6]) == 2.0
    assert found.factor == pytest.approx(10**-0.4)


def test_seeds_without_a_ratio_are_left_out_of_the_mean():
    found = survived(-2.0, -math.inf, -4.0, math.nan, length=3)
    assert found.finite == [-2.0, -4.0]
    assert (found.mean, found.factor) == (-3.0, pytest.approx(10**-1.5))


def test_one_seed_has_no_deviation():
    assert math.isnan(survived(-2.0).deviation)


def test_where_no_seed_has_a_ratio_the_mean_says_why():
    lost = survival(Setup("rnn", 20, scale=0.0), range(3))
    assert lost.mean == -math.inf
    assert lost.factor == 0.0
    assert math.isnan(lost.deviation)


@pytest.mark.parametrize(
    ("setup", "expected"),
    [
        (Setup("lstm", 101, forget_bias=0.0), 100 * math.log10(0.5)),
        (Setup("lstm", 101, forget_bias=3.0), -100 * math.log10(1 + math.exp(-3))),
        (Setup("lstm", 101, forget_bias=3.0, scale=2.0), -100 * math.log10(1 + math.exp(-3))),
        (Setup("gru", 101, forget_bias=3.0), 100 * math.log10(0.5)),
        (Setup("rnn", 101), -50 * math.log10(3)),
        (Setup("rnn", 101, scale=-2.0, init="orthogonal"), 100 * math.log10(2)),
        (Setup("rnn", 101, scale=0.0), -math.inf),
        (Setup("lstm", 101, init="chrono"), None),
    ],
)
def test_the_closed_form_by_hand(setup, expected):
    assert setup.closed_form() == (expected if expected is None else pytest.approx(expected))


def test_the_closed_form_is_what_the_forget_gates_let_through():
    # with weights near 0, h hardly hears of itself: what goes back from h to h goes through c
    class Straight(nn.LSTMCell):
        def __call__(self, x, state):
            h, c = super().__call__(x, state)
            return nn.LSTMState(c, c)

    cell = Straight(2, 4, random.Random(0), forget_bias=1.5)
    cell = cell.map(lambda p: p if p.name == "b_f" else tg.Tensor(p.value * 1e-9, name=p.name))
    cell = cell.replace(b_f=tg.Tensor(cell.b_f.value * 0.0 + 1.5))
    xs = numbers(random.Random(1), 30)
    start = tg.Tensor(zeros((1, 4)))
    last = nn.unroll(cell.detach(), xs[1:], nn.LSTMState(zeros((1, 4)), start)).outputs[-1]
    ratio = norm(tg.gradients(tg.sum(last))[start]) / 2.0
    closed = Setup("lstm", 30, forget_bias=1.5).closed_form()
    assert math.log10(ratio) == pytest.approx(closed, abs=1e-6)


@pytest.mark.parametrize("init", ["uniform", "xavier", "orthogonal"])
def test_without_tanh_an_rnn_has_its_closed_form_in_the_mean_square(init):
    setup = Setup("rnn", 2, init=init, hidden_size=20)
    ones = asarray([[1.0] * 20])
    rows = [
        norm(ones @ setup.make(random.Random(seed)).W.value[:, :20]) ** 2 / 20
        for seed in range(200)
    ]
    assert statistics.fmean(rows) == pytest.approx(10 ** (2 * setup.closed_form()), rel=0.08)


# -- sweeps ----------------------------------------------------------------------------------------


def test_a_sweep_is_one_measurement_for_each_value():
    base = Setup("gru", 6)
    found = list(sweep(base, "length", [2, 6], range(2)))
    assert found == [survival(base._replace(length=2), range(2)), survival(base, range(2))]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("cell", ["rnn", "gru"]),
        ("hidden_size", [2, 3]),
        ("input_size", [1, 3]),
        ("init", ["orthogonal", "chrono"]),
        ("scale", [0.5, 2.0]),
        ("forget_bias", [0.0, 2.0]),
    ],
)
def test_every_field_makes_a_difference(field, values):
    found = [one.logs for one in sweep(Setup("lstm", 8), field, values, range(2))]
    assert found[0] != found[1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: survival(Setup(length=1)), "from the first to the last needs 2 steps, got 1"),
        (lambda: survival(Setup(), []), "needs at least one seed, got none"),
        (lambda: survival(Setup("elman")), "a cell is one of rnn, lstm, gru"),
        (lambda: survival(Setup(hidden_size=0)), "hidden_size must be a whole number"),
        (lambda: list(sweep(Setup(), "T", [3])), "a field is one of cell, length, .*, got 'T'"),
        (lambda: list(sweep(Setup("gru"), "forget_bias", [3])), "a cell 'gru' has none"),
        (lambda: list(sweep(Setup(init="chrono"), "forget_bias", [3])), "chrono draws it"),
    ],
)
def test_what_cannot_be_measured_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# -- in words --------------------------------------------------------------------------------------

LOST, HEARD, GROWN = (-9.0, -9.2), (-1.0, -1.2), (5.0, 5.2)
GATE = r"ln\(T-1\) = 4.6"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (survived(*LOST), f"^at T = 100 the first step gets 8e-10 of the last: raise .* {GATE}$"),
        (survived(*LOST, forget_bias=5.0), "its forget gate is open: c adds up until"),
        (survived(*LOST, init="chrono"), "chrono's input gates are nearly shut"),
        (survived(*LOST, cell="gru"), f"open its update gate: .* {GATE}$"),
        (survived(*LOST, cell="rnn"), f"start orthogonal and scaled up, .* {GATE}$"),
        (survived(*LOST, cell="rnn", init="orthogonal"), ": scale the recurrent weight up"),
        (survived(*HEARD, cell="rnn"), "gets 0.079 of the last: it is heard$"),
        (survived(*GROWN), "gets 1e5 of the last: it explodes: scale the recurrent weight down"),
        (survived(-8.0, 4.0), r"gets 0.01 of the last, but the seed decides: from 1e-8 to 1e4$"),
        (survived(-math.inf), "gets nothing that a float can hold of the last: raise"),
        (survived(math.inf), "gets more than a float can hold of the last: it explodes"),
        (survived(math.nan), "gets more than a float can hold of the last: it explodes"),
        (survived(-1.0), "it is heard$"),
        (survived(-2.9), "it is heard$"),
        (survived(-3.1), "raise the forget bias"),
    ],
)
def test_the_verdict(found, said):
    assert re.search(said, verdict(found))


@pytest.mark.parametrize(
    ("cell", "advised"),
    [
        ("rnn", {"init": "orthogonal", "scale": 2.0}),
        ("rnn", {"cell": "lstm", "forget_bias": math.log(99)}),
        ("lstm", {"forget_bias": math.log(99)}),
        ("gru", {"init": "chrono"}),
    ],
)
def test_who_takes_the_advice_hears_the_first_step(cell, advised):
    before = survival(Setup(cell), range(8))
    after = survival(Setup(**{"cell": cell, **advised}), range(8))
    assert before.mean < -7
    assert after.mean > -3


def test_the_flat_tanh_of_an_open_forget_gate_is_true():
    cell = Setup("lstm", 400, forget_bias=9.0).make(random.Random(3))
    state = nn.unroll(cell.detach(), numbers(random.Random(4), 400)).states[-1]
    slopes = [1 - math.tanh(c) ** 2 for c in state.c.tolist()[0]]
    assert statistics.median(slopes) < 0.01


def test_chrono_takes_its_part_once_and_not_with_every_step():
    near, far = (survival(Setup("lstm", T, init="chrono"), range(8)).mean for T in (20, 100))
    assert -2.9 < near < -1.9
    assert far > near - 1.2  # one bias for all would lose five times as many digits
