"""The cells of one export before anything is known of their meaning: texts, each with its row in the file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cvlab.errors import DataError, Problem

# What a spreadsheet shows where a formula failed.
FORMULA_ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")


@dataclass(frozen=True, eq=False, kw_only=True)
class Cells:
    """What a file holds below the rows that are skipped.

    Attributes
    ----------
    header : the rows of the header, each as wide as the file.
    columns : the texts of each column below the header; an empty text where a cell is empty.
    rows : for each row below the header its number in the file, as a spreadsheet counts: from 1, header included.
    notes : what was noticed.
    """

    header: tuple[tuple[str, ...], ...]
    columns: tuple[pa.ChunkedArray, ...]
    rows: np.ndarray
    notes: tuple[str, ...] = ()


def drop_empty_rows(cells: Cells) -> Cells:
    """Leave out rows without a single value, as spreadsheets have them between and below the others."""
    filled = np.zeros(len(cells.rows), dtype=bool)
    for column in cells.columns:
        open_rows = np.flatnonzero(~filled)
        if not len(open_rows):
            return cells
        left = column if len(open_rows) == len(filled) else column.take(pa.array(open_rows))
        filled[open_rows] = pc.binary_length(left).to_numpy() > 0
    if filled.all():
        return cells
    last = int(np.flatnonzero(filled)[-1]) if filled.any() else -1
    inside = int((~filled[: last + 1]).sum())
    kept = pa.array(np.flatnonzero(filled))
    note = (f"{inside} empty row{'s' if inside != 1 else ''} between the others left out",) if inside else ()
    return Cells(
        header=cells.header,
        columns=tuple(column.take(kept) for column in cells.columns),
        rows=cells.rows[filled],
        notes=cells.notes + note,
    )


def refuse(file: str, rule: str, remedy: str, *, rows: tuple[int, ...] = ()) -> DataError:
    """Return the error of a file that cannot be read at all."""
    return DataError.from_problems(f"{file} cannot be read", [Problem(table=file, rule=rule, remedy=remedy, rows=rows)])
