"""Resampling: bootstrap samples as counts, and folds for cross-validation.

A bootstrap sample of n people is written as how often each was drawn. Analyses that take weights then need no copy of
their rows, and a thousand samples are one matrix product.

Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 6.
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
