"""The rules that values and rows must keep: what each expects, and the test that tells.

Prices of a price sensitivity meter are strictly ordered (van Westendorp 1976); a choice task has exactly one chosen
alternative out of two or more, for else its probabilities do not add up (Train 2009, section 3.1); a set of best–worst
scaling has one best and one worst item out of three or more, for of two items the best tells the worst (Louviere, Flynn
& Marley 2015, chapter 1); a bid that follows a yes is higher, one that follows a no is lower (Hanemann, Loomis &
Kanninen 1991); a contract or a customer cannot end before it starts.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cvlab.errors import Severity
from cvlab.tables.declaration import RowRule, Rule

if TYPE_CHECKING:
    import pandas as pd

OUTSIDE = "none"  # the alternative of a choice task that means "I would buy none of these"
BEST, WORST, NEITHER = "best", "worst", "none"  # what a respondent calls an item of a set

NOT_NEGATIVE = Rule(expected="0 or more", test=lambda values: values >= 0)
ABOVE_ZERO = Rule(expected="above 0", test=lambda values: values > 0)
INTENT = Rule(expected="from 1 (would not buy) to 5 (would buy)", test=lambda values: values.between(1, 5))
BEST_WORST_OR_NONE = Rule(
    expected=f"{BEST}, {WORST} or {NEITHER}", test=lambda values: values.isin((BEST, WORST, NEITHER))
)


def unique_rows(key: Sequence[str]) -> RowRule:
    """Declare that no two rows share their key; rows whose key is not complete are left to other rules."""
    named = " and ".join(key)

    def test(table: pd.DataFrame) -> pd.Series:
        parts = table[list(key)]
        return ~parts.duplicated(keep=False) | parts.isna().any(axis=1)

    return RowRule(
        columns=tuple(key),
        expected=f"no two rows may have the same {named}",
        remedy="delete or merge the rows that repeat",
        test=test,
        column=key[0] if len(key) == 1 else None,
    )


def not_before(later: str, earlier: str) -> RowRule:
    """Declare that the date in `later`, where there is one, is not before the date in `earlier`."""
    return RowRule(
        columns=(later, earlier),
        expected=f"{later} must not be before {earlier}",
        remedy="correct one of the two dates",
        test=lambda table: ~(table[later] < table[earlier]),
        column=later,
    )


def strictly_ordered(columns: Sequence[str], *, severity: Severity) -> RowRule:
    """Declare that the numbers rise strictly from column to column; rows with an empty cell are left to other rules."""

    def test(table: pd.DataFrame) -> pd.Series:
        broken = table[columns[0]] != table[columns[0]]
        for lower, higher in itertools.pairwise(columns):
            broken |= table[lower] >= table[higher]
        return ~(broken & table[list(columns)].notna().all(axis=1))

    return RowRule(
        columns=tuple(columns),
        expected=f"prices must rise: {' < '.join(columns)}",
        remedy="leave the answers out, or correct them if they were mistyped",
        test=test,
        severity=severity,
    )


def in_order(columns: Sequence[str]) -> RowRule:
    """Declare that the numbers do not fall from column to column; an empty cell is left to other rules."""

    def test(table: pd.DataFrame) -> pd.Series:
        falls = (table[lower] > table[higher] for lower, higher in itertools.combinations(columns, 2))
        return ~functools.reduce(operator.or_, falls)

    return RowRule(
        columns=tuple(columns),
        expected=f"numbers must not fall: {' ≤ '.join(columns)}",
        remedy="exchange those that are in the wrong order",
        test=test,
        column=columns[0],
    )


def below(lower: str, higher: str, *, column: str) -> RowRule:
    """Declare that the number in `lower` is below that in `higher`, where both are there; `column` is to blame."""
    return RowRule(
        columns=(lower, higher),
        expected=f"{lower} must be below {higher}",
        remedy="correct one of the two; until then the rows are left out",
        test=lambda table: ~(table[lower] >= table[higher]),
        severity="warning",
        column=column,
    )


def second_bid_there(*, answer: str, second_answer: str, after_yes: str, after_no: str) -> RowRule:
    """Declare that a second answer comes with the bid it is about: one column after a yes, another after a no."""

    def test(table: pd.DataFrame) -> pd.Series:
        # Surveys that put a second bid after one of the two answers only lack the other column.
        bids = table.reindex(columns=[after_yes, after_no])
        asked = bids[after_yes].where(table[answer].fillna(False).astype(bool), bids[after_no])
        return asked.notna() | table[second_answer].isna() | table[answer].isna()

    return RowRule(
        columns=(answer, second_answer),
        optional=(after_yes, after_no),
        expected=f"{second_answer} needs the bid it is about: {after_yes} after a yes, {after_no} after a no",
        remedy=f"fill that bid, or empty {second_answer}; until then the rows are left out",
        test=test,
        severity="warning",
        column=second_answer,
    )


def both_or_neither(one: str, other: str, *, anchor: str) -> RowRule:
    """Declare that two optional columns are filled together; `anchor` is a column that is always there."""

    def test(table: pd.DataFrame) -> pd.Series:
        filled = table.reindex(columns=[one, other]).notna()
        return filled[one] == filled[other]

    return RowRule(
        columns=(anchor,),
        optional=(one, other),
        expected=f"{one} and {other} must both be filled, or neither",
        remedy="fill the other one, or empty both",
        test=test,
        column=one,
    )


def one_row_per(columns: Sequence[str], *, optional: Sequence[str]) -> RowRule:
    """Declare that no two rows share these columns; in the optional ones, empty is a value like any other."""

    def test(table: pd.DataFrame) -> pd.Series:
        parts = table.reindex(columns=[*columns, *optional])
        return ~parts.duplicated(keep=False) | parts[list(columns)].isna().any(axis=1)

    return RowRule(
        columns=tuple(columns),
        optional=tuple(optional),
        expected=f"no two rows may have the same {' and '.join((*columns, *optional))}",
        remedy="delete or merge the rows that repeat",
        test=test,
        column=columns[0],
    )


def one_value_per(
    column: str, per: Sequence[str], *, optional: Sequence[str] = (), empty_differs: bool = False
) -> RowRule:
    """Declare that all rows which share `per` have the same value; rows with an empty cell there are left to others.

    Parameters
    ----------
    column : what must not differ.
    per, optional : columns that the rows share; optional ones may be missing, and empty is a value in them.
    empty_differs : whether an empty cell is a value of its own, or says nothing.
    """

    def test(table: pd.DataFrame) -> pd.Series:
        shared = table.reindex(columns=[*per, *optional])
        values = table[column].fillna("") if empty_differs else table[column]
        return (values.groupby(_groups(shared, shared.columns)).transform("nunique") <= 1) | (
            shared[list(per)].isna().any(axis=1)
        )

    return RowRule(
        columns=(column, *per),
        optional=tuple(optional),
        expected=f"{column} must be the same in all rows of one {' and '.join((*per, *optional))}",
        remedy="correct the rows that differ",
        test=test,
        column=column,
    )


def judged_or_asked(per: Sequence[str], *, optional: Sequence[str]) -> RowRule:
    """Declare that scores of the same thing all name who gave them, or none does."""

    def test(table: pd.DataFrame) -> pd.Series:
        shared = table.reindex(columns=[*per, *optional])
        asked = table["respondent_id"].notna()
        return asked.groupby(_groups(shared, shared.columns)).transform("nunique") == 1

    return RowRule(
        columns=("respondent_id", *per),
        optional=tuple(optional),
        expected=f"scores of one {' and '.join((*per, *optional))} must all name a respondent_id, or none",
        remedy="keep those that were judged, or those that were asked",
        test=test,
        column="respondent_id",
    )


def all_or_each_group(per: Sequence[str]) -> RowRule:
    """Declare that what was judged holds for all groups, or for each of some, but not both."""

    def test(table: pd.DataFrame) -> pd.Series:
        judged = table.reindex(columns=["respondent_id"])["respondent_id"].isna()
        for_all = table["group"].isna().where(judged)
        return for_all.groupby(_groups(table, per)).transform("nunique") <= 1

    return RowRule(
        columns=("group", *per),
        optional=("respondent_id",),
        expected=f"a judged {' and '.join(per)} must have one row for all groups, or rows for groups, but not both",
        remedy="fill the group in all of these rows, or keep the one without",
        test=test,
        column="group",
    )


def filled_once(column: str, *, after: str) -> RowRule:
    """Declare that a column may be empty only as long as the one named by `after` is."""
    return RowRule(
        columns=(column, after),
        expected=f"{column} must be filled where {after} is",
        remedy=f"fill {column}, or empty {after} if the contract still runs",
        test=lambda table: table[column].notna() | table[after].isna(),
        severity="warning",
        column=column,
    )


def one_chosen(task: Sequence[str], *, chosen: str) -> RowRule:
    """Declare that each choice task has exactly one chosen alternative."""
    return RowRule(
        columns=(*task, chosen),
        expected="each task must have exactly one chosen alternative",
        remedy=f"mark one alternative of each task; add a row for the alternative {OUTSIDE!r} where nobody bought",
        test=lambda table: table[chosen].fillna(False).astype(int).groupby(_groups(table, task)).transform("sum") == 1,
        severity="warning",
        column=chosen,
    )


def one_marked(group: Sequence[str], *, column: str, mark: str) -> RowRule:
    """Declare that in each group exactly one row has the mark."""
    return RowRule(
        columns=(*group, column),
        expected=f"each {group[-1]} must have exactly one {mark}",
        remedy=f"mark one row of each {group[-1]} as {mark}; until then the {group[-1]} is left out",
        test=lambda table: table[column].eq(mark).astype(int).groupby(_groups(table, group)).transform("sum") == 1,
        severity="warning",
        column=column,
    )


def at_least(count: int, group: Sequence[str], *, column: str, what: str, remedy: str) -> RowRule:
    """Declare how many rows each group has at least; `column` tells them apart, `what` names them."""
    return RowRule(
        columns=(*group, column),
        expected=f"each {group[-1]} must have at least {count} {what}",
        remedy=remedy,
        test=lambda table: table[column].groupby(_groups(table, group)).transform("size") >= count,
        severity="warning",
        column=column,
    )


def filled_unless_outside(column: str, *, alternative: str) -> RowRule:
    """Declare that only the outside option may leave a column empty."""
    return RowRule(
        columns=(column, alternative),
        expected=f"{column} must be filled, except for the alternative {OUTSIDE!r}",
        remedy=f"fill {column}; the task is left out as long as it is empty",
        test=lambda table: table[column].notna() | (table[alternative] == OUTSIDE),
        severity="warning",
        column=column,
    )


def _groups(table: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Number of the group each row belongs to; rows with a missing key form one of their own."""
    return table.groupby(list(columns), sort=False, dropna=False).ngroup()
