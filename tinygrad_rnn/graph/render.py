"""DOT to SVG, PNG or PDF, with the layout program that is found on the machine."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys

from .wording import clean

SECONDS = 60  # a layout program that takes longer hangs
MISSING = (
    "no layout program found: pip install graphviz-pure, or install Graphviz, "
    "or set TINYGRAD_RNN_DOT to a dot program"
)
MARKS = {  # what a whole picture has at its beginning, and at its end
    "svg": (b"<svg", b"</svg>"),
    "png": (b"\x89PNG", b"IEND"),
    "pdf": (b"%PDF", b"%%EOF"),
    "plain": (b"graph", b"stop"),
    "json0": (b"{", b"}"),
}
PIXELS, PER_INCH = 32_767, 96  # Graphviz shrinks a larger PNG until nothing can be read


class RenderError(RuntimeError):
    """A picture that could not be drawn: no layout program, or one that failed."""


def find_layout_program() -> str:
    """The path of a `dot` program.

    $TINYGRAD_RNN_DOT, then `dot` on PATH, then `graphviz-pure` on PATH, then `graphviz-pure` in the
    folder of this Python. RenderError that says what to install where there is none.
    """
    asked = os.environ.get("TINYGRAD_RNN_DOT")
    if asked:
        found = shutil.which(asked)
        if not found:
            raise RenderError(f"TINYGRAD_RNN_DOT names {asked!r}, which is no program")
        return found
    beside = os.path.dirname(sys.executable)
    found = (
        shutil.which("dot")
        or shutil.which("graphviz-pure")
        or shutil.which("graphviz-pure", path=beside)
    )
    if not found:
        raise RenderError(MISSING)
    return found


def lay_out(source: str, format: str) -> bytes:
    """The picture that a layout program makes of DOT source: "svg", "png" or "pdf".

    "plain" and "json0" are the positions alone. RenderError where there is no program, it fails or
    takes more than a minute, and for a PNG of more than 32,767 pixels.
    """
    program = find_layout_program()
    if format == "png":
        _check_size(program, source)
    return _run(program, source, format)


def _check_size(program: str, source: str) -> None:
    """RenderError for a picture that no PNG holds, before its pixels are asked for."""
    said = re.match(rb"graph \S+ ([\d.e+]+) ([\d.e+]+)", _run(program, source, "plain"))
    sides = [round(float(inches) * PER_INCH) for inches in said.groups()] if said else [0]
    if max(sides) > PIXELS:
        raise RenderError(
            f"a png of {' × '.join(f'{side:,}' for side in sides)} pixels: at most {PIXELS:,} "
            "can be drawn: lower max_columns, or make an svg"
        )


def _run(program: str, source: str, format: str) -> bytes:
    """What the program makes of the source, whole; warnings that it mutters are not passed on."""
    name = os.path.basename(program)
    try:
        code, made, said = _communicate([program, f"-T{format}"], source.encode())
    except subprocess.TimeoutExpired:
        raise RenderError(f"{name} took more than {SECONDS} s: lower max_columns") from None
    except OSError as error:
        raise RenderError(f"{name} does not start: {error.strerror}") from None
    begin, end = MARKS[format]
    if code or begin not in made[:1000] or end not in made[-100:]:
        reason = _reason(code, said.decode(errors="replace")) or f"it wrote no {format}"
        if "not recognized" in reason:  # graphviz-pure, of pdf
            reason = f"it knows no {format}: Graphviz's own dot does"
        raise RenderError(f"{name} could not write {format}: {reason}")
    return made


def _communicate(command: list[str], sent: bytes) -> tuple[int, bytes, bytes]:
    """Exit code, stdout and stderr. Whatever interrupts it ends the program and its children."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
    ) as process:
        try:
            made, said = process.communicate(sent, timeout=SECONDS)
        except BaseException:
            _kill(process)
            raise
    return process.returncode, made, said


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a program with all that it has started; itself alone where there are no groups."""
    if os.name != "posix":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _reason(code: int, said: str) -> str:
    """Why a program failed, in one line: its first error, else the last line that is no warning."""
    if code < 0:
        return f"it was stopped by signal {-code}"
    lines = [clean(line.strip(), 200) for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    others = [line for line in lines if "warning" not in line.lower()] or lines
    return errors[0] if errors else others[-1] if others else ""
