"""The same entries in another shape or order."""

from itertools import permutations

import pytest

from tinygrad_rnn import arrays as xp

A = xp.asarray
M = A([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])

BY_HAND = [
    (xp.reshape(M, (3, 2)), [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
    (xp.reshape(M, -1), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
    (xp.reshape(A(5.0), (1, 1)), [[5.0]]),
    (xp.reshape(A([[5.0]]), ()), 5.0),
    (xp.permute_dims(M, (1, 0)), [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]),
    (xp.permute_dims(A(5.0), ()), 5.0),
    (xp.matrix_transpose(M), [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]),
    (xp.matrix_transpose(A([[[1, 2]], [[3, 4]]])), [[[1], [2]], [[3], [4]]]),
    (xp.matrix_transpose(xp.zeros((0, 2))), [[], []]),
    (xp.expand_dims(A([1.0, 2.0]), axis=0), [[1.0, 2.0]]),
    (xp.expand_dims(A([1.0, 2.0]), axis=-1), [[1.0], [2.0]]),
    (xp.broadcast_to(A([1.0, 2.0]), (2, 2)), [[1.0, 2.0], [1.0, 2.0]]),
    (xp.broadcast_to(A([[1.0], [2.0]]), (2, 2)), [[1.0, 1.0], [2.0, 2.0]]),
    (xp.broadcast_to(A(3), (2,)), [3, 3]),
    (xp.broadcast_to(A([3.0]), (0,)), []),
    (xp.concat([A([1.0]), A([2.0, 3.0])]), [1.0, 2.0, 3.0]),
    (xp.concat([M, A([[7.0], [8.0]])], axis=1), [[1.0, 2.0, 3.0, 7.0], [4.0, 5.0, 6.0, 8.0]]),
    (xp.concat([M, A([[7.0], [8.0]])], axis=-1), [[1.0, 2.0, 3.0, 7.0], [4.0, 5.0, 6.0, 8.0]]),
    (xp.concat([A([[1.0]]), A([2.0, 3.0])], axis=None), [1.0, 2.0, 3.0]),
    (xp.concat([A([1.0]), xp.zeros((0,))]), [1.0]),
    (xp.stack([A([1.0, 2.0]), A([3.0, 4.0])]), [[1.0, 2.0], [3.0, 4.0]]),
    (xp.stack([A([1.0, 2.0]), A([3.0, 4.0])], axis=-1), [[1.0, 3.0], [2.0, 4.0]]),
    (xp.stack([A(1), A(2)]), [1, 2]),
    (xp.take(M, A([1, 1]), axis=0), [[4.0, 5.0, 6.0], [4.0, 5.0, 6.0]]),
    (xp.take(M, A([2, 0]), axis=-1), [[3.0, 1.0], [6.0, 4.0]]),
    (xp.take(A([1.0, 2.0]), A([[1, 0]])), [[2.0, 1.0]]),
    (xp.scatter_add(A([1.0, 2.0, 5.0]), [0, 2, 2], (3,)), [1.0, 0.0, 7.0]),
    (xp.scatter_add(A([1.0, 2.0]), (slice(None), 1), (2, 2)), [[0.0, 1.0], [0.0, 2.0]]),
    (xp.scatter_add(A(4.0), 1, (2,)), [0.0, 4.0]),
]

ERRORS = [
    (lambda: xp.reshape(M, (4,)), ValueError, r"reshape: 6 entries do not fit the shape \(4,\)"),
    (lambda: xp.permute_dims(M, (0, 0)), ValueError, r"\(0, 0\) does not name each of 2 axes once"),
    (lambda: xp.permute_dims(M, (0,)), ValueError, "does not name each of 2 axes once"),
    (lambda: xp.permute_dims(M, (0, 2)), IndexError, "axis 2 is out of range"),
    (lambda: xp.matrix_transpose(A([1.0])), ValueError, "needs two axes or more, got shape"),
    (lambda: xp.expand_dims(M, axis=3), IndexError, "axis 3 is out of range"),
    (lambda: xp.broadcast_to(M, (2, 2)), ValueError, r"\(2, 3\) and \(2, 2\) do not broadcast"),
    (lambda: xp.broadcast_to(M, (1, 3)), ValueError, r"\(2, 3\) does not broadcast to \(1, 3\)"),
    (lambda: xp.broadcast_to(A([[1.0]]), (2,)), ValueError, r"\(1, 1\) does not broadcast to"),
    (lambda: xp.broadcast_to(A([1.0]), ()), ValueError, r"\(1,\) does not broadcast to \(\)"),
    (lambda: xp.concat([]), ValueError, "concat: needs at least one array"),
    (lambda: xp.stack([]), ValueError, "stack: needs at least one array"),
    (lambda: xp.concat([M, A([1.0])]), ValueError, r"\(1,\) does not fit \(2, 3\) along axis 0"),
    (lambda: xp.concat([M, xp.ones((2, 2))]), ValueError, r"\(2, 2\) does not fit \(2, 3\) along"),
    (lambda: xp.concat([A([1.0]), A([1])]), TypeError, "float64 and int64 arrays do not mix"),
    (lambda: xp.concat([A(1.0), A(2.0)]), IndexError, "axis 0 is out of range .* 0 dimensions"),
    (lambda: xp.stack([A([1.0]), A(1.0)]), ValueError, r"stack: shapes differ: \(1,\), \(\)"),
    (lambda: xp.take(M, A([0])), ValueError, r"take: needs an axis for an array of shape \(2, 3\)"),
    (lambda: xp.take(M, A([2]), axis=0), IndexError, "index 2 is out of range"),
]


@pytest.mark.parametrize(("found", "expected"), BY_HAND, ids=range(len(BY_HAND)))
def test_the_entries_stand_where_one_would_put_them(found, expected):
    assert found.tolist() == expected


@pytest.mark.parametrize(("wrong", "error", "text"), ERRORS, ids=range(len(ERRORS)))
def test_what_does_not_fit_says_why(wrong, error, text):
    with pytest.raises(error, match=text):
        wrong()


@pytest.mark.parametrize("axes", list(permutations(range(3))))
@pytest.mark.parametrize("shape", [(2, 3, 4), (1, 3, 1), (2, 0, 3)])
def test_permuting_axes_agrees_with_numpy(axes, shape):
    numpy = pytest.importorskip("numpy")
    x = numpy.arange(numpy.prod(shape)).reshape(shape)
    found = xp.permute_dims(A(x), axes)
    assert (found.shape, found.tolist()) == (x.transpose(axes).shape, x.transpose(axes).tolist())


@pytest.mark.parametrize("axis", [-3, -2, -1, 0, 1, 2])
@pytest.mark.parametrize("lengths", [(1, 2, 3), (2, 2), (0, 3), (1,)], ids=str)
def test_concat_agrees_with_numpy_along_every_axis(axis, lengths):
    numpy = pytest.importorskip("numpy")
    shapes = [tuple(n if a == axis % 3 else 2 for a in range(3)) for n in lengths]
    parts = [k + numpy.arange(100.0)[: numpy.prod(s)].reshape(s) for k, s in enumerate(shapes)]
    expected = numpy.concatenate(parts, axis=axis)
    found = xp.concat([A(part) for part in parts], axis=axis)
    assert (found.shape, found.tolist()) == (expected.shape, expected.tolist())


@pytest.mark.parametrize("axis", [-3, -1, 0, 1, 2])
def test_stack_and_expand_dims_agree_with_numpy_along_every_axis(axis):
    numpy = pytest.importorskip("numpy")
    x, y = numpy.arange(6).reshape(2, 3), numpy.arange(6, 12).reshape(2, 3)
    assert xp.stack([A(x), A(y)], axis=axis).tolist() == numpy.stack([x, y], axis=axis).tolist()
    expected = numpy.expand_dims(x, axis)
    found = xp.expand_dims(A(x), axis=axis)
    assert (found.shape, found.tolist()) == (expected.shape, expected.tolist())


@pytest.mark.parametrize(
    ("shape", "target"),
    [((), (2, 2)), ((1,), (3,)), ((2, 1), (4, 2, 3)), ((3,), (0, 3)), ((2, 3), (2, 3))],
)
def test_broadcast_to_agrees_with_numpy(shape, target):
    numpy = pytest.importorskip("numpy")
    x = numpy.arange(numpy.prod(shape, dtype=int)).reshape(shape)
    expected = numpy.broadcast_to(x, target)
    found = xp.broadcast_to(A(x), target)
    assert (found.shape, found.tolist()) == (expected.shape, expected.tolist())
