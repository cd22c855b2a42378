"""Characteristics of respondents and of the people they stand for, put into the same levels.

Text and yes/no are levels as they are; a number with many values is cut at the quartiles of the people stood for, or at
thirds or the half where a part would hold too few. A level of which the sample has too few is merged with the next
smallest, so that no weight rests on a handful of people and no page shows one.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvlab.analyses.survey.mismatches import count_strangers, describe_mismatch
from cvlab.errors import DataError, ParameterError
from cvlab.units import write_number

MOST_LEVELS = 8
MOST_NAMED = 5  # more levels than this are counted, not named: they may be names of people
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
    DataError : a column is missing on either side, holds dates, or nobody's value is known.
    """
    sides = (("respondents", respondents), ("the table stood for", people))
    problems = [problem for name in columns for where, table in sides if (problem := _find_problem(name, where, table))]
    if problems:
        raise DataError(f"{'; '.join(problems)}: name characteristics that both tables have")
    found, notes = [], []
    for name in columns:
        if not _is_number(respondents[name]) and respondents[name].value_counts().max() < smallest_group:
            notes.append(_leave_out(name))  # such as names or addresses: thousands of levels, none of any use
            continue
        asked, known, levels = _cut(respondents[name], people[name], smallest_group)
        mismatch = describe_mismatch(
            name, asked, known, smallest_group=smallest_group, some=not _are_numbers(respondents[name], people[name])
        )
        if count_strangers(asked, known) == asked.notna().sum():
            notes.append(mismatch)
            continue
        number = pd.Index(levels)
        of_people = number.get_indexer(known)
        people_n = np.bincount(of_people[of_people >= 0], minlength=len(levels))
        one = Characteristic(
            name=name,
            levels=levels,
            sample=number.get_indexer(asked),
            target=people_n / people_n.sum(),
            people=people_n,
        )
        merged, merges = merge_small(one, smallest_group)
        if len(merged.levels) == 1 and count_strangers(asked, known) >= smallest_group:
            merges = []  # there are people enough, only by other names
        notes += [*merges, *([mismatch] if mismatch else [])]
        if len(merged.levels) > 1:
            found.append(merged)
    return found, notes


def find_mismatches(
    respondents: pd.DataFrame, people: pd.DataFrame, columns: Sequence[str], *, smallest_group: int
) -> list[str]:
    """Say of which characteristics too many respondents have levels that none of the people stood for has."""
    said = []
    for name in columns:
        ours, theirs = respondents[name], people[name]
        if any(values.isna().all() or is_date(values) for values in (ours, theirs)):
            continue
        if not _is_number(ours) and ours.value_counts().max() < smallest_group:
            continue  # names and addresses, which are never compared
        asked, known, _ = _cut(ours, theirs, smallest_group)
        if count_strangers(asked, known) >= smallest_group:
            some = not _are_numbers(ours, theirs)
            said.append(describe_mismatch(name, asked, known, smallest_group=smallest_group, some=some))
    return [text for text in said if text]


def match_shares(
    respondents: pd.DataFrame, targets: Mapping[str, Mapping[str, float]], *, smallest_group: int = 1
) -> tuple[list[Characteristic], list[str]]:
    """Return the characteristics of respondents beside shares that were given, and what was merged or left.

    Raises
    ------
    DataError : respondents lack a characteristic, or nobody has a level that is to have a share.
    ParameterError : shares are not shares, do not sum to 1, or lack a level that respondents have; all at once.
    """
    complaints, gaps = [], []
    found, notes = [], []
    for name, shares in targets.items():
        given = {_write_level(level): share for level, share in dict(shares).items()}
        if complaint := _find_fault(name, given):
            complaints.append(complaint)
        if name not in respondents.columns:
            gaps.append(f"respondents lack {name}")
            continue
        asked = _as_text(respondents[name])
        strange = sorted(set(asked.dropna().unique()) - set(given))
        empty = sorted(set(given) - set(asked.dropna().unique()), key=list(given).index)
        if strange:
            complaints.append(f"{name}: no share is given for {_name(strange)}, which respondents have")
        if empty:
            gaps.append(
                f"no respondent has {name} {_name(empty)}, so nobody can stand for them: merge "
                "the level with another, or ask such people"
            )
        if complaints or gaps:
            continue
        target = np.array([float(share) for share in given.values()])
        one = Characteristic(
            name=name,
            levels=tuple(given),
            sample=pd.Index(list(given)).get_indexer(asked),
            target=target / target.sum(),
            people=None,
        )
        merged, merges = merge_small(one, smallest_group)
        notes += merges
        if len(merged.levels) > 1:
            found.append(merged)
    if complaints:
        raise ParameterError(f"targets: {'; '.join([*complaints, *gaps])}. Give each level its share of the whole")
    if gaps:
        raise DataError(f"targets: {'; '.join(gaps)}")
    return found, notes


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
        return _merge(one, small), [_leave_out(one.name)]
    # A level that few have may be the name of one of them: it is counted, not named.
    large = [one.levels[level] for level in sorted(small) if sizes[level] >= smallest_group]
    few = len(small) - len(large)
    said = ", ".join([*large[:MOST_NAMED], f"{few} level{'' if few == 1 else 's'} with too few people"])
    return _merge(one, small), [f"{one.name}: {said} are taken together."] if len(small) > 1 else []


def _leave_out(name: str) -> str:
    return f"{name} is left out: too few people have all but one of its levels."


def is_date(values: pd.Series) -> bool:
    """Whether a column holds dates: no two people need share one."""
    return bool(pd.api.types.is_datetime64_any_dtype(values))


def _find_problem(name: str, where: str, table: pd.DataFrame) -> str:
    lack = "lack" if where == "respondents" else "lacks"
    if name not in table.columns:
        return f"{where} {lack} {name}"
    if table[name].isna().all():
        return f"{name} is empty in all rows of {where}"
    return f"{name} is a date in {where} (write its month or year as text)" if is_date(table[name]) else ""


def _find_fault(name: str, given: Mapping[str, float]) -> str:
    numbers = (int, float, np.integer, np.floating)
    wrong = [level for level, share in given.items() if not isinstance(share, numbers) or not 0 < share <= 1]
    if wrong:
        return f"{name}: the share of {_name(wrong)} is not above 0 and at most 1"
    total = sum(given.values())
    return f"{name}: the shares sum to {total:.6g}, not to 1" if abs(total - 1) > SHARES_SUM else ""


def _name(levels: Sequence[str]) -> str:
    more = len(levels) - MOST_NAMED
    return ", ".join(levels[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _fewest(one: Characteristic, levels: Sequence[int]) -> int:
    sizes = [one.n, *([] if one.people is None else [one.people])]
    return int(min(size[list(levels)].sum() for size in sizes))


def _merge(one: Characteristic, small: Sequence[int]) -> Characteristic:
    if len(small) == 1:
        return one
    together = set(small)
    kept = [level for level in range(len(one.levels)) if level not in together]
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


_Matched = tuple[pd.Series, pd.Series, tuple[str, ...]]


def _cut(sample: pd.Series, people: pd.Series, smallest_group: int) -> _Matched:
    """Put both into the same levels, in order: numbers with many values into equal parts of the people stood for."""
    if not _are_numbers(sample, people):
        texts = _as_text(sample), _as_text(people)
        return *texts, tuple(sorted(set().union(*(text.dropna().unique() for text in texts))))
    if max(sample.nunique(), people.nunique()) <= MOST_LEVELS:
        values = sorted({float(value) for each in (sample, people) for value in each.dropna().unique()})
        return _as_text(sample), _as_text(people), tuple(_write_level(value) for value in values)
    for parts in (4, 3, 2):
        matched = _cut_numbers(sample, people, parts)
        asked, known, levels = matched
        if all(side.value_counts().reindex(levels).fillna(0).min() >= smallest_group for side in (asked, known)):
            break
    return matched


def _cut_numbers(sample: pd.Series, people: pd.Series, parts: int) -> _Matched:
    edges = np.unique(np.quantile(_as_numbers(people.dropna()), np.arange(1, parts) / parts))
    words = [write_number(float(edge)) for edge in edges]
    if len(set(words)) < len(words):  # they differ only in digits that a reader is not shown elsewhere
        words = [f"{edge:.8g}" for edge in edges]
    levels = np.array(
        [f"to {words[0]}", *(f"{low} to {high}" for low, high in itertools.pairwise(words)), f"above {words[-1]}"]
    )

    def place(values: pd.Series) -> pd.Series:
        numbers = _as_numbers(values)
        cells = np.searchsorted(edges, np.nan_to_num(numbers, nan=0.0), side="left")
        return pd.Series(levels[cells], index=values.index, dtype="str").where(~np.isnan(numbers))

    asked, known = place(sample), place(people)
    there = set(asked.dropna().unique()) | set(known.dropna().unique())
    return asked, known, tuple(str(level) for level in levels if level in there)


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _are_numbers(sample: pd.Series, people: pd.Series) -> bool:
    return _is_number(sample) and _is_number(people)


def _as_numbers(values: pd.Series) -> np.ndarray:
    return np.asarray(values.to_numpy(dtype=float, na_value=np.nan))


def _as_text(values: pd.Series) -> pd.Series:
    """Write each value as the name of a level; 1 and 1.0 are one, and so are yes and True."""
    codes, uniques = pd.factorize(values)
    names = np.array([*(_write_level(value) for value in uniques), ""], dtype=object)
    return pd.Series(names[codes], index=values.index, dtype="str").where(codes >= 0)


def _write_level(value: object) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)
