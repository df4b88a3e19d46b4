"""softmax, log_softmax, logsumexp: numbers by hand, extremes, and torch."""

import math

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn.arrays import asarray
from tinygrad_rnn.autograd import Tensor, gradcheck, gradients

LOG_2 = math.log(2)
M = asarray([[0.3, -1.2, 0.8], [1.5, -0.4, 0.9]])
FUNCTIONS = [tg.logsumexp, tg.log_softmax, tg.softmax]


def test_equal_logits_share_evenly():
    assert tg.softmax(asarray([3.0, 3.0])).tolist() == pytest.approx([0.5, 0.5])
    assert tg.log_softmax(asarray([3.0, 3.0])).tolist() == pytest.approx([-LOG_2, -LOG_2])
    assert tg.logsumexp(asarray([3.0, 3.0])).item() == pytest.approx(3 + LOG_2)


def test_softmax_gives_weights_in_proportion_to_exp():
    logits = asarray([0.0, LOG_2, math.log(5)])
    assert tg.softmax(logits).tolist() == pytest.approx([1 / 8, 2 / 8, 5 / 8])
    assert tg.logsumexp(logits).item() == pytest.approx(math.log(8))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_the_axis_is_summed_out_and_may_be_kept(axis):
    plain = tg.logsumexp(M, axis=axis)
    kept = tg.logsumexp(M, axis=axis, keepdims=True)
    rows = M.tolist() if axis else M.mT.tolist()
    assert plain.tolist() == pytest.approx([math.log(sum(map(math.exp, row))) for row in rows])
    assert kept.shape == ((2, 1) if axis else (1, 3))
    assert asarray(kept)[..., 0].tolist() == plain.tolist() if axis else kept[0].tolist()
    assert tg.sum(tg.softmax(M, axis=axis), axis=axis).tolist() == pytest.approx([1] * len(rows))


@pytest.mark.parametrize("big", [1e4, -1e4])
def test_logits_of_any_size_give_finite_numbers_and_right_gradients(big):
    x = Tensor([big, 0.0])
    won, lost = (0, 1) if big > 0 else (1, 0)
    result = tg.logsumexp(x)
    assert result.item() == max(big, 0.0)
    assert gradients(result)[x].tolist() == [float(won == 0), float(won == 1)]
    logs = tg.log_softmax(x)
    assert (logs[won].item(), logs[lost].item()) == (0.0, -1e4)
    assert gradients(logs[lost])[x][lost].item() == 1.0
    assert gradients(logs[lost])[x][won].item() == -1.0
    assert gradients(tg.softmax(x)[won])[x].tolist() == [0.0, 0.0]


def test_equal_logits_of_any_size_share_the_gradient():
    for size in (1e4, -1e4, 1e300):
        x = Tensor([size, size])
        assert gradients(tg.logsumexp(x))[x].tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("logits", "expected"),
    [
        ([-math.inf, -math.inf], -math.inf),
        ([math.inf, 0.0], math.inf),
        ([-math.inf, 0.0], 0.0),
        ([math.nan, 0.0], math.nan),
        ([7.0], 7.0),
    ],
)
def test_logsumexp_of_infinities_is_what_the_limit_is(logits, expected):
    found = tg.logsumexp(asarray(logits)).item()
    assert found == pytest.approx(expected, nan_ok=True)


def test_a_logit_of_minus_infinity_is_a_mask():
    x = Tensor([-math.inf, 0.0, 0.0])
    assert tg.softmax(x).tolist() == pytest.approx([0.0, 0.5, 0.5])
    assert gradients(tg.logsumexp(x))[x].tolist() == [0.0, 0.5, 0.5]


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("axis", [0, -1])
def test_the_gradients_agree_with_finite_differences_to_second_order(f, axis):
    assert gradcheck(lambda x: f(x, axis=axis), M)
    numpy = pytest.importorskip("numpy")
    assert gradcheck(lambda x: f(x, axis=axis), numpy.asarray(M))


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("axis", [0, 1])
def test_values_and_gradients_agree_with_torch(f, axis):
    torch = pytest.importorskip("torch")
    theirs = torch.tensor(M.tolist(), dtype=torch.float64, requires_grad=True)
    weights = torch.arange(1.0, 7.0, dtype=torch.float64).reshape(2, 3)
    expected = getattr(torch, f.__name__)(theirs, axis)
    x = Tensor(M)
    result = f(x, axis=axis)
    weights = weights if result.ndim == 2 else weights.sum(axis)
    (expected * weights).sum().backward()
    found = gradients(tg.sum(result * asarray(weights.tolist())))[x]
    for ours, row in zip(found.tolist(), theirs.grad.tolist(), strict=True):
        assert ours == pytest.approx(row, rel=1e-12)
    values = torch.tensor(result.tolist(), dtype=torch.float64)
    torch.testing.assert_close(values, expected.detach())


def test_the_mean_is_the_sum_divided_by_the_count():
    x = Tensor([[1.0, 2.0], [3.0, 6.0]])
    assert tg.mean(x).item() == 3.0
    assert tg.mean(x, axis=0, keepdims=True).tolist() == [[2.0, 4.0]]
    assert gradients(tg.mean(x))[x].tolist() == [[0.25, 0.25], [0.25, 0.25]]
