"""The namespace of a float gives what the namespace of an array of no dimensions gives."""

import math

import pytest

from tinygrad_rnn import arrays as xp
from tinygrad_rnn.arrays import scalars

inf, nan = math.inf, math.nan
SPECIAL = [-inf, -1e200, -2.5, -2.0, -1.0, -0.0, 0.0, 0.25, 1.0, 2.0, 3.0, 710.0, 1e200, inf, nan]

BY_HAND = [
    (scalars.exp(710.0), inf),
    (scalars.exp(-inf), 0.0),
    (scalars.log(0.0), -inf),
    (scalars.log(-1.0), nan),
    (scalars.sqrt(-1.0), nan),
    (scalars.expm1(710.0), inf),
    (scalars.expm1(1e-20), 1e-20),
    (scalars.log1p(1e-20), 1e-20),
    (scalars.log1p(-1.0), -inf),
    (scalars.log1p(-2.0), nan),
    (scalars.sin(inf), nan),
    (scalars.cos(-inf), nan),
    (scalars.tan(inf), nan),
    (scalars.sinh(-1000.0), -inf),
    (scalars.cosh(-1000.0), inf),
    (scalars.erf(inf), 1.0),
    (scalars.divide(1.0, 0.0), inf),
    (scalars.divide(1.0, -0.0), -inf),
    (scalars.divide(-1, 0), -inf),
    (scalars.divide(0.0, 0.0), nan),
    (scalars.divide(nan, 0.0), nan),
    (scalars.pow(0.0, 0.0), 1.0),
    (scalars.pow(nan, 0.0), 1.0),
    (scalars.pow(0.0, -2.0), inf),
    (scalars.pow(-0.0, -3.0), -inf),
    (scalars.pow(-0.0, -2.0), inf),
    (scalars.pow(-8.0, 1 / 3), nan),
    (scalars.pow(-10.0, 999.0), -inf),
    (scalars.pow(-10.0, 1000.0), inf),
    (scalars.abs(-3.5), 3.5),
    (scalars.maximum(1.0, nan), nan),
    (scalars.maximum(nan, 1.0), nan),
    (scalars.maximum(1.0, 2.0), 2.0),
    (scalars.maximum(1.0, 2), 2.0),
    (scalars.minimum(1.0, nan), nan),
    (scalars.minimum(nan, 1.0), nan),
    (scalars.minimum(1, 2.0), 1.0),
    (scalars.min(3.0), 3.0),
    (scalars.sign(-3.0), -1.0),
    (scalars.sign(nan), nan),
    (scalars.sum(3.0), 3.0),
    (scalars.mean(3.0, axis=()), 3.0),
    (scalars.max(3.0, axis=None, keepdims=True), 3.0),
    (scalars.reshape(3.0, ()), 3.0),
    (scalars.broadcast_to(3.0, ()), 3.0),
    (scalars.where(True, 1.0, 2.0), 1.0),
    (scalars.where(False, 1.0, 2.0), 2.0),
    (scalars.where(True, 1, 2.0), 1.0),
]


@pytest.mark.parametrize(("found", "expected"), BY_HAND, ids=range(len(BY_HAND)))
def test_a_function_of_a_float_gives_what_ieee_754_says(found, expected):
    assert repr(found) == repr(expected)


ONE = ["exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "erf"]
ONE += ["abs", "sign", "isfinite"]


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("x", SPECIAL)
def test_a_function_of_a_float_is_that_of_an_array_of_no_dimensions(name, x):
    found = getattr(scalars, name)(x)
    assert repr(found) == repr(getattr(xp, name)(xp.asarray(x)).item())


@pytest.mark.parametrize("name", ["divide", "pow", "maximum", "minimum"])
@pytest.mark.parametrize("x", SPECIAL)
def test_a_function_of_two_floats_agrees_with_numpy(name, x):
    numpy = pytest.importorskip("numpy")
    with numpy.errstate(all="ignore"):
        expected = [getattr(numpy, name)(x, y) for y in SPECIAL]
    found = [getattr(scalars, name)(x, y) for y in SPECIAL]
    numpy.testing.assert_allclose(found, expected, rtol=1e-15)


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min"])
def test_a_float_has_no_axis(name):
    with pytest.raises(IndexError, match=f"{name}: a float has no axis 0"):
        getattr(scalars, name)(1.0, axis=0)


@pytest.mark.parametrize("name", ["reshape", "broadcast_to"])
def test_a_float_has_no_other_shape(name):
    text = rf"{name}: a float has the shape \(\), not \(1,\): use an Array"
    with pytest.raises(ValueError, match=text):
        getattr(scalars, name)(1.0, (1,))


def test_what_a_float_cannot_do_is_said_in_its_own_words():
    with pytest.raises(AttributeError, match="a float has no matmul: use an Array"):
        scalars.matmul(1.0, 2.0)
