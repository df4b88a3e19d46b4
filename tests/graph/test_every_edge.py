"""No node and no edge is lost: the pictures of many networks are counted against their graphs."""

import random
import re
from collections import Counter
from itertools import product

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.graph.dot.op import op_level
from tinygrad_rnn.graph.gradient_flow import flow
from tinygrad_rnn.graph.views.blocks import block_of, is_hidden
from tinygrad_rnn.graph.views.roles import roles_of
from tinygrad_rnn.graph.views.scalars import wire_scalars
from tinygrad_rnn.graph.views.wiring import strongest, wire
from tinygrad_rnn.graph.wording import norm_said as said

CELLS = {"RNN": nn.RNNCell, "LSTM": nn.LSTMCell, "GRU": nn.GRUCell}
STEPS = 5


class Irregular(nn.Module):
    """A cell that takes another op in every third step."""

    def __init__(self, width, height, rng):
        self.V = tg.Tensor(matrix(rng, height, height), name="V")
        self.W = tg.Tensor(matrix(rng, height, width), name="W")
        self.calls = 0

    def initial_state(self, batch):
        return tg.arrays.zeros((batch, self.V.shape[0]))

    def __call__(self, x, h):
        self.calls += 1
        new = tg.tanh(tg.linear(h, self.V) + tg.linear(x, self.W))
        return 0.5 * tg.sigmoid(new) + h * h if self.calls % 3 == 0 else new


def matrix(rng, rows, columns):
    return asarray([[rng.gauss(0, 1) for _ in range(columns)] for _ in range(rows)])


def network(make, two_ways=False, layers=1, plain=False, start=None, steps=STEPS, width=2):
    """Losses of every step; names, and so steps, are those of `unroll`."""
    rng = random.Random(layers)
    xs = [matrix(rng, 1, width) for _ in range(steps)]
    outputs = xs if plain else [tg.Tensor(x) for x in xs]
    for _ in range(layers):
        first, second = (make(outputs[0].shape[1], 2, rng) for _ in range(2))
        ahead = nn.unroll(first, outputs, start).outputs
        back = nn.unroll(second, outputs[::-1]).outputs[::-1] if two_ways else ()
        pairs = zip(ahead, back, strict=True)
        outputs = [tg.concat(list(pair), axis=1) for pair in pairs] if two_ways else ahead
    return [tg.sum(h * h) for h in outputs]


def encoder_and_decoder(make):
    rng = random.Random(0)
    encoder, decoder = make(2, 2, rng), make(2, 2, rng)
    xs = [tg.Tensor(matrix(rng, 1, 2)) for _ in range(5)]
    first = nn.unroll(encoder, xs[:3])
    second = nn.unroll(decoder, xs[3:], first.states[-1])
    return [tg.sum(h * h) for h in second.outputs], [*first.states, *second.states]


def drawn(wiring, columns=100):
    """The nodes, and the edges that are seen: (tail, head, what is said of the norm)."""
    text = op_level([wiring], "title", "subtitle", columns).source
    lines = [line for line in text.splitlines() if "invis" not in line]
    found = [re.match(r'\s*(\w+) -> (\w+) \[.*?tooltip="(.*?)"', line) for line in lines]
    nodes = [line for line in lines if "tooltip" in line and "->" not in line]
    return nodes, [edge.groups() for edge in found if edge]


def expected(wiring):
    """The edges between nodes that are drawn, with their norms."""
    graph = wiring.graph
    roles = roles_of(graph)
    hidden = {node.id for node in graph.nodes if is_hidden(node, roles)}
    pairs = zip(graph.edges, wiring.edges, strict=True)
    edges = [(edge, norm) for edge, norm in pairs if not hidden & {edge.tail, edge.head}]
    return len(graph.nodes) - len(hidden), edges


def counted(norms):
    """How often each norm is said, of those that are there."""
    return Counter(f"back: {said(norm)}" for norm in norms if norm is not None)


def check_all(wiring):
    nodes, edges = drawn(wiring)
    count, wanted = expected(wiring)
    assert len(nodes) >= count
    assert len(edges) >= len(wanted)
    shown = Counter(words for *_, words in edges if words != "back: no gradient")
    assert shown == counted(norm for _, norm in wanted)


@pytest.mark.parametrize("loss", [1, "sum"])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("two_ways", [False, True])
@pytest.mark.parametrize("name", CELLS)
def test_every_edge_of_deep_networks_is_drawn_once(name, two_ways, layers, loss):
    check_all(wire("", flow(network(CELLS[name], two_ways, layers), loss=loss)))


@pytest.mark.parametrize("start", [None, "learned"])
@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("name", [*CELLS, "irregular"])
def test_every_edge_is_drawn_whatever_is_plain(name, plain, start):
    make = CELLS.get(name, Irregular)
    if start:
        state = tg.Tensor([[0.1, 0.2]], name="h[-1]")
        start = (state, tg.Tensor([[0.3, 0.4]], name="c[-1]")) if name == "LSTM" else state
    for width in (2, 3):  # as wide as the state, or not
        check_all(wire("", flow(network(make, plain=plain, start=start, width=width))))


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("name", [*CELLS, "irregular"])
def test_every_number_is_drawn(name, plain):
    check_all(wire_scalars("", flow(network(CELLS.get(name, Irregular), plain=plain, steps=3))))


@pytest.mark.parametrize("name", CELLS)
def test_an_encoder_and_a_decoder_are_tiled_like_one_network(name):
    losses, states = encoder_and_decoder(CELLS[name])
    wiring = wire("", flow(losses, states))
    check_all(wiring)
    assert block_of(wiring.graph)
    assert "nop2" in op_level([wiring], "title", "subtitle").source


@pytest.mark.parametrize("few", [3, 9, 12])
@pytest.mark.parametrize("name", ["RNN", "irregular"])
def test_sums_of_losses_are_drawn_or_counted(name, few):
    """The additions stand outside of the steps: the last for all where there are many."""
    wiring = wire("", flow(sum(network(CELLS.get(name, Irregular), steps=few)[1:])))
    nodes, edges = drawn(wiring)
    outside = [i for i, node in enumerate(wiring.graph.nodes) if node.step == "outside" and node.op]
    if len(outside) <= 8:
        check_all(wiring)
        return
    assert sum(f"with {len(outside) - 1} more" in line for line in nodes) == 1
    wanted = [
        norm for edge, norm in expected(wiring)[1] if not {edge.tail, edge.head} <= {*outside}
    ]
    assert counted(wanted) == Counter(words for *_, words in edges if "no grad" not in words)


@pytest.mark.parametrize(("name", "two_ways"), [*product([*CELLS, "irregular"], [False, True])])
def test_what_leads_into_a_gap_has_the_strongest_norm(name, two_ways):
    wiring = wire("", flow(network(CELLS.get(name, Irregular), two_ways, steps=9), loss="sum"))
    _, edges = drawn(wiring, 5)
    graph, left_out = wiring.graph, set(range(1, 6))
    into, out_of, others = {}, {}, []
    is_tiled = block_of(graph) is not None
    for edge, norm in expected(wiring)[1]:
        tail, head = (graph.nodes[i].step in left_out for i in (edge.tail, edge.head))
        if head and not tail:
            into.setdefault(edge.tail, []).append(norm)
        elif tail and not head:
            out_of.setdefault(edge if is_tiled else edge.head, []).append(norm)
        elif not tail:
            others.append(norm)
    drawn_words = {
        place: Counter(words for tail, head, words in edges if kind(tail, head) == place)
        for place in ("into", "out", "other")
    }
    assert +drawn_words["into"] == counted(map(strongest, into.values()))
    assert +drawn_words["out"] == counted(map(strongest, out_of.values()))
    drawn_words["other"].pop("back: no gradient", None)
    assert drawn_words["other"] == counted(others)


def kind(tail, head):
    return "into" if "gap" in head else "out" if "gap" in tail else "other"


def test_a_gap_never_says_that_there_is_no_gradient_where_there_is_one():
    """h' = tanh(W·h) + 0.1·stop(h): of two edges into the gap, the first carries nothing."""
    W, h, states = tg.Tensor(0.5, name="W"), tg.Tensor(0.1, name="h0"), []
    for t in range(12):
        cut = tg.stop_gradient(h) * 0.1
        h = cut + (tg.tanh(W * h) if t % 3 else tg.sigmoid(W * h))
        states.append(h)
    wiring = wire("", flow(h * 1.0, states))
    assert block_of(wiring.graph) is None
    _, edges = drawn(wiring, 6)
    (found,) = (words for _, head, words in edges if "gap" in head)
    assert found == f"back: {said(wiring.nodes[wiring.graph.states[0]['h']])}"


@pytest.mark.parametrize("width", [2, 3])
def test_plain_inputs_of_steps_that_differ_are_circles(width):
    nodes, edges = drawn(wire("", flow(network(Irregular, plain=True, width=width))))
    data = [line for line in nodes if "plain data" in line]
    assert len(data) == STEPS
    fed = [head for tail, head, _ in edges if re.match(r"n0x\d", tail)]
    assert len(fed) == STEPS
