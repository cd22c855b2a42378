"""From contracts to histories: how long each customer was on each rung, and how each stay there ended.

    stay        contracts of one customer on one rung, one after the other without a gap that counts
    at risk     periods in which a stay could end: of a stay that ended all begun ones, of one that runs the whole ones
                gone by; a running stay tells how long it lasted, not how it will end (right-censoring)     [periods]
    exits       competing: to one of the other rungs, or left                                               [moves]

A period is a month, or the term where contracts end with a term only: a contract over twelve months can be left once a
year, and months in which nobody can leave are no evidence that nobody wants to.

Source: Anderson & Goodman (1957), "Statistical inference about Markov chains", Annals of Mathematical Statistics 28.
Assumes that the table holds the whole history of each customer, and that what happens within a period happens at its
end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvlab.analyses.value_ladder.contract_rows import ContractRows

MONTHS_PER_YEAR = 12
TERMS = (36, 24, 12, 6, 3)
ENOUGH_ENDED, ENOUGH_ON_TERM = 10, 0.95
STARTED, MOVED_UP, MOVED_DOWN, CAME_BACK = 1, 2, 3, 4
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, eq=False, kw_only=True)
class Histories:
    """What each customer tells: arrays with a row per customer, then a column per rung.

    Attributes
    ----------
    at_risk : periods in which a move from the rung could have been seen.
    exits : customers × rungs × (rungs, left): moves from one to the other.
    days, money : days on the rung, and price less cost to serve over them.
    early_at_risk, early_left : periods at risk, and leaving, within the first year with us.
    started, current : 1 where the customer's first contract was, and where a contract runs.
    arrival : how the customer first came to the rung (0: never).
    returns, unknown, short : counts over all customers: of returns after leaving, of stays whose end is not known, and
        of stays that ended within their first period.
    """

    customers: pd.Index
    rungs: tuple[str, ...]
    period_months: int
    at_risk: np.ndarray
    exits: np.ndarray
    days: np.ndarray
    money: np.ndarray
    early_at_risk: np.ndarray
    early_left: np.ndarray
    started: np.ndarray
    current: np.ndarray
    arrival: np.ndarray
    returns: int
    unknown: int
    short: int


def find_period(rows: ContractRows) -> int:
    """Return the months of a period: of the term, where nearly all contracts that ended lasted whole terms, else 1.

    The last day may be the anniversary of the first, or the day before it.
    """
    ended = ~rows.running
    if ended.sum() < ENOUGH_ENDED:
        return 1
    start, end = rows.start[ended], rows.end[ended]
    months, exact = count_months(start, end)
    _, exact_next = count_months(start, end + _DAY)
    months = months + ~exact
    for term in TERMS:
        if ((exact | exact_next) & (months > 0) & (months % term == 0)).mean() >= ENOUGH_ON_TERM:
            return term
    return 1


def count_months(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the whole months between days, and whether nothing is left over.

    In a month that has no such day, its last day is the anniversary.

    Examples
    --------
    >>> months, exact = count_months(np.array(["2026-01-31", "2026-01-31"], "M8[D]"),
    ...                              np.array(["2026-02-28", "2026-03-30"], "M8[D]"))
    >>> months.tolist(), exact.tolist()
    ([1, 1], [True, False])
    """
    first, last = start.astype("datetime64[M]"), end.astype("datetime64[M]")
    days_in_month = ((last + 1).astype("datetime64[D]") - last.astype("datetime64[D]")).astype(int)
    anniversary = np.minimum((start - first.astype("datetime64[D]")).astype(int) + 1, days_in_month)
    day = (end - last.astype("datetime64[D]")).astype(int) + 1
    return (last - first).astype(int) - (day < anniversary), day == anniversary


def read_histories(rows: ContractRows, *, period_months: int, longest_gap_days: int) -> Histories:
    """Return what each customer tells about staying and moving."""
    n, rungs = len(rows.customers), len(rows.rungs)
    customer, rung = rows.customer, rows.rung
    # Row by row: does it go on from the row before?
    same = np.concatenate([[False], customer[1:] == customer[:-1]])
    gap = np.concatenate([[0], (rows.start[1:] - rows.end[:-1]).astype(int)])
    joined = same & (gap <= longest_gap_days)
    goes_on = joined & np.concatenate([[False], rung[1:] == rung[:-1]])
    first = np.flatnonzero(~goes_on)
    last = np.append(first[1:], len(rung)) - 1
    # Stay by stay: where did it go?
    who, where = customer[first], rung[first]
    moves_on = np.append(joined[first[1:]], False)
    running = rows.running[last]
    returned = np.append(same[first[1:]], False) & ~moves_on
    unknown = ~moves_on & ~running & ~returned & (rows.renewed[last] == 1)
    goal = np.where(moves_on, np.append(where[1:], 0), rungs)
    ended = ~running & ~unknown
    periods = _count_periods(rows.start[first], rows.end[last], period_months, ended, unknown)
    began_here = ~joined[first]
    offset = _count_before(periods, began_here)
    early = max(1, -(-MONTHS_PER_YEAR // period_months))
    left = ended & (goal == rungs)
    place = who * rungs + where

    def add_up(values: np.ndarray, where: np.ndarray = place, columns: int = rungs) -> np.ndarray:
        return np.bincount(where, weights=values, minlength=n * columns).reshape(n, columns)

    days = np.maximum((rows.end - rows.start).astype(int), 1)
    row_place = customer * rungs + rung
    newcomer = np.concatenate([[True], who[1:] != who[:-1]])
    exits = add_up(ended, place * (rungs + 1) + goal, rungs * (rungs + 1)).reshape(n, rungs, rungs + 1)
    return Histories(
        customers=rows.customers,
        rungs=rows.rungs,
        period_months=period_months,
        at_risk=add_up(periods),
        exits=exits,
        days=add_up(days, row_place),
        money=add_up(days * rows.margin, row_place),
        early_at_risk=add_up(np.clip(early - offset, 0, periods)),
        early_left=add_up(left & (offset + periods <= early)),
        started=add_up(newcomer),
        current=add_up(running),
        arrival=_find_arrivals(place, where, began_here, newcomer, (n, rungs)),
        returns=int(returned.sum()),
        unknown=int(unknown.sum()),
        short=int((ended & ~_lasts_a_period(rows.start[first], rows.end[last], period_months)).sum()),
    )


def _count_periods(
    start: np.ndarray, end: np.ndarray, period_months: int, ended: np.ndarray, unknown: np.ndarray
) -> np.ndarray:
    """Return in how many periods each stay could have been seen to end."""
    months, exact = count_months(start, end)
    begun = np.maximum(-(-(months + ~exact) // period_months), 1)
    # How a stay of unknown end ended is not known, so that its last period tells nothing.
    return np.where(ended, begun, np.where(unknown, begun - 1, np.maximum(months, 0) // period_months))


def _lasts_a_period(start: np.ndarray, end: np.ndarray, period_months: int) -> np.ndarray:
    months, _ = count_months(start, end + _DAY)
    return np.asarray(months >= period_months)


def _count_before(periods: np.ndarray, began_here: np.ndarray) -> np.ndarray:
    """Return the periods that went by, since the customer came (or came back), before each stay."""
    before = np.cumsum(periods) - periods
    at_begin = before[began_here]
    return before - at_begin[np.cumsum(began_here) - 1]


def _find_arrivals(
    place: np.ndarray, where: np.ndarray, began_here: np.ndarray, newcomer: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """Return how each customer first came to each rung."""
    before = np.concatenate([[0], where[:-1]])
    kind = np.where(newcomer, STARTED, np.where(began_here, CAME_BACK, np.where(where > before, MOVED_UP, MOVED_DOWN)))
    arrival = np.zeros(shape[0] * shape[1], dtype=int)
    # Written backwards, so that the first arrival stays.
    arrival[place[::-1]] = kind[::-1]
    return arrival.reshape(shape)
