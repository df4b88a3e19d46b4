"""Structures: leaves in order, and back."""

from typing import NamedTuple

from tinygrad_rnn.autograd.structures import each_leaf, leaves_of, with_leaves


class State(NamedTuple):
    h: object
    c: object


def test_leaves_come_in_order_and_go_back():
    given = {"a": [1, (2, State(3, 4))], "b": (), "c": 5}
    assert leaves_of(given) == [1, 2, 3, 4, 5]
    assert with_leaves(given, leaves_of(given)) == given
    doubled = each_leaf(lambda x: 2 * x, given)
    assert doubled == {"a": [2, (4, State(6, 8))], "b": (), "c": 10}
    assert type(doubled["a"][1][1]) is State


def test_a_single_value_is_its_own_leaf():
    assert leaves_of(None) == [None]
    assert each_leaf(str, 5) == "5"
