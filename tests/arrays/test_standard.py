"""The array API standard, 2024.12: names, signatures, promotion, and laws for any arrays."""

import importlib
import inspect
import math
import operator
import pkgutil
import re
import sys

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import arrays as xp

A = xp.asarray
MOST = 2**63 - 1

SIGNATURES = """
abs(x, /)  acos(x, /)  acosh(x, /)  asin(x, /)  asinh(x, /)  atan(x, /)  atanh(x, /)  ceil(x, /)
conj(x, /)  cos(x, /)  cosh(x, /)  exp(x, /)  expm1(x, /)  floor(x, /)  isfinite(x, /)  isinf(x, /)
isnan(x, /)  log(x, /)  log1p(x, /)  log2(x, /)  log10(x, /)  logical_not(x, /)  negative(x, /)
positive(x, /)  reciprocal(x, /)  round(x, /)  sign(x, /)  signbit(x, /)  sin(x, /)  sinh(x, /)
square(x, /)  sqrt(x, /)  tan(x, /)  tanh(x, /)  trunc(x, /)  nonzero(x, /)  matrix_transpose(x, /)
add(x1, x2, /)  atan2(x1, x2, /)  copysign(x1, x2, /)  divide(x1, x2, /)  equal(x1, x2, /)
floor_divide(x1, x2, /)  greater(x1, x2, /)  greater_equal(x1, x2, /)  hypot(x1, x2, /)
less(x1, x2, /)  less_equal(x1, x2, /)  logaddexp(x1, x2, /)  logical_and(x1, x2, /)
logical_or(x1, x2, /)  logical_xor(x1, x2, /)  maximum(x1, x2, /)  minimum(x1, x2, /)
multiply(x1, x2, /)  nextafter(x1, x2, /)  not_equal(x1, x2, /)  pow(x1, x2, /)
remainder(x1, x2, /)  subtract(x1, x2, /)  matmul(x1, x2, /)
clip(x, /, min=None, max=None)  where(condition, x1, x2, /)
arange(start, /, stop=None, step=1, *, dtype=None, device=None)
asarray(obj, /, *, dtype=None, device=None, copy=None)
empty(shape, *, dtype=None, device=None)  empty_like(x, /, *, dtype=None, device=None)
eye(n_rows, n_cols=None, /, *, k=0, dtype=None, device=None)
full(shape, fill_value, *, dtype=None, device=None)
full_like(x, /, fill_value, *, dtype=None, device=None)
linspace(start, stop, /, num, *, dtype=None, device=None, endpoint=True)
ones(shape, *, dtype=None, device=None)  ones_like(x, /, *, dtype=None, device=None)
tril(x, /, *, k=0)  triu(x, /, *, k=0)
zeros(shape, *, dtype=None, device=None)  zeros_like(x, /, *, dtype=None, device=None)
astype(x, dtype, /, *, copy=True, device=None)  can_cast(from_, to, /)  finfo(type, /)
iinfo(type, /)  isdtype(dtype, kind)  result_type(*arrays_and_dtypes)
max(x, /, *, axis=None, keepdims=False)  min(x, /, *, axis=None, keepdims=False)
mean(x, /, *, axis=None, keepdims=False)  prod(x, /, *, axis=None, dtype=None, keepdims=False)
std(x, /, *, axis=None, correction=0.0, keepdims=False)
sum(x, /, *, axis=None, dtype=None, keepdims=False)
var(x, /, *, axis=None, correction=0.0, keepdims=False)
cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=False)
cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False)
all(x, /, *, axis=None, keepdims=False)  any(x, /, *, axis=None, keepdims=False)
diff(x, /, *, axis=-1, n=1, prepend=None, append=None)
argmax(x, /, *, axis=None, keepdims=False)  argmin(x, /, *, axis=None, keepdims=False)
count_nonzero(x, /, *, axis=None, keepdims=False)
argsort(x, /, *, axis=-1, descending=False, stable=True)
sort(x, /, *, axis=-1, descending=False, stable=True)
tensordot(x1, x2, /, *, axes=2)  vecdot(x1, x2, /, *, axis=-1)
broadcast_arrays(*arrays)  broadcast_to(x, /, shape)  concat(arrays, /, *, axis=0)
expand_dims(x, /, axis)  flip(x, /, *, axis=None)  moveaxis(x, source, destination, /)
permute_dims(x, /, axes)  repeat(x, repeats, /, *, axis=None)  reshape(x, /, shape, *, copy=None)
roll(x, /, shift, *, axis=None)  squeeze(x, /, axis)  stack(arrays, /, *, axis=0)
tile(x, repetitions, /)  unstack(x, /, *, axis=0)
take(x, indices, /, *, axis=None)  take_along_axis(x, indices, /, *, axis=-1)
"""
EACH = re.findall(r"(\w+)\((.*?)\)(?=\s)", SIGNATURES)


@pytest.mark.parametrize(("name", "expected"), EACH, ids=[name for name, _ in EACH])
def test_a_function_takes_what_the_standard_says(name, expected):
    found = inspect.signature(getattr(xp, name))
    bare = [p.replace(annotation=p.empty) for p in found.parameters.values()]
    assert str(inspect.Signature(bare)) == f"({expected})"
    assert getattr(xp, name).__name__ == name


def test_every_public_name_is_of_the_standard_or_known_to_be_ours():
    standard = {name for name, _ in EACH} | {"bool", "int64", "float64", "e", "inf", "nan", "pi"}
    standard |= {"newaxis", "__array_api_version__", "__array_namespace_info__"}
    assert set(xp.__all__) - standard == {"Array", "DType", "erf", "namespace", "scatter_add"}
    assert standard <= set(xp.__all__)


@pytest.mark.parametrize("extension", ["linalg", "fft"])
def test_an_extension_that_is_not_there_is_not_found(extension):
    for module in pkgutil.iter_modules(xp.__path__):
        importlib.import_module(f"{xp.__name__}.{module.name}")
    assert not hasattr(xp, extension)  # which is how the standard tells whether it is there


def test_the_namespace_says_what_it_is():
    info = xp.__array_namespace_info__()
    assert xp.__array_api_version__ == "2024.12"
    assert A(1).__array_namespace__(api_version="2024.12") is xp
    assert info.capabilities() == {
        "boolean indexing": True, "data-dependent shapes": True, "max dimensions": sys.maxsize,
    }  # fmt: skip
    assert (info.default_device(), info.devices()) == ("cpu", ["cpu"])
    assert info.default_dtypes(device="cpu") == {
        "real floating": xp.float64, "integral": xp.int64, "indexing": xp.int64,
    }  # fmt: skip
    assert list(info.dtypes()) == ["bool", "int64", "float64"]
    assert list(info.dtypes(kind=("signed integer", "unsigned integer"))) == ["int64"]
    assert info.dtypes(kind="complex floating") == {}
    assert (xp.e, xp.pi, xp.inf, xp.newaxis) == (math.e, math.pi, math.inf, None)
    assert math.isnan(xp.nan)


def test_the_dtypes_say_what_they_hold():
    assert xp.iinfo(xp.int64)[:3] == (64, MOST, -MOST - 1)
    limits = xp.finfo(A(1.0))
    assert (limits.eps, limits.smallest_normal) == (2.0**-52, 2.0**-1022)
    assert (limits.max, limits.min) == (1.7976931348623157e308, -1.7976931348623157e308)
    assert limits.dtype is xp.float64
    kinds = ["bool", "signed integer", "integral", "real floating", "numeric", "complex floating"]
    assert [xp.isdtype(xp.int64, kind) for kind in kinds] == [False, True, True, False, True, False]
    assert xp.isdtype(xp.bool, ("numeric", "bool"))
    assert not xp.isdtype(xp.bool, xp.int64)


# Promotion -------------------------------------------------------------------------------------

FLOATS, INTS, TRUTHS = A([1.0, 2.0]), A([1, 2]), A([True, False])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((FLOATS, FLOATS), xp.float64),
        ((INTS, 3), xp.int64),
        ((FLOATS, 3), xp.float64),
        ((xp.float64, 3), xp.float64),
        ((TRUTHS, True), xp.bool),
        ((xp.int64, INTS), xp.int64),
        ((1, 2.5), xp.float64),
    ],
)
def test_a_python_number_takes_the_dtype_of_the_array(given, expected):
    assert xp.result_type(*given) is expected


@pytest.mark.parametrize("f", [xp.add, xp.less, xp.where, xp.matmul, xp.concat, xp.result_type])
def test_arrays_of_two_kinds_do_not_mix(f):
    arguments = {xp.where: (TRUTHS, FLOATS, INTS), xp.concat: ([FLOATS, INTS],)}
    with pytest.raises(TypeError, match="float64 and int64 arrays do not mix: use astype"):
        f(*arguments.get(f, (FLOATS, INTS)))


@pytest.mark.parametrize("f", [operator.add, operator.lt, operator.floordiv, xp.maximum])
def test_a_float_does_not_join_whole_numbers(f):
    with pytest.raises(TypeError, match=r"the float64 2.5 does not join an array of int64"):
        f(INTS, 2.5)


def test_can_cast_is_true_of_a_dtype_and_itself():
    assert xp.can_cast(FLOATS, xp.float64)
    assert not xp.can_cast(xp.int64, xp.float64)


# Operators -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (A([7, -7]) // 2, [3, -4]),
        (7 // A([2, -2]), [3, -4]),
        (A([7.5, -7.5]) % 2, [1.5, 0.5]),
        (7 % A([4, -4]), [3, -1]),
        (2 ** A([1.0, -1.0]), [2.0, 0.5]),
        (A([True, False]) & A([True, True]), [True, False]),
        (True ^ A([True, False]), [False, True]),
        (A([6, 5]) & 3, [2, 1]),
        (4 | A([1, 2]), [5, 6]),
        (~A([True, False]), [False, True]),
        (~A([0, 5]), [-1, -6]),
        (1 - A([1, 2]), [0, -1]),
        (complex(A(2.0)), 2 + 0j),
        ([10, 20, 30][A(1)], 20),
    ],
)
def test_every_operator_works_entry_by_entry(found, expected):
    plain = found.tolist() if isinstance(found, xp.Array) else found
    assert repr(plain) == repr(expected)


def test_an_augmented_assignment_binds_the_name_anew():
    a = b = A([1.0])
    a += 1
    assert (a.tolist(), b.tolist()) == ([2.0], [1.0])


def test_there_is_one_device():
    assert FLOATS.to_device("cpu") is FLOATS
    assert FLOATS.device == "cpu"
    for f in (xp.zeros, xp.asarray, xp.eye, xp.arange):
        with pytest.raises(ValueError, match="device is 'gpu', there is only \"cpu\""):
            f(1, device="gpu")


# Masks -----------------------------------------------------------------------------------------

M = A([[1, 2, 3], [4, 5, 6]])


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (M > 2, [3, 4, 5, 6]),
        (A([False, True]), [[4, 5, 6]]),
        ([False, True], [[4, 5, 6]]),
        ((slice(None), [True, False, True]), [[1, 3], [4, 6]]),
        ((0, [True, False, True]), [1, 3]),
        (A(True), [[[1, 2, 3], [4, 5, 6]]]),
        (False, []),
        ((..., A([False, False, True])), [[3], [6]]),
        (xp.zeros((0, 3), dtype=xp.bool), []),
    ],
    ids=str,
)
def test_a_mask_picks_the_places_where_it_is_true(key, expected):
    assert M[key].tolist() == expected


@pytest.mark.parametrize("shape", [(3,), (2, 2), (3, 3), (1, 3)])
def test_a_mask_of_another_shape_fits_nothing(shape):
    with pytest.raises(IndexError, match="a mask of length . does not fit an axis of ."):
        M[xp.ones(shape, dtype=xp.bool)]
    with pytest.raises(IndexError, match="is no index into"):
        M[xp.ones((2, 3, 1), dtype=xp.bool)]


# Bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (lambda: A([[1], [1, 2]]), ValueError, "ragged list .* lengths 1 and 2"),
        (lambda: A([1, [2]]), ValueError, "ragged list .* numbers beside lists"),
        (lambda: A([1, "2"]), TypeError, "an array holds bool, int or float, got str"),
        (lambda: A([1, None]), TypeError, "got NoneType"),
        (lambda: A(1j), TypeError, "got complex"),
        (lambda: A([1], copy=False), ValueError, "asarray: list cannot become .* without a copy"),
        (lambda: A(2**63), OverflowError, "asarray: .* overflows int64"),
        (lambda: A([10**400, 1.0]), OverflowError, "asarray: int too large"),
        (lambda: xp.astype(A(xp.nan), xp.int64), ValueError, "astype: cannot convert float NaN"),
        (lambda: xp.astype(A(1e30), xp.int64), OverflowError, "astype: .* of 101 bits overflows"),
        (lambda: A(MOST) + 1, OverflowError, "add: .* overflows int64"),
        (lambda: A([MOST]) * A([2]), OverflowError, "multiply: .* overflows int64"),
        (lambda: -A(-MOST - 1), OverflowError, "negative: .* overflows"),
        (lambda: abs(A(-MOST - 1)), OverflowError, "abs: .* overflows"),
        (lambda: A(10) ** 20, OverflowError, "pow: .* overflows"),
        (lambda: A(10) ** 10**9, OverflowError, "pow: .* overflows"),
        (lambda: A(2) ** -1, ValueError, "pow: 2 to the power -1 is no whole number"),
        (lambda: xp.sum(A([MOST, 1])), OverflowError, "sum: .* overflows"),
        (lambda: xp.prod(A([MOST, 2])), OverflowError, "prod: .* overflows"),
        (lambda: xp.prod(xp.full(999, MOST)), OverflowError, "prod: .* overflows"),
        (lambda: xp.floor(TRUTHS), TypeError, "floor: truth values have no arithmetic"),
        (lambda: xp.cumulative_sum(A([MOST, 1])), OverflowError, "cumulative_sum: .* overflows"),
        (lambda: xp.matmul(A([MOST, 1]), A([1, 1])), OverflowError, "matmul: .* overflows"),
        (lambda: A(1) // 0, ValueError, "floor_divide: 1 by 0 is no whole number"),
        (lambda: A(1) % 0, ValueError, "remainder: 1 by 0 is no whole number"),
        (lambda: FLOATS + A([1.0, 2.0, 3.0]), ValueError, r"add: shapes \(2,\) and \(3,\) do not"),
        (lambda: xp.broadcast_arrays(FLOATS, A([1, 2, 3])), ValueError, "broadcast_arrays: shapes"),
        (lambda: TRUTHS + TRUTHS, TypeError, "add: truth values have no arithmetic"),
        (lambda: -TRUTHS, TypeError, "negative: truth values have no arithmetic"),
        (lambda: FLOATS & True, TypeError, "&: is for bool and int64 arrays, got float64"),
        (lambda: ~FLOATS, TypeError, "~: is for bool and int64 arrays, got float64"),
        (lambda: xp.sum(M, axis=2), IndexError, "^sum: axis 2 is out of range"),
        (lambda: xp.sum(M, axis=(0, -2)), ValueError, "^sum: an axis is repeated"),
        (lambda: xp.reshape(M, (4, 2)), ValueError, "reshape: 6 entries do not fit the shape"),
        (lambda: xp.squeeze(M, 0), ValueError, r"squeeze: axis 0 of shape \(2, 3\) is not of"),
        (lambda: xp.moveaxis(M, (0, 1), (0, 0)), ValueError, "moveaxis: .* twice"),
        (lambda: xp.roll(M, (1, 2), axis=0), ValueError, r"roll: shift \(1, 2\) does not fit"),
        (lambda: xp.repeat(M, A([1, 2]), axis=1), ValueError, "repeat: .* an axis of length 3"),
        (lambda: xp.nonzero(A(1)), ValueError, "nonzero: needs an axis"),
        (lambda: xp.take_along_axis(M, A([0])), ValueError, "take_along_axis: indices"),
        (lambda: xp.take_along_axis(M, A([[3], [0]])), IndexError, "index 3 is out of range"),
        (lambda: xp.vecdot(A([1.0]), FLOATS), ValueError, "vecdot: axis -1 of .* equally long"),
        (lambda: xp.vecdot(M, A([1, 2]), axis=-2), IndexError, "^vecdot: axis -2 is out of range"),
        (lambda: xp.vecdot(M, A([M, M]), axis=0), ValueError, r"vecdot: axis is 0: \(2, 3\) and"),
        (lambda: xp.tensordot(M, M, axes=1), ValueError, "tensordot: axes .* differ in length"),
        (lambda: xp.tensordot(M, M, axes=-1), ValueError, "tensordot: axes is -1: 0 axes"),
        (lambda: xp.linspace(0, 1, -1), ValueError, "linspace: num is -1"),
        (lambda: xp.iinfo(xp.float64), TypeError, "iinfo: is for int64, got float64"),
        (lambda: xp.isdtype(xp.bool, "truth"), ValueError, "isdtype: there is no kind 'truth'"),
        (lambda: xp.result_type(), TypeError, "result_type: needs at least one"),
        (lambda: xp.result_type(xp.int64, 2.5), TypeError, "the float64 does not join int64"),
        (lambda: A(1).__array_namespace__(api_version="1999.1"), ValueError, "2024.12, not 1999.1"),
        (lambda: xp.add(FLOATS, "1"), TypeError, "add: needs an Array.* got Array and str"),
    ],
)  # fmt: skip
def test_what_does_not_fit_names_the_function_and_what_it_got(wrong, error, text):
    with pytest.raises(error, match=text):
        wrong()


ARGUMENTS = {
    "broadcast_to": (M,), "concat": ([M],), "expand_dims": (M,), "repeat": (M, 2), "roll": (M, 1),
    "squeeze": (M,), "stack": ([M],), "take": (M, A([0])), "take_along_axis": (M, A([[0]])),
    "vecdot": (M, M),
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name, taken in EACH if "axis" in taken])
@pytest.mark.parametrize(("axis", "error"), [(-9, IndexError), (1.5, TypeError)])
def test_a_function_names_itself_where_there_is_no_such_axis(name, axis, error):
    with pytest.raises(error, match=f"^{name}: ") as raised:
        getattr(xp, name)(*ARGUMENTS.get(name, (M,)), axis=axis)
    assert str(axis) in str(raised.value)


def test_several_arrays_come_as_the_list_or_the_tuple_that_the_standard_says():
    assert type(xp.broadcast_arrays(FLOATS, A(0.0))) is list
    assert type(xp.unstack(M)) is type(xp.nonzero(M)) is tuple


# Laws for any arrays ---------------------------------------------------------------------------


def test_any_key_of_any_array_reads_what_nested_lists_would():
    hypothesis, arrays, xps = strategies()

    @hypothesis.given(hypothesis.strategies.data(), arrays(xps.array_shapes(max_side=4)))
    def holds(data, x):
        numpy = pytest.importorskip("numpy")
        key = data.draw(xps.indices(x.shape, allow_newaxis=True))
        expected = numpy.asarray(x)[key]
        assert x[key].shape == expected.shape
        assert repr(x[key].tolist()) == repr(expected.tolist())

    holds()


def test_any_shapes_that_broadcast_do_so_in_every_function():
    hypothesis, _, xps = strategies()

    @hypothesis.given(xps.mutually_broadcastable_shapes(3))
    def holds(given):
        x, y, z = map(xp.ones, given.input_shapes)
        assert (x + y - z).shape == given.result_shape
        assert xp.where(x > 0, y, z).shape == given.result_shape
        assert [a.shape for a in xp.broadcast_arrays(x, y, z)] == [given.result_shape] * 3

    holds()


def test_axes_moved_flipped_and_stacked_come_back():
    hypothesis, arrays, xps = strategies()

    @hypothesis.given(hypothesis.strategies.data(), arrays(xps.array_shapes(min_side=0)))
    def holds(data, x):
        axis = data.draw(hypothesis.strategies.integers(-x.ndim, x.ndim - 1))
        axes = data.draw(xps.valid_tuple_axes(x.ndim))
        for back in (
            xp.moveaxis(xp.moveaxis(x, axis, 0), 0, axis),
            xp.flip(xp.flip(x, axis=axes), axis=axes),
            xp.roll(xp.roll(x, 3, axis=axes), -3, axis=axes),
            xp.squeeze(xp.expand_dims(x, axis), axis),
            xp.reshape(xp.concat([x], axis=None), x.shape),
            xp.take_along_axis(x, xp.broadcast_to(positions(x, axis), x.shape), axis=axis),
            *([xp.stack(xp.unstack(x, axis=axis), axis=axis)] if x.shape[axis] else []),
        ):
            assert back.shape == x.shape
            assert repr(back.tolist()) == repr(x.tolist())
        assert xp.sum(x, axis=axes, keepdims=True).ndim == x.ndim

    holds()


def positions(x, axis):
    """0, 1, 2, ... along the axis of x, in a shape that broadcasts to x's."""
    lengths = [1] * x.ndim
    lengths[axis] = x.shape[axis]
    return xp.reshape(xp.arange(x.shape[axis]), lengths)


def strategies():
    """hypothesis, a strategy for arrays of small numbers in some shapes, and the others."""
    hypothesis = pytest.importorskip("hypothesis")
    extra = pytest.importorskip("hypothesis.extra.array_api")
    xps = extra.make_strategies_namespace(xp)
    small = {"min_value": -100, "max_value": 100}

    def arrays(shapes):
        return xps.arrays("int64", shapes, elements=small) | xps.arrays("float64", shapes)

    return hypothesis, arrays, xps


def test_a_shape_is_a_tuple_of_ints_whatever_its_lengths_came_as():
    for shape in (2, (A(2),), [2], (True, 2)):
        found = xp.zeros(shape).shape
        assert found in {(2,), (1, 2)}
        assert set(map(type, found)) == {int}
    assert set(map(type, xp.broadcast_to(A([1.0]), (A(2), 3)).shape)) == {int}
    assert set(map(type, tg.broadcast_to(A([1.0]), (A(2), 3)).shape)) == {int}
