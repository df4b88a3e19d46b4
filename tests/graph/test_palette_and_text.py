"""Colours say what the numbers say; hostile text cannot break DOT or SVG."""

import math

import pytest

from tinygrad_rnn.graph.dot.legend import legend_label
from tinygrad_rnn.graph.dot.palette import Scale, scale_for
from tinygrad_rnn.graph.dot.text import breadth, markup, plain, token
from tinygrad_rnn.graph.wording import clean, number

SCALE = Scale(-6, 2)


def luminance(colour):
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return sum(w * c**2.2 for w, c in zip((0.2126, 0.7152, 0.0722), channels, strict=True))


@pytest.mark.parametrize(
    ("norm", "fill", "width"),
    [
        (1.0, "#5b3c9e", 0.8 + 3.6 * 0.72),  # norm 1 is purple, whatever the scale
        (1e-6, "#d6e4f1", 0.8),
        (1e-30, "#d6e4f1", 0.8),  # the colour is clamped
        (1e2, "#7f0000", 4.4),
        (1e9, "#7f0000", 4.4),
    ],
)
def test_a_norm_has_the_colour_and_the_width_of_its_exponent(norm, fill, width):
    look = SCALE.look(norm)
    assert look.fill == look.line == fill
    assert float(look.width) == pytest.approx(width, abs=0.01)


def test_what_vanishes_fades_into_the_paper():
    fills = [SCALE.look(10.0**e).fill for e in range(-6, 1)]
    brightness = [luminance(fill) for fill in fills]
    assert brightness == sorted(brightness, reverse=True)
    assert len(set(fills)) == 7


@pytest.mark.parametrize("norm", [1e-6, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0])
def test_text_can_be_read_on_every_colour(norm):
    look = SCALE.look(norm)
    high, low = sorted((luminance(look.fill), luminance(look.text)), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 3


def test_zero_none_and_not_finite_have_looks_of_their_own():
    assert SCALE.look(0.0) == SCALE.look(None)
    assert (SCALE.look(None).fill, SCALE.look(None).style) == ("#ffffff", "dotted")
    assert SCALE.look(math.nan) == SCALE.look(math.inf)
    assert SCALE.look(math.nan).fill not in {SCALE.look(10.0**e).fill for e in range(-6, 3)}


@pytest.mark.parametrize("least", [1e-300, 5e-324])
def test_what_has_all_but_vanished_is_told_from_exactly_zero(least):
    tiny, zero = SCALE.look(least), SCALE.look(0.0)
    assert (tiny.style, zero.style) == ("solid", "dotted")
    assert tiny.fill != zero.fill
    assert number(least) != number(0.0)


@pytest.mark.parametrize(
    ("norms", "said"),
    [
        ([1.0, None], []),
        ([1.0, 0.0], ["white, dotted: exactly 0"]),
        ([1.0, math.nan], ["yellow, dashed: nan or infinite"]),
        ([0.0, math.inf], ["white, dotted", "yellow, dashed"]),
    ],
)
def test_the_legend_says_what_is_off_the_scale_where_there_is_any(norms, said):
    label = legend_label("T", "s", scale_for(norms))
    assert [words for words in ("white, dotted", "yellow, dashed") if words in label] == [
        words.partition(":")[0] for words in said
    ]
    assert all(words in label for words in said)


@pytest.mark.parametrize(
    ("norms", "scale"),
    [
        ([1e-7, 0.5, 4.0], Scale(-7, 1)),
        ([3e-30, 1e40], Scale(-12, 12)),
        ([], Scale(-2, 1)),
        ([0.0, None, math.nan, math.inf], Scale(-2, 1, zero=True, broken=True)),
        ([None, 1.0], Scale(-2, 1)),
        ([0.0], Scale(-2, 1, zero=True)),
        ([-math.inf], Scale(-2, 1, broken=True)),
    ],
)
def test_the_scale_holds_every_norm_as_far_as_colours_go(norms, scale):
    assert scale_for(norms) == scale


@pytest.mark.parametrize(
    ("norm", "text"), [(math.nan, "nan"), (math.inf, "inf"), (1e-300, "1e-300"), (99.6, "1e+02")]
)
def test_numbers_are_printed_as_they_are(norm, text):
    assert number(norm) == text


def test_the_legend_says_where_norm_1_is_and_what_is_clamped():
    label = legend_label("T", "s", Scale(-12, 1))
    assert "&lt;1e-12" in label
    assert ">1<" in label
    assert "vanishing" in label
    assert "exploding" in label


MARKUP = ["<b>x</b>", "<script>alert(1)</script>", "a:b", '"', "\\N"]
HOSTILE = [*MARKUP, "\x00\x1b", "\ud800", "\u202e"]


@pytest.mark.parametrize("text", [*HOSTILE, "하늘", "😀", "x" * 100_000])
def test_text_is_shown_without_what_cannot_be_shown(text):
    shown = clean(text)
    assert len(shown) <= 40
    shown.encode("utf-8")
    assert not any(ord(c) < 32 or c in "\u202e" for c in shown)


def test_plain_labels_are_never_taken_for_html_nor_expanded():
    assert plain("<b>x</b>") == " <b>x</b> "
    assert plain("\\N") == "\\\\N"


def test_markup_is_escaped():
    assert markup("<b>&\"") == "&lt;b&gt;&amp;&quot;"


@pytest.mark.parametrize(("text", "shown"), [(" ", "·"), ("\n", "¶"), ("한", "한"), ("\t", "»")])
def test_a_token_is_one_visible_character(text, shown):
    assert token(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("abcd", "abcd"),
        ("abcde", "abc…"),
        ("하늘", "하늘"),
        ("안녕하", "안…"),
        ("a안녕하", "a안…"),
        ("e\u0301tat", "e\u0301tat"),
        ("", ""),
        ("x" * 100_000, "xxx…"),
    ],
)
def test_a_token_is_cut_to_the_width_of_four_letters(text, shown):
    assert token(text) == shown


def test_a_korean_syllable_is_as_broad_as_two_letters():
    assert breadth("하") == pytest.approx(0.17, abs=0.005)
    assert breadth("하", 6) == pytest.approx(breadth("하") / 2)
    assert breadth("e\u0301한ス😀") == pytest.approx(breadth("a") * 7)
    assert breadth("") == 0
