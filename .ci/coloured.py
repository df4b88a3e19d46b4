"""Fail unless the SVG drawing has an edge in the colour of a gradient.

Black, the greys and the rails' colour are what an edge has that no gradient flowed through.
"""

import re
import sys
import xml.etree.ElementTree as ET

RAIL = "#e3c46b"
SVG = "{http://www.w3.org/2000/svg}"


def is_gradient(stroke: str) -> bool:
    digits = re.fullmatch("#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", stroke.lower())
    return digits is not None and len(set(digits.groups())) > 1 and stroke.lower() != RAIL


edges = ET.parse(sys.argv[1]).iterfind(f".//{SVG}g[@class='edge']")
strokes = [path.get("stroke", "") for edge in edges for path in edge.iter(f"{SVG}path")]
coloured = [stroke for stroke in strokes if is_gradient(stroke)]
print(f"{len(coloured)} of {len(strokes)} edges coloured, {len(set(coloured))} colours")
sys.exit(0 if coloured else f"{sys.argv[1]}: no edge has the colour of a gradient")
