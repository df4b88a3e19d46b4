"""The rolled view: one cell with a loop, "=", and the unrolled network."""

import re
import xml.dom.minidom

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn.graph import flow
from tinygrad_rnn.graph.dot.cell import cell_level
from tinygrad_rnn.graph.dot.rolled import rolled_level
from tinygrad_rnn.graph.render import lay_out
from tinygrad_rnn.graph.views.columns import network


def chain(steps, name=""):
    """h' = h/2 with a loss at every step."""
    weight, h, states = tg.Tensor(0.5, name="w"), 1.0, []
    for _ in range(steps):
        h = weight * h
        states.append(h)
    return network(name, flow([h * 1.0 for h in states], states))


def rolled(*nets, **asked):
    return rolled_level(nets, "title", "subtitle", **asked).source


def label(source, name):
    found = re.search(rf'^\t+{name} \[.*?label=("[^"]*"|\S+)', source, re.MULTILINE)
    return found[1].strip('"')


def positions(source):
    placed = lay_out(source, "plain").decode()
    found = re.findall(r"^node (\w+) (\S+) (\S+)", placed, re.MULTILINE)
    return {name: (float(x), float(y)) for name, x, y in found}


def test_the_loop_says_how_often_the_cell_is_used():
    source = rolled(chain(60, "RNN"))
    assert label(source, "n0rt") == "× 60"
    assert label(source, "n0r") == "RNN"
    assert (label(source, "n0rx"), label(source, "n0ry")) == ("x", "L")
    assert "n0r:ne -> n0rt:n [" in source
    assert "n0r:se -> n0rt:s [" in source
    loop = re.findall(r"n0r:\w+ -> n0rt:\w \[(.*)\]", source)
    assert ["dir=none" in loop[0], "dir=back" in loop[1]] == [True, True]
    assert all("goes into the next: 60 steps" in attrs for attrs in loop)


def test_turned_the_loop_hangs_below_the_cell():
    source = rolled(chain(60), direction="TB")
    assert "n0r:sw -> n0rt:w [" in source
    assert "n0r:se -> n0rt:e [" in source


def test_a_network_that_only_runs_backward_follows_the_sign_at_once():
    weight, h, states = tg.Tensor(0.5, name="w"), 1.0, []
    for _ in range(4):
        h = weight * h
        states.insert(0, h)
    source = rolled(network("", flow(h * 1.0, states)))
    assert "n0re -> n0a0 [" in source
    assert "n0s" not in source


def test_a_network_without_a_name_is_called_a_cell():
    assert label(rolled(chain(3)), "n0r") == "cell"
    assert label(rolled(chain(3, "<a>")), "n0r") == " <a> "


def test_beside_it_stands_what_the_cell_level_draws():
    nets = chain(30, "a"), chain(20, "b")
    whole = cell_level(nets, "title", "subtitle", max_columns=5).source.splitlines()
    assert set(whole) <= set(rolled(*nets).splitlines())


def test_tokens_and_columns_are_handed_on():
    source = rolled(chain(9), max_columns=9, tokens="abcdefghi")
    assert [label(source, f"n0x{t}") for t in range(9)] == list("abcdefghi")
    assert label(source, "n0rx") == "x"


def test_what_is_read_out_only_once_has_a_tooltip_that_says_so():
    weight, h, states = tg.Tensor(0.5, name="w"), 1.0, []
    for _ in range(4):
        h = weight * h
        states.append(h)
    source = rolled(network("", flow(h * 1.0, states)))
    assert "read out at 1 of 4 steps" in source


def test_another_direction_is_named():
    with pytest.raises(ValueError, match='direction is "LR" or "TB"'):
        rolled(chain(3), direction="up")


@pytest.mark.needs_program
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_cell_loop_sign_and_network_follow_each_other_in_straight_rows(direction):
    source = rolled(chain(9, "a"), chain(9, "b"), direction=direction)
    xml.dom.minidom.parseString(lay_out(source, "svg"))
    at = positions(source)
    along, across = (0, 1) if direction == "LR" else (1, 0)
    way = 1 if direction == "LR" else -1
    for net in ("n0", "n1"):
        row = [at[f"{net}{name}"] for name in ("r", "rt", "re", "s", "a0", "a8")]
        places = [way * place[along] for place in row]
        assert places == sorted(set(places))
        assert max(p[across] for p in row) - min(p[across] for p in row) < 0.1
        order = [at[f"{net}{name}"][across] for name in ("rx", "r", "ry")]
        assert order == sorted(order)
    first, second = at["n0r"][across], at["n1r"][across]
    assert first > second if direction == "LR" else first < second
