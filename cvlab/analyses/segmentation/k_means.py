"""k-means: the k centres that leave the least squared distance between people and their centre.

    within sum of squares = sum over rows of weight · |row - centre of its cluster|²

Every start draws its centres far apart (k-means++), moves rows and centres in turn until nothing changes (Lloyd), and
is then improved by moving single rows as long as that lowers the sum (Hartigan): a row of weight w leaves cluster a of
weight A for cluster b of weight B if  B·w/(B+w) · |x-b|²  <  A·w/(A-w) · |x-a|².

Starts run together on distinct rows with weights, and so do bootstrap samples, which are other weights on the same
rows (lloyd.py). Where there are many rows, the starts run on some of them, and the best one goes on with all.

Source: Arthur & Vassilvitskii (2007), "k-means++"; Lloyd (1982), IEEE Trans. Inf. Theory 28; Hartigan (1975),
Clustering Algorithms, chapter 4.
Assumes that clusters are round and of like spread in the units given; the result is the best of the starts, and the
share of starts that reached it tells how far it can be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvlab.analyses.segmentation.lloyd import assign_rows, draw_centres, move_single_rows, run_lloyd, settle

SAME_OPTIMUM = 1e-6
MOST_ROWS_FOR_STARTS = 2000
_MORE_ROWS = 8
_WORTH_IMPROVING = 1.02
_ROUNDING = 1e-12
_MOST_IMPROVED = 3
# A full pass ends when an iteration gains less than this share: single rows then move to and fro between neighbours.
_SETTLED = 1e-5


@dataclass(frozen=True, eq=False, kw_only=True)
class KMeansFit:
    """The best of several starts.

    Attributes
    ----------
    centres : k × p, the largest cluster first.
    labels : cluster of each row.
    within_sum_of_squares : what the best start reached.
    hit_rate : share of the starts that came within a millionth of it.
    subsampled : rows on which the starts were run; 0 where all were used.
    """

    centres: np.ndarray
    labels: np.ndarray
    within_sum_of_squares: float
    hit_rate: float
    subsampled: int = 0


@dataclass(frozen=True, eq=False, kw_only=True)
class SampleFits:
    """The best of several starts for each of several samples of the same rows.

    Attributes
    ----------
    centres : samples × k × p.
    within_sum_of_squares, hit_rate : one per sample.
    """

    centres: np.ndarray
    within_sum_of_squares: np.ndarray
    hit_rate: np.ndarray


def fit_k_means(
    rows: np.ndarray, weights: np.ndarray, *, n_clusters: int, n_starts: int = 40, seed: int = 0
) -> KMeansFit:
    """Fit k-means to distinct rows with weights; needs at least `n_clusters` of them with a weight above 0.

    Parameters
    ----------
    rows : D × p distinct rows, as `compress_rows` gives them.
    weights : D weights.

    Examples
    --------
    >>> fit = fit_k_means(np.array([[0.0], [1.0], [9.0]]), np.array([1.0, 1.0, 3.0]), n_clusters=2)
    >>> fit.centres.ravel().round(6).tolist(), fit.labels.tolist(), round(fit.within_sum_of_squares, 6), fit.hit_rate
    ([9.0, 0.5], [1, 1, 0], 0.5, 1.0)
    """
    random = np.random.default_rng(seed)
    heavy = np.flatnonzero(weights > 0)
    subsampled = 0
    if len(heavy) > MOST_ROWS_FOR_STARTS:
        subsampled = MOST_ROWS_FOR_STARTS
        heavy = np.sort(random.choice(heavy, size=MOST_ROWS_FOR_STARTS, replace=False))
    # Distances do not change when the origin moves, but they lose fewer digits near it; one far row must not draw it.
    origin = np.median(rows[heavy], axis=0)
    X = rows - origin
    # On a subsample single rows are not worth moving, since all rows go on from it.
    fits = _fit_centred(X[heavy], weights[heavy][None], n_clusters, n_starts, random, improved=not subsampled)
    centres = fits.centres[0]
    if subsampled:
        centres = _go_on_with_all(X, weights, centres, random)
    labels, within = assign_rows(X, weights, centres)
    order = _by_size(centres, np.bincount(labels, weights=weights, minlength=n_clusters))
    return KMeansFit(
        centres=centres[order] + origin,
        labels=np.argsort(order)[labels],
        within_sum_of_squares=within,
        hit_rate=float(fits.hit_rate[0]),
        subsampled=subsampled,
    )


def fit_k_means_to_samples(
    rows: np.ndarray, sample_weights: np.ndarray, *, n_clusters: int, n_starts: int = 40, seed: int = 0
) -> SampleFits:
    """Fit k-means to samples of the same rows, each written as weights; every sample has starts of its own.

    Parameters
    ----------
    rows : D × p distinct rows.
    sample_weights : samples × D; each sample needs `n_clusters` rows with a weight above 0.

    Examples
    --------
    >>> fits = fit_k_means_to_samples(np.array([[0.0], [1.0], [9.0]]), np.array([[1.0, 1, 3], [2, 2, 0]]), n_clusters=2)
    >>> fits.within_sum_of_squares.round(6).tolist(), np.sort(fits.centres[:, :, 0]).round(6).tolist()
    ([0.5, 0.0], [[0.5, 9.0], [0.0, 1.0]])
    """
    origin = np.median(rows, axis=0)
    fits = _fit_centred(rows - origin, sample_weights, n_clusters, n_starts, np.random.default_rng(seed))
    return SampleFits(
        centres=fits.centres + origin, within_sum_of_squares=fits.within_sum_of_squares, hit_rate=fits.hit_rate
    )


def nearest_centres(rows: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return the number of the nearest centre of each row.

    Examples
    --------
    >>> nearest_centres(np.array([[0.0], [4.0]]), np.array([[5.0], [1.0]])).tolist()
    [1, 0]
    """
    origin = centres.mean(axis=0)
    return assign_rows(rows - origin, np.ones(len(rows)), centres - origin)[0]


def _fit_centred(
    X: np.ndarray, W: np.ndarray, k: int, n_starts: int, random: np.random.Generator, *, improved: bool = True
) -> SampleFits:
    samples = len(W)
    sample = np.repeat(np.arange(samples), n_starts)
    centres, within = run_lloyd(X, W, sample, draw_centres(X, W, sample, k, random))
    within = within.reshape(samples, n_starts)
    least = within.min(axis=1, keepdims=True)
    # Only what is near the best is worth improving, and what is the same optimum is improved once.
    near = within <= least * _WORTH_IMPROVING + _ROUNDING
    step = np.maximum(least * SAME_OPTIMUM, _ROUNDING)
    order = np.argsort(within, axis=1, kind="stable")
    ordered = np.take_along_axis(within, order, axis=1)
    first = np.concatenate([np.ones((samples, 1), bool), np.diff(ordered, axis=1) > step], axis=1)
    optimum = np.cumsum(first, axis=1) - 1
    chosen = first & np.take_along_axis(near, order, axis=1) & (optimum < _MOST_IMPROVED)
    of_sample, place = np.nonzero(chosen)
    run = of_sample * n_starts + order[of_sample, place]
    better, least_of_run = centres[run], ordered[of_sample, place]
    if improved:
        better, least_of_run = move_single_rows(X, W, of_sample, better)
    # What every start has come to, after its optimum was improved.
    reached = np.full((samples, n_starts), np.inf)
    reached[of_sample, optimum[of_sample, place]] = least_of_run
    best = np.array(
        [np.flatnonzero(of_sample == each)[least_of_run[of_sample == each].argmin()] for each in range(samples)]
    )
    final = np.take_along_axis(reached, optimum, axis=1)
    lowest = least_of_run[best][:, None]
    return SampleFits(
        centres=better[best],
        within_sum_of_squares=least_of_run[best],
        hit_rate=(final <= lowest * (1 + SAME_OPTIMUM) + _ROUNDING).mean(axis=1),
    )


def _go_on_with_all(X: np.ndarray, w: np.ndarray, centres: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Lloyd's iterations from centres that few rows gave: on more of them, then on all, which needs few more."""
    heavy = np.flatnonzero(w > 0)
    more = _MORE_ROWS * MOST_ROWS_FOR_STARTS
    if len(heavy) > 2 * more:
        some = random.choice(heavy, size=more)
        centres = settle(X[some], w[some], centres, gain=_SETTLED)
    return settle(X, w, centres, gain=_SETTLED)


def _by_size(centres: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Largest first; ties by the centres themselves, so that the order does not hang on the start."""
    return np.lexsort((*(column for column in centres.T[::-1].round(9)), -sizes.round(9)))
