"""Characteristics of respondents and of the people they stand for, put into the same levels.

Text and yes/no are levels as they are; a number with many values is cut at the quartiles of the people stood for. A
level of which the sample has too few is merged with the next smallest, so that no weight rests on a handful of people
and no page shows one.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvlab.errors import DataError, ParameterError
from cvlab.units import write_number

MOST_LEVELS = 8
SHARES_SUM = 1e-6
OTHER = "other"


@dataclass(frozen=True, eq=False, kw_only=True)
class Characteristic:
    """One characteristic in levels.

    Attributes
    ----------
    name : the column.
    levels : names, in order.
    sample : number of the level of each respondent from 0, -1 where it is not known.
    target : share of each level among the people stood for, summing to 1.
    people : how many people stood for have each level; None where only shares are known.
    """

    name: str
    levels: tuple[str, ...]
    sample: np.ndarray
    target: np.ndarray
    people: np.ndarray | None

    @property
    def n(self) -> np.ndarray:
        """How many respondents have each level."""
        return np.bincount(self.sample[self.sample >= 0], minlength=len(self.levels))


def match_people(
    respondents: pd.DataFrame, people: pd.DataFrame, columns: Sequence[str], *, smallest_group: int
) -> tuple[list[Characteristic], list[str]]:
    """Return the characteristics of respondents beside those of the people they stand for, and what was merged or left.

    Raises
    ------
    DataError : a column is missing on either side, or nobody's value is known.
    """
    problems = [
        f"{where} lack{'' if where == 'respondents' else 's'} {name}"
        for name in columns
        for where, table in (("respondents", respondents), ("the table stood for", people))
        if name not in table.columns
    ]
    problems += [
        f"{name} is empty in all rows of {where}"
        for name in columns
        for where, table in (("respondents", respondents), ("the table stood for", people))
        if name in table.columns and table[name].isna().all()
    ]
    if problems:
        raise DataError(f"{'; '.join(problems)}: name characteristics that both tables have")
    found, notes = [], []
    for name in columns:
        asked, known = _cut(respondents[name], people[name])
        names = tuple(dict.fromkeys([*sorted(known.dropna().unique()), *sorted(asked.dropna().unique())]))
        people_n = np.array([int((known == level).sum()) for level in names])
        one = Characteristic(
            name=name,
            levels=names,
            sample=np.array([names.index(level) if isinstance(level, str) else -1 for level in asked]),
            target=people_n / people_n.sum(),
            people=people_n,
        )
        merged, note = merge_small(one, smallest_group)
        notes += note
        if len(merged.levels) > 1:
            found.append(merged)
    return found, notes


def match_shares(respondents: pd.DataFrame, targets: Mapping[str, Mapping[str, float]]) -> list[Characteristic]:
    """Return the characteristics of respondents beside shares that were given.

    Raises
    ------
    DataError : respondents lack a characteristic, or nobody has a level that is to have a share.
    ParameterError : shares are not shares, do not sum to 1, or lack a level that respondents have; all at once.
    """
    complaints, gaps = [], []
    found = []
    for name, shares in targets.items():
        given = {str(level): float(share) for level, share in dict(shares).items()}
        wrong = [level for level, share in given.items() if not 0 < share <= 1]
        total = sum(given.values())
        if wrong:
            complaints.append(f"{name}: the share of {', '.join(wrong)} is not above 0 and at most 1")
        elif abs(total - 1) > SHARES_SUM:
            complaints.append(f"{name}: the shares sum to {write_number(total)}, not to 1")
        if name not in respondents.columns:
            gaps.append(f"respondents lack {name}")
            continue
        asked = _as_text(respondents[name])
        strange = sorted(set(asked.dropna().unique()) - set(given))
        empty = [level for level in given if not (asked == level).any()]
        if strange:
            complaints.append(f"{name}: no share is given for {', '.join(strange[:5])}, which respondents have")
        if empty:
            gaps.append(
                f"no respondent has {name} {', '.join(empty[:5])}, so nobody can stand for them: merge "
                "the level with another, or ask such people"
            )
        names = tuple(given)
        found.append(
            Characteristic(
                name=name,
                levels=names,
                sample=np.array([names.index(level) if level in given else -1 for level in asked.fillna("")]),
                target=np.array([given[level] for level in names]),
                people=None,
            )
        )
    if complaints:
        raise ParameterError(f"targets: {'; '.join([*complaints, *gaps])}. Give each level its share of the whole")
    if gaps:
        raise DataError(f"targets: {'; '.join(gaps)}")
    return found


def merge_small(one: Characteristic, smallest_group: int) -> tuple[Characteristic, list[str]]:
    """Merge levels with fewer respondents (or people stood for) than `smallest_group` until no level is small."""
    sizes = one.n if one.people is None else np.minimum(one.n, one.people)
    order = np.argsort(sizes, kind="stable")
    small = [int(level) for level in order if sizes[level] < smallest_group]
    rest = [int(level) for level in order if sizes[level] >= smallest_group]
    if not small:
        return one, []
    while rest and _fewest(one, small) < smallest_group:
        small.append(rest.pop(0))
    if not rest:
        return _merge(one, small), [f"{one.name} is left out: too few people have all but one of its levels."]
    merged = _merge(one, small)
    names = ", ".join(one.levels[level] for level in sorted(small))
    return merged, [f"{one.name}: {names} are taken together, as at least one of them has too few people."] if len(
        small
    ) > 1 else []


def _fewest(one: Characteristic, levels: Sequence[int]) -> int:
    sizes = [one.n, *([] if one.people is None else [one.people])]
    return int(min(size[list(levels)].sum() for size in sizes))


def _merge(one: Characteristic, small: Sequence[int]) -> Characteristic:
    if len(small) == 1:
        return one
    kept = [level for level in range(len(one.levels)) if level not in small]
    names = [one.levels[level] for level in kept]
    other = OTHER if OTHER not in names else "smaller levels"
    number = np.full(len(one.levels) + 1, len(kept))
    number[kept] = range(len(kept))
    number[-1] = -1
    return Characteristic(
        name=one.name,
        levels=(*names, other),
        sample=number[one.sample],
        target=np.append(one.target[kept], one.target[list(small)].sum()),
        people=None if one.people is None else np.append(one.people[kept], one.people[list(small)].sum()),
    )


def _cut(sample: pd.Series, people: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Put both into the same levels: numbers with many values into quarters of the people stood for."""
    both_numbers = all(
        pd.api.types.is_numeric_dtype(each) and not pd.api.types.is_bool_dtype(each) for each in (sample, people)
    )
    if not both_numbers or people.nunique() <= MOST_LEVELS:
        return _as_text(sample), _as_text(people)
    edges = np.unique(np.quantile(people.dropna().astype(float), [0.25, 0.5, 0.75]))
    words = [write_number(float(edge)) for edge in edges]
    names = [
        f"to {words[0]}",
        *(f"{low} to {high}" for low, high in itertools.pairwise(words)),
        f"above {words[-1]}",
    ]

    def place(values: pd.Series) -> pd.Series:
        numbers = values.astype(float)
        cells = np.searchsorted(edges, numbers.fillna(0), side="left")
        return pd.Series([names[cell] for cell in cells], index=values.index, dtype="str").where(numbers.notna())

    return place(sample), place(people)


def _as_text(values: pd.Series) -> pd.Series:
    if pd.api.types.is_bool_dtype(values):
        return values.map({True: "yes", False: "no"}).astype("str").where(values.notna())
    return values.astype("str").where(values.notna())
