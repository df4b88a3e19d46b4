"""Every lesson runs, and prints what its first cell says it prints."""

import re
import runpy
from pathlib import Path

import pytest

LESSONS = sorted((Path(__file__).parents[1] / "examples").glob("[0-9][0-9]_*.py"))


def promised(lesson):
    """The indented lines of a lesson's first cell, as patterns: "..." stands for anything."""
    first_cell = lesson.read_text(encoding="utf-8").split("\n\n", 1)[0]
    lines = re.findall(r"^#     (\S.*)$", first_cell, re.MULTILINE)
    return [re.escape(line).replace(r"\.\.\.", ".*") for line in lines]


def test_the_lessons_are_numbered_without_a_gap():
    assert [int(lesson.name[:2]) for lesson in LESSONS] == list(range(1, len(LESSONS) + 1))


@pytest.mark.usefixtures("ops_restored")
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_a_lesson_prints_what_it_promises(lesson, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(lesson), run_name="lesson")
    printed = capsys.readouterr().out.splitlines()
    assert promised(lesson)
    for pattern in promised(lesson):
        assert any(re.search(pattern, line) for line in printed), pattern


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_a_lesson_fits_on_a_few_screens(lesson):
    assert len(lesson.read_text(encoding="utf-8").splitlines()) <= 120
