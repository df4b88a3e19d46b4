"""Which nodes and edges a graph has, and which step each node belongs to."""

import random
import sys

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.graph import trace
from tinygrad_rnn.graph.steps import OUTSIDE, SHARED


def scalar_rnn(steps, w=0.5):
    """h' = tanh(w·h + x) in single numbers, with the weight and the states by name."""
    weight, h, states = tg.Tensor(w, name="w"), tg.Tensor(0.1, name="h[-1]"), []
    for t in range(steps):
        h = tg.tanh(weight * h + tg.Tensor(0.3, name=f"x[{t}]"))
        h.name = f"h[{t}]"
        states.append(h)
    return weight, states


def steps_by_name(graph):
    return {node.name: node.step for node in graph.nodes if node.name}


def test_nodes_are_numbered_with_inputs_before_what_uses_them():
    x, y = tg.Tensor(2.0, name="x"), tg.Tensor(3.0, name="y")
    graph = trace(x * y + tg.tanh(x))
    assert sorted(n.op or n.name for n in graph.nodes) == ["add", "multiply", "tanh", "x", "y"]
    assert all(edge.tail < edge.head for edge in graph.edges)
    assert [node.id for node in graph.nodes] == list(range(5))
    assert graph.losses == (4,)


def test_an_input_that_is_used_twice_has_two_edges():
    x = tg.Tensor(2.0)
    assert [tuple(edge) for edge in trace(x * x).edges] == [(0, 1, 0), (0, 1, 1)]


def test_the_same_trace_has_the_same_numbers():
    _, states = scalar_rnn(5)
    assert trace(states[-1] * 2.0) == trace(states[-1] * 2.0)._replace()


def test_attributes_are_plain():
    x = tg.Tensor([[1.0, 2.0], [3.0, 4.0]])
    graph = trace(tg.sum(x[:, 1], axis=0))
    assert graph.nodes[-1].attrs == {"axis": [0], "keepdims": False}
    assert graph.nodes[1].attrs == {"key": ["slice(None, None, None)", 1]}


def test_nodes_belong_to_the_step_of_the_state_that_they_reach():
    weight, states = scalar_rnn(3)
    graph = trace(tg.square(states[-1]))
    named = steps_by_name(graph)
    assert named == {"w": SHARED, "h[-1]": 0} | {f"{s}[{t}]": t for s in "xh" for t in range(3)}
    inner = [n.step for n in graph.nodes if n.op in ("multiply", "add")]
    assert sorted(inner) == [0, 0, 1, 1, 2, 2]


def test_a_loss_belongs_to_the_step_that_it_comes_from_and_a_sum_of_losses_to_none():
    _, states = scalar_rnn(3)
    losses = [tg.square(h) for h in states]
    assert [trace(losses).nodes[i].step for i in trace(losses).losses] == [0, 1, 2]
    total = losses[0] + losses[1] + losses[2]
    graph = trace(total * 2.0)
    assert graph.nodes[-1].step == OUTSIDE
    assert [n.step for n in graph.nodes if n.op == "add" and n.step == OUTSIDE] == [OUTSIDE] * 2


def test_the_weight_of_a_readout_is_shared_by_the_steps_that_use_it():
    _, states = scalar_rnn(3)
    v = tg.Tensor(2.0, name="v")
    assert steps_by_name(trace([v * h for h in states]))["v"] == SHARED
    assert steps_by_name(trace(v * states[1]))["v"] == 1


def test_a_projection_computed_once_for_all_steps_is_shared():
    a, h, states = tg.Tensor(0.5, name="a"), tg.Tensor(0.1), []
    hoisted = a * a
    for t in range(3):
        h = tg.tanh(hoisted * h)
        h.name = f"h[{t}]"
        states.append(h)
    first, _, second, *_ = trace(h, states).nodes  # a, the initial state, a·a
    assert [first.name, first.step, second.op, second.step] == ["a", SHARED, "multiply", SHARED]


def test_given_states_win_over_names():
    _, states = scalar_rnn(4)
    graph = trace(states[-1] * 1.0, states[1::2])
    assert [list(parts) for parts in graph.states] == [["h"], ["h"]]
    assert steps_by_name(graph)["h[0]"] == 0


def test_states_are_found_by_the_names_that_unroll_gave():
    outputs, states = nn.unroll(nn.LSTMCell(2, 3, random.Random(0)), tg.arrays.ones((4, 1, 2)))
    by_name, given = trace(tg.sum(outputs[-1])), trace(tg.sum(outputs[-1]), states)
    assert by_name == given
    assert [sorted(parts) for parts in given.states] == [["c", "h"]] * 4


def test_tensors_of_one_name_that_cannot_be_told_apart_are_refused():
    start = tg.Tensor(1.0) * 3.0
    x, y = start * 2.0, start * 4.0
    start.name, x.name, y.name = "h[0]", "h[1]", "h[1]"
    with pytest.raises(ValueError, match=r"two Tensors are named h\[1\]: pass states="):
        trace(x * y)


def test_two_layers_of_the_same_names_are_told_apart():
    rng = random.Random(0)
    below, _ = nn.unroll(nn.LSTMCell(2, 3, rng), tg.arrays.ones((4, 1, 2)))
    above, _ = nn.unroll(nn.LSTMCell(3, 3, rng), below)
    graph = trace([tg.sum(h) for h in above])
    assert [list(parts) for parts in graph.states] == [["l0.h", "l0.c", "l1.h", "l1.c"]] * 4
    assert {n.layer for n in graph.nodes if n.op == "linear"} == {"l0", "l1"}
    assert {n.layer for n in graph.nodes if n.op == "sum"} == {"l1"}


def test_a_decoder_goes_on_in_time_where_its_encoder_ends():
    rng = random.Random(0)
    _, states = nn.unroll(nn.GRUCell(2, 3, rng), tg.arrays.ones((3, 1, 2)))
    outputs, _ = nn.unroll(nn.GRUCell(2, 3, rng), tg.arrays.ones((5, 1, 2)), states[-1])
    graph = trace([tg.sum(h) for h in outputs])
    assert [list(parts) for parts in graph.states] == [["h"]] * 8
    assert [graph.nodes[i].step for i in graph.losses] == [3, 4, 5, 6, 7]


@pytest.mark.parametrize("steps", [1, 3])
def test_layers_of_different_cells_are_told_apart(steps):
    rng = random.Random(0)
    below, _ = nn.unroll(nn.GRUCell(2, 3, rng), tg.arrays.ones((steps, 1, 2)))
    above, _ = nn.unroll(nn.LSTMCell(3, 3, rng), below)
    graph = trace([tg.sum(h) for h in above])
    parts = ["l0.h", "l1.h", "l1.c"] if steps > 1 else ["l0.h", "l0.c", "l1.h"]  # as good a guess
    assert [list(step) for step in graph.states] == [parts] * steps


@pytest.mark.parametrize(("read", "written"), [(3, 2), (1, 3), (3, 1)])
def test_a_decoder_of_another_cell_goes_on_where_its_encoder_ends(read, written):
    rng = random.Random(0)
    outputs, _ = nn.unroll(nn.RNNCell(2, 3, rng), tg.arrays.ones((read, 1, 2)))
    start = outputs[-1], tg.arrays.zeros((1, 3))
    written_out, _ = nn.unroll(nn.LSTMCell(2, 3, rng), tg.arrays.ones((written, 1, 2)), start)
    graph = trace([tg.sum(h) for h in written_out])
    assert [set(step) for step in graph.states] == [{"h"}] * read + [{"h", "c"}] * written


def test_layers_that_have_names_keep_them_from_encoder_to_decoder():
    rng = random.Random(0)
    encoder, decoder = nn.GRU(2, 3, num_layers=2, rng=rng), nn.GRU(2, 3, num_layers=2, rng=rng)
    _, states = encoder(tg.arrays.ones((3, 1, 2)))
    outputs, _ = decoder(tg.arrays.ones((2, 1, 2)), states[-1])
    graph = trace([tg.sum(h) for h in outputs])
    assert [list(parts) for parts in graph.states] == [["l0.h", "l1.h"]] * 5


def test_a_decoder_that_looks_at_all_states_of_its_encoder_is_a_run_of_its_own():
    rng, h, seen = random.Random(0), tg.Tensor([[0.1, 0.2]]), []
    encoded, _ = nn.unroll(nn.RNNCell(2, 2, rng), tg.arrays.ones((3, 1, 2)))
    h = encoded[-1]
    for t in range(4):
        attended = sum((tg.sum(h * e) * e for e in encoded), start=0.0)
        h = tg.tanh(h + attended)
        h.name = f"h[{t}]"
        seen.append(h)
    graph = trace([tg.sum(h) for h in seen])
    assert [list(step) for step in graph.states] == [["h"]] * 7
    assert [graph.nodes[i].step for i in graph.losses] == [3, 4, 5, 6]


def test_a_second_run_of_which_nothing_tells_the_direction_is_refused():
    rng, xs = random.Random(0), tg.arrays.ones((4, 1, 2))
    forward, _ = nn.unroll(nn.RNNCell(2, 3, rng), xs)
    backward, _ = nn.unroll(nn.RNNCell(2, 3, rng), xs[::-1])
    losses = [tg.sum(a * b) for a, b in zip(forward, backward[::-1], strict=True)]
    with pytest.raises(ValueError, match="its inputs are plain: pass states="):
        trace(losses)


def test_a_run_over_the_reversed_inputs_is_the_backward_direction():
    rng = random.Random(0)
    xs = [tg.Tensor([[float(t), 1.0]]) for t in range(4)]
    forward, _ = nn.unroll(nn.RNNCell(2, 3, rng), xs)
    backward, _ = nn.unroll(nn.RNNCell(2, 3, rng), xs[::-1])
    losses = [tg.sum(a * b) for a, b in zip(forward, backward[::-1], strict=True)]
    graph = trace(losses)
    assert [sorted(parts) for parts in graph.states] == [["back.h", "h"]] * 4
    assert [graph.nodes[i].step for i in graph.losses] == [0, 1, 2, 3]
    assert {n.step for n in graph.nodes if n.name == "x[3]"} == {3}
    assert {n.layer for n in graph.nodes if n.op == "tanh"} == {"", "back"}


def test_plain_inputs_are_told_by_their_position():
    x = tg.Tensor([1.0, 2.0])
    graph = trace(tg.sum(2.0 * x * tg.arrays.asarray([3.0, 4.0])))
    assert [n.constants for n in graph.nodes] == [{}, {0: 2.0}, {1: (2,)}, {}]


def test_leaves_and_losses_with_numbered_names_are_no_states():
    w = [tg.Tensor(float(i), name=f"w[{i}]") for i in range(3)]
    losses = [2.0 * x for x in w]
    for t, loss in enumerate(losses):
        loss.name = f"L[{t}]"
    assert trace(losses).states == ()


@pytest.mark.parametrize("cell", [nn.RNNCell, nn.LSTMCell, nn.GRUCell])
def test_states_by_name_have_the_order_of_states_that_are_given(cell):
    outputs, states = unrolled = nn.unroll(cell(2, 3, random.Random(0)), tg.arrays.ones((4, 1, 2)))
    losses = [tg.sum(h) for h in outputs]
    given = [list(parts) for parts in trace(losses, states).states]
    assert given == [list(parts) for parts in trace(losses).states]
    assert given == [list(parts) for parts in trace(losses, unrolled).states]


@pytest.mark.parametrize(
    ("losses", "error", "message"),
    [
        (3.0, TypeError, "a loss is a Tensor, got float: 3.0"),
        ([3.0], TypeError, "a loss is a Tensor, got float: 3.0"),
        (trace(tg.Tensor(1.0)), TypeError, "a loss is a Tensor, got tuple in a Graph"),
        (None, TypeError, "a loss is a Tensor, got NoneType"),
        ([], ValueError, "at least one loss"),
    ],
)
def test_what_is_no_loss_is_refused(losses, error, message):
    with pytest.raises(error, match=message):
        trace(losses)


def test_a_long_graph_is_traced_without_recursion():
    _, states = scalar_rnn(5000)
    graph = trace(states[-1] * 1.0)
    assert len(graph.states) == 5000
    assert graph.nodes[-1].step == 4999


def test_an_rnn_of_twenty_thousand_steps_is_traced_at_the_default_recursion_limit():
    assert sys.getrecursionlimit() <= 1000
    outputs, states = nn.unroll(nn.RNNCell(1, 1, random.Random(0)), [asarray([[0.5]])] * 20_000)
    graph = trace(tg.sum(outputs[-1]), states)
    assert len(graph.states) == 20_000
    assert graph.nodes[-1].step == 19_999


def test_one_part_of_every_state_keeps_its_name():
    outputs, states = nn.unroll(nn.LSTMCell(2, 3, random.Random(0)), [asarray([[1.0, 2.0]])] * 3)
    graph = trace(tg.sum(outputs[-1]), [c for _, c in states])
    assert [list(parts) for parts in graph.states] == [["c"]] * 3
