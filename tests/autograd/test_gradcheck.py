"""The doubter: passes what is right, and finds what is wrong and says where."""

import math
from functools import partial

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.autograd import OPS, GradcheckError, Tensor, gradcheck, primitive

V = asarray([0.3, -1.2, 0.8])
M = asarray([[0.3, -1.2, 0.8], [1.5, -0.4, 0.9]])


def _wrong_product(*rules):
    """a·b with the rules given."""

    def product(a, b):
        return a * b

    op = primitive(product)
    op.vjp(*rules)
    return op


@pytest.fixture(autouse=True)
def own_ops(monkeypatch):
    """The ops of a test are gone after it."""
    for name in ("product", "cubed", "joined", "raising", "ruleless"):
        monkeypatch.setitem(OPS, name, None)


def _right_a(g, y, a, b):
    return g * b


def _right_b(g, y, a, b):
    return g * a


WRONG_RULES = {
    "a thousandth off": (_right_a, lambda g, y, a, b: g * a * 1.001),
    "drops a factor": (_right_a, lambda g, y, a, b: g),
    "operands swapped": (lambda g, y, a, b: g * a, lambda g, y, a, b: g * b),
    "wrong sign": (lambda g, y, a, b: -g * b, _right_b),
    "ignores its cotangent": (lambda g, y, a, b: b + 0 * g, _right_b),
    "uses the output for the input": (_right_a, lambda g, y, a, b: g * y),
    "forgets that b takes part": (_right_a, None),
    "not differentiable itself": (lambda g, y, a, b: g * tg.stop_gradient(b), _right_b),
}


@pytest.mark.parametrize("rules", WRONG_RULES.values(), ids=WRONG_RULES)
@pytest.mark.parametrize("inputs", [(0.7, -1.3), (V, M)], ids=["float", "Array"])
def test_a_wrong_rule_is_found(rules, inputs):
    with pytest.raises(GradcheckError, match="^gradcheck of product, .*finite differences"):
        gradcheck(_wrong_product(*rules), *inputs)


def test_the_right_rules_pass():
    assert gradcheck(_wrong_product(_right_a, _right_b), V, M)


def test_a_dropped_term_is_found():
    def joined(x):
        return x * x + 0.01 * x

    op = primitive(joined)
    op.vjp(lambda g, y, x: g * (2 * x))
    with pytest.raises(GradcheckError, match="order 1: input 0"):
        gradcheck(op, 0.5)


def test_a_mistake_in_the_second_derivative_only_is_found_at_order_2():
    def cubed(x):
        return x * x * x

    op = primitive(cubed)
    op.vjp(lambda g, y, x: g * (3 * x * tg.stop_gradient(x)))
    assert gradcheck(op, 0.5, order=1)
    with pytest.raises(GradcheckError, match="order 2: input 0: the rule gives"):
        gradcheck(op, 0.5)


def test_a_mixed_up_entry_is_found():
    def joined(x):
        return x * asarray([1.0, 2.0, 3.0])

    op = primitive(joined)
    op.vjp(lambda g, y, x: g[::-1] * asarray([1.0, 2.0, 3.0]))
    with pytest.raises(GradcheckError, match=r"input 0 at \(0,\)"):
        gradcheck(op, V)


def test_a_gradient_of_the_wrong_shape_is_an_error_of_the_engine():
    op = _wrong_product(lambda g, y, a, b: tg.reshape(g * b, (3, 2)), _right_b)
    with pytest.raises(ValueError, match=r"rule of op 'product' is wrong.*\(3, 2\).*\(2, 3\)"):
        gradcheck(op, M, V)


def test_the_message_names_function_order_input_index_and_both_numbers():
    def halved(x, y):
        return tg.stop_gradient(x) * 0.5 + x * 0.5 + y

    with pytest.raises(GradcheckError) as caught:
        gradcheck(halved, V, M)
    text = str(caught.value)
    assert text.startswith("gradcheck of halved, order 1: input 'x' at (0,): the rule gives ")
    assert "finite differences" in text
    assert "(difference " in text


def _cut(x, y):
    return x * tg.stop_gradient(y)


@pytest.mark.parametrize(
    ("f", "inputs", "name"),
    [
        (_cut, (0.5, 2.0), "of _cut, order 1: input 'y': "),
        (_cut, (0.5, Tensor(2.0, name="bias")), "of _cut, order 1: input 'bias': "),
        (lambda *xs: _cut(*xs), (0.5, 2.0), "of a lambda of stop_gradient, multiply, .* input 1: "),
        (lambda *xs: _cut(*xs), (0.5, Tensor(2.0, name="w")), "input 'w': "),
        (lambda x, *more: _cut(x, *more), (0.5, 2.0), "input 1: "),
        (lambda x: _cut(x, x), (0.5,), "input 0: "),
        (lambda x: _cut(x, x), (Tensor(0.5, name="x[3]"),), r"input 'x\[3\]': "),
        (tg.stop_gradient, (0.5,), "of stop_gradient, order 1: input 0: "),
        (partial(_cut, 0.5), (2.0,), "of partial, order 1: input 0: "),
        (math.tanh, (0.5,), "of tanh, order 1: input 0: no gradient arrives"),
    ],
)
def test_function_and_input_are_called_by_their_names_where_they_have_some(f, inputs, name):
    with pytest.raises(GradcheckError, match=name):
        gradcheck(f, *inputs)


@pytest.mark.parametrize(
    ("f", "inputs", "where"),
    [
        (abs, (0.0,), "input 0, where it is 0:"),
        (abs, (asarray([0.5, 0.0]),), r"input 0 at \(1,\), where it is 0:"),
        (lambda x: tg.where(x > 0, x, 0.0), (0.0,), "input 0, where it is 0:"),
        (lambda x: tg.where(x > 2, 1.0, x), (2.0,), "input 0, where it is 2:"),
        (lambda a, b: tg.where(a > b, a, b), (0.7, 0.7), "input 'a', where it is 0.7:"),
        (lambda x: abs(x) * x * 0.5 + abs(x - 1.0), (1.0,), "input 0, where it is 1:"),
    ],
)
def test_a_kink_is_not_blamed_on_the_rule(f, inputs, where):
    with pytest.raises(GradcheckError, match=f"a kink at {where} choose another point"):
        gradcheck(f, *inputs)


@pytest.mark.parametrize("x", [1e-3, -1e-3, 1e-4])
def test_a_point_near_a_kink_is_as_good_as_any(x):
    assert gradcheck(abs, x)
    assert gradcheck(lambda x: tg.where(x > 0, x * x, -x), x)


def _raising(x):
    raise RuntimeError("broken")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (lambda g, y, x: _raising(x), "the rule of op 'raising' raised RuntimeError: broken"),
        (lambda g, y, x: g[0], r"the rule of op 'raising' is wrong: a gradient of shape \(\)"),
        (lambda g, y, x: g @ g @ g, "the rule of op 'raising' raised "),
        (lambda g, y, x: None, "op 'raising'"),
    ],
)
def test_a_rule_that_fails_is_named(rule, said):
    def raising(x):
        return x * 2.0

    op = primitive(raising)
    op.vjp(rule)
    with pytest.raises(GradcheckError, match=f"gradcheck of twice, order 1: .*{said}"):
        gradcheck(_named("twice", lambda x: tg.tanh(op(x * 1.0))), V)


def _named(name, f):
    f.__name__ = name
    return f


def test_a_rule_that_fails_on_tensors_only_is_named_at_order_2():
    def raising(x):
        return tg.tanh(x)

    op = primitive(raising)
    op.vjp(lambda g, y, x: g * (_raising(x) if type(x) is Tensor else 1.0 - y * y))
    assert gradcheck(op, 0.5, order=1)
    with pytest.raises(GradcheckError, match="raising, order 2: the rule of op 'raising' raised"):
        gradcheck(op, 0.5)


def test_a_missing_rule_and_a_wrong_count_are_named():
    def ruleless(x):
        return x

    with pytest.raises(GradcheckError, match="gradcheck of ruleless, .*op 'ruleless' has no vjp"):
        gradcheck(primitive(ruleless), 0.5)

    def joined(*xs):
        return xs[0] * xs[1]

    op = primitive(joined)
    op.vjp(lambda g, y, *xs: [g])
    with pytest.raises(GradcheckError, match="op 'joined' returned 1 gradients for 2 inputs"):
        gradcheck(op, 0.5, 2.0)


def test_an_error_of_the_function_itself_is_passed_on():
    with pytest.raises(RuntimeError, match="^broken$"):
        gradcheck(_raising, 0.5)


@pytest.mark.parametrize(
    ("f", "inputs"),
    [
        (lambda x, y: x * y + tg.tanh(x), (0.5, -1.2)),
        (lambda x: tg.sum(x * x), (V,)),
        (lambda x: x * 3, ([1, 2],)),
        (lambda x: x * x * 1.5, (asarray([1, 2]),)),
        (lambda x: x * x, (Tensor(3.0),)),
        (lambda x: x * x, (2,)),
        (lambda x: 5.0, (2.0,)),
        (lambda x, y: x * x, (2.0, V)),
        (lambda x: 1 / x, (0.02,)),
        (lambda x: x, (asarray([]),)),
        (lambda x: tg.exp(x) * 1e6, (3.0,)),
    ],
)
def test_what_is_right_passes(f, inputs):
    assert gradcheck(f, *inputs) is True


def test_a_function_that_cuts_the_gradient_is_found():
    with pytest.raises(GradcheckError, match="no gradient arrives .*, finite differences"):
        gradcheck(lambda x: tg.stop_gradient(x) * 2, 1.5)


def test_a_nan_is_never_right():
    with pytest.raises(GradcheckError, match="nan"):
        gradcheck(lambda x: x * math.nan, 1.0)


def test_numpy_inputs_are_checked_and_not_written_to():
    numpy = pytest.importorskip("numpy")
    x = numpy.array([0.3, -1.2])
    assert gradcheck(lambda x: tg.tanh(x) * x, x)
    assert x.tolist() == [0.3, -1.2]


def test_higher_orders_can_be_asked_for():
    assert gradcheck(tg.tanh, 0.5, order=3, rtol=1e-6)


def test_float32_inputs_are_checked_in_double():
    numpy = pytest.importorskip("numpy")
    assert gradcheck(lambda x: tg.tanh(x) * x, numpy.array([0.3, -1.2], dtype="float32"))


def test_a_builtin_that_does_not_name_its_parameters_has_them_numbered():
    assert gradcheck(max, 2.0, 1.0)
    with pytest.raises(GradcheckError, match="gradcheck of max, .* kink at input 0, where it is 1"):
        gradcheck(max, 1.0, 1.0)
