"""What the offer is worth in money: drivers of value against the next best alternative, and when an offer pays back."""

from __future__ import annotations

from cvlab.tables.declaration import Column, Table
from cvlab.tables.rules import NOT_NEGATIVE, both_or_neither, in_order, one_row_per, one_value_per
from cvlab.tables.schema.columns import note_column
from cvlab.tables.worth_rules import (
    DRIVER_KIND,
    NO_SUM,
    NOT_EVERYBODY,
    goes_beyond_purchase,
    months_follow,
    one_row_per_month,
    owner_named,
    range_holds_amount,
    rate_is_counted,
)


def _bound(name: str, which: str) -> Column:
    return Column(
        name=name,
        meaning=f"{which} amount the driver may have, in money per unit of the offer; with its counterpart, or empty.",
        type="number",
        kind="money",
        required=False,
        filled=False,
    )


def _benefit(name: str, which: str) -> Column:
    return Column(
        name=name,
        meaning=f"{which} money that the offer brings the customer in the month.",
        type="number",
        kind="money",
    )


VALUE_DRIVERS = Table(
    name="value_drivers",
    row="one driver of value: how the offer differs from the next best alternative, in money per unit of the offer",
    columns=(
        Column(
            name="driver",
            meaning="Names the driver, such as reagents saved.",
            type="text",
            kind="text",
            rules=(NO_SUM,),
        ),
        Column(
            name="ours",
            meaning="What the driver is with the offer: money, hours, samples or what else it is counted in.",
            type="number",
            kind="number",
        ),
        Column(
            name="reference",
            meaning="The same with the next best alternative.",
            type="number",
            kind="number",
        ),
        Column(
            name="volume",
            meaning="How often the difference occurs per unit of the offer, such as shifts a month; empty counts as 1.",
            type="number",
            kind="number",
            required=False,
            filled=False,
            rules=(NOT_NEGATIVE,),
        ),
        Column(
            name="unit_value",
            meaning="Money that a difference of 1 is worth; empty counts as 1.",
            type="number",
            kind="money",
            required=False,
            filled=False,
            rules=(NOT_NEGATIVE,),
        ),
        _bound("low", "Lowest"),
        _bound("high", "Highest"),
        note_column("evidence", "Where the numbers come from, such as a time study; what has none is not claimed."),
        Column(
            name="kind",
            meaning="What kind of driver it is; with a cost avoided, less is better.",
            type="text",
            kind="text",
            required=False,
            filled=False,
            rules=(DRIVER_KIND,),
        ),
        Column(
            name="group",
            meaning="For which group of customers the row holds, in place of the row without group; empty for all.",
            type="text",
            kind="text",
            required=False,
            filled=False,
            rules=(NOT_EVERYBODY,),
        ),
        note_column("account", "For which account the row holds, in its value statement only; empty for the others."),
    ),
    id="driver",
    row_rules=(
        one_row_per(("driver",), optional=("group", "account")),
        both_or_neither("low", "high", anchor="driver"),
        in_order(("low", "high")),
        range_holds_amount(),
        rate_is_counted(),
    ),
    purposes=("pricing",),
)

COST_BENEFIT = Table(
    name="cost_benefit",
    row="what one customer, or one group of customers, pays and gains in one month",
    columns=(
        Column(
            name="customer_id",
            meaning="Names the customer; leave the column out where a schedule is that of a whole group.",
            type="text",
            kind="text",
            required=False,
        ),
        Column(
            name="group",
            meaning="Names the group of the customer, or whose schedule it is where there is no customer_id.",
            type="text",
            kind="text",
            required=False,
            filled=False,
            rules=(NOT_EVERYBODY,),
        ),
        Column(
            name="month",
            meaning="Months since the purchase, which is month 0.",
            type="whole",
            kind="months",
            rules=(NOT_NEGATIVE,),
        ),
        Column(
            name="cost",
            meaning="Money that the customer pays in the month for buying and using the offer.",
            type="number",
            kind="money",
            rules=(NOT_NEGATIVE,),
        ),
        _benefit("benefit_low", "Lowest"),
        _benefit("benefit_mode", "Most likely"),
        _benefit("benefit_high", "Highest"),
    ),
    id="month",
    row_rules=(
        owner_named(anchor="month"),
        one_value_per("group", ("customer_id",), empty_differs=True),
        one_row_per_month(),
        months_follow(),
        goes_beyond_purchase(),
        in_order(("benefit_low", "benefit_mode", "benefit_high")),
    ),
    links=(("customer_id", "customers"),),
    purposes=("pricing", "retention"),
)
