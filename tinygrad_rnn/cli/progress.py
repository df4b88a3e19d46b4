"""How a long run is followed: a bar on a terminal, a line now and then elsewhere; and stopped."""

from __future__ import annotations

import contextlib
import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from types import FrameType

from ..training import Record, Training
from .measures import measure_of, measured

SECONDS = 5.0  # between two lines
BAR = "{desc}: {percentage:.0f}%|{bar:10}| {n}/{total} [{elapsed}<{remaining}{postfix}]"


def followed(records: Iterable[Record], training: Training, last: int) -> Iterator[Record]:
    """The records of a run that ends after `last` updates, shown on stderr as they pass.

    The time that remains is that to the last update: a task that is solved ends sooner.
    """
    from tqdm import tqdm

    terminal, first = sys.stderr.isatty(), training.steps
    spoken = time.monotonic()
    with tqdm(
        None,
        training.task.name,
        last,
        initial=first,
        disable=not terminal,
        bar_format=BAR,
        leave=False,
    ) as bar:
        for record in records:
            bar.set_postfix_str(_said(record, training), refresh=False)
            bar.update()
            if not terminal and time.monotonic() - spoken >= SECONDS:
                print(f"{record.step}/{last}: {_said(record, training)}", file=sys.stderr)
                spoken = time.monotonic()
            yield record


def _said(record: Record, training: Training) -> str:
    """The loss of the update, the mean score of the last sequences, the norm of the gradient."""
    score = measured(math.fsum(training.scores) / len(training.scores), measure_of(training.task))
    return f"loss {record.loss:.3g}, {score}, gradient {record.grad_norm:.2g}"


@contextlib.contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C has been pressed in this block: a step is finished first, and can be saved.

    Who presses it again does not want to wait: KeyboardInterrupt. Only a main thread is told.
    """
    pressed: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return

    def note(number: int, frame: FrameType | None) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)
