"""The shapes of sequence problems: one loop, with inputs and losses in different places.

    T  steps    B  sequences    V  kinds of tokens, and START    X, H  sizes
    tokens[t], targets[t]       one for each sequence
"""

import functools
import random
from types import SimpleNamespace

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.arrays import zeros

T, B, V, X, H = 3, 2, 6, 2, 3
START = V
TOKENS = [[0, 2], [1, 1], [2, 0]]  # 0, 1, 2 are read
TARGETS = [[3, 5], [4, 3], [5, 4]]  # 3, 4, 5 are written

CELLS = {"RNNCell": nn.RNNCell, "LSTMCell": nn.LSTMCell, "GRUCell": nn.GRUCell}
each_kind = pytest.mark.parametrize("kind", CELLS)


class Network(nn.Module):
    def __init__(self, kind, seed=0):
        rng = random.Random(seed)
        self.embedding = nn.Embedding(V + 1, X, rng)
        self.encoder, self.decoder = (CELLS[kind](X, H, rng) for _ in range(2))
        self.readout = nn.Linear(H, V, rng=rng)

    nothing = zeros((B, X))
    unroll = staticmethod(nn.unroll)
    cross_entropy = staticmethod(nn.cross_entropy)


# -- the five shapes: from a network to its losses and states --------------------------------------


def one_to_one(net):
    outputs, states = net.unroll(net.encoder, [net.embedding(TOKENS[0])])
    return losses(net, outputs, TARGETS[:1]), states


def one_to_many(net):
    first = net.embedding(TOKENS[0])
    outputs, states = net.unroll(net.encoder, [first, net.nothing, net.nothing])
    return losses(net, outputs, TARGETS), states


def many_to_one(net):
    outputs, states = net.unroll(net.encoder, list(map(net.embedding, TOKENS)))
    return losses(net, outputs[-1:], TARGETS[:1]), states


def many_to_many(net):
    outputs, states = net.unroll(net.encoder, list(map(net.embedding, TOKENS)))
    return losses(net, outputs, TARGETS), states


def sequence_to_sequence(net, targets=TARGETS):
    read = net.unroll(net.encoder, list(map(net.embedding, TOKENS)))
    outputs, states = taught(net, read.states[-1], targets)
    return losses(net, outputs, targets), [*read.states, *states]


def taught(net, state, targets):
    """The decoder with teacher forcing: step t reads target t-1."""
    told = [[START] * B, *targets[:-1]]
    return net.unroll(net.decoder, list(map(net.embedding, told)), state)


def losses(net, outputs, targets):
    return [net.cross_entropy(net.readout(h), k) for h, k in zip(outputs, targets, strict=True)]


SHAPES = (one_to_one, one_to_many, many_to_one, many_to_many, sequence_to_sequence)
each_shape = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)


# -- the same networks in PyTorch ------------------------------------------------------------------


def twin(torch, net, kind):
    """The network of PyTorch's functions over `leaves`, which have our names."""
    leaves = {
        name: torch.tensor(value.tolist(), dtype=torch.float64, requires_grad=True)
        for name, value in net.state_dict().items()
    }
    embed = torch.nn.functional.embedding
    return SimpleNamespace(
        leaves=leaves,
        nothing=torch.zeros(B, X, dtype=torch.float64),
        embedding=lambda k: embed(torch.tensor(k), leaves["embedding.weight"]),
        encoder=torch_cell(torch, kind, leaves, "encoder."),
        decoder=torch_cell(torch, kind, leaves, "decoder."),
        readout=lambda h: h @ leaves["readout.weight"].T + leaves["readout.bias"],
        unroll=functools.partial(loop, torch, kind),
        cross_entropy=lambda y, k: torch.nn.functional.cross_entropy(y, torch.tensor(k)),
    )


def torch_cell(torch, kind, leaves, prefix):
    gates = {"RNNCell": ("",), "LSTMCell": ("_i", "_f", "_g", "_o"), "GRUCell": ("_r", "_z")}[kind]
    W = torch.cat([leaves[f"{prefix}W{gate}"] for gate in gates])
    b = torch.cat([leaves[f"{prefix}b{gate}"] for gate in gates])
    rows = [W[:, H:], W[:, :H], b, torch.zeros_like(b)]
    if kind == "GRUCell":
        own = [leaves[prefix + name] for name in ("W_xn", "W_hn", "b_xn", "b_hn")]
        rows = [torch.cat(pair) for pair in zip(rows, own, strict=True)]
    names = {"RNNCell": "rnn_tanh_cell", "LSTMCell": "lstm_cell", "GRUCell": "gru_cell"}
    return lambda x, state: getattr(torch, names[kind])(x, state, *rows)


def loop(torch, kind, cell, xs, state=None):
    if state is None:
        h = torch.zeros(B, H, dtype=torch.float64)
        state = (h, h) if kind == "LSTMCell" else h
    states = []
    for x in xs:
        state = cell(x, state)
        states.append(state)
    outputs = [state[0] if kind == "LSTMCell" else state for state in states]
    return nn.Unrolled(outputs, states)


# -- gradients -------------------------------------------------------------------------------------


@each_kind
@each_shape
def test_losses_and_gradients_are_those_of_pytorch(shape, kind):
    torch = pytest.importorskip("torch")
    net = Network(kind)
    theirs = twin(torch, net, kind)
    ours, expected = shape(net)[0], shape(theirs)[0]
    assert [loss.item() for loss in ours] == pytest.approx([loss.item() for loss in expected])
    sum(expected).backward()
    grads = tg.gradients(sum(ours))
    for name, parameter in net.named_parameters():
        right = theirs.leaves[name].grad
        assert (parameter in grads) == (right is not None), name
        if right is not None:
            assert torch.allclose(torch.tensor(grads[parameter].tolist()).double(), right), name


@each_shape
def test_gradients_are_those_of_finite_differences(shape):
    net = Network("RNNCell")
    values = net.state_dict().values()

    def total(*values):
        given = dict(zip(net.parameters(), values, strict=True))
        return sum(shape(net.map(given.__getitem__))[0])

    assert len(values) == 7
    assert tg.gradcheck(total, *values, order=1)


# -- where inputs enter, and where losses hang -----------------------------------------------------


def reached(net, shape, loss):
    """The steps that the gradient of a loss comes to."""
    found = tg.flow(*shape(net), loss=loss)
    return [t for t, norm in enumerate(found.norms()) if norm]


@each_kind
def test_the_last_loss_reaches_the_first_step_of_every_shape(kind):
    net = Network(kind)
    steps = [reached(net, shape, -1) for shape in SHAPES]
    assert steps == [[0], [0, 1, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2, 3, 4, 5]]


@each_kind
def test_an_aligned_loss_depends_on_no_later_step(kind):
    net = Network(kind)
    assert [reached(net, many_to_many, t) for t in range(T)] == [[0], [0, 1], [0, 1, 2]]


@each_kind
def test_every_loss_of_the_decoder_reaches_the_first_step_of_the_encoder(kind):
    net = Network(kind)
    assert [reached(net, sequence_to_sequence, t) for t in range(T)] == [
        [0, 1, 2, 3], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5],
    ]  # fmt: skip


def test_one_input_is_remembered_by_every_step():
    """h' = h/2 + x, fed 8, 0, 0: h is 8, 4, 2, and dh/dx falls as 1, 1/2, 1/4."""
    x = tg.Tensor(8.0)
    outputs, _ = nn.unroll(lambda x, h: 0.5 * h + x, [x, 0.0, 0.0], 0.0)
    assert [h.item() for h in outputs] == [8.0, 4.0, 2.0]
    assert [tg.gradients(h)[x] for h in outputs] == [1.0, 0.5, 0.25]


def test_many_inputs_share_the_one_loss():
    """The same cell, fed 8, 4, 2, with the loss h² at the end: h is 6, and dL/dh 12."""
    xs = [tg.Tensor(value) for value in (8.0, 4.0, 2.0)]
    outputs, _ = nn.unroll(lambda x, h: 0.5 * h + x, xs, 0.0)
    grads = tg.gradients(outputs[-1] ** 2)
    assert outputs[-1].item() == 6.0
    assert [grads[x] for x in xs] == [3.0, 6.0, 12.0]


# -- sequence to sequence --------------------------------------------------------------------------


def final_state(net):
    return nn.unroll(net.encoder, list(map(net.embedding, TOKENS))).states[-1]


def parts(state):
    return list(state) if isinstance(state, tuple) else [state]


@each_kind
@pytest.mark.parametrize("changed", range(T))
def test_step_t_of_the_decoder_is_told_target_t_minus_one_and_no_other(kind, changed):
    net = Network(kind).detach()
    other = [list(row) for row in TARGETS]
    other[changed] = [START - 1 - k % 2 for k in TARGETS[changed]]
    assert other[changed] != TARGETS[changed]
    runs = [taught(net, final_state(net), targets).outputs for targets in (TARGETS, other)]
    same = [a.tolist() == b.tolist() for a, b in zip(*runs, strict=True)]
    assert same == [t <= changed for t in range(T)]


@pytest.mark.parametrize("loss", range(T))
def test_a_loss_teaches_what_was_read_and_the_targets_before_its_own(loss):
    net = Network("GRUCell")
    grad = tg.gradients(sequence_to_sequence(net)[0][loss])[net.embedding.weight]
    taught_rows = {k for k, row in enumerate(grad.tolist()) if any(row)}
    assert taught_rows == {0, 1, 2, START}.union(*map(set, TARGETS[:loss]))


@each_kind
def test_the_decoder_begins_with_the_final_state_of_the_encoder_and_knows_nothing_else(kind):
    net = Network(kind)
    seen = []

    def decoder(x, state):
        seen.append(state)
        return net.decoder(x, state)

    end = final_state(net)
    first = nn.unroll(decoder, [net.embedding([START] * B)], end).states[0]
    assert all(a is b for a, b in zip(parts(seen[0]), parts(end), strict=True))
    cut = nn.unroll(net.decoder, [net.embedding([START] * B)], nn.carried(end)).states[0]
    assert [part.tolist() for part in parts(first)] == [part.tolist() for part in parts(cut)]
    weights = set(net.encoder.parameters())
    assert weights <= tg.gradients(tg.sum(parts(first)[0])).keys()
    assert weights.isdisjoint(tg.gradients(tg.sum(parts(cut)[0])))


@each_kind
def test_the_encoder_learns_from_what_comes_back_through_its_final_state(kind):
    """The chain rule at the seam: dL/d(state), then the encoder pulled back from it alone."""
    net = Network(kind)
    whole = tg.gradients(sum(sequence_to_sequence(net)[0]))
    end = final_state(net)
    seam = [tg.Tensor(part.value) for part in parts(end)]
    state = nn.LSTMState(*seam) if kind == "LSTMCell" else seam[0]
    at_seam = tg.gradients(sum(losses(net, taught(net, state, TARGETS).outputs, TARGETS)))
    back = tg.gradients(
        sum(tg.sum(at_seam[leaf] * part) for leaf, part in zip(seam, parts(end), strict=True))
    )
    for weight in net.encoder.parameters():
        assert tg.arrays.max(abs(whole[weight] - back[weight])) < 1e-14


@each_kind
def test_padding_does_not_reach_the_decoder(kind):
    """Sequences of 1 and 3 tokens in one batch: the decoder gets each one's state at its end."""
    net = Network(kind).detach()
    rows = [nn.unroll(net.encoder, [net.embedding([0])]), nn.unroll(net.encoder, xs_of(net, 1))]
    padded = [net.embedding(tokens) for tokens in TOKENS]
    both = nn.unroll(net.encoder, padded, lengths=[1, 3]).states[-1]
    for b, alone in enumerate(rows):
        ends = zip(parts(both), parts(alone.states[-1]), strict=True)
        assert all(a[b].tolist() == pytest.approx(c[0].tolist()) for a, c in ends)


def xs_of(net, b):
    return [net.embedding([tokens[b]]) for tokens in TOKENS]


def test_the_steps_of_the_decoder_are_counted_on_from_the_encoder():
    found = tg.trace(sequence_to_sequence(Network("RNNCell"))[0])  # by the names alone
    assert len(found.states) == 2 * T
    assert [found.step_of_loss(t) for t in range(T)] == [T, T + 1, T + 2]


def test_told_its_own_answers_a_decoder_says_what_it_says_on_its_own():
    net = Network("RNNCell").detach()
    h, told, logits = final_state(net), [START] * B, []
    for _ in range(T):
        h = net.decoder(net.embedding(told), h)
        logits.append(net.readout(h))
        told = tg.arrays.argmax(logits[-1], axis=1).tolist()
    forced = taught(net, final_state(net), [tg.arrays.argmax(y, axis=1).tolist() for y in logits])
    for h, y in zip(forced.outputs, logits, strict=True):
        assert net.readout(h).tolist() == y.tolist()
