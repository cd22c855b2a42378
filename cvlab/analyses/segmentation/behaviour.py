"""Behaviour and outcomes: what each customer did, and what came of it, as one row per person.

    spend                sum of quantity · price_paid from `after` on                        [money]
    retained             1 if still a customer at the end of the record, 0 if gone since `after`
    willingness to pay   sum of a person's reservation prices over components                [money]

Features for clusters come from before a day, outcomes from that day on: a scheme is then judged on what it could have
foretold. Take the same day for both, such as the middle of the record. Without a day both see the whole
record, and what clusters of behaviour explain of spend is by construction.

Assumes that a person who is in a table of customers and not in one of purchases or contracts had none.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvlab.analyses.segmentation.choices import respondents_as_column, summarise_choices
from cvlab.analyses.segmentation.preparation import index_people
from cvlab.checks import check_columns, check_dates, check_day, check_numeric
from cvlab.errors import DataError

DAYS_PER_MONTH = 30.4375
# Kinds of number of the columns made here, for those who write their means.
KINDS_OF_BEHAVIOUR = {
    "spend": "money",
    "contract_spend": "money",
    "retained": "share",
    "willingness_to_pay": "money",
    "purchases": "number",
    "mean_order_value": "money",
    "days_since_last_purchase": "days",
    "price_per_month": "money",
    "cost_to_serve_per_month": "money",
    "months_as_customer": "months",
}


def summarise_outcomes(
    customers: pd.DataFrame,
    *,
    transactions: pd.DataFrame | None = None,
    contracts: pd.DataFrame | None = None,
    reservation_prices: pd.DataFrame | None = None,
    after: str | pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Say for each person what came of them.

    Parameters
    ----------
    customers : customer_id, and start_date and end_date where they are known.
    transactions, contracts, reservation_prices : what there is of them.
    after : the first day that counts for spend and retention. Who was not a customer then has missing values.

    Returns
    -------
    DataFrame, index customer_id, with those columns for which there are data: `spend` (transactions), `contract_spend`
    (price per month · months under contract), `retained` (0/1, by end_date or else by contracts), and
    `willingness_to_pay` (missing for those not asked).

    Raises
    ------
    DataError : there is nothing from which an outcome could be made, or a column is absent or unfit.
    ParameterError : `after` is not a date.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["a", "b"], "end_date": pd.to_datetime([None, "2026-03-01"])})
    >>> summarise_outcomes(customers)["retained"].to_dict()
    {'a': 1.0, 'b': 0.0}
    """
    people = _read_customers(customers)
    day = None if after is None else check_day(after, "after")
    end = _last_day(people, transactions, contracts)
    there = _customers_at(people, day)
    outcomes: dict[str, pd.Series] = {}
    if transactions is not None:
        bought = _read_transactions(transactions)
        counted = bought if day is None else bought[bought["date"] >= day]
        spend = counted.groupby("customer_id")["spend"].sum()
        outcomes["spend"] = spend.reindex(people.index, fill_value=0.0).where(there)
    if contracts is not None:
        agreed = _read_contracts(contracts)
        spend = _contract_spend(agreed, day, end)
        outcomes["contract_spend"] = spend.reindex(people.index, fill_value=0.0).where(there)
    if "end_date" in people.columns:
        outcomes["retained"] = people["end_date"].isna().astype(float).where(there)
    elif contracts is not None:
        running = agreed if day is None else agreed[_running_at(agreed, day)]
        stayed = agreed.loc[agreed["end"].isna(), "customer_id"].unique()
        had = people.index.isin(running["customer_id"])
        outcomes["retained"] = pd.Series(np.where(had, people.index.isin(stayed), np.nan), index=people.index)
    if reservation_prices is not None:
        outcomes["willingness_to_pay"] = _total_reservation_price(reservation_prices).reindex(people.index)
    if not outcomes:
        raise DataError(
            "there is nothing to make outcomes from: give transactions, contracts or reservation_prices, "
            "or add end_date to customers"
        )
    return pd.DataFrame(outcomes, index=people.index).astype(float)


def summarise_behaviour(
    customers: pd.DataFrame,
    *,
    transactions: pd.DataFrame | None = None,
    contracts: pd.DataFrame | None = None,
    reservation_prices: pd.DataFrame | None = None,
    choice_tasks: pd.DataFrame | None = None,
    before: str | pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Say for each person what they did, as features for clusters.

    Parameters
    ----------
    customers : customer_id, and start_date and end_date where they are known.
    transactions, contracts, reservation_prices, choice_tasks : what there is of them.
    before : only what happened before this day counts (survey answers always do). Who was not yet a customer has
        missing values. Without it `spend` is among the features, so that it is known to be explained by construction.

    Returns
    -------
    DataFrame, index customer_id, with those columns for which there are data: `purchases` (days with one),
    `mean_order_value`, `days_since_last_purchase`, `price_per_month`, `cost_to_serve_per_month` (0 without a
    contract), `months_as_customer`, `willingness_to_pay`, and the columns of `summarise_choices`.

    Raises
    ------
    DataError : no table beside customers is given, or a column is absent or unfit.
    ParameterError : `before` is not a date.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["a", "b"]})
    >>> transactions = pd.DataFrame({"customer_id": ["a", "a"], "date": pd.to_datetime(["2026-01-01", "2026-01-09"]),
    ...                              "quantity": [1, 2], "price_paid": [10.0, 10.0]})
    >>> summarise_behaviour(customers, transactions=transactions, before="2026-01-11").loc["a"].to_dict()
    {'purchases': 2.0, 'mean_order_value': 15.0, 'days_since_last_purchase': 2.0}
    """
    if all(table is None for table in (transactions, contracts, reservation_prices, choice_tasks)):
        raise DataError(
            "there is no behaviour to summarise: give transactions, contracts, choice_tasks or reservation_prices"
        )
    people = _read_customers(customers)
    day = None if before is None else check_day(before, "before")
    end = day if day is not None else _last_day(people, transactions, contracts)
    begun = pd.Series(True, index=people.index)
    if day is not None and "start_date" in people.columns:
        begun = people["start_date"] < day
    parts = []
    if transactions is not None:
        bought = _read_transactions(transactions)
        parts.append(_describe_purchases(bought if day is None else bought[bought["date"] < day], people.index, end))
        if day is not None:
            parts[-1] = parts[-1].drop(columns="spend")
    if contracts is not None:
        agreed = _read_contracts(contracts)
        current = agreed if day is None else agreed[_running_at(agreed, day)]
        current = current.sort_values("start", kind="stable").groupby("customer_id").last()
        columns = ["price_per_month", "cost_to_serve_per_month"]
        parts.append(current.reindex(columns=columns).dropna(axis=1, how="all").reindex(people.index, fill_value=0.0))
    if "start_date" in people.columns and (transactions is not None or contracts is not None):
        left = people["end_date"].fillna(end).clip(upper=end) if "end_date" in people.columns else end
        months = (left - people["start_date"]).dt.days / DAYS_PER_MONTH
        parts.append(months.rename("months_as_customer").to_frame())
    behaviour = pd.concat(parts, axis=1).where(begun, axis=0) if parts else pd.DataFrame(index=people.index)
    if reservation_prices is not None:
        behaviour["willingness_to_pay"] = _total_reservation_price(reservation_prices).reindex(people.index)
    if choice_tasks is not None:
        choices = summarise_choices(choice_tasks).reindex(people.index)
        # An attribute may be called like a column made here: the price chosen is not the price paid.
        choices.columns = [f"chosen {name}" if name in behaviour.columns else name for name in choices.columns]
        behaviour = pd.concat([behaviour, choices], axis=1)
    return behaviour.astype(float)


def _read_customers(customers: pd.DataFrame) -> pd.DataFrame:
    people = index_people(customers, "customers").rename_axis("customer_id")
    present = [column for column in ("start_date", "end_date") if column in people.columns]
    return people[present].apply(lambda dates: check_dates(dates, "customers"))


def _read_transactions(transactions: pd.DataFrame) -> pd.DataFrame:
    table = _id_as_column(transactions)
    check_columns(table, ("customer_id", "date", "quantity", "price_paid"), "transactions")
    check_numeric(table, ("quantity", "price_paid"), "transactions")
    return pd.DataFrame(
        {
            "customer_id": table["customer_id"],
            "date": check_dates(table["date"], "transactions").dt.normalize(),
            "spend": table["quantity"].astype(float) * table["price_paid"].astype(float),
        }
    )


def _read_contracts(contracts: pd.DataFrame) -> pd.DataFrame:
    table = _id_as_column(contracts)
    check_columns(table, ("customer_id", "start", "price_per_month"), "contracts")
    costs = [column for column in ("cost_to_serve_per_month",) if column in table.columns]
    check_numeric(table, ("price_per_month", *costs), "contracts")
    end = table["end"] if "end" in table.columns else pd.Series(pd.NaT, index=table.index)
    return table[["customer_id", "price_per_month", *costs]].assign(
        start=check_dates(table["start"], "contracts"), end=check_dates(end, "contracts")
    )


def _id_as_column(table: pd.DataFrame) -> pd.DataFrame:
    named = isinstance(table, pd.DataFrame) and table.index.name == "customer_id" and "customer_id" not in table.columns
    return table.reset_index() if named else table


def _describe_purchases(bought: pd.DataFrame, people: pd.Index, end: pd.Timestamp) -> pd.DataFrame:
    orders = bought.groupby(["customer_id", "date"])["spend"].sum().reset_index()
    grouped = orders.groupby("customer_id")
    described = pd.DataFrame(
        {
            "purchases": grouped.size(),
            "mean_order_value": grouped["spend"].mean(),
            "days_since_last_purchase": (end - grouped["date"].max()).dt.days,
            "spend": grouped["spend"].sum(),
        }
    ).reindex(people)
    return described.fillna({"purchases": 0, "spend": 0.0})


def _contract_spend(agreed: pd.DataFrame, day: pd.Timestamp | None, end: pd.Timestamp) -> pd.Series:
    last = agreed["end"].fillna(end).clip(upper=end)
    first = agreed["start"] if day is None else agreed["start"].clip(lower=day)
    months = ((last - first).dt.days / DAYS_PER_MONTH).clip(lower=0)
    return (agreed["price_per_month"] * months).groupby(agreed["customer_id"]).sum()


def _running_at(agreed: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    return (agreed["start"] < day) & (agreed["end"].isna() | (agreed["end"] >= day))


def _customers_at(people: pd.DataFrame, day: pd.Timestamp | None) -> pd.Series:
    there = pd.Series(True, index=people.index)
    if day is None:
        return there
    if "start_date" in people.columns:
        there &= people["start_date"] < day
    if "end_date" in people.columns:
        there &= people["end_date"].isna() | (people["end_date"] >= day)
    return there


def _total_reservation_price(reservation_prices: pd.DataFrame) -> pd.Series:
    table = respondents_as_column(reservation_prices)
    check_columns(table, ("respondent_id", "amount"), "reservation_prices")
    check_numeric(table, ("amount",), "reservation_prices", missing_allowed=True)
    # Who left one component out has no total.
    return table.groupby("respondent_id")["amount"].agg(lambda amounts: amounts.sum(skipna=False)).astype(float)


def _last_day(people: pd.DataFrame, transactions: pd.DataFrame | None, contracts: pd.DataFrame | None) -> pd.Timestamp:
    """Return the last day of which anything is known."""
    days = [people[column] for column in people.columns]
    if transactions is not None:
        days.append(_read_transactions(transactions)["date"])
    if contracts is not None:
        agreed = _read_contracts(contracts)
        days += [agreed["start"], agreed["end"]]
    known = pd.concat(days).dropna() if days else pd.Series(dtype="datetime64[ns]")
    return known.max() if len(known) else pd.NaT
