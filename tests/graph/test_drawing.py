"""What a picture says, read from its DOT; and that layout programs agree."""

import random
import re
import xml.dom.minidom

import pytest

import tinygrad_rnn as tg
from tests.graph.networks import linear_rnn, network
from tinygrad_rnn import nn
from tinygrad_rnn.graph import RenderError, draw
from tinygrad_rnn.graph.dot.palette import Scale
from tinygrad_rnn.graph.dot.stops import stops_for


def nodes(source):
    """{name: attributes} of a DOT source."""
    return dict(re.findall(r"^\t+(n0[a-z]\d*) \[(.*)\]$", source, re.MULTILINE))


def edges(source):
    """{(tail, head): attributes}, without ports."""
    found = re.findall(r"^\t+(n\d\w+)(?:[:\w]*) -> (n\d\w+)(?:[:\w]*) \[(.*)\]$", source, re.M)
    return {(tail, head): attrs for tail, head, attrs in found if "invis" not in attrs}


def test_boxes_and_edges_show_the_norm_that_flows_back():
    source = draw(*linear_rnn(0.1, 4)).source
    labels = [re.search(r'label="(.*?)"', nodes(source)[f"n0a{t}"])[1] for t in range(4)]
    assert labels == ["h 1e-3", "h 0.01", "h 0.1", "h 1"]
    look = Scale(-3, 1).look
    for t in range(1, 4):
        attrs = edges(source)[f"n0a{t - 1}", f"n0a{t}"]
        assert f'color="{look(0.1 ** (4 - t)).line}"' in attrs
        assert f"penwidth={look(0.1 ** (4 - t)).width}" in attrs


def test_absolute_norms_are_those_of_the_gradient():
    losses, states = linear_rnn(0.1, 3)
    source = draw([5.0 * losses[-1]], states, normalise=None).source
    assert re.findall(r'label="(h .*?)"', source) == ["h 0.05", "h 0.5", "h 5"]


def test_chips_show_the_share_of_each_step():
    """h_t = w·h_{t-1} with h = 1, w, w²: each share is w², an exact tenth of a tenth."""
    source = draw(*linear_rnn(0.1, 3)).source
    assert re.findall(r'tooltip="(t=\d: share .*?)"', source) == [
        f"t={t}: share of dL/d(w): 0.01" for t in range(3)
    ]


def test_only_the_loss_that_is_followed_is_coloured():
    source = draw(*linear_rnn(0.5, 4), loss=1).source
    fills = [re.search(r'fillcolor="(.*?)"', nodes(source)[f"n0l{t}"])[1] for t in range(4)]
    assert fills == ["#ffffff", "#5b3c9e", "#ffffff", "#ffffff"]
    assert "dotted" in edges(source)["n0a1", "n0a2"]
    assert "solid" in edges(source)["n0a0", "n0a1"]


def test_no_edge_leaves_a_weight_for_every_step():
    source = draw(*network(nn.LSTMCell(2, 3, random.Random(0)), 10)).source
    assert [head for tail, head in edges(source) if tail == "n0w"] == ["n0w0"]


def test_an_lstm_shows_c_above_h_each_with_its_own_road():
    source = draw(*network(nn.LSTMCell(2, 3, random.Random(0)), 3)).source
    assert re.search(r'PORT="p0".*?>c [^<]*<.*PORT="p1".*?>h ', nodes(source)["n0a0"])
    assert "n0a0:p0:e -> n0a1:p0:w" in source
    assert "n0a0:p1:e -> n0a1:p1:w" in source


def test_the_middle_of_a_long_sequence_is_left_out_and_counted():
    source = draw(*linear_rnn(0.9, 60), max_columns=8).source
    assert r"t = 2 ... 54\n(53 steps)" in source
    assert {"n0a1", "n0a55"} <= nodes(source).keys()
    assert "n0a30" not in nodes(source)


@pytest.mark.parametrize(
    ("length", "loss", "most"),
    [(60, 59, 16), (60, 20, 16), (60, 0, 16), (200, 100, 5), (17, 8, 16)],
)
def test_at_most_so_many_columns_are_drawn_and_the_loss_is_among_them(length, loss, most):
    stops = stops_for(length, [loss], most)
    assert len(stops) <= most
    assert stops == sorted(set(stops))
    assert loss in {stop.t for stop in stops if not stop.gap}
    assert stops[0] == (0, False)


def test_networks_stand_one_above_the_other_in_common_columns():
    cells = {"RNN": nn.RNNCell, "<b>GRU</b>": nn.GRUCell}
    nets = {name: network(cell(2, 3, random.Random(0)), 5) for name, cell in cells.items()}
    source = draw(nets).source
    assert "RNN, &lt;b&gt;GRU&lt;/b&gt; unrolled over 5 steps" in source
    ranks = re.findall(r"\{\n\t\trank=same\n(.*?)\t\}", source, re.DOTALL)
    assert all("n0a" in rank and "n1a" in rank for rank in ranks[1:])


def test_inputs_show_their_tokens_and_are_white_where_they_are_plain():
    cell, plain = nn.RNNCell(2, 3, random.Random(0)), [tg.arrays.ones((1, 2))] * 3
    outputs, states = nn.unroll(cell, plain)
    source = draw(tg.sum(outputs[-1]), states, tokens="a \n").source
    drawn = [nodes(source)[f"n0x{t}"] for t in range(3)]
    assert [re.search(r"label=(\S+)", attrs)[1] for attrs in drawn] == ["a", '"·"', '"¶"']
    assert all('fillcolor="#ffffff"' in attrs for attrs in drawn)
    coloured = draw(*network(cell, 3)).source
    assert all('fillcolor="#ffffff"' not in nodes(coloured)[f"n0x{t}"] for t in range(3))


def test_what_cannot_be_laid_out_is_saved_otherwise(tmp_path, monkeypatch):
    monkeypatch.setenv("TINYGRAD_RNN_DOT", str(tmp_path / "none"))
    picture = draw(*linear_rnn(0.5, 3))
    with pytest.raises(RenderError):
        picture.save(tmp_path / "a.svg")
    for otherwise, error in ((".png", RenderError), (".doc", ValueError)):
        with pytest.raises(error):
            picture.save(tmp_path / "a.svg", otherwise=otherwise)
    assert not list(tmp_path.iterdir())
    assert picture.save(tmp_path / "a.svg", otherwise=".dot") == tmp_path / "a.dot"
    assert (tmp_path / "a.dot").read_text(encoding="utf-8") == picture.source


def test_a_step_that_reads_nothing_has_no_input():
    """One to many: x enters the first step; then h goes on alone, and the next row is not near."""
    cell = nn.RNNCell(2, 3, random.Random(0))
    read = nn.unroll(cell, [tg.arrays.ones((1, 2))])
    W_h = cell.W[:, :3]
    alone = nn.unroll(lambda _, h: tg.tanh(W_h @ h), [None] * 2, tg.reshape(read.states[0], (3, 1)))
    states = read.states + alone.states
    one = [tg.sum(h) for h in states], states
    source = draw({"one to many": one, "again": linear_rnn(0.5, 3)}).source
    assert [name for name in nodes(source) if name.startswith("n0x")] == ["n0x0"]
    assert ("n0a1", "n1x1") not in edges(source)
    assert not [pair for pair in edges(source) if pair[0][:2] != pair[1][:2]]


def test_rows_that_follow_different_losses_say_so():
    losses, states = linear_rnn(0.5, 3)
    followed = {"last": tg.flow(losses, states), "all": tg.flow(losses, states, loss="sum")}
    assert "the gradient of each row" in draw(followed).source
    assert "the gradient of the sum of all losses" in draw({"all": followed["all"]}).source


@pytest.mark.parametrize("level", ["cell", "op", "scalar"])
def test_a_plain_expression_is_not_said_to_have_steps(level):
    source = draw(tg.sum(tg.tanh(tg.Tensor([1.0, 2.0], name="x"))), level=level).source
    assert "What was computed" in source
    assert "unrolled over" not in source
    assert ("small" in source) == (level != "scalar")


def test_a_plain_expression_shows_values_and_gradients():
    x, y = tg.Tensor(2.0, name="x"), tg.Tensor(-1.5, name="y")
    source = draw(x * y + 3.0).source
    for text in ("<B>x</B>", "gradient -1.5", "<B>×</B>", ">-3<", "gradient 2", ">0<"):
        assert text in source
    assert source.count("->") == 4


def test_of_a_large_array_the_shape_is_shown():
    source = draw(tg.sum(tg.Tensor([[1.0, 2.0], [3.0, 4.0]]) * 2.0)).source
    assert ">2×2<" in source
    assert ">gradient 2×2<" in source


def test_the_same_graph_gives_the_same_bytes():
    def source():
        return draw(*network(nn.GRUCell(2, 4, random.Random(3)), 20)).source

    assert source() == source()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"level": "atom"}, "level is one of strip, cell, rolled, op, scalar, got 'atom'"),
        ({"loss": 9}, "got 9"),
        ({"normalise": "max"}, 'normalise is "lag0" or None'),
        ({"rails": ["v"]}, "no nodes are named 'v'"),
        ({"level": "op", "rails": ["v"]}, r"rails=\['v'\]: level 'op' has no place for it"),
        ({"level": "strip", "show": "value"}, "show='value': level 'strip' has no place for it"),
        ({"level": "strip", "max_columns": 4}, "max_columns=4: level 'strip' has no place"),
        ({"max_columns": 0}, "max_columns is a number of steps from 1 up, or None, got 0"),
        ({"max_columns": "x"}, "from 1 up, or None, got 'x'"),
        ({"loss": True}, "an index of the 6 losses, got True"),
        ({"direction": "RL"}, 'direction is "LR" or "TB"'),
        ({"max_columns": 2}, "max_columns must be at least 4"),
    ],
)
def test_a_wrong_argument_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        draw(*linear_rnn(0.5, 6), **arguments)


def test_a_flow_is_drawn_as_it_is_and_keeps_its_loss():
    losses, states = linear_rnn(0.5, 4)
    followed = tg.flow(losses, states, loss=1)
    assert draw(followed).source == draw(losses, states, loss=1).source
    assert draw({"a": followed}).source == draw({"a": (losses, states)}, loss=1).source
    with pytest.raises(ValueError, match="a Flow has its states and its loss"):
        draw(followed, loss=2)
    with pytest.raises(ValueError, match="a Flow has its states and its loss"):
        draw(followed, states)


def test_rails_can_be_asked_for_by_name():
    cell = nn.LSTMCell(2, 3, random.Random(0))
    assert "dL/d(W_f, b_f)" in draw(*network(cell, 3), rails=["W_f", "b_f"]).source


def test_broken_gradients_are_drawn_with_a_look_of_their_own():
    losses, states = linear_rnn(1e200, 4)
    source = draw(losses[-1], states).source
    drawn = nodes(source)["n0a0"]
    assert 'label="h inf"' in drawn
    assert 'fillcolor="#ffd400"' in drawn
    assert 'label="h 1e200"' in nodes(source)["n0a2"]


@pytest.mark.needs_program
@pytest.mark.parametrize("steps", [1, 2, 40])
def test_the_svg_is_well_formed_and_says_what_the_dot_says(steps):
    hostile = '<script>"\\N:\x00\ud800하😀'
    nets = {hostile: network(nn.LSTMCell(2, 3, random.Random(0)), steps)}
    svg = draw(nets, tokens=[hostile] * steps, title=hostile).svg()
    document = xml.dom.minidom.parseString(svg)
    assert not document.getElementsByTagName("script")
    assert len(document.getElementsByTagName("text")) > steps


@pytest.mark.needs_program
def test_time_runs_from_left_to_right_in_straight_rows():
    from tinygrad_rnn.graph.render import lay_out

    nets = {"a": network(nn.RNNCell(2, 3), 6), "b": network(nn.LSTMCell(2, 3), 6)}
    placed = lay_out(draw(nets).source, "plain").decode()
    found = re.findall(r"^node (\w+) (\S+) (\S+)", placed, re.MULTILINE)
    at = {name: (float(x), float(y)) for name, x, y in found}
    for net in ("n0", "n1"):
        columns = [at[f"{net}a{t}"] for t in range(6)]
        assert [x for x, _ in columns] == sorted(x for x, _ in columns)
        assert max(y for _, y in columns) - min(y for _, y in columns) < 0.1
    for t in range(6):
        order = [f"{net}{part}{t}" for net in ("n0", "n1") for part in "wlax"]
        heights = [at[name][1] for name in order if name in at]
        assert heights == sorted(heights, reverse=True)


@pytest.mark.needs_program
def test_a_notebook_gets_inline_svg_and_never_an_exception(monkeypatch):
    picture = draw(tg.Tensor(2.0) * 3.0)
    bundle = picture._repr_mimebundle_()
    assert bundle["text/html"].startswith("<svg")
    monkeypatch.setenv("TINYGRAD_RNN_DOT", "no-such-program")
    fallback = draw(tg.Tensor(2.0) * 3.0)._repr_mimebundle_()
    assert list(fallback) == ["text/plain"]
    assert "no-such-program" in fallback["text/plain"]


@pytest.mark.needs_program
def test_a_drawing_gives_its_picture_as_bytes():
    picture = draw(tg.Tensor(2.0) * 3.0)
    assert picture.png().startswith(b"\x89PNG\r\n")
    try:
        pdf = picture.pdf()
    except RenderError:  # the one from pip
        pytest.skip("the layout program writes no PDF")
    assert pdf.startswith(b"%PDF-")


def test_the_ending_says_the_format(tmp_path):
    picture = draw(tg.Tensor(2.0) * 3.0)
    assert picture.save(tmp_path / "a.dot").read_text(encoding="utf-8") == picture.source
    with pytest.raises(ValueError, match=r"\.svg, \.png, \.pdf, \.dot, \.json: got 'a\.gif'"):
        picture.save(tmp_path / "a.gif")
    assert [file.name for file in tmp_path.iterdir()] == ["a.dot"]


def test_a_loss_of_several_steps_shows_what_is_read_out_of_each():
    losses, states = linear_rnn(0.1, 3)
    source = draw(losses[0] + losses[2] * 10.0, states, normalise=None).source
    drawn = {name: attrs for name, attrs in nodes(source).items() if name.startswith("n0l")}
    assert {name: re.search("label=(.)", attrs)[1] for name, attrs in drawn.items()} == {
        "n0l0": "y",
        "n0l2": "y",
    }
    assert "from read out at t=2: 10" in edges(source)["n0l2", "n0a2"]
    assert "from read out at t=0: 1" in edges(source)["n0l0", "n0a0"]


def test_every_network_shows_its_own_loss():
    nets = {"a": linear_rnn(0.9, 40), "b": linear_rnn(0.9, 40)}
    nets["a"] = nets["a"][0][:11], nets["a"][1]
    drawn = draw(nets, max_columns=10).source
    assert "n0l10 [" in drawn
    assert "n1l39 [" in drawn


def test_relative_norms_are_those_of_the_last_state_whatever_part_the_loss_reads():
    states = network(nn.LSTMCell(2, 3, random.Random(0)), 4)[1]
    source = draw(tg.sum(states[-1].c), states).source
    assert re.search(r">c 1<.*>h <", nodes(source)["n0a3"])


def test_a_loss_that_is_itself_a_state_sends_back_a_gradient_of_one():
    _, states = linear_rnn(0.5, 3)
    source = draw(states[-1], states).source
    assert "solid" in edges(source)["n0l2", "n0a2"]


@pytest.mark.parametrize("name", ["h0", None])
def test_an_initial_state_that_is_differentiated_has_a_coloured_edge(name):
    cell, start = nn.RNNCell(2, 3, random.Random(0)), tg.Tensor([[0.1, 0.2, 0.3]], name=name)
    outputs, states = nn.unroll(cell, tg.arrays.ones((3, 1, 2)), start)
    assert "solid" in edges(draw(tg.sum(outputs[-1]), states).source)["n0s", "n0a0"]


def test_the_only_step_of_a_network_has_its_weights_on_the_rail():
    source = draw(*linear_rnn(0.5, 1)).source
    assert "share of dL/d(w): 1" in source


def test_a_long_part_name_widens_its_boxes():
    x, states = tg.Tensor(1.0), []
    for t in range(3):
        x = x * 0.5
        x.name = f"attention[{t}]"
        states.append(x)
    source = draw(x * 1.0).source
    assert 'label="attention 1"' in source
    assert "width=1.28" in source


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda y, s: draw({}), "at least one"),
        (lambda y, s: draw({"a": (y, s)}, s), "several networks are"),
        (lambda y, s: draw({"a": (y, s), "b": tg.Tensor(2.0) * 3.0}), "'b' has no states"),
        (lambda y, s: draw(tg.Tensor(1.0) * 2.0, s), "no loss depends on any of these states"),
    ],
)
def test_what_cannot_be_drawn_is_named(ask, message):
    with pytest.raises(ValueError, match=message):
        ask(*linear_rnn(0.5, 3))


@pytest.mark.needs_program
@pytest.mark.parametrize(
    "name",
    ["\ud800", "a\x00b", "&#1;", "\ufffe", "<b>x</b>", "a\\Nb", "x" * 100_000],
    ids=["surrogate", "nul", "entity", "noncharacter", "html", "escape", "long"],
)
def test_no_name_breaks_the_picture(name):
    weight, h, states = tg.Tensor(0.5, name=name), 1.0, []
    for _ in range(3):
        h = weight * h
        states.append(h)
    picture = draw({name: (h * 1.0, states)}, title=name, tokens=[name] * 3)
    xml.dom.minidom.parseString(picture.svg())
    x = tg.Tensor(2.0, name=name)
    xml.dom.minidom.parseString(draw(x * 3.0).svg())
