"""Every op of the package: its numbers by hand, and its rules against finite differences."""

import math
from pathlib import Path

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn.arrays import asarray, zeros
from tinygrad_rnn.autograd import OPS, GradcheckError, Tensor, cases, gradcheck, gradients
from tinygrad_rnn.autograd.backprop import backward_order
from tinygrad_rnn.autograd.cases import CASES, Case, values

inf, nan = math.inf, math.nan

# The ops of the package itself: doctests and examples add others to OPS.
NAMES = sorted(
    name for name, op in OPS.items() if Path(op.forward.__code__.co_filename).parent.name == "ops"
)

V, W, M, B = cases.V, cases.W, cases.M, cases.B
KINDS = ("float", "array", "numpy")

CHECKED = [
    pytest.param(name, case, kind, id=f"{name}-{i}-{kind}")
    for name, found in CASES.items()
    for i, case in enumerate(found)
    for kind in KINDS
    if kind != "float" or any(isinstance(x, float) for x in case.inputs)
]

RULES = [
    (name, i)
    for name in NAMES
    for i, rule in enumerate(OPS[name].rules or ())
    if rule is not None and name != "sign"  # its gradient is 0, and a thousandth more of it too
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
    (lambda x: 0**x, -1.0, inf, -inf),
    (lambda x: tg.sign(x), -3.0, -1.0, 0.0),
    (lambda x: tg.maximum(x, 2), 3.0, 3.0, 1.0),
    (lambda x: tg.maximum(x, 2), 1.0, 2.0, 0.0),
    (lambda x: tg.maximum(x, 2), 2.0, 2.0, 0.5),
    (lambda x: tg.maximum(x, x), 2.0, 2.0, 1.0),
    (lambda x: tg.minimum(2, x), 3.0, 2.0, 0.0),
    (lambda x: tg.minimum(2, x), 1.0, 1.0, 1.0),
    (lambda x: tg.minimum(2, x), 2.0, 2.0, 0.5),
    (lambda x: tg.maximum(x, 1.0), nan, nan, 1.0),
    (lambda x: tg.relu(x), 3.0, 3.0, 1.0),
    (lambda x: tg.relu(x), 0.0, 0.0, 0.0),
    (lambda x: tg.relu(x), -3.0, 0.0, 0.0),
    (lambda x: tg.expm1(x), 1e-20, 1e-20, 1.0),
    (lambda x: tg.expm1(x), -50.0, -1.0, math.exp(-50)),
    (lambda x: tg.log1p(x), 1e-20, 1e-20, 1.0),
    (lambda x: tg.log1p(x), -1.0, -inf, inf),
    (lambda x: tg.sin(x), 0.0, 0.0, 1.0),
    (lambda x: tg.cos(x), math.pi / 2, 6.123233995736766e-17, -1.0),
    (lambda x: tg.tan(x), math.pi / 4, 1.0, 2.0),
    (lambda x: tg.sinh(x), math.log(2), 0.75, 1.25),
    (lambda x: tg.cosh(x), math.log(2), 1.25, 0.75),
    (lambda x: tg.sinh(x), -1000.0, -inf, inf),
    (lambda x: tg.erf(x), 0.0, 0.0, 2 / math.sqrt(math.pi)),
    (lambda x: tg.softplus(x), 0.0, math.log(2), 0.5),
    (lambda x: tg.softplus(x), 1e4, 1e4, 1.0),
    (lambda x: tg.softplus(x), -30.0, math.exp(-30), math.exp(-30)),
    (lambda x: tg.softplus(x), -inf, 0.0, 0.0),
    (lambda x: tg.max(x), 3.0, 3.0, 1.0),
    (lambda x: tg.min(x), 3.0, 3.0, 1.0),
]

ERRORS = [
    (lambda: tg.linear(tg.Tensor([1.0, 2.0]), asarray([[1.0, 2.0, 3.0]])), ValueError,
     r"linear: x has 2 features, weight takes 3 \(shapes \(2,\) and \(1, 3\)\)"),
    (lambda: tg.linear(2.0, asarray([[1.0]])), ValueError,
     "linear: x has no features, weight takes 1"),
    (lambda: tg.linear(zeros(4), zeros((2, 3, 4)), zeros((2, 3))), ValueError,
     "linear: x has 4 features, weight takes 4"),
    (lambda: tg.linear(asarray([1.0]), asarray([1.0])), ValueError, r"and \(1,\)\)"),
    (lambda: tg.linear(asarray([1.0]), asarray([[1.0]]), asarray([1.0, 2.0])), ValueError,
     r"linear: bias has shape \(2,\), needs \(1,\)"),
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
    (lambda: tg.squeeze(Tensor(M), 1), ValueError, r"axes \(1,\) of shape \(2, 3\) do not"),
    (lambda: tg.permute_dims(Tensor(M), (0, 0)), ValueError, "does not name each of 2 axes once"),
    (lambda: tg.permute_dims(Tensor(M), (0,)), ValueError, "does not name each of 2 axes once"),
    (lambda: tg.split(Tensor(V), 0), ValueError, "pieces of 0 do not make up an axis of length 3"),
    (lambda: tg.split(Tensor(V), [1, 1]), ValueError, r"pieces of \[1, 1\] do not make up"),
    (lambda: tg.split(Tensor(V), [4, -1]), ValueError, r"pieces of \[4, -1\] do not make up"),
    (lambda: tg.cumulative_sum(Tensor(M)), ValueError, "needs an axis for 2 dimensions"),
    (lambda: tg.max(Tensor([])), ValueError, "there is no largest of no entries"),
    (lambda: tg.min(Tensor([])), ValueError, "there is no smallest of no entries"),
    (lambda: tg.max(Tensor(1.0), axis=0), IndexError, "axis 0 is out of range"),
    (lambda: tg.flip(Tensor(V), axis=1), IndexError, "axis 1 is out of range"),
]  # fmt: skip


def _values(case, kind):
    if kind != "numpy":
        return values(case, kind)
    numpy = pytest.importorskip("numpy")
    return values(case, lambda x: numpy.asarray(x, dtype="float64"))


@pytest.mark.parametrize("name", NAMES)
def test_every_op_has_a_case_rules_and_a_docstring(name):
    op = OPS[name]
    assert CASES[name]
    assert op.rules
    assert len(op.__doc__.strip()) > 1
    assert op.__doc__.strip().endswith(".")


def test_every_case_is_of_something_public_and_says_which():
    public = {*tg.autograd.ops.__all__, *tg.autograd.functional.__all__, "checkpoint"}
    assert set(CASES) == public | set(NAMES)


@pytest.mark.parametrize(("name", "case", "kind"), CHECKED)
def test_the_rules_agree_with_finite_differences_to_second_order(name, case, kind):
    inputs = _values(case, kind)
    if name in NAMES:
        result = case.call(*map(Tensor, inputs))
        assert name in {node.op.name for node in backward_order([result]) if node.op}
    assert gradcheck(case.call, *inputs)


@pytest.mark.parametrize(("name", "i"), RULES)
def test_a_rule_that_is_off_by_a_thousandth_is_found(name, i, monkeypatch):
    rules = list(OPS[name].rules)
    rules[i] = _off_by_a_thousandth(rules[i], OPS[name].variadic)
    monkeypatch.setattr(OPS[name], "rules", tuple(rules))
    assert any(_is_found(case) for case in CASES[name])


def test_values_makes_the_inputs_of_the_kind_that_is_asked_for():
    case = Case(tg.multiply, (2.0, [1.0]))
    assert [type(x).__name__ for x in values(case, "float")] == ["float", "Array"]
    assert [type(x).__name__ for x in values(case, "array")] == ["Array", "Array"]
    assert values(case, repr) == ["2.0", "[1.0]"]
    with pytest.raises(ValueError, match='kind is "float", "array" or a function, got \'list\''):
        values(case, "list")


def _off_by_a_thousandth(rule, variadic):
    def wrong(*args, **attrs):
        right = rule(*args, **attrs)
        return [g * 1.001 for g in right] if variadic else right * 1.001

    return wrong


def _is_found(case):
    try:
        return not gradcheck(case.call, *values(case, "array"), order=1)
    except GradcheckError:
        return True


@pytest.mark.parametrize(("f", "x", "value", "slope"), BY_HAND, ids=range(len(BY_HAND)))
@pytest.mark.parametrize("kind", KINDS)
def test_value_and_slope_are_those_of_the_textbook(f, x, value, slope, kind):
    leaf = Tensor(*_values(Case(f, (x,)), kind))
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


def test_linear_says_so_of_a_number_that_has_no_features():
    with pytest.raises(ValueError, match="linear: x has no features, weight takes 2"):
        tg.linear(1.0, Tensor([[1.0, 2.0]]), Tensor([[0.0, 1.0]]))


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


@pytest.mark.parametrize("name", CASES)
def test_single_precision_stays_single(name):
    numpy = pytest.importorskip("numpy")
    for case in CASES[name]:
        leaves = [Tensor(x) for x in values(case, lambda x: numpy.asarray(x, dtype="float32"))]
        y = case.call(*leaves)
        found = gradients(tg.sum(y))
        assert {str(x.dtype) for x in [y.value, *map(found.get, leaves)]} == {"float32"}


def _found(f, x):
    """The gradient of Σ f(x), weighted 1, 2, 3, ..."""
    leaf = Tensor(x)
    y = tg.reshape(f(leaf), -1)
    return gradients(tg.sum(y * asarray([1.0 + i for i in range(*y.shape)])))[leaf].tolist()


TIES = [
    (lambda x: tg.max(x), [3.0, 1.0, 3.0], [0.5, 0.0, 0.5]),
    (lambda x: tg.min(x), [3.0, 1.0, 1.0, 1.0, 1.0], [0.0, 0.25, 0.25, 0.25, 0.25]),
    (lambda x: tg.max(x, axis=1), [[2.0, 2.0], [1.0, 5.0]], [[0.5, 0.5], [0.0, 2.0]]),
    (lambda x: tg.max(x, axis=(0, 1)), [[2.0, 2.0], [2.0, 1.0]], [[1 / 3, 1 / 3], [1 / 3, 0.0]]),
    (lambda x: tg.maximum(x, asarray([1.0, 0.0])), [1.0, 5.0], [0.5, 2.0]),
    (lambda x: tg.minimum(asarray([1.0, 0.0]), x), [1.0, 5.0], [0.5, 0.0]),
    (lambda x: tg.relu(x), [0.0, -1.0, 1.0], [0.0, 0.0, 3.0]),
    (lambda x: abs(x), [0.0, -1.0, 1.0], [0.0, -2.0, 3.0]),
    (lambda x: tg.clip(x, 0.0, 1.0), [0.0, 1.0, 2.0, -1.0, 0.5], [1.0, 2.0, 0.0, 0.0, 5.0]),
    (lambda x: tg.leaky_relu(x, 0.5), [0.0], [0.5]),
    (lambda x: tg.elu(x, 0.5), [0.0], [0.5]),
    (lambda x: tg.std(x), [2.0, 2.0], [0.0, 0.0]),
]


@pytest.mark.parametrize(("f", "x", "expected"), TIES, ids=range(len(TIES)))
def test_at_a_tie_the_gradient_is_the_documented_choice(f, x, expected):
    assert _found(f, x) == expected


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        ([2.0, 3.0, 4.0], [12.0, 8.0, 6.0]),
        ([0.0, 3.0, 4.0], [12.0, 0.0, 0.0]),
        ([0.0, 0.0, 4.0, 5.0], [0.0, 0.0, 0.0, 0.0]),
        ([7.0], [1.0]),
        ([], []),
        ([[0.0, 2.0], [3.0, 4.0]], [[24.0, 0.0], [0.0, 0.0]]),
    ],
)
def test_the_gradient_of_a_product_is_the_product_of_the_others(x, expected):
    assert _found(tg.prod, x) == expected


def test_two_zeros_are_seen_by_the_second_derivative_of_a_product():
    x = Tensor([0.0, 0.0, 4.0])
    first = gradients(tg.prod(x), differentiable=True)[x]
    assert gradients(first[0])[x].tolist() == [0.0, 4.0, 0.0]  # d²(abc)/da db = c


def test_the_entries_stand_where_the_array_api_puts_them():
    x = asarray([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert tg.flip(x, axis=1).tolist() == [[3.0, 2.0, 1.0], [6.0, 5.0, 4.0]]
    assert tg.flip(x).tolist() == [[6.0, 5.0, 4.0], [3.0, 2.0, 1.0]]
    assert tg.permute_dims(x, (1, 0)).tolist() == [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]
    assert tg.squeeze(asarray([[[1.0], [2.0]]]), (0, 2)).tolist() == [1.0, 2.0]
    assert [part.tolist() for part in tg.unstack(x, axis=1)] == [[1, 4], [2, 5], [3, 6]]
    assert [part.tolist() for part in tg.split(asarray(V), 2)] == [[0.3, -1.2], [0.8]]
    assert [part.tolist() for part in tg.split(asarray(V), [1, 0, 2])] == [[0.3], [], [-1.2, 0.8]]
    assert [part.tolist() for part in tg.split(asarray([]), 2)] == [[]]
    indices = asarray([[2, 0], [1, 1]])
    assert tg.take_along_axis(x, indices).tolist() == [[3.0, 1.0], [5.0, 5.0]]
    assert tg.cumulative_sum(x, axis=-1).tolist() == [[1.0, 3.0, 6.0], [4.0, 9.0, 15.0]]


# op -> what PyTorch calls it (a function of torch and the inputs), and ours where it differs
UNARY = [x for (x,) in cases.UNARY]
POSITIVE = [x for (x,) in cases.ABOVE_ZERO]
BINARY = [pair for pair in cases.BINARY if [] not in pair]
SAME_NAME = ["abs", "square", "sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "expm1", "erf"]
SAME_NAME += ["positive", "negative", "reciprocal", "sigmoid", "relu", "sign"]
SAME_NAME += ["sum", "mean", "prod"]
AXES = [{}, {"axis": 1}, {"axis": -1, "keepdims": True}, {"axis": (0, 2)}, {"keepdims": True}]


def _torch_axes(keywords):
    keywords = {"axis": (0, 1, 2)} | keywords
    return {"dim" if key == "axis" else key: value for key, value in keywords.items()}


ORACLE = [
    *[(getattr(tg, n), lambda t, x, n=n: getattr(t, n)(x), [(x,) for x in UNARY])
      for n in SAME_NAME],
    *[(getattr(tg, n), lambda t, x, n=n: getattr(t, n)(x), [(x,) for x in POSITIVE])
      for n in ("log", "log1p", "sqrt")],
    *[(getattr(tg, n), lambda t, a, b, n=n: getattr(t, n)(a, b), BINARY)
      for n in ("add", "subtract", "multiply", "divide", "maximum", "minimum")],
    (tg.maximum, lambda t, a, b: t.maximum(a, b), [(V, [0.3, 5.0, 0.8]), (0.5, 0.5)]),
    (tg.minimum, lambda t, a, b: t.minimum(a, b), [(V, [0.3, 5.0, 0.8]), (0.5, 0.5)]),
    (tg.pow, lambda t, a, b: t.pow(a, b),
     [(0.7, -1.3), ([[0.4, 1.7], [2.5, 0.9]], [0.5, 2.0]), (1.7, V), (2.0, M), (0.0, 0.0),
      ([0.0, 0.0], [2.0, 1.0])]),
    (lambda a: a**3, lambda t, a: a**3, [(-2.0,), (M,), (0.0,)]),
    *[(getattr(tg, n), lambda t, x, n=n: getattr(t.nn.functional, n)(x),
       [(x,) for x in (*UNARY, 0.0, [30.0, -30.0, -8.0])])
      for n in ("softplus", "softsign", "elu", "leaky_relu", "relu")],
    (tg.gelu, lambda t, x: t.nn.functional.gelu(x), [(x,) for x in (*UNARY, [0.0, 3.0, -3.0])]),
    (lambda x: tg.gelu(x, approximate="tanh"),
     lambda t, x: t.nn.functional.gelu(x, approximate="tanh"), [(x,) for x in UNARY]),
    (lambda x: tg.elu(x, 0.3), lambda t, x: t.nn.functional.elu(x, 0.3), [(M,), (0.0,)]),
    (lambda x: tg.leaky_relu(x, 0.3), lambda t, x: t.nn.functional.leaky_relu(x, 0.3), [(M,)]),
    (lambda x: tg.clip(x, -0.4, 0.8), lambda t, x: t.clamp(x, -0.4, 0.8), [(M,), (V,), (0.8,)]),
    (lambda x: tg.clip(x, max=0.5), lambda t, x: t.clamp(x, max=0.5), [(M,)]),
    *[(lambda x, f=f, k=k: f(x, **k), lambda t, x, n=n, k=k: getattr(t, n)(x, **_torch_axes(k)),
       [(B,), ([[[1.0, 1.0, 0.0], [1.0, 0.0, 1.0]]],)])
      for f, n in ((tg.sum, "sum"), (tg.mean, "mean"), (tg.max, "amax"), (tg.min, "amin"))
      for k in AXES],
    *[(lambda x, f=f, k=k: f(x, **k),
       lambda t, x, f=f, k=k: getattr(t, f.__name__)(x, **({"correction": 0} | _torch_axes(k))),
       [(B,)])
      for f in (tg.var, tg.std) for k in (*AXES, {"correction": 1}, {"axis": -1, "correction": 1})],
    *[(lambda x, f=f, axis=axis: f(x, axis=axis),
       lambda t, x, f=f, axis=axis: getattr(t, f.__name__)(x, axis), [(B,), ([[1e4, -1e4]],)])
      for f in (tg.logsumexp, tg.softmax, tg.log_softmax) for axis in (0, 1, -1)],
    (lambda x: tg.logsumexp(x, axis=(0, -1), keepdims=True),
     lambda t, x: t.logsumexp(x, (0, -1), keepdim=True), [(B,)]),
    (lambda x: tg.prod(x, axis=-1, keepdims=True), lambda t, x: t.prod(x, -1, keepdim=True),
     [(B,), (cases.Z,), ([0.0, 0.0, 2.0],)]),
    (lambda x: tg.prod(x, axis=0), lambda t, x: t.prod(x, 0), [(B,), (cases.Z,)]),
    (tg.prod, lambda t, x: t.prod(x), [(B,), (cases.Z,), ([0.0, 3.0, 2.0],)]),
    (lambda x: tg.cumulative_sum(x, axis=1), lambda t, x: t.cumsum(x, 1), [(M,), (B,)]),
    (tg.matmul, lambda t, a, b: t.matmul(a, b),
     [case.inputs for case in CASES["matmul"] if len(case.inputs) == 2]),
    (tg.linear, lambda t, x, w, b: t.nn.functional.linear(x, w, b),
     [case.inputs for case in CASES["linear"]]),
    (lambda x: tg.reshape(x, (-1, 2)), lambda t, x: t.reshape(x, (-1, 2)), [(M,), (B,)]),
    (lambda x: tg.permute_dims(x, (2, 0, -2)), lambda t, x: x.permute(2, 0, -2), [(B,)]),
    (tg.matrix_transpose, lambda t, x: x.mT, [(M,), (B,)]),
    (lambda x: tg.expand_dims(x, axis=-2), lambda t, x: x.unsqueeze(-2), [(M,), (B,)]),
    (lambda x: tg.squeeze(x, -2), lambda t, x: x.squeeze(-2), [([V],)]),
    (lambda x: tg.broadcast_to(x, (4, 2, 3)), lambda t, x: t.broadcast_to(x, (4, 2, 3)),
     [(M,), (V,), ([[0.5], [0.9]],), (0.7,)]),
    (lambda *x: tg.concat(x, axis=-1), lambda t, *x: t.cat(x, -1), [(M, [[0.2], [0.6]]), (B, B)]),
    (lambda *x: tg.stack(x, axis=-1), lambda t, *x: t.stack(x, -1), [(V, W), (M, M), (0.5, 0.7)]),
    (lambda x: tg.unstack(x, axis=-1)[1], lambda t, x: t.unbind(x, -1)[1], [(M,), (B,)]),
    (lambda x: tg.split(x, 2, axis=-1)[1], lambda t, x: t.split(x, 2, -1)[1], [(M,), (B,)]),
    (lambda x: tg.split(x, [1, 2], axis=-1)[1], lambda t, x: t.split(x, [1, 2], -1)[1], [(B,)]),
    (lambda x: tg.flip(x, axis=(0, -1)), lambda t, x: t.flip(x, (0, -1)), [(M,), (B,)]),
    (lambda x: tg.roll(x, 2), lambda t, x: t.roll(x, 2), [(M,), (V,)]),
    (lambda x: tg.roll(x, (1, -2), axis=(0, -1)), lambda t, x: t.roll(x, (1, -2), (0, -1)), [(M,)]),
    (lambda x: tg.tile(x, (2, 3)), lambda t, x: t.tile(x, (2, 3)), [(V,), (M,), (B,), ([0.7],)]),
    (lambda x: tg.repeat(x, 3), lambda t, x: t.repeat_interleave(x, 3), [(V,), (M,)]),
    (lambda x: tg.repeat(x, [2, 0, 1], axis=-1),
     lambda t, x: t.repeat_interleave(x, t.tensor([2, 0, 1]), dim=-1), [(M,), (B,)]),
    (lambda x: tg.tril(x, k=-1), lambda t, x: t.tril(x, -1), [(M,), (B,)]),
    (lambda x: tg.triu(x), lambda t, x: t.triu(x), [(M,), (B,)]),
    (lambda x: x[..., 1], lambda t, x: x[..., 1], [(M,), (B,)]),
    (lambda x: x[:, None, [2, 0, 2]], lambda t, x: x[:, None, [2, 0, 2]], [(M,)]),
    (lambda x: x[[1, 0, 1], [2, 2, 2]], lambda t, x: x[[1, 0, 1], [2, 2, 2]], [(M,)]),
    (lambda x: tg.take(x, [1, 1, 0], axis=-2), lambda t, x: x[..., [1, 1, 0], :], [(M,), (B,)]),
    (lambda x: tg.take_along_axis(x, asarray([[2, 2], [0, 1]])),
     lambda t, x: t.take_along_dim(x, t.tensor([[2, 2], [0, 1]]), -1), [(M,)]),
    (lambda a, b: tg.where(asarray([True, False, True]), a, b),
     lambda t, a, b: t.where(t.tensor([True, False, True]), a, b), [(V, W), (M, 0.5)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("f", "theirs", "given"),
    [(f, theirs, given) for f, theirs, inputs in ORACLE for given in inputs],
    ids=range(sum(len(inputs) for _, _, inputs in ORACLE)),
)
@pytest.mark.parametrize("kind", ["array", "numpy"])
def test_values_and_vector_jacobian_products_are_those_of_torch(f, theirs, given, kind):
    torch = pytest.importorskip("torch")
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in given]
    expected = theirs(torch, *leaves)
    seed = torch.cos(1.7 * torch.arange(expected.numel()).double()).reshape(expected.shape) + 0.3
    slopes = torch.autograd.grad(expected, leaves, seed)
    ours = [Tensor(x) for x in _values(Case(f, given), kind)]
    result = f(*ours)
    found = gradients(result, seed=seed.tolist())
    _close(result.value, expected.detach())
    for x, slope in zip(ours, slopes, strict=True):
        _close(found[x], slope)


def _close(found, expected):
    assert tuple(found.shape) == tuple(expected.shape)
    flat = tg.reshape(found, -1).tolist()
    assert flat == pytest.approx(expected.reshape(-1).tolist(), rel=1e-9, abs=1e-13)
