"""How dates are written in exports: year, month and day in any order that is said, and what cannot be read.

    2026-05-31   2026-05-31 10:15   20260531   31.05.2026   5/31/2026 10:15:00 AM   31 May 2026   May 31, 2026

Where 01/02/2026 could be two days, the source must say which; of 31.05.26 it must say the hundred years as well, and
of 46173, which is how Excel counts that day, that it is one. Days before 1900, which spreadsheets cannot hold as dates,
are refused.
"""

from __future__ import annotations

import datetime
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
_COMPACT = re.compile(r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})")
_FORMS = {
    "year first": re.compile(rf"(?P<year>\d{{4}})([-/.])(?P<month>\d{{1,2}})\2(?P<day>\d{{1,2}}){_TIME}{_ZONE}"),
    "compact": _COMPACT,
    "numbers": re.compile(
        rf"(?P<first>\d{{1,2}})([-/.])(?P<second_number>\d{{1,2}})\2(?P<year>\d{{4}}|\d{{2}}){_TIME}{_ZONE}"
    ),
    "day and name": re.compile(
        rf"(?P<day>\d{{1,2}})[. -]+(?P<name>[A-Za-z]{{3,9}})\.?[, -]+(?P<year>\d{{4}}|\d{{2}}){_TIME}{_ZONE}"
    ),
    "name and day": re.compile(
        rf"(?P<name>[A-Za-z]{{3,9}})\.? (?P<day>\d{{1,2}}),? (?P<year>\d{{4}}|\d{{2}}){_TIME}{_ZONE}"
    ),
}
_EXCEL_DAY = re.compile(r"\d{2,6}(?:[.,]\d+)?")
# Excel counts from here on, once its 29 February 1900, which never was, is behind.
_EXCEL_START = datetime.datetime(1899, 12, 30)
_EXCEL_FIRST, _EXCEL_LAST = 61, 2_958_465
_DAY_SECONDS = 86_400
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip

NOT_A_DATE = "must be a date"
TWO_DAYS = "could be two days: whether the day or the month stands first must be said"
SHORT_YEAR = "must have a year of four digits, for two do not say which hundred years are meant"
NOT_EXCEL = f"must be a date, or the number of a day from {_EXCEL_FIRST} on as Excel counts them"
TOO_EARLY = f"must be a date from {FIRST_YEAR} on, for spreadsheets hold earlier days only as text"
IMPOSSIBLE = "must be a day that exists, with day and month in the order that is said"


def read_dates(texts: Sequence[str], *, order: DateOrder, short_years: str = "") -> tuple[pd.Series, np.ndarray]:
    """Return the dates that texts say, missing where one says none, and what is wrong with each of those.

    Parameters
    ----------
    texts : without empty ones.
    order : of day and month where both are numbers and stand first.
    short_years : the hundred years in which years of two digits lie, such as "1950-2049"; refused when not given.

    Examples
    --------
    >>> dates, wrong = read_dates(["2026-05-31", "31.05.2026 10:15", "1.6.26"], order="day-first")
    >>> dates.astype("str").tolist()[:2], wrong.tolist()[2].partition(",")[0]
    (['2026-05-31 00:00:00', '2026-05-31 10:15:00'], 'must have a year of four digits')
    >>> read_dates(["1.6.26", "1.6.74"], order="day-first", short_years="1950-2049")[0].dt.year.tolist()
    [2026, 1974]
    >>> read_dates(["46173"], order="excel")[0].astype("str").tolist()
    ['2026-05-31']
    """
    first_year = int(short_years.partition("-")[0]) if short_years else None
    read = [_read_date(text, order, first_year) for text in texts]
    values = pd.Series(pd.to_datetime([iso for iso, _ in read], format="ISO8601", errors="coerce"))
    wrong = np.array([reason for _, reason in read], dtype=object)
    wrong[(values.isna().to_numpy()) & (wrong == "")] = IMPOSSIBLE
    return values.astype("datetime64[us]"), wrong


def looks_like_excel_days(texts: Sequence[str]) -> bool:
    """Whether texts could be how Excel counts the days of 1950 to 2079.

    Examples
    --------
    >>> looks_like_excel_days(["46173", "46173.5"]), looks_like_excel_days(["12", "20260531"])
    (True, False)
    """
    return bool(texts) and all(re.fullmatch(r"(?:1[89]|[2-5]\d|6[0-5])\d{3}(?:[.,]\d+)?", text) for text in texts)


def are_compact(texts: Sequence[str]) -> bool:
    """Whether texts are days written without marks, such as 20260531."""
    return bool(texts) and not any(_read_date(text, "iso", None)[1] or not _COMPACT.fullmatch(text) for text in texts)


def has_short_year(text: str) -> bool:
    """Whether a text is a date whose year has two digits."""
    return _read_date(text, "day-first", None)[1] == SHORT_YEAR


def _read_date(text: str, order: DateOrder, first_year: int | None) -> tuple[str | None, str]:
    """Return a date as ISO 8601, or None and what is wrong with the text."""
    if order == "excel" and _EXCEL_DAY.fullmatch(text):
        return _read_excel_day(float(text.replace(",", ".")))
    for form, pattern in _FORMS.items():
        found = pattern.fullmatch(text)
        if found is None:
            continue
        parts = found.groupdict()
        short = len(parts["year"]) < len("2026")
        if short and first_year is None:
            return None, SHORT_YEAR
        if form == "numbers":
            first, second, third = parts["first"], parts["second_number"], parts["year"]
            if order == "day-first":
                parts |= {"day": first, "month": second}
            elif order == "month-first":
                parts |= {"month": first, "day": second}
            elif order == "year-first" and short:
                parts |= {"year": first, "month": second, "day": third}
            else:
                return None, TWO_DAYS
        elif "name" in parts:
            month = _month_of(parts["name"].lower())
            if month is None:
                return None, NOT_A_DATE
            parts["month"] = month
        year = int(parts["year"])
        if short and first_year is not None:
            year = first_year + (year - first_year) % 100
        if year < FIRST_YEAR:
            return None, TOO_EARLY
        return f"{year:04d}-{int(parts['month']):02d}-{int(parts['day']):02d}{_write_time(parts)}", ""
    return None, NOT_A_DATE


def _read_excel_day(number: float) -> tuple[str | None, str]:
    if not _EXCEL_FIRST <= number <= _EXCEL_LAST:
        return None, NOT_EXCEL
    day = _EXCEL_START + datetime.timedelta(seconds=round(number * _DAY_SECONDS))
    return day.isoformat(), ""


def _month_of(name: str) -> str | None:
    fitting = [number for number, month in enumerate(_MONTHS, start=1) if month.startswith(name)]
    return str(fitting[0]) if len(fitting) == 1 else None


def _write_time(parts: dict[str, str | None]) -> str:
    written = parts.get("hour")
    if written is None:
        return ""
    hour = int(written)
    half = (parts["half"] or "").lower()[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"T{hour:02d}:{parts['minute']}:{parts['second'] or '00'}"
