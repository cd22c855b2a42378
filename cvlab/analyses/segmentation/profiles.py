"""Profiles: who is in each group, and what marks them?

    difference   x - m             x = mean, or share of a level, in the group; m = the same among everybody
    marker       |x - m| >= .25    of a share, or of a number that lies from -1 to 1
                 |(x - m)/m| >= .5 of a number above 0
                 |x - m| >= s / 2  of another number that may be negative; s = its standard deviation

A variable that the groups were made from differs "by construction", which proves nothing: it is shown and never tested.
The others are held out: the group is tested against everybody else, with control of the false-discovery rate over all
of these tests. A marker is `confirmed` where it is held out and that test does not put it down to chance.

The headline counts the held-out variables with a confirmed marker; how, stands in marker_count.py.

Source: Dolnicar, Grün & Leisch (2018), Market Segmentation Analysis, section 8.2.1 (markers); Welch (1947), Biometrika
34 (means); Newcombe (1998), Statistics in Medicine 17, 873-890, method 10 (differences of shares); Fisher's exact test;
Benjamini & Hochberg (1995), JRSS B 57.
Assumes that people are independent. A mean of a few people of very uneven spending is less certain than it looks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from cvlab.analyses.common import Headline, Partition
from cvlab.analyses.segmentation.differences import Difference, compare_means, compare_shares
from cvlab.analyses.segmentation.marker_count import LEVEL, write_headline
from cvlab.analyses.segmentation.portraits import Portraits, write_portraits
from cvlab.analyses.segmentation.profile_input import Variable, read_variables
from cvlab.checks import check_count, check_one_of
from cvlab.errors import ParameterError
from cvlab.units import KINDS

FALSE_DISCOVERIES = 0.05
MARKER_SHARE, MARKER_RATIO, MARKER_SPREAD = 0.25, 0.5, 0.5
_COLUMNS = (
    *("group", "variable", "level", "kind", "n", "value", "low", "high", "overall"),
    *("difference", "difference_low", "difference_high", "threshold"),
    *("marker", "by_construction", "p_value", "p_adjusted", "confirmed"),
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Profiles:
    """Groups described by variables, each against everybody.

    Attributes
    ----------
    table : group, variable, level (of a category), kind (of number), n (people of the group whose value is known),
        value (mean or share) with low and high, overall, difference (value - overall) with difference_low and
        difference_high, threshold (how large a difference makes a marker), marker, by_construction, p_value and
        p_adjusted (held-out variables), confirmed (a held-out marker that is not put down to chance). Values of fewer
        than the smallest group are missing.
    sizes : people per group; index = group.
    cards : group -> sentences about it, written from the table.
    headline : how many held-out variables mark a group.
    notes : who and what was left out, and caveats.
    sensitive : characteristics that the groups were made from and that must not drive prices.
    smallest_group : values of fewer people are not shown.
    """

    table: pd.DataFrame
    sizes: pd.Series
    cards: Mapping[str, tuple[str, ...]]
    headline: Headline
    notes: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    smallest_group: int = 10

    rows: ClassVar[str] = "group"
    kinds: ClassVar[Mapping[str, str]] = {
        "level": "text",
        "n": "count",
        "p_value": "number",
        "p_adjusted": "number",
        "marker": "truth",
        "by_construction": "truth",
        "confirmed": "truth",
    }

    @property
    def portraits(self) -> Portraits:
        """The persona cards as a result to show: one row per group, with its portrait in words."""
        return Portraits(
            table=pd.DataFrame(
                {
                    "group": list(self.cards),
                    "n": [int(self.sizes[group]) for group in self.cards],
                    "share": [self.sizes[group] / self.sizes.sum() for group in self.cards],
                    "portrait": [" ".join(sentences) for sentences in self.cards.values()],
                }
            ),
            headline=self.headline,
            notes=self.notes,
        )

    def strongest(self, most: int = 8) -> Profiles:
        """Return the same profiles with only the `most` strongest markers in the table, those beyond chance first."""
        check_count(most, "most")
        marked = self.table[self.table["marker"]]
        strength = (marked["difference"] / marked["threshold"]).abs()
        order = np.lexsort((-strength.round(9), marked["by_construction"], ~marked["confirmed"]))
        return replace(self, table=marked.iloc[order[:most]].reset_index(drop=True))


def profile_groups(
    partition: Partition,
    table: pd.DataFrame,
    *,
    smallest_group: int = 10,
    kinds: Mapping[str, str] | None = None,
) -> Profiles:
    """Describe each group by variables, and say what marks it.

    Parameters
    ----------
    partition : the groups. Those below `smallest_group` people are merged before anything is computed.
    table : one row per person (id as column or index), one column per variable: numbers, 0/1 or yes/no, categories;
        values may be missing.
    smallest_group : no mean of fewer people is shown.
    kinds : variable -> kind of number (`cvlab.units.KINDS`), such as {"income": "money"}, for the sentences. What
        `summarise_behaviour` and `summarise_outcomes` make is known.

    Raises
    ------
    DataError : a column of ids, infinite values, too many categories, no variable left, or nobody in both.
    ParameterError : `partition` is no Partition, or a kind is unknown.

    Source
    ------
    Dolnicar, Grün & Leisch (2018), Market Segmentation Analysis, section 8.2.1.

    Examples
    --------
    >>> people = pd.Index([f"c{number}" for number in range(80)], name="customer_id")
    >>> plan = pd.Series(["basic", "pro"] * 40, index=people, dtype="category")
    >>> told = pd.DataFrame({"chairs": np.arange(80) % 3 + 4 * (plan == "pro"), "region": ["N", "N", "S", "S"] * 20},
    ...                     index=people)
    >>> profiles = profile_groups(Partition(labels=plan, scheme="plan"), told)
    >>> str(profiles.headline)
    '1 of 2 characteristics that did not make the groups marks one of them (95% interval 1 to 1).'
    >>> profiles.cards["pro"][1]
    'Marked by chairs of 5 (2.99 among all).'
    """
    check_count(smallest_group, "smallest_group")
    if not isinstance(partition, Partition):
        raise ParameterError("partition is no Partition: make it with assign_segments or estimate_clusters")
    for variable, kind in (kinds or {}).items():
        check_one_of(kind, KINDS, f"kind of {variable}")
    groups = partition.publishable(smallest_group)
    variables, codes, notes = read_variables(groups, table, kinds or {})
    if len(groups.names) < len(partition.names):
        notes.insert(0, f"Groups below {smallest_group} people were merged, so that nobody can be recognised.")
    rows = [
        row
        for variable in variables
        for row in _describe_variable(
            variable, codes, groups.names, by_construction=variable.name in groups.made_from, smallest=smallest_group
        )
    ]
    profile = pd.DataFrame(rows, columns=list(_COLUMNS))
    _judge(profile)
    hidden = int(profile["value"].isna().sum())
    if hidden:
        notes.append(f"{hidden} values are not shown: fewer than {smallest_group} people of the group have one.")
    made = [
        name
        for name in dict.fromkeys(profile["variable"])
        if profile["by_construction"][profile["variable"] == name].all()
    ]
    if made:
        notes.append(
            f"{_list_some(made)} made the groups: that groups differ there is by construction, and proves nothing."
        )
    if partition.sensitive:
        notes.append(
            f"The groups are made from sensitive characteristics ({', '.join(partition.sensitive)}): "
            "no price may hang on them."
        )
    sizes = pd.Series(np.bincount(codes, minlength=len(groups.names)), index=pd.Index(groups.names, name="group"))
    # In the order of the groups, so that a reader has each group in one place.
    profile["group"] = pd.Categorical(profile["group"], list(groups.names))
    profile = profile.sort_values("group", kind="stable").astype({"group": str}).reset_index(drop=True)
    return Profiles(
        table=profile,
        sizes=sizes.rename("n"),
        cards=write_portraits(profile, sizes),
        headline=write_headline(profile, sizes, scheme=groups.scheme),
        notes=tuple(notes),
        sensitive=tuple(partition.sensitive),
        smallest_group=smallest_group,
    )


def _describe_variable(
    variable: Variable, codes: np.ndarray, names: tuple[str, ...], *, by_construction: bool, smallest: int
) -> list[dict[str, object]]:
    """Return one row per group, and per level of a category."""
    rows = []
    for level, values in _pool_few(variable, smallest).items():
        known = ~np.isnan(values)
        inside = values[known]
        overall = float(inside.mean())
        threshold = _threshold(inside, overall, is_share=variable.is_share)
        compare = compare_shares if variable.is_share else compare_means
        for number, name in enumerate(names):
            members = codes[known] == number
            n = int(members.sum())
            found = Difference.unknown()
            if n >= smallest:
                found = compare(inside, members, level=LEVEL)
            rows.append(
                {
                    "group": name,
                    "variable": variable.name,
                    "level": level,
                    "kind": variable.kind,
                    "n": n,
                    "value": found.value,
                    "low": found.low,
                    "high": found.high,
                    "overall": overall,
                    "difference": found.difference,
                    "difference_low": found.difference_low,
                    "difference_high": found.difference_high,
                    "threshold": threshold,
                    "by_construction": by_construction,
                    "p_value": math.nan if by_construction else found.p_value,
                }
            )
    return rows


def _pool_few(variable: Variable, smallest: int) -> dict[str, np.ndarray]:
    """Put the levels that few people have together as "other": a word that few have written may tell who they are."""
    few = [level for level, values in variable.columns.items() if level and np.nansum(values) < smallest]
    kept = {level: values for level, values in variable.columns.items() if level not in few}
    if few:
        pooled = [kept.pop("other")] if "other" in kept else []
        kept["other"] = np.sum([*pooled, *(variable.columns[level] for level in few)], axis=0)
    return kept


def _threshold(values: np.ndarray, overall: float, *, is_share: bool) -> float:
    if is_share or np.abs(values).max() <= 1:
        return MARKER_SHARE
    return MARKER_RATIO * overall if values.min() >= 0 else MARKER_SPREAD * float(values.std())


def _judge(profile: pd.DataFrame) -> None:
    """Add to the table which rows are markers, and which of the held-out ones are more than chance."""
    # Rounded, so that a share of exactly .25 more is a marker whatever the last digit is.
    gap = profile["difference"].abs().round(12)
    profile["marker"] = (gap >= profile["threshold"].round(12)) & (gap > 0)
    tested = profile["p_value"].notna()
    profile["p_adjusted"] = math.nan
    if tested.any():
        profile.loc[tested, "p_adjusted"] = stats.false_discovery_control(profile.loc[tested, "p_value"])
    profile["confirmed"] = profile["marker"] & (profile["p_adjusted"] <= FALSE_DISCOVERIES)


def _list_some(names: list[str], most: int = 6) -> str:
    readable = [name.replace("_", " ") for name in names]
    if len(readable) > most:
        readable = [*readable[: most - 1], f"{len(readable) - most + 1} more variables"]
    return readable[0] if len(readable) == 1 else f"{', '.join(readable[:-1])} and {readable[-1]}"
