"""What a section of the report may need of a product line, and how a reader is told that it is missing.

a table                  such as rungs
a key of the yaml file   such as unit_cost
something derived        such as the sales of the product that the price questions are about
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cvlab.tables.schema import TABLES
from cvlab.tables.settings import FILE_NAME

# Name -> what it is, and what to add where it is missing.
DERIVED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "characteristics": (
            "declared characteristics of customers",
            "columns such as region or size to `customers.csv`",
        ),
        "accounts": (
            "what drives the value of single accounts",
            "a column `account` to `value_drivers.csv`",
        ),
        "weighted_by": (
            "respondents with characteristics of those they stand for",
            "`respondents.csv` with columns such as region that `customers.csv` has, too",
        ),
        "asked_customers": (
            "respondents who are customers",
            "`respondents.csv` with the ids or the characteristics of `customers.csv`",
        ),
        "priced_amounts": (
            "what people would pay for the priced product",
            f"`priced_product` to `{FILE_NAME}`, and a component of this name to `reservation_prices.csv`",
        ),
        "priced_sales": (
            "sales of the priced product at different prices",
            f"`priced_product` to `{FILE_NAME}`, and a sku of this name to `transactions.csv`",
        ),
    }
)


def describe_need(name: str) -> tuple[str, str]:
    """Return what a name stands for, and what to add to a line that lacks it.

    Examples
    --------
    >>> describe_need("rungs")
    ('the table `rungs`', "`rungs.csv` to the product line's folder")
    >>> describe_need("unit_cost")
    ('`unit_cost`', '`unit_cost` to `product_line.yaml`')
    """
    if name in DERIVED:
        return DERIVED[name]
    if name in TABLES:
        return f"the table `{name}`", f"`{name}.csv` to the product line's folder"
    return f"`{name}`", f"`{name}` to `{FILE_NAME}`"
