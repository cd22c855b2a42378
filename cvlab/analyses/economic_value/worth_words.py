"""What is said of an economic value: its headlines, and the notes a reader needs beside its numbers."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, write_probability
from cvlab.analyses.economic_value.drivers import BLANK, DriverBook
from cvlab.analyses.economic_value.sums import Drawn
from cvlab.analyses.economic_value.wording import list_names
from cvlab.units import agree_decimals, write_number

MATTERS = 0.05
LEANS = 0.01  # of the total: by so much the likely sum may differ from the expected one without a word
NOT_SURE = "no driver has a low and a high, so how sure this is, is not known"
METHOD = "sum of drivers; triangular draws from low, likely and high"


def write_worth(table: pd.DataFrame, drawn: Drawn, reference_price: float, level: float) -> Headline:
    """Return the headline of the economic value."""
    total = table.iloc[-1]
    differences = float(drawn.amounts.sum())
    sentence = (
        "Per unit the offer is worth {value} to the customer ({level} interval {low} to {high}): {reference} for the "
        "next best alternative and {differences} for what differs."
    )
    if drawn.is_sure:
        sentence = (
            "Per unit the offer is worth {value} to the customer: {reference} for the next best alternative and "
            "{differences} for what differs; {unsure}."
        )
    decimals = agree_decimals((total["amount"], total["low"], total["high"]), "money")
    return Headline(
        key="economic_value.total",
        label="economic value",
        value=float(total["amount"]),
        low=float(total["low"]),
        high=float(total["high"]),
        level=level,
        n=len(drawn.amounts),
        unit="money",
        better="higher",
        smallest_change=MATTERS * abs(float(total["amount"])),
        method=METHOD,
        sentence=sentence,
        words={
            "reference": write_number(reference_price, "money", decimals=decimals),
            "differences": write_number(differences, "money", decimals=decimals),
            "unsure": NOT_SURE,
        },
        draws=None if drawn.is_sure else reference_price + drawn.draws.sum(axis=1),
    )


def write_incentive(worth: Headline, drawn: Drawn, price: float, chance: float, level: float) -> Headline:
    """Return the headline of what the customer keeps at this price."""
    sentence = (
        "At a price of {price} the customer keeps {value} ({level} interval {low} to {high}); the offer is worth its "
        "price with a probability of {chance}."
    )
    if drawn.is_sure:
        sentence = "At a price of {price} the customer keeps {value}; {unsure}."
    return Headline(
        key="economic_value.incentive",
        label="incentive to buy",
        value=worth.value - price,
        low=worth.low - price,
        high=worth.high - price,
        level=level,
        n=worth.n,
        unit="money",
        better="higher",
        smallest_change=MATTERS * price,
        method=METHOD,
        sentence=sentence,
        words={
            "price": write_number(price, "money"),
            "chance": write_probability(chance, len(drawn.draws)),
            "unsure": NOT_SURE,
        },
        draws=None if drawn.is_sure or worth.draws is None else worth.draws - price,
    )


def write_top_driver(table: pd.DataFrame, drawn: Drawn, level: float) -> Headline:
    """Return the headline of the share of the largest driver in what differs."""
    steps = table.iloc[1:-1]
    sizes = np.abs(drawn.amounts)
    top = int(np.argmax(sizes))
    differs = bool(sizes[top] > 0)
    share_draws = np.abs(drawn.share_draws[:, top])
    low, high = drawn.bounds(share_draws, level) if differs else (math.nan, math.nan)
    first = float((np.abs(drawn.draws).argmax(axis=1) == top).mean())
    sentence = (
        "{driver} {carries} {value} of what differs from the next best alternative ({level} interval {low} to {high}); "
        "it is the largest driver with a probability of {first}."
    )
    if drawn.is_sure:
        sentence = "{driver} {carries} {value} of what differs from the next best alternative; {unsure}."
    if not differs:
        sentence = "No driver differs from the next best alternative, so none carries the value."
    return Headline(
        key="economic_value.top_driver_share",
        label="share of the largest driver",
        value=float(abs(drawn.shares[top])) if differs else math.nan,
        low=low,
        high=high,
        level=level,
        n=len(drawn.amounts),
        unit="share",
        smallest_change=MATTERS,
        method="size of its amount / sum of the sizes of all amounts",
        sentence=sentence,
        words={
            "driver": str(steps["step"].iloc[top]),
            "carries": "carries" if drawn.amounts[top] >= 0 else "speaks against the offer and makes up",
            "first": write_probability(first, len(drawn.draws)),
            "unsure": NOT_SURE,
        },
    )


def find_notes(table: pd.DataFrame, drawn: Drawn) -> tuple[str, ...]:
    """Return what a reader should know of the drivers."""
    steps = table.iloc[1:-1]
    notes = []
    worse = steps.loc[steps["amount"] < 0, "step"]
    if len(worse):
        notes.append(f"Worse than the next best alternative in: {list_names(list(worse))}.")
        base = write_number(float(np.abs(drawn.amounts).sum()), "money")
        notes.append(f"Shares are of all differences, better and worse, without their signs: {base}.")
    bare = steps[steps["evidence"] == BLANK]
    if len(bare):
        share = float(bare["share"].abs().sum())
        notes.append(
            f"Without evidence, {write_number(share, 'share')} of what differs: {list_names(list(bare['step']))}."
        )
    unranged = steps["step"].to_numpy()[~drawn.ranged]
    if len(unranged) and not drawn.is_sure:
        notes.append(f"Without low and high, and so taken as certain: {list_names(list(unranged))}.")
    total = table.iloc[-1]
    if abs(total["likely"] - total["amount"]) > LEANS * abs(total["amount"]):
        likely, amount = (write_number(total[column], "money") for column in ("likely", "amount"))
        notes.append(
            f"Ranges lean to one side: the likely amounts add up to {likely}, what is to be expected is {amount}. "
            "An amount is the mean of its low, likely and high."
        )
    return tuple(notes)


def find_notes_on_rows(rows: pd.DataFrame, book: DriverBook, *, equal: bool) -> tuple[str, ...]:
    """Return what a reader should know of the rows that were, and were not, added up."""
    notes = []
    accounts = rows.loc[rows["account"] != BLANK, "account"].nunique()
    if accounts:
        rest = "1 account is" if accounts == 1 else f"{write_number(accounts, 'count')} accounts are"
        notes.append(f"Rows of {rest} left to the value statements: these numbers are those of the typical customer.")
    if equal and len(book.groups) > 1:
        notes.append(f"The {len(book.groups)} groups count the same in the mean: give group_sizes to weigh them.")
    return tuple(notes)
