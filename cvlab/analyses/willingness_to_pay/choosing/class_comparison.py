"""Classes side by side: one row per attribute and one column per class, as a reader compares them.

A numeric attribute stands for the whole step that was shown, its highest value instead of its lowest, because what one
more gram and one more gigabyte are worth cannot be compared. Staying out is no attribute and has no row.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.analyses.willingness_to_pay.choosing.top import describe_row
from cvlab.units import write_number, write_range

_NOT_SHOWN = "not shown"


@dataclass(frozen=True, eq=False, kw_only=True)
class ClassComparison:
    """What each class would pay, side by side.

    Attributes
    ----------
    table : attribute, then one column per class with its amount and interval in words (money); the first row says how
        many people each class has.
    headline, notes : those of the model.
    """

    rows: ClassVar[str] = "attribute"
    kinds: ClassVar[Mapping[str, str]] = MappingProxyType({})

    table: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()


def tabulate_comparison(
    worth: pd.DataFrame, roles: Sequence[str], spans: Sequence[tuple[float, float]]
) -> pd.DataFrame:
    """Write what each class would pay, one column per class.

    Parameters
    ----------
    worth : class, n, share, attribute, estimate, low, high; the attributes in the same order for every class.
    roles, spans : of the attributes, as in `WillingnessToPay`.

    Examples
    --------
    >>> worth = pd.DataFrame({"class": ["first"] * 2, "n": 12, "share": 1.0, "attribute": ["messages", "none"],
    ...                       "estimate": [0.03, -9.0], "low": [0.02, -10.0], "high": [0.04, -8.0]})
    >>> tabulate_comparison(worth, ["numeric", "outside"], [(100, 400), (0, 1)]).to_numpy().tolist()
    [['people', '12 (100%)'], ['messages: 400 instead of 100', '€9.00 (€6.00 to €12.00)']]
    """
    kept = [position for position, role in enumerate(roles) if role != "outside"]
    attributes = list(worth["attribute"].unique())
    columns = {
        "attribute": ["people", *(describe_row(attributes[each], roles[each], spans[each]) for each in kept)],
    }
    for name, rows in worth.groupby("class", sort=False):
        size = rows.iloc[0]
        people = write_number(size["n"], "count")
        shown = math.isfinite(size["share"])
        amounts = rows[["estimate", "low", "high"]].to_numpy()[kept]
        steps = [spans[each][1] - spans[each][0] for each in kept]
        columns[str(name)] = [
            f"{people} ({write_number(size['share'], 'share', decimals=0)})" if shown else _NOT_SHOWN,
            *(_write_amount(*(step * amount)) for step, amount in zip(steps, amounts, strict=True)),
        ]
    return pd.DataFrame(columns)


def _write_amount(value: float, low: float, high: float) -> str:
    if not math.isfinite(value):
        return _NOT_SHOWN
    return f"{write_number(value, 'money')} ({write_range(low, high, 'money')})"
