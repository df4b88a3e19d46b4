"""`ops`: every op with its rules, as they stand in the source."""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import textwrap
from typing import Any

from ..autograd import OPS, Op
from .arguments import add_choice, add_command, chosen

DESCRIPTION = """List the ops, each with its signature and the rule of each input. In a rule
g = dL/dy is the cotangent and y the output; what it gives is dL/d(input)."""
EXAMPLE = """example:
  tinygrad-rnn ops tanh matmul"""


def add_to(commands: Any) -> None:
    """Enter the command and its options."""
    help = "list the ops with their rules"
    parser = add_command(commands, "ops", run, help, description=DESCRIPTION, epilog=EXAMPLE)
    add_choice(parser, "ops")


def run(args: argparse.Namespace) -> None:
    """Print the ops that were asked for."""
    entries = [_entry(OPS[name]) for name in chosen(args.names, OPS, "ops")]
    if args.json:
        print(json.dumps(entries, ensure_ascii=False))
    else:
        print("\n\n".join(map(_paragraph, entries)))


def _entry(op: Op) -> dict[str, Any]:
    """What is printed of an op."""
    signature = inspect.signature(op.forward)
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    names = [str(p) for p in bare if p.kind is not p.KEYWORD_ONLY]
    rules = {name: rule and rule_source(rule) for name, rule in zip(names, op.rules or ())}
    meaning = " ".join((op.__doc__ or "").split("\n\n")[0].split())
    return {
        "name": op.name,
        "signature": f"{op.name}{inspect.Signature(bare)}",
        "doc": meaning,
        "rules": rules,
    }


def _paragraph(entry: dict[str, Any]) -> str:
    """The signature, what it means, and a line or block for each input's rule."""
    heading = f"{entry['signature']}: {entry['doc']}"
    folded = textwrap.fill(heading, 100, subsequent_indent="    ")
    return "\n".join([folded, *(_line(*rule) for rule in entry["rules"].items())])


def _line(name: str, source: str | None) -> str:
    if source is None:
        return f"  d/d{name} = no gradient"
    if "\n" not in source:
        return f"  d/d{name} = {source}"
    return f"  d/d{name}:\n{textwrap.indent(source, '      ')}"


def rule_source(rule: Any) -> str:
    """What a rule computes: the expression of one that only returns, else its body's lines."""
    try:
        source, function = definition(rule)
    except OSError:
        return "(its source is not at hand)"
    if isinstance(function, ast.Lambda):
        return _text(source, function.body)
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if isinstance(body[0], ast.Return) and body[0].value is not None:
        return _text(source, body[0].value)
    lines = source.splitlines()[body[0].lineno - 1 : body[-1].end_lineno]
    return textwrap.dedent("\n".join(lines))


def definition(rule: Any) -> tuple[str, ast.Lambda | ast.FunctionDef]:
    """The source of the file, and in it the lambda or function. OSError if there is no file.

    `inspect.getsource` of a lambda gives the whole lines that it stands on.
    """
    source = "".join(inspect.findsource(rule)[0])
    positions = [(line or 0, column or 0) for line, _, column, _ in rule.__code__.co_positions()]
    around = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Lambda | ast.FunctionDef) and _holds(node, max(positions))
    ]
    if not around:
        raise OSError("the file is not the one that was run")
    return source, around[-1]  # ast.walk meets the innermost last


def _holds(node: ast.Lambda | ast.FunctionDef, place: tuple[int, int]) -> bool:
    start = (node.lineno, node.col_offset)
    return start <= place < (node.end_lineno or 0, node.end_col_offset or 0)


def _text(source: str, node: ast.expr) -> str:
    """The source of an expression, on one line where it was broken."""
    return " ".join((ast.get_source_segment(source, node) or "").split())
