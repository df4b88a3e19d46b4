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


MISMATCHED = {
    "a column and a row": ((2, 1), (2,)),
    "a batch and a number": ((2,), ()),
    "two batches": ((2, 3), (1, 3)),
}


@pytest.mark.parametrize("case", MISMATCHED)
def test_mse_refuses_to_broadcast(case):
    given, wanted = MISMATCHED[case]
    with pytest.raises(ValueError, match="mse_loss: prediction has shape .* target has") as info:
        nn.mse_loss(tg.Tensor(tg.arrays.zeros(given)), tg.arrays.zeros(wanted))
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
    "a truth value": ([True, False], "the class True is none of 0 ... 2"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_target_that_does_not_fit_is_refused(case):
    target, message = REFUSED[case]
    with pytest.raises(ValueError, match=f"cross_entropy: .*{message}"):
        nn.cross_entropy(tg.Tensor(LOGITS), target)


def test_logits_need_an_axis_of_classes():
    with pytest.raises(ValueError, match=r"logits need an axis of classes, got shape \(\)"):
        nn.cross_entropy(tg.Tensor(1.0), 0)
