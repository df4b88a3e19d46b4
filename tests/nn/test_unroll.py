"""unroll: the loop over time, its names, padding, and very long sequences."""

import gc
import math
import random
import sys
import weakref
from typing import Any, NamedTuple

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.arrays import asarray

CELLS = {"RNNCell": nn.RNNCell, "LSTMCell": nn.LSTMCell, "GRUCell": nn.GRUCell}


def parts(state):
    return tuple(state) if isinstance(state, tuple) else (state,)


def inputs(rng, T, B, X):
    return [asarray([[rng.gauss(0, 1) for _ in range(X)] for _ in range(B)]) for _ in range(T)]


def values(state):
    return [part.tolist() for part in parts(state)]


# -- names and states ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CELLS)
def test_states_and_inputs_are_named_by_their_step(kind):
    xs = [tg.Tensor(x) for x in inputs(random.Random(0), 3, 1, 2)]
    states = nn.unroll(CELLS[kind](2, 2), xs).states
    expected = ["h", "c"] if kind == "LSTMCell" else ["h"]
    for t, (x, state) in enumerate(zip(xs, states, strict=True)):
        assert x.name == f"x[{t}]"
        assert [part.name for part in parts(state)] == [f"{name}[{t}]" for name in expected]


def test_names_that_the_user_gave_are_kept():
    def cell(x, h):
        new = tg.tanh(h + x)
        new.name = "mine"
        return new

    x = tg.Tensor([[1.0]], name="clock")
    outputs = nn.unroll(cell, [x], asarray([[0.0]])).outputs
    assert (x.name, outputs[0].name) == ("clock", "mine")


def test_the_state_before_the_first_step_is_h_minus_one():
    start = tg.Tensor([[0.5]])
    nn.unroll(nn.RNNCell(1, 1), [asarray([[1.0]])], start)
    assert start.name == "h[-1]"


def test_the_initial_state_is_not_among_the_states():
    start = asarray([[0.5]])
    outputs, states = nn.unroll(lambda x, h: h + x, [asarray([[1.0]]), asarray([[2.0]])], start)
    assert [h.tolist() for h in states] == [[[1.5]], [[3.5]]]
    assert [h.tolist() for h in outputs] == [[[1.5]], [[3.5]]]


def test_the_output_of_an_lstm_is_h_and_not_c():
    outputs, states = nn.unroll(nn.LSTMCell(1, 2), inputs(random.Random(0), 2, 1, 1))
    assert all(h is state.h for h, state in zip(outputs, states, strict=True))


@pytest.mark.parametrize("kind", CELLS)
def test_unroll_is_the_loop_that_one_would_write(kind):
    rng = random.Random(1)
    cell, xs = CELLS[kind](2, 3, rng), inputs(rng, 4, 2, 2)
    state = cell.initial_state(2)
    for x, found in zip(xs, nn.unroll(cell, xs).states, strict=True):
        state = cell(x, state)
        assert values(found) == values(state)


@pytest.mark.parametrize("kind", CELLS)
def test_a_sequence_in_two_pieces_is_the_whole_sequence(kind):
    rng = random.Random(2)
    cell, xs = CELLS[kind](2, 3, rng), inputs(rng, 5, 1, 2)
    first = nn.unroll(cell, xs[:2]).states
    second = nn.unroll(cell, xs[2:], first[-1]).states
    assert list(map(values, first + second)) == list(map(values, nn.unroll(cell, xs).states))


# -- cells of one's own ----------------------------------------------------------------------------


class Memory(NamedTuple):
    """A state with its own names."""

    seen: Any
    last: Any


def test_a_function_with_a_tensor_state_is_a_cell():
    w = tg.Tensor(0.5)
    outputs = nn.unroll(lambda x, h: w * h + x, [1.0, 2.0, 3.0], 0.0).outputs
    assert outputs[-1].item() == 0.25 * 1 + 0.5 * 2 + 3
    assert tg.gradients(outputs[-1])[w] == 2 * 0.5 * 1 + 2  # d(w²·1 + w·2 + 3)/dw = 2w + 2
    assert [h.name for h in outputs] == ["h[0]", "h[1]", "h[2]"]


def test_a_tuple_state_is_named_h_c_s2():
    one = tg.Tensor(1.0)
    states = nn.unroll(lambda x, s: (s[0] + one, s[1] + one, s[2] + one), [0.0], (0.0,) * 3).states
    assert [part.name for part in states[0]] == ["h[0]", "c[0]", "s2[0]"]


def test_a_namedtuple_state_keeps_its_fields_and_its_first_is_the_output():
    one = tg.Tensor(1.0)
    outputs, states = nn.unroll(
        lambda x, s: Memory(s.seen + one * x, one * x), [2.0, 3.0], Memory(0.0, 0.0)
    )
    assert [part.name for part in states[1]] == ["seen[1]", "last[1]"]
    assert [out.item() for out in outputs] == [2.0, 5.0]
    assert type(states[1]) is Memory


def test_a_module_of_ones_own_is_asked_for_its_initial_state():
    class Counter(nn.Module):
        def initial_state(self, batch):
            return asarray([[10.0 * batch]] * batch)

        def __call__(self, x, h):
            return h + x

    found = nn.unroll(Counter(), [asarray([[1.0], [2.0]])]).outputs
    assert found[0].tolist() == [[21.0], [22.0]]


# -- lengths of sequences --------------------------------------------------------------------------


def test_no_steps_give_no_outputs():
    assert nn.unroll(nn.RNNCell(1, 1), []) == ([], [])
    assert nn.unroll(nn.RNNCell(1, 1), [], lengths=[0, 0]) == ([], [])


def test_one_step_is_one_call():
    cell, x = nn.RNNCell(1, 1, random.Random(0)), asarray([[2.0]])
    found = nn.unroll(cell, [x]).outputs
    assert [h.tolist() for h in found] == [cell(x, asarray([[0.0]])).tolist()]


@pytest.mark.parametrize("kind", CELLS)
def test_an_array_of_steps_a_tensor_and_an_iterator_are_the_same_as_a_list(kind):
    rng = random.Random(3)
    cell, xs = CELLS[kind](2, 3, rng), inputs(rng, 4, 2, 2)
    expected = list(map(values, nn.unroll(cell, xs).states))
    stacked = asarray([x.tolist() for x in xs])
    for same in (stacked, tg.Tensor(stacked), iter(xs)):
        assert list(map(values, nn.unroll(cell, same).states)) == expected


@pytest.mark.parametrize("kind", CELLS)
def test_each_padded_sequence_is_as_if_it_were_alone(kind):
    rng = random.Random(4)
    cell, xs, lengths = CELLS[kind](2, 3, rng), inputs(rng, 4, 3, 2), [2, 4, 0]
    states = nn.unroll(cell, xs, lengths=lengths).states
    for b, n in enumerate(lengths):
        alone = nn.unroll(cell, [x[b : b + 1] for x in xs[:n]]).states
        wanted = list(map(values, alone)) or [values(cell.initial_state(1))]
        for t, state in enumerate(states):
            found = [[part[b]] for part in values(state)]
            assert rounded(found) == rounded(wanted[min(t, len(wanted) - 1)])


def rounded(nested):
    return [rounded(v) for v in nested] if isinstance(nested, list) else round(nested, 14)


@pytest.mark.parametrize("kind", CELLS)
def test_padding_receives_exactly_no_gradient(kind):
    rng = random.Random(5)
    cell, lengths = CELLS[kind](2, 3, rng), [1, 3]
    xs = [tg.Tensor(x) for x in inputs(rng, 4, 2, 2)]
    outputs, states = nn.unroll(cell, xs, lengths=lengths)
    loss = sum(tg.sum(h * h) for h in outputs) + sum(tg.sum(p) for p in parts(states[-1]))
    found = tg.gradients(loss)
    for t, x in enumerate(xs):
        rows = found[x].tolist() if x in found else [[0.0, 0.0]] * 2
        for row, n in zip(rows, lengths, strict=True):
            assert (row == [0.0, 0.0]) == (t >= n)


def test_padding_changes_no_gradient_of_a_weight():
    rng = random.Random(6)
    cell, xs = nn.GRUCell(2, 3, rng), inputs(rng, 3, 1, 2)
    padded = [*xs, asarray([[9.0, -9.0]])]
    found = tg.gradients(tg.sum(nn.unroll(cell, padded, lengths=[3]).outputs[-1]))
    alone = tg.gradients(tg.sum(nn.unroll(cell, xs).outputs[-1]))
    for p in cell.parameters():
        assert rounded(found[p].tolist()) == rounded(alone[p].tolist())


def test_a_state_without_features_is_not_mixed_between_sequences():
    steps = [asarray([1.0, 10.0])] * 2
    outputs = nn.unroll(lambda x, h: h + x, steps, asarray([0.0, 0.0]), lengths=[1, 2]).outputs
    assert outputs[-1].tolist() == [1.0, 20.0]


def test_states_in_tuples_and_lists_are_frozen_part_by_part():
    x, zero = asarray([[1.0], [1.0]]), asarray([[0.0], [0.0]])
    for kind in (tuple, list):
        states = nn.unroll(
            lambda x, s, kind=kind: kind(part + x for part in s),
            [x, x], kind((zero, zero)), lengths=[1, 2],
        ).states
        assert type(states[-1]) is kind
        assert [part.tolist() for part in states[-1]] == [[[1.0], [2.0]]] * 2


@pytest.mark.parametrize("kind", CELLS)
def test_nan_in_the_padding_reaches_nothing(kind):
    rng = random.Random(7)
    cell, lengths, clean = CELLS[kind](2, 3, rng), [1, 3], inputs(rng, 4, 2, 2)
    dirty = [
        asarray([[math.nan] * 2 if t >= n else row for row, n in zip(x.tolist(), lengths)])
        for t, x in enumerate(clean)
    ]
    results = []
    for data in (clean, dirty):
        xs = [tg.Tensor(x) for x in data]
        outputs, states = nn.unroll(cell, xs, lengths=lengths)
        found = tg.gradients(sum(tg.sum(h * h) for h in outputs))
        gradients = [found[p].tolist() for p in [*cell.parameters(), *xs]]
        results.append((list(map(values, states)), gradients))
    assert results[0] == results[1]


def test_padding_of_whole_numbers_stays_of_whole_numbers():
    seen = []

    def cell(tokens, h):
        seen.append(tokens.tolist())
        return h + tg.Tensor(1.0)

    nn.unroll(cell, [asarray([7, 8]), asarray([9, -1])], asarray([0.0, 0.0]), lengths=[2, 1])
    assert list(map(repr, seen)) == ["[7, 8]", "[9, 0]"]


def test_states_by_name_are_frozen_part_by_part():
    x, zero = asarray([[1.0], [1.0]]), asarray([[0.0], [0.0]])
    states = nn.unroll(
        lambda x, s: {"b": s["b"] + x, "a": s["a"] - x}, [x, x], {"a": zero, "b": zero},
        lengths=[1, 2],
    ).states  # fmt: skip
    found = {part: value.tolist() for part, value in states[-1].items()}
    assert found == {"a": [[-1.0], [-2.0]], "b": [[1.0], [2.0]]}


def test_padding_works_on_numpy_values():
    numpy = pytest.importorskip("numpy")
    steps = [numpy.ones((2, 1))] * 3
    outputs = nn.unroll(lambda x, h: h + x, steps, numpy.zeros((2, 1)), lengths=[1, 3]).outputs
    assert outputs[-1].tolist() == [[1.0], [3.0]]


LENGTHS = {
    "too few": ([2], r"lengths needs 2 whole numbers between 0 and 3, got \[2\]"),
    "too many": ([1, 2, 3], r"needs 2 whole numbers between 0 and 3, got \[1, 2, 3\]"),
    "too long": ([1, 4], r"between 0 and 3, got \[1, 4\]"),
    "negative": ([-1, 3], r"between 0 and 3, got \[-1, 3\]"),
    "a fraction": ([1.5, 3], r"whole numbers between 0 and 3, got \[1.5, 3\]"),
}


@pytest.mark.parametrize("case", LENGTHS)
def test_lengths_that_do_not_fit_are_refused(case):
    lengths, message = LENGTHS[case]
    xs = inputs(random.Random(0), 3, 2, 1)
    with pytest.raises(ValueError, match=message):
        nn.unroll(nn.RNNCell(1, 1), xs, lengths=lengths)


def test_a_cell_without_initial_state_asks_for_one():
    with pytest.raises(ValueError, match=r"no initial_state\(batch\): pass state="):
        nn.unroll(lambda x, h: h + x, [asarray([[1.0]])])


# -- truncated, and in pieces ----------------------------------------------------------------------


def test_truncation_by_hand():
    w, xs = tg.Tensor(0.5), [tg.Tensor(x) for x in (1.0, 2.0, 3.0, 4.0)]
    outputs = nn.unroll(lambda x, h: w * h + x, xs, 0.0, truncate=2).outputs
    h0, h1, h2, h3 = (h.item() for h in outputs)
    assert (h0, h1, h2, h3) == (1.0, 2.5, 4.25, 6.125)
    late = tg.gradients(outputs[3])
    assert late[w] == h2 + 0.5 * h1  # whole would be h2 + w·(h1 + w·h0)
    assert [late.get(x) for x in xs] == [None, None, 0.5, 1.0]
    assert outputs[1] not in late
    assert [tg.gradients(outputs[1])[x] for x in xs[:2]] == [0.5, 1.0]


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("k", [1, 2, 3, 7, 8])
def test_the_gradient_ends_at_the_cut_and_is_whole_before_it(kind, k):
    rng, T = random.Random(8), 7
    cell, plain = CELLS[kind](2, 3, rng), inputs(rng, T, 2, 2)
    xs, ys = ([tg.Tensor(x) for x in plain] for _ in range(2))
    cut = nn.unroll(cell, xs, truncate=k).outputs
    whole = nn.unroll(cell, ys).outputs
    assert [h.tolist() for h in cut] == [h.tolist() for h in whole]
    for t in range(T):
        found, full = (tg.gradients(tg.sum(hs[t])) for hs in (cut, whole))
        for s in range(t + 1):
            if s // k == t // k:
                assert found[xs[s]].tolist() == full[ys[s]].tolist()
            else:
                assert xs[s] not in found


@pytest.mark.parametrize("kind", CELLS)
def test_the_cut_is_a_node_of_the_graph_for_each_part_of_the_state(kind):
    xs = inputs(random.Random(9), 5, 1, 2)
    outputs, states = nn.unroll(CELLS[kind](2, 2, random.Random(0)), xs, truncate=2)
    graph = tg.trace([tg.sum(h) for h in outputs], states)
    cuts = [node for node in graph.nodes if node.op == "stop_gradient"]
    assert [cut.step for cut in cuts] == [step for step in (2, 4) for _ in parts(states[0])]
    tails = {edge.head: edge.tail for edge in graph.edges}
    assert all(graph.nodes[tails[cut.id]].step == cut.step - 1 for cut in cuts)
    assert tg.trace([tg.sum(h) for h in outputs]) == graph


@pytest.mark.parametrize("level", ["strip", "cell", "op"])
def test_a_truncated_network_is_drawn_and_its_flow_ends_at_the_cut(level):
    xs = inputs(random.Random(10), 5, 1, 2)
    outputs = nn.unroll(nn.GRUCell(2, 2, random.Random(0)), xs, truncate=3).outputs
    losses = [tg.sum(h) for h in outputs]
    norms = tg.flow(losses, loss=4).norms("h")
    assert [bool(norm) for norm in norms] == [False, False, False, True, True]
    assert tg.draw(losses, level=level, loss=4).source.startswith("digraph")


@pytest.mark.parametrize("kind", CELLS)
def test_a_stream_in_pieces_is_one_truncated_sequence(kind):
    rng = random.Random(11)
    cell, xs, k = CELLS[kind](2, 3, rng), inputs(rng, 7, 2, 2), 3
    long = nn.unroll(cell, xs, truncate=k)
    state, states, shares = None, [], []
    for begin in range(0, len(xs), k):
        piece = nn.unroll(cell, xs[begin : begin + k], state)
        shares.append(tg.gradients(sum(tg.sum(h * h) for h in piece.outputs)))
        states += piece.states
        state = nn.carried(piece.states[-1])
    assert list(map(values, states)) == list(map(values, long.states))
    found = tg.gradients(sum(tg.sum(h * h) for h in long.outputs))
    for p in cell.parameters():
        pieces = sum(share[p] for share in shares)
        assert rounded(pieces.tolist()) == rounded(found[p].tolist())


def test_what_is_carried_is_plain_and_of_the_same_structure():
    states = nn.unroll(nn.LSTMCell(1, 2), inputs(random.Random(0), 2, 1, 1)).states
    state = nn.carried([states[-1], {"h": states[0].h}])
    assert type(state[0]) is nn.LSTMState
    assert state[0].c is states[-1].c.value
    assert state[1]["h"] is states[0].h.value


def test_the_state_that_was_given_is_not_cut():
    start = tg.Tensor(1.0)
    outputs = nn.unroll(lambda x, h: h * x, [2.0, 3.0], start, truncate=2).outputs
    assert tg.gradients(outputs[-1])[start] == 6.0


@pytest.mark.parametrize("wrong", [0, -1, 2.5])
def test_a_truncation_that_is_no_number_of_steps_is_refused(wrong):
    with pytest.raises(ValueError, match="truncate must be a whole number of at least 1, got"):
        nn.unroll(nn.RNNCell(1, 1), [], truncate=wrong)


# -- long sequences --------------------------------------------------------------------------------


def long_chain(T):
    cell = nn.RNNCell(1, 1)
    cell.load_state_dict({"W": asarray([[1.0, 0.5]]), "b": asarray([0.0])})
    return cell, nn.unroll(cell, [asarray([[0.1]])] * T).outputs[-1]


def recurrence(T, W=1.0, U=0.5, x=0.1):
    """(h_T, dh_T/dW, dh_T/dU), carried forward: dh' = (1 - h'²)·(W·dh + h or x)."""
    h = dW = dU = 0.0
    for _ in range(T):
        new = math.tanh(W * h + U * x)
        dW, dU = ((1 - new * new) * (W * d + v) for d, v in ((dW, h), (dU, x)))
        h = new
    return h, dW, dU


def test_twenty_thousand_steps_differentiate_at_the_usual_recursion_limit():
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    try:
        cell, last = long_chain(20_000)
        found = tg.gradients(tg.sum(last))[cell.W].tolist()[0]
        assert [last.item(), *found] == pytest.approx(recurrence(20_000), rel=1e-9)
    finally:
        sys.setrecursionlimit(usual)


def test_a_long_graph_is_freed_by_reference_counting_alone():
    cell, last = long_chain(20_000)
    tg.sum(last).backward()
    node = last
    for _ in range(1000):
        node = next(x for x in node.inputs if type(x) is tg.Tensor)
    alive = weakref.ref(node)
    gc.disable()
    try:
        del node, last
        assert alive() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ([1.0, 2.0], TypeError, r"an x is an array \(B, 2\), got a list: make it one with tg.arr"),
        (1.0, TypeError, r"an x is an array \(B, 2\), got a float"),
        (tg.arrays.ones((1, 3)), ValueError, r"has input_size 2, got an x of shape \(1, 3\)"),
    ],
)
@pytest.mark.parametrize("kind", CELLS)
def test_an_input_that_does_not_fit_is_refused_in_its_own_words(kind, x, error, message):
    with pytest.raises(error, match=message):
        nn.unroll(CELLS[kind](2, 4), [x] * 3)
