"""How dates are written in exports: year, month and day in any order that is said, and what cannot be read.

    2026-05-31   2026-05-31 10:15   31.05.2026   5/31/2026 10:15:00 AM   31 May 2026   May 31, 2026

Where 01/02/2026 could be two days, the source must say which. Years of two digits and days before 1900, which
spreadsheets cannot hold as dates, are refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cvlab.tables.importing.mapping import DateOrder

FIRST_YEAR = 1900
_TIME = (
    r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d{1,9})?)? ?(?P<half>[AaPp]\.?[Mm]\.?)?)?"
)
_ZONE = r" ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
_FORMS = {
    "year first": re.compile(rf"(?P<year>\d{{4}})([-/.])(?P<month>\d{{1,2}})\2(?P<day>\d{{1,2}}){_TIME}{_ZONE}"),
    "numbers": re.compile(rf"(?P<first>\d{{1,2}})([-/.])(?P<second_number>\d{{1,2}})\2(?P<year>\d{{4}}){_TIME}{_ZONE}"),
    "day and name": re.compile(
        rf"(?P<day>\d{{1,2}})[. -]+(?P<name>[A-Za-z]{{3,9}})\.?[, -]+(?P<year>\d{{4}}){_TIME}{_ZONE}"
    ),
    "name and day": re.compile(rf"(?P<name>[A-Za-z]{{3,9}})\.? (?P<day>\d{{1,2}}),? (?P<year>\d{{4}}){_TIME}{_ZONE}"),
}
_SHORT_YEAR = re.compile(rf"\d{{1,2}}([-/.])\d{{1,2}}\1\d{{2}}{_TIME}")
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip

NOT_A_DATE = "must be a date"
TWO_DAYS = "could be two days: whether the day or the month stands first must be said"
SHORT_YEAR = "must have a year of four digits"
TOO_EARLY = f"must be a date from {FIRST_YEAR} on, for spreadsheets hold earlier days only as text"
IMPOSSIBLE = "must be a day that exists, with day and month in the order that is said"


def read_dates(texts: Sequence[str], *, order: DateOrder) -> tuple[pd.Series, np.ndarray]:
    """Return the dates that texts say, missing where one says none, and what is wrong with each of those.

    Parameters
    ----------
    texts : without empty ones.
    order : of day and month where both are numbers and stand first.

    Examples
    --------
    >>> dates, wrong = read_dates(["2026-05-31", "31.05.2026 10:15", "1.6.26"], order="day-first")
    >>> dates.astype("str").tolist()[:2], wrong.tolist()
    (['2026-05-31 00:00:00', '2026-05-31 10:15:00'], ['', '', 'must have a year of four digits'])
    """
    read = [_read_date(text, order) for text in texts]
    values = pd.Series(pd.to_datetime([iso for iso, _ in read], format="ISO8601", errors="coerce"))
    wrong = np.array([reason for _, reason in read], dtype=object)
    wrong[(values.isna().to_numpy()) & (wrong == "")] = IMPOSSIBLE
    return values.astype("datetime64[us]"), wrong


def _read_date(text: str, order: DateOrder) -> tuple[str | None, str]:
    """Return a date as ISO 8601, or None and what is wrong with the text."""
    for form, pattern in _FORMS.items():
        found = pattern.fullmatch(text)
        if found is None:
            continue
        parts = found.groupdict()
        if form == "numbers":
            if order == "iso":
                return None, TWO_DAYS
            first, second = parts["first"], parts["second_number"]
            parts["day"], parts["month"] = (first, second) if order == "day-first" else (second, first)
        elif "name" in parts:
            month = _month_of(parts["name"].lower())
            if month is None:
                return None, NOT_A_DATE
            parts["month"] = month
        if int(parts["year"]) < FIRST_YEAR:
            return None, TOO_EARLY
        return f"{parts['year']}-{int(parts['month']):02d}-{int(parts['day']):02d}{_write_time(parts)}", ""
    return None, SHORT_YEAR if _SHORT_YEAR.fullmatch(text) else NOT_A_DATE


def _month_of(name: str) -> str | None:
    fitting = [number for number, month in enumerate(_MONTHS, start=1) if month.startswith(name)]
    return str(fitting[0]) if len(fitting) == 1 else None


def _write_time(parts: dict[str, str | None]) -> str:
    if parts["hour"] is None:
        return ""
    hour = int(parts["hour"])
    half = (parts["half"] or "").lower()[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"T{hour:02d}:{parts['minute']}:{parts['second'] or '00'}"
