"""Held-out worth: how much of an outcome do group means foretell, on people who did not make those means?

    held-out R² = 1 - sum (y - mean of y's group in the training folds)² / sum (y - mean of the training folds)²

For a 0/1 outcome the same with the deviance, -2 · log likelihood, in place of the square, and group shares drawn
towards the training share by the weight of one person. The value is 0 for a scheme that says nothing, and below 0
where its many groups fit noise. Each fold's score is what groups save there, as a share of an average fold's loss
without groups: their mean is the R² above, and a fold that happens to hold little spread cannot upset it.

    people needed   the fewest with whom an F test at 5 % finds, with a chance of 80 %, a scheme that explains 10 %

Source: Hastie, Tibshirani & Friedman (2009), The Elements of Statistical Learning, section 7.10 (cross-validation);
Cohen (1988), Statistical Power Analysis, chapter 8 (people needed, with f² = R² / (1 - R²)).
Assumes that people are independent.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from cvlab.analyses.common import cross_validation_folds

LEVEL = 0.95
WORTH_FINDING = 0.10
POWER = 0.8
_MOST_PEOPLE = 100_000
_ROUNDING = 1e-12


def score_schemes(
    codes: Mapping[str, np.ndarray], numbers: pd.DataFrame, *, folds: int, repeats: int, seed: int
) -> dict[tuple[str, str], np.ndarray]:
    """Return for each scheme and outcome one score per fold of each repeat; their mean is the held-out R²."""
    n = len(numbers)
    if n < 2 * folds:
        nothing = np.full(folds * repeats, np.nan)
        return {(name, column): nothing for name in codes for column in numbers.columns}
    fold_numbers = cross_validation_folds(n, folds=folds, repeats=repeats, seed=seed)
    scores = {}
    for column in numbers.columns:
        values = numbers[column].to_numpy()
        known = ~np.isnan(values)
        for name, groups in codes.items():
            scores[name, column] = np.concatenate(
                [_score_folds(values[known], groups[known], fold[known], folds) for fold in fold_numbers]
            )
    return scores


def _score_folds(values: np.ndarray, groups: np.ndarray, fold: np.ndarray, folds: int) -> np.ndarray:
    """Return what group means save of the loss in each fold, as a share of an average fold's loss without groups."""
    binary = bool(np.isin(values, (0, 1)).all())
    n_groups = int(groups.max()) + 1 if len(groups) else 1
    cell = fold * n_groups + groups
    counts = np.bincount(cell, minlength=folds * n_groups).reshape(folds, n_groups)
    sums = np.bincount(cell, weights=values, minlength=folds * n_groups).reshape(folds, n_groups)
    train_counts, train_sums = counts.sum(axis=0) - counts, sums.sum(axis=0) - sums
    n_train = train_counts.sum(axis=1)
    if (n_train == 0).any():
        return np.full(folds, np.nan)
    base = train_sums.sum(axis=1) / n_train
    prior = 1.0 if binary else 0.0
    weights = train_counts + prior
    # A group nobody in training belongs to is predicted by the mean of all.
    means = np.where(
        weights > 0, (train_sums + prior * base[:, None]) / np.where(weights > 0, weights, 1), base[:, None]
    )
    loss = _deviance if binary else _square
    least = 1 / (2 * n_train[fold])
    without = loss(values, base[fold], least)
    within = loss(values, means[fold, groups], least)
    saved = np.bincount(fold, weights=without - within, minlength=folds)
    # Without spread there is nothing to explain; the largest value tells rounding from spread.
    if np.ptp(values) <= _ROUNDING * max(1.0, float(np.abs(values).max())):
        return np.full(folds, np.nan)
    return saved / (without.sum() / folds)


def _square(values: np.ndarray, predicted: np.ndarray, least: np.ndarray) -> np.ndarray:
    return (values - predicted) ** 2


def _deviance(values: np.ndarray, predicted: np.ndarray, least: np.ndarray) -> np.ndarray:
    share = np.clip(predicted, least, 1 - least)
    return -2 * np.where(values == 1, np.log(share), np.log1p(-share))


def people_needed(n_groups: int) -> int:
    """Return the fewest people with whom an F test finds a scheme of `n_groups` that explains `WORTH_FINDING`.

    Examples
    --------
    >>> people_needed(2), people_needed(5)
    (73, 113)
    """
    between = max(n_groups - 1, 1)
    effect = WORTH_FINDING / (1 - WORTH_FINDING)
    low, high = n_groups + 2, _MOST_PEOPLE
    while low < high:
        n = (low + high) // 2
        critical = stats.f.ppf(LEVEL, between, n - n_groups)
        enough = stats.ncf.sf(critical, between, n - n_groups, n * effect) >= POWER
        low, high = (low, n) if enough else (n + 1, high)
    return low
