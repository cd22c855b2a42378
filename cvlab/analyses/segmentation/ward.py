"""Ward's method for groups of different size: who is merged first, and at what cost.

    cost of merging A and B = size A · size B / (size A + size B) · |mean A - mean B|²     rise of the spread within

scipy's linkage takes no sizes; this does, and equals it where all are 1 or where rows are repeated.

Source: Ward (1963), "Hierarchical grouping to optimize an objective function", JASA 58; Lance & Williams (1967), "A
general theory of classificatory sorting strategies", The Computer Journal 9, for the cost after a merge.
Assumes up to some hundreds of groups: all pairs are kept.
"""

from __future__ import annotations

import numpy as np

Merge = tuple[tuple[int, ...], tuple[int, ...], float]


def merge_by_ward(means: np.ndarray, sizes: np.ndarray) -> list[Merge]:
    """Merge rows of `means` that stand for `sizes` people each, the cheapest pair first, until one group is left.

    Returns
    -------
    for each merge the rows on either side and its cost, the rise of the sum of squares within. With sizes 1 the heights
    of scipy's "ward" are sqrt(2 · cost).

    Examples
    --------
    >>> merge_by_ward(np.array([[0.0], [1.0], [5.0]]), np.array([1.0, 1.0, 2.0]))
    [((0,), (1,), 0.5), ((0, 1), (2,), 20.25)]
    """
    n = len(means)
    size = np.asarray(sizes, dtype=float).copy()
    gaps = ((means[:, None] - means[None]) ** 2).sum(axis=2)
    cost = gaps * (size[:, None] * size[None] / (size[:, None] + size[None]))
    cost[np.tril_indices(n)] = np.inf
    held: list[tuple[int, ...]] = [(row,) for row in range(n)]
    merges: list[Merge] = []
    # Rounded when compared, so that ties fall to the earlier rows whatever the last digits are.
    digit = 1e-12 * max(float(np.max(cost, initial=0, where=np.isfinite(cost))), np.finfo(float).tiny)
    for _ in range(n - 1):
        first, second = np.unravel_index(int((cost / digit).round().argmin()), cost.shape)
        height = cost[first, second]
        merges.append((held[first], held[second], float(height)))
        own, other = np.minimum(cost[first], cost[:, first]), np.minimum(cost[second], cost[:, second])
        together = size[first] + size[second]
        # Lance & Williams' formula for Ward's cost: no mean has to be taken again.
        updated = ((size[first] + size) * own + (size[second] + size) * other - size * height) / (together + size)
        cost[second], cost[:, second] = np.inf, np.inf
        alive = np.isfinite(own) & np.isfinite(other)
        above, below = np.arange(n) < first, np.arange(n) > first
        cost[above & alive, first] = updated[above & alive]
        cost[first, below & alive] = updated[below & alive]
        size[first] = together
        held[first] = tuple(sorted(held[first] + held[second]))
    return merges
