"""Finding a layout program, and what happens where there is none, or a bad one."""

import os
import stat
import sys

import pytest

from tinygrad_rnn.graph import RenderError, find_layout_program
from tinygrad_rnn.graph import render as rendering

SOURCE = "digraph { a -> b }"


def program(folder, name, script="exit 0"):
    """An executable shell script."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A machine without any layout program."""
    monkeypatch.delenv("TINYGRAD_RNN_DOT", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "scripts" / "python"))
    return tmp_path


def test_without_a_program_the_error_says_what_to_install(empty):
    with pytest.raises(RenderError, match="pip install graphviz-pure"):
        find_layout_program()


def test_programs_are_looked_for_in_the_order_that_is_promised(empty, monkeypatch):
    beside = program(empty / "scripts", "graphviz-pure")
    assert find_layout_program() == beside
    pure = program(empty / "path", "graphviz-pure")
    assert find_layout_program() == pure
    dot = program(empty / "path", "dot")
    assert find_layout_program() == dot
    asked = program(empty / "own", "my-dot")
    monkeypatch.setenv("TINYGRAD_RNN_DOT", asked)
    assert find_layout_program() == asked


def test_a_program_that_is_asked_for_and_not_there_is_named(empty, monkeypatch):
    monkeypatch.setenv("TINYGRAD_RNN_DOT", "nowhere/dot")
    with pytest.raises(RenderError, match="TINYGRAD_RNN_DOT names 'nowhere/dot'"):
        find_layout_program()


@pytest.mark.parametrize(
    ("script", "format", "message"),
    [
        ("echo 'syntax error' >&2; exit 1", "svg", "dot could not write svg: syntax error$"),
        ("exit 0", "svg", "dot could not write svg: it wrote no svg"),
        ("echo hello", "svg", "it wrote no svg"),
        ("exit 1", "pdf", "graphviz-pure writes no pdf"),
    ],
)
def test_a_program_that_fails_is_quoted(empty, script, format, message):
    program(empty / "path", "dot", script)
    with pytest.raises(RenderError, match=message):
        rendering.lay_out(SOURCE, format)


def test_a_program_that_hangs_is_stopped(empty, monkeypatch):
    program(empty / "path", "dot", "exec /bin/sleep 60")
    monkeypatch.setattr(rendering, "SECONDS", 0.2)
    with pytest.raises(RenderError, match="took more than 0.2 s"):
        rendering.lay_out(SOURCE, "svg")


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    target = tmp_path / "a.svg"
    rendering.write(target, b"first")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        rendering.write(target, b"second")
    assert target.read_bytes() == b"first"
    assert [file.name for file in tmp_path.iterdir()] == ["a.svg"]


def test_a_new_file_can_be_read_by_others_as_usual(tmp_path):
    rendering.write(tmp_path / "a.svg", b"")
    (tmp_path / "b.svg").write_bytes(b"")
    assert (tmp_path / "a.svg").stat().st_mode == (tmp_path / "b.svg").stat().st_mode
