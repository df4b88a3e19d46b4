"""The object itself: operators, conversions, immutability."""

import copy
import math
import operator
import pickle

import pytest

from tinygrad_rnn.arrays import Array, asarray, bool, float64, int64, ones, zeros

A = asarray([[1.0, -2.0], [3.0, 4.0]])
ROW = asarray([10.0, 20.0])
COLUMN = asarray([[10.0], [20.0]])
INTS = asarray([3, 2])

BY_HAND = [
    (A + ROW, [[11.0, 18.0], [13.0, 24.0]]),
    (A - COLUMN, [[-9.0, -12.0], [-17.0, -16.0]]),
    (A * 2, [[2.0, -4.0], [6.0, 8.0]]),
    (2 * A, [[2.0, -4.0], [6.0, 8.0]]),
    (1 - A, [[0.0, 3.0], [-2.0, -3.0]]),
    (1 + A, [[2.0, -1.0], [4.0, 5.0]]),
    (A / 2, [[0.5, -1.0], [1.5, 2.0]]),
    (12 / A, [[12.0, -6.0], [4.0, 3.0]]),
    (A**2, [[1.0, 4.0], [9.0, 16.0]]),
    (2**A, [[2.0, 0.25], [8.0, 16.0]]),
    (-A, [[-1.0, 2.0], [-3.0, -4.0]]),
    (+A, [[1.0, -2.0], [3.0, 4.0]]),
    (abs(A), [[1.0, 2.0], [3.0, 4.0]]),
    (A @ A, [[-5.0, -10.0], [15.0, 10.0]]),
    (A + True, [[2.0, -1.0], [4.0, 5.0]]),
    (A == 3.0, [[False, False], [True, False]]),
    (A != 3.0, [[True, True], [False, True]]),
    (A < 1, [[False, True], [False, False]]),
    (A <= 1, [[True, True], [False, False]]),
    (A > ROW, [[False, False], [False, False]]),
    (operator.ge(A, asarray([3.0])), [[False, False], [True, True]]),
    (operator.gt(2.0, A), [[True, True], [False, False]]),
    (A.T, [[1.0, 3.0], [-2.0, 4.0]]),
    (A.mT, [[1.0, 3.0], [-2.0, 4.0]]),
    (INTS**2, [9, 4]),
    (2**INTS, [8, 4]),
    (INTS - 5, [-2, -3]),
    (INTS / 2, [1.5, 1.0]),
    (INTS * INTS, [9, 4]),
    (asarray(3.0) + A, [[4.0, 1.0], [6.0, 7.0]]),
    (zeros((0, 2)) + ROW, []),
]

SPECIAL = [-math.inf, -2.0, -1.0, -0.0, 0.0, 0.5, 1.0, 3.0, 1e308, math.inf, math.nan]

ERRORS = [
    (lambda: A + INTS, TypeError, "float64 and int64 arrays do not mix: use astype"),
    (lambda: INTS + 2.5, TypeError, "the float64 2.5 does not join an array of int64: use astype"),
    (lambda: A + asarray([1.0, 2.0, 3.0]), ValueError, r"\(2, 2\) and \(3,\) do not broadcast"),
    (lambda: A + "b", TypeError, "unsupported operand"),
    (lambda: A @ 3.0, TypeError, "unsupported operand"),
    (lambda: INTS ** asarray([1, -1]), ValueError, "2 to the power -1 is no whole number: .*float"),
    (lambda: asarray([True]) + asarray([True]), TypeError, "truth values have no arithmetic: use"),
    (lambda: asarray([True, False]) * True, TypeError, "truth values have no arithmetic"),
    (lambda: asarray([True]) + asarray([[True]]), TypeError, "truth values have no arithmetic"),
    (lambda: -asarray([True]), TypeError, "truth values have no arithmetic"),
    (lambda: abs(asarray([True])), TypeError, "truth values have no arithmetic"),
    (lambda: True ** asarray([True]), TypeError, "truth values have no arithmetic"),
    (lambda: A.item(), ValueError, r"item: needs a single entry, got shape \(2, 2\)"),
    (lambda: float(ROW), TypeError, r"float\(\) needs shape \(\), got \(2,\): index it, or reduce"),
    (lambda: int(ROW), TypeError, r"int\(\) needs shape \(\)"),
    (lambda: operator.not_(ROW), TypeError, r"bool\(\) needs shape \(\)"),
    (lambda: operator.index(INTS), TypeError, r"index\(\) needs shape \(\)"),
    (lambda: operator.index(asarray(1.0)), TypeError, "cannot be interpreted as an integer"),
    (lambda: len(asarray(1.0)), TypeError, r"an Array of shape \(\) has no length"),
    (lambda: list(asarray(1.0)), TypeError, r"an Array of shape \(\) has no length"),
    (lambda: ROW.T, ValueError, r"\.T is for matrices, got shape \(2,\): use \.mT or permute_dims"),
    (lambda: ROW.mT, ValueError, r"matrix_transpose: needs two axes or more, got shape \(2,\)"),
    (lambda: operator.setitem(A, 0, 1.0), TypeError, "an Array is immutable: build a new one"),
    (lambda: hash(A), TypeError, "unhashable"),
]


@pytest.mark.parametrize(("found", "expected"), BY_HAND, ids=range(len(BY_HAND)))
def test_an_operator_gives_the_numbers_counted_by_hand(found, expected):
    assert found.tolist() == expected


@pytest.mark.parametrize(("wrong", "error", "text"), ERRORS, ids=range(len(ERRORS)))
def test_a_wrong_use_says_what_is_wrong(wrong, error, text):
    with pytest.raises(error, match=text):
        wrong()


@pytest.mark.parametrize("name", ["shape", "dtype", "ndim", "size", "mT", "T", "device"])
def test_no_attribute_can_be_set(name):
    with pytest.raises(AttributeError):
        setattr(A, name, None)


def test_an_augmented_assignment_leaves_the_old_array_alone():
    a = b = asarray([1.0, 2.0])
    a += 1.0
    assert (a.tolist(), b.tolist()) == ([2.0, 3.0], [1.0, 2.0])


def test_a_list_that_is_written_to_afterwards_does_not_change_the_array():
    given = [1.0, 2.0]
    a = asarray(given)
    given[0] = 99.0
    a.tolist()[1] = 99.0
    assert a.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("a", "dtype"),
    [(INTS + 1, int64), (INTS / 1, float64), (A + 1, float64), (INTS < 3, bool), (INTS**2, int64)],
    ids=str,
)
def test_every_entry_is_of_the_python_type_that_the_dtype_names(a, dtype):
    assert a.dtype is dtype
    assert {type(entry) for entry in a._data} == {dtype.python_type}


def test_a_single_entry_becomes_a_python_number():
    assert [float(asarray(2.5)), int(asarray(2.5)), asarray([[7]]).item()] == [2.5, 2, 7]
    assert [asarray(0.0).__bool__(), asarray(True).__bool__()] == [False, True]
    assert ["a", "b", "c"][asarray(1)] == "b"


def test_a_for_loop_goes_over_the_first_axis():
    assert [row.tolist() for row in A] == [[1.0, -2.0], [3.0, 4.0]]
    assert (len(A), A.ndim, A.size, A.shape, A.device) == (2, 2, 4, (2, 2), "cpu")


@pytest.mark.parametrize(
    ("a", "expected"),
    [
        (A, "Array([[1.0, -2.0], [3.0, 4.0]])"),
        (INTS, "Array([3, 2], dtype=int64)"),
        (asarray(True), "Array(True, dtype=bool)"),
        (zeros((0, 3)), "Array([], dtype=float64, shape=(0, 3))"),
        (ones(101), "Array(<101 entries>, shape=(101,))"),
    ],
    ids=str,
)
def test_repr_shows_entries_dtype_and_shape_where_they_are_not_obvious(a, expected):
    assert repr(a) == expected


def test_format_is_that_of_the_only_entry():
    assert f"{asarray(2.0):.3f} {asarray(2.0)}" == "2.000 Array(2.0)"


@pytest.mark.parametrize("a", [A, INTS, asarray(2.0), asarray([True, False]), zeros((0, 3))])
def test_pickle_keeps_entries_shape_and_dtype(a):
    again = pickle.loads(pickle.dumps(a))
    assert (again.tolist(), again.shape) == (a.tolist(), a.shape)
    assert again.dtype is a.dtype


def test_a_copy_of_what_is_immutable_is_itself():
    assert copy.copy(A) is A
    assert copy.deepcopy([A])[0] is A


def test_the_transpose_is_computed_once():
    assert A.mT is A.mT


def test_what_does_not_compare_is_unequal():
    assert (A == "text") is False
    assert (A == None) is False  # noqa: E711


@pytest.mark.parametrize("a", [A, INTS, asarray(2.0), asarray([True]), zeros((0, 3))], ids=str)
def test_numpy_takes_an_array_and_gives_it_back(a):
    numpy = pytest.importorskip("numpy")
    theirs = numpy.asarray(a)
    assert (theirs.shape, str(theirs.dtype), theirs.tolist()) == (a.shape, str(a.dtype), a.tolist())
    again = asarray(theirs)
    assert (again.shape, again.dtype, again.tolist()) == (a.shape, a.dtype, a.tolist())
    assert numpy.asarray(a, dtype="float32").dtype == numpy.float32


def test_a_numpy_number_joins_from_either_side_and_a_numpy_array_does_not():
    numpy = pytest.importorskip("numpy")
    for found in (numpy.float64(2) * ROW, ROW * numpy.float64(2)):
        assert type(found) is Array
        assert found.tolist() == [20.0, 40.0]
    for f in (operator.add, operator.matmul):
        with pytest.raises(TypeError):
            f(ROW, numpy.ones(2))
        with pytest.raises(TypeError):
            f(numpy.ones(2), ROW)


@pytest.mark.parametrize(
    "name", ["add", "sub", "mul", "truediv", "pow", "eq", "ne", "lt", "le", "gt", "ge"]
)
def test_operators_agree_with_numpy_on_special_values(name):
    numpy = pytest.importorskip("numpy")
    f = getattr(operator, name)
    column, row = asarray([[x] for x in SPECIAL]), asarray(SPECIAL)
    with numpy.errstate(all="ignore"):
        expected = f(numpy.asarray(column), numpy.asarray(row))
    numpy.testing.assert_array_equal(numpy.asarray(f(column, row)), expected)
    if expected.dtype == float:
        ours = numpy.signbit(numpy.asarray(f(column, row)))
        known = ~numpy.isnan(expected)
        assert (ours == numpy.signbit(expected))[known].all()


SHAPES = [(), (1,), (3,), (0,), (2, 1), (2, 3), (1, 1, 3), (2, 0), (4, 1, 1)]


@pytest.mark.parametrize("a", SHAPES, ids=str)
@pytest.mark.parametrize("b", SHAPES, ids=str)
def test_operators_broadcast_as_numpy_does(a, b):
    numpy = pytest.importorskip("numpy")
    x = numpy.arange(1.0, 1 + numpy.prod(a)).reshape(a)
    y = numpy.arange(5.0, 5 + numpy.prod(b)).reshape(b)
    try:
        expected = x - y
    except ValueError:
        with pytest.raises(ValueError, match="do not broadcast"):
            asarray(x) - asarray(y)
    else:
        found = asarray(x) - asarray(y)
        assert (found.shape, found.tolist()) == (expected.shape, expected.tolist())
