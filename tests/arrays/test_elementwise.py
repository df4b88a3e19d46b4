"""exp, log, ... of every entry: special values as IEEE 754 and NumPy have them."""

import math
import operator

import pytest

from tinygrad_rnn import arrays as xp

inf, nan = math.inf, math.nan
A = xp.asarray

BY_HAND = [
    (xp.exp(A([0.0, 1.0, 1000.0, -1000.0])), [1.0, math.e, inf, 0.0]),
    (xp.log(A([1.0, math.e, 0.0, -1.0, inf])), [0.0, 1.0, -inf, nan, inf]),
    (xp.sqrt(A([4.0, 2.25, 0.0, -1.0])), [2.0, 1.5, 0.0, nan]),
    (xp.tanh(A([0.0, 1e4, -1e4, nan])), [0.0, 1.0, -1.0, nan]),
    (xp.abs(A([-2.0, 0.0, -inf])), [2.0, 0.0, inf]),
    (xp.sign(A([-2.0, 0.0, 3.0, nan])), [-1.0, 0.0, 1.0, nan]),
    (xp.sign(A([-2, 0, 3])), [-1, 0, 1]),
    (xp.divide(A([1.0, -1.0, 0.0, nan]), 0.0), [inf, -inf, nan, nan]),
    (xp.divide(1.0, A([0.0, -0.0])), [inf, -inf]),
    (xp.divide(A([1, 3]), A([2, 0])), [0.5, inf]),
    (xp.pow(A([0.0, 0.0, -0.0, -8.0, 1e200]), A([0.0, -1.0, -1.0, 1 / 3, 2.0])),
     [1.0, inf, -inf, nan, inf]),
    (xp.pow(-1e200, A([3.0, 2.0])), [-inf, inf]),
    (xp.pow(A([2, 3]), A([10, 0])), [1024, 1]),
    (xp.maximum(A([1.0, nan, 2.0]), A([3.0, 1.0, nan])), [3.0, nan, nan]),
    (xp.maximum(A([-1.0, 2.0]), 0.0), [0.0, 2.0]),
    (xp.maximum(0.0, A([-1.0, 2.0])), [0.0, 2.0]),
    (xp.maximum(A([1, 3]), 2), [2, 3]),
    (xp.minimum(A([1.0, nan, 2.0]), A([3.0, 1.0, nan])), [1.0, nan, nan]),
    (xp.minimum(A([1, 3]), 2), [1, 2]),
    (xp.minimum(0.0, A([-1.0, 2.0])), [-1.0, 0.0]),
    (xp.expm1(A([0.0, 1e-20, 1000.0, -1000.0])), [0.0, 1e-20, inf, -1.0]),
    (xp.log1p(A([0.0, 1e-20, -1.0, -2.0, inf])), [0.0, 1e-20, -inf, nan, inf]),
    (xp.sin(A([0.0, math.pi / 2, inf])), [0.0, 1.0, nan]),
    (xp.cos(A([0.0, math.pi, -inf])), [1.0, -1.0, nan]),
    (xp.tan(A([0.0, inf])), [0.0, nan]),
    (xp.sinh(A([0.0, 1000.0, -1000.0])), [0.0, inf, -inf]),
    (xp.cosh(A([0.0, 1000.0, -1000.0])), [1.0, inf, inf]),
    (xp.erf(A([0.0, 10.0, -inf, nan])), [0.0, 1.0, -1.0, nan]),
    (xp.isfinite(A([1.0, inf, -inf, nan])), [True, False, False, False]),
    (xp.logical_not(A([0.0, 2.0])), [True, False]),
    (xp.logical_not(A([True, False])), [False, True]),
    (xp.equal(A([1.0, nan]), A([1.0, nan])), [True, False]),
    (xp.add(A([1.0]), A([[2.0], [3.0]])), [[3.0], [4.0]]),
    (xp.subtract(A([1.0]), 3.0), [-2.0]),
    (xp.multiply(A([2.0]), A([4.0])), [8.0]),
    (xp.where(A([True, False]), A([1.0, 2.0]), 0.0), [1.0, 0.0]),
    (xp.where(A([[True], [False]]), A([1.0, 2.0]), A([3.0])), [[1.0, 2.0], [3.0, 3.0]]),
    (xp.where(True, A([1.0, 2.0]), 5.0), [1.0, 2.0]),
    (xp.where(A([True, False]), 1, 2), [1, 2]),
    (xp.where(A([True, False]), 1, 2.5), [1.0, 2.5]),
    (xp.exp(A([0, 1])), [1.0, math.e]),
]  # fmt: skip

SPECIAL = [-inf, -1e308, -2.5, -1.0, -1e-300, -0.0, 0.0, 1e-300, 0.5, 1.0, 3.0, 710.0, 1e308, inf]


@pytest.mark.parametrize(("found", "expected"), BY_HAND, ids=range(len(BY_HAND)))
def test_every_entry_is_the_number_that_ieee_754_says(found, expected):
    assert repr(found.tolist()) == repr(expected)


ONE = ["exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh"]
ONE += ["abs", "sign", "isfinite"]
TWO = ["add", "subtract", "multiply", "divide", "pow", "maximum", "minimum"]


@pytest.mark.parametrize("name", ONE)
def test_functions_of_one_array_agree_with_numpy_on_special_values(name):
    numpy = pytest.importorskip("numpy")
    values = [*SPECIAL, nan]
    with numpy.errstate(all="ignore"):
        expected = getattr(numpy, name)(numpy.array(values))
    found = getattr(xp, name)(A(values))
    numpy.testing.assert_allclose(numpy.asarray(found), expected, rtol=1e-15)
    one_by_one = [getattr(xp, name)(A(value)).item() for value in values]
    assert repr(one_by_one) == repr(found.tolist())


@pytest.mark.parametrize("name", TWO)
def test_functions_of_two_arrays_agree_with_numpy_on_special_values(name):
    numpy = pytest.importorskip("numpy")
    row = numpy.array([*SPECIAL, nan])
    column = row[:, None]
    with numpy.errstate(all="ignore"):
        expected = getattr(numpy, name)(column, row)
    found = getattr(xp, name)(A(column), A(row))
    numpy.testing.assert_allclose(numpy.asarray(found), expected, rtol=1e-15)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 3), (2, 0, 3)], ids=str)
@pytest.mark.parametrize("name", ["exp", "tanh", "abs", "sign", "logical_not", "isfinite"])
def test_the_shape_and_the_dtype_are_those_of_numpy(name, shape):
    numpy = pytest.importorskip("numpy")
    x = numpy.linspace(-1, 1, int(numpy.prod(shape))).reshape(shape)
    expected = numpy.asarray(getattr(numpy, name)(x))
    found = getattr(xp, name)(A(x))
    assert (found.shape, str(found.dtype)) == (expected.shape, str(expected.dtype))
    numpy.testing.assert_allclose(numpy.asarray(found), expected, rtol=1e-15)


@pytest.mark.parametrize("x", [-6.0, -1.5, -1e-8, 0.3, 2.0])
def test_erf_is_the_integral_of_the_bell_curve(x):
    n = 2000  # Simpson's rule
    points = [math.exp(-((x * i / n) ** 2)) for i in range(n + 1)]
    weighted = points[0] + 4 * sum(points[1::2]) + 2 * sum(points[2:-1:2]) + points[-1]
    expected = 2 / math.sqrt(math.pi) * (x / n / 3 * weighted)
    assert xp.erf(A([x])).tolist() == pytest.approx([expected], rel=1e-10)


def test_minimum_of_two_numbers_asks_for_an_array():
    with pytest.raises(TypeError, match="minimum: needs an Array.* got float and float"):
        xp.minimum(1.0, 2.0)


def test_maximum_of_two_numbers_asks_for_an_array():
    with pytest.raises(TypeError, match="maximum: needs an Array.* got float and float"):
        xp.maximum(1.0, 2.0)
    with pytest.raises(TypeError, match="maximum: needs an Array.* got Array and str"):
        xp.maximum(A([1.0]), "b")


def test_broadcasting_agrees_with_numpy_for_any_two_arrays():
    numpy = pytest.importorskip("numpy")
    hypothesis = pytest.importorskip("hypothesis")
    st = hypothesis.strategies
    shape = st.lists(st.integers(0, 3), max_size=3).map(tuple)

    @hypothesis.settings(max_examples=200, deadline=None)
    @hypothesis.given(shape, shape, st.sampled_from([operator.add, operator.mul, operator.lt]))
    def agrees(first, second, f):
        x = numpy.arange(numpy.prod(first, dtype=int)).reshape(first) - 2.0
        y = numpy.arange(numpy.prod(second, dtype=int)).reshape(second) * 0.5
        try:
            expected = f(x, y)
        except ValueError:
            hypothesis.reject()
        found = f(A(x), A(y))
        assert (found.shape, found.tolist()) == (expected.shape, expected.tolist())

    agrees()
