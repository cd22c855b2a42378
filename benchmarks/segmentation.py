"""Segmentation: stability and k-means on many people, against plain loops over scikit-learn.

The survey is simulated: as many people, yes/no columns and distinct rows as McDonald's survey has (Leisch, 2009). Where
CVLAB_MCDONALDS names a file with the real one (yes/no in its first eleven columns), that is used.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from benchmarks.harness import Allowance, Comparison
from cvlab.analyses.common import compress_rows
from cvlab.analyses.segmentation.k_means import fit_k_means
from cvlab.analyses.segmentation.resampled_clusters import draw_samples, resample_clusters

REAL_SURVEY = "CVLAB_MCDONALDS"
PEOPLE, ITEMS = 1453, 11
NUMBERS = range(2, 9)
PAIRS, STARTS = 50, 10
MANY_PEOPLE, MANY_FEATURES, CLOUDS = 100_000, 8, 6
Answer = tuple[np.ndarray, float]


def list_comparisons() -> list[Comparison | Allowance]:
    """List the comparisons of this chapter."""
    survey = read_survey()
    crowd = draw_crowd()
    what = f"stability, {len(survey):,} × {survey.shape[1]}, k = 2…8, {PAIRS} pairs, {STARTS} starts"
    return [
        Comparison(
            name=f"{what}, against a loop over scikit-learn on one thread",
            ours=lambda: stability_by_cvlab(survey),
            peer=lambda: stability_by_loop(survey, threads=1),
            compare=agree_on_stability,
            target=1 / 3.5,
            repeats=1,
        ),
        Allowance(
            name=f"{what}: a 20th of the loop's time by the clock with scikit-learn's own threads",
            ours=lambda: stability_by_cvlab(survey),
            target=time_one_pair(survey) * PAIRS / 20,
        ),
        Comparison(
            name=f"k-means, {MANY_PEOPLE:,} × {MANY_FEATURES}, k = {CLOUDS}, against KMeans(n_init=10)",
            ours=lambda: k_means_by_cvlab(crowd),
            peer=lambda: k_means_by_scikit_learn(crowd),
            compare=agree_on_k_means,
            target=1 / 8,
        ),
    ]


def read_survey() -> np.ndarray:
    """Read the real survey where it is at hand, else draw one of its size: eleven yes/no answers of three traits."""
    path = os.environ.get(REAL_SURVEY)
    if path:
        return (pd.read_csv(path).iloc[:, :ITEMS] == "Yes").to_numpy(dtype=float)
    rng = np.random.default_rng(20260102)
    traits = rng.normal(size=(PEOPLE, 3))
    loadings = rng.normal(size=(3, ITEMS))
    return np.asarray(traits @ loadings + 0.7 * rng.normal(size=(PEOPLE, ITEMS)) > rng.normal(size=ITEMS), dtype=float)


def draw_crowd() -> np.ndarray:
    """Draw many people from clouds that overlap."""
    rng = np.random.default_rng(20260103)
    centres = 1.5 * rng.normal(size=(CLOUDS, MANY_FEATURES))
    return np.asarray(centres[rng.integers(CLOUDS, size=MANY_PEOPLE)] + rng.normal(size=(MANY_PEOPLE, MANY_FEATURES)))


def stability_by_cvlab(survey: np.ndarray) -> Answer:
    """Return mean agreement per number of clusters, and the within sums of squares of all samples together."""
    rows, weights, position = compress_rows(survey)
    samples = draw_samples(position, np.ones(len(survey)), 2 * PAIRS, np.random.default_rng(0))
    found = [resample_clusters(rows, weights, samples, n_clusters=k, n_starts=STARTS, seed=k) for k in NUMBERS]
    return np.array([each.agreement.mean() for each in found]), float(sum(each.within.sum() for each in found))


def stability_by_loop(survey: np.ndarray, *, threads: int | None, pairs: int = PAIRS) -> Answer:
    """Do the same as a careful person would write it."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(survey), size=(pairs, 2, len(survey)))
    agreement, within = [], 0.0
    with _limited(threads):
        for k in NUMBERS:
            scores = []
            for pair in drawn:
                models = [
                    KMeans(k, n_init=STARTS, random_state=int(rng.integers(2**31))).fit(survey[rows]) for rows in pair
                ]
                within += sum(model.inertia_ for model in models)
                scores.append(adjusted_rand_score(*(model.predict(survey) for model in models)))
            agreement.append(np.mean(scores))
    return np.array(agreement), within


def time_one_pair(survey: np.ndarray) -> float:
    """Return the seconds by the clock of one pair of the loop with as many threads as scikit-learn takes by itself."""
    began = time.perf_counter()
    stability_by_loop(survey, threads=None, pairs=1)
    return time.perf_counter() - began


def k_means_by_cvlab(crowd: np.ndarray) -> float:
    """Return the within sum of squares."""
    return fit_k_means(crowd, np.ones(len(crowd)), n_clusters=CLOUDS, n_starts=10).within_sum_of_squares


def k_means_by_scikit_learn(crowd: np.ndarray) -> float:
    """Return the within sum of squares, on one thread."""
    with _limited(1):
        return float(KMeans(CLOUDS, n_init=10, random_state=0).fit(crowd).inertia_)


def agree_on_stability(ours: Answer, peer: Answer) -> None:
    """Raise unless the samples are fitted as well as by the loop, and agree about as much."""
    np.testing.assert_allclose(ours[0], peer[0], atol=0.15)
    if ours[1] > peer[1]:
        raise ArithmeticError(f"the within sums of squares add up to {ours[1]:.0f}, those of the loop to {peer[1]:.0f}")


def agree_on_k_means(ours: float, peer: float) -> None:
    """Raise unless the sum of squares is within 0.01 %."""
    if ours > peer * 1.0001:
        raise ArithmeticError(f"the within sum of squares is {ours:.1f}, that of scikit-learn {peer:.1f}")


@contextmanager
def _limited(threads: int | None) -> Iterator[None]:
    # Limits set in the environment before scikit-learn is imported do not bind its OpenMP.
    # What the environment allows this process is not what scikit-learn would take by itself: all processors.
    with threadpool_limits(threads or os.cpu_count()):
        yield
