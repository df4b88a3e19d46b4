"""JAX arrays come in by the values that the user passes; the engine never imports JAX."""

import math

import pytest

import tinygrad_rnn as tg

jax = pytest.importorskip("jax")
jnp = jax.numpy


@pytest.fixture(autouse=True)
def double_precision():
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", False)


def test_a_jax_array_stays_one_through_recording_and_gradients():
    x = tg.Tensor(jnp.asarray([0.5, -1.0]))
    loss = tg.sum(tg.tanh(x) * 2.0)
    loss.backward()
    assert isinstance(loss.value, jax.Array)
    assert isinstance(x.grad, jax.Array)
    assert x.grad.tolist() == pytest.approx([2 * (1 - math.tanh(v) ** 2) for v in (0.5, -1.0)])


def test_gradients_agree_with_those_of_jax():
    w, x = jnp.asarray([[0.3, -0.2], [0.1, 0.7]]), jnp.asarray([[1.0, 2.0], [0.5, -1.5]])
    ours = tg.grad(lambda w: tg.sum(tg.sigmoid(tg.linear(x, w))))(w)
    theirs = jax.grad(lambda w: jnp.sum(jax.nn.sigmoid(x @ w.T)))(w)
    assert ours.reshape(-1).tolist() == pytest.approx(theirs.reshape(-1).tolist())


def test_what_is_read_twice_adds_up():
    x = tg.Tensor(jnp.asarray([1.0, 2.0, 3.0]))
    tg.sum(tg.take(x, jnp.asarray([0, 2, 2]))).backward()
    assert x.grad.tolist() == [1.0, 0.0, 2.0]
