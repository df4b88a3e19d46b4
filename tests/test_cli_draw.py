"""`tinygrad-rnn draw`: a picture at every level, in every format, and its complaints."""

import json
import webbrowser

import pytest

from tinygrad_rnn.cli import main
from tinygrad_rnn.graph import Graph
from tinygrad_rnn.graph.levels import LEVELS


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drawn(folder, *options):
    """The DOT of a picture."""
    assert main(["draw", "--out", "drawn.dot", *options]) == 0
    return (folder / "drawn.dot").read_text(encoding="utf-8")


@pytest.mark.needs_program
@pytest.mark.parametrize("level", LEVELS)
def test_every_level_is_one_option_away(folder, capsys, level):
    assert main(["draw", "--level", level, "--hidden", "2"]) == 0
    assert capsys.readouterr().out == "The picture is in unrolled.svg.\n"
    assert "<svg" in (folder / "unrolled.svg").read_text(encoding="utf-8")


def test_the_levels_differ(folder):
    sources = {level: drawn(folder, "--level", level, "--hidden", "2") for level in LEVELS}
    assert len(set(sources.values())) == len(LEVELS)


@pytest.mark.parametrize(
    "options",
    [
        ["--show", "shape"],
        ["--show", "value"],
        ["--direction", "TB"],
        ["--normalise", "none"],
        ["--loss-at", "0"],
        ["--loss-at", "sum"],
        ["--max-columns", "8"],
        ["--forget-bias", "5"],
        ["--cells", "rnn", "lstm"],
        ["--seed", "7"],
        ["--train", "2"],
        ["--hidden", "5"],
    ],
    ids=" ".join,
)
def test_every_option_changes_the_picture(folder, options):
    steps = ["--level", "cell", "--steps", "20"]
    assert drawn(folder, *steps, *options) != drawn(folder, *steps)


def test_json_is_the_graph_with_its_norms(folder):
    assert main(["draw", "--out", "lstm.json", "--steps", "3", "--quiet"]) == 0
    text = (folder / "lstm.json").read_text(encoding="utf-8")
    networks = json.loads(text)
    graph = Graph.from_json(json.dumps(networks["LSTM"]))
    assert len(graph.states) == 3
    assert len(networks["LSTM"]["flow"]["edges"]) == len(graph.edges)


def test_open_asks_the_browser(folder, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(webbrowser, "open", lambda uri: asked.append(uri) or len(asked) == 1)
    assert drawn(folder, "--open")
    assert asked == [(folder / "drawn.dot").as_uri()]
    assert capsys.readouterr().err == ""
    assert drawn(folder, "--open")
    assert "found no browser" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "code", "complaint"),
    [
        (["--level", "near"], 2, "invalid choice: 'near'"),
        (["--show", "all"], 2, "invalid choice: 'all'"),
        (["--max-columns", "2"], 2, "2: needs a whole number of at least 4"),
        (["--loss-at", "some"], 2, "some: needs a whole number"),
        (["--loss-at", "4"], 2, "the steps are 0 ... 3"),
        (["--out", "page.html"], 2, "its ending must be one of svg, png, pdf, dot, json"),
        (["--level", "scalar", "--hidden", "64", "--steps", "50"], 1, 'level="op"'),
    ],
)
def test_a_complaint_is_one_line(folder, capsys, options, code, complaint):
    assert main(["draw", *options]) == code
    printed, complained = capsys.readouterr()
    assert printed == ""
    assert complained.count("\n") == 1
    assert complaint in complained
    assert list(folder.iterdir()) == []
