# %% [markdown]
# # 2. Add an op
#
# An op is two functions, side by side: what it computes, and its rule, the vector-Jacobian
# product. This lesson adds log_cosh(x) = log((eˣ + e⁻ˣ)/2), a smooth |x|. It makes the usual first
# mistake, and lets `gradcheck` find it; then it makes the next one. It prints
#
#     gradcheck of log_cosh, order 1: input 0: the rule gives 0.4621..., finite differences ...
#     gradcheck of log_cosh, order 1: the function itself gives inf here
#     log_cosh(0.5) = 0.1201, its slope 0.4621, its curvature 0.7864

# %%
import math

import tinygrad_rnn as tg
from tinygrad_rnn.arrays import namespace

# %% [markdown]
# **Forward.** The function gets plain values: a float, an Array of ours, a NumPy array.
# `namespace(x)` has the functions for each of them.


# %%
@tg.primitive
def log_cosh(x):
    """log((eˣ + e⁻ˣ)/2): x²/2 near 0, |x| - log 2 far from it."""
    return namespace(x).log(namespace(x).cosh(x))


# %% [markdown]
# **The rule.** It gets g = dL/dy, the output y and the input x, and returns dL/dx. The slope of
# log_cosh is tanh.


# %%
@log_cosh.vjp
def log_cosh_vjp(g, y, x):
    return tg.tanh(x)  # the mistake: it ignores g


# %% [markdown]
# **The check.** At the end of a graph g is 1, and the mistake does not show. With anything after it
# the slope is wrong. `gradcheck` compares with finite differences, with a g that is not 1, at the
# first and at the second order.

# %%
x = tg.Tensor(0.5)
assert tg.gradients(log_cosh(x))[x] == math.tanh(0.5)  # right
assert tg.gradients(3.0 * log_cosh(x))[x] == math.tanh(0.5)  # wrong: three times that


# %%
def catch(f, x):
    try:
        tg.gradcheck(f, x)
    except tg.GradcheckError as error:
        print(error)
    else:
        raise AssertionError("the mistake was not found")


catch(log_cosh, 0.5)


# %% [markdown]
# The chain rule multiplies: what comes from above, g, times the slope here.


# %%
@log_cosh.vjp
def log_cosh_vjp(g, y, x):  # noqa: F811
    return g * tg.tanh(x)


assert tg.gradcheck(log_cosh, 0.5)
assert tg.gradcheck(log_cosh, tg.arrays.asarray([[-3.0, 0.0, 2.0]]))

# %% [markdown]
# **Large numbers.** The rule is right now, and the function is not: cosh(800) is too large for a
# float. Take |x| out of the logarithm: what is left in it lies between 1 and 2.

# %%
catch(log_cosh, 800.0)


@tg.primitive
def log_cosh(x):
    """log((eˣ + e⁻ˣ)/2), computed as |x| + log(1 + e^(-2|x|)) - log 2: finite for any x."""
    size = namespace(x).abs(x)
    return size + namespace(x).log1p(namespace(x).exp(-2.0 * size)) - math.log(2.0)


log_cosh.vjp(log_cosh_vjp)
for x in (0.5, 800.0, tg.arrays.asarray([[-800.0, 0.1, 2.0]])):
    assert tg.gradcheck(log_cosh, x)

# %% [markdown]
# That was all. The op is in the table `tg.OPS`; it is recorded, drawn, and differentiated again and
# again: its rule is made of ops, so its curvature, 1 - tanh²(x), comes without another line.

# %%
assert tg.OPS["log_cosh"] is log_cosh
slope = tg.grad(log_cosh)
print(f"log_cosh(0.5) = {log_cosh(0.5):.4f}, its slope {slope(0.5):.4f}, ", end="")
print(f"its curvature {tg.grad(slope)(0.5):.4f}")
assert abs(slope(0.5) - math.tanh(0.5)) < 1e-12
assert abs(tg.grad(slope)(0.5) - (1 - math.tanh(0.5) ** 2)) < 1e-12
