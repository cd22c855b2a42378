"""Data and trust: how much of what came in can be used?

    usable share            = rows kept / rows read, per table             [share, Wilson interval]
    complete                = filled cells / cells that must be filled     [share]

Source: Wilson (1927), JASA 22, for the interval.
Assumes that rows are excluded for faults of the row, not for what it says. Careless answers and a lopsided sample do
not set the light: they are judged by what they move, not by how many they are (`cvlab.analyses.survey.shifts`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, wilson_interval
from cvlab.analyses.survey.characteristics import find_mismatches
from cvlab.checks import check_count, check_share
from cvlab.errors import DataError
from cvlab.units import write_number

PERSON_COLUMNS = ("customer_id", "respondent_id")
RESPONDENTS, CUSTOMERS = "respondents", "customers"
LIGHTS = ("green", "amber", "red")
USABLE_FOR = {"green": 0.95, "amber": 0.8}
PEOPLE_FOR = {"green": 100, "amber": 30}


@dataclass(frozen=True, eq=False, kw_only=True)
class DataTrust:
    """How far the input of one product line can be believed.

    Attributes
    ----------
    table : one row per input table, the weakest light first: table, read, used, usable, low, high (shares), people,
        complete (share), light.
    completeness : one row per column: table, column, filled (share), may_be_empty (an empty cell says something there).
    light : the light of the whole line: that of its weakest table.
    """

    rows: ClassVar[str] = "table"
    kinds: ClassVar[Mapping[str, str]] = {
        "read": "count",
        "used": "count",
        "people": "count",
        "usable": "share",
        "low": "share",
        "high": "share",
        "complete": "share",
    }

    table: pd.DataFrame
    completeness: pd.DataFrame
    light: str
    headline: Headline
    notes: tuple[str, ...] = ()


def measure_data_trust(
    tables: Mapping[str, pd.DataFrame],
    *,
    rows_read: Mapping[str, int] | None = None,
    may_be_empty: Mapping[str, Collection[str]] | None = None,
    characteristics: Sequence[str] = (),
    level: float = 0.95,
    smallest_group: int = 10,
) -> DataTrust:
    """Measure what is usable and complete in the tables of a product line, and set its data light.

    Parameters
    ----------
    tables : name → table as it is analysed (rows with faults already excluded).
    rows_read : name → rows in the file; the rows of `tables` when not given.
    may_be_empty : name → columns in which an empty cell says something (an end date: not ended), so it is no gap.
    characteristics : columns in which respondents and customers are to have the same levels, where both have them.
    level : coverage of the interval of the usable share.
    smallest_group : as many respondents of levels that no customer has keep their table from green.

    Returns
    -------
    DataTrust : the light is green from 95 % usable and complete and 100 people on, amber from 80 % and 30 people on,
        red below; a table without people (rungs, features) is judged by its rows alone. Respondents of levels that no
        customer has are amber at best.

    Raises
    ------
    DataError : there are no tables, or a table has no row left.

    Examples
    --------
    >>> people = pd.DataFrame({"respondent_id": [str(i) for i in range(120)], "age": [30.0] * 114 + [None] * 6})
    >>> trust = measure_data_trust({"answers": people}, rows_read={"answers": 125})
    >>> trust.light, trust.table.loc[0, "used"].item()
    ('green', 120)
    """
    check_share(level, "level")
    if not tables:
        raise DataError("there are no tables to judge: give at least customers")
    empty = [name for name, table in tables.items() if table.empty]
    if empty:
        raise DataError(f"no usable row is left in {', '.join(empty)}: see the problems that `cvlab check` lists")
    completeness = _measure_completeness(tables, may_be_empty or {})
    mismatches = _find_mismatches(tables, characteristics, smallest_group)
    rows = [
        _judge_table(name, table, (rows_read or {}).get(name, len(table)), completeness, level)
        for name, table in tables.items()
    ]
    for row in rows:  # they cannot stand for customers whom they cannot be compared with
        if mismatches and row["table"] == RESPONDENTS and row["light"] == "green":
            row["light"] = "amber"
    # The weakest tables come first: they set the light of the line.
    summary = pd.DataFrame(rows).sort_values("light", key=lambda lights: -lights.map(LIGHTS.index), kind="stable")
    summary = summary.reset_index(drop=True)
    light = str(summary.loc[0, "light"])
    return DataTrust(
        table=summary,
        completeness=completeness,
        light=light,
        headline=_write_headline(summary, light, level, mismatches),
        notes=_write_notes(summary, mismatches),
    )


def _find_mismatches(
    tables: Mapping[str, pd.DataFrame], characteristics: Sequence[str], smallest_group: int
) -> list[str]:
    if not all(name in tables for name in (RESPONDENTS, CUSTOMERS)):
        return []
    asked, known = tables[RESPONDENTS], tables[CUSTOMERS]
    shared = [name for name in characteristics if name in asked.columns and name in known.columns]
    return find_mismatches(asked, known, shared, smallest_group=smallest_group)


def _measure_completeness(
    tables: Mapping[str, pd.DataFrame], may_be_empty: Mapping[str, Collection[str]]
) -> pd.DataFrame:
    rows = [
        {
            "table": name,
            "column": str(column),
            "filled": float(table[column].notna().mean()),
            "may_be_empty": column in may_be_empty.get(name, ()),
        }
        for name, table in tables.items()
        for column in table.columns
    ]
    return pd.DataFrame(rows)


def _judge_table(
    name: str, table: pd.DataFrame, read: int, completeness: pd.DataFrame, level: float
) -> dict[str, object]:
    check_count(read, f"rows read of {name}")
    used = len(table)
    if used > read:
        raise DataError(f"{name} has {used} rows, but only {read} were read: give the rows in the file")
    low, high = wilson_interval(used, read, level=level)
    due = completeness[(completeness["table"] == name) & ~completeness["may_be_empty"]]
    complete = float(due["filled"].mean()) if len(due) else 1.0
    people = _count_people(table)
    return {
        "table": name,
        "read": read,
        "used": used,
        "usable": used / read,
        "low": low,
        "high": high,
        "people": people,
        "complete": complete,
        "light": _choose_light(min(used / read, complete), people),
    }


def _count_people(table: pd.DataFrame) -> float:
    for column in PERSON_COLUMNS:
        if column in table.columns:
            return float(table[column].nunique())
    return np.nan


def _choose_light(share: float, people: float) -> str:
    for light in ("green", "amber"):
        if share >= USABLE_FOR[light] and not people < PEOPLE_FOR[light]:
            return light
    return "red"


def _write_headline(summary: pd.DataFrame, light: str, level: float, mismatches: Sequence[str]) -> Headline:
    weakest = summary.loc[summary["usable"].idxmin()]
    return Headline(
        key="trust.usable_share",
        label="usable share of the weakest table",
        value=float(weakest["usable"]),
        low=float(weakest["low"]),
        high=float(weakest["high"]),
        level=level,
        n=int(weakest["read"]),
        unit="share",
        better="higher",
        smallest_change=0.05,
        decides=False,
        method="rows kept of rows read, Wilson interval",
        sentence="The data light is {light}{because}. Of the rows of {table}, {value} can be used{lowest} "
        "({level} interval {low} to {high}, {n} read).",
        words={
            "light": light,
            "because": _say_why(summary.iloc[0], mismatches),
            "table": str(weakest["table"]),
            "lowest": "" if len(summary) == 1 else f", the lowest share of {len(summary)} tables",
        },
    )


def _say_why(weakest: pd.Series, mismatches: Sequence[str]) -> str:
    reasons = _find_reasons(weakest, mismatches)
    return f": {weakest['table']} is the weakest, for {' and '.join(reasons)}" if reasons else ""


def _find_reasons(row: pd.Series, mismatches: Sequence[str]) -> list[str]:
    """What keeps a table from green."""
    reasons = []
    if row["usable"] < USABLE_FOR["green"]:
        reasons.append(f"{write_number(1 - row['usable'], 'share')} of its rows are excluded")
    if row["complete"] < USABLE_FOR["green"]:
        reasons.append(f"{write_number(1 - row['complete'], 'share')} of the cells that should be filled are empty")
    if row["people"] < PEOPLE_FOR["green"]:
        people = f"{write_number(row['people'], 'count')} {'person' if row['people'] == 1 else 'people'}"
        amber = f"amber needs {PEOPLE_FOR['amber']}, " if row["people"] < PEOPLE_FOR["amber"] else ""
        reasons.append(f"it speaks for {people} ({amber}green needs {PEOPLE_FOR['green']})")
    if mismatches and row["table"] == RESPONDENTS:
        reasons.append("levels of its characteristics are not those of the customers")
    return reasons


def _write_notes(summary: pd.DataFrame, mismatches: Sequence[str]) -> tuple[str, ...]:
    reasons = {row["table"]: (row["light"], "; ".join(_find_reasons(row, mismatches))) for _, row in summary.iterrows()}
    alike: dict[tuple[str, str], list[str]] = {}
    for table, reason in reasons.items():
        if reason[1]:
            alike.setdefault(reason, []).append(table)
    lights = [f"{', '.join(tables)}: {light}, for {why}." for (light, why), tables in alike.items()]
    return (*lights, *mismatches)
