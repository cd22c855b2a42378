"""Clustering again and again: pairs of bootstrap samples of the data, and of data drawn from one cloud.

Every pair of n-out-of-n samples is clustered on its own, each sample from starts of its own; all people are then
assigned to the nearest centres of both, and the two divisions compared. Samples are weights on the same distinct rows.

From one cloud, each draw gives two numbers per k: the within sum of squares it reaches with as many starts as the
data had, and the agreement of one pair of samples. A draw thus meets the same optimiser as the data do.

Source: Dolnicar & Leisch (2010), "Evaluation of structure and reproducibility of cluster solutions using the
bootstrap", Marketing Letters 21 (pairs); Tibshirani, Walther & Hastie (2001), JRSS B 63 (reference data).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cvlab.analyses.common import compress_rows
from cvlab.analyses.segmentation.k_means import KMeansFit, fit_k_means, fit_k_means_to_samples
from cvlab.analyses.segmentation.lloyd import squared_distances
from cvlab.analyses.segmentation.one_cloud import OneCloud
from cvlab.analyses.segmentation.overlap import cross_labels, measure_adjusted_rand, measure_jaccard


@dataclass(frozen=True, eq=False, kw_only=True)
class Resampled:
    """What resampling says about one number of clusters.

    Attributes
    ----------
    fit : the clusters of all people.
    agreement : adjusted Rand index of each pair.
    jaccard : samples × clusters of `fit`: overlap with the cluster of the sample that fits best.
    within : sum of squares of each sample.
    hit_rate : share of the starts that reached the best optimum of their sample.
    """

    fit: KMeansFit
    agreement: np.ndarray
    jaccard: np.ndarray
    within: np.ndarray
    hit_rate: float


def resample_clusters(
    rows: np.ndarray, weights: np.ndarray, samples: np.ndarray, *, n_clusters: int, n_starts: int, seed: int
) -> Resampled:
    """Cluster all people and every sample; the samples 0 and 1, 2 and 3 … are the pairs.

    Parameters
    ----------
    rows, weights : distinct rows and how many people each stands for.
    samples : samples × rows, the weights of each sample.
    """
    fit = fit_k_means(rows, weights, n_clusters=n_clusters, n_starts=n_starts, seed=seed)
    fits = fit_k_means_to_samples(rows, samples, n_clusters=n_clusters, n_starts=n_starts, seed=seed + 1)
    labels = assign_to_centres(rows, fits.centres)
    pairs = cross_labels(labels[0::2], labels[1::2], weights, n_clusters)
    own = cross_labels(np.broadcast_to(fit.labels, labels.shape), labels, weights, n_clusters)
    return Resampled(
        fit=fit,
        agreement=measure_adjusted_rand(pairs),
        jaccard=measure_jaccard(own),
        within=fits.within_sum_of_squares,
        hit_rate=float(fits.hit_rate.mean()),
    )


def draw_from_one_cloud(
    cloud: OneCloud, *, n: int, n_clusters: Sequence[int], n_draws: int, n_pairs: int, n_starts: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return draws × numbers of clusters: within sums of squares of n people, and the agreement of a pair of samples.

    The agreement is that of the first `n_pairs` draws; the within sum of squares is cheaper, and decides.
    """
    within = np.empty((n_draws, len(n_clusters)))
    agreement = np.empty((min(n_pairs, n_draws), len(n_clusters)))
    for draw, sequence in enumerate(np.random.SeedSequence(seed).spawn(n_draws)):
        random = np.random.default_rng(sequence)
        rows, weights, position = compress_rows(cloud.draw(n, random))
        paired = draw < len(agreement)
        samples = weights[None]
        if paired:
            samples = np.concatenate([samples, draw_samples(position, np.ones(n), 2, random)])
        for place, k in enumerate(n_clusters):
            fits = fit_k_means_to_samples(
                rows, samples, n_clusters=k, n_starts=n_starts, seed=int(random.integers(2**31))
            )
            within[draw, place] = fits.within_sum_of_squares[0]
            if paired:
                labels = assign_to_centres(rows, fits.centres[1:])
                agreement[draw, place] = measure_adjusted_rand(cross_labels(labels[:1], labels[1:], weights, k))[0]
    return within, agreement


def draw_samples(position: np.ndarray, weights: np.ndarray, n_samples: int, random: np.random.Generator) -> np.ndarray:
    """Draw as many people as there are, with replacement; return samples × distinct rows: the weight on each row.

    Parameters
    ----------
    position : distinct row of each person.
    weights : of each person.
    """
    n, rows = len(position), int(position.max()) + 1
    samples = np.empty((n_samples, rows))
    for sample in range(n_samples):
        drawn = random.integers(0, n, n)
        samples[sample] = np.bincount(position[drawn], weights=weights[drawn], minlength=rows)
    return samples


def assign_to_centres(rows: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return samples × rows: the nearest centre of each row in each sample."""
    origin = rows.mean(axis=0)
    return np.stack([squared_distances(rows - origin, (each - origin)[None])[0].argmin(axis=0) for each in centres])


@dataclass(frozen=True, eq=False, kw_only=True)
class AgainstOneCloud:
    """How the data stand beside draws from one cloud; one number per number of clusters.

    Attributes
    ----------
    p : share of the draws that look as clustered as the data do here, for whichever number of clusters they look most.
    low, high : between them lie the within sums of squares of one cloud, for all numbers of clusters at once.
    gap, gap_error : by how much the data lie below one cloud, as a difference of mean logarithms, and its error.
    agreement, agreement_low, agreement_high : mean and 95 % interval of the adjusted Rand index in one cloud.
    """

    p: np.ndarray
    low: np.ndarray
    high: np.ndarray
    gap: np.ndarray
    gap_error: np.ndarray
    agreement: np.ndarray
    agreement_low: np.ndarray
    agreement_high: np.ndarray


def compare_with_one_cloud(
    found: np.ndarray, within: np.ndarray, agreement: np.ndarray, *, significant: float = 0.05
) -> AgainstOneCloud:
    """Compare the data's within sums of squares with those of one cloud, numbers of clusters looked at together.

    Parameters
    ----------
    found : one within sum of squares per number of clusters.
    within, agreement : draws × numbers of clusters, from `draw_from_one_cloud`; of agreements there may be fewer.
    significant : share of draws from one cloud that may lie below `low` for some number of clusters.

    Examples
    --------
    >>> draws = np.random.default_rng(0).normal(100, 1, size=(99, 2))
    >>> against = compare_with_one_cloud(np.array([90.0, 100.0]), draws, np.zeros((99, 2)))
    >>> (against.p <= 0.05).tolist(), (against.low > 90).tolist()
    ([True, False], [True, True])
    """
    draws = len(within)
    mean, spread = within.mean(axis=0), within.std(axis=0, ddof=1)
    # With one feature, which keeps its margin, all draws are the same; nothing can be told from rounding.
    spread = np.where(spread > 1e-9 * np.abs(mean), spread, np.inf)
    # Each draw is measured against the others, as the data are against all: their own share would flatter them.
    others = (draws * mean - within) / (draws - 1)
    squares = (draws - 1) * np.where(np.isfinite(spread), spread, 0) ** 2 - draws / (draws - 1) * (within - mean) ** 2
    other_spread = np.where(np.isfinite(spread), np.sqrt(np.maximum(squares, 0) / (draws - 2)), np.inf)
    depth = (others - within) / np.where(other_spread > 0, other_spread, np.inf)
    deepest, highest = depth.max(axis=1), (-depth).max(axis=1)
    rank = min(int(np.ceil((1 - significant) * (draws + 1))), draws) - 1
    width = np.where(np.isfinite(spread), spread, 0)
    tiny = 1e-12 * np.maximum(mean, 1e-300)
    logarithms = np.log(np.maximum(within, tiny))
    return AgainstOneCloud(
        p=(1 + (deepest[:, None] >= (mean - found) / spread).sum(axis=0)) / (draws + 1),
        low=np.maximum(mean - np.sort(deepest)[rank] * width, 0),
        high=mean + np.sort(highest)[rank] * width,
        gap=logarithms.mean(axis=0) - np.log(np.maximum(found, tiny)),
        gap_error=logarithms.std(axis=0, ddof=1) * np.sqrt(1 + 1 / draws),
        agreement=agreement.mean(axis=0),
        agreement_low=np.quantile(agreement, 0.025, axis=0),
        agreement_high=np.quantile(agreement, 0.975, axis=0),
    )
