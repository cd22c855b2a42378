"""Persons: the names by which a line's tables know people, kept out of what is published.

Analyses merge small groups and name nobody. This is the net below them: a message of an error, a sentence or a table
in which a name has slipped through all the same is published without it.

A name is what stands in a column that names customers, respondents or accounts. Of a line for readers inside the house,
customers are accounts and may be named; respondents who are no customers may not.

Assumes, in sentences and tables, that a name can be told from a word or a number: it has a digit and another sign, or
an @. Errors are few and short: in them every name is hidden, even if it might be a number of something else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cvlab.tables.product_line import ProductLine

HIDDEN = "…"
_PERSONS, _ACCOUNTS = ("respondent_id",), ("customer_id", "account_id", "account")
_WORD = re.compile(r"[^\W_][\w.@+-]*\w")
_TELLING = re.compile(r"(?=.*\d)(?=.*[^\d.,+-]).{3,}|.+@.+", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Persons:
    """The names of people that are not to be published.

    Attributes
    ----------
    names : as the tables write them.
    telling : those that nothing but a person is likely to be called.
    """

    names: frozenset[str] = frozenset()
    telling: frozenset[str] = frozenset()

    @classmethod
    def of(cls, names: frozenset[str]) -> Persons:
        """Find out which names are telling.

        Examples
        --------
        >>> Persons.of(frozenset({"17", "north", "C0017", "a@example.org"})).telling == {"C0017", "a@example.org"}
        True
        """
        return cls(names=names, telling=frozenset(filter(_TELLING.fullmatch, names)))

    def hide(self, text: str) -> str:
        """Return a text without telling names.

        Examples
        --------
        >>> Persons.of(frozenset({"17", "C0017"})).hide("17 groups; C0017 and C00171")
        '17 groups; … and C00171'
        """
        if not self.telling:
            return text
        return _WORD.sub(lambda found: HIDDEN if found[0] in self.telling else found[0], text)

    def hide_within(self, value: Any) -> Any:
        """Return a JSON value whose texts, and those within it, are without telling names."""
        if isinstance(value, str):
            return self.hide(value)
        if isinstance(value, dict):
            return {name: self.hide_within(item) for name, item in value.items()}
        return [self.hide_within(item) for item in value] if isinstance(value, (list, tuple)) else value

    def hide_setting(self, value: Any) -> Any:
        """Return the value of a parameter, unless it is a name or has one in it."""
        return HIDDEN if isinstance(value, str) and value.strip() in self.names else self.hide_within(value)

    def hide_all(self, text: str) -> str:
        """Return a text without any name, telling or not.

        Examples
        --------
        >>> Persons.of(frozenset({"17", "Ann Lee"})).hide_all("row 17: 'Ann Lee' is 170 cm")
        "row …: '…' is 170 cm"
        """
        for name in sorted((name for name in self.names if name in text), key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", HIDDEN, text)
        return text


@lru_cache(maxsize=16)
def find_persons(line: ProductLine) -> Persons:
    """Return the names that a line's report must not show."""
    persons = _list_names(line, _PERSONS)
    accounts = _list_names(line, _ACCOUNTS)
    return Persons.of(frozenset(persons - accounts if line.audience == "internal" else persons | accounts))


def _list_names(line: ProductLine, columns: tuple[str, ...]) -> set[str]:
    """List what stands in columns; of rows that were left out, too."""
    found: set[str] = set()
    for table in line.checked_tables.values():
        for column in set(columns) & set(table.columns):
            found.update(map(str, table[column].dropna().unique()))
    if "respondent_id" in columns and "id" in line.excluded_rows.columns:
        found.update(map(str, line.excluded_rows["id"].dropna().unique()))
    return {name for name in found if name.strip()}
