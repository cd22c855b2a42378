"""What is promised to whom, and against whom: the propositions of the value model, and its rivals."""

from __future__ import annotations

from dataclasses import replace

from cvlab.tables.declaration import Column, Table
from cvlab.tables.rules import (
    NOT_NEGATIVE,
    all_or_each_group,
    both_or_neither,
    in_order,
    judged_or_asked,
    one_row_per,
    one_value_per,
)
from cvlab.tables.schema.columns import WEIGHT, name_column, note_column

# Judged rows beside asked ones have no weight.
SCORE_WEIGHT = replace(WEIGHT, filled=False)
RESPONDENT = note_column("respondent_id", "Names the person who gave the score; empty where somebody judged it.")


def _score(name: str, meaning: str) -> Column:
    return Column(name=name, meaning=meaning, type="number", kind="number")


def _bound(name: str, which: str) -> Column:
    return Column(
        name=name,
        meaning=f"{which} score that a judged one may be; with its counterpart, or empty.",
        type="number",
        kind="number",
        required=False,
        filled=False,
    )


def _money(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(
        name=name,
        meaning=meaning,
        type="number",
        kind="money",
        required=required,
        filled=required,
        rules=(NOT_NEGATIVE,),
    )


PROPOSITIONS = Table(
    name="propositions",
    row="one proposition for one group of customers, judged by somebody, or scored by one respondent",
    columns=(
        name_column("proposition", "Names what is promised, such as no empty chairs."),
        Column(
            name="group",
            meaning="Names the group of customers it is for; leave the column out where there is only one.",
            type="text",
            kind="text",
            required=False,
        ),
        _score("ours", "How well our offer keeps the promise, on a scale that all offers share, such as 0 to 10."),
        _money("cost", "Money that the proposition costs per customer.", required=True),
        _money("revenue", "Money that the proposition brings per customer."),
        _money("price", "Money that a customer pays for our offer."),
        _bound("low", "Lowest"),
        _bound("high", "Highest"),
        RESPONDENT,
        SCORE_WEIGHT,
        Column(
            name="collected_on",
            meaning="Day on which the score was given, where that differs between rows.",
            type="date",
            kind="date",
            required=False,
            filled=False,
        ),
    ),
    id="proposition",
    row_rules=(
        one_row_per(("proposition",), optional=("group", "respondent_id")),
        judged_or_asked(("proposition",), optional=("group",)),
        *(one_value_per(column, ("proposition",), optional=("group",)) for column in ("cost", "revenue", "price")),
        one_value_per("group", ("respondent_id",)),
        both_or_neither("low", "high", anchor="proposition"),
        in_order(("low", "ours", "high")),
    ),
    purposes=("pricing",),
)

RIVALS = Table(
    name="rivals",
    row="one rival of one proposition, judged by somebody, or scored by one respondent",
    columns=(
        name_column("proposition", "Names the proposition, as in propositions."),
        name_column("rival", "Names the rival."),
        _score("score", "How well the rival keeps the promise, on the scale of propositions."),
        _money("price", "Money that a customer pays for the rival's offer."),
        Column(
            name="group",
            meaning="For which group the score holds, as in propositions; empty for all, or that of the respondent.",
            type="text",
            kind="text",
            required=False,
            filled=False,
        ),
        _bound("low", "Lowest"),
        _bound("high", "Highest"),
        RESPONDENT,
        SCORE_WEIGHT,
    ),
    id="proposition",
    row_rules=(
        one_row_per(("proposition", "rival"), optional=("group", "respondent_id")),
        judged_or_asked(("proposition", "rival"), optional=("group",)),
        all_or_each_group(("proposition", "rival")),
        one_value_per("price", ("proposition", "rival"), optional=("group",)),
        both_or_neither("low", "high", anchor="proposition"),
        in_order(("low", "score", "high")),
    ),
    links=(("proposition", "propositions"), ("group", "propositions")),
    purposes=("pricing",),
)
