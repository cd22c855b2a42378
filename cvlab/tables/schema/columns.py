"""Columns that several tables share: names, remarks, money, weights, and who the row is about."""

from __future__ import annotations

from cvlab.tables.declaration import Column
from cvlab.tables.rules import ABOVE_ZERO, NOT_NEGATIVE


def name_column(name: str, meaning: str) -> Column:
    """Declare a column of names that identify; always text, so that 007 stays 007."""
    return Column(name=name, meaning=meaning, type="text", kind="text")


def note_column(name: str, meaning: str) -> Column:
    """Declare a column of remarks: text that may be empty or absent."""
    return Column(name=name, meaning=meaning, type="text", kind="text", required=False, filled=False)


def money_column(name: str, meaning: str, *, required: bool = True, filled: bool = True) -> Column:
    """Declare a column of money, 0 or more; rows that break this are left out."""
    return Column(
        name=name,
        meaning=meaning,
        type="number",
        kind="money",
        required=required,
        filled=filled,
        rules=(NOT_NEGATIVE,),
        severity="warning",
    )


CUSTOMER = name_column("customer_id", "Names the customer.")
RESPONDENT = name_column("respondent_id", "Names the person who answered; may be a customer_id, so that tables join.")
WEIGHT = Column(
    name="weight",
    meaning="How many people of the market the row stands for, in any scale.",
    type="number",
    kind="number",
    required=False,
    rules=(ABOVE_ZERO,),
    severity="warning",
)
