"""The cells: by hand, against their equations number by number, and against PyTorch."""

import functools
import math
import random

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.exchange import from_torch, to_torch

CELLS = {"RNNCell": nn.RNNCell, "LSTMCell": nn.LSTMCell, "GRUCell": nn.GRUCell}


def parts(state):
    """The parts of a state: (h,) or (h, c)."""
    return tuple(state) if isinstance(state, tuple) else (state,)


def like_state(state, values):
    return nn.LSTMState(*values) if isinstance(state, tuple) else values[0]


def numbers(rng, *shape):
    """Normal numbers in nested lists."""
    if not shape:
        return rng.gauss(0, 1)
    return [numbers(rng, *shape[1:]) for _ in range(shape[0])]


def sigma(a):
    return 1 / (1 + math.exp(-a))


def close(actual, expected, within=1e-12):
    """Same shape, and every number equal within `within`, relative above 1."""
    a, e = asarray(actual), asarray(expected)
    assert a.shape == e.shape
    for p, q in zip(*(tg.reshape(v, (-1,)).tolist() for v in (a, e)), strict=True):
        assert abs(p - q) <= within * max(1, abs(q)), (a, e)


# -- by hand: H = X = 1, two steps --------------------------------------------------------------


def loaded(cell, **weights):
    cell.load_state_dict({name: asarray(value) for name, value in weights.items()})
    return cell


def one_by_one(x):
    return asarray([[x]])


def test_the_rnn_of_two_steps_is_tanh_of_wh_plus_ux_plus_b():
    cell = loaded(nn.RNNCell(1, 1), W=[[0.5, -0.25]], b=[0.125])
    outputs, states = nn.unroll(cell, [one_by_one(1.0), one_by_one(-2.0)])
    h0 = math.tanh(0.5 * 0 - 0.25 * 1 + 0.125)
    h1 = math.tanh(0.5 * h0 - 0.25 * -2 + 0.125)
    close([h.tolist() for h in outputs], [[[h0]], [[h1]]])
    assert [h.name for h in states] == ["h[0]", "h[1]"]


def test_the_rnn_gradient_is_the_sum_of_delta_times_the_state_before():
    W, U, b, x = 0.5, -0.25, 0.125, (1.0, -2.0)
    cell = loaded(nn.RNNCell(1, 1), W=[[W, U]], b=[b])
    outputs = nn.unroll(cell, [one_by_one(v) for v in x], asarray([[0.75]])).outputs
    found = tg.gradients(tg.sum(outputs[1] * outputs[1]))
    h0 = math.tanh(W * 0.75 + U * x[0] + b)
    h1 = math.tanh(W * h0 + U * x[1] + b)
    delta1 = 2 * h1 * (1 - h1 * h1)  # L = h1²; delta is dL/da before the tanh
    delta0 = delta1 * W * (1 - h0 * h0)
    close(found[cell.W], [[delta1 * h0 + delta0 * 0.75, delta1 * x[1] + delta0 * x[0]]])
    close(found[cell.b], [delta1 + delta0])


def test_the_rnn_gradient_of_two_units_is_an_outer_product():
    W, x = [[0.5, -1.0, 0.25], [0.125, 0.75, -0.5]], 2.0
    cell = loaded(nn.RNNCell(1, 2), W=W, b=[0.1, -0.2])
    h = [0.3, -0.6]
    new = cell(one_by_one(x), asarray([h]))
    found = tg.gradients(tg.sum(new * asarray([[1.0, -3.0]])))
    rows = zip(W, (0.1, -0.2), strict=True)
    a = [row[0] * h[0] + row[1] * h[1] + row[2] * x + b for row, b in rows]
    delta = [v * (1 - math.tanh(s) ** 2) for v, s in zip((1.0, -3.0), a, strict=True)]
    close(new.tolist(), [[math.tanh(s) for s in a]])
    close(found[cell.W], [[d * v for v in (*h, x)] for d in delta])


def lstm_by_hand(weights, x, h, c):
    f, i, g, o = (w[0] * h + w[1] * x + b for w, b in weights)
    c = sigma(f) * c + sigma(i) * math.tanh(g)
    return sigma(o) * math.tanh(c), c


def test_the_lstm_of_two_steps_forgets_takes_in_and_shows():
    gates = {"f": ((0.5, -0.25), 1.0), "i": ((1.5, 0.75), -0.5)}
    gates |= {"g": ((-1.0, 0.5), 0.25), "o": ((0.125, 2.0), 0.0)}
    weights = {f"W_{k}": [list(w)] for k, (w, _) in gates.items()}
    cell = loaded(nn.LSTMCell(1, 1), **weights, **{f"b_{k}": [b] for k, (_, b) in gates.items()})
    states = nn.unroll(cell, [one_by_one(1.0), one_by_one(-2.0)]).states
    first = lstm_by_hand(gates.values(), 1.0, 0.0, 0.0)
    second = lstm_by_hand(gates.values(), -2.0, *first)
    close([[part.item() for part in state] for state in states], [first, second])


def test_the_lstm_gradient_of_the_long_memory_is_the_forget_gate():
    cell = nn.LSTMCell(1, 1, random.Random(0))
    c = tg.Tensor([[0.5]])
    new = cell(one_by_one(1.0), (asarray([[0.25]]), c))
    f = sigma(cell.W_f.tolist()[0][0] * 0.25 + cell.W_f.tolist()[0][1] + cell.b_f.item())
    close(tg.gradients(tg.sum(new.c))[c], [[f]])


def test_the_gru_of_two_steps_resets_after_the_product():
    state = {"W_r": [[0.5, -1.0]], "b_r": [0.25], "W_z": [[-0.75, 1.5]], "b_z": [0.5]}
    state |= {"W_xn": [[2.0]], "b_xn": [-0.125], "W_hn": [[-0.5]], "b_hn": [1.0]}
    cell = loaded(nn.GRUCell(1, 1), **state)
    h, expected = 0.0, []
    for x in (1.0, -2.0):
        r, z = sigma(0.5 * h - x + 0.25), sigma(-0.75 * h + 1.5 * x + 0.5)
        n = math.tanh(2 * x - 0.125 + r * (-0.5 * h + 1.0))
        h = (1 - z) * n + z * h
        expected.append(h)
    found = nn.unroll(cell, [one_by_one(1.0), one_by_one(-2.0)]).outputs
    close([h.item() for h in found], expected)


# -- number by number: the same equations on scalar Tensors, no array anywhere --------------------


def scalar_affine(weights, biases, entries):
    products = ([w * v for w, v in zip(row, entries, strict=True)] for row in weights)
    return [sum(p[1:], p[0]) + b for p, b in zip(products, biases, strict=True)]


def scalar_rnn(p, x, h):
    return ([tg.tanh(a) for a in scalar_affine(p["W"], p["b"], h + x)],)


def scalar_lstm(p, x, h, c):
    a = {k: scalar_affine(p[f"W_{k}"], p[f"b_{k}"], h + x) for k in "figo"}
    f, i, o = ([tg.sigmoid(v) for v in a[k]] for k in "fio")
    kept = zip(f, c, i, [tg.tanh(v) for v in a["g"]], strict=True)
    c = [f * c + i * g for f, c, i, g in kept]
    return [o * tg.tanh(c) for o, c in zip(o, c, strict=True)], c


def scalar_gru(p, x, h):
    r, z = ([tg.sigmoid(a) for a in scalar_affine(p[f"W_{k}"], p[f"b_{k}"], h + x)] for k in "rz")
    xn, hn = scalar_affine(p["W_xn"], p["b_xn"], x), scalar_affine(p["W_hn"], p["b_hn"], h)
    n = [tg.tanh(a + r * b) for a, r, b in zip(xn, r, hn, strict=True)]
    return ([(1 - z) * n + z * h for z, n, h in zip(z, n, h, strict=True)],)


SCALAR = {"RNNCell": scalar_rnn, "LSTMCell": scalar_lstm, "GRUCell": scalar_gru}


def scalars(nested):
    return [scalars(v) for v in nested] if isinstance(nested, list) else tg.Tensor(nested)


def mapped(f, nested):
    return [mapped(f, v) for v in nested] if isinstance(nested, list) else f(nested)


@pytest.mark.parametrize("kind", CELLS)
def test_scalars_one_by_one_and_arrays_are_the_same_network(kind):
    rng = random.Random(3)
    cell, xs = CELLS[kind](2, 3, rng), numbers(rng, 4, 2)
    p = {name: scalars(value.tolist()) for name, value in cell.state_dict().items()}
    state = [[0.0] * 3 for _ in parts(cell.initial_state(1))]
    total = 0.0
    for x in xs:
        state = SCALAR[kind](p, x, *state)
        total = total + sum(h * (k + 1) for k, h in enumerate(state[0]))
    outputs = nn.unroll(cell, [asarray([x]) for x in xs]).outputs
    loss = sum(tg.sum(h * asarray([[1.0, 2.0, 3.0]])) for h in outputs)
    close([h.item() for h in state[0]], outputs[-1].tolist()[0])
    close(loss.item(), total.item())
    ours, theirs = tg.gradients(loss), tg.gradients(total)
    for name, parameter in cell.named_parameters():
        close(ours[parameter], mapped(theirs.__getitem__, p[name]))


# -- other values, other libraries ----------------------------------------------------------------


def run(cell, xs, state):
    """(states, dL/dparameters, dL/dxs, dL/dstate) with L = Σ h·(1, 2, ...) over the steps + Σ c."""
    states = nn.unroll(cell, xs, state).states
    outputs = [parts(s)[0] for s in states]
    loss = sum(tg.sum(h * (t + 1.0) * h) for t, h in enumerate(outputs))
    loss = loss + sum(tg.sum(part) for part in parts(states[-1]))
    found = tg.gradients(loss)
    named = {name: found[p] for name, p in cell.named_parameters()}
    return states, named, [found[x] for x in xs], [found[s] for s in parts(state)]


def problem(kind, seed=7, T=5, B=3, X=2, H=4):
    rng = random.Random(seed)
    cell = CELLS[kind](X, H, rng)
    xs = numbers(rng, T, B, X)
    return cell, xs, [numbers(rng, B, H) for _ in parts(cell.initial_state(B))]


def tensors(cell, xs, state, kind=asarray):
    made = [tg.Tensor(kind(s)) for s in state]
    return [tg.Tensor(kind(x)) for x in xs], like_state(cell.initial_state(), made)


@pytest.mark.parametrize("kind", CELLS)
def test_numpy_values_give_what_our_arrays_give(kind):
    numpy = pytest.importorskip("numpy")
    cell, xs, state = problem(kind)
    other = cell.map(lambda t: tg.Tensor(numpy.asarray(t.value), name=t.name))
    ours = run(cell, *tensors(cell, xs, state))
    theirs = run(other, *tensors(other, xs, state, numpy.array))
    assert isinstance(parts(theirs[0][-1])[0].value, numpy.ndarray)
    for mine, its in zip(ours[0], theirs[0], strict=True):
        close([p.tolist() for p in parts(mine)], [p.tolist() for p in parts(its)])
    for name, gradient in ours[1].items():
        close(gradient, theirs[1][name].tolist())
    for mine, its in zip(ours[2] + ours[3], theirs[2] + theirs[3], strict=True):
        close(mine, its.tolist())


def torch_run(torch, kind, cell, xs, state):
    """`run`, by PyTorch; its gradients under our names, by way of `from_torch`."""
    theirs = getattr(torch.nn, kind)(cell.input_size, cell.hidden_size, dtype=torch.float64)
    double = functools.partial(torch.tensor, dtype=torch.float64)
    theirs.load_state_dict({n: double(v.tolist()) for n, v in to_torch(cell).items()})
    xs, state = ([double(v, requires_grad=True) for v in vs] for vs in (xs, state))
    now, loss, states = state, 0.0, []
    for t, x in enumerate(xs):
        now = parts(theirs(x, now[0] if len(now) == 1 else tuple(now)))
        loss = loss + ((t + 1.0) * now[0] * now[0]).sum()
        states.append([part.tolist() for part in now])
    (loss + sum(part.sum() for part in now)).backward()
    grads = {n: p.grad.clone() for n, p in theirs.named_parameters()}
    assert kind == "GRUCell" or torch.equal(grads["bias_ih"], grads["bias_hh"])
    rows = grads["bias_hh"] if kind != "GRUCell" else grads["bias_hh"][: 2 * cell.hidden_size]
    rows.zero_()  # a gradient is not summed like a bias: each of the two biases has all of it
    named = cell.replace()
    from_torch(named, grads)
    found = {n: p.value for n, p in named.named_parameters()}
    return states, found, [x.grad.tolist() for x in xs], [s.grad.tolist() for s in state]


@pytest.mark.parametrize("kind", CELLS)
def test_pytorch_computes_the_same_states_and_gradients(kind):
    torch = pytest.importorskip("torch")
    cell, xs, state = problem(kind, T=6)
    theirs = torch_run(torch, kind, cell, xs, state)
    ours = run(cell, *tensors(cell, xs, state))
    for mine, its in zip(ours[0], theirs[0], strict=True):
        close([p.tolist() for p in parts(mine)], its, 1e-10)
    assert ours[1].keys() == theirs[1].keys()
    for name, gradient in ours[1].items():
        close(gradient, theirs[1][name], 1e-10)
    for mine, its in zip(ours[2] + ours[3], theirs[2] + theirs[3], strict=True):
        close(mine, its, 1e-10)


PARAMETERS = [(kind, name) for kind, cell in CELLS.items() for name in cell(1, 2).state_dict()]


@pytest.mark.parametrize(("kind", "name"), PARAMETERS)
def test_finite_differences_agree_through_three_steps_to_second_order(kind, name):
    rng = random.Random(11)
    cell, xs = CELLS[kind](1, 2, rng), [asarray(numbers(rng, 2, 1)) for _ in range(3)]

    def last_state(value):
        return tg.concat(parts(nn.unroll(cell.replace(**{name: value}), xs).states[-1]))

    assert tg.gradcheck(last_state, getattr(cell, name).value, order=2)


# -- how a cell starts -----------------------------------------------------------------------------


def entries(cell):
    return {n: tg.arrays.reshape(v, (-1,)).tolist() for n, v in cell.state_dict().items()}


@pytest.mark.parametrize("kind", CELLS)
def test_weights_and_biases_start_uniform_within_one_over_root_h(kind):
    arguments = {"forget_bias": 0.0} if kind == "LSTMCell" else {}
    cell = CELLS[kind](5, 16, random.Random(0), **arguments)
    for name, values in entries(cell).items():
        assert max(map(abs, values)) <= 1 / 4
        if len(values) >= 16 * 5:
            assert max(values) > 0.23, name
            assert min(values) < -0.23, name
            assert abs(sum(values) / len(values)) < 0.05, name


@pytest.mark.parametrize("kind", CELLS)
def test_a_seed_decides_every_weight(kind):
    same, again, other = (entries(CELLS[kind](2, 3, random.Random(seed))) for seed in (1, 1, 2))
    assert same == again
    assert all(same[name] != other[name] for name in same)


@pytest.mark.parametrize("kind", CELLS)
def test_without_a_generator_two_cells_differ(kind):
    assert entries(CELLS[kind](2, 3)) != entries(CELLS[kind](2, 3))


def test_the_forget_bias_is_added_to_b_f_and_to_nothing_else():
    plain, one, three = (
        entries(nn.LSTMCell(2, 3, random.Random(0), forget_bias=bias)) for bias in (0.0, 1.0, 3.0)
    )
    close(one["b_f"], [b + 1 for b in plain["b_f"]])
    close(three["b_f"], [b + 3 for b in plain["b_f"]])
    assert all(one[name] == plain[name] == three[name] for name in plain if name != "b_f")
    assert entries(nn.LSTMCell(2, 3, random.Random(0))) == one


@pytest.mark.parametrize("kind", CELLS)
def test_the_initial_state_is_zero_and_plain(kind):
    cell = CELLS[kind](2, 3)
    for batch, zeros in ((None, [0.0] * 3), (2, [[0.0] * 3] * 2)):
        for part in parts(cell.initial_state(batch)):
            assert type(part) is not tg.Tensor
            assert part.tolist() == zeros


def test_the_lstm_state_has_names():
    assert nn.LSTMCell(1, 1).initial_state(1)._fields == ("h", "c")


@pytest.mark.parametrize("kind", CELLS)
def test_a_cell_runs_without_a_batch_too(kind):
    cell = CELLS[kind](2, 3, random.Random(0))
    alone = nn.unroll(cell, [asarray([1.0, 2.0])] * 2).outputs[-1]
    batch = nn.unroll(cell, [asarray([[1.0, 2.0]])] * 2).outputs[-1]
    close([alone.tolist()], batch.tolist())


# -- messages --------------------------------------------------------------------------------------

SIZES = {
    (0, 3): "input_size must be a whole number of at least 1, got 0",
    (2, -1): "hidden_size must be a whole number of at least 1, got -1",
    (2, 1.5): "hidden_size must be a whole number of at least 1, got 1.5",
}


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("sizes", SIZES)
def test_a_size_below_one_is_refused(kind, sizes):
    with pytest.raises(ValueError, match=SIZES[sizes]):
        CELLS[kind](*sizes)


@pytest.mark.parametrize("kind", CELLS)
def test_an_input_of_another_size_is_refused(kind):
    cell = CELLS[kind](2, 3)
    with pytest.raises(ValueError, match="x has 6 features, weight takes 5"):
        cell(asarray([[1.0, 2.0, 3.0]]), cell.initial_state(1))


@pytest.mark.parametrize("kind", CELLS)
def test_a_state_of_another_batch_is_refused_and_not_broadcast(kind):
    cell = CELLS[kind](2, 3)
    with pytest.raises(ValueError, match=r"\(1, 2\) does not fit \(4, 3\)"):
        cell(asarray([[1.0, 2.0]]), cell.initial_state(4))


@pytest.mark.parametrize("state", [asarray([[0.0] * 3]), ([[0.0] * 3],), None])
def test_the_state_of_an_lstm_is_two_and_no_other_number(state):
    with pytest.raises(TypeError, match=rf"the state is \(h, c\), got {type(state).__name__}"):
        nn.LSTMCell(2, 3)(asarray([[1.0, 2.0]]), state)
