"""What the op level says, read from its DOT: every op a node, one step placed and copied."""

import random
import re
import xml.dom.minidom

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.graph.dot.faces import Faces
from tinygrad_rnn.graph.dot.op import op_level
from tinygrad_rnn.graph.dot.palette import Scale
from tinygrad_rnn.graph.gradient_flow import flow
from tinygrad_rnn.graph.render import lay_out
from tinygrad_rnn.graph.views.blocks import block_of
from tinygrad_rnn.graph.views.labels import gate_letters
from tinygrad_rnn.graph.views.wiring import wire

CELLS = {"LSTM": nn.LSTMCell, "GRU": nn.GRUCell, "RNN": nn.RNNCell}


class Leaky(nn.Module):
    """h' = 0.9·h + 0.1·tanh(W·[h, x] + b), by a user; `odd` steps may take another op."""

    def __init__(self, odd=False):
        rng = random.Random(0)
        self.W = tg.Tensor([[rng.gauss(0, 1) for _ in range(5)] for _ in range(3)], name="W")
        self.b = tg.Tensor([0.1, 0.2, 0.3], name="b")
        self.odd, self.calls = odd, 0

    def initial_state(self, batch):
        return tg.arrays.zeros((batch, 3))

    def __call__(self, x, h):
        self.calls += 1
        new = 0.9 * h + 0.1 * tg.tanh(tg.linear(tg.concat([h, x], axis=-1), self.W, self.b))
        return tg.exp(new) if self.odd and self.calls % 2 else new


class Stacked(nn.Module):
    """Two LSTM cells, one above the other."""

    def __init__(self):
        self.low, self.high = (nn.LSTMCell(n, 3, random.Random(n)) for n in (2, 3))

    def initial_state(self, batch):
        return [self.low.initial_state(batch), self.high.initial_state(batch)]

    def __call__(self, x, state):
        low = self.low(x, state[0])
        return [low, self.high(low.h, state[1])]


def run(cell, steps, plain=False, which=None):
    rng = random.Random(0)
    xs = [[[rng.gauss(0, 1), rng.gauss(0, 1)]] for _ in range(steps)]
    outputs, states = nn.unroll(cell, [tg.arrays.asarray(x) if plain else tg.Tensor(x) for x in xs])
    losses = [tg.sum(h) for h in outputs]
    return (losses if which is None else [losses[which]]), states


def both_ways(steps):
    """One RNN from left to right, one from right to left; a loss of both at every step."""
    ahead, back = (nn.RNNCell(2, 3, random.Random(seed)) for seed in (1, 2))
    xs = [tg.Tensor([[1.0, 0.5 * t]], name=f"x[{t}]") for t in range(steps)]
    f = nn.unroll(ahead, xs).outputs
    h, b = tg.arrays.zeros((1, 3)), []
    for x in reversed(xs):
        h = back(x, h)
        b.insert(0, h)
    states = [{"h": p, "back": {"h": q}} for p, q in zip(f, b, strict=True)]
    return [tg.sum(p) + tg.sum(q) for p, q in zip(f, b, strict=True)], states


def standard(name, steps, **options):
    return run(CELLS[name](2, 3, random.Random(0)), steps, **options)


def source(*networks, show=None, loss=-1, **options):
    wirings = [
        wire(f"net {k}" if len(networks) > 1 else "", flow(*network, loss=loss), show=show)
        for k, network in enumerate(networks)
    ]
    return op_level(wirings, "title", "subtitle", **options).source


def nodes(text):
    """{name: attributes}"""
    return dict(re.findall(r"^\t+(n\d\w+) \[(.*)\]$", text, re.M))


def edges(text):
    """(tail, head, attributes) of every edge that is seen."""
    found = re.findall(r"^\t+(n\d\w+) -> (n\d\w+) \[(.*)\]$", text, re.M)
    return [edge for edge in found if "invis" not in edge[2]]


def labels(text, t):
    """The labels of a step, sorted."""
    found = (re.search(r'label="?(.*?)"? (?:pos|shape|fill)', a) for a in step(text, t).values())
    return sorted(match[1] for match in found)


def step(text, t):
    return {name: attrs for name, attrs in nodes(text).items() if name.startswith(f"n0t{t}i")}


def place(attrs):
    x, y = re.search(r'pos="(-?[\d.]+),(-?[\d.]+)!"', attrs).groups()
    return float(x), float(y)


def test_every_op_of_an_lstm_step_is_a_node_and_no_weight_is():
    shown = labels(source(standard("LSTM", 3)), 1)
    gates = ["W_f", "W_g", "W_i", "W_o", "tanh g", "σ f", "σ i", "σ o"]
    assert shown == sorted([*gates, "[h, x]", "x", "+", "×", "×", "×", "tanh", "L"])


def test_gates_of_a_gru_have_the_letters_of_their_weights():
    shown = labels(source(standard("GRU", 2)), 1)
    assert {"σ r", "σ z", "tanh n", "1 −", "W_xn", "W_hn"} <= set(shown)


@pytest.mark.parametrize("name", CELLS)
def test_no_edge_leaves_a_weight_and_every_other_edge_is_drawn(name):
    losses, states = standard(name, 3)
    graph = flow(losses, states).graph
    weights = {n.id for n in graph.nodes if n.step == "shared"}
    expected = sum(edge.tail not in weights for edge in graph.edges)
    drawn = [attrs for _, _, attrs in edges(source((losses, states)))]
    plain = [attrs for attrs in drawn if "back: no gradient" in attrs]
    assert len(drawn) >= expected > len(drawn) - len(plain)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_every_step_of_a_standard_cell_is_placed_alike(name, direction):
    text = source(standard(name, 4), direction=direction)
    assert "layout=nop2" in text
    moved = set()
    for item, attrs in step(text, 1).items():
        before = place(attrs)
        after = place(nodes(text)[item.replace("t1", "t2")])
        moved.add((round(after[0] - before[0], 1), round(after[1] - before[1], 1)))
    ((x, y),) = moved
    assert (x > 0 and y == 0) if direction == "LR" else (x == 0 and y < 0)


def test_the_cell_state_runs_straight_along_the_top():
    text = source(standard("LSTM", 3))
    block = block_of(flow(*standard("LSTM", 3)).graph)
    heights = {i: place(step(text, 1)[f"n0t1i{i}"])[1] for i in range(len(block.items))}
    c, h = block.parts["c"], block.parts["h"]
    assert heights[c] == max(heights.values()) > heights[h]
    (carried,) = (a for tail, head, a in edges(text) if tail == f"n0t0i{c}" and "n0t1" in head)
    ys = {float(point.split(",")[-1]) for point in re.search(r'pos="(.*?)"', carried)[1].split()}
    assert ys == {heights[c]}


def test_colours_are_those_of_the_norms():
    """h' = w·h with w = 0.1, three steps: dL/dh is 0.01, 0.1, 1."""
    w, h, states = tg.Tensor(0.1, name="w"), 1.0, []
    for _ in range(3):
        h = w * h
        states.append(h)
    text = source(([h * 1.0], states))
    fills = {re.search(r'fillcolor="(.*?)"', a)[1] for a in nodes(text).values() if "w ×" in a}
    look = Scale(-2, 1).look
    assert fills == {look(norm).fill for norm in (0.01, 0.1, 1.0)}


def test_plain_data_and_a_plain_start_are_white_circles():
    text = source(standard("GRU", 3, plain=True))
    data = [a for a in nodes(text).values() if "plain data" in a]
    assert len(data) == 3
    assert all('fillcolor="#ffffff"' in attrs and "circle" in attrs for attrs in data)
    assert 'fillcolor="#ffffff"' in nodes(text)["n0start0"]


def test_a_product_with_the_plain_start_is_called_as_in_the_other_steps():
    """h' = w·h + z·h from h = 0: at the first step both are products with a number."""
    w, z, h, states = tg.Tensor(0.1, name="w"), tg.Tensor(0.2, name="z"), 0.0, []
    for _ in range(2):
        h = w * h + tg.tanh(z) * h
        states.append(h)
    text = source(([h * 1.0], states))
    assert labels(text, 0) == [label for label in labels(text, 1) if label != "L"]


def test_what_was_plain_in_the_first_step_is_dashed():
    text = source(standard("RNN", 3, plain=True))
    ghosts = {name for name, attrs in nodes(text).items() if "dashed" in attrs}
    assert {name[:4] for name in ghosts} == {"n0t0"}
    assert labels(text, 0) == labels(text, 1)


def test_a_tensor_as_start_has_its_colour():
    start = tg.Tensor([[0.1, 0.2, 0.3]])
    cell, x = nn.RNNCell(2, 3, random.Random(0)), tg.Tensor([[1.0, 2.0]])
    outputs, states = nn.unroll(cell, [x], start)
    text = source(([tg.sum(outputs[0])], states))
    assert 'fillcolor="#ffffff"' not in nodes(text)["n0start0"]


def test_a_readout_at_one_step_only_leaves_the_others_as_they_are():
    text = source(standard("LSTM", 4, which=2))
    assert ["L" in labels(text, t) for t in range(3)] == [False, False, True]
    assert len(step(text, 1)) == len(step(text, 2)) - 1


def test_tokens_stand_in_the_input_circles():
    text = source(standard("RNN", 3), tokens=["a", " ", "<b>"])
    assert [next(iter(set(labels(text, t)) - {"L", "W", "tanh", "[h, x]"})) for t in range(3)] == [
        "a",
        "·",
        " <b> ",
    ]


def test_the_middle_of_a_long_sequence_is_left_out():
    text = source(standard("LSTM", 60), max_columns=6)
    assert re.findall(r'label="t = (\d+)"', text) == ["0", "56", "57", "58", "59"]
    assert "t = 1 … 55\\n(55 steps)" in text
    assert len([1 for tail, head, _ in edges(text) if head == "n0gap1"]) == 2
    assert len([1 for tail, head, _ in edges(text) if tail == "n0gap1"]) == 2


def test_networks_share_their_columns():
    text = source(standard("LSTM", 3), standard("RNN", 3))
    boxes = re.findall(r'bb="([-\d.]+),([-\d.]+),([-\d.]+),([-\d.]+)"', text)
    assert [box[::2] for box in boxes[:3]] == [box[::2] for box in boxes[3:]]
    assert float(boxes[0][1]) > float(boxes[3][3])


def test_a_text_stands_below_the_name():
    text = source(standard("LSTM", 2), show="both")
    assert re.search(r'label="σ f\\n[^"]*±[^"]*\\ngrad', text)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("show", [None, "both"])
def test_no_node_lies_upon_another(name, direction, show):
    text = source(standard(name, 2), show=show, direction=direction)
    boxes = step(text, 1).values()
    spots = [(place(a), *map(float, re.findall(r"(?:width|height)=([\d.]+)", a))) for a in boxes]
    for k, ((x, y), high, wide) in enumerate(spots):
        for (x2, y2), high2, wide2 in spots[:k]:
            apart = abs(x - x2) >= 36 * (wide + wide2) or abs(y - y2) >= 36 * (high + high2)
            assert apart, "two nodes overlap"


@pytest.mark.needs_program
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_a_cell_of_ones_own_is_laid_out_once_and_tiled(direction):
    text = source(run(Leaky(), 4, plain=True), direction=direction)
    assert "layout=nop2" in text
    assert labels(text, 0) == labels(text, 3) == sorted(
        ["0.9 ×", "0.1 ×", "+", "tanh", "W", "[h, x]", "x", "L"]
    )
    assert len(edges(text)) == 4 * 9


def test_steps_that_differ_are_placed_by_dot_with_barriers():
    text = source(run(Leaky(odd=True), 4))
    assert "nop2" not in text
    assert text.count("subgraph cluster_") == 4
    assert text.count('label=exp') == 2
    barriers = re.findall(r"n0b0 -> (n0v\d+) \[style=invis", text)
    assert len(barriers) >= 2
    assert len(re.findall(r"(n0v\d+) -> n0b1 \[style=invis", text)) >= 1


def test_without_a_layout_program_a_cell_is_still_drawn(monkeypatch):
    monkeypatch.setenv("TINYGRAD_RNN_DOT", "no-such-program")
    assert "nop2" not in source(run(Leaky(), 3))
    assert "nop2" in source(standard("GRU", 3))


def test_a_plain_value_shows_no_number_of_another_step():
    text = source(standard("RNN", 3, plain=True), show="both")
    ghosts = [attrs for attrs in step(text, 0).values() if "dashed" in attrs]
    assert [re.search(r'label="(.*?)"', attrs)[1] for attrs in ghosts] == ["[h, x]"]
    assert all("a plain value here" in attrs for attrs in ghosts)
    assert "grad" in step(text, 1)[next(name for name in step(text, 1))]


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("name", CELLS)
def test_what_leads_into_a_gap_begins_at_the_rim_of_its_node(name, direction):
    text = source(standard(name, 60), direction=direction)
    into = [(tail, attrs) for tail, head, attrs in edges(text) if "gap" in head]
    assert into
    for tail, attrs in into:
        x, y = place(nodes(text)[tail])
        begin = re.search(r'pos="e,\S+ ([-\d.]+),([-\d.]+)', attrs).groups()
        wide, high = (float(re.search(rf"{side}=([\d.]+)", nodes(text)[tail])[1]) * 36
                      for side in ("width", "height"))
        away = abs(float(begin[0]) - x), abs(float(begin[1]) - y)
        assert away == pytest.approx((wide, 0) if direction == "LR" else (0, high), abs=0.3)


def test_no_rail_crosses_the_number_of_a_step():
    text = source(standard("RNN", 3), direction="TB")
    boxes = re.findall(r'bb="([-\d.]+),[-\d.]+,([-\d.]+),[-\d.]+".*?lp="([-\d.]+),', text)
    rails = {place(attrs)[0] for attrs in step(text, 1).values()}
    for left, right, label in boxes:
        assert float(left) < float(label) < float(right)
        assert all(abs(float(label) - x) > 20 for x in rails if x != max(rails))


def test_a_cell_like_an_lstm_that_keeps_another_state_is_not_placed_as_one(monkeypatch):
    """c' = σ(f)·h + σ(i)·tanh(g): what the forget gate scales is h, not c."""
    cell = nn.LSTMCell(2, 3, random.Random(0))

    def step(x, state):
        h, c = state
        hx = tg.concat([h, x], axis=1)
        f, i, o = (tg.sigmoid(tg.linear(hx, W, b)) for W, b in gates)
        c = f * h + i * tg.tanh(tg.linear(hx, cell.W_g, cell.b_g))
        return o * tg.tanh(c), c

    gates = [(cell.W_f, cell.b_f), (cell.W_i, cell.b_i), (cell.W_o, cell.b_o)]
    start = tg.arrays.zeros((1, 3)), tg.arrays.zeros((1, 3))
    xs = [tg.Tensor([[0.1, 0.2]]) for _ in range(3)]
    _, states = nn.unroll(step, xs, start)
    assert block_of(flow(tg.sum(states[-1][0]), states).graph)
    monkeypatch.setenv("TINYGRAD_RNN_DOT", "no-such-program")  # what is left is placed by hand
    assert "nop2" not in source((tg.sum(states[-1][0]), states))
    assert "nop2" in source(standard("LSTM", 3))


def test_a_mask_is_no_input():
    cell = nn.RNNCell(2, 3, random.Random(0))
    xs = [tg.Tensor([[0.1, 0.2], [0.3, 0.4]]) for _ in range(3)]
    outputs, states = nn.unroll(cell, xs, lengths=[1, 3])
    text = source(([tg.sum(h) for h in outputs], states))
    assert "where" in text
    assert "plain data" not in text


def test_a_mask_in_every_step_is_no_input():
    W, h, states = tg.Tensor([0.5, 0.3], name="W"), tg.Tensor([0.1, 0.2]), []
    for _ in range(3):
        h = tg.where(tg.arrays.asarray([True, False]), tg.tanh(W * h), h)
        states.append(h)
    block = block_of(flow(tg.sum(h), states).graph)
    assert sorted(item.op for item in block.items if item.op) == [
        "multiply", "sum", "tanh", "where"
    ]


def test_plain_data_that_enters_with_a_plain_start_is_drawn_where_steps_differ():
    text = source(run(Leaky(odd=True), 4, plain=True))
    assert "nop2" not in text
    assert text.count("plain data") == 4


def test_of_a_single_step_the_start_is_told_by_its_shape():
    text = source(standard("LSTM", 1))
    assert {name for name in nodes(text) if "start" in name} == {"n0start0", "n0start1"}
    cell = nn.RNNCell(3, 3, random.Random(0))
    start, x = tg.Tensor([[0.1, 0.2, 0.3]], name="h[-1]"), tg.arrays.asarray([[1.0, 2.0, 3.0]])
    outputs, states = nn.unroll(cell, [x], start)
    text = source(([tg.sum(outputs[0])], states))
    assert text.count("plain data") == 1


@pytest.mark.parametrize("odd", [0, 1])
def test_one_node_used_twice_is_not_two_nodes(odd):
    """h' = a·a in some steps and a·b in the others, where a and b are alike."""
    W, h, states = tg.Tensor([0.5, 0.3], name="W"), tg.Tensor([0.1, 0.2]), []
    for t in range(4):
        a, b = tg.tanh(W * h), tg.tanh(W * h)
        h = a * a if t % 2 == odd else a * b
        states.append(h)
    losses = tg.sum(h), states
    assert block_of(flow(*losses).graph) is None
    assert source(losses).count("label=tanh") == 6


def test_many_nodes_outside_the_steps_are_one_that_says_so():
    for cell in (nn.RNNCell(2, 3, random.Random(0)), Leaky(odd=True)):
        losses, states = run(cell, 12)
        text = source((sum(losses[1:], losses[0]), states))
        (crowd,) = (attrs for attrs in nodes(text).values() if "with 10 more" in attrs)
        assert r"\nwith 10 more" in crowd


def test_rails_of_steps_that_differ_are_groups():
    text = source(run(Leaky(odd=True), 4))
    (rail,) = set(re.findall(r"group=(\w+)", text))
    assert rail == "n0r0"
    assert text.count("weight=20") >= 3


@pytest.mark.parametrize(
    ("label", "short"),
    [
        ("W_f[0,1]", "W_f[0,1]"),
        ("embedding[23,1]", "embed…ng[23,1]"),
        ("embedding.weight[23,1]", "embed…ht[23,1]"),
        ("a_very_long_name_of_an_op", "a_ver…of_an_op"),
    ],
)
def test_a_long_name_keeps_its_index(label, short):
    x = tg.Tensor(2.0, name=label)
    assert labels_of(([tg.tanh(x) * 2.0], None))[0] == short


def labels_of(network):
    wiring = wire("", flow(*network))
    faces = Faces(wiring)
    return [faces.of(node.id).label for node in wiring.graph.nodes]


def test_the_letter_of_a_gate_is_what_the_names_of_its_weights_have_in_common():
    for name, expected in [("LSTM", "fgio"), ("GRU", "nrz"), ("RNN", "")]:
        graph = flow(*standard(name, 2)).graph
        assert "".join(sorted({*gate_letters(graph).values()})) == expected


@pytest.mark.needs_program
def test_layers_are_joined_within_a_step():
    text = source(run(Stacked(), 3, which=-1))
    assert labels(text, 1).count("σ f") == 2
    assert labels(text, 2).count("L") == 1
    assert {name for name in nodes(text) if "start" in name} == {f"n0start{k}" for k in range(4)}


@pytest.mark.needs_program
def test_a_backward_direction_comes_from_the_next_step():
    text = source(both_ways(3))
    between = [(tail, head) for tail, head, _ in edges(text) if "start" not in tail]
    crossing = {(int(tail[3]), int(head[3])) for tail, head in between}
    assert crossing == {(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 1), (2, 2)}
    back = block_of(flow(*both_ways(3)).graph).parts["back.h"]
    (before,) = (tail for tail, head, _ in edges(text) if head == f"n0t1i{back}")
    assert place(nodes(text)[f"n0t1i{back}"])[0] < place(nodes(text)[before])[0]
    left, right = sorted(place(a)[0] for name, a in nodes(text).items() if "start" in name)
    assert left < 0 < max(place(a)[0] for a in step(text, 2).values()) < right


def test_a_sum_of_losses_stands_after_the_last_box():
    losses, states = standard("RNN", 3)
    text = source(([losses[0] + losses[1] + losses[2]], states))
    lone = {name: place(a)[0] for name, a in nodes(text).items() if "lone" in name}
    assert len(lone) == 2
    assert min(lone.values()) > max(place(a)[0] for a in step(text, 2).values())


def test_an_expression_without_states_is_drawn_plainly():
    x = tg.Tensor(2.0, name="x")
    text = source(([tg.tanh(x) * x], None))
    assert sorted(re.findall(r"label=\"?(\w|×|tanh)\"? ", text)) == ["L", "tanh", "x"]
    assert "cluster" not in text
    assert len(edges(text)) == 3


def test_a_single_step_and_a_broken_gradient_are_drawn():
    losses, states = standard("GRU", 1)
    assert "σ z" in source((losses, states))
    assert "#ffd400" in source(([losses[0] * float("nan")], states))


def test_another_direction_is_an_error():
    with pytest.raises(ValueError, match='direction is "LR" or "TB", got \'RL\''):
        source(standard("RNN", 2), direction="RL")


@pytest.mark.parametrize("name", CELLS)
def test_the_same_trace_gives_the_same_bytes(name):
    assert source(standard(name, 3)) == source(standard(name, 3))


@pytest.mark.needs_program
@pytest.mark.parametrize("cell", [nn.LSTMCell(2, 3, random.Random(0)), Leaky(), Leaky(odd=True)])
def test_layout_programs_paint_it(cell):
    svg = lay_out(source(run(cell, 3)), "svg").decode()
    seen = xml.dom.minidom.parseString(svg).getElementsByTagName("text")
    assert "t = 2" in {text.firstChild.nodeValue for text in seen}
