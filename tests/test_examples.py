"""Every lesson runs, as a script and as a notebook, and prints what its first cell says."""

import re
import runpy
from pathlib import Path

import pytest

from tests.notebooks import executed

ROOT = Path(__file__).parents[1]
LESSONS = sorted((ROOT / "examples").glob("[0-9][0-9]_*.py"))
PICTURES = "pictures_of_the_lessons"

each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)


def cells(lesson):
    """The cells of a script in percent format: [("markdown" or "code", text as it stands), ...]."""
    before, *parts = re.split(r"^# %%(.*)\n", lesson.read_text(encoding="utf-8"), flags=re.M)
    assert not before
    assert set(parts[::2]) == {"", " [markdown]"}
    kinds = ["markdown" if kind else "code" for kind in parts[::2]]
    return [(kind, text.strip()) for kind, text in zip(kinds, parts[1::2], strict=True)]


def uncommented(text):
    return re.sub(r"^#(?: |$)", "", text, flags=re.MULTILINE)


def check_promises(lesson, printed):
    """The indented lines of the first cell are among the printed; "..." stands for anything."""
    promised = re.findall(r"^    (\S.*)$", uncommented(cells(lesson)[0][1]), re.MULTILINE)
    assert promised
    for line in promised:
        assert re.search(re.escape(line).replace(r"\.\.\.", ".*"), printed), line


def test_the_lessons_are_numbered_without_a_gap():
    assert [int(lesson.name[:2]) for lesson in LESSONS] == list(range(1, 18))


@each_lesson
def test_a_lesson_opens_with_its_number_and_title(lesson):
    kind, text = cells(lesson)[0]
    assert kind == "markdown"
    assert re.match(rf"# # {int(lesson.name[:2])}\. [A-Z]", text)


@each_lesson
def test_a_lesson_is_text_and_code_by_turns(lesson):
    kinds = [kind for kind, _ in cells(lesson)]
    assert ("markdown", "markdown") not in zip(kinds, kinds[1:], strict=False)
    assert kinds.count("markdown") > len(kinds) / 3


@each_lesson
def test_the_text_of_a_lesson_is_all_comments(lesson):
    for kind, text in cells(lesson):
        if kind == "markdown":
            assert all(re.match("#( |$)", line) for line in text.splitlines())


@each_lesson
def test_a_lesson_fits_on_a_few_screens(lesson):
    assert len(lesson.read_text(encoding="utf-8").splitlines()) <= 120


@each_lesson
@pytest.mark.usefixtures("ops_restored")
def test_a_lesson_prints_what_it_promises(lesson, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(lesson), run_name="lesson")
    check_promises(lesson, capsys.readouterr().out)
    assert {path.name for path in tmp_path.iterdir()} <= {PICTURES}


def test_git_ignores_the_pictures_of_the_lessons():
    assert f"{PICTURES}/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


@pytest.mark.slow
@each_lesson
@pytest.mark.usefixtures("ops_restored")
def test_a_lesson_runs_without_a_layout_program(lesson, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TINYGRAD_RNN_DOT", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    runpy.run_path(str(lesson), run_name="lesson")
    check_promises(lesson, capsys.readouterr().out)
    assert not list(tmp_path.rglob("*.svg"))


@pytest.mark.slow
@each_lesson
def test_a_lesson_is_a_notebook(lesson, tmp_path):
    v4 = pytest.importorskip("nbformat").v4
    shown = executed(
        [
            v4.new_code_cell(text) if kind == "code" else v4.new_markdown_cell(uncommented(text))
            for kind, text in cells(lesson)
        ],
        tmp_path,
    )
    outputs = [output for cell in shown for output in cell.get("outputs", ())]
    check_promises(lesson, "".join(output.get("text", "") for output in outputs))
