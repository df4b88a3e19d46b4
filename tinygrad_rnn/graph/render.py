"""DOT to SVG, PNG or PDF, with the layout program that is found on the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS = 60  # a layout program that takes longer hangs
MARKS = {"svg": b"<svg", "png": b"PNG", "pdf": b"%PDF", "plain": b"graph"}  # at the beginning
MISSING = (
    "no layout program found: pip install graphviz-pure, or install Graphviz, "
    "or set TINYGRAD_RNN_DOT to a dot program"
)


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

    RenderError where there is no program, it fails, or takes more than a minute.
    """
    program = find_layout_program()
    name = os.path.basename(program)
    try:
        done = subprocess.run(
            [program, f"-T{format}"],
            input=source.encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RenderError(f"{name} took more than {SECONDS} s: draw fewer columns") from None
    except OSError as error:
        raise RenderError(f"{name} does not start: {error.strerror}") from None
    if done.returncode or MARKS[format] not in done.stdout[:1000]:
        said = done.stderr.decode(errors="replace").strip() or f"it wrote no {format}"
        hint = " (graphviz-pure writes no pdf: svg or png?)" if format == "pdf" else ""
        raise RenderError(f"{name} could not write {format}: {said.splitlines()[-1]:.200}{hint}")
    return done.stdout


def write(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file whole or not at all: beside its place first, then moved there."""
    target = Path(os.path.realpath(path))
    with _temporary(target) as (file, temporary):
        with os.fdopen(file, "wb") as stream:
            stream.write(data)
        os.replace(temporary, target)


@contextmanager
def _temporary(target: Path) -> Iterator[tuple[int, str]]:
    try:
        file, temporary = tempfile.mkstemp(dir=target.parent, prefix=".tinygrad-rnn-")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from None
    try:
        os.chmod(temporary, 0o666 & ~_umask())
        yield file, temporary
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
