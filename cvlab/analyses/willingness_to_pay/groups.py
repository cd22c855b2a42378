"""Groups: the same analysis once more for every group of a Partition, and which partitions may stand behind a price.

Small groups are merged before anything is estimated (`Partition.publishable`), counting only the people who answered.
People without a group are left out where they are many. A few of them join the smallest group instead: else everybody's
result less those of the groups would be theirs, and with one of them a single person's answers.
A partition made from characteristics that the line marks as sensitive (age, income …) is refused: a price that follows
them is unlawful in many places and resented everywhere, so it takes an explicit word to look at it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from cvlab.analyses.common import Partition
from cvlab.checks import check_one_of
from cvlab.errors import DataError, ParameterError
from cvlab.units import write_number


@dataclass(frozen=True, eq=False, kw_only=True)
class Grouped:
    """The results of the groups.

    Attributes
    ----------
    scheme : what the division is called.
    results : name of the group -> its result, in the order of the partition.
    table : group, n (people; those a row of the results' own tables counts, where these have a column n), then the
        other columns of these tables.
    notes : people without a group (how many only where they are enough), and groups for which nothing could be
        estimated, with the reason.
    """

    scheme: str
    results: Mapping[str, Any]
    table: pd.DataFrame
    notes: tuple[str, ...] = ()


def check_by(by: object, *, allow_sensitive: bool) -> None:
    """Refuse what is no partition, and a partition that must not stand behind a price.

    Raises
    ------
    ParameterError : `by` is something else, or was made from sensitive characteristics and `allow_sensitive` is not
        set.
    """
    check_one_of(allow_sensitive, (True, False), "allow_sensitive")
    if not isinstance(by, Partition):
        given = repr(by) if isinstance(by, str) else f"a {type(by).__name__}"
        raise ParameterError(
            f"by is {given}: give a Partition of the people, such as assign_segments and estimate_clusters make"
        )
    if by.sensitive and not allow_sensitive:
        raise ParameterError(
            f"by is the scheme {by.scheme!r}, made from {', '.join(by.sensitive)}, marked as sensitive: prices do not "
            "follow these by default. Give a scheme made from other characteristics, or allow_sensitive=True"
        )


def assign_people(respondents: pd.Series, by: Partition, *, smallest_group: int, allow_sensitive: bool) -> Partition:
    """Return the partition of the people who answered, its small groups merged.

    Fewer than `smallest_group` people without a group are counted in the smallest group, more of them in none.

    Parameters
    ----------
    respondents : whose answer each row is; repeated where a person has several rows.

    Raises
    ------
    DataError : nobody who answered belongs to a group.
    ParameterError : the partition is sensitive.
    """
    check_by(by, allow_sensitive=allow_sensitive)
    asked = pd.Index(respondents.unique())
    labels = by.labels[by.labels.index.isin(asked)].dropna()
    if labels.empty:
        raise DataError(
            f"by, the scheme {by.scheme!r}: none of the {write_number(len(asked), 'count')} people who answered is in "
            "it. Its labels need the respondents' ids as their index"
        )
    labels = labels.cat.remove_unused_categories()
    labels = labels.cat.rename_categories([str(name) for name in labels.cat.categories])
    probabilities = by.probabilities
    if probabilities is not None:
        probabilities = probabilities.loc[labels.index, list(labels.cat.categories)]
    people = replace(by, labels=labels, probabilities=probabilities)
    outside = _find_outside(respondents, people)
    if len(outside) < smallest_group:
        people = _add_group(people, outside)
    return people.publishable(smallest_group)


def _find_outside(respondents: pd.Series, people: Partition) -> pd.Index:
    """Return the people who answered and belong to no group."""
    asked = pd.Index(respondents.unique())
    return asked[~asked.isin(people.labels.index)]


def _add_group(people: Partition, outside: pd.Index) -> Partition:
    """Return the partition with a group more, of those outside; too small to stand alone, it is merged afterwards."""
    if outside.empty:
        return people
    name = "without a group"
    while name in people.names:
        name += " "
    names = [*people.names, name]
    labels = pd.concat([people.labels.astype(object), pd.Series(name, index=outside)])
    probabilities = people.probabilities
    if probabilities is not None:
        probabilities = probabilities.reindex(index=labels.index, columns=names, fill_value=0.0)
        probabilities.loc[outside, name] = 1.0
    return replace(people, labels=labels.astype(pd.CategoricalDtype(names)), probabilities=probabilities)


def estimate_groups(
    rows: pd.DataFrame,
    respondents: pd.Series,
    by: Partition | None,
    estimate: Callable[[pd.DataFrame], Any],
    *,
    smallest_group: int,
    allow_sensitive: bool = False,
) -> Grouped | None:
    """Estimate once more for every group; None without a partition.

    Parameters
    ----------
    rows : the rows of all people.
    respondents : whose row each is, in the order of `rows`.
    estimate : from the rows of one group to its result.
    """
    if by is None:
        return None
    groups = assign_people(respondents, by, smallest_group=smallest_group, allow_sensitive=allow_sensitive)
    group_of = respondents.map(groups.labels.astype(object)).to_numpy()
    results, tables, notes = {}, [], []
    for name, size in groups.sizes.items():
        try:
            result = estimate(rows[group_of == name])
        except DataError as error:
            notes.append(f"Nothing could be estimated for {name}: {error}")
            continue
        results[str(name)] = result
        tables.append(_name_rows(result.table, str(name), int(size)))
    if not tables:
        raise DataError(f"by, the scheme {by.scheme!r}: nothing could be estimated for any group. {' '.join(notes)}")
    notes = [*_describe_outside(respondents, by, groups, smallest_group), *notes]
    return Grouped(scheme=by.scheme, results=results, table=pd.concat(tables, ignore_index=True), notes=tuple(notes))


def _describe_outside(respondents: pd.Series, by: Partition, groups: Partition, smallest_group: int) -> list[str]:
    """Say what became of people without a group; how many they are only where they are enough."""
    left_out, unlabelled = _find_outside(respondents, groups), respondents[~respondents.isin(by.labels.dropna().index)]
    if len(left_out):
        return [f"{write_number(len(left_out), 'count')} people who answered belong to no group of {by.scheme}."]
    if unlabelled.empty:
        return []
    name = groups.labels.loc[unlabelled.iloc[0]]
    return [
        f"Fewer than {smallest_group} people who answered belong to no group of {by.scheme}: they are counted in "
        f"{name!r}, so that nobody's answers follow from a difference."
    ]


def _name_rows(table: pd.DataFrame, group: str, size: int) -> pd.DataFrame:
    named = table.copy()
    counts = named.pop("n") if "n" in named.columns else size
    named.insert(0, "group", group)
    named.insert(1, "n", counts)
    return named
