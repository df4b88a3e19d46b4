# %% [markdown]
# # 2. Add an op
#
# An op is two functions, side by side: what it computes, and its rule, the vector-Jacobian
# product. This lesson adds softplus(x) = log(1 + exp(x)), makes the usual first mistake, and lets
# `gradcheck` find it. It prints
#
#     gradcheck of softplus, order 1: input 0: the rule gives ..., finite differences ...
#     softplus(0.5) = 0.9741, its slope 0.6225

# %%
import tinygrad_rnn as tg
from tinygrad_rnn.arrays import namespace

# %% [markdown]
# The forward function gets plain values: a float, an Array of ours, a NumPy array. `namespace(x)`
# has the functions for each of them. The rule gets g = dL/dy, the output y and the input x.


# %%
@tg.primitive
def softplus(x):
    """log(1 + exp(x)): a smooth relu."""
    return namespace(x).log(1.0 + namespace(x).exp(x))


@softplus.vjp
def softplus_vjp(g, y, x):
    return tg.sigmoid(x)  # the mistake: it ignores g


# %% [markdown]
# With g = 1 the mistake would not show. `gradcheck` compares with finite differences, with a
# cotangent that is not 1, at the first and at the second order.

# %%
try:
    tg.gradcheck(softplus, 0.5)
except tg.GradcheckError as error:
    print(error)
else:
    raise AssertionError("the mistake was not found")


# %%
@softplus.vjp
def softplus_vjp(g, y, x):  # noqa: F811
    return g * tg.sigmoid(x)


assert tg.gradcheck(softplus, 0.5)
assert tg.gradcheck(softplus, tg.arrays.asarray([[-3.0, 0.0, 2.0]]))

# %% [markdown]
# That was all: the op is in `tg.OPS`, it is recorded, drawn, and differentiated again and again.

# %%
x = tg.Tensor(0.5, name="x")
y = softplus(x)
y.backward()
print(f"softplus(0.5) = {y:.4f}, its slope {x.grad:.4f}")
assert abs(x.grad - tg.sigmoid(0.5)) < 1e-12
