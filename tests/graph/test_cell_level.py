"""Columns and the pictures made of them: what is said in a box, directions, parts that run back."""

import math
import random
import re
import xml.dom.minidom

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.graph import flow
from tinygrad_rnn.graph.dot.cell import cell_level
from tinygrad_rnn.graph.dot.expression import expression_level
from tinygrad_rnn.graph.dot.palette import Scale
from tinygrad_rnn.graph.render import lay_out
from tinygrad_rnn.graph.views.boxes import read_boxes
from tinygrad_rnn.graph.views.columns import network


def chain(w, steps, name="h0"):
    """h' = w·h: the norm at step t is w to the power of the lag. Losses and states."""
    weight, h, states = tg.Tensor(w, name="w"), tg.Tensor(1.0, name=name), []
    for _ in range(steps):
        h = weight * h
        states.append(h)
    return [h * 1.0 for h in states], states


def both_ways(steps):
    """f' = f/10 from the left, b' = b/2 from the right; L[t] = f[t] + b[t]. Losses and states."""
    half = tg.Tensor(0.5, name="half"), tg.Tensor(0.1, name="tenth")
    b, f, backward, forward = tg.Tensor(8.0, name="b0"), tg.Tensor(8.0, name="f0"), [], []
    for _ in range(steps):
        b, f = half[0] * b, half[1] * f
        backward.insert(0, b)
        forward.append(f)
    states = [{"f": f, "b": b} for f, b in zip(forward, backward, strict=True)]
    return [s["f"] + s["b"] for s in states], states


def layers(steps, count=2, bidirectional=True, cell=nn.LSTMCell, seed=0):
    """Stacked cells, each in both directions if asked; sums of the outputs, states by name."""
    rng = random.Random(seed)
    xs = [tg.Tensor([[rng.gauss(0, 1), rng.gauss(0, 1)]]) for _ in range(steps)]
    states, size = [{} for _ in range(steps)], 2
    for layer in range(count):
        runs = []
        for name, way in (("", 1), ("back.", -1))[: 1 + bidirectional]:
            run = nn.unroll(cell(size, 3, rng), xs[::way])
            runs.append(run.outputs[::way])
            for found, state in zip(states, run.states[::way], strict=True):
                parts = state if isinstance(state, tuple) else (state,)
                found |= {f"l{layer}.{name}{k}": part for k, part in zip("hc", parts)}
        xs = [tg.concat(list(outputs), axis=1) for outputs in zip(*runs, strict=True)]
        size = 3 * len(runs)
    return [tg.sum(x) for x in xs], states


def unrolled(cell, steps, **start):
    rng = random.Random(1)
    xs = [tg.Tensor([[rng.gauss(0, 1), rng.gauss(0, 1)]]) for _ in range(steps)]
    outputs, states = nn.unroll(cell(2, 3, random.Random(0)), xs, **start)
    return [tg.sum(h) for h in outputs], states


def read(given, loss=-1, name="net", **asked):
    """The columns of (losses, states)."""
    return network(name, flow(*given, loss=loss), **asked)


def picture(*nets, **asked):
    return cell_level(nets, "title", "subtitle", **asked).source


def nodes(source):
    """{name: attributes} of a DOT source."""
    return dict(re.findall(r"^\t+(n\d[a-z]\d*) \[(.*)\]$", source, re.MULTILINE))


def label(source, name):
    return re.search(r'label=("[^"]*"|\S+)', nodes(source)[name])[1].strip('"')


def edges(source):
    """{(tail, head): attributes}, with ports, of all that is drawn."""
    found = re.findall(r"^\t+(n\d[\w:]+) -> (n\d[\w:]+) \[(.*)\]$", source, re.MULTILINE)
    return {(tail, head): attrs for tail, head, attrs in found if "invis" not in attrs}


def positions(source):
    """{name: (x, y)} of the nodes, as a layout program puts them."""
    placed = lay_out(source, "plain").decode()
    found = re.findall(r"^node (\w+) (\S+) (\S+)", placed, re.MULTILINE)
    return {name: (float(x), float(y)) for name, x, y in found}


# What stands in a box --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("show", "texts"),
    [
        (None, ["0.25", "0.5", "1"]),
        ("grad", ["0.25", "0.5", "1"]),
        ("value", ["0.5", "0.25", "0.12"]),
        ("both", ["0.5\ngrad 0.25", "0.25\ngrad 0.5", "0.12\ngrad 1"]),
        ("shape", ["1", "1", "1"]),
    ],
)
def test_show_says_what_stands_in_a_box(show, texts):
    net = read(chain(0.5, 3), show=show)
    assert [column.texts["h"] for column in net.columns] == texts
    source = picture(net)
    shown = [label(source, f"n0a{t}") for t in range(3)]
    assert shown == ["h " + text.replace("\n", "\\n") for text in texts]


def test_a_value_without_a_gradient_is_shown_all_the_same():
    net = read(chain(0.5, 3), loss=0, show="both")
    assert [column.texts["h"] for column in net.columns][1] == "0.25\nno grad"


def test_an_array_is_shown_by_its_mean_and_deviation_and_described_in_its_tooltip():
    h = tg.Tensor([[1.0, 3.0]]) * tg.Tensor([[2.0, 1.0]])
    given = tg.sum(h * tg.arrays.asarray([[3.0, 4.0]])), [h]
    net = read(given, show="value", normalise=None)
    assert net.columns[0].texts == {"h": "2.5±0.5"}
    assert net.columns[0].details == {
        "h": "gradient norm 5; value norm 3.6, mean 2.5, std 0.5, min 2, max 3"
    }
    assert read(given, show="shape").columns[0].texts == {"h": "1×2"}
    tooltip = re.search(r'tooltip="(.*?)"', nodes(picture(net))["n0a0"])[1]
    assert tooltip == f"t=0, h: {net.columns[0].details['h']}"


def test_boxes_are_equally_wide_and_have_room_for_their_text():
    def sizes(show):
        source = picture(read(chain(0.123, 4), show=show))
        found = [nodes(source)[f"n0a{t}"] for t in range(4)]
        return [{float(re.search(rf"{k}=([\d.]+)", f)[1]) for f in found} for k in ("dth", "ght")]

    (grad,), (grad_height,) = sizes("grad")
    (both,), (both_height,) = sizes("both")
    assert (grad, grad_height) == (0.72, 0.42)
    assert both > grad
    assert both_height > grad_height


def test_a_table_has_a_tooltip_line_for_every_part_and_room_for_every_text():
    source = picture(read(unrolled(nn.LSTMCell, 2), show="both"))
    cell = nodes(source)["n0a1"]
    assert re.search(r't=1, c: gradient norm [\d.]+; value norm .*\\nt=1, h: gradient', cell)
    assert re.search(r">c [-\d.]+±[\d.]+<BR/>grad [\d.e-]+<", cell)
    assert 'WIDTH="56"' not in cell


@pytest.mark.parametrize("ask", [lambda f: network("", f, show="x"), lambda f: read_boxes(f, "x")])
def test_another_word_for_show_is_named(ask):
    with pytest.raises(ValueError, match="show is one of grad, value, both, shape, got 'x'"):
        ask(flow(*chain(0.5, 2)))


@pytest.mark.parametrize(
    ("show", "lines"),
    [
        (None, [("3",), ("2", "gradient 12"), ("12", "gradient 1")]),
        ("both", [("3",), ("2", "gradient 12"), ("12", "gradient 1")]),
        ("value", [("3",), ("2",), ("12",)]),
        ("grad", [("3",), ("gradient 12",), ("gradient 1",)]),
        ("shape", [("3",), ("1",), ("1",)]),
    ],
)
def test_a_plain_expression_shows_what_is_asked_for_and_always_its_constants(show, lines):
    x = tg.Tensor(2.0, name="x")
    boxes, arrows = read_boxes(flow(x * x * 3.0), show)
    found = {box.name or box.op: box.lines for box in boxes if box.op != "multiply"}
    assert [found[""], found["x"], boxes[2].lines] == lines
    source = expression_level(boxes, arrows, "title").source
    assert all(f">{line}<" in source for line in sum(lines, ()))
    assert "x  2 gradient 12" in source  # the tooltip says everything


# Directions ------------------------------------------------------------------------------------


def test_from_top_to_bottom_the_roads_leave_below_and_enter_above():
    source = picture(read(unrolled(nn.LSTMCell, 3)), direction="TB")
    assert "rankdir=TB" in source
    assert {("n0a0:p0:s", "n0a1:p0:n"), ("n0a0:p1:s", "n0a1:p1:n")} <= edges(source).keys()
    table = nodes(source)["n0a0"]
    assert table.count("<TR>") == 1
    assert table.index('PORT="p1"') < table.index('PORT="p0"')
    within = edges(source)["n0x0", "n0a0"], edges(source)["n0a2", "n0l2"]
    assert not [attrs for attrs in within if "dir" in attrs]


def test_where_the_roads_of_a_wide_table_meet_stands_in_their_middle():
    """Ports are named: an edge without one is merged with that of a part."""
    source = picture(read(unrolled(nn.LSTMCell, 9)), max_columns=6, direction="TB")
    ends = [("s", "a0"), ("a0", "a1"), ("a1", "a5")]
    assert re.findall(r"n0(\w+):s -> n0(\w+):n \[style=invis", source) == ends


@pytest.mark.parametrize(
    "ask",
    [
        lambda: picture(read(chain(0.5, 2)), direction="RL"),
        lambda: expression_level([], [], "title", "RL"),
    ],
)
def test_another_word_for_the_direction_is_named(ask):
    with pytest.raises(ValueError, match='direction is "LR" or "TB", got \'RL\''):
        ask()


@pytest.mark.needs_program
def test_turned_rows_read_time_input_cell_loss_and_rail_and_run_down_straight():
    nets = read(unrolled(nn.RNNCell, 7)), read(unrolled(nn.LSTMCell, 7))
    at = positions(picture(*nets, max_columns=6, direction="TB"))
    for t in (0, 4, 5, 6):
        row = [f"t{t}", *(f"n{k}{part}{t}" for k in range(2) for part in "xalw")]
        across = [at[name][0] for name in row]
        assert across == sorted(across)
        assert len({at[name][1] for name in row}) == 1
    for net in ("n0", "n1"):
        column = [at[f"{net}{name}"] for name in ("s", "a0", "a1", "a4", "a5", "a6")]
        assert [y for _, y in column] == sorted((y for _, y in column), reverse=True)
        assert max(x for x, _ in column) - min(x for x, _ in column) < 0.1


@pytest.mark.needs_program
def test_an_expression_from_top_to_bottom_has_its_inputs_above():
    x = tg.Tensor(2.0, name="x")
    source = expression_level(*read_boxes(flow(tg.tanh(x * 3.0))), "title", "TB").source
    heights = [at[1] for _, at in sorted(positions(source).items())][:3]
    assert heights == sorted(heights, reverse=True)


# Parts that run from right to left -------------------------------------------------------------


def test_what_goes_back_in_time_is_found_in_the_graph():
    assert read(both_ways(3)).backward == {"b"}
    assert read(chain(0.5, 3)).backward == frozenset()
    assert read(both_ways(1)).backward == frozenset()


def test_what_runs_backward_is_carried_from_the_step_to_the_right():
    """L[1] = f[1] + b[1]: the norms are 0.1 per step to the left, 0.5 per step to the right."""
    columns = read(both_ways(4), loss=1, normalise=None).columns
    assert [column.states.get("f") for column in columns] == [0.1, 1.0, None, None]
    assert [column.states.get("b") for column in columns] == [None, 1.0, 0.5, 0.25]
    assert [column.carried.get("f") for column in columns] == [0.01, 0.1, None, None]
    assert [column.carried.get("b") for column in columns] == [None, 0.5, 0.25, 0.12]


def test_roads_that_run_backward_are_turned_and_begin_at_the_right_end():
    source = picture(read(both_ways(4), loss=1, normalise=None))
    look, drawn = Scale(-2, 1).look, edges(source)
    for t, norm in ((1, 0.5), (2, 0.25)):
        road = drawn[f"n0a{t}:p0:e", f"n0a{t + 1}:p0:w"]
        assert "dir=back" in road
        assert f'color="{look(norm).line}"' in road
        assert f"b, back through t={t}: {norm:g}" in road
    assert "dir=back" in drawn["n0a3:p0:e", "n0e"]
    assert "dotted" in drawn["n0a0:p0:e", "n0a1:p0:w"]
    forward = drawn["n0a0:p1:e", "n0a1:p1:w"]
    assert "dir=back" not in forward
    assert f'color="{look(0.1).line}"' in forward
    assert {end for ends in drawn for end in ends if end in ("n0s", "n0e")} == {"n0s", "n0e"}
    assert ("n0s", "n0a0:p0:w") not in drawn
    assert ("n0a3:p1:e", "n0e") not in drawn


def test_across_a_gap_a_backward_road_is_coloured_by_the_step_on_its_left():
    source = picture(read(both_ways(20), loss=2, normalise=None), max_columns=6)
    drawn = edges(source)
    assert [name for name in nodes(source) if name[2] == "a"] == [f"n0a{t}" for t in range(5)]
    assert "b, back through t=3: 0.25" in drawn["n0a3:p0:e", "n0a4"]
    assert "b, back through t=19: " in drawn["n0a4", "n0e"]
    assert "f, back through t=4: no gradient" in drawn["n0a3:p1:e", "n0a4"]


def test_a_network_that_only_runs_backward_starts_at_the_right():
    losses, states = both_ways(3)
    source = picture(read((losses, [{"b": state["b"]} for state in states]), loss=0))
    assert "n0s" not in nodes(source)
    assert label(source, "n0e") == r"net\nstart"
    assert ("n0a2", "n0e") in edges(source)


def test_the_directions_that_names_tell_are_drawn_with_their_initial_states():
    rng = random.Random(0)
    cells = [nn.LSTMCell(2, 3, rng) for _ in range(2)]
    xs = [tg.Tensor([[rng.gauss(0, 1), rng.gauss(0, 1)]]) for _ in range(4)]
    starts = [tuple(tg.Tensor([[0.1, 0.2, 0.3]]) for _ in "hc") for _ in cells]
    ends = [nn.unroll(c, xs[::w], s).outputs[-1] for c, w, s in zip(cells, (1, -1), starts)]
    net = read((tg.sum(ends[0]) + tg.sum(ends[1]), None))
    assert net.parts == ["h", "c", "back.h", "back.c"]
    assert net.backward == {"back.h", "back.c"}
    assert net.columns[0].carried.keys() == net.columns[-1].carried.keys() == set(net.parts)
    assert all(column.carried.values() for column in net.columns)
    assert "solid" in edges(picture(net))["n0a3:p0:e", "n0e"]


def test_the_layers_of_a_network_stand_in_one_table_the_last_one_on_top():
    net = read(layers(4), loss=1)
    assert net.backward == {f"l{k}.back.{part}" for k in range(2) for part in "hc"}
    drawn = re.findall(r">(l\d[\w.]+) ", nodes(picture(net))["n0a0"])
    assert drawn == net.parts[::-1]
    assert drawn[0] == "l1.back.c"
    assert drawn[-1] == "l0.h"


def test_what_goes_up_to_the_next_layer_is_no_input_and_no_readout():
    """`unroll` calls it x[t] all the same."""
    net = read(layers(4), loss=1)
    assert [column.readout is not None for column in net.columns] == [False, True, False, False]
    losses, states = layers(4, count=1)
    found = flow(losses, states, loss=1)
    inputs = [n.id for n in found.graph.nodes if n.name and n.name.startswith("x[")]
    assert [c.input for c in network("", found, None).columns] == [
        pytest.approx(found.nodes[i], rel=0.06) for i in inputs
    ]


@pytest.mark.parametrize(
    ("names", "kept"), [(("l0.h", "l1.h"), 0.5), (("l0.h", "l1.h"), 0.0), (("a", "b"), 0.5)]
)
def test_a_layer_that_looks_ahead_does_not_turn_the_one_below(names, kept):
    lower, upper, below, states = 1.0, tg.Tensor(0.5), [], []
    for _ in range(4):
        lower = tg.Tensor(1.0) + lower * kept if kept else tg.Tensor(1.0) * 2.0
        below.append(lower)
    for t in range(4):
        upper = upper * 0.5 + below[min(t + 1, 3)]
        states.append(dict(zip(names, (below[t], upper), strict=True)))
    assert read((upper * 1.0, states)).backward == frozenset()


def test_what_was_read_out_and_is_fed_back_is_an_input():
    """x[1] = 3·h[0], h[1] = h[0] + x[1]: dL/dx[1] = 1, dL/dh[0] = 1 + 3."""
    h, states = tg.Tensor(1.0) * 2.0, []
    for t in range(2):
        if t:
            x = h * 3.0
            x.name = "x[1]"
            h = h + x
        states.append(h)
    columns = read((h * 1.0, states), normalise=None).columns
    assert [column.input for column in columns] == [1.0 * 2.0 * 4.0, 1.0]
    assert columns[0].states == {"h": 4.0}


def test_a_decoder_goes_on_where_its_encoder_ends():
    encoder, decoder = nn.GRUCell(2, 3, random.Random(0)), nn.GRUCell(2, 3, random.Random(1))
    first = nn.unroll(encoder, [tg.Tensor([[0.1, 0.2]]) for _ in range(3)])
    second = nn.unroll(decoder, tg.arrays.ones((2, 1, 2)), first.states[-1])
    net = read((tg.sum(second.outputs[-1]), None))
    assert len(net.columns) == 5
    assert net.backward == frozenset()
    assert all(column.carried["h"] for column in net.columns[1:])


# Borderline cases ------------------------------------------------------------------------------


def test_a_differentiated_initial_state_of_a_single_step_has_a_coloured_edge():
    net = read(chain(0.5, 1))
    assert net.rail == "w"
    assert net.columns[0].carried == {"h": 0.5}
    assert "solid" in edges(picture(net))["n0s", "n0a0"]


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_steps_and_parts_without_a_gradient_are_white_and_dotted(direction):
    losses, states = unrolled(nn.LSTMCell, 8)
    net = read((losses[2], states))
    assert [sorted(column.states) for column in net.columns] == [["c", "h"]] * 3 + [[]] * 5
    source = picture(net, direction=direction)
    assert nodes(source)["n0a5"].count('BGCOLOR="#ffffff"') == 2
    assert "t=5, h: no gradient" in nodes(source)["n0a5"]
    side = {"LR": "ew", "TB": "sn"}[direction]
    assert "dotted" in edges(source)[f"n0a4:p1:{side[0]}", f"n0a5:p1:{side[1]}"]


def test_the_parts_are_known_even_if_the_first_step_has_none():
    states = [tg.Tensor(1.0) * 2.0]
    states.append(states[0] * 3.0)
    net = read((states[1] * 1.0, [{}, {"h": states[0]}, {"h": states[1]}]))
    assert net.parts == ["h"]
    assert label(picture(net), "n0a0") == "h "
    assert label(picture(net), "n0a2") == "h 1"


@pytest.mark.parametrize(
    ("w", "texts"),
    [
        (1e-100, ["1e-300", "1e-200", "1e-100", "1"]),
        (1e200, ["inf", "inf", "1e200", "1"]),
        (0.0, ["0", "0", "0", "1"]),
        (1.0, ["1", "1", "1", "1"]),
        (math.nan, ["nan", "nan", "nan", "1"]),
    ],
)
def test_extreme_gradients_are_said_as_they_are(w, texts):
    net = read(chain(w, 4))
    assert [column.texts["h"] for column in net.columns] == texts
    assert label(picture(net), "n0a0") == f"h {texts[0]}"


@pytest.mark.needs_program
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_every_kind_of_network_becomes_a_well_formed_picture(direction):
    nets = [
        read(layers(12), loss=3, name="<b>deep</b>"),
        read(both_ways(12), show="both"),
        read(chain(math.nan, 1), name="one"),
        read(unrolled(nn.LSTMCell, 5), show="value"),
    ]
    source = picture(*nets, max_columns=7, direction=direction)
    xml.dom.minidom.parseString(lay_out(source, "svg"))
    at = positions(source)
    axis = 0 if direction == "LR" else 1
    way = 1 if direction == "LR" else -1
    assert {"n0e", "n1e"} <= at.keys()
    for net in ("n0", "n1"):
        along = [way * at[f"{net}{name}"][axis] for name in ("s", "a0", "a11", "e") if
                 f"{net}{name}" in at]
        assert along == sorted(along)


def attention(steps):
    """h' = tanh(h + Σ over all states so far), in single numbers."""
    h, states = 0.3, []
    for t in range(steps):
        h = tg.tanh(sum(states, start=tg.Tensor(0.1, name=f"x[{t}]")) + (0.5 * h if t else h))
        states.append(h)
    return [2.0 * h for h in states], states


def test_an_edge_that_passes_over_steps_is_drawn_with_what_flows_back_along_it():
    losses, states = attention(4)
    followed = tg.flow(losses, states)
    net = network("", followed, normalise=None)
    numbers = [parts["h"] for parts in followed.graph.states]
    assert {t: set(column.skipped) for t, column in enumerate(net.columns)} == {
        0: set(),
        1: set(),
        2: {("h", 0)},
        3: {("h", 0), ("h", 1)},
    }
    for t, s in ((2, 0), (3, 0), (3, 1)):
        share = float(followed.shares[numbers[s]][t])
        assert net.columns[t].skipped["h", s] == pytest.approx(share, rel=0.05)
    source = tg.draw(losses, states).source
    assert source.count("past the steps between") == 2 * 3
    assert all("constraint=false" in line for line in source.splitlines() if "past the" in line)


def test_of_the_edges_out_of_a_gap_the_strongest_is_drawn():
    """Steps 0, 1 ... 8, 9, 10, 11: of what step 11 sends back to 1 ... 8, one edge is drawn."""
    losses, states = attention(12)
    source = tg.draw(losses, states, max_columns=5, normalise=None).source
    found = re.findall(r"n0a(\d+) -> n0a11 \[.*past the steps between: ([\d.e-]+)", source)
    sent = network("", flow(losses, states), normalise=None).columns[11].skipped
    assert [int(tail) for tail, _ in found] == [0, 1, 9]
    assert float(found[1][1]) == pytest.approx(max(sent["h", s] for s in range(1, 9)), rel=0.05)
