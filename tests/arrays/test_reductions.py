"""sum, mean, max, all, argmax: by hand and as NumPy along every choice of axes."""

import math
from itertools import combinations

import pytest

from tinygrad_rnn import arrays as xp

A = xp.asarray
M = A([[1.0, 5.0, 3.0], [4.0, 2.0, 6.0]])
inf, nan = math.inf, math.nan

BY_HAND = [
    (xp.sum(M), 21.0),
    (xp.sum(M, axis=0), [5.0, 7.0, 9.0]),
    (xp.sum(M, axis=-1, keepdims=True), [[9.0], [12.0]]),
    (xp.sum(M, axis=(0, 1), keepdims=True), [[21.0]]),
    (xp.sum(M, axis=()), [[1.0, 5.0, 3.0], [4.0, 2.0, 6.0]]),
    (xp.sum(A([2, 3])), 5),
    (xp.sum(A([True, True, False])), 2),
    (xp.sum(xp.zeros((0, 2)), axis=0), [0.0, 0.0]),
    (xp.sum(xp.zeros((2, 0))), 0.0),
    (xp.sum(A(4.0)), 4.0),
    (xp.sum(A([inf, -inf])), nan),
    (xp.mean(M, axis=1), [3.0, 4.0]),
    (xp.mean(A([1, 2])), 1.5),
    (xp.mean(xp.zeros((0,))), nan),
    (xp.var(A([1.0, 2.0, 6.0]), correction=2), 14.0),
    (xp.var(A([1.0, 2.0, 6.0]), correction=3), nan),
    (xp.var(M, axis=0, correction=2.5), [nan, nan, nan]),
    (xp.var(A([2.0]), correction=0), 0.0),
    (xp.var(xp.zeros((0,))), nan),
    (xp.std(A([1.0, 2.0, 6.0]), correction=3), nan),
    (xp.max(M, axis=0), [4.0, 5.0, 6.0]),
    (xp.max(M), 6.0),
    (xp.max(A([1.0, nan, 3.0])), nan),
    (xp.max(A([nan, 1.0])), nan),
    (xp.max(A([-inf, -inf])), -inf),
    (xp.max(A([[True, False], [False, False]]), axis=1), [True, False]),
    (xp.max(A(2.0)), 2.0),
    (xp.min(M, axis=0), [1.0, 2.0, 3.0]),
    (xp.min(M), 1.0),
    (xp.min(A([1.0, nan, 3.0])), nan),
    (xp.min(A([[True, False], [True, True]]), axis=1), [False, True]),
    (xp.cumulative_sum(A([1.0, 2.0, 5.0])), [1.0, 3.0, 8.0]),
    (xp.cumulative_sum(M, axis=0), [[1.0, 5.0, 3.0], [5.0, 7.0, 9.0]]),
    (xp.cumulative_sum(M, axis=-1), [[1.0, 6.0, 9.0], [4.0, 6.0, 12.0]]),
    (xp.cumulative_sum(A([True, True, False])), [1, 2, 2]),
    (xp.cumulative_sum(A([1, 2])), [1, 3]),
    (xp.cumulative_sum(xp.zeros((0,))), []),
    (xp.argmax(M, axis=1), [1, 2]),
    (xp.argmax(M, axis=0, keepdims=True), [[1, 0, 1]]),
    (xp.argmax(M), 5),
    (xp.argmax(A([2.0, 7.0, 7.0])), 1),
    (xp.argmax(A([1.0, nan, 3.0, nan])), 1),
    (xp.argmax(A(3.0)), 0),
    (xp.all(A([[1.0, 0.0], [2.0, 3.0]]), axis=1), [False, True]),
    (xp.all(xp.zeros((0,))), True),
    (xp.all(A([nan, 1.0])), True),
    (xp.all(A(0.0)), False),
]

SHAPES = [(), (1,), (4,), (0,), (2, 3), (1, 3), (0, 3), (2, 3, 4), (2, 1, 2)]
AXES = [
    (shape, axis)
    for shape in SHAPES
    for axis in [
        None,
        *range(-len(shape), len(shape)),
        *(c for n in range(len(shape) + 1) for c in combinations(range(len(shape)), n)),
    ]
]


@pytest.mark.parametrize(("found", "expected"), BY_HAND, ids=range(len(BY_HAND)))
def test_a_reduction_gives_the_number_counted_by_hand(found, expected):
    assert repr(found.tolist()) == repr(expected)


@pytest.mark.parametrize(("shape", "axis"), AXES, ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions_agree_with_numpy_along_every_choice_of_axes(shape, axis, keepdims):
    numpy = pytest.importorskip("numpy")
    x = numpy.cos(3.0 * numpy.arange(numpy.prod(shape, dtype=int))).reshape(shape)
    names = ["sum", "all"] + (["mean", "max", "min"] if x.size else [])
    for name in names:
        expected = numpy.asarray(getattr(numpy, name)(x, axis=axis, keepdims=keepdims))
        found = getattr(xp, name)(A(x), axis=axis, keepdims=keepdims)
        assert (found.shape, str(found.dtype)) == (expected.shape, str(expected.dtype))
        numpy.testing.assert_allclose(numpy.asarray(found), expected, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize(
    ("shape", "axis"), [(s, a) for s, a in AXES if not isinstance(a, tuple) and 0 not in s]
)
@pytest.mark.parametrize("keepdims", [False, True])
def test_argmax_agrees_with_numpy_also_where_entries_tie(shape, axis, keepdims):
    numpy = pytest.importorskip("numpy")
    x = numpy.array((numpy.arange(numpy.prod(shape, dtype=int)) * 7) % 4.0).reshape(shape)
    expected = numpy.argmax(x, axis=axis, keepdims=keepdims)
    assert xp.argmax(A(x), axis=axis, keepdims=keepdims).tolist() == expected.tolist()


@pytest.mark.parametrize("f", [xp.max, xp.argmax])
def test_there_is_no_largest_of_no_entries(f):
    with pytest.raises(ValueError, match="there is no largest of no entries"):
        f(xp.zeros((0,)))
    with pytest.raises(ValueError, match="there is no largest of no entries"):
        f(xp.zeros((2, 0)), axis=1)


def test_there_is_no_smallest_of_no_entries():
    with pytest.raises(ValueError, match="min: there is no smallest of no entries"):
        xp.min(xp.zeros((2, 0)), axis=1)


@pytest.mark.parametrize(
    ("shape", "axis"), [(s, a) for s, a in AXES if isinstance(a, int) or (a, len(s)) == (None, 1)]
)
def test_running_sums_agree_with_numpy(shape, axis):
    numpy = pytest.importorskip("numpy")
    x = numpy.cos(3.0 * numpy.arange(numpy.prod(shape, dtype=int))).reshape(shape)
    expected = numpy.cumulative_sum(x, axis=axis)
    found = xp.cumulative_sum(A(x), axis=axis)
    assert (found.shape, str(found.dtype)) == (expected.shape, str(expected.dtype))
    numpy.testing.assert_allclose(numpy.asarray(found), expected, rtol=1e-14, atol=1e-15)


def test_running_sums_of_a_matrix_need_an_axis():
    with pytest.raises(ValueError, match=r"cumulative_sum: needs an axis .* shape \(2, 3\)"):
        xp.cumulative_sum(M)


def test_an_axis_that_is_not_there_or_named_twice_is_an_error():
    with pytest.raises(IndexError, match="^sum: axis 2 is out of range for 2 dimensions"):
        xp.sum(M, axis=2)
    with pytest.raises(ValueError, match="^max: an axis is repeated"):
        xp.max(M, axis=(1, -1))


def test_a_sum_of_floats_is_right_to_the_last_digits():
    assert xp.sum(A([0.1] * 10)).item() == pytest.approx(1.0, rel=1e-15)
