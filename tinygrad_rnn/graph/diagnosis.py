"""Where did the nan come from? Values and gradients that are not finite, first cause first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..arrays.namespace import entries, ones_like
from ..autograd import Tensor
from ..autograd.backprop import backpropagate
from .source_lines import Where, source_of
from .steps import Step
from .tracing import record


class Anomaly(NamedTuple):
    """A node whose value, or whose gradient on arrival or after its rule, is not finite."""

    op: str | None
    name: str | None
    step: Step
    kind: str  # "value" or "gradient"
    what: str  # "nan" or "inf"
    source: str | None = None

    def __str__(self) -> str:
        node = f"op {self.op}" if self.op else "leaf"
        name = f" {self.name}" if self.name else ""
        step = f" of step {self.step}" if isinstance(self.step, int) else f" ({self.step})"
        at = f", made at {self.source}" if self.source else ""
        return f"{self.what} in the {self.kind} at {node}{name}{step}{at}"


def anomalies(
    y: Tensor, states: Sequence[Any] | None = None, *, sources: Where | None = None
) -> list[Anomaly]:
    """Every node below y with a value, or a gradient of y, that is nan or infinite.

    First the values, inputs before what uses them; then the gradients from y on. The first of each
    kind is the cause: its inputs are finite and its value is not; or its gradient is finite and
    what its rule sends back is not. `states` as in `trace`, `sources` from `graph.sources()`.

    >>> from tinygrad_rnn import log
    >>> print(*anomalies(log(Tensor(0.0, name="x"))), sep="\\n")
    inf in the value at op log (outside)
    inf in the gradient at op log (outside)
    inf in the gradient at leaf x (outside)
    """
    recorded = record([y], states)

    def found(node: Tensor, kind: str, *numbers: Any) -> list[Anomaly]:
        what = _not_finite(numbers)
        op, step = node.op and node.op.name, recorded.steps[node]
        source = source_of(node, sources or {})
        return [Anomaly(op, node.name, step, kind, what, source)] if what else []

    values = [a for node in recorded.order for a in found(node, "value", node.value)]
    walk = backpropagate(y, ones_like(y.value))
    return values + [a for node, g, sent in walk for a in found(node, "gradient", g, *sent)]


def _not_finite(numbers: Sequence[Any]) -> str:
    """ "nan" if one of them is, else "inf" if one is, else nothing."""
    found = [entry for x in numbers if x is not None for entry in entries(x)]
    if any(map(math.isnan, found)):
        return "nan"
    return "inf" if any(map(math.isinf, found)) else ""
