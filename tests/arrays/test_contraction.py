"""Products summed over an axis of each: of matrices, and of others."""

import math

import pytest

from tinygrad_rnn import arrays as xp
from tinygrad_rnn.arrays import contraction, kernels

A = xp.asarray
WAYS = [
    "straight_line",
    "by_map",
    pytest.param(
        "by_sumprod",
        marks=pytest.mark.skipif(not kernels.HAS_SUMPROD, reason="from Python 3.12 on"),
    ),
]

BY_HAND = [
    (A([[1.0, 2.0], [3.0, 4.0]]), A([[5.0], [6.0]]), [[17.0], [39.0]]),
    (A([1.0, 2.0]), A([3.0, 4.0]), 11.0),
    (A([1.0, 2.0]), A([[1.0, 0.0, 2.0], [0.0, 1.0, 3.0]]), [1.0, 2.0, 8.0]),
    (A([[1.0, 2.0], [3.0, 4.0]]), A([5.0, 6.0]), [17.0, 39.0]),
    (A([[1, 2]]), A([[3], [4]]), [[11]]),
    (A([[[1.0]], [[2.0]]]), A([[10.0]]), [[[10.0]], [[20.0]]]),
    (xp.zeros((2, 0)), xp.zeros((0, 2)), [[0.0, 0.0], [0.0, 0.0]]),
    (A([[1.0]]), A([[math.nan]]), [[math.nan]]),
]

SHAPES = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((1, 1), (1, 1)),
    ((2, 0), (0, 3)),
    ((0, 2), (2, 3)),
    ((0,), (0,)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (4, 3, 2)),
    ((1, 2, 3), (6, 3, 1)),
    ((3,), (5, 3, 2)),
    ((5, 2, 3), (3,)),
    ((0, 2, 3), (3, 4)),
]

ERRORS = [
    (A([[1.0, 2.0]]), A([[3.0, 4.0]]), ValueError, r"\(1, 2\) and \(1, 2\) do not multiply"),
    (A([1.0, 2.0]), A([1.0]), ValueError, r"\(2,\) and \(1,\) do not multiply"),
    (A(1.0), A([1.0]), ValueError, r"matmul: shapes \(\) and \(1,\) do not multiply"),
    (A([1.0]), A(1.0), ValueError, "do not multiply"),
    (xp.ones((2, 1, 1)), xp.ones((3, 1, 1)), ValueError, r"\(2,\) and \(3,\) do not broadcast"),
    (A([1.0]), A([1]), TypeError, "matmul: float64 and int64 arrays do not mix: use astype"),
    (A([True]), A([True]), TypeError, "matmul: truth values have no arithmetic: use astype"),
    (A([1.0]), 2.0, TypeError, "matmul: needs two Arrays, got Array and float"),
    ([1.0], A([1.0]), TypeError, "matmul: needs two Arrays, got list and Array"),
]


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    """Every product is computed in this one of the three ways."""
    chosen = getattr(kernels, request.param)
    made = chosen if request.param == "straight_line" else lambda length: chosen
    monkeypatch.setattr(contraction, "products", made)


@pytest.mark.parametrize(("a", "b", "expected"), BY_HAND, ids=range(len(BY_HAND)))
def test_a_product_gives_the_numbers_counted_by_hand(way, a, b, expected):
    assert repr(xp.matmul(a, b).tolist()) == repr(expected)


@pytest.mark.parametrize(("first", "second"), SHAPES, ids=str)
def test_a_product_agrees_with_numpy(way, first, second):
    numpy = pytest.importorskip("numpy")
    x = numpy.sin(numpy.arange(numpy.prod(first, dtype=int))).reshape(first)
    y = numpy.cos(numpy.arange(numpy.prod(second, dtype=int))).reshape(second)
    expected = numpy.asarray(x @ y)
    found = xp.matmul(A(x), A(y))
    assert (found.shape, found.dtype) == (expected.shape, xp.float64)
    assert {type(entry) for entry in found._data} <= {float}
    numpy.testing.assert_allclose(numpy.asarray(found), expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize(("a", "b", "error", "text"), ERRORS, ids=range(len(ERRORS)))
def test_what_does_not_multiply_says_why(a, b, error, text):
    with pytest.raises(error, match=text):
        xp.matmul(a, b)
