"""Optimisers: a first step by hand, a dozen against PyTorch; what they do to the module."""

import copy
import gc
import math
import pickle
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
    "SGD with Nesterov": (
        lambda m: optim.SGD(m, lr=0.1, momentum=0.9, nesterov=True), 3 - 0.1 * (2 + 0.9 * 2),
    ),
    "SGD with weight decay": (
        lambda m: optim.SGD(m, lr=0.1, weight_decay=0.5), 3 - 0.1 * (2 + 0.5 * 3),
    ),
    "RMSprop": (
        lambda m: optim.RMSprop(m, lr=0.1, alpha=0.75, eps=0.5), 3 - 0.1 * 2 / (1 + 0.5),
    ),
    "RMSprop with momentum": (
        lambda m: optim.RMSprop(m, lr=0.1, alpha=0.75, eps=0.5, momentum=0.5),
        3 - 0.1 * 2 / (1 + 0.5),
    ),
    "RMSprop, centered": (  # v - m² = 1 - 0.5²
        lambda m: optim.RMSprop(m, lr=0.1, alpha=0.75, centered=True),
        3 - 0.1 * 2 / (math.sqrt(0.75) + 1e-8),
    ),
    "Adam": (lambda m: optim.Adam(m, lr=0.1), 3 - 0.1 * 2 / (2 + 1e-8)),
    "AdamW": (
        lambda m: optim.AdamW(m, lr=0.1, weight_decay=0.5), 3 * 0.95 - 0.1 * 2 / (2 + 1e-8),
    ),
}
ADAM_2 = (  # what Adam takes off at its second step
    0.1 * ((0.9 * 0.2 - 0.1) / (1 - 0.81))
    / (math.sqrt((0.999 * 0.004 + 0.001) / (1 - 0.999**2)) + 1e-8)
)

SECOND_STEPS = {  # then g = -1
    "SGD": 2.8 + 0.1,
    "SGD with momentum": 2.8 - 0.1 * (0.9 * 2 - 1),
    "SGD with Nesterov": 2.62 - 0.1 * (-1 + 0.9 * (0.9 * 2 - 1)),
    "SGD with weight decay": 2.65 - 0.1 * (-1 + 0.5 * 2.65),
    "RMSprop": 3 - 0.2 / 1.5 + 0.1 / (1 + 0.5),  # v = 0.75·1 + 0.25·1
    "RMSprop with momentum": 3 - 0.2 / 1.5 - 0.1 * (0.5 * 2 / 1.5 - 1 / 1.5),
    "RMSprop, centered": (  # m = 0.75·0.5 - 0.25·1
        3 - 0.2 / (math.sqrt(0.75) + 1e-8) + 0.1 / (math.sqrt(1 - 0.125**2) + 1e-8)
    ),
    "Adam": 3 - 0.2 / (2 + 1e-8) - ADAM_2,
    "AdamW": (2.85 - 0.2 / (2 + 1e-8)) * 0.95 - ADAM_2,
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
    "SGD with Nesterov": ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    "SGD with all": (
        "SGD", {"lr": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.1},
    ),
    "RMSprop as it comes": ("RMSprop", {}),
    "RMSprop with weight decay": ("RMSprop", {"lr": 0.05, "alpha": 0.9, "weight_decay": 0.1}),
    "RMSprop with momentum": ("RMSprop", {"lr": 0.02, "momentum": 0.9, "eps": 1e-3}),
    "RMSprop, centered": ("RMSprop", {"lr": 0.05, "centered": True}),
    "RMSprop with all": (
        "RMSprop", {"lr": 0.01, "centered": True, "momentum": 0.5, "weight_decay": 0.1},
    ),
    "Adam as it comes": ("Adam", {}),
    "Adam": ("Adam", {"lr": 0.05}),
    "Adam with weight decay": ("Adam", {"lr": 0.05, "weight_decay": 0.1}),
    "AdamW as it comes": ("AdamW", {}),
    "AdamW with other settings": (
        "AdamW", {"lr": 0.05, "betas": (0.5, 0.9), "eps": 1e-3, "weight_decay": 0.3},
    ),
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


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_that_moves_nothing_says_so(kind):
    module = Weights(3.0, 5.0)
    stale = tg.square(module.a)
    optimizer = KINDS[kind](module)
    optimizer.step({module.a: 1.0})
    a = module.a
    for grads in ({}, None, tg.gradients(stale)):  # the last are those of a parameter of before
        with pytest.warns(UserWarning, match=r"step: no parameter has a gradient"):
            optimizer.step(grads)
    assert module.a is a


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


@pytest.mark.parametrize("lr", [0, -0.1, math.nan, math.inf])
def test_a_learning_rate_out_of_range_is_refused_between_steps_too(lr):
    optimizer = optim.SGD(Weights(3.0), lr=0.1)
    with pytest.raises(ValueError, match="SGD: lr must be above 0 and finite, got"):
        optimizer.lr = lr
    assert optimizer.lr == 0.1


def test_a_variance_that_rounding_takes_below_zero_is_none():
    module = Weights(1.0)
    optimizer = optim.RMSprop(module, alpha=0.5, centered=True)
    for _ in range(60):  # v and m² both become g², but for the last digit: v less than m²
        optimizer.step({module.a: 0.7})
    assert math.isfinite(module.a.value)


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
    "one beta": (lambda m: optim.Adam(m, betas=(0.9,)), r"Adam: betas must be two numbers"),
    "beta 1": (lambda m: optim.Adam(m, betas=(0.9, 1.0)), r"Adam: betas .* \[0, 1\), got \(0.9"),
    "lr -1": (lambda m: optim.RMSprop(m, lr=-1), "RMSprop: lr must be above 0 .* got -1"),
    "AdamW lr 0": (lambda m: optim.AdamW(m, lr=0.0), "AdamW: lr must be above 0 .* got 0.0"),
    "decay -1": (lambda m: optim.SGD(m, 0.1, weight_decay=-1), "SGD: weight_decay .* 0, got -1"),
    "decay nan": (lambda m: optim.AdamW(m, weight_decay=math.nan), "weight_decay .* got nan"),
    "nesterov alone": (
        lambda m: optim.SGD(m, 0.1, nesterov=True), "SGD: momentum must be above 0 for nesterov",
    ),
    "alpha 1": (lambda m: optim.RMSprop(m, alpha=1), r"RMSprop: alpha .* \[0, 1\), got 1"),
    "eps -1": (lambda m: optim.RMSprop(m, eps=-1), "RMSprop: eps must be at least 0, got -1"),
    "eps nan": (lambda m: optim.Adam(m, eps=math.nan), "Adam: eps must be at least 0, got nan"),
    "RMSprop momentum": (lambda m: optim.RMSprop(m, momentum=-0.1), r"momentum .* got -0.1"),
    "value 0": (lambda m: optim.clip_grad_value(m, 0.0), "max_value must be above 0, got 0"),
    "value nan": (lambda m: optim.clip_grad_value(m, math.nan), "max_value .* got nan"),
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


@pytest.mark.parametrize("where", [".grad", "a dict"])
def test_every_entry_is_cut_to_the_largest_value_in(where):
    module, grads = with_grads([-2.0, 3.0], 6.0)
    chosen, untouched = (None, grads) if where == ".grad" else (grads, None)
    optim.clip_grad_value(module, 2.5, chosen)
    assert read(module, chosen) == [-2.0, 2.5, 2.5]
    assert read(module, untouched) == [-2.0, 3.0, 6.0]
    optim.clip_grad_value(module, 1.0, chosen)
    assert read(module, chosen) == [-1.0, 1.0, 1.0]


def test_cutting_leaves_a_nan_to_be_seen_and_cuts_infinity():
    module, _ = with_grads([math.nan, -math.inf], 0.5)
    optim.clip_grad_value(module, 1.0)
    first, *rest = read(module, None)
    assert math.isnan(first)
    assert rest == [-1.0, 0.5]


# -- schedules -------------------------------------------------------------------------------------

HALVES = [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25]
SCHEDULES = {
    "step": (lambda: optim.step_schedule(3, gamma=0.5), HALVES),
    "cosine": (lambda: optim.cosine_schedule(4), [1, 0.5 + 8**-0.5, 0.5, 0.5 - 8**-0.5, 0, 0, 0]),
    "cosine to 0.2": (lambda: optim.cosine_schedule(2, least=0.2), [1, 0.6, 0.2, 0.2]),
    "warm-up": (lambda: optim.warmup_schedule(4), [0.25, 0.5, 0.75, 1, 1, 1]),
    "warm-up, then step": (
        lambda: optim.warmup_schedule(2, then=optim.step_schedule(3, gamma=0.5)), [0.5, 1, *HALVES],
    ),
}


@pytest.mark.parametrize("case", SCHEDULES)
def test_the_factors_by_hand_of(case):
    make, expected = SCHEDULES[case]
    for schedule in (make(), pickle.loads(pickle.dumps(make())), copy.deepcopy(make())):
        found = [schedule(step) for step in range(len(expected))]
        assert found == pytest.approx(expected, abs=1e-15)


THEIRS = {
    "step": (optim.step_schedule(3, gamma=0.3), "StepLR", {"step_size": 3, "gamma": 0.3}),
    "cosine": (
        optim.cosine_schedule(12, least=0.2), "CosineAnnealingLR", {"T_max": 12, "eta_min": 0.01},
    ),
}


@pytest.mark.parametrize("case", THEIRS)
def test_a_dozen_scheduled_steps_are_those_of_pytorch(case):
    torch = pytest.importorskip("torch")
    schedule, name, settings = THEIRS[case]
    module, theirs = Weights(3.0), torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    ours = optim.SGD(module, lr=0.05, schedule=schedule)
    its = torch.optim.SGD([theirs], lr=0.05)
    scheduler = getattr(torch.optim.lr_scheduler, name)(its, **settings)
    for _ in range(12):
        ours.step(tg.gradients(module.a * module.a))
        its.zero_grad()
        (theirs * theirs).backward()
        its.step()
        scheduler.step()
        assert module.a.value == pytest.approx(theirs.item(), abs=1e-12)


def test_a_step_counts_where_the_schedule_is_and_takes_its_rate():
    module = Weights(3.0)
    optimizer = optim.SGD(module, lr=0.1, schedule=[1.0, 0.5, 0.0].__getitem__)
    assert optimizer.rate == 0.1
    optimizer.step({module.a: 1.0})
    assert (optimizer.steps, optimizer.rate) == (1, 0.05)
    optimizer.step({module.a: 1.0})
    optimizer.step({module.a: 1.0})
    assert module.a.value == pytest.approx(3 - 0.1 - 0.05)
    assert (optimizer.steps, optimizer.lr) == (3, 0.1)


@pytest.mark.parametrize("factor", [-1, math.nan, math.inf])
def test_a_factor_out_of_range_is_refused_and_nothing_moves(factor):
    module = Weights(3.0)
    optimizer = optim.SGD(module, lr=0.1, schedule=lambda step: factor)
    with pytest.raises(ValueError, match="SGD: the factor of the schedule at step 0 must be at"):
        optimizer.step({module.a: 1.0})
    assert module.a.value == 3.0


BAD_SCHEDULES = {
    "size": (lambda: optim.step_schedule(0), "size must be .* at least 1, got 0"),
    "gamma": (lambda: optim.step_schedule(1, gamma=0), "gamma must be above 0 and finite, got 0"),
    "cosine": (lambda: optim.cosine_schedule(-1), "steps must be .* at least 1, got -1"),
    "least": (lambda: optim.cosine_schedule(1, least=2), r"least must be in \[0, 1\], got 2"),
    "warm-up": (lambda: optim.warmup_schedule(0.5), "steps must be .* at least 1, got 0.5"),
}


@pytest.mark.parametrize("case", BAD_SCHEDULES)
def test_a_schedule_out_of_range_is_refused(case):
    make, message = BAD_SCHEDULES[case]
    with pytest.raises(ValueError, match=message):
        make()


# -- going on --------------------------------------------------------------------------------------

DECAYING = optim.warmup_schedule(3, then=optim.cosine_schedule(9, least=0.1))
RESUMED = {
    "SGD": lambda m: optim.SGD(m, 0.05),
    "SGD with momentum": lambda m: optim.SGD(m, 0.05, 0.9, nesterov=True, schedule=DECAYING),
    "RMSprop": lambda m: optim.RMSprop(m, centered=True, momentum=0.5, schedule=DECAYING),
    "AdamW": lambda m: optim.AdamW(m, 0.05, schedule=DECAYING),
}


def descend(module, optimizer, steps):
    for _ in range(steps):
        grads = tg.gradients(bowl(module.a, module.b))
        optimizer.step(grads)


def start(kind):
    rng = random.Random(0)
    rows = [[[rng.gauss(0, 1) for _ in range(3)] for _ in range(2)] for _ in range(2)]
    if kind == "Array":
        return Weights(*rows, [2.0])
    numpy = pytest.importorskip("numpy")
    return Weights(*map(numpy.array, rows), numpy.array([2.0]))


@pytest.mark.parametrize("values", ["Array", "NumPy"])
@pytest.mark.parametrize("kind", RESUMED)
def test_going_on_from_a_saved_state_is_exact_for(kind, values, tmp_path):
    whole = start(values)
    descend(whole, RESUMED[kind](whole), 8)
    first = start(values)
    half = RESUMED[kind](first)
    descend(first, half, 4)
    path = tmp_path / "state.safetensors"
    tg.checkpoints.save(path, half.state_dict(), {})
    second = start(values)
    second.load_state_dict(first.state_dict())
    other = RESUMED[kind](second)
    other.load_state_dict(tg.checkpoints.load(path).tensors)
    assert other.steps == 4
    assert other.slots.keys() == {"a", "b"}  # c has not moved
    descend(second, other, 4)
    assert second.a.tolist() == whole.a.tolist() != first.a.tolist()
    assert second.b.tolist() == whole.b.tolist()
    assert type(second.a.value) is type(whole.a.value)


def test_a_state_holds_the_rate_the_steps_and_the_slots_by_name():
    module = Weights(3.0, 5.0)
    optimizer = optim.SGD(module, lr=0.1, momentum=0.9)
    optimizer.step({module.a: 2.0})
    optimizer.lr = 0.2
    state = optimizer.state_dict()
    assert state == {"lr": 0.2, "steps": 1, "a.t": 1, "a.v": 2.0}
    optimizer.step({module.a: 1.0})
    assert state["a.v"] == 2.0
    optimizer.load_state_dict(state)
    assert (optimizer.lr, optimizer.steps, optimizer.slots) == (0.2, 1, {"a": {"t": 1, "v": 2.0}})


STATE = {"lr": 0.1, "steps": 3, "a.t": 2, "a.v": [1.0, 2.0]}
BAD_STATES = {
    "no rate": ({"lr": None}, "SGD: a state must be with lr, got one of SGD with slots t, v with"),
    "no slot": ({"a.v": None}, "a state must be with a.v"),
    "no count": ({"a.t": None}, "a state must be with a.t"),
    "a slot of another optimiser": ({"a.m": [1.0, 2.0]}, r"one of SGD .* got \['a.m'\]"),
    "another parameter": ({"z.t": 1}, r"one of SGD with slots t, v, got \['z.t'\]"),
    "another shape": ({"a.v": asarray([1.0])}, r"a.v of a state must be of shape \(2,\), got \(1"),
    "half a step": ({"steps": 0.5}, "steps of a state must be a whole number of at least 0, got"),
    "steps nan": ({"steps": math.nan}, "steps of a state must be a whole number"),
    "an array of steps": ({"steps": asarray([1.0])}, "steps of a state must be a number"),
    "no step": ({"a.t": 0}, "a.t of a state must be a whole number of at least 1, got 0"),
    "rate 0": ({"lr": 0.0}, "SGD: lr must be above 0 and finite, got 0.0"),
}


@pytest.mark.parametrize("case", BAD_STATES)
def test_a_state_that_does_not_fit_is_refused_and_nothing_changes(case):
    changes, message = BAD_STATES[case]
    module = Weights([3.0, 4.0])
    optimizer = optim.SGD(module, lr=0.5, momentum=0.9)
    state = STATE | {"a.v": asarray(STATE["a.v"])} | changes
    state = {key: value for key, value in state.items() if value is not None}
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(state)
    assert (optimizer.lr, optimizer.steps, optimizer.slots) == (0.5, 0, {})


# -- training --------------------------------------------------------------------------------------

LEARNERS = ["SGD", "SGD with Nesterov", "RMSprop", "Adam"]


def train(model, optimizer, steps):
    xs, target = [asarray([[0.5]]), asarray([[-1.0]])], asarray([[0.25, -0.5]])
    for _ in range(steps):
        loss = nn.mse_loss(nn.unroll(model, xs).outputs[-1], target)
        loss.backward()
        optim.clip_grad_norm(model, 1.0)
        optimizer.step()
    return loss.item()


@pytest.mark.parametrize("kind", LEARNERS)
def test_training_reaches_its_target(kind):
    model = nn.RNNCell(1, 2, random.Random(0))
    assert train(model, KINDS[kind](model), 300) < 1e-3


@pytest.mark.parametrize("kind", LEARNERS)
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
