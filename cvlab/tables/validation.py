"""Checking one table: the pandera model of its declaration, and what the model finds, as problems and rows.

    cells -> columns that are there -> values of the declared types -> rules of columns and rows -> checked table

Everything found is reported at once. A row that breaks a rule of severity "warning" is left out; in a choice task all
rows of the task go, for a task with a missing alternative would be another task.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pandera.pandas as pa

from cvlab.errors import Problem
from cvlab.tables.conversion import convert, show_found, to_text
from cvlab.tables.declaration import Column, RowRule, Table
from cvlab.tables.rules import unique_rows
from cvlab.tables.schema import find_table

_DTYPES = {"text": "str", "number": "float64", "whole": "Int64", "date": "datetime64[us]", "truth": "boolean"}
_FEW = 100


@dataclass(frozen=True, eq=False, kw_only=True)
class CheckedTable:
    """One table after checking.

    Attributes
    ----------
    frame : all rows, with typed columns and a RangeIndex; without columns where the table cannot be used.
    excluded : for each row the rule it breaks, empty where it may stay.
    excluded_column : for each row the column that rule is about, if one is.
    problems : everything found.
    """

    frame: pd.DataFrame
    excluded: np.ndarray
    excluded_column: np.ndarray
    problems: tuple[Problem, ...]

    @property
    def usable(self) -> bool:
        """Whether there are rows to work with, errors among them or not."""
        return not self.frame.empty


def pandera_schema(table: str, *, columns: Collection[str] | None = None) -> pa.DataFrameSchema:
    """Return the pandera model of a table.

    Parameters
    ----------
    table : name of an input table.
    columns : the columns that are there, free ones among them; all declared ones when not given.

    Raises
    ------
    ParameterError : there is no such table.

    Examples
    --------
    >>> list(pandera_schema("rungs").columns)
    ['rung', 'price', 'unit_cost']
    """
    declared = find_table(table)
    return _pandera_schema(declared, declared.column_names if columns is None else tuple(columns), all_columns=True)


def _pandera_schema(declared: Table, present: Collection[str], *, all_columns: bool = False) -> pa.DataFrameSchema:
    """Return the model, with all columns or with those that have something to check: of thousands, few do."""
    columns = {name: declared.find_column(name) for name in present}
    return pa.DataFrameSchema(
        {
            name: _pandera_column(column)
            for name, column in columns.items()
            if all_columns or column.filled or column.rules or column.type in _DTYPES
        },
        checks=[
            pa.Check(rule.test, name=str(number), ignore_na=False)
            for number, rule in enumerate(_row_rules(declared, present))
        ],
        name=declared.name,
        title=declared.name,
        description=f"One row is {declared.row}.",
        metadata={"key": declared.key, "required": declared.required},
    )


def check_table(cells: pd.DataFrame, declared: Table) -> CheckedTable:
    """Check the cells of one table against its declaration.

    Parameters
    ----------
    cells : one column per column of the file, as `reading.read_source` gives them.
    declared : the declaration of the table.
    """
    problems = [*_find_missing_columns(cells, declared), *_find_unknown_columns(cells, declared)]
    if cells.empty:
        further = f" and one column per {declared.free.label}" if declared.free and declared.free.required else ""
        remedy = f"add at least one row{further}" + ("" if declared.required else ", or delete the file")
        problems.append(Problem(table=declared.name, rule="the table has a header but no rows", remedy=remedy))
    if any(problem.severity == "error" for problem in problems):
        return _unusable(problems)
    known = [name for name in cells.columns if declared.free is not None or name in declared.column_names]
    values: dict[str, pd.Series] = {}
    unreadable: dict[str, np.ndarray] = {}
    for name in known:
        column = declared.find_column(name)
        converted, unreadable[name], found = convert(cells[name], column, table=declared.name)
        problems += found
        # An optional column without a single value is as good as absent.
        if column.required or converted.notna().any() or unreadable[name].any():
            values[name] = converted
    table = pd.DataFrame(values, copy=False)
    if declared.free is not None:
        problems += _find_constant_columns(table, declared)
    return _apply_rules(table, declared, unreadable, problems)


def _apply_rules(
    table: pd.DataFrame, declared: Table, unreadable: dict[str, np.ndarray], problems: list[Problem]
) -> CheckedTable:
    excluded = np.full(len(table), "", dtype=object)
    excluded_column = np.full(len(table), "", dtype=object)
    for problem, found in _find_broken_rules(table, declared, unreadable):
        problems.append(replace(problem, rule=f"{problem.rule} ({found})") if found else problem)
        if problem.severity == "warning":
            positions = np.array(problem.rows) - 1
            new = positions[excluded[positions] == ""]
            excluded[new] = problem.rule  # without what was found, so that the log can count rows by rule
            excluded_column[new] = problem.column or ""
    if declared.together:
        groups = table.groupby(list(declared.together), sort=False, dropna=False).ngroup().to_numpy()
        broken = np.isin(groups, groups[excluded != ""]) & (excluded == "")
        excluded[broken] = f"another row of the same {declared.together[-1]} is left out"
    if not any(problem.severity == "error" for problem in problems) and (excluded != "").all():
        remedy = "correct the rows named above" + ("" if declared.required else ", or delete the file")
        problems.append(Problem(table=declared.name, rule="no row is left after exclusions", remedy=remedy))
    return CheckedTable(frame=table, excluded=excluded, excluded_column=excluded_column, problems=tuple(problems))


def _find_broken_rules(
    table: pd.DataFrame, declared: Table, unreadable: dict[str, np.ndarray]
) -> list[tuple[Problem, str]]:
    """Let pandera check the table; say which rules are broken, in the words of the declaration, and what was found."""
    row_rules = _row_rules(declared, table.columns)
    groups = table.groupby(list(declared.together), sort=False, dropna=False).ngroup() if declared.together else None
    try:
        # Nothing is converted here, so the table need not be copied.
        _pandera_schema(declared, tuple(table.columns)).validate(table, lazy=True, inplace=True)
    except pa.errors.SchemaErrors as error:
        failures = error.failure_cases
    else:
        return []
    # A rule between columns fails for a row, but pandera lists the row once per column of the table.
    failures["column"] = failures["column"].where(failures["schema_context"] == "Column", "")
    broken = []
    parts = ["schema_context", "column", "check", "check_number"]
    for (context, name, check, number), cases in failures.groupby(parts, sort=False, dropna=False):
        positions = np.unique(cases["index"].to_numpy(dtype=int))
        if context != "Column":
            rule = row_rules[int(number)]
            looked_at = (name for name in (*rule.columns, *rule.optional) if name in unreadable)
            unread = np.logical_or.reduce([unreadable[name] for name in looked_at])
            if groups is not None:  # a row that cannot be read leaves its whole task undecided
                unread = np.isin(groups, groups[unread])
            positions = positions[~unread[positions]]
            if len(positions):
                broken.append(_name_broken_row_rule(table, declared, rule, positions))
            continue
        positions = positions[~unreadable[name][positions]]  # those were reported when they were converted
        if len(positions):
            which = None if check == "not_nullable" else int(number)
            broken.append(_name_broken_column(table, declared, declared.find_column(name), which, positions))
    return broken


def _name_broken_column(
    table: pd.DataFrame, declared: Table, column: Column, rule: int | None, positions: np.ndarray
) -> tuple[Problem, str]:
    problem = Problem(
        table=declared.name,
        column=column.name,
        rows=tuple((positions + 1).tolist()),
        rule="must not be empty",
        remedy=_remedy("fill the cells", column.severity),
        severity=column.severity,
    )
    if rule is None:
        return problem, ""
    expected = f"must be {column.rules[rule].expected}"
    found = show_found(to_text(table[column.name].iloc[positions]))
    return replace(problem, rule=expected, remedy=_remedy("correct the values", column.severity)), found


def _name_broken_row_rule(
    table: pd.DataFrame, declared: Table, rule: RowRule, positions: np.ndarray
) -> tuple[Problem, str]:
    problem = Problem(
        table=declared.name,
        column=rule.column,
        rows=tuple((positions + 1).tolist()),
        rule=rule.expected,
        remedy=rule.remedy,
        severity=rule.severity,
    )
    if rule.columns != declared.key:
        return problem, ""
    return problem, show_found(table.loc[positions, list(rule.columns)].astype("str").agg(", ".join, axis=1))


def _remedy(what: str, severity: str) -> str:
    return what if severity == "error" else f"{what}; until then the rows are left out"


def _find_missing_columns(cells: pd.DataFrame, declared: Table) -> list[Problem]:
    there = ", ".join(map(repr, cells.columns))
    return [
        Problem(
            table=declared.name,
            column=column.name,
            rule="the column must be there, but is missing",
            remedy=f"add it, or name the column that holds it under columns in product_line.yaml; the file has {there}",
        )
        for column in declared.columns
        if column.required and column.name not in cells.columns
    ]


def _find_unknown_columns(cells: pd.DataFrame, declared: Table) -> list[Problem]:
    if declared.free is not None:
        return []
    known = ", ".join(declared.column_names)
    return [
        Problem(
            table=declared.name,
            column=name,
            rule="the column is not known and is left out",
            remedy=f"delete it, or rename it under columns in product_line.yaml; known are {known}",
            severity="warning",
        )
        for name in declared.free_names(cells.columns)
    ]


def _find_constant_columns(table: pd.DataFrame, declared: Table) -> list[Problem]:
    """A characteristic or an attribute that never varies explains nothing; it is kept, and reported."""
    return [
        Problem(
            table=declared.name,
            column=name,
            rule="all rows have the same value, so the column tells nobody apart",
            remedy="check the export, or delete the column",
            severity="warning",
        )
        for name in declared.free_names(table.columns)
        if declared.find_column(name).type == "any" and len(table) > 1 and _is_constant(table[name])
    ]


def _is_constant(values: pd.Series) -> bool:
    """Whether the values that are there are all the same; most columns differ within a few rows."""
    return all(len(part.dropna().unique()) <= 1 for part in (values.iloc[:_FEW], values))


def _pandera_column(column: Column) -> pa.Column:
    return pa.Column(
        dtype=_DTYPES.get(column.type),
        checks=[pa.Check(rule.test, name=rule.expected) for rule in column.rules],
        nullable=not column.filled,
        required=column.required,
        title=column.label,
        description=column.meaning,
        metadata={"kind": column.kind, "rule": column.rule, "severity": column.severity},
    )


def _row_rules(declared: Table, columns: Collection[str]) -> list[RowRule]:
    """The rules between columns whose columns are all there: the key, the declared ones, those of free columns."""
    rules = [unique_rows(declared.key)] if declared.key else []
    rules += declared.row_rules
    if declared.free_rule is not None:
        rules += [declared.free_rule(name) for name in declared.free_names(columns)]
    return [rule for rule in rules if set(rule.columns) <= set(columns)]


def _unusable(problems: list[Problem]) -> CheckedTable:
    nothing = np.empty(0, dtype=object)
    return CheckedTable(frame=pd.DataFrame(), excluded=nothing, excluded_column=nothing, problems=tuple(problems))
