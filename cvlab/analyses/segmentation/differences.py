"""One group against everybody: how far its mean, or its share, lies from that of all, and how sure that is.

    difference = x_group - m = (1 - w) · (x_group - x_rest)       w = share of the group among all

Since the group is part of everybody, it is compared with the rest: Welch's interval and test for means, Wilson's
interval for a share, Newcombe's hybrid score interval for a difference of shares, and Fisher's exact test.

Source: Welch (1947), Biometrika 34; Newcombe (1998), Statistics in Medicine 17, 873-890, method 10; Fisher (1935).
Assumes that people are independent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from cvlab.analyses.common import wilson_interval


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Value of a group and its difference from everybody, each with its interval, and the p-value against the rest."""

    value: float
    low: float
    high: float
    difference: float
    difference_low: float
    difference_high: float
    p_value: float

    @classmethod
    def unknown(cls) -> Difference:
        """Return a difference of which nothing is known."""
        return cls(**dict.fromkeys(cls.__dataclass_fields__, math.nan))


def compare_means(values: np.ndarray, members: np.ndarray, *, level: float) -> Difference:
    """Compare the mean of the members with that of everybody.

    Examples
    --------
    >>> found = compare_means(np.array([1.0, 2.0, 3.0, 5.0, 6.0, 7.0]), np.arange(6) < 3, level=0.95)
    >>> found.value, found.difference, round(found.p_value, 4)
    (2.0, -2.0, 0.008)
    """
    inside, rest = values[members], values[~members]
    value = float(inside.mean())
    own = inside.var(ddof=1) / len(inside) if len(inside) > 1 else math.nan
    half = float(stats.t.isf((1 - level) / 2, len(inside) - 1) * math.sqrt(own)) if len(inside) > 1 else math.nan
    if len(rest) < 2 or len(inside) < 2:
        gap = value - float(values.mean())
        return Difference(
            value=value,
            low=value - half,
            high=value + half,
            difference=gap,
            difference_low=gap if not len(rest) else math.nan,
            difference_high=gap if not len(rest) else math.nan,
            p_value=math.nan,
        )
    other = rest.var(ddof=1) / len(rest)
    apart = len(rest) / len(values)
    gap = apart * (value - float(rest.mean()))
    error = math.sqrt(own + other)
    if error == 0:
        # Nobody differs from the others of the same group: a gap is then no chance at all.
        return Difference(
            value=value,
            low=value,
            high=value,
            difference=gap,
            difference_low=gap,
            difference_high=gap,
            p_value=0.0 if gap else 1.0,
        )
    freedom = error**4 / (own**2 / (len(inside) - 1) + other**2 / (len(rest) - 1))
    reach = apart * float(stats.t.isf((1 - level) / 2, freedom)) * error
    return Difference(
        value=value,
        low=value - half,
        high=value + half,
        difference=gap,
        difference_low=gap - reach,
        difference_high=gap + reach,
        p_value=float(2 * stats.t.sf(abs(gap / apart) / error, freedom)),
    )


def compare_shares(values: np.ndarray, members: np.ndarray, *, level: float) -> Difference:
    """Compare the share of ones among the members with that among everybody; the values are 0 or 1.

    Examples
    --------
    >>> values = np.repeat([1.0, 0.0, 1.0, 0.0], [56, 14, 48, 32])
    >>> found = compare_shares(values, np.arange(150) < 70, level=0.95)
    >>> [round(150 / 80 * bound, 4) for bound in (found.difference_low, found.difference_high)]  # Newcombe, case (a)
    [0.0524, 0.3339]
    """
    inside, rest = values[members], values[~members]
    n, n_rest = len(inside), len(rest)
    ones, others = float(inside.sum()), float(rest.sum())
    value = ones / n
    low, high = wilson_interval(ones, n, level=level)
    if not n_rest:
        return Difference(
            value=value,
            low=low,
            high=high,
            difference=0.0,
            difference_low=0.0,
            difference_high=0.0,
            p_value=math.nan,
        )
    share = others / n_rest
    rest_low, rest_high = wilson_interval(others, n_rest, level=level)
    apart = n_rest / (n + n_rest)
    gap = value - share
    # Twice the smaller tail of the hypergeometric distribution.
    chance = stats.hypergeom(n + n_rest, round(ones + others), n)
    p_value = min(1.0, 2 * min(float(chance.cdf(round(ones))), float(chance.sf(round(ones) - 1))))
    return Difference(
        value=value,
        low=low,
        high=high,
        difference=apart * gap,
        difference_low=apart * (gap - math.hypot(value - low, rest_high - share)),
        difference_high=apart * (gap + math.hypot(high - value, share - rest_low)),
        p_value=p_value,
    )
