"""The criteria by which targets are ranked, read and checked, and the value of each group on each of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cvlab.analyses.segmentation.marker_count import LEVEL
from cvlab.analyses.segmentation.profiles import Profiles
from cvlab.checks import check_columns
from cvlab.errors import DataError

AXES = ("attractiveness", "competitiveness")
_ALL_AXES = (*AXES, "knock-out")
_COLUMNS = ("axis", "variable", "criterion", "weight", "better", "at_least", "at_most")


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One criterion; `at_least` and `at_most` are infinite where there is no such limit."""

    name: str
    axis: str
    variable: str
    weight: float
    better: str
    at_least: float
    at_most: float


@dataclass(frozen=True, eq=False, kw_only=True)
class GroupValues:
    """Value of each group, in the order of the groups, and its standard error (0 where it is given, not estimated)."""

    value: np.ndarray
    error: np.ndarray


def read_criteria(criteria: pd.DataFrame | Sequence[Mapping[str, Any]]) -> list[Criterion]:
    """Read criteria from a table or a list of mappings.

    Raises
    ------
    DataError : everything that is wrong with them, at once.

    Examples
    --------
    >>> read_criteria([{"axis": "attractiveness", "variable": "spend", "weight": 2}])[0].better
    'higher'
    """
    table = criteria if isinstance(criteria, pd.DataFrame) else pd.DataFrame(list(criteria))
    check_columns(table, ("axis", "variable"), "criteria")
    complaints = [f"column {column} is unknown" for column in table.columns if column not in _COLUMNS]
    read = []
    for number, row in enumerate(table.to_dict("records"), start=1):
        given = {str(key): value for key, value in row.items() if not pd.isna(value)}
        faults = _find_faults(given)
        if faults:
            complaints += [f"row {number}: {fault}" for fault in faults]
            continue
        variable = str(given["variable"])
        read.append(
            Criterion(
                name=str(given.get("criterion", variable)).replace("_", " "),
                axis=str(given["axis"]),
                variable=variable,
                weight=float(given.get("weight", 1.0)),
                better=str(given.get("better", "higher")),
                at_least=float(given.get("at_least", -math.inf)),
                at_most=float(given.get("at_most", math.inf)),
            )
        )
    if len(set(read)) < len(read):
        complaints.append("a criterion stands twice: give it once, with the sum of the weights")
    if not complaints and not any(each.axis in AXES for each in read):
        complaints.append(f"none is of {' or '.join(AXES)}: give at least one, so that there is something to rank by")
    if complaints:
        raise DataError(f"criteria: {'; '.join(complaints)}. A row has {', '.join(_COLUMNS)}")
    return read


def _find_faults(given: Mapping[str, Any]) -> list[str]:
    faults = []
    axis = given.get("axis")
    if axis not in _ALL_AXES:
        faults.append(f"axis is {axis!r}, not one of {', '.join(_ALL_AXES)}")
    if "variable" not in given:
        faults.append("variable is missing")
    if given.get("better", "higher") not in ("higher", "lower"):
        faults.append(f"better is {given['better']!r}, neither higher nor lower")
    for column in ("weight", "at_least", "at_most"):
        value = given.get(column, 1.0)
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not math.isfinite(value):
            faults.append(f"{column} is {value!r}, not a finite number")
        elif column == "weight" and value <= 0:
            faults.append(f"weight is {value}, not above 0")
    limited = "at_least" in given or "at_most" in given
    if axis == "knock-out" and not limited:
        faults.append("a knock-out needs at_least or at_most")
    if axis in AXES and limited:
        faults.append("at_least and at_most are for the axis knock-out")
    return faults


def find_values(profiles: Profiles, groups: pd.DataFrame | None, criterion: Criterion) -> GroupValues:
    """Return the value of each group on one criterion, from the profiles, the further table, or the sizes.

    Raises
    ------
    DataError : the variable is nowhere or in both places, or `groups` lacks a group or holds no number.
    """
    names = profiles.sizes.index
    variable = criterion.variable
    none = np.zeros(len(names))
    further = _index_groups(groups, names)
    of_profiles = _rows_of(profiles.table, variable)
    if further is not None and variable in further.columns:
        if len(of_profiles):
            raise DataError(f"criteria: {variable} is in the profiles and in groups. Rename one of them")
        if not pd.api.types.is_numeric_dtype(further[variable]):
            raise DataError(f"groups: {variable} is not numeric. Give a number per group")
        return GroupValues(value=further[variable].to_numpy(dtype=float, na_value=np.nan), error=none)
    if len(of_profiles):
        rows = of_profiles.set_index("group").reindex(names)
        z = stats.norm.ppf((1 + LEVEL) / 2)
        error = ((rows["high"] - rows["low"]) / (2 * z)).fillna(0.0)
        return GroupValues(value=rows["value"].to_numpy(dtype=float), error=error.to_numpy(dtype=float))
    sizes = profiles.sizes.to_numpy(dtype=float)
    if variable in ("n", "share"):
        return GroupValues(value=sizes / (sizes.sum() if variable == "share" else 1.0), error=none)
    levels = profiles.table.loc[profiles.table["variable"] == variable, "level"].unique()
    if len(levels):
        raise DataError(f"criteria: {variable} is a category: name a level, as in {variable + ': ' + str(levels[0])!r}")
    known = [*dict.fromkeys(_names_of(profiles.table)), *([] if further is None else further.columns), "n", "share"]
    raise DataError(f"criteria: there is no variable {variable!r}. There are {', '.join(map(str, known))}")


def _names_of(table: pd.DataFrame) -> pd.Series:
    return table["variable"].where(table["level"] == "", table["variable"] + ": " + table["level"])


def _rows_of(table: pd.DataFrame, variable: str) -> pd.DataFrame:
    return table[_names_of(table) == variable]


def _index_groups(groups: pd.DataFrame | None, names: pd.Index) -> pd.DataFrame | None:
    if groups is None:
        return None
    check_columns(groups, (), "groups")
    table = groups.set_index("group") if "group" in groups.columns else groups
    if table.index.has_duplicates:
        raise DataError("groups: a group stands twice. Give one row per group")
    lacking = [str(name) for name in names if name not in table.index]
    if lacking:
        raise DataError(f"groups lacks {', '.join(lacking)}: give one row per group of the profiles")
    return table.loc[names]
