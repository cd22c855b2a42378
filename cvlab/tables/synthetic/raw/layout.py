"""How an export names its columns, and what it writes into them; one set of names writes it and maps it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

PRICES = ("too_cheap", "cheap", "expensive", "too_expensive")
INTENT_COLUMNS = ("buy_cheap", "buy_expensive")
BID_COLUMNS = ("bid", "bid_up", "bid_down")
ANSWERS = ("answer", "second_answer")
LETTERS = "ABCDEFGH"
SLOTS = (1, 2, 3, 4)  # places of the items in a set of best and worst
NOWHERE = "0.0.0.0"  # noqa: S104 - stands where an export has an IP address; nothing listens to it


@dataclass(frozen=True, eq=False, kw_only=True)
class Asked:
    """One column of an export: its name, the question, and a text per respondent."""

    name: str
    question: str
    cells: pd.Series


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The names of the columns of one tool's export; those in braces stand for what a group repeats over.

    Attributes
    ----------
    respondent, seconds, started : what the tool records.
    version, long : the column that says who got the long survey, and what it says then.
    statement : {item}, a number or the wording.
    attention : the check; prices, intents, bids : column of the table -> name.
    ladder : {price}.
    shown, picked : {task}, {alternative} and {attribute}; what was chosen, as `option` or `outside`.
    slot, marked : {set} and {slot}; {mark}, as in `marks`: best and worst -> name.
    characteristics : column of the table -> (name, question, code -> label).
    by_wording : whether statements are named by their wording.
    decimal, cents : mark in numbers; decimals of money, as few as there are when None.
    dates : how days are written.
    """

    respondent: str
    seconds: str
    started: str
    version: str
    long: str
    statement: str
    attention: str
    prices: Mapping[str, str]
    ladder: str
    bids: Mapping[str, str]
    shown: str
    picked: str
    option: str
    outside: str
    slot: str
    marked: str
    marks: Mapping[str, str]
    characteristics: Mapping[str, tuple[str, str, Mapping[str, str]]]
    by_wording: bool = False
    decimal: str = "."
    cents: int | None = None
    dates: str = "%Y-%m-%d"

    def statement_code(self, number: int, wording: str) -> str:
        """Return what stands for a statement in the name of its column."""
        return wording if self.by_wording else str(number)


def fill(pattern: str, **names: object) -> str:
    """Put names into the braces of a pattern, and leave other braces as they are.

    Examples
    --------
    >>> fill("C{task}_{attribute}", attribute="gps")
    'C{task}_gps'
    """
    for name, value in names.items():
        pattern = pattern.replace("{" + name + "}", str(value))
    return pattern
