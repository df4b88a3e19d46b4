"""What the engine itself costs, a node: `PYTHONPATH=. python tests/benchmarks/engine.py`.

    plain     an Op called on plain values: nothing is recorded
    forward   an Op called on Tensors: computed and recorded
    backward  a node visited by `gradients`, from the order to the sums

The graph is a chain h' = tanh(w·h + x): three nodes a step. Medians over repeats, of the
processor's time.
"""

import gc
import platform
import statistics
from time import process_time_ns

from tinygrad_rnn import Tensor, gradients, tanh
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.autograd import OPS

STEPS, REPEATS = 1000, 31
NODES = 3 * STEPS
VALUES = {"float": 0.3, "Array (8)": asarray([0.1 * i for i in range(8)])}


def chain(w, h, x):
    """h after all steps."""
    multiply, add = OPS["multiply"], OPS["add"]
    for _ in range(STEPS):
        h = tanh(add(multiply(w, h), x))
    return h


def written(w, h, x):
    """The same with operators."""
    for _ in range(STEPS):
        h = tanh(w * h + x)
    return h


def nanoseconds(f, *args, prepare=None):
    """The median time that f(*args), or f(prepare()), takes."""
    times = []
    for _ in range(REPEATS):
        given = (prepare(),) if prepare else args
        start = process_time_ns()
        kept = f(*given)
        times.append(process_time_ns() - start)
        del given, kept
    return statistics.median(times)


def back(y):
    return gradients(y, seed=y.value)


def measured(value):
    """ns a node: plain, forward through ops, forward through operators, backward."""
    leaves = [Tensor(value), Tensor(value), Tensor(value)]
    return [
        nanoseconds(chain, value, value, value) / NODES,
        nanoseconds(chain, *leaves) / NODES,
        nanoseconds(written, *leaves) / NODES,
        nanoseconds(back, prepare=lambda: chain(*leaves)) / NODES,
    ]


def main():
    gc.disable()
    print(f"Python {platform.python_version()}, ns a node, medians of {REPEATS}\n")
    print("| values | plain | forward | forward, operators | backward |")
    print("|---|--:|--:|--:|--:|")
    for name, value in VALUES.items():
        print(f"| {name} | {' | '.join(f'{ns:.0f}' for ns in measured(value))} |")


if __name__ == "__main__":
    main()
