"""Every function against NumPy's: over a grid of shapes, and over special values.

Exact where the standard is exact, within 2 ulp elsewhere; always the same shape and dtype.
"""

import math
from itertools import product

import pytest

from tinygrad_rnn import arrays as xp

numpy = pytest.importorskip("numpy")
A = xp.asarray
inf, nan = math.inf, math.nan

ULPS = 2**-51  # two of them, at worst
SHAPES = [(), (1,), (0,), (3,), (2, 3), (1, 3), (2, 1), (0, 3), (3, 0), (2, 1, 3), (2, 3, 4)]
SPECIAL = [
    nan, -inf, -1e308, -709.5, -2.5, -1.5, -1.0, -0.5, -1e-300, -5e-324, -0.0,
    0.0, 5e-324, 1e-300, 0.5, 1.0, 1.5, 2.5, 3.0, 709.5, 1e308, inf,
]  # fmt: skip
WHOLE = [-(2**62), -7, -2, -1, 0, 1, 2, 3, 5, 2**31]



def same(found, expected, *, rtol=0.0):
    """Fails unless dtype, shape, entries, signs of zeros (and nan) are the same."""
    expected = numpy.asarray(expected)
    assert (str(found.dtype), found.shape) == (str(expected.dtype), expected.shape)
    numpy.testing.assert_allclose(numpy.asarray(found), expected, rtol=rtol, atol=0)
    if not rtol and expected.dtype.kind == "f":
        known = ~numpy.isnan(expected)
        signs = numpy.signbit(numpy.asarray(found))[known], numpy.signbit(expected)[known]
        assert (signs[0] == signs[1]).all(), (found, expected)


def filled(shape, dtype="float64"):
    """An array of that shape with small numbers of both signs, in no order."""
    count = math.prod(shape)
    entries = [(i * 7919 % 23 - 11) / (4 if dtype == "float64" else 1) for i in range(count)]
    return numpy.array(entries).reshape(shape).astype(dtype)


# Of every entry --------------------------------------------------------------------------------

EXACT = ["abs", "ceil", "conj", "floor", "negative", "positive", "reciprocal", "round", "sign"]
EXACT += ["signbit", "sqrt", "square", "trunc", "isfinite", "isinf", "isnan", "logical_not"]
NEAR = ["acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "exp", "expm1", "log"]
NEAR += ["log10", "log1p", "log2", "sin", "sinh", "tan", "tanh"]
EXACT_PAIRS = ["add", "copysign", "divide", "equal", "greater", "greater_equal", "less"]
EXACT_PAIRS += ["less_equal", "logical_and", "logical_or", "logical_xor", "multiply", "nextafter"]
EXACT_PAIRS += ["not_equal", "remainder", "subtract", "maximum", "minimum"]
NEAR_PAIRS = ["atan2", "hypot", "logaddexp", "pow"]
WHOLE_PAIRS = ["add", "equal", "floor_divide", "less", "maximum", "multiply", "remainder"]


@pytest.mark.parametrize("name", EXACT + NEAR)
def test_a_function_of_a_float_has_the_special_values_of_numpy(name):
    with numpy.errstate(all="ignore"):
        expected = getattr(numpy, name)(numpy.array(SPECIAL))
    same(getattr(xp, name)(A(SPECIAL)), expected, rtol=ULPS * (name in NEAR))
    for value, one in zip(SPECIAL, expected, strict=True):
        same(getattr(xp, name)(A(value)), one, rtol=ULPS * (name in NEAR))


@pytest.mark.parametrize("name", EXACT_PAIRS + NEAR_PAIRS)
def test_a_function_of_two_floats_has_the_special_values_of_numpy(name):
    row = numpy.array(SPECIAL)
    with numpy.errstate(all="ignore"):
        expected = getattr(numpy, name)(row[:, None], row)
    if name in ("maximum", "minimum"):  # which of two zeros is the larger is left open
        expected = expected + 0.0
    found = getattr(xp, name)(A(row[:, None]), A(row))
    found = found + 0.0 if name in ("maximum", "minimum") else found
    same(found, expected, rtol=ULPS * (name in NEAR_PAIRS))


def test_floor_divide_of_floats_is_the_floor_of_the_quotient():
    for x, y in product(SPECIAL, SPECIAL):
        found = xp.floor_divide(A(x), A(y)).item()
        if x and y and math.isfinite(x) and math.isfinite(y):
            assert found == x // y
        else:
            expected = xp.floor(xp.divide(A(x), A(y))).item()
            assert repr(found) == repr(expected), (x, y)


WHOLE_TOO = ["abs", "ceil", "floor", "isfinite", "isinf", "isnan", "logical_not", "negative"]
WHOLE_TOO += ["conj", "positive", "round", "sign", "trunc"]


@pytest.mark.parametrize("name", WHOLE_TOO)
def test_a_function_of_whole_numbers_keeps_them_whole(name):
    same(getattr(xp, name)(A(WHOLE)), getattr(numpy, name)(numpy.array(WHOLE)))


@pytest.mark.parametrize("name", WHOLE_PAIRS)
def test_a_function_of_two_whole_numbers_is_that_of_numpy(name):
    first, second = numpy.array([-7, -3, 0, 5, 8]), numpy.array([[-3], [2], [5]])
    same(getattr(xp, name)(A(first), A(second)), getattr(numpy, name)(first, second))


@pytest.mark.parametrize("shapes", list(product(SHAPES, SHAPES)), ids=str)
def test_two_shapes_broadcast_as_in_numpy_or_not_at_all(shapes):
    x, y = map(filled, shapes)
    try:
        expected = x - y
    except ValueError:
        with pytest.raises(ValueError, match="subtract: shapes .* do not broadcast"):
            A(x) - A(y)
    else:
        same(A(x) - A(y), expected)
        same(xp.less(A(x), A(y)), x < y)
        same(xp.where(A(x < 0), A(x), A(y)), numpy.where(x < 0, x, y))
        same(xp.broadcast_arrays(A(x), A(y))[1], numpy.broadcast_arrays(x, y)[1])


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_clip_and_where_are_those_of_numpy(shape):
    x = filled(shape)
    same(xp.clip(A(x), -1, 1.5), numpy.clip(x, -1, 1.5))
    same(xp.clip(A(x), max=0), numpy.clip(x, None, 0.0))
    same(xp.clip(A(x), A([[-1.0]])), numpy.clip(x, numpy.array([[-1.0]]), None))
    same(xp.clip(A(x)), x)


# Of many entries -------------------------------------------------------------------------------

REDUCTIONS = ["all", "any", "count_nonzero", "max", "mean", "min", "prod", "std", "sum", "var"]
AXES = [
    (shape, axis)
    for shape in SHAPES
    for axis in [None, (), *range(-len(shape), len(shape)), *[(0, -1)] * (len(shape) > 1)]
]


@pytest.mark.parametrize(("shape", "axis"), AXES, ids=str)
@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_reduction_along_any_axes_is_that_of_numpy(name, shape, axis):
    for dtype, keepdims in product(["float64", "int64", "bool"], [False, True]):
        x = filled(shape, dtype)
        try:
            expected = getattr(numpy, name)(x, axis=axis, keepdims=keepdims)
        except ValueError:
            with pytest.raises(ValueError, match=f"{name}: there is no"):
                getattr(xp, name)(A(x), axis=axis, keepdims=keepdims)
            continue
        found = getattr(xp, name)(A(x), axis=axis, keepdims=keepdims)
        assert (found.shape, str(found.dtype)) == (expected.shape, str(expected.dtype))
        numpy.testing.assert_allclose(numpy.asarray(found), expected, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("correction", [0, 1, 1.5])
def test_the_correction_of_a_variance_is_that_of_numpy(correction):
    x = filled((3, 4))
    for axis in (None, 0, 1):
        expected = numpy.var(x, axis=axis, ddof=correction)
        same(xp.var(A(x), axis=axis, correction=correction), expected, rtol=1e-14)
        found = xp.std(A(x), axis=axis, correction=correction)
        same(found, expected**0.5, rtol=1e-14)
    assert math.isnan(xp.var(A([2.0]), correction=1).item())  # 0 / 0


LINES = [(shape, axis) for shape in SHAPES for axis in range(-len(shape), len(shape))]


@pytest.mark.parametrize(("shape", "axis"), LINES, ids=str)
def test_what_works_line_by_line_is_that_of_numpy(shape, axis):
    x, y = filled(shape), A(filled(shape))
    for f in ("sort", "argsort"):
        expected = getattr(numpy, f)(x, axis=axis, stable=True)
        same(getattr(xp, f)(y, axis=axis), expected)
    assert xp.sort(y, axis=axis, descending=True).tolist() == numpy.flip(
        numpy.sort(x, axis=axis), axis=axis).tolist()  # fmt: skip
    for f in ("cumulative_sum", "cumulative_prod"):
        for initial in (False, True):
            same(getattr(xp, f)(y, axis=axis, include_initial=initial),
                 getattr(numpy, f)(x, axis=axis, include_initial=initial), rtol=1e-14)  # fmt: skip
    same(xp.flip(y, axis=axis), numpy.flip(x, axis=axis))
    same(xp.roll(y, 2, axis=axis), numpy.roll(x, 2, axis=axis))
    same(xp.repeat(y, 2, axis=axis), numpy.repeat(x, 2, axis=axis))
    times = list(range(shape[axis]))
    same(xp.repeat(y, A(times, dtype=xp.int64), axis=axis), numpy.repeat(x, times, axis=axis))
    order = numpy.argsort(x, axis=axis)
    same(xp.take_along_axis(y, A(order), axis=axis), numpy.take_along_axis(x, order, axis=axis))
    same(xp.moveaxis(y, axis, 0), numpy.moveaxis(x, axis, 0))
    same(xp.concat([y, y], axis=axis), numpy.concat([x, x], axis=axis))
    same(xp.stack([y, y], axis=axis), numpy.stack([x, x], axis=axis))
    assert [p.tolist() for p in xp.unstack(y, axis=axis)] == [
        p.tolist() for p in numpy.unstack(x, axis=axis)]  # fmt: skip
    if shape[axis]:
        same(xp.diff(y, axis=axis, prepend=y), numpy.diff(x, axis=axis, prepend=x))
        same(xp.argmin(y, axis=axis, keepdims=True), numpy.argmin(x, axis=axis, keepdims=True))
        same(xp.argmax(y, axis=axis), numpy.argmax(x, axis=axis))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_what_works_on_the_flat_array_is_that_of_numpy(shape):
    x, y = filled(shape), A(filled(shape))
    same(xp.flip(y), numpy.flip(x))
    same(xp.roll(y, -2), numpy.roll(x, -2))
    same(xp.repeat(y, 3), numpy.repeat(x, 3))
    same(xp.tile(y, (2, 1, 2)), numpy.tile(x, (2, 1, 2)))
    same(xp.tile(y, ()), numpy.tile(x, ()))
    same(xp.concat([y, y], axis=None), numpy.concat([x, x], axis=None))
    same(xp.reshape(y, (-1, 1)) if x.size else y, x.reshape(-1, 1) if x.size else x)
    same(y[y > 0], x[x > 0])
    same(y[xp.zeros(shape, dtype=xp.bool)], x[numpy.zeros(shape, dtype=bool)])
    for i in range(len(shape)):
        same(xp.nonzero(y)[i], numpy.nonzero(x)[i])
        mask = [n % 2 == 0 for n in range(shape[0])]
        same(y[A(mask, dtype=xp.bool)], x[numpy.array(mask, dtype=bool)])
        same(y[..., None, ::-1], x[..., None, ::-1])
    two_and_more = len(shape) > 1
    if two_and_more:
        same(xp.tril(y, k=-1), numpy.tril(x, k=-1))
        same(xp.triu(y, k=1), numpy.triu(x, k=1))
        same(y.mT, x.mT)
        for to in [(-1, 0), (1, 0), (0, 1)]:
            same(xp.moveaxis(y, (0, 1), to), numpy.moveaxis(x, (0, 1), to))
        same(xp.tile(y, (2,)), numpy.tile(x, (2,)))
        same(xp.roll(y, (1, -1), axis=(0, 1)), numpy.roll(x, (1, -1), axis=(0, 1)))


def test_sorting_keeps_equal_entries_in_their_order():
    x = A([2, 1, 2, 1, 1])
    assert xp.argsort(x).tolist() == [1, 3, 4, 0, 2]
    assert xp.argsort(x, descending=True).tolist() == [0, 2, 1, 3, 4]
    assert repr(xp.sort(A([nan, 1.0, -inf, inf])).tolist()) == "[-inf, 1.0, inf, nan]"


# Products and creation -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "axes"),
    [
        ((2, 3, 4), (4, 3, 2), 1),
        ((2, 3, 4), (3, 4, 5), 2),
        ((2, 3), (4,), 0),
        ((2, 3, 4), (4, 2, 3), ((0, 2), (1, 0))),
        ((3,), (3,), 1),
        ((0, 3), (3, 2), 1),
        ((2, 0), (0, 2), 1),
        ((), (), 0),
        ((2, 3), (3, 2), ((-1,), (-2,))),
    ],
    ids=str,
)
def test_tensordot_is_that_of_numpy(first, second, axes):
    x, y = filled(first), filled(second)
    same(xp.tensordot(A(x), A(y), axes=axes), numpy.tensordot(x, y, axes=axes), rtol=1e-14)


@pytest.mark.parametrize("to", [(1, 0), (3, 0), (2, 1), (0, -1), (-1, -2)])
def test_axes_moved_to_any_places_are_where_numpy_has_them(to):
    x = numpy.arange(120).reshape(2, 3, 4, 5)
    same(xp.moveaxis(A(x), (0, 1), to), numpy.moveaxis(x, (0, 1), to))


VECTORS = [
    ((3,), (3,), -1),
    ((2, 3), (3,), -1),
    ((2, 1, 3), (4, 3), -1),
    ((0,), (0,), -1),
    ((2, 3), (4, 2, 1), -2),
    ((2, 3), (2, 3), 0),
]


@pytest.mark.parametrize(("first", "second", "axis"), VECTORS, ids=str)
def test_vecdot_is_that_of_numpy(first, second, axis):
    x, y = filled(first), filled(second)
    same(xp.vecdot(A(x), A(y), axis=axis), numpy.vecdot(x, y, axis=axis), rtol=1e-14)


@pytest.mark.parametrize("stop", [0, 5, 5.5, -3, 1e-3])
@pytest.mark.parametrize("start", [0, -2, 0.5])
@pytest.mark.parametrize("step", [1, 2, 0.1, -1, -0.25])
def test_arange_is_that_of_numpy(start, stop, step):
    found, expected = xp.arange(start, stop, step), numpy.arange(start, stop, step)
    assert (str(found.dtype), found.shape) == (str(expected.dtype), expected.shape)
    numpy.testing.assert_allclose(numpy.asarray(found), expected, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("k", [-2, -1, 0, 1, 3])
@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 2), (0, 2)], ids=str)
def test_eye_is_that_of_numpy(shape, k):
    same(xp.eye(*shape, k=k), numpy.eye(*shape, k=k))
    same(xp.eye(*shape, k=k, dtype=xp.bool), numpy.eye(*shape, k=k, dtype=bool))


@pytest.mark.parametrize("endpoint", [True, False])
@pytest.mark.parametrize("num", [0, 1, 2, 3, 50])
def test_linspace_is_that_of_numpy(num, endpoint):
    for start, stop in [(0, 1), (-1.5, 7), (3, 3), (1, -1)]:
        found = xp.linspace(start, stop, num, endpoint=endpoint)
        expected = numpy.linspace(start, stop, num, endpoint=endpoint)
        numpy.testing.assert_allclose(numpy.asarray(found), expected, rtol=1e-14, atol=1e-15)
        assert str(found.dtype) == "float64"


def test_arrays_go_to_numpy_and_come_back_the_same():
    for shape, dtype in product(SHAPES, ["float64", "int64", "bool"]):
        x = filled(shape, dtype)
        same(A(x), x)
        assert numpy.asarray(A(x)).dtype == x.dtype
        assert numpy.asarray(A(x), dtype="float32").dtype == "float32"
    with pytest.raises(ValueError, match="has to copy"):
        numpy.array(A([1.0]), copy=False)
