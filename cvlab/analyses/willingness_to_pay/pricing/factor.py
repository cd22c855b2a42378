"""Factor: by what a price must be multiplied so that as many say they would pay it as really would pay the price."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from cvlab.analyses.common import percentile_interval
from cvlab.analyses.willingness_to_pay.pricing.demand import Demand
from cvlab.analyses.willingness_to_pay.pricing.elasticity import slope_prices

SURE = 1e-6  # smallest standard deviation of a logarithm that is taken for real
_LEAST_KNOWN = 0.95  # share of the draws in which a factor at a price must be known for it to count


def no_factors() -> pd.DataFrame:
    """Return the table of factors without rows."""
    return pd.DataFrame(columns=["price", "factor", "low", "high"], dtype=float)


def measure_factor(said_by: Demand, paid_by: Demand, level: float) -> tuple[pd.DataFrame, float, np.ndarray]:
    """Return the factor at each asked price, the logarithm of the pooled one, and its draws."""
    stated, real = said_by.basis, paid_by.basis
    prices = slope_prices(stated)
    said, drawn = stated.at(prices)
    n_draws = min(len(stated.draws), len(real.draws))
    shares = np.vstack([said, drawn[:n_draws]])
    curves = np.minimum.accumulate(np.vstack([real.estimate, real.draws[:n_draws]]), axis=1)
    logs = np.log(prices) - _invert(np.log(real.prices), curves, shares)
    known = np.isfinite(logs[0]) & (np.isfinite(logs[1:]).mean(axis=0) >= _LEAST_KNOWN)
    if not known.any():
        return no_factors(), math.nan, np.full(n_draws, math.nan)
    logs, prices = logs[:, known], prices[known]
    variance = np.nanvar(logs[1:], axis=0)
    weight = 1 / np.maximum(variance, max(SURE**2, 0.1 * float(np.median(variance))))
    heard = np.where(np.isfinite(logs), weight, 0.0)
    mass = heard.sum(axis=1)
    sums = (heard * np.where(np.isfinite(logs), logs, 0.0)).sum(axis=1)
    pooled = np.divide(sums, mass, out=np.full(len(mass), math.nan), where=mass > 0)
    low, high = percentile_interval(np.exp(logs[1:]), level=level)
    by_price = pd.DataFrame({"price": prices, "factor": np.exp(logs[0]), "low": low, "high": high})
    return by_price, float(pooled[0]), pooled[1:]


def _invert(log_price: np.ndarray, curves: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return the log price at which each falling curve (a row) has each share of its row; NaN where it never does."""
    rows = zip(curves[:, ::-1], shares, strict=True)
    found = np.array([np.interp(wanted, curve, log_price[::-1]) for curve, wanted in rows])
    inside = (shares <= curves[:, [0]]) & (shares >= curves[:, [-1]]) & (shares > 0)
    return np.where(inside, found, math.nan)
