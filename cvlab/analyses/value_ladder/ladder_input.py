"""What goes into a ladder: the tables rungs and rung_values are checked, and become people and their values.

All that is wrong is said at once, with table, column, row and remedy.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cvlab.analyses.common import Partition
from cvlab.analyses.value_ladder.self_selection import EVERYBODY, NOBODY, Groups, LadderPeople
from cvlab.errors import DataError, ParameterError, Problem

ID = "respondent_id"
NOT_RUNGS = (ID, "draw", "weight")


def read_people(
    rung_values: pd.DataFrame,
    rungs: tuple[str, ...],
    *,
    by: Partition | None,
    n_boot: int,
    seed: int,
    smallest_group: int,
) -> tuple[LadderPeople, list[str]]:
    """Return the people of a checked table of rung values, and what a reader should know about them."""
    if by is not None and not isinstance(by, Partition):
        raise ParameterError(
            f"by is {by!r}: give a Partition, that is labels of respondents with a name of their scheme"
        )
    table = rung_values.reset_index() if rung_values.index.name == ID else rung_values
    # Sorted, so that sums are rounded alike in any order of the rows; without intervals that would be the slowest step.
    codes, ids = pd.factorize(table[ID], sort=n_boot > 0)
    per_person = np.bincount(codes, minlength=len(ids))
    weights = table["weight"].to_numpy(dtype=float) if "weight" in table.columns else (1.0 / per_person)[codes]
    ids = pd.Index(ids)
    groups: Groups = ()
    notes: list[str] = []
    if by is not None:
        place, groups, notes = _sort_into_groups(ids, by)
        new_number = np.empty(len(ids), dtype=np.intp)
        new_number[place] = np.arange(len(ids))
        codes, ids = new_number[codes], ids[place]
    if len(codes) > 1 and (np.diff(codes) < 0).any():
        order = np.argsort(codes, kind="stable")
        table, codes, weights = table.iloc[order], codes[order], weights[order]
    worth = np.ascontiguousarray(table[list(rungs)].to_numpy(dtype=float).T)
    people = LadderPeople(
        rungs=rungs,
        worth=worth,
        weights=weights,
        person=codes,
        groups=groups,
        ids=ids,
        n_boot=n_boot,
        seed=seed,
        smallest_group=smallest_group,
    )
    return people, notes


def find_problems(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> list[Problem]:
    """Return everything that keeps the two tables from being a ladder."""
    problems = list(_rung_problems(rungs))
    names = [] if "rung" not in rungs.columns else [str(rung) for rung in rungs["rung"]]
    return problems + list(_value_problems(rung_values, names))


def _rung_problems(rungs: pd.DataFrame) -> list[Problem]:
    missing = [column for column in ("rung", "price", "unit_cost") if column not in rungs.columns]
    if missing:
        return [
            Problem(table="rungs", column=column, rule="is missing", remedy="add the column, one row per rung")
            for column in missing
        ]
    if rungs.empty:
        return [Problem(table="rungs", rule="has no rows", remedy="add one row per rung, lowest first")]
    found = []
    # A ladder is short: plain Python is several times faster here than columns are, and a slider waits for it.
    names = rungs["rung"].tolist()
    texts = [str(name) for name in names]
    repeated = [bool(pd.isna(name)) or texts.count(text) > 1 for name, text in zip(names, texts, strict=True)]
    if any(repeated):
        rule = "is empty or names the same rung twice"
        found.append(_at(repeated, "rung", rule, "give every rung a name of its own"))
    reserved = [text in (NOBODY, EVERYBODY, *NOT_RUNGS) for text in texts]
    if any(reserved):
        rule = f"is one of {', '.join([NOBODY, EVERYBODY, *NOT_RUNGS])}, which mean something else here"
        found.append(_at(reserved, "rung", rule, "rename the rung"))
    for column in ("price", "unit_cost"):
        numbers = _read_numbers(rungs[column])
        wrong = ~np.isfinite(numbers) | (numbers < 0)
        if wrong.any():
            found.append(_at(wrong, column, "is not a number of 0 or more", "write an amount of money per unit"))
    return found


def _value_problems(rung_values: pd.DataFrame, names: list[str]) -> list[Problem]:
    columns = rung_values.columns
    found = []
    if ID not in columns and rung_values.index.name != ID:
        remedy = "add the column that says whose values a row holds"
        found.append(Problem(table="rung_values", column=ID, rule="is missing", remedy=remedy))
    if rung_values.empty:
        found.append(Problem(table="rung_values", rule="has no rows", remedy="give at least one row per respondent"))
    if columns.has_duplicates:
        repeated = ", ".join(sorted({str(column) for column in columns[columns.duplicated()]}))
        rule = f"has columns of the same name: {repeated}"
        return [*found, Problem(table="rung_values", rule=rule, remedy="rename or drop all but one")]
    types = rung_values.dtypes
    for name in dict.fromkeys(names):
        if name in NOT_RUNGS:
            continue
        if name not in columns:
            remedy = "add what this rung is worth to each respondent, or take the rung out of rungs"
            found.append(Problem(table="rung_values", column=name, rule="is missing", remedy=remedy))
        elif not pd.api.types.is_numeric_dtype(types[name]):
            rule, remedy = "is not numeric", "write amounts of money per unit"
            found.append(Problem(table="rung_values", column=name, rule=rule, remedy=remedy))
    found.extend(_number_problems(rung_values, [name for name in names if name in columns]))
    if ID in columns and rung_values[ID].isna().any():
        wrong = rung_values[ID].isna().to_numpy(dtype=bool)
        remedy = "say whose values these are, or drop the rows"
        found.append(_at(wrong, ID, "is empty", remedy, table="rung_values"))
    return found


def _number_problems(rung_values: pd.DataFrame, names: list[str]) -> list[Problem]:
    types = rung_values.dtypes
    numeric = [name for name in dict.fromkeys(names) if pd.api.types.is_numeric_dtype(types[name])]
    numbers = rung_values[numeric].to_numpy(dtype=float, na_value=np.nan)
    finite = np.isfinite(numbers)
    found = []
    if not finite.all():
        found = [
            _at(
                ~finite[:, position],
                name,
                "is missing or infinite",
                "write an amount of money per unit, or drop the rows",
                table="rung_values",
            )
            for position, name in enumerate(numeric)
            if not finite[:, position].all()
        ]
    if "weight" in rung_values.columns:
        weights = _read_numbers(rung_values["weight"])
        wrong = ~np.isfinite(weights) | (weights < 0)
        if wrong.any():
            remedy = "write a number of 0 or more"
            found.append(_at(wrong, "weight", "is not a weight", remedy, table="rung_values"))
        elif len(weights) and weights.sum() == 0:
            rule, remedy = "is 0 in all rows", "give somebody a weight, or drop the column"
            found.append(Problem(table="rung_values", column="weight", rule=rule, remedy=remedy))
    return found


def _read_numbers(column: pd.Series) -> np.ndarray:
    """Return a column as numbers, missing where it holds none."""
    if not pd.api.types.is_numeric_dtype(column):
        column = pd.to_numeric(column, errors="coerce")
    return column.to_numpy(dtype=float, na_value=np.nan)


def _at(wrong: ArrayLike, column: str, rule: str, remedy: str, *, table: str = "rungs") -> Problem:
    rows = tuple(int(row) + 1 for row in np.flatnonzero(np.asarray(wrong, dtype=bool)))
    return Problem(table=table, column=column, rows=rows, rule=rule, remedy=remedy)


def _sort_into_groups(ids: pd.Index, by: Partition) -> tuple[np.ndarray, Groups, list[str]]:
    if EVERYBODY in by.names:
        raise DataError(f"{by.scheme} has a group called {EVERYBODY}, which here means all people: rename the group")
    codes = by.codes.reindex(ids).fillna(-1).to_numpy(dtype=int)
    if (codes < 0).all():
        raise DataError(f"{by.scheme} names none of the respondents: the ids of its labels must be respondent ids")
    behind = np.where(codes < 0, len(by.names), codes)
    place = np.argsort(behind, kind="stable")
    ends = np.cumsum(np.bincount(behind, minlength=len(by.names) + 1))
    groups, start = [], 0
    for name, end in zip(by.names, ends, strict=False):
        if end > start:
            groups.append((name, slice(start, int(end))))
        start = int(end)
    notes = []
    nowhere = int((codes < 0).sum())
    if nowhere:
        notes.append(f"{nowhere} of {len(ids)} people belong to no group of {by.scheme}; they count in the total only.")
    return place, tuple(groups), notes
