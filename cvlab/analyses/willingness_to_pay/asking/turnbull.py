"""Masses without a formula: how likely is each cell, where an answer only says that a person is in one of several?

What an offer is worth to people lies in cells in a row, between the prices that were asked, and an answer i says "from
the first to the last of these cells". With masses m_j that sum to 1 and weights w_i that sum to 1,

    maximise  sum over answers of w_i × log P_i,    P_i = sum of m_j over the cells of answer i
    slope_j   = sum of w_i / P_i over the answers that hold cell j,    at most 1 in every cell at the maximum

by expectation and maximisation: m_j <- m_j × slope_j, sped up by leaps (SQUAREM), for many samples of the answers at
once. No other masses are better by more than the largest slope - 1 per person, which tells when to stop.

Sources: Turnbull (1976), "The empirical distribution function with arbitrarily grouped, censored and truncated data",
Journal of the Royal Statistical Society B 38; Varadhan & Roland (2008), "Simple and globally convergent methods for
accelerating the convergence of any EM algorithm", Scandinavian Journal of Statistics 35, scheme S3.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

GAP = 1e-9  # log-likelihood per person that the estimate may miss
GAP_OF_DRAWS = 1e-5  # the same for a bootstrap sample: shares then err by about a thousandth at most
_MOST_STEPS = 2000
_LEAST_LEFT = 0.1  # a leap takes no more than nine tenths of a mass away at once: a mass of 0 stays 0


def maximise_masses(
    start: np.ndarray,
    weights: np.ndarray,
    first: np.ndarray,
    last: np.ndarray,
    *,
    gap: float = GAP,
    most: int = _MOST_STEPS,
) -> np.ndarray:
    """Return the masses that make the answers most likely: samples × cells.

    Parameters
    ----------
    start : samples × cells of mass to start from, all above 0.
    weights : samples × answers.
    first, last : the lowest and the highest cell of each answer.
    gap : log-likelihood per person that may be missed.
    most : rounds, of two steps and a leap each, after which samples stay as they are.

    Examples
    --------
    One of three is in cell 0, one in cell 1 or 2, one in cell 2:

    >>> first, last = np.array([0, 1, 2]), np.array([0, 2, 2])
    >>> maximise_masses(np.full((1, 3), 1 / 3), np.ones((1, 3)), first, last).round(3).tolist()
    [[0.333, 0.0, 0.667]]
    """
    masses, shares = start.copy(), weights / weights.sum(axis=1, keepdims=True)
    cells, answers = masses.shape[1], np.arange(len(first))
    ends = sparse.csr_array(  # +1 where an answer's cells begin, -1 where they are over
        (np.repeat([1.0, -1.0], len(first)), (np.concatenate([first, last + 1]), np.tile(answers, 2))),
        shape=(cells + 1, len(first)),
    )

    def explain(mass: np.ndarray) -> np.ndarray:
        """Return the probability of each answer."""
        up_to = np.zeros((len(mass), cells + 1))
        np.cumsum(mass, axis=1, out=up_to[:, 1:])
        return np.maximum(up_to[:, last + 1] - up_to[:, first], np.finfo(float).tiny)

    def measure_slopes(share: np.ndarray, probability: np.ndarray) -> np.ndarray:
        return np.cumsum((ends @ (share / probability).T).T, axis=1)[:, :-1].clip(0, None)

    moving = np.arange(len(masses))
    for _ in range(most):
        at, share = masses[moving], shares[moving]
        slopes = measure_slopes(share, explain(at))
        once = masses[moving] = at * slopes
        unfinished = slopes.max(axis=1) - 1 > gap
        moving = moving[unfinished]
        if not len(moving):
            break
        at, once, share = at[unfinished], once[unfinished], share[unfinished]
        twice = once * measure_slopes(share, explain(once))
        ahead = _leap(at, once, twice)
        better = (share * np.log(explain(ahead) / explain(twice))).sum(axis=1) >= 0
        masses[moving] = np.where(better[:, None], ahead, twice)
    return masses


def _leap(at: np.ndarray, once: np.ndarray, twice: np.ndarray) -> np.ndarray:
    """Return where two steps lead when taken further."""
    change, bend = once - at, twice - 2 * once + at
    size = np.linalg.norm(bend, axis=1, keepdims=True)
    length = np.divide(np.linalg.norm(change, axis=1, keepdims=True), size, out=np.ones_like(size), where=size > 0)
    length = np.maximum(length, 1.0)
    ahead = np.maximum(at + 2 * length * change + length**2 * bend, _LEAST_LEFT * twice)
    return np.asarray(ahead / ahead.sum(axis=1, keepdims=True))
