"""The whole tables behind a report: what `present` hands on beside the few rows of the page.

A table of groups in which a group is smaller than the line allows is held back, on the page as in the workbook:
analyses merge small groups first, so that such a table is a mistake, and a mistake must not name a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from cvlab.page_types import CHAPTER_MIME, HEADLINE_MIME, TABLE_MIME

LEAST = 2  # where the page does not say how small a group may be, one person alone is still too few
_TABLE = re.compile(r'<table class="cvlab-table">.*?</table>(?:<p class="cvlab-more">.*?</p>)?', re.DOTALL)


def find_smallest_group(outputs: Iterable[Mapping[str, Any]]) -> int:
    """Return how small a published group may be, as `open_chapter` has said on the page."""
    said = [
        output["data"][CHAPTER_MIME].get("smallest_group")
        for output in outputs
        if isinstance(output.get("data", {}).get(CHAPTER_MIME), dict)
    ]
    return max((number for number in said if isinstance(number, int)), default=LEAST)


def read_table(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the table that an output carries, with the sentence and the notes beside it; None where it has none.

    A table whose rows are persons, or that is not of the form that `present` gives it, is none.
    """
    table = data.get(TABLE_MIME)
    if not isinstance(table, dict) or table.get("rows") == "person":
        return None
    columns, rows = table.get("columns"), table.get("data")
    if not isinstance(columns, list) or not isinstance(rows, list) or not _has_form(columns, rows):
        return None
    said = data.get(HEADLINE_MIME)
    said = said if isinstance(said, dict) else {}
    texts = [str(record.get("text", "")) for record in said.get("headlines") or () if isinstance(record, dict)]
    return {
        "title": str(table.get("title") or ""),
        "key": str(table.get("key") or ""),
        "rows": str(table.get("rows") or ""),
        "columns": columns,
        "data": rows,
        "n_rows": int(table.get("n_rows") or len(rows)),
        "text": texts[0] if texts else "",
        "notes": [str(note) for note in said.get("notes") or ()],
    }


def find_small_group(table: Mapping[str, Any], smallest_group: int) -> bool:
    """Tell whether a table of groups shows one that has people, but fewer than the line allows.

    Only tables whose rows are groups are looked at: elsewhere `n` counts answers, moves or prices.

    Examples
    --------
    >>> table = {"rows": "group", "columns": [{"name": "n", "kind": "count"}], "data": [[40], [3]]}
    >>> find_small_group(table, 10), find_small_group(table, 3)
    (True, False)
    """
    if table["rows"] != "group":
        return False
    places = [place for place, column in enumerate(table["columns"]) if column["name"] == "n"]
    return any(
        isinstance(row[place], (int, float)) and 0 < row[place] < smallest_group
        for place in places
        for row in table["data"]
    )


def withhold_table(html: str) -> str:
    """Take the table out of what `present` has written, and say so."""
    said = '<p class="cvlab-more">The table is held back: a group in it is smaller than this line allows.</p>'
    return _TABLE.sub(said, html)


def _has_form(columns: list[Any], rows: list[Any]) -> bool:
    return (
        bool(columns)
        and all(isinstance(column, dict) and isinstance(column.get("name"), str) for column in columns)
        and all(isinstance(row, list) and len(row) == len(columns) for row in rows)
    )
