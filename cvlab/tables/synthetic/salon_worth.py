"""What salon-software is worth in money: drivers of a pack of reminders, and what the subscription costs and brings.

Drivers are those of a pack of 200 messages against Bookwise's, EUR per pack; larger salons fill their gaps sooner and
so lose less by a no-show, but save more time at the desk. Costs and benefits are those of the subscription on the rung
that is typical of the size, against paper and telephone; EUR per month, the benefit growing in over the first months.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from cvlab.tables.synthetic.records import Record
from cvlab.tables.synthetic.value_tables import (
    COST_AVOIDED,
    RATE,
    Driver,
    Schedule,
    list_driver_truths,
    list_schedule_truths,
    tabulate_drivers,
)

SMALL, MIDDLE, LARGE = GROUPS = ("1 or 2 chairs", "3 to 5 chairs", "6 chairs or more")
LARGEST_SMALL, LARGEST_MIDDLE = 2, 5
EVERYBODY = "all groups"
HORIZON_MONTHS = 36
GROWING_IN = (0.4, 0.7)  # of the benefit in the first months; all of it afterwards
RANGE = (0.6, 1.1, 1.3)  # low, likely and high of a benefit; their mean is 1
# Purchase (moving the calendar, training), then cost and benefit per month on the rungs Solo, Team and Studio.
SUBSCRIPTION = {SMALL: (240.0, 33.0, 60.0), MIDDLE: (450.0, 57.0, 120.0), LARGE: (1_200.0, 92.0, 240.0)}

# Group -> margin of an empty hour, and minutes at the desk that a pack saves; each with the range of the amount.
EMPTY_HOUR = {SMALL: (30.0, 6.0, 18.0), MIDDLE: (24.0, 5.0, 14.2), LARGE: (18.0, 4.0, 10.4)}
DESK_MINUTES = {SMALL: (5.0, 0.8, 3.2), MIDDLE: (14.0, 3.0, 8.2), LARGE: (32.0, 7.0, 18.6)}
MINUTE_VALUE = 0.4
OUR_NO_SHOWS, THEIR_NO_SHOWS = 9.6, 10.0  # per 200 appointments

DRIVERS = (
    *(
        Driver(
            driver="no-shows avoided",
            ours=OUR_NO_SHOWS,
            reference=THEIR_NO_SHOWS,
            unit_value=hour,
            low=low,
            high=high,
            kind=COST_AVOIDED,
            group=group,
            evidence="no-shows of 140 salons before and after they changed from Bookwise",
        )
        for group, (hour, low, high) in EMPTY_HOUR.items()
    ),
    *(
        Driver(
            driver="time at the desk",
            ours=0.0,
            reference=minutes,
            unit_value=MINUTE_VALUE,
            low=low,
            high=high,
            kind=COST_AVOIDED,
            group=group,
            evidence="calls counted for two weeks in 30 salons",
        )
        for group, (minutes, low, high) in DESK_MINUTES.items()
    ),
    Driver(
        driver="gaps filled by replies",
        ours=0.3,
        reference=0.1,
        volume=1.0,
        unit_value=22.0,
        low=1.2,
        high=7.6,
        kind=RATE,
        evidence="replies that became appointments, per pack, in the booking records",
    ),
    # Said in interviews, never counted.
    Driver(driver="fewer complaints", ours=1.5, reference=0.0, low=0.0, high=3.0, kind="difference"),
    Driver(
        driver="texts written anew",
        ours=1.2,
        reference=0.0,
        low=-2.0,
        high=-0.4,
        kind=COST_AVOIDED,
        evidence="help desk: 40 minutes once, spread over a year's packs",
    ),
)


def draw_value_drivers(population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Draw the table value_drivers."""
    return tabulate_drivers(DRIVERS)


def draw_cost_benefit(population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Draw the table cost_benefit: three years month by month for a typical salon of each size."""
    parts = []
    for group in GROUPS:
        schedule = schedule_of(group)
        parts.append(
            pd.DataFrame({"group": group, "month": np.arange(len(schedule.cost)), "cost": schedule.cost}).assign(
                **{
                    column: (part * schedule.benefit).round(2)
                    for column, part in zip(("benefit_low", "benefit_mode", "benefit_high"), RANGE, strict=True)
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def schedule_of(group: str) -> Schedule:
    """Return what the subscription costs and brings a typical salon of a size, EUR per month."""
    purchase, cost, benefit = SUBSCRIPTION[group]
    months = np.arange(HORIZON_MONTHS + 1)
    grown = np.interp(months, range(len(GROWING_IN) + 2), (0.0, *GROWING_IN, 1.0))
    return Schedule(cost=np.where(months > 0, cost, purchase), benefit=benefit * grown)


def group_shares(*, mean_log_chairs: float, spread: float) -> dict[str, float]:
    """Return the share of salons of each size; chairs are log-normal and rounded."""
    edges = np.log([LARGEST_SMALL + 0.5, LARGEST_MIDDLE + 0.5])
    below = stats.norm.cdf((edges - mean_log_chairs) / spread)
    return dict(zip(GROUPS, np.diff([0.0, *below, 1.0]).tolist(), strict=True))


def list_worth_truths(*, reference_price: float, rate_per_year: float, shares: dict[str, float]) -> list[Record]:
    """Return what is true of the drivers, and of costs and benefits in each group and in their mean."""
    each = {group: schedule_of(group) for group in GROUPS}
    mean = Schedule(
        cost=np.mean([schedule.cost for schedule in each.values()], axis=0),
        benefit=np.mean([schedule.benefit for schedule in each.values()], axis=0),
    )
    return [
        *list_driver_truths(DRIVERS, reference_price=reference_price, group_shares=shares),
        *list_schedule_truths({EVERYBODY: mean, **each}, rate_per_year=rate_per_year),
    ]
