"""The data dictionary: what each file and column of a product line means, written from the declarations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cvlab.tables.declaration import Column, Table
from cvlab.tables.rules import unique_rows
from cvlab.tables.schema import TABLES
from cvlab.tables.settings import FILE_NAME, KEYS

_TYPE_WORDS = {"whole": "whole number", "truth": "yes/no", "any": "text or number"}
_INTRODUCTION = f"""\
# Data dictionary

A product line is one folder: `{FILE_NAME}`, `customers`, and whichever of the other tables you have, each as one
`.csv` or `.parquet` file named after the table. This page is written by cvlab from the declarations it checks by.

- CSV is text in UTF-8 with commas between the columns and one header line. Ids are text: `007` stays `007`.
- Dates are written `2026-05-31`, with a time of day if you like. Numbers have a decimal point and nothing else.
- Yes/no may be written yes/no, true/false or 1/0. In columns of numbers, dates and yes/no, an empty cell, `NA`, `N/A`,
  `NaN` and `null` are missing values; in text only an empty cell is.
- Money is in the currency of the line, shares run from 0 to 1.
- An **error** stops the reading. A **warning** leaves the row out and counts it in chapter 1. A wrong type, an infinite
  number and a repeated key are always errors. `cvlab check FOLDER` lists everything at once.
- A file of another kind is not read; keep raw exports in a subfolder such as `raw`.
"""


def write_data_dictionary() -> str:
    """Return the data dictionary as Markdown.

    Examples
    --------
    >>> print(write_data_dictionary().splitlines()[0])
    # Data dictionary
    """
    sections = [_INTRODUCTION, _describe_settings(), *(_describe_table(table) for table in TABLES.values())]
    return "\n".join(sections)


def _describe_settings() -> str:
    rows = [
        (f"`{name}`", key.meaning, f"`{key.example}`", "required" if key.required else "optional")
        for name, key in KEYS.items()
    ]
    return f"## {FILE_NAME}\n\n{_write_table(('key', 'meaning', 'example', 'needed'), rows)}"


def _describe_table(table: Table) -> str:
    rows = [_describe_column(column) for column in table.columns]
    if table.free is not None:
        rows.append(_describe_column(table.free, name=f"*one column per {table.free.label}*"))
    head = ("column", "type", "unit", "meaning", "rule", "needed", "if broken")
    key = [unique_rows(table.key)] if table.key else []
    rules = [f"{rule.expected} ({rule.severity})" for rule in (*key, *table.row_rules)]
    rules += [
        f"each {column} must name a row of {target}, where that table is there (error)"
        for column, target in table.links
    ]
    if table.together:
        rules.append(f"rows with the same {' and '.join(table.together)} are left out together")
    listed = "".join(f"- {rule}\n" for rule in rules)
    lines = [
        f"## {table.name}{' (required)' if table.required else ''}\n",
        f"One row is {table.row}.\n",
        _write_table(head, rows),
    ]
    return "\n".join([*lines, listed] if listed else lines)


def _describe_column(column: Column, *, name: str | None = None) -> tuple[str, ...]:
    return (
        name or f"`{column.name}`",
        _TYPE_WORDS.get(column.type, column.type),
        "–" if column.type in ("text", "date", "truth", "any") else column.kind,
        column.meaning,
        column.rule,
        "required" if column.required else "optional",
        column.severity,
    )


def _write_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
