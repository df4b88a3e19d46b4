"""Networks learn tasks: a loop that is plain to read, evaluation, text from a network, resuming.

`CELLS` are the layers that a network is made of, by name: rnn, lstm, gru.

Read in this order: `network`, `objective` (what is made small), `session` (the loop), `evaluation`,
`sampling`, `resumption` (files), `description` (what a run was made of), `comparison`.
"""

from .comparison import Outcome, Settings, compare, outcomes
from .description import task_named
from .evaluation import Evaluation, evaluate
from .network import CELLS, Network, converted
from .resumption import Training
from .sampling import sample
from .session import NonFiniteError, Record, Run, train

__all__ = [
    "CELLS",
    "Evaluation",
    "Network",
    "NonFiniteError",
    "Outcome",
    "Record",
    "Run",
    "Settings",
    "Training",
    "compare",
    "converted",
    "evaluate",
    "outcomes",
    "sample",
    "task_named",
    "train",
]
