"""Mismatches: are the levels of the respondents the levels of the customers, or does one say iPhone where one says ios?

A level of the respondents that no customer has cannot be compared with anybody. A level of the customers that no
respondent has may be right (none of them answered), so that it is named only beside one of the respondents.

Levels of fewer people than the smallest group are counted, not named: they may be names of people.
"""

from __future__ import annotations

import pandas as pd

from cvlab.checks import check_count

MOST_NAMED = 5
REMEDY = "give `labels:` in the mapping or rename them"


def describe_mismatch(name: str, asked: pd.Series, known: pd.Series, *, smallest_group: int, some: bool = True) -> str:
    """Say which levels of a characteristic have no partner; nothing where all levels of the respondents have one.

    Parameters
    ----------
    asked, known : the level of each respondent and of each customer, as text; empty where it is not known.
    smallest_group : fewest people of a level that is named.
    some : whether to look for single levels as well, not only for a characteristic without any level in common.

    Examples
    --------
    >>> describe_mismatch("phone", pd.Series(["iPhone"] * 20), pd.Series(["ios"] * 30), smallest_group=10)
    'phone: no level of the respondents (iPhone) is a level of the customers (ios): give `labels:` in the mapping or \
rename them.'
    """
    check_count(smallest_group, "smallest_group")
    of_asked, of_known = asked.value_counts(), known.value_counts()
    strange = of_asked[~of_asked.index.isin(of_known.index)]
    if of_asked.empty or of_known.empty or strange.empty:
        return ""
    if len(strange) == len(of_asked):
        ours, theirs = _name(of_asked, smallest_group), _name(of_known, smallest_group)
        return f"{name}: no level of the respondents ({ours}) is a level of the customers ({theirs}): {REMEDY}."
    if not some:
        return ""
    alone = of_known[~of_known.index.isin(of_asked.index)]
    partners = f"; of the customers', no respondent has {_name(alone, smallest_group)}" if len(alone) else ""
    level = "is a level" if len(strange) == 1 else "are levels"
    ours = _name(strange, smallest_group)
    return f"{name}: {ours} {level} of the respondents, but not of the customers{partners}: {REMEDY}."


def count_strangers(asked: pd.Series, known: pd.Series) -> int:
    """Count the respondents whose level no customer has.

    Examples
    --------
    >>> count_strangers(pd.Series(["iPhone"] * 20 + ["ios"]), pd.Series(["ios"] * 30))
    20
    """
    return int((asked.notna() & ~asked.isin(known.dropna().unique())).sum())


def _name(sizes: pd.Series, smallest_group: int) -> str:
    """Name the levels of enough people, the most frequent first, and count the others."""
    large = [str(level) for level in sizes.index[sizes >= smallest_group]][:MOST_NAMED]
    rest = len(sizes) - len(large)
    if not rest:
        return ", ".join(large)
    levels = f"{rest} {'more ' if large else ''}{'level' if rest == 1 else 'levels'}"
    return f"{', '.join(large)} and {levels}" if large else levels
