"""What happened, as data, and as a picture: Tensors become a Graph, a Flow, DOT, a file.

Read in this order: `steps`, `source_lines`, `tracing`, `diagnosis`, `gradient_flow`, `columns`,
`dot/`, `drawing`, `render`.
"""

from .diagnosis import Anomaly, anomalies
from .drawing import Drawing, draw
from .gradient_flow import Flow, flow
from .render import RenderError, find_layout_program
from .source_lines import sources
from .tracing import Edge, Graph, Node, trace

__all__ = [
    "Anomaly",
    "Drawing",
    "Edge",
    "Flow",
    "Graph",
    "Node",
    "RenderError",
    "anomalies",
    "draw",
    "find_layout_program",
    "flow",
    "sources",
    "trace",
]
