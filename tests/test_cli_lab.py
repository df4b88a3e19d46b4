"""`tinygrad-rnn lab` as a newcomer meets it: its table, its sweeps, its plot, its complaints."""

import json
import sys

import pytest

from tinygrad_rnn.cli import main
from tinygrad_rnn.lab import INITIALISATIONS, Setup, survival

FAST = ["--length", "6", "--seeds", "3"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def printed(capsys, *options):
    assert main(["lab", *options]) == 0
    output, complained = capsys.readouterr()
    assert complained == ""
    return output


def report(capsys, *options):
    return json.loads(printed(capsys, "--json", *options))


def test_the_defaults_are_the_setup_of_the_published_table(capsys):
    lines = printed(capsys, "--seeds", "2").splitlines()
    assert lines[0] == "Before any training: |dL/dh| at the first step against the last"
    assert lines[1] == "T = 100, X = 2, H = 8, init uniform, forget bias 1; 2 seeds"
    assert [line.split()[0] for line in lines[4:7]] == ["RNN", "LSTM", "GRU"]
    assert lines[8].startswith("closed form: RNN, its recurrent matrix without tanh'; LSTM, σ(b_f)")
    sentences = "\n".join(lines[10:])
    assert "LSTM: at T = 100 the first step gets" in sentences
    assert "raise the forget bias; chrono suggests up to\n  ln(T-1) = 4.6." in sentences
    assert all(len(line) <= 100 for line in lines)


def test_a_row_says_what_was_measured(capsys):
    found = survival(Setup("gru", 6), range(3))
    row = printed(capsys, *FAST, "--cells", "gru").splitlines()[4].split()
    assert row == ["GRU", f"{found.mean:.1f}", "±", f"{found.deviation:.1f}",
                   f"×{found.factor:.2f}", f"{found.setup.closed_form():.1f}"]  # fmt: skip


def test_json_says_what_the_table_says(capsys):
    said = report(capsys, *FAST, "--cells", "rnn", "lstm")
    assert said["sweep"] is None
    assert [row["cell"] for row in said["rows"]] == ["rnn", "lstm"]
    found = survival(Setup("lstm", 6), range(3))
    row = said["rows"][1]
    assert row["log10_ratios"] == list(found.logs)
    assert (row["mean"], row["deviation"], row["factor"]) == (
        found.mean, found.deviation, found.factor,
    )  # fmt: skip
    assert row["closed_form"] == found.setup.closed_form()
    assert {name: row[name] for name in Setup._fields} == found.setup._asdict()
    assert row["verdict"].startswith("at T = 6 the first step gets")


def test_json_holds_numbers_that_are_none_as_strings(capsys):
    (row,) = report(capsys, *FAST, "--cells", "rnn", "--scale", "0")["rows"]
    assert (row["mean"], row["deviation"]) == ("-inf", "nan")
    assert row["log10_ratios"] == ["-inf"] * 3


@pytest.mark.parametrize(
    "options",
    [
        ["--length", "7"],
        ["--hidden", "5"],
        ["--inputs", "3"],
        ["--init", "orthogonal"],
        ["--init", "chrono"],
        ["--scale", "2"],
        ["--forget-bias", "3"],
        ["--seed", "1"],
        ["--seeds", "2"],
    ],
    ids=" ".join,
)
def test_every_option_changes_what_is_measured(capsys, options):
    always = [*FAST, "--cells", "lstm"]
    assert report(capsys, *always, *options) != report(capsys, *always)


@pytest.mark.parametrize(
    ("sweep", "field", "values"),
    [
        (("forget-bias", "0:5"), "forget_bias", [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
        (("forget-bias", " -1:0:0.5"), "forget_bias", [-1.0, -0.5, 0.0]),
        (("scale", "0.1:0.3:0.1"), "scale", [0.1, 0.2, 0.3]),
        (("length", "2,5"), "length", [2, 5]),
        (("length", "2:4"), "length", [2, 3, 4]),
        (("hidden", "1,3"), "hidden_size", [1, 3]),
        (("inputs", "1,3"), "input_size", [1, 3]),
        (("init", ",".join(INITIALISATIONS)), "init", list(INITIALISATIONS)),
    ],
)
def test_a_sweep_has_a_row_for_every_value(capsys, sweep, field, values):
    said = report(capsys, *FAST, "--cells", "lstm", "--sweep", *sweep)
    assert said["sweep"] == field
    assert [row[field] for row in said["rows"]] == values


@pytest.mark.parametrize(
    ("options", "cells"),
    [
        ([], ["rnn", "lstm", "gru"]),
        (["--sweep", "forget-bias", "1"], ["lstm"]),
        (["--init", "chrono"], ["lstm", "gru"]),
        (["--sweep", "init", "chrono"], ["lstm", "gru"]),
        (["--cells", "gru", "rnn", "gru"], ["gru", "rnn"]),
    ],
)
def test_the_cells_are_those_that_it_is_about(capsys, options, cells):
    assert [row["cell"] for row in report(capsys, *FAST, *options)["rows"]] == cells


def test_a_sweep_says_where_the_least_is_left_and_where_the_most(capsys):
    lines = printed(capsys, "--seeds", "3", "--sweep", "forget-bias", "0:4:2").splitlines()
    assert lines[1] == "T = 100, X = 2, H = 8, init uniform; 3 seeds"
    assert lines[3].split()[:3] == ["cell", "forget", "bias"]
    assert [line.split()[:2] for line in lines[4:7]] == [["LSTM", str(b)] for b in (0, 2, 4)]
    assert "of the last step's gradient the first gets" in lines[10]
    assert " at forget bias 0, and " in lines[10]
    assert lines[10].endswith(" at forget bias 4.")


def test_seeds_without_a_ratio_are_counted(capsys):
    output = printed(capsys, *FAST, "--cells", "rnn", "--sweep", "scale", "0,1")
    assert "without 3 seeds of 3" in output
    assert "nowhere" not in output
    output = printed(capsys, *FAST, "--cells", "rnn", "--scale", "0")
    assert "nothing that a float can hold" in output


def test_one_seed_has_no_deviation_to_show(capsys):
    output = printed(capsys, "--length", "6", "--seeds", "1")
    assert "nan" not in output
    assert "; 1 seed\n" in output


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_sweep_is_plotted(folder, capsys, ending):
    pytest.importorskip("matplotlib").use("Agg")
    begins = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    output = printed(capsys, *FAST, "--sweep", "length", "3,5", "--out", f"sweep.{ending}")
    assert output.endswith(f"\nThe plot is in sweep.{ending}.\n")
    assert (folder / f"sweep.{ending}").read_bytes().startswith(begins[ending])


def test_quiet_prints_nothing(folder, capsys):
    pytest.importorskip("matplotlib").use("Agg")
    options = ["--sweep", "length", "3,5", "--out", "sweep.svg", "--quiet"]
    assert printed(capsys, *FAST, *options) == ""
    assert (folder / "sweep.svg").exists()


def test_without_matplotlib_it_says_what_to_install(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["lab", *FAST, "--quiet", "--sweep", "length", "3,5", "--out", "sweep.svg"]) == 1
    said = capsys.readouterr().err
    assert said == (
        "tinygrad-rnn: --out sweep.svg: plots need matplotlib: pip install 'tinygrad-rnn[plot]'\n"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--length", "1"], "argument --length: 1: needs a whole number of at least 2"),
        (["--hidden", "0"], "argument --hidden: 0: needs a whole number of at least 1"),
        (["--seeds", "0"], "argument --seeds: 0: needs a whole number of at least 1"),
        (["--scale", "nan"], "argument --scale: nan: needs a finite number"),
        (["--init", "he"], "argument --init: he: an initialisation is one of uniform, xavier,"),
        (["--cells", "elman"], "argument --cells: invalid choice: 'elman'"),
        (["--cells", "rnn", "--init", "chrono"], "init chrono: an RNN has no gate that forgets"),
        (["--sweep", "T", "3"], "--sweep T: it is one of length, hidden, inputs, init, scale,"),
        (["--sweep", "length", "1:3"], "--sweep length 1:3: 1: needs a whole number of at least 2"),
        (["--sweep", "length", "3,"], "--sweep length 3,: : needs a whole number of at least 2"),
        (["--sweep", "length", "3:2"], "--sweep length 3:2: a range is START:STOP:STEP, going up"),
        (["--sweep", "length", "2:3:0"], "a range is START:STOP:STEP, going up"),
        (["--sweep", "length", "2:3:1:1"], "a range is START:STOP:STEP, going up"),
        (["--sweep", "length", "2:1e9"], "of at most 200 values"),
        (["--sweep", "scale", "0:inf"], "--sweep scale 0:inf: inf: needs a finite number"),
        (["--sweep", "scale", ":"], "--sweep scale :: : needs a finite number"),
        (["--sweep", "forget-bias", "1", "--cells", "gru"], "a cell 'gru' has none"),
        (["--sweep", "forget-bias", "1", "--init", "chrono"], "chrono draws it"),
        (["--out", "plot.png"], "--out: there is a plot of a sweep only: add --sweep"),
        (["--sweep", "length", "3", "--out", "p.txt"], "its ending must be one of png, svg, pdf"),
        (["--sweep", "length", "3", "--out", "no/plot.png"], "there is no folder no"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_asked_wrongly_is_one_line_and_exit_code_2(capsys, options, message):
    assert main(["lab", *options]) == 2
    output, complained = capsys.readouterr()
    assert output == ""
    assert complained.startswith("tinygrad-rnn: ")
    assert message in complained
    assert complained.count("\n") == 1


def test_the_help_has_an_example_that_runs(capsys, monkeypatch):
    with pytest.raises(SystemExit):
        main(["lab", "--help"])
    shown = capsys.readouterr().out
    lines = [line.split() for line in shown.splitlines()]
    examples = [line[2:] for line in lines if line[:2] == ["tinygrad-rnn", "lab"]]
    assert len(examples) == 3
    pytest.importorskip("matplotlib").use("Agg")
    for example in examples:
        assert main(["lab", *example, "--seeds", "1"]) == 0
