"""What `cvlab check` and `cvlab import` say of the problems of a product line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cvlab.errors import Problem


def list_problems(folder: Path, problems: Iterable[Problem]) -> str:
    """Return all problems as a table, each with its rule and its remedy."""
    listed = list(problems)
    if not listed:
        return f"{folder}: no problems"
    counts = [
        f"{count} {severity}{'' if count == 1 else 's'}"
        for severity in ("error", "warning")
        if (count := sum(problem.severity == severity for problem in listed))
    ]
    places = [
        (problem.severity, problem.table or "–", problem.column or "–", _name_rows(problem.rows)) for problem in listed
    ]
    head = ("", "table", "column", "row")
    widths = [max(map(len, column)) for column in zip(head, *places, strict=True)]
    lines = [f"{folder}: {' and '.join(counts)}", "", _align(head, widths)]
    for place, problem in zip(places, listed, strict=True):
        lines += [_align(place, widths), f"    {problem.rule}", f"    → {problem.remedy}"]
    return "\n".join(lines)


def _align(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _name_rows(rows: tuple[int, ...], most: int = 5) -> str:
    named = ", ".join(f"{row}" for row in rows[:most])
    return f"{named} and {len(rows) - most:,} more" if len(rows) > most else named or "–"
