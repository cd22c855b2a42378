"""Demand at any price: the prices asked for, and straight lines between the prices at which demand is known."""

from __future__ import annotations

import numpy as np

from cvlab.errors import ParameterError


def read_prices(prices: object) -> np.ndarray:
    """Return one price, or several in a row, as an array of one dimension.

    Examples
    --------
    >>> read_prices(9).tolist()
    [9.0]
    >>> read_prices("abc")
    Traceback (most recent call last):
    ...
    cvlab.errors.ParameterError: prices is 'abc': give numbers in a row, money per unit
    """
    try:
        wanted = np.atleast_1d(np.asarray(prices, dtype=float))
    except (TypeError, ValueError):
        wanted = None
    if wanted is None or wanted.ndim != 1:
        raise ParameterError(f"prices is {prices!r}: give numbers in a row, money per unit")
    return wanted


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
