"""Stated per real: draws of the factor by which answers run higher than what people pay.

A number is a factor for sure; a number with low and high is a log-normal distribution with this middle and interval; a
headline, or the calibration of a demand, brings draws of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from cvlab.analyses.common import Headline
from cvlab.checks import check_positive
from cvlab.errors import ParameterError
from cvlab.units import write_number, write_range


def draw_factor(calibration: Any, n: int, level: float, seed: int) -> np.ndarray:
    """Return n draws of what is stated per what is real."""
    if isinstance(calibration, Headline):
        if calibration.draws is None:
            return draw_factor((calibration.value, calibration.low, calibration.high), n, calibration.level, seed)
        drawn = np.asarray(calibration.draws, dtype=float)
    elif hasattr(calibration, "factor"):
        drawn = np.atleast_1d(np.asarray(calibration.factor, dtype=float))
    elif isinstance(calibration, (tuple, list)):
        drawn = _spread_factor(calibration, n, level)
    else:
        drawn = np.array([check_positive(calibration, "calibration")])
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn) or (drawn <= 0).any():
        raise ParameterError("calibration holds factors that are not above 0: give what is stated per what is real")
    return np.asarray(np.resize(np.random.default_rng(seed).permutation(drawn), n))


def _spread_factor(calibration: Sequence[float], n: int, level: float) -> np.ndarray:
    """Evenly spaced quantiles of the log-normal distribution with this middle and interval."""
    if len(calibration) != 3:
        raise ParameterError(f"calibration has {len(calibration)} numbers: give a value, or a value with low and high")
    value, low, high = (check_positive(number, "calibration") for number in calibration)
    if not low <= value <= high:
        raise ParameterError(
            f"calibration is {value:g} with an interval {low:g} to {high:g}: give low <= value <= high"
        )
    spread = math.log(high / low) / (2 * stats.norm.ppf((1 + level) / 2))
    return np.asarray(value * np.exp(spread * stats.norm.ppf((np.arange(n) + 0.5) / n)))


def describe_factor(factor: np.ndarray) -> str:
    middle, low, high = (float(np.quantile(factor, share)) for share in (0.5, 0.025, 0.975))
    doubt = f" (95% of its draws {write_range(low, high)})" if high > low else ""
    return f"Values are divided by {write_number(middle)}{doubt}: what is stated per what is real."
