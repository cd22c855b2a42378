"""Raking: weights that make the margins of a sample those of the people it is to stand for.

    w <- w * target share of the level / weighted share of the level      [for one characteristic after the other]

Each pass mends one margin and disturbs the others a little less than the pass before; where the passes come to rest,
all margins hold, and of all weights that hold them these are nearest to the ones begun with (in Kullback–Leibler
distance). Trimmed weights are raked again, so that what trimming took is given to those who may still bear it.

Source: Deming & Stephan (1940), "On a least squares adjustment of a sampled frequency table when the expected marginal
totals are known", Annals of Mathematical Statistics 11; Ireland & Kullback (1968), Biometrika 55, for what it
minimises; Izrael, Battaglia & Frankel (2009), "Extreme survey weight adjustment as a component of sample balancing",
SAS Global Forum 247, for trimming inside the passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

TOLERANCE = 1e-10  # largest error of a margin, in shares, at which raking has come to rest
MOST_SWEEPS = 1000
MOST_TRIMS = 200


@dataclass(frozen=True, eq=False, kw_only=True)
class Margin:
    """What one characteristic is to look like.

    Attributes
    ----------
    levels : number of the level of each person from 0; -1 where it is not known.
    target : share of each level, summing to 1.
    """

    levels: np.ndarray
    target: np.ndarray


@dataclass(frozen=True, eq=False, kw_only=True)
class Raked:
    """Weights with mean 1, the largest error of any margin (shares), the passes made, and how many were trimmed."""

    weights: np.ndarray
    error: float
    sweeps: int
    n_trimmed: int


def rake(margins: Sequence[Margin], start: np.ndarray, *, trim: float | None = None) -> Raked:
    """Rake from weights to begin with until every margin holds.

    People whose level is not known keep their weight in that characteristic; its margin is held among the others.

    Parameters
    ----------
    trim : no weight above this many times the mean, nor below the mean divided by it; no limit when None.

    Examples
    --------
    >>> sex, age = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 0, 0, 1])
    >>> halves = np.array([0.5, 0.5])
    >>> raked = rake([Margin(levels=sex, target=halves), Margin(levels=age, target=halves)], np.ones(5))
    >>> [round(float(raked.weights[sex == level].sum()), 8) for level in (0, 1)], raked.error < 1e-8
    ([2.5, 2.5], True)
    """
    weights = start / start.mean()
    sweeps = trimmed = 0
    error = np.inf
    for _ in range(MOST_TRIMS if trim else 1):
        weights, error, made = _rake_once(margins, weights)
        sweeps += made
        if trim is None:
            break
        limited = _clip(weights, trim)
        trimmed = int((np.abs(limited - weights) > TOLERANCE).sum())
        weights, before = limited, error
        error = measure_error(margins, weights)
        if error <= max(TOLERANCE, before):
            break
    return Raked(weights=weights, error=error, sweeps=sweeps, n_trimmed=_count_at_limit(weights, trim, trimmed))


def measure_error(margins: Sequence[Margin], weights: np.ndarray) -> float:
    """Return the largest difference of a weighted share from its target."""
    return max((float(np.abs(share_levels(margin, weights) - margin.target).max()) for margin in margins), default=0.0)


def share_levels(margin: Margin, weights: np.ndarray) -> np.ndarray:
    """Return the weighted share of each level among those whose level is known."""
    known = margin.levels >= 0
    sums = np.bincount(margin.levels[known], weights=weights[known], minlength=len(margin.target))
    return np.asarray(sums / sums.sum())


def _rake_once(margins: Sequence[Margin], start: np.ndarray) -> tuple[np.ndarray, float, int]:
    weights = start.copy()
    error, sweep = measure_error(margins, weights), 0
    while error > TOLERANCE and sweep < MOST_SWEEPS:
        for margin in margins:
            factors = margin.target / share_levels(margin, weights)
            known = margin.levels >= 0
            weights[known] *= factors[margin.levels[known]]
        weights /= weights.mean()
        error, sweep = measure_error(margins, weights), sweep + 1
    return weights, error, sweep


def _clip(weights: np.ndarray, trim: float) -> np.ndarray:
    """Limit the weights; their mean stays 1 because those inside the limits share what was cut off."""
    limited = weights
    for _ in range(MOST_TRIMS):
        limited = np.clip(limited, 1 / trim, trim)
        inside = (limited > 1 / trim) & (limited < trim)
        missing = len(limited) - limited.sum()
        if abs(missing) <= TOLERANCE * len(limited) or not inside.any():
            break
        limited = np.where(inside, limited * (1 + missing / limited[inside].sum()), limited)
    return limited


def _count_at_limit(weights: np.ndarray, trim: float | None, trimmed: int) -> int:
    if trim is None:
        return 0
    at_limit = (weights >= trim * (1 - TOLERANCE)) | (weights <= (1 + TOLERANCE) / trim)
    return max(int(at_limit.sum()), trimmed)
