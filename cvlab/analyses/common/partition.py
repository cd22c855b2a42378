"""Who belongs to which group: the one thing that travels between segmentation and every other analysis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from cvlab.checks import check_count
from cvlab.errors import DataError, ParameterError

Rule = Callable[[pd.DataFrame], pd.Series]


@dataclass(frozen=True, eq=False, kw_only=True)
class Partition:
    """A division of people into named groups that do not overlap.

    Attributes
    ----------
    labels : categorical Series, index = id, value = name of the group; a missing value belongs to no group.
    scheme : what the division is called on a page, such as "age × region" or "clusters".
    made_from : columns the groups were made from; outcomes among them are explained "by construction".
    sensitive : those of `made_from` that must not drive prices by default.
    probabilities : people × groups, each row summing to 1, where membership is uncertain.
    rule : gives the labels of new rows; None where the groups cannot be recognised in new data.

    Examples
    --------
    >>> labels = pd.Series(["a", "b", "a", "c"], index=pd.Index([1, 2, 3, 4], name="customer_id"), dtype="category")
    >>> partition = Partition(labels=labels, scheme="letters", made_from=("letter",))
    >>> partition.names, partition.sizes.to_dict()
    (('a', 'b', 'c'), {'a': 2, 'b': 1, 'c': 1})
    >>> partition.publishable(2).sizes.to_dict()
    {'a': 2, 'other': 2}
    """

    labels: pd.Series
    scheme: str
    made_from: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    probabilities: pd.DataFrame | None = None
    rule: Rule | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.labels.dtype, pd.CategoricalDtype):
            raise ParameterError("labels is not categorical: give labels.astype('category')")
        if self.labels.index.has_duplicates:
            raise DataError(f"{self.scheme}: an id belongs to two groups. Give each id once")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the groups, in order."""
        return tuple(str(name) for name in self.labels.cat.categories)

    @property
    def codes(self) -> pd.Series:
        """Number of each person's group from 0, -1 for none; index = id."""
        return self.labels.cat.codes.astype(int)

    @property
    def sizes(self) -> pd.Series:
        """How many people each group has; index = name, in order."""
        counts = self.labels.value_counts(sort=False)
        return counts.set_axis(pd.Index(self.names, name="group")).rename("n")

    def rename(self, names: Mapping[str, str]) -> Partition:
        """Return the same groups under other names; groups that are not mentioned keep theirs.

        Raises
        ------
        ParameterError : a name is unknown, or two groups would share one.
        """
        unknown = [name for name in names if name not in self.names]
        if unknown:
            raise ParameterError(
                f"no group is called {', '.join(map(repr, unknown))}: the groups are {', '.join(self.names)}"
            )
        renamed = [names.get(name, name) for name in self.names]
        if len(set(renamed)) < len(renamed):
            raise ParameterError(f"two groups would share a name: {', '.join(renamed)}. To merge groups use merge")
        rule = self.rule
        return replace(
            self,
            labels=self.labels.cat.rename_categories(renamed),
            probabilities=None if self.probabilities is None else self.probabilities.set_axis(renamed, axis=1),
            rule=None if rule is None else lambda new: rule(new).cat.rename_categories(renamed),
        )

    def merge(self, into: Mapping[str, str]) -> Partition:
        """Return a coarser division: each group goes where `into` says, the others stay as they are.

        Examples
        --------
        >>> labels = pd.Series(["a", "b", "c"], dtype="category")
        >>> Partition(labels=labels, scheme="letters").merge({"b": "b or c", "c": "b or c"}).names
        ('a', 'b or c')
        """
        targets = {name: into.get(name, name) for name in self.names}
        order = list(dict.fromkeys(targets.values()))
        rule = self.rule

        def relabel(labels: pd.Series) -> pd.Series:
            return labels.astype(object).map(targets).astype(pd.CategoricalDtype(order))

        merged = self.probabilities
        if merged is not None:
            merged = merged.T.groupby(pd.Series(targets), sort=False).sum().T[order]
        return replace(
            self,
            labels=relabel(self.labels),
            probabilities=merged,
            rule=None if rule is None else lambda new: relabel(rule(new)),
        )

    def assign(self, new: pd.DataFrame) -> pd.Series:
        """Return the group of each new row (categorical, same index as `new`).

        Raises
        ------
        ParameterError : the groups were given, not made by a rule, so new rows cannot be recognised.
        """
        if self.rule is None:
            raise ParameterError(
                f"{self.scheme} has no rule for new rows: make it with assign_segments or estimate_clusters"
            )
        return self.rule(new)

    def publishable(self, smallest_group: int = 10) -> Partition:
        """Merge groups below `smallest_group` people, so that no page shows one in which somebody can be recognised.

        Small groups become "other" ("smaller groups" where one is called so already), together with the next smallest
        where they are still too few; with fewer people than `smallest_group` in all, everybody is in "all".
        """
        check_count(smallest_group, "smallest_group")
        sizes = self.sizes.sort_values(kind="stable")
        small = list(sizes.index[sizes < smallest_group])
        if not small:
            return self
        rest = [name for name in sizes.index if name not in small]
        while rest and sizes[small].sum() < smallest_group:
            small.append(rest.pop(0))
        name = "all" if not rest else "smaller groups" if "other" in rest else "other"
        return self.merge(dict.fromkeys(small, name))
