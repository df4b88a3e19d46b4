"""Truncated against full gradients: by hand, against PyTorch, and as a stream in pieces."""

import math
import random

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.arrays.namespace import entries
from tinygrad_rnn.lab import truncation_bias


class Linear(nn.Module):
    """h' = w·h + v·x, of numbers."""

    def __init__(self, w, v=1.0):
        self.w, self.v = tg.Tensor(w, name="w"), tg.Tensor(v, name="v")

    def __call__(self, x, h):
        return self.w * h + self.v * x


class Model(nn.Module):
    """A cell with a readout."""

    def __init__(self, cell, rng):
        self.cell, self.readout = cell, nn.Linear(cell.hidden_size, 1, rng=rng)


def last(outputs):
    return tg.sum(outputs[-1])


def squares(outputs):
    return sum(tg.sum(h * h) for h in outputs)


def inputs(rng, T, B=2, X=2):
    return [asarray([[rng.gauss(0, 1) for _ in range(X)] for _ in range(B)]) for _ in range(T)]


def vector(grads, parameters):
    return [g for p in parameters for g in entries(grads[p])]


# -- by hand ---------------------------------------------------------------------------------------


def test_a_linear_rnn_by_hand():
    # h = 1, 2.5, 4.25, 6.125; dh[3]/dw = h[2] + w·h[1] + w²·h[0], dh[3]/dv = 4 + 3w + 2w² + w³
    (row,) = truncation_bias(Linear(0.5), [1.0, 2.0, 3.0, 4.0], last, 2, state=0.0).rows
    full, cut = (4.25 + 1.25 + 0.25, 4 + 1.5 + 0.5 + 0.125), (4.25 + 1.25, 4 + 1.5)
    assert row.k == 2
    assert row.zero_from == 2
    assert row.parameters["w"] == (1.0, pytest.approx(cut[0] / full[0]))
    assert row.parameters["v"] == (1.0, pytest.approx(cut[1] / full[1]))
    cosine = (cut[0] * full[0] + cut[1] * full[1]) / (math.hypot(*cut) * math.hypot(*full))
    assert row.total == (pytest.approx(cosine), pytest.approx(math.hypot(*cut) / math.hypot(*full)))


def test_where_the_terms_have_different_signs_the_direction_turns():
    # dh[2]/dw = h[1] + w·h[0] = -0.5 + 1 with everything, -0.5 with a cut at every step
    (row,) = truncation_bias(Linear(1.0), [1.0, -1.5, 0.0], last, 1, state=0.0).rows
    assert row.parameters["w"] == (-1.0, pytest.approx(0.5 / 0.5))


def test_a_gradient_that_is_cut_off_wholly_has_norm_0_and_no_direction():
    # x comes in at the first step only, and v is needed for that alone
    (row,) = truncation_bias(Linear(0.5), [1.0, 0.0, 0.0], last, 1, state=0.0).rows
    assert row.parameters["v"][1] == 0.0
    assert math.isnan(row.parameters["v"].cosine)


def test_a_parameter_that_nothing_needs_has_no_numbers():
    cell = Linear(0.5)
    cell.idle = tg.Tensor(1.0)
    (row,) = truncation_bias(cell, [1.0, 2.0], last, 1, state=0.0).rows
    assert all(map(math.isnan, row.parameters["idle"]))


@pytest.mark.parametrize("loss", [last, squares])
@pytest.mark.parametrize("k", [7, 8])
def test_a_cut_after_the_end_cuts_nothing(loss, k):
    cell = nn.GRUCell(2, 3, random.Random(0))
    (row,) = truncation_bias(cell, inputs(random.Random(1), 7), loss, k).rows
    assert row.zero_from is None
    for agreement in (row.total, *row.parameters.values()):
        assert agreement == (pytest.approx(1.0, abs=1e-12), pytest.approx(1.0, abs=1e-12))


# -- from which lag on it is 0 ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", [nn.RNNCell, nn.LSTMCell, nn.GRUCell])
@pytest.mark.parametrize(
    ("k", "from_last", "from_any"), [(1, 1, 1), (3, 1, 3), (4, 3, 4), (6, 1, 6)]
)
def test_the_lag_depends_on_where_the_last_cut_is(kind, k, from_last, from_any):
    cell, xs = kind(2, 2, random.Random(0)), inputs(random.Random(1), 7, 1)
    found = [truncation_bias(cell, xs, loss, k).rows[0].zero_from for loss in (last, squares)]
    assert found == [from_last, from_any]
    for loss, zero_from in ((last, from_last), (squares, from_any)):
        reached = reached_lags(cell, xs, loss, k)
        assert max(reached) == zero_from - 1


def reached_lags(cell, xs, loss, k):
    """By derivatives: for every state the loss reads, the lags at which it is not absent."""
    outputs, states = nn.unroll(cell, xs, truncate=k)
    steps = [len(xs) - 1] if loss is last else range(len(xs))
    for t in steps:
        found = tg.gradients(tg.sum(outputs[t]))
        for s in range(t + 1):
            parts = states[s] if isinstance(states[s], tuple) else (states[s],)
            if any(part in found for part in parts):
                yield t - s


def test_a_loss_in_the_middle_counts_its_own_lags():
    cell, xs = nn.RNNCell(2, 2, random.Random(0)), inputs(random.Random(1), 9, 1)
    (row,) = truncation_bias(cell, xs, lambda outputs: tg.sum(outputs[5]), 4).rows
    assert row.zero_from == 2


def test_a_state_behind_the_input_is_found_too():
    W = tg.Tensor(asarray([[0.5, 0.2]]), name="W")

    class InputFirst(nn.Module):
        def __init__(self):
            self.W = W

        def __call__(self, x, h):
            return tg.linear(tg.concat([x, h], axis=-1), self.W, asarray([0.0]))

    xs, start = inputs(random.Random(0), 4, 1, 1), asarray([[0.0]])
    (row,) = truncation_bias(InputFirst(), xs, last, 2, state=start).rows
    assert row.zero_from == 2


def test_a_cell_that_cuts_its_own_state_has_nothing_left_to_cut():
    class Deaf(Linear):
        def __call__(self, x, h):
            return super().__call__(x, tg.stop_gradient(h) if isinstance(h, tg.Tensor) else h)

    (row,) = truncation_bias(Deaf(0.5), [1.0, 2.0, 3.0], last, 1, state=0.0).rows
    assert row.zero_from is None
    assert row.total == (pytest.approx(1.0), pytest.approx(1.0))


# -- several, and larger models --------------------------------------------------------------------


def test_several_k_are_each_as_if_alone():
    cell, xs = nn.LSTMCell(2, 3, random.Random(0)), inputs(random.Random(1), 9)
    found = truncation_bias(cell, xs, squares, [1, 2, 5])
    assert found.steps == 9
    alone = [truncation_bias(cell, xs, squares, k).rows[0] for k in (1, 2, 5)]
    assert list(found.rows) == alone


def test_several_losses_count_as_their_sum():
    cell, xs = nn.GRUCell(2, 3, random.Random(0)), inputs(random.Random(1), 6)
    found = truncation_bias(cell, xs, lambda hs: [tg.sum(h * h) for h in hs], 2).rows[0]
    expected = truncation_bias(cell, xs, squares, 2).rows[0]
    assert found.zero_from == expected.zero_from
    assert found.total == pytest.approx(expected.total)


def test_later_cuts_come_nearer_to_the_full_gradient():
    cell, xs = nn.GRUCell(2, 4, random.Random(0)), inputs(random.Random(1), 24)
    errors = []
    for row in truncation_bias(cell, xs, last, [1, 2, 3, 8, 24]).rows:
        assert row.zero_from in (1, 2, 3, 8, None)
        cosine, ratio = row.total
        errors.append(math.sqrt(1 + ratio**2 - 2 * ratio * cosine))  # |cut - full| / |full|
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 0.05


def test_the_parameters_are_those_of_the_module():
    rng = random.Random(0)
    model, xs = Model(nn.RNNCell(2, 3, rng), rng), inputs(rng, 6)
    (row,) = truncation_bias(
        model.cell, xs, lambda hs: tg.sum(tg.square(model.readout(hs[-1]))), 2, module=model
    ).rows
    assert list(row.parameters) == [name for name, _ in model.named_parameters()]
    assert row.parameters["readout.weight"] == (pytest.approx(1.0), pytest.approx(1.0))
    assert row.parameters["cell.W"].cosine < 0.9999


@pytest.mark.parametrize("layers", [1, 2])
def test_layers_are_compared_as_cells_are(layers):
    network = nn.LSTM(2, 3, layers, rng=random.Random(3))
    xs = [tg.arrays.asarray([[0.1 * t, 1.0 - 0.2 * t]]) for t in range(7)]
    found = truncation_bias(network, xs, lambda hs: tg.sum(hs[-1]), [2, 3, 7])
    assert [row.zero_from for row in found.rows] == [1, 1, None]
    assert found.rows[-1].total == pytest.approx((1.0, 1.0))
    assert all(row.total.cosine < 1 for row in found.rows[:2])
    if layers == 1:
        cell = network.cells["l0"]
        alone = truncation_bias(cell, xs, lambda hs: tg.sum(hs[-1]), [2, 3, 7])
        assert [row.total for row in alone.rows] == [row.total for row in found.rows]


def test_an_initial_state_that_learns_hears_nothing_beyond_a_cut():
    cell = nn.RNNCell(2, 3, random.Random(0))
    cell.start = tg.Tensor(asarray([[0.1, 0.2, 0.3]]), name="start")
    xs = inputs(random.Random(1), 4, 1)
    (row,) = truncation_bias(cell, xs, last, 2, state=cell.start).rows
    assert row.parameters["start"].norm_ratio == 0.0


def test_an_embedding_before_the_cell_is_compared_too():
    rng = random.Random(0)
    words = nn.Embedding(5, 2, rng)
    cell = nn.RNNCell(2, 3, rng)
    cell.words = words
    xs = [words([k]) for k in (0, 1, 2, 3)]
    (row,) = truncation_bias(cell, xs, last, 2).rows
    assert 0 < row.parameters["words.weight"].norm_ratio < 1


# -- oracles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("k", [1, 3, 5])
def test_a_stream_of_pieces_with_a_carried_state_is_the_truncated_gradient_exactly(kind, k):
    rng = random.Random(2)
    cell = {"rnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}[kind](2, 3, rng)
    xs, parameters = inputs(rng, 11), list(cell.parameters())
    outputs, state, pieces = [], None, []
    for begin in range(0, len(xs), k):
        piece = nn.unroll(cell, xs[begin : begin + k], state)
        pieces.append(tg.gradients(squares(piece.outputs)))
        outputs += piece.outputs
        state = nn.carried(piece.states[-1])
    whole = nn.unroll(cell, xs).outputs
    assert [h.tolist() for h in outputs] == [h.tolist() for h in whole]
    streamed = [math.fsum(gs) for gs in zip(*(vector(g, parameters) for g in pieces), strict=True)]
    cut = vector(tg.gradients(squares(nn.unroll(cell, xs, truncate=k).outputs)), parameters)
    assert streamed == pytest.approx(cut, rel=1e-12, abs=1e-14)
    full = vector(tg.gradients(squares(whole)), parameters)
    (row,) = truncation_bias(cell, xs, squares, k).rows
    ratio = math.hypot(*streamed) / math.hypot(*full)
    cosine = sum(map(float.__mul__, streamed, full)) / (math.hypot(*streamed) * math.hypot(*full))
    assert row.total == (pytest.approx(cosine, rel=1e-12), pytest.approx(ratio, rel=1e-12))
    assert row.zero_from == k


@pytest.mark.parametrize("k", [1, 2, 3, 4])
@pytest.mark.parametrize("loss", [last, squares])
def test_pytorch_with_detach_finds_the_same(k, loss):
    torch = pytest.importorskip("torch")
    rng = random.Random(3)
    cell, xs = nn.RNNCell(2, 3, rng), inputs(rng, 7)
    (row,) = truncation_bias(cell, xs, loss, k).rows

    def tensor(values, **options):
        return torch.tensor(values, dtype=torch.float64, **options)

    def gradients(cuts):
        W, b = (tensor(p.tolist(), requires_grad=True) for p in (cell.W, cell.b))
        h, total = tensor([[0.0] * 3] * 2), 0.0
        for t, x in enumerate(xs):
            h = h.detach() if cuts and t % k == 0 else h
            h = torch.tanh(torch.cat([h, tensor(x.tolist())], dim=-1) @ W.T + b)
            total = h.sum() if loss is last else total + (h * h).sum()
        return torch.autograd.grad(total, [W, b])

    for name, a, b in zip(("W", "b"), gradients(True), gradients(False), strict=True):
        cosine = torch.nn.functional.cosine_similarity(a.flatten(), b.flatten(), dim=0).item()
        expected = pytest.approx(cosine, rel=1e-10), pytest.approx((a.norm() / b.norm()).item())
        assert row.parameters[name] == expected


# -- as text, and refused --------------------------------------------------------------------------


def test_the_table():
    found = truncation_bias(Linear(0.5), [1.0, 2.0, 3.0, 4.0], last, [1, 2, 4], state=0.0)
    assert repr(found) == str(found)
    lines = [" ".join(line.split()) for line in str(found).splitlines()]
    assert lines[0] == "truncated against full BPTT over 4 steps: cosine ×norm ratio"
    assert lines[2] == "k = 1 k = 2 k = 4"
    assert lines[3] == "zero from lag 1 lag 2 nothing is cut"
    assert lines[5] == "w 1.000 ×0.74 1.000 ×0.96 1.000 ×1.00"
    assert lines[6].startswith("v 1.000 ×")


@pytest.mark.parametrize(
    ("cell", "loss", "truncate", "error", "message"),
    [
        (lambda x, h: h + x, last, 2, ValueError, "the cell is no Module: pass module="),
        (Linear(1.0), last, [], ValueError, "needs at least one k"),
        (Linear(1.0), last, 0, ValueError, "truncate must be a whole number of at least 1"),
        (Linear(1.0), last, [1, 2.5], ValueError, "truncate must be a whole number of at least 1"),
        (Linear(1.0), lambda hs: hs[-1].item(), 1, TypeError, "a loss is a Tensor, got float"),
    ],
)
def test_what_cannot_be_compared_is_refused(cell, loss, truncate, error, message):
    with pytest.raises(error, match=message):
        truncation_bias(cell, [1.0, 2.0], loss, truncate, state=0.0)
