"""What reading a table that was just written would give, so that a large one need not be read again to be checked.

Texts are read as they were written, and numbers as the same numbers: a column of numbers that the table takes as
numbers is handed over as it is, everything else as the text that stands in the file. Where anything about the file is
out of the ordinary it is read like any other.
"""

from __future__ import annotations

import pandas as pd

from cvlab.tables.declaration import ColumnType, Table
from cvlab.tables.importing.csv_text import write_column
from cvlab.tables.loading import Written

_NUMERIC = ("number", "whole", "any")
_OTHER_FORMS = (b"PAR1", b"PK")  # a header that begins so is taken for another kind of file


def know_cells(table: pd.DataFrame, declared: Table, data: bytes) -> Written | None:
    """Return the cells of a table that was written; None where the file has to be read.

    Parameters
    ----------
    table : what was written.
    declared : the declaration of the table.
    data : the bytes of the file.
    """
    names = [str(name) for name in table.columns]
    ordinary = len(names) > 1 and len(table) > 0 and all(name and name == name.strip() for name in names)
    begins_with_letter = data[:1].isalpha() and not data.startswith(_OTHER_FORMS)
    if not ordinary or not begins_with_letter or b"\0" in data:
        return None
    cells = {name: _know_column(table[name], declared.find_column(name).type) for name in names}
    if not any(pd.notna(values.iloc[-1]) and str(values.iloc[-1]).strip() for values in cells.values()):
        return None  # empty rows at the end are no rows
    return Written(data=data, cells=pd.DataFrame(cells, copy=False))


def _know_column(values: pd.Series, type_: ColumnType) -> pd.Series:
    """Return the cells as typed values where the table reads them as the same values, else as they are written."""
    if isinstance(values.dtype, pd.StringDtype):
        return values
    if pd.api.types.is_datetime64_any_dtype(values) and type_ == "date":
        return values.dt.floor("s")
    numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    if numeric and type_ in _NUMERIC and values.notna().any():
        return values
    return pd.Series(write_column(values), dtype="str")
