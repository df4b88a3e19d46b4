"""`tinygrad-rnn flow` as a newcomer meets it: its output, its picture, its complaints."""

import io
import json
import math
import os
import subprocess
import sys

import pytest

from tinygrad_rnn.cli import main
from tinygrad_rnn.tasks import ALICE

FAST = ["--hidden", "4", "--steps", "12"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def report(capsys, *options):
    """What --json says."""
    assert main(["flow", "--json", "--out", "flow.dot", *options]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_defaults_print_the_table_and_a_sentence_for_each_cell(folder, capsys):
    assert main(["flow", "--out", "flow.dot"]) == 0
    printed, complained = capsys.readouterr()
    lines = printed.splitlines()
    assert lines[0].startswith("The gradient of the loss at t = 59, back through 60 steps")
    assert [line.split()[0] for line in lines[3:6]] == ["RNN", "LSTM", "GRU"]
    assert [line.split(":")[0] for line in lines[7:10]] == ["RNN", "LSTM", "GRU"]
    assert lines[-1] == "The picture is in flow.dot."
    assert complained == ""


@pytest.mark.needs_program
def test_the_picture_shows_the_text_that_was_read(folder):
    (folder / "text.txt").write_text("<하&>" * 5, encoding="utf-8")
    assert main(["flow", "--text", "text.txt", "--quiet", *FAST]) == 0
    svg = (folder / "flow.svg").read_text(encoding="utf-8")
    for token in ("&lt;", "하", "&amp;", "&gt;"):
        assert f">{token}</text>" in svg


def test_json_says_what_the_table_says(folder, capsys):
    said = report(capsys, *FAST)
    assert said["text"] == ALICE[:13]
    assert (said["steps"], said["loss_at"], said["picture"]) == (12, 11, "flow.dot")
    for network in said["networks"]:
        norms = network["norms"]
        assert len(norms) == 12
        assert network["norm_at_first"] == norms[0]
        assert network["norm_at_loss"] == norms[-1]
        assert 0 < network["factor"] < 1


def test_the_forget_bias_keeps_the_gradient_of_the_lstm_alive(folder, capsys):
    factors = [
        report(capsys, "--cells", "lstm", "--forget-bias", bias)["networks"][0]["factor"]
        for bias in ("0", "1", "3")
    ]
    assert factors == sorted(factors)
    assert factors[0] < 0.7 < 0.9 < factors[2]


def test_training_changes_the_network_and_a_seed_repeats_it(folder, capsys):
    options = [*FAST, "--cells", "gru", "--train", "3"]
    first, again = report(capsys, *options), report(capsys, *options)
    assert first == again
    assert first != report(capsys, *options, "--seed", "1")
    assert first["networks"] != report(capsys, *FAST, "--cells", "gru")["networks"]


def test_another_loss_is_followed_from_where_it_is(folder, capsys):
    norms = report(capsys, *FAST, "--cells", "rnn", "--loss-at", "4")["networks"][0]["norms"]
    assert all(norm is not None for norm in norms[:5])
    assert norms[5:] == [None] * 7


def test_what_is_not_finite_is_a_string_in_json(folder, capsys):
    network = report(capsys, "--steps", "1", "--cells", "rnn")["networks"][0]
    assert network["factor"] == "nan"
    assert math.isfinite(network["norm_at_loss"])


def test_text_comes_from_stdin_too(folder, capsys, monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO("\ufeffabcabcabc".encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert report(capsys, "--text", "-")["text"] == "abcabcabc"


def test_a_short_text_is_read_to_its_end(folder, capsys):
    (folder / "two").write_text("ab")
    assert report(capsys, "--text", "two")["steps"] == 1


def test_a_page_has_the_networks_before_and_after_training(folder, capsys):
    assert main(["flow", *FAST, "--train", "2", "--cells", "rnn", "--out", "flow.html"]) == 0
    assert capsys.readouterr().out.endswith("\nThe page is in flow.html.\n")
    page = (folder / "flow.html").read_text(encoding="utf-8")
    assert '"training":[0,1,2]' in page.replace(" ", "")


def test_the_reasons_multiply_to_the_whole(folder, capsys):
    for network in report(capsys, *FAST)["networks"]:
        first, last = network["norm_at_first"], network["norm_at_loss"]
        assert sum(network["why"].values()) == pytest.approx(math.log10(first / last))


COMPLAINTS = [
    (["--out", "flow.html", "--level", "op"], 2, "--level: not for a page"),
    (["--loss-at", "x"], 2, 'x: needs a whole number of at least 0, or "sum"'),
    (["--cells", "foo"], 2, "invalid choice: 'foo'"),
    (["--hidden", "0"], 2, "0: needs a whole number of at least 1"),
    (["--hidden", "many"], 2, "many: needs a whole number"),
    (["--steps", "-3"], 2, "-3: needs a whole number of at least 1"),
    (["--steps", "9999"], 2, "the text has 593 characters, so at most 592"),
    (["--loss-at", "60"], 2, "the steps are 0 ... 59"),
    (["--forget-bias", "nan"], 2, "nan: needs a finite number"),
    (["--out", "nowhere/flow.svg"], 2, "there is no folder nowhere"),
    (["--out", "flow.gif"], 2, "its ending must be one of svg, png, pdf, dot, json, html"),
    (["--out", "folder.svg"], 2, "this is a folder"),
    (["--text", "missing.txt"], 1, "cannot read missing.txt: No such file"),
    (["--text", "empty.txt"], 1, "empty.txt has no character: at least 2 are needed"),
    (["--text", "one.txt"], 1, "one.txt has 1 character: at least 2 are needed"),
    (["--text", "latin.txt"], 1, "latin.txt is not UTF-8: byte 1 is wrong"),
    (["--text", "folder.svg"], 1, "cannot read folder.svg: Is a directory"),
]


@pytest.mark.parametrize(("options", "code", "complaint"), COMPLAINTS)
def test_bad_input_is_one_line_on_stderr_and_leaves_nothing(
    folder, capsys, options, code, complaint
):
    (folder / "folder.svg").mkdir()
    for name, data in {"empty.txt": b"", "one.txt": b"x", "latin.txt": b"a\xe9b"}.items():
        (folder / name).write_bytes(data)
    before = sorted(folder.rglob("*"))
    assert main(["flow", *options]) == code
    printed, complained = capsys.readouterr()
    assert printed == ""
    assert complained.count("\n") == 1
    assert complained.startswith("tinygrad-rnn: ")
    assert complaint in complained
    assert sorted(folder.rglob("*")) == before


def test_without_a_layout_program_the_dot_is_written_all_the_same(folder, capsys, monkeypatch):
    monkeypatch.delenv("TINYGRAD_RNN_DOT", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    assert main(["flow", *FAST]) == 1
    printed, complained = capsys.readouterr()
    assert printed.startswith("The gradient of the loss")  # what needs no program is not lost
    assert complained.count("\n") == 1
    assert "pip install graphviz-pure" in complained
    assert "flow.dot" in complained
    assert [file.name for file in folder.iterdir()] == ["flow.dot"]


def test_a_dot_file_that_is_there_already_is_not_lost(folder, monkeypatch):
    (folder / "flow.dot").write_text("mine")
    monkeypatch.setenv("TINYGRAD_RNN_DOT", "no-such-program")
    assert main(["flow", *FAST]) == 1
    assert (folder / "flow.dot").read_text() == "mine"
    assert sorted(file.name for file in folder.iterdir()) == ["flow.dot", "flow.svg.dot"]


@pytest.mark.parametrize(
    ("options", "verdict"),
    [
        (["--cells", "lstm", "--forget-bias", "3"], "LSTM: heard all the way: 59 steps back"),
        (["--cells", "rnn"], "RNN: going back, the gradient shrinks by ×0.51 a step; 10 steps"),
        (["--cells", "rnn", "--steps", "1"], "RNN: too few steps"),
    ],
)
def test_the_verdict_is_what_the_numbers_say(folder, capsys, options, verdict):
    assert main(["flow", "--out", "flow.dot", *options]) == 0
    assert verdict in capsys.readouterr().out


def test_without_arguments_it_says_what_to_try_first(capsys):
    assert main([]) == 0
    assert "tinygrad-rnn flow" in capsys.readouterr().out


def test_a_reader_that_goes_away_is_no_traceback(folder, bare_environment):
    command = f'"{sys.executable}" -m tinygrad_rnn flow --json --out flow.dot | true'
    path = os.pathsep.join(p for p in sys.path if p)
    environment = bare_environment | {"PYTHONPATH": path}
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, env=environment, check=False
    )
    assert done.stderr == ""


def test_ctrl_c_is_exit_code_130(folder, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("tinygrad_rnn.cli.output.draw", interrupted)
    assert main(["flow", *FAST]) == 130
