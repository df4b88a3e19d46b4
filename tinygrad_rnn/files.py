"""Files that are there whole or not at all: written beside their place first, then moved there.

    temporary   .tinygrad-rnn- and 16 digits, in the same folder; locked as long as its writer lives
    stray       a temporary that nobody holds a lock on: its writer was killed
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from io import BufferedWriter
from pathlib import Path

PREFIX = ".tinygrad-rnn-"
TEMPORARY = re.compile(re.escape(PREFIX) + "[0-9a-f]{16}")


def write(path: str | os.PathLike[str], data: bytes, *, durable: bool = False) -> None:
    """Put `data` in the place of what is there, if anything is; strays beside it are swept.

    `durable` returns when the file would survive a loss of power. What is no plain file
    (/dev/stdout, a pipe) is written to. OSError that names the file: what was there stays.
    """
    target = Path(path)
    try:
        if target.exists() and not target.is_file() and not target.is_dir():
            target.write_bytes(data)
        else:
            _replace(Path(os.path.realpath(target)), data, durable)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(target)) from None
    except ValueError:  # a NUL, a lone surrogate
        raise ValueError(f"no file can be called {os.fspath(path)!r:.200}") from None


def _replace(target: Path, data: bytes, durable: bool) -> None:
    """Let the name mean the new bytes, once they are all there; a folder stays."""
    _sweep(target.parent)
    stream = _temporary(target.parent)
    try:
        with stream:
            stream.write(data)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
            if os.name == "nt":  # moves no open file
                stream.close()
            os.replace(stream.name, target)
    finally:
        Path(stream.name).unlink(missing_ok=True)
    if durable:
        _sync(target.parent)


def _temporary(folder: Path) -> BufferedWriter:
    """A new file, locked; another one if it was swept before it was."""
    while True:
        stream = (folder / f"{PREFIX}{secrets.token_hex(8)}").open("xb")
        with contextlib.suppress(OSError):  # a file system without locks: nothing is swept there
            _lock(stream.fileno(), wait=True)
        if os.path.exists(stream.name):
            return stream
        stream.close()


def _sweep(folder: Path) -> None:
    """Remove the strays. What cannot be listed, locked or removed stays."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        for one in found:
            if TEMPORARY.fullmatch(one.name) and one.is_file(follow_symlinks=False):
                _remove_unless_locked(one.path)


def _remove_unless_locked(path: str) -> None:
    with contextlib.suppress(OSError), open(path, "r+b") as stream:  # NFS locks what is writable
        _lock(stream.fileno(), wait=False)
        os.unlink(path)


def _lock(descriptor: int, *, wait: bool) -> None:
    """Lock a file until it is closed, or the process ends however it ends; OSError if it is."""
    if os.name == "posix":
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def _sync(folder: Path) -> None:
    """Let the folder's list of names last as well, where the system can do that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
