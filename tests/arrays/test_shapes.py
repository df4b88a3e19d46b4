"""Shape arithmetic, by hand and against NumPy."""

import pytest

from tinygrad_rnn.arrays import shapes

STRIDES = [((), ()), ((5,), (1,)), ((2, 3), (3, 1)), ((2, 3, 4), (12, 4, 1)), ((3, 0), (0, 1))]

BROADCASTS = [
    ([(8, 1), (3,)], (8, 3)),
    ([(), (2, 3)], (2, 3)),
    ([(1,), (0,)], (0,)),
    ([(2, 1), (1, 3), (4, 1, 1)], (4, 2, 3)),
    ([(3,)], (3,)),
    ([(), ()], ()),
]

FILLED_IN = [
    ((2, -1), 6, (2, 3)),
    (-1, 6, (6,)),
    (6, 6, (6,)),
    ((-1,), 0, (0,)),
    ((-1,), 1, (1,)),
    ((), 1, ()),
    ([3, 2], 6, (3, 2)),
    ((0, 5), 0, (0, 5)),
]


@pytest.mark.parametrize(("shape", "strides"), STRIDES)
def test_strides_say_how_far_apart_neighbours_lie(shape, strides):
    assert shapes.strides_of(shape) == strides


@pytest.mark.parametrize(
    ("lengths", "strides", "start", "expected"),
    [
        ((3, 2), (1, 3), 0, [0, 3, 1, 4, 2, 5]),
        ((), (), 4, [4]),
        ((2, 0), (1, 1), 0, []),
        ((2, 2), (0, 1), 5, [5, 6, 5, 6]),
    ],
)
def test_positions_come_in_reading_order(lengths, strides, start, expected):
    assert shapes.positions(lengths, strides, start) == expected


@pytest.mark.parametrize(("given", "expected"), BROADCASTS)
def test_broadcasting_matches_axes_from_the_last_and_stretches_ones(given, expected):
    assert shapes.broadcast_shapes(*given) == expected


@pytest.mark.parametrize("given", [[(2,), (3,)], [(0,), (2,)], [(2, 3), (2, 1, 4)]])
def test_shapes_that_do_not_broadcast_are_both_named(given):
    with pytest.raises(ValueError, match="do not broadcast") as caught:
        shapes.broadcast_shapes(*given)
    assert all(str(shape) in str(caught.value) for shape in given)


def test_broadcast_strides_are_0_where_an_axis_repeats():
    assert shapes.broadcast_strides((3, 1), (2, 3, 4)) == (0, 1, 0)
    assert shapes.broadcast_strides((2, 3), (2, 3)) == (3, 1)


def test_broadcast_strides_refuse_a_target_that_is_not_a_broadcast_of_the_shape():
    with pytest.raises(ValueError, match=r"\(2, 3\) does not broadcast to \(1, 3\)"):
        shapes.broadcast_strides((2, 3), (1, 3))


@pytest.mark.parametrize(("axis", "expected"), [(0, 0), (2, 2), (-1, 2), (-3, 0)])
def test_an_axis_is_counted_from_the_front(axis, expected):
    assert shapes.normalise_axis(axis, 3, "sum") == expected


@pytest.mark.parametrize(("axis", "ndim"), [(3, 3), (-4, 3), (0, 0), (-1, 0)])
def test_an_axis_out_of_range_is_an_index_error(axis, ndim):
    with pytest.raises(IndexError, match=f"^sum: axis {axis} is out of range .* {ndim} dimensions"):
        shapes.normalise_axis(axis, ndim, "sum")


@pytest.mark.parametrize(
    ("axis", "expected"), [(None, (0, 1, 2)), (-1, (2,)), ((2, 0), (0, 2)), ([], ()), ((), ())]
)
def test_axes_are_sorted_and_none_means_all(axis, expected):
    assert shapes.normalise_axes(axis, 3, "sum") == expected


def test_an_axis_named_twice_is_an_error():
    with pytest.raises(ValueError, match=r"^sum: an axis is repeated in \(0, -3\)"):
        shapes.normalise_axes((0, -3), 3, "sum")


@pytest.mark.parametrize("axis", [1.0, "0", [[0]], None], ids=repr)
def test_what_is_no_whole_number_is_no_axis(axis):
    with pytest.raises(TypeError, match="^sum: an axis is a whole number, got "):
        shapes.normalise_axis(axis, 2, "sum")


@pytest.mark.parametrize(("shape", "size", "expected"), FILLED_IN)
def test_minus_one_becomes_the_length_that_fits(shape, size, expected):
    assert shapes.fill_in(shape, size) == expected


@pytest.mark.parametrize(
    ("shape", "size"), [((4,), 6), ((-1, 4), 6), ((-1, -1), 6), ((0, -1), 0), ((-2, 3), 6), (5, 6)]
)
def test_a_shape_that_does_not_fit_names_the_entries_and_the_shape(shape, size):
    with pytest.raises(ValueError, match=f"reshape: {size} entries do not fit the shape"):
        shapes.fill_in(shape, size)


def test_the_product_of_nothing_is_1():
    assert shapes.product([]) == 1
    assert shapes.product([2, 3, 4]) == 24


def test_broadcasting_agrees_with_numpy_on_any_shapes():
    numpy = pytest.importorskip("numpy")
    hypothesis = pytest.importorskip("hypothesis")
    lengths = hypothesis.strategies.lists(hypothesis.strategies.integers(0, 3), max_size=4)

    @hypothesis.settings(max_examples=300, deadline=None)
    @hypothesis.given(hypothesis.strategies.lists(lengths.map(tuple), min_size=1, max_size=3))
    def agrees(given):
        try:
            expected = numpy.broadcast_shapes(*given)
        except ValueError:
            with pytest.raises(ValueError, match="do not broadcast"):
                shapes.broadcast_shapes(*given)
        else:
            assert shapes.broadcast_shapes(*given) == expected

    agrees()
