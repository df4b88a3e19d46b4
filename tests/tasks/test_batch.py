"""What every task's batch has in common: its shapes, its seeds, its refusals."""

import hashlib
import json
import random
from collections import Counter

import pytest

from tinygrad_rnn import tasks
from tinygrad_rnn.tasks import IGNORED, TASKS, Batch, Corpus, Vocabulary
from tinygrad_rnn.tasks.batch import Example, batched
from tinygrad_rnn.tasks.draws import below, between, distinct, normal

SIZES = [(1, None), (3, None), (8, 40)]
each_task = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


# Shapes ----------------------------------------------------------------------------------------


@each_task
@pytest.mark.parametrize(("batch", "length"), SIZES)
def test_all_three_parts_have_an_entry_for_every_step_and_every_sequence(task, batch, length):
    drawn = task.draw(random.Random(1), batch, length)
    xs, targets, mask = drawn
    assert isinstance(drawn, Batch)
    assert len(xs) == len(targets) == len(mask) > 0
    assert {len(row) for part in drawn for row in part} == {batch}


@each_task
def test_inputs_are_lists_of_x_floats_or_tokens_below_x(task):
    for row in task.draw(random.Random(2), 6).xs:
        for x in row:
            if task.data is None:
                assert [type(number) for number in x] == [float] * task.input_size
            else:
                assert type(x) is int
                assert 0 <= x < task.input_size


@each_task
def test_answers_that_count_are_classes_or_lists_of_y_floats_and_the_others_are_marked(task):
    drawn = task.draw(random.Random(3), 6)
    for row, counts in zip(drawn.targets, drawn.mask, strict=True):
        for y, counted in zip(row, counts, strict=True):
            if task.kind == "regress":
                assert [type(number) for number in y] == [float] * task.output_size
                assert counted or set(y) == {0.0}
            elif counted:
                assert type(y) is int
                assert 0 <= y < task.output_size
            else:
                assert y == IGNORED


@each_task
def test_a_task_to_classify_asks_every_sequence_once_and_after_its_last_step(task):
    drawn = task.draw(random.Random(4), 6)
    asked = [drawn.answered(b) for b in range(6)]
    if task.kind == "classify":
        assert asked == [[n - 1] for n in drawn.lengths]
    assert max(drawn.lengths) == len(drawn.xs)
    assert drawn.answered_steps == sorted({t for steps in asked for t in steps})


def test_shorter_sequences_are_padded_at_their_end():
    long = Example([[1.0, 2.0], [3.0, 4.0]], [None, 1])
    short = Example([[5.0, 6.0]], [0])
    assert batched([short, long]) == Batch(
        [[[5.0, 6.0], [1.0, 2.0]], [[0.0, 0.0], [3.0, 4.0]]],
        [[0, IGNORED], [IGNORED, 1]],
        [[True, False], [False, True]],
    )
    assert batched([short, long]).lengths == [1, 2]


def test_no_list_is_in_two_places_so_that_one_may_be_changed():
    lists = []
    for task in TASKS.values():
        drawn = task.draw(random.Random(5), 4)
        entries = [entry for part in drawn for row in part for entry in [row, *row]]
        lists += [entry for entry in entries if isinstance(entry, list)]
    assert len({id(entry) for entry in lists}) == len(lists)


# Seeds -----------------------------------------------------------------------------------------

DIGESTS = {
    "latch": "085f567293fc",
    "parity": "595339c24c82",
    "temporal_order": "5f179caa5b5c",
    "adding": "16d1c54d011f",
    "embedded_reber": "847d9958a06b",
    "a_n_b_n": "547d72bf06c4",
    "copy": "21b186e46fe7",
    "delayed_recall": "156b616d2cad",
    "sine": "2d7ac9848f33",
    "characters": "2350a74a444e",
    "names": "eebc8f831ca9",
    "cbow_windows": "e8fc28726db9",
    "skip_gram_windows": "2ba11740c983",
}


def digest(batch):
    """Of the values to nine digits: a last digit is the machine's, not Python's."""
    said = json.dumps(json.loads(json.dumps(batch), parse_float=lambda s: f"{float(s):.9f}"))
    return hashlib.sha256(said.encode()).hexdigest()[:12]


@each_task
def test_a_seed_makes_the_batch_that_it_made_in_every_version_of_python(task):
    assert digest(task.draw(random.Random(7), 4)) == DIGESTS[task.name]


@each_task
def test_a_generator_draws_on_and_its_state_resumes_it(task):
    rng = random.Random(8)
    task.draw(rng)
    state = rng.getstate()
    following = [task.draw(rng) for _ in range(3)]
    again = random.Random()
    again.setstate(state)
    assert [task.draw(again) for _ in range(3)] == following
    assert following[0] != following[1]


@each_task
def test_only_random_itself_is_drawn_from(task):
    asked = []

    class Watched(random.Random):
        def __getattribute__(self, name):
            asked.append(name)
            return super().__getattribute__(name)

    rng = Watched(0)
    asked.clear()
    task.draw(rng)
    assert "random" in asked
    assert set(asked) <= {"random", "__class__"}


# Draws -----------------------------------------------------------------------------------------


def test_whole_numbers_are_drawn_evenly_with_both_ends():
    rng = random.Random(9)
    counts = Counter(between(rng, 3, 7) for _ in range(10_000))
    assert sorted(counts) == [3, 4, 5, 6, 7]
    assert all(abs(count - 2000) < 3 * (10_000 * 0.2 * 0.8) ** 0.5 for count in counts.values())
    assert {below(rng, 1) for _ in range(10)} == {0}


def test_noise_has_the_moments_of_a_normal_distribution():
    rng, n = random.Random(10), 20_000
    draws = [normal(rng, 2.0) for _ in range(n)]
    assert abs(sum(draws) / n) < 3 * 2 / n**0.5
    assert abs(sum(x * x for x in draws) / n - 4) < 3 * 4 * (2 / n) ** 0.5
    assert abs(sum(abs(x) < 2 for x in draws) / n - 0.6827) < 3 * (0.6827 * 0.3173 / n) ** 0.5


def test_distinct_numbers_are_distinct_and_every_arrangement_is_as_likely():
    rng = random.Random(11)
    counts = Counter(tuple(distinct(rng, 4, 2)) for _ in range(12_000))
    assert len(counts) == 12
    assert all(abs(count - 1000) < 4 * (12_000 / 12 * 11 / 12) ** 0.5 for count in counts.values())
    assert sorted(distinct(rng, 50, 50)) == list(range(50))


# Bad input -------------------------------------------------------------------------------------


@each_task
@pytest.mark.parametrize("batch", [0, -1, 2.0, True])
def test_a_batch_is_a_whole_number_of_at_least_one(task, batch):
    with pytest.raises(ValueError, match=rf"^{task.name}: batch must be a whole .* got {batch}$"):
        task.draw(random.Random(0), batch)


LEAST = {
    "latch": 1,
    "parity": 1,
    "temporal_order": 4,
    "adding": 2,
    "embedded_reber": 8,
    "a_n_b_n": 3,
    "copy": 1,
    "delayed_recall": 6,
    "sine": 3,
    "characters": 1,
    "names": 4,
    "cbow_windows": 1,
    "skip_gram_windows": 1,
}


@each_task
def test_the_least_length_is_taken_and_one_less_is_refused(task):
    assert task.draw(random.Random(0), 1, LEAST[task.name])
    with pytest.raises(ValueError, match=rf"^{task.name}: "):
        task.draw(random.Random(0), 1, LEAST[task.name] - 1)


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (lambda rng: tasks.adding(rng, 8, 1), "adding: length must be a whole number of at least "
         "2 (a marker in each half), got 1"),
        (lambda rng: tasks.latch(rng, 8, 0), "latch: length must be a whole number of at least 1, "
         "got 0"),
        (lambda rng: tasks.parity(rng, 8, 2.5), "parity: length must be a whole number of at least "
         "1, got 2.5"),
        (lambda rng: tasks.temporal_order(rng, 8, 3), "temporal_order: length must be a whole "
         "number of at least 4 (E, two symbols and B), got 3"),
        (lambda rng: tasks.embedded_reber(rng, 8, 7), "embedded_reber: length must be a whole "
         "number of at least 8 (the shortest string), got 7"),
        (lambda rng: tasks.a_n_b_n(rng, 8, 2), "a_n_b_n: length must be a whole number of at least "
         "3 (S, a and b), got 2"),
        (lambda rng: tasks.delayed_recall(rng, 8, 5, delay=5), "delayed_recall: length must be a "
         "whole number of at least 6 (the delay is 5), got 5"),
        (lambda rng: tasks.delayed_recall(rng, 8, 5, delay=-1), "delayed_recall: delay must be a "
         "whole number of at least 0, got -1"),
        (lambda rng: tasks.sine(rng, 8, 2), "sine: length must be a whole number of at least 3 "
         "(three numbers determine the next), got 2"),
        (lambda rng: tasks.cbow_windows(rng, 1, 2, Corpus.of("a b c d", Vocabulary)),
         "cbow_windows: a window with 2 words on each side has 5, the text has 4: give a longer "
         "text or a smaller length"),
        (lambda rng: tasks.skip_gram_pairs(rng, 1, 1, Corpus.of("a a a", Vocabulary)),
         "skip_gram_pairs: noise needs a text of at least two different words"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(ask, answer):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        ask(random.Random(0))
    assert str(caught.value) == answer


@each_task
@pytest.mark.parametrize("rng", [0, None, random])
def test_a_seed_in_place_of_a_generator_is_refused(task, rng):
    with pytest.raises(TypeError, match=r"rng must be a random.Random, got .*: pass Random\(0\)"):
        task.draw(rng)
