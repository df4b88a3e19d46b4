"""What a[key] reads: by hand, and entry by entry as NumPy."""

import pytest

from tinygrad_rnn.arrays import arange, asarray, reshape, scatter_add, zeros

MATRIX = asarray([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])

BY_HAND = [
    (0, [1.0, 2.0, 3.0]),
    (-1, [4.0, 5.0, 6.0]),
    ((1, 2), 6.0),
    ((slice(None), 1), [2.0, 5.0]),
    ((slice(None), slice(None, None, -1)), [[3.0, 2.0, 1.0], [6.0, 5.0, 4.0]]),
    ((..., 0), [1.0, 4.0]),
    ((None, 1), [[4.0, 5.0, 6.0]]),
    ((1, None), [[4.0, 5.0, 6.0]]),
    ([1, 0, 1], [[4.0, 5.0, 6.0], [1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
    (([0, 1], [2, 0]), [3.0, 4.0]),
    ((slice(None), [2, 2]), [[3.0, 3.0], [6.0, 6.0]]),
    ((), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
]

KEYS = {
    (4,): [0, -4, slice(1, 3), slice(None, None, -2), slice(3, 0, -1), [], [3, 3, -1], None, ...]
    + [[[0, 1], [2, 3]], (None, [1, 2]), ([1, 2], None), slice(10, 20), slice(-100, 2)],
    (): [(), ..., None, (None, ...), (None, None)],
    (0, 3): [slice(None), (slice(None), 1), (..., [0, 2]), (slice(None), slice(1, 1)), []],
    (2, 3, 4): [
        (0, 1, 2),
        (..., 1),
        (1, ..., slice(None, None, 2)),
        (slice(None), None, 2),
        ([0, 1], slice(None), [3, 0]),
        (slice(None), [0, 2], [1, 3]),
        (0, slice(None), [1, 1, 3]),
        (slice(None), 1, [0, 2]),
        ([[0], [1]], [0, 1, 2]),
        (slice(None), [[0, 1], [2, 2]]),
        ([0, 1], 1),
        ([0, 1], None, [1, 2]),
        (slice(None), [0, 1], None, [1, 2]),
        (slice(None, None, -1), slice(None, None, -2), [0, 0]),
        (0, [0, 1], slice(1, 3)),
        (slice(None), [0, 1, 2], ..., [1, 2, 3]),
        ([1], [2], [3]),
        ([0, 1], ..., 0),
    ],
}
CASES = [(shape, key) for shape, keys in KEYS.items() for key in keys]


@pytest.mark.parametrize(("key", "expected"), BY_HAND)
def test_a_key_picks_the_entries_that_one_would_count_out(key, expected):
    assert MATRIX[key].tolist() == expected


def test_a_picked_entry_keeps_the_dtype():
    assert str(asarray([1, 2])[0].dtype) == "int64"
    assert str(asarray([True])[0].dtype) == "bool"


@pytest.mark.parametrize("make", [asarray, list], ids=["Array", "list"])
def test_an_array_of_indices_does_what_a_list_does(make):
    assert MATRIX[:, make([2, 0])].tolist() == [[3.0, 1.0], [6.0, 4.0]]


@pytest.mark.parametrize(
    ("key", "error", "text"),
    [
        (2, IndexError, "index 2 is out of range for an axis of length 2"),
        ((0, -4), IndexError, "index -4 is out of range for an axis of length 3"),
        ((0, 0, 0), IndexError, r"\(0, 0, 0\) is no index into an array of shape \(2, 3\)"),
        ((..., ...), IndexError, "is no index into an array of shape"),
        (1.0, TypeError, "an index is an integer, a slice, ... or None, got 1.0"),
        ([True, 1], TypeError, "an index is an integer, a slice, ... or None, got True"),
        ("a", TypeError, "an index is an integer, a slice, ... or None, got 'a'"),
        (([0, 1], [0, 1, 2]), ValueError, r"\(2,\) and \(3,\) do not broadcast"),
    ],
)
def test_a_key_that_picks_nothing_says_why(key, error, text):
    with pytest.raises(error, match=text):
        MATRIX[key]


@pytest.mark.parametrize(("shape", "key"), CASES, ids=str)
def test_a_key_reads_what_numpy_reads(shape, key):
    numpy = pytest.importorskip("numpy")
    theirs = numpy.arange(numpy.prod(shape, dtype=int)).reshape(shape)
    expected = theirs[_for_numpy(key, numpy)]
    found = reshape(arange(theirs.size), shape)[key]
    assert (found.shape, found.tolist()) == (expected.shape, expected.tolist())


@pytest.mark.parametrize(("shape", "key"), CASES, ids=str)
def test_scatter_add_is_the_adjoint_of_reading(shape, key):
    numpy = pytest.importorskip("numpy")
    picked = zeros(shape)[key].shape
    values = numpy.arange(1.0, 1 + numpy.prod(picked, dtype=int)).reshape(picked)
    expected = numpy.zeros(shape)
    numpy.add.at(expected, _for_numpy(key, numpy), values)
    assert scatter_add(asarray(values), key, shape).tolist() == expected.tolist()


def test_numpy_index_arrays_are_indices():
    numpy = pytest.importorskip("numpy")
    assert MATRIX[numpy.array([1, 0]), numpy.int64(2)].tolist() == [6.0, 3.0]


def test_any_key_reads_what_numpy_reads():
    numpy = pytest.importorskip("numpy")
    hypothesis = pytest.importorskip("hypothesis")
    shape = (3, 2, 4)
    theirs = numpy.arange(24).reshape(shape)
    ours = reshape(arange(24), shape)

    @hypothesis.settings(max_examples=400, deadline=None)
    @hypothesis.given(_keys(hypothesis.strategies, shape))
    def agrees(key):
        expected = theirs[key]
        found = ours[key]
        assert (found.shape, found.tolist()) == (expected.shape, expected.tolist())

    agrees()


def _keys(st, shape):
    """Tuples with an int, a slice or a list for each axis, and perhaps None and `...` between."""
    number = st.integers(-5, 5)
    step = st.sampled_from([None, 1, 2, -1, -2])
    part = st.builds(slice, st.none() | number, st.none() | number, step)
    per_axis = [
        st.integers(-n, n - 1) | part | st.lists(st.integers(-n, n - 1), min_size=2, max_size=2)
        for n in shape
    ]
    news = st.lists(st.integers(0, 3), max_size=2)
    return st.builds(_with_new_axes, st.tuples(*per_axis), st.integers(0, 3), news, st.booleans())


def _with_new_axes(items, length, news, dots):
    """The first `length` items, with None at the places `news`, and `...` at the end or not."""
    key = list(items[:length])
    for at in news:
        key.insert(at, None)
    return (*key, ...) if dots else tuple(key)


def _for_numpy(key, numpy):
    """NumPy takes an empty list for floats."""
    parts = key if isinstance(key, tuple) else (key,)
    return tuple(numpy.array(p, dtype=int) if isinstance(p, list) else p for p in parts)


@pytest.mark.parametrize("last", [slice(None), slice(1, 3), slice(None, None, -1), slice(3, 0, -2)])
@pytest.mark.parametrize("first", [slice(None), slice(1, None), slice(5, 0, -1), slice(2, 2)])
def test_a_slice_for_every_axis_picks_a_block(first, last):
    numpy = pytest.importorskip("numpy")
    x = numpy.arange(60.0).reshape(3, 5, 4)
    for key in [(first, slice(1, 4), last), (slice(1, 3), first, last)]:
        found = asarray(x)[key]
        assert (found.shape, found.tolist()) == (x[key].shape, x[key].tolist())
