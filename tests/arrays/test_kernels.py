"""Dot products in three ways, and the rows and columns that they go over."""

import gc
import math
import random
from fractions import Fraction

import pytest

from tinygrad_rnn import arrays as xp
from tinygrad_rnn.arrays import kernels

A = xp.asarray
LENGTHS = [1, 2, 3, 8, 17, 18, 19, 64, 159, 160, 161, 500]

WAYS = {
    "straight_line": kernels.straight_line,
    "by_map": lambda length: kernels.by_map,
    "by_sumprod": lambda length: kernels.by_sumprod,
    "products": kernels.products,
}


@pytest.fixture(params=WAYS)
def way(request):
    if request.param == "by_sumprod" and not kernels.HAS_SUMPROD:
        pytest.skip("math.sumprod is there from Python 3.12 on")
    return WAYS[request.param]


def test_every_row_meets_every_column_row_by_row(way):
    rows, columns = [[1.0, 2.0], [3.0, 4.0]], [[1.0, 10.0], [2.0, 20.0], [0.5, 0.0]]
    assert way(2)(rows, columns) == [21.0, 42.0, 0.5, 43.0, 86.0, 1.5]


@pytest.mark.parametrize("length", LENGTHS)
def test_a_dot_product_is_as_exact_as_additions_in_a_row(way, length):
    rng = random.Random(length)
    row, column = ([rng.gauss(0, 10 ** rng.randint(-3, 3)) for _ in range(length)] for _ in "ab")
    (found,) = way(length)([row], [column])
    terms = [Fraction(x) * Fraction(y) for x, y in zip(row, column, strict=True)]
    assert abs(Fraction(found) - sum(terms)) <= length * Fraction(2) ** -53 * sum(map(abs, terms))


def test_infinities_and_nan_go_through(way):
    rows = [[math.inf, 1.0], [math.nan, 1.0], [1e308, 1e308]]
    assert str(way(2)(rows, [[1.0, 1.0], [0.0, 0.0]])) == "[inf, nan, nan, nan, inf, 0.0]"


def test_whole_numbers_stay_exact(way):
    assert way(2)([[2**62, 1]], [[1, -1]]) == [2**62 - 1]


def test_no_rows_or_no_columns_give_nothing(way):
    assert way(3)([], [[1.0, 2.0, 3.0]]) == way(3)([[1.0, 2.0, 3.0]], []) == []


def test_short_products_are_straight_lines_and_long_ones_run_in_c():
    long = kernels.by_sumprod if kernels.HAS_SUMPROD else kernels.by_map
    assert kernels.products(kernels.STRAIGHT) is long
    assert kernels.products(kernels.STRAIGHT - 1) not in (kernels.by_map, kernels.by_sumprod)


def test_the_code_for_a_length_is_made_once():
    assert kernels.products(5) is kernels.products(5)


@pytest.mark.parametrize(
    ("x", "rows", "columns"),
    [
        (A([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), [[1, 2, 3], [4, 5, 6]], [[1, 4], [2, 5], [3, 6]]),
        (A([[1.0, 2.0]]), [[1.0, 2.0]], [[1.0], [2.0]]),
        (A([[1.0], [2.0]]), [[1.0], [2.0]], [[1.0, 2.0]]),
        (xp.zeros((0, 2)), [], [[], []]),
        (xp.zeros((2, 0)), [[], []], []),
    ],
    ids=lambda x: str(getattr(x, "shape", "")),
)
def test_rows_and_columns_are_cut_out_once(x, rows, columns):
    assert kernels.rows(x) == rows
    assert kernels.columns(x) == columns
    assert kernels.rows(x) is kernels.rows(x)
    assert kernels.columns(x) is kernels.columns(x)


def test_the_rows_of_a_transposed_matrix_are_the_columns_that_were_cut_out():
    x = A([[1.0, 2.0], [3.0, 4.0]])
    assert kernels.rows(x.mT) is kernels.columns(x)
    assert kernels.columns(x.mT) == kernels.rows(x)
    assert x.mT is x.mT


def test_what_is_kept_makes_no_circle():
    x = A([[1.0, 2.0], [3.0, 4.0]])
    transposed = x.mT @ x.mT
    gc.collect()
    gc.disable()
    try:
        del x, transposed
        assert not gc.collect()
    finally:
        gc.enable()
