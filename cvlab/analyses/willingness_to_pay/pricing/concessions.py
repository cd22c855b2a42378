"""Concessions: what do we give in a negotiation, what do we get, and what price is that worth?

    net            = sum of what we get - sum of what we give                     [money per deal]
    per unit       = net / volume
    price after    = list price + net / volume                                    what we really sell for

A concession is worth what it costs whoever grants it and what it brings whoever receives it; here both sides of the
ledger are in our money. Amounts are written without a sign: the side says whether they come or go. What is given and
never written down (longer terms of payment, training, faster delivery) lowers the price as a discount does.

Intervals: Monte Carlo, each amount triangular between its low and its high with its likely amount as the mode.
Source: Lax & Sebenius (1986), The Manager as Negotiator (differences as the source of trades).
Assumes that amounts are uncertain independently of each other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, percentile_interval
from cvlab.analyses.willingness_to_pay.pricing.uncertain import draw_triangle
from cvlab.analyses.willingness_to_pay.pricing.words import write_sides
from cvlab.checks import check_columns, check_count, check_numeric, check_positive, check_share
from cvlab.errors import DataError
from cvlab.units import write_number

GIVE, GET = "give", "get"
_TABLE = "ledger"
_NAMED = 5  # offending rows that a message names


@dataclass(frozen=True, eq=False, kw_only=True)
class Concessions:
    """The ledger of a deal.

    Attributes
    ----------
    table : item, side (give, get), amount, low, high: money per deal, what we give below 0; and per_unit where a volume
        is given.
    totals : what, amount, low, high: given, got, net; with a volume net per unit; with a price too price after.
    headline : the net.
    probability : that the deal gives us more than it takes.
    draws : of the net.
    """

    rows: ClassVar[str] = "item"
    kinds: ClassVar[Mapping[str, str]] = {"amount": "money", "low": "money", "high": "money", "per_unit": "money"}

    table: pd.DataFrame
    totals: pd.DataFrame
    headline: Headline
    probability: float
    draws: np.ndarray
    notes: tuple[str, ...] = ()


def measure_concessions(
    ledger: pd.DataFrame,
    *,
    volume: float | None = None,
    list_price: float | None = None,
    n_draws: int = 4000,
    level: float = 0.95,
    seed: int = 0,
) -> Concessions:
    """Add up what is given and got, with signs, an interval and the price it is equivalent to.

    Parameters
    ----------
    ledger : item, side ("give" or "get"), likely (money per deal, without a sign), and low and high if they are known.
    volume : units in the deal.
    list_price : money per unit, before any concession.
    n_draws, seed : of the Monte Carlo.
    level : coverage of the intervals.

    Returns
    -------
    Concessions.

    Raises
    ------
    DataError : columns or names are missing, an item is repeated, a side is neither give nor get, an amount has a sign,
        or low, likely and high do not ascend.
    ParameterError : an argument is outside what it may be.

    Examples
    --------
    >>> ledger = pd.DataFrame({"item": ["5% discount", "training", "two-year term"], "side": ["give", "give", "get"],
    ...                        "low": [500, 200, 300], "likely": [500, 250, 600], "high": [500, 400, 900]})
    >>> result = measure_concessions(ledger, volume=100, list_price=100)
    >>> result.totals["amount"].round(2).tolist()
    [-750.0, 600.0, -150.0, -1.5, 98.5]
    """
    check_share(level, "level")
    check_count(n_draws, "n_draws", least=2)
    check_count(seed, "seed", least=0)
    units = None if volume is None else check_positive(volume, "volume")
    price = None if list_price is None else check_positive(list_price, "list_price")
    sides, low, likely, high = _read_ledger(ledger)
    sign = np.where(sides == GET, 1.0, -1.0)
    random = np.random.default_rng(seed)
    draws = np.column_stack([draw_triangle(*ends, n_draws, random) for ends in zip(low, likely, high, strict=True)])
    table = pd.DataFrame(
        {
            "item": ledger["item"].astype("string").astype(object).to_numpy(),
            "side": sides,
            "amount": sign * likely,
            "low": np.where(sign > 0, low, -high),
            "high": np.where(sign > 0, high, -low),
        }
    )
    if units is not None:
        table["per_unit"] = table["amount"] / units
    net = draws @ sign
    totals = _total(sign * likely, draws * sign, units, price, level)
    return Concessions(
        table=table,
        totals=totals,
        headline=_write_headline(totals.set_index("what"), net, len(table), level),
        probability=float((net > 0).mean()),
        draws=net,
        notes=_caveats(table, low, high, units, price),
    )


def _read_ledger(ledger: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the side of each row, and low, likely and high without a sign."""
    check_columns(ledger, ["item", "side", "likely"], _TABLE)
    ends = [column for column in ("low", "high") if column in ledger.columns]
    check_numeric(ledger, ["likely"], _TABLE)
    check_numeric(ledger, ends, _TABLE, missing_allowed=True)
    sides = ledger["side"].astype("string").str.strip().str.lower().fillna("").to_numpy(dtype=object)
    likely = ledger["likely"].to_numpy(dtype=float)
    low, high = (
        ledger[column].to_numpy(dtype=float, na_value=np.nan) if column in ends else likely
        for column in ("low", "high")
    )
    low, high = (np.where(np.isnan(values), likely, values) for values in (low, high))
    items = ledger["item"].astype("string").str.strip()
    unnamed = (items.isna() | (items == "")).to_numpy(dtype=bool)
    repeated = items.duplicated(keep=False).to_numpy(dtype=bool) & ~unnamed
    signed = (np.column_stack([low, likely, high]) < 0).any(axis=1)
    problems = [
        f"{what} ({_name_rows(ledger, np.asarray(rows))}): {remedy}"
        for rows, what, remedy in (
            (unnamed, "item has no name", "say what is given or got"),
            (repeated, "item stands there more than once", "add its rows up, or name them apart"),
            (
                ~np.isin(sides, [GIVE, GET]),
                "side is neither give nor get",
                "say who grants it: give is what we grant, get is what they grant",
            ),
            (
                signed,
                "an amount is below 0",
                "write amounts without a sign, the side says whether money comes or goes: what we forgo is a give",
            ),
            (
                ~signed & ~((low <= likely) & (likely <= high)),
                "low, likely and high do not ascend",
                "order them by size, low being the smallest amount",
            ),
        )
        if rows.any()
    ]
    if problems:
        raise DataError(f"{_TABLE}: {'; '.join(problems)}")
    return sides, low, likely, high


def _name_rows(ledger: pd.DataFrame, rows: np.ndarray) -> str:
    """Name the offending items once each, or the numbers of their rows where they have no name."""
    names = ledger["item"].astype("string").str.strip().fillna("").to_numpy(dtype=object)
    found = [str(names[row]) or f"row {row + 1}" for row in np.flatnonzero(rows)]
    return ", ".join(list(dict.fromkeys(found))[:_NAMED])


def _total(
    amounts: np.ndarray, draws: np.ndarray, units: float | None, price: float | None, level: float
) -> pd.DataFrame:
    given, got = np.minimum(amounts, 0).sum(), np.maximum(amounts, 0).sum()
    net = draws.sum(axis=1)
    lines = [
        ("given", given, np.minimum(draws, 0).sum(axis=1)),
        ("got", got, np.maximum(draws, 0).sum(axis=1)),
        ("net", given + got, net),
    ]
    if units is not None:
        lines.append(("net per unit", (given + got) / units, net / units))
        if price is not None:
            lines.append(("price after", price + (given + got) / units, price + net / units))
    rows = []
    for what, amount, drawn in lines:
        low, high = percentile_interval(drawn, level=level)
        rows.append((what, float(amount), float(low), float(high)))
    return pd.DataFrame(rows, columns=["what", "amount", "low", "high"])


def _write_headline(totals: pd.DataFrame, net: np.ndarray, n: int, level: float) -> Headline:
    value, low, high = (float(totals.loc["net", column]) for column in ("amount", "low", "high"))
    sentence = "We give {given} and get {got}: the deal {change} ({level} interval {range})"
    if "price after" in totals.index:
        sentence += ", as if the price were {price}"
    change, interval = write_sides(value, low, high, "money", below="a cost of", above="a gain of")
    words = {
        "given": write_number(abs(float(totals.loc["given", "amount"])), "money"),
        "got": write_number(float(totals.loc["got", "amount"]), "money"),
        "change": change.replace("a gain of", "enriches us by").replace("a cost of", "costs us"),
        "range": interval,
        "price": write_number(float(totals["amount"].get("price after", math.nan)), "money"),
    }
    return Headline(
        key="willingness_to_pay.concessions",
        label="net of concessions",
        value=value,
        low=low,
        high=high,
        level=level,
        n=n,
        unit="money",
        better="higher",
        method="ledger, Monte Carlo",
        sentence=sentence + ".",
        words=words,
        draws=net,
        decides=True,
    )


def _caveats(
    table: pd.DataFrame, low: np.ndarray, high: np.ndarray, units: float | None, price: float | None
) -> tuple[str, ...]:
    notes = []
    for side, missing in ((GIVE, "nothing is given"), (GET, "nothing is got in return")):
        if not (table["side"] == side).any():
            notes.append(f"In this ledger {missing}.")
    if (low == high).any():
        notes.append(f"{int((low == high).sum())} of {len(table)} amounts have no range and are taken as certain.")
    if price is not None and units is None:
        notes.append("A list price needs the volume of the deal to become a price after concessions: give volume.")
    return tuple(notes)
