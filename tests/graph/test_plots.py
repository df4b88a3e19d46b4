"""Plots: norms against lag on a logarithmic axis, gates as heat maps of units over time."""

import math
import random
import subprocess
import sys

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.graph import flow
from tinygrad_rnn.graph.gates import gates_of
from tinygrad_rnn.graph.plots import plot_flow, plot_gates
from tinygrad_rnn.graph.tracing import record

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  after the backend is chosen


@pytest.fixture(autouse=True)
def closed():
    """Figures are global: none is left open."""
    yield
    pyplot.close("all")


def linear_rnn(w, steps=4):
    """h' = w·h: the norm at lag k is w to the power of k."""
    weight, h, states = tg.Tensor(w, name="w"), 1.0, []
    for _ in range(steps):
        h = weight * h
        states.append(h)
    return [h * 1.0], states


def unrolled(cell, steps=3, batch=1):
    rng = random.Random(1)
    xs = [tg.Tensor([[rng.random(), rng.random()] for _ in range(batch)]) for _ in range(steps)]
    outputs, states = nn.unroll(cell, xs)
    return [tg.sum(h) for h in outputs], states


class Norms:
    """A flow of which nothing is known but its norms, the last at lag 0."""

    state_names = ("h",)

    def __init__(self, *norms):
        self.values = norms

    def by_lag(self, name=None):
        return list(self.values)[::-1]

    def factor(self, name=None):
        return math.nan


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def drawn(ax):
    """The lines that stand for networks, as [(lag, height)]."""
    lines = [line for line in ax.get_lines() if line.get_linestyle() in ("-", "--", "-.", ":")]
    return [list(zip(*line.get_data(), strict=True)) for line in lines[1:]]  # the first marks 1


# plot_flow -------------------------------------------------------------------------------------


def test_the_line_falls_by_the_factor_per_step_back():
    ax = plot_flow(flow(*linear_rnn(0.1)))
    [line] = drawn(ax)
    assert [lag for lag, _ in line] == [0, 1, 2, 3]
    assert [height for _, height in line] == pytest.approx([1.0, 0.1, 0.01, 0.001])
    assert ax.get_yscale() == "log"
    assert legend(ax) == ["×0.1 per step back"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("steps back", "|dL/dh| relative to lag 0")


def test_a_flow_plots_itself_on_the_axes_it_is_given():
    ax = pyplot.figure().add_subplot()
    assert flow(*linear_rnn(0.1)).plot(ax) is ax
    assert legend(ax) == ["×0.1 per step back"]


def test_networks_are_overlaid_and_told_apart_without_colour():
    names = ["RNN", "GRU", "LSTM", "mine"]
    ax = plot_flow({name: flow(*linear_rnn(0.5 + k / 10)) for k, name in enumerate(names)})
    said = [f"{name}: ×{0.5 + k / 10:.1f} per step back" for k, name in enumerate(names)]
    assert legend(ax) == said
    looks = {(line.get_linestyle(), line.get_marker()) for line in ax.get_lines()[1:]}
    assert len(looks) == len(names)


def test_what_has_no_place_on_the_axis_is_marked_and_leaves_a_gap():
    ax = plot_flow({"odd": Norms(math.inf, math.nan, 0.0, 1e-300, None, 0.5, 2.0)})
    [line] = drawn(ax)
    shown = {lag: height for lag, height in line if not math.isnan(height)}
    assert shown == pytest.approx({0: 1.0, 1: 0.25, 3: 5e-301})
    marks = {line.get_marker(): list(line.get_xdata()) for line in ax.get_lines()[2:]}
    assert marks == {"v": [2, 4], "x": [5, 6]}
    assert legend(ax) == ["odd: no factor", "0, or no gradient", "nan or infinite"]
    ax.figure.canvas.draw()


@pytest.mark.parametrize("start", [0.0, math.inf, math.nan])
def test_relative_to_nothing_there_is_no_line(start):
    ax = plot_flow(Norms(1.0, 0.5, start))
    [line] = drawn(ax)
    assert all(math.isnan(height) for _, height in line)
    assert [lag for lag in ax.get_lines()[-1].get_xdata() if lag] == [1, 2]


def test_the_part_of_the_state_can_be_chosen():
    lstm = flow(*unrolled(nn.LSTMCell(2, 3, random.Random(0))))
    assert "dL/dc" in plot_flow(lstm, part="c").get_ylabel()
    with pytest.raises(ValueError, match="no part of the state is called z"):
        plot_flow(lstm, part="z")


def test_the_axes_that_are_given_are_drawn_on_and_no_others_made():
    figure, ax = pyplot.subplots()
    assert plot_flow(flow(*linear_rnn(0.5)), ax) is ax
    assert pyplot.get_fignums() == [figure.number]


@pytest.mark.parametrize("name", ["_hidden", "$x^{$", "a\x00b\ud800", "<b>", "x" * 100_000])
def test_no_name_of_a_network_breaks_the_plot(name):
    ax = plot_flow({name: flow(*linear_rnn(0.5))})
    ax.figure.canvas.draw()
    assert "×0.5 per step back" in legend(ax)[0]
    assert len(legend(ax)[0]) < 80


def test_no_flow_at_all_is_an_error():
    with pytest.raises(ValueError, match="expected a Flow or .* got none"):
        plot_flow({})


# plot_gates ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "titles"),
    [
        (nn.LSTMCell, ["f (sigmoid)", "i (sigmoid)", "g (tanh)", "o (sigmoid)"]),
        (nn.GRUCell, ["r (sigmoid)", "z (sigmoid)", "n (tanh)"]),
        (nn.RNNCell, ["h (tanh)"]),
    ],
)
@pytest.mark.parametrize("steps", [1, 3])
def test_every_gate_of_a_cell_has_a_heat_map(cell, titles, steps):
    axes = plot_gates(*unrolled(cell(2, 4, random.Random(0)), steps))
    assert [ax.get_title() for ax in axes] == titles
    for ax in axes:
        [image] = ax.get_images()
        assert image.get_array().shape == (4, steps)
        least = 0 if "sigmoid" in ax.get_title() else -1
        assert image.get_clim() == (least, 1)
    axes[0].figure.canvas.draw()


def test_a_heat_map_shows_the_activations_of_one_sequence():
    losses, states = unrolled(nn.RNNCell(2, 3, random.Random(0)), steps=2, batch=2)
    for batch in (0, 1, -1):
        [ax] = plot_gates(losses, states, batch=batch)
        shown = ax.get_images()[0].get_array().tolist()
        expected = [[h.value.tolist()[batch][unit] for h in states] for unit in range(3)]
        assert shown == expected
    with pytest.raises(ValueError, match="batch is one of 2 sequences, got 2"):
        plot_gates(losses, states, batch=2)


def test_gates_without_telling_names_are_called_by_their_op_and_followed_through_time():
    """One weight for all gates, cut in slices; what is added first changes from step to step."""
    W, b = tg.Tensor([[0.1 * k, 0.2] for k in range(6)]), tg.Tensor([0.1] * 6)

    def cell(x, state):
        s = tg.linear(x, W, b)
        f, i, g = tg.sigmoid(s[:, :2]), tg.sigmoid(s[:, 2:4]), tg.tanh(s[:, 4:])
        return f * state + i * g if x[0, 1] == 1.0 else i * g + f * state

    xs = [tg.arrays.asarray([[1.0, t]]) for t in range(3)]
    _, states = nn.unroll(cell, xs, tg.arrays.zeros((1, 2)))
    gates = gates_of(record(tg.sum(states[-1]), states))
    assert sorted(gate.name for gate in gates) == ["sigmoid 1", "sigmoid 2", "tanh 1"]
    for gate in gates:
        assert sorted(gate.values) == [0, 1, 2]
    first = {gate.name: [row[0] for row in gate.activations(3)] for gate in gates}
    for t in range(3):
        s = [0.1 * k + 0.2 * t + 0.1 for k in range(6)]
        f, i = ([1 / (1 + math.exp(-v)) for v in part] for part in (s[:2], s[2:4]))
        at_t = {gate.name: [row[t] for row in gate.activations(3)] for gate in gates}
        assert sorted([at_t["sigmoid 1"], at_t["sigmoid 2"]]) == [
            pytest.approx(part) for part in sorted([f, i])
        ]
        order = at_t["sigmoid 1"] < at_t["sigmoid 2"]
        assert order == (first["sigmoid 1"] < first["sigmoid 2"])
        assert at_t["tanh 1"] == pytest.approx([math.tanh(v) for v in s[4:]])


def test_a_cell_of_numbers_has_one_unit():
    w, u, h, states = tg.Tensor(0.5, name="w_z"), tg.Tensor(0.3, name="u_z"), 0.0, []
    for x in (1.0, -1.0):
        z = tg.sigmoid(w * h + u * x)
        h = z * h + (1.0 - z) * x
        states.append(h)
    [ax] = plot_gates(h * 1.0, states, tokens="ab")
    assert ax.get_title() == "z (sigmoid)"
    assert ax.get_images()[0].get_array().shape == (1, 2)


def test_layers_are_told_apart():
    cells = [nn.GRUCell(2, 3, random.Random(0)), nn.GRUCell(3, 3, random.Random(1))]

    def stacked(x, state):
        lower = cells[0](x, state[0])
        return [lower, cells[1](lower, state[1])]

    start = [tg.arrays.zeros((1, 3))] * 2
    _, states = nn.unroll(stacked, [tg.arrays.ones((1, 2))] * 2, start)
    gates = gates_of(record(tg.sum(states[-1][1]), states))
    assert [gate.name for gate in gates] == ["l0.r", "l0.z", "l0.n", "l1.r", "l1.z", "l1.n"]


def test_a_step_without_a_gate_is_left_empty():
    weight, h, states = tg.Tensor([0.5, 0.2], name="W_z"), tg.arrays.ones((2,)), []
    for t in range(3):
        h = tg.sigmoid(weight * h) * 2.0 if t != 1 else h * weight
        states.append(h)
    [gate] = gates_of(record(tg.sum(h), states))
    [top, _] = gate.activations(3)
    assert math.isnan(top[1])
    assert top[0] == pytest.approx(1 / (1 + math.exp(-0.5)))


def test_a_readout_is_no_gate():
    _, states = linear_rnn(0.5)
    weight = states[0].inputs[0]
    with pytest.raises(ValueError, match="no step has a sigmoid or tanh"):
        plot_gates([tg.sigmoid(states[-1] * weight)], states)


def test_a_gate_is_called_by_its_own_weights_and_not_by_those_before_the_state():
    W, V, h, states = tg.Tensor(0.5, name="W_f"), tg.Tensor(0.3, name="V_y"), 1.0, []
    for _ in range(3):
        h = h + V * tg.sigmoid(W * h)
        states.append(h)
    [gate] = gates_of(record(h * 1.0, states))
    assert gate.name == "f"
    assert sorted(gate.values) == [0, 1, 2]


def test_the_axes_that_are_given_hold_the_gates():
    losses, states = unrolled(nn.GRUCell(2, 3, random.Random(0)))
    figure, axes = pyplot.subplots(2, 2)
    assert plot_gates(losses, states, axes) is axes
    assert [ax.get_title() for ax in axes.flat] == ["r (sigmoid)", "z (sigmoid)", "n (tanh)", ""]
    assert pyplot.get_fignums() == [figure.number]
    with pytest.raises(ValueError, match="3 gates need as many Axes, got 1"):
        plot_gates(losses, states, figure.add_subplot())


def test_tokens_name_the_steps_as_they_are():
    losses, states = unrolled(nn.RNNCell(2, 3, random.Random(0)))
    [ax] = plot_gates(losses, states, tokens=["$x^{$", " ", "<script>alert"])
    ax.figure.canvas.draw()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["$x^{$", "·", "<script…"]


# Without matplotlib ----------------------------------------------------------------------------


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    for ask in (
        lambda: plot_flow(flow(*linear_rnn(0.5))),
        lambda: plot_gates(*unrolled(nn.RNNCell(2, 3))),
    ):
        with pytest.raises(ImportError, match=r"pip install 'tinygrad-rnn\[plot\]'"):
            ask()


def test_matplotlib_is_imported_only_to_plot(bare_environment):
    code = "import sys, tinygrad_rnn.graph.plots; print('matplotlib' in sys.modules)"
    environment = {**bare_environment, "PYTHONPATH": ":".join(filter(None, sys.path))}
    command = [sys.executable, "-c", code]
    assert subprocess.check_output(command, env=environment, text=True) == "False\n"
