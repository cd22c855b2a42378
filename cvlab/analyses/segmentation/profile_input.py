"""What a profile may be made of: numbers, shares and categories are read apart, and what says nothing is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvlab.analyses.common import Partition
from cvlab.analyses.segmentation.behaviour import KINDS_OF_BEHAVIOUR
from cvlab.analyses.segmentation.preparation import ID_COLUMNS, MOST_LEVELS, index_people
from cvlab.errors import DataError

_YES, _NO = {"yes", "true"}, {"no", "false"}


@dataclass(frozen=True, eq=False, kw_only=True)
class Variable:
    """One variable of a profile.

    Attributes
    ----------
    name : what it is called.
    columns : level -> one number per person, NaN where it is missing; a number or a 0/1 has the one level "".
    is_share : whether its mean is a share.
    kind : kind of number of its mean.
    """

    name: str
    columns: Mapping[str, np.ndarray]
    is_share: bool
    kind: str


def read_variables(
    partition: Partition, table: pd.DataFrame, kinds: Mapping[str, str]
) -> tuple[list[Variable], np.ndarray, list[str]]:
    """Return the variables of those who are in a group, their groups' numbers, and what was left out.

    Raises
    ------
    DataError : ids, infinite values or too many categories; no variable is left; nobody is in both.
    """
    people = index_people(table, "table").drop(columns=list(ID_COLUMNS), errors="ignore").rename(columns=str)
    unknown = [name for name in kinds if name not in people.columns]
    if unknown:
        raise DataError(f"table has no column {', '.join(unknown)}, of which kinds speaks: correct the name")
    codes = partition.codes.reindex(people.index, fill_value=-1)
    members = codes[codes >= 0]
    if members.empty:
        raise DataError("table: nobody in it belongs to a group. Check that the ids are alike")
    notes = []
    if len(members) < int(partition.sizes.sum()):
        notes.append(
            f"Profiles of the {len(members):,} of {int(partition.sizes.sum()):,} people in groups who are in the table."
        )
    inside = people.loc[members.index]
    variables, complaints, dropped = [], [], []
    for column in inside.columns:
        values = inside[column]
        known = values.dropna()
        if known.empty or (known == known.iloc[0]).all():
            dropped.append(f"{column} ({'all missing' if known.empty else 'the same for everybody'})")
        elif pd.api.types.is_datetime64_any_dtype(values):
            dropped.append(f"{column} (a date: turn it into a number, such as days before today)")
        elif complaint := _find_fault(values, known):
            complaints.append(f"{column} {complaint}")
        else:
            variables.append(_read_variable(values, known, kinds.get(column)))
    if complaints:
        raise DataError(f"table: {'; '.join(complaints)}")
    if not variables:
        raise DataError(f"table: no column differs between people ({', '.join(dropped) or 'there is none'})")
    if dropped:
        notes.append(f"Left out: {', '.join(dropped)}.")
    return variables, members.to_numpy(), notes


def _find_fault(values: pd.Series, known: pd.Series) -> str:
    """Say what makes a column unfit, or nothing."""
    if pd.api.types.is_numeric_dtype(values):
        infinite = np.isinf(values.to_numpy(dtype=float, na_value=np.nan)).any()
        return "has infinite values: correct or drop them" if infinite else ""
    levels = known.astype(str).nunique()
    if levels == len(known) and levels > 2:
        return "is different for everybody, like an id: drop it"
    if levels > MOST_LEVELS:
        return f"has {levels} categories: merge them to at most {MOST_LEVELS}"
    return ""


def _read_variable(values: pd.Series, known: pd.Series, kind: str | None) -> Variable:
    name = str(values.name)
    text = values.astype("string").str.lower()
    numeric = pd.api.types.is_numeric_dtype(values)
    if not numeric and set(text.dropna()) <= _YES | _NO:
        yes = np.where(values.isna(), np.nan, text.isin(_YES).to_numpy(dtype=float, na_value=np.nan))
        return Variable(name=name, columns={"": yes}, is_share=True, kind="share")
    if numeric:
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        is_share = bool(known.isin([0, 1]).all())
        chosen = kind or KINDS_OF_BEHAVIOUR.get(name) or "number"
        return Variable(name=name, columns={"": numbers}, is_share=is_share, kind="share" if is_share else chosen)
    levels = values.astype("string")
    missing = values.isna().to_numpy()
    columns = {
        str(level): np.where(missing, np.nan, (levels == level).to_numpy(dtype=float, na_value=np.nan))
        for level in sorted(levels.dropna().unique())
    }
    return Variable(name=name, columns=columns, is_share=True, kind="share")
