"""Break-even: when has an offer paid back, how sure is that, and what does it earn afterwards?

    break-even          time from which cumulative net value stays at 0 or above          [months since the purchase]
    P(never)            share of draws that are below 0 at the horizon
    profit zone         area between cumulative net value and 0 after the break-even      [money * months]
    net present value   sum of (benefit - cost) discounted to the purchase                [money per customer]
    cost of ownership   sum of cost discounted to the purchase                            [money per customer]
    return on cost      net present value / cost of ownership                             [share, over the horizon]

The break-even itself is not discounted, as people count it; the discounted one, which is later, stands beside it.
Estimates are those of the expected schedule (mean of low, likely and high, mean over customers); see `cumulated` for
the draws behind the intervals and `schedules` for how months count.

How wrong the benefits are, is drawn by `dependence`:

    within customer     one level per customer, kept over all its months: who expects too much expects it every month
    across customers    one level for all: everybody's benefit was estimated by the same person in the same way
    none                every month anew: errors cancel over the months, and intervals are the shortest

Source: Farris, Bendle, Pfeifer & Reibstein (2010), Marketing Metrics, 2nd edition, chapter 10 (payback, net present
value, return on investment); ranges: see `three_points`.
Assumes that costs are known, that the customers of the table are a sample of those asked about, and that benefits
within a month come evenly.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, Partition, percentile_interval
from cvlab.analyses.economic_value.break_even_words import (
    find_notes,
    find_slowest,
    write_break_even,
    write_net_present_value,
)
from cvlab.analyses.economic_value.cumulated import (
    DEPENDENCES,
    Dependence,
    discount_months,
    draw_net,
    expect_net,
    find_break_even,
    measure_profit_zone,
)
from cvlab.analyses.economic_value.economic_value import FEWEST_DRAWS
from cvlab.analyses.economic_value.schedules import Schedules, read_schedules
from cvlab.checks import check_count, check_one_of, check_positive, check_share
from cvlab.errors import ParameterError

MEASURES = (
    "break_even",
    "discounted_break_even",
    "net_present_value",
    "cost_of_ownership",
    "return_on_cost",
    "profit_zone",
)
TIMES = MEASURES[:2]
_KINDS = dict(zip(MEASURES, ("months", "months", "money", "money", "share", "number"), strict=True))


@dataclass(frozen=True, eq=False, kw_only=True)
class BreakEven:
    """When an offer pays back, and what it earns; money per customer.

    Attributes
    ----------
    table : one row for all customers and one per group: group, n (customers; missing where a group has one
        typical schedule, of how many is not known), break_even,
        discounted_break_even (months; infinite where it is not reached within the horizon), net_present_value,
        cost_of_ownership (money), return_on_cost (share), profit_zone (money times months), each with `_low` and
        `_high`, and never (probability that the break-even is not reached within the horizon).
    headline : the break-even of the first row, in months; without a value where it is not reached.
    net_present_value : the same offer in money.
    curve : one row per group and month: group, month, cumulative, low, high (money), discounted.
    horizon_months, discount_rate_per_year, dependence, level : as given.
    """

    rows: ClassVar[str] = "group"
    kinds: ClassVar[Mapping[str, str]] = {
        "n": "count",
        "never": "share",
        "month": "count",
        **dict.fromkeys(("cumulative", "low", "high", "discounted"), "money"),
        **{f"{measure}{end}": kind for measure, kind in _KINDS.items() for end in ("", "_low", "_high")},
    }

    table: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()
    net_present_value: Headline
    curve: pd.DataFrame
    horizon_months: int
    discount_rate_per_year: float
    dependence: str
    level: float


def measure_break_even(
    cost_benefit: pd.DataFrame,
    *,
    discount_rate_per_year: float,
    horizon_months: int | None = None,
    by: Partition | None = None,
    dependence: Dependence = "within customer",
    n_draws: int = 2_000,
    smallest_group: int = 10,
    level: float = 0.95,
    seed: int = 0,
) -> BreakEven:
    """Measure when an offer has paid back, how sure that is, and what it earns up to the horizon.

    Parameters
    ----------
    cost_benefit : one row per schedule and month: customer_id (or group alone, one schedule per group), month (0 is
        the purchase), cost, benefit_low, benefit_mode, benefit_high (money in that month), group?.
    discount_rate_per_year : a share, such as 0.08.
    horizon_months : last month that counts; where the shortest schedule ends when not given.
    by : groups of customers; the column group when not given.
    dependence : how errors of the benefits hang together; see the chapter above.
    n_draws : draws behind the intervals, at least 100.
    smallest_group : groups of fewer customers are merged; of fewer in all nothing is told.
    level, seed : coverage of the intervals, and where the random numbers start.

    Returns
    -------
    BreakEven : rows of `table` are groups.

    Raises
    ------
    DataError : columns are missing, a schedule has gaps, a cost is negative …; all at once.
    ParameterError : an argument is out of range, or the horizon is beyond a schedule.

    Source
    ------
    Farris, Bendle, Pfeifer & Reibstein (2010), Marketing Metrics, 2nd edition, chapter 10.

    Examples
    --------
    >>> months = pd.DataFrame({"group": "slow sites", "month": range(37), "cost": [910.0] + [35.0] * 36})
    >>> months[["benefit_low", "benefit_mode", "benefit_high"]] = 70.0
    >>> months.loc[0, ["benefit_low", "benefit_mode", "benefit_high"]] = 0.0
    >>> paid_back = measure_break_even(months, discount_rate_per_year=0.08)
    >>> paid_back.headline.value, round(paid_back.net_present_value.value, 2)
    (26.0, 211.52)
    """
    _check_arguments(discount_rate_per_year, dependence, n_draws, smallest_group, level, seed)
    schedules, notes = read_schedules(cost_benefit, horizon_months=horizon_months, by=by, smallest_group=smallest_group)
    factors = discount_months(schedules.horizon, discount_rate_per_year)
    told = not schedules.are_customers or len(schedules.names) >= smallest_group
    net, cost = draw_net(schedules, n_draws=n_draws, seed=seed, dependence=dependence)
    rows, curves = [], []
    for number, (name, members) in enumerate(schedules.groups):
        has_range = _has_range(schedules, members)
        expected = expect_net(schedules, members)
        estimates = _measure_all(*expected, factors)
        drawn = _measure_all(net[number], cost[number], factors)
        rows.append(
            {
                "group": name,
                "n": len(members) if schedules.are_customers else math.nan,
                **_tabulate(estimates, drawn, level, told=told, has_range=has_range),
            }
        )
        curves.append(_trace(name, expected[0], net[number], factors, level, told=told, has_range=has_range))
    table, curve = pd.DataFrame(rows), pd.concat(curves, ignore_index=True)
    first = table.iloc[0]
    has_range = _has_range(schedules, schedules.groups[0][1])
    return BreakEven(
        table=table,
        headline=write_break_even(
            first, schedules, level, n_draws, smallest_group, has_range=has_range, slowest=find_slowest(table)
        ),
        notes=(*notes, *(find_notes(table, curve, schedules) if told else ())),
        net_present_value=write_net_present_value(
            first, (net[0] @ factors) if told else None, schedules, level, smallest_group, has_range=has_range
        ),
        curve=curve,
        horizon_months=schedules.horizon,
        discount_rate_per_year=discount_rate_per_year,
        dependence=dependence,
        level=level,
    )


def _check_arguments(
    discount_rate_per_year: float, dependence: str, n_draws: int, smallest_group: int, level: float, seed: int
) -> None:
    if check_positive(discount_rate_per_year, "discount_rate_per_year", zero_allowed=True) >= 1:
        raise ParameterError(
            f"discount_rate_per_year is {discount_rate_per_year}: give a share below 1, such as 0.08 for 8 % a year"
        )
    check_one_of(dependence, DEPENDENCES, "dependence")
    check_count(n_draws, "n_draws", least=FEWEST_DRAWS)
    check_count(smallest_group, "smallest_group")
    check_share(level, "level")
    check_count(seed, "seed", least=0)


def _has_range(schedules: Schedules, members: np.ndarray) -> bool:
    """Say whether anything about this group is uncertain at all: its benefits, or who is in it."""
    varied = schedules.are_customers and len(members) > 1
    return bool(varied or (schedules.high[members] > schedules.low[members]).any())


def _measure_all(net: np.ndarray, cost: np.ndarray, factors: np.ndarray) -> dict[str, np.ndarray]:
    """Return what is read off net values and costs per month (last axis)."""
    cumulative, discounted = np.cumsum(net, axis=-1), np.cumsum(net * factors, axis=-1)
    worth, owned = discounted[..., -1], cost @ factors
    values = (
        find_break_even(cumulative),
        find_break_even(discounted),
        worth,
        owned,
        np.divide(worth, owned, out=np.full_like(worth, np.nan), where=owned > 0),
        measure_profit_zone(cumulative),
    )
    return dict(zip(MEASURES, map(np.asarray, values), strict=True))


def _tabulate(
    estimates: Mapping[str, np.ndarray],
    drawn: Mapping[str, np.ndarray],
    level: float,
    *,
    told: bool,
    has_range: bool,
) -> dict[str, float]:
    columns: dict[str, float] = {}
    for measure in MEASURES:
        low, high = math.nan, math.nan
        if has_range:
            low, high = _time_interval(drawn[measure], level) if measure in TIMES else _interval(drawn[measure], level)
        for end, value in (("", float(estimates[measure])), ("_low", low), ("_high", high)):
            columns[f"{measure}{end}"] = value if told else math.nan
    never = float(np.isinf(drawn["break_even"]).mean())
    columns["never"] = never if told else math.nan
    return columns


def _interval(draws: np.ndarray, level: float) -> tuple[float, float]:
    low, high = percentile_interval(draws, level=level)
    return float(low), float(high)


def _time_interval(draws: np.ndarray, level: float) -> tuple[float, float]:
    """Interval of times of which some are infinite: each bound is one of the draws, never between two."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    return float(low), float(high)


def _trace(
    name: str, net: np.ndarray, drawn: np.ndarray, factors: np.ndarray, level: float, *, told: bool, has_range: bool
) -> pd.DataFrame:
    """Return the curve of a group: cumulative net value with its band, month by month."""
    low, high = percentile_interval(np.cumsum(drawn, axis=-1), level=level)
    columns = {"cumulative": np.cumsum(net), "low": low, "high": high, "discounted": np.cumsum(net * factors)}
    if not has_range:
        columns["low"] = columns["high"] = np.full(len(net), np.nan)
    shown = {column: values if told else np.full(len(net), np.nan) for column, values in columns.items()}
    return pd.DataFrame({"group": name, "month": np.arange(len(net)), **shown})
