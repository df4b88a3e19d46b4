"""Every task is solved with its own sizes, in so many sequences, and in how many CPU seconds."""

import math
import random
import statistics
import time

import pytest

from tinygrad_rnn.tasks import TASKS
from tinygrad_rnn.training import Network, Run

# (most sequences, CPU seconds) of an LSTM; the seconds are the median of three seeds
SOLVED = {
    "latch": (4_000, 15),
    "parity": (4_000, 20),
    "temporal_order": (6_000, 30),
    "adding": (9_000, 90),
    "a_n_b_n": (1_500, 15),
    "embedded_reber": (16_000, 60),
    "sine": (8_000, 60),
}


def learn(task, cell, seed, sequences, **sizes):
    rng = random.Random(seed)
    run = Run(Network.of(TASKS[task], cell, rng=rng), task, rng=rng, **sizes)
    start = time.process_time()
    for _ in run.run(sequences // run.batch):
        pass
    return run, time.process_time() - start


@pytest.mark.slow
@pytest.mark.parametrize("task", SOLVED)
def test_an_lstm_solves_the_task_with_its_own_sizes(task):
    sequences, seconds = SOLVED[task]
    taken = []
    for seed in range(3):
        run, cpu = learn(task, "lstm", seed, sequences)
        assert run.solved, f"seed {seed}: not in {run.sequences} sequences"
        metric = run.evaluate(200).metric
        if run.task.kind == "regress":
            assert metric < 2 * run.task.enough
        else:
            assert metric > 0.95
        taken.append(cpu)
    assert statistics.median(taken) < seconds


@pytest.mark.slow
@pytest.mark.parametrize("task", ["temporal_order", "a_n_b_n"])
def test_what_an_lstm_solves_a_tanh_rnn_of_the_same_size_does_not(task):
    run, _ = learn(task, "rnn", 0, SOLVED[task][0])
    assert not run.solved
    assert run.evaluate(200).metric < 0.7


@pytest.mark.slow
def test_a_network_learns_which_list_a_name_is_of():
    run, _ = learn("names", "lstm", 0, 8_000)
    assert run.solved


@pytest.mark.slow
def test_a_network_learns_a_text_and_is_less_perplexed_than_one_that_counts_its_characters():
    task = TASKS["characters"]
    rng = random.Random(0)
    run = Run(Network.of(task, rng=rng), task, rng=rng, batch=4)
    before = run.evaluate(8).perplexity
    for _ in run.run(60):
        pass
    after = run.evaluate(8).perplexity
    assert before > 0.8 * task.output_size > math.exp(task.data.entropy) > after
