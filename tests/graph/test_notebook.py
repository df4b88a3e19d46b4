"""A notebook in a kernel of this Python shows a drawing, its tooltips, and what is missing."""

import re

import pytest

from tests.notebooks import executed

nbformat = pytest.importorskip("nbformat")

CELLS = [
    "import random, tinygrad_rnn as tg\n"
    "from tinygrad_rnn import nn\n"
    "from tinygrad_rnn.graph import draw\n"
    "cell = nn.LSTMCell(2, 3, random.Random(0))\n"
    "xs = [tg.Tensor([[0.1 * t, 1.0]]) for t in range(3)]\n"
    "outputs, states = nn.unroll(cell, xs)\n"
    "draw(tg.sum(outputs[-1]), states)",
    "x = tg.Tensor(2.0, name='x <b>')\ndraw(x * 3.0)",
    "import os, sys\n"
    "os.environ.pop('TINYGRAD_RNN_DOT', None)\n"
    "os.environ['PATH'] = sys.executable = ''\n"
    "draw(x * 4.0)",
]


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """What each cell shows: {"text/plain": ..., ...}."""
    folder = tmp_path_factory.mktemp("notebook")
    cells = executed([nbformat.v4.new_code_cell(cell) for cell in CELLS], folder)
    return [cell.outputs[-1].data for cell in cells]


def ids(html):
    return set(re.findall(r' id="([^"]*)"', html))


def test_a_drawing_is_shown_inline_as_a_picture_and_as_text(shown):
    for data in shown[:2]:
        assert set(data) == {"text/html", "image/svg+xml", "text/plain"}
        assert data["text/html"].startswith("<svg")
        assert "<svg" in data["image/svg+xml"]
        assert data["text/plain"].startswith("<Drawing")


def test_two_drawings_on_a_page_share_no_id(shown):
    network, expression = (ids(data["text/html"]) for data in shown[:2])
    assert network
    assert expression
    assert network.isdisjoint(expression)


def test_without_a_layout_program_the_text_says_what_to_install(shown):
    assert set(shown[2]) == {"text/plain"}
    assert "pip install graphviz-pure" in shown[2]["text/plain"]
