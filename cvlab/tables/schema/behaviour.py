"""What customers did: who they are, what they bought, which contracts they had."""

from __future__ import annotations

from cvlab.tables.declaration import Column, Table
from cvlab.tables.rules import ABOVE_ZERO, filled_once, not_before
from cvlab.tables.schema.columns import CUSTOMER, money_column, name_column, note_column

CUSTOMERS = Table(
    name="customers",
    row="one customer",
    columns=(
        CUSTOMER,
        Column(name="start_date", meaning="Day on which the customer became one.", type="date", kind="date"),
        Column(
            name="end_date",
            meaning="Day on which the customer left; empty while the customer is there.",
            type="date",
            kind="date",
            required=False,
            filled=False,
        ),
        note_column("end_reason", "Why the customer left."),
        note_column("acquisition_channel", "Through which channel the customer came."),
        note_column("account_id", "Names the account or firm the customer belongs to."),
    ),
    key=("customer_id",),
    id="customer_id",
    free=Column(
        name="characteristic",
        meaning="A declared characteristic of the customer, such as age, region or size.",
        type="any",
        kind="number",
        required=False,
        filled=False,
    ),
    row_rules=(not_before("end_date", "start_date"),),
    purposes=("pricing", "segments", "retention"),
    required=True,
)

TRANSACTIONS = Table(
    name="transactions",
    row="one article bought by one customer on one day",
    columns=(
        CUSTOMER,
        Column(name="date", meaning="Day of the purchase.", type="date", kind="date"),
        note_column("sku", "Names the article."),
        Column(
            name="quantity",
            meaning="How many units were bought; returns are left out.",
            type="number",
            kind="count",
            rules=(ABOVE_ZERO,),
            severity="warning",
        ),
        money_column("price_paid", "Money paid per unit; spend is quantity × price_paid."),
        money_column("list_price", "Money asked per unit before any discount.", required=False, filled=False),
        money_column("unit_cost", "Money one unit costs the firm.", required=False, filled=False),
    ),
    id="customer_id",
    links=(("customer_id", "customers"),),
    purposes=("pricing", "segments", "retention"),
)

CONTRACTS = Table(
    name="contracts",
    row="one contract of one customer",
    columns=(
        CUSTOMER,
        name_column("rung", "Which rung of the ladder the contract is about."),
        Column(name="start", meaning="First day of the contract.", type="date", kind="date"),
        Column(
            name="end",
            meaning="Last day of the contract; empty while it runs.",
            type="date",
            kind="date",
            required=False,
            filled=False,
        ),
        Column(
            name="renewed",
            meaning="Whether the contract was renewed at its end; may be empty while it runs.",
            type="truth",
            kind="truth",
            filled=False,
            severity="warning",
        ),
        money_column("price_per_month", "Money the customer pays per month."),
        money_column("cost_to_serve_per_month", "Money it costs the firm per month to serve the contract."),
    ),
    id="customer_id",
    row_rules=(not_before("end", "start"), filled_once("renewed", after="end")),
    links=(("customer_id", "customers"), ("rung", "rungs")),
    purposes=("retention",),
)
