"""`tinygrad-rnn sample`: text from a checkpoint."""

import os
import subprocess
import sys

import pytest

from tinygrad_rnn.cli import main

TEXT = "나는 학교에 간다. 너는 집에 간다.\n" * 5
READ = ["train", "characters", "--text", "text", "--hidden", "4", "--length", "4", "--quiet"]


def printed(capsys, *arguments):
    assert main(arguments) == 0
    out, complained = capsys.readouterr()
    assert complained == ""
    return out


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with checkpoints: of a network that has read the text for a while, and of others."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        (folder / "text").write_text(TEXT, encoding="utf-8")
        assert main([*READ, "--steps", "40", "--lr", "0.1", "--save", "reader"]) == 0
        for name, options in {
            "latch": ["train", "latch", "--quiet"],
            "words": ["train", "cbow_windows", "--quiet"],
            "both": [*READ, "--bidirectional"],
        }.items():
            assert main([*options, "--steps", "0", "--save", name]) == 0
    return folder


@pytest.fixture
def folder(trained, monkeypatch):
    monkeypatch.chdir(trained)
    return trained


def test_a_sample_goes_on_from_its_prompt_in_the_characters_of_the_text(folder, capsys):
    said = printed(capsys, "sample", "reader", "--prompt", "나는", "--length", "30")
    assert said.startswith("나는")
    assert len(said) == 2 + 30 + 1
    assert set(said) <= set(TEXT)
    assert said == printed(capsys, "sample", "reader", "--prompt", "나는", "--length", "30")
    other = printed(capsys, "sample", "reader", "--prompt", "나는", "--length", "30", "--seed", "1")
    assert said != other
    sure = ["sample", "reader", "--prompt", "나는", "--length", "30", "--temperature", "0"]
    assert printed(capsys, *sure) == printed(capsys, *sure, "--seed", "1") != said


def test_a_sample_is_utf_8_whatever_the_terminal_is(folder):
    environment = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "tinygrad_rnn", "sample", "reader", "--length", "20"],
        env={"PYTHONPATH": os.pathsep.join(p for p in sys.path if p), **environment},
        capture_output=True,
        check=True,
    )
    assert len(done.stdout.decode("utf-8")) == 21


@pytest.mark.parametrize(
    ("options", "code", "complaint"),
    [
        ("reader --prompt xyz", 2, "not in the alphabet: 'x', 'y', 'z'"),
        ("reader --length 0", 2, "--length: 0: needs a whole number of at least 1"),
        ("reader --temperature -1", 2, "--temperature: -1: needs a number of at least 0"),
        ("reader --temperature nan", 2, "--temperature: nan: needs a finite number"),
        ("missing", 1, "missing: No such file"),
        ("text", 1, "text: no safetensors file"),
        ("latch", 1, "latch has learned latch: only characters make a text"),
        ("words", 1, "words has learned cbow_windows: only characters make a text"),
        ("both", 2, "needs a network that reads tokens, in one direction"),
    ],
)
def test_a_sample_that_cannot_be_is_one_line(folder, capsys, options, code, complaint):
    assert main(["sample", *options.split()]) == code
    out, complained = capsys.readouterr()
    assert out == ""
    assert complained.startswith("tinygrad-rnn: ")
    assert complained.count("\n") == 1
    assert complaint in complained
