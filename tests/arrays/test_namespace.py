"""Which functions are for which value, and what namespaces have no name for."""

import math

import pytest

from tinygrad_rnn import arrays as xp
from tinygrad_rnn.arrays import scalars
from tinygrad_rnn.arrays.namespace import erf, like, namespace, norm, ones_like, scatter_add, shape

A = xp.asarray([1.0, 2.0])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((2.0,), scalars),
        ((2,), scalars),
        ((True,), scalars),
        ((2.0, 3), scalars),
        ((A,), xp),
        ((2.0, A), xp),
        ((A, 2.0), xp),
        ((1, 2.0, A), xp),
    ],
)
def test_the_first_value_that_is_more_than_a_number_decides(values, expected):
    assert namespace(*values) is expected


def test_a_numpy_float_is_numpys_although_it_is_a_python_float():
    numpy = pytest.importorskip("numpy")
    assert namespace(numpy.float64(2)) is numpy
    assert namespace(numpy.zeros(2)) is numpy
    assert namespace(2.0, numpy.float64(2)) is numpy


@pytest.mark.parametrize("value", ["text", [1.0], None, 1j, object], ids=repr)
def test_what_is_no_value_is_a_type_error_with_a_hint(value):
    text = f"{type(value).__name__} is no value to compute with: use a float, an Array.*asarray"
    with pytest.raises(TypeError, match=text):
        namespace(value)
    with pytest.raises(TypeError, match=text):
        namespace(1.0, value)


def test_a_torch_tensor_is_refused_with_a_hint():
    torch = pytest.importorskip("torch")
    with pytest.raises(TypeError, match="Tensor is no value .* torch: array_api_compat"):
        namespace(torch.zeros(2))


def test_the_shape_of_a_number_is_empty():
    assert (shape(2.0), shape(A), shape(xp.asarray(1.0))) == ((), (2,), ())


def test_like_makes_a_value_of_the_same_kind_and_dtype():
    assert like(3, 2.0) == 3.0
    assert type(like(3, 2.0)) is float
    assert like([3, 4], A).dtype is xp.float64
    assert ones_like(7.0) == 1.0
    assert ones_like(A).tolist() == [1.0, 1.0]


def test_like_keeps_the_dtype_of_a_numpy_array():
    numpy = pytest.importorskip("numpy")
    single = numpy.zeros(2, dtype="float32")
    assert like([1, 2], single).dtype == numpy.float32
    assert ones_like(single).dtype == numpy.float32


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (xp.asarray([[3.0], [4.0]]), 5.0),
        (-2.0, 2.0),
        (xp.zeros((0, 3)), 0.0),
        (xp.asarray([3e200, 4e200]), 5e200),
        (xp.asarray([3e-200, 4e-200]), 5e-200),
        (xp.asarray([math.inf, 1.0]), math.inf),
        (xp.asarray(-7.0), 7.0),
    ],
    ids=str,
)
def test_the_norm_neither_overflows_nor_underflows(x, expected):
    assert math.isclose(norm(x), expected)


@pytest.mark.parametrize(
    ("key", "picked"), [([0, 2, 2], [1.0, 2.0, 5.0]), (1, 4.0), (slice(0, 3, 2), [1.0, 2.0])]
)
def test_scatter_add_is_the_same_for_arrays_and_for_numpy(key, picked):
    numpy = pytest.importorskip("numpy")
    ours = scatter_add(xp.asarray(picked), key, (3,))
    theirs = scatter_add(numpy.asarray(picked), key, (3,))
    assert ours.tolist() == theirs.tolist()
    assert numpy.float64(sum(ours.tolist())) == numpy.sum(picked)


def test_erf_is_there_for_every_kind_of_value():
    expected = [math.erf(1.0), math.erf(2.0)]
    assert erf(2.0) == expected[1]
    assert erf(A).tolist() == expected
    numpy = pytest.importorskip("numpy")
    assert erf(numpy.asarray([[1.0, 2.0]])).tolist() == [expected]
    assert erf(numpy.asarray([1.0], dtype="float32")).dtype == numpy.float32


def test_an_array_names_its_namespace():
    assert A.__array_namespace__() is xp
    assert set(xp.__all__) <= set(dir(xp))
