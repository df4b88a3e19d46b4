"""README.ko.md is README.md in Korean: whoever changes one of them changes the other.

    section     a heading and the blocks up to the next heading
    block       a paragraph, a list, a table, a picture, or a fenced block of code

Translated are the headings, the prose and the words in tables. All else is equal in both.
"""

import difflib
import re
from collections import Counter
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
NAMES = ENGLISH, KOREAN = "README.md", "README.ko.md"

# What may stand in Korean text as it stands in English: "MIT".
SAME_IN_BOTH = {"MIT"}


class Section(NamedTuple):
    level: int
    title: str
    blocks: list[tuple[str, str]]  # kind, text

    def of_kind(self, *kinds):
        return [text for kind, text in self.blocks if kind in kinds]

    @property
    def prose(self):
        """All but the code."""
        return "\n\n".join(text for kind, text in self.blocks if kind != "code")


def sections(text):
    """The document as Sections, read from above; a # within code is no heading."""
    found = []
    for piece in re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL):
        blocks = [piece] if piece.startswith("```") else re.split(r"\n{2,}", piece.strip("\n"))
        for block in filter(None, blocks):
            if heading := re.fullmatch(r"(#+) (.+)", block):
                found.append(Section(len(heading[1]), heading[2], []))
            else:
                found[-1].blocks.append((kind_of(block), block))
    return found


def kind_of(block):
    starts = {"```": "code", "|": "table", "![": "picture", "- ": "list", "1. ": "numbered list"}
    return next((kind for start, kind in starts.items() if block.startswith(start)), "paragraph")


def cells(table):
    """The rows of a table, each a list of what stands between its bars."""
    return [[cell.strip() for cell in row[1:-1].split("|")] for row in table.splitlines()]


def numbers(text):
    return re.findall(r"\d[\d,.]*\d|\d", text)


def differences(here, there):
    """What one has more of than the other, as a message; empty where there is nothing to say."""
    pairs = (ENGLISH, Counter(here) - Counter(there)), (KOREAN, Counter(there) - Counter(here))
    return "; ".join(f"only in {name}: {sorted(more)}" for name, more in pairs if more)


TEXTS = [(ROOT / name).read_text(encoding="utf-8") for name in NAMES]
DOCUMENTS = [sections(text) for text in TEXTS]
PAIRS = list(zip(*DOCUMENTS))

each_section = pytest.mark.parametrize(
    ("english", "korean"), PAIRS, ids=[english.title for english, _ in PAIRS]
)


def test_each_names_the_other_before_the_first_picture():
    for text, name, other in zip(TEXTS, NAMES, reversed(NAMES)):
        top = text.partition("![")[0]
        assert f"[{other}]({other})" in top, f"no link to {other} at the top of {name}"


def test_the_headings_have_the_same_levels_in_the_same_order():
    rows = [[f"{'#' * section.level} {section.title}" for section in doc] for doc in DOCUMENTS]
    levels = [[section.level for section in doc] for doc in DOCUMENTS]
    beside = "\n".join(f"{a:<50} {b}" for a, b in zip_longest(*rows, fillvalue="(none)"))
    assert levels[0] == levels[1], f"the headings side by side:\n{beside}"


@each_section
def test_a_section_has_the_same_blocks_in_the_same_order(english, korean):
    shapes = [[kind for kind, _ in section.blocks] for section in (english, korean)]
    assert shapes[0] == shapes[1], (
        f"under '{english.title}' {ENGLISH} has {', '.join(shapes[0])}; "
        f"under '{korean.title}' {KOREAN} has {', '.join(shapes[1])}"
    )


@each_section
def test_code_is_the_same_to_the_last_byte(english, korean):
    for index, pair in enumerate(zip(english.of_kind("code"), korean.of_kind("code")), 1):
        lines = difflib.unified_diff(*map(str.splitlines, pair), *NAMES, n=0, lineterm="")
        diff = "\n".join(lines)
        assert pair[0] == pair[1], f"code block {index} under '{english.title}' differs:\n{diff}"


@each_section
def test_tables_have_the_same_shape_and_the_same_numbers(english, korean):
    for index, pair in enumerate(zip(english.of_kind("table"), korean.of_kind("table")), 1):
        table = f"table {index} under '{english.title}'"
        here, there = map(cells, pair)
        shapes = [[len(row) for row in rows] for rows in (here, there)]
        assert shapes[0] == shapes[1], f"{table}: cells in each row, {shapes[0]} and {shapes[1]}"
        assert here[1] == there[1], f"{table}: columns aligned as {here[1]} and {there[1]}"
        for row in zip(here, there):
            for mine, yours in zip(*row):
                more = differences(numbers(mine), numbers(yours))
                assert not more, f"{table}, row '{row[0][0]}', cell '{mine}': {more}"


@each_section
def test_lists_have_as_many_points(english, korean):
    point = re.compile(r"^(?:- |\d+\. )", re.MULTILINE)
    kinds = "list", "numbered list"
    counts = [[len(point.findall(text)) for text in s.of_kind(*kinds)] for s in (english, korean)]
    assert counts[0] == counts[1], f"points of the lists under '{english.title}': {counts}"


@each_section
def test_pictures_and_links_lead_to_the_same_places(english, korean):
    targets = [
        re.findall(r"(!?)\[[^\]]+\]\(([^)]+)\)", section.prose.replace(KOREAN, ENGLISH))
        for section in (english, korean)
    ]
    assert targets[0] == targets[1], f"under '{english.title}': {targets[0]} and {targets[1]}"


@each_section
def test_what_stands_in_backticks_is_the_same(english, korean):
    """In any order: that of the words is another in Korean."""
    spans = [re.findall(r"`([^`]+)`", section.prose) for section in (english, korean)]
    more = differences(*spans)
    assert not more, f"in backticks under '{english.title}': {more}"


@each_section
def test_measured_numbers_in_the_text_are_the_same(english, korean):
    """But those of one digit: "a factor of 2" is one word in Korean."""
    kinds = "paragraph", "list", "numbered list", "picture"
    texts = ["\n".join(section.of_kind(*kinds)) for section in (english, korean)]
    more = differences(*([n for n in numbers(text) if len(n) > 1] for text in texts))
    assert not more, f"numbers in the text under '{english.title}': {more}"


@each_section
def test_nothing_is_left_untranslated(english, korean):
    hangul = re.compile("[가-힣]")
    texts = [text for kind, text in korean.blocks if kind != "code" and text not in SAME_IN_BOTH]
    points = [point for text in texts for point in re.split(r"\n(?=- |\d+\. )", text)]
    left = [text for text in points if not hangul.search(text) and ENGLISH not in text]
    assert not left, f"under '{korean.title}' without a word of Korean: {left}"


@each_section
def test_emphasis_ends_where_markdown_sees_its_end(english, korean):
    """`**(a)**는` is shown with its stars: between a bracket and a letter, ** only opens."""
    stuck = re.findall(r"\*\*[^*\n]*[^\w\s*]\*\*[가-힣]\S*", korean.prose)
    assert not stuck, f"under '{korean.title}', put the particle inside: {stuck}"
