"""Rules between tables, and between the rows of one.

An id that one table names must exist in the other, rung_values has a column per rung, and each proposition a rival.
The rows of rungs are the ladder, from the lowest rung to the highest.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cvlab.errors import Problem
from cvlab.tables.conversion import row_numbers, show_found
from cvlab.tables.schema import TABLES


def find_broken_links(tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Return what does not fit between the tables that are there.

    Parameters
    ----------
    tables : typed tables by name; links from a column or to a table that is not there are not followed.

    Examples
    --------
    >>> customers, transactions = pd.DataFrame({"customer_id": ["1"]}), pd.DataFrame({"customer_id": ["2"]})
    >>> print(find_broken_links({"customers": customers, "transactions": transactions})[0].rule)
    must name a row of customers (found '2')
    """
    problems = []
    for name, table in tables.items():
        for column, target in TABLES[name].links:
            if target in tables and column in table.columns:
                known = tables[target].get(column, pd.Series(dtype="str"))
                unknown = table[column].notna() & ~table[column].isin(known)
                problems += _unknown_ids(name, column, target, table[column], unknown.to_numpy(dtype=bool))
    if "rungs" in tables and "rung_values" in tables:
        problems += _compare_rungs(tables["rungs"], tables["rung_values"])
    if "rungs" in tables:
        problems += _find_fallen(tables["rungs"])
    if "propositions" in tables and "rivals" in tables:
        problems += _find_lonely(tables["propositions"], tables["rivals"])
    return problems


def _unknown_ids(name: str, column: str, target: str, values: pd.Series, unknown: np.ndarray) -> list[Problem]:
    if not unknown.any():
        return []
    return [
        Problem(
            table=name,
            column=column,
            rows=row_numbers(unknown),
            rule=f"must name a row of {target} ({show_found(values[unknown])})",
            remedy=f"add the missing rows to {target}, or correct the ids",
        )
    ]


def _compare_rungs(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> list[Problem]:
    named = [str(rung) for rung in rungs["rung"].dropna()]
    columns = TABLES["rung_values"].free_names(rung_values.columns)
    lacking = [rung for rung in named if rung not in columns]
    unknown = [column for column in columns if column not in named]
    problems = []
    if lacking:
        rule = f"each rung of rungs must have a column, but there is none for {', '.join(map(repr, lacking))}"
        problems.append(Problem(table="rung_values", rule=rule, remedy="add the columns, or delete the rungs"))
    if unknown:
        rule = f"each column must be named after a rung of rungs, but {', '.join(map(repr, unknown))} is not"
        problems.append(Problem(table="rung_values", rule=rule, remedy="correct the names, or add the rungs"))
    return problems


def _find_fallen(rungs: pd.DataFrame) -> list[Problem]:
    """Find rungs that cost less than the one before them: it is allowed, but more likely the rows are shuffled."""
    if "price" not in rungs.columns:
        return []
    prices = pd.to_numeric(rungs["price"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    fallen = np.zeros(len(prices), dtype=bool)
    fallen[1:] = prices[1:] < prices[:-1]
    if not fallen.any():
        return []
    return [
        Problem(
            table="rungs",
            column="price",
            rows=row_numbers(fallen),
            rule="a rung costs less than the one in the row before it, and the rows are read as the ladder, from the "
            f"lowest rung to the highest ({show_found(rungs['rung'][fallen])})",
            remedy="put the rows in the order of the ladder, unless the higher rung is meant to cost less",
            severity="warning",
        )
    ]


def _find_lonely(propositions: pd.DataFrame, rivals: pd.DataFrame) -> list[Problem]:
    """Find propositions that no rival is compared with, for none of their groups or for some."""
    ours, theirs = (table.reindex(columns=["proposition", "group"]) for table in (propositions, rivals))
    # A score without a group holds for all groups, or for that of the respondent, who scored us as well.
    everywhere = ours["proposition"].isin(theirs.loc[theirs["group"].isna(), "proposition"])
    cells = pd.MultiIndex.from_frame(theirs[["proposition", "group"]])
    matched = everywhere | pd.MultiIndex.from_frame(ours[["proposition", "group"]]).isin(cells)
    lonely = (~matched & ours["proposition"].notna()).to_numpy(dtype=bool)
    if not lonely.any():
        return []
    return [
        Problem(
            table="propositions",
            column="proposition",
            rows=row_numbers(lonely),
            rule=f"each proposition must have a rival in rivals ({show_found(ours['proposition'][lonely])})",
            remedy="add its best rival to rivals; one that does not offer it has the lowest score",
        )
    ]
