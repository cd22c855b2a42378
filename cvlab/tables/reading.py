"""Reading one file: CSV or Parquet in, its cells as they stand and everything wrong with its form out.

A CSV file is text in UTF-8 with commas between the columns, one header line and as many cells in every row as there
are column names. Cells are read as text, so that 007 stays 007; what type they have is decided by the schema.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from cvlab.errors import Problem

ENDINGS = (".csv", ".parquet")
_SAVE = "save the table as CSV: text in UTF-8 with commas between the columns and one header line"
_NOT_CSV = (
    (re.compile(rb"PK\x03\x04"), "a workbook or zip archive"),
    (re.compile(rb"PAR1"), "Parquet under another name"),
    (re.compile(rb"%PDF-"), "a PDF"),
    (re.compile(rb"\s*<(!doctype|html|head|body|table|\?xml)\b", re.IGNORECASE), "a web page or XML"),
    (re.compile(rb"\s*[\[{]"), "JSON"),
    (re.compile(rb"\xff\xfe|\xfe\xff"), "text in UTF-16"),
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Source:
    """The cells of one file before anything is known about their meaning.

    Attributes
    ----------
    cells : one column per named column of the file; its index counts data rows from 0. None if it cannot be read.
    problems : everything wrong with the form of the file.
    """

    cells: pd.DataFrame | None
    problems: tuple[Problem, ...] = ()


def read_source(data: bytes, *, table: str, ending: str) -> Source:
    """Read the bytes of a CSV or Parquet file.

    Parameters
    ----------
    data : the bytes of the file.
    table : name of the table, for the problems.
    ending : ".csv" or ".parquet".

    Examples
    --------
    >>> read_source(b"rung,price\\n007,9.50\\n", table="rungs", ending=".csv").cells.to_dict("list")
    {'rung': ['007'], 'price': ['9.50']}
    >>> print(read_source(b"rung,price\\nbasic\\n", table="rungs", ending=".csv").problems[0].rule)
    each row must have 2 cells like the header, but row 1 has 1
    """
    if not data.strip():
        return _unreadable(table, "the file is empty", "write a header line and at least one row, or delete the file")
    if ending == ".parquet":
        return _read_parquet(data, table)
    for start, form in _NOT_CSV:
        if start.match(data):
            return _unreadable(table, f"the file must be CSV, but looks like {form}", _SAVE)
    if b"\0" in data:
        return _unreadable(table, "the file must be CSV, but is not text", _SAVE)
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")  # a byte order mark, as Excel writes it
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return _unreadable(table, f"the file must be text in UTF-8, but line {line} is in another encoding", _SAVE)
    return _read_csv(text, table)


def _read_csv(text: str, table: str) -> Source:
    ragged = _find_ragged_rows(text, table)
    if ragged is not None:
        return ragged
    # The header is read as a row of its own: pandas would otherwise rename columns that repeat.
    try:
        rows = pd.read_csv(io.StringIO(text), header=None, dtype="str", keep_default_na=False, low_memory=False)
    except pd.errors.ParserError as error:
        reason = str(error).split("C error: ")[-1]
        return _unreadable(table, f"the file must be CSV, but cannot be split into cells: {reason}", _SAVE)
    names = [str(name).strip() for name in rows.iloc[0]]
    if len(names) == 1 and re.search(r"[;\t|]", names[0]):
        return _unreadable(table, "the header has no commas", _SAVE)
    return _name_columns(_drop_trailing_empty(rows.iloc[1:].reset_index(drop=True)), names, table)


def _find_ragged_rows(text: str, table: str) -> Source | None:
    """Compare the number of cells of each row with the header; pandas would fill short rows and stop at long ones."""
    try:
        rows = csv.reader(io.StringIO(text, newline=""))
        widths = np.fromiter((len(row) for row in rows if len(row) > 1 or "".join(row).strip()), dtype=int)
    except csv.Error as error:
        return _unreadable(table, f"the file must be CSV, but cannot be split into cells: {error}", _SAVE)
    ragged = tuple(np.flatnonzero(widths != widths[0]).tolist())
    if not ragged:
        return None
    problem = Problem(
        table=table,
        rows=ragged,
        rule=f"each row must have {widths[0]} cells like the header, but row {ragged[0]} has {widths[ragged[0]]}",
        remedy="add or remove commas, and put texts with commas in double quotes",
    )
    return Source(cells=None, problems=(problem,))


def _read_parquet(data: bytes, table: str) -> Source:
    try:
        frame = pd.read_parquet(io.BytesIO(data))
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).split("\n")[0].split(".")[0]
        return _unreadable(table, f"the file must be Parquet, but cannot be read: {reason}", "export the table again")
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    names = [str(name).strip() for name in frame.columns]
    return _name_columns(frame.reset_index(drop=True), names, table)


def _name_columns(cells: pd.DataFrame, names: list[str], table: str) -> Source:
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        listed = ", ".join(repr(name) for name in repeated)
        return _unreadable(table, f"column names must differ, but {listed} repeats", "rename or delete all but one")
    named = [position for position, name in enumerate(names) if name]
    problems = []
    if len(named) < len(names):
        problems.append(
            Problem(
                table=table,
                rule=f"{len(names) - len(named)} of {len(names)} columns must have a name and are left out",
                remedy="name the column in the header line, or delete it",
                severity="warning",
            )
        )
    kept = cells.iloc[:, named].set_axis([names[position] for position in named], axis=1)
    return Source(cells=kept, problems=tuple(problems))


def _drop_trailing_empty(cells: pd.DataFrame) -> pd.DataFrame:
    """Spreadsheets add rows of commas at the end; those inside stay, so that row numbers keep their meaning."""
    last = len(cells)
    while last and not cells.iloc[last - 1].str.strip().any():
        last -= 1
    return cells.iloc[:last]


def _unreadable(table: str, rule: str, remedy: str) -> Source:
    return Source(cells=None, problems=(Problem(table=table, rule=rule, remedy=remedy),))
