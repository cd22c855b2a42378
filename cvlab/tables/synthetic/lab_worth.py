"""What lab-analysers are worth in money: drivers of a service contract, and what an analyser costs and brings its site.

    planted   throughput is 60 % of what differs, and of an analyser's benefit; running it costs 35 % of the benefit
              expected; slow sites run half of the samples, so that they keep 1 - .6 · .5 = .7 of the benefit
    purchase  = break-even expected · (1 - .35) · benefit = 9.1 · benefit: paid back in month 14, and in month
              9.1 / (.7 - .35) = 26 at slow sites

Drivers are those of a contract Plus in a laboratory of 400 samples a day against Cytomat's, EUR per month. Costs and
benefits are those of buying an analyser with its contract against sending samples away; both grow with the laboratory.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cvlab.tables.synthetic.records import PLANTED, Record, record
from cvlab.tables.synthetic.value_tables import (
    COST_AVOIDED,
    RATE,
    Driver,
    Schedule,
    list_driver_truths,
    list_schedule_truths,
    tabulate_drivers,
)

SAMPLES_PER_SHIFT = {"expected": 10, "slow": 5}
MINUTES_PER_SAMPLE = {"expected": 45, "slow": 90}
SLOW_SHARE = 0.30
THROUGHPUT_SHARE, RUNNING_COST_SHARE, BREAK_EVEN_MONTHS = 0.60, 0.35, {"expected": 14, "slow": 26}
EVERYBODY = "all customers"
HORIZON_MONTHS = 60
BENEFIT = 6_000.0  # EUR per month, expected of an analyser in a laboratory of 400 samples a day
SITE_SPREAD, MONTH_SPREAD = 0.15, 0.04  # of a site's benefit around its group's, and of a month's around the site's
RANGE = (0.65, 1.05, 1.30)  # low, likely and high of a benefit; their mean is 1
SHIFTS, SHIFTS_OF_TWO, SAMPLE_VALUE = 21.0, 42.0, 2.0
OPERATOR_HOUR, KIT_PRICE = 26.0, 185.0

DRIVERS = (
    Driver(
        driver="throughput",
        ours=float(SAMPLES_PER_SHIFT["expected"]),
        reference=0.0,
        volume=SHIFTS,
        unit_value=SAMPLE_VALUE,
        low=300.0,
        high=540.0,
        kind=RATE,
        evidence="specification: 10 special samples per shift, sent away so far; shift logs of six sites",
    ),
    Driver(
        driver="staff time",
        ours=3.0,
        reference=6.0,
        unit_value=OPERATOR_HOUR,
        low=52.0,
        high=104.0,
        kind=COST_AVOIDED,
        evidence="time study at four sites, hours of operators per month",
    ),
    Driver(
        driver="reagent waste",
        ours=0.4,
        reference=0.8,
        unit_value=KIT_PRICE,
        low=44.0,
        high=104.0,
        kind=COST_AVOIDED,
        evidence="kits returned unopened but expired, last year",
    ),
    Driver(
        driver="repeat tests",
        ours=12.0,
        reference=28.0,
        unit_value=2.5,
        low=20.0,
        high=60.0,
        kind=COST_AVOIDED,
        evidence="quality reports of nine sites",
    ),
    # Nobody has measured this one: a statement to an account must not claim it.
    Driver(driver="downtime", ours=4.0, reference=6.0, unit_value=14.0, low=0.0, high=56.0, kind=COST_AVOIDED),
    Driver(
        driver="link to the laboratory's software",
        ours=60.0,
        reference=0.0,
        low=-80.0,
        high=-40.0,
        kind=COST_AVOIDED,
        evidence="price list; Cytomat's contract includes it",
    ),
)


def list_drivers(population: pd.DataFrame) -> Sequence[Driver]:
    """Return the drivers of the typical laboratory, and those that two accounts have measured themselves."""
    slow = population["slow"].to_numpy()
    first_slow, first_expected = (f"A{population['customer_id'][which].iloc[0][1:]}" for which in (slow, ~slow))
    own = (
        Driver(
            driver="throughput",
            ours=float(SAMPLES_PER_SHIFT["slow"]),
            reference=0.0,
            volume=SHIFTS,
            unit_value=SAMPLE_VALUE,
            low=170.0,
            high=250.0,
            kind=RATE,
            account=first_slow,
            evidence=f"shift log of {first_slow}, May 2026: 90 minutes per sample",
        ),
        Driver(
            driver="throughput",
            ours=float(SAMPLES_PER_SHIFT["expected"]),
            reference=0.0,
            volume=SHIFTS_OF_TWO,
            unit_value=SAMPLE_VALUE,
            low=700.0,
            high=980.0,
            kind=RATE,
            account=first_expected,
            evidence=f"shift log of {first_expected}, May 2026: two shifts a day",
        ),
        Driver(
            driver="downtime",
            ours=2.0,
            reference=5.0,
            unit_value=14.0,
            low=28.0,
            high=56.0,
            kind=COST_AVOIDED,
            account=first_expected,
            evidence=f"maintenance book of {first_expected}",
        ),
    )
    return (*DRIVERS, *own)


def draw_value_drivers(population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Draw the table value_drivers."""
    return tabulate_drivers(list_drivers(population))


def draw_cost_benefit(population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Draw the table cost_benefit: five years month by month for each site, in whole EUR.

    A site's benefit differs from its group's by chance, and from month to month; both have mean 1.
    """
    months, n = HORIZON_MONTHS + 1, len(population)
    sites = np.exp(SITE_SPREAD * random.standard_normal(n) - SITE_SPREAD**2 / 2)
    each_month = np.exp(MONTH_SPREAD * random.standard_normal((n, months)) - MONTH_SPREAD**2 / 2)
    group = np.where(population["slow"], "slow", "expected")
    typical = {name: schedule_of(name) for name in BREAK_EVEN_MONTHS}
    benefit = np.stack([typical[name].benefit for name in group]) * sites[:, None] * each_month
    cost = np.stack([typical[name].cost for name in group])
    size = population["size"].to_numpy()[:, None]
    table = pd.DataFrame(
        {
            "customer_id": np.repeat(population["customer_id"].to_numpy(), months),
            "group": np.repeat(group, months),
            "month": np.tile(np.arange(months), n),
            "cost": (size * cost).round().astype(int).reshape(-1),
        }
    )
    for column, part in zip(("benefit_low", "benefit_mode", "benefit_high"), RANGE, strict=True):
        table[column] = (part * size * benefit).round().astype(int).reshape(-1)
    return table


def schedule_of(group: str, *, size: float = 1.0) -> Schedule:
    """Return what an analyser costs and brings a site of a group, or all sites in the mean; EUR per month.

    Examples
    --------
    >>> schedule_of("expected").break_even, schedule_of("slow").break_even
    (14.0, 26.0)
    """
    slow = SAMPLES_PER_SHIFT["slow"] / SAMPLES_PER_SHIFT["expected"]
    kept = {"expected": 1.0, "slow": 1 - THROUGHPUT_SHARE * (1 - slow)}
    kept[EVERYBODY] = (1 - SLOW_SHARE) * kept["expected"] + SLOW_SHARE * kept["slow"]
    after = np.arange(HORIZON_MONTHS + 1) > 0
    purchase = BREAK_EVEN_MONTHS["expected"] * (1 - RUNNING_COST_SHARE)
    return Schedule(
        cost=size * BENEFIT * np.where(after, RUNNING_COST_SHARE, purchase),
        benefit=size * BENEFIT * np.where(after, kept[group], 0.0),
    )


def list_worth_truths(*, reference_price: float, rate_per_year: float, mean_size: float) -> list[Record]:
    """Return what is true of the drivers, and of costs and benefits in the mean over sites of each group."""
    schedules = {group: schedule_of(group, size=mean_size) for group in (EVERYBODY, *BREAK_EVEN_MONTHS)}
    return [
        record("economic_value.throughput_share", THROUGHPUT_SHARE, "share", "value_drivers", PLANTED),
        *list_driver_truths(DRIVERS, reference_price=reference_price),
        *list_schedule_truths(schedules, rate_per_year=rate_per_year, planted=BREAK_EVEN_MONTHS),
    ]
