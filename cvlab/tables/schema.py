"""What comes in: every input table and column, declared once.

Each column has a type, a unit, a meaning, a rule, whether it is required, and what a broken rule does. The
declaration is used for checking (`validation`), for axis labels (`describe_column`) and for the data dictionary.

Severity: an error stops the reading (a wrong type, a missing or repeated key, dates that contradict each other); a
warning leaves the rows out and counts them in the log of exclusions (a negative price, prices out of order).
Units: money in the currency of the line, shares from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cvlab.errors import ParameterError
from cvlab.tables.declaration import Column, Table
from cvlab.tables.rules import (
    ABOVE_ZERO,
    INTENT,
    NOT_NEGATIVE,
    filled_once,
    filled_unless_outside,
    not_before,
    one_chosen,
    strictly_ordered,
    two_alternatives,
)


def _name(name: str, meaning: str) -> Column:
    """A column of names that identify; always text, so that 007 stays 007."""
    return Column(name=name, meaning=meaning, type="text", kind="text")


def _note(name: str, meaning: str) -> Column:
    return Column(name=name, meaning=meaning, type="text", kind="text", required=False, filled=False)


def _money(name: str, meaning: str, *, required: bool = True, filled: bool = True) -> Column:
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


_CUSTOMER = _name("customer_id", "Names the customer.")
_RESPONDENT = _name("respondent_id", "Names the person who answered; may be a customer_id, so that tables join.")
_WEIGHT = Column(
    name="weight",
    meaning="How many people of the market the row stands for, in any scale.",
    type="number",
    kind="number",
    required=False,
    rules=(ABOVE_ZERO,),
    severity="warning",
)

_CUSTOMERS = Table(
    name="customers",
    row="one customer",
    columns=(
        _CUSTOMER,
        Column(name="start_date", meaning="Day on which the customer became one.", type="date", kind="date"),
        Column(
            name="end_date",
            meaning="Day on which the customer left; empty while the customer is there.",
            type="date",
            kind="date",
            required=False,
            filled=False,
        ),
        _note("end_reason", "Why the customer left."),
        _note("acquisition_channel", "Through which channel the customer came."),
        _note("account_id", "Names the account or firm the customer belongs to."),
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

_TRANSACTIONS = Table(
    name="transactions",
    row="one article bought by one customer on one day",
    columns=(
        _CUSTOMER,
        Column(name="date", meaning="Day of the purchase.", type="date", kind="date"),
        _note("sku", "Names the article."),
        Column(
            name="quantity",
            meaning="How many units were bought; returns are left out.",
            type="number",
            kind="count",
            rules=(ABOVE_ZERO,),
            severity="warning",
        ),
        _money("price_paid", "Money paid per unit; spend is quantity × price_paid."),
        _money("list_price", "Money asked per unit before any discount.", required=False, filled=False),
        _money("unit_cost", "Money one unit costs the firm.", required=False, filled=False),
    ),
    id="customer_id",
    links=(("customer_id", "customers"),),
    purposes=("pricing", "segments", "retention"),
)

_CONTRACTS = Table(
    name="contracts",
    row="one contract of one customer",
    columns=(
        _CUSTOMER,
        _name("rung", "Which rung of the ladder the contract is about."),
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
        _money("price_per_month", "Money the customer pays per month."),
        _money("cost_to_serve_per_month", "Money it costs the firm per month to serve the contract."),
    ),
    id="customer_id",
    row_rules=(not_before("end", "start"), filled_once("renewed", after="end")),
    links=(("customer_id", "customers"), ("rung", "rungs")),
    purposes=("retention",),
)

_PRICE_SENSITIVITY = Table(
    name="price_sensitivity",
    row="the four prices (van Westendorp) of one respondent",
    columns=(
        _RESPONDENT,
        _money("too_cheap", "Price per unit so low that the respondent doubts the quality."),
        _money("cheap", "Price per unit that the respondent calls a bargain."),
        _money("expensive", "Price per unit that the respondent calls high but would still consider."),
        _money("too_expensive", "Price per unit at which the respondent would not consider buying."),
        _intent("buy_cheap", "Purchase intent at the cheap price, from 1 to 5."),
        _intent("buy_expensive", "Purchase intent at the expensive price, from 1 to 5."),
        _WEIGHT,
    ),
    key=("respondent_id",),
    id="respondent_id",
    row_rules=(strictly_ordered(("too_cheap", "cheap", "expensive", "too_expensive"), severity="warning"),),
    purposes=("pricing",),
)

_PRICE_LADDER = Table(
    name="price_ladder",
    row="one price put to one respondent (Gabor–Granger)",
    columns=(
        _RESPONDENT,
        _money("price", "Price per unit that was asked about."),
        Column(
            name="would_buy",
            meaning="Whether the respondent would buy at this price.",
            type="truth",
            kind="truth",
            severity="warning",
        ),
        _WEIGHT,
    ),
    key=("respondent_id", "price"),
    id="respondent_id",
    purposes=("pricing",),
)

_TASK = ("respondent_id", "task")
_CHOICE_TASKS = Table(
    name="choice_tasks",
    row="one alternative of one choice task of one respondent",
    columns=(
        _RESPONDENT,
        _name("task", "Names the task among those of the respondent."),
        _name("alternative", "Names the alternative among those of the task; none is the option to buy nothing."),
        _money("price", "Price per unit shown with the alternative; empty for none.", filled=False),
        Column(
            name="chosen",
            meaning="Whether this alternative was chosen.",
            type="truth",
            kind="truth",
            severity="warning",
        ),
        _WEIGHT,
    ),
    key=(*_TASK, "alternative"),
    id="respondent_id",
    free=Column(
        name="attribute",
        meaning="An attribute shown with the alternative; empty for the alternative none.",
        type="any",
        kind="number",
        required=False,
        filled=False,
        severity="warning",
    ),
    free_rule=lambda attribute: filled_unless_outside(attribute, alternative="alternative"),
    row_rules=(
        filled_unless_outside("price", alternative="alternative"),
        one_chosen(_TASK, chosen="chosen"),
        two_alternatives(_TASK, alternative="alternative"),
    ),
    together=_TASK,
    purposes=("pricing", "segments"),
)

_RUNGS = Table(
    name="rungs",
    row="one rung of the value ladder, from the lowest to the highest",
    columns=(
        _name("rung", "Names the rung."),
        Column(
            name="price",
            meaning="Price per unit of the rung today.",
            type="number",
            kind="money",
            rules=(NOT_NEGATIVE,),
        ),
        Column(
            name="unit_cost",
            meaning="Money one unit of the rung costs the firm.",
            type="number",
            kind="money",
            rules=(NOT_NEGATIVE,),
        ),
    ),
    key=("rung",),
    id="rung",
    purposes=("pricing", "retention"),
)

_RUNG_FEATURES = Table(
    name="rung_features",
    row="one feature of one rung",
    columns=(
        _name("rung", "Names the rung."),
        _name("feature", "Names the feature."),
        Column(
            name="level",
            meaning="How much of the feature the rung has: a number, or a word such as basic.",
            type="any",
            kind="number",
        ),
        Column(
            name="cost",
            meaning="Money the feature at this level costs the firm per unit.",
            type="number",
            kind="money",
            rules=(NOT_NEGATIVE,),
        ),
    ),
    key=("rung", "feature"),
    id="rung",
    links=(("rung", "rungs"),),
    purposes=("pricing",),
)

_RUNG_VALUES = Table(
    name="rung_values",
    row="what one respondent would pay for each rung, in one draw",
    columns=(
        _RESPONDENT,
        Column(
            name="draw",
            meaning="Number of the draw from what is known about the respondent; 0 where there is only one.",
            type="whole",
            kind="count",
        ),
        _WEIGHT,
    ),
    key=("respondent_id", "draw"),
    id="respondent_id",
    free=Column(
        name="rung",
        meaning="Money the respondent would pay per unit of the rung that the column is named after.",
        type="number",
        kind="money",
        severity="warning",
    ),
    purposes=("pricing",),
)

_RESERVATION_PRICES = Table(
    name="reservation_prices",
    row="what one respondent would pay for one component",
    columns=(
        _RESPONDENT,
        _name("component", "Names the component, such as a device or a service."),
        Column(
            name="amount",
            meaning="Money the respondent would pay for the component, per unit.",
            type="number",
            kind="money",
            severity="warning",
        ),
        _WEIGHT,
    ),
    key=("respondent_id", "component"),
    id="respondent_id",
    purposes=("pricing",),
)

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            _CUSTOMERS,
            _TRANSACTIONS,
            _CONTRACTS,
            _PRICE_SENSITIVITY,
            _PRICE_LADDER,
            _CHOICE_TASKS,
            _RUNGS,
            _RUNG_FEATURES,
            _RUNG_VALUES,
            _RESERVATION_PRICES,
        )
    }
)


def find_table(name: str) -> Table:
    """Return the declaration of a table.

    Raises
    ------
    ParameterError : there is no such table.
    """
    if name not in TABLES:
        raise ParameterError(f"there is no table {name!r}: the tables are {', '.join(TABLES)}")
    return TABLES[name]


def describe_column(table: str, column: str) -> Column:
    """Return what is declared about a column: `label`, `kind`, `meaning`, `rule` and more.

    Parameters
    ----------
    table : name of an input table.
    column : name of a declared column, or of a free one where the table may have them.

    Raises
    ------
    ParameterError : there is no such table or column.

    Examples
    --------
    >>> price = describe_column("transactions", "price_paid")
    >>> price.label, price.kind, price.rule
    ('price paid', 'money', 'a finite number, 0 or more; never empty')
    >>> describe_column("customers", "region").meaning
    'A declared characteristic of the customer, such as age, region or size.'
    """
    return find_table(table).find_column(column)
