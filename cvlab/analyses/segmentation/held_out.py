"""Held-out worth: how much of an outcome do group means foretell, on people who did not make those means?

    held-out R² = 1 - (sum (y - p)² - cost) / (sum (y - m)² - cost of m)
              p = mean of y's group in the training folds,   m = mean of the training folds
           cost = sum over the people of the fold of s² / (people of their group in the training folds)

s² is the spread within groups of the training folds. The cost is what an estimated mean errs on average, so that the
score is that of the scheme, not of the few people its means were taken from: a scheme that says nothing scores 0 on
average, below 0 as often as above, however many groups it has. For a 0/1 outcome the deviance, -2 · log likelihood,
takes the place of the square, and 1 that of s². Each fold's score is what groups save there, as a share of an average
fold's loss without groups: their mean is the R² above, and a fold that happens to hold little spread cannot upset it.

    people needed   the fewest with whom an F test at 5 % finds, with a chance of 80 %, a scheme that explains 10 %

Source: Hastie, Tibshirani & Friedman (2009), The Elements of Statistical Learning, section 7.10 (cross-validation);
Efron (1986), "How biased is the apparent error rate of a prediction rule?", JASA 81 (the cost of estimated means);
Cohen (1988), Statistical Power Analysis, chapter 8 (people needed, with f² = R² / (1 - R²)).
Assumes that people are independent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

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
    codes: Mapping[str, np.ndarray],
    numbers: pd.DataFrame,
    *,
    folds: int,
    repeats: int,
    seed: int,
    again: Mapping[str, Callable[[np.ndarray], np.ndarray]] | None = None,
) -> dict[tuple[str, str], np.ndarray]:
    """Return for each scheme and outcome one score per fold of each repeat; their mean is the held-out R².

    `again` finds the groups of a scheme anew: given who is in the training folds, it returns everybody's group.
    """
    n = len(numbers)
    if n < 2 * folds:
        nothing = np.full(folds * repeats, np.nan)
        return {(name, column): nothing for name in codes for column in numbers.columns}
    fold_numbers = cross_validation_folds(n, folds=folds, repeats=repeats, seed=seed)
    refitted = {
        name: [[find(fold != number) for number in range(folds)] for fold in fold_numbers]
        for name, find in (again or {}).items()
    }
    scores: dict[tuple[str, str], np.ndarray] = {}
    for column in numbers.columns:
        values = numbers[column].to_numpy()
        known = ~np.isnan(values)
        if known.sum() < 2 * folds:
            scores |= {(name, column): np.full(folds * repeats, np.nan) for name in codes}
            continue
        for name, groups in codes.items():
            each = []
            for repeat, fold in enumerate(fold_numbers):
                if name not in refitted:
                    each.append(_score_folds(values[known], groups[known], fold[known], folds))
                    continue
                # Every training set has groups of its own, and only its own fold is scored with them.
                of_fold = [
                    _score_folds(values[known], found[known], fold[known], folds)[number]
                    for number, found in enumerate(refitted[name][repeat])
                ]
                each.append(np.array(of_fold))
            scores[name, column] = np.concatenate(each)
    return scores


def _score_folds(values: np.ndarray, groups: np.ndarray, fold: np.ndarray, folds: int) -> np.ndarray:
    """Return what group means save of the loss in each fold, as a share of an average fold's loss without groups."""
    binary = bool(np.isin(values, (0, 1)).all())
    n_groups = int(groups.max()) + 1 if len(groups) else 1
    cell = fold * n_groups + groups
    counts = np.bincount(cell, minlength=folds * n_groups).reshape(folds, n_groups)
    # Centred, so that sums of squares keep their digits; a share is moved back before its logarithm is taken.
    middle = float(values.mean()) if len(values) else 0.0
    centred = values - middle
    sums = np.bincount(cell, weights=centred, minlength=folds * n_groups).reshape(folds, n_groups)
    train_counts, train_sums = counts.sum(axis=0) - counts, sums.sum(axis=0) - sums
    n_train = train_counts.sum(axis=1)
    if (n_train == 0).any():
        return np.full(folds, np.nan)
    base = train_sums.sum(axis=1) / n_train
    # A group nobody in training belongs to is predicted by the mean of all.
    occupied = train_counts > 0
    gaps = np.where(occupied, train_sums / np.where(occupied, train_counts, 1) - base[:, None], 0.0)
    squares = np.bincount(fold, weights=centred**2, minlength=folds)
    total = squares.sum() - squares - n_train * base**2
    weight = 1.0
    if binary:
        # One person's worth of the mean of all: a small group in which nobody, or everybody, did it proves little.
        weight = train_counts / (train_counts + 1)
    means = base[:, None] + weight * gaps
    if binary:
        base, means = base + middle, means + middle
    loss = _deviance if binary else _square
    least = 1 / (2 * n_train[fold])
    observed = values if binary else centred
    without = loss(observed, base[fold], least)
    within = loss(observed, means[fold, groups], least)
    cost_within, cost_without = _estimation_cost(gaps, train_counts, total, binary=binary)
    without = without - cost_without[fold]
    saved = np.bincount(fold, weights=without - within + cost_within[fold, groups], minlength=folds)
    # Without spread there is nothing to explain; the largest value tells rounding from spread.
    if np.ptp(values) <= _ROUNDING * max(1.0, float(np.abs(values).max())):
        return np.full(folds, np.nan)
    return saved / (without.sum() / folds)


def _estimation_cost(
    gaps: np.ndarray, counts: np.ndarray, total: np.ndarray, *, binary: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return, per training set, what estimated means add to a person's loss on average: by group, and overall."""
    n_train = counts.sum(axis=1)
    occupied = counts > 0
    if binary:
        return np.where(occupied, 1 / (counts + 1), 0.0), 1 / n_train
    within = np.maximum(total - (counts * gaps**2).sum(axis=1), 0)
    spread = within / np.maximum(n_train - occupied.sum(axis=1), 1)
    cost = np.where(occupied, spread[:, None] / np.where(occupied, counts, 1), 0.0)
    return cost, total / np.maximum(n_train - 1, 1) / n_train


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
