"""Reading one file: CSV or Parquet in, its cells as they stand and everything wrong with its form out.

A CSV file is text in UTF-8 with commas between the columns, one header line and as many cells in every row as there
are column names. Cells are read as text, so that 007 stays 007; what type they have is decided by the schema.

Arrow splits an ordinary file, which is several times as fast as pandas. Files with anything on which the two may differ
are left to pandas, so that the same bytes always give the same cells.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from cvlab.errors import Problem

ENDINGS = (".csv", ".parquet")
_BLOCK = 1 << 22  # what fits the cache of a processor is split fastest
# Arrow starts a thread of its own, and a process with threads cannot be copied: small files do not need it.
_LARGE = 1 << 14
_FILL = "write a header line and at least one row, or delete the file"
_SAVE = "save the table as CSV: text in UTF-8 with commas between the columns and one header line"
_END = "\0"
_BLANKS = (" ", "\t")
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
        return _unreadable(table, "the file is empty", _FILL)
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
    # The header is read as a row of its own: pandas would otherwise rename columns that repeat.
    rows = _split_ordinary(text) if len(text) >= _LARGE else None
    if rows is None:
        ragged = _find_ragged_rows(text, table)
        if ragged is not None:
            return ragged
        try:
            rows = pd.read_csv(io.StringIO(text), header=None, dtype="str", keep_default_na=False, low_memory=False)
        except pd.errors.EmptyDataError:
            return _unreadable(table, "the file is empty", _FILL)
        except pd.errors.ParserError as error:
            reason = str(error).split("C error: ")[-1]
            return _unreadable(table, f"the file must be CSV, but cannot be split into cells: {reason}", _SAVE)
    names = [str(name).strip() for name in rows.iloc[0]]
    if len(names) == 1 and re.search(r"[;\t|]", names[0]):
        return _unreadable(table, "the header has no commas", _SAVE)
    return _name_columns(_drop_trailing_empty(rows.iloc[1:].reset_index(drop=True)), names, table)


def _split_ordinary(text: str) -> pd.DataFrame | None:
    """Split an ordinary file into its rows, the header among them; None where pandas has to look at it.

    Ordinary is: two columns or more, all rows as wide as the first, lines that end in the same way, and neither quotes
    after a blank at the start of a line nor a cell that is too long for one.
    """
    if text.count("\r") != text.count("\r\n"):
        return None
    if '"' in text and (text.startswith(_BLANKS) or any(f"\n{blank}" in text for blank in _BLANKS)):
        return None
    try:
        first = next((row for row in csv.reader(io.StringIO(text[:_BLOCK], newline="")) if "".join(row).strip()), [])
    except csv.Error:
        return None
    if len(first) < 2:
        return None
    names = [str(position) for position in range(len(first))]
    odd: list[Any] = []

    def note_invalid(row: Any) -> str:
        if row.actual_columns != 1 or row.text.strip(" \t\r\n"):
            odd.append(row)
        return "skip"

    # A last row that no file can have, for Arrow does not say whether a quotation mark is still open at the end.
    data = (text + "\n" + ",".join([_END] * len(first))).encode()
    try:
        rows = arrow_csv.read_csv(
            pa.BufferReader(data),
            read_options=arrow_csv.ReadOptions(
                column_names=names, use_threads=False, block_size=min(len(data) + 1, _BLOCK)
            ),
            parse_options=arrow_csv.ParseOptions(
                newlines_in_values=True, ignore_empty_lines=True, invalid_row_handler=note_invalid
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    if odd or rows.num_rows < 2 or rows.column(0)[-1].as_py() != _END:
        return None
    rows = rows.slice(0, rows.num_rows - 1)
    if any(_longest(column) > csv.field_size_limit() for column in rows.columns):
        return None
    return pd.DataFrame({place: pd.Series(column, dtype="str") for place, column in enumerate(rows.columns)})


def _longest(texts: pa.ChunkedArray) -> int:
    """Bytes of the longest text."""
    longest = pc.max(pc.binary_length(texts)).as_py()
    return 0 if longest is None else int(longest)


def _find_ragged_rows(text: str, table: str) -> Source | None:
    """Compare the number of cells of each row with the header; pandas would fill short rows and stop at long ones."""
    try:
        rows = csv.reader(io.StringIO(text, newline=""))
        widths = np.fromiter((len(row) for row in rows if len(row) > 1 or "".join(row).strip()), dtype=int)
    except csv.Error as error:
        return _unreadable(table, f"the file must be CSV, but cannot be split into cells: {error}", _SAVE)
    if not len(widths):
        return _unreadable(table, "the file is empty", _FILL)
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
    repeated = sorted(name for name, count in Counter(names).items() if name and count > 1)
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
