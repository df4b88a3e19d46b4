"""Optimisers: a first step by hand, a dozen against PyTorch; what they do to the module."""

import gc
import math
import random

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.nn import optim


class Weights(nn.Module):
    """Parameters a, b, ..."""

    def __init__(self, *values):
        for name, value in zip("abc", values, strict=False):
            setattr(self, name, tg.Tensor(value, name=name))


# -- by hand ---------------------------------------------------------------------------------------

FIRST_STEPS = {  # p = 3, g = 2, lr = 0.1
    "SGD": (lambda m: optim.SGD(m, lr=0.1), 3 - 0.1 * 2),
    "SGD with momentum": (lambda m: optim.SGD(m, lr=0.1, momentum=0.9), 3 - 0.1 * 2),
    "Adam": (lambda m: optim.Adam(m, lr=0.1), 3 - 0.1 * 2 / (2 + 1e-8)),
}

SECOND_STEPS = {  # then g = -1
    "SGD": 2.8 + 0.1,
    "SGD with momentum": 2.8 - 0.1 * (0.9 * 2 - 1),
    "Adam": (
        3 - 0.1 * 2 / (2 + 1e-8)
        - 0.1 * ((0.9 * 0.2 - 0.1) / (1 - 0.81))
        / (math.sqrt((0.999 * 0.004 + 0.001) / (1 - 0.999**2)) + 1e-8)
    ),
}


@pytest.mark.parametrize("kind", FIRST_STEPS)
def test_the_first_two_steps_by_hand_of(kind):
    make, first = FIRST_STEPS[kind]
    module = Weights(3.0)
    optimizer = make(module)
    optimizer.step({module.a: 2.0})
    assert module.a.value == pytest.approx(first, rel=1e-14)
    optimizer.step({module.a: -1.0})
    assert module.a.value == pytest.approx(SECOND_STEPS[kind], rel=1e-12)


# -- against PyTorch -------------------------------------------------------------------------------

AGAINST = {
    "SGD": ("SGD", {"lr": 0.05}),
    "SGD with momentum": ("SGD", {"lr": 0.05, "momentum": 0.9}),
    "Adam": ("Adam", {"lr": 0.05}),
    "Adam with other settings": ("Adam", {"lr": 0.01, "betas": (0.5, 0.9), "eps": 1e-3}),
}


def bowl(a, b):
    """Not a quadratic, and different along every axis: Σ a⁴ + a·b."""
    return (a * a * a * a).sum() + (a * b).sum()


@pytest.mark.parametrize("case", AGAINST)
def test_a_dozen_steps_are_those_of_pytorch(case):
    torch = pytest.importorskip("torch")
    kind, settings = AGAINST[case]
    rng = random.Random(0)
    start = [[[rng.gauss(0, 1) for _ in range(3)] for _ in range(2)] for _ in range(2)]
    module = Weights(*start)
    theirs = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in start]
    ours, its = getattr(optim, kind)(module, **settings), getattr(torch.optim, kind)(
        theirs, **settings
    )
    for _ in range(12):
        bowl(module.a, module.b).backward()
        ours.step()
        its.zero_grad()
        bowl(*theirs).backward()
        its.step()
        for p, q in zip(module.parameters(), theirs, strict=True):
            found = torch.tensor(p.tolist(), dtype=torch.float64)
            assert torch.allclose(found, q, rtol=0, atol=1e-12)


# -- what a step does ------------------------------------------------------------------------------

KINDS = {name: make for name, (make, _) in FIRST_STEPS.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_held_tensor_keeps_its_value_and_the_recorded_graph_stays_true(kind):
    module = Weights(3.0)
    held, loss = module.a, module.a * module.a
    KINDS[kind](module).step(tg.gradients(loss))
    assert held.value == 3.0
    assert module.a is not held
    assert module.a.value < 3.0
    assert (loss.value, tg.gradients(loss)[held]) == (9.0, 6.0)


@pytest.mark.parametrize("kind", KINDS)
def test_grads_and_grad_are_the_same_step(kind):
    one, other = Weights(3.0, [1.0, 2.0]), Weights(3.0, [1.0, 2.0])
    KINDS[kind](one).step(tg.gradients(tg.sum(one.a * one.b)))
    tg.sum(other.a * other.b).backward()
    KINDS[kind](other).step()
    assert one.a.value == other.a.value != 3.0
    assert one.b.tolist() == other.b.tolist() != [1.0, 2.0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_parameter_without_gradient_is_left_alone(kind):
    module = Weights(3.0, 5.0)
    b = module.b
    optimizer = KINDS[kind](module)
    optimizer.step({module.a: 1.0})
    assert module.b is b
    assert module.a.value != 3.0
    optimizer.step({})
    optimizer.step()
    assert module.b is b


def test_given_grads_are_taken_and_not_grad():
    module = Weights(3.0)
    module.a.grad = 100.0
    optim.SGD(module, lr=0.1).step({module.a: 1.0})
    assert module.a.value == pytest.approx(2.9)


def test_the_new_parameter_keeps_the_name_and_kind_and_drops_the_gradient():
    numpy = pytest.importorskip("numpy")
    module = Weights(numpy.array([1.0, 2.0]))
    tg.sum(module.a * module.a).backward()
    optim.Adam(module, lr=0.5).step()
    assert module.a.name == "a"
    assert module.a.grad is None
    assert isinstance(module.a.value, numpy.ndarray)
    assert module.a.tolist() == pytest.approx([0.5, 1.5], abs=1e-6)


def test_adam_counts_the_steps_of_each_parameter_by_itself():
    module, alone = Weights(1.0, 1.0), Weights(1.0)
    together, single = optim.Adam(module, lr=0.1), optim.Adam(alone, lr=0.1)
    for _ in range(3):
        together.step({module.a: 1.0})
    together.step({module.b: 0.5})
    single.step({alone.a: 0.5})
    assert module.b.value == alone.a.value


def test_the_learning_rate_may_be_changed_between_steps():
    module = Weights(3.0)
    optimizer = optim.SGD(module, lr=0.1)
    optimizer.lr = 1.0
    optimizer.step({module.a: 1.0})
    assert module.a.value == 2.0


NOT_A_MODULE = {
    "a list": lambda m: list(m.parameters()),
    "an iterator": lambda m: m.parameters(),
    "a Tensor": lambda m: m.a,
    "a state": lambda m: m.state_dict(),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", NOT_A_MODULE)
def test_parameters_instead_of_the_module_are_refused(kind, case):
    with pytest.raises(TypeError, match="pass the module, not its parameters"):
        KINDS[kind](NOT_A_MODULE[case](Weights(1.0)))


SETTINGS = {
    "SGD lr 0": (lambda m: optim.SGD(m, lr=0), "SGD: lr must be above 0 and finite, got 0"),
    "Adam lr nan": (lambda m: optim.Adam(m, lr=math.nan), "Adam: lr must be above 0 .* got nan"),
    "SGD lr inf": (lambda m: optim.SGD(m, lr=math.inf), "SGD: lr must be above 0 .* got inf"),
    "momentum 1": (lambda m: optim.SGD(m, 0.1, momentum=1.0), r"SGD: momentum .* \[0, 1\), got 1"),
    "beta 1": (lambda m: optim.Adam(m, betas=(0.9, 1.0)), r"Adam: betas .* \[0, 1\), got \(0.9"),
    "norm 0": (lambda m: optim.clip_grad_norm(m, 0.0), "max_norm must be above 0, got 0"),
    "norm nan": (lambda m: optim.clip_grad_norm(m, math.nan), "max_norm must be above 0, got nan"),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_a_setting_out_of_range_is_refused(case):
    make, message = SETTINGS[case]
    with pytest.raises(ValueError, match=message):
        make(Weights(1.0))


def test_an_optimizer_says_how_a_parameter_moves():
    module = Weights(1.0)
    with pytest.raises(NotImplementedError):
        optim.Optimizer(module, lr=0.1).step({module.a: 1.0})


# -- clipping --------------------------------------------------------------------------------------


def with_grads(a, b):
    """A module of two parameters with these gradients, and the same as a dict."""
    module = Weights([1.0, 1.0], 1.0)
    module.a.grad, module.b.grad = asarray(a), b
    return module, {module.a: asarray(a), module.b: b}


def read(module, grads):
    a, b = (p.grad if grads is None else grads[p] for p in (module.a, module.b))
    return [*a.tolist(), b]


CLIPS = {  # the norm of (2, 3, 6) is 7
    "above": (3.5, [1.0, 1.5, 3.0]),
    "at": (7.0, [2.0, 3.0, 6.0]),
    "below": (10.0, [2.0, 3.0, 6.0]),
}


@pytest.mark.parametrize("where", [".grad", "a dict"])
@pytest.mark.parametrize("case", CLIPS)
def test_gradients_are_scaled_together_in(where, case):
    max_norm, expected = CLIPS[case]
    module, grads = with_grads([2.0, 3.0], 6.0)
    chosen, untouched = (None, grads) if where == ".grad" else (grads, None)
    assert optim.clip_grad_norm(module, max_norm, chosen) == 7.0
    assert read(module, chosen) == expected
    assert read(module, untouched) == [2.0, 3.0, 6.0]


CHOSEN = {
    "the module": lambda m: m,
    "an iterator": lambda m: m.parameters(),
    "a list": lambda m: [m.a, m.b],
    "a list with one twice": lambda m: [m.a, m.b, m.a],
}


@pytest.mark.parametrize("case", CHOSEN)
def test_the_parameters_to_clip_may_be(case):
    module, _ = with_grads([2.0, 3.0], 6.0)
    assert optim.clip_grad_norm(CHOSEN[case](module), 3.5) == 7.0
    assert read(module, None) == [1.0, 1.5, 3.0]


def test_a_single_tensor_is_clipped_alone():
    module, _ = with_grads([3.0, 4.0], 6.0)
    assert optim.clip_grad_norm(module.a, 2.5) == 5.0
    assert read(module, None) == [1.5, 2.0, 6.0]


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_gradients_that_are_not_finite_are_left_to_be_seen(bad):
    module, _ = with_grads([bad, 3.0], 6.0)
    norm = optim.clip_grad_norm(module, 1.0)
    assert not math.isfinite(norm)
    assert read(module, None)[1:] == [3.0, 6.0]
    assert str(module.a.grad.tolist()[0]) == str(bad)


def test_without_gradients_the_norm_is_zero():
    assert optim.clip_grad_norm(Weights(1.0), 1.0) == 0.0
    assert optim.clip_grad_norm(Weights(1.0), 1.0, {}) == 0.0


def test_the_norm_does_not_overflow_on_the_way():
    module, _ = with_grads([3e200, 0.0], 4e200)
    assert optim.clip_grad_norm(module, 1.0) == pytest.approx(5e200)
    assert read(module, None) == pytest.approx([0.6, 0.0, 0.8])


def test_clipping_agrees_with_pytorch():
    torch = pytest.importorskip("torch")
    module, grads = with_grads([-2.0, 0.5], 3.0)
    theirs = [torch.ones(2, dtype=torch.float64), torch.ones((), dtype=torch.float64)]
    for p, g in zip(theirs, ([-2.0, 0.5], 3.0), strict=True):
        p.grad = torch.tensor(g, dtype=torch.float64)
    total = torch.nn.utils.clip_grad_norm_(theirs, 1.25).item()
    assert optim.clip_grad_norm(module, 1.25, grads) == pytest.approx(total, rel=1e-14)
    expected = [*theirs[0].grad.tolist(), theirs[1].grad.item()]
    assert read(module, grads) == pytest.approx(expected, rel=1e-6)  # PyTorch adds 1e-6 to the norm


# -- training --------------------------------------------------------------------------------------


def train(model, optimizer, steps):
    xs, target = [asarray([[0.5]]), asarray([[-1.0]])], asarray([[0.25, -0.5]])
    for _ in range(steps):
        loss = nn.mse_loss(nn.unroll(model, xs).outputs[-1], target)
        loss.backward()
        optim.clip_grad_norm(model, 1.0)
        optimizer.step()
    return loss.item()


@pytest.mark.parametrize("kind", KINDS)
def test_training_reaches_its_target(kind):
    model = nn.RNNCell(1, 2, random.Random(0))
    assert train(model, KINDS[kind](model), 300) < 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_training_leaves_nothing_for_the_garbage_collector(kind):
    model = nn.LSTMCell(1, 2, random.Random(0))
    optimizer = KINDS[kind](model)
    train(model, optimizer, 10)
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        train(model, optimizer, 200)
        assert len(gc.get_objects()) - before < 50
    finally:
        gc.enable()
