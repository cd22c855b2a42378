"""What goes into a break-even: the table cost_benefit is checked, and becomes schedules of the same length.

A schedule is one customer's (or one group's) costs and benefits month by month. Month 0 is the day of the purchase and
may be left out where nothing is paid then; what belongs to month m is booked at its end. A schedule without a month in
between would book nothing there, which is never what was meant: gaps are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvlab.analyses.common import Partition, divide_customers
from cvlab.checks import check_columns, check_count
from cvlab.errors import DataError, ParameterError, Problem

CUSTOMER, GROUP = "customer_id", "group"
BENEFITS = ("benefit_low", "benefit_mode", "benefit_high")
NEEDED = ("month", "cost", *BENEFITS)
ALL_CUSTOMERS, ALL_GROUPS = "all customers", "all groups"


@dataclass(frozen=True, eq=False, kw_only=True)
class Schedules:
    """Schedules as numbers: schedules × months 0 to the horizon, money per month.

    Attributes
    ----------
    names : of the schedules, sorted.
    cost, low, likely, high : money.
    groups : name and members (positions); the first holds everybody.
    are_customers : whether a schedule is one customer, and so one of many that might have been in the table.
    """

    names: tuple[str, ...]
    cost: np.ndarray
    low: np.ndarray
    likely: np.ndarray
    high: np.ndarray
    groups: tuple[tuple[str, np.ndarray], ...]
    are_customers: bool

    @property
    def horizon(self) -> int:
        """Last month."""
        return self.cost.shape[1] - 1


def read_schedules(
    cost_benefit: pd.DataFrame, *, horizon_months: int | None, by: Partition | None, smallest_group: int
) -> tuple[Schedules, list[str]]:
    """Return the checked schedules up to the horizon, and what a reader should know about them.

    Raises
    ------
    DataError : everything that is wrong with the table, at once.
    ParameterError : the horizon is beyond the end of a schedule, or `by` does not fit.
    """
    if not isinstance(cost_benefit, pd.DataFrame) or cost_benefit.columns.has_duplicates:
        check_columns(cost_benefit, (), "cost_benefit")
    table = cost_benefit.reset_index() if cost_benefit.index.name in (CUSTOMER, GROUP) else cost_benefit
    problems = list(_find_missing(table)) or list(_find_problems(table))
    if problems:
        raise DataError.from_problems("the break-even cannot be measured", problems)
    are_customers = CUSTOMER in table.columns
    codes, names = pd.factorize(table[CUSTOMER if are_customers else GROUP].astype("str"), sort=True)
    months = table["month"].to_numpy(dtype=int)
    ends = np.zeros(len(names), dtype=int)
    np.maximum.at(ends, codes, months)
    horizon, notes = _choose_horizon(ends, horizon_months)
    within = months <= horizon
    filled = {}
    for column in ("cost", *BENEFITS):
        filled[column] = np.zeros((len(names), horizon + 1))
        filled[column][codes[within], months[within]] = table[column].to_numpy(dtype=float)[within]
    groups, notes_on_groups = _form_groups(table, names, by, smallest_group, are_customers=are_customers)
    schedules = Schedules(
        names=tuple(str(name) for name in names),
        cost=filled["cost"],
        low=filled["benefit_low"],
        likely=filled["benefit_mode"],
        high=filled["benefit_high"],
        groups=groups,
        are_customers=are_customers,
    )
    return schedules, [*notes, *notes_on_groups]


def _choose_horizon(ends: np.ndarray, horizon_months: int | None) -> tuple[int, list[str]]:
    shortest = int(ends.min())
    if shortest == 0:
        raise DataError(
            f"{int((ends == 0).sum())} of {len(ends)} schedules in cost_benefit have month 0 only: add the months "
            "after the purchase"
        )
    if horizon_months is None:
        longer = int((ends > shortest).sum())
        notes = []
        if longer:
            notes = [
                f"The shortest schedule ends with month {shortest}: what {longer} longer ones hold beyond is left out."
            ]
        return shortest, notes
    check_count(horizon_months, "horizon_months")
    if horizon_months > shortest:
        early = int((ends < horizon_months).sum())
        raise ParameterError(
            f"horizon_months is {horizon_months}, but {early} of {len(ends)} schedules in cost_benefit end before, the "
            f"shortest with month {shortest}: give at most {shortest}, or add the months up to the horizon"
        )
    return horizon_months, []


def _form_groups(
    table: pd.DataFrame, names: pd.Index, by: Partition | None, smallest_group: int, *, are_customers: bool
) -> tuple[tuple[tuple[str, np.ndarray], ...], list[str]]:
    everybody = np.arange(len(names))
    if not are_customers:
        if by is not None:
            raise ParameterError("by divides customers, but cost_benefit has one schedule per group: drop it")
        if len(names) == 1:
            return ((str(names[0]), everybody),), []
        each = [(str(name), np.array([position])) for position, name in enumerate(names)]
        note = f"The {len(names)} groups count the same in {ALL_GROUPS}: their sizes are not known here."
        return ((ALL_GROUPS, everybody), *each), [note]
    if by is None and GROUP in table.columns:
        ids = table[CUSTOMER].astype("str")
        labels = table[GROUP].astype("str").where(table[GROUP].notna()).groupby(ids.to_numpy()).first()
        by = Partition(labels=labels.astype("category"), scheme=GROUP)
    groups, notes = divide_customers(names, by, everybody=ALL_CUSTOMERS, smallest_group=smallest_group)
    if len(groups) == 2 and not notes:  # one group, and everybody is in it
        groups = groups[:1]
    return groups, notes


def _find_missing(table: pd.DataFrame) -> Iterator[Problem]:
    for column in NEEDED:
        if column not in table.columns:
            yield Problem(
                table="cost_benefit", column=column, rule="is missing", remedy="add the column, one row per month"
            )
    if CUSTOMER not in table.columns and GROUP not in table.columns:
        remedy = "add the column (or one called group) that says whose schedule a row belongs to"
        yield Problem(table="cost_benefit", column=CUSTOMER, rule="is missing", remedy=remedy)
    if table.empty:
        yield Problem(table="cost_benefit", rule="has no rows", remedy="add one row per month of each schedule")


def _find_problems(table: pd.DataFrame) -> Iterator[Problem]:
    owner = CUSTOMER if CUSTOMER in table.columns else GROUP
    nobody = table[owner].isna().to_numpy()
    yield from _at(nobody, owner, "is empty", "say whose schedule the row belongs to")
    numbers = {
        column: pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        for column in NEEDED
    }
    month = numbers["month"]
    with np.errstate(invalid="ignore"):
        no_month = ~np.isfinite(month) | (month < 0) | (month != np.floor(month))
    yield from _at(no_month, "month", "is not a whole number of 0 or more", "count months from the purchase, 0")
    cost = numbers["cost"]
    remedy = "write money paid in the month; what comes back is a benefit"
    yield from _at(~np.isfinite(cost) | (cost < 0), "cost", "is not a number of 0 or more", remedy)
    for column in BENEFITS:
        wrong = ~np.isfinite(numbers[column])
        yield from _at(wrong, column, "is not a finite number", "write the benefit of the month in money")
    low, likely, high = (numbers[column] for column in BENEFITS)
    yield from _at(low > high, "benefit_low", "is above benefit_high", "exchange the two")
    beyond = ~(low > high) & ((likely < low) | (likely > high))
    yield from _at(beyond, "benefit_mode", "lies outside benefit_low to benefit_high", "give the likely benefit")
    if owner == CUSTOMER and GROUP in table.columns:
        groups = table[GROUP].astype("str").where(table[GROUP].notna(), "")
        moved = (groups.groupby(table[CUSTOMER]).transform("nunique") > 1).to_numpy() & ~nobody
        yield from _at(moved, GROUP, "differs within one customer", "give every customer one group")
    yield from _gap_problems(table[owner], np.where(no_month, -1, np.nan_to_num(month, nan=-1)).astype(int), ~nobody)


def _gap_problems(owners: pd.Series, months: np.ndarray, owned: np.ndarray) -> Iterator[Problem]:
    """Find what keeps a schedule from running month by month from 0 or 1 to its end."""
    rows = np.flatnonzero(owned & (months >= 0))
    codes = pd.factorize(owners.iloc[rows].astype("str"))[0]
    order = np.lexsort((months[rows], codes))
    rows, codes = rows[order], codes[order]
    counted = months[rows]
    first = np.diff(codes, prepend=-1) != 0
    step = np.where(first, np.maximum(counted, 1), np.diff(counted, prepend=0))
    twice = np.zeros(len(owners), dtype=bool)
    twice[rows[~first & (step == 0)]] = True
    yield from _at(twice, "month", "comes twice in one schedule", "keep one row per month")
    gaps = step > 1
    if gaps.any():
        where = np.flatnonzero(gaps)[0]
        start = 1 if first[where] else int(counted[where - 1]) + 1
        end = int(counted[where]) - 1
        lacking = f"month {start} is" if start == end else f"months {start} to {end} are"
        schedules = f"{len(set(codes[gaps]))} of {len(set(codes))} schedules"
        yield Problem(
            table="cost_benefit",
            column="month",
            rows=tuple(sorted(int(row) + 1 for row in rows[gaps])),
            rule=f"comes after a gap ({lacking} missing before row {int(rows[where]) + 1}; {schedules} have gaps)",
            remedy="add the months between, with cost 0 and benefits 0 where nothing happens",
        )


def _at(wrong: np.ndarray, column: str, rule: str, remedy: str) -> Iterator[Problem]:
    rows = tuple(int(row) + 1 for row in np.flatnonzero(wrong))
    if rows:
        yield Problem(table="cost_benefit", column=column, rows=rows, rule=rule, remedy=remedy)
