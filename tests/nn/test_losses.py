"""Losses: by hand, at the extremes, and against PyTorch."""

import math
import random

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.arrays import asarray

# -- mean squared error ----------------------------------------------------------------------------


def test_mse_is_the_mean_of_the_squared_differences():
    x = tg.Tensor([[1.0, 2.0], [3.0, 5.0]])
    loss = nn.mse_loss(x, asarray([[0.0, 2.0], [5.0, 5.0]]))
    assert loss.item() == (1 + 0 + 4 + 0) / 4
    assert tg.gradients(loss)[x].tolist() == [[0.5, 0], [-1, 0]]  # 2·difference / 4


def test_mse_of_numbers_needs_no_array():
    x = tg.Tensor(1.0)
    assert nn.mse_loss(x, 4.0).item() == 9
    assert tg.gradients(nn.mse_loss(x, 4.0))[x] == -6


@pytest.mark.parametrize("loss", [nn.mse_loss, nn.l1_loss])
def test_a_target_may_be_a_list(loss):
    prediction = tg.Tensor(asarray([[1.0, 2.0]]))
    cost = loss(prediction, [[3.0, 2.0]])
    assert cost.item() == loss(prediction, asarray([[3.0, 2.0]])).item() > 0
    assert tg.gradients(cost)[prediction].tolist() == [[-2.0 if loss is nn.mse_loss else -0.5, 0.0]]


def test_l1_is_the_mean_of_the_distances():
    x = tg.Tensor([[1.0, 2.0], [3.0, 5.0]])
    loss = nn.l1_loss(x, asarray([[0.0, 2.0], [5.0, 4.0]]))
    assert loss.item() == (1 + 0 + 2 + 1) / 4
    assert tg.gradients(loss)[x].tolist() == [[0.25, 0], [-0.25, 0.25]]  # sign / 4


LOSSES = {"mse_loss": [1.0, 0.0, 4.0], "l1_loss": [1.0, 0.0, 2.0]}  # of (1, 2, 3) for (0, 2, 5)


@pytest.mark.parametrize("name", LOSSES)
def test_the_terms_are_averaged_summed_or_left(name):
    x, loss, terms = tg.Tensor([1.0, 2.0, 3.0]), getattr(nn, name), LOSSES[name]
    target = asarray([0.0, 2.0, 5.0])
    assert loss(x, target).item() == sum(terms) / 3
    assert loss(x, target, reduction="sum").item() == sum(terms)
    assert loss(x, target, reduction="none").tolist() == terms


REDUCED = {
    "mse_loss": lambda: nn.mse_loss(1.0, 2.0, reduction="avg"),
    "l1_loss": lambda: nn.l1_loss(1.0, 2.0, reduction="avg"),
    "cross_entropy": lambda: nn.cross_entropy(tg.Tensor([[1.0]]), [0], reduction="avg"),
    "binary_cross_entropy_with_logits": lambda: nn.binary_cross_entropy_with_logits(
        1.0, 1.0, reduction="avg"
    ),
}


@pytest.mark.parametrize("name", REDUCED)
def test_an_unknown_reduction_is_refused_by(name):
    message = f"{name}: reduction is one of mean, sum, none, got 'avg'"
    with pytest.raises(ValueError, match=message):
        REDUCED[name]()


MISMATCHED = {
    "a column and a row": ((2, 1), (2,)),
    "a batch and a number": ((2,), ()),
    "two batches": ((2, 3), (1, 3)),
}


@pytest.mark.parametrize("case", MISMATCHED)
@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "binary_cross_entropy_with_logits"])
def test_no_broadcasting_by(name, case):
    given, wanted = MISMATCHED[case]
    with pytest.raises(ValueError, match=f"{name}: .* has shape .* target has") as info:
        getattr(nn, name)(tg.Tensor(tg.arrays.zeros(given)), tg.arrays.zeros(wanted))
    assert str(given) in str(info.value)
    assert str(wanted) in str(info.value)


# -- cross entropy ---------------------------------------------------------------------------------


def by_hand(rows, classes):
    """The mean of log Σ exp(x) - x[k]."""
    pairs = zip(rows, classes, strict=True)
    terms = [math.log(sum(map(math.exp, row))) - row[k] for row, k in pairs]
    return sum(terms) / len(terms)


def softmax(row):
    total = sum(map(math.exp, row))
    return [math.exp(x) / total for x in row]


LOGITS = [[1.0, 2.0, 0.5], [0.0, -1.0, 3.0]]

TARGETS = {  # all say: the first row is of class 0, the second of class 2
    "indices in a list": [0, 2],
    "indices in a tuple": (0, 2),
    "indices in an array": asarray([0, 2]),
    "one-hot rows of floats": asarray([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
    "one-hot rows of whole numbers": asarray([[1, 0, 0], [0, 0, 1]]),
    "one-hot rows in lists": [[1, 0, 0], [0, 0, 1]],
    "one-hot rows of floats in lists": [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
}


@pytest.mark.parametrize("case", TARGETS)
def test_cross_entropy_by_hand_with(case):
    x = tg.Tensor(LOGITS)
    loss = nn.cross_entropy(x, TARGETS[case])
    assert loss.item() == pytest.approx(by_hand(LOGITS, [0, 2]), rel=1e-14)
    p, q = map(softmax, LOGITS)  # the gradient is (softmax - one-hot) / B
    expected = [(p[0] - 1) / 2, p[1] / 2, p[2] / 2, q[0] / 2, q[1] / 2, (q[2] - 1) / 2]
    found = tg.reshape(tg.gradients(loss)[x], (-1,)).tolist()
    assert found == pytest.approx(expected, rel=1e-12)


def test_numpy_targets_of_every_kind_are_taken():
    numpy = pytest.importorskip("numpy")
    kinds = [numpy.array([0, 2]), list(numpy.array([0, 2])), numpy.eye(3)[[0, 2]]]
    for x in (tg.Tensor(LOGITS), tg.Tensor(numpy.array(LOGITS))):
        for target in [*kinds, [0, 2], [[1, 0, 0], [0, 0, 1]]]:
            found = nn.cross_entropy(x, target).item()
            assert found == pytest.approx(by_hand(LOGITS, [0, 2]), rel=1e-14)


def test_probabilities_weigh_the_classes():
    x = tg.Tensor([[1.0, 3.0]])
    loss = nn.cross_entropy(x, asarray([[0.25, 0.75]]))
    expected = 0.25 * by_hand([[1.0, 3.0]], [0]) + 0.75 * by_hand([[1.0, 3.0]], [1])
    assert loss.item() == pytest.approx(expected, rel=1e-14)


def test_the_target_may_be_learned_too():
    p, logits = tg.Tensor([[0.25, 0.75]]), asarray([[1.0, 3.0]])
    found = tg.gradients(nn.cross_entropy(logits, p))[p].tolist()[0]
    assert found == pytest.approx([by_hand([[1.0, 3.0]], [k]) for k in (0, 1)], rel=1e-14)


def test_a_guess_among_c_classes_costs_log_c():
    assert nn.cross_entropy(tg.Tensor([[0.0] * 7]), [3]).item() == pytest.approx(math.log(7))


def test_one_row_without_a_batch_and_a_sequence_of_batches_fit():
    one = nn.cross_entropy(tg.Tensor(LOGITS[0]), 1).item()
    assert one == pytest.approx(by_hand(LOGITS[:1], [1]))
    sequence = nn.cross_entropy(tg.Tensor([LOGITS, LOGITS]), [[0, 1], [2, 0]]).item()
    assert sequence == pytest.approx(by_hand(LOGITS * 2, [0, 1, 2, 0]))


@pytest.mark.parametrize("target", [[0], [1], [[0.5, 0.5]]])
@pytest.mark.parametrize("logits", [[1e4, -1e4], [1e4, 1e4], [-1e4, -1e4]])
def test_cross_entropy_is_finite_for_huge_logits(logits, target):
    x = tg.Tensor([logits])
    loss = nn.cross_entropy(x, target)
    a, b = logits
    p = [0.5, 0.5] if a == b else [1.0, 0.0]
    wanted = target[0] if isinstance(target[0], list) else [1.0 - target[0], float(target[0])]
    cost = [math.log(2)] * 2 if a == b else [0.0, 2e4]
    assert loss.item() == pytest.approx(wanted[0] * cost[0] + wanted[1] * cost[1])
    found = tg.gradients(loss)[x].tolist()[0]
    assert found == pytest.approx([p[0] - wanted[0], p[1] - wanted[1]], abs=1e-12)


# -- what counts, and how much ---------------------------------------------------------------------

THREE = [*LOGITS, [2.0, 2.0, 2.0]]
COSTS = [by_hand([row], [k]) for row, k in zip(THREE, [0, 2, 1], strict=True)]
COUNTED = {  # cross entropy of THREE: what is said of the target, and the terms by hand
    "all": ([0, 2, 1], {}, COSTS),
    "one ignored": ([0, -100, 1], {}, [COSTS[0], 0, COSTS[2]]),
    "another number ignored": ([0, -1, 1], {"ignore_index": -1}, [COSTS[0], 0, COSTS[2]]),
    "a class ignored": ([0, 2, 1], {"ignore_index": 2}, [COSTS[0], 0, COSTS[2]]),
    "one masked": ([0, 2, 1], {"mask": [True, False, True]}, [COSTS[0], 0, COSTS[2]]),
    "masked and ignored": ([-100, 2, 1], {"mask": [1, 0, 1]}, [0, 0, COSTS[2]]),
    "a mask that is an array": (
        [0, 2, 1], {"mask": asarray([False, True, True])}, [0, *COSTS[1:]],
    ),
    "a masked row of probabilities": (
        [[1, 0, 0], [0, 0, 0], [0, 1, 0]], {"mask": [True, False, True]}, [COSTS[0], 0, COSTS[2]],
    ),
}


@pytest.mark.parametrize("case", COUNTED)
def test_only_the_targets_that_count_cost_with(case):
    target, settings, terms = COUNTED[case]
    x = tg.Tensor(THREE)
    total, counted = sum(terms), sum(t != 0 for t in terms)
    found = nn.cross_entropy(x, target, **settings, reduction="none").tolist()
    assert found == pytest.approx(terms, rel=1e-14)
    assert nn.cross_entropy(x, target, **settings, reduction="sum").item() == pytest.approx(total)
    mean = nn.cross_entropy(x, target, **settings)
    assert mean.item() == pytest.approx(total / counted)
    slopes = tg.gradients(mean)[x].tolist()
    assert [any(row) for row in slopes] == [t != 0 for t in terms]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_padding_may_hold_nan_and_gets_no_gradient(reduction):
    for settings in ({"mask": [True, False]}, {}):
        target = [0, 1] if settings else [0, -100]
        x = tg.Tensor([LOGITS[0], [math.nan, math.inf, 0.0]])
        loss = tg.sum(nn.cross_entropy(x, target, **settings, reduction=reduction))
        assert loss.item() == pytest.approx(COSTS[0])
        assert tg.gradients(loss)[x].tolist()[1] == [0, 0, 0]


def test_a_class_weighs_its_cost_and_the_mean_is_over_the_weights():
    x, weight = tg.Tensor(THREE), [2.0, 1.0, 0.5]
    terms = [2 * COSTS[0], 0.5 * COSTS[1], COSTS[2]]
    found = nn.cross_entropy(x, [0, 2, 1], weight=weight, reduction="none").tolist()
    assert found == pytest.approx(terms)
    mean = nn.cross_entropy(x, [0, 2, 1], weight=weight).item()
    assert mean == pytest.approx(sum(terms) / 3.5)
    rows = [[1, 0, 0], [0, 0, 1], [0, 1, 0]]  # of probabilities: over the rows, as PyTorch's
    assert nn.cross_entropy(x, rows, weight=weight).item() == pytest.approx(sum(terms) / 3)


def test_the_terms_have_the_shape_of_the_targets():
    x = tg.Tensor([LOGITS, LOGITS])
    found = nn.cross_entropy(x, [[0, -100], [-100, 2]], reduction="none").tolist()
    assert found == [pytest.approx([COSTS[0], 0.0]), pytest.approx([0.0, COSTS[1]])]
    assert nn.cross_entropy(tg.Tensor(LOGITS[0]), 0, reduction="none").shape == ()


NOTHING = {
    "all ignored": ([-100, -100], {}),
    "all masked": ([0, 1], {"mask": [False, False]}),
    "all of weight 0": ([0, 0], {"weight": [0.0, 1.0, 1.0]}),
}


@pytest.mark.parametrize("case", NOTHING)
def test_nothing_has_no_mean_but_a_sum_of_zero(case):
    target, settings = NOTHING[case]
    with pytest.raises(ValueError, match="cross_entropy: no target counts, so there is no mean"):
        nn.cross_entropy(tg.Tensor(LOGITS), target, **settings)
    assert nn.cross_entropy(tg.Tensor(LOGITS), target, **settings, reduction="sum").item() == 0


# -- binary cross entropy --------------------------------------------------------------------------


def test_binary_cross_entropy_by_hand():
    x = tg.Tensor([0.5, -1.0, 2.0])
    y = [1.0, 0.0, 0.25]
    p = [1 / (1 + math.exp(-v)) for v in (0.5, -1.0, 2.0)]
    terms = [-b * math.log(a) - (1 - b) * math.log(1 - a) for a, b in zip(p, y, strict=True)]
    bce = nn.binary_cross_entropy_with_logits
    assert bce(x, y, reduction="none").tolist() == pytest.approx(terms, rel=1e-14)
    assert bce(x, asarray(y)).item() == pytest.approx(sum(terms) / 3)
    found = tg.gradients(bce(x, y, reduction="sum"))[x].tolist()
    assert found == pytest.approx([a - b for a, b in zip(p, y, strict=True)])


def test_a_positive_weight_multiplies_the_cost_of_the_positive():
    bce = nn.binary_cross_entropy_with_logits
    found = bce(tg.Tensor([0.0, 0.0]), [1.0, 0.0], pos_weight=3.0, reduction="none").tolist()
    assert found == pytest.approx([3 * math.log(2), math.log(2)])
    x, y = tg.Tensor([[0.0, 0.0]]), [[1.0, 1.0]]
    found = bce(x, y, pos_weight=[2.0, 5.0], reduction="none").tolist()[0]
    assert found == pytest.approx([2 * math.log(2), 5 * math.log(2)])


@pytest.mark.parametrize(("x", "y", "cost"), [(1e4, 1, 0), (1e4, 0, 1e4), (-1e4, 1, 1e4)])
def test_binary_cross_entropy_is_finite_for_huge_logits(x, y, cost):
    logit = tg.Tensor(x)
    loss = nn.binary_cross_entropy_with_logits(logit, float(y))
    assert loss.item() == cost
    assert tg.gradients(loss)[logit] == (x > 0) - y


def test_a_small_cost_keeps_all_its_digits():
    found = nn.binary_cross_entropy_with_logits(tg.Tensor([30.0, -30.0]), [1.0, 0.0]).item()
    assert found == pytest.approx(math.log1p(math.exp(-30)), rel=1e-14)


BINARY = {
    "a target of 2": ([2.0, 0.0], 1.0, r"a target must be in \[0, 1\], got 2"),
    "a target of nan": ([0.0, math.nan], 1.0, "a target must be in .* got nan"),
    "weights": ([0.0, 1.0], [1.0] * 3, r"pos_weight is a number or has shape \(2,\), got \(3,\)"),
}


@pytest.mark.parametrize("case", BINARY)
def test_binary_cross_entropy_refuses(case):
    target, weight, message = BINARY[case]
    with pytest.raises(ValueError, match=f"binary_cross_entropy_with_logits: {message}"):
        nn.binary_cross_entropy_with_logits(tg.Tensor([1.0, 1.0]), target, pos_weight=weight)


# -- against PyTorch -------------------------------------------------------------------------------


def apart(torch, name, given, target, theirs, **settings):
    """|ours - PyTorch's|, the largest over the loss and its gradient, for random coefficients."""
    x, its = tg.Tensor(given), torch.tensor(given, dtype=torch.float64, requires_grad=True)
    plain = {k: v for k, v in settings.items() if k in {"reduction", "ignore_index"}}
    double = {
        k: torch.tensor(v, dtype=torch.float64) for k, v in settings.items() if k not in plain
    }
    ours = getattr(nn, name)(x, target, **settings)
    expected = getattr(torch.nn.functional, name)(its, theirs, **double, **plain)
    g = torch.arange(1.0, 1.0 + expected.numel(), dtype=torch.float64).reshape(expected.shape)
    (expected * g).sum().backward()
    weighed = tg.sum(ours * asarray(g.tolist())) if ours.shape else ours
    found = torch.tensor(tg.gradients(weighed)[x].tolist(), dtype=torch.float64)
    values = torch.tensor(ours.tolist(), dtype=torch.float64)
    assert values.shape == expected.shape
    return max((values - expected).abs().max().item(), (found - its.grad).abs().max().item())


RNG = random.Random(1)
ROWS = [[RNG.gauss(0, 3) for _ in range(4)] for _ in range(6)]
OTHERS = [[RNG.gauss(0, 3) for _ in range(4)] for _ in range(6)]
SHARES = [softmax([RNG.gauss(0, 1) for _ in range(4)]) for _ in range(6)]
YES_OR_NO = [[float(RNG.random() < 0.5) for _ in range(4)] for _ in range(6)]
WEIGHT = [0.5, 2.0, 0.0, 1.5]
ORACLE = {
    "mse_loss": ("mse_loss", OTHERS, {}),
    "l1_loss": ("l1_loss", OTHERS, {}),
    "classes": ("cross_entropy", [0, 3, 2, 1, 1, 0], {}),
    "ignored classes": ("cross_entropy", [0, -100, 2, 1, -100, 0], {}),
    "another number ignored": ("cross_entropy", [0, 1, 2, 1, 3, 0], {"ignore_index": 1}),
    "weighed classes": ("cross_entropy", [0, -100, 2, 1, 3, 0], {"weight": WEIGHT}),
    "probabilities": ("cross_entropy", SHARES, {}),
    "weighed probabilities": ("cross_entropy", SHARES, {"weight": WEIGHT}),
    "binary": ("binary_cross_entropy_with_logits", YES_OR_NO, {}),
    "binary shares": ("binary_cross_entropy_with_logits", SHARES, {}),
    "weighed binary": ("binary_cross_entropy_with_logits", SHARES, {"pos_weight": WEIGHT}),
}


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("case", ORACLE)
def test_loss_and_gradient_are_those_of_pytorch(case, reduction):
    torch = pytest.importorskip("torch")
    name, target, settings = ORACLE[case]
    kind = torch.float64 if isinstance(target[0], list) else torch.int64
    theirs = torch.tensor(target, dtype=kind)
    ours = target if name == "cross_entropy" else asarray(target)
    assert apart(torch, name, ROWS, ours, theirs, reduction=reduction, **settings) < 1e-13


def agreement(torch, logits, target, their_target):
    """|ours - PyTorch's|, the largest over the loss and its gradient."""
    x, its = tg.Tensor(logits), torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    ours, theirs = nn.cross_entropy(x, target), torch.nn.functional.cross_entropy(its, their_target)
    theirs.backward()
    found = torch.tensor(tg.gradients(ours)[x].tolist(), dtype=torch.float64)
    return max(abs(ours.item() - theirs.item()), (found - its.grad).abs().max().item())


def test_cross_entropy_agrees_with_pytorch_on_classes_and_probabilities():
    torch = pytest.importorskip("torch")
    rng = random.Random(0)
    logits = [[rng.gauss(0, 3) for _ in range(5)] for _ in range(6)]
    classes = [rng.randrange(5) for _ in range(6)]
    weights = [softmax([rng.gauss(0, 1) for _ in range(5)]) for _ in range(6)]
    assert agreement(torch, logits, classes, torch.tensor(classes)) < 1e-14
    theirs = torch.tensor(weights, dtype=torch.float64)
    assert agreement(torch, logits, weights, theirs) < 1e-14


def test_mse_agrees_with_pytorch():
    torch = pytest.importorskip("torch")
    rng = random.Random(0)
    a, b = ([[rng.gauss(0, 3) for _ in range(3)] for _ in range(4)] for _ in range(2))
    x, its = tg.Tensor(a), torch.tensor(a, dtype=torch.float64, requires_grad=True)
    ours = nn.mse_loss(x, asarray(b))
    theirs = torch.nn.functional.mse_loss(its, torch.tensor(b, dtype=torch.float64))
    theirs.backward()
    found = torch.tensor(tg.gradients(ours)[x].tolist(), dtype=torch.float64)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-14)
    assert torch.allclose(found, its.grad, rtol=0, atol=1e-14)


REFUSED = {
    "too few": ([0], r"logits of shape \(2, 3\) take targets of shape \(2,\) .* got \(1,\)"),
    "another number of classes": (
        asarray([[0.5, 0.5], [1.0, 0.0]]), r"or \(2, 3\) \(probabilities\), got \(2, 2\)",
    ),
    "a class too many": ([0, 3], "the class 3 is none of 0 ... 2"),
    "a negative class": ([-1, 0], "the class -1 is none of 0 ... 2"),
    "a fraction": ([0.0, 1.0], "the class 0.0 is none of 0 ... 2"),
    "a class and a number to ignore that is another": ([0, -99], "the class -99 is none of 0"),
    "one-hot rows of two": (
        [[1, 1, 0], [0, 0, 1]], r"sum to 1, got \[1.0, 1.0, 0.0\] \(whose sum is 2\)",
    ),
    "rows of nothing": ([[1, 0, 0], [0, 0, 0]], r"sum to 1, got .* \(whose sum is 0\)"),
    "a negative probability": ([[1.5, -0.5, 0], [0, 0, 1]], "must be at least 0 and sum to 1"),
    "nan": ([[math.nan, 1, 0], [0, 0, 1]], "must be at least 0 and sum to 1"),
    "nan behind": ([[1, 0, math.nan], [0, 0, 1]], "must be at least 0 and sum to 1"),
    "a truth value": ([True, False], "the class True is none of 0 ... 2"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_target_that_does_not_fit_is_refused(case):
    target, message = REFUSED[case]
    with pytest.raises(ValueError, match=f"cross_entropy: .*{message}"):
        nn.cross_entropy(tg.Tensor(LOGITS), target)


SETTINGS = {
    "a short mask": ({"mask": [True]}, r"mask needs the shape \(2,\), got \(1,\)"),
    "a weight too few": ({"weight": [1.0, 2.0]}, "weight needs 3 finite numbers of at least 0"),
    "a negative weight": ({"weight": [1.0, -2.0, 1.0]}, "weight needs 3 finite numbers"),
    "a weight of nan": ({"weight": [1.0, math.nan, 1.0]}, "weight needs 3 finite numbers"),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_a_mask_or_weight_that_does_not_fit_is_refused(case):
    settings, message = SETTINGS[case]
    with pytest.raises(ValueError, match=f"cross_entropy: {message}"):
        nn.cross_entropy(tg.Tensor(LOGITS), [0, 1], **settings)


def test_masks_and_weights_of_numpy_values_are_the_same():
    numpy = pytest.importorskip("numpy")
    x = tg.Tensor(numpy.array(THREE))
    settings = {"mask": numpy.array([True, False, True]), "weight": numpy.array([2.0, 1.0, 0.5])}
    loss = nn.cross_entropy(x, numpy.array([0, 2, 1]), **settings)
    assert loss.item() == pytest.approx((2 * COSTS[0] + COSTS[2]) / 3)
    assert not tg.gradients(loss)[x][1].any()


def test_logits_need_an_axis_of_classes():
    with pytest.raises(ValueError, match=r"logits need an axis of classes, got shape \(\)"):
        nn.cross_entropy(tg.Tensor(1.0), 0)
