"""The chain rule: numbers by hand, what is called, what is absent, and what is refused."""

import math
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.autograd import OPS, Tensor, gradients, primitive
from tinygrad_rnn.autograd.backprop import backpropagate, backward_order, unbroadcast, walk_back


@pytest.fixture(autouse=True)
def own_ops(monkeypatch):
    """The ops of a test are gone after it."""
    for name in ("bare", "wrong"):
        monkeypatch.setitem(OPS, name, None)


@pytest.fixture
def called(monkeypatch):
    """The (op name, input number) of every rule that is called, in order."""
    record = []

    def noting(name, i, rule):
        def noted(*args, **attrs):
            record.append((name, i))
            return rule(*args, **attrs)

        return rule and noted

    for name, op in OPS.items():
        if op is not None and op.rules:
            rules = tuple(noting(name, i, rule) for i, rule in enumerate(op.rules))
            monkeypatch.setattr(op, "rules", rules)
    return record


# -- numbers by hand ------------------------------------------------------------------------------


def test_the_gradient_of_xy_plus_tanh_x_is_y_plus_one_minus_tanh_squared():
    x, y = Tensor(0.5), Tensor(-1.2)
    z = x * y + tg.tanh(x)
    assert z.value == pytest.approx(-0.6 + 0.46211715726)
    found = gradients(z)
    assert found[x] == pytest.approx(-1.2 + 1 - 0.46211715726**2)
    assert found[y] == 0.5


def test_both_inputs_of_x_times_x_count():
    x = Tensor(3.0)
    assert gradients(x * x)[x] == 6.0
    assert gradients(x * x * x)[x] == 27.0
    assert gradients(x + x + x)[x] == 3.0


def test_a_diamond_adds_what_comes_back_along_both_sides():
    x = Tensor(2.0)
    a = x * 3
    b, c = a * a, a + 1
    y = b * c  # 9x²·(3x + 1): dy/dx = 81x² + 18x
    found = gradients(y)
    assert (found[x], found[a], found[b], found[c]) == (360.0, 120.0, 7.0, 36.0)


def test_a_node_waits_for_all_its_uses_also_along_a_short_cut():
    x = Tensor(1.0)
    a = x * 2
    y = a + ((a * 3) * 5) * 7
    assert gradients(y)[x] == 2 * (1 + 105)


@pytest.mark.parametrize("kind", ["Array", "numpy"])
@pytest.mark.parametrize(
    ("shape", "other", "expected"),
    [
        ((), (2, 3), 6.0),
        ((1,), (3,), [3.0]),
        ((1, 1), (2, 3), [[6.0]]),
        ((2, 1), (2, 3), [[3.0], [3.0]]),
        ((3,), (2, 3), [2.0, 2.0, 2.0]),
        ((1, 3), (2, 3), [[2.0, 2.0, 2.0]]),
        ((1,), (0,), [0.0]),
        ((2, 3), (), [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]),
        ((1, 2, 1), (4, 1, 3), [[[12.0], [12.0]]]),
    ],
)
def test_broadcasting_is_undone_by_summing(kind, shape, other, expected):
    xp = tg.arrays if kind == "Array" else pytest.importorskip("numpy")
    x, y = Tensor(xp.zeros(shape)), Tensor(xp.ones(other))
    found = gradients(tg.sum(x + y))
    assert found[x].tolist() == expected
    assert found[y].shape == other


def test_a_float_beside_an_array_receives_a_float():
    x, w = Tensor(2.0), Tensor([1.0, 2.0, 3.0])
    found = gradients(tg.sum(x * w))
    assert found[x] == 6.0
    assert type(found[x]) is float
    assert found[w].tolist() == [2.0, 2.0, 2.0]


# -- backward and gradients -----------------------------------------------------------------------


def test_backward_assigns_so_twice_is_as_once():
    x, y = Tensor(2.0), Tensor(3.0)
    z = x * y
    z.backward()
    z.backward()
    assert (x.grad, y.grad, z.grad) == (3.0, 2.0, 1.0)


def test_two_losses_do_not_accumulate():
    x = Tensor(2.0)
    (x * 3).backward()
    (x * 5).backward()
    assert x.grad == 5.0


def test_gradients_writes_nothing_to_the_graph():
    x = Tensor(2.0)
    y = x * x
    gradients(y)
    assert (x.grad, y.grad) == (None, None)


def test_what_y_does_not_depend_on_is_absent():
    x, other = Tensor(2.0), Tensor(3.0)
    unused = x * other
    found = gradients(x * x)
    assert found[x] == 4.0
    assert other not in found
    assert unused not in found
    assert [node.value for node in found] == [4.0, 2.0]


def test_the_gradient_of_a_leaf_by_itself_is_1():
    x = Tensor(5.0)
    assert gradients(x) == {x: 1.0}
    assert gradients(Tensor([[7.0]])).popitem()[1].tolist() == [[1.0]]


def test_a_seed_is_the_cotangent_to_start_from():
    x = Tensor([1.0, 2.0])
    y = x * x
    assert gradients(y, seed=[1.0, 10.0])[x].tolist() == [2.0, 40.0]
    assert gradients(y, seed=asarray([0.0, 1.0]))[x].tolist() == [0.0, 4.0]
    z = Tensor(3.0)
    assert gradients(z * z, seed=2)[z] == 12.0
    y.backward(seed=[1.0, 1.0])
    assert x.grad.tolist() == [2.0, 4.0]


def test_a_seed_may_itself_be_a_tensor():
    x, seed = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    found = gradients(x * x, seed=seed, differentiable=True)[x]
    assert gradients(tg.sum(found))[seed].tolist() == [2.0, 4.0]


def test_the_nodes_come_from_y_to_the_leaves_each_after_all_that_use_it():
    x = Tensor(2.0)
    a = x * 3
    y = a * a + x
    order = backward_order([y])
    position = {node: i for i, node in enumerate(order)}
    assert order[0] is y
    assert len(order) == 4
    for node in order:
        assert all(position[node] < position[i] for i in node.inputs if type(i) is Tensor)


def test_several_roots_are_ordered_together_also_where_one_uses_another():
    x = Tensor(2.0)
    a = x * 3
    y = a + 1
    order = backward_order([a, y])
    assert [node is expected for node, expected in zip(order, [y, a, x], strict=True)] == [True] * 3


def test_backpropagate_tells_what_goes_back_along_every_input():
    x = Tensor(3.0)
    y = x * x
    steps = [(node is y, g, pulled) for node, g, pulled in backpropagate(y * 5.0)]
    assert steps == [(False, 1.0, [5.0, None]), (True, 5.0, [15.0, 15.0]), (False, 30.0, [])]


# -- no arithmetic for what needs none ------------------------------------------------------------


@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        (lambda x: x * 3.0, [("multiply", 0)]),
        (lambda x: 3.0 * x, [("multiply", 1)]),
        (lambda x: 2.0 / x, [("divide", 1)]),
        (lambda x: x**2, [("pow", 0)]),
        (lambda x: tg.where(True, x, 0.0), [("where", 1)]),
        (lambda x: tg.stop_gradient(tg.exp(x)) + x, [("add", 0), ("add", 1)]),
    ],
)
def test_only_the_rules_of_inputs_that_are_tensors_are_called(called, compute, expected):
    gradients(compute(Tensor(2.0)))
    assert called == expected


def test_linear_spends_nothing_on_a_plain_x(called):
    weight, bias = Tensor([[1.0, 2.0]]), Tensor([0.0])
    y = tg.linear(asarray([[3.0, 4.0]]), weight, bias)
    called.clear()
    found = gradients(y)
    assert ("linear", 0) not in called
    assert found[weight].tolist() == [[3.0, 4.0]]


# -- cuts -----------------------------------------------------------------------------------------


def test_stop_gradient_is_visible_and_lets_nothing_through():
    x = Tensor(3.0)
    cut = tg.stop_gradient(x * x)
    y = cut * x
    found = gradients(y)
    assert (y.value, cut.op.name) == (27.0, "stop_gradient")
    assert found[x] == 9.0
    assert found[cut] == 3.0
    assert cut.inputs[0] not in found


def test_what_is_reached_through_a_stop_gradient_only_is_absent():
    x = Tensor(3.0)
    assert x not in gradients(tg.stop_gradient(x) * 2.0)


def test_detach_is_the_plain_value_and_forgets_the_graph():
    x = Tensor(3.0)
    assert type(x.detach()) is float
    assert gradients(x * x.detach())[x] == 3.0


# -- derivatives of derivatives -------------------------------------------------------------------


def test_the_second_derivative_of_x_cubed_at_2_is_12():
    x = Tensor(2.0)
    first = gradients(x**3, differentiable=True)[x]
    second = gradients(first, differentiable=True)[x]
    third = gradients(second)[x]
    assert (first.value, second.value, third) == (12.0, 12.0, 6.0)


def test_all_derivatives_of_a_quartic_are_right_down_to_the_constant():
    x = Tensor(3.0)
    y, found = x * x * x * x, []
    while type(y) is Tensor:
        found.append(y.value)
        y = gradients(y, differentiable=True).get(x)
    assert found[:4] == [81.0, 108.0, 108.0, 72.0]


def test_the_second_derivative_of_tanh_is_minus_two_tanh_times_its_slope():
    x = Tensor(0.5)
    first = gradients(tg.tanh(x), differentiable=True)[x]
    t = math.tanh(0.5)
    assert gradients(first)[x] == pytest.approx(-2 * t * (1 - t * t))


def test_nested_derivatives_are_not_confused():
    x, z = Tensor(2.0), Tensor(3.0)
    inner = gradients(x * x * z, differentiable=True)[x]
    outer = z * inner  # z·2xz: d/dz = 4xz
    assert inner.value == 12.0
    assert gradients(outer)[z] == 24.0


def test_a_mixed_derivative_goes_through_arrays():
    x, w = Tensor([1.0, 2.0]), Tensor([[3.0, 5.0]])
    first = gradients(tg.sum(tg.square(w @ x)), differentiable=True)[x]  # 2(w·x)w
    assert first.tolist() == [78.0, 130.0]
    second = gradients(first[0])  # d/dx = 2·w₀·w; d/dw = 2w₀x + 2(w·x)e₀
    assert second[x].tolist() == [18.0, 30.0]
    assert second[w].tolist() == [[32.0, 12.0]]


def test_the_gradient_of_what_is_linear_is_plain():
    x = Tensor(2.0)
    assert type(gradients(x * 3.0 + 1.0, differentiable=True)[x]) is float


def test_plain_gradients_record_nothing():
    x, y = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    assert {type(g) for g in gradients(tg.sum(x * y)).values()} == {type(asarray(1.0))}


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (lambda: Tensor([1.0, 2.0, 3.0]).backward(), ValueError,
         r"backward\(\) needs a scalar, got shape \(3,\): sum it, or pass seed="),
        (lambda: gradients(3.0), TypeError,
         "gradients: needs a Tensor, got the plain value 3.0: nothing to do"),
        (lambda: gradients(asarray([1.0])), TypeError, r"got the plain value Array\(\[1.0\]\)"),
        (lambda: gradients(Tensor([1.0, 2.0]), seed=[1.0]), ValueError,
         r"seed has shape \(1,\), the Tensor has \(2,\): the seed is dL/dy, and has y's shape"),
        (lambda: gradients(Tensor([1.0]), seed=Tensor(1.0)), ValueError,
         r"seed has shape \(\), the Tensor has \(1,\)"),
        (lambda: unbroadcast(asarray([1.0, 2.0]), (3,)), ValueError,
         r"a gradient of shape \(2,\) does not sum to the shape \(3,\)"),
        (lambda: unbroadcast(asarray([1.0]), (1, 1)), ValueError,
         r"a gradient of shape \(1,\) does not sum to the shape \(1, 1\)"),
        (lambda: unbroadcast(asarray([1.0]), (2,)), ValueError, "does not sum to"),
    ],
)  # fmt: skip
def test_what_cannot_be_differentiated_says_why(wrong, error, text):
    with pytest.raises(error, match=text):
        wrong()


def test_an_op_without_a_rule_says_how_to_add_one():
    @primitive
    def bare(x):
        return x * 2

    text = r"op 'bare' has no vjp: add one with @bare\.vjp \(examples/02_add_an_op\.py\)"
    y = bare(Tensor(1.0))
    assert y.value == 2.0
    with pytest.raises(ValueError, match=text):
        y.backward()


@pytest.mark.parametrize(
    ("shape", "given"), [((2,), (3,)), ((2, 3), (3,)), ((), (2,)), ((2, 1), (2,)), ((2,), ())]
)
def test_a_rule_whose_gradient_does_not_fit_is_named_with_both_shapes(shape, given):
    @primitive
    def wrong(x):
        return x * 1.0

    wrong.vjp(lambda g, y, x: tg.arrays.ones(given))
    x = Tensor(tg.arrays.ones(shape)) if shape else Tensor([1.0])[0]
    if shape == ():
        assert gradients(wrong(x))[x].item() == 2.0  # summed: gradcheck's to find
        return
    with pytest.raises(ValueError, match="the rule of op 'wrong' is wrong: a gradient") as caught:
        gradients(tg.sum(wrong(x)))
    assert str(given) in str(caught.value)
    assert str(shape) in str(caught.value)


@pytest.mark.parametrize("count", [1, 3])
def test_a_variadic_rule_that_returns_the_wrong_count_is_named(count):
    @primitive
    def wrong(*xs):
        return sum(xs)

    wrong.vjp(lambda g, y, *xs: [g] * count)
    text = f"the rule of op 'wrong' returned {count} gradients for 2 inputs: return one for each"
    with pytest.raises(ValueError, match=text):
        gradients(wrong(Tensor(1.0), Tensor(2.0)))


@pytest.mark.parametrize("kind", ["one rule", "forgotten", "variadic"])
def test_a_rule_that_returns_the_wrong_kind_of_thing_is_named(kind):
    @primitive
    def wrong(*xs):
        return sum(xs)

    @primitive
    def bare(x):
        return x * 2.0

    wrong.vjp(lambda g, y, *xs: g)
    bare.vjp(lambda g, y, x: None if kind == "forgotten" else (g, g))
    op, text = {
        "one rule": (bare, "the rule of op 'bare' returned a tuple: it returns one gradient, and"),
        "forgotten": (bare, "the rule of op 'bare' returned a NoneType: it returns one gradient"),
        "variadic": (wrong, "the rule of op 'wrong' returned a float: a list of 1 gradients"),
    }[kind]
    with pytest.raises(TypeError, match=text):
        gradients(op(Tensor(1.0)))


def test_a_variadic_rule_may_return_none_where_nothing_flows():
    @primitive
    def wrong(*xs):
        return xs[0]

    wrong.vjp(lambda g, y, *xs: [g, None])
    x, y = Tensor(1.0), Tensor(2.0)
    found = gradients(wrong(x, y))
    assert found[x] == 1.0
    assert y not in found


# -- threads --------------------------------------------------------------------------------------


def test_eight_threads_get_the_numbers_of_one():
    def trained(seed):
        w, h = Tensor([[0.1 * seed, 0.2], [0.3, -0.1]]), Tensor([0.5, 0.1 * seed])
        for _ in range(30):
            x = tg.tanh(w @ h)
            w = Tensor((w - gradients(tg.sum(tg.square(x)))[w]).value)
        return w.tolist()

    alone = [trained(seed) for seed in range(8)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as pool:
            together = list(pool.map(trained, range(8)))
    finally:
        sys.setswitchinterval(interval)
    assert together == alone


# -- the walk from several roots, and to some ends ------------------------------------------------


def test_the_walk_starts_at_several_roots_and_stops_at_the_ends():
    x = Tensor(2.0)
    a = x * 3.0
    y, z = a * a, a + 1.0
    found = {node: g for node, g, _ in walk_back({y: 1.0, z: 10.0}, ends={a})}
    assert found == {y: 1.0, z: 10.0, a: 22.0}


# -- an oracle ------------------------------------------------------------------------------------


def test_a_recurrent_network_has_the_gradients_of_torch():
    torch = pytest.importorskip("torch")
    steps, size = 6, 4
    given = {
        "w": [[math.sin(3 * i + j) * 0.5 for j in range(size)] for i in range(size)],
        "u": [[math.cos(i + 2 * j) * 0.5 for j in range(2)] for i in range(size)],
        "b": [0.1, -0.2, 0.3, 0.0],
    }
    xs = [[math.sin(t), math.cos(2 * t)] for t in range(steps)]

    def loss(tanh, w, u, b, h, inputs):
        for x in inputs:
            h = tanh(w @ h + u @ x + b)
        return (h * h).sum()

    theirs = {k: torch.tensor(v, dtype=torch.float64, requires_grad=True) for k, v in given.items()}
    state = torch.zeros(size, dtype=torch.float64)
    plain = [torch.tensor(x, dtype=torch.float64) for x in xs]
    expected = loss(torch.tanh, **theirs, h=state, inputs=plain)
    expected.backward()
    ours = {k: Tensor(v) for k, v in given.items()}
    result = loss(tg.tanh, **ours, h=tg.arrays.zeros(size), inputs=map(asarray, xs))
    found = gradients(result)
    assert result.item() == pytest.approx(expected.item(), rel=1e-12)
    for name in given:
        flat = tg.reshape(found[ours[name]], -1).tolist()
        assert flat == pytest.approx(theirs[name].grad.flatten().tolist(), rel=1e-11, abs=1e-14)
