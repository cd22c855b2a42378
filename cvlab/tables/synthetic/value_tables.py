"""Worth in money on the sample lines: drivers of value, and costs and benefits month by month, with their truth.

    amount of a driver     (ours - reference) × volume × unit value, turned round where it is a cost avoided
    economic value         reference price + sum of the amounts                                     [money per unit]
    share of a driver      its amount / sum of the sizes of all amounts
    break-even             time at which cumulative benefit - cost reaches 0, linear within a month    [months]
    net present value      sum of (benefit - cost) / (1 + rate per year)^(month / 12)              [money]

What people say of an amount or a benefit is a low, a likely and a high, of which the mean is what is planted: somebody
whose likely number is too high gives a range that leans the other way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from cvlab.tables.synthetic.records import COMPUTED, PLANTED, Record, record

COST_AVOIDED, RATE = "cost avoided", "rate"
MONTHS_PER_YEAR = 12


@dataclass(frozen=True, kw_only=True)
class Driver:
    """One row of value_drivers; names and units as there, None where a cell is empty."""

    driver: str
    ours: float
    reference: float
    volume: float | None = None
    unit_value: float | None = None
    low: float
    high: float
    evidence: str | None = None
    kind: str
    group: str | None = None
    account: str | None = None

    @property
    def amount(self) -> float:
        """Money per unit of the offer, as the factors say."""
        difference = self.reference - self.ours if self.kind == COST_AVOIDED else self.ours - self.reference
        for factor in (self.volume, self.unit_value):
            difference *= 1.0 if factor is None else factor
        return difference

    @property
    def expected(self) -> float:
        """Money per unit of the offer, as low, likely and high say together."""
        return (self.low + self.amount + self.high) / 3


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Costs and expected benefits of one customer month by month, from the purchase on; money per month."""

    cost: np.ndarray
    benefit: np.ndarray

    @property
    def break_even(self) -> float:
        """Months after the purchase; benefits are above costs from the first month on."""
        net = np.cumsum(self.benefit - self.cost)
        return float(np.interp(0.0, net, np.arange(len(net))))

    def measure(self, rate_per_year: float) -> dict[str, float]:
        """Return break_even, net_present_value, cost_of_ownership and return_on_cost."""
        factors = (1 + rate_per_year) ** (-np.arange(len(self.cost)) / MONTHS_PER_YEAR)
        worth, cost = float((self.benefit - self.cost) @ factors), float(self.cost @ factors)
        return {
            "break_even": self.break_even,
            "net_present_value": worth,
            "cost_of_ownership": cost,
            "return_on_cost": worth / cost,
        }


def tabulate_drivers(drivers: Iterable[Driver]) -> pd.DataFrame:
    """Return the table value_drivers; columns without a single value are left out."""
    table = pd.DataFrame([asdict(driver) for driver in drivers])
    return table.dropna(axis="columns", how="all")


def measure_amounts(drivers: Iterable[Driver], group: str | None = None) -> dict[str, float]:
    """Return driver -> expected amount for the typical customer of a group: its own row before the general one.

    Examples
    --------
    >>> general = Driver(driver="time", ours=2.0, reference=5.0, low=2.0, high=4.0, kind=COST_AVOIDED)
    >>> own = Driver(driver="time", ours=2.0, reference=4.0, low=1.0, high=3.0, kind=COST_AVOIDED, group="small")
    >>> measure_amounts([own, general]), measure_amounts([own, general], "small")
    ({'time': 3.0}, {'time': 2.0})
    """
    typical = [driver for driver in drivers if driver.account is None and driver.group in (None, group)]
    return {driver.driver: driver.expected for driver in sorted(typical, key=lambda driver: driver.group is not None)}


def list_driver_truths(
    drivers: Sequence[Driver], *, reference_price: float, group_shares: Mapping[str, float] | None = None
) -> list[Record]:
    """Return what is true of the drivers: economic value, amounts and shares, over the groups and in each.

    Parameters
    ----------
    reference_price : money per unit of the offer.
    group_shares : group -> share of the customers; None where the drivers name no group.
    """
    groups = list(group_shares or {})
    amounts = {group: measure_amounts(drivers, group) for group in groups} or {"": measure_amounts(drivers)}
    names = list(next(iter(amounts.values())))
    mean = {name: float(np.mean([own[name] for own in amounts.values()])) for name in names}
    sizes = sum(abs(amount) for amount in mean.values())
    same = "; each group counts the same" if groups else ""
    table, unit = "value_drivers", "per unit of the offer"
    total = reference_price + sum(mean.values())
    truths = [record("economic_value.total", total, "money", table, COMPUTED, f"{unit}{same}")]
    truths += [
        record(f"economic_value.amount.{name}", amount, "money", table, COMPUTED, f"{unit}{same}")
        for name, amount in mean.items()
    ]
    note = f"of the sum of the sizes of all amounts{same}"
    truths += [
        record(f"economic_value.share.{name}", amount / sizes, "share", table, COMPUTED, note)
        for name, amount in mean.items()
    ]
    if group_shares is None:
        return truths
    totals = {group: reference_price + sum(own.values()) for group, own in amounts.items()}
    by_share = sum(group_shares[group] * totals[group] for group in groups)
    truths.append(
        record("economic_value.total_by_share", by_share, "money", table, COMPUTED,
               f"{unit}; each group by its share of the customers")
    )  # fmt: skip
    truths += [
        record(f"economic_value.total_in.{group}", value, "money", table, COMPUTED, unit)
        for group, value in totals.items()
    ]
    return truths


def list_schedule_truths(
    schedules: Mapping[str, Schedule], *, rate_per_year: float, planted: Mapping[str, float] | None = None
) -> list[Record]:
    """Return what is true of costs and benefits, group by group; money per customer.

    Parameters
    ----------
    planted : group -> break-even in months that was planted there; elsewhere it follows from costs and benefits.
    """
    given = planted or {}
    table, units = "cost_benefit", {"break_even": "months", "return_on_cost": "share"}
    truths = [
        record(f"economic_value.break_even.{group}", value, "months", table, PLANTED) for group, value in given.items()
    ]
    for group, schedule in schedules.items():
        note = f"per customer; up to month {len(schedule.cost) - 1}"
        truths += [
            record(f"economic_value.{name}.{group}", value, units.get(name, "money"), table, COMPUTED, note)
            for name, value in schedule.measure(rate_per_year).items()
            if name != "break_even" or group not in given
        ]
    return truths
