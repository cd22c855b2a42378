"""Trial and revenue: how many would buy at each price, from the van Westendorp prices and two purchase intentions.

Each person says how likely a purchase is at their own "cheap" and at their own "expensive" price. The answers are
calibrated to shares who really buy; trial is 0 at "too cheap" and at "too expensive", and linear in price between:

    trial(p)   = weighted mean over people of the line through (too cheap, 0), (cheap, intent at cheap),
                 (expensive, intent at expensive), (too expensive, 0), and 0 outside     [share]
    revenue(p) = p × trial(p)                                                [money per person asked]

Source: Newton, Miller & Smith (1993), "A market acceptance extension to traditional price sensitivity measurement",
Proceedings of the American Marketing Association Advanced Research Techniques Forum.
Assumes that the calibration holds for this product: it is an argument, and a page should say which one was used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from cvlab.analyses.common import percentile_interval
from cvlab.errors import ParameterError

INTENTS: Mapping[int, float] = MappingProxyType({1: 0.0, 2: 0.1, 3: 0.3, 4: 0.5, 5: 0.7})
BUY = ("buy_cheap", "buy_expensive")
Intents = Mapping[int, float] | tuple[float, float]
_EXAMPLES = "(0.7, 0.3) or {1: 0.0, 5: 0.7}"
_FINE = 201  # evenly spaced prices beside the observed ones
_MOST_OBSERVED = 400  # more distinct answers than these add nothing that a chart or a decision could show


def calibrate_intents(intents: Intents | None) -> Intents:
    """Return the checked calibration: shares from 0 to 1 per answer on the scale, or one pair for everybody.

    Examples
    --------
    >>> calibrate_intents(None)[5]
    0.7
    >>> calibrate_intents((0.7, 1.3))
    Traceback (most recent call last):
    ...
    cvlab.errors.ParameterError: intents has 1.3: give shares from 0 to 1, such as (0.7, 0.3) or {1: 0.0, 5: 0.7}
    """
    chosen = INTENTS if intents is None else intents
    scale = isinstance(chosen, Mapping)
    if not isinstance(chosen, (Mapping, tuple, list)) or not chosen:
        raise ParameterError(f"intents is {chosen!r}: give {_EXAMPLES}")
    shares = list(chosen.values()) if isinstance(chosen, Mapping) else list(chosen)
    if not scale and len(shares) != 2:
        raise ParameterError(f"intents has {len(shares)} shares: give two, at the cheap and at the expensive price")
    for share in shares:
        if not (isinstance(share, (int, float)) and 0 <= share <= 1):
            raise ParameterError(f"intents has {share!r}: give shares from 0 to 1, such as {_EXAMPLES}")
    if not scale and shares[0] < shares[1]:
        raise ParameterError(
            f"intents is {chosen!r}, so that more would buy at the expensive price than at the cheap one: give the "
            "share at the cheap price first"
        )
    return chosen


def price_grid(answers: np.ndarray) -> np.ndarray:
    """Return the prices at which trial is computed: the observed ones and evenly spaced ones between them."""
    observed = np.unique(answers)
    even = np.linspace(observed[0], observed[-1], _FINE)
    return even if len(observed) > _MOST_OBSERVED else np.union1d(observed, even)


def trial_of_each(answers: np.ndarray, intents: np.ndarray, prices: np.ndarray) -> np.ndarray:
    """Return the probability that each person buys at each price: people × prices.

    Parameters
    ----------
    answers : people × 4 prices, strictly ascending in every row.
    intents : people × 2 calibrated shares, at the cheap and at the expensive price.
    prices : the prices asked about.

    Examples
    --------
    >>> trial_of_each(np.array([[1.0, 2, 4, 5]]), np.array([[0.7, 0.3]]), np.array([1.0, 1.5, 2, 3, 4, 6])).tolist()
    [[0.0, 0.35, 0.7, 0.5, 0.3, 0.0]]
    """
    too_cheap, cheap, expensive, too_expensive = (answers[:, [column]] for column in range(4))
    at_cheap, at_expensive = intents[:, [0]], intents[:, [1]]
    rising = at_cheap * (prices - too_cheap) / (cheap - too_cheap)
    between = at_cheap + (at_expensive - at_cheap) * (prices - cheap) / (expensive - cheap)
    falling = at_expensive * (too_expensive - prices) / (too_expensive - expensive)
    return np.select(
        [prices <= too_cheap, prices < cheap, prices <= expensive, prices < too_expensive],
        [np.zeros_like(rising), rising, between, falling],
        default=0.0,
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Trial:
    """How many would buy.

    Attributes
    ----------
    trial : price, trial, low, high (shares).
    revenue : price, revenue, low, high (money per person asked).
    points : point, price, low, high (money): where trial and where revenue is highest.
    draws : trial in each bootstrap sample, one column per price.
    """

    trial: pd.DataFrame
    revenue: pd.DataFrame
    points: pd.DataFrame
    draws: pd.DataFrame


def estimate_trial(
    answers: np.ndarray, intents: np.ndarray, weights: np.ndarray, samples: np.ndarray, *, level: float
) -> Trial:
    """Return trial, revenue and the prices of the highest trial and the highest revenue, all with intervals.

    Parameters
    ----------
    answers, intents : see `trial_of_each`.
    weights : one per person; `samples` (samples × people) the weights of the bootstrap samples.
    """
    prices = price_grid(answers)
    each = trial_of_each(answers, intents, prices)
    trial = weights @ each / weights.sum()
    totals = samples.sum(axis=1, keepdims=True)
    drawn = np.divide(samples @ each, totals, out=np.full((len(samples), len(prices)), np.nan), where=totals > 0)
    counted = drawn[totals[:, 0] > 0]
    low, high = percentile_interval(counted, level=level)
    best_low, best_high = percentile_interval(
        np.stack([prices[counted.argmax(axis=1)], prices[(counted * prices).argmax(axis=1)]], axis=1), level=level
    )
    return Trial(
        trial=pd.DataFrame({"price": prices, "trial": trial, "low": low, "high": high}),
        revenue=pd.DataFrame({"price": prices, "revenue": prices * trial, "low": prices * low, "high": prices * high}),
        points=pd.DataFrame(
            {
                "point": ["highest trial", "highest revenue"],
                "price": [prices[trial.argmax()], prices[(prices * trial).argmax()]],
                "low": best_low,
                "high": best_high,
            }
        ),
        draws=pd.DataFrame(drawn, columns=pd.Index(prices, name="price")),
    )
