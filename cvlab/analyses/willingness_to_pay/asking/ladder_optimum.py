"""The best of the asked prices: where revenue and where profit is highest, and how sure that is.

    revenue(p) = p × share(p)                    profit(p) = (p - unit cost) × share(p)        [money per person asked]

The optimum is looked for at the asked prices only. Between two of them demand is a guess, and beyond them it is a
bigger one: where the lowest or the highest asked price is best, the true optimum may lie outside, "at the edge". Prices
that earn the same are told apart by taking the lowest, which sells more.

The interval holds the optima of the bootstrap samples from the lower to the upper percentile. On a grid it can only
miss on the side where the next price earns nearly as much, so at 95 % it covers the best asked price in about 97.5 %
of surveys where two prices tie, and in nearly all where one is clearly best. The band answers another question: which
prices around the best lose less than 5 % of what the best one earns.

The amount is what the chosen price earns, with the interval at that price. As the largest of several estimates it is
a little too high on average.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NEARLY_BEST = 0.05  # share of the highest amount that a price in the band may lose
_ROUNDING = 1e-9  # amounts closer than this, relative to the price, are equal: sums of weights are not exact


@dataclass(frozen=True, kw_only=True)
class Optimum:
    """The best asked price.

    Attributes
    ----------
    position : which of the prices it is.
    price, low, high : the price and its interval, all three asked prices.
    band_low, band_high : the prices around it that earn at least 95 % as much.
    at_the_edge : whether it is the lowest or the highest asked price.
    draws : the best price of each bootstrap sample.
    """

    position: int
    price: float
    low: float
    high: float
    band_low: float
    band_high: float
    at_the_edge: bool
    draws: np.ndarray


def find_optimum(
    prices: np.ndarray, margins: np.ndarray, shares: np.ndarray, draws: np.ndarray, *, level: float
) -> Optimum | None:
    """Return the price at which margin × share is highest, None where no price earns anything.

    Parameters
    ----------
    prices : ascending; `margins` is what one sale earns at each.
    shares : who would buy at each price, and `draws` (samples × prices) the same in bootstrap samples.
    level : of the interval.

    Examples
    --------
    >>> prices, draws = np.array([10.0, 20, 30]), np.array([[0.9, 0.5, 0.2], [0.8, 0.3, 0.1]])
    >>> best = find_optimum(prices, prices, np.array([0.85, 0.4, 0.15]), draws, level=0.9)
    >>> best.price, best.low, best.high, best.band_low, best.at_the_edge
    (10.0, 10.0, 20.0, 10.0, True)
    """
    lowest, _ = _find_best(prices, margins, shares[None, :])
    position = int(lowest[0])
    amounts = margins * shares
    if amounts[position] <= _ROUNDING * prices[position]:
        return None
    drawn_lowest, drawn_highest = _find_best(prices, margins, draws)
    tail = (1 - level) / 2
    # Bounds are prices that were asked, not something between two of them.
    low = int(np.quantile(drawn_lowest, tail, method="lower"))
    high = int(np.quantile(drawn_highest, 1 - tail, method="higher"))
    first, last = _find_band(amounts, position)
    return Optimum(
        position=position,
        price=float(prices[position]),
        low=float(prices[min(low, position)]),
        high=float(prices[max(high, position)]),
        band_low=float(prices[first]),
        band_high=float(prices[last]),
        at_the_edge=position in (0, len(prices) - 1),
        draws=prices[drawn_lowest],
    )


def _find_best(prices: np.ndarray, margins: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest position at which each row earns most."""
    amounts = margins * shares
    best = amounts >= amounts.max(axis=1, keepdims=True) - _ROUNDING * prices[-1]
    return best.argmax(axis=1), len(prices) - 1 - best[:, ::-1].argmax(axis=1)


def _find_band(amounts: np.ndarray, position: int) -> tuple[int, int]:
    """Return the first and the last of the prices around the best that lose less than `NEARLY_BEST`."""
    short = np.flatnonzero(amounts < (1 - NEARLY_BEST) * amounts[position])
    below, above = short[short < position], short[short > position]
    first = int(below[-1]) + 1 if len(below) else 0
    last = int(above[0]) - 1 if len(above) else len(amounts) - 1
    return first, last
