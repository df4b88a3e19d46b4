"""One training step, by several hands: `PYTHONPATH=. python tests/benchmarks/training_step.py`.

    step    forward along the sequence, loss, backward, and p <- p - lr·g for every parameter
    W1      tanh RNN, X 2, H 8, B 1, T 20, the squared error of the last state
    W2      LSTM, X 2, H 8, B 1, T 20, the same
    W3      LSTM, X 8, H 32, B 16, T 50, the same
    W5      characters: tanh RNN, V 65, H 64, B 8, T 25, a cross-entropy at every step

All compute the same numbers in float64 on one thread, by the same equations: the first step's loss
and gradients are compared before anything is timed. Names of works may be given: `... W1 W2`.
"""

import importlib
import math
import os
import random
import sys
from dataclasses import dataclass
from functools import partial
from itertools import chain
from operator import add, mul

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

from timing import interleaved, machine, show

from tinygrad_rnn import Tensor, arrays, gradients, nn

LR = 0.001
GATES = "figo"
MISSING = {}


@dataclass(frozen=True)
class Work:
    """What is to be learned: sizes, the start, and the data, all as nested lists."""

    name: str
    lstm: bool
    sizes: tuple[int, int, int, int]  # X, H, B, T
    targets: str = "state"  # or "classes": as many as inputs

    def random(self):
        """(weights by name, xs (T, B, X), targets), always the same."""
        rng = random.Random(self.name)
        X, H, B, T = self.sizes
        draw = partial(_drawn, rng)
        names = [f"_{gate}" for gate in GATES] if self.lstm else [""]
        weights = {}
        for name in names:
            weights |= {f"W{name}": draw(H, H + X), f"b{name}": draw(H)}
        if self.targets == "state":
            return weights, [draw(B, X) for _ in range(T)], draw(B, H)
        weights |= {"U": draw(X, H), "a": draw(X)}
        text = [[rng.randrange(X) for _ in range(B)] for _ in range(T + 1)]
        one_hot = [[[float(k == c) for k in range(X)] for c in row] for row in text]
        return weights, one_hot[:-1], text[1:]


def _drawn(rng, *shape):
    if not shape:
        return rng.uniform(-0.3, 0.3)
    return [_drawn(rng, *shape[1:]) for _ in range(shape[0])]


WORKS = [
    Work("W1", False, (2, 8, 1, 20)),
    Work("W2", True, (2, 8, 1, 20)),
    Work("W3", True, (8, 32, 16, 50)),
    Work("W5", False, (65, 64, 8, 25), "classes"),
]


# Contestants: each returns a function that takes a step and returns (loss, {name: gradient}) -----


def ours(convert, work, weights, xs, targets):
    """The package, as its user writes it, on the values that `convert` makes."""
    X, H, _, _ = work.sizes
    model = Model((nn.LSTMCell if work.lstm else nn.RNNCell)(X, H))
    if work.targets == "classes":
        model.readout = nn.Linear(H, X)
    start = {NAMES.get(name, f"cell.{name}"): convert(w) for name, w in weights.items()}
    model = model.map(lambda t: Tensor(convert(t.value.tolist()), name=t.name))
    model.load_state_dict(start)
    xs = [convert(x) for x in xs]
    wanted = convert(targets) if work.targets == "state" else targets
    optimiser = nn.optim.SGD(model, LR)

    def step():
        outputs = nn.unroll(model.cell, xs).outputs
        if work.targets == "state":
            loss = nn.mse_loss(outputs[-1], wanted)
        else:
            parts = [nn.cross_entropy(model.readout(h), y) for h, y in zip(outputs, wanted)]
            loss = sum(parts[1:], parts[0])
        named = dict(model.named_parameters())
        found = gradients(loss)
        optimiser.step(found)
        return loss.item(), {n: found[p] for n, p in named.items()}

    return step


class Model(nn.Module):
    """A cell, and for classes a readout."""

    def __init__(self, cell):
        self.cell = cell


NAMES = {"U": "readout.weight", "a": "readout.bias"}


def torch_eager(work, weights, xs, targets):
    """PyTorch as a Python loop over cells."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    make = partial(torch.tensor, dtype=torch.float64)
    p = {name: make(w).requires_grad_() for name, w in weights.items()}
    xs, start = make(xs), torch.zeros(work.sizes[2], work.sizes[1], dtype=torch.float64)
    wanted = make(targets) if work.targets == "state" else torch.tensor(targets)
    linear, functional = torch.nn.functional.linear, torch.nn.functional

    def rnn(x, h):
        return torch.tanh(linear(torch.cat([h, x], 1), p["W"], p["b"]))

    def lstm(x, state):
        h, c = state
        hx = torch.cat([h, x], 1)
        f = torch.sigmoid(linear(hx, p["W_f"], p["b_f"]))
        i = torch.sigmoid(linear(hx, p["W_i"], p["b_i"]))
        g = torch.tanh(linear(hx, p["W_g"], p["b_g"]))
        o = torch.sigmoid(linear(hx, p["W_o"], p["b_o"]))
        c = f * c + i * g
        return o * torch.tanh(c), c

    def step():
        for w in p.values():
            w.grad = None
        state, loss = (start, start) if work.lstm else start, 0.0
        for t, x in enumerate(xs):
            state = (lstm if work.lstm else rnn)(x, state)
            if work.targets == "classes":
                loss = loss + functional.cross_entropy(linear(state, p["U"], p["a"]), wanted[t])
        if work.targets == "state":
            loss = functional.mse_loss(state[0] if work.lstm else state, wanted)
        loss.backward()
        with torch.no_grad():
            for w in p.values():
                w.sub_(w.grad, alpha=LR)
        return loss.item(), {name: w.grad for name, w in p.items()}

    return step


def hips_autograd(work, weights, xs, targets):
    """HIPS autograd, on NumPy."""
    anp, grad = importlib.import_module("autograd.numpy"), importlib.import_module("autograd")
    p = {name: anp.array(w) for name, w in weights.items()}
    xs, start = anp.array(xs), anp.zeros((work.sizes[2], work.sizes[1]))
    wanted, rows = anp.array(targets), anp.arange(work.sizes[2])

    def sigmoid(x):
        return 1.0 / (1.0 + anp.exp(-x))

    def rnn(p, x, h):
        return anp.tanh(anp.dot(anp.concatenate([h, x], 1), p["W"].T) + p["b"])

    def lstm(p, x, state):
        h, c = state
        hx = anp.concatenate([h, x], 1)
        f = sigmoid(anp.dot(hx, p["W_f"].T) + p["b_f"])
        i = sigmoid(anp.dot(hx, p["W_i"].T) + p["b_i"])
        g = anp.tanh(anp.dot(hx, p["W_g"].T) + p["b_g"])
        o = sigmoid(anp.dot(hx, p["W_o"].T) + p["b_o"])
        c = f * c + i * g
        return o * anp.tanh(c), c

    def cross_entropy(p, h, y):
        z = anp.dot(h, p["U"].T) + p["a"]
        m = anp.max(z, axis=1, keepdims=True)
        z = z - m - anp.log(anp.sum(anp.exp(z - m), axis=1, keepdims=True))
        return -anp.mean(z[rows, y])

    def loss_of(p):
        state, loss = (start, start) if work.lstm else start, 0.0
        for x, y in zip(xs, wanted if work.targets == "classes" else xs):
            state = (lstm if work.lstm else rnn)(p, x, state)
            if work.targets == "classes":
                loss = loss + cross_entropy(p, state, y)
        if work.targets == "state":
            loss = anp.mean(((state[0] if work.lstm else state) - wanted) ** 2)
        return loss

    both = grad.value_and_grad(loss_of)

    def step():
        loss, found = both(p)
        for name, g in found.items():
            p[name] = p[name] - LR * g
        return float(loss), found

    return step


def micrograd(work, weights, xs, targets):
    """micrograd: a node a number. It has neither tanh nor exp; the two curves are added here."""
    Value = importlib.import_module("micrograd.engine").Value
    p = {name: _each(Value, w) for name, w in weights.items()}
    H = work.sizes[1]

    def curve(x, y, slope):
        out = Value(y, (x,))

        def backward():
            x.grad += slope * out.grad

        out._backward = backward
        return out

    def tanh(x):
        y = math.tanh(x.data)
        return curve(x, y, 1.0 - y * y)

    def sigmoid(x):
        y = 1.0 / (1.0 + math.exp(-x.data))
        return curve(x, y, y * (1.0 - y))

    def affine(name, v):
        return [sum(map(mul, row, v), b) for row, b in zip(p[f"W{name}"], p[f"b{name}"])]

    def rnn(x, h):
        return [tanh(a) for a in affine("", h + x)]

    def lstm(x, state):
        h, c = state
        f, i, o = ([sigmoid(a) for a in affine(gate, h + x)] for gate in ("_f", "_i", "_o"))
        g = [tanh(a) for a in affine("_g", h + x)]
        c = list(map(add, map(mul, f, c), map(mul, i, g)))
        return list(map(mul, o, map(tanh, c))), c

    def step():
        leaves = {name: list(_flat(w)) for name, w in p.items()}
        for w in chain.from_iterable(leaves.values()):
            w.grad = 0.0
        terms = []
        for b, wanted in enumerate(targets):
            state = ([0.0] * H, [0.0] * H) if work.lstm else [0.0] * H
            for x in xs:
                state = (lstm if work.lstm else rnn)(x[b], state)
            h = state[0] if work.lstm else state
            terms += [(v - y) ** 2 for v, y in zip(h, wanted)]
        loss = sum(terms[1:], terms[0]) * (1.0 / len(terms))
        loss.backward()
        found = {name: _each(lambda w: w.grad, w) for name, w in p.items()}
        for w in chain.from_iterable(leaves.values()):
            w.data -= LR * w.grad
        return loss.data, found

    return step


def bare_lists(work, weights, xs, targets):
    """No engine: the same sums in lists, forward and backward written by hand."""
    p, B = dict(weights), work.sizes[2]
    run = _bare_lstm if work.lstm else _bare_rnn

    def step():
        grads = {name: _each(lambda _: 0.0, w) for name, w in p.items()}
        back = {n: list(zip(*w)) for n, w in p.items() if n[0] in "WU"}  # columns
        loss = 0.0
        for b in range(B):
            loss_at = partial(_bare_loss, work, p, back, grads, targets, b)
            loss += run(p, back, grads, [x[b] for x in xs], loss_at)
        for name, w in p.items():
            p[name] = _moved(w, grads[name])
        return loss, grads

    return step


def _bare_loss(work, p, back, grads, targets, b, t, h):
    """(the loss at step t, dL/dh)."""
    _, H, B, T = work.sizes
    if work.targets == "state":
        if t < T - 1:
            return 0.0, None
        off = [u - y for u, y in zip(h, targets[b])]
        return sum(d * d for d in off) / (B * H), [2.0 * d / (B * H) for d in off]
    z = [sum(map(mul, row, h)) + bias for row, bias in zip(p["U"], p["a"])]
    largest = max(z)
    shares = [math.exp(v - largest) for v in z]
    total = sum(shares)
    y = targets[t][b]
    dz = [share / total / B for share in shares]
    dz[y] -= 1.0 / B
    _gather(grads, "U", "a", dz, h)
    return (math.log(total) + largest - z[y]) / B, [sum(map(mul, col, dz)) for col in back["U"]]


def _bare_rnn(p, back, grads, xs, loss_at):
    h, kept, loss = [0.0] * len(p["b"]), [], 0.0
    for t, x in enumerate(xs):
        hx = h + x
        h = [math.tanh(sum(map(mul, row, hx)) + b) for row, b in zip(p["W"], p["b"])]
        part, dh = loss_at(t, h)
        loss += part
        kept.append((hx, h, dh))
    g = [0.0] * len(h)
    for hx, h, dh in reversed(kept):
        g = g if dh is None else list(map(add, g, dh))
        da = [d * (1.0 - y * y) for d, y in zip(g, h)]
        _gather(grads, "W", "b", da, hx)
        g = [sum(map(mul, col, da)) for col in back["W"][: len(h)]]
    return loss


def _bare_lstm(p, back, grads, xs, loss_at):
    H = len(p["b_f"])
    h, c, kept, loss = [0.0] * H, [0.0] * H, [], 0.0

    def affine(gate, hx):
        return [sum(map(mul, row, hx)) + b for row, b in zip(p[f"W_{gate}"], p[f"b_{gate}"])]

    for t, x in enumerate(xs):
        hx, before = h + x, c
        f, i, o = ([1.0 / (1.0 + math.exp(-a)) for a in affine(gate, hx)] for gate in "fio")
        g = list(map(math.tanh, affine("g", hx)))
        c = [fj * cj + ij * gj for fj, cj, ij, gj in zip(f, c, i, g)]
        u = list(map(math.tanh, c))
        h = list(map(mul, o, u))
        part, dh = loss_at(t, h)
        loss += part
        kept.append((hx, before, f, i, g, o, u, dh))
    dh, dc = [0.0] * H, [0.0] * H
    for hx, before, f, i, g, o, u, later in reversed(kept):
        dh = dh if later is None else list(map(add, dh, later))
        dc = [d + e * oj * (1.0 - uj * uj) for d, e, oj, uj in zip(dc, dh, o, u)]
        da = {
            "f": [d * cj * y * (1.0 - y) for d, cj, y in zip(dc, before, f)],
            "i": [d * gj * y * (1.0 - y) for d, gj, y in zip(dc, g, i)],
            "g": [d * ij * (1.0 - y * y) for d, ij, y in zip(dc, i, g)],
            "o": [d * uj * y * (1.0 - y) for d, uj, y in zip(dh, u, o)],
        }
        dc = list(map(mul, dc, f))
        for gate, d in da.items():
            _gather(grads, f"W_{gate}", f"b_{gate}", d, hx)
        parts = [[sum(map(mul, col, d)) for col in back[f"W_{gate}"][:H]] for gate, d in da.items()]
        dh = [sum(four) for four in zip(*parts)]
    return loss


def _gather(grads, weight, bias, da, v):
    """Add da ⊗ v to the weight's gradient and da to the bias's."""
    grads[weight] = [[w + d * x for w, x in zip(row, v)] for row, d in zip(grads[weight], da)]
    grads[bias] = list(map(add, grads[bias], da))


def _moved(w, g):
    if isinstance(w, float):
        return w - LR * g
    return [_moved(u, v) for u, v in zip(w, g)]


def _each(f, nested):
    return [_each(f, part) for part in nested] if isinstance(nested, list) else f(nested)


def _flat(nested):
    if hasattr(nested, "tolist"):
        nested = nested.tolist()
    return chain.from_iterable(map(_flat, nested)) if isinstance(nested, list) else [nested]


# The race ----------------------------------------------------------------------------------------


def numpy_values(data):
    return importlib.import_module("numpy").asarray(data)


CONTESTANTS = {
    "PyTorch eager": torch_eager,
    "HIPS autograd": hips_autograd,
    "micrograd": micrograd,
    "bare lists": bare_lists,
    "this, Array": partial(ours, arrays.asarray),
    "this, NumPy": partial(ours, numpy_values),
}


def prepared(work):
    """{name: step} of everyone who can take part; their first steps agree."""
    weights, xs, targets = work.random()
    steps = {}
    expected = None
    for name, prepare in CONTESTANTS.items():
        if name == "micrograd" and work.sizes[1] > 8:
            continue  # tens of millions of nodes
        try:
            step = prepare(work, weights, xs, targets)
        except ImportError as error:
            MISSING[name] = str(error)
            continue
        loss, grads = step()
        found = [loss, *chain.from_iterable(map(_flat, grads.values()))]
        expected = expected or found
        off = max(abs(a - b) for a, b in zip(found, expected, strict=True))
        assert off < 1e-9, f"{work.name}: {name} computes something else, by {off}"
        steps[name] = step
    return steps


def main(chosen):
    print(f"{machine()}\n")
    rows = []
    for work in WORKS:
        if not chosen or work.name in chosen:
            rows.append(row(work.name, interleaved(prepared(work), seconds=4)))
    show(["ms a step", *CONTESTANTS, *RATIOS], rows)
    for name, why in MISSING.items():
        print(f"\n{name} did not take part: {why}")


RATIOS = {
    "Array / PyTorch": ("this, Array", "PyTorch eager"),
    "Array / bare": ("this, Array", "bare lists"),
    "micrograd / Array": ("micrograd", "this, Array"),
    "NumPy / PyTorch": ("this, NumPy", "PyTorch eager"),
    "HIPS / NumPy": ("HIPS autograd", "this, NumPy"),
}


def row(name, medians):
    times = (f"{1e3 * medians[c]:.2f}" if c in medians else "" for c in CONTESTANTS)
    ratios = (
        f"{medians[a] / medians[b]:.2f}" if a in medians and b in medians else ""
        for a, b in RATIOS.values()
    )
    return [name, *times, *ratios]


if __name__ == "__main__":
    main(sys.argv[1:])
