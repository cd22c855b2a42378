"""The table contracts as it goes into migration: checked, ordered, and as of one day.

A row is an unbroken time of one customer on one rung, or one term of it. A contract without an end runs on; one that
ends after the day of the question runs on that day. All that is wrong is said at once, with column, row and remedy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from cvlab.checks import check_day
from cvlab.errors import DataError, ParameterError, Problem

CUSTOMER = "customer_id"
LEFT = "left"
MONEY = ("price_per_month", "cost_to_serve_per_month")
NEEDED = ("rung", "start", *MONEY)
YES_NO = {"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0, "1.0": 1.0, "0.0": 0.0}


@dataclass(frozen=True, eq=False, kw_only=True)
class ContractRows:
    """Contracts by customer and start.

    Attributes
    ----------
    customers : ids, sorted.
    rungs : names, lowest first.
    customer, rung : per row, positions in the two.
    start, end : days; of a running contract the end is `as_of`.
    running : whether the row runs on `as_of`.
    renewed : 1, 0, or NaN where it is not told.
    margin : price less cost to serve, money per month.
    """

    customers: pd.Index
    rungs: tuple[str, ...]
    customer: np.ndarray
    rung: np.ndarray
    start: np.ndarray
    end: np.ndarray
    running: np.ndarray
    renewed: np.ndarray
    margin: np.ndarray
    as_of: pd.Timestamp


def read_contracts(
    contracts: pd.DataFrame, *, rungs: Sequence[str] | None, as_of: date | str | None
) -> tuple[ContractRows, list[str]]:
    """Return the checked rows, and what a reader should know about them.

    Raises
    ------
    DataError : the table lacks columns, dates contradict each other, contracts of a customer overlap; all at once.
    ParameterError : `rungs` names a rung twice, or `as_of` is no day.
    """
    order = _check_rungs(rungs)
    today = None if as_of is None else check_day(as_of, "as_of")
    if not isinstance(contracts, pd.DataFrame):
        raise DataError(f"contracts is a {type(contracts).__name__}: give a pandas DataFrame")
    table = contracts.reset_index() if contracts.index.name == CUSTOMER else contracts
    _stop_at("migration cannot be measured", _find_missing(table))
    start, start_wrong = _read_days(table, "start")
    end, end_wrong = _read_days(table, "end")
    unread = [*_wrong_days("start", start_wrong | np.isnat(start)), *_wrong_days("end", end_wrong)]
    _stop_at("migration cannot be measured", [*unread, *_find_problems(table, order, start, end)])
    if today is None:
        today = pd.Timestamp(max(start.max(), end[~np.isnat(end)].max(initial=start.max())))
    notes: list[str] = []
    if order is None:
        order = _order_by_price(table)
        if len(order) > 1:
            notes.append(f"Rungs stand in the order of their mean price: {', '.join(order)}.")
    return _as_of(table, order, start, end, today, notes), notes


def _as_of(
    table: pd.DataFrame,
    order: tuple[str, ...],
    start: np.ndarray,
    end: np.ndarray,
    today: pd.Timestamp,
    notes: list[str],
) -> ContractRows:
    day = np.datetime64(today, "D")
    begun = start <= day
    if not begun.any():
        raise DataError(f"no contract starts by {day}, the day of the question: give a later as_of")
    if not begun.all():
        notes.append(f"{int((~begun).sum())} of {len(begun)} contracts start after {day}: they were left out.")
    ids, names = table[CUSTOMER].to_numpy()[begun], table["rung"].astype("str").to_numpy()[begun]
    start, end = start[begun], end[begun]
    codes, customers = pd.factorize(ids, sort=True)
    known = [rung for rung in order if rung in set(names)]
    unused = [rung for rung in order if rung not in known]
    if unused:
        notes.append(f"Nobody has a contract about {', '.join(unused)}: nothing is told about it.")
    running = np.isnat(end) | (end > day)
    money = [table[column].to_numpy(dtype=float, na_value=np.nan)[begun] for column in MONEY]
    renewed = _read_renewed(table)[0][begun]
    by_customer = np.lexsort((start, codes))
    return ContractRows(
        customers=pd.Index(customers, name=CUSTOMER),
        rungs=tuple(known),
        customer=codes[by_customer],
        rung=pd.Index(known).get_indexer(names)[by_customer],
        start=start[by_customer],
        end=np.where(running, day, end)[by_customer],
        running=running[by_customer],
        renewed=renewed[by_customer],
        margin=(money[0] - money[1])[by_customer],
        as_of=today,
    )


def _check_rungs(rungs: Sequence[str] | None) -> tuple[str, ...] | None:
    if rungs is None:
        return None
    if isinstance(rungs, str):
        raise ParameterError(f"rungs is {rungs!r}: give names in a list, lowest first, such as ['good', 'best']")
    order = tuple(str(rung) for rung in rungs)
    if not order or len(set(order)) < len(order):
        raise ParameterError(f"rungs is {list(order)!r}: name every rung once, lowest first")
    return order


def _order_by_price(table: pd.DataFrame) -> tuple[str, ...]:
    means = table.groupby(table["rung"].astype("str"))["price_per_month"].mean()
    return tuple(str(rung) for rung in means.sort_values(kind="stable").index)


def _read_days(table: pd.DataFrame, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a column as days, and which of its cells hold something that is no day."""
    if column not in table.columns:
        return np.full(len(table), np.datetime64("NaT", "D")), np.zeros(len(table), dtype=bool)
    given = table[column]
    if pd.api.types.is_datetime64_any_dtype(given):
        days = given.dt.tz_localize(None)
    elif given.isna().all():
        days = pd.Series(pd.NaT, index=given.index, dtype="datetime64[s]")
    else:
        days = pd.to_datetime(given.astype("str").where(given.notna()), format="ISO8601", errors="coerce", utc=True)
        days = days.dt.tz_localize(None)
    return days.to_numpy().astype("datetime64[D]"), (days.isna() & given.notna()).to_numpy()


def _read_renewed(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the column renewed as 1, 0 or NaN, and which of its cells are neither yes nor no."""
    if "renewed" not in table.columns:
        return np.full(len(table), np.nan), np.zeros(len(table), dtype=bool)
    words = table["renewed"].astype("str").str.strip().str.lower().where(table["renewed"].notna())
    answers = words.map(YES_NO).to_numpy(dtype=float)
    return answers, np.isnan(answers) & words.notna().to_numpy()


def _stop_at(what: str, problems: Iterator[Problem] | list[Problem]) -> None:
    found = list(problems)
    if found:
        raise DataError.from_problems(what, found)


def _find_missing(table: pd.DataFrame) -> Iterator[Problem]:
    repeated = sorted({str(column) for column in table.columns[table.columns.duplicated()]})
    if repeated:
        rule = f"has columns of the same name: {', '.join(repeated)}"
        yield Problem(table="contracts", rule=rule, remedy="rename or drop all but one")
    for column in (CUSTOMER, *NEEDED):
        if column not in table.columns:
            remedy = "add the column, one row per customer and time on a rung"
            yield Problem(table="contracts", column=column, rule="is missing", remedy=remedy)
    if table.empty:
        yield Problem(table="contracts", rule="has no rows", remedy="add one row per customer and time on a rung")


def _find_problems(
    table: pd.DataFrame, order: tuple[str, ...] | None, start: np.ndarray, end: np.ndarray
) -> Iterator[Problem]:
    nobody = table[CUSTOMER].isna().to_numpy()
    yield from _at(nobody, CUSTOMER, "is empty", "say whose contract it is, or drop the row")
    yield from _at(table["rung"].isna().to_numpy(), "rung", "is empty", "name the rung, or drop the row")
    names = table["rung"].astype("str")
    yield from _at((names == LEFT).to_numpy(), "rung", f"is called {LEFT}, which here means leaving", "rename the rung")
    if order is not None:
        unknown = (~names.isin(order) & table["rung"].notna()).to_numpy()
        yield from _at(unknown, "rung", "is no rung", f"write one of {', '.join(order)}, or add it to rungs")
    for column in MONEY:
        numbers = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        wrong = ~np.isfinite(numbers) | (numbers < 0)
        yield from _at(wrong, column, "is not a number of 0 or more", "write an amount of money per month")
    remedy = "write yes or no, or leave it empty"
    yield from _at(_read_renewed(table)[1], "renewed", "is neither yes nor no", remedy)
    ends_first = end < start  # False where either is missing
    yield from _at(ends_first, "end", "lies before start", "correct one of the two dates")
    yield from _overlaps(table[CUSTOMER], start, end, ~nobody & ~np.isnat(start) & ~ends_first)


def _overlaps(customers: pd.Series, start: np.ndarray, end: np.ndarray, sound: np.ndarray) -> Iterator[Problem]:
    rows = np.flatnonzero(sound)
    codes = pd.factorize(customers.iloc[rows])[0]
    last = np.where(np.isnat(end), np.datetime64("9999-12-31"), end)[rows]
    sorted_by = np.lexsort((last, start[rows], codes))
    rows, codes, last = rows[sorted_by], codes[sorted_by], last[sorted_by]
    same = codes[1:] == codes[:-1]
    again = np.zeros(len(customers), dtype=bool)
    again[rows[1:][same & (start[rows][1:] < last[:-1])]] = True
    remedy = "end the earlier contract where the next one starts; give a second product a table of its own"
    yield from _at(again, "start", "lies within an earlier contract of the same customer", remedy)


def _wrong_days(column: str, wrong: np.ndarray) -> Iterator[Problem]:
    yield from _at(wrong, column, "is not a date", "write dates as 2026-05-31")


def _at(wrong: np.ndarray, column: str, rule: str, remedy: str) -> Iterator[Problem]:
    rows = tuple(int(row) + 1 for row in np.flatnonzero(wrong))
    if rows:
        yield Problem(table="contracts", column=column, rows=rows, rule=rule, remedy=remedy)
