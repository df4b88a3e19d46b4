# %% [markdown]
# # 1. A derivative
#
# The engine records what it computes, and walks back along the record. This lesson computes
# z = x·y + tanh(x), asks for dz/dx and dz/dy, and for the second derivative. It prints
#
#     z = 6.9640, recorded as: x, y, multiply, tanh, add
#     dz/dx = 3.0707, dz/dy = 2.0000
#     d2z/dx2 = -0.1362
#
# and saves two pictures: the graph of z, and the graph of dz/dx.

# %%
from pathlib import Path

import tinygrad_rnn as tg

x, y = tg.Tensor(2.0, name="x"), tg.Tensor(3.0, name="y")
z = x * y + tg.tanh(x)
z.name = "z"

# %% [markdown]
# **The record.** A Tensor remembers the op that made it and that op's inputs. So z is the root of
# a graph, which ends at the leaves x and y. `trace` lists it, inputs before what uses them.

# %%
assert z.op.name == "add"
assert z.inputs[0].inputs == (x, y)
graph = tg.trace(z)
print(f"z = {z:.4f}, recorded as: {', '.join(node.op or node.name for node in graph.nodes)}")

# %% [markdown]
# **The walk back.** Begin with dz/dz = 1. Every op has a rule, which sends a gradient from its
# output to its inputs. x is used twice, so two gradients arrive there, and are added:
# dz/dx = y + (1 - tanh²(x)). Only one arrives at y: dz/dy = x.

# %%
z.backward()
print(f"dz/dx = {x.grad:.4f}, dz/dy = {y.grad:.4f}")

t = tg.tanh(2.0)  # plain value in, plain value out: nothing is recorded
assert abs(x.grad - (3.0 + 1 - t * t)) < 1e-12
assert y.grad == 2.0

# %% [markdown]
# Is it true? Move x a little, and see by how much z moves.

# %%
small = 1e-6
moved = (2.0 + small) * 3.0 + tg.tanh(2.0 + small)
assert abs((moved - z.value) / small - x.grad) < 1e-5

# %% [markdown]
# **Again.** The walk back is made of ordinary ops. Ask for the gradient as a Tensor: then it is
# recorded too, and can be differentiated. By hand: d²z/dx² = -2·tanh(x)·(1 - tanh²(x)).

# %%
dz_dx = tg.gradients(z, differentiable=True)[x]
dz_dx.name = "dz/dx"
second = tg.gradients(dz_dx)[x]
print(f"d2z/dx2 = {second:.4f}")
assert abs(second + 2 * t * (1 - t * t)) < 1e-12

# %% [markdown]
# The same for a function, without a Tensor in sight:

# %%
assert tg.grad(tg.grad(lambda x: x * 3.0 + tg.tanh(x)))(2.0) == second

# %% [markdown]
# **The pictures.** Every node with its value and its gradient; every edge in the colour of what
# flows back along it. Find x: its gradient is the sum of what its two edges carry. In the second
# picture, tanh(x) goes into one product twice: tanh². Without a layout program
# (`pip install graphviz-pure`) the DOT source is saved.

# %%
folder = Path("pictures_of_the_lessons")
folder.mkdir(exist_ok=True)


def save(picture, name):
    return picture.save(folder / f"{name}.svg", otherwise=".dot")


print(save(tg.draw(z, title="z = x·y + tanh(x)"), "01_expression"))
print(save(tg.draw(dz_dx, title="dz/dx = y + (1 - tanh²(x))"), "01_derivative"))
