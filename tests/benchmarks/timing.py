"""What the benchmarks share: rounds in which every contestant runs, and a Markdown table.

Noise of the machine comes in spells. In rounds, a spell hits all contestants alike, and the ratio
of their medians hardly moves. In a round a contestant runs many times in a row, as in a training:
what it needs is in the caches, and the garbage that it makes is collected at its own cost. Times
are those of the processor, not of the clock on the wall: what else the machine does in between is
not counted.
"""

import datetime
import gc
import platform
import statistics
import sysconfig
from pathlib import Path
from time import process_time

ROUND = 0.1  # seconds that a contestant runs in a round, but at least
CALLS = 10  # in a row: of fewer, much of the garbage would not be collected in the time taken


def interleaved(contestants, seconds):
    """{name: the median time of a call}, for {name: function}, in about `seconds` a function.

    A slow function takes part in fewer rounds than a quick one, and in no less than three.
    """
    gc.collect()
    gc.freeze()  # what was imported is nobody's garbage
    calls, rounds = {}, {}
    for name, f in contestants.items():
        spent = min(_time(f, 1) for _ in range(2))
        calls[name] = max(CALLS, round(ROUND / spent))
        rounds[name] = max(3, round(seconds / (spent * calls[name])))
    times = {name: [] for name in contestants}
    total = max(rounds.values(), default=0)
    for i in range(total):
        for name, f in contestants.items():
            if i * rounds[name] // total != (i + 1) * rounds[name] // total:
                times[name].append(_time(f, calls[name]))
    return {name: statistics.median(found) for name, found in times.items()}


def _time(f, calls):
    """The mean time of a call, of several in a row."""
    gc.collect()  # what others left
    start = process_time()
    for _ in range(calls):
        f()
    return (process_time() - start) / calls


def machine():
    """Date, processor, interpreter and how that was configured, in a line."""
    configured = sysconfig.get_config_var("CONFIG_ARGS") or ""
    optimised = "--enable-optimizations" in configured
    return (
        f"{datetime.date.today()}, {_processor()}, {platform.python_implementation()} "
        f"{platform.python_version()}, configured {'with' if optimised else 'without'} "
        "--enable-optimizations"
    )


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(": ")[1] for line in lines if "model name" in line), "unknown")


def show(header, rows):
    """Print a Markdown table: words to the left, numbers to the right."""
    print(f"| {' | '.join(header)} |")
    print(f"|{'|'.join(['---'] + ['--:'] * (len(header) - 1))}|")
    for row in rows:
        print(f"| {' | '.join(row)} |")
