"""Economic value and break-even: intervals from draws, against plain loops over draws."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd

from benchmarks.harness import Comparison
from cvlab.analyses.economic_value import measure_break_even, measure_economic_value

DRIVERS, DRAWS = 12, 10_000
CUSTOMERS, MONTHS, SCHEDULE_DRAWS = 300, 60, 2_000
REFERENCE_PRICE, RATE_PER_YEAR = 800.0, 0.08
BOUNDS = [0.025, 0.975]


def list_comparisons() -> list[Comparison]:
    """List the comparisons of this chapter."""
    drivers, schedules = draw_drivers(), draw_schedules()
    close = functools.partial(np.testing.assert_allclose, rtol=0.03)  # both are Monte Carlo
    return [
        Comparison(
            name=f"economic value, {DRIVERS} drivers, {DRAWS:,} draws, against a loop",
            ours=lambda: worth_by_cvlab(drivers),
            peer=lambda: worth_by_loop(drivers),
            compare=close,
            target=0.5,
        ),
        Comparison(
            name=f"break-even, {CUSTOMERS} customers, {MONTHS} months, {SCHEDULE_DRAWS:,} draws, against a loop",
            ours=lambda: break_even_by_cvlab(schedules),
            peer=lambda: break_even_by_loop(schedules),
            compare=close,
            target=0.5,
        ),
    ]


def draw_drivers() -> pd.DataFrame:
    """Draw drivers with a range around their amount."""
    random = np.random.default_rng(20260303)
    amounts = random.gamma(2.0, 60.0, DRIVERS)
    return pd.DataFrame(
        {
            "driver": [f"driver {number}" for number in range(DRIVERS)],
            "ours": amounts,
            "reference": 0.0,
            "low": amounts * random.uniform(0.4, 0.9, DRIVERS),
            "high": amounts * random.uniform(1.1, 2.0, DRIVERS),
        }
    )


def draw_schedules() -> pd.DataFrame:
    """Draw customers of different size who pay at once and gain month by month."""
    random = np.random.default_rng(20260304)
    month = np.arange(MONTHS + 1)
    rows = []
    for number in range(CUSTOMERS):
        benefit = np.where(month > 0, 100 * np.exp(0.3 * random.standard_normal()), 0.0)
        rows.append(
            pd.DataFrame(
                {
                    "customer_id": f"C{number:03d}",
                    "month": month,
                    "cost": np.where(month > 0, 0.35 * benefit, 910.0),
                    "benefit_low": 0.5 * benefit,
                    "benefit_mode": benefit,
                    "benefit_high": 1.4 * benefit,
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def worth_by_cvlab(drivers: pd.DataFrame) -> np.ndarray:
    """Return low and high of the total, then of the largest driver's share."""
    worth = measure_economic_value(drivers, reference_price=REFERENCE_PRICE, n_draws=DRAWS)
    return np.array([worth.headline.low, worth.headline.high, worth.top_driver.low, worth.top_driver.high])


def worth_by_loop(drivers: pd.DataFrame) -> np.ndarray:
    """Do the same as a careful person would write it: one draw of all drivers after the other."""
    random = np.random.default_rng(0)
    low, likely, high = (drivers[column].to_numpy() for column in ("low", "ours", "high"))
    top = int(np.argmax(low + likely + high))
    totals, shares = [], []
    for _ in range(DRAWS):
        amounts = random.triangular(low, likely, high)
        totals.append(REFERENCE_PRICE + amounts.sum())
        shares.append(amounts[top] / amounts.sum())
    return np.concatenate([np.quantile(totals, BOUNDS), np.quantile(shares, BOUNDS)])


def break_even_by_cvlab(schedules: pd.DataFrame) -> np.ndarray:
    """Return low and high of the break-even and of the net present value."""
    row = measure_break_even(schedules, discount_rate_per_year=RATE_PER_YEAR, n_draws=SCHEDULE_DRAWS).table.iloc[0]
    columns = ["break_even_low", "break_even_high", "net_present_value_low", "net_present_value_high"]
    return row[columns].to_numpy(dtype=float)


def break_even_by_loop(schedules: pd.DataFrame) -> np.ndarray:
    """Do the same as a careful person would write it: per draw a level and a weight per customer, then the mean."""
    random = np.random.default_rng(0)
    columns = ("cost", "benefit_low", "benefit_mode", "benefit_high")
    cost, low, likely, high = (schedules[name].to_numpy().reshape(CUSTOMERS, MONTHS + 1) for name in columns)
    factors = (1 + RATE_PER_YEAR) ** (-np.arange(MONTHS + 1) / 12)
    width = high - low
    place = np.divide(likely - low, width, out=np.zeros_like(width), where=width > 0)
    times, worth = [], []
    for _ in range(SCHEDULE_DRAWS):
        level = random.random((CUSTOMERS, 1))
        below = low + width * np.sqrt(level * place)
        benefit = np.where(level <= place, below, high - width * np.sqrt((1 - level) * (1 - place)))
        net = np.average(benefit - cost, axis=0, weights=random.standard_exponential(CUSTOMERS))
        cumulative = np.cumsum(net)
        last = int(np.flatnonzero(cumulative < 0)[-1])
        times.append(last + cumulative[last] / (cumulative[last] - cumulative[last + 1]))
        worth.append(net @ factors)
    return np.concatenate([np.quantile(times, BOUNDS), np.quantile(worth, BOUNDS)])
