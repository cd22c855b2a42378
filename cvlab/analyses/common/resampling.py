"""Resampling: bootstrap samples as counts, draws of estimates, and folds for cross-validation.

A bootstrap sample of n people is written as how often each was drawn. Analyses that take weights then need no copy of
their rows, and a thousand samples are one matrix product. Where it is known who the people are, how often one is drawn
depends on who it is, and on nothing else: the order of the rows makes no difference, and two surveys that share people
are resampled alike as far as they do, so that the difference between them keeps no noise that both have.

Estimates that are about normal are drawn from their joint normal distribution; a number that follows from them is
computed from every draw.

Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 6; Hanley & MacGibbon (2006), "Creating
non-parametric bootstrap samples using Poisson frequencies", Computer Methods and Programs in Biomedicine 83; Krinsky &
Robb (1986), "On approximating the statistical properties of elasticities", Review of Economics and Statistics 68.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cvlab.checks import check_count
from cvlab.errors import ParameterError

BY_PEOPLE = "people"  # what `Headline.draws_by` says of draws whose samples follow the people
_LANES, _LANE_BITS = 4, 16  # a hash of 64 bits gives four draws


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


def bootstrap_people(people: ArrayLike, *, n_boot: int, seed: int) -> np.ndarray:
    """Return n_boot × people counts, Poisson with mean 1, that depend on who a person is and not on who else is there.

    The size of a sample varies about the number of people, so what is computed from it must be a mean, a share or a
    fit. Nobody at all, which can happen to a handful, counts as everybody once.

    Parameters
    ----------
    people : an id for each person, each once.

    Examples
    --------
    >>> now = bootstrap_people(["ann", "bob", "cem"], n_boot=4, seed=0)
    >>> then = bootstrap_people(["cem", "dan", "ann"], n_boot=4, seed=0)
    >>> now.shape, bool((now[:, 0] == then[:, 2]).all()), bool((now[:, 2] == then[:, 0]).all())
    ((4, 3), True, True)
    """
    check_count(n_boot, "n_boot")
    check_count(seed, "seed", least=0)
    names = pd.Index(people).astype("str").to_numpy(dtype=object)
    check_count(len(names), "number of people")
    blocks = -(-n_boot // _LANES)
    streams = np.random.default_rng(seed).integers(0, 2**64, size=blocks, dtype=np.uint64)
    mixed = _mix(pd.util.hash_array(names)[:, None] ^ streams)
    counts = _POISSON[mixed.view(np.uint16)][:, :n_boot].T.astype(np.int64)
    counts[~counts.any(axis=1)] = 1
    return counts


def _mix(values: np.ndarray) -> np.ndarray:
    """Spread every bit over all others (the finaliser of SplitMix64; Steele, Lea & Flood 2014, figure 16)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _tabulate_poisson() -> np.ndarray:
    """Return the Poisson count with mean 1 for every number of 16 bits; the mean of the table is 1 exactly."""
    size = 2**_LANE_BITS
    chances = np.array([math.exp(-1) / math.factorial(count) for count in range(9)])
    return np.searchsorted(np.cumsum(chances), (np.arange(size) + 0.5) / size).astype(np.uint8)


_POISSON = _tabulate_poisson()


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
