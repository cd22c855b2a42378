"""Uncertain numbers: what a page knows about a number, turned into draws that can be added and multiplied.

a number                      certain
(low, likely, high)           triangular: nothing below low or above high, most often near likely
a Headline with draws         its draws, in a new order (with replacement where other numbers of them are asked for)
a Headline with an interval   two halves of a normal, each as wide as its side of the interval
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from cvlab.analyses.common import Headline
from cvlab.checks import check_finite
from cvlab.errors import ParameterError

Uncertain = float | Headline | tuple[float, float, float]


def draw_number(value: Uncertain, name: str, *, n_draws: int, random: np.random.Generator) -> tuple[float, np.ndarray]:
    """Return the number itself, and draws of it.

    Raises
    ------
    ParameterError : it is none of the above, unanswered, or not in ascending order.

    Examples
    --------
    >>> value, draws = draw_number((8.0, 10.0, 15.0), "their_value", n_draws=1000, random=np.random.default_rng(0))
    >>> value, bool(draws.min() >= 8), bool(draws.max() <= 15)
    (10.0, True, True)
    """
    if isinstance(value, Headline):
        return _draw_headline(value, name, n_draws, random)
    if isinstance(value, (tuple, list, np.ndarray)):
        return _draw_triangle(value, name, n_draws, random)
    certain = check_finite(value, name)
    return certain, np.full(n_draws, certain)


def draw_triangle(low: float, likely: float, high: float, n_draws: int, random: np.random.Generator) -> np.ndarray:
    """Return draws of a triangular distribution, which may have no width."""
    return np.full(n_draws, likely) if low == high else random.triangular(low, likely, high, n_draws)


def _draw_triangle(
    value: Sequence[float] | np.ndarray, name: str, n_draws: int, random: np.random.Generator
) -> tuple[float, np.ndarray]:
    if len(value) != 3:
        raise ParameterError(f"{name} has {len(value)} numbers: give one, or three (low, likely, high)")
    low, likely, high = (check_finite(each, name) for each in value)
    if not low <= likely <= high:
        raise ParameterError(f"{name} is {low:g}, {likely:g}, {high:g}: give low, likely and high in ascending order")
    return likely, draw_triangle(low, likely, high, n_draws, random)


def _draw_headline(
    headline: Headline, name: str, n_draws: int, random: np.random.Generator
) -> tuple[float, np.ndarray]:
    if not headline.answered:
        raise ParameterError(f"{name} has no number: {headline}")
    value = headline.value
    known = headline.draws if headline.draws is None else headline.draws[np.isfinite(headline.draws)]
    if known is not None and len(known):
        # Two results drawn with one seed are paired by accident: a new order makes them independent.
        again = random.permutation(known) if len(known) == n_draws else random.choice(known, n_draws)
        return value, again
    if not (math.isfinite(headline.low) and math.isfinite(headline.high)):
        return value, np.full(n_draws, value)
    z = stats.norm.ppf((1 + headline.level) / 2)
    spread = random.standard_normal(n_draws) / z
    return value, value + np.where(spread < 0, value - headline.low, headline.high - value) * spread
