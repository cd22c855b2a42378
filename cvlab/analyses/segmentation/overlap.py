"""Overlap of two divisions of the same people, many pairs of them at once, from their crossing tables.

    adjusted Rand index   (pairs together in both - expected) / (mean of pairs together in each - expected)
    Jaccard of a cluster  people in both / people in either, with the cluster of the other division that fits best
    SLSA of a cluster     1 - H(parents of the cluster) / log(number of parents), H = - sum of share · log(share)

SLSA, "segment level stability across solutions", asks where a cluster comes from when one more cluster is made: 1 if
all its people were in one cluster before, 0 if they come evenly from all. With one parent it is not defined.

Source: Hubert & Arabie (1985), Journal of Classification 2, equation 5; Hennig (2007), "Cluster-wise assessment of
cluster stability", Computational Statistics & Data Analysis 52; Dolnicar & Leisch (2017), "Using segment level
stability to select target segments in data-driven market segmentation studies", Marketing Letters 28.
"""

from __future__ import annotations

import numpy as np


def cross_labels(first: np.ndarray, second: np.ndarray, weights: np.ndarray, k: int) -> np.ndarray:
    """Return pairs × k × k: the weight of the rows in each pair of clusters.

    Parameters
    ----------
    first, second : pairs × rows of cluster numbers below k.
    weights : of the rows.

    Examples
    --------
    >>> cross_labels(np.array([[0, 0, 1]]), np.array([[1, 1, 0]]), np.array([1.0, 2.0, 4.0]), 2).tolist()
    [[[0.0, 3.0], [4.0, 0.0]]]
    """
    pairs = len(first)
    cells = (np.arange(pairs)[:, None] * k + first) * k + second
    counts = np.bincount(cells.ravel(), weights=np.tile(weights, pairs), minlength=pairs * k * k)
    return counts.reshape(pairs, k, k)


def measure_adjusted_rand(crossings: np.ndarray) -> np.ndarray:
    """Return the adjusted Rand index of each crossing table; 1 is the same, 0 is what chance gives.

    Examples
    --------
    >>> measure_adjusted_rand(np.array([[[5.0, 0.0], [0.0, 5.0]], [[1.0, 1.0], [1.0, 1.0]]])).round(3).tolist()
    [1.0, -0.5]
    """
    together = _pairs(crossings).sum(axis=(1, 2))
    first, second = (_pairs(crossings.sum(axis=axis)).sum(axis=1) for axis in (2, 1))
    everybody = _pairs(crossings.sum(axis=(1, 2)))
    expected = first * second / np.where(everybody > 0, everybody, 1)
    most = (first + second) / 2
    same = most - expected <= 1e-12 * everybody
    # Two divisions that both put everybody together, or everybody apart, are the same.
    return np.where(same, 1.0, (together - expected) / np.where(same, 1, most - expected))


def measure_jaccard(crossings: np.ndarray) -> np.ndarray:
    """Return tables × k: for each row of a crossing table the largest Jaccard index with any of the columns.

    Examples
    --------
    >>> measure_jaccard(np.array([[[4.0, 1.0], [0.0, 5.0]]])).round(3).tolist()
    [[0.8, 0.833]]
    """
    either = crossings.sum(axis=2, keepdims=True) + crossings.sum(axis=1, keepdims=True) - crossings
    return np.asarray((crossings / np.where(either > 0, either, 1)).max(axis=2))


def measure_descent(crossing: np.ndarray) -> np.ndarray:
    """Return the SLSA of each child (column) of a parent × child table.

    Examples
    --------
    >>> measure_descent(np.array([[10.0, 5.0], [0.0, 5.0]])).tolist(), measure_descent(np.array([[3.0, 4.0]])).tolist()
    ([1.0, 0.0], [nan, nan])
    """
    parents, children = crossing.shape
    if parents < 2:
        return np.full(children, np.nan)
    sizes = crossing.sum(axis=0)
    shares = crossing / np.where(sizes > 0, sizes, 1)
    logarithms = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    return 1 + (shares * logarithms).sum(axis=0) / np.log(parents)


def _pairs(counts: np.ndarray) -> np.ndarray:
    return np.asarray(counts * (counts - 1) / 2)
