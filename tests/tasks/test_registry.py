"""The table of tasks."""

import inspect
import math
import pickle
import random
from dataclasses import replace

import pytest

from tinygrad_rnn import tasks
from tinygrad_rnn.tasks import NAMES, TASKS, Corpus, NameList, Vocabulary

each_task = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


@each_task
def test_a_task_has_the_name_of_its_function_and_can_be_sent_to_another_process(task):
    assert TASKS[task.name] is task
    assert getattr(tasks, task.name) is task.function
    assert pickle.loads(pickle.dumps(task)) == task


@each_task
def test_every_generator_takes_rng_batch_and_length_and_says_what_it_is_worth(task):
    assert list(inspect.signature(task.function).parameters)[:3] == ["rng", "batch", "length"]
    said = task.function.__doc__
    assert all(word in said for word in ("Chance", "aseline", "Source", "ValueError"))


def test_the_sizes_are_those_with_which_the_tasks_are_known_to_be_solved():
    sizes = {
        name: (task.length, task.hidden, task.batch, task.forget_bias)
        for name, task in TASKS.items()
    }
    assert sizes["temporal_order"] == (20, 4, 8, 1.0)
    assert sizes["adding"] == (20, 8, 8, 1.0)
    assert sizes["embedded_reber"] == (None, 8, 1, 1.0)
    assert sizes["a_n_b_n"] == (23, 4, 1, 1.0)
    assert sizes["parity"] == (10, 4, 8, 1.0)
    assert sizes["latch"] == (20, 2, 8, 3.0)


def test_a_task_to_classify_is_solved_by_99_right_of_a_hundred_over_the_last_500_sequences():
    latch = TASKS["latch"]
    assert not latch.solved([1.0] * 499)
    assert latch.solved([1.0] * 500)
    assert latch.solved([0.0] * 900 + [0.0] * 5 + [1.0] * 495)
    assert not latch.solved([1.0] * 900 + [0.0] * 6 + [1.0] * 494)


def test_a_task_to_regress_is_solved_by_an_error_below_a_hundredth_over_the_last_500():
    adding = TASKS["adding"]
    assert not adding.solved([0.0] * 499)
    assert adding.solved([9.0] + [0.0099] * 500)
    assert not adding.solved([0.01] * 500)
    assert not adding.solved([math.nan] + [0.0] * 499)


def test_counting_is_solved_when_the_last_hundred_strings_are_right():
    counting = TASKS["a_n_b_n"]
    assert counting.solved([0.0] + [1.0] * 100)
    assert not counting.solved([0.0] + [1.0] * 99)


@pytest.mark.parametrize("name", ["characters", "cbow_windows", "skip_gram_windows"])
def test_a_text_is_never_solved(name):
    assert not TASKS[name].solved([1.0] * 10_000)


def test_a_task_over_a_text_can_be_moved_to_another():
    corpus = Corpus.of("abracadabra")
    task = TASKS["characters"].on(corpus)
    assert (task.input_size, task.output_size, task.chance) == (5, 5, 5 / 11)
    assert {k for row in task.draw(random.Random(0), 2, 3).xs for k in row} <= set(range(5))
    assert TASKS["characters"].data is not corpus
    words = TASKS["cbow_windows"].on(Corpus.of("one two two three two", Vocabulary))
    assert (words.input_size, words.chance) == (3, 3 / 5)
    listed = TASKS["names"].on(NameList.of({"cat": ["Tom"], "dog": ["Rex"]}))
    assert (listed.output_size, listed.chance) == (2, 1 / 2)


def test_data_of_the_wrong_kind_is_refused():
    with pytest.raises(TypeError, match="characters: takes a Corpus, got a NameList"):
        TASKS["characters"].on(NAMES)
    with pytest.raises(TypeError, match="latch: takes no data, got a Corpus"):
        TASKS["latch"].on(Corpus.of("text"))


@each_task
def test_a_baseline_is_a_share_of_right_answers_or_a_cost_and_is_better_than_chance(task):
    if task.baseline is None:
        return
    says, measure, at = task.baseline
    assert says
    value = at(task.length)
    if measure == "right":
        assert task.chance < value < 1
    elif measure == "squared error":
        assert 0 < value < task.chance
    else:
        assert 0 < value < math.log(task.output_size)


def test_a_kind_that_is_none_is_refused():
    with pytest.raises(ValueError, match="kind is one of classify, tag, regress, got 'classfy'"):
        replace(TASKS["latch"], kind="classfy")
