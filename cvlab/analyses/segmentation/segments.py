"""Segments: customers divided by what is declared about them, such as age, region, plan or size.

    by a column               its values, or intervals of it
    by several                their crossing
    by rules                  the first rule that holds; "other" where none does

A segment is a rule that anyone can apply to a new customer. Whether it says anything about what customers do is the
question of `compare_groupings`. Cells below `smallest` people join their nearest neighbour, so that every segment can
be shown and its means have some meaning.

Source: Wedel & Kamakura (2000), Market Segmentation, chapter 2 (a-priori segmentation).
Assumes that characteristics are recorded alike for everybody; those who lack one form "unknown".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, Partition, wilson_interval
from cvlab.analyses.segmentation.cells import hide_few, merge_small_cells, name_cells
from cvlab.analyses.segmentation.cuts import OTHER, UNKNOWN, cut_axis
from cvlab.analyses.segmentation.preparation import index_people
from cvlab.analyses.segmentation.rules import SegmentRule, read_rule
from cvlab.checks import check_columns, check_count
from cvlab.errors import ParameterError

GROUPS_ALONE, GROUPS_CROSSED = 4, 3
_UNDECIDED = -1


@dataclass(frozen=True, eq=False, kw_only=True)
class Segments(Partition):
    """Customers in declared segments, a Partition that can be shown.

    Attributes
    ----------
    table : one row per segment: group, n, share of those who are in one.
    headline : share of the largest segment, with the Wilson interval.
    notes : how the segments came about: what was merged, what is unknown.
    headline_key, headline_label : key and label of the headline; others for each scheme of one report.
    """

    table: pd.DataFrame = field(init=False)
    headline: Headline = field(init=False)
    notes: tuple[str, ...] = ()
    headline_key: str = "segmentation.largest_segment"
    headline_label: str = "share of the largest segment"

    rows: ClassVar[str] = "group"
    kinds: ClassVar[Mapping[str, str]] = {"group": "text", "n": "count", "share": "share"}

    def __post_init__(self) -> None:
        super().__post_init__()
        # Made here, so that they follow when segments are renamed or merged.
        sizes = self.sizes
        share = sizes.to_numpy() / max(int(sizes.sum()), 1)
        table = pd.DataFrame({"group": self.names, "n": sizes.to_numpy(), "share": share})
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "headline", self._write_headline(sizes))

    def _write_headline(self, sizes: pd.Series) -> Headline:
        n, largest, count = int(sizes.sum()), int(sizes.max()), len(sizes)
        low, high = wilson_interval(largest, n)
        return Headline(
            key=self.headline_key,
            label=self.headline_label,
            value=largest / n,
            low=low,
            high=high,
            n=n,
            unit="share",
            smallest_change=0.05,
            method="share with Wilson interval",
            decides=False,
            sentence="{n} customers fall into {count} by {scheme}; the largest, {name}, holds {value} of them "
            "({level} interval {low} to {high}).",
            words={
                "count": f"{count} segment{'s' if count != 1 else ''}",
                "scheme": self.scheme,
                "name": str(sizes.idxmax()),
            },
        )


def assign_segments(
    customers: pd.DataFrame,
    *,
    by: str | Sequence[str] | Mapping[str, Any],
    smallest: int = 30,
    sensitive: Sequence[str] = (),
) -> Segments:
    """Divide customers by declared characteristics.

    Parameters
    ----------
    customers : one row per customer; customer_id as a column or as the index.
    by : one column; several, which are crossed; a mapping column -> edges, number of quantile groups, or None for the
        default (values as they are; numbers with more than six values at rounded quantiles; dates by calendar years,
        quarters or months); or a mapping
        name of the segment -> rule, such as {"small salon": "chairs < 4"}. The first rule that holds counts.
    smallest : cells with fewer people join their nearest neighbour.
    sensitive : characteristics that must not drive prices; those used are recorded on the result.

    Raises
    ------
    DataError : a column is absent, or unfit (ids, nothing in it).
    ParameterError : `by` is none of these, or a rule cannot be read.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": list("abcdef"), "age": [20, 22, 36, 40, 68, None]})
    >>> segments = assign_segments(customers, by={"age": [35, 65]}, smallest=2)
    >>> segments.sizes.to_dict()
    {'age under 35 or unknown': 3, 'age 35 and over': 3}
    >>> segments = assign_segments(customers, by={"young": "age < 35", "old": "age >= 65"}, smallest=1)
    >>> segments.sizes.to_dict()
    {'young': 2, 'old': 1, 'other': 2, 'unknown': 1}
    >>> segments.assign(pd.DataFrame({"age": [19, 50]})).tolist()
    ['young', 'other']
    """
    check_count(smallest, "smallest")
    people = index_people(customers, "customers").rename_axis("customer_id")
    flagged = (sensitive,) if isinstance(sensitive, str) else tuple(sensitive)
    cuts: Any = {by: None} if isinstance(by, str) else by
    if isinstance(cuts, Mapping):
        texts = [isinstance(value, str) for value in cuts.values()]
        if texts and all(texts):
            return _assign_by_rules(people, cuts, smallest, flagged)
        if any(texts):
            raise ParameterError("by mixes rules and cuts: give either name -> rule or column -> edges")
    else:
        cuts = dict.fromkeys(_check_names(cuts))
    if not cuts:
        raise ParameterError("by is empty: name at least one column or one rule")
    return _assign_by_crossing(people, cuts, smallest, flagged)


def _check_names(by: Any) -> list[str]:
    if not isinstance(by, Sequence) or not all(isinstance(name, str) for name in by):
        raise ParameterError(f"by is {by!r}: give a column, a list of columns, or a mapping of cuts or of rules")
    return list(by)


def _assign_by_crossing(
    people: pd.DataFrame, cuts: Mapping[str, Any], smallest: int, sensitive: tuple[str, ...]
) -> Segments:
    check_columns(people, cuts, "customers")
    groups = GROUPS_ALONE if len(cuts) == 1 else GROUPS_CROSSED
    axes = [cut_axis(people, column, how, groups=groups) for column, how in cuts.items()]

    def combine(table: pd.DataFrame) -> list[tuple[int, ...]]:
        check_columns(table, cuts, "customers")
        return list(zip(*(axis.codes(table).tolist() for axis in axes), strict=True))

    counts = pd.Series(combine(people)).value_counts().to_dict()
    group_of, cells, small = merge_small_cells(axes, counts, smallest=smallest)
    occupied = sorted({group_of[combination] for combination in counts})
    names = name_cells(hide_few(axes, counts, smallest=smallest), [cells[group] for group in occupied])
    code_of = {combination: occupied.index(group) for combination, group in group_of.items() if group in occupied}

    def assign(table: pd.DataFrame) -> pd.Series:
        codes = [code_of.get(combination, _UNDECIDED) for combination in combine(table)]
        return _label(np.array(codes, dtype=int), names, table.index)

    notes = []
    if small:
        notes.append(
            f"{small} cell{'s' if small != 1 else ''} with fewer than {smallest} customers joined a neighbour."
        )
    for axis in axes:
        missing = int(people[axis.column].isna().sum())
        if missing:
            notes.append(f"{axis.column} is unknown for {missing:,} of {len(people):,} customers.")
    return Segments(
        labels=assign(people),
        scheme=" × ".join(column.replace("_", " ") for column in cuts),
        made_from=tuple(cuts),
        sensitive=tuple(column for column in cuts if column in sensitive),
        rule=assign,
        notes=(*notes, *_note_one_group(names)),
    )


def _assign_by_rules(
    people: pd.DataFrame, by: Mapping[str, str], smallest: int, sensitive: tuple[str, ...]
) -> Segments:
    rules: dict[str, SegmentRule] = {name: read_rule(text) for name, text in by.items()}
    taken = [name for name in rules if name in (OTHER, UNKNOWN)]
    if taken:
        raise ParameterError(f"a rule is named {taken[0]!r}, which is kept for those whom no rule fits: rename it")
    names = [*rules, OTHER, UNKNOWN]

    def assign_all(table: pd.DataFrame) -> np.ndarray:
        codes = np.full(len(table), names.index(OTHER))
        free = np.ones(len(table), dtype=bool)
        for position, rule in enumerate(rules.values()):
            answer = rule.holds(table)
            holds = answer.fillna(False).to_numpy(dtype=bool)
            codes[free & answer.isna().to_numpy()] = names.index(UNKNOWN)
            codes[free & holds] = position
            free &= ~holds
        return codes

    codes = assign_all(people)
    counts = np.bincount(codes, minlength=len(names))
    into, notes = _merge_small_rules(names, counts, smallest)
    kept = [
        name
        for name in dict.fromkeys(into.values())
        if any(counts[names.index(old)] for old in into if into[old] == name)
    ]

    def assign(table: pd.DataFrame) -> pd.Series:
        merged = [
            kept.index(into[names[code]]) if into[names[code]] in kept else _UNDECIDED for code in assign_all(table)
        ]
        return _label(np.array(merged, dtype=int), kept, table.index)

    columns = tuple(dict.fromkeys(column for rule in rules.values() for column in rule.columns))
    if counts[-1]:
        notes.append(f"For {counts[-1]:,} of {len(people):,} customers no rule could be decided: a value is missing.")
    return Segments(
        labels=assign(people),
        scheme=f"rules on {', '.join(column.replace('_', ' ') for column in columns)}",
        made_from=columns,
        sensitive=tuple(column for column in columns if column in sensitive),
        rule=assign,
        notes=(*notes, *_note_one_group(kept)),
    )


def _merge_small_rules(names: Sequence[str], counts: np.ndarray, smallest: int) -> tuple[dict[str, str], list[str]]:
    """Send small segments to "other"; where that stays too small itself, it joins the smallest of the rest."""
    into = {name: name for name in names}
    size = dict(zip(names, counts.tolist(), strict=True))
    small = [name for name in names if name != OTHER and size[name] < smallest]
    into.update(dict.fromkeys(small, OTHER))
    together = size[OTHER] + sum(size[name] for name in small)
    big = [name for name in names if name != OTHER and name not in small]
    if 0 < together < smallest and big:
        host = min(big, key=lambda name: size[name])
        joined = f"{host} or {OTHER}"
        into.update(dict.fromkeys((*small, OTHER, host), joined))
    merged = [f"{name} ({size[name]})" for name in small if size[name]]
    empty = [name for name in small if not size[name] and name != UNKNOWN]
    notes = [f"Fewer than {smallest} customers, so merged: {', '.join(merged)}."] if merged else []
    return into, notes + ([f"No customer fits: {', '.join(empty)}."] if empty else [])


def _note_one_group(names: Sequence[str]) -> tuple[str, ...]:
    return ("All customers are in one group: this scheme cannot tell them apart.",) if len(names) == 1 else ()


def _label(codes: np.ndarray, names: Sequence[str], index: pd.Index) -> pd.Series:
    return pd.Series(pd.Categorical.from_codes(codes, categories=list(names)), index=index, name="group")
