"""RNN, LSTM and GRU: layers, directions, padding, initial states, dropout; as PyTorch's."""

import math
import random

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import exchange, nn
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.autograd.naming import state_parts

KINDS = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
CELLS = {"RNN": nn.RNNCell, "LSTM": nn.LSTMCell, "GRU": nn.GRUCell}
SHAPES = [(1, False), (2, False), (1, True), (3, True)]  # layers, both directions

each_kind = pytest.mark.parametrize("kind", KINDS)
each_shape = pytest.mark.parametrize(("layers", "both"), SHAPES)


def inputs(rng, T, B, X):
    return [asarray([[rng.gauss(0, 1) for _ in range(X)] for _ in range(B)]) for _ in range(T)]


def made(kind, layers=1, both=False, seed=0, **options):
    return KINDS[kind](2, 3, layers, both, rng=random.Random(seed), **options)


def values(states):
    """Every number of a list of states or outputs."""
    flat = dict(state_parts(list(states)))
    return {part: value.tolist() for part, value in flat.items()}


def loss_of(outputs, lengths=None):
    """Σ over steps that are no padding of (1+t)·h²: every entry counts, and every step its own."""
    terms = []
    for t, h in enumerate(outputs):
        mask = asarray([[float(lengths is None or t < lengths[b])] for b in range(h.shape[0])])
        terms.append((1.0 + t) * tg.sum(tg.where(mask == 1.0, h * h, 0.0)))
    return sum(terms)


def numbers(nested):
    return [x for part in nested for x in numbers(part)] if isinstance(nested, list) else [nested]


def close(found, wanted, tolerance=1e-12):
    return numbers(found) == pytest.approx(numbers(wanted), rel=tolerance, abs=tolerance)


# -- by hand ---------------------------------------------------------------------------------------


def by_hand(layers=1, both=False, **weights):
    """An RNN of size 1 with h' = tanh(w·h + u·x): weights say (w, u, ...) of a cell."""
    network = nn.RNN(1, 1, layers, both)
    state = {
        f"cells.{key.replace('_', '.')}.{name}": asarray(value)
        for key, W in weights.items()
        for name, value in (("W", [list(W)]), ("b", [0.0]))
    }
    network.load_state_dict(state)
    return network


def test_two_layers_are_two_recurrences_one_above_the_other():
    network = by_hand(layers=2, l0=(0.5, 1.0), l1=(-1.0, 2.0))
    outputs, states = network([asarray([[1.0]]), asarray([[0.3]])])
    a0, a1 = math.tanh(1.0), math.tanh(0.5 * math.tanh(1.0) + 0.3)
    b0 = math.tanh(2 * a0)
    b1 = math.tanh(-b0 + 2 * a1)
    assert close([h.item() for h in outputs], [b0, b1])
    assert close([part.item() for state in states for part in state], [a0, b0, a1, b1])


def test_a_backward_direction_begins_at_the_last_step():
    network = by_hand(both=True, l0=(0.5, 1.0), l0_back=(2.0, -1.0))
    outputs, states = network([asarray([[1.0]]), asarray([[0.3]])])
    a0, b1 = math.tanh(1.0), math.tanh(-0.3)
    a1, b0 = math.tanh(0.5 * a0 + 0.3), math.tanh(2 * b1 - 1)
    assert close([h.tolist() for h in outputs], [[[a0, b0]], [[a1, b1]]])
    assert close([s["back"]["h"].item() for s in states], [b0, b1])


def test_a_backward_direction_enters_a_padded_sequence_at_its_own_end():
    network = by_hand(both=True, l0=(0.5, 1.0), l0_back=(2.0, -1.0))
    xs = [asarray([[1.0], [1.0]]), asarray([[0.3], [7.0]])]
    outputs, _ = network(xs, lengths=[2, 1])
    assert close(outputs[0].tolist()[1], [math.tanh(1.0), math.tanh(-1.0)])
    assert close(outputs[1].tolist()[1], [math.tanh(1.0), 0.0])


# -- what it is made of ----------------------------------------------------------------------------


@each_kind
def test_one_layer_is_its_cell_unrolled(kind):
    network, xs = made(kind), inputs(random.Random(1), 4, 2, 2)
    outputs, states = network(xs)
    same = nn.unroll(network.cells["l0"], xs)
    assert values(outputs) == values(same.outputs)
    assert values(states) == values(same.states)
    assert [h.name for h in outputs] == [f"h[{t}]" for t in range(4)]


@each_kind
def test_layers_and_directions_are_the_loops_that_one_would_write(kind):
    network, xs = made(kind, 2, True), inputs(random.Random(1), 4, 2, 2)
    outputs = network(xs).outputs
    for k in range(2):
        ahead = nn.unroll(network.cells[f"l{k}"], xs).outputs
        back = nn.unroll(network.cells[f"l{k}.back"], xs[::-1]).outputs[::-1]
        xs = [tg.concat(list(pair), axis=1) for pair in zip(ahead, back, strict=True)]
    assert values(outputs) == values(xs)


@each_kind
def test_parameters_are_found_under_their_cell_and_named_by_layer(kind):
    named = dict(made(kind, 2, True).named_parameters())
    assert len(named) == 4 * len(dict(CELLS[kind](1, 1).named_parameters()))
    for path, parameter in named.items():
        key, _, own = path.removeprefix("cells.").rpartition(".")
        assert parameter.name == f"{key}.{own}"


def test_a_single_layer_says_nothing_of_itself_in_names():
    assert [p.name for p in made("RNN", both=True).parameters()] == ["W", "b", "back.W", "back.b"]


def test_the_forget_bias_reaches_every_lstm_cell():
    low, high = (made("LSTM", 2, True, forget_bias=bias).cells for bias in (0.0, 3.0))
    for key, cell in high.items():
        assert close((cell.b_f - low[key].b_f).tolist(), [3.0] * 3)


@each_shape
@each_kind
def test_trace_finds_layers_and_directions_by_their_names(kind, layers, both):
    xs = [tg.Tensor(x) for x in inputs(random.Random(1), 3, 1, 2)]
    outputs, states = made(kind, layers, both)(xs)
    losses = [tg.sum(h) for h in outputs]
    found = tg.trace(losses)
    keys = [f"l{k}." if layers > 1 else "" for k in range(layers)]
    keys = [key + way for key in keys for way in ("", "back.")[: 1 + both]]
    wanted = [key + part for key in keys for part in ("hc" if kind == "LSTM" else "h")]
    assert len(found.states) == 3
    for t, parts in enumerate(found.states):
        assert list(parts) == wanted
        assert [found.nodes[i].name for i in parts.values()] == [f"{p}[{t}]" for p in wanted]
    assert found == tg.trace(losses, states)
    assert [x.name for x in xs] == ["x[0]", "x[1]", "x[2]"]


@pytest.mark.parametrize("level", ["cell", "op"])
def test_a_deep_network_of_both_directions_is_drawn(level):
    outputs = made("GRU", 2, True)(inputs(random.Random(1), 3, 1, 2)).outputs
    source = tg.draw([tg.sum(h) for h in outputs], level=level, loss=1).source
    assert source.startswith("digraph")
    assert level == "op" or all(f"{k}.back.h" in source for k in ("l0", "l1"))


# -- PyTorch ---------------------------------------------------------------------------------------


def oracle(kind, network, layers, both):
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.nn, kind)(2, 3, layers, bidirectional=both, dtype=torch.float64)
    exchange.from_torch(network, theirs.state_dict())
    return torch, theirs


def check_gradients(torch, network, theirs, found):
    ours = type(network)(2, 3, network.num_layers, "l0.back" in network.cells)
    ours.load_state_dict({n: found[p] for n, p in network.named_parameters()})
    for name, g in exchange.to_torch(ours).items():
        if not name.startswith("bias_hh"):  # but for the GRU's, which b_hn holds, it is bias_ih's
            assert close(g.tolist(), getattr(theirs, name).grad.tolist()), name
    for key, cell in network.cells.items():
        if hasattr(cell, "b_hn"):
            suffix = key.replace(".back", "_reverse")
            wanted = getattr(theirs, f"bias_hh_{suffix}").grad[6:]
            assert close(found[cell.b_hn].tolist(), wanted.tolist())


@pytest.mark.parametrize("start", ["zeros", "given"])
@each_shape
@each_kind
def test_outputs_states_and_gradients_are_pytorchs(kind, layers, both, start):
    network = made(kind, layers, both)
    torch, theirs = oracle(kind, network, layers, both)
    xs = [tg.Tensor(x) for x in inputs(random.Random(2), 4, 2, 2)]
    x = torch.tensor([x.tolist() for x in xs], dtype=torch.float64, requires_grad=True)
    state = their_state = None
    if start == "given":
        torch.manual_seed(0)
        shape = (layers * (1 + both), 2, 3)
        drawn = [torch.randn(shape, dtype=torch.float64) for _ in range(1 + (kind == "LSTM"))]
        their_state = tuple(drawn) if kind == "LSTM" else drawn[0]
        state = ours_of(network, drawn, both)
    outputs = network(xs, state).outputs
    expected, _ = theirs(x, their_state)
    assert close([h.tolist() for h in outputs], expected.tolist())
    found = tg.gradients(loss_of(outputs))
    sum((1.0 + t) * (h * h).sum() for t, h in enumerate(expected)).backward()
    assert close([found[one].tolist() for one in xs], x.grad.tolist())
    check_gradients(torch, network, theirs, found)


def ours_of(network, drawn, both):
    """PyTorch's states (layers·directions, B, H) in our structure."""
    parts = [[asarray(d.tolist()) for d in part] for part in drawn]
    cells = [nn.LSTMState(*p) if len(drawn) == 2 else p[0] for p in zip(*parts, strict=True)]
    if both:
        pairs = zip(cells[::2], cells[1::2], strict=True)
        cells = [dict(state_parts(a)) | {"back": dict(state_parts(b))} for a, b in pairs]
    return cells if network.num_layers > 1 else cells[0]


@each_shape
@each_kind
def test_padded_batches_are_pytorchs_packed_ones(kind, layers, both):
    network, lengths = made(kind, layers, both), [2, 4, 1]
    torch, theirs = oracle(kind, network, layers, both)
    xs = [tg.Tensor(x) for x in inputs(random.Random(3), 4, 3, 2)]
    x = torch.tensor([x.tolist() for x in xs], dtype=torch.float64, requires_grad=True)
    packing = torch.nn.utils.rnn
    packed = packing.pack_padded_sequence(x, lengths, enforce_sorted=False)
    expected, _ = packing.pad_packed_sequence(theirs(packed)[0])
    outputs = network(xs, lengths=lengths).outputs
    for t, h in enumerate(outputs):
        for b in (b for b, n in enumerate(lengths) if t < n):
            assert close(h.tolist()[b], expected[t, b].tolist())
    found = tg.gradients(loss_of(outputs, lengths))
    sum((1.0 + t) * (h * h).sum() for t, h in enumerate(expected)).backward()
    assert close([found[one].tolist() for one in xs], x.grad.tolist())
    check_gradients(torch, network, theirs, found)


# -- padding ---------------------------------------------------------------------------------------


@each_shape
@each_kind
def test_nan_in_the_padding_reaches_nothing(kind, layers, both):
    network, lengths = made(kind, layers, both), [1, 3]
    clean = inputs(random.Random(4), 3, 2, 2)
    rows = [x.tolist() for x in clean]
    dirty = [[[math.nan] * 2 if t >= n else row for row, n in zip(x, lengths, strict=True)]
             for t, x in enumerate(rows)]  # fmt: skip
    results = []
    for data in (clean, dirty):
        xs = [tg.Tensor(x) for x in data]
        outputs, states = network(xs, lengths=lengths)
        found = tg.gradients(loss_of(outputs))
        gradients = [found[p].tolist() for p in [*network.parameters(), *xs]]
        results.append((values(outputs), values(states), gradients))
    assert results[0] == results[1]
    for t, g in enumerate(results[0][2][-3:]):
        for row, n in zip(g, lengths, strict=True):
            assert (row == [0.0, 0.0]) == (t >= n)


@each_shape
@each_kind
def test_full_lengths_are_none(kind, layers, both):
    network, xs = made(kind, layers, both), inputs(random.Random(5), 3, 2, 2)
    assert values(network(xs, lengths=[3, 3]).states) == values(network(xs).states)


@each_kind
def test_a_padded_step_changes_no_state(kind):
    network, xs = made(kind, 2, True), inputs(random.Random(6), 4, 2, 2)
    states = network(xs, lengths=[2, 0]).states
    flat = [dict(state_parts(state)) for state in states]
    for part in flat[0]:
        kept = [parts[part].tolist() for parts in flat]
        if "back" in part:
            assert kept[2][0] == kept[3][0] == [0.0] * 3
        else:
            assert kept[1][0] == kept[2][0] == kept[3][0] != [0.0] * 3
        assert [rows[1] for rows in kept] == [[0.0] * 3] * 4


@each_kind
def test_the_order_of_a_batch_does_not_matter(kind):
    network, lengths, order = made(kind, 2, True), [1, 3, 2], [2, 0, 1]
    xs = inputs(random.Random(7), 3, 3, 2)
    shuffled = [asarray([x.tolist()[b] for b in order]) for x in xs]
    outputs = network(xs, lengths=lengths).outputs
    others = network(shuffled, lengths=[lengths[b] for b in order]).outputs
    for h, other in zip(outputs, others, strict=True):
        assert close(other.tolist(), [h.tolist()[b] for b in order], 1e-14)


# -- the state it starts from ----------------------------------------------------------------------


@each_shape
@each_kind
def test_zeros_are_what_no_state_means(kind, layers, both):
    network, xs = made(kind, layers, both), inputs(random.Random(8), 3, 2, 2)
    given = network(xs, network.initial_state(2))
    assert values(given.states) == values(network(xs).states)


@pytest.mark.parametrize("layers", [1, 2])
@each_kind
def test_a_stream_in_pieces_is_the_whole_sequence(kind, layers):
    network, xs = made(kind, layers), inputs(random.Random(9), 5, 2, 2)
    first = network(xs[:2]).states
    second = network(xs[2:], nn.carried(first[-1])).states
    assert values(first + second) == values(network(xs).states)


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("k", [1, 2, 3, 7, 8])
@each_kind
def test_truncated_layers_are_a_stream_of_pieces_whose_state_is_detached(kind, k, layers):
    network, xs = made(kind, layers, seed=4), inputs(random.Random(12), 7, 2, 2)
    whole = network(xs, truncate=k)
    state, outputs = None, []
    for start in range(0, len(xs), k):
        piece = network(xs[start : start + k], state)
        outputs += piece.outputs
        state = nn.carried(piece.states[-1])
    assert values(whole.outputs) == values(network(xs).outputs)
    found, wanted = (tg.gradients(loss_of(hs)) for hs in (whole.outputs, outputs))
    for parameter in network.parameters():
        assert close(found[parameter].tolist(), wanted[parameter].tolist())


@each_kind
def test_each_direction_is_cut_after_its_own_steps(kind):
    network = made(kind, both=True)
    xs = [tg.Tensor(x) for x in inputs(random.Random(13), 5, 2, 2)]
    outputs = network(xs, truncate=2).outputs
    heard = []
    for t in range(5):
        found = tg.gradients(tg.sum(outputs[t]))
        heard.append([s for s, x in enumerate(xs) if x in found])
    ahead = [{0}, {0, 1}, {2}, {2, 3}, {4}]  # cuts before steps 2 and 4
    back = [{0}, {1, 2}, {2}, {3, 4}, {4}]  # from step 4 down: before steps 2 and 0
    assert heard == [sorted(one | other) for one, other in zip(ahead, back, strict=True)]


def test_truncated_and_padded_goes_together():
    network, xs = made("GRU", 2), inputs(random.Random(14), 6, 2, 2)
    lengths = [6, 3]
    outputs = network(xs, lengths=lengths, truncate=4).outputs
    alone = network([x[1:] for x in xs[:3]], truncate=4).outputs
    loss = tg.sum(outputs[-1][1])
    assert loss.item() == pytest.approx(tg.sum(alone[-1]).item())
    found = tg.gradients(loss)  # its last state was before the cut
    assert all(set(numbers(found[p].tolist())) <= {0.0} for p in network.parameters() if p in found)


@pytest.mark.parametrize("wrong", [0, -1, 2.5])
def test_a_truncation_that_is_no_number_of_steps_is_refused(wrong):
    with pytest.raises(ValueError, match="truncate must be a whole number of at least 1"):
        made("RNN")(inputs(random.Random(0), 2, 1, 2), truncate=wrong)


@pytest.mark.parametrize("shape", [(3,), (1, 3), (2, 3)])
def test_an_initial_state_learns(shape):
    count = math.prod(shape)
    h0 = tg.Tensor(tg.arrays.reshape(asarray([0.1 * k for k in range(count)]), shape), name="h0")
    network, xs = made("RNN"), inputs(random.Random(10), 3, 2, 2)

    def loss(start):
        return loss_of(network(xs, start).outputs)

    assert tg.gradients(loss(h0))[h0].shape == shape
    assert tg.gradcheck(loss, h0, order=1)


def test_a_learnt_state_of_a_module_is_one_of_its_parameters():
    class WithStart(nn.Module):
        def __init__(self):
            self.network = made("LSTM", 2, True)
            zeros = self.network.initial_state()
            self.start = [{part: self.learnt(value) for part, value in s.items()} for s in zeros]

        def learnt(self, value):
            if isinstance(value, dict):
                return {part: self.learnt(one) for part, one in value.items()}
            return tg.Tensor(value)

        def __call__(self, xs):
            return self.network(xs, self.start)

    model = WithStart()
    loss = loss_of(model(inputs(random.Random(11), 3, 2, 2)).outputs)
    assert "start.1.back.c" in dict(model.named_parameters())
    assert set(model.parameters()) <= tg.gradients(loss).keys()
    assert len(tg.trace(loss).states) == 3


WRONG_STATES = {
    "one state for an LSTM": ("LSTM", 1, asarray([[0.0] * 3]), "parts h, c, got h:"),
    "a list of one state for an LSTM": (
        "LSTM", 1, [asarray([[0.0] * 3])], r"LSTM: the state has the parts h, c, got l0\.h: ",
    ),
    "one layer of two": (
        "GRU", 2, [asarray([[0.0] * 3])], r"GRU: the state has the parts l0\.h, l1\.h, got l0\.h:",
    ),
    "nothing": ("RNN", 1, [], "RNN: the state has the parts h, got none"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_STATES)
def test_a_state_of_other_parts_is_refused(case):
    kind, layers, state, message = WRONG_STATES[case]
    with pytest.raises(TypeError, match=message):
        made(kind, layers)(inputs(random.Random(0), 2, 1, 2), state)


@pytest.mark.parametrize("shape", [(2,), (2, 2), (3, 3), (1, 1, 3), ()])
def test_a_state_of_another_shape_is_refused(shape):
    message = r"RNN: the state h has shape .*, needs \(2, 3\) or \(1, 3\) or \(3,\)"
    with pytest.raises(ValueError, match=message):
        made("RNN")(inputs(random.Random(0), 2, 2, 2), tg.arrays.zeros(shape))


# -- dropout ---------------------------------------------------------------------------------------


def test_dropout_takes_outputs_of_a_layer_away_and_scales_the_rest():
    network = made("RNN", 2, dropout=0.25)
    xs = inputs(random.Random(12), 40, 5, 2)
    outputs, states = network(xs)
    seen = [tg.gradients(tg.sum(outputs[-1]))]
    dropped = total = 0
    lower = [state[0] for state in states]
    nodes = {n.name: n for n in seen[0] if n.name and n.name.startswith("l1.x")}
    for t, h in enumerate(lower):
        for x, y in zip(numbers(h.tolist()), numbers(nodes[f"l1.x[{t}]"].tolist()), strict=True):
            total, dropped = total + 1, dropped + (y == 0.0)
            assert y == 0.0 or y == pytest.approx(x / 0.75)
    assert dropped / total == pytest.approx(0.25, abs=4 * math.sqrt(0.25 * 0.75 / total))


def test_dropout_is_drawn_from_the_rng_that_was_given():
    xs = inputs(random.Random(13), 3, 2, 2)
    first, again, other = (made("GRU", 2, dropout=0.5, seed=s) for s in (1, 1, 2))
    assert values(first(xs).outputs) == values(again(xs).outputs)
    assert values(first(xs).outputs) != values(first(xs).outputs)  # every call draws anew
    other.load_state_dict(first.state_dict())
    assert values(first(xs).outputs) != values(other(xs).outputs)


def test_a_detached_network_drops_nothing_and_draws_nothing():
    xs = inputs(random.Random(14), 3, 2, 2)
    network, without = made("GRU", 2, dropout=0.5), made("GRU", 2)
    before = network.dropout.rng.getstate()
    for same in (xs, [tg.Tensor(x) for x in xs]):
        assert values(network.detach()(same).outputs) == values(without(xs).outputs)
    assert network.dropout.rng.getstate() == before


def test_the_first_layer_sees_all_its_inputs_and_the_last_shows_all_its_outputs():
    network, xs = made("RNN", 2, dropout=0.9), inputs(random.Random(15), 4, 2, 2)
    outputs, states = network(xs)
    assert values(s[0] for s in states) == values(nn.unroll(network.cells["l0"], xs).outputs)
    assert all(h is state[1] for h, state in zip(outputs, states, strict=True))


# -- other values, and what is refused -------------------------------------------------------------


@each_kind
def test_networks_compute_on_numpy_values(kind):
    numpy = pytest.importorskip("numpy")
    network, xs = made(kind, 2, True, dropout=0.5), inputs(random.Random(16), 3, 2, 2)
    other = made(kind, 2, True, dropout=0.5).map(
        lambda p: tg.Tensor(numpy.asarray(p.tolist()), name=p.name)
    )
    found = other(numpy.asarray([x.tolist() for x in xs]), lengths=[3, 1]).outputs
    assert type(found[0].value) is numpy.ndarray
    wanted = network(xs, lengths=[3, 1]).outputs
    assert close([h.tolist() for h in found], [h.tolist() for h in wanted])


def test_a_sequence_without_a_batch_has_states_without_one():
    network, xs = made("LSTM", 2, True), inputs(random.Random(17), 3, 1, 2)
    alone = network([x[0] for x in xs]).outputs
    assert close([h.tolist() for h in alone], [h.tolist()[0] for h in network(xs).outputs])


def test_a_state_for_a_batch_is_refused_where_there_is_none():
    with pytest.raises(ValueError, match=r"the state h has shape \(1, 3\), needs \(3,\)"):
        made("RNN")([asarray([1.0, 2.0])], asarray([[0.0] * 3]))


def test_no_steps_give_no_outputs():
    assert made("GRU", 2, True)([]) == ([], [])


@each_kind
def test_the_gradient_comes_back_through_two_hundred_steps_of_two_layers(kind):
    network = KINDS[kind](1, 1, 2, rng=random.Random(0))
    outputs = network([asarray([[0.1]])] * 200).outputs
    assert set(network.parameters()) <= tg.gradients(tg.sum(outputs[-1])).keys()


def test_a_cell_of_ones_own_comes_in_layers_too():
    class Leaky(nn.RNNCell):
        """h' = 0.9·h + 0.1·tanh(W·[h, x] + b)."""

        def __call__(self, x, h):
            return 0.9 * h + 0.1 * super().__call__(x, h)

    class Deep(nn.Recurrent):
        kind = Leaky

    network, xs = Deep(2, 3, 2, rng=random.Random(0)), inputs(random.Random(18), 3, 2, 2)
    lower = nn.unroll(network.cells["l0"], xs).outputs
    upper = nn.unroll(network.cells["l1"], lower).outputs
    assert values(network(xs).outputs) == values(upper)


REFUSED = {
    "no layers": ({"num_layers": 0}, "num_layers must be a whole number of at least 1, got 0"),
    "no features": ({"input_size": 0}, "input_size must be a whole number of at least 1"),
    "no hidden features": ({"hidden_size": 0}, "hidden_size must be a whole number of at least 1"),
    "dropout of all": (
        {"num_layers": 2, "dropout": 1.0}, r"p is the share that is dropped, in \[0, 1\), got 1.0",
    ),
    "dropout of nan": ({"num_layers": 2, "dropout": math.nan}, "got nan"),
    "dropout after the last layer": (
        {"dropout": 0.5}, "GRU: dropout=0.5 stands between layers, num_layers is 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_network_that_cannot_be_is_refused(case):
    wrong, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        nn.GRU(**({"input_size": 2, "hidden_size": 3} | wrong))


@pytest.mark.parametrize("lengths", [[1], [1, 4], [-1, 2], [0.5, 1]])
def test_lengths_that_do_not_fit_are_refused_in_the_name_of_the_network(lengths):
    with pytest.raises(ValueError, match="LSTM: lengths needs 2 whole numbers between 0 and 3"):
        made("LSTM")(inputs(random.Random(0), 3, 2, 2), lengths=lengths)
