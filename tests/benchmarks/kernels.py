"""Each kernel beside bare CPython: `PYTHONPATH=. python tests/benchmarks/kernels.py`.

    bare     what one would write in plain lists for the same numbers, `sum(map(mul, row, column))`
    kernel   the same by the package, from Array to Array: checks, shapes and the result included

n is the length of a dot product, or how many entries an array has. Rows and columns of a weight are
cut out once and kept, as in a sequence, where it meets every step.
"""

import math
import random
from operator import add, mul

from timing import interleaved, machine, show

from tinygrad_rnn import arrays as xp

SIZES = (8, 32, 128, 512)
BATCH = 8


def drawn(*shape):
    rng = random.Random(str(shape))
    return xp.reshape(xp.asarray([rng.gauss(0, 1) for _ in range(math.prod(shape))]), shape)


def kernels(n):
    """{what: (multiply-adds or entries, kernel, bare)}."""
    a, b, bias = drawn(n), drawn(n), drawn(BATCH)
    row, batch, weight = drawn(1, n), drawn(BATCH, n), drawn(BATCH, n)
    p, q, offsets = a.tolist(), b.tolist(), bias.tolist()
    (one,), rows, taken = row.tolist(), batch.tolist(), weight.tolist()
    return {
        "a · b": (n, lambda: a @ b, lambda: sum(map(mul, p, q))),
        f"(1, n) · (n, {BATCH})": (
            n * BATCH,
            lambda: row @ weight.mT,
            lambda: [sum(map(mul, one, w)) for w in taken],
        ),
        f"({BATCH}, n) · (n, {BATCH}) + bias": (
            n * BATCH * BATCH,
            lambda: batch @ weight.mT + bias,
            lambda: [sum(map(mul, r, w)) + o for r in rows for w, o in zip(taken, offsets)],
        ),
        "a + b": (n, lambda: a + b, lambda: list(map(add, p, q))),
        "a * b": (n, lambda: a * b, lambda: list(map(mul, p, q))),
        "tanh(a)": (n, lambda: xp.tanh(a), lambda: list(map(math.tanh, p))),
        "sum(a)": (n, lambda: xp.sum(a), lambda: sum(p)),
    }


def repeated(f, times):
    def run():
        for _ in range(times):
            f()

    return run


def main():
    print(f"{machine()}\n\nns an entry or a multiply-add: kernel (its ratio to bare)\n")
    table = {}
    for n in SIZES:
        for what, (count, kernel, bare) in kernels(n).items():
            times = max(1, 20_000 // count)
            contestants = {"kernel": repeated(kernel, times), "bare": repeated(bare, times)}
            found = interleaved(contestants, seconds=0.1)
            ns = 1e9 * found["kernel"] / (times * count)
            ratio = found["kernel"] / found["bare"]
            table.setdefault(what, [what]).append(f"{ns:.0f} ({ratio:.2f})")
    show(["", *(f"n = {n}" for n in SIZES)], table.values())


if __name__ == "__main__":
    main()
