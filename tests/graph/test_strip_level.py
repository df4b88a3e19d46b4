"""What a strip says, read from its DOT; and that layout programs agree."""

import math
import os
import re
import xml.dom.minidom

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn.graph.dot.palette import INK, NOT_FINITE, PAPER, Scale, scale_for
from tinygrad_rnn.graph.dot.strip import MOST, axis_for, strip_level, times
from tinygrad_rnn.graph.gradient_flow import flow
from tinygrad_rnn.graph.render import lay_out
from tinygrad_rnn.graph.views.columns import Column, Network, network


def net(norms, name="net", loss_step=-1, parts=("h",), rail="weights"):
    """A network with these norms at every part of the state and half of them at the weights."""
    columns = [
        Column(
            states=dict.fromkeys(parts, norm),
            carried={},
            readout=None,
            weights=norm and norm / 2,
            input=None,
            output="L",
        )
        for norm in norms
    ]
    last = len(norms) - 1 if loss_step == -1 else loss_step
    return Network(name, columns, last, rail, 1.0)


def rows(source):
    """For every row of the big table its coloured cells: (fill, width, height, tooltip)."""
    table = source[source.index("strip [label=") :]
    cell = r'<TD BGCOLOR="(.*?)" WIDTH="(\d+)" HEIGHT="(\d+)"(?: TARGET="_self" TOOLTIP="(.*?)")?>'
    return [re.findall(cell, row) for row in table.split("<TR>")[1:]]


def names(source):
    """What stands before each row of a strip from left to right."""
    found = re.findall(r'<TD ALIGN="RIGHT">(.*?)</TD>', source[source.index("strip [label=") :])
    return [re.sub("<.*?>", "", text).strip() for text in found]


def test_every_step_has_a_cell_in_the_colour_of_its_norm():
    source = strip_level([net([0.001, 0.1, 1.0])], "", "").source
    look = scale_for([0.0005, 1.0]).look
    marks, states, weights = rows(source)[:3]
    assert [cell[0] for cell in states] == [look(v).fill for v in (0.001, 0.1, 1.0)]
    assert [cell[0] for cell in weights] == [look(v).fill for v in (0.0005, 0.05, 0.5)]
    assert [cell[3] for cell in states] == ["t=0: 1e-3", "t=1: 0.1", "t=2: 1"]
    assert [cell[0] for cell in marks] == [PAPER, PAPER, INK]


def test_c_stands_above_h_and_the_weights_below():
    nets = [net([1.0], "LSTM", parts=("h", "c")), net([1.0], "RNN", rail="W")]
    source = strip_level(nets, "", "").source
    assert names(source) == ["loss", "LSTM c", "LSTM h", "LSTM weights", "loss", "RNN h", "RNN W"]


def test_a_network_without_weights_has_no_row_for_them():
    assert names(strip_level([net([1.0], "", rail="")], "", "").source) == ["loss", "h"]


def test_no_gradient_is_white_and_what_is_not_finite_has_its_own_colour():
    source = strip_level([net([None, 0.0, math.nan, math.inf, 1.0])], "", "").source
    cells = rows(source)[1]
    assert [cell[0] for cell in cells[:4]] == [PAPER, PAPER, NOT_FINITE, NOT_FINITE]
    assert [cell[3] for cell in cells[:4]] == [
        "t=0: no gradient",
        "t=1: 0",
        "t=2: nan",
        "t=3: inf",
    ]


def test_networks_of_different_lengths_begin_in_the_same_column():
    source = strip_level([net([1.0] * 5, "a"), net([1.0] * 2, "b")], "", "").source
    short = rows(source)[4]
    assert [bool(tip) for *_, tip in short] == [True, True, False, False, False]
    assert [fill for fill, *_ in short[2:]] == [PAPER] * 3


@pytest.mark.parametrize(("loss_step", "dark"), [(0, [0]), (2, [2]), (None, [0, 1, 2, 3])])
def test_a_dark_mark_stands_where_the_loss_is(loss_step, dark):
    source = strip_level([net([1.0] * 4, loss_step=loss_step)], "", "").source
    assert [t for t, cell in enumerate(rows(source)[0]) if cell[0] == INK] == dark


def test_from_top_to_bottom_it_is_the_same_table_turned():
    nets = [net([0.1, 0.2, 0.3], "a", parts=("h", "c")), net([0.1, 1.0], "b")]
    across = rows(strip_level(nets, "", "", direction="LR").source)[:7]
    down = rows(strip_level(nets, "", "", direction="TB").source)[1:]
    turned = [[(fill, h, w, tip) for fill, w, h, tip in row] for row in zip(*across, strict=True)]
    assert down == turned


def test_the_time_is_told_in_round_numbers():
    """At most twelve of them, and none so near the end that its text would widen a column."""
    assert times(axis_for(200), 36) == list(range(0, 200, 20))
    assert times(axis_for(201), 36) == list(range(0, 200, 20))
    assert times(axis_for(12)) == list(range(12))
    for steps in (1, 2, 13, 41, 99, 1000, 2000, 7777):
        found = times(axis_for(steps), 36)
        assert found[0] == 0
        assert len(found) <= 12


@pytest.mark.parametrize("steps", [1, 7, 41, 200, 201, 2000, MOST + 1, 3 * MOST - 1])
def test_the_columns_of_the_time_add_up(steps):
    source = strip_level([net([1.0] * steps)], "", "").source
    table = source[source.index("strip [label=") :]
    spans = list(map(int, re.findall(r'COLSPAN="(\d+)"', table)))
    assert sum(spans) == len(rows(source)[1]) == len(axis_for(steps).columns)


def test_in_a_very_long_sequence_a_column_is_several_steps_and_shows_the_largest():
    norms = [1e-3] * (3 * MOST - 1)
    norms[4], norms[7] = 0.5, math.nan
    cells = rows(strip_level([net(norms)], "", "").source)[1]
    assert len(cells) == MOST
    assert [cell[3] for cell in cells[:3]] == [
        "t=0 ... 2: 1e-3",
        "t=3 ... 5: 0.5",
        "t=6 ... 8: nan",
    ]
    assert cells[-1][3] == f"t={3 * MOST - 3} ... {3 * MOST - 2}: 1e-3"


@pytest.mark.parametrize("steps", [1, 10, 100, 400, 2000, 10_000, 100_000])
def test_a_column_can_be_seen_and_the_picture_stays_under_10000_pixels(steps):
    axis = axis_for(steps)
    assert axis.width >= 3
    assert len(axis.columns) * axis.width * 96 / 72 <= 10_000
    assert axis.every == 1 or len(axis.columns) > MOST / 2


def test_tokens_stand_below_where_there_is_room_for_them():
    short, long = net([1.0] * 3), net([1.0] * 400)
    source = strip_level([short], "", "", tokens=["a", " ", "<b>"]).source
    assert [text in source for text in (">a<", ">·<", ">&lt;b&gt;<")] == [True] * 3
    assert ">q<" not in strip_level([long], "", "", tokens=["q"] * 400).source
    assert ">q<" not in strip_level([long], "", "", tokens=["q"] * 400, direction="TB").source


def test_an_unknown_direction_is_named():
    with pytest.raises(ValueError, match='direction is "LR" or "TB", got \'up\''):
        strip_level([net([1.0])], "", "", direction="up")


def test_a_flow_is_drawn_with_its_norms():
    weight, h, states = tg.Tensor(0.1, name="w"), 1.0, []
    for _ in range(4):
        h = weight * h
        states.append(h)
    read = network("", flow(h * 1.0, states))
    source = strip_level([read], "", "").source
    assert names(source) == ["loss", "h", "w"]
    assert [cell[3] for cell in rows(source)[1]] == [
        f"t={t}: {said}" for t, said in enumerate(["1e-3", "0.01", "0.1", "1"])
    ]
    assert rows(source)[1][3][0] == Scale(-3, 1).look(1.0).fill


@pytest.mark.needs_program
@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("steps", [1, 13, 300])
def test_hostile_names_and_tokens_leave_the_svg_well_formed(direction, steps):
    hostile = '<script>"\\N:\x00\ud800하😀{}%s'
    nets = [net([0.5] * steps, hostile, parts=(hostile, "h"), rail=hostile), net([0.1], "")]
    tokens = [hostile, "", "\n", "</TD>"] * steps
    dot = strip_level(nets, hostile, hostile, tokens, direction)
    document = xml.dom.minidom.parseString(lay_out(dot.source, "svg"))
    assert not document.getElementsByTagName("script")
    assert len(document.getElementsByTagName("polygon")) > 3 * steps
    assert not [a for a in document.getElementsByTagName("a") if a.hasAttribute("xlink:href")]


def spent():
    """The processor's seconds so far, of this process and of the programs that it ran."""
    return sum(os.times()[:4])


@pytest.mark.timed
@pytest.mark.needs_program
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_2000_steps_of_two_networks_are_drawn_in_under_two_seconds(direction):
    start = spent()
    nets = [net([0.5] * 2000, "LSTM", parts=("h", "c")), net([0.1] * 2000, "RNN")]
    lay_out(strip_level(nets, "2,000 steps", "norms", direction=direction).source, "svg")
    assert spent() - start < 2.0
