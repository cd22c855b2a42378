"""Purchases: what each customer's past says in four numbers, from which purchase models and RFM start.

    frequency   repeat purchase occasions: days with a purchase, less the first
    recency     time from the first purchase to the last      [unit]
    age         time from the first purchase to `as_of`       [unit]
    mean_value  mean spend of the repeat occasions            [money]; missing where there are none

    spend of an occasion = sum of quantity · price_paid over that day

Source: Fader, Hardie & Lee (2005), "Counting your customers the easy way: an alternative to the Pareto/NBD model",
Marketing Science 24; mean_value as in Fader & Hardie (2013), "The Gamma-Gamma model of monetary value": without the
first occasion, which made the person a customer.
Assumes that the first purchase in the table is the customer's first. Weeks are days / 7, months days / 30.4375.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, wilson_interval
from cvlab.checks import check_columns, check_dates, check_day, check_numeric, check_one_of
from cvlab.errors import DataError

DAYS_PER_UNIT = {"day": 1.0, "week": 7.0, "month": 30.4375}
_COLUMNS = ("customer_id", "date", "quantity", "price_paid")


@dataclass(frozen=True, eq=False, kw_only=True)
class PurchaseSummary:
    """Purchases per customer; `table` has one row per customer, sorted by id.

    Attributes
    ----------
    table : customer_id, frequency, recency, age, mean_value.
    headline : share of customers who bought again, with the Wilson interval.
    notes : what was left out.
    unit : of recency and age: "day", "week" or "month".
    as_of : last day that counts.
    """

    table: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()
    unit: str
    as_of: pd.Timestamp

    rows: ClassVar[str] = "person"
    kinds: ClassVar[Mapping[str, str]] = {"frequency": "count", "mean_value": "money"}


def summarise_purchases(
    transactions: pd.DataFrame, *, as_of: str | pd.Timestamp | None = None, unit: str = "week"
) -> PurchaseSummary:
    """Summarise each customer's purchases up to a day.

    Parameters
    ----------
    transactions : customer_id, date, quantity, price_paid (money per unit).
    as_of : last day that counts; the last day of the table when not given.
    unit : of recency and age: "day", "week" or "month". Purchases of one day are one occasion in any unit.

    Raises
    ------
    DataError : a column is absent or unfit, or nothing was bought up to `as_of`.
    ParameterError : `as_of` is not a date, or `unit` is unknown.

    Source
    ------
    Fader, Hardie & Lee (2005), Marketing Science 24.

    Examples
    --------
    >>> transactions = pd.DataFrame({"customer_id": ["a", "a", "a", "b"], "quantity": [1, 2, 1, 1],
    ...     "date": pd.to_datetime(["2026-01-01", "2026-01-15", "2026-01-15", "2026-01-08"]),
    ...     "price_paid": [9.0, 5.0, 4.0, 9.0]})
    >>> summary = summarise_purchases(transactions, as_of="2026-01-29")
    >>> summary.table.to_dict("records")[0]
    {'customer_id': 'a', 'frequency': 1, 'recency': 2.0, 'age': 4.0, 'mean_value': 14.0}
    """
    check_one_of(unit, tuple(DAYS_PER_UNIT), "unit")
    table = transactions
    if isinstance(table, pd.DataFrame) and table.index.name == "customer_id" and "customer_id" not in table.columns:
        table = table.reset_index()
    check_columns(table, _COLUMNS, "transactions")
    check_numeric(table, ("quantity", "price_paid"), "transactions")
    days = _read_days(table["date"])
    if table["customer_id"].isna().any():
        raise DataError("transactions: customer_id is missing in some rows. Fill it or drop those rows")
    end = days.max() if as_of is None else check_day(as_of, "as_of")
    notes = []
    counted = (days <= end).to_numpy()
    if not counted.any():
        raise DataError(f"transactions: nothing was bought up to {end:%Y-%m-%d}. Give a later as_of")
    if not counted.all():
        notes.append(f"{int((~counted).sum()):,} transactions after {end:%Y-%m-%d} are left out.")
    spend = (table["quantity"] * table["price_paid"]).to_numpy(dtype=float)
    lines = pd.DataFrame({"customer_id": table["customer_id"].to_numpy(), "day": days.to_numpy(), "spend": spend})
    occasions = lines[counted].groupby(["customer_id", "day"], as_index=False, sort=True)["spend"].sum()
    returned = occasions["spend"] < 0
    if returned.any():
        notes.append(f"{int(returned.sum()):,} days on which more was returned than bought are no purchases.")
        occasions = occasions[~returned]
        if occasions.empty:
            raise DataError("transactions: everything was returned, nothing bought. Check the sign of quantity")
    table = _summarise_occasions(occasions, end, DAYS_PER_UNIT[unit])
    return PurchaseSummary(table=table, headline=_write_headline(table, end), notes=tuple(notes), unit=unit, as_of=end)


def _summarise_occasions(occasions: pd.DataFrame, end: pd.Timestamp, days_per_unit: float) -> pd.DataFrame:
    grouped = occasions.groupby("customer_id", sort=True)
    first, last = grouped["day"].min(), grouped["day"].max()
    repeats = grouped["day"].size() - 1
    # Occasions are sorted by day, so the first row of each customer is the first purchase.
    later_spend = grouped["spend"].sum() - grouped["spend"].first()
    summary = pd.DataFrame(
        {
            "frequency": repeats.astype(int),
            "recency": (last - first).dt.days / days_per_unit,
            "age": (end - first).dt.days / days_per_unit,
            "mean_value": later_spend / repeats.where(repeats > 0, np.nan),
        }
    )
    return summary.rename_axis("customer_id").reset_index()


def _write_headline(table: pd.DataFrame, end: pd.Timestamp) -> Headline:
    n, again = len(table), int((table["frequency"] > 0).sum())
    low, high = wilson_interval(again, n)
    return Headline(
        key="lifetime_value.repeat_share",
        label="customers who bought again",
        value=again / n,
        low=low,
        high=high,
        n=n,
        unit="share",
        better="higher",
        smallest_change=0.02,
        method="share with Wilson interval",
        sentence="{value} of {n} customers bought again by {as_of} ({level} interval {low} to {high}).",
        words={"as_of": f"{end:%Y-%m-%d}"},
    )


def _read_days(dates: pd.Series) -> pd.Series:
    days = check_dates(dates, "transactions")
    if days.isna().any():
        raise DataError(f"transactions: {int(days.isna().sum())} rows have no date. Fill it or drop those rows")
    return days.dt.normalize()
