"""Demand from a price ladder: the share of people who would buy at each asked price, never rising with the price.

Each person's worth is known up to an interval between two asked prices (`ladder_answers`). The shares S that make these
answers most likely, among all that never rise,

    maximise  sum over people of weight × log(S(highest yes) - S(lowest no)),   S = 1 below and 0 above all prices

are the non-parametric maximum likelihood estimate. Where everybody answered at every price it is the plain share of
yes after carrying answers down; where everybody was asked about one price it is the weighted isotonic regression of the
answers on the price (Ayer et al.); in between, as with random subsets of the prices or questions that stop early, it
uses what each answer tells and no more. Leaving out the unknown answers instead would bias the shares, because how
often an answer is known depends on what the offer is worth to the person.

In the two simple cases the maximum has a formula. In between `turnbull` finds it, for all bootstrap samples at once.

Sources: Ayer, Brunk, Ewing, Reid & Silverman (1955), "An empirical distribution function for sampling with incomplete
information", Annals of Mathematical Statistics 26; Turnbull (1976), "The empirical distribution function with
arbitrarily grouped, censored and truncated data", Journal of the Royal Statistical Society B 38.
Assumes that which prices a person was asked about depends on chance or on the person's earlier answers, nothing else.
"""

from __future__ import annotations

import numpy as np

from cvlab.analyses.willingness_to_pay.asking.turnbull import GAP, maximise_masses

_NOBODY = 1e-12  # less weight than this is rounding


def find_cells(at_least: np.ndarray, below: np.ndarray, prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return between which cells each person's worth lies; cell c is the worth of who would buy at c of the prices.

    Examples
    --------
    >>> first, last = find_cells(np.array([10, -np.inf]), np.array([np.inf, 20]), np.array([10.0, 20.0]))
    >>> first.tolist(), last.tolist()
    ([1, 0], [2, 1])
    """
    return np.searchsorted(prices, at_least, side="right"), np.searchsorted(prices, below, side="left")


def estimate_buyers(
    first: np.ndarray, last: np.ndarray, weights: np.ndarray, n_prices: int, *, gap: float = GAP
) -> np.ndarray:
    """Return the share who would buy at each price: samples × prices.

    Parameters
    ----------
    first, last : the lowest and the highest cell of each person, see `find_cells`.
    weights : samples × people; a bootstrap sample is how often each person was drawn, times the person's weight.
    n_prices : number of prices.
    gap : log-likelihood per person that may be missed.

    Examples
    --------
    One of three would buy at no price, one at the lower price, one at both:

    >>> estimate_buyers(np.array([0, 1, 2]), np.array([0, 1, 2]), np.ones((1, 3)), 2).round(3).tolist()
    [[0.667, 0.333]]

    When the second was not asked about the higher price, all that is known of such people is that the third would buy:

    >>> estimate_buyers(np.array([0, 1, 2]), np.array([0, 2, 2]), np.ones((1, 3)), 2).round(3).tolist()
    [[0.667, 0.667]]
    """
    patterns, kind = np.unique(np.column_stack([first, last]), axis=0, return_inverse=True)
    belongs = np.zeros((len(first), len(patterns)))
    belongs[np.arange(len(first)), kind.reshape(-1)] = 1
    sums = np.atleast_2d(weights) @ belongs
    sums /= sums.sum(axis=1, keepdims=True)
    yes, no = patterns[:, 1] == n_prices, patterns[:, 0] == 0
    if (yes ^ no).all():
        return _regress(sums, np.where(yes, patterns[:, 0] - 1, patterns[:, 1]), yes, n_prices)
    exact = patterns[:, 0] == patterns[:, 1]
    if exact.all():
        chances = sums @ (patterns[:, [0]] == np.arange(n_prices + 1))
    else:
        even = np.full((len(sums), n_prices + 1), 1 / (n_prices + 1))
        chances = maximise_masses(even, sums, patterns[:, 0], patterns[:, 1], gap=gap)
    # Who would buy at the j-th price is in a cell above j.
    return np.cumsum(chances[:, ::-1], axis=1)[:, ::-1][:, 1:].clip(0, 1)


def _regress(sums: np.ndarray, price: np.ndarray, yes: np.ndarray, n_prices: int) -> np.ndarray:
    """Return the weighted isotonic regression of one answer each: the least over starts of the largest mean to an end.

    Parameters
    ----------
    sums : samples × patterns of weight.
    price, yes : at which price a pattern was asked, and whether the answer was yes.
    """
    asked_at = (price[:, None] == np.arange(n_prices)).astype(float)
    nothing = np.zeros((len(sums), 1))
    asked = np.hstack([nothing, np.cumsum(sums @ asked_at, axis=1)])
    bought = np.hstack([nothing, np.cumsum((sums * yes) @ asked_at, axis=1)])
    found = np.full((len(sums), n_prices), np.inf)
    for start in range(n_prices):
        n, buyers = asked[:, start + 1 :] - asked[:, [start]], bought[:, start + 1 :] - bought[:, [start]]
        # A sample may hold nobody asked at some of the prices: they settle nothing.
        means = np.divide(buyers, n, out=np.full_like(n, -np.inf), where=n > _NOBODY)
        largest = np.maximum.accumulate(means[:, ::-1], axis=1)[:, ::-1]
        largest[np.isneginf(largest)] = np.inf
        np.minimum(found[:, start:], largest, out=found[:, start:])
    return found.clip(0, 1)
