"""Calendar cuts: dates divided into years, quarters or months, whichever first gives three groups or more.

    number of a period = year · periods per year + position in the year         2025-Q3: 2025 · 4 + 2

Periods have numbers, so that they are cut, joined with their neighbours and named as intervals of numbers are. Where
there are more than eight, they are joined to four groups of about equal size.

Assumes that the calendar is what readers know the time by; fiscal years need rules.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from cvlab.checks import check_count
from cvlab.errors import DataError

_PERIODS = (1, 4, 12)  # per year
_FEWEST_PERIODS, _MOST_PERIODS, _GROUPS_OF_MANY = 3, 8, 4


def say_rule(column: str) -> str:
    """Say how else dates may be divided."""
    return f"Use rules, such as \"{column} < '2026-01-01'\""


def cut_dates(known: pd.Series, column: str, how: int | None) -> tuple[int, tuple[float, ...]]:
    """Return how many periods make a year (1, 4 or 12), and the numbers of the periods at which a level begins.

    Parameters
    ----------
    known : dates, none missing.
    how : groups wanted, of about equal size; None for one level per period.

    Raises
    ------
    DataError : all dates are of one month.

    Examples
    --------
    >>> period, edges = cut_dates(pd.Series(pd.to_datetime(["2025-01-31", "2025-05-01", "2025-07-01"])), "start", None)
    >>> period, [name_periods(edge, edge + 1, period) for edge in edges]
    (4, ['2025-Q2', '2025-Q3'])
    """
    wanted = _FEWEST_PERIODS if how is None else check_count(how, f"number of groups of {column}", least=2)
    for period in _PERIODS:
        numbers = np.sort(number_periods(known, period))
        if len(np.unique(numbers)) >= wanted:
            break
    else:
        if numbers[0] == numbers[-1]:
            raise DataError(f"customers: {column} is a date, and all are of one month. {say_rule(column)}")
    present = np.unique(numbers)
    groups = how or (len(present) if len(present) <= _MOST_PERIODS else _GROUPS_OF_MANY)
    edges = present[1:]
    if groups < len(present):
        edges = np.unique(np.quantile(numbers, np.arange(1, groups) / groups, method="inverted_cdf"))
        edges = edges[edges > numbers[0]]
    return period, tuple(float(edge) for edge in edges)


def number_periods(dates: pd.Series, period: int) -> np.ndarray:
    """Number calendar periods: year · periods per year + position in the year; NaN where the date is missing."""
    year = dates.dt.year.to_numpy(dtype=float, na_value=np.nan)
    month = dates.dt.month.to_numpy(dtype=float, na_value=np.nan)
    return np.asarray(year * period + np.floor((month - 1) * period / 12))


def name_periods(low: float, high: float, period: int) -> str:
    """Name the periods from `low` to before `high`, as in `2025-Q1`, `before 2024`, `2024-03 to 2024-06`."""
    if not math.isfinite(low):
        return f"before {_write_period(high, period)}"
    if not math.isfinite(high):
        return f"from {_write_period(low, period)}"
    if high == low + 1:
        return _write_period(low, period)
    return f"{_write_period(low, period)} to {_write_period(high - 1, period)}"


def _write_period(number: float, period: int) -> str:
    year, place = divmod(int(number), period)
    return {1: f"{year}", 4: f"{year}-Q{place + 1}", 12: f"{year}-{place + 1:02}"}[period]
