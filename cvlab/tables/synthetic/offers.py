"""Offers: what do ladders and bundles earn when every person takes what leaves them most?

    surplus of a rung  = value - price;   chosen: the largest surplus, if it is at least 0
    contribution       = price - unit cost of the rung chosen                     [money per person and period]
    separate / pure / mixed bundling: the same with the components, the bundle, or both on offer

Source: Mussa & Rosen (1978), Journal of Economic Theory 18; Adams & Yellen (1976), Quarterly Journal of Economics 90.
Assumes one unit per person; between equal surpluses the seller's better contribution is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product

import numpy as np


def choose_offers(values: np.ndarray, prices: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """Return the number of the offer that each person takes, -1 for none.

    Parameters
    ----------
    values : people × offers, money.
    prices, costs : one per offer, money.

    Examples
    --------
    >>> choose_offers(np.array([[5.0, 9.0], [1.0, 2.0]]), np.array([4.0, 7.0]), np.array([1.0, 2.0])).tolist()
    [1, -1]
    """
    surplus = np.round(values - prices, 9)
    best = surplus.max(axis=1)
    earned = np.where(surplus == best[:, None], prices - costs, -np.inf)
    return np.where(best >= 0, earned.argmax(axis=1), -1)


def measure_offers(values: np.ndarray, prices: np.ndarray, costs: np.ndarray) -> dict[str, float | list[float]]:
    """Return shares per offer, share of nobody, and surplus, revenue and contribution per person.

    Examples
    --------
    >>> measured = measure_offers(np.array([[5.0], [1.0]]), np.array([4.0]), np.array([1.0]))
    >>> measured["shares"], measured["contribution"]
    ([0.5], 1.5)
    """
    chosen = choose_offers(values, prices, costs)
    buyers = chosen >= 0
    taken = np.where(buyers, chosen, 0)
    surplus = np.where(buyers, values[np.arange(len(values)), taken] - prices[taken], 0.0)
    return {
        "shares": [float((chosen == offer).mean()) for offer in range(values.shape[1])],
        "nobody": float((~buyers).mean()),
        "surplus": float(surplus.mean()),
        "revenue": float(np.where(buyers, prices[taken], 0.0).mean()),
        "contribution": float(np.where(buyers, (prices - costs)[taken], 0.0).mean()),
    }


def contribution_of(values: np.ndarray, prices: np.ndarray, costs: np.ndarray) -> float:
    """Return the contribution per person of an offer at these prices."""
    chosen = choose_offers(values, prices, costs)
    return float(np.where(chosen >= 0, (prices - costs)[chosen], 0.0).mean())


def search_prices(
    values: np.ndarray, costs: np.ndarray, start: np.ndarray, *, steps: tuple[float, ...], span: int = 12
) -> tuple[np.ndarray, float]:
    """Search the prices that earn most: one price at a time and all together, on ever finer grids.

    Parameters
    ----------
    start : prices to start from.
    steps : grid steps, from coarse to fine.
    span : how many steps to look on either side.

    Returns
    -------
    prices and their contribution per person; a local optimum, reached from `start` and from it scaled.

    Examples
    --------
    >>> best, earned = search_prices(np.array([[4.0], [6.0], [9.0]]), np.array([1.0]), np.array([5.0]), steps=(1.0,))
    >>> best.tolist(), round(earned, 2)
    ([6.0], 3.33)
    """
    found = [_climb(values, costs, start * factor, steps=steps, span=span) for factor in (0.8, 1.0, 1.3)]
    return max(found, key=lambda pair: pair[1])


def search_bundles(
    values: np.ndarray, costs: np.ndarray, start: np.ndarray, *, steps: tuple[float, ...]
) -> Mapping[str, tuple[np.ndarray, float]]:
    """Return the best prices and profit per person of selling two components apart, only together, or both.

    Parameters
    ----------
    values : people × 2 reservation prices.
    """
    both = values.sum(axis=1, keepdims=True)
    # Buying both parts apart is an offer of its own, at the sum of the two prices.
    separate = [search_prices(values[:, [part]], costs[[part]], start[[part]], steps=steps) for part in (0, 1)]
    bundle_cost = costs.sum(keepdims=True)
    pure = search_prices(both, bundle_cost, start.sum(keepdims=True) * 0.9, steps=steps)
    apart = np.array([separate[0][0][0], separate[1][0][0]])
    menu, menu_costs = np.hstack([values, both]), np.append(costs, bundle_cost)
    candidates = [
        _climb(menu, menu_costs, np.append(apart * lift, bundle), steps=steps, span=12, allowed=_at_most_sum)
        for lift, bundle in product((1.0, 1.15, 1.4), (pure[0][0], apart.sum() * 0.92))
    ]
    return {
        "separate": (apart, separate[0][1] + separate[1][1]),
        "pure": pure,
        "mixed": max(candidates, key=lambda pair: pair[1]),
    }


def _at_most_sum(prices: np.ndarray) -> bool:
    """A bundle dearer than its parts is not on offer: people would buy the parts."""
    return bool(prices[2] <= prices[0] + prices[1] + 1e-9)


def _climb(
    values: np.ndarray,
    costs: np.ndarray,
    start: np.ndarray,
    *,
    steps: tuple[float, ...],
    span: int,
    allowed: Callable[[np.ndarray], bool] | None = None,
) -> tuple[np.ndarray, float]:
    prices, earned = np.array(start, dtype=float), -np.inf
    for step in steps:
        prices = np.round(prices / step) * step
        earned = contribution_of(values, prices, costs)
        while True:
            trials = [trial for trial in _neighbours(prices, step, span) if allowed is None or allowed(trial)]
            gains = [contribution_of(values, trial, costs) for trial in trials]
            best = int(np.argmax(gains))
            if gains[best] <= earned + 1e-12:
                break
            prices, earned = trials[best], gains[best]
    return prices, earned


def _neighbours(prices: np.ndarray, step: float, span: int) -> list[np.ndarray]:
    moves = [move for move in range(-span, span + 1) if move]
    single = [prices + move * step * np.eye(len(prices))[part] for part in range(len(prices)) for move in moves]
    together = [prices + move * step for move in moves] if len(prices) > 1 else []
    return [trial for trial in (*single, *together) if (trial > 0).all()]
