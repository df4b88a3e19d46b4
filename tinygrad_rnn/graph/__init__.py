"""What happened, as data, and as a picture: Tensors become a Graph, a Flow, DOT, a file.

Read in this order: `steps`, `tracing`, `gradient_flow`, `columns`, `dot/`, `drawing`, `render`.
"""

from .drawing import Drawing, draw
from .gradient_flow import Flow, flow
from .render import RenderError, find_layout_program
from .tracing import Edge, Graph, Node, trace

__all__ = [
    "Drawing",
    "Edge",
    "Flow",
    "Graph",
    "Node",
    "RenderError",
    "draw",
    "find_layout_program",
    "flow",
    "trace",
]
