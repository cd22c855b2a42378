"""The rules of the tables behind worth in money: drivers of value, and costs and benefits month by month.

    amount of a driver   (ours - reference) × volume × unit value       blank volume and unit value count as 1
                         turned round where the driver is a cost avoided
    schedule             the months of one customer, or of one group, from 0 or 1 on without a gap

Everything found here is an error: a sum without one of its parts would be another sum, and a schedule without one of
its rows would book nothing in that month.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cvlab.tables.declaration import RowRule, Rule

if TYPE_CHECKING:
    import pandas as pd

RATE, COST_AVOIDED = "rate", "cost avoided"
DRIVER_KINDS = ("difference", RATE, COST_AVOIDED, "revenue gained")
SUMS = ("reference price", "economic value")
EVERYBODY = ("all groups", "all customers")
NEARLY = 1e-9

NO_SUM = Rule(expected=f"another name than {' or '.join(SUMS)}, which are sums", test=lambda values: ~values.isin(SUMS))
NOT_EVERYBODY = Rule(
    expected=f"another name than {' or '.join(EVERYBODY)}, which mean everybody",
    test=lambda values: ~values.isin(EVERYBODY),
)
DRIVER_KIND = Rule(
    expected=f"one of {', '.join(DRIVER_KINDS)}, or left empty", test=lambda values: values.isin(DRIVER_KINDS)
)


def rate_is_counted() -> RowRule:
    """Declare that a rate comes with how often it occurs and what one is worth."""

    def test(table: pd.DataFrame) -> pd.Series:
        counted = table.reindex(columns=["volume", "unit_value"]).notna().all(axis=1)
        return counted | (table["kind"] != RATE).fillna(True).astype(bool)

    return RowRule(
        columns=("kind",),
        optional=("volume", "unit_value"),
        expected=f"volume and unit_value must be filled where kind is {RATE}",
        remedy="fill them, or leave kind empty: then what is empty counts as 1",
        test=test,
        column="kind",
    )


def range_holds_amount() -> RowRule:
    """Declare that low and high are bounds of the amount of a driver, and not of one of its factors."""

    def test(table: pd.DataFrame) -> pd.Series:
        amount = _measure_amount(table)
        slack = NEARLY * amount.abs().clip(lower=1.0)
        outside = (amount < table["low"] - slack) | (amount > table["high"] + slack)
        # What is wrong with a factor, the kind or the order of the bounds is reported as such.
        return ~outside | (table["low"] > table["high"]) | amount.isna()

    return RowRule(
        columns=("ours", "reference", "low", "high"),
        optional=("volume", "unit_value", "kind"),
        expected="low to high must hold the amount, (ours - reference) × volume × unit_value, or the same with "
        f"reference - ours for a {COST_AVOIDED}",
        remedy="give low and high as bounds of the amount in money per unit, not of ours or of a factor",
        test=test,
        column="low",
    )


def _measure_amount(table: pd.DataFrame) -> pd.Series:
    """Return the amount of each driver; missing where its kind or a factor is none that may be."""
    factors = table.reindex(columns=["volume", "unit_value"]).astype(float).fillna(1.0)
    kinds = table.reindex(columns=["kind"])["kind"]
    amounts = (table["ours"] - table["reference"]) * factors.prod(axis=1) * np.where(kinds == COST_AVOIDED, -1.0, 1.0)
    known: pd.Series = amounts.where((kinds.isna() | kinds.isin(DRIVER_KINDS)) & (factors >= 0).all(axis=1))
    return known


def owner_named(*, anchor: str) -> RowRule:
    """Declare that each row of a schedule says whose it is; `anchor` is a column that is always there."""
    return RowRule(
        columns=(anchor,),
        optional=("customer_id", "group"),
        expected="each row must have a customer_id, or a group where the table has no customer_id",
        remedy="add the column that says whose schedule the row belongs to, and fill it",
        # An empty customer_id is reported by its own column, which must be filled where it is there.
        test=lambda table: _name_owners(table).notna() | ("customer_id" in table.columns),
    )


def one_row_per_month() -> RowRule:
    """Declare that no month comes twice in a schedule."""

    def test(table: pd.DataFrame) -> pd.Series:
        parts = table[["month"]].assign(owner=_name_owners(table))
        return ~parts.duplicated(keep=False) | parts.isna().any(axis=1)

    return RowRule(
        columns=("month",),
        optional=("customer_id", "group"),
        expected="no month may come twice in the schedule of a customer, or of a group",
        remedy="keep one row per month",
        test=test,
        column="month",
    )


def months_follow() -> RowRule:
    """Declare that the months of a schedule start at 0 or 1 and follow each other; the row after a gap is to blame."""

    def test(table: pd.DataFrame) -> pd.Series:
        known = _known_schedules(table).sort_values("month", kind="stable")
        before = known.groupby("owner", sort=False)["month"].shift().fillna(0)
        gap = known["month"] - before > 1
        return ~gap.reindex(table.index, fill_value=False)

    return RowRule(
        columns=("month",),
        optional=("customer_id", "group"),
        expected="the months of a schedule must follow each other without a gap, from 0 or 1 on",
        remedy="add the months before these rows, with cost 0 and benefits 0 where nothing happens",
        test=test,
        column="month",
    )


def goes_beyond_purchase() -> RowRule:
    """Declare that a schedule has months after month 0, the purchase."""

    def test(table: pd.DataFrame) -> pd.Series:
        known = _known_schedules(table)
        ends = known.groupby("owner", sort=False)["month"].transform("max") == 0
        return ~ends.reindex(table.index, fill_value=False)

    return RowRule(
        columns=("month",),
        optional=("customer_id", "group"),
        expected="each schedule must have months after month 0, the purchase",
        remedy="add the months in which the benefits come",
        test=test,
        column="month",
    )


def _known_schedules(table: pd.DataFrame) -> pd.DataFrame:
    """Return owner and month of the rows of schedules whose months can all be read."""
    owners = _name_owners(table)
    months = table["month"].astype("Float64").astype(float)
    unread = owners[~(months >= 0)]
    return months.to_frame().assign(owner=owners)[owners.notna() & ~owners.isin(unread)]


def _name_owners(table: pd.DataFrame) -> pd.Series:
    """Return whose schedule each row belongs to; missing where nobody is named."""
    named = table.reindex(columns=["customer_id", "group"])
    owners: pd.Series = named["customer_id" if "customer_id" in table.columns else "group"]
    return owners
