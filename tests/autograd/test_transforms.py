"""Functions of functions: numbers by hand, structures, nesting, and what is refused."""

import math
from typing import NamedTuple

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import Tensor, grad, hessian, jacobian, jvp, value_and_grad, vjp
from tinygrad_rnn.arrays import Array, asarray

X = asarray([1.0, 2.0])
M = asarray([[1.0, 2.0], [3.0, 4.0]])


class Pair(NamedTuple):
    h: object
    c: object


def plain(structure):
    """Arrays as lists."""
    if isinstance(structure, dict):
        return {key: plain(part) for key, part in structure.items()}
    if isinstance(structure, (tuple, list)):
        return [plain(part) for part in structure]
    assert type(structure) is not Tensor
    return structure.tolist() if hasattr(structure, "tolist") else structure


# -- grad -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "args", "argnums", "expected"),
    [
        (lambda x: x * x, (3.0,), 0, 6.0),
        (lambda x: x * x, (3,), 0, 6.0),
        (lambda x, y: x * y, (3.0, 5.0), 1, 3.0),
        (lambda x, y: x * y, (3.0, 5.0), -1, 3.0),
        (lambda x, y: x * y, (3.0, 5.0), (1, 0), [3.0, 5.0]),
        (lambda x: tg.sum(x * x), (X,), 0, [2.0, 4.0]),
        (lambda p: p["a"] * p["b"][0], ({"a": 2.0, "b": (3.0, 1.0)},), 0,
         {"a": 3.0, "b": [2.0, 0.0]}),
        (lambda xs: xs[0] * tg.sum(xs[1]), ([2.0, X],), 0, [3.0, [2.0, 2.0]]),
        (lambda s: s.h * s.c, (Pair(2.0, 3.0),), 0, [3.0, 2.0]),
        (lambda x: 5.0, (3.0,), 0, 0.0),
        (lambda x: 5, (X,), 0, [0.0, 0.0]),
        (lambda x, y: y * y, (X, 3.0), 0, [0.0, 0.0]),
        (lambda x: tg.stop_gradient(x), (3.0,), 0, 0.0),
        (lambda x: x, (3.0,), 0, 1.0),
        (lambda x: x[0] if isinstance(x, list) else x, ([4.0],), 0, [1.0]),
        (lambda x: asarray([2.0]) * x, (3.0,), 0, 2.0),
    ],
)  # fmt: skip
def test_grad_has_the_structure_of_its_argument_and_is_plain(f, args, argnums, expected):
    assert plain(grad(f, argnums)(*args)) == expected


def test_a_named_tuple_stays_one():
    found = grad(lambda s: s.h * s.c)(Pair(2.0, 3.0))
    assert found == Pair(3.0, 2.0)
    assert type(found) is Pair


def test_value_and_grad_computes_once():
    calls = []
    value, found = value_and_grad(lambda x: calls.append(x) or x * x)(3.0)
    assert (value, found, len(calls)) == (9.0, 6.0, 1)
    assert type(value) is float


def test_keywords_go_through_to_the_function():
    assert grad(lambda x, *, by: x * by)(3.0, by=5.0) == 5.0


def test_numpy_values_have_numpy_gradients():
    numpy = pytest.importorskip("numpy")
    found = grad(lambda x: tg.sum(x * x))(numpy.array([1.0, 2.0]))
    assert type(found) is numpy.ndarray
    assert found.tolist() == [2.0, 4.0]


# -- derivatives of derivatives -------------------------------------------------------------------


def test_perturbations_are_not_confused():
    outer = grad(lambda z: z * grad(lambda x: x**2 * z)(2.0))  # z·2xz at x = 2: d/dz = 8z
    assert outer(3.0) == 24.0
    assert grad(lambda x: x * grad(lambda y: x + y)(x))(3.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(x))(3.0) == 6.0
    assert grad(lambda x: grad(lambda y: x * y * y)(x) * x)(3.0) == 3 * 2 * 9.0  # 2x³


def test_higher_derivatives():
    f, value = tg.tanh, math.tanh(0.5)
    slope = 1 - value * value
    assert grad(f)(0.5) == pytest.approx(slope)
    assert grad(grad(f))(0.5) == pytest.approx(-2 * value * slope)
    assert grad(grad(grad(f)))(0.5) == pytest.approx(-2 * slope * (slope - 2 * value * value))
    assert grad(grad(grad(lambda x: x**4)))(3.0) == 72.0
    assert grad(grad(grad(grad(lambda x: x**3))))(3.0) == 0.0
    assert type(grad(grad(lambda x: x**3))(3.0)) is float


def test_a_closed_over_tensor_counts():
    w = Tensor(3.0)
    found = grad(lambda x: w * x * x)(2.0)
    assert type(found) is Tensor
    assert tg.gradients(found)[w] == 4.0
    assert found.value == 12.0


def test_a_tensor_as_argument_can_be_differentiated_behind():
    x = Tensor(2.0)
    y = x * 5.0
    found = grad(lambda a: a**3)(y)
    assert found.value == 300.0
    assert tg.gradients(found)[x] == 6 * 10.0 * 5.0


def test_the_walk_back_ends_at_the_arguments():
    @tg.primitive
    def without_rule(x):
        return x * 2.0

    try:
        y = without_rule(Tensor(1.0))
        assert grad(lambda a: a * a)(y).value == 4.0
    finally:
        del tg.OPS["without_rule"]


def test_a_long_chain_is_no_trouble():
    def far(x):
        for _ in range(20_000):
            x = x + 1.0
        return x

    assert grad(far)(1.0) == 1.0
    assert jvp(far, (1.0,), (3.0,)) == (20_001.0, 3.0)


# -- vjp and jvp ----------------------------------------------------------------------------------


def test_a_pull_back_may_be_used_often_and_takes_the_structure_of_the_result():
    value, pull_back = vjp(lambda x, y: {"p": x * y, "s": (x + y, 7.0)}, 2.0, X)
    assert plain(value) == {"p": [2.0, 4.0], "s": [[3.0, 4.0], 7.0]}
    ones = asarray([1.0, 1.0])
    assert plain(pull_back({"p": ones, "s": (ones * 0, 5.0)})) == [3.0, [2.0, 2.0]]
    assert plain(pull_back({"p": ones, "s": (ones, 5.0)})) == [5.0, [3.0, 3.0]]


def test_the_same_result_twice_receives_both_cotangents():
    def twice(x):
        y = x * 3.0
        return y, y, x

    assert vjp(twice, 2.0)[1]((1.0, 10.0, 100.0)) == (133.0,)


def test_a_pull_back_is_differentiable_in_its_cotangent():
    _, pull_back = vjp(lambda x: x * x, 3.0)
    v = Tensor(1.0)
    assert tg.gradients(pull_back(v)[0])[v] == 6.0


@pytest.mark.parametrize(
    ("f", "primals", "tangents", "expected"),
    [
        (lambda x: x**3, (2.0,), (1.0,), (8.0, 12.0)),
        (lambda x: tg.sum(x * x), (X,), (asarray([1.0, 10.0]),), (5.0, 42.0)),
        (lambda x, y: (x * y, x, 4.0), (2.0, 3.0), (1.0, 10.0), ([6.0, 2.0, 4.0], [23.0, 1.0, 0])),
        (lambda x: M @ x, (X,), (X,), ([5.0, 11.0], [5.0, 11.0])),
        (lambda x: 4.0, (X,), (X,), (4.0, 0.0)),
        (lambda x: x, (X,), (X,), ([1.0, 2.0], [1.0, 2.0])),
    ],
)
def test_jvp_by_hand(f, primals, tangents, expected):
    assert tuple(map(plain, jvp(f, primals, tangents))) == expected


def test_jvp_can_be_nested():
    def slope(x):
        return jvp(lambda y: y**3, (x,), (1.0,))[1]

    assert slope(2.0) == 12.0
    assert jvp(slope, (2.0,), (1.0,)) == (12.0, 12.0)
    assert grad(slope)(2.0) == 12.0
    assert jvp(grad(lambda x: x**4), (2.0,), (1.0,))[1] == 48.0


@pytest.mark.parametrize(
    "f",
    [
        lambda x, w: tg.tanh(w @ x),
        lambda x, w: tg.softmax(x) * tg.sum(w),
        lambda x, w: tg.concat([x, tg.exp(w[0])]),
    ],
)
def test_jvp_is_the_transpose_of_vjp(f):
    x, w = asarray([0.3, -0.8]), asarray([[0.5, 0.1], [-0.7, 0.2]])
    v = (asarray([0.9, -0.4]), asarray([[0.2, 0.6], [-0.3, 1.1]]))
    value, forward = jvp(f, (x, w), v)
    u = asarray([1.3, -0.6, 0.4, 0.9][: value.shape[0]])
    backward = vjp(f, x, w)[1](u)
    inner = sum(float(tg.sum(a * b)) for a, b in zip(v, backward, strict=True))
    assert float(tg.sum(forward * u)) == pytest.approx(inner, rel=1e-12)


# -- jacobian and hessian -------------------------------------------------------------------------


def test_the_jacobian_has_the_shape_of_the_result_and_then_of_the_argument():
    assert plain(jacobian(lambda x: M @ x)(X)) == M.tolist()
    assert plain(jacobian(lambda x: x * x)(3.0)) == 6.0
    assert plain(jacobian(lambda x: x * X)(3.0)) == [1.0, 2.0]
    assert plain(jacobian(lambda x: tg.sum(x * x))(X)) == [2.0, 4.0]
    found = jacobian(lambda w: w @ X)(M)
    assert plain(found) == [[[1.0, 2.0], [0.0, 0.0]], [[0.0, 0.0], [1.0, 2.0]]]
    assert jacobian(lambda x: x)(tg.arrays.zeros((0,))).shape == (0, 0)
    assert type(jacobian(lambda x: x * Tensor(2.0))(X)) is Tensor


def test_the_jacobian_of_structures_is_a_structure_of_structures():
    def f(p):
        return p["a"] * X, p["b"] * 2.0

    found = jacobian(f)({"a": 3.0, "b": 1.0})
    assert plain(found) == [{"a": [1.0, 2.0], "b": [0.0, 0.0]}, {"a": 0.0, "b": 2.0}]
    assert plain(jacobian(lambda x, y: x * y, (0, 1))(2.0, X)) == [[1.0, 2.0], [[2, 0], [0, 2]]]
    assert plain(jacobian(lambda x: X)(X)) == [[0.0, 0.0], [0.0, 0.0]]


def test_the_hessian_by_hand():
    assert hessian(lambda x: x**3)(2.0) == 12.0
    quadratic = hessian(lambda x: x @ (M @ x))(X)  # M + Mᵀ
    assert type(quadratic) is Array
    assert plain(quadratic) == [[2.0, 5.0], [5.0, 8.0]]
    assert plain(hessian(lambda x: tg.sum(x * 3.0))(X)) == [[0.0, 0.0], [0.0, 0.0]]
    found = hessian(lambda p: p[0] * p[0] * p[1])([2.0, 3.0])
    assert plain(found) == [[6.0, 4.0], [4.0, 0.0]]


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (lambda: grad(lambda x: x * x)(X), ValueError,
         r"grad: f must return a scalar, got shape \(2,\): sum it, or use jacobian"),
        (lambda: grad(lambda x: (x, x))(1.0), TypeError,
         "grad: f must return a scalar, got a tuple: return one loss, or use vjp or jacobian"),
        (lambda: grad(lambda x: None)(1.0), TypeError,
         "grad: f must return numbers, arrays or Tensors, got NoneType"),
        (lambda: grad(lambda x: x)("text"), TypeError,
         "grad: argument 0 holds a str: str is no value to compute with"),
        (lambda: grad(lambda p: p["a"])({"a": 1.0, "b": None}), TypeError,
         "grad: argument 0 holds a NoneType"),
        (lambda: grad(lambda x: x, 2)(1.0), ValueError,
         "grad: argnums names argument 2, but f was called with 1"),
        (lambda: vjp(lambda x: (x, x), 1.0)[1](1.0), TypeError,
         r"vjp: needs 2 cotangent\(s\), in the structure of the values, got 1"),
        (lambda: vjp(lambda x: x * x, X)[1](1.0), ValueError,
         r"vjp: a cotangent has shape \(\), its value \(2,\): they must be equal"),
        (lambda: jvp(lambda x: x, (X,), (asarray([1.0]),)), ValueError,
         r"jvp: a tangent has shape \(1,\), its value \(2,\)"),
        (lambda: jvp(lambda x: x, (1.0,), ()), TypeError, r"jvp: needs 1 tangent\(s\)"),
    ],
)  # fmt: skip
def test_what_cannot_be_transformed_says_why(wrong, error, text):
    with pytest.raises(error, match=text):
        wrong()


def test_nested_calls_of_plain_arguments_give_plain_results():
    """d/dz[z·d/dx(x²z) | x=2] = 4x·z, 24 at z = 3, and no Tensor is left over."""
    found = tg.grad(lambda z: z * tg.grad(lambda x: x * x * z)(2.0))(3.0)
    assert (type(found), found) == (float, 24.0)
    found = tg.grad(lambda x: x * tg.grad(lambda y: x + y)(1.0))(3.0)
    assert (type(found), found) == (float, 1.0)


def test_tangents_and_cotangents_are_matched_by_key():
    def f(d):
        return d["a"] * d["a"] * d["b"]

    assert tg.jvp(f, ({"a": 2.0, "b": 3.0},), ({"b": 0.0, "a": 1.0},)) == (12.0, 12.0)
    pull_back = tg.vjp(lambda x: {"a": x, "b": 10 * x}, 1.0)[1]
    assert pull_back({"b": 0.0, "a": 1.0}) == (1.0,)


@pytest.mark.parametrize("cotangents", [{"c": 0.0, "d": 1.0}, (1.0, 2.0), {"a": 1.0}, 1.0])
def test_cotangents_of_another_structure_are_refused(cotangents):
    pull_back = tg.vjp(lambda x: {"a": x, "b": 10 * x}, 1.0)[1]
    with pytest.raises(TypeError, match=r"vjp: needs 2 cotangent\(s\), in the structure"):
        pull_back(cotangents)


def test_jvp_of_bare_numbers_says_what_it_takes():
    with pytest.raises(TypeError, match="jvp: primals and tangents are tuples"):
        tg.jvp(lambda x: x * x, (2.0,), 1.0)
