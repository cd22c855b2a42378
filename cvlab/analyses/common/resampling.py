"""Resampling: bootstrap samples as counts, draws of estimates, and folds for cross-validation.

A bootstrap sample of n people is written as how often each was drawn. Analyses that take weights then need no copy of
their rows, and a thousand samples are one matrix product.

Estimates that are about normal are drawn from their joint normal distribution; a number that follows from them is
computed from every draw.

Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 6; Krinsky & Robb (1986), "On approximating
the statistical properties of elasticities", Review of Economics and Statistics 68.
"""

from __future__ import annotations

import numpy as np

from cvlab.checks import check_count
from cvlab.errors import ParameterError


def bootstrap_counts(n: int, *, n_boot: int, seed: int) -> np.ndarray:
    """Return n_boot × n counts: how often each of n people is drawn in a sample of n with replacement.

    Examples
    --------
    >>> counts = bootstrap_counts(5, n_boot=3, seed=0)
    >>> counts.shape, counts.sum(axis=1).tolist()
    ((3, 5), [5, 5, 5])
    """
    check_count(n, "n")
    check_count(n_boot, "n_boot")
    random = np.random.default_rng(seed)
    drawn = random.integers(0, n, size=(n_boot, n))
    offsets = np.arange(n_boot)[:, None] * n
    return np.bincount((drawn + offsets).ravel(), minlength=n_boot * n).reshape(n_boot, n)


def draw_normal(estimates: np.ndarray, covariance: np.ndarray, *, n_draws: int, seed: int) -> np.ndarray:
    """Return n_draws × estimates from their joint normal distribution (Krinsky–Robb); NaN where something is unknown.

    Every estimate is drawn in its own standard errors, so that another unit of one of them (a price in cents) changes
    its draws by that factor and leaves the others as they are. The covariance may be singular.

    Examples
    --------
    >>> covariance = np.array([[4.0, 1.0], [1.0, 1.0]])
    >>> drawn = draw_normal(np.array([10.0, 2.0]), covariance, n_draws=40000, seed=0)
    >>> drawn.mean(axis=0).round(1).tolist(), np.cov(drawn.T).round(1).tolist()
    ([10.0, 2.0], [[4.0, 1.0], [1.0, 1.0]])
    """
    check_count(n_draws, "n_draws")
    check_count(seed, "seed", least=0)
    if not (np.isfinite(estimates).all() and np.isfinite(covariance).all()):
        return np.full((n_draws, len(estimates)), np.nan)
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    units = np.where(errors > 0, errors, 1.0)
    sizes, directions = np.linalg.eigh(covariance / np.outer(units, units))
    # The symmetric root depends on no choice of directions, so that equal sizes cause no jumps.
    root = (directions * np.sqrt(np.maximum(sizes, 0.0))) @ directions.T
    return estimates + np.random.default_rng(seed).standard_normal((n_draws, len(estimates))) @ root * errors


def cross_validation_folds(n: int, *, folds: int, repeats: int, seed: int) -> np.ndarray:
    """Return repeats × n fold numbers from 0; within a repeat the folds differ in size by one row at most.

    Raises
    ------
    ParameterError : more folds than rows.

    Examples
    --------
    >>> [sorted(repeat.tolist()) for repeat in cross_validation_folds(5, folds=2, repeats=2, seed=0)]
    [[0, 0, 0, 1, 1], [0, 0, 0, 1, 1]]
    """
    check_count(folds, "folds", least=2)
    check_count(repeats, "repeats")
    if folds > n:
        raise ParameterError(f"folds is {folds}, but there are {n} rows: give at most as many folds as rows")
    random = np.random.default_rng(seed)
    return np.stack([random.permutation(np.arange(n) % folds) for _ in range(repeats)])
