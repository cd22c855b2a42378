"""Latent classes: groups of people whose answers follow the same chances, found also where some answers are missing.

    log-likelihood = sum over rows of weight · log( sum over classes of share · product over columns of f(value) )

    0/1, or two values   f is a Bernoulli chance of its own in each class
    category             f is a chance per level
    measured             f is a normal density with mean and variance of each class; the variance is at least a
                         thousandth of that of everybody, so that no class can close in on a single value

A missing value leaves its column out of the product, for that person only. Every start climbs until it has nearly
settled, all at once; the best then climbs on until nothing moves.

Source: Lazarsfeld & Henry (1968), Latent Structure Analysis; Dempster, Laird & Rubin (1977), "Maximum likelihood from
incomplete data via the EM algorithm", JRSS B 39. The steps are in latent_class_steps.py.
Assumes that within a class columns are independent, and that a value is missing for reasons the known ones explain.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from cvlab.analyses.segmentation.latent_class_steps import (
    SMALLEST_CHANCE,
    SMALLEST_VARIANCE,
    LatentClassModel,
    Statistics,
    climb,
    expect,
    repair,
)

SAME_OPTIMUM = 1e-6
MOST_ROWS_FOR_STARTS = 5000
_LARGEST_BATCH = 2_000_000
_SETTLED = 1e-7
_CONVERGED = 1e-12


@dataclass(frozen=True, eq=False, kw_only=True)
class LatentClassFit:
    """The best of several starts, the largest class first.

    Attributes
    ----------
    model : the densities.
    parameters : k × (p + measured + 1): logit, log chance or mean per column; log variance per measured column; log
        share.
    log_likelihood : in the data's own units.
    n_parameters : free parameters.
    probabilities : rows × k, chance of each class given the row.
    hit_rate : share of the starts that reached the best optimum (within a millionth).
    subsampled : rows on which the starts were run; 0 where all were used.
    at_floor : measured columns whose variance is at its floor in some class.
    """

    model: LatentClassModel
    parameters: np.ndarray
    log_likelihood: float
    n_parameters: int
    probabilities: np.ndarray
    hit_rate: float
    subsampled: int
    at_floor: tuple[str, ...]

    def classify(self, rows: np.ndarray) -> np.ndarray:
        """Return rows × k: the chance of each class; a row without any known value gets the shares of the classes."""
        statistics = Statistics(self.model, rows)
        return expect(statistics, self.parameters[:, None])[1][:, 0].T


def fit_latent_classes(
    rows: np.ndarray,
    weights: np.ndarray,
    *,
    names: Sequence[str],
    categories: Sequence[np.ndarray],
    n_clusters: int,
    n_starts: int = 40,
    seed: int = 0,
) -> LatentClassFit:
    """Fit latent classes to distinct rows with weights.

    Parameters
    ----------
    rows : D × p distinct rows; missing values are NaN.
    weights : D weights.
    names : the p columns.
    categories : positions of the columns that are the levels of one category, for each category.

    Examples
    --------
    >>> rows = np.array([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [1.0, np.nan, 1.0]])
    >>> fit = fit_latent_classes(rows, np.array([30.0, 10.0, 10.0]), names="abc", categories=[], n_clusters=2)
    >>> fit.probabilities.argmax(axis=1).tolist(), fit.n_parameters
    ([0, 1, 0], 7)
    """
    model = _describe_columns(rows, weights, names, categories)
    everything = Statistics(model, rows)
    random = np.random.default_rng(seed)
    some = np.flatnonzero(weights > 0)
    subsampled = 0
    if len(some) > MOST_ROWS_FOR_STARTS:
        subsampled = MOST_ROWS_FOR_STARTS
        some = np.sort(random.choice(some, size=MOST_ROWS_FOR_STARTS, replace=False))
    statistics = Statistics(model, rows[some])
    found, reached = _run_starts(statistics, weights[some], n_clusters, n_starts, random)
    best = found[:, [int(reached.argmax())]]
    parameters, last = climb(everything, weights, best, tolerance=_CONVERGED)
    top = float(reached.max())
    hit_rate = float(np.mean(reached >= top - SAME_OPTIMUM * max(abs(top), 1.0)))
    probabilities = expect(everything, parameters)[1][:, 0].T
    order = _by_size(parameters[:, 0], probabilities, weights)
    final = parameters[order, 0]
    width, measured = len(model.names), np.flatnonzero(model.measured)
    at_floor = (final[:, width:-1] <= math.log(SMALLEST_VARIANCE) + 1e-6).any(axis=0)
    known = weights @ everything.known
    return LatentClassFit(
        model=model,
        parameters=final,
        log_likelihood=float(last[0] - (known * np.log(model.unit))[model.measured].sum()),
        n_parameters=n_clusters * model.n_parameters_per_class + n_clusters - 1,
        probabilities=probabilities[:, order],
        hit_rate=hit_rate,
        subsampled=subsampled,
        at_floor=tuple(model.names[position] for position in measured[at_floor]),
    )


def _describe_columns(
    rows: np.ndarray, weights: np.ndarray, names: Sequence[str], categories: Sequence[np.ndarray]
) -> LatentClassModel:
    of_category = np.zeros(rows.shape[1], dtype=bool)
    for levels in categories:
        of_category[levels] = True
    low, high = np.nanmin(rows, axis=0), np.nanmax(rows, axis=0)
    two_valued = ~of_category & (np.isnan(rows) | (rows == low) | (rows == high)).all(axis=0)
    measured = ~of_category & ~two_valued
    known = ~np.isnan(rows)
    mass = np.maximum(weights @ known, np.finfo(float).tiny)
    mean = weights @ np.where(known, rows, 0) / mass
    variance = weights @ np.where(known, (rows - mean) ** 2, 0) / mass
    spread = np.sqrt(np.where(variance > 0, variance, 1.0))
    return LatentClassModel(
        names=tuple(names),
        two_valued=two_valued,
        measured=measured,
        categories=tuple(np.asarray(levels) for levels in categories),
        origin=np.where(measured, mean, np.where(two_valued, low, 0.0)),
        unit=np.where(measured, spread, np.where(two_valued & (high > low), high - low, 1.0)),
    )


def _run_starts(
    statistics: Statistics, weights: np.ndarray, k: int, n_starts: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Run the starts, as many at once as fit in memory."""
    starts = _draw_starts(statistics, weights, k, n_starts, random)
    batch = max(1, _LARGEST_BATCH // (len(weights) * k))
    parts = [
        climb(statistics, weights, starts[:, first : first + batch], tolerance=_SETTLED)
        for first in range(0, n_starts, batch)
    ]
    return np.concatenate([part[0] for part in parts], axis=1), np.concatenate([part[1] for part in parts])


def _draw_starts(
    statistics: Statistics, weights: np.ndarray, k: int, n_starts: int, random: np.random.Generator
) -> np.ndarray:
    """Start each class half-way between everybody and one person, drawn by weight and without repeats."""
    model = statistics.model
    n = len(statistics.x)
    with np.errstate(divide="ignore"):
        keys = np.log(weights) + random.gumbel(size=(n_starts, n))
    chosen = np.argsort(-keys, axis=1)[:, :k].T
    mass = np.maximum(weights @ statistics.known, np.finfo(float).tiny)
    mean = weights @ statistics.x / mass
    person = np.where(statistics.known[chosen], statistics.x[chosen], mean)
    blend = 0.5 * (person + mean)
    centre = np.log(np.maximum(blend, SMALLEST_CHANCE))
    centre[..., model.two_valued] = logit(np.clip(blend[..., model.two_valued], 1e-3, 1 - 1e-3))
    centre[..., model.measured] = person[..., model.measured]
    rest = np.zeros((k, n_starts, int(model.measured.sum()) + 1))
    rest[..., -1] = -math.log(k)
    return repair(model, np.concatenate([centre, rest], axis=-1))


def _by_size(parameters: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Largest first, by people whose likeliest class it is; ties by the parameters, not by the start."""
    sizes = np.bincount(probabilities.argmax(axis=1), weights=weights, minlength=len(parameters))
    return np.lexsort((*(column for column in parameters.T[::-1].round(4)), -sizes.round(9)))
