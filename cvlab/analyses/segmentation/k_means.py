"""k-means: the k centres that leave the least squared distance between people and their centre.

    within sum of squares = sum over rows of weight · |row - centre of its cluster|²

Every start draws its centres far apart (k-means++), moves rows and centres in turn until nothing changes (Lloyd), and
is then improved by moving single rows as long as that lowers the sum (Hartigan): a row of weight w leaves cluster a of
weight A for cluster b of weight B if  B·w/(B+w) · |x-b|²  <  A·w/(A-w) · |x-a|².  All starts run at once, on distinct
rows with weights.

Source: Arthur & Vassilvitskii (2007), "k-means++"; Lloyd (1982), IEEE Trans. Inf. Theory 28; Hartigan (1975),
Clustering Algorithms, chapter 4.
Assumes that clusters are round and of like spread in the units given; the result is the best of the starts, and the
share of starts that reached it tells how far it can be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SAME_OPTIMUM = 1e-6
MOST_ROWS_FOR_STARTS = 5000
_MOST_ITERATIONS = 300
_MOST_MOVES = 300
_WORTH_IMPROVING = 1.02
_ROUNDING = 1e-12


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
    # Distances do not change when the origin moves, but they lose fewer digits near it.
    origin = np.average(rows, axis=0, weights=weights)
    heavy = np.flatnonzero(weights > 0)
    subsampled = 0
    if len(heavy) > MOST_ROWS_FOR_STARTS:
        subsampled = MOST_ROWS_FOR_STARTS
        heavy = np.sort(random.choice(heavy, size=MOST_ROWS_FOR_STARTS, replace=False))
    X, w = rows[heavy] - origin, weights[heavy]
    centres = _improve(X, w, _alternate(X, w, _draw_centres(X, w, n_clusters, n_starts, random)))
    within = _nearest(X, w, centres)[1]
    best = centres[[int(np.argmin(within))]]
    hit_rate = float(np.mean(within <= within.min() * (1 + SAME_OPTIMUM) + _ROUNDING))
    X = rows - origin
    if subsampled:
        best = _improve(X, weights, _alternate(X, weights, best))
    labels = _nearest(X, weights, best)[0]
    order = _by_size(best[0], np.bincount(labels[0], weights=weights, minlength=n_clusters))
    return KMeansFit(
        centres=best[0][order] + origin,
        labels=np.argsort(order)[labels[0]],
        within_sum_of_squares=float(weights @ ((X - best[0][labels[0]]) ** 2).sum(axis=1)),
        hit_rate=hit_rate,
        subsampled=subsampled,
    )


def nearest_centres(rows: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return the number of the nearest centre of each row.

    Examples
    --------
    >>> nearest_centres(np.array([[0.0], [4.0]]), np.array([[5.0], [1.0]])).tolist()
    [1, 0]
    """
    origin = centres.mean(axis=0)
    return np.asarray(_squared_distances(rows - origin, (centres - origin)[None])[0].argmin(axis=0))


def _draw_centres(X: np.ndarray, w: np.ndarray, k: int, n_starts: int, random: np.random.Generator) -> np.ndarray:
    """k-means++ for all starts at once: each next centre is drawn in proportion to weight · distance²."""
    chosen = np.empty((n_starts, k), dtype=int)
    farness = np.ones((n_starts, len(X)))
    for position in range(k):
        cumulated = np.cumsum(farness * w, axis=1)
        target = random.random(n_starts) * cumulated[:, -1]
        chosen[:, position] = np.minimum((cumulated <= target[:, None]).sum(axis=1), len(X) - 1)
        gap = _squared_distances(X, X[chosen[:, [position]]])[:, 0, :] + (X**2).sum(axis=1)
        # Exactly 0 at the centre itself, so that it cannot be drawn twice.
        gap[np.arange(n_starts), chosen[:, position]] = 0
        farness = np.maximum(gap, 0) if position == 0 else np.minimum(farness, np.maximum(gap, 0))
    return X[chosen]


def _alternate(X: np.ndarray, w: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Lloyd's iterations; starts that have settled are set aside."""
    centres = centres.copy()
    active = np.arange(len(centres))
    before = np.full((len(centres), len(X)), -1)
    for _ in range(_MOST_ITERATIONS):
        labels = _squared_distances(X, centres[active]).argmin(axis=1)
        moving = (labels != before[active]).any(axis=1)
        active, labels = active[moving], labels[moving]
        if not len(active):
            break
        before[active] = labels
        sums, sizes = _group_sums(X, w, labels, centres.shape[1])
        # A cluster that lost everybody keeps its centre; single moves fill it again where that helps.
        centres[active] = np.where(
            sizes[..., None] > 0, sums / np.where(sizes > 0, sizes, 1)[..., None], centres[active]
        )
    return centres


def _improve(X: np.ndarray, w: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Hartigan's moves of single rows, for the starts that are near the best; the others are lost anyway."""
    within = _nearest(X, w, centres)[1]
    centres = centres.copy()
    active = np.flatnonzero(within <= within.min() * _WORTH_IMPROVING + _ROUNDING)
    labels = _nearest(X, w, centres[active])[0]
    sums, sizes = _group_sums(X, w, labels, centres.shape[1])
    square = (X**2).sum(axis=1)
    smallest_gain = _ROUNDING * max(float(within.min()), _ROUNDING)
    going = np.arange(len(active))
    for _ in range(_MOST_MOVES):
        means = sums[going] / np.where(sizes[going] > 0, sizes[going], 1)[..., None]
        distances = np.maximum(_squared_distances(X, means) + square, 0)
        size = sizes[going][:, :, None]
        own = labels[going][:, None, :]
        leave_size = np.take_along_axis(np.broadcast_to(size, distances.shape), own, axis=1)[:, 0]
        rest = leave_size - w
        leaving = np.where(rest > _ROUNDING, leave_size * w / np.where(rest > _ROUNDING, rest, 1), 0)
        leaving = leaving * np.take_along_axis(distances, own, axis=1)[:, 0]
        joining = distances * (size * w / np.where(size + w > 0, size + w, 1))
        np.put_along_axis(joining, own, np.inf, axis=1)
        gain = leaving - joining.min(axis=1)
        row = gain.argmax(axis=1)
        better = gain[np.arange(len(going)), row] > smallest_gain
        if not better.any():
            break
        target = joining.argmin(axis=1)[np.arange(len(going)), row][better]
        going, row = going[better], row[better]
        source = labels[going, row]
        moved = X[row] * w[row, None]
        sums[going, source] -= moved
        sums[going, target] += moved
        sizes[going, source] -= w[row]
        sizes[going, target] += w[row]
        labels[going, row] = target
    sums, sizes = _group_sums(X, w, labels, centres.shape[1])
    centres[active] = np.where(sizes[..., None] > 0, sums / np.where(sizes > 0, sizes, 1)[..., None], centres[active])
    return centres


def _squared_distances(X: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return starts × clusters × rows: squared distances less the square of the row, which no comparison needs."""
    starts, k, p = centres.shape
    products = (centres.reshape(-1, p) @ X.T).reshape(starts, k, len(X))
    return (centres**2).sum(axis=2)[..., None] - 2 * products


def _nearest(X: np.ndarray, w: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    distances = _squared_distances(X, centres)
    labels = distances.argmin(axis=1)
    shortest = np.take_along_axis(distances, labels[:, None, :], axis=1)[:, 0] + (X**2).sum(axis=1)
    return labels, np.maximum(shortest, 0) @ w


def _group_sums(X: np.ndarray, w: np.ndarray, labels: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    starts = len(labels)
    flat = (labels + np.arange(starts)[:, None] * k).ravel()

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(flat, weights=np.tile(values, starts), minlength=starts * k).reshape(starts, k)

    return np.stack([total(column * w) for column in X.T], axis=2), total(w)


def _by_size(centres: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Largest first; ties by the centres themselves, so that the order does not hang on the start."""
    return np.lexsort((*(column for column in centres.T[::-1].round(9)), -sizes.round(9)))
