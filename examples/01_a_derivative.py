# %% [markdown]
# # 1. A derivative
#
# The engine records what it computes, and walks back along the record. This lesson computes
# z = x·y + tanh(x), asks for dz/dx and dz/dy, and for the second derivative. It prints
#
#     z = 6.9640, dz/dx = 3.0707, dz/dy = 2.0000
#     d2z/dx2 = -0.1362
#
# and saves the picture of the graph, with the gradient on every edge.

# %%
from pathlib import Path

import tinygrad_rnn as tg

x, y = tg.Tensor(2.0, name="x"), tg.Tensor(3.0, name="y")
z = x * y + tg.tanh(x)
z.backward()
print(f"z = {z:.4f}, dz/dx = {x.grad:.4f}, dz/dy = {y.grad:.4f}")

# %% [markdown]
# By hand: dz/dx = y + 1 - tanh²(x), and dz/dy = x.

# %%
t = tg.tanh(2.0)  # plain value in, plain value out: nothing is recorded
assert abs(x.grad - (3.0 + 1 - t * t)) < 1e-12
assert y.grad == 2.0

# %% [markdown]
# A gradient can be differentiated again, if it is asked for as a Tensor: then the walk back is
# recorded like any other arithmetic. By hand: d²z/dx² = -2·tanh(x)·(1 - tanh²(x)).

# %%
dz_dx = tg.gradients(z, differentiable=True)[x]
second = tg.gradients(dz_dx)[x]
print(f"d2z/dx2 = {second:.4f}")
assert abs(second + 2 * t * (1 - t * t)) < 1e-12

# %% [markdown]
# The picture: every node with its value and its gradient; every edge in the colour of what flows
# back along it. Without a layout program (`pip install graphviz-pure`) the DOT source is saved.

# %%
picture = tg.draw(z, title="z = x·y + tanh(x)")
folder = Path("pictures_of_the_lessons")
folder.mkdir(exist_ok=True)
try:
    print(picture.save(folder / "01_expression.svg"))
except tg.graph.RenderError:
    print(picture.save(folder / "01_expression.dot"))
