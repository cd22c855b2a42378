"""Writing a table as CSV: the same table always gives the same bytes, whichever way its values came.

Text in UTF-8, commas, a line feed at the end of each line; whole numbers without a point, dates as 2026-05-31, yes and
no in words, quotes only where a text needs them.
"""

from __future__ import annotations

import re

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_NEEDS_QUOTES = r'[,"\r\n]'
_MARKS = (b",", b'"', b"\r", b"\n")
_MIDNIGHT = " 00:00:00"


def write_csv_text(frame: pd.DataFrame) -> bytes:
    """Return a table as the bytes of a CSV file.

    Examples
    --------
    >>> write_csv_text(pd.DataFrame({"rung": ["a, b", None], "price": [9.0, 1.5], "sold": [True, False]})).decode()
    'rung,price,sold\\n"a, b",9,yes\\n,1.5,no\\n'
    """
    header = ",".join(_quote(str(name)) for name in frame.columns)
    columns = [write_column(values) for _, values in frame.items()]
    if not columns or not len(frame):
        return f"{header}\n".encode()
    if len(columns) == 1:
        # A line without a character would be no row at all.
        columns = [pc.if_else(pc.equal(columns[0], ""), _text('""'), columns[0])]
    columns[-1] = pc.binary_join_element_wise(columns[-1], _text("\n"), _text(""))
    lines = pc.binary_join_element_wise(*columns, _text(","))
    return f"{header}\n".encode() + memoryview(lines.buffers()[2])


def write_column(values: pd.Series) -> pa.Array:
    """Write the values of a column as CSV cells."""
    if pd.api.types.is_bool_dtype(values):
        words = {True: "yes", False: "no"}
        return _to_arrow(values.map(words, na_action="ignore").astype("str"))
    if pd.api.types.is_datetime64_any_dtype(values):
        written = values.dt.strftime("%Y-%m-%d %H:%M:%S").astype("str").str.removesuffix(_MIDNIGHT)
        return _to_arrow(written)
    if pd.api.types.is_numeric_dtype(values):
        numbers = pa.array(values, from_pandas=True)
        return pc.fill_null(numbers.cast(pa.large_string()), "")
    texts = _to_arrow(values.astype("str"))
    letters = texts.buffers()[2].to_pybytes()
    if not any(mark in letters for mark in _MARKS):
        return texts
    needy = pc.match_substring_regex(texts, _NEEDS_QUOTES)
    doubled = pc.replace_substring(texts, '"', '""')
    return pc.if_else(needy, pc.binary_join_element_wise(_text('"'), doubled, _text('"'), _text("")), texts)


def _text(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())


def _to_arrow(texts: pd.Series) -> pa.Array:
    array = pa.array(texts, type=pa.large_string(), from_pandas=True)
    whole = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return pc.fill_null(whole, "")


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if re.search(_NEEDS_QUOTES, text) else text
