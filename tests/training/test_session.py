"""The loop: what an update is, when a run ends, and what stops it."""

import math
import random
import subprocess
import sys
from pathlib import Path

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import Tensor, arrays, nn, optim, tasks
from tinygrad_rnn.tasks import TASKS, Corpus, NameList
from tinygrad_rnn.training import Network, NonFiniteError, Record, Run, evaluate, train

ROOT = Path(__file__).parents[2]
TEXT = "the cat sat on the mat and the dog sat on the log; " * 3


def run(task="latch", network=None, **options):
    model = Network.of(TASKS[task], rng=random.Random(0), **(network or {}))
    return Run(model, task, rng=random.Random(1), **options)


def reading(text=TEXT, **options):
    """A run that reads a text in its order, with an optimiser that moves almost nothing."""
    task = TASKS["characters"].on(Corpus.of(text))
    model = Network.of(task, hidden=4, rng=random.Random(0))
    settings = {"batch": 2, "length": 5, "lr": 1e-300, "stream": True} | options
    return Run(model, task, rng=random.Random(1), **settings)


def values(model):
    return {name: value.tolist() for name, value in model.state_dict().items()}


# Updates ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", ["parity", "adding"])
def test_three_updates_are_those_of_pytorch(task):
    torch = pytest.importorskip("torch")
    ours = run(task, clip=0.01)
    hidden, batch = TASKS[task].hidden, TASKS[task].batch
    p = {
        name.rpartition("l0.")[2]: torch.tensor(value, dtype=torch.float64, requires_grad=True)
        for name, value in values(ours.model).items()
    }
    adam, rng = torch.optim.Adam(p.values(), lr=0.01), random.Random(1)
    for _ in range(3):
        drawn = TASKS[task].draw(rng)
        h = c = torch.zeros(batch, hidden, dtype=torch.float64)
        losses = []
        for x, target, asked in zip(*drawn):
            hx = torch.cat([h, torch.tensor(x, dtype=torch.float64)], dim=1)
            f, i, o = (torch.sigmoid(hx @ p[f"W_{k}"].T + p[f"b_{k}"]) for k in "fio")
            c = f * c + i * torch.tanh(hx @ p["W_g"].T + p["b_g"])
            h = o * torch.tanh(c)
            y = h @ p["readout.weight"].T + p["readout.bias"]
            if task == "parity":
                losses.append(torch.nn.functional.cross_entropy(y, torch.tensor(target)))
            elif all(asked):
                losses.append(torch.mean((y - torch.tensor(target, dtype=torch.float64)) ** 2))
        loss = sum(losses) / len(losses)
        adam.zero_grad()
        loss.backward()
        norm = torch.sqrt(sum((v.grad**2).sum() for v in p.values()))
        for v in p.values():  # clip_grad_norm_ adds 1e-6 to the norm
            v.grad *= 0.01 / norm
        adam.step()
        record = ours.step()
        assert record.loss == pytest.approx(loss.item(), rel=1e-10)
        assert record.grad_norm == pytest.approx(norm.item(), rel=1e-9)
        assert norm > 0.01  # so that it was clipped
    for name, value in values(ours.model).items():
        theirs = p[name.rpartition("l0.")[2]].detach().numpy()
        assert arrays.asarray(value)._data == pytest.approx(theirs.ravel(), rel=1e-7, abs=1e-12)


def test_a_record_says_what_the_batch_gave_before_the_update():
    ours = run("temporal_order")
    batch = TASKS["temporal_order"].draw(random.Random(1))
    predictions = ours.model(batch.xs).outputs
    logits = predictions[-1].tolist()
    right = [row[k] == max(row) for row, k in zip(logits, batch.targets[-1])]
    loss = nn.cross_entropy(predictions[-1], batch.targets[-1])
    record = ours.step()
    assert record[:3] == (1, pytest.approx(loss.item(), rel=1e-12), sum(right) / len(right))
    assert record.seconds > 0
    assert [type(x) for x in record] == [int, float, float, float, float]
    assert (ours.steps, ours.sequences, len(ours.scores)) == (1, 8, 8)


def test_without_clipping_the_gradient_is_as_large_as_it_is():
    task = TASKS["adding"]
    for clip, unclipped in ((None, True), (1e9, True), (1e-3, False)):
        model = Network.of(task, rng=random.Random(0))
        before, sgd = values(model)["readout.bias"], optim.SGD(model, lr=1.0)
        record = Run(model, task, optimiser=sgd, clip=clip, rng=random.Random(1)).step()
        moved = abs(values(model)["readout.bias"][0] - before[0])
        assert record.grad_norm > 1
        assert (moved > 0.1) == unclipped


def test_the_schedule_sets_the_rate_of_every_update():
    ours = run(lr=0.5, schedule=optim.step_schedule(1, gamma=0.1))
    rates = []
    for _ in range(3):
        rates.append(ours.optimiser.rate)
        ours.step()
    assert rates == pytest.approx([0.5, 0.05, 0.005])


def test_the_same_seeds_make_the_same_run_and_it_is_over_fresh_data():
    first, second = ([r[:4] for r in run("parity").run(5)] for _ in range(2))
    assert first == second
    assert len({r[1] for r in first}) == 5


def test_over_numpy_values_the_run_is_the_same_but_for_rounding():
    numpy = pytest.importorskip("numpy")
    mine = run("parity")
    theirs = run("parity")
    theirs.model.rebind(
        {p: Tensor(numpy.asarray(p.tolist())) for p in theirs.model.parameters()}
    )
    for ours, other in zip(mine.run(5), theirs.run(5), strict=True):
        assert other[:4] == pytest.approx(ours[:4], rel=1e-9)
    assert all(type(p.value) is numpy.ndarray for p in theirs.model.parameters())


# The end of a run ------------------------------------------------------------------------------


def test_a_run_goes_on_until_its_task_is_solved():
    ours = run("latch")
    records = list(ours.run(2000))
    assert ours.solved
    assert 500 / 8 <= len(records) < 2000
    assert len(ours.scores) == 500  # the last ones alone
    assert math.fsum(list(ours.scores)) / 500 >= 0.99
    assert [r.step for r in records] == list(range(1, len(records) + 1))
    assert list(ours.run(5)) == []  # there is nothing left to do
    assert len(list(ours.run(5, until_solved=False))) == 5


def test_a_run_does_so_many_updates_more():
    ours = run()
    assert [len(list(ours.run(n))) for n in (3, 0, 2)] == [3, 0, 2]
    assert ours.steps == 5


def test_nothing_happens_but_while_one_iterates():
    ours = run()
    records = ours.run(10)
    assert ours.steps == 0
    assert isinstance(next(records), Record)
    assert ours.steps == 1


def test_train_is_a_run_in_one_call():
    model = Network.of(TASKS["parity"], rng=random.Random(0))
    records = list(tg.train(model, "parity", steps=3, lr=0.02, rng=random.Random(1)))
    assert [r[:4] for r in records] == [r[:4] for r in run("parity", lr=0.02).run(3)]


# Text in its order -----------------------------------------------------------------------------


def test_a_stream_costs_what_reading_the_text_in_one_piece_costs():
    ours = reading(TEXT)
    pieces = tasks.chunks(ours.task.data, 2, 5)
    losses = [record.loss for record in ours.run(pieces)]
    whole = evaluate_whole(ours, 5 * pieces)
    assert math.fsum(losses) / pieces == pytest.approx(whole, rel=1e-9)


def evaluate_whole(ours, length):
    batch = tasks.stream(random.Random(0), 2, length, ours.task.data, 0)
    rows = ours.model(batch.xs).outputs
    return sum(nn.cross_entropy(y, k).item() for y, k in zip(rows, batch.targets)) / length


def test_a_stream_begins_again_at_the_end_of_the_text_with_a_fresh_state():
    ours = reading("abracadabra, abracadabra")
    pieces = tasks.chunks(ours.task.data, 2, 5)
    assert pieces == 2
    first, second, again, _, third = (record.loss for record in ours.run(5))
    assert again == third == first != second


def test_no_gradient_flows_into_the_batch_before():
    ours = reading()
    ours.step()
    assert not any(isinstance(leaf, Tensor) for leaf in ours.state)
    assert ours.step().step == 2


@pytest.mark.parametrize(
    ("task", "options"), [("latch", {}), ("names", {}), ("characters", {"bidirectional": True})]
)
def test_what_cannot_be_read_in_order_is_said(task, options):
    with pytest.raises(ValueError, match="stream: reads a text in its order, in one direction"):
        run(task, options, stream=True)


# Validation ------------------------------------------------------------------------------------


def test_what_is_held_out_is_never_learned_from():
    task = TASKS["characters"].on(Corpus.of("ab" * 45 + "xyzzy" * 2))
    model = Network.of(task, hidden=4, rng=random.Random(0))
    ours = Run(model, task, validation=0.1, batch=4, length=5, rng=random.Random(1))
    before = ours.model.embedding.weight
    for _ in ours.run(30):
        pass
    rows = zip(task.data.symbols.characters, before.tolist(), model.embedding.weight.tolist())
    assert {c for c, old, new in rows if old != new} == {"a", "b"}
    assert ours.task.data.numbers + ours.validation.data.numbers == task.data.numbers
    held_out, seen = ours.evaluate(20), evaluate(model, ours.task, random.Random(0), 20, 4, 5)
    assert held_out.loss > 2 > 1 > seen.loss  # overfitting is to be seen


def test_a_few_names_that_are_held_out_are_enough_to_evaluate():
    ours = run("names", validation=0.1)
    assert len(ours.validation.data.names) == 6 < ours.batch
    assert 0 <= ours.evaluate(6).metric <= 1


def test_evaluating_moves_nothing_of_the_run():
    plain, watched = run("parity"), run("parity")
    for _ in range(3):
        assert plain.step()[:4] == watched.step()[:4]
        assert watched.evaluate(9) == watched.evaluate(9)


@pytest.mark.parametrize(
    ("task", "share", "message"),
    [
        ("latch", 0.1, "validation: latch draws fresh sequences, nothing can be held out"),
        ("characters", 0.001, "Corpus.split: share 0.001 leaves 0 of"),
        ("characters", 1e300, r"validation: a share is at least 0 and below 1, got 1e\+300"),
        ("characters", -0.1, "validation: a share is at least 0 and below 1, got -0.1"),
        ("characters", math.nan, "validation: a share is at least 0 and below 1, got nan"),
        ("names", 0.9, "NameList.split: share must be above 0 and at most 1/2, got 0.9"),
    ],
)
def test_what_cannot_be_held_out_is_said(task, share, message):
    with pytest.raises(ValueError, match=message):
        run(task, validation=share)


# What is not finite ----------------------------------------------------------------------------


def state_of(ours):
    return values(ours.model), ours.optimiser.state_dict(), list(ours.scores), ours.steps


def test_a_loss_that_is_nan_stops_the_run_before_anything_is_touched():
    ours = run("latch")
    ours.step()
    ours.model.recurrent.cells["l0"].b_i = Tensor([0.0, math.nan], name="b_i")
    before = state_of(ours)
    with pytest.raises(NonFiniteError) as caught:
        ours.step()
    said = str(caught.value)
    assert said.startswith("step 2: nan in the value at leaf b_i")
    assert "lower the rate (0.01), or clip the gradient to less than 1" in said
    assert repr(state_of(ours)) == repr(before)


class Root(nn.Module):
    """h' = sqrt((w·x)²): where w·x is 0 its value is finite, and its gradient is not."""

    def __init__(self):
        self.w = Tensor([[0.0]], name="w")

    def initial_state(self, batch):
        return arrays.zeros((batch, 1))

    def __call__(self, x, h):
        return tg.sqrt(tg.square(tg.linear(x, self.w)))


def test_a_gradient_that_is_not_finite_stops_it_too_and_says_at_which_op_and_step():
    model = Network(Root(), nn.Linear(1, 2, rng=random.Random(0)))
    ours = Run(model, "latch", clip=None, rng=random.Random(1))
    before = state_of(ours)
    with pytest.raises(NonFiniteError) as caught:
        ours.step()
    said = str(caught.value)
    assert said.startswith("step 1: ")
    assert " in the gradient at op sqrt h[19] of step 19" in said
    assert said.endswith("clip the gradient (clip=1.0)")
    assert state_of(ours) == before


def test_a_rate_that_is_far_too_high_ends_in_the_same_message_and_not_in_a_traceback():
    ours = run("adding", {"cell": "rnn"}, lr=1e200, clip=None)
    with pytest.raises(NonFiniteError, match=r"step \d+: (nan|inf) in the"):
        for _ in ours.run(50):
            pass


# What does not fit -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lr": 0.0}, "Adam: lr must be above 0 and finite, got 0.0"),
        ({"lr": -0.1}, "Adam: lr must be above 0 and finite, got -0.1"),
        ({"lr": math.nan}, "Adam: lr must be above 0 and finite, got nan"),
        ({"clip": 0.0}, "clip must be above 0, or None, got 0.0"),
        ({"clip": math.nan}, "clip must be above 0, or None, got nan"),
        ({"steps": -1}, "latch: steps must be 0 or more, got -1"),
        ({"until_solved": False}, "latch: this run has no end: say how many steps="),
        ({"task": "lach"}, "a task is one of latch, parity, .*, got 'lach'"),
        ({"model": Network.of(TASKS["characters"]), "task": "characters"}, "run has no end: say"),
        ({"model": None}, "Adam: pass the module, not its parameters"),
    ],
)
def test_what_no_run_can_be_made_of_is_said_at_once(options, message):
    given = {"model": Network.of(TASKS["latch"]), "task": "latch"} | options
    with pytest.raises((ValueError, TypeError), match=message):
        train(**given)


@pytest.mark.parametrize(
    ("made_for", "task", "message"),
    [
        ("latch", "temporal_order", "has no tokens and 4 outputs, this network reads no .* has 2"),
        ("latch", "names", "names: has 43 tokens and 3 outputs, this network reads no tokens"),
        ("names", "characters", "this network reads 43 tokens and has 3 outputs: make it with"),
        ("characters", "latch", "latch: has no tokens and 2 outputs"),
    ],
)
def test_a_network_for_another_task_is_refused(made_for, task, message):
    with pytest.raises(ValueError, match=message):
        Run(Network.of(TASKS[made_for]), task)


def test_an_optimiser_of_another_module_is_refused():
    model, other = (Network.of(TASKS["latch"]) for _ in range(2))
    with pytest.raises(ValueError, match="the optimiser is that of another module"):
        Run(model, "latch", optimiser=optim.SGD(other, lr=0.1))


@pytest.mark.parametrize(
    ("task", "sizes", "message"),
    [
        ("latch", {"length": 0}, "latch: length must be a whole number of at least 1, got 0"),
        ("latch", {"batch": 0}, "latch: batch must be a whole number of at least 1, got 0"),
        ("adding", {"length": 1}, "adding: length must be a whole number of at least 2"),
        ("names", {"batch": 61}, "names: the list has 60 names, and the batch is 61: give more"),
        ("characters", {"length": 10**6}, "symbols has 0 windows of 1000000"),
        ("characters", {"length": 10**6, "stream": True}, "symbols has 0 windows of 1000000"),
        ("characters", {"batch": 10**4}, "and the batch is 10000: give a longer text"),
        ("cbow_windows", {"length": 500}, "a window with 500 words on each side has 1001"),
    ],
)
def test_sizes_that_the_task_has_no_sequences_for_are_said(task, sizes, message):
    with pytest.raises(ValueError, match=message):
        next(run(task, **sizes).run(1))


def test_a_list_of_names_that_is_too_short_for_its_batch_is_said():
    task = TASKS["names"].on(NameList.of({"a": ["Ann"], "b": ["Bob"]}))
    with pytest.raises(ValueError, match="the list has 2 names, and the batch is 8"):
        Run(Network.of(task), task).step()


def test_the_room_is_entered_when_it_is_first_asked_for(bare_environment):
    code = (
        "import sys, tinygrad_rnn as tg; print('tinygrad_rnn.training' in sys.modules); "
        "print(tg.train.__module__, tg.training.train is tg.train)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=bare_environment, check=True,
        capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert said.split() == ["False", "tinygrad_rnn.training.session", "True"]
