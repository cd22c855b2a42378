"""Migration: who moves between the rungs of a ladder, who leaves, and what is a customer on each rung worth?

    rate        moves from rung r to rung s (or out) / periods in which one could be seen     [share per period]
    months      expected time until leaving of a customer who starts on r                              [months]
    value       v = (I - d P)^-1 c: discounted contribution of a customer who starts on r              [money]
    step up     value of the next rung less that of the rung below                                     [money]

A ladder is not a funnel: people start on any rung, and move down as well as up. `origins` says how those on a rung came
to it, and `paths` on which rungs the value of a customer is earned.

    interval of a rate          Wilson's, with the periods divided by the design effect of customers who count several
                                times: so that it is right for moves never seen, and for few customers seen long
    interval of time and value  percentiles of a Bayesian bootstrap over customers, to which half an event is added
                                where nobody was seen to leave a rung, or to move from it

Source: Pfeifer & Carraway (2000), "Modeling customer relationships as Markov chains", Journal of Interactive Marketing
14(2), 43-55; rates and competing exits: Anderson & Goodman (1957), Annals of Mathematical Statistics 28; Wilson's
interval for clustered counts: Dean & Pagano (2015), "Evaluating confidence interval methods for binomial proportions in
clustered surveys", Journal of Survey Statistics and Methodology 3.
Assumes chances that stay the same over time and are the same for all customers of a rung; the second is tested by
`tenure`: where leaving falls with time because the loyal remain, the chain makes customers worth too little (Fader &
Hardie 2010, "Customer-base valuation in a contractual setting", Marketing Science 29). That somebody who is moved up
behaves like those already there is not shown by these data: it takes an experiment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, Partition, divide_customers
from cvlab.analyses.value_ladder.contract_rows import read_contracts
from cvlab.analyses.value_ladder.markov_chain import Clock
from cvlab.analyses.value_ladder.migration_numbers import measure_group
from cvlab.analyses.value_ladder.migration_tables import (
    tabulate_directions,
    tabulate_moves,
    tabulate_origins,
    tabulate_paths,
    tabulate_rungs,
    tabulate_steps,
    tabulate_tenure,
)
from cvlab.analyses.value_ladder.migration_words import find_notes, write_customer_value, write_step_up
from cvlab.analyses.value_ladder.self_selection import EVERYBODY
from cvlab.analyses.value_ladder.stays import MONTHS_PER_YEAR, find_period, read_histories
from cvlab.analyses.value_ladder.withheld_moves import withhold_moves
from cvlab.checks import check_count, check_positive, check_share
from cvlab.errors import ParameterError

LONGEST_HORIZON_YEARS = 100.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Migration:
    """How customers move between rungs, and what they are worth on each.

    Attributes
    ----------
    table : one row per rung and where it may lead, for everybody and then for each group: group, from, to (a rung, the
        same rung for staying, or "left"), n (customers ever on `from`), periods (at risk), moves (missing for staying,
        which is none), rate (per period), low, high. Of a rung with too few customers nothing is told, here and below;
        moves and rate are missing where too few customers moved, or would come to light by it (`withheld_moves`).
    rungs : one row per rung: group, rung, n, periods, stay (months in one go), months (until leaving), contribution
        (money per month), value (money), each with `_low` and `_high`.
    steps : one row per rung above the lowest: group, rung, value: how much more a start on this rung is worth than one
        on the rung below (money), with value_low and value_high.
    paths : one row per rung of the start and rung later on: group, start, rung, months, value, with `_low`, `_high`.
    origins : one row per rung: group, rung, n (customers ever on it), started (share whose first contract it was), low,
        high, moved_up, moved_down, came_back (shares of the others).
    directions : one row per direction (up, down, left) over all rungs that have it: group, direction, n, periods,
        moves, rate, low, high.
    tenure : leaving in the first year with us and later: group, tenure, n, periods, left, rate, low, high.
    headline : what one step up is worth, the mean over customers below the top rung.
    customer_value : what a new customer is worth, with first rungs as they have been.
    period_months : months of a period; rates are per period.
    as_of, level, discount_rate_per_year, horizon_years : as they were taken.
    """

    rows: ClassVar[str] = "move"
    kinds: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("n", "periods", "moves", "left"), "count"),
        **dict.fromkeys(("rate", "low", "high", "started", "moved_up", "moved_down", "came_back"), "share"),
        **{
            f"{measure}{end}": kind
            for measure, kind in (
                ("stay", "months"),
                ("months", "months"),
                ("contribution", "money"),
                ("value", "money"),
            )
            for end in ("", "_low", "_high")
        },
    }

    table: pd.DataFrame
    rungs: pd.DataFrame
    steps: pd.DataFrame
    paths: pd.DataFrame
    origins: pd.DataFrame
    directions: pd.DataFrame
    tenure: pd.DataFrame
    headline: Headline
    customer_value: Headline
    notes: tuple[str, ...] = ()
    period_months: int
    as_of: pd.Timestamp
    level: float
    discount_rate_per_year: float
    horizon_years: float | None


def measure_migration(
    contracts: pd.DataFrame,
    *,
    rungs: Sequence[str] | None = None,
    as_of: date | str | None = None,
    period_months: int | None = None,
    discount_rate_per_year: float = 0.1,
    horizon_years: float | None = None,
    by: Partition | None = None,
    longest_gap_days: int = 31,
    n_boot: int = 400,
    smallest_group: int = 10,
    level: float = 0.95,
    seed: int = 0,
) -> Migration:
    """Measure how customers move between rungs and leave, and what a customer is worth by the rung of the start.

    Parameters
    ----------
    contracts : one row per unbroken time of a customer on a rung, or per term: customer_id, rung, start, end (missing:
        it runs), price_per_month, cost_to_serve_per_month (money), renewed (yes, no or empty; may be left out).
    rungs : names, lowest first; without them rungs stand in the order of their mean price.
    as_of : the day of the question: later contracts are left out, later ends not known. The last day in the table when
        not given; give the day up to which the table is complete, or leaving looks too frequent.
    period_months : months of a period. When not given: the term, where nearly all contracts end with a whole term of
        3, 6, 12, 24 or 36 months, else 1.
    discount_rate_per_year : 0.1 for 10 % a year.
    horizon_years : how far ahead months and money count; without one until everybody has left.
    by : groups of customers; the tables then have rows for each of them, after those for everybody.
    longest_gap_days : whoever is back after so many days never left.
    n_boot : draws for the intervals of time and value.
    smallest_group : of fewer customers than this nothing is told, and smaller groups are merged first; moves that fewer
        customers made are withheld.
    level, seed : coverage of the intervals, and where the random numbers start.

    Returns
    -------
    Migration : rows of `table` are moves.

    Raises
    ------
    DataError : columns are missing, dates contradict each other, contracts of a customer overlap; all at once.
    ParameterError : an argument is out of range.

    Source
    ------
    Pfeifer & Carraway (2000), Journal of Interactive Marketing 14(2), 43-55.

    Examples
    --------
    >>> days = pd.date_range("2025-01-01", periods=24, freq="MS")
    >>> contracts = pd.DataFrame({"customer_id": [f"C{number:02d}" for number in range(24)], "rung": ["good"] * 24,
    ...                           "start": days[0], "end": [days[1], days[3]] * 12,
    ...                           "price_per_month": 20.0, "cost_to_serve_per_month": 5.0})
    >>> migration = measure_migration(contracts, discount_rate_per_year=0.0)
    >>> migration.table[["from", "to", "periods", "moves", "rate"]].to_numpy().tolist()
    [['good', 'good', 48, nan, 0.5], ['good', 'left', 48, 24.0, 0.5]]
    >>> migration.rungs[["months", "contribution", "value"]].to_numpy().tolist()
    [[2.0, 15.0, 30.0]]
    """
    check_share(level, "level")
    check_count(n_boot, "n_boot")
    check_count(smallest_group, "smallest_group")
    check_count(longest_gap_days, "longest_gap_days", least=0)
    check_count(seed, "seed", least=0)
    if check_positive(discount_rate_per_year, "discount_rate_per_year", zero_allowed=True) >= 1:
        raise ParameterError(
            f"discount_rate_per_year is {discount_rate_per_year}: give a share below 1, such as 0.1 for 10 % a year"
        )
    if period_months is not None:
        check_count(period_months, "period_months")
    rows, notes = read_contracts(contracts, rungs=rungs, as_of=as_of)
    period = find_period(rows) if period_months is None else period_months
    if period_months is None and period > 1:
        notes.append(f"Contracts end with terms of {period} months, so that a period is one term.")
    clock = Clock(
        period_months=period,
        discount_rate_per_year=discount_rate_per_year,
        horizon_months=None if horizon_years is None else _count_horizon(horizon_years),
    )
    histories = read_histories(rows, period_months=period, longest_gap_days=longest_gap_days)
    groups, notes_on_groups = divide_customers(
        histories.customers, by, everybody=EVERYBODY, smallest_group=smallest_group
    )
    random = np.random.default_rng(seed)
    measured = [
        measure_group(
            histories, name, members, clock=clock, n_boot=n_boot, smallest_group=smallest_group, level=level,
            random=random,
        )
        for name, members in groups
    ]  # fmt: skip
    measured = withhold_moves(measured)
    return Migration(
        table=tabulate_moves(measured),
        rungs=tabulate_rungs(measured),
        steps=tabulate_steps(measured),
        paths=tabulate_paths(measured),
        origins=tabulate_origins(measured),
        directions=tabulate_directions(measured),
        tenure=tabulate_tenure(measured),
        headline=write_step_up(measured[0]),
        customer_value=write_customer_value(measured[0]),
        notes=(*notes, *notes_on_groups, *find_notes(measured, histories)),
        period_months=period,
        as_of=rows.as_of,
        level=level,
        discount_rate_per_year=float(discount_rate_per_year),
        horizon_years=None if horizon_years is None else float(horizon_years),
    )


def _count_horizon(years: float) -> int:
    check_positive(years, "horizon_years")
    if years > LONGEST_HORIZON_YEARS or round(years * MONTHS_PER_YEAR) < 1:
        raise ParameterError(
            f"horizon_years is {years}: give from 1/12 to {LONGEST_HORIZON_YEARS:.0f} years, or None for no end"
        )
    return round(years * MONTHS_PER_YEAR)
