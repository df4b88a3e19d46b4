"""compare: a grid of runs, one after another or over an executor, whose workers may die."""

import math
import multiprocessing
import os
import pickle
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from random import Random

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn.tasks import TASKS, latch
from tinygrad_rnn.training import Network, Training
from tinygrad_rnn.training.comparison import Outcome, Place, Settings, compare, outcomes

LATCH = TASKS["latch"]
QUICK = {"limit": 80, "length": 5}


def timeless(found):
    return [outcome._replace(seconds=0.0) for outcome in found]


def draw_or(f):
    """A generator of batches that calls f before some of the draws, and in other processes only.

    Which ones, its rng says: so the runs of some seeds die of it, and those of others do not.
    """

    def drawn(rng, batch, length):
        if rng.random() < 0.05 and multiprocessing.parent_process() is not None:
            f()
        return latch(rng, batch, length)

    return drawn


def _die():
    os._exit(3)


def _raise():
    raise RuntimeError("no more")


deadly, raising = draw_or(_die), draw_or(_raise)
for _name, _function in {"deadly": deadly, "raising": raising}.items():
    _function.__qualname__ = _name  # so that it can be sent to another process


class Inline:
    """An executor that runs at once, and keeps what it was sent as bytes."""

    def __init__(self):
        self.sent = []

    def submit(self, function, *arguments):
        self.sent.append(pickle.dumps((function, arguments)))
        future = Future()
        function, arguments = pickle.loads(self.sent[-1])
        future.set_result(function(*arguments))
        return future


def test_the_grid_goes_cell_by_cell_and_seed_by_seed():
    found = compare(["gru", "rnn"], "latch", [3, 1], **QUICK)
    assert [(o.cell, o.seed) for o in found] == [("gru", 3), ("gru", 1), ("rnn", 3), ("rnn", 1)]
    assert all(o.sequences == 80 and not o.solved and o.error is None for o in found)


def test_an_outcome_is_that_of_a_run_which_the_seed_begins():
    task = replace(TASKS["parity"], window=80, enough=0.6)
    [found] = compare(["lstm"], task, [2], limit=4000)
    rng = Random(2)
    run = Training(Network.of(task, "lstm", rng=rng), task, rng=rng)
    for _ in run.run():
        pass
    assert found.solved
    assert 80 < found.sequences == run.sequences < 4000
    assert found.metric == pytest.approx(math.fsum(run.scores) / 80)
    assert found.metric >= 0.6
    assert 0 < found.seconds < 60


def test_a_run_gives_up_after_the_limit_in_whole_batches():
    [found] = compare(["rnn"], "latch", [0], limit=17, batch=4)
    assert found.sequences == 20


def test_the_settings_arrive():
    plain = compare(["lstm"], LATCH, [0], **QUICK)
    for setting in (
        {"hidden": 3}, {"length": 6}, {"batch": 2}, {"forget_bias": -1.0}, {"layers": 2},
        {"lr": 0.1}, {"clip": 0.001},
    ):  # fmt: skip
        assert timeless(compare(["lstm"], LATCH, [0], **(QUICK | setting))) != timeless(plain)


def test_numpy_values_give_the_same_outcome():
    numpy = pytest.importorskip("numpy")
    ours, theirs = (
        compare(["gru"], "latch", [0], **QUICK, values=values)[0]
        for values in (None, numpy.asarray)
    )
    assert theirs.metric == pytest.approx(ours.metric)
    assert (theirs.sequences, theirs.error) == (ours.sequences, None)


@pytest.mark.parametrize("executor", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_an_executor_gives_what_the_serial_run_gives_but_for_the_seconds(executor):
    grid = (["rnn", "lstm"], "latch", [0, 1])
    with executor(2) as pool:
        assert timeless(compare(*grid, pool, **QUICK)) == timeless(compare(*grid, **QUICK))


def test_any_executor_does_and_what_it_is_sent_is_small_and_plain():
    executor = Inline()
    found = compare(["rnn"], "characters", [0], executor, limit=8, hidden=2, length=3)
    assert timeless(found) == timeless(
        compare(["rnn"], "characters", [0], limit=8, hidden=2, length=3)
    )
    [sent] = executor.sent
    assert len(sent) < 10_000


def test_the_package_has_it_without_importing_it_before():
    assert tg.compare is compare


def test_a_place_and_an_outcome_can_be_pickled():
    place = Place(LATCH, "gru", 1, Settings())
    assert pickle.loads(pickle.dumps(place)) == place
    outcome = Outcome("gru", 1, True, 10, 0.5, 0.99)
    assert pickle.loads(pickle.dumps(outcome)) == outcome


# What goes wrong ---------------------------------------------------------------------------------


def test_a_run_that_fails_is_an_outcome_and_the_others_go_on():
    def fails_later(rng, batch, length):
        if rng.random() < 0.05:
            raise RuntimeError("no more")
        return latch(rng, batch, length)

    found = compare(["rnn"], replace(LATCH, function=fails_later), range(12), **QUICK)
    errors = {o.error for o in found}
    assert errors == {None, "RuntimeError: no more"}
    for outcome in found:
        if outcome.error:
            assert outcome[2:6] == (False, 0, 0.0, None)
        else:
            assert outcome.sequences == 80


def test_a_worker_that_raises_costs_its_own_place():
    task = replace(LATCH, function=raising)
    with ProcessPoolExecutor(2) as pool:
        found = compare(["rnn"], task, range(8), pool, **QUICK)
    assert {o.error for o in found} == {None, "RuntimeError: no more"}


def test_a_worker_that_dies_costs_its_own_place_and_not_the_grid():
    task = replace(LATCH, function=deadly)
    with ProcessPoolExecutor(2) as pool:
        found = compare(["rnn"], task, range(8), pool, **QUICK)
    serial = compare(["rnn"], task, range(8), **QUICK)  # nothing dies here
    dead = [o.seed for o in found if o.error]
    assert 0 < len(dead) < 8
    for outcome, expected in zip(timeless(found), timeless(serial)):
        if outcome.error:
            assert outcome == Outcome("rnn", outcome.seed, False, 0, 0.0, None, "its process died")
        else:
            assert outcome == expected


def test_an_executor_that_is_broken_already_is_done_without():
    with ProcessPoolExecutor(1) as pool:
        with pytest.raises(Exception, match="terminated"):
            pool.submit(_die).result()
        found = compare(["rnn"], "latch", [0, 1], pool, **QUICK)
    assert timeless(found) == timeless(compare(["rnn"], "latch", [0, 1], **QUICK))


def test_what_cannot_be_sent_is_an_outcome_that_says_so():
    task = replace(LATCH, function=lambda rng, batch, length: latch(rng, batch, length))
    with ProcessPoolExecutor(1) as pool:
        [found] = compare(["rnn"], task, [0], pool, **QUICK)
    assert "lambda" in found.error


def test_whoever_stops_asking_stops_what_has_not_begun():
    drawn = []

    def noted(rng, batch, length):
        drawn.append(rng)
        return latch(rng, batch, length)

    with ThreadPoolExecutor(1) as pool:
        found = outcomes(["rnn"], replace(LATCH, function=noted), range(50), pool, **QUICK)
        next(found)
        found.close()
    assert len(set(drawn)) < 10  # a generator a run


@pytest.mark.parametrize(
    ("grid", "settings", "complaint"),
    [
        ((["foo"], "latch", [0]), {}, "a cell is one of rnn, lstm, gru, got 'foo'"),
        ((["rnn"], "foo", [0]), {}, "a task is one of latch, .* got 'foo'"),
        ((["rnn"], "latch", [0]), {"limit": 0}, "limit must be at least 1, got 0"),
        ((["rnn"], "latch", [0]), {"hidden": 0}, "hidden_size must be a whole number"),
        ((["rnn"], "latch", [0]), {"length": 0}, "length must be a whole number of at least 1"),
        ((["rnn"], "latch", [0]), {"lr": -1.0}, "lr must be above 0 and finite, got -1.0"),
        ((["rnn"], "latch", [0]), {"clip": -1.0}, "clip must be above 0"),
        ((["rnn"], "names", [0]), {"batch": 99}, "the list has 60 names, and the batch is 99"),
    ],
)
def test_what_no_run_can_have_is_refused_before_any_begins(grid, settings, complaint):
    with pytest.raises(ValueError, match=complaint):
        compare(*grid, **settings)


def test_an_unknown_setting_is_refused():
    with pytest.raises(TypeError, match="rate"):
        compare(["rnn"], "latch", [0], rate=0.1)
