"""Rules for careless answers: what is looked for, from which threshold on, and what those found are left out of.

Each kind of rule has its usual threshold, the table and column that it looks at, and its own words. Who answered
without care is found by `cvlab.analyses.survey.careless`, where the sources of the thresholds stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cvlab.analyses.survey.careless import (
    ANSWERS,
    Found,
    Tables,
    find_duplicates,
    find_failed_attention,
    find_misordered,
    find_speeders,
    find_straight_liners,
)
from cvlab.checks import check_one_of, check_positive
from cvlab.errors import ParameterError
from cvlab.units import write_number

EVERYTHING = "every survey analysis"


@dataclass(frozen=True, kw_only=True)
class _Kind:
    find: Callable[[Tables, float], Found]
    needs: tuple[str, str]  # table and column without which the rule cannot be used; any table of answers for ""
    threshold: float
    says: str
    least: float = 0  # the lowest threshold that makes sense
    analysis: str = EVERYTHING


_KINDS: Mapping[str, _Kind] = {
    "speeders": _Kind(
        find=find_speeders,
        needs=("respondents", "seconds"),
        threshold=1 / 3,
        says="faster than {threshold} of the median duration",
    ),
    "straight liners": _Kind(
        find=find_straight_liners,
        needs=("value_survey", "score"),
        threshold=6,
        says="one answer to all of {threshold} items or more",
        least=2,
    ),
    "attention": _Kind(
        find=find_failed_attention,
        needs=("respondents", "attention_passed"),
        threshold=1,
        says="attention check not passed",
    ),
    "duplicates": _Kind(
        find=find_duplicates,
        needs=("", ""),
        threshold=8,
        says="the same {threshold} answers or more as an earlier one",
        least=2,
    ),
    "misordered prices": _Kind(
        find=find_misordered,
        needs=("price_sensitivity", "too_cheap"),
        threshold=0,
        says="prices do not rise from cheap to expensive",
        analysis="price_sensitivity",
    ),
}
KINDS = tuple(_KINDS)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule by which respondents are left out.

    Attributes
    ----------
    kind : one of `KINDS`.
    threshold : the usual one when None; its unit goes with the kind. speeders: share of the median duration, below
        which somebody was too fast; straight liners and duplicates: fewest answers that are alike; misordered prices:
        least step between two prices (money), 0 for any step up; attention: has none.

    Raises
    ------
    ParameterError : the kind is unknown, or the threshold cannot be one.

    Examples
    --------
    >>> Rule(kind="speeders").says, Rule(kind="duplicates", threshold=12).says
    ('faster than 33% of the median duration', 'the same 12 answers or more as an earlier one')
    """

    kind: str
    threshold: float | None = None

    def __post_init__(self) -> None:
        check_one_of(self.kind, KINDS, "kind")
        if self.threshold is not None:
            check_positive(self.threshold, f"threshold of {self.kind}", zero_allowed=True)
        least = _KINDS[self.kind].least
        if self.threshold is not None and self.threshold < least:
            raise ParameterError(f"threshold of {self.kind} is {self.threshold:g}: give {least:g} answers or more")
        if self.kind == "speeders" and self.threshold is not None and self.threshold >= 1:
            raise ParameterError(
                f"threshold of speeders is {self.threshold:g}: give a share of the median below 1, such as 0.33"
            )

    @property
    def limit(self) -> float:
        """The threshold that holds."""
        return _KINDS[self.kind].threshold if self.threshold is None else self.threshold

    @property
    def analysis(self) -> str:
        """The analysis that it leaves respondents out of."""
        return _KINDS[self.kind].analysis

    def find(self, tables: Tables) -> Found:
        """Return who was checked in the tables, and who was found."""
        return _KINDS[self.kind].find(tables, self.limit)

    @property
    def says(self) -> str:
        """The rule in words."""
        limit = write_number(
            self.limit,
            "share" if self.kind == "speeders" else "number",
            decimals=0 if self.kind == "speeders" else None,
        )
        return _KINDS[self.kind].says.format(threshold=limit)


def can_be_used(kind: str, tables: Tables) -> bool:
    """Return whether the tables have what a kind of rule looks at."""
    table, column = _KINDS[kind].needs
    if not table:
        return any(name in tables and len(tables[name]) for name in ANSWERS)
    return table in tables and column in tables[table].columns and bool(tables[table][column].notna().any())


def say_need(kind: str) -> str:
    """Say which table and column a kind of rule looks at."""
    table, column = _KINDS[kind].needs
    return f"give the table {table} with {column}" if table else f"give at least one of {', '.join(ANSWERS)}"
