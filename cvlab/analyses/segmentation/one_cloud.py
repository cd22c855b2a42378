"""One cloud: data like these, but without groups, against which clusters must prove themselves.

    z ~ normal(0, R)                       one cloud of people, with as many latent traits as features
    feature = its own empirical margin, taken at the rank of its trait

R is chosen so that the features have the rank correlations that were observed. For a trait correlation r, the rank
correlation of two features is

    sum over m >= 1 of  a_m · b_m · r^m        a_m, b_m: Hermite coefficients of the two features' mid-ranks

which is solved for r. For two 0/1 columns this is the tetrachoric correlation, for ratings a polychoric one, for
measured columns 2·sin(π·ρ/6); ties, piles at zero and mixtures of kinds need no case of their own. A category enters
with its levels ordered along the main direction of all features.

The margins stay as they are, because a plain normal null takes every uniform, skewed or zero-inflated continuum for
clusters; the correlations stay, because permuted columns take every correlation for clusters.

Source: Lancaster (1957), Biometrika 44 (series); Pearson (1900), Phil. Trans. A 195 (tetrachoric); Cario & Nelson
(1997), "Modeling and generating random vectors with arbitrary marginal distributions and correlation matrix".
Assumes that one cloud is a normal one seen through monotone columns; a continuum of another shape (a ring, a bow) is
not one cloud in this sense.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from cvlab.analyses.segmentation.preparation import Preparation, PreparedFeatures

_TERMS = 200
_HALVINGS = 40
_LARGEST = 1 - 1e-6
_SMALLEST_EIGENVALUE = 1e-6


@dataclass(frozen=True, eq=False, kw_only=True)
class OneCloud:
    """The null model of one table of prepared features.

    Attributes
    ----------
    correlation : trait × trait, positive definite; one trait per feature.
    values : per trait, the encoded columns of its feature, ascending along the trait; rows count alike.
    """

    correlation: np.ndarray
    values: tuple[np.ndarray, ...]

    def draw(self, n: int, random: np.random.Generator) -> np.ndarray:
        """Return n people of one cloud, in the encoded columns of the features, scaled as these were."""
        traits = random.standard_normal((n, len(self.correlation))) @ np.linalg.cholesky(self.correlation).T
        ranks = traits.argsort(axis=0).argsort(axis=0)
        columns = []
        for trait, values in enumerate(self.values):
            place = ((ranks[:, trait] + 0.5) * len(values) / n).astype(int)
            columns.append(values[place])
        return np.concatenate(columns, axis=1)


def fit_one_cloud(prepared: PreparedFeatures) -> OneCloud:
    """Fit the null model to prepared features.

    Examples
    --------
    >>> import pandas as pd
    >>> from cvlab.analyses.segmentation.preparation import prepare_features
    >>> table = pd.DataFrame({"gps": [1, 1, 0, 0, 1, 0, 1, 0], "strap": [1, 1, 0, 0, 1, 0, 0, 1]})
    >>> cloud = fit_one_cloud(prepare_features(table))
    >>> round(float(cloud.correlation[0, 1]), 3)  # phi is 1/2 and both halve people: sin(π/2 · 1/2)
    0.707
    >>> cloud.draw(8, np.random.default_rng(0)).sum(axis=0).tolist()
    [4.0, 4.0]
    """
    preparation = prepared.preparation
    heavy = prepared.weights.to_numpy() > 0
    weights = prepared.weights.to_numpy()[heavy]
    encoded = prepared.encoded.to_numpy()[heavy] * preparation.factors
    blocks = _columns_of_features(preparation)
    main = _main_direction(encoded, weights)
    values, ridits, coefficients = [], [], []
    for block in blocks:
        score = encoded[:, block[0]] if len(block) == 1 else _order_levels(encoded[:, block], main, weights)
        order = np.argsort(score, kind="stable")
        values.append(_even_out(encoded[np.ix_(order, block)], weights[order]))
        ridit, terms = _expand_ranks(score, weights)
        ridits.append(ridit)
        coefficients.append(terms)
    observed = (np.array(ridits) * weights) @ np.array(ridits).T / weights.sum()
    return OneCloud(correlation=_nearest_correlation(_solve(observed, np.array(coefficients))), values=tuple(values))


def _columns_of_features(preparation: Preparation) -> list[np.ndarray]:
    """Return the positions of each feature's encoded columns; a category has one per level."""
    widths = [len(preparation.levels.get(feature, ("",))) for feature in preparation.features]
    return np.split(np.arange(sum(widths)), np.cumsum(widths)[:-1])


def _main_direction(encoded: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return each person's score on the first principal component of the standardised columns."""
    centred = encoded - np.average(encoded, axis=0, weights=weights)
    spread = np.sqrt(np.average(centred**2, axis=0, weights=weights))
    standard = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)
    _, directions = np.linalg.eigh((standard.T * weights) @ standard)
    return np.asarray(standard @ directions[:, -1])


def _order_levels(indicators: np.ndarray, main: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return for each person the place of their level among all, from low to high on the main direction."""
    level = indicators.argmax(axis=1)
    sizes = np.bincount(level, weights=weights, minlength=indicators.shape[1])
    sums = np.bincount(level, weights=weights * main, minlength=indicators.shape[1])
    means = np.divide(sums, sizes, out=np.zeros_like(sums), where=sizes > 0)
    return np.asarray(means.argsort(kind="stable").argsort(kind="stable")[level], dtype=float)


def _even_out(ordered: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return as many rows as there are people, each of equal weight, that stand for the weighted ones."""
    if (weights == weights[0]).all():
        return ordered
    reached = np.cumsum(weights) / weights.sum()
    aims = (np.arange(len(ordered)) + 0.5) / len(ordered)
    return ordered[np.minimum(np.searchsorted(reached, aims), len(ordered) - 1)]


def _expand_ranks(score: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return standardised mid-ranks, and the Hermite coefficients of the step function that makes them of a trait.

    For mid-ranks u_1 < u_2 < … that change at the thresholds t_i of the trait, the coefficient of order m is
    sum over i of (u_(i+1) - u_i) · φ(t_i) · He_(m-1)(t_i) / sqrt(m!), with orthogonal Hermite polynomials He.
    """
    _, place = np.unique(score, return_inverse=True)
    share = np.bincount(place, weights=weights) / weights.sum()
    upper = np.cumsum(share)
    middle = upper - share / 2 - 0.5
    spread = np.sqrt(share @ middle**2)
    if spread == 0:
        return np.zeros_like(score), np.zeros(_TERMS)
    middle /= spread
    thresholds = stats.norm.ppf(np.minimum(upper[:-1], 1 - 1e-15))
    steps = np.diff(middle) * stats.norm.pdf(thresholds)
    before, hermite = np.zeros_like(thresholds), np.ones_like(thresholds)
    terms = np.empty(_TERMS)
    for m in range(1, _TERMS + 1):
        terms[m - 1] = steps @ hermite / np.sqrt(m)
        before, hermite = hermite, (thresholds * hermite - np.sqrt(m - 1) * before) / np.sqrt(m)
    return middle[place], terms


def _solve(observed: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Return the trait correlations whose series give the observed rank correlations, by halving, all pairs at once."""
    first, second = np.triu_indices(len(observed), 1)
    products = coefficients[first] * coefficients[second]
    aim = observed[first, second]
    low, high = np.full(len(aim), -_LARGEST), np.full(len(aim), _LARGEST)
    orders = np.arange(1, _TERMS + 1)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = (products * middle[:, None] ** orders).sum(axis=1) < aim
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    found = np.where((products == 0).all(axis=1), 0, (low + high) / 2)
    correlation = np.eye(len(observed))
    correlation[first, second] = correlation[second, first] = found
    return correlation


def _nearest_correlation(correlation: np.ndarray) -> np.ndarray:
    """Return a positive definite correlation matrix near to one whose pairs were estimated apart."""
    values, vectors = np.linalg.eigh(correlation)
    if values[0] >= _SMALLEST_EIGENVALUE:
        return correlation
    clipped = (vectors * np.maximum(values, _SMALLEST_EIGENVALUE)) @ vectors.T
    scale = np.sqrt(np.diag(clipped))
    return np.asarray(clipped / np.outer(scale, scale))
