"""What cvlab says when it cannot go on: what is wrong, where it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing found wrong in the input.

    Attributes
    ----------
    rule : what was expected, as a sentence without its full stop.
    remedy : what the user should do about it, likewise.
    table, column : where it was found, if it has such a place.
    rows : 1-based numbers of the data rows concerned (the header line is not counted).
    severity : "error" stops the reading; "warning" excludes the rows and goes on.

    Examples
    --------
    >>> print(Problem(table="customers", column="start", rows=(3,), rule="is not a date", remedy="write 2026-05-31"))
    error: customers, column start, row 3: is not a date. Remedy: write 2026-05-31.
    """

    rule: str
    remedy: str
    table: str | None = None
    column: str | None = None
    rows: tuple[int, ...] = ()
    severity: Severity = "error"

    def __str__(self) -> str:
        where = [
            part
            for part in (self.table, self.column and f"column {self.column}", self.rows and _name_rows(self.rows))
            if part
        ]
        place = f"{', '.join(where)}: " if where else ""
        return f"{self.severity}: {place}{self.rule}. Remedy: {self.remedy}."


class DataError(ValueError):
    """The data cannot be used as they are; `problems` lists everything found, not only the first.

    Examples
    --------
    >>> raise DataError("customers has no rows: add at least one customer")
    Traceback (most recent call last):
    ...
    cvlab.errors.DataError: customers has no rows: add at least one customer
    """

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    @classmethod
    def from_problems(cls, what: str, problems: Iterable[Problem]) -> DataError:
        """Build one message that names every problem, one per line."""
        listed = tuple(problems)
        count = f"{len(listed)} problem{'s' if len(listed) != 1 else ''}"
        return cls("\n".join([f"{what}: {count}", *(f"  {problem}" for problem in listed)]), listed)


class ParameterError(ValueError):
    """An argument of a call, a notebook or the command line is outside what it may be."""


class MissingExtraError(ImportError):
    """An optional part of cvlab is needed and not installed; the message names the install command."""


def _name_rows(rows: tuple[int, ...], most: int = 5) -> str:
    named = ", ".join(str(row) for row in rows[:most])
    more = f" and {len(rows) - most} more" if len(rows) > most else ""
    return f"row{'s' if len(rows) != 1 else ''} {named}{more}"
