"""How numbers are written in exports: marks, currency signs, percentages.

    1,234.50   1.234,50   1 234,50   1'234.50   € 12   12 EUR   35 %

A number is read only as its source says: with a decimal comma, 1.5 is a mistake and not 15, for groups of thousands
have three digits. A percent sign divides by 100; a currency sign or code says nothing about the amount and is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cvlab.tables.importing.mapping import DECIMALS, THOUSANDS

# Signs that are used for the same mark.
ALIKE = {" ": " \u00a0\u2009\u202f", "'": "'\u2019"}
_SIGN = r"[€$£¥₹₽₺₩₪]|[A-Z]{2,3}[$]?|kr\.?|zł|Kč|Fr\.?"
_DIGITS = rf"[\d.,{ALIKE[' ']}{ALIKE[chr(39)]}]*\d[.,]?(?:[eE][+-]?\d+)?"
_AROUND = rf"^\s*([+-]?)\s*(?:{_SIGN})?\s*([+-]?)\s*({_DIGITS})\s*(%?)\s*(?:{_SIGN})?\s*$"
_PLAIN = r"^[+-]?\d+(?:\.\d+)?$"
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-"})


@lru_cache
def number_pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    """Return what a number without sign and unit looks like with these marks.

    Examples
    --------
    >>> [bool(number_pattern(",", ".").fullmatch(text)) for text in ("1.234,5", "1234,5", "1.5")]
    [True, True, False]
    """
    group = f"[{ALIKE.get(thousands, re.escape(thousands))}]" if thousands else ""
    whole = rf"(?:\d+|\d{{1,3}}(?:{group}\d{{3}})+)" if group else r"\d+"
    return re.compile(rf"[+-]?(?:{whole}(?:{re.escape(decimal)}\d*)?|{re.escape(decimal)}\d+)(?:[eE][+-]?\d+)?")


def are_mixed(texts: Iterable[str]) -> bool:
    """Whether each text is a number with some marks, but no marks fit all.

    Examples
    --------
    >>> are_mixed(["1.234,50", "1,234.50"]), are_mixed(["1,5", "2,5"]), are_mixed(["1.2.3", "1,5"])
    (True, False, False)
    """
    fitting = [(decimal, thousands) for decimal in DECIMALS for thousands in THOUSANDS if thousands != decimal]
    possible, common = True, set(fitting)
    for text in texts:
        marks = {pair for pair in fitting if number_pattern(*pair).fullmatch(text)}
        possible = possible and bool(marks)
        common &= marks
    return possible and not common


def read_numbers(texts: pd.Series, *, decimal: str, thousands: str) -> pd.Series:
    """Return the numbers that texts say, missing where one says none.

    Parameters
    ----------
    texts : without empty ones.
    decimal, thousands : the marks; thousands "" for none.

    Examples
    --------
    >>> read_numbers(pd.Series(["1.234,50", "€ 12", "35 %", "1.5"]), decimal=",", thousands=".").tolist()
    [1234.5, 12.0, 0.35, nan]
    """
    written = pa.array(texts, type=pa.large_string())
    if decimal == "." and pc.all(pc.match_substring_regex(written, _PLAIN)).as_py():
        return pd.Series(written.cast(pa.float64()).to_numpy(zero_copy_only=False), index=texts.index)
    parts = texts.str.translate(_MINUS).str.extract(_AROUND)
    pattern = number_pattern(decimal, thousands)
    digits = parts[2].where(parts[2].str.fullmatch(pattern).fillna(False).astype(bool))
    if thousands:
        digits = digits.str.replace(f"[{ALIKE.get(thousands, re.escape(thousands))}]", "", regex=True)
    if decimal != ".":
        digits = digits.str.replace(decimal, ".", regex=False)
    numbers = pd.to_numeric(digits, errors="coerce").astype(float)
    signs = (parts[0].fillna("") + parts[1].fillna("")).map({"": 1.0, "+": 1.0, "-": -1.0})
    numbers = numbers * signs
    return numbers.where(parts[3].fillna("") != "%", numbers / 100)
