"""Demand between the prices at which it is known: straight lines."""

from __future__ import annotations

import numpy as np


def interpolate_rows(prices: np.ndarray, shares: np.ndarray, wanted: np.ndarray, *, outside: float) -> np.ndarray:
    """Return rows × wanted prices along straight lines between the known ones.

    Parameters
    ----------
    prices : where shares are known, ascending.
    shares : rows × prices.
    wanted : prices asked for.
    outside : the share below the first and above the last of `prices`.

    Examples
    --------
    >>> interpolate_rows(np.array([10.0, 20]), np.array([[0.8, 0.4]]), np.array([5.0, 15, 20]), outside=np.nan).tolist()
    [[nan, 0.6000000000000001, 0.4]]
    """
    right = np.searchsorted(prices, wanted).clip(min(1, len(prices) - 1), len(prices) - 1)
    left = (right - 1).clip(0)
    gap = np.where(right > left, prices[right] - prices[left], 1.0)
    way = (wanted - prices[left]) / gap
    found = shares[:, left] + way * (shares[:, right] - shares[:, left])
    found[:, (wanted < prices[0]) | (wanted > prices[-1])] = outside
    found[:, np.isnan(wanted)] = np.nan
    return found
