"""Clusters: groups of people found in their behaviour and needs.

    explained spread = 1 - within sum of squares / total sum of squares

Clusters always explain the features they were made from, also where one cloud was cut into pieces; the explained
spread is therefore "by construction". Whether a scheme is worth anything is the question of `compare_groupings`, on
outcomes that did not make it.

Names come from markers, the features in which a cluster differs most from everybody: by a quarter or more for a
0/1 column, by half a standard deviation or more for a measured one.

Source: MacQueen (1967); Dolnicar, Grün, Leisch & Schmidt (2014), "Required sample sizes for data-driven market
segmentation analyses in tourism", Journal of Travel Research 53: at least 70 people per feature.
Assumes what k_means.py does; the interval of the explained spread resamples people and holds their clusters fixed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, Partition, percentile_interval
from cvlab.analyses.segmentation.k_means import KMeansFit, fit_k_means, nearest_centres
from cvlab.analyses.segmentation.preparation import PreparedFeatures, prepare_features
from cvlab.checks import check_count
from cvlab.errors import DataError, ParameterError

METHODS = ("k-means",)
PEOPLE_PER_FEATURE = 70
N_BOOT = 400
_MARKER_SHARE = 0.25
_MARKER_SPREAD = 0.5
_MARKERS_IN_NAME = 2
_LACKING_COUNTS = 0.75
_LOW_HIT_RATE = 0.1


@dataclass(frozen=True, eq=False, kw_only=True)
class Clusters(Partition):
    """Clusters of people, a Partition with what made it.

    Attributes
    ----------
    features : complete people × encoded features in the data's own units (a category has one share per level).
    weights : weight of each of these people.
    criterion : {"within_sum_of_squares": …} of the best start, in the units in which distances were measured.
    hit_rate : share of the starts that reached the best optimum (within a millionth).
    table : one row per cluster: group, n, share (weighted), and the mean of each feature in the data's own units.
    headline : share of the spread in the features that the clusters take up; unanswered below 70 people per feature.
    notes : what was done to the features, and caveats.
    """

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
        means = self.features.mul(self.weights, axis=0).groupby(group, observed=False).sum().div(weights, axis=0)
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
        People with a missing feature belong to no cluster.
    n_clusters : how many clusters, 2 or more.
    method : "k-means".
    n_starts : starts, of which the best counts.
    weights : one per person.
    scale : "auto", "standard" or "none"; see `cvlab.analyses.segmentation.preparation`.
    seed : of the starts and of the interval.

    Returns
    -------
    Clusters, the largest first. The order of the rows does not matter.

    Raises
    ------
    DataError : fewer different people than clusters, infinite values, a column of ids, nothing that varies.
    ParameterError : an argument is outside what it may be.

    Source
    ------
    Arthur & Vassilvitskii (2007), "k-means++"; Hartigan (1975).

    Examples
    --------
    >>> features = pd.DataFrame({"battery": [1, 1, 1, 0, 0], "price": [0, 0, 0, 1, 1]}, index=list("abcde"))
    >>> clusters = estimate_clusters(features, n_clusters=2)
    >>> clusters.labels.to_dict()["a"], clusters.sizes.tolist(), round(clusters.criterion["within_sum_of_squares"], 6)
    ('battery, not price', [3, 2], 0.0)
    >>> str(clusters.headline)
    'Not enough data to trust clusters: 5 people for 2 features; 140 would do (70 per feature).'
    """
    if method not in METHODS:
        raise ParameterError(f"method is {method!r}: give one of {', '.join(map(repr, METHODS))}")
    check_count(n_clusters, "n_clusters", least=2)
    check_count(n_starts, "n_starts")
    prepared = prepare_features(features, scale=scale, weights=weights)
    different = int((prepared.distinct_weights > 0).sum())
    if different < n_clusters:
        raise DataError(
            f"features: {n_clusters} clusters need as many people who differ, but there are {different}. "
            "Ask for fewer clusters or give more features"
        )
    fit = fit_k_means(prepared.distinct, prepared.distinct_weights, n_clusters=n_clusters, n_starts=n_starts, seed=seed)
    names = _name_clusters(prepared, fit)
    codes = pd.Series(-1, index=prepared.people)
    codes[prepared.encoded.index] = fit.labels[prepared.position]
    preparation = prepared.preparation

    def label(numbers: np.ndarray, index: pd.Index) -> pd.Series:
        return pd.Series(pd.Categorical.from_codes(numbers, categories=list(names)), index=index, name="group")

    def assign(new: pd.DataFrame) -> pd.Series:
        encoded = preparation.encode(new)
        complete = encoded.notna().all(axis=1).to_numpy()
        numbers = np.full(len(new), -1)
        numbers[complete] = nearest_centres(encoded[complete].to_numpy() * preparation.factors, fit.centres)
        return label(numbers, new.index)

    return Clusters(
        labels=label(codes.to_numpy(), prepared.people),
        scheme=f"{n_clusters} clusters",
        made_from=preparation.features,
        rule=assign,
        features=prepared.encoded,
        weights=prepared.weights,
        criterion={"within_sum_of_squares": fit.within_sum_of_squares},
        hit_rate=fit.hit_rate,
        headline=_write_headline(prepared, fit, seed=seed),
        notes=(*prepared.notes, *_write_notes(fit, n_starts)),
    )


def _write_notes(fit: KMeansFit, n_starts: int) -> list[str]:
    notes = ["How far clusters differ in the features that made them is by construction, and proves nothing."]
    if fit.subsampled:
        notes.append(f"The starts were run on {fit.subsampled:,} different people, the best one then on everybody.")
    if n_starts > 1 and fit.hit_rate < _LOW_HIT_RATE:
        notes.append(
            f"Only {fit.hit_rate:.0%} of {n_starts} starts reached the best solution: with more, a better may be found."
        )
    return notes


def _write_headline(prepared: PreparedFeatures, fit: KMeansFit, *, seed: int) -> Headline:
    n, n_features = len(prepared.encoded), len(prepared.preparation.features)
    enough = PEOPLE_PER_FEATURE * n_features
    words = {
        "k": str(len(fit.centres)),
        "features": f"{n_features} feature{'s' if n_features != 1 else ''}",
        "enough": f"{enough:,}",
        "per_feature": str(PEOPLE_PER_FEATURE),
    }
    value = low = high = math.nan
    sentence = (
        "Not enough data to trust clusters: {n} people for {features}; {enough} would do ({per_feature} per feature)."
    )
    if n >= enough:
        value = 1 - fit.within_sum_of_squares / _total_sum_of_squares(prepared.distinct, prepared.distinct_weights)
        low, high = _explained_interval(prepared, fit, seed=seed)
        sentence = (
            "{k} clusters of {n} people take up {value} of the spread in {features} "
            "({level} interval {low} to {high}), by construction."
        )
    return Headline(
        key="segmentation.explained_spread",
        label="spread taken up by the clusters",
        value=value,
        low=low,
        high=high,
        n=n,
        unit="share",
        better="none",
        smallest_change=0.05,
        method="k-means, bootstrap over people with their clusters held fixed",
        decides=False,
        sentence=sentence,
        words=words,
    )


def _total_sum_of_squares(rows: np.ndarray, weights: np.ndarray) -> float:
    return float(weights @ ((rows - np.average(rows, axis=0, weights=weights)) ** 2).sum(axis=1))


def _explained_interval(prepared: PreparedFeatures, fit: KMeansFit, *, seed: int) -> tuple[float, float]:
    """Bootstrap people as counts of distinct rows; cluster means are taken anew, memberships are not."""
    rows = prepared.distinct - np.average(prepared.distinct, axis=0, weights=prepared.distinct_weights)
    random = np.random.default_rng(seed)
    chance = prepared.distinct_weights / prepared.distinct_weights.sum()
    square = (rows**2).sum(axis=1)
    explained = np.empty(N_BOOT)
    for draw in range(N_BOOT):
        counts = random.multinomial(len(prepared.encoded), chance)
        total = counts @ square - ((counts @ rows) ** 2).sum() / counts.sum()
        sizes = np.bincount(fit.labels, weights=counts, minlength=len(fit.centres))
        sums = np.stack([np.bincount(fit.labels, weights=counts * column, minlength=len(sizes)) for column in rows.T])
        within = counts @ square - ((sums**2).sum(axis=0) / np.where(sizes > 0, sizes, 1)).sum()
        explained[draw] = 1 - within / total if total > 0 else math.nan
    low, high = percentile_interval(explained)
    return float(low), float(high)


def _name_clusters(prepared: PreparedFeatures, fit: KMeansFit) -> tuple[str, ...]:
    """Name each cluster by the features in which it differs most from everybody; a number tells equals apart."""
    preparation = prepared.preparation
    rows, weights = prepared.encoded.to_numpy(), prepared.weights.to_numpy()
    mean = np.average(rows, axis=0, weights=weights)
    spread = np.sqrt(np.average((rows - mean) ** 2, axis=0, weights=weights))
    of_category = np.array([column not in preparation.features for column in preparation.columns])
    labels = fit.labels[prepared.position]
    names: list[str] = []
    for cluster in range(len(fit.centres)):
        members = labels == cluster
        centre = np.average(rows[members], axis=0, weights=weights[members]) if weights[members].any() else mean
        gap = centre - mean
        relative = np.divide(gap, spread, out=np.zeros_like(gap), where=spread > 0)
        marks = np.where(preparation.shares, np.abs(gap) >= _MARKER_SHARE, np.abs(relative) >= _MARKER_SPREAD)
        # What a cluster has says more than what it lacks; what category it is not in says nothing that another does.
        lacking = preparation.shares & (gap < 0)
        marks &= ~(lacking & of_category)
        strength = np.abs(relative) * np.where(lacking, _LACKING_COUNTS, 1.0)
        # Rounded, so that ties fall to the earlier column whatever the last digits are.
        order = [position for position in np.argsort(-strength.round(6), kind="stable") if marks[position]]
        words = [
            _say_marker(preparation.columns[position], gap[position] > 0, bool(preparation.shares[position]))
            for position in order
        ]
        most = _MARKERS_IN_NAME
        while ", ".join(words[:most]) in names and most < min(len(words), 2 * _MARKERS_IN_NAME):
            most += 1
        name = ", ".join(words[:most]) or "like the average"
        if name in names:
            name = f"{name} ({cluster + 1})"
        names.append(name)
    return tuple(names)


def _say_marker(column: str, above: bool, is_share: bool) -> str:
    readable = column.replace("_", " ").replace(": ", " ")
    if is_share:
        return readable if above else f"not {readable}"
    return f"{'high' if above else 'low'} {readable}"
