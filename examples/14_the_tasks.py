# %% [markdown]
# # 14. The tasks
#
# A toy task asks one thing of a memory: hold, switch, count. Which cell learns which, and when? And
# what does the gradient do while an LSTM stands at chance, and then breaks through? It prints
#
#     latch, T = 20: a constant answer is right in 50%, the sign of the sum in 70%
#       RNN   ...% right after ... sequences
#       LSTM   99% right after ... sequences: solved
#     a_n_b_n, T = 11: a constant answer is right in 0%, no counting: the end after every b in 20%
#       LSTM  100% right after ... sequences: solved
#     after  40 updates: loss 1.3..., 3...% right; t = 0 gets 0.0001..., straight 0.00...
#     after 200 updates: loss 0.0..., 100% right; t = 0 gets ..., straight 0.9...
#
# and saves the film of the gradient: six pictures one below the other, and a page with a slider.

# %%
import random
from pathlib import Path

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.tasks import TASKS
from tinygrad_rnn.training import Network, Run, compare

# %% [markdown]
# **Who learns what?** The sequences are always fresh: nothing can be learned by heart. A task knows
# what a constant answer achieves, and what half an understanding does; a score says little without
# these beside it. `compare` trains each kind of network until the task is solved, or up to `limit`
# sequences: the same seed, the same Adam, the same clipping.


# %%
def race(name, limit, length):
    task, solved = TASKS[name], {}
    print(f"{name}, T = {length}: a constant answer is right in {task.chance:.0%}, ", end="")
    print(f"{task.baseline.says} in {task.baseline.at(length):.0%}")
    for run in compare(["rnn", "gru", "lstm"], task, [2], limit=limit, length=length, lr=0.03):
        said = f"{run.metric:4.0%} right after {run.sequences:4} sequences"
        print(f"  {run.cell.upper():<5} {said}{': solved' if run.solved else ''}")
        solved[run.cell] = run.solved
    return solved


# %% [markdown]
# **Hold.** The latch shows 1 or -1, then noise, and asks which it was. The LSTM of this task starts
# with a forget bias of 3: open gates, so it hears of t = 0 from the beginning (lesson 12). The GRU
# starts with its gate half shut, and lesson 13 showed what opening it does.

# %%
assert race("latch", 900, 20) == {"rnn": False, "gru": False, "lstm": True}

# %% [markdown]
# **Switch.** Parity asks at every step whether the ones so far are odd in number. A gate can turn a
# state over when a one comes, and keep it when none does. The tanh RNN has no gates.

# %%
assert race("parity", 1400, 10) == {"rnn": False, "gru": True, "lstm": True}

# %% [markdown]
# **Count.** After aaa comes bbb, then the end. An LSTM adds to c, and takes away again: c may grow
# as it likes. The h of an RNN and of a GRU lies between -1 and 1; counting there is an art.
#
# "Not solved" means: not by then. With a limit of 3000 this RNN holds the latch, too.

# %%
assert race("a_n_b_n", 240, 11) == {"rnn": False, "gru": False, "lstm": True}

# %% [markdown]
# **The breakthrough.** Temporal order shows X or Y, and much later X or Y again: which, and in what
# order? Four classes: a guess costs log 4 = 1.39. There an LSTM stands for a while; then it breaks
# through. On the way we stop and look, always at this one sequence:

# %%
task, rng = TASKS["temporal_order"], random.Random(2)
shown = task.draw(random.Random(0), batch=1)
tokens = ["EBabcdXY"[x[0].index(1.0)] for x in shown.xs]
print(" ".join(tokens))
network = Network.of(task, "lstm", rng=rng)
run = Run(network, task, lr=0.03, rng=rng)

# %% [markdown]
# "t = 0 gets": the gradient at the first c, relative to that at the last. "Straight": the product
# of the forget gates from end to end, in the unit where they are most open. At 1 nothing is lost.

# %%
film, gets, straight = {}, [], []
for updates in range(0, 201, 40):
    for _ in run.run(updates - run.steps, until_solved=False):
        pass
    predictions, states = network(shown.xs)
    loss = nn.cross_entropy(predictions[-1], shown.targets[-1])
    flow = film[updates] = tg.flow(loss, [c for _, c in states])
    gets += [flow.ratios()[0]]
    straight += [max(row[k] for k, row in enumerate(flow.road().straight))]
    fresh = run.evaluate(100)
    print(f"after {updates:3} updates: loss {fresh.loss:.2f}, {fresh.metric:.0%} right; ", end="")
    print(f"t = 0 gets {gets[-1]:.1g}, straight {straight[-1]:.1g}")

# %% [markdown]
# At first it gets worse: only the last symbols hear of the loss, and they tell nothing. Then the
# first c begins to hear, and *that* is when the loss begins to fall. It hears by the ways around,
# through h and the gates; the straight road opens after that. Who hears more learns faster, and
# then hears more still: so it is a breakthrough. Nobody gave this LSTM a forget bias of 3: it has
# opened its gates itself (less wide with other seeds). In the film the purple spreads to the left.

# %%
assert gets[1] < 0.01 < 0.05 < gets[2] < gets[3]
assert max(straight[:3]) < 0.05 < 0.5 < straight[-1]
(folder := Path("pictures_of_the_lessons")).mkdir(exist_ok=True)
words = {"tokens": tokens, "title": "dL/dc while an LSTM breaks through"}
picture = tg.draw({f"{n} updates": flow for n, flow in film.items()}, level="strip", **words)
print(picture.save(folder / "14_film.svg", otherwise=".dot"))
page = tg.report(snapshots=[(n, {"LSTM": flow}) for n, flow in film.items()], **words)
print(page.save(folder / "14_film.html"))
