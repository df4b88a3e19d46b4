"""Linear, Embedding, Dropout."""

import functools
import math
import random

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.arrays import asarray


def linear_layer(weight, bias=None):
    layer = nn.Linear(len(weight[0]), len(weight), bias=bias is not None)
    state = {"weight": asarray(weight)} | ({} if bias is None else {"bias": asarray(bias)})
    layer.load_state_dict(state)
    return layer


def table(rows):
    layer = nn.Embedding(len(rows), len(rows[0]))
    layer.load_state_dict({"weight": asarray(rows)})
    return layer


# -- Linear ----------------------------------------------------------------------------------------


def test_linear_is_x_times_the_transposed_weight_plus_bias():
    layer = linear_layer([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [0.5, 0.0, -0.5])
    assert layer(asarray([[1.0, -1.0], [2.0, 0.0]])).tolist() == [[-0.5, -1, -1.5], [2.5, 6, 9.5]]


def test_linear_gradients_by_hand():
    layer = linear_layer([[1.0, 2.0]], [0.5])
    x = tg.Tensor([[3.0, 4.0], [5.0, 6.0]])
    found = tg.gradients(tg.sum(layer(x) * asarray([[1.0], [10.0]])))
    assert found[layer.weight].tolist() == [[3 + 50, 4 + 60]]  # Σ_b g_b·x_b
    assert found[layer.bias].tolist() == [11]
    assert found[x].tolist() == [[1, 2], [10, 20]]


def test_linear_without_bias_has_one_parameter():
    layer = linear_layer([[2.0]])
    assert [name for name, _ in layer.named_parameters()] == ["weight"]
    assert layer(asarray([[3.0]])).tolist() == [[6.0]]


def test_linear_agrees_with_pytorch_on_sequences_of_batches():
    torch = pytest.importorskip("torch")
    rng = random.Random(0)
    layer = nn.Linear(3, 2, rng=rng)
    xs = [[[rng.gauss(0, 1) for _ in range(3)] for _ in range(2)] for _ in range(4)]
    theirs = torch.nn.Linear(3, 2, dtype=torch.float64)
    double = functools.partial(torch.tensor, dtype=torch.float64)
    theirs.load_state_dict({n: double(v.tolist()) for n, v in layer.state_dict().items()})
    x, its = tg.Tensor(xs), double(xs, requires_grad=True)
    y, expected = layer(x), theirs(its)
    (expected**2).sum().backward()
    found = tg.gradients(tg.sum(y * y))
    pairs = [(y, expected), (found[x], its.grad)]
    pairs += [(found[p], theirs.get_parameter(n).grad) for n, p in layer.named_parameters()]
    for mine, other in pairs:
        assert torch.allclose(double(mine.tolist()), other, atol=1e-12)


def test_linear_starts_uniform_within_one_over_root_of_its_inputs():
    layer = nn.Linear(25, 40, rng=random.Random(0))
    weights = tg.reshape(layer.weight, (-1,)).tolist()
    assert 0.19 < max(weights) <= 0.2
    assert -0.2 <= min(weights) < -0.19
    assert max(map(abs, layer.bias.tolist())) <= 0.2
    assert layer.weight.tolist() == nn.Linear(25, 40, rng=random.Random(0)).weight.tolist()


# -- Embedding -------------------------------------------------------------------------------------

ROWS = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]

TOKENS = {
    "a number": (2, [5, 6]),
    "a list": ([2, 0, 2], [[5, 6], [1, 2], [5, 6]]),
    "a batch of sequences": ([[0, 1], [1, 2]], [[[1, 2], [3, 4]], [[3, 4], [5, 6]]]),
    "an array": (asarray([1, 1]), [[3, 4], [3, 4]]),
}


@pytest.mark.parametrize("case", TOKENS)
def test_an_embedding_gives_the_row_of_each_token_for(case):
    tokens, expected = TOKENS[case]
    assert table(ROWS)(tokens).tolist() == expected


def test_a_repeated_token_adds_up_its_gradients_and_an_absent_one_has_none():
    layer = table(ROWS)
    picked = layer([2, 0, 2])
    found = tg.gradients(tg.sum(picked * asarray([[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]])))
    assert found[layer.weight].tolist() == [[10, 20], [0, 0], [101, 202]]


def test_an_embedding_of_numpy_values_is_the_same():
    numpy = pytest.importorskip("numpy")
    layer = table(ROWS).map(lambda t: tg.Tensor(numpy.asarray(t.value), name=t.name))
    for tokens in ([2, 0, 2], numpy.array([2, 0, 2])):
        picked = layer(tokens)
        assert picked.tolist() == [[5, 6], [1, 2], [5, 6]]
        assert tg.gradients(tg.sum(picked))[layer.weight].tolist() == [[1, 1], [0, 0], [2, 2]]


def test_an_embedding_starts_normal():
    entries = tg.reshape(nn.Embedding(100, 20, random.Random(0)).weight, (-1,)).tolist()
    mean = sum(entries) / len(entries)
    assert mean == pytest.approx(0, abs=3 / math.sqrt(len(entries)))
    assert sum(e * e for e in entries) / len(entries) == pytest.approx(1, abs=0.1)


BAD_TOKENS = {
    "too large": ([0, 3], IndexError, "Embedding: the token 3 is none of 0 ... 2"),
    "negative": ([[0], [-1]], IndexError, "Embedding: the token -1 is none of 0 ... 2"),
    "a fraction": ([0.5], TypeError, "an index is an integer"),
    "a Tensor": (tg.Tensor([1.0]), TypeError, "an index is a plain value, got a Tensor"),
}


@pytest.mark.parametrize("case", BAD_TOKENS)
def test_a_token_without_a_row_is_refused(case):
    tokens, error, message = BAD_TOKENS[case]
    with pytest.raises(error, match=message):
        table(ROWS)(tokens)


# -- Dropout ---------------------------------------------------------------------------------------


def test_dropout_drops_what_its_draws_say_and_scales_the_rest():
    rng = random.Random(3)
    draws = [rng.random() for _ in range(6)]
    x = tg.Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    y = nn.Dropout(0.25, random.Random(3))(x)
    kept = [float(u >= 0.25) for u in draws]
    expected = [k * v / 0.75 for k, v in zip(kept, range(1, 7), strict=True)]
    assert tg.reshape(y, (-1,)).tolist() == pytest.approx(expected)
    assert 0 < sum(kept) < 6
    slopes = tg.reshape(tg.gradients(tg.sum(y))[x], (-1,)).tolist()
    assert slopes == pytest.approx([k / 0.75 for k in kept])


def test_dropout_keeps_the_mean_and_drops_the_share():
    x = tg.Tensor(tg.arrays.ones((100, 100)))
    found = tg.reshape(nn.Dropout(0.3, random.Random(0))(x), (-1,)).tolist()
    assert set(found) == {0.0, 1 / 0.7}
    assert found.count(0.0) == pytest.approx(3000, abs=150)  # 3 standard deviations


def test_dropout_draws_anew_every_time():
    drop, x = nn.Dropout(0.5, random.Random(0)), tg.Tensor([1.0] * 20)
    assert drop(x).tolist() != drop(x).tolist()


class Dropping(nn.Module):
    """A layer, and dropout after it."""

    def __init__(self):
        self.layer = linear_layer([[1.0], [2.0], [3.0], [4.0]])
        self.drop = nn.Dropout(0.5, random.Random(0))

    def __call__(self, x):
        return self.drop(self.layer(x))


def test_a_detached_model_evaluates_without_dropout_and_without_a_draw():
    model, x = Dropping(), asarray([[1.0]])
    before = model.drop.rng.getstate()
    assert model.detach()(x).tolist() == [[1, 2, 3, 4]]
    assert model.drop.rng.getstate() == before
    found = {tuple(model(x).tolist()[0]) for _ in range(50)}
    assert len(found) == 16  # each of the four is there or not
    assert (0.0, 4.0, 0.0, 8.0) in found


def test_dropout_of_no_share_is_nothing():
    rng, x = random.Random(0), tg.Tensor([1.0, 2.0])
    before = rng.getstate()
    assert nn.Dropout(0, rng)(x) is x
    assert rng.getstate() == before


def test_dropout_has_no_parameters():
    assert not list(nn.Dropout(0.5, random.Random(0)).parameters())


def test_dropout_of_numpy_values_and_of_numbers_draws_the_same():
    numpy = pytest.importorskip("numpy")
    rows = [[1.0, 2.0], [3.0, 4.0]]
    drops = [nn.Dropout(0.5, random.Random(1)) for _ in range(3)]
    ours, theirs = drops[0](tg.Tensor(rows)), drops[1](tg.Tensor(numpy.array(rows)))
    assert isinstance(theirs.value, numpy.ndarray)
    assert ours.tolist() == theirs.tolist()
    numbers = [drops[2](tg.Tensor(v)).item() for v in (1.0, 2.0, 3.0, 4.0)]
    assert numbers == tg.reshape(ours, (-1,)).tolist()


@pytest.mark.parametrize("p", [-0.1, 1.0, 1.5, math.nan])
def test_a_share_outside_its_range_is_refused(p):
    with pytest.raises(ValueError, match=rf"Dropout: p is .* in \[0, 1\), got {p}"):
        nn.Dropout(p, random.Random(0))


def test_dropout_takes_its_own_random_numbers():
    with pytest.raises(TypeError, match=r"Dropout: rng must be a random.Random, got 0: pass"):
        nn.Dropout(0.5, 0)


# -- sizes -----------------------------------------------------------------------------------------

SIZES = {
    "Linear in": (lambda: nn.Linear(0, 1), "in_features must be .* at least 1, got 0"),
    "Linear out": (lambda: nn.Linear(1, 2.0), "out_features must be .* at least 1, got 2.0"),
    "tokens": (lambda: nn.Embedding(-3, 1), "num_embeddings must be .* at least 1, got -3"),
    "dimensions": (lambda: nn.Embedding(3, 0), "embedding_dim must be .* at least 1, got 0"),
}


@pytest.mark.parametrize("case", SIZES)
def test_a_size_below_one_is_refused(case):
    make, message = SIZES[case]
    with pytest.raises(ValueError, match=message):
        make()


def test_features_that_the_weight_does_not_take_are_refused():
    with pytest.raises(ValueError, match="linear: x has 5 features, weight takes 3"):
        nn.Linear(3, 2)(asarray([[1.0] * 5]))
