"""Checks of arguments: each raises an error that says what was given, what is allowed and what to do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

import numpy as np
import pandas as pd

from cvlab.errors import DataError, ParameterError


def check_share(value: float, name: str) -> float:
    """Return `value` if it is a share strictly between 0 and 1, else raise ParameterError.

    Examples
    --------
    >>> check_share(0.95, "level")
    0.95
    >>> check_share(95, "level")
    Traceback (most recent call last):
    ...
    cvlab.errors.ParameterError: level is 95: give a share between 0 and 1, for example 0.95
    """
    if not _is_number(value) or not 0 < value < 1:
        raise ParameterError(f"{name} is {value!r}: give a share between 0 and 1, for example 0.95")
    return float(value)


def check_positive(value: float, name: str, *, zero_allowed: bool = False) -> float:
    """Return `value` if it is finite and above 0 (or 0 where that is allowed), else raise ParameterError.

    Examples
    --------
    >>> check_positive(12, "price"), check_positive(0, "cost", zero_allowed=True)
    (12.0, 0.0)
    """
    allowed = "0 or more" if zero_allowed else "above 0"
    if not _is_number(value) or not (value >= 0 if zero_allowed else value > 0):
        raise ParameterError(f"{name} is {value!r}: give a number {allowed}")
    return float(value)


def check_finite(value: float, name: str) -> float:
    """Return `value` if it is a finite number, else raise ParameterError.

    Examples
    --------
    >>> check_finite(-3, "effect")
    -3.0
    """
    if not _is_number(value):
        raise ParameterError(f"{name} is {value!r}: give a finite number")
    return float(value)


def check_count(value: int, name: str, *, least: int = 1) -> int:
    """Return `value` if it is a whole number of at least `least`, else raise ParameterError.

    Examples
    --------
    >>> check_count(1, "n_clusters", least=2)
    Traceback (most recent call last):
    ...
    cvlab.errors.ParameterError: n_clusters is 1: give a whole number of at least 2
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ParameterError(f"{name} is {value!r}: give a whole number of at least {least}")
    return int(value)


def check_one_of(value: Any, allowed: Collection[Any], name: str) -> Any:
    """Return `value` if it is one of `allowed`, else raise ParameterError naming them all.

    Examples
    --------
    >>> check_one_of("fast", ("quick", "full"), "effort")
    Traceback (most recent call last):
    ...
    cvlab.errors.ParameterError: effort is 'fast': give one of 'quick', 'full'
    """
    if value not in allowed:
        raise ParameterError(f"{name} is {value!r}: give one of {', '.join(repr(item) for item in allowed)}")
    return value


def check_day(value: Any, name: str) -> pd.Timestamp:
    """Return the day that `value` names (a date, or a text such as 2026-05-31), else raise ParameterError.

    Examples
    --------
    >>> check_day("2026-05-31 13:00", "as_of")
    Timestamp('2026-05-31 00:00:00')
    >>> check_day("soon", "as_of")
    Traceback (most recent call last):
    ...
    cvlab.errors.ParameterError: as_of is 'soon': give a day, such as 2026-05-31
    """
    try:
        day = pd.Timestamp(value)
    except (ValueError, TypeError):
        day = pd.NaT
    if pd.isna(day):
        raise ParameterError(f"{name} is {value!r}: give a day, such as 2026-05-31")
    return day.tz_localize(None).normalize()


def check_dates(dates: pd.Series, name: str) -> pd.Series:
    """Return a column of dates (or of texts such as 2026-05-31) as dates without time zone, else raise DataError.

    Examples
    --------
    >>> check_dates(pd.Series(["2026-05-31"], name="start"), "contracts").dt.year.tolist()
    [2026]
    """
    if not pd.api.types.is_datetime64_any_dtype(dates):
        try:
            dates = pd.to_datetime(dates, format="ISO8601")
        except (ValueError, TypeError):
            raise DataError(f"{name}: {dates.name} is not a date. Write dates as 2026-05-31") from None
    return dates.dt.tz_localize(None)


def check_together(what: str, *checks: Callable[[], object]) -> None:
    """Make all of `checks` and raise one DataError that names everything they complain of.

    Examples
    --------
    >>> bids = pd.DataFrame({"bid": ["ten"]})
    >>> check_together("bids cannot be used", lambda: check_columns(bids, ["answer"], "bids"),
    ...                lambda: check_numeric(bids, ["bid"], "bids"))
    Traceback (most recent call last):
    ...
    cvlab.errors.DataError: bids cannot be used: 2 problems
      bids lacks column answer: it has bid
      bids: bid is not numeric. Correct, fill or drop them first
    """
    errors = []
    for check in checks:
        try:
            check()
        except DataError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise DataError(
            "\n  ".join([f"{what}: {len(errors)} problems", *map(str, errors)]),
            [problem for error in errors for problem in error.problems],
        )


def check_table(table: pd.DataFrame, name: str) -> None:
    """Raise DataError unless `table` is a table in which every column has a name of its own."""
    if not isinstance(table, pd.DataFrame):
        raise DataError(f"{name} is a {type(table).__name__}: give a pandas DataFrame")
    repeated = sorted({str(column) for column in table.columns[table.columns.duplicated()]})
    if repeated:
        raise DataError(f"{name} has columns of the same name: {', '.join(repeated)}. Rename or drop all but one")


def check_columns(table: pd.DataFrame, columns: Iterable[str], name: str) -> None:
    """Raise DataError unless `table` has rows and every one of `columns`; all missing ones are named at once.

    Examples
    --------
    >>> check_columns(pd.DataFrame({"rung": ["good"]}), ["rung", "price", "unit_cost"], "rungs")
    Traceback (most recent call last):
    ...
    cvlab.errors.DataError: rungs lacks columns price, unit_cost: it has rung
    """
    check_table(table, name)
    missing = [str(column) for column in columns if column not in table.columns]
    if missing:
        raise DataError(
            f"{name} lacks column{'s' if len(missing) > 1 else ''} {', '.join(missing)}: "
            f"it has {', '.join(str(column) for column in table.columns)}"
        )
    if table.empty:
        raise DataError(f"{name} has no rows: give at least one")


def check_numeric(table: pd.DataFrame, columns: Iterable[str], name: str, *, missing_allowed: bool = False) -> None:
    """Raise DataError unless every one of `columns` is numeric and finite; all offenders are named at once.

    Examples
    --------
    >>> check_numeric(pd.DataFrame({"price": [9.0, None], "cost": ["2", "3"]}), ["price", "cost"], "rungs")
    Traceback (most recent call last):
    ...
    cvlab.errors.DataError: rungs: price has 1 missing values; cost is not numeric. Correct, fill or drop them first
    """
    complaints = []
    for column in columns:
        values = table[column]
        if not pd.api.types.is_numeric_dtype(values):
            complaints.append(f"{column} is not numeric")
            continue
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        if np.isinf(numbers).any():
            complaints.append(f"{column} has infinite values")
        if not missing_allowed and np.isnan(numbers).any():
            complaints.append(f"{column} has {int(np.isnan(numbers).sum())} missing values")
    if complaints:
        raise DataError(f"{name}: {'; '.join(complaints)}. Correct, fill or drop them first")


def _is_number(value: object) -> bool:
    return (
        isinstance(value, (int, float, np.integer, np.floating))
        and not isinstance(value, bool)
        and bool(np.isfinite(value))
    )
