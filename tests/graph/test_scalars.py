"""Every number a node: hand-computed expansions, and sums that must agree with the tensors'."""

import gc
import math
import random
import re
import time

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.graph.dot.op import op_level
from tinygrad_rnn.graph.gradient_flow import flow
from tinygrad_rnn.graph.views.blocks import block_of
from tinygrad_rnn.graph.views.scalars import parts_of, wire_scalars
from tinygrad_rnn.graph.views.summary import entries


def expand(losses, states=None, **kwargs):
    """The wiring in absolute norms."""
    return wire_scalars("net", flow(losses, states), normalise=None, **kwargs)


def links(wiring):
    """[(tail, head, norm)], nodes by their name, else their op."""
    said = [node.name or node.op for node in wiring.graph.nodes]
    edges = zip(wiring.graph.edges, wiring.edges, strict=True)
    return [(said[edge.tail], said[edge.head], norm) for edge, norm in edges]


def norms(wiring):
    pairs = zip(wiring.graph.nodes, wiring.nodes, strict=True)
    return {node.name: norm for node, norm in pairs if node.name}


def lstm(steps, batch=1, convert=asarray):
    rng = random.Random(0)
    cell = nn.LSTMCell(2, 2, rng)
    for name, parameter in cell.named_parameters():
        setattr(cell, name, tg.Tensor(convert(parameter.tolist()), name=name))
    xs = [
        tg.Tensor(
            convert([[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(batch)]), name=f"x[{t}]"
        )
        for t in range(steps)
    ]
    outputs, states = nn.unroll(cell, xs)
    return [tg.sum(h) for h in outputs], states


def test_a_matrix_product_by_hand():
    """y = W·x + b, L = 10·y_0 + 100·y_1: g_j·W_jk goes to x_k, g_j·x_k to W_jk, g_j to b_j."""
    x = tg.Tensor([[1.0, 2.0]], name="x")
    W = tg.Tensor([[3.0, 4.0], [5.0, 6.0]], name="W")
    y = tg.linear(x, W, tg.Tensor([0.5, 0.25], name="b"))
    y.name = "y"
    wiring = expand(tg.sum(y * asarray([[10.0, 100.0]])))
    assert links(wiring)[:10] == [
        ("x[0]", "y[0]", 30.0),
        ("x[1]", "y[0]", 40.0),
        ("W[0,0]", "y[0]", 10.0),
        ("W[0,1]", "y[0]", 20.0),
        ("b[0]", "y[0]", 10.0),
        ("x[0]", "y[1]", 500.0),
        ("x[1]", "y[1]", 600.0),
        ("W[1,0]", "y[1]", 100.0),
        ("W[1,1]", "y[1]", 200.0),
        ("b[1]", "y[1]", 100.0),
    ]
    assert norms(wiring)["x[0]"] == 530.0
    assert norms(wiring)["W[1,1]"] == 200.0
    assert [edge.position for edge in wiring.graph.edges[:5]] == [0, 1, 2, 3, 6]


def test_an_edge_stays_where_the_derivative_is_zero():
    """W·x with x = (0, 1) and W_00 = 0; relu and maximum where they let nothing through."""
    W = tg.Tensor([[0.0, 2.0]], name="W")
    y = W @ tg.Tensor([[0.0], [1.0]], name="x")
    assert links(expand(y))[:4] == [
        ("W[0]", "matmul", 0.0),
        ("W[1]", "matmul", 1.0),
        ("x[0,0]", "matmul", 0.0),
        ("x[1,0]", "matmul", 2.0),
    ]
    v = tg.Tensor([-1.0, 2.0], name="v")
    assert links(expand(tg.sum(tg.relu(v))))[:2] == [("v[0]", "relu", 0.0), ("v[1]", "relu", 1.0)]
    pair = expand(tg.sum(tg.maximum(v, tg.Tensor([0.5, 0.5], name="u"))))
    assert [norm for _, head, norm in links(pair) if head == "maximum"] == [0.0, 1.0, 1.0, 0.0]


PAIR = [[1.0, 2.0], [3.0, 4.0]]
PATTERNS = {
    "concat": (lambda x: tg.concat([x, x], axis=0), [[0], [1], [2], [3]] * 2),
    "row": (lambda x: x[1], [[2], [3]]),
    "transpose": (lambda x: x.T, [[0], [2], [1], [3]]),
    "sum": (lambda x: tg.sum(x, axis=0), [[0, 2], [1, 3]]),
    "matmul": (lambda x: asarray(PAIR) @ x, [[0, 2], [1, 3], [0, 2], [1, 3]]),
    "tanh": (tg.tanh, [[0], [1], [2], [3]]),
    "cumulative": (lambda x: tg.cumulative_sum(x, axis=1), [[0], [0, 1], [2], [2, 3]]),
    "stretched": (lambda x: x[0] * asarray(PAIR), [[0], [1], [0], [1]]),
    "cut": (tg.stop_gradient, [[0], [1], [2], [3]]),
}


@pytest.mark.parametrize("name", PATTERNS)
def test_the_rule_says_which_entries_depend_on_which(name):
    call, expected = PATTERNS[name]
    y = call(tg.Tensor(PAIR))
    rows_of = parts_of(y, [1.0] * len(entries(y.value)))
    found = [[k for row in rows for k in row] for rows in zip(*rows_of.values(), strict=True)]
    if name == "concat":  # two inputs: the first gives the first half, the second the other
        assert [list(row) for row in rows_of[0]] == [*expected[:4], [], [], [], []]
        assert [list(row) for row in rows_of[1]] == [[], [], [], [], *expected[4:]]
    assert found == expected


def test_a_users_own_op_is_expanded_by_its_rule(ops_restored):
    @tg.primitive
    def swapped_product(a, b):
        return a[::-1] * b

    swapped_product.vjp(lambda g, y, a, b: (g * b)[::-1], lambda g, y, a, b: g * a[::-1])
    a, b = tg.Tensor([2.0, 3.0], name="a"), tg.Tensor([5.0, 7.0], name="b")
    assert links(expand(tg.sum(swapped_product(a, b))))[:4] == [
        ("a[1]", "swapped_product", 5.0),
        ("b[0]", "swapped_product", 3.0),
        ("a[0]", "swapped_product", 7.0),
        ("b[1]", "swapped_product", 2.0),
    ]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda x: tg.tanh(x), [[0], [1]]),
        (lambda x: asarray(PAIR) @ x, [[0, 1], [0, 1]]),
        (lambda x: x[::-1], [[1], [0]]),
        (lambda x: tg.exp(x), [[0], [1]]),
    ],
    ids=["tanh", "matmul", "reversed", "exp"],
)
@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_changes_no_dependence(call, expected, broken):
    y = call(tg.Tensor([broken, 0.5]))
    (rows,) = parts_of(y, [1.0, 1.0]).values()
    assert [list(row) for row in rows] == expected


def test_a_broken_input_does_not_tie_the_weights_beside_it_to_all_outputs():
    y = tg.matmul(tg.Tensor(PAIR), tg.Tensor([math.nan, 0.5]))
    assert [list(row) for row in parts_of(y, [1.0, 1.0])[0]] == [[0, 1], [2, 3]]


def test_an_infinite_derivative_is_no_dependence_on_other_entries():
    numpy = pytest.importorskip("numpy")
    x = tg.Tensor(numpy.array([0.0, 4.0]))
    with numpy.errstate(all="ignore"):
        rows = parts_of(tg.sqrt(x), [1.0, 1.0])[0]
    assert rows == [{0: math.inf}, {1: 0.25}]


@pytest.mark.parametrize("batch", [1, 3])
def test_the_edges_into_a_number_sum_to_its_gradient(batch):
    """What the entries of an input receive from all outputs sums to what the tensor receives."""
    losses, states = lstm(4, batch)
    whole = flow(losses, states)
    totals = {}
    for i, tensor in enumerate(whole.recorded.order):
        g = whole.gradients[i]
        for position, rows in parts_of(tensor, [None] if g is None else entries(g)).items():
            total = totals.setdefault(
                whole.recorded.number[tensor.inputs[position]], [0.0] * 1000
            )
            for row in rows:
                for k, part in row.items():
                    total[k] += part or 0.0
    for i, total in totals.items():
        expected = entries(whole.gradients[i]) if whole.gradients[i] is not None else []
        assert total[: len(expected)] == pytest.approx(expected, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("batch", [1, 3])
def test_a_weight_is_drawn_once_a_use_with_the_gradient_of_that_use(batch):
    losses, states = lstm(3, batch)
    whole, wiring = flow(losses, states), expand(losses, states)
    uses = [
        (node.step, norm)
        for node, norm in zip(wiring.graph.nodes, wiring.nodes, strict=True)
        if node.name == "W_f[1,2]"
    ]
    shares = whole.shares[whole.find("W_f")]
    assert uses == [
        (t, pytest.approx(abs(shares[t].tolist()[1][2]), rel=0.06)) for t in range(3)
    ]
    named = {n.id: n.name for n in wiring.graph.nodes if (n.name or "").startswith(("W_", "b_"))}
    tails = [edge.tail for edge in wiring.graph.edges if edge.tail in named]
    assert len(set(tails)) == 3 * 4 * (2 * 4 + 2)
    assert len(tails) == batch * len(set(tails))


def test_a_weight_that_is_used_twice_in_a_step_has_two_nodes():
    w, h, states = tg.Tensor(3.0, name="w"), 1.0, []
    for _ in range(2):
        h = w * w * h
        states.append(h)
    wiring = expand(h * 1.0, states)
    assert [node.name for node in wiring.graph.nodes].count("w") == 4


def test_numbers_pass_through_as_they_are():
    x, y = tg.Tensor(2.0, name="x"), tg.Tensor(3.0, name="y")
    loss = 1.0 - x * x * y
    whole, wiring = flow(loss), expand(loss)
    assert wiring.graph == whole.graph
    assert wiring.nodes == whole.nodes
    assert wiring.edges == whole.edges
    assert wiring.graph.nodes[-1].constants == {0: 1.0}


def test_losses_and_states_are_those_of_the_entries():
    losses, states = lstm(3)
    graph = expand(losses, states).graph
    names = [node.name for node in graph.nodes]
    assert [list(parts) for parts in graph.states] == [["h[0]", "h[1]", "c[0]", "c[1]"]] * 3
    assert [names[i] for i in graph.states[1].values()] == [
        "h[1][0]",
        "h[1][1]",
        "c[1][0]",
        "c[1][1]",
    ]
    assert [graph.nodes[i].op for i in graph.losses] == ["sum"] * 3
    assert {graph.nodes[i].step for i in graph.states[2].values()} == {2}


def test_a_graph_of_numbers_keeps_the_order_of_a_graph():
    graph = expand(*lstm(3)).graph
    assert [node.id for node in graph.nodes] == list(range(len(graph.nodes)))
    assert all(edge.tail < edge.head for edge in graph.edges)
    order = [(edge.head, edge.position) for edge in graph.edges]
    assert order == sorted(set(order))
    assert {node.shape for node in graph.nodes} == {()}


def scalar_rnn(W, xs):
    """h' = tanh(W·[h, x]) of two units, number by number: the twin of a tensor cell."""
    h, states = [tg.Tensor(0.1), tg.Tensor(0.2)], []
    for t, x in enumerate(xs):
        h = [tg.tanh(row[0] * h[0] + row[1] * h[1] + row[2] * x) for row in W]
        for k, unit in enumerate(h):
            unit.name = f"h[{t}][{k}]"
        states.append({"h0": h[0], "h1": h[1]})
    return h[0] + h[1], states


def test_a_tensor_cell_expands_to_what_the_same_cell_of_numbers_is():
    rows, xs = [[0.5, -0.3, 0.8], [0.2, 0.9, -0.4]], [0.3, -1.0, 0.6]
    W, h, states = tg.Tensor(rows, name="W"), tg.Tensor([[0.1, 0.2]]), []
    for t, x in enumerate(xs):
        h = tg.tanh(tg.linear(tg.concat([h, asarray([[x]])], axis=1), W))
        h.name = f"h[{t}]"
        states.append(h)
    tensors = expand(tg.sum(h), states)
    weights = [
        [tg.Tensor(v, name=f"W[{j},{k}]") for k, v in enumerate(row)] for j, row in enumerate(rows)
    ]
    numbers = expand(*scalar_rnn(weights, xs))

    def read(wiring, letter):
        pairs = zip(wiring.graph.nodes, wiring.nodes, strict=True)
        return sorted((n.name, n.step, g) for n, g in pairs if (n.name or "").startswith(letter))

    assert read(tensors, "h") == read(numbers, "h")
    used = [(name, step) for name, step, _ in read(numbers, "W")]
    assert used == [(f"W[{j},{k}]", t) for j in range(2) for k in range(3) for t in range(3)]


def test_texts_are_as_in_a_wiring_of_tensors():
    x = tg.Tensor([2.0, 3.0], name="x")
    loss = tg.sum(x * x)
    assert expand(loss, show="value").texts[:2] == ("2", "3")
    assert expand(loss, show="grad").texts[:2] == ("grad 4", "grad 6")
    assert expand(loss, show="both").texts[:2] == ("2, grad 4", "3, grad 6")
    assert expand(loss, show="shape").texts[:2] == ("1", "1")
    assert set(expand(loss).texts) == {""}
    with pytest.raises(ValueError, match="show is one of grad, value, both, shape, got 'all'"):
        expand(loss, show="all")


def test_what_the_loss_does_not_reach_carries_nothing():
    losses, states = lstm(3)
    wiring = wire_scalars("net", flow(losses, states, loss=0), show="grad")
    late = [i for i, node in enumerate(wiring.graph.nodes) if node.step == 2]
    assert late
    assert {wiring.nodes[i] for i in late} == {None}
    assert {wiring.texts[i] for i in late} == {"no grad"}
    assert {g for e, g in zip(wiring.graph.edges, wiring.edges, strict=True) if e.head in late} == {
        None
    }


def test_norms_are_relative_to_the_unit_of_the_flow():
    losses, states = lstm(3)
    unit = flow(losses, states).unit("lag0")
    relative = wire_scalars("net", flow(losses, states)).nodes
    absolute = expand(losses, states).nodes
    for a, b in zip(relative, absolute, strict=True):
        assert (a is b is None) or a * unit == pytest.approx(b, rel=0.11)


def test_numpy_values_give_the_same_picture():
    numpy = pytest.importorskip("numpy")
    ours, theirs = expand(*lstm(4)), expand(*lstm(4, convert=numpy.array))
    assert ours.graph == theirs.graph
    pairs = zip(ours.nodes + ours.edges, theirs.nodes + theirs.edges, strict=True)
    assert all(a is b is None or a == pytest.approx(b, rel=0.11) for a, b in pairs)


def test_a_batch_is_the_first_index():
    graph = expand(*lstm(1, batch=2)).graph
    assert list(graph.states[0])[:4] == ["h[0,0]", "h[0,1]", "h[1,0]", "h[1,1]"]


def test_a_graph_of_too_many_numbers_is_refused_with_their_count():
    x = tg.Tensor(tg.arrays.ones((150, 100)))
    with pytest.raises(ValueError, match=r'would draw 30,001 numbers.*3,000.*take level="op"'):
        expand(tg.sum(tg.tanh(x)))


def test_a_checkpoint_is_refused():
    x = tg.Tensor([1.0, 2.0])
    with pytest.raises(ValueError, match='checkpoint: take level="op"'):
        expand(tg.sum(tg.checkpoint(lambda v: v * v)(x)))


def test_an_empty_tensor_has_no_nodes():
    wiring = expand(tg.sum(tg.Tensor(asarray([])) * 2.0))
    assert [node.op for node in wiring.graph.nodes] == ["sum"]


@pytest.mark.timed
def test_an_lstm_of_20_steps_is_expanded_in_under_half_a_second():
    whole = flow(*lstm(20))
    gc.collect()  # the rubbish of other tests is not what is timed
    start = time.process_time()
    wiring = wire_scalars("net", whole)
    assert time.process_time() - start < 0.5
    assert len(wiring.graph.nodes) == 1460


def unrolled(name, steps=3, width=2, plain=False, learned=False, classes=0):
    """Squares of the state, or cross-entropies of classes, as losses."""
    rng = random.Random(0)
    cell = CELLS[name](width, 2, rng)
    xs = [asarray([[rng.gauss(0, 1) for _ in range(width)]]) for _ in range(steps)]
    start = tg.Tensor([[0.1, 0.2]]) if learned else None
    if learned and name == "LSTM":
        start = start, tg.Tensor([[0.3, 0.4]])
    outputs, states = nn.unroll(cell, xs if plain else list(map(tg.Tensor, xs)), start)
    if not classes:
        return [tg.sum(h * h) for h in outputs], states
    W = tg.Tensor([[rng.gauss(0, 1) for _ in range(2)] for _ in range(classes)], name="W_y")
    logits = [tg.linear(h, W) for h in outputs]
    return [nn.cross_entropy(y, [t % classes]) for t, y in enumerate(logits)], states


CELLS = {"RNN": nn.RNNCell, "LSTM": nn.LSTMCell, "GRU": nn.GRUCell}


@pytest.mark.parametrize("learned", [False, True])
@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("width", [1, 2, 3])
@pytest.mark.parametrize("name", CELLS)
def test_steps_of_numbers_are_alike_whatever_is_plain(name, width, plain, learned):
    network = unrolled(name, width=width, plain=plain, learned=learned)
    assert block_of(wire_scalars("", flow(*network)).graph)


def test_the_place_of_an_entry_does_not_depend_on_what_is_plain():
    graph = expand(*unrolled("GRU")).graph
    places = {t: set() for t in range(3)}
    for edge in graph.edges:
        if (graph.nodes[edge.tail].name or "").startswith("x["):
            head = graph.nodes[edge.head]
            places[head.step].add((head.op, head.attrs["entry"], edge.position))
    assert places[0] == places[1] == places[2] != set()


@pytest.mark.parametrize("classes", [2, 4])
def test_targets_that_change_leave_the_steps_alike(classes):
    block = block_of(expand(*unrolled("RNN", 6, classes=classes)).graph)
    assert [item.op for item in block.items].count("log_likelihood") == 1


def test_what_is_plain_in_the_first_step_is_plain_in_every_entry():
    block = block_of(expand(*unrolled("RNN", plain=True)).graph)
    ghosts = [block.items[i].op for i in block.stages[0].ghosts]
    assert ghosts == ["concat"] * 4


@pytest.mark.timed
@pytest.mark.parametrize("name", ["LSTM", "GRU"])
def test_twenty_steps_with_a_readout_are_drawn_in_under_two_seconds(name):
    network = unrolled(name, 20, classes=4)
    start = time.process_time()
    text = op_level([wire_scalars("", flow(*network))], "title", "subtitle", 20).source
    assert time.process_time() - start < 2.0
    assert text.count("subgraph cluster_") == 20


@pytest.mark.needs_program
def test_weights_stand_in_order_beside_their_op():
    text = op_level([expand(*unrolled("GRU"))], "title", "subtitle").source
    found = re.findall(r'label="(W_z\[0,\d\])".*?pos="[-\d.]+,([-\d.]+)!"', text)
    heights = {label: float(y) for label, y in found}
    assert sorted(heights, key=heights.get, reverse=True) == [f"W_z[0,{k}]" for k in range(4)]
    assert "label=W_z" in text
    assert 'label="σ z"' in text
