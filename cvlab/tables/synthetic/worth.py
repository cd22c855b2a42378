"""Worth and price: what is the product of the price questions worth to people, and which price would earn most?

    buyers at a price    share of people to whom the product is worth at least the price
    revenue, profit      buyers · price,  buyers · (price - unit cost)                             [money per person]
    band                 lowest and highest price that earn at least 95 % of the largest profit

Each as stated, and in real money where answers run above real worth by a constant factor.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cvlab.tables.synthetic.line import SampleLine

BAND = 0.95


def measure_worth(line: SampleLine, people: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return "stated" and, where there is such a thing, "real" -> what `price_worth` gives."""
    stated = line.stated_value(people)
    scales = {"stated": stated}
    if line.stated_per_real is not None:
        scales["real"] = stated / line.stated_per_real
    asked, step = np.array(line.survey.ladder_prices), line.survey.questions.step
    cost = float(line.settings["unit_cost"])
    return {scale: price_worth(worth, asked, unit_cost=cost, step=step) for scale, worth in scales.items()}


def price_worth(worth: np.ndarray, asked: np.ndarray, *, unit_cost: float, step: float) -> dict[str, Any]:
    """Return the mean and median worth, the buyers at each price asked, and the prices that earn most.

    Parameters
    ----------
    worth : of the product to each person, money.
    asked : prices that were asked about, ascending; no price beyond them is looked at.
    unit_cost : money per unit.
    step : between the prices that are looked at from the lowest to the highest of those asked.

    Returns
    -------
    mean, median, buyers_at (price -> share), best_asked_price and best_price (revenue and profit -> price: of those
    asked, and of all in between), best_profit (per person) and band (low, high), both at any price in between.

    Examples
    --------
    >>> found = price_worth(np.array([10.0, 20.0, 30.0]), np.array([10.0, 25.0]), unit_cost=12.0, step=1.0)
    >>> found["best_asked_price"], found["best_price"]
    ({'revenue': 10.0, 'profit': 25.0}, {'revenue': 20.0, 'profit': 20.0})
    """
    between = np.arange(asked[0], asked[-1] + step / 2, step)
    profit = _buyers(worth, between) * (between - unit_cost)
    good = between[profit >= BAND * profit.max()]
    return {
        "mean": float(worth.mean()),
        "median": float(np.median(worth)),
        "buyers_at": {str(price): float(share) for price, share in zip(asked, _buyers(worth, asked), strict=True)},
        "best_asked_price": _best_prices(worth, asked, unit_cost),
        "best_price": _best_prices(worth, between, unit_cost),
        "best_profit": float(profit.max()),
        "band": {"low": float(good.min()), "high": float(good.max())},
    }


def _best_prices(worth: np.ndarray, prices: np.ndarray, unit_cost: float) -> dict[str, float]:
    buyers = _buyers(worth, prices)
    return {
        "revenue": float(prices[np.argmax(buyers * prices)]),
        "profit": float(prices[np.argmax(buyers * (prices - unit_cost))]),
    }


def _buyers(worth: np.ndarray, prices: np.ndarray) -> np.ndarray:
    shares: np.ndarray = 1 - np.searchsorted(np.sort(worth), prices, side="left") / len(worth)
    return shares
