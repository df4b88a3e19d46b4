"""Functions made of primitives: numbers by hand, extremes, and torch."""

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


def test_the_log_likelihood_is_log_softmax_read_at_the_classes():
    assert tg.log_likelihood(M, [2, 0]).tolist() == pytest.approx(
        [tg.log_softmax(M)[0, 2].item(), tg.log_softmax(M)[1, 0].item()]
    )
    assert tg.log_likelihood(asarray([[0.0, LOG_2]] * 2), [0, 1]).tolist() == pytest.approx(
        [math.log(1 / 3), math.log(2 / 3)]
    )
    assert tg.log_likelihood(tg.arrays.zeros((0, 3)), []).shape == (0,)


@pytest.mark.parametrize("kind", ["Array", "NumPy"])
def test_the_log_likelihood_of_no_rows_has_a_gradient_and_truth_values_are_classes(kind):
    make = asarray if kind == "Array" else pytest.importorskip("numpy").asarray
    nothing, x = Tensor(make([[1.0, 2.0]])[:0]), make([[1.0, 2.0], [3.0, 4.0]])
    assert gradients(tg.sum(tg.log_likelihood(nothing, [])))[nothing].shape == (0, 2)
    found = tg.log_likelihood(x, [True, False]).tolist()
    assert found == tg.log_likelihood(x, [1, 0]).tolist()
    assert found != tg.log_likelihood(x, [0, 0]).tolist()


@pytest.mark.parametrize(("correction", "expected"), [(1, 7.0), (3, math.nan), (4.5, math.nan)])
def test_a_variance_is_nan_unless_there_are_more_entries_than_the_correction(correction, expected):
    x = asarray([1.0, 2.0, 6.0])
    same = pytest.approx(expected, nan_ok=True)
    assert tg.var(x, correction=correction).item() == same
    assert tg.arrays.var(x, correction=correction).item() == same


@pytest.mark.parametrize("size", [0.0, 1e4, -1e4, 1e300])
def test_the_log_likelihood_of_equal_logits_of_any_size_is_right(size):
    x = Tensor([[size, size]])
    y = tg.log_likelihood(x, [1])
    assert y.tolist() == [-LOG_2]
    assert gradients(tg.sum(y))[x].tolist() == [[-0.5, 0.5]]


@pytest.mark.parametrize(
    ("x", "classes", "error", "message"),
    [
        (M, [0], ValueError, r"x needs the shape \(1, C\), a row a class, got \(2, 3\)"),
        (M[0], [0, 1, 2], ValueError, r"log_likelihood: x needs the shape \(3, C\)"),
        (M, [0, 3], IndexError, r"log_likelihood: classes \(0, 3\) are not all of 0 ... 2"),
        (M, [-1, 0], IndexError, r"are not all of 0 ... 2"),
    ],
)
def test_the_log_likelihood_says_what_does_not_fit(x, classes, error, message):
    with pytest.raises(error, match=message):
        tg.log_likelihood(x, classes)


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


def test_the_variance_divides_by_the_count_less_the_correction():
    x = asarray([1.0, 2.0, 3.0, 6.0])
    assert tg.var(x).item() == 14 / 4
    assert tg.var(x, correction=1).item() == 14 / 3
    assert tg.std(x, correction=0.5).item() == 2.0
    assert tg.var(asarray([[1.0, 3.0], [2.0, 8.0]]), axis=1, keepdims=True).tolist() == [[1], [9]]
    assert gradients(tg.var(leaf := Tensor(x)))[leaf].tolist() == [-1.0, -0.5, 0.0, 1.5]
    assert gradients(tg.std(leaf := Tensor([1.0, 3.0])))[leaf].tolist() == [-0.5, 0.5]
    assert tg.var(2.0) == 0.0
    assert math.isnan(tg.var(2.0, correction=1))


def test_the_second_derivatives_of_a_variance_are_those_of_a_parabola():
    x = Tensor([1.0, 2.0, 6.0])
    first = gradients(tg.var(x), differentiable=True)[x]
    rows = [gradients(first[i])[x].tolist() for i in range(3)]
    for i, row in enumerate(rows):  # 2/n·(δ - 1/n)
        assert row == pytest.approx([2 / 3 * ((i == j) - 1 / 3) for j in range(3)])


def test_equal_entries_have_no_deviation_and_the_gradient_is_zero():
    x = Tensor([[2.0, 2.0], [1.0, 3.0]])
    y = tg.std(x, axis=1)
    assert y.tolist() == [0.0, 1.0]
    assert gradients(tg.sum(y))[x].tolist() == [[0.0, 0.0], [-0.5, 0.5]]


def test_a_product_is_the_same_along_every_choice_of_axes():
    x = asarray([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[7.0, 8.0, 9.0], [2.0, 0.0, 1.0]]])
    assert tg.prod(x, axis=-1).tolist() == [[6.0, 120.0], [504.0, 0.0]]
    assert tg.prod(x, axis=(0, 2), keepdims=True).tolist() == [[[3024.0], [0.0]]]
    assert tg.prod(x, axis=()).tolist() == x.tolist()
    assert tg.prod(asarray([[], []]), axis=1).tolist() == [1.0, 1.0]
    assert tg.prod(0.7) == 0.7


@pytest.mark.parametrize(
    ("f", "x", "value", "slope"),
    [
        (tg.reciprocal, 4.0, 0.25, -1 / 16),
        (tg.softsign, -3.0, -0.75, 1 / 16),
        (tg.leaky_relu, -3.0, -0.03, 0.01),
        (tg.elu, -LOG_2, -0.5, 0.5),
        (tg.elu, 1e4, 1e4, 1.0),
        (tg.elu, -1e4, -1.0, 0.0),
        (tg.gelu, 0.0, 0.0, 0.5),
        (tg.gelu, 1e4, 1e4, 1.0),
        (tg.gelu, -1e4, 0.0, 0.0),
        (tg.gelu, 1.0, 0.8413447460685429, 0.8413447460685429 + 0.24197072451914337),
        (lambda x: tg.gelu(x, approximate="tanh"), 1e4, 1e4, 1.0),
        (lambda x: tg.clip(x, 0, 1), -2.0, 0.0, 0.0),
        (lambda x: tg.clip(x, 0, 1), 0.0, 0.0, 1.0),
        (lambda x: tg.clip(x, 0, 1), 1.0, 1.0, 1.0),
        (lambda x: tg.clip(x, min=0), 7.0, 7.0, 1.0),
        (lambda x: tg.clip(x), 7.0, 7.0, 1.0),
        (lambda x: tg.clip(3.0, x), 7.0, 7.0, 1.0),
        (lambda x: tg.clip(x, 0), math.nan, math.nan, 1.0),
        (lambda x: tg.dropout(x, True, p=0.75), 3.0, 12.0, 4.0),
        (lambda x: tg.dropout(x, False, p=0.75), 3.0, 0.0, 0.0),
    ],
)
@pytest.mark.parametrize("make", [float, asarray])
def test_a_number_by_hand(f, x, value, slope, make):
    leaf = Tensor(make(x))
    y = f(leaf + 0.0)  # an op in between, so that the slope is of a result
    assert y.item() == pytest.approx(value, rel=1e-12, nan_ok=True)
    assert float(gradients(y)[leaf]) == pytest.approx(slope, rel=1e-12)


def test_dropout_keeps_what_the_mask_keeps_and_scales_it():
    x, mask = Tensor([1.0, 2.0, 3.0]), asarray([True, False, True])
    y = tg.dropout(x, mask, p=0.5)
    assert y.tolist() == [2.0, 0.0, 6.0]
    assert gradients(tg.sum(y))[x].tolist() == [2.0, 0.0, 2.0]


def test_entries_are_rolled_repeated_tiled_and_masked():
    x = asarray([[1.0, 2.0], [3.0, 4.0]])
    assert tg.roll(x, 1).tolist() == [[4.0, 1.0], [2.0, 3.0]]
    assert tg.roll(x, -1, axis=0).tolist() == [[3.0, 4.0], [1.0, 2.0]]
    assert tg.roll(asarray([1.0, 2.0, 3.0]), 7).tolist() == [3.0, 1.0, 2.0]
    assert tg.roll(asarray([]), 7).tolist() == []
    assert tg.repeat(x, 2).tolist() == [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]
    assert tg.repeat(x, [2, 1], axis=0).tolist() == [[1.0, 2.0], [1.0, 2.0], [3.0, 4.0]]
    assert tg.tile(x, (2,)).tolist() == [[1.0, 2.0, 1.0, 2.0], [3.0, 4.0, 3.0, 4.0]]
    assert tg.tile(asarray([1.0, 2.0]), (2, 1)).tolist() == [[1.0, 2.0], [1.0, 2.0]]
    assert tg.tile(x, (1, 0)).shape == (2, 0)
    assert tg.tril(x).tolist() == [[1.0, 0.0], [3.0, 4.0]]
    assert tg.triu(x, k=1).tolist() == [[0.0, 2.0], [0.0, 0.0]]


def test_a_count_may_be_an_integer_of_numpy():
    numpy = pytest.importorskip("numpy")
    x, one, two = asarray([1.0, 2.0, 3.0]), numpy.int64(1), numpy.int64(2)
    assert tg.repeat(x, two).tolist() == tg.repeat(x, 2).tolist()
    assert tg.repeat(x, numpy.array([2, 0, 1])).tolist() == [1.0, 1.0, 3.0]
    assert tg.roll(x, one).tolist() == [3.0, 1.0, 2.0]
    assert [part.tolist() for part in tg.split(x, two)] == [[1.0, 2.0], [3.0]]


def test_a_triangle_cuts_off_infinities():
    x = Tensor([[1.0, math.inf], [3.0, 4.0]])
    assert tg.tril(x).tolist() == [[1.0, 0.0], [3.0, 4.0]]
    assert gradients(tg.sum(tg.tril(x)))[x].tolist() == [[1.0, 0.0], [1.0, 1.0]]


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (lambda: tg.gelu(1.0, approximate="erf"), 'approximate is "none" or "tanh", got \'erf\''),
        (lambda: tg.dropout(1.0, True, p=1.0), r"p is the share that is dropped, in \[0, 1\), got"),
        (lambda: tg.repeat(M, [1, 2, 3], axis=0), "an axis of length 2 takes 2 counts"),
        (lambda: tg.roll(M, (1, 2), axis=(0,)), "roll: 2 shifts for 1 axes"),
    ],
)
def test_what_does_not_fit_says_why(wrong, text):
    with pytest.raises(ValueError, match=text):
        wrong()


def test_an_axis_may_be_an_iterator_or_any_whole_number():
    numpy = pytest.importorskip("numpy")
    x = tg.Tensor([[1.0, 2.0], [3.0, 4.0]])
    assert tg.mean(x, axis=iter((0, 1))).item() == 2.5
    assert tg.var(x, axis=iter((0, 1))).item() == 1.25
    assert tg.mean(x, axis=numpy.int64(1)).tolist() == [1.5, 3.5]


def test_logsumexp_and_softmax_of_nothing():
    assert tg.logsumexp(asarray([])).item() == -math.inf
    assert tg.softmax(asarray([])).tolist() == []


def test_an_entry_is_not_repeated_less_than_never():
    with pytest.raises(ValueError, match=r"takes 2 counts, got \[-1, 2\]"):
        tg.repeat(tg.Tensor([1.0, 2.0]), [-1, 2])
