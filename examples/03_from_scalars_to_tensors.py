# %% [markdown]
# # 3. From scalars to tensors
#
# A scalar engine records numbers, a tensor engine records arrays. Here they are one engine: it
# never looks inside a value. This lesson computes W·v both ways, and finds that a rule for arrays
# is nothing but the sum of what the numbers do. It prints
#
#     numbers: L = 95.0, 15 nodes, dL/dW = [[5.0, 6.0], [10.0, 12.0]]
#     array: L = 95.0, 5 nodes, dL/dW = [[5.0, 6.0], [10.0, 12.0]]
#     dL/db = [5.0, 7.0]: each of 2 numbers is used by 2 rows
#     over a batch, dL/dW = [[3.0, 4.0], [2.0, 2.0]] = row 0's + row 1's
#
# and saves the two pictures of the same product, and what is inside the second.

# %%
from pathlib import Path

import tinygrad_rnn as tg

ROWS, VECTOR, SLOPES = [[1.0, 2.0], [3.0, 4.0]], [5.0, 6.0], [1.0, 2.0]

# %% [markdown]
# **Numbers.** y₀ = W₀₀·v₀ + W₀₁·v₁, y₁ = W₁₀·v₀ + W₁₁·v₁, and L = 1·y₀ + 2·y₁. Every number is a
# node.

# %%
W = [[tg.Tensor(w, name=f"W{i}{j}") for j, w in enumerate(row)] for i, row in enumerate(ROWS)]
v = [tg.Tensor(entry, name=f"v{j}") for j, entry in enumerate(VECTOR)]
y = [row[0] * v[0] + row[1] * v[1] for row in W]
L = SLOPES[0] * y[0] + SLOPES[1] * y[1]
L.backward()
by_numbers = [[w.grad for w in row] for row in W]
count = len(tg.trace(L).nodes)
print(f"numbers: L = {L:.1f}, {count} nodes, dL/dW = {by_numbers}")

# %% [markdown]
# **Arrays.** W·v is one op now. A node holds as many numbers as its array has.

# %%
W_array, v_array = tg.Tensor(ROWS, name="W"), tg.Tensor(VECTOR, name="v")
y_array = tg.matmul(W_array, v_array)
L_array = tg.sum(tg.arrays.asarray(SLOPES) * y_array)
L_array.backward()
count = len(tg.trace(L_array).nodes)
print(f"array: L = {L_array:.1f}, {count} nodes, dL/dW = {W_array.grad.tolist()}")
assert W_array.grad.tolist() == by_numbers
assert v_array.grad.tolist() == [entry.grad for entry in v]

# %% [markdown]
# **One engine.** The product of two numbers and the product of two arrays are the same op, with the
# same rule. Its function says a·b; what that is, a float and an array know themselves.

# %%
assert (v[0] * v[0]).op is (v_array * v_array).op is tg.multiply

# %% [markdown]
# **Why the rule of W·v is what it is.** Write g for dL/dy. In the picture of numbers, W₁₀ has one
# road to L: through y₁, times v₀. So dL/dW has the entries gᵢ·vⱼ: a column g times a row v. And v₀
# has two roads, through W₀₀ and through W₁₀: so dL/dv = Wᵀ·g. Those are the two rules of `matmul`.

# %%
g = y_array.grad
assert W_array.grad.tolist() == [[gi * vj for vj in VECTOR] for gi in g.tolist()]
assert v_array.grad.tolist() == tg.matmul(tg.arrays.asarray(ROWS).T, g).tolist()

# %% [markdown]
# **Broadcasting.** b (2,) is added to each row of X (2, 2): every number of b is used twice. What
# is used twice gets the sum of two gradients, here of each column of G. The engine adds them
# up once and for all; no rule has to think of it.

# %%
X, b = tg.arrays.asarray([[1.0, 0.0], [0.0, 1.0]]), tg.Tensor([0.5, -0.5], name="b")
G = tg.arrays.asarray([[1.0, 2.0], [4.0, 5.0]])
tg.sum(G * (X + b)).backward()
print(f"dL/db = {b.grad.tolist()}: each of {len(b.grad)} numbers is used by {len(X)} rows")
assert b.grad.tolist() == tg.sum(G, axis=0).tolist()

# %% [markdown]
# **A batch** is broadcasting too: all rows of a batch use one W, so dL/dW is the sum of what every
# row gives. Remember this sentence with "step" for "row": it will be an RNN.

# %%
batch, G = tg.arrays.asarray([[1.0, 1.0], [2.0, 3.0]]), tg.arrays.asarray([[1.0, 2.0], [1.0, 0.0]])
tg.sum(G * tg.linear(batch, W_array)).backward()  # each row is W·(row of the batch)
row_by_row = [
    tg.arrays.asarray([[gi * vj for vj in x] for gi in g])
    for g, x in zip(G.tolist(), batch.tolist(), strict=True)
]
print(f"over a batch, dL/dW = {W_array.grad.tolist()} = row 0's + row 1's")
assert W_array.grad.tolist() == (row_by_row[0] + row_by_row[1]).tolist()

# %% [markdown]
# **The pictures.** "numbers" has a node for each number, "array" one for each array. "inside" opens
# the arrays of the second picture and finds the first: the same numbers, the same roads; only where
# we wrote two products and a sum, each entry of W·v is one node.

# %%
folder = Path("pictures_of_the_lessons")
folder.mkdir(exist_ok=True)
for name, picture in {
    "03_numbers": tg.draw(L, title="W·v, number by number"),
    "03_array": tg.draw(L_array, title="W·v, one node"),
    "03_inside": tg.draw(
        L_array, level="scalar", title="Inside the arrays", normalise=None, show="both"
    ),
}.items():
    print(picture.save(folder / f"{name}.svg", otherwise=".dot"))
