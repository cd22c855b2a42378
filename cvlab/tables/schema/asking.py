"""What people answered when asked for prices: price questions, price ladders, bids, amounts."""

from __future__ import annotations

from cvlab.tables.declaration import Column, Table
from cvlab.tables.rules import ABOVE_ZERO, INTENT, below, second_bid_there, strictly_ordered
from cvlab.tables.schema.columns import RESPONDENT, WEIGHT, money_column, name_column


def _intent(name: str, meaning: str) -> Column:
    return Column(
        name=name,
        meaning=meaning,
        type="number",
        kind="number",
        required=False,
        filled=False,
        rules=(INTENT,),
        severity="warning",
    )


def _bid(name: str, meaning: str, *, second: bool = False) -> Column:
    """Declare a column of bids: above 0, for nobody is asked whether to take something for nothing."""
    return Column(
        name=name,
        meaning=meaning,
        type="number",
        kind="money",
        required=not second,
        filled=not second,
        rules=(ABOVE_ZERO,),
        severity="warning",
    )


PRICE_SENSITIVITY = Table(
    name="price_sensitivity",
    row="the four prices (van Westendorp) of one respondent",
    columns=(
        RESPONDENT,
        money_column("too_cheap", "Price per unit so low that the respondent doubts the quality."),
        money_column("cheap", "Price per unit that the respondent calls a bargain."),
        money_column("expensive", "Price per unit that the respondent calls high but would still consider."),
        money_column("too_expensive", "Price per unit at which the respondent would not consider buying."),
        _intent("buy_cheap", "Purchase intent at the cheap price, from 1 to 5."),
        _intent("buy_expensive", "Purchase intent at the expensive price, from 1 to 5."),
        WEIGHT,
    ),
    key=("respondent_id",),
    id="respondent_id",
    row_rules=(strictly_ordered(("too_cheap", "cheap", "expensive", "too_expensive"), severity="warning"),),
    purposes=("pricing",),
)

PRICE_LADDER = Table(
    name="price_ladder",
    row="one price put to one respondent (Gabor–Granger)",
    columns=(
        RESPONDENT,
        money_column("price", "Price per unit that was asked about."),
        Column(
            name="would_buy",
            meaning="Whether the respondent would buy at this price.",
            type="truth",
            kind="truth",
            severity="warning",
        ),
        WEIGHT,
    ),
    key=("respondent_id", "price"),
    id="respondent_id",
    purposes=("pricing",),
)

CONTINGENT_VALUATION = Table(
    name="contingent_valuation",
    row="one respondent asked whether to buy at a bid, and perhaps at a second one (contingent valuation)",
    columns=(
        RESPONDENT,
        _bid("bid", "Price per unit put to the respondent first."),
        Column(
            name="answer",
            meaning="Whether the respondent would pay the bid.",
            type="truth",
            kind="truth",
            severity="warning",
        ),
        _bid("bid_up", "Price per unit asked after a yes; above the bid.", second=True),
        _bid("bid_down", "Price per unit asked after a no; below the bid.", second=True),
        Column(
            name="second_answer",
            meaning="Whether the respondent would pay the second bid; empty where none was put.",
            type="truth",
            kind="truth",
            required=False,
            filled=False,
            severity="warning",
        ),
        WEIGHT,
    ),
    key=("respondent_id",),
    id="respondent_id",
    row_rules=(
        below("bid", "bid_up", column="bid_up"),
        below("bid_down", "bid", column="bid_down"),
        second_bid_there(answer="answer", second_answer="second_answer", after_yes="bid_up", after_no="bid_down"),
    ),
    purposes=("pricing",),
)

RESERVATION_PRICES = Table(
    name="reservation_prices",
    row="what one respondent would pay for one component",
    columns=(
        RESPONDENT,
        name_column("component", "Names the component, such as a device or a service."),
        Column(
            name="amount",
            meaning="Money the respondent would pay for the component, per unit.",
            type="number",
            kind="money",
            severity="warning",
        ),
        WEIGHT,
    ),
    key=("respondent_id", "component"),
    id="respondent_id",
    purposes=("pricing",),
)
