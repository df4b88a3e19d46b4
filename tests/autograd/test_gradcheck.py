"""The doubter: passes what is right, and finds what is wrong and says where."""

import math

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
    for name in ("product", "cubed", "joined"):
        monkeypatch.setitem(OPS, name, None)


def _right_a(g, y, a, b):
    return g * b


def _right_b(g, y, a, b):
    return g * a


WRONG_RULES = {
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
    with pytest.raises(GradcheckError, match="the rule gives .*, finite differences"):
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
    assert text.startswith("gradcheck of halved, order 1: input 0 at (0,): the rule gives ")
    assert "finite differences" in text
    assert "(difference " in text


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
    with pytest.raises(GradcheckError, match="the rule gives 0, finite differences"):
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
