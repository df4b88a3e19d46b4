"""What `lab` prints: a row for every measurement, and what it means in words; or JSON."""

from __future__ import annotations

import textwrap

from ..graph.plain_json import dumps
from ..graph.wording import number
from ..lab import CLOSED_FORMS, Survival, verdict


def said(found: list[Survival], field: str) -> str:
    """The heading, the table, and a sentence for each cell; `field` is what is swept, or ""."""
    cells = dict.fromkeys(row.setup.cell for row in found)
    sentences = [
        _sentence([row for row in found if row.setup.cell == cell], field) for cell in cells
    ]
    folded = (textwrap.fill(sentence, 100, subsequent_indent="  ") for sentence in sentences)
    lines = [_heading(found, field), "", _titles(field), *(_line(row, field) for row in found)]
    return "\n".join([*lines, *_footnote(found), "", *folded])


def said_in_json(found: list[Survival], field: str) -> str:
    """The rows with all that the table says, and log10 of the ratio for each seed."""
    rows = [
        {
            **row.setup._asdict(),
            "mean": row.mean,
            "deviation": row.deviation,
            "factor": row.factor,
            "closed_form": row.setup.closed_form(),
            "verdict": verdict(row),
            "log10_ratios": row.logs,
        }
        for row in found
    ]
    return dumps({"sweep": field or None, "rows": rows})


def _heading(found: list[Survival], field: str) -> str:
    """What was measured, and under which conditions; what is swept stands in the table."""
    setup, seeds = found[0].setup, len(found[0].logs)
    has_bias = setup.init != "chrono" and any(row.setup.cell == "lstm" for row in found)
    conditions = {
        "length": f"T = {setup.length}",
        "input_size": f"X = {setup.input_size}",
        "hidden_size": f"H = {setup.hidden_size}",
        "init": f"init {setup.init}",
        "scale": f"scale {setup.scale:g}" if setup.scale != 1 else "",
        "forget_bias": f"forget bias {setup.forget_bias:g}" if has_bias else "",
    }
    named = [text for name, text in conditions.items() if text and name != field]
    what = "Before any training: |dL/dh| at the first step against the last"
    return f"{what}\n{', '.join(named)}; {seeds} seed{'' if seeds == 1 else 's'}"


def _titles(field: str) -> str:
    swept = f"{_told(field):>13}" if field else ""
    return f"{'cell':<5}{swept}{'log10, mean ± sd':>20}{'per step':>11}{'closed form':>14}"


def _line(row: Survival, field: str) -> str:
    """A row in columns; behind it how many seeds have no ratio that is a number."""
    swept = f"{_value(row, field):>13}" if field else ""
    spread = f"{row.mean:.1f}" + (f" ± {row.deviation:.1f}" if len(row.finite) > 1 else "")
    closed = row.setup.closed_form()
    straight = "-" if closed is None else f"{closed:.1f}"
    factor = f"×{row.factor:.2f}" if row.finite else "-"
    lost = len(row.logs) - len(row.finite)
    note = f"   without {lost} seed{'' if lost == 1 else 's'} of {len(row.logs)}" if lost else ""
    return f"{row.setup.cell.upper():<5}{swept}{spread:>20}{factor:>11}{straight:>14}{note}"


def _footnote(found: list[Survival]) -> list[str]:
    """What the closed forms are."""
    cells = dict.fromkeys(row.setup.cell for row in found if row.setup.closed_form() is not None)
    forms = "; ".join(f"{cell.upper()}, {CLOSED_FORMS[cell]}" for cell in cells)
    return ["", f"closed form: {forms}"] if forms else []


def _sentence(rows: list[Survival], field: str) -> str:
    """The verdict; of a sweep, where the least is left and where the most."""
    cell = rows[0].setup.cell.upper()
    known = sorted((row for row in rows if row.finite), key=lambda row: row.mean)
    if len(known) < 2:
        return f"{cell}: {verdict(known[0] if known else rows[0])}."
    least, most = (
        f"{number(10**row.mean)} at {_told(field)} {_value(row, field)}"
        for row in (known[0], known[-1])
    )
    return f"{cell}: of the last step's gradient the first gets {least}, and {most}."


def _told(field: str) -> str:
    return field.replace("_", " ")


def _value(row: Survival, field: str) -> str:
    value = getattr(row.setup, field)
    return value if isinstance(value, str) else f"{value:g}"
