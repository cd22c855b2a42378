"""From the texts of an export to the values of a column: labels, then numbers, dates, yes and no, and what fits none.

Different texts are few even where rows are many, so each is converted once. What a mapping itself says (labels,
constants) is written with a decimal point and as 2026-05-31; what the export says is written as its source says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cvlab.tables.declaration import ColumnType
from cvlab.tables.importing.cells import FORMULA_ERRORS
from cvlab.tables.importing.date_texts import read_dates
from cvlab.tables.importing.mapping import ColumnMap, DateOrder, Source
from cvlab.tables.importing.number_texts import are_mixed, read_numbers

FAILED = "must be a value, not the error of a formula"
MIXED = "must be numbers with the same marks in the whole column"
NOT_LISTED = "must be among the labels of the mapping"
FORMULA = "text that a spreadsheet would run as a formula: it now begins with an apostrophe"
DTYPES: Mapping[ColumnType, str] = {
    "text": "str", "any": "str", "number": "float64", "whole": "Int64", "date": "datetime64[us]", "truth": "boolean",
}  # fmt: skip
_TRUTHS = {"yes": True, "true": True, "y": True, "1": True, "no": False, "false": False, "n": False, "0": False}
_DIGITS = r"^[+-]?\d+(?:\.\d+)?$"
_NUMERAL = r"^[+-]?[\d.,'’\s]+$"
_LETTER = r"[A-Za-z:/]"
_CODE = r"^[+-]?0\d"
_RUNS = r"^=.|^[+\-@].*[(|!]"


@dataclass(frozen=True, kw_only=True)
class Way:
    """How the texts of one column are read.

    Attributes
    ----------
    type : what the values are.
    decimal, thousands, dates, short_years : as in `Source`.
    missing : texts that mean "no answer".
    column : labels, `is`, `otherwise` and what numbers are multiplied by.
    """

    type: ColumnType
    decimal: str
    thousands: str
    dates: DateOrder
    short_years: str
    missing: tuple[str, ...]
    column: ColumnMap


@dataclass(frozen=True, eq=False, kw_only=True)
class Converted:
    """The values of one column.

    Attributes
    ----------
    column : one per text, in the dtype of the type (`DTYPES`).
    wrong : reason -> which rows were not converted for it (missing in the values).
    formulas : which rows were texts that a spreadsheet would run.
    """

    column: pd.Series
    wrong: Mapping[str, np.ndarray]
    formulas: np.ndarray


def way_of(column: ColumnMap, source: Source, declared: ColumnType) -> Way:
    """Put together what the column, its source and the table say about reading it."""
    thousands = source.thousands if column.thousands is None else column.thousands
    decimal = column.decimal or source.decimal
    return Way(
        type=declared if column.type is None or declared not in ("any", "text") else column.type,
        decimal=decimal,
        thousands="" if thousands == decimal else thousands,
        dates=column.dates or source.dates,
        short_years=column.short_years or source.short_years,
        missing=source.missing + column.missing,
        column=column,
    )


def convert_texts(texts: pd.Series, way: Way) -> Converted:
    """Convert the cells of an export.

    Examples
    --------
    >>> column = ColumnMap(origin="Q1", labels={"Very likely": "5"})
    >>> way = way_of(column, Source(decimal=","), "number")
    >>> converted = convert_texts(pd.Series(["Very likely", "2,5", "", "soon"]), way)
    >>> converted.column.tolist(), {reason: rows.tolist() for reason, rows in converted.wrong.items()}
    ([5.0, 2.5, nan, nan], {"must be a number with ',' as its decimal mark": [False, False, False, True]})
    """
    codes, distinct = pd.factorize(texts)
    found = _trim(distinct)
    column = way.column
    empty = (found == "") | found.isin(way.missing) if way.missing else found == ""
    wrong = np.full(len(found), "", dtype=object)
    if column.labels or column.equals or column.otherwise is not None:
        given, unlisted = _apply_labels(found, empty, way, wrong)
        values, formulas = _convert_distinct(found, unlisted.to_numpy(), given, way, wrong)
    else:
        values, formulas = _convert_distinct(found, ~empty.to_numpy(dtype=bool), None, way, wrong)
    reasons = {str(reason): (wrong == reason)[codes] for reason in dict.fromkeys(wrong[wrong != ""])}
    # Most columns of words stay as they are.
    made = texts if values.equals(pd.Series(distinct)) else pd.Series(values.array.take(codes), index=texts.index)
    return Converted(column=made, wrong=reasons, formulas=formulas[codes])


def _trim(distinct: Any) -> pd.Series:
    """Take blanks off both ends of texts."""
    return pd.Series(pc.utf8_trim_whitespace(pa.array(distinct, type=pa.large_string())), dtype="str")


def _matches(texts: pd.Series, pattern: str) -> np.ndarray:
    """Which texts match a pattern somewhere; Arrow directly, for there may be thousands of columns."""
    matched = pc.match_substring_regex(pa.array(texts, type=pa.large_string(), from_pandas=True), pattern)
    return np.asarray(pc.fill_null(matched, False).to_numpy(zero_copy_only=False), dtype=bool)


def _apply_labels(found: pd.Series, empty: pd.Series, way: Way, wrong: np.ndarray) -> tuple[pd.Series, pd.Series]:
    """Return what the mapping says in place of what was found, and what is left to be read as it was found."""
    column = way.column
    given = pd.Series(np.nan, index=found.index, dtype="str")
    if column.labels:
        given = found.map({text.strip(): value for text, value in column.labels.items()}).astype("str")
        empty = empty & given.isna()
    unlisted = given.isna() & ~empty
    if column.equals:
        answers = given.fillna(found)
        given = pd.Series(np.where(answers.isin(column.equals), "yes", "no"), dtype="str").mask(empty)
        unlisted[:] = False
    elif column.labels and not column.keep_unlisted and way.type in ("text", "any"):
        wrong[unlisted.to_numpy()] = NOT_LISTED
        unlisted[:] = False
    if column.otherwise is not None:
        given = given.mask(empty, column.otherwise)
    return given, unlisted


def convert_given(texts: pd.Series, type_: ColumnType) -> pd.Series:
    """Convert what a mapping itself says; what does not fit is missing.

    Examples
    --------
    >>> convert_given(pd.Series(["9.50", "12"]), "number").tolist()
    [9.5, 12.0]
    """
    way = Way(type=type_, decimal=".", thousands="", dates="iso", short_years="", missing=(), column=ColumnMap())
    return convert_texts(texts.astype("str").fillna(""), way).column


def _convert_distinct(
    found: pd.Series, raw: np.ndarray, given: pd.Series | None, way: Way, wrong: np.ndarray
) -> tuple[pd.Series, np.ndarray]:
    """Convert distinct texts: those as the export has them (`raw`), and those that the mapping gives."""
    if way.type in ("text", "any"):
        # Without labels, what is not read means "no answer".
        texts = found.where(raw) if given is None else given.mask(raw, found)
        texts = texts if raw.all() else texts.where(raw | texts.notna().to_numpy() & (texts != "").to_numpy())
        if way.type == "any":
            failed = raw & texts.isin(FORMULA_ERRORS).to_numpy(dtype=bool)
            wrong[failed] = FAILED
            texts = _write_numbers_plainly(texts.mask(failed) if failed.any() else texts, raw & ~failed, way, wrong)
        formulas = _matches(texts, _RUNS)
        return (texts.mask(formulas, "'" + texts.fillna("")) if formulas.any() else texts), formulas
    plain = Way(type=way.type, decimal=".", thousands="", dates="iso", short_years="", missing=(), column=ColumnMap())
    said = np.zeros(len(found), dtype=bool) if given is None else given.notna().to_numpy(dtype=bool)
    parts = []
    for texts, mask, how in ((found, raw, way), (given, said, plain)):
        if texts is not None and mask.any():
            read, reasons = _READERS[way.type](texts[mask], how)
            parts.append(read.set_axis(found.index[mask]).astype(DTYPES[way.type]))
            wrong[mask] = reasons
    empty = pd.Series(dtype=DTYPES[way.type], index=found.index[:0])
    return (pd.concat(parts) if parts else empty).reindex(found.index), np.zeros(len(found), dtype=bool)


def _write_numbers_plainly(texts: pd.Series, raw: np.ndarray, way: Way, wrong: np.ndarray) -> pd.Series:
    """Where a column that may be either holds numbers only, write them with a decimal point; codes stay."""
    if (_matches(texts, _LETTER) & raw).any():
        return texts
    there = texts[raw].dropna()
    if there.empty or not _matches(there, _NUMERAL).all() or _matches(there, _CODE).any():
        return texts
    if _matches(there, _DIGITS).all() and way.decimal == "." and not way.thousands:
        return texts
    numbers = read_numbers(there, decimal=way.decimal, thousands=way.thousands)
    if numbers.isna().any():
        if are_mixed(there):
            wrong[there.index[numbers.isna()]] = MIXED
        return texts
    plain = texts.copy()
    plain[there.index] = numbers.map(write_number_text)
    return plain


def write_number_text(number: float) -> str:
    """Write a number so that reading it gives the same number, and whole ones without a point.

    Examples
    --------
    >>> write_number_text(12.0), write_number_text(0.1)
    ('12', '0.1')
    """
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(float(number))


def _to_number(texts: pd.Series, way: Way) -> tuple[pd.Series, np.ndarray]:
    numbers = read_numbers(texts, decimal=way.decimal, thousands=way.thousands)
    finite = np.isfinite(numbers.to_numpy(dtype=float))
    reason = f"must be a number with {way.decimal!r} as its decimal mark"
    reason += f" and {way.thousands!r} between thousands" if way.thousands else ""
    if way.column.times is not None:
        numbers = numbers * way.column.times
    return numbers.where(finite), np.where(finite, "", reason).astype(object)


def _to_whole(texts: pd.Series, way: Way) -> tuple[pd.Series, np.ndarray]:
    numbers, reasons = _to_number(texts, way)
    broken = (numbers.notna() & (numbers % 1 != 0)).to_numpy()
    reasons[broken] = "must be a whole number"
    return numbers.mask(broken).astype("Int64"), reasons


def _to_date(texts: pd.Series, way: Way) -> tuple[pd.Series, np.ndarray]:
    return read_dates(texts.tolist(), order=way.dates, short_years=way.short_years)


def _to_truth(texts: pd.Series, way: Way) -> tuple[pd.Series, np.ndarray]:
    truths = texts.str.lower().map(_TRUTHS).astype("boolean")
    return truths, np.where(truths.isna().to_numpy(), "must be yes or no", "").astype(object)


_READERS = {"number": _to_number, "whole": _to_whole, "date": _to_date, "truth": _to_truth}
