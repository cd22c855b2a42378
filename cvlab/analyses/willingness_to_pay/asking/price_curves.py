"""Price curves: how opinions about a price change along the price axis, and where two of them meet.

Each person names four prices. Over all people, with F the weighted share who answered at or below a price,

    too cheap (p)     = 1 - F_too_cheap(p)         cheap (p)     = 1 - F_cheap(p)          both fall with the price
    expensive (p)     = F_expensive(p)             too expensive (p) = F_too_expensive(p)  both rise
    not cheap (p)     = 1 - cheap(p)               not expensive (p) = 1 - expensive(p)

so that "too cheap" and "cheap" count the people who answered strictly above the price. Four pairs of curves meet:

    marginal cheapness      too cheap  and  not cheap             F_too_cheap + F_cheap          = 1
    marginal expensiveness  too expensive  and  not expensive     F_expensive + F_too_expensive  = 1
    indifference            cheap  and  expensive                 F_cheap + F_expensive          = 1
    optimal                 too cheap  and  too expensive         F_too_cheap + F_too_expensive  = 1

Every crossing is thus where the sum of two rising curves reaches 1. The sum never falls, so the place is found by
bisection, for all bootstrap samples at once and without laying out a curve for each of them. With few people, or
answers far apart, two curves may stay together along a stretch of prices that all fit equally well.

Source: van Westendorp (1976), "NSS Price Sensitivity Meter: a new approach to study consumer perception of prices",
Proceedings of the 29th ESOMAR Congress.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from cvlab.analyses.common import percentile_interval

ANSWERS = ("too_cheap", "cheap", "expensive", "too_expensive")
CROSSINGS = {
    "marginal cheapness": ("too_cheap", "cheap"),
    "marginal expensiveness": ("expensive", "too_expensive"),
    "indifference": ("cheap", "expensive"),
    "optimal": ("too_cheap", "too_expensive"),
}
METHODS = ("interpolated", "step")
TIES = ("min", "max", "mean", "median")
_ROUNDING = 1e-9  # shares closer than this are equal: weighted sums are not exact
_FALLING = ("too_cheap", "cheap")
_MOST_IN_BANDS = 101  # more prices than these show nothing more in a picture
_MOST_CELLS = 4_000_000  # samples × people held at once, so that memory stays bounded


@dataclass(frozen=True, eq=False, kw_only=True)
class _Cumulated:
    """Cumulative weights of the answers, per sample.

    `prices` are the observed prices in ascending order; `up_to[answer]` (samples × people + 1) holds the weight of the
    first people in ascending order of that answer, and `counted[answer]` how many of them stand at or below each price.
    """

    prices: np.ndarray
    up_to: dict[str, np.ndarray]
    counted: dict[str, np.ndarray]

    def share(self, answer: str, position: np.ndarray) -> np.ndarray:
        """Return the share who answered at or below the price at `position`, one position per sample."""
        cumulated = self.up_to[answer]
        rows = np.arange(len(cumulated))
        return cumulated[rows, self.counted[answer][position]] / cumulated[:, -1]


def measure_price_curves(answers: np.ndarray, weights: np.ndarray) -> pd.DataFrame:
    """Return the four curves and two complements at every observed price.

    Parameters
    ----------
    answers : people × 4 prices in the order of `ANSWERS`, none missing.
    weights : one per person, above 0.

    Returns
    -------
    Columns price, too_cheap, cheap, expensive, too_expensive, not_cheap, not_expensive; shares from 0 to 1.

    Examples
    --------
    >>> curves = measure_price_curves(np.array([[1.0, 2, 3, 4], [2, 3, 4, 5]]), np.ones(2))
    >>> curves[["price", "too_cheap", "expensive"]].to_numpy().tolist()[:3]
    [[1.0, 0.5, 0.0], [2.0, 0.0, 0.0], [3.0, 0.0, 0.5]]
    """
    cumulated = _cumulate(answers, np.asarray(weights, dtype=float)[None, :])
    at_or_below = {
        answer: cumulated.up_to[answer][0, cumulated.counted[answer]] / cumulated.up_to[answer][0, -1]
        for answer in ANSWERS
    }
    return pd.DataFrame(
        {
            "price": cumulated.prices,
            "too_cheap": 1 - at_or_below["too_cheap"],
            "cheap": 1 - at_or_below["cheap"],
            "expensive": at_or_below["expensive"],
            "too_expensive": at_or_below["too_expensive"],
            "not_cheap": at_or_below["cheap"],
            "not_expensive": 1 - at_or_below["expensive"],
        }
    )


def measure_curve_bands(answers: np.ndarray, samples: np.ndarray, *, level: float) -> pd.DataFrame:
    """Return intervals of the four curves, price by price, at the observed prices or an even selection of them.

    Parameters
    ----------
    answers : people × 4 prices in the order of `ANSWERS`, none missing.
    samples : bootstrap samples × people: how often each person was drawn, times the person's weight.

    Returns
    -------
    Columns price and, for each of `ANSWERS`, <answer>_low and <answer>_high; shares from 0 to 1.

    Examples
    --------
    >>> bands = measure_curve_bands(np.array([[1.0, 2, 3, 4], [2, 3, 4, 5]]), np.array([[2, 0], [0, 2]]), level=0.9)
    >>> bands[["price", "expensive_low", "expensive_high"]].to_numpy().round(2).tolist()[1:4]
    [[2.0, 0.0, 0.0], [3.0, 0.05, 0.95], [4.0, 1.0, 1.0]]
    """
    observed = np.unique(answers)
    chosen = np.linspace(0, len(observed) - 1, min(len(observed), _MOST_IN_BANDS)).round().astype(int)
    prices = observed[chosen]
    drawn, totals = np.ascontiguousarray(samples.T, dtype=float), samples.sum(axis=1)
    columns = {"price": prices}
    for position, answer in enumerate(ANSWERS):
        reached = np.searchsorted(prices, answers[:, position])
        place = sparse.csr_array(
            (np.ones(len(answers)), (reached, np.arange(len(answers)))), shape=(len(prices), len(answers))
        )
        at_or_below = (np.cumsum(place @ drawn, axis=0) / totals).clip(0, 1)
        shares = 1 - at_or_below if answer in _FALLING else at_or_below
        columns[f"{answer}_low"], columns[f"{answer}_high"] = percentile_interval(shares.T, level=level)
    return pd.DataFrame(columns)


def find_crossings(answers: np.ndarray, weights: np.ndarray, *, method: str, ties: str) -> np.ndarray:
    """Return the prices at which the pairs of curves meet: samples × 4, in the order of `CROSSINGS`.

    Parameters
    ----------
    answers : people × 4 prices in the order of `ANSWERS`, none missing.
    weights : samples × people; a bootstrap sample is how often each person was drawn, times the person's weight.
    method : "step" takes the first observed price at which the rising curve has reached the falling one;
        "interpolated" draws straight lines between observed prices and takes the point where they meet.
    ties : which price to take where the curves stay together over several observed prices.

    Examples
    --------
    >>> three = np.array([[1.0, 2, 3, 4], [2, 3, 4, 5], [2, 4, 6, 7]])
    >>> find_crossings(three, np.ones((1, 3)), method="step", ties="min").tolist()
    [[2.0, 4.0, 3.0, 2.0]]
    """
    return _find(answers, weights, method, (ties,))[..., 0]


def find_stretches(answers: np.ndarray, weights: np.ndarray, *, method: str, ties: str) -> tuple[np.ndarray, ...]:
    """Return the crossings, and the lowest and the highest price of the stretch each lies on: three samples × 4.

    Parameters
    ----------
    answers, weights, method, ties : as for `find_crossings`.

    Examples
    --------
    >>> apart = np.array([[1.0, 3, 6, 8], [2, 4, 7, 9]])
    >>> [part[0, 3].item() for part in find_stretches(apart, np.ones((1, 2)), method="step", ties="median")]
    [4.0, 2.0, 7.0]
    """
    found = _find(answers, weights, method, (ties, "min", "max"))
    return found[..., 0], found[..., 1], found[..., 2]


def _find(answers: np.ndarray, weights: np.ndarray, method: str, wanted: tuple[str, ...]) -> np.ndarray:
    """Return samples × 4 × wanted ways with ties."""
    samples = np.atleast_2d(weights)
    size = max(1, _MOST_CELLS // max(1, samples.shape[1]))
    parts = []
    for start in range(0, len(samples), size):
        cumulated = _cumulate(answers, samples[start : start + size])
        parts.append(np.stack([_cross_pair(cumulated, pair, method, wanted) for pair in CROSSINGS.values()], axis=1))
    return np.concatenate(parts)


def _cumulate(answers: np.ndarray, weights: np.ndarray) -> _Cumulated:
    prices = np.unique(answers)
    up_to, counted = {}, {}
    for position, answer in enumerate(ANSWERS):
        order = np.argsort(answers[:, position], kind="stable")
        cumulated = np.zeros((len(weights), len(order) + 1))
        np.cumsum(weights[:, order], axis=1, out=cumulated[:, 1:])
        up_to[answer] = cumulated
        counted[answer] = np.searchsorted(answers[order, position], prices, side="right")
    return _Cumulated(prices=prices, up_to=up_to, counted=counted)


def _cross_pair(cumulated: _Cumulated, pair: tuple[str, str], method: str, wanted: tuple[str, ...]) -> np.ndarray:
    prices = cumulated.prices

    def excess(position: np.ndarray) -> np.ndarray:
        """How far the rising curve stands above the falling one."""
        return cumulated.share(pair[0], position) + cumulated.share(pair[1], position) - 1

    n_samples = len(cumulated.up_to[pair[0]])
    first = _first_true(lambda position: excess(position) >= -_ROUNDING, n_samples, len(prices))
    reached = excess(first)
    last = first
    if any(ties != "min" for ties in wanted):
        # The curves stay together up to the price before the one where their difference grows, if it does.
        end = len(prices)
        last = -1 + _first_true(
            lambda position: (position == end) | (excess(np.minimum(position, end - 1)) > reached + _ROUNDING),
            n_samples,
            end + 1,
        )
    chosen = np.stack([_choose(prices, first, last, ties) for ties in wanted], axis=1)
    if method == "step":
        return chosen
    before = np.maximum(first - 1, 0)
    below = excess(before)
    # Where the curves meet on an observed price, or before the first, there is nothing to interpolate.
    between = (reached > _ROUNDING) & (first > 0)
    rise = np.where(between, reached - below, 1.0)
    crossing = prices[before] - below / rise * (prices[first] - prices[before])
    return np.where(between[:, None], crossing[:, None], chosen)


def _first_true(test: Callable[[np.ndarray], np.ndarray], n_samples: int, n_positions: int) -> np.ndarray:
    """Return per sample the first position that passes; later ones pass too, and the last one always does."""
    low, high = np.zeros(n_samples, dtype=int), np.full(n_samples, n_positions - 1)
    while (low < high).any():
        middle = (low + high) // 2
        passed = test(middle)
        low, high = np.where(passed, low, np.minimum(middle + 1, high)), np.where(passed, middle, high)
    return high


def _choose(prices: np.ndarray, first: np.ndarray, last: np.ndarray, ties: str) -> np.ndarray:
    if ties == "min":
        return prices[first]
    if ties == "max":
        return prices[last]
    if ties == "median":
        return (prices[(first + last) // 2] + prices[(first + last + 1) // 2]) / 2
    totals = np.concatenate([[0.0], np.cumsum(prices)])
    return (totals[last + 1] - totals[first]) / (last + 1 - first)
