"""Arrays from numbers, nested lists and rules."""

import array
import math

import pytest

from tinygrad_rnn import arrays as xp
from tinygrad_rnn.arrays.nesting import flatten, nest

MADE = [
    (xp.asarray([1, 2.5, True]), [1.0, 2.5, 1.0], "float64"),
    (xp.asarray([1, True]), [1, 1], "int64"),
    (xp.asarray([True, False]), [True, False], "bool"),
    (xp.asarray(((1.0, 2.0), (3.0, 4.0))), [[1.0, 2.0], [3.0, 4.0]], "float64"),
    (xp.asarray(range(3)), [0, 1, 2], "int64"),
    (xp.asarray([range(2), (2.5, 3)]), [[0.0, 1.0], [2.5, 3.0]], "float64"),
    (xp.asarray(3), 3, "int64"),
    (xp.asarray([]), [], "float64"),
    (xp.asarray([[], []]), [[], []], "float64"),
    (xp.asarray([1, 0], dtype=xp.bool), [True, False], "bool"),
    (xp.asarray([1.9, -1.9], dtype=xp.int64), [1, -1], "int64"),
    (xp.asarray(xp.asarray([1, 2]), dtype=xp.float64), [1.0, 2.0], "float64"),
    (xp.asarray(array.array("d", [1.0, 2.0])), [1.0, 2.0], "float64"),
    (xp.astype(xp.asarray([0.0, 2.7]), xp.int64), [0, 2], "int64"),
    (xp.full((2, 1), 7), [[7], [7]], "int64"),
    (xp.full((), 0.5), 0.5, "float64"),
    (xp.full(2, 1, dtype=xp.float64), [1.0, 1.0], "float64"),
    (xp.full(2, True), [True, True], "bool"),
    (xp.full_like(xp.asarray([[1, 2]]), 7), [[7, 7]], "int64"),
    (xp.full_like(xp.asarray([1]), 0.5, dtype=xp.float64), [0.5], "float64"),
    (xp.zeros(2), [0.0, 0.0], "float64"),
    (xp.zeros((1, 2), dtype=xp.int64), [[0, 0]], "int64"),
    (xp.zeros((2, 0)), [[], []], "float64"),
    (xp.ones([2]), [1.0, 1.0], "float64"),
    (xp.zeros_like(xp.asarray([3, 4])), [0, 0], "int64"),
    (xp.ones_like(xp.asarray([[3.0]])), [[1.0]], "float64"),
    (xp.ones_like(xp.asarray([3.0]), dtype=xp.bool), [True], "bool"),
    (xp.arange(3), [0, 1, 2], "int64"),
    (xp.arange(2, 5), [2, 3, 4], "int64"),
    (xp.arange(5, 0, -2), [5, 3, 1], "int64"),
    (xp.arange(3, 3), [], "int64"),
    (xp.arange(5, 1), [], "int64"),
    (xp.arange(0, 1, 0.25), [0.0, 0.25, 0.5, 0.75], "float64"),
    (xp.eye(2), [[1.0, 0.0], [0.0, 1.0]], "float64"),
    (xp.eye(2, 3, dtype=xp.int64), [[1, 0, 0], [0, 1, 0]], "int64"),
    (xp.eye(0), [], "float64"),
]

ERRORS = [
    (lambda: xp.asarray([[1, 2], [3]]), ValueError, "^asarray: a ragged .* lengths 1 and 2"),
    (lambda: xp.asarray([1, [2]]), ValueError, "ragged list .* axis 1 has numbers beside lists"),
    (lambda: xp.asarray([1, "a"]), TypeError, "an array holds bool, int or float, got str: 'a'"),
    (lambda: xp.asarray(None), TypeError, "an array holds bool, int or float, got NoneType"),
    (lambda: xp.asarray([1j]), TypeError, "an array holds bool, int or float, got complex"),
    (lambda: xp.zeros((2, -1)), ValueError, r"zeros: a shape has no negative .*, got \(2, -1\)"),
    (lambda: xp.full(-1, 2.0), ValueError, "^full: a shape has no negative lengths"),
    (lambda: xp.zeros((2.0, 1)), TypeError, r"^zeros: a shape is whole numbers, got \(2\.0, 1\)"),
    (lambda: xp.arange(0, 1, 0), ValueError, "arange: step is 0: it would never arrive"),
]


@pytest.mark.parametrize(("a", "entries", "dtype"), MADE, ids=range(len(MADE)))
def test_a_new_array_has_the_entries_and_the_dtype_asked_for(a, entries, dtype):
    assert (a.tolist(), str(a.dtype)) == (entries, dtype)
    assert {type(entry) for entry in a._data} <= {a.dtype.python_type}


@pytest.mark.parametrize(("wrong", "error", "text"), ERRORS, ids=range(len(ERRORS)))
def test_what_is_no_array_says_why(wrong, error, text):
    with pytest.raises(error, match=text):
        wrong()


@pytest.mark.parametrize("make", [xp.zeros, lambda shape: xp.reshape(xp.arange(6), shape)])
def test_the_lengths_of_a_shape_may_be_arrays_and_become_integers(make):
    made = make((xp.asarray(2), 3))
    assert made.shape == (2, 3)
    assert [*map(type, made.shape)] == [int, int]


def test_asarray_of_an_array_of_the_same_dtype_is_itself():
    a = xp.asarray([1.0])
    assert xp.asarray(a) is a
    assert xp.asarray(a, dtype=xp.float64) is a


@pytest.mark.parametrize(
    ("nested", "flat", "shape"),
    [
        (3.0, [3.0], ()),
        ([1, 2], [1, 2], (2,)),
        ([[1, 2], [3, 4], [5, 6]], [1, 2, 3, 4, 5, 6], (3, 2)),
        ([[[1]]], [1], (1, 1, 1)),
        ([[], []], [], (2, 0)),
        ([[[]]], [], (1, 1, 0)),
    ],
)
def test_flatten_and_nest_are_each_others_inverse(nested, flat, shape):
    assert flatten(nested) == (flat, shape)
    assert nest(flat, shape) == nested


@pytest.mark.parametrize(
    "arguments", [(0, 0.9, 0.3), (0, 1, 0.1), (1, 0, -0.3), (0.5, 4), (3, 10, 4), (-2.5, 2.5, 1.25)]
)
def test_arange_counts_as_numpy_does(arguments):
    numpy = pytest.importorskip("numpy")
    expected = numpy.arange(*arguments)
    found = xp.arange(*arguments)
    assert found.shape == expected.shape
    assert all(map(math.isclose, found.tolist(), expected.tolist()))


@pytest.mark.parametrize("shape", [(), (3,), (0, 3), (3, 0), (2, 0, 3), (1, 2, 1)], ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint8", "bool"])
def test_asarray_of_a_numpy_array_keeps_shape_and_numbers(shape, dtype):
    numpy = pytest.importorskip("numpy")
    theirs = (numpy.arange(numpy.prod(shape, dtype=int)) % 2).reshape(shape).astype(dtype)
    ours = xp.asarray(theirs)
    assert (ours.shape, ours.tolist()) == (theirs.shape, theirs.tolist())


TRIANGLES = [
    (xp.tril, 0, [[1, 0, 0], [4, 5, 0]]),
    (xp.tril, 1, [[1, 2, 0], [4, 5, 6]]),
    (xp.tril, -1, [[0, 0, 0], [4, 0, 0]]),
    (xp.triu, 0, [[1, 2, 3], [0, 5, 6]]),
    (xp.triu, 1, [[0, 2, 3], [0, 0, 6]]),
    (xp.triu, -1, [[1, 2, 3], [4, 5, 6]]),
]


@pytest.mark.parametrize(("f", "k", "expected"), TRIANGLES)
def test_a_triangle_keeps_one_side_of_a_diagonal(f, k, expected):
    matrix = xp.asarray([[1, 2, 3], [4, 5, 6]])
    assert f(matrix, k=k).tolist() == expected
    assert f(matrix, k=k).dtype is xp.int64
    assert f(xp.stack([matrix, matrix]), k=k).tolist() == [expected, expected]


def test_a_triangle_needs_a_matrix():
    with pytest.raises(ValueError, match=r"triu: needs two axes or more, got shape \(2,\)"):
        xp.triu(xp.asarray([1.0, 2.0]))
    assert xp.tril(xp.zeros((0, 3))).shape == (0, 3)


def test_nested_lists_may_hold_arrays_and_their_scalars():
    numpy = pytest.importorskip("numpy")
    rows = xp.unstack(xp.asarray([[1, 2], [3, 4]]))
    assert xp.asarray(rows).tolist() == [[1, 2], [3, 4]]
    assert str(xp.asarray([numpy.int64(3), numpy.bool_(True)]).dtype) == "int64"
    assert xp.asarray([numpy.array([1.0]), [2]]).tolist() == [[1.0], [2.0]]


@pytest.mark.parametrize("dtype", ["bool", "int64", "float64"])
def test_an_array_without_entries_keeps_its_dtype(dtype):
    numpy = pytest.importorskip("numpy")
    made = xp.asarray(numpy.zeros((0, 3), dtype=dtype))
    assert (made.shape, str(made.dtype)) == ((0, 3), dtype)
