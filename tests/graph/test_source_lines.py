"""Which line made a node: noted inside the context, by its thread, and nowhere else."""

import cProfile
import sys
import threading
from pathlib import Path

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.autograd.tensor import Op
from tinygrad_rnn.graph import sources, trace

HERE = str(Path(__file__))


def line(of):
    """The number of the only line of this file that ends with this mark."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    (number,) = (i for i, text in enumerate(lines, 1) if text.endswith(f"# {of}"))
    return number


def test_a_node_has_the_line_of_the_user_not_that_of_the_package():
    with sources() as where:
        x = tg.Tensor(2.0)  # leaf
        y = x * 3.0  # operator
        z = tg.softmax(tg.Tensor([1.0, 2.0]))  # function
        s = z.sum()  # method
    assert where[x] == (HERE, line("leaf"))
    assert where[y] == (HERE, line("operator"))
    assert {place for place in where.values() if place[1] == line("function")}
    assert where[z] == (HERE, line("function"))
    assert where[z.inputs[0]] == (HERE, line("function"))
    assert where[s] == (HERE, line("method"))


def test_a_line_that_is_called_by_the_package_is_the_users():
    def cell(x, h):
        return tg.tanh(x + h)  # in the cell

    with sources() as where:
        states = nn.unroll(cell, [tg.Tensor(1.0), 2.0], 0.0).states
    assert [where[h][1] for h in states] == [line("in the cell")] * 2


def test_nothing_is_noted_and_nothing_changed_outside():
    before = (Op.__call__, dict(vars(tg.Tensor)), sys.getprofile())
    x = tg.Tensor(2.0)
    with sources() as where:
        pass
    y = x * x
    assert where == {}
    assert y not in where
    assert (Op.__call__, dict(vars(tg.Tensor)), sys.getprofile()) == before


def test_contexts_nest_and_end_with_an_error_too():
    with sources() as outer:
        a = tg.Tensor(1.0)
        try:
            with sources() as inner:
                b = a * 2.0
                raise KeyError
        except KeyError:
            pass
        c = b * 2.0
    assert list(inner) == [b]
    assert [t is u for t, u in zip(outer, [a, b, c], strict=True)] == [True] * 3
    assert sys.getprofile() is None


def test_another_thread_is_not_noted():
    made = []
    with sources() as where:
        thread = threading.Thread(target=lambda: made.append(tg.Tensor(1.0) * 2.0))
        thread.start()
        thread.join()
        own = tg.Tensor(3.0)
    assert list(where) == [own]
    assert type(made[0]) is tg.Tensor


def test_another_hook_is_told_too():
    told = []
    sys.setprofile(lambda frame, event, result: told.append(frame.f_code.co_name))
    try:
        with sources() as where:
            x = tg.Tensor(2.0)
    finally:
        sys.setprofile(None)
    assert x in where
    assert "__init__" in told


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="cProfile has a hook of its own there")
def test_a_profiler_that_cannot_be_told_is_named():
    profiler = cProfile.Profile()
    profiler.enable()
    try:
        with pytest.raises(ValueError, match="sources: Profile profiles this thread: stop it"):
            sources().__enter__()
    finally:
        profiler.disable()


def test_trace_writes_the_place_into_the_node():
    x = tg.Tensor(2.0)
    with sources() as where:
        y = tg.tanh(x)  # traced
    graph = trace(y, sources=where)
    assert [node.source for node in graph.nodes] == [None, f"{HERE}:{line('traced')}"]
    assert [node.source for node in trace(y).nodes] == [None, None]
