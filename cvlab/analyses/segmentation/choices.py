"""Choices: what a person picks more, or less, than they were shown, as a first reading of what they need.

    choice of a level = mean over tasks of (level of the alternative chosen - mean level of the alternatives shown)

Tasks in which a person chose none of the alternatives say nothing here; their share is a column of its own.

Source: the "counts" of conjoint practice, as in Orme (2020), Getting Started with Conjoint Analysis, chapter 9.
Assumes that tasks show each level in a balanced way; how much a level is worth is the question of `estimate_choice`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cvlab.checks import check_columns
from cvlab.errors import DataError

_TASK_COLUMNS = ("respondent_id", "task", "alternative", "chosen")
_NOT_ATTRIBUTES = (*_TASK_COLUMNS, "customer_id", "weight")
_YES, _NO = ("1", "1.0", "true", "yes"), ("0", "0.0", "false", "no")


def summarise_choices(
    tasks: pd.DataFrame, *, attributes: Sequence[str] | None = None, outside: str = "none"
) -> pd.DataFrame:
    """Say for each person what they pick more, or less, than they were shown.

    Parameters
    ----------
    tasks : one row per alternative: respondent_id, task, alternative, the attributes, chosen (0/1).
    attributes : which attributes; all columns but the keys when not given. Text gives one column per level.
    outside : name of the alternative "none of these", which has no attributes.

    Returns
    -------
    DataFrame, index customer_id: one column per numeric attribute in its own unit (`price`), one per level of a text
    attribute as a difference of shares (`strap: metal`), and `chose_none`, the share of tasks, where there is an
    outside alternative. A person who always chose it has missing values elsewhere.

    Raises
    ------
    DataError : a column is absent, or a task has not exactly one alternative chosen.

    Examples
    --------
    >>> tasks = pd.DataFrame({"respondent_id": "p", "task": [1, 1, 2, 2], "alternative": ["a", "b", "a", "b"],
    ...                       "gps": [0, 1, 1, 0], "price": [90, 110, 100, 120], "chosen": [0, 1, 1, 0]})
    >>> summarise_choices(tasks).loc["p"].to_dict()
    {'gps': 0.5, 'price': 0.0}
    """
    table = respondents_as_column(tasks)
    check_columns(table, _TASK_COLUMNS, "choice_tasks")
    chosen_attributes = [column for column in table.columns if column not in _NOT_ATTRIBUTES]
    if attributes is not None:
        chosen_attributes = [attributes] if isinstance(attributes, str) else list(attributes)
        check_columns(table, chosen_attributes, "choice_tasks")
    if not chosen_attributes:
        raise DataError("choice_tasks has no attributes: add a column for each thing in which alternatives differ")
    chosen = _read_chosen(table)
    is_outside = (table["alternative"].astype("string") == outside).fillna(False).to_numpy(dtype=bool)
    person, task = table["respondent_id"], table["task"]
    inside = ~is_outside
    levels = _spread_levels(table.loc[inside, chosen_attributes])
    keys = [person[inside].to_numpy(), task[inside].to_numpy()]
    shown = levels.groupby(keys).transform("mean")
    gaps = (levels - shown)[chosen[inside]]
    people = pd.Index(sorted(person.dropna().unique(), key=str), name="customer_id")
    summary = gaps.groupby(person[inside].to_numpy()[chosen[inside]]).mean().reindex(people)
    if is_outside.any():
        taken = pd.Series(is_outside[chosen].astype(float)).groupby(person[chosen].to_numpy()).mean()
        summary["chose_none"] = taken.reindex(people)
    return summary.rename_axis("customer_id")


def respondents_as_column(table: pd.DataFrame) -> pd.DataFrame:
    """Return a survey table with respondent_id as a column, wherever the id stands and however it is called.

    Examples
    --------
    >>> respondents_as_column(pd.DataFrame({"customer_id": ["a"], "amount": [9.0]})).columns.tolist()
    ['respondent_id', 'amount']
    """
    if not isinstance(table, pd.DataFrame) or "respondent_id" in table.columns:
        return table
    found = table.reset_index() if table.index.name in ("respondent_id", "customer_id") else table
    return found if "respondent_id" in found.columns else found.rename(columns={"customer_id": "respondent_id"})


def _read_chosen(tasks: pd.DataFrame) -> np.ndarray:
    values = tasks["chosen"]
    text = values.astype("string").str.lower()
    chosen = text.isin(_YES).to_numpy(dtype=bool, na_value=False)
    unclear = ~text.isin((*_YES, *_NO)).to_numpy(dtype=bool, na_value=False)
    if unclear.any():
        raise DataError(f"choice_tasks: chosen is neither 0 nor 1 in {int(unclear.sum())} rows. Write 0 or 1")
    per_task = pd.Series(chosen).groupby([tasks["respondent_id"].to_numpy(), tasks["task"].to_numpy()]).sum()
    wrong = per_task[per_task != 1]
    if len(wrong):
        person, task = wrong.index[0]
        raise DataError(
            f"choice_tasks: {len(wrong)} tasks have not exactly one alternative chosen, "
            f"for example respondent {person}, task {task}. Correct or drop them"
        )
    return chosen


def _spread_levels(attributes: pd.DataFrame) -> pd.DataFrame:
    """Return numbers as they are, and a 0/1 column per level of a text attribute."""
    columns: dict[str, pd.Series] = {}
    for name in attributes.columns:
        values = attributes[name]
        if pd.api.types.is_numeric_dtype(values):
            columns[name] = values.astype(float)
            continue
        for level in sorted(values.dropna().astype(str).unique()):
            columns[f"{name}: {level}"] = (values.astype("string") == level).astype("Float64").astype(float)
    return pd.DataFrame(columns, index=attributes.index)
