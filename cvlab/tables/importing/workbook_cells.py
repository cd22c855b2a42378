"""Reading a sheet of a workbook: values only. A formula is never run and never kept: what it last gave is read.

Numbers are written with the decimal mark of the source, so that they and the texts beside them read alike; dates are
written 2026-05-31. In merged cells all but the first are empty, so a table with merged cells is refused.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from cvlab.errors import DataError, Problem
from cvlab.tables.importing.cells import FORMULA_ERRORS, Cells, refuse
from cvlab.tables.importing.mapping import Source
from cvlab.tables.importing.workbooks import Scan, check_workbook, choose_sheet, open_workbook, scan_sheet

_MOST_CELLS = 30_000_000
_MOST_SHOWN = 5
_LARGEST_WHOLE = 1e15


def read_workbook_cells(path: Path, source: Source, *, header_rows: int, most_rows: int | None = None) -> Cells:
    """Read one sheet.

    Parameters
    ----------
    path : the workbook.
    source : says the sheet, the decimal mark and how many rows stand above the header.
    header_rows : how many rows the header has.
    most_rows : how many rows are read, from the first of the header on; all when not given.

    Raises
    ------
    ParameterError : there is no such file.
    DataError : it is no workbook that can be read, or cells are merged.
    """
    check_workbook(path)
    with open_workbook(path) as book:
        sheet = choose_sheet(book, source.sheet, file=path.name)
        hidden = [each.title for each in book.worksheets if each.sheet_state != "visible"]
        scan = scan_sheet(path, sheet)
        _check_merged(scan, source, path.name)
        rows = _read_rows(sheet, source, path.name, most_rows)
    notes = _note(scan, [title for title in hidden if title != sheet.title], sheet.title)
    return _make_cells(rows, source, header_rows, notes, path.name)


def read_top_rows(path: Path, sheet: str | None, *, count: int) -> list[list[str]]:
    """Read the first rows of a sheet as they are, merged or not."""
    with open_workbook(path) as book:
        chosen = choose_sheet(book, sheet, file=path.name)
        return [
            [write_value(value, ".") for value in values]
            for values in chosen.iter_rows(max_row=count, values_only=True)
        ]


def write_value(value: Any, decimal: str) -> str:
    """Write the value of a cell as text.

    Examples
    --------
    >>> [write_value(value, ",") for value in (None, True, 3.0, 2.5, datetime.datetime(2026, 5, 31))]
    ['', 'TRUE', '3', '2,5', '2026-05-31']
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < _LARGEST_WHOLE
        return str(int(value)) if whole else repr(value).replace(".", decimal)
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d" if value.time() == datetime.time.min else "%Y-%m-%d %H:%M:%S")
    return str(value)


def _read_rows(sheet: Any, source: Source, file: str, most_rows: int | None) -> list[list[str]]:
    """Read all rows from the first row of the header on, as texts."""
    read = 0
    rows: list[list[str]] = []
    for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number <= source.skip:
            continue
        if most_rows is not None and len(rows) == most_rows:
            break
        read += len(values)
        if read > _MOST_CELLS:
            raise refuse(
                file, f"the sheet has more than {_MOST_CELLS:,} cells", "save it as CSV, or delete what is not data"
            )
        rows.append([write_value(value, source.decimal) for value in values] if any(values) else _write_sparse(values))
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def _write_sparse(values: Sequence[Any]) -> list[str]:
    """Write a row that holds nothing but empty cells, noughts and noes."""
    return ["" if value is None or value == "" else write_value(value, ".") for value in values]


def _make_cells(rows: list[list[str]], source: Source, header_rows: int, notes: tuple[str, ...], file: str) -> Cells:
    if not rows:
        raise refuse(file, "the sheet is empty", "name another one as `sheet:`, or export it again")
    if len(rows) < header_rows or not any(any(row) for row in rows[:header_rows]):
        rule = f"the header must have {header_rows} row{'s' if header_rows > 1 else ''}, but the sheet ends before"
        raise refuse(file, rule, "say `sheet:`, `header:` and `skip:` as the workbook has them")
    width = max(len(row) for row in rows)
    padded = [row + [""] * (width - len(row)) if len(row) < width else row for row in rows]
    body = padded[header_rows:]
    columns = tuple(
        pa.chunked_array([pa.array([row[position] for row in body], type=pa.large_string())])
        for position in range(width)
    )
    errors = sum(1 for row in body for text in row if text in FORMULA_ERRORS)
    if errors:
        notes += (f"{errors} cell{'s hold' if errors > 1 else ' holds'} an error of a formula, such as #N/A",)
    return Cells(
        header=tuple(tuple(row) for row in padded[:header_rows]),
        columns=columns,
        rows=np.arange(len(body), dtype=np.int64) + source.skip + header_rows + 1,
        notes=notes,
    )


def _check_merged(scan: Scan, source: Source, file: str) -> None:
    """Refuse merged cells in the table; SurveyMonkey merges a question's cell over those of its options."""
    first = source.skip + 1
    wrong = [
        each.name
        for each in scan.merged
        if each.last_row >= first and not (source.header == "surveymonkey" and each.first_row == each.last_row == first)
    ]
    if wrong:
        listed = ", ".join(wrong[:_MOST_SHOWN]) + (
            f" and {len(wrong) - _MOST_SHOWN} more" if wrong[_MOST_SHOWN:] else ""
        )
        problem = Problem(
            table=file,
            rule=f"cells must not be merged, for only the first of them has a value, but {listed} are",
            remedy="unmerge them in the spreadsheet and fill each cell, or say `skip:` if they stand above the table",
        )
        raise DataError.from_problems(f"{file} cannot be read", [problem])


def _note(scan: Scan, hidden: list[str], sheet: str) -> tuple[str, ...]:
    notes = []
    if hidden:
        notes.append(f"the workbook has hidden sheets, which were not read: {', '.join(map(repr, hidden))}")
    if scan.formulas:
        count = f"{scan.formulas:,} cell{'s are formulas' if scan.formulas > 1 else ' is a formula'}"
        notes.append(f"in sheet {sheet!r} {count}: their last values were read, nothing was computed")
    if scan.unsaved:
        listed = ", ".join(scan.unsaved[:_MOST_SHOWN])
        more = f" and {len(scan.unsaved) - _MOST_SHOWN} more" if scan.unsaved[_MOST_SHOWN:] else ""
        notes.append(
            f"the workbook holds no value for the formulas in {listed}{more}, which are read as empty: "
            "open it in a spreadsheet and save it, and import again"
        )
    return tuple(notes)
