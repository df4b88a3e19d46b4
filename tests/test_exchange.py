"""Weights to and from PyTorch's layout."""

import functools
import random

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.exchange import from_torch, to_torch

CELLS = {"RNNCell": nn.RNNCell, "LSTMCell": nn.LSTMCell, "GRUCell": nn.GRUCell}


def numbered(cell):
    """The cell with the weights 1, 2, 3, ... in the order of its fields."""
    start = 1.0
    state = {}
    for name, value in cell.state_dict().items():
        size = value.size
        entries = tg.arrays.asarray([start + k for k in range(size)])
        state[name] = tg.arrays.reshape(entries, value.shape)
        start += size
    cell.load_state_dict(state)
    return cell


# With X = H = 1 a matrix [h, x] has two entries: the recurrent weight, then the input's.
LAYOUTS = {
    "RNNCell": {  # W = [1, 2], b = 3
        "weight_ih": [[2]], "weight_hh": [[1]], "bias_ih": [3], "bias_hh": [0],
    },
    "LSTMCell": {  # fields f: 1 2 | 3, i: 4 5 | 6, g: 7 8 | 9, o: 10 11 | 12; PyTorch's: i f g o
        "weight_ih": [[5], [2], [8], [11]],
        "weight_hh": [[4], [1], [7], [10]],
        "bias_ih": [6, 3, 9, 12],
        "bias_hh": [0, 0, 0, 0],
    },
    "GRUCell": {  # fields r: 1 2 | 3, z: 4 5 | 6, xn: 7 | 8, hn: 9 | 10; PyTorch's: r z n
        "weight_ih": [[2], [5], [7]],
        "weight_hh": [[1], [4], [9]],
        "bias_ih": [3, 6, 8],
        "bias_hh": [0, 0, 10],
    },
}


@pytest.mark.parametrize("kind", CELLS)
def test_to_torch_puts_every_number_where_pytorch_reads_it(kind):
    found = to_torch(numbered(CELLS[kind](1, 1)))
    assert {name: value.tolist() for name, value in found.items()} == LAYOUTS[kind]


@pytest.mark.parametrize("kind", CELLS)
def test_from_torch_takes_the_numbers_back(kind):
    cell = CELLS[kind](1, 1)
    from_torch(cell, LAYOUTS[kind])
    ours, expected = cell.state_dict(), numbered(CELLS[kind](1, 1)).state_dict()
    assert {n: v.tolist() for n, v in ours.items()} == {n: v.tolist() for n, v in expected.items()}


@pytest.mark.parametrize("kind", CELLS)
def test_there_and_back_changes_nothing(kind):
    cell, other = (CELLS[kind](2, 3, random.Random(seed)) for seed in (0, 1))
    from_torch(other, to_torch(cell))
    ours, theirs = cell.state_dict(), other.state_dict()
    assert {n: v.tolist() for n, v in ours.items()} == {n: v.tolist() for n, v in theirs.items()}


def test_two_biases_of_one_gate_become_their_sum():
    cell = nn.RNNCell(1, 1)
    from_torch(cell, {**LAYOUTS["RNNCell"], "bias_hh": [0.25]})
    assert cell.b.tolist() == [3.25]


def test_the_new_gru_bias_stays_two_because_the_reset_stands_between():
    cell = nn.GRUCell(1, 1)
    from_torch(cell, {**LAYOUTS["GRUCell"], "bias_hh": [0.5, 0.25, 10]})
    assert (cell.b_r.item(), cell.b_z.item()) == (3.5, 6.25)
    assert (cell.b_xn.item(), cell.b_hn.item()) == (8, 10)


@pytest.mark.parametrize("kind", CELLS)
def test_a_torch_cell_reads_what_to_torch_writes_and_gives_it_back(kind):
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.nn, kind)(2, 3, dtype=torch.float64)
    double = functools.partial(torch.tensor, dtype=torch.float64)
    first = to_torch(CELLS[kind](2, 3, random.Random(0)))
    theirs.load_state_dict({n: double(v.tolist()) for n, v in first.items()})
    cell = CELLS[kind](2, 3)
    from_torch(cell, theirs.state_dict())
    back = {n: double(v.tolist()) for n, v in to_torch(cell).items()}
    assert all(torch.equal(back[n], v) for n, v in theirs.state_dict().items())


def test_a_numpy_cell_keeps_its_kind_of_value():
    numpy = pytest.importorskip("numpy")
    cell = nn.LSTMCell(1, 1).map(lambda t: tg.Tensor(numpy.asarray(t.value), name=t.name))
    from_torch(cell, LAYOUTS["LSTMCell"])
    assert isinstance(cell.W_o.value, numpy.ndarray)
    assert cell.W_o.tolist() == [[10, 11]]


WRONG = {
    "a missing array": (
        {"weight_ih": [[2]], "bias_ih": [3]}, "from_torch: missing weight_hh, bias_hh$",
    ),
    "a misshapen array": (
        {**LAYOUTS["RNNCell"], "weight_hh": [[1, 2]]},
        r"from_torch: weight_hh has \(1, 2\), needs \(1, 1\)",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_state_that_does_not_fit_is_refused_and_nothing_changes(case):
    state, message = WRONG[case]
    cell = numbered(nn.RNNCell(1, 1))
    with pytest.raises(ValueError, match=message):
        from_torch(cell, state)
    assert (cell.W.tolist(), cell.b.tolist()) == ([[1, 2]], [3])


def test_a_cell_of_ones_own_has_no_known_layout():
    class Own(nn.RNNCell):
        """The equations may be others, so the layout may be too."""

    with pytest.raises(TypeError, match="RNNCell, LSTMCell, GRUCell, not of Own"):
        to_torch(Own(1, 1))


# -- networks --------------------------------------------------------------------------------------

NETWORKS = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}


def test_a_network_names_each_cell_by_its_layer_and_direction():
    network = nn.RNN(1, 1, 2, bidirectional=True)
    for k, cell in enumerate(network.cells.values()):
        W = [[10.0 * k + 1 + i for i in range(cell.W.shape[1])]]
        cell.load_state_dict({"W": tg.arrays.asarray(W), "b": tg.arrays.asarray([-1.0 - k])})
    assert {name: value.tolist() for name, value in to_torch(network).items()} == {
        "weight_ih_l0": [[2]], "weight_hh_l0": [[1]], "bias_ih_l0": [-1], "bias_hh_l0": [0],
        "weight_ih_l0_reverse": [[12]], "weight_hh_l0_reverse": [[11]],
        "bias_ih_l0_reverse": [-2], "bias_hh_l0_reverse": [0],
        "weight_ih_l1": [[22, 23]], "weight_hh_l1": [[21]], "bias_ih_l1": [-3], "bias_hh_l1": [0],
        "weight_ih_l1_reverse": [[32, 33]], "weight_hh_l1_reverse": [[31]],
        "bias_ih_l1_reverse": [-4], "bias_hh_l1_reverse": [0],
    }  # fmt: skip


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("kind", NETWORKS)
def test_a_torch_network_reads_what_to_torch_writes_and_gives_it_back(kind, both):
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.nn, kind)(2, 3, 2, bidirectional=both, dtype=torch.float64)
    double = functools.partial(torch.tensor, dtype=torch.float64)
    first, second = (NETWORKS[kind](2, 3, 2, both, rng=random.Random(seed)) for seed in (0, 1))
    theirs.load_state_dict({n: double(v.tolist()) for n, v in to_torch(first).items()})
    from_torch(second, theirs.state_dict())
    ours, found = first.state_dict(), second.state_dict()
    assert {n: v.tolist() for n, v in ours.items()} == {n: v.tolist() for n, v in found.items()}


def without(state, name):
    return {key: value for key, value in state.items() if key != name}


WRONG_NETWORKS = {
    "a missing array": (
        lambda state: without(state, "bias_hh_l1_reverse"), "missing bias_hh_l1_reverse$",
    ),
    "a third layer": (
        lambda state: {**state, "weight_ih_l2": [[1]]}, "from_torch: unexpected weight_ih_l2$",
    ),
    "a misshapen array": (
        lambda state: {**state, "bias_ih_l1": [1, 2, 3]},
        r"bias_ih_l1 has \(3,\), needs \(2,\)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_NETWORKS)
def test_a_state_that_does_not_fit_a_network_is_refused_and_nothing_changes(case):
    spoilt, message = WRONG_NETWORKS[case]
    network = nn.RNN(1, 2, 2, bidirectional=True)
    before = {name: value.tolist() for name, value in network.state_dict().items()}
    with pytest.raises(ValueError, match=message):
        from_torch(network, spoilt(to_torch(nn.RNN(1, 2, 2, bidirectional=True))))
    assert {name: value.tolist() for name, value in network.state_dict().items()} == before
