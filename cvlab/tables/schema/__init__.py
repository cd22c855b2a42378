"""What comes in: every input table and column, declared once.

Each column has a type, a unit, a meaning, a rule, whether it is required, and what a broken rule does. The
declaration is used for checking (`validation`), for axis labels (`describe_column`) and for the data dictionary.

    behaviour   what customers did: customers, transactions, contracts
    answering   who answered, and what they say the offer is worth in words: respondents, statements about value
    asking      what people answered when asked for prices: price questions, price ladders, bids, amounts
    choosing    what people chose: alternatives of choice tasks, the best and the worst of sets of items
    offer       what is offered: rungs, their features and their worth
    competition what is promised to whom, against whom: propositions and rivals
    worth       what the offer is worth in money: drivers of value, costs and benefits month by month

Severity: an error stops the reading (a wrong type, a missing or repeated key, dates that contradict each other); a
warning leaves the rows out and counts them in the log of exclusions (a negative price, prices out of order).
Units: money in the currency of the line, shares from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cvlab.errors import ParameterError
from cvlab.tables.declaration import Column, Table
from cvlab.tables.schema.answering import RESPONDENTS, VALUE_SURVEY
from cvlab.tables.schema.asking import CONTINGENT_VALUATION, PRICE_LADDER, PRICE_SENSITIVITY, RESERVATION_PRICES
from cvlab.tables.schema.behaviour import CONTRACTS, CUSTOMERS, TRANSACTIONS
from cvlab.tables.schema.choosing import BEST_WORST, CHOICE_TASKS
from cvlab.tables.schema.competition import PROPOSITIONS, RIVALS
from cvlab.tables.schema.offer import RUNG_FEATURES, RUNG_VALUES, RUNGS
from cvlab.tables.schema.worth import COST_BENEFIT, VALUE_DRIVERS

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            CUSTOMERS,
            TRANSACTIONS,
            CONTRACTS,
            RESPONDENTS,
            VALUE_SURVEY,
            PRICE_SENSITIVITY,
            PRICE_LADDER,
            CONTINGENT_VALUATION,
            CHOICE_TASKS,
            BEST_WORST,
            RUNGS,
            RUNG_FEATURES,
            RUNG_VALUES,
            RESERVATION_PRICES,
            VALUE_DRIVERS,
            COST_BENEFIT,
            PROPOSITIONS,
            RIVALS,
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
