"""Dirty variants of sample tables: what real files get wrong, one fault at a time, for tests.

Each fault names the table it spoils, what it does, and what reading it must say: an error that stops, or a warning that
leaves rows out. Carelessness breaks no rule of a table: it is found by the rules of `cvlab.analyses.survey`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from cvlab.checks import check_one_of
from cvlab.errors import Severity

Fault = Literal[
    "duplicate ids",
    "negative prices",
    "misordered prices",
    "a column without variance",
    "dates that contradict",
    "two choices in a task",
    "a higher bid that is lower",
    "two best in a set",
    "an unknown customer",
    "an infinite amount",
    "a range upside down",
    "a gap in a schedule",
    "a score outside its range",
    "a rival of nothing we propose",
    "a negative duration",
    "an item of two dimensions",
]
Carelessness = Literal["speeders", "straight liners", "attention", "duplicates"]
CARELESSNESS: tuple[Carelessness, ...] = get_args(Carelessness)

FORGOTTEN_MONTH = 7
ANSWER_TABLES = (
    "value_survey",
    "price_sensitivity",
    "price_ladder",
    "contingent_valuation",
    "choice_tasks",
    "best_worst",
)
EVERY, FIRST = 10, 5  # every tenth respondent is spoiled, from the fifth on


@dataclass(frozen=True, kw_only=True)
class Spoiling:
    """One fault: the table and column it hits, the severity it deserves, and how."""

    table: str
    column: str
    severity: Severity
    spoil: Callable[[pd.DataFrame], pd.DataFrame]


def make_dirty(tables: Mapping[str, pd.DataFrame], fault: str) -> dict[str, pd.DataFrame]:
    """Return the tables with one fault; the input is not changed.

    Parameters
    ----------
    tables : as `make_line` gives them; the one that the fault spoils must be there.
    fault : one of `FAULTS`.

    Raises
    ------
    ParameterError : there is no such fault.

    Examples
    --------
    >>> prices = pd.DataFrame({"customer_id": ["1", "2"], "price_paid": [3.0, 4.0]})
    >>> make_dirty({"transactions": prices}, "negative prices")["transactions"]["price_paid"].tolist()
    [-3.0, 4.0]
    """
    spoiling = FAULTS[check_one_of(fault, tuple(FAULTS), "fault")]
    return {**tables, spoiling.table: spoiling.spoil(tables[spoiling.table].copy())}


def _set(column: str, position: int, value: Callable[[pd.Series], object]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def spoil(table: pd.DataFrame) -> pd.DataFrame:
        values = table[column].astype(object)
        values.iloc[position] = value(values)
        return table.assign(**{column: values.infer_objects()})

    return spoil


def _swap_answers(table: pd.DataFrame) -> pd.DataFrame:
    """Half of the people call dear what the others call cheap."""
    half = np.arange(len(table)) < len(table) / 2
    cheap, expensive = table["cheap"].to_numpy(), table["expensive"].to_numpy()
    return table.assign(cheap=np.where(half, expensive, cheap), expensive=np.where(half, cheap, expensive))


def _choose_twice(table: pd.DataFrame) -> pd.DataFrame:
    first = (table["respondent_id"] == table["respondent_id"].iloc[0]) & (table["task"] == table["task"].iloc[0])
    return table.assign(chosen=table["chosen"].mask(first, 1))


def _name_best_twice(table: pd.DataFrame) -> pd.DataFrame:
    first = (table["respondent_id"] == table["respondent_id"].iloc[0]) & (table["set"] == table["set"].iloc[0])
    return table.assign(choice=table["choice"].mask(first & (table["choice"] == "none"), "best"))


FAULTS: Mapping[str, Spoiling] = {
    "duplicate ids": Spoiling(
        table="customers",
        column="customer_id",
        severity="error",
        spoil=lambda table: pd.concat([table, table.head(2)], ignore_index=True),
    ),
    "negative prices": Spoiling(
        table="transactions",
        column="price_paid",
        severity="warning",
        spoil=_set("price_paid", 0, lambda values: -values.iloc[0]),
    ),
    "misordered prices": Spoiling(table="price_sensitivity", column="cheap", severity="warning", spoil=_swap_answers),
    "a column without variance": Spoiling(
        table="customers", column="region", severity="warning", spoil=lambda table: table.assign(region="everywhere")
    ),
    "dates that contradict": Spoiling(
        table="contracts",
        column="end",
        severity="error",
        spoil=_set("end", 0, lambda values: pd.Timestamp("2001-01-01")),
    ),
    "two choices in a task": Spoiling(table="choice_tasks", column="chosen", severity="warning", spoil=_choose_twice),
    "a higher bid that is lower": Spoiling(
        table="contingent_valuation",
        column="bid_up",
        severity="warning",
        spoil=lambda table: table.assign(bid_up=table["bid_up"].mask(table.index < 2, table["bid_down"])),
    ),
    "two best in a set": Spoiling(table="best_worst", column="choice", severity="warning", spoil=_name_best_twice),
    "an unknown customer": Spoiling(
        table="transactions", column="customer_id", severity="error", spoil=_set("customer_id", 0, lambda values: "X")
    ),
    "an infinite amount": Spoiling(
        table="reservation_prices", column="amount", severity="error", spoil=_set("amount", 0, lambda values: np.inf)
    ),
    "a range upside down": Spoiling(
        table="value_drivers",
        column="low",
        severity="error",
        spoil=lambda table: table.assign(low=table["high"], high=table["low"]),
    ),
    "a gap in a schedule": Spoiling(
        table="cost_benefit",
        column="month",
        severity="error",
        spoil=lambda table: table[table["month"] != FORGOTTEN_MONTH],
    ),
    "a score outside its range": Spoiling(
        table="propositions", column="low", severity="error", spoil=_set("low", 0, lambda values: 10.0)
    ),
    "a rival of nothing we propose": Spoiling(
        table="rivals", column="proposition", severity="error", spoil=_set("proposition", 0, lambda values: "X")
    ),
    "a negative duration": Spoiling(
        table="respondents", column="seconds", severity="warning", spoil=_set("seconds", 0, lambda values: -60)
    ),
    "an item of two dimensions": Spoiling(
        table="value_survey", column="dimension", severity="error", spoil=_set("dimension", 0, lambda values: "X")
    ),
}


def make_careless(tables: Mapping[str, pd.DataFrame], how: str) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return the tables with every tenth respondent careless in one way, and the ids of those; the input stays.

    Parameters
    ----------
    tables : as `make_line` gives them, or checked; respondents and value_survey must be there.
    how : one of `CARELESSNESS`, named as the rule that finds it.

    Raises
    ------
    ParameterError : there is no such carelessness.

    Examples
    --------
    >>> people = pd.DataFrame({"respondent_id": [str(n) for n in range(20)], "seconds": 300.0})
    >>> spoiled, ids = make_careless({"respondents": people}, "speeders")
    >>> ids, spoiled["respondents"]["seconds"].iloc[4:6].tolist()
    (['5', '15'], [300.0, 30.0])
    """
    check_one_of(how, CARELESSNESS, "how")
    people = tables["respondents"]
    ids = people["respondent_id"].iloc[FIRST::EVERY].tolist()
    found = people["respondent_id"].isin(ids)
    spoiled = dict(tables)
    if how == "speeders":
        spoiled["respondents"] = people.assign(seconds=people["seconds"].mask(found, people["seconds"].median() / 10))
    elif how == "attention":
        checked = people["attention_passed"]
        failed = False if pd.api.types.is_bool_dtype(checked) else "no"
        spoiled["respondents"] = people.assign(attention_passed=checked.mask(found, failed))
    elif how == "straight liners":
        answers = tables["value_survey"]
        same = answers["score"].mask(answers["respondent_id"].isin(ids), 5)
        spoiled["value_survey"] = answers.assign(score=same)
    else:
        earlier = dict(zip(ids, people["respondent_id"].iloc[FIRST - 1 :: EVERY], strict=False))
        spoiled |= {name: _answer_again(tables[name], earlier) for name in ANSWER_TABLES if name in tables}
    return spoiled, ids


def _answer_again(table: pd.DataFrame, earlier: Mapping[str, str]) -> pd.DataFrame:
    """Give people the answers of an earlier respondent instead of their own."""
    again = {before: person for person, before in earlier.items()}
    copies = table[table["respondent_id"].isin(again)]
    copies = copies.assign(respondent_id=copies["respondent_id"].map(again))
    kept = table[~table["respondent_id"].isin(earlier)]
    # Ids sort as respondents stand in their table, so that the copy comes after what it copies.
    return pd.concat([kept, copies]).sort_values("respondent_id", kind="stable", ignore_index=True)
