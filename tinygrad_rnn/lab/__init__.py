"""Experiments: what reaches the first step before training, what truncation costs, a text's reader.

    CELLS, INITIALISATIONS   what `make_cell` makes, and how it may start
    CLOSED_FORMS             what the straight roads of a cell let through, as formulas
    SEEDS                    those of a survival, unless others are asked for

Read in this order: `initialisation`, `vanishing`, `verdicts`, `truncation`, `reader`, `plots`.
"""

from .initialisation import CELLS, INITIALISATIONS, make_cell
from .plots import plot_sweep
from .reader import Reader, Reading, train_reader
from .truncation import Truncation, truncation_bias
from .vanishing import CLOSED_FORMS, SEEDS, Setup, Survival, log_ratio, survival, sweep
from .verdicts import verdict

__all__ = [
    "CELLS",
    "CLOSED_FORMS",
    "INITIALISATIONS",
    "SEEDS",
    "Reader",
    "Reading",
    "Setup",
    "Survival",
    "Truncation",
    "log_ratio",
    "make_cell",
    "plot_sweep",
    "survival",
    "sweep",
    "train_reader",
    "truncation_bias",
    "verdict",
]
