"""A million nodes: no recursion, linear time, freed by reference counting alone."""

import copy
import gc
import pickle
import subprocess
import sys
import timeit
import weakref
from pathlib import Path
from time import process_time

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.autograd import OPS, Tensor, gradients

ROOT = Path(tg.__file__).parent.parent

IN_A_THREAD = """
import threading
from tinygrad_rnn.autograd import Tensor
threading.stack_size(1 << 20)

def run():
    x = y = Tensor(1.0)
    for _ in range(200_000):
        y = y + x
    y.backward()
    print(y.value, x.grad)

thread = threading.Thread(target=run)
thread.start()
thread.join()
"""


@pytest.fixture
def default_recursion_limit():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(limit)


@pytest.fixture
def no_garbage_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def calls(monkeypatch):
    """How often each rule of `add` was called."""
    counted = [0, 0]

    def counting(i, rule):
        def count(*args, **attrs):
            counted[i] += 1
            return rule(*args, **attrs)

        return count

    rules = tuple(counting(i, rule) for i, rule in enumerate(OPS["add"].rules))
    monkeypatch.setattr(OPS["add"], "rules", rules)
    return counted


@pytest.mark.usefixtures("default_recursion_limit", "no_garbage_collector")
def test_a_million_additions_go_forward_and_backward_and_are_freed():
    n = 1_000_000
    x = y = Tensor(1.0)
    for _ in range(n):
        y = y + x
    halfway = y
    for _ in range(n // 2):
        halfway = halfway.inputs[0]
    seen = weakref.ref(halfway)
    del halfway
    assert y.value == n + 1
    assert gradients(y)[x] == n + 1
    del y
    assert seen() is None


@pytest.mark.usefixtures("no_garbage_collector")
def test_a_graph_is_freed_by_reference_counting_also_after_two_derivatives():
    x = Tensor([0.5, 0.7])
    y = tg.sum(tg.tanh(x @ asarray([[1.0, 2.0], [3.0, 4.0]])) * x[[1, 0]])
    first = gradients(y, differentiable=True)[x]
    gradients(tg.sum(first))
    y.backward()
    seen = [weakref.ref(y), weakref.ref(first)]
    del y, first
    assert [ref() for ref in seen] == [None, None]


def test_each_rule_is_called_once_a_node_however_many_paths_there_are(calls):
    x = y = Tensor(1.0)
    for _ in range(500):
        y = y + y  # 2^500 paths
    assert gradients(y)[x] == 2.0**500
    assert calls == [500, 500]


def test_a_wide_graph_is_walked_once(calls):
    x = Tensor(2.0)
    total = sum((x * float(k) for k in range(1000)), Tensor(0.0))
    assert gradients(total)[x] == 999 * 1000 / 2
    assert calls == [1000, 1000]


@pytest.mark.usefixtures("default_recursion_limit")
def test_copy_pickle_and_repr_do_not_walk_a_long_graph():
    y = Tensor(1.0, name="y")
    for _ in range(50_000):
        y = -y
    y.name = "end"
    again = pickle.loads(pickle.dumps(y))
    assert (again.value, again.name, again.op) == (1.0, "end", None)
    assert copy.deepcopy({"y": y})["y"] is y
    assert repr(y) == "Tensor(1.0, op=negative, name='end')"


@pytest.mark.usefixtures("default_recursion_limit")
def test_the_derivative_of_a_derivative_of_a_long_chain_does_not_recurse():
    x = y = Tensor(0.5)
    for _ in range(20_000):
        y = y + x * x
    first = gradients(y, differentiable=True)[x]
    assert first.value == pytest.approx(1 + 2 * 0.5 * 20_000)
    assert gradients(first)[x] == pytest.approx(2.0 * 20_000)


def test_a_long_chain_is_walked_and_freed_in_a_thread_with_a_stack_of_one_mebibyte():
    ran = subprocess.run(
        [sys.executable, "-c", IN_A_THREAD], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, "200001.0 200001.0"), ran.stderr


@pytest.mark.timed
def test_the_time_of_a_walk_back_grows_with_the_nodes_and_not_faster():
    def seconds(nodes):
        y = Tensor(0.5)
        for _ in range(nodes):
            y = y * 0.999
        times = timeit.repeat(lambda: gradients(y), timer=process_time, number=1, repeat=5)
        return min(times) / nodes

    seconds(1000)
    assert seconds(80_000) < 2.5 * seconds(20_000)  # quadratic would be 4
