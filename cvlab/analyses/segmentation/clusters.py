"""Clusters: groups of people found in their behaviour and needs.

    k-means        cells of like size around k centres; complete rows         headline: explained spread
    latent class   chances of its own per class; any columns, gaps allowed    headline: certainty of membership
    mixture        ellipses of any size and slant; measured columns           headline: certainty of membership

    explained spread = 1 - within sum of squares / total sum of squares
    certainty        = mean over people of the chance of their likeliest cluster        (1/k … 1)

Clusters always explain the features they were made from, also where one cloud was cut into pieces; the explained
spread is therefore "by construction". Whether a scheme is worth anything is the question of `compare_groupings`, on
outcomes that did not make it.

Source: MacQueen (1967); Lazarsfeld & Henry (1968); McLachlan & Peel (2000); Dolnicar, Grün, Leisch & Schmidt (2014),
"Required sample sizes for data-driven market segmentation analyses in tourism", Journal of Travel Research 53: at least
70 people per feature.
Assumes what the method's own module does; intervals resample people and hold their clusters fixed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, Partition
from cvlab.analyses.segmentation.cluster_methods import METHODS, FoundClusters
from cvlab.analyses.segmentation.cluster_names import name_by_markers
from cvlab.analyses.segmentation.preparation import PreparedFeatures, prepare_features
from cvlab.checks import check_count, check_one_of
from cvlab.errors import DataError, ParameterError

PEOPLE_PER_FEATURE = 70
_LOW_HIT_RATE = 0.1
_CALLED = {"k-means": "clusters", "latent class": "latent classes", "mixture": "mixture clusters"}


@dataclass(frozen=True, eq=False, kw_only=True)
class Clusters(Partition):
    """Clusters of people, a Partition with what made it.

    Attributes
    ----------
    method : "k-means", "latent class" or "mixture".
    features : people with a cluster × encoded features in the data's own units (a category has one share per level);
        for latent classes some may be missing.
    weights : weight of each of these people.
    probabilities : people × clusters, for latent classes and mixtures; who has no cluster has the clusters' shares.
    criterion : of the best start: {"within_sum_of_squares": …}, in the units in which distances were measured, or
        {"log_likelihood": …, "aic": …, "bic": …, "n_parameters": …}, of densities in the data's own units.
    hit_rate : share of the starts that reached the best optimum.
    table : one row per cluster: group, n, share (weighted), and the mean of each feature in the data's own units.
    headline : spread taken up (k-means) or certainty of membership; unanswered below 70 people per feature.
    notes : what was done to the features, and caveats.
    """

    method: str = "k-means"
    features: pd.DataFrame
    weights: pd.Series
    criterion: Mapping[str, float]
    hit_rate: float
    table: pd.DataFrame = field(init=False)
    headline: Headline
    notes: tuple[str, ...] = ()

    rows: ClassVar[str] = "group"
    kinds: ClassVar[Mapping[str, str]] = {"group": "text", "n": "count", "share": "share"}

    def __post_init__(self) -> None:
        super().__post_init__()
        # Made here, so that it follows when clusters are renamed or merged.
        object.__setattr__(self, "table", self._describe_groups())

    def _describe_groups(self) -> pd.DataFrame:
        group = self.labels.reindex(self.features.index)
        weights = self.weights.groupby(group, observed=False).sum()
        known = self.features.notna().mul(self.weights, axis=0).groupby(group, observed=False).sum()
        sums = self.features.mul(self.weights, axis=0).groupby(group, observed=False).sum()
        means = sums.div(known.where(known > 0))
        # A feature called like one of the table's own columns would hide it.
        means.columns = [f"{name} (mean)" if name in self.kinds else name for name in means.columns]
        sizes = pd.DataFrame({"group": self.names, "n": self.sizes.to_numpy(), "share": weights / weights.sum()})
        return pd.concat([sizes.reset_index(drop=True), means.reset_index(drop=True)], axis=1)

    def trusted(self, smallest_group: int = 10) -> Partition | None:
        """Return the groups that another analysis may be split by, or None where there are too few people for clusters.

        Groups below `smallest_group` people are merged first; one group is none.
        """
        groups = self.publishable(smallest_group)
        return groups if self.headline.answered and len(groups.names) > 1 else None

    def merge(self, into: Mapping[str, str]) -> Partition:
        """Return coarser groups; the criterion stays that of the clusters before merging, as a note says."""
        merged = super().merge(into)
        if not isinstance(merged, Clusters) or len(merged.names) == len(self.names):
            return merged
        note = f"{len(self.names)} clusters were merged to {len(merged.names)} groups; the criterion is from before."
        return replace(merged, notes=(*self.notes, note))


def estimate_clusters(
    features: pd.DataFrame,
    *,
    n_clusters: int,
    method: str = "k-means",
    n_starts: int = 40,
    weights: pd.Series | np.ndarray | None = None,
    scale: str = "auto",
    seed: int = 0,
) -> Clusters:
    """Find clusters of people who are alike in their features.

    Parameters
    ----------
    features : one row per person (id as column or index), one column per feature: numbers, yes/no or categories.
    n_clusters : how many clusters, 2 or more.
    method : "k-means" (measured and 0/1 features; people with a gap belong to no cluster), "latent class" (categories,
        0/1 and measured ones together, gaps allowed) or "mixture" (measured ones; Gaussian, full covariances).
    n_starts : starts, of which the best counts.
    weights : one per person; each counts as so many people. Not for "mixture".
    scale : "auto", "standard" or "none"; see `cvlab.analyses.segmentation.preparation`. It plays no part in the other
        two methods, which fit the spread of each column.
    seed : of the starts and of the interval.

    Returns
    -------
    Clusters, the largest first. The order of the rows does not matter.

    Raises
    ------
    DataError : fewer different people than clusters, infinite values, a column of ids, nothing that varies, or columns
        that the method cannot take.
    ParameterError : an argument is outside what it may be.

    Source
    ------
    Arthur & Vassilvitskii (2007), "k-means++"; Hartigan (1975); for the others see their modules.

    Examples
    --------
    >>> features = pd.DataFrame({"battery": [1, 1, 1, 0, 0], "price": [0, 0, 0, 1, 1]}, index=list("abcde"))
    >>> clusters = estimate_clusters(features, n_clusters=2)
    >>> clusters.labels.to_dict()["a"], clusters.sizes.tolist(), round(clusters.criterion["within_sum_of_squares"], 6)
    ('battery, not price', [3, 2], 0.0)
    >>> str(clusters.headline)
    'Not enough data to trust clusters: 5 people for 2 features; 140 would do (70 per feature).'
    >>> features.loc["f"] = [1, None]
    >>> estimate_clusters(features, n_clusters=2, method="latent class").labels["f"]
    'battery, not price'
    """
    check_one_of(method, tuple(METHODS), "method")
    check_count(n_clusters, "n_clusters", least=2)
    check_count(n_starts, "n_starts")
    if method == "mixture" and weights is not None:
        raise ParameterError("weights are not supported by method 'mixture': leave them out, or use 'latent class'")
    prepared = prepare_features(features, scale=scale, weights=weights, missing_allowed=method == "latent class")
    different = int((prepared.distinct_weights > 0).sum())
    if different < n_clusters:
        raise DataError(
            f"features: {n_clusters} clusters need as many people who differ, but there are {different}. "
            "Ask for fewer clusters or give more features"
        )
    found = METHODS[method](prepared, n_clusters, n_starts, seed)
    names = name_by_markers(
        prepared.preparation, prepared.encoded, prepared.weights, codes=found.codes, n_groups=n_clusters
    )
    codes = pd.Series(-1, index=prepared.people)
    codes[prepared.encoded.index] = found.codes
    preparation = prepared.preparation

    def label(numbers: np.ndarray, index: pd.Index) -> pd.Series:
        return pd.Series(pd.Categorical.from_codes(numbers, categories=list(names)), index=index, name="group")

    def assign(new: pd.DataFrame) -> pd.Series:
        encoded = preparation.encode(new)
        known = encoded.notna()
        usable = (known.any(axis=1) if method == "latent class" else known.all(axis=1)).to_numpy()
        numbers = np.full(len(new), -1)
        numbers[usable] = found.classify(encoded[usable].to_numpy())
        return label(numbers, new.index)

    return Clusters(
        labels=label(codes.to_numpy(), prepared.people),
        scheme=f"{n_clusters} {_CALLED[method]}",
        method=method,
        made_from=preparation.features,
        rule=assign,
        probabilities=_write_probabilities(prepared, found, names),
        features=prepared.encoded,
        weights=prepared.weights,
        criterion=found.criterion,
        hit_rate=found.hit_rate,
        headline=_write_headline(prepared, found, method=method, k=n_clusters),
        notes=(*prepared.notes, *_write_notes(found, names, n_starts)),
    )


def _write_probabilities(
    prepared: PreparedFeatures, found: FoundClusters, names: tuple[str, ...]
) -> pd.DataFrame | None:
    if found.chances is None:
        return None
    everybody = pd.DataFrame(found.chances, index=prepared.encoded.index, columns=list(names))
    shares = np.average(found.chances, axis=0, weights=prepared.weights)
    return everybody.reindex(prepared.people).fillna(dict(zip(names, shares, strict=True)))


def _write_notes(found: FoundClusters, names: tuple[str, ...], n_starts: int) -> list[str]:
    notes = ["How far clusters differ in the features that made them is by construction, and proves nothing."]
    if found.subsampled:
        notes.append(f"The starts were run on {found.subsampled:,} different people, the best one then on everybody.")
    if n_starts > 1 and found.hit_rate < _LOW_HIT_RATE:
        notes.append(
            f"Only {found.hit_rate:.0%} of {n_starts} starts reached the best solution: "
            "with more, a better may be found."
        )
    empty = [name for number, name in enumerate(names) if not (found.codes == number).any()]
    if empty:
        notes.append(f"{len(empty)} of {len(names)} clusters are nobody's likeliest: ask for fewer.")
    return [*notes, *found.notes]


def _write_headline(prepared: PreparedFeatures, found: FoundClusters, *, method: str, k: int) -> Headline:
    n, n_features = len(prepared.encoded), len(prepared.preparation.features)
    enough = PEOPLE_PER_FEATURE * n_features
    spread = found.chances is None
    value = low = high = math.nan
    sentence = (
        "Not enough data to trust clusters: {n} people for {features}; {enough} would do ({per_feature} per feature)."
    )
    if n >= enough:
        value, low, high = found.measured()
        sentence = (
            "{k} clusters of {n} people take up {value} of the spread in {features} "
            "({level} interval {low} to {high}), by construction."
            if spread
            else "{k} clusters of {n} people by {features}: a person belongs to the one named with a probability of "
            "{value} on average ({level} interval {low} to {high})."
        )
    return Headline(
        key="segmentation.explained_spread" if spread else "segmentation.membership_certainty",
        label="spread taken up by the clusters" if spread else "certainty of membership",
        value=value,
        low=low,
        high=high,
        n=n,
        unit="share",
        better="none",
        smallest_change=0.05,
        method="k-means, bootstrap over people with their clusters held fixed"
        if spread
        else f"{method}, normal interval over people with the clusters held fixed",
        decides=False,
        sentence=sentence,
        words={
            "k": str(k),
            "features": f"{n_features} feature{'s' if n_features != 1 else ''}",
            "enough": f"{enough:,}",
            "per_feature": str(PEOPLE_PER_FEATURE),
        },
    )
