"""Every op of the package: its numbers by hand, and its rules against finite differences."""

import math
import operator
from pathlib import Path

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.autograd import OPS, GradcheckError, Tensor, gradcheck, gradients
from tinygrad_rnn.autograd.backprop import backward_order
from tinygrad_rnn.autograd.tensor import detached

inf, nan = math.inf, math.nan

# The ops of the package itself: doctests and examples add others to OPS.
NAMES = sorted(
    name for name, op in OPS.items() if Path(op.forward.__code__.co_filename).parent.name == "ops"
)

V = [0.3, -1.2, 0.8]
W = [1.1, 0.4, -0.7]
M = [[0.3, -1.2, 0.8], [1.5, -0.4, 0.9]]
N = [[0.7, 1.3], [-0.2, 0.5], [1.1, -0.6]]
POSITIVE = [[0.4, 1.7], [2.5, 0.9]]
B = [[[0.1, 0.7, -0.5], [0.2, -0.3, 0.6]], [[1.2, -0.8, 0.4], [0.9, 0.5, -1.1]]]
C = [[[0.7, 1.3], [-0.2, 0.5], [1.1, -0.6]], [[0.2, -1.0], [0.8, 0.3], [-0.9, 0.4]]]

UNARY = [(0.7,), (-1.3,), (V,), (M,), ([[0.6]],)]
BINARY = [(0.7, -1.3), (V, W), (M, V), (M, [[0.5], [0.9]]), ([0.8], M), (0.6, V), (M, 1.4)]
BINARY += [([], []), ([[0.5]], [[[1.5]]]), ([1.5], [])]


def _each(f, inputs):
    return [(f, given) for given in inputs]


def _read(key):
    return lambda x: tg.getitem(x, key)


def _spread(key, shape):
    return lambda x: OPS["scatter_add"](x, key=key, shape=shape)


def _joined(axis):
    return lambda *arrays: tg.concat(arrays, axis=axis)


# op name -> (function, inputs): every line is checked on floats, Arrays and NumPy values
CASES = {
    "abs": _each(abs, UNARY),
    "add": _each(operator.add, BINARY),
    "broadcast_to": [
        (lambda x: tg.broadcast_to(x, ()), (0.7,)),
        (lambda x: tg.broadcast_to(x, (2, 3)), (V,)),
        (lambda x: tg.broadcast_to(x, (4, 2, 3)), ([[0.5], [0.9]],)),
        (lambda x: tg.broadcast_to(x, (3, 1)), ([[1.5]],)),
    ],
    "concat": [
        (_joined(0), (V, W)),
        (_joined(1), (M, [[0.2], [0.6]], M)),
        (_joined(-1), (B, B)),
        (_joined(0), (V, [], [0.4])),
        (lambda x: tg.concat([x, x * x]), (V,)),
    ],
    "divide": _each(operator.truediv, BINARY),
    "exp": _each(tg.exp, UNARY),
    "getitem": [
        *_each(_read(1), [(V,), (M,)]),
        (_read((0, -1)), (M,)),
        (_read((slice(None), slice(None, None, -2))), (M,)),
        (_read((..., 1)), (B,)),
        (_read((None, slice(1, None))), (V,)),
        (_read([2, 0, 2]), (V,)),
        (_read(([0, 1, 0], [2, 2, 2])), (M,)),
        (_read((0, slice(None), [1, 1])), (B,)),
        (_read((slice(None), 1, [0, 2])), (B,)),
        (_read(asarray([1, 1])), (M,)),
    ],
    "linear": [
        (tg.linear, (M, [V, W], [0.2, -0.1])),
        (tg.linear, (V, [V, W, V], [0.2, -0.1, 0.5])),
        (tg.linear, (B, [V, W], [0.2, -0.1])),
        (tg.linear, (M, [W], [0.4])),
    ],
    "log": _each(tg.log, [(0.7,), (2.5,), (POSITIVE,), ([1.5],)]),
    "matmul": [
        (tg.matmul, (V, W)),
        (tg.matmul, (V, N)),
        (tg.matmul, (M, V)),
        (tg.matmul, (M, N)),
        (tg.matmul, (B, N)),
        (tg.matmul, (M, C)),
        (tg.matmul, (B, C)),
        (tg.matmul, (V, C)),
        (tg.matmul, (B, V)),
        (tg.matmul, ([B[0]], C)),
        (operator.matmul, ([[0.4]], [[0.7]])),
        (lambda x: x @ x.mT, (M,)),
    ],
    "matrix_transpose": _each(tg.matrix_transpose, [(M,), (B,), ([[0.3]],)]),
    "multiply": [*_each(operator.mul, BINARY), (lambda x: x * x, (V,))],
    "negative": _each(operator.neg, UNARY),
    "pow": [
        *_each(
            operator.pow,
            [(0.7, -1.3), (1.4, 0.0), (POSITIVE, [0.5, 2.0]), (POSITIVE, 0.0), (1.7, V)],
        ),
        *_each(lambda x: x**2, [(0.0,), (-1.5,), ([-0.5, 0.0, 2.0],)]),
        *_each(lambda x: x**0, [(0.0,), ([-0.5, 0.0, 2.0],)]),
        *_each(lambda x: x**-1, [(-1.5,), ([-0.5, 2.0],)]),
        *_each(lambda x: 2**x, [(0.7,), (V,)]),
    ],
    "reshape": [
        (lambda x: tg.reshape(x, (3, 2)), (M,)),
        (lambda x: tg.reshape(x, -1), (B,)),
        (lambda x: tg.reshape(x, ()), ([[0.7]],)),
        (lambda x: tg.reshape(x, ()), (0.7,)),
        (lambda x: tg.expand_dims(x, axis=-1), (V,)),
    ],
    "scatter_add": [
        (_spread([0, 2, 2], (4,)), (V,)),
        (_spread((slice(None), 1), (2, 3)), ([0.4, -0.9],)),
        (_spread((0, slice(None, None, -1)), (2, 3)), (V,)),
        (_spread(([1, 1], [0, 0]), (2, 2)), ([0.4, -0.9],)),
    ],
    "sigmoid": _each(tg.sigmoid, UNARY),
    "sqrt": _each(tg.sqrt, [(0.7,), (2.5,), (POSITIVE,)]),
    "square": _each(tg.square, UNARY),
    "subtract": _each(operator.sub, BINARY),
    "sum": [
        (tg.sum, (0.7,)),
        (tg.sum, (B,)),
        (lambda x: tg.sum(x, axis=0), (M,)),
        (lambda x: tg.sum(x, axis=-1, keepdims=True), (M,)),
        (lambda x: tg.sum(x, axis=(0, 2)), (B,)),
        (lambda x: tg.sum(x, axis=(), keepdims=True), (V,)),
        (lambda x: tg.mean(x, axis=1), (M,)),
    ],
    "tanh": _each(tg.tanh, UNARY),
    "where": _each(
        lambda a, b: tg.where(detached(a) > 0.35, a, b),
        [(0.7, -1.3), (0.1, -1.3), (V, W), (M, V), (V, M), (V, 0.4), (0.6, V)],
    ),
}

WITHOUT_GRADIENT = {"stop_gradient"}

CHECKED = [
    pytest.param(name, f, inputs, kind, id=f"{name}-{i}-{kind}")
    for name, cases in CASES.items()
    for i, (f, inputs) in enumerate(cases)
    for kind in ("float", "Array", "numpy")
    if kind != "float" or any(isinstance(x, float) for x in inputs)
]

RULES = [
    (name, i) for name in NAMES for i, rule in enumerate(OPS[name].rules or ()) if rule is not None
]

BY_HAND = [
    (lambda x: tg.tanh(x), 0.5, math.tanh(0.5), 1 - math.tanh(0.5) ** 2),
    (lambda x: tg.sigmoid(x), 0.0, 0.5, 0.25),
    (lambda x: tg.exp(x), 1.0, math.e, math.e),
    (lambda x: tg.log(x), 4.0, math.log(4.0), 0.25),
    (lambda x: tg.sqrt(x), 4.0, 2.0, 0.25),
    (lambda x: tg.square(x), 3.0, 9.0, 6.0),
    (lambda x: abs(x), -3.0, 3.0, -1.0),
    (lambda x: abs(x), 0.0, 0.0, 0.0),
    (lambda x: -x, 3.0, -3.0, -1.0),
    (lambda x: x / 4, 3.0, 0.75, 0.25),
    (lambda x: 4 / x, 2.0, 2.0, -1.0),
    (lambda x: 5 - x, 2.0, 3.0, -1.0),
    (lambda x: x - 5, 2.0, -3.0, 1.0),
    (lambda x: x**3, 2.0, 8.0, 12.0),
    (lambda x: 2**x, 3.0, 8.0, 8 * math.log(2)),
    (lambda x: x**0, 0.0, 1.0, 0.0),
    (lambda x: x**1, 0.0, 0.0, 1.0),
    (lambda x: x**0.5, 0.0, 0.0, inf),
    (lambda x: x**-1, 0.0, inf, -inf),
    (lambda x: (-2.0) ** x, 2.0, 4.0, nan),
    (lambda x: 0**x, 0.0, 1.0, 0.0),
    (lambda x: 0**x, 2.0, 0.0, 0.0),
    (lambda x: x**2, -3.0, 9.0, -6.0),
    (lambda x: tg.exp(x), 1000.0, inf, inf),
    (lambda x: tg.log(x), 0.0, -inf, inf),
    (lambda x: 1 / x, 0.0, inf, -inf),
    (lambda x: tg.sqrt(x), 0.0, 0.0, inf),
    (lambda x: tg.where(x > 1, x * 3, x * 5), 2.0, 6.0, 3.0),
    (lambda x: tg.where(x > 1, x * 3, x * 5), 0.5, 2.5, 5.0),
    (lambda x: x * tg.stop_gradient(x), 3.0, 9.0, 3.0),
    (lambda x: tg.sum(x), 3.0, 3.0, 1.0),
]

ERRORS = [
    (lambda: tg.linear(tg.Tensor([1.0, 2.0]), asarray([[1.0, 2.0, 3.0]])), ValueError,
     r"linear: x has 2 features, weight takes 3 \(shapes \(2,\) and \(1, 3\)\)"),
    (lambda: tg.linear(2.0, asarray([[1.0]])), ValueError,
     "linear: x has no features, weight takes 1"),
    (lambda: tg.linear(asarray([1.0]), asarray([1.0])), ValueError, r"and \(1,\)\)"),
    (lambda: tg.getitem(Tensor([1.0, 2.0]), Tensor(1.0)), TypeError,
     "an index is a plain value, got a Tensor: pass its .value"),
    (lambda: Tensor([[1.0]])[0, Tensor(0.0)], TypeError, "an index is a plain value"),
    (lambda: tg.concat([]), ValueError, "concat: needs at least one array"),
    (lambda: tg.stack([]), ValueError, "concat: needs at least one array"),
    (lambda: tg.concat([Tensor([1.0]), Tensor([[1.0]])]), ValueError, "does not fit"),
    (lambda: tg.reshape(Tensor([1.0, 2.0]), (3,)), ValueError, "2 entries do not fit"),
    (lambda: tg.reshape(Tensor(1.0), (1,)), ValueError, "a float has the shape .* use an Array"),
    (lambda: tg.sum(Tensor([1.0]), axis=1), IndexError, "axis 1 is out of range"),
    (lambda: tg.sum(Tensor([[1.0]]), axis=(0, 0)), ValueError, "an axis is repeated"),
    (lambda: Tensor(2.0) @ Tensor(3.0), AttributeError, "a float has no matmul: use an Array"),
    (lambda: tg.add("a", Tensor(1.0)), TypeError, "str"),
]  # fmt: skip


def _values(inputs, kind):
    if kind == "float":
        return [x if isinstance(x, float) else asarray(x) for x in inputs]
    if kind == "Array":
        return list(map(asarray, inputs))
    numpy = pytest.importorskip("numpy")
    return [numpy.asarray(x, dtype="float64") for x in inputs]


def test_every_op_has_a_case():
    assert sorted([*CASES, *WITHOUT_GRADIENT]) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_op_has_rules_and_a_docstring(name):
    op = OPS[name]
    assert op.rules
    assert (op.rules == (None,)) == (name in WITHOUT_GRADIENT)
    assert len(op.__doc__.strip()) > 1
    assert op.__doc__.strip().endswith(".")


@pytest.mark.parametrize(("name", "f", "inputs", "kind"), CHECKED)
def test_the_rules_agree_with_finite_differences_to_second_order(name, f, inputs, kind):
    values = _values(inputs, kind)
    result = f(*map(Tensor, values))
    assert name in {node.op.name for node in backward_order([result]) if node.op}
    assert gradcheck(f, *values)


@pytest.mark.parametrize(("name", "i"), RULES)
def test_a_rule_that_is_off_by_a_thousandth_is_found(name, i, monkeypatch):
    rules = list(OPS[name].rules)
    rules[i] = _off_by_a_thousandth(rules[i], OPS[name].variadic)
    monkeypatch.setattr(OPS[name], "rules", tuple(rules))
    found = [_is_found(f, _values(inputs, "Array")) for f, inputs in CASES[name]]
    assert any(found)


def _off_by_a_thousandth(rule, variadic):
    def wrong(*args, **attrs):
        right = rule(*args, **attrs)
        return [g * 1.001 for g in right] if variadic else right * 1.001

    return wrong


def _is_found(f, values):
    try:
        return not gradcheck(f, *values, order=1)
    except GradcheckError:
        return True


@pytest.mark.parametrize(("f", "x", "value", "slope"), BY_HAND, ids=range(len(BY_HAND)))
@pytest.mark.parametrize("kind", ["float", "Array", "numpy"])
def test_value_and_slope_are_those_of_the_textbook(f, x, value, slope, kind):
    leaf = Tensor(*_values([x], kind))
    if kind == "numpy":
        with pytest.importorskip("numpy").errstate(all="ignore"):
            result = f(leaf)
            found = gradients(result)[leaf]
    else:
        result = f(leaf)
        found = gradients(result)[leaf]
    assert float(result) == pytest.approx(value, rel=1e-14, nan_ok=True)
    assert float(found) == pytest.approx(slope, rel=1e-14, nan_ok=True)


@pytest.mark.parametrize(
    ("a", "b", "base", "exponent"),
    [
        (2.0, 3.0, 12.0, 8 * math.log(2)),
        (0.0, 2.0, 0.0, 0.0),
        (0.0, 0.0, 0.0, 0.0),
        (-2.0, 2.0, -4.0, nan),
        (-2.0, 0.0, 0.0, nan),
        (3.0, 0.0, 0.0, math.log(3)),
    ],
)
def test_only_the_exponents_gradient_is_nan_for_a_negative_base(a, b, base, exponent):
    x, y = Tensor(a), Tensor(b)
    found = gradients(x**y)
    assert found[x] == base
    assert found[y] == pytest.approx(exponent, nan_ok=True)


@pytest.mark.parametrize(
    ("a", "b", "expected"), [(2.0, 0.0, 0.5), (0.0, 2.0, 0.0), (2.0, 3.0, 4 + 12 * math.log(2))]
)
def test_the_mixed_derivative_of_a_power_is_the_same_in_both_orders(a, b, expected):
    x, y = Tensor(a), Tensor(b)  # d²(a^b)/da db = a^(b-1)·(1 + b·log a)
    first = gradients(x**y, differentiable=True)
    assert gradients(first[x])[y] == pytest.approx(expected)
    assert gradients(first[y])[x] == pytest.approx(expected)


def test_sigmoid_is_accurate_where_it_is_small_and_finite_everywhere():
    assert tg.sigmoid(-30.0) == pytest.approx(math.exp(-30) / (1 + math.exp(-30)), rel=1e-12)
    x = Tensor([-1e4, 0.0, 1e4, -math.inf, math.inf])
    y = tg.sigmoid(x)
    assert y.tolist() == pytest.approx([0.0, 0.5, 1.0, 0.0, 1.0], abs=1e-300)
    assert gradients(tg.sum(y))[x].tolist() == pytest.approx([0.0, 0.25, 0.0, 0.0, 0.0], abs=1e-300)


@pytest.mark.parametrize(("wrong", "error", "text"), ERRORS, ids=range(len(ERRORS)))
def test_a_wrong_use_says_what_is_wrong(wrong, error, text):
    with pytest.raises(error, match=text):
        wrong()


def test_linear_is_x_times_the_transposed_weight_plus_bias():
    x, weight = asarray([[1.0, 2.0]]), asarray([[3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])
    assert tg.linear(x, weight).tolist() == [[11.0, 17.0, 23.0]]
    assert tg.linear(x, weight, asarray([1.0, 0.0, -1.0])).tolist() == [[12.0, 17.0, 22.0]]


def test_linear_and_its_gradients_agree_with_torch():
    torch = pytest.importorskip("torch")
    given = [M, [V, W, V, W], [0.1, 0.2, 0.3, 0.4]]
    theirs = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in given]
    torch.tanh(torch.nn.functional.linear(*theirs)).sum().backward()
    ours = [Tensor(v) for v in given]
    found = gradients(tg.sum(tg.tanh(tg.linear(*ours))))
    for x, t in zip(ours, theirs, strict=True):
        assert found[x].tolist() == [pytest.approx(row, rel=1e-13) for row in t.grad.tolist()]


def test_a_repeated_index_adds_up():
    x = Tensor([1.0, 2.0, 3.0])
    assert gradients(tg.sum(tg.take(x, [0, 2, 2])))[x].tolist() == [1.0, 0.0, 2.0]
    table = Tensor([[1.0, 2.0], [3.0, 4.0]])
    rows = tg.take(table, asarray([1, 1, 0]), axis=0)
    assert rows.tolist() == [[3.0, 4.0], [3.0, 4.0], [1.0, 2.0]]
    assert gradients(tg.sum(rows))[table].tolist() == [[1.0, 1.0], [2.0, 2.0]]


def test_each_part_of_a_concat_or_stack_receives_its_own_piece():
    a, b, weights = Tensor([1.0]), Tensor([2.0, 3.0]), asarray([5.0, 6.0, 7.0])
    found = gradients(tg.sum(tg.concat([a, b]) * weights))
    assert (found[a].tolist(), found[b].tolist()) == ([5.0], [6.0, 7.0])
    c, d = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    stacked = tg.stack([c, d], axis=1)
    assert stacked.tolist() == [[1.0, 3.0], [2.0, 4.0]]
    found = gradients(tg.sum(stacked * asarray([[1.0, 2.0], [3.0, 4.0]])))
    assert (found[c].tolist(), found[d].tolist()) == ([1.0, 3.0], [2.0, 4.0])


@pytest.mark.parametrize("kind", ["list", "numpy"])
def test_an_index_that_is_written_to_afterwards_does_not_change_the_graph(kind):
    index = [0, 1] if kind == "list" else pytest.importorskip("numpy").array([0, 1])
    x = Tensor([1.0, 2.0, 3.0])
    for key in (index, (index,)):
        index[0] = 0
        y = tg.sum(x[key] * asarray([5.0, 7.0]))
        index[0] = 2
        assert gradients(y)[x].tolist() == [5.0, 7.0, 0.0]


def test_the_record_writes_the_arguments_out_in_full():
    x = Tensor(M)
    assert tg.sum(x).attrs == {"axis": (0, 1), "keepdims": False}
    assert tg.sum(x, axis=-1, keepdims=True).attrs == {"axis": (1,), "keepdims": True}
    assert tg.reshape(x, (-1, 2)).attrs == {"shape": (3, 2)}
    assert tg.concat([x, x], axis=-1).attrs == {"axis": 1}
