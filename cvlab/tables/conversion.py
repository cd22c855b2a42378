"""From cells to values: each column gets the type that its declaration names; what does not fit is reported.

text     as it stands, without blanks around it; ids are never numbers
number   a decimal point, no thousands separators, no currency sign; NA, N/A, NaN and null mean "missing"
date     ISO 8601, YYYY-MM-DD with or without a time; 03/04/2026 could be two days and is refused
truth    yes/no, true/false, 1/0 in any case
any      a number if every cell is one (and none starts with a further 0, as codes do), else text

Different texts are few even where rows are many, so each is converted once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cvlab.errors import Problem
from cvlab.tables.declaration import TYPES, Column, ColumnType

_MISSING = ("na", "n/a", "nan", "null")
_TRUTHS = {"yes": True, "true": True, "1": True, "1.0": True, "no": False, "false": False, "0": False, "0.0": False}
_ISO_DATE = r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_ZONE = r"(?:Z|[+-]\d{2}:?\d{2})$"
_CODE = r"[+-]?0\d.*"
# Letters that are in no number and in no word for a missing one, and a digit before a mark of a date or time.
_NO_NUMBER = r"(?i)[bcdghjkmo-sv-xz]|\d[-/:]"
_REMEDIES = {
    "number": "write digits with a decimal point, without thousands separators or a currency sign",
    "whole": "write digits only",
    "date": "write year, month and day as in 2026-05-31",
    "truth": "write yes or no",
    "any": "write a finite number, or leave the cell empty",
}


def convert(cells: pd.Series, column: Column, *, table: str) -> tuple[pd.Series, np.ndarray, list[Problem]]:
    """Return the values of a column, which rows could not be converted (missing in the values), and the problems.

    Parameters
    ----------
    cells : texts of a CSV column, or typed values of a Parquet column.
    column : the declaration of the column.
    table : name of the table, for the problems.

    Examples
    --------
    >>> price = Column(name="price", meaning="Price.", type="number", kind="money")
    >>> values, bad, problems = convert(pd.Series(["1.5", "2,5"]), price, table="rungs")
    >>> values.tolist(), bad.tolist()
    ([1.5, nan], [False, True])
    >>> print(problems[0].rule)
    must be a finite number (found '2,5')
    """
    values, bad = _convert_distinct(cells, column.type)
    if not bad.any():
        return values, bad, []
    problem = Problem(
        table=table,
        column=column.name,
        rows=row_numbers(bad),
        rule=f"must be {TYPES[column.type]} ({show_found(cells[bad])})",
        remedy=_REMEDIES[column.type],
    )
    return values, bad, [problem]


def row_numbers(mask: np.ndarray) -> tuple[int, ...]:
    """Return the 1-based numbers of the rows that the mask marks."""
    return tuple((np.flatnonzero(mask) + 1).tolist())


def show_found(values: pd.Series | Sequence[Any], *, most: int = 3, length: int = 40) -> str:
    """Say which values were found, quoted so that nothing in them is interpreted.

    Examples
    --------
    >>> show_found(["x", "x", "a long text that never seems to come to its very end"])
    "found 'x', 'a long text that never seems to come to…'"
    """
    distinct = list(dict.fromkeys(str(value) for value in values))
    shown = [repr(text if len(text) <= length else f"{text[: length - 1]}…") for text in distinct[:most]]
    return f"found {', '.join(shown)}{' and others' if len(distinct) > most else ''}"


def to_text(cells: pd.Series) -> pd.Series:
    """Return the cells as texts without blanks around them; empty ones are missing."""
    if isinstance(cells.dtype, pd.StringDtype):
        # Arrow directly, for there may be thousands of columns.
        trimmed = pc.utf8_trim_whitespace(pa.array(cells, type=pa.large_string(), from_pandas=True))
        filled = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.large_string()), trimmed)
        return pd.Series(filled, index=cells.index, name=cells.name, dtype="str")
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.astype("object")
    if pd.api.types.is_float_dtype(cells) and (cells.isna() | (cells % 1 == 0)).all():
        cells = cells.astype("Int64")  # ids stored as numbers with gaps: 7.0 was written 7
    texts = cells.astype("str").str.strip()
    return texts.mask(texts == "")


def holds_words(texts: pd.Series) -> bool:
    """Whether one of the texts is plainly neither a number nor a word for a missing one; False decides nothing.

    Examples
    --------
    >>> holds_words(pd.Series(["1", "Likely"])), holds_words(pd.Series(["1", "n/a", "1e5"]))
    (True, False)
    """
    written = pa.array(texts, type=pa.large_string(), from_pandas=True)
    return pc.any(pc.match_substring_regex(written, _NO_NUMBER)).as_py() is True


def _convert_distinct(cells: pd.Series, type_: ColumnType) -> tuple[pd.Series, np.ndarray]:
    """Convert each text once; what becomes of one depends on which others are there, but not on how often."""
    if not isinstance(cells.dtype, pd.StringDtype):
        return _CONVERTERS[type_](cells)
    codes, distinct = pd.factorize(cells, use_na_sentinel=False)
    texts = pd.Series(distinct)
    values, bad = _CONVERTERS[type_](texts)
    if values.equals(texts):
        return cells.copy(deep=False), bad[codes]
    return pd.Series(values.array.take(codes), index=cells.index), bad[codes]


def _to_text(cells: pd.Series) -> tuple[pd.Series, np.ndarray]:
    return to_text(cells), np.zeros(len(cells), dtype=bool)


def _to_number(cells: pd.Series) -> tuple[pd.Series, np.ndarray]:
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        numbers = pd.Series(cells.to_numpy(dtype=float, na_value=np.nan), index=cells.index)
        bad = np.isinf(numbers.to_numpy())
    else:
        texts = _without_missing_words(to_text(cells))
        numbers = pd.to_numeric(texts, errors="coerce").astype(float)
        bad = (texts.notna() & ~np.isfinite(numbers)).to_numpy(dtype=bool)
    return numbers.mask(bad), bad


def _to_whole(cells: pd.Series) -> tuple[pd.Series, np.ndarray]:
    numbers, bad = _to_number(cells)
    bad = bad | (numbers.notna() & (numbers % 1 != 0)).to_numpy()
    return numbers.mask(bad).astype("Int64"), bad


def _to_date(cells: pd.Series) -> tuple[pd.Series, np.ndarray]:
    if pd.api.types.is_datetime64_any_dtype(cells):
        return cells.dt.tz_localize(None).astype("datetime64[us]"), np.zeros(len(cells), dtype=bool)
    texts = _without_missing_words(to_text(cells))
    iso = texts.str.fullmatch(_ISO_DATE).fillna(False).astype(bool)
    # The day that counts is the one on the wall where it happened, so an offset from Greenwich is not applied.
    local = texts.where(iso).str.replace(_ZONE, "", regex=True)
    dates = pd.to_datetime(local, format="ISO8601", errors="coerce").astype("datetime64[us]")
    return dates, (texts.notna() & dates.isna()).to_numpy(dtype=bool)


def _to_truth(cells: pd.Series) -> tuple[pd.Series, np.ndarray]:
    texts = _without_missing_words(to_text(cells)).str.lower()
    truths = texts.map(_TRUTHS).astype("boolean")
    return truths, (texts.notna() & truths.isna()).to_numpy(dtype=bool)


def _to_any(cells: pd.Series) -> tuple[pd.Series, np.ndarray]:
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        numbers, bad = _to_number(cells)
        return _narrow(numbers, cells), bad
    texts = to_text(cells)
    if holds_words(texts):
        return texts, np.zeros(len(cells), dtype=bool)
    filled = _without_missing_words(texts)
    numbers = pd.to_numeric(filled, errors="coerce")
    if filled.isna().all() or (filled.notna() & numbers.isna()).any() or filled.str.fullmatch(_CODE).any():
        return texts, np.zeros(len(cells), dtype=bool)
    bad = np.isinf(numbers.to_numpy(dtype=float))
    return (numbers.mask(bad) if bad.any() else numbers), bad


def _narrow(numbers: pd.Series, cells: pd.Series) -> pd.Series:
    """Whole numbers without gaps stay whole, as they do when a CSV file is read."""
    whole = pd.api.types.is_integer_dtype(cells) and numbers.notna().all()
    return numbers.astype("int64") if whole else numbers


def _without_missing_words(texts: pd.Series) -> pd.Series:
    return texts.mask(texts.str.lower().isin(_MISSING))


_CONVERTERS = {
    "text": _to_text,
    "number": _to_number,
    "whole": _to_whole,
    "date": _to_date,
    "truth": _to_truth,
    "any": _to_any,
}
