"""SVG inside HTML: ids of its own, the same picture, and something for a screen reader."""

import re
import xml.dom.minidom

import pytest

from tinygrad_rnn.graph import RenderError
from tinygrad_rnn.graph.inline import inline_svg

PICTURE = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<!-- Title: unrolled Pages: 1 -->
<svg width="62pt" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">
<g id="graph0" aria-labelledby="a b"><title>unrolled</title>
<!-- a&#45;&gt;b
 -->
<g id="node1"><title>n0a3</title><a xlink:title="url(#l_0) &lt;b&gt; id=&quot;x&quot; #l_0">
<linearGradient id="l_0"/><ellipse fill="url(#l_0)" style="mask:url('#m');stroke:red"/>
<use xlink:href="#node1" href="#l_0"/><text>&lt;script&gt; url(#l_0) 하늘</text></a></g></g></svg>
"""


def parsed(svg):
    return xml.dom.minidom.parseString(svg.encode()).documentElement


def attributes(svg, name):
    root = parsed(svg)
    return [e.getAttribute(name) for e in root.getElementsByTagName("*") if e.hasAttribute(name)]


def test_only_the_svg_element_is_left():
    inline = inline_svg(PICTURE, "k")
    assert inline.startswith("<svg")
    assert inline.endswith("</svg>")
    assert "<!" not in inline


def test_every_id_and_every_reference_to_one_is_prefixed():
    inline = inline_svg(PICTURE, "k")
    assert attributes(inline, "id") == ["k-graph0", "k-node1", "k-l_0"]
    assert attributes(inline, "fill") == ["url(#k-l_0)"]
    assert attributes(inline, "style") == ["mask:url('#k-m');stroke:red"]
    assert attributes(inline, "xlink:href") == ["#k-node1"]
    assert attributes(inline, "href") == ["#k-l_0"]
    assert attributes(inline, "aria-labelledby") == ["k-a k-b"]


def test_what_is_shown_is_not_touched():
    inline = inline_svg(PICTURE, "k")
    assert attributes(inline, "xlink:title") == ['url(#l_0) <b> id="x" #l_0']
    [text] = parsed(inline).getElementsByTagName("text")
    assert text.firstChild.data == "<script> url(#l_0) 하늘"


def test_by_default_two_pictures_differ_in_their_ids_and_one_never_does():
    other = PICTURE.replace("62pt", "63pt")
    assert inline_svg(PICTURE) == inline_svg(PICTURE)
    assert set(attributes(inline_svg(PICTURE), "id")).isdisjoint(
        attributes(inline_svg(other), "id")
    )
    assert all(re.match(r"g[0-9a-f]{8}-", one) for one in attributes(inline_svg(PICTURE), "id"))


@pytest.mark.parametrize("title", ['An "LSTM" & <b>', "</title><script>", "하늘"])
def test_a_screen_reader_hears_the_title_and_no_generated_names(title):
    inline = inline_svg(PICTURE, "k", title)
    root = parsed(inline)
    assert (root.getAttribute("role"), root.getAttribute("aria-label")) == ("img", title)
    [only] = root.getElementsByTagName("title")
    assert only is root.firstChild
    assert only.firstChild.data == title
    assert "n0a3" not in inline


def test_no_title_breaks_the_xml():
    root = parsed(inline_svg(PICTURE, "k", "a\x00b\ud800" + "x" * 100_000))
    assert root.getAttribute("aria-label").startswith("a\ufffdb\ufffdxxx")
    assert len(root.getAttribute("aria-label")) == 120


def test_without_a_title_the_picture_s_own_is_said():
    assert parsed(inline_svg(PICTURE, "k")).getAttribute("aria-label") == "unrolled"
    assert parsed(inline_svg("<svg/>", "k")).getAttribute("aria-label") == "drawing"


@pytest.mark.parametrize("svg", ["", "hello", "<svg><g></svg>", "<svg>\ud800</svg>"])
def test_what_is_no_svg_is_named(svg):
    with pytest.raises(RenderError, match="no well-formed SVG"):
        inline_svg(svg, "k")
