"""Gaussian mixture: clusters of any elliptical shape, as large and as slanted as the data have them.

    density of a row = sum over clusters of share · normal(row; mean, covariance of the cluster)

k-means cuts space into cells of like size; a mixture may find a narrow cluster inside a wide one, and says of each
person how sure it is. A ten-thousandth of each column's variance is added to every covariance, so that no cluster can
close in on a few people who are exactly alike.

Source: McLachlan & Peel (2000), Finite Mixture Models, chapter 3; fitted by scikit-learn's GaussianMixture.
Assumes measured columns, complete rows and people who all weigh the same.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

SAME_OPTIMUM = 1e-4
SMALLEST_VARIANCE = 1e-4
MOST_ROWS_FOR_STARTS = 5000
_SETTLED, _CONVERGED = 1e-6, 1e-9
_MOST_ITERATIONS, _FEWEST_FINAL, _MOST_FINAL = 300, 100, 2000
_MOST_ROW_VISITS = 20_000_000


@dataclass(frozen=True, eq=False, kw_only=True)
class MixtureFit:
    """The best of several starts, the largest cluster first.

    Attributes
    ----------
    log_likelihood : in the units of the rows given.
    n_parameters : free parameters.
    probabilities : rows × k, chance of each cluster given the row.
    hit_rate : share of the starts that reached the best optimum (within 0.0001 of log-likelihood per row).
    subsampled : rows on which the starts were run; 0 where all were used.
    converged : whether the best start had settled when it was stopped.
    """

    log_likelihood: float
    n_parameters: int
    probabilities: np.ndarray
    hit_rate: float
    subsampled: int
    converged: bool
    _mixture: GaussianMixture
    _order: np.ndarray
    _origin: np.ndarray
    _unit: np.ndarray

    def classify(self, rows: np.ndarray) -> np.ndarray:
        """Return rows × k: the chance of each cluster."""
        return np.asarray(self._mixture.predict_proba((rows - self._origin) / self._unit))[:, self._order]


def fit_mixture(rows: np.ndarray, *, n_clusters: int, n_starts: int = 40, seed: int = 0) -> MixtureFit:
    """Fit a Gaussian mixture with a full covariance per cluster; every column must vary.

    Parameters
    ----------
    rows : n × p; the same rows in the same order give the same fit.

    Examples
    --------
    >>> fit = fit_mixture(np.array([[0.0], [0.1], [0.2], [9.0], [9.1]]), n_clusters=2, n_starts=3)
    >>> fit.probabilities.argmax(axis=1).tolist(), fit.n_parameters
    ([0, 0, 0, 1, 1], 5)
    """
    origin, unit = rows.mean(axis=0), rows.std(axis=0)
    standard = (rows - origin) / unit
    random = np.random.default_rng(seed)
    some, subsampled = standard, 0
    if len(standard) > MOST_ROWS_FOR_STARTS:
        subsampled = MOST_ROWS_FOR_STARTS
        some = standard[np.sort(random.choice(len(standard), size=subsampled, replace=False))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # said by `converged`
        starts = [
            _mixture(n_clusters, init_params="k-means++", random_state=int(number)).fit(some)
            for number in random.integers(2**31, size=n_starts)
        ]
        reached = np.array([start.lower_bound_ for start in starts])
        best = starts[int(reached.argmax())]
        final = _mixture(
            n_clusters,
            tol=_CONVERGED,
            max_iter=int(np.clip(_MOST_ROW_VISITS // len(standard), _FEWEST_FINAL, _MOST_FINAL)),
            weights_init=best.weights_,
            means_init=best.means_,
            precisions_init=best.precisions_,
        ).fit(standard)
    probabilities = final.predict_proba(standard)
    sizes = np.bincount(probabilities.argmax(axis=1), minlength=n_clusters)
    order = np.lexsort((*(column for column in final.means_.T[::-1].round(6)), -sizes))
    p = rows.shape[1]
    return MixtureFit(
        log_likelihood=float(final.score_samples(standard).sum() - len(rows) * np.log(unit).sum()),
        n_parameters=n_clusters - 1 + n_clusters * (p + p * (p + 1) // 2),
        probabilities=probabilities[:, order],
        hit_rate=float(np.mean(reached >= reached.max() - SAME_OPTIMUM)),
        subsampled=subsampled,
        converged=bool(final.converged_),
        _mixture=final,
        _order=order,
        _origin=origin,
        _unit=unit,
    )


def _mixture(
    n_clusters: int, *, tol: float = _SETTLED, max_iter: int = _MOST_ITERATIONS, **how: object
) -> GaussianMixture:
    return GaussianMixture(n_clusters, reg_covar=SMALLEST_VARIANCE, tol=tol, max_iter=max_iter, **how)
