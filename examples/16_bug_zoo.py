# %% [markdown]
# # 16. The bug zoo
#
# Thirteen bugs that home-made engines had, each found by `gradcheck`. Nine are wrong rules and
# functions for this engine; four are bugs of a backward pass, shown in a tiny engine that is made
# for them. It prints a line for each, among them
#
#     wrong sign: gradcheck of divide, order 1: input 'b': the rule gives 0.6..., finite ... -0.6...
#     slice: gradcheck of head, order 1: the rule of op 'head' is wrong: a gradient ...
#     one row only: gradcheck of add_bias, order 1: input 'bias' at (0,): the rule gives ...
#     math.tanh: gradcheck of tanh, order 1: input 0: no gradient arrives (cut by ... float() ...
#     assigned: gradcheck of tiny_engine, order 1: input 0: the rule gives ..., finite ...

# %%
import math

import tinygrad_rnn as tg


def catch(bug, f, *inputs):
    """Print what gradcheck says of f."""
    try:
        tg.gradcheck(f, *inputs)
    except tg.GradcheckError as error:
        print(f"{bug}: {error}")
    else:
        raise AssertionError(f"{bug}: not found")


def op(name, forward, *rules):
    """What @tg.primitive makes, but not entered in tg.OPS."""
    forward.__name__ = name
    made = tg.Op(forward)
    made.vjp(*rules)
    return made


V, W = tg.arrays.asarray([0.3, -1.2, 0.8]), tg.arrays.asarray([1.1, 0.4, -0.7])
M = tg.arrays.asarray([[0.3, -1.2, 0.8], [0.5, 0.9, -0.4]])

# %% [markdown]
# **Wrong rules.** d(a/b)/db = -y/b. σ(2x) has the slope 2·y·(1 - y). A loss is rarely the end of a
# graph: its rule needs g. A slice's gradient has the shape of what was sliced. A permutation's is
# the *inverse* permutation: a swap hides that, a cycle of three does not. A bias that was broadcast
# gets the sum of all rows (here the engine sums, elsewhere each rule must: this one takes one row).

# %%
divide = op("divide", lambda a, b: a / b, lambda g, y, a, b: g / b, lambda g, y, a, b: g * y / b)
catch("wrong sign", divide, 0.7, 1.2)
sigmoid = op("sigmoid", lambda x: tg.sigmoid(2.0 * x), lambda g, y, x: g * y * (1.0 - y))
catch("sigmoid of 2x", sigmoid, 0.7)
loss = op("loss", lambda x: x * x, lambda g, y, x: 2.0 * x)
catch("ignores its cotangent", loss, 0.7)
head = op("head", lambda x: x[:2], lambda g, y, x: g)
catch("slice", head, V)
permute = op("permute", lambda x: x[[1, 2, 0]], lambda g, y, x: g[[1, 2, 0]])
catch("permutation not inverted", permute, V)
joined = op("concat", lambda *xs: tg.concat(xs), lambda g, y, *xs: [g[3:], g[:3]])
catch("concat split wrongly", joined, V, W)
rules = lambda g, y, x, bias: g, lambda g, y, x, bias: g[0]
catch("one row only", op("add_bias", lambda x, bias: x + bias, *rules), M, V)

# %% [markdown]
# **Wrong functions.** (e²ˣ - 1) / (e²ˣ + 1) is tanh on paper; at x = 400 it is inf / inf. And
# `math.tanh` asks a Tensor for its float: the gradient ends there, without a word.

# %%
ratio = lambda x: (tg.exp(2.0 * x) - 1.0) / (tg.exp(2.0 * x) + 1.0)  # noqa: E731
catch("overflow", op("ratio", ratio, lambda g, y, x: g * (1.0 - y * y)), 400.0)
catch("math.tanh", math.tanh, 0.7)


# %% [markdown]
# **Wrong engines.** A node of this tiny engine has (input, slope) pairs. x² + x³ becomes an op
# whose rule is the tiny engine's backward pass, right but for one bug: that is what is compared.


# %%
class Node:
    def __init__(self, value, *inputs):
        self.value, self.inputs, self.grad = value, inputs, 0.0
        self.depth = 1 + max((x.depth for x, _ in inputs), default=0)

    def __add__(self, other):
        return Node(self.value + other.value, (self, 1.0), (other, 1.0))

    def __mul__(self, other):
        return Node(self.value * other.value, (self, other.value), (other, self.value))


def backward(y, bug):
    nodes = [y]
    for node in nodes:  # grows while it is read
        nodes += [x for x in dict(node.inputs) if x not in nodes]
    if bug != "no topological order":
        nodes.sort(key=lambda node: -node.depth)
    y.grad = 1.0
    for node in nodes:
        for x, slope in dict(node.inputs).items() if bug == "set of inputs" else node.inputs:
            x.grad = slope * node.grad + (0.0 if bug == "assigned" else x.grad)


def tiny_engine(bug):
    def rule(g, y, x):
        leaf = Node(x)
        square = leaf * leaf
        result = square + square * leaf
        for _ in range(2 if bug == "stale gradients" else 1):
            leaf.grad = 0.0  # ... and that of square keeps what the first pass left
            backward(result, bug)
        return g * leaf.grad

    return op("tiny_engine", lambda x: x * x + x * x * x, rule)


assert tg.gradcheck(tiny_engine(None), 0.7, order=1)
for bug in ("assigned", "no topological order", "set of inputs", "stale gradients"):
    catch(bug, tiny_engine(bug), 0.7)
