"""What happened, as data, and as a picture: Tensors become a Graph, a Flow, DOT, a file.

Read in this order: `steps`, `nodes`, `tracing`, `work`, `diagnosis`, `gradient_flow`; `why/`, what
took the gradient; `views/`, what a picture shows; `dot/`, `levels`, `drawing`, `render`; `page/`;
`plots`.
"""

from .diagnosis import Anomaly, anomalies
from .drawing import Drawing, draw
from .gradient_flow import Flow, flow
from .nodes import Edge, Graph, Node
from .page import Page, report
from .plots import plot_flow, plot_gates
from .render import RenderError, find_layout_program
from .source_lines import sources
from .tracing import trace
from .why.reasons import Why
from .why.roads import Road
from .work import WorkAndSpan, work_and_span

__all__ = [
    "Anomaly",
    "Drawing",
    "Edge",
    "Flow",
    "Graph",
    "Node",
    "Page",
    "RenderError",
    "Road",
    "Why",
    "WorkAndSpan",
    "anomalies",
    "draw",
    "find_layout_program",
    "flow",
    "plot_flow",
    "plot_gates",
    "report",
    "sources",
    "trace",
    "work_and_span",
]
