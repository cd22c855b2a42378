"""The tables and the verdicts of stability: per number of clusters, per cluster, and from one number to the next.

What the verdicts and the recommendation mean stands at the top of stability.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from cvlab.analyses.common import percentile_interval
from cvlab.analyses.segmentation.overlap import cross_labels, measure_descent
from cvlab.analyses.segmentation.resampled_clusters import AgainstOneCloud, Resampled

NATURAL, REPRODUCIBLE, CONSTRUCTED, NOT_ENOUGH = "natural", "reproducible", "constructed", "not enough data"
GOOD_AGREEMENT, EXCELLENT_AGREEMENT = 0.80, 0.90
SIGNIFICANT = 0.05
LEVEL = 0.95
_WORTH_ONE_MORE = 2
_NULL_COLUMNS = ("null_low", "null_high", "null_ari", "null_ari_low", "null_ari_high", "p_one_cloud")
_CLUSTER_COLUMNS = ("n_clusters", "cluster", "n", "share", "jaccard", "low", "high")
_TREE_COLUMNS = ("n_clusters", "child", "parents", "parent", "n", "share_of_child", "share_of_parent", "slsa")


def tabulate_numbers(numbers: Sequence[int], results: Mapping[int, Resampled], n: int, *, unit: float) -> pd.DataFrame:
    """Return one row per number of clusters, as yet without what one cloud gives.

    `unit` is what a sum of squares is multiplied by to stand in the unit of the caller's weights.
    """
    records = []
    for k in numbers:
        found = results.get(k)
        low, high = percentile_interval(found.agreement, level=LEVEL) if found else (math.nan, math.nan)
        records.append(
            {
                "n_clusters": k,
                "ari": float(found.agreement.mean()) if found else math.nan,
                "low": float(low),
                "high": float(high),
                "within_sum_of_squares": found.fit.within_sum_of_squares * unit if found else math.nan,
                **dict.fromkeys(_NULL_COLUMNS, math.nan),
                "hit_rate": found.hit_rate if found else math.nan,
                "n": n,
                "verdict": NOT_ENOUGH,
            }
        )
    return pd.DataFrame(records)


def judge_numbers(
    table: pd.DataFrame, judged: list[int], against: AgainstOneCloud | None, *, unit: float
) -> pd.DataFrame:
    """Write beside each number of clusters what one cloud gives, and the verdict."""
    if against is None:
        return table
    rows = table["n_clusters"].isin(judged)
    beside = (
        against.low * unit,
        against.high * unit,
        against.agreement,
        against.agreement_low,
        against.agreement_high,
        against.p,
    )
    for column, values in zip(_NULL_COLUMNS, beside, strict=True):
        table.loc[rows, column] = values
    reproducible = table.loc[rows, "ari"].to_numpy() >= GOOD_AGREEMENT
    table.loc[rows, "verdict"] = np.where(
        reproducible, np.where(against.p <= SIGNIFICANT, NATURAL, REPRODUCIBLE), CONSTRUCTED
    )
    return table


def recommend_number(table: pd.DataFrame, judged: list[int], against: AgainstOneCloud | None) -> tuple[int | None, str]:
    """Return the number of clusters to use, by the rule that opens stability.py, and why."""
    if against is None:
        return None, "There are not enough people to judge clusters."
    seen = table.set_index("n_clusters").loc[judged]
    natural = seen.index[seen["verdict"] == NATURAL]
    if len(natural):
        excellent = natural[seen.loc[natural, "ari"] >= EXCELLENT_AGREEMENT]
        gap = dict(zip(judged, against.gap, strict=True))
        error = dict(zip(judged, against.gap_error, strict=True))
        chosen, *others = excellent if len(excellent) else natural
        for k in others:
            if gap[k] > gap[chosen] + _WORTH_ONE_MORE * error[k]:
                chosen = k
        return int(chosen), f"{chosen} clusters come out again and are tighter than one cloud; more of them add little."
    reproducible = seen.index[seen["verdict"] == REPRODUCIBLE]
    if not len(reproducible):
        return None, (
            "No number of clusters comes out again in another sample: declared segments, or none, are the safer scheme."
        )
    excellent = reproducible[seen.loc[reproducible, "ari"] >= EXCELLENT_AGREEMENT]
    if len(excellent):
        chosen = int(max(excellent))
        return chosen, (
            f"{chosen} is the largest number of clusters that comes out again almost exactly "
            "(agreement 0.90 or more); they are pieces of one cloud, not natural groups."
        )
    chosen = int(seen.loc[reproducible, "ari"].idxmax())
    return chosen, f"{chosen} clusters come out again best; they are pieces of one cloud, not natural groups."


def tabulate_clusters(results: Mapping[int, Resampled], weights: np.ndarray, people: np.ndarray) -> pd.DataFrame:
    """Return one row per cluster of all people: its size, and how well samples find it again.

    `weights` and `people` say how much each distinct row counts, and how many people it stands for.
    """
    tables = []
    for k, found in results.items():
        sizes = np.bincount(found.fit.labels, weights=weights, minlength=k)
        low, high = percentile_interval(found.jaccard, level=LEVEL)
        tables.append(
            pd.DataFrame(
                {
                    "n_clusters": k,
                    "cluster": np.arange(1, k + 1),
                    "n": np.bincount(found.fit.labels, weights=people, minlength=k).astype(int),
                    "share": sizes / sizes.sum(),
                    "jaccard": found.jaccard.mean(axis=0),
                    "low": low,
                    "high": high,
                }
            )
        )
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(_CLUSTER_COLUMNS))


def tabulate_tree(results: Mapping[int, Resampled], people: np.ndarray) -> pd.DataFrame:
    """Say where each cluster comes from, between successive numbers of clusters."""
    tables = []
    for before, after in pairwise(results):
        crossing = cross_labels(
            results[before].fit.labels[None], results[after].fit.labels[None], people, max(before, after)
        )[0, :before, :after]
        child, parent = np.meshgrid(np.arange(after), np.arange(before))
        tables.append(
            pd.DataFrame(
                {
                    "n_clusters": after,
                    "child": child.ravel() + 1,
                    "parents": before,
                    "parent": parent.ravel() + 1,
                    "n": crossing.ravel().astype(int),
                    "share_of_child": (crossing / np.maximum(crossing.sum(axis=0), 1)).ravel(),
                    "share_of_parent": (crossing / np.maximum(crossing.sum(axis=1, keepdims=True), 1)).ravel(),
                    "slsa": np.tile(measure_descent(crossing), before),
                }
            )
        )
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(_TREE_COLUMNS))
