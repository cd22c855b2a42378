"""Stability: would the same clusters come out again, and is there more than one cloud to find?

    agreement   adjusted Rand index of two clusterings, each of a bootstrap sample, over all people; 1 same, 0 chance
    structure   within sum of squares against that of one cloud with the same margins and rank correlations

Stable is not real: one long cloud is cut at the same place every time. Each number of clusters therefore gets one of

    natural          reproducible, and tighter than one cloud gives in all but 5 % of draws, whatever k is looked at
    reproducible     mean agreement 0.80 or more: one cloud, or what looks like it, cut the same way every time
    constructed      another sample would have been cut in another way
    not enough data  fewer than 70 people per feature, or than 30 per cluster

All but the last may be useful; only natural clusters are there without us. More of them than there are may be natural
in the sense above, so of natural numbers with agreement 0.90 or more (else of all natural ones) the smallest is
recommended after which none lies further below one cloud, in proportion, by two standard errors (the gap statistic).
Without any, the largest reproducible one with agreement 0.90 or more, else the most reproducible one.

Source: Dolnicar & Leisch (2010), Marketing Letters 21; Steinley (2004), "Properties of the Hubert–Arabie adjusted Rand
index", Psychological Methods 9 (0.80 good, 0.90 excellent); Tibshirani, Walther & Hastie (2001), JRSS B 63; Dolnicar,
Grün, Leisch & Schmidt (2014), Journal of Travel Research 53 (70 people per feature); one_cloud.py.
Assumes k-means clusters; intervals show how pairs of samples differ.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, Partition
from cvlab.analyses.segmentation.clusters import Clusters
from cvlab.analyses.segmentation.one_cloud import fit_one_cloud
from cvlab.analyses.segmentation.preparation import PreparedFeatures, prepare_features
from cvlab.analyses.segmentation.resampled_clusters import (
    compare_with_one_cloud,
    draw_from_one_cloud,
    draw_samples,
    resample_clusters,
)
from cvlab.analyses.segmentation.stability_tables import (
    LEVEL,
    NATURAL,
    NOT_ENOUGH,
    REPRODUCIBLE,
    judge_numbers,
    recommend_number,
    tabulate_clusters,
    tabulate_numbers,
    tabulate_tree,
)
from cvlab.checks import check_count
from cvlab.errors import ParameterError

PEOPLE_PER_FEATURE = 70
PEOPLE_PER_CLUSTER = 30
MOST_PEOPLE = 3000
FEWEST_DRAWS = 19  # fewer could not tell 5 % of draws
_FEW_HITS = 2


@dataclass(frozen=True, eq=False, kw_only=True)
class Stability:
    """How far clusters can be trusted, for each number of them.

    Attributes
    ----------
    table : one row per number of clusters: n_clusters; ari (mean adjusted Rand index over pairs of samples), low, high
        (which hold 95 % of the pairs); within_sum_of_squares, and null_low, null_high (which hold one cloud's, for all
        numbers of clusters at once, in 95 % of draws on either side); null_ari, null_ari_low, null_ari_high (the same
        agreement in one cloud); p_one_cloud (share of one-cloud draws that look as clustered, whatever k is looked
        at); hit_rate (share of starts that reached the best optimum); n; verdict.
    clusters : one row per cluster of all people: n_clusters, cluster (1 is the largest), n, share, jaccard (mean
        overlap with the best fitting cluster of a sample), low, high.
    tree : one row per parent and child of successive numbers of clusters: n_clusters, child, parents (how many
        clusters there were before), parent, n (people that go this way), share_of_child, share_of_parent, slsa (of the
        child; missing with one parent).
    recommended : number of clusters, None where none can be recommended.
    reason : why, in words.
    headline : agreement of the recommended number of clusters.
    notes : what was done, and caveats.
    """

    table: pd.DataFrame
    clusters: pd.DataFrame
    tree: pd.DataFrame
    recommended: int | None
    reason: str
    headline: Headline
    notes: tuple[str, ...] = ()

    rows: ClassVar[str] = "number of clusters"
    kinds: ClassVar[Mapping[str, str]] = {
        "n_clusters": "count",
        "ari": "number",
        "low": "number",
        "high": "number",
        "within_sum_of_squares": "number",
        "null_low": "number",
        "null_high": "number",
        "null_ari": "number",
        "null_ari_low": "number",
        "null_ari_high": "number",
        "p_one_cloud": "share",
        "hit_rate": "share",
        "n": "count",
        "verdict": "text",
    }

    def choose(self, asked: int = 0, *, otherwise: int = 3) -> int:
        """Return the number asked for, the recommended one where it is 0, and `otherwise` where none is recommended."""
        return asked or self.recommended or otherwise

    def trust(self, clusters: Clusters, *, smallest_group: int = 10) -> Partition | None:
        """Return the clusters if another analysis may be split by them: they come out again, and are large enough."""
        verdict = self.table.set_index("n_clusters")["verdict"].get(len(clusters.names))
        return clusters.trusted(smallest_group) if verdict in (NATURAL, REPRODUCIBLE) else None


def estimate_stability(
    features: pd.DataFrame,
    *,
    n_clusters: Sequence[int] = range(2, 9),
    n_pairs: int = 100,
    n_starts: int = 40,
    n_null: int = 99,
    weights: pd.Series | np.ndarray | None = None,
    scale: str = "auto",
    seed: int = 0,
) -> Stability:
    """Say for each number of clusters whether they would come out again, and whether they are more than one cloud.

    Parameters
    ----------
    features : one row per person, as for `estimate_clusters`.
    n_clusters : numbers of clusters to look at, each 2 or more.
    n_pairs : pairs of bootstrap samples.
    n_starts : starts for each sample. With few, low agreement may be a failed optimiser; see `hit_rate`.
    n_null : data sets drawn from one cloud, 19 or more.
    weights : one per person.
    scale : "auto", "standard" or "none"; see `cvlab.analyses.segmentation.preparation`.
    seed : of everything drawn.

    Raises
    ------
    DataError : infinite values, a column of ids, nothing that varies.
    ParameterError : an argument is outside what it may be.

    Source
    ------
    Dolnicar & Leisch (2010), Marketing Letters 21.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> centre = np.repeat([[0, 0], [6, 0], [0, 6]], 70, axis=0)
    >>> features = pd.DataFrame(centre + random.normal(size=(210, 2)), columns=["battery", "price"])
    >>> stability = estimate_stability(features, n_clusters=range(2, 6), n_pairs=10, n_starts=5, n_null=19)
    >>> stability.recommended, stability.table["verdict"].tolist()[1]
    (3, 'natural')
    >>> str(estimate_stability(features[:60], n_clusters=[2], n_pairs=10, n_starts=5).headline)
    'Not enough data to judge clusters: 60 people for 2 features; 140 would do (70 per feature, 30 per cluster).'
    """
    numbers = _check_numbers(n_clusters)
    for name, value, least in (("n_pairs", n_pairs, 2), ("n_starts", n_starts, 1), ("n_null", n_null, FEWEST_DRAWS)):
        check_count(value, name, least=least)
    prepared = prepare_features(features, scale=scale, weights=weights)
    people, notes = _choose_people(prepared, seed=seed)
    n, n_features = len(people.encoded), len(people.preparation.features)
    weight = people.weights.to_numpy() * (n / people.weights.sum())
    rows, row_weights = people.distinct, np.bincount(people.position, weights=weight, minlength=len(people.distinct))
    row_people = np.bincount(people.position, minlength=len(rows)).astype(float)
    random = np.random.default_rng(seed)
    samples = draw_samples(people.position, weight, 2 * n_pairs, random)
    fewest_rows = int((samples > 0).sum(axis=1).min())
    results = {
        k: resample_clusters(rows, row_weights, samples, n_clusters=k, n_starts=n_starts, seed=seed + 2 * place)
        for place, k in enumerate(numbers)
        if k <= fewest_rows
    }
    enough = {k: n >= max(PEOPLE_PER_FEATURE * n_features, PEOPLE_PER_CLUSTER * k) for k in results}
    judged = [k for k in results if enough[k]]
    against = None
    if judged:
        effective = max(round(float(weight.sum() ** 2 / (weight**2).sum())), max(judged))
        within, agreement = draw_from_one_cloud(
            fit_one_cloud(people),
            n=effective,
            n_clusters=judged,
            n_draws=n_null,
            n_pairs=n_pairs,
            n_starts=n_starts,
            seed=seed,
        )
        found = np.array([results[k].fit.within_sum_of_squares for k in judged])
        against = compare_with_one_cloud(found, within * (n / effective), agreement)
    table = tabulate_numbers(numbers, results, n, unit=float(people.weights.sum()) / n)
    table = judge_numbers(table, judged, against, unit=float(people.weights.sum()) / n)
    recommended, reason = recommend_number(table, judged, against)
    return Stability(
        table=table,
        clusters=tabulate_clusters(results, row_weights, row_people),
        tree=tabulate_tree(results, row_people),
        recommended=recommended,
        reason=reason,
        headline=_write_headline(table, recommended, reason, n=n, n_features=n_features, n_pairs=n_pairs),
        notes=(*prepared.notes, *notes, *_write_notes(table, n_starts, n_features)),
    )


def _check_numbers(n_clusters: Sequence[int]) -> list[int]:
    numbers = [n_clusters] if isinstance(n_clusters, int) else list(n_clusters)
    if not numbers:
        raise ParameterError("n_clusters is empty: give at least one number of clusters, such as range(2, 9)")
    return sorted({check_count(k, "n_clusters", least=2) for k in numbers})


def _choose_people(prepared: PreparedFeatures, *, seed: int) -> tuple[PreparedFeatures, list[str]]:
    """Put people in an order that does not hang on that of the rows, and take some of them where there are many."""
    weights = prepared.weights.to_numpy()
    chosen = np.lexsort((weights, prepared.position))
    chosen = chosen[weights[chosen] > 0]
    notes = []
    if len(chosen) > MOST_PEOPLE:
        notes.append(f"Stability was measured on {MOST_PEOPLE:,} of {len(chosen):,} people, drawn at random.")
        random = np.random.default_rng(seed)
        chosen = chosen[np.sort(random.choice(len(chosen), size=MOST_PEOPLE, replace=False))]
    used, position = np.unique(prepared.position[chosen], return_inverse=True)
    people = replace(
        prepared,
        encoded=prepared.encoded.iloc[chosen],
        weights=prepared.weights.iloc[chosen],
        distinct=prepared.distinct[used],
        distinct_weights=np.bincount(position, weights=weights[chosen]),
        position=position,
    )
    return people, notes


def _write_notes(table: pd.DataFrame, n_starts: int, n_features: int) -> list[str]:
    notes = ["Agreement compares two samples over all people; its interval holds 95 % of the pairs of samples."]
    rare = table.loc[table["hit_rate"] * n_starts < _FEW_HITS, "n_clusters"]
    if n_starts > 1 and len(rare):
        which = ", ".join(str(k) for k in rare)
        notes.append(
            f"With {which} clusters fewer than {_FEW_HITS} of {n_starts} starts reached the best solution of a sample: "
            "low agreement may then be a failed search, not a lack of clusters."
        )
    if n_features == 1:
        notes.append(
            "One feature alone keeps its margin in one cloud too, so its clusters can never be called natural."
        )
    if (table["verdict"] == NATURAL).any():
        notes.append("Natural means: more clustered than one cloud with the same margins and rank correlations.")
    return notes


def _write_headline(
    table: pd.DataFrame, recommended: int | None, reason: str, *, n: int, n_features: int, n_pairs: int
) -> Headline:
    value = low = high = math.nan
    words = {"reason": reason, "features": f"{n_features} feature{'s' if n_features != 1 else ''}"}
    judged = table[table["verdict"] != NOT_ENOUGH]
    if judged.empty:
        enough = max(PEOPLE_PER_FEATURE * n_features, PEOPLE_PER_CLUSTER * int(table["n_clusters"].min()))
        words |= {"enough": f"{enough:,}"}
        sentence = (
            "Not enough data to judge clusters: {n} people for {features}; {enough} would do "
            f"({PEOPLE_PER_FEATURE} per feature, {PEOPLE_PER_CLUSTER} per cluster)."
        )
        if n >= enough:
            sentence = (
                "Not enough data to judge clusters: the {n} people are too much alike in {features}; "
                "ask for fewer clusters or give more features."
            )
    else:
        best = judged.set_index("n_clusters")["ari"].idxmax() if recommended is None else recommended
        row = judged.set_index("n_clusters").loc[best]
        value, low, high = float(row["ari"]), float(row["low"]), float(row["high"])
        words |= {"k": str(best), "verdict": str(row["verdict"])}
        agree = "two samples of {n} people agree on {them} to {value} of 1 ({level} of pairs: {low} to {high})."
        if recommended is None:
            sentence = "{reason} At best, " + agree.replace("{them}", "{k} clusters")
        else:
            sentence = "{k} clusters are {verdict}: " + agree.replace("{them}", "them") + " {reason}"
    return Headline(
        key="segmentation.stability",
        label="agreement of clusters found in two samples",
        value=value,
        low=low,
        high=high,
        n=n,
        unit="number",
        better="higher",
        smallest_change=0.1,
        method=f"k-means, {n_pairs} pairs of bootstrap samples, adjusted Rand index; one-cloud null",
        level=LEVEL,
        sentence=sentence,
        words=words,
    )
