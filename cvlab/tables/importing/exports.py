"""Reading one export: its cells as text, its columns by name, its questions, and what was noticed on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from cvlab.errors import ParameterError
from cvlab.tables.importing.cells import Cells, drop_empty_rows, refuse
from cvlab.tables.importing.csv_cells import read_csv_cells, read_csv_header
from cvlab.tables.importing.headers import HEADER_ROWS, looks_like_import_ids, name_columns, name_repeated
from cvlab.tables.importing.mapping import Source
from cvlab.tables.importing.workbook_cells import read_workbook_cells

_ROWS_SEEN = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class Export:
    """One export as it was read.

    Attributes
    ----------
    file : the name of the file.
    source : how it was read.
    frame : all cells as text, one column per column of the export; an empty text where a cell is empty.
    questions : column -> question text, empty where there is none.
    rows : for each row of the frame its number in the file, as a spreadsheet counts: from 1, header included.
    repeated : name in the file -> positions of the columns that share it; they are called name#1, name#2.
    notes : what was noticed.
    """

    file: str
    source: Source
    frame: pd.DataFrame
    questions: Mapping[str, str]
    rows: np.ndarray
    repeated: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_export(path: str | Path, source: Source) -> Export:
    """Read one export, as its source says.

    Parameters
    ----------
    path : the file.
    source : how to read it; `detect_source` proposes it.

    Raises
    ------
    ParameterError : there is no such file.
    DataError : the file is not what the source says; the message says what to do.
    """
    file = Path(path)
    header_rows = HEADER_ROWS[source.header]
    if source.kind == "xlsx":
        cells = read_workbook_cells(file, source, header_rows=header_rows)
    else:
        cells = read_csv_cells(read_bytes(file), source, header_rows=header_rows, file=file.name)
    return _make_export(drop_empty_rows(_drop_empty_columns(cells)), source, file.name)


def read_names(path: str | Path, source: Source) -> tuple[str, ...]:
    """Return the names of the columns of an export, without reading more of it than it takes.

    Raises
    ------
    ParameterError : there is no such file.
    DataError : its header cannot be read as the source says.
    """
    file = Path(path)
    header_rows = HEADER_ROWS[source.header]
    if source.kind == "xlsx":
        header = read_workbook_cells(file, source, header_rows=header_rows, most_rows=header_rows).header
    else:
        header = tuple(map(tuple, read_csv_header(read_bytes(file), source, header_rows=header_rows, file=file.name)))
    return name_columns(header, source.header, file=file.name).columns


def read_bytes(file: Path) -> bytes:
    """Return the bytes of a file.

    Raises
    ------
    ParameterError : it cannot be opened.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        raise ParameterError(f"{str(file)!r} cannot be opened: {error.strerror}") from None


def _make_export(cells: Cells, source: Source, file: str) -> Export:
    _check_for_import_ids(cells, source, file)
    names = name_columns(cells.header, source.header, file=file)
    repeated = [name_repeated(names.repeated, name) for name in names.repeated]
    # One frame made of arrays that pandas takes over as they are: a hundred thousand rows cost nothing here.
    frame = pd.DataFrame(
        {name: pd.Series(column, dtype="str") for name, column in zip(names.columns, cells.columns, strict=True)}
    )
    return Export(
        file=file,
        source=source,
        frame=frame,
        questions=names.questions,
        rows=cells.rows,
        repeated=names.repeated,
        notes=(*cells.notes, *repeated),
    )


def _check_for_import_ids(cells: Cells, source: Source, file: str) -> None:
    """Refuse Qualtrics' rows of questions and ids among the answers."""
    first = [tuple(column[row].as_py() for column in cells.columns) for row in range(min(_ROWS_SEEN, len(cells.rows)))]
    for number, row in zip(cells.rows.tolist(), first, strict=False):
        if looks_like_import_ids(row):
            rule = f"the file is read with {len(cells.header)} header row{'s' if len(cells.header) > 1 else ''}"
            rule += f", but row {number} holds Qualtrics' import ids"
            raise refuse(file, rule, f"say `header: qualtrics` (it is {source.header!r} now)")


def _drop_empty_columns(cells: Cells) -> Cells:
    """Leave out columns at the right that have neither a name nor a value, as spreadsheets add them."""
    width = len(cells.columns)
    while width and not any(row[width - 1].strip() for row in cells.header):
        column = cells.columns[width - 1]
        if any(column.to_pylist()):
            break
        width -= 1
    if width == len(cells.columns):
        return cells
    return Cells(
        header=tuple(row[:width] for row in cells.header),
        columns=cells.columns[:width],
        rows=cells.rows,
        notes=cells.notes,
    )
