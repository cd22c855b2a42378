"""How an input table is declared: its columns, each with type, unit, meaning, rule and severity, and its own rules.

A declaration is plain data. `schema` holds one per table; checking, axis labels, the data dictionary and the files of
`cvlab new` all read it, so a column is described in one place only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from cvlab.errors import ParameterError, Severity
from cvlab.units import Kind

if TYPE_CHECKING:
    import pandas as pd

ColumnType = Literal["text", "number", "whole", "date", "truth", "any"]
Purpose = Literal["pricing", "segments", "retention"]

# What a value of each type must be, as it reads after "must be".
TYPES: dict[ColumnType, str] = {
    "text": "text",
    "number": "a finite number",
    "whole": "a whole number",
    "date": "a date written YYYY-MM-DD",
    "truth": "yes or no",
    "any": "text or a finite number",
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What each value of a column must be.

    Attributes
    ----------
    expected : reads after "must be", such as "0 or more".
    test : gives, for the values that are there, whether each keeps the rule.
    """

    expected: str
    test: Callable[[pd.Series], pd.Series]


@dataclass(frozen=True, kw_only=True)
class RowRule:
    """What must hold between the columns of a table, row by row or over rows that belong together.

    Attributes
    ----------
    columns : columns the rule looks at; where an optional one is missing, the rule is not applied.
    expected : a sentence without its full stop that says what must hold.
    remedy : what to do about it.
    test : gives for each row whether it keeps the rule.
    severity : "error" stops the reading, "warning" leaves the rows out.
    column : the column to name, where one is to blame.
    optional : columns the rule looks at as well, where they are there; it is applied without them too.
    """

    columns: tuple[str, ...]
    expected: str
    remedy: str
    test: Callable[[pd.DataFrame], pd.Series]
    severity: Severity = "error"
    column: str | None = None
    optional: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of an input table.

    Attributes
    ----------
    name, meaning : as in the file's header; one sentence.
    type : what its values are; see `TYPES`.
    kind : kind of number, one of `cvlab.units.KINDS`.
    required : whether the column must be there.
    filled : whether every cell must have a value.
    rules : what the values must be, beyond their type.
    severity : what an empty cell or a broken rule does; a wrong type or an infinite number is always an error.
    """

    name: str
    meaning: str
    type: ColumnType
    kind: Kind
    required: bool = True
    filled: bool = True
    rules: tuple[Rule, ...] = ()
    severity: Severity = "error"

    @property
    def label(self) -> str:
        """The name as a reader sees it on an axis."""
        return self.name.replace("_", " ")

    @property
    def rule(self) -> str:
        """All that a value must be, in one readable sentence without its full stop."""
        expected = [TYPES[self.type], *(rule.expected for rule in self.rules)]
        return f"{', '.join(expected)}; {'never empty' if self.filled else 'may be empty'}"


@dataclass(frozen=True, kw_only=True)
class Table:
    """One input table.

    Attributes
    ----------
    name, row : the file's name without its ending; what one row is.
    columns : the declared columns, in the order in which a new file has them.
    key : columns that together name a row; no two rows share them.
    id : the column that says whom or what a row is about, for the log of excluded rows.
    free : what any further column is; None where no others are expected.
    free_rule : gives the rule between columns that a free column of that name must keep.
    row_rules : rules between columns.
    links : column -> table in whose column of the same name the value must exist.
    together : columns that name rows which are left out together.
    purposes : questions that need the table, for `cvlab new`.
    required : whether a product line must have it.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    id: str
    free: Column | None = None
    free_rule: Callable[[str], RowRule] | None = None
    row_rules: tuple[RowRule, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    together: tuple[str, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    required: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the declared columns, in order."""
        return tuple(column.name for column in self.columns)

    def find_column(self, name: str) -> Column:
        """Return the declaration of a column; a free one is declared under the name asked for.

        Raises
        ------
        ParameterError : the table has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        if self.free is None:
            raise ParameterError(f"{self.name} has no column {name!r}: its columns are {', '.join(self.column_names)}")
        return replace(self.free, name=name)

    def free_names(self, names: Collection[str]) -> list[str]:
        """Return those of `names` that are not declared, in their order."""
        return [name for name in names if name not in self.column_names]
