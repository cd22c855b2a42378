"""Raking: weights that make the margins of a sample those of the people it is to stand for.

    w <- w * target share of the level / weighted share of the level      [for one characteristic after the other]

Each pass mends one margin and disturbs the others a little less than the pass before; where the passes come to rest,
all margins hold, and of all weights that hold them these are nearest to the ones begun with (in Kullback–Leibler
distance). Limits are part of that problem: what is compared with the targets are the weights cut at their limits, while
the weights below the cut go on moving, so that a weight leaves its limit as soon as the others can do without it.

People who are alike in everything that counts (levels and weight to begin with) end with the same weight, so that the
passes go over kinds of people and not over people.

Source: Deming & Stephan (1940), "On a least squares adjustment of a sampled frequency table when the expected marginal
totals are known", Annals of Mathematical Statistics 11; Ireland & Kullback (1968), Biometrika 55, for what it
minimises; Deville & Särndal (1992), "Calibration estimators in survey sampling", JASA 87, for limits inside the
problem rather than after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

TOLERANCE = 1e-10  # largest error of a margin, in shares, at which raking has come to rest
MOST_SWEEPS = 2000
_FAR = 1e6  # how far beyond its limit a weight may move unseen: where no weights fit it would move for ever
_STALLED = 100  # sweeps without an error that is smaller by a thousandth, after which no weights fit
_LEAST_GAIN = 1e-3
_ROUNDING = 1e-9


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
    described = np.column_stack([start / start.mean(), *(margin.levels for margin in margins)])
    kinds, kind_of, size = np.unique(described, axis=0, return_inverse=True, return_counts=True)
    kind_of = kind_of.ravel()
    each = [
        Margin(levels=kinds[:, column + 1].astype(int), target=margin.target) for column, margin in enumerate(margins)
    ]
    low, high = (0.0, np.inf) if trim is None else (1 / trim, trim)
    free, sweeps = _sweep(each, kinds[:, 0], size, low, high)
    free = _level_mean(free, size, low, high)
    held = np.clip(free, low, high)
    beyond = (free > high * (1 + _ROUNDING)) | (free < low * (1 - _ROUNDING))
    return Raked(
        weights=held[kind_of],
        error=measure_error(each, held * size),
        sweeps=sweeps,
        n_trimmed=int(size[beyond].sum()),
    )


def measure_error(margins: Sequence[Margin], weights: np.ndarray) -> float:
    """Return the largest difference of a weighted share from its target."""
    return max((float(np.abs(share_levels(margin, weights) - margin.target).max()) for margin in margins), default=0.0)


def share_levels(margin: Margin, weights: np.ndarray) -> np.ndarray:
    """Return the weighted share of each level among those whose level is known."""
    known = margin.levels >= 0
    sums = np.bincount(margin.levels[known], weights=weights[known], minlength=len(margin.target))
    return np.asarray(sums / sums.sum())


def _sweep(
    margins: Sequence[Margin], start: np.ndarray, size: np.ndarray, low: float, high: float
) -> tuple[np.ndarray, int]:
    """Return the weights below the cut at which the margins of the cut weights hold, and the passes made."""
    free = _level_mean(start, size, low, high)
    best, since = np.inf, 0
    for sweep in range(MOST_SWEEPS):
        error = measure_error(margins, np.clip(free, low, high) * size)
        since = 0 if error < best * (1 - _LEAST_GAIN) else since + 1
        best = min(best, error)
        if error <= TOLERANCE or since > _STALLED:
            return free, sweep
        for margin in margins:
            factors = margin.target / share_levels(margin, np.clip(free, low, high) * size)
            known = margin.levels >= 0
            free = free.copy()
            free[known] *= factors[margin.levels[known]]
            if np.isfinite(high):
                free = np.clip(free, low / _FAR, high * _FAR)
        held = np.clip(free, low, high)
        free = free * (size.sum() / (held * size).sum())
    return free, MOST_SWEEPS


def _level_mean(free: np.ndarray, size: np.ndarray, low: float, high: float) -> np.ndarray:
    """Move all weights alike until those cut at their limits have mean 1: a step never goes too far."""
    for _ in range(MOST_SWEEPS):
        mean = float((np.clip(free, low, high) * size).sum() / size.sum())
        if abs(mean - 1) <= TOLERANCE / 100:
            break
        free = free / mean
    return free
