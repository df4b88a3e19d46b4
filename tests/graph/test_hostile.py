"""No name, token or title breaks a picture at any level, or makes it do anything."""

import html
import os
import random
import re
import shutil
import sys
import unicodedata
import xml.dom.minidom

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.graph import draw
from tinygrad_rnn.graph.drawing import LEVELS
from tinygrad_rnn.graph.inline import inline_svg

NAMES = {
    "quote": 'a"b',
    "quotes": "\"'`",
    "backslash": "a\\",
    "backslashes and a quote": '\\\\"\\',
    "script": "<script>alert(1)</script>",
    "html": "<b>bold</b>",
    "unclosed": "<TABLE><TR><TD>",
    "closing": "></TD></TR></TABLE>>",
    "svg": '</text><a href="javascript:alert(1)">x</a>',
    "comment": "--><!--",
    "cdata": "]]>",
    "port": "a:b",
    "escapes": "\\N\\G\\l\\r\\T\\E",
    "entities": "&lt;&#1;&nbsp;&",
    "record": "{a|<p>b}",
    "dot": '"]; b [URL="javascript:alert(1)"]; //',
    "format": "%s%n{}{0}$x$",
    "control": "a\x01\x1b[31m\x7f\x85b",
    "nul": "a\x00b",
    "lines": "a\nb\r\nc\u2028d",
    "surrogate": "a\ud800b",
    "noncharacter": "a\ufffe\uffffb",
    "right to left": "a\u202eb\u2067c",
    "arabic": "مرحبا",
    "emoji": "👨\u200d👩\u200d👧😀",
    "accents": "e" + "\u0301" * 200,
    "korean": "하늘과 바람과 별과 시",
    "japanese": "東京タワー",
    "long": "x" * 100_000,
    "long korean": "한" * 100_000,
    "spaces": "   ",
    "nothing": "",
}
each_name = pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
each_level = pytest.mark.parametrize("level", LEVELS)
WORST = {"html", "escapes", "dot", "nul", "long korean"}


def slow_but_for_the_worst():
    """Every name at every level; the first level and the worst names without being asked."""

    def case(level, key):
        quick = level == "cell" or key in WORST
        marks = () if quick else pytest.mark.slow
        return pytest.param(level, NAMES[key], id=f"{level}-{key}", marks=marks)

    return [case(level, key) for level in LEVELS for key in NAMES]


def layout_programs():
    """Every layout program of this machine: they do not forgive the same."""
    beside = os.path.join(os.path.dirname(sys.executable), "graphviz-pure")
    asked = os.environ.get("TINYGRAD_RNN_DOT", "dot")
    found = (shutil.which(name) for name in (asked, "dot", "graphviz-pure", beside))
    by_name = {os.path.basename(path): path for path in found if path}
    return by_name or {"none": None}


@pytest.fixture(params=layout_programs().values(), ids=layout_programs().keys())
def layout_program(request, monkeypatch):
    """Each of them in turn is the one that draws."""
    if request.param is None:
        pytest.skip("no layout program is installed")
    monkeypatch.setenv("TINYGRAD_RNN_DOT", request.param)


def recurrence(name, steps=2):
    """A small network in which everything that can have a name has this one."""
    cell, rng = nn.RNNCell(1, 2, random.Random(0)), random.Random(0)
    for parameter in vars(cell).values():
        if isinstance(parameter, tg.Tensor):
            parameter.name = name
    outputs, states = nn.unroll(cell, [tg.Tensor([[rng.random()]]) for _ in range(steps)])
    loss = tg.sum(outputs[-1])
    loss.name = name
    return loss, [{name or "h": state} for state in states]


def expression(name):
    x, y = tg.Tensor(2.0, name=name), tg.Tensor(-1.5, name=name)
    return tg.tanh(x * y) + x


def unrolled(name, level):
    """A network with this name wherever there is one."""
    return draw({name: recurrence(name)}, level=level, title=name, tokens=[name] * 2)


def executable(root):
    """What a browser might run or follow."""
    elements = [root, *root.getElementsByTagName("*")]
    for element in elements:
        if element.tagName.lower() in ("script", "foreignobject", "iframe", "image", "style"):
            yield element.tagName
        for name in element.attributes.keys():  # noqa: SIM118 (no dict)
            if name.lower().removeprefix("xlink:") == "href" or name.lower().startswith("on"):
                yield name


def assert_harmless(picture, name):
    svg = picture.svg()
    for written in (svg, inline_svg(svg, "k", name)):
        root = xml.dom.minidom.parseString(written.encode()).documentElement
        assert not list(executable(root))


@pytest.mark.usefixtures("layout_program")
@pytest.mark.parametrize(("level", "name"), slow_but_for_the_worst())
def test_a_picture_is_well_formed_and_runs_nothing(level, name):
    assert_harmless(unrolled(name, level), name)


@pytest.mark.usefixtures("layout_program")
@each_name
def test_an_expression_is_well_formed_and_runs_nothing(name):
    assert_harmless(draw(expression(name), title=name), name)


@each_level
@each_name
def test_a_source_is_short_and_shows_no_control_character(name, level):
    for picture in (unrolled(name, level), draw(expression(name), title=name)):
        source = picture.source
        odd = {c for c in source if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")}
        assert odd <= {"\n", "\t"}
        assert all(len(line) < 16_384 for line in source.splitlines())


READABLE = ["html", "port", "record", "quote", "script", "arabic", "japanese", "format"]


@pytest.mark.usefixtures("layout_program")
@pytest.mark.parametrize("key", READABLE)
def test_a_name_is_read_as_it_was_written(key):
    svg = draw(expression(NAMES[key])).svg()
    document = xml.dom.minidom.parseString(svg.encode())
    shown = ["".join(c.data for c in t.childNodes) for t in document.getElementsByTagName("text")]
    assert NAMES[key] in [text.replace("\xa0", " ").strip() for text in shown]


def test_a_long_name_ends_in_an_ellipsis():
    labels = re.findall(r">(x+[^<]*)<", html.unescape(draw(expression("x" * 100)).source))
    assert labels
    assert all(len(label) <= 40 and label.endswith("…") for label in labels)
