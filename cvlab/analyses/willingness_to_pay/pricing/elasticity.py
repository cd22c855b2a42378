"""Price elasticity: by how many per cent does the quantity change when the price rises by 1 %?

    elasticity at a price      slope of log quantity on log price between 10 % below and 10 % above it
    over the observed prices   b in  log E(quantity) = a + b · log(price),   the same wherever the curve is constant

The slope over all prices is fitted by Poisson pseudo-likelihood: it needs no logarithm of the quantity, so a price at
which nothing was sold counts for what it is, where log-log least squares would have to leave it out and be biased.

Source: Santos Silva & Tenreyro (2006), "The log of gravity", Review of Economics and Statistics 88.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, percentile_interval
from cvlab.analyses.willingness_to_pay.choosing.top import write_people
from cvlab.analyses.willingness_to_pay.pricing.curve import MANY, Curve
from cvlab.checks import check_positive
from cvlab.errors import ParameterError
from cvlab.units import write_number, write_range

SMALLEST_CHANGE = 0.1  # change of the elasticity between two runs that would matter
_AROUND = 0.10  # an elasticity at a price is the slope between this share below and above it
_SOME = 25  # prices that stand for a whole grid
_STEPS, _PRECISION = 60, 1e-10
_LONGEST = 2.0  # most that one step of Newton may move the elasticity


@dataclass(frozen=True, eq=False, kw_only=True)
class Elasticity:
    """How strongly the quantity answers to the price.

    Attributes
    ----------
    table : price, elasticity, low, high; one row, its price empty where it is the slope over all observed prices.
    draws : of the elasticity.
    """

    rows: ClassVar[str] = "price"
    kinds: ClassVar[Mapping[str, str]] = {"price": "money", "elasticity": "number", "low": "number", "high": "number"}

    table: pd.DataFrame
    headline: Headline
    draws: np.ndarray
    notes: tuple[str, ...] = ()


def measure_elasticity(
    curve: Curve, *, price: float | None, level: float, over: np.ndarray | None = None
) -> Elasticity:
    """Measure the elasticity of a curve at a price, or over its prices; see `Demand.elasticity`.

    Parameters
    ----------
    over : prices over which the slope is fitted, where it is not the observed ones.

    Raises
    ------
    ParameterError : the price is outside the observed prices.
    """
    low_end, high_end = curve.range
    if price is None:
        used = slope_prices(curve) if over is None else over
        estimate, draws = curve.at(used)
        value = float(fit_slopes(np.log(used), estimate[None])[0])
        drawn = fit_slopes(np.log(used), draws)
        where = f"Between {write_number(float(used[0]), 'money')} and {write_number(float(used[-1]), 'money')}"
    else:
        tried = check_positive(price, "price")
        if not low_end <= tried <= high_end:
            raise ParameterError(
                f"price is {write_number(tried, 'money')}: demand is known only from "
                f"{write_range(low_end, high_end, 'money')}"
            )
        ends = _surround(curve, tried)
        estimate, draws = curve.at(ends)
        value = float(_arc(ends, estimate[None])[0])
        drawn = _arc(ends, draws)
        where = f"At {write_number(tried, 'money')}"
    low, high = (float(bound) for bound in percentile_interval(drawn, level=level))
    table = pd.DataFrame(
        {"price": [math.nan if price is None else price], "elasticity": [value], "low": [low], "high": [high]}
    )
    headline = Headline(
        key="willingness_to_pay.elasticity",
        label="price elasticity of demand",
        value=value,
        low=low,
        high=high,
        level=level,
        n=curve.n,
        unit="number",
        smallest_change=SMALLEST_CHANGE,
        method=curve.method,
        sentence="{where} a price that is 1% higher changes the quantity by {value}% ({level} interval {low}% to "
        "{high}%, {people}).",
        words={"where": where, "people": write_people(curve.n)},
        draws=drawn,
        decides=False,  # it says how demand bends; the price that follows needs the cost too
    )
    return Elasticity(table=table, headline=headline, draws=drawn, notes=curve.notes)


def slope_prices(curve: Curve) -> np.ndarray:
    """Return the prices over which a slope is fitted: the asked ones, or some of the grid where they are many."""
    low, high = curve.range
    inside = curve.asked[(curve.asked >= low * (1 - 1e-9)) & (curve.asked <= high * (1 + 1e-9))]
    if 2 <= len(inside) <= MANY:
        return inside
    if curve.discrete:
        n = len(curve.prices)
        return curve.prices if n <= MANY else curve.prices[np.linspace(0, n - 1, _SOME).round().astype(int)]
    return np.linspace(low, high, _SOME)


def fit_slopes(
    log_price: np.ndarray, quantity: np.ndarray, exposure: np.ndarray | None = None, *, intercept: bool = False
) -> np.ndarray:
    """Fit log E(quantity) = a + b · log price to each row, by Poisson pseudo-likelihood, and return the b.

    Parameters
    ----------
    log_price : (n_prices,).
    quantity : rows × prices, per unit of exposure; 0 is a value like any other.
    exposure : weight of each price; the same for all when not given.
    intercept : return rows × 2, a and b; a belongs to log prices taken from their mean.

    Returns
    -------
    b per row; NaN where a row has fewer than two prices with a positive quantity.

    Examples
    --------
    >>> price = np.array([10.0, 20.0, 40.0])
    >>> fit_slopes(np.log(price), 1000 * price[None] ** -1.8).round(6).tolist()
    [-1.8]
    """
    x = log_price - log_price.mean()
    weight = np.ones(len(x)) if exposure is None else np.asarray(exposure, dtype=float)
    usable = np.isfinite(quantity).all(axis=1) & ((quantity > 0).sum(axis=1) >= 2)
    found = np.full((len(quantity), 2), math.nan)
    rows = quantity[usable]
    if len(rows):
        # The scale of the quantity cancels: with a profiled out, Newton has only b left to find.
        b = np.full(len(rows), -1.0)
        target = (rows * weight) @ x / (rows @ weight)
        for _ in range(_STEPS):
            mass = weight * np.exp(b[:, None] * x)
            share = mass / mass.sum(axis=1, keepdims=True)
            mean = share @ x
            step = (target - mean) / np.maximum(share @ x**2 - mean**2, np.finfo(float).tiny)
            b += np.clip(step, -_LONGEST, _LONGEST)
            if np.abs(step).max() < _PRECISION:
                break
        a = np.log(rows @ weight) - np.log(np.exp(b[:, None] * x) @ weight)
        found[usable] = np.column_stack([a, b])
    return found if intercept else found[:, 1]


def _surround(curve: Curve, price: float) -> np.ndarray:
    """Return a lower and a higher price to measure the slope between."""
    low, high = curve.range
    if not curve.discrete:
        return np.array([max(low, price * (1 - _AROUND)), min(high, price * (1 + _AROUND))])
    below, above = curve.prices[curve.prices < price], curve.prices[curve.prices > price]
    near = below[below >= price * (1 - _AROUND)], above[above <= price * (1 + _AROUND)]
    lower = near[0][0] if len(near[0]) else below[-1] if len(below) else price
    upper = near[1][-1] if len(near[1]) else above[0] if len(above) else price
    return np.array([lower, upper])


def _arc(ends: np.ndarray, quantity: np.ndarray) -> np.ndarray:
    """Slope of log quantity between two prices; NaN where nothing is sold at one of them."""
    sold = np.where((quantity > 0).all(axis=1, keepdims=True), quantity, math.nan)
    return np.log(sold[:, 1] / sold[:, 0]) / math.log(ends[1] / ends[0])
