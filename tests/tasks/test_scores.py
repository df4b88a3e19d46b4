"""Scores: a perfect answer, a constant one, and one mistake at each step that counts."""

import copy
import math
import random

import pytest

from tinygrad_rnn.tasks import TASKS, a_n_b_n, embedded_reber
from tinygrad_rnn.tasks import copy as copy_memory
from tinygrad_rnn.tasks.grammars import reber_successors, shown
from tinygrad_rnn.tasks.scores import above

each_task = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


def perfect(task, batch):
    """The target itself; as logits, 1 for the class and 0 for the others. None where not asked."""
    return [
        [
            None if not counted else y if task.kind == "regress" else one(y, task.output_size)
            for y, counted in zip(targets, mask, strict=True)
        ]
        for targets, mask in zip(batch.targets, batch.mask, strict=True)
    ]


def one(k, size):
    return [1.0 if j == k else 0.0 for j in range(size)]


def constant(task, batch, answer):
    return [[answer] * len(batch.mask[0]) for _ in batch.mask]


def legal(batch):
    """For embedded Reber: 1 for every symbol that may follow, 0 for the others."""
    answers = perfect(TASKS["embedded_reber"], batch)
    for b, length in enumerate(batch.lengths):
        string = shown([row[b] for row in batch.xs[:length]], "BTSXPVE") + "E"
        for t, symbols in enumerate(reber_successors(string)):
            answers[t][b] = [float(s in symbols) for s in "BTSXPVE"]
    return answers


@each_task
def test_a_perfect_answer_has_the_best_score(task):
    batch = task.draw(random.Random(0), 5)
    answers = legal(batch) if task.name == "embedded_reber" else perfect(task, batch)
    assert task.score(batch, answers) == [0.0 if task.kind == "regress" else 1.0] * 5


@each_task
def test_the_best_constant_answer_scores_chance(task):
    n = 40 if task.data else 600
    batch = task.draw(random.Random(1), n)
    if task.kind == "regress":
        middle = {"adding": 1.0, "sine": 0.0}[task.name]
        scores = task.score(batch, constant(task, batch, [middle]))
    else:
        answers = [constant(task, batch, one(k, task.output_size)) for k in range(task.output_size)]
        scores = max((task.score(batch, answer) for answer in answers), key=math.fsum)
    mean = math.fsum(scores) / n
    sigma = math.sqrt(math.fsum((s - mean) ** 2 for s in scores) / (n - 1) / n)
    assert abs(mean - task.chance) <= 3.5 * sigma + 1e-12  # the best of several is a little above


@each_task
def test_answers_that_are_equal_or_not_numbers_are_never_right(task):
    batch = task.draw(random.Random(2), 3)
    for answer in ([0.0] * task.output_size, [math.nan] * task.output_size):
        scores = task.score(batch, constant(task, batch, answer))
        if task.kind == "regress":
            assert not any(s < 0.01 for s in scores)
        else:
            assert scores == [0.0] * 3


@each_task
def test_a_mistake_costs_its_own_sequence_and_no_other(task):
    batch = task.draw(random.Random(3), 3)
    good = legal(batch) if task.name == "embedded_reber" else perfect(task, batch)
    best = task.score(batch, good)
    for b in range(3):
        worse = copy.deepcopy(good)
        worse[batch.answered(b)[-1]][b] = [-9.0] * task.output_size
        scores = task.score(batch, worse)
        assert [k for k in range(3) if scores[k] != best[k]] == [b]


def test_a_string_of_the_grammar_is_wrong_by_any_one_step():
    task, batch = TASKS["embedded_reber"], embedded_reber(random.Random(4), 1)
    for t in batch.answered_steps:
        answers = legal(batch)
        likely = answers[t][0].index(1.0)
        answers[t][0][likely] = -1.0
        assert task.score(batch, answers) == [0.0]


def test_a_string_of_the_grammar_is_right_only_with_both_legal_symbols_above_the_others():
    task, batch = TASKS["embedded_reber"], embedded_reber(random.Random(5), 1)
    assert task.score(batch, perfect(task, batch)) == [0.0]  # one of two at the first step


def test_only_determinable_symbols_count_in_strings_of_a_and_b():
    task, batch = TASKS["a_n_b_n"], a_n_b_n(random.Random(6), 1, 23)
    string = shown([row[0] for row in batch.xs], "SabT")
    for t, symbol in enumerate(string):
        answers = perfect(task, batch)
        answers[t][0] = [0.0] * 4
        assert task.score(batch, answers) == [1.0 if symbol == "a" else 0.0]


def test_copy_is_scored_by_the_ten_symbols_alone():
    task, batch = TASKS["copy"], copy_memory(random.Random(7), 1, 4)
    answers = perfect(task, batch)
    for t in range(14):
        answers[t][0] = [0.0] * 9
    assert task.score(batch, answers) == [1.0]
    answers[14][0] = answers[20][0] = [0.0] * 9
    assert task.score(batch, answers) == [0.8]


def test_all_the_chosen_are_above_all_the_others():
    assert above([3.0, 1.0, 2.0], [0, 2])
    assert not above([3.0, 1.0, 2.0], [0, 1])
    assert not above([3.0, 3.0, 2.0], [0])
    assert not above([math.nan, 1.0], [0])
    assert not above([1.0, math.nan], [0])
