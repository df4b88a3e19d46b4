"""What the benchmarks share: rounds in which every contestant runs once, and a Markdown table.

Noise of the machine comes in spells. In rounds, a spell hits all contestants alike, and the ratio
of their medians hardly moves. Times are those of the processor, not of the clock on the wall: what
else the machine does in between is not counted.
"""

import datetime
import gc
import platform
import statistics
import sysconfig
from pathlib import Path
from time import process_time


def interleaved(contestants, seconds, most=200):
    """{name: the median time of one call}, for {name: function}, in about `seconds` a function.

    A slow function takes part in fewer rounds than a quick one, and in no less than three.
    """
    rounds = {}
    for name, f in contestants.items():
        spent = min(_time(f) for _ in range(2))
        rounds[name] = min(most, max(3, round(seconds / spent)))
    times = {name: [] for name in contestants}
    total = max(rounds.values(), default=0)
    for i in range(total):
        for name, f in contestants.items():
            if i * rounds[name] // total != (i + 1) * rounds[name] // total:
                times[name].append(_time(f))
    return {name: statistics.median(found) for name, found in times.items()}


def _time(f):
    gc.collect(0)
    start = process_time()
    f()
    return process_time() - start


def machine():
    """Date, processor, interpreter and how that was built, in a line."""
    built = sysconfig.get_config_var("CONFIG_ARGS") or ""
    optimised = "--enable-optimizations" in built
    return (
        f"{datetime.date.today()}, {_processor()}, {platform.python_implementation()} "
        f"{platform.python_version()}, built {'with' if optimised else 'without'} optimisations"
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
