"""Optimum: what a market earns along a demand curve, where it earns most, and which prices come close."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cvlab.analyses.willingness_to_pay.pricing.curve import Curve

LOSS = 0.05  # share of the highest contribution that a price in the band may lose


@dataclass(frozen=True, eq=False, kw_only=True)
class Market:
    """What turns quantities into money: `scale` units per unit of quantity."""

    unit_cost: float
    fixed_cost: float
    scale: float

    def measure(self, prices: np.ndarray, quantity: np.ndarray) -> dict[str, np.ndarray]:
        """Return quantity, revenue and profit at prices, the last axis of `quantity` along them."""
        sold = self.scale * quantity
        return {
            "quantity": sold,
            "revenue": sold * prices,
            "profit": sold * (prices - self.unit_cost) - self.fixed_cost,
        }


def find_peaks(basis: Curve, values: np.ndarray) -> np.ndarray:
    """Return the price of the highest value of each row; between the prices of the grid where the curve is smooth.

    A parabola through the highest value and its neighbours places the peak; the grid is fine enough for it.
    """
    grid = basis.prices
    known = np.where(np.isfinite(values), values, -np.inf)
    top = known.argmax(axis=1)
    peaks = grid[top].astype(float)
    if basis.discrete or len(grid) < 3:
        return np.where(np.isfinite(known.max(axis=1)), peaks, math.nan)
    inner = np.flatnonzero((top > 0) & (top < len(grid) - 1))
    here = top[inner]
    left, middle, right = (values[inner, here + step] for step in (-1, 0, 1))
    before, after = grid[here] - grid[here - 1], grid[here + 1] - grid[here]
    rise, fall = (middle - left) / before, (right - middle) / after
    bend = (fall - rise) / (before + after)  # half the second derivative, below 0 at a peak
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = -before / 2 - rise / (2 * bend)
    # The peak of the parabola lies between the neighbours; a flat top stays where it is.
    exact = np.where(np.isfinite(moved) & (bend < 0), np.clip(moved, -before, after), 0.0)
    peaks[inner] += exact
    return np.where(np.isfinite(known.max(axis=1)), peaks, math.nan)


def find_band(prices: np.ndarray, contribution: np.ndarray, best: float) -> tuple[float, float]:
    """Return the ends of the stretch of prices around the best whose contribution is at least 95 % of the highest."""
    highest = float(np.nanmax(contribution))
    if highest <= 0:
        return math.nan, math.nan
    good = contribution >= (1 - LOSS) * highest
    peak = int(np.abs(prices - best).argmin())
    first = last = peak
    while first > 0 and good[first - 1]:
        first -= 1
    while last < len(prices) - 1 and good[last + 1]:
        last += 1
    return float(prices[first]), float(prices[last])
