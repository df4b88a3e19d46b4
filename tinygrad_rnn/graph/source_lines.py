"""Which line of the user's code made a node?

The engine does not ask: a Tensor has no place for it, and an op no flag to look at. `sources` asks
Python instead, whose profile hook (`sys.setprofile`) tells one thread of every function that
returns. So the price, some microseconds a call, is paid inside the context only; other threads, and
code outside, run as if this file did not exist. Whatever hook was there before is told as well:
contexts nest.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from ..autograd import Tensor
from ..autograd.tensor import _record

Where = dict[Tensor, tuple[str, int]]

_PACKAGE = str(Path(__file__).parents[1]) + os.sep
_RECORDED, _LEAF = _record.__code__, Tensor.__init__.__code__


@contextmanager
def sources() -> Iterator[Where]:
    """{tensor: (file, line)} for every Tensor that this thread makes inside: the user's line.

    What is noted stays in memory as long as the dictionary does. ValueError under a profiler that
    cannot be told of calls (cProfile, before Python 3.12).

    >>> with sources() as where:
    ...     x = Tensor(2.0)
    >>> where[x][1]
    2
    """
    where: Where = {}
    before: Any = sys.getprofile()
    if before is not None and not callable(before):
        raise ValueError(f"sources: {type(before).__name__} profiles this thread: stop it first")

    def note(frame: FrameType, event: Any, result: Any) -> None:
        if event == "return":
            if frame.f_code is _RECORDED and result is not None:
                where[result] = _users_line(frame)
            elif frame.f_code is _LEAF:
                where[frame.f_locals["self"]] = _users_line(frame)
        if before is not None:
            before(frame, event, result)

    sys.setprofile(note)
    try:
        yield where
    finally:
        sys.setprofile(before)


def source_of(tensor: Tensor, where: Where) -> str | None:
    """ "file:line", or None where nothing was noted."""
    return "{}:{}".format(*where[tensor]) if tensor in where else None


def _users_line(frame: FrameType) -> tuple[str, int]:
    """Where the innermost caller outside of the package stands."""
    while frame.f_code.co_filename.startswith(_PACKAGE) and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno
