"""Intervals: how far an estimate could be from the truth.

    percentile        quantiles (1 ± level)/2 of bootstrap draws              Efron & Tibshirani (1993), chapter 13
    normal            estimate ± z · standard error
    Wilson            a share from a count                                    Wilson (1927), JASA 22
    corrected         mean ± t · sqrt((1/J + n_test/n_train) · variance)      Nadeau & Bengio (2003), Mach. Learn. 52

The last is for repeated cross-validation, whose J folds share training rows: the usual standard error of the mean
would be several times too small.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from cvlab.checks import check_count, check_positive, check_share
from cvlab.errors import ParameterError


def percentile_interval(draws: np.ndarray, *, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return the bounds that hold the middle `level` of the draws, along the first axis; NaN draws are left out.

    Examples
    --------
    >>> low, high = percentile_interval(np.arange(101.0), level=0.5)
    >>> float(low), float(high)
    (25.0, 75.0)
    """
    tail = (1 - check_share(level, "level")) / 2
    values = np.asarray(draws, dtype=float)
    if values.shape[0] == 0 or np.isnan(values).all():
        return np.full(values.shape[1:], np.nan)[()], np.full(values.shape[1:], np.nan)[()]
    low, high = np.nanquantile(values, [tail, 1 - tail], axis=0)
    return low, high


def normal_interval(
    estimate: float | np.ndarray, std_error: float | np.ndarray, *, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Return estimate ± z · standard error.

    Examples
    --------
    >>> low, high = normal_interval(10.0, 1.0)
    >>> round(float(low), 2), round(float(high), 2)
    (8.04, 11.96)
    """
    z = special.ndtri((1 + check_share(level, "level")) / 2)
    estimates, errors = np.asarray(estimate, dtype=float), np.asarray(std_error, dtype=float)
    return estimates - z * errors, estimates + z * errors


def wilson_interval(successes: float, n: float, *, level: float = 0.95) -> tuple[float, float]:
    """Return the Wilson interval of a share; it stays within 0 and 1 and is right for few cases.

    Parameters
    ----------
    successes : how many of the `n` have the property; need not be whole where cases are weighted.
    n : number of cases (the effective number where they are weighted).

    Examples
    --------
    >>> low, high = wilson_interval(81, 263)
    >>> round(low, 4), round(high, 4)
    (0.2553, 0.3662)
    """
    check_positive(n, "n")
    if not 0 <= successes <= n:
        raise ParameterError(f"successes is {successes}: give a number from 0 to n = {n}")
    z = special.ndtri((1 + check_share(level, "level")) / 2)
    share = successes / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return float(max(0.0, centre - half)), float(min(1.0, centre + half))


def corrected_interval(scores: np.ndarray, *, test_share: float, level: float = 0.95) -> tuple[float, float, float]:
    """Return mean, low and high of cross-validation scores, corrected for folds that share training rows.

    Parameters
    ----------
    scores : one score per fold, all repeats together.
    test_share : share of the rows that each fold tests on (0.1 for ten folds).

    Examples
    --------
    >>> mean, low, high = corrected_interval(np.array([0.1, 0.2, 0.3, 0.2]), test_share=0.25)
    >>> round(mean, 2), round(low, 3), round(high, 3)
    (0.2, 0.002, 0.398)
    """
    values = np.asarray(scores, dtype=float)
    check_count(len(values), "number of scores", least=2)
    share = check_share(test_share, "test_share")
    mean = float(values.mean())
    std_error = np.sqrt((1 / len(values) + share / (1 - share)) * values.var(ddof=1))
    half = float(special.stdtrit(len(values) - 1, (1 + check_share(level, "level")) / 2) * std_error)
    return mean, mean - half, mean + half
