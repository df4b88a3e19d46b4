"""Finding a layout program, and what happens where there is none, or a bad one."""

import stat
import subprocess
import sys
import time
from pathlib import Path

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
        ("echo '<svg'", "svg", "it wrote no svg"),  # half a picture
        ("head -c 5000 /dev/urandom", "pdf", "it wrote no pdf"),
        ("echo 'warning: no glyph' >&2", "svg", "dot could not write svg: warning: no glyph$"),
        ("echo 'all gone' >&2; echo 'warning: b' >&2; exit 1", "svg", "write svg: all gone$"),
        ("echo 'Error: line 1' >&2; echo 'in label x' >&2; exit 1", "svg", "Error: line 1$"),
        ("printf 'a\\033[31mb\\377' >&2; exit 1", "svg", "a\ufffd\\[31mb\ufffd$"),
        ("kill -SEGV $$", "svg", "dot could not write svg: it was stopped by signal 11$"),
        (
            "echo 'Format: \"pdf\" not recognized. Use one of: png' >&2; exit 1",
            "pdf",
            "dot could not write pdf: it knows no pdf: Graphviz's own dot does$",
        ),
    ],
)
def test_a_program_that_fails_is_quoted(empty, monkeypatch, script, format, message):
    program(empty / "path", "dot", script)
    monkeypatch.setenv("PATH", f"{empty / 'path'}:/usr/bin:/bin")
    with pytest.raises(RenderError, match=message) as error:
        rendering.lay_out(SOURCE, format)
    assert "\n" not in str(error.value)


def test_a_program_that_cannot_be_started_is_named(empty, monkeypatch):
    path = empty / "no-program"
    path.write_bytes(b"\x00\x01")
    path.chmod(0o755)
    monkeypatch.setenv("TINYGRAD_RNN_DOT", str(path))
    with pytest.raises(RenderError, match="no-program does not start: Exec format error"):
        rendering.lay_out(SOURCE, "svg")


def test_what_a_program_mutters_is_not_passed_on(empty, capfd):
    program(empty / "path", "dot", "echo 'warning: no glyph for U+D558' >&2; echo '<svg></svg>'")
    assert rendering.lay_out(SOURCE, "svg") == b"<svg></svg>\n"
    assert capfd.readouterr() == ("", "")


HANGS = "/bin/sleep 60 & echo $! > child; wait"


def gone(pid):
    """Whether a process has ended; one that nobody has waited for has, too."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_a_program_that_hangs_is_stopped_with_all_it_has_started(empty, monkeypatch):
    monkeypatch.chdir(empty)
    program(empty / "path", "dot", HANGS)
    monkeypatch.setattr(rendering, "SECONDS", 0.5)
    with pytest.raises(RenderError, match="took more than 0.5 s: lower max_columns"):
        rendering.lay_out(SOURCE, "svg")
    assert gone(int(Path("child").read_text()))


def test_an_interrupt_stops_the_program_too(empty, monkeypatch):
    monkeypatch.chdir(empty)
    program(empty / "path", "dot", HANGS)

    def interrupted(*_, **__):
        while not Path("child").exists() or not Path("child").read_text():
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        rendering.lay_out(SOURCE, "svg")
    assert gone(int(Path("child").read_text()))


def test_a_png_that_no_program_can_paint_is_refused_before(empty):
    script = """case $1 in
        -Tplain) echo 'graph 1 341.4 0.5'; echo stop;;
        *) touch painted; exit 1;;
    esac"""
    program(empty / "path", "dot", script)
    with pytest.raises(RenderError, match="32,774 × 48 pixels: .* 32,767 .* lower max_columns"):
        rendering.lay_out(SOURCE, "png")


def test_a_png_of_any_smaller_size_is_painted(empty):
    script = r"""case $1 in
        -Tplain) echo 'graph 1 341.3 0.5'; echo stop;;
        -Tpng) printf '\211PNG IEND';;
    esac"""
    program(empty / "path", "dot", script)
    assert rendering.lay_out(SOURCE, "png") == b"\x89PNG IEND"
