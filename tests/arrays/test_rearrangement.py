"""Arrays whose entries change places, or are taken from one another."""

import pytest

from tinygrad_rnn.arrays import asarray, diff


def test_differences_are_taken_as_often_as_asked_and_no_times_is_the_array_itself():
    x = asarray([1, 4, 9, 16])
    found = [diff(x, n=n).tolist() for n in range(6)]
    assert found == [[1, 4, 9, 16], [3, 5, 7], [2, 2], [0], [], []]


def test_differences_cannot_be_taken_less_than_no_times():
    with pytest.raises(ValueError, match="diff: n is -1: differences are taken 0 times, or more"):
        diff(asarray([1.0, 2.0]), n=-1)
