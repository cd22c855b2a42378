"""Demand from other results: answers to price questions, and models of choice.

Each of them answers `demand_at(prices)` with the share of people who would buy, and draws of it, and names in
`prices_asked` the prices people were asked about. A model of choice needs to know which offers stand side by side.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator

from cvlab.analyses.willingness_to_pay.asking.gabor_granger import GaborGranger
from cvlab.analyses.willingness_to_pay.choosing.top import NOBODY_DECLINES
from cvlab.analyses.willingness_to_pay.pricing.curve import (
    CHOICES,
    PEOPLE,
    Curve,
    choose_grid,
    interpolate,
    spread_grid,
)
from cvlab.errors import DataError, ParameterError

_SIMULATED = 33  # prices at which a model of choice is asked; its shares are smooth between them

_PER = 100.0
_STATED = (
    "These are answers, not purchases, and answers run high. Compare them with sales where there are any "
    "(compare_stated_revealed)."
)


def curve_of_result(source: Any, *, prices: np.ndarray | None, offers: pd.DataFrame | None, vary: str | None) -> Curve:
    """Read the demand of a result; see `estimate_demand`.

    Raises
    ------
    ParameterError : the source knows no demand, or offers are missing or not wanted.
    DataError : the source was asked about fewer than two prices.
    """
    name = type(source).__name__
    if not hasattr(source, "demand_at") or not hasattr(source, "prices_asked"):
        raise ParameterError(
            f"source is a {name}: give a result with a demand (price sensitivity, Gabor–Granger, contingent valuation, "
            "a model of choice), or a table of transactions, amounts or a price ladder"
        )
    chooses = hasattr(source, "coding")
    if chooses and (offers is None or vary is None):
        raise ParameterError(
            f"source is a {name}: give offers (one row per offer that stands beside the others) and vary (the name of "
            "the one whose price moves)"
        )
    if not chooses and (offers is not None or vary is not None):
        raise ParameterError(f"offers and vary go with models of choice: leave them out for a {name}")
    asked = np.unique(np.asarray(source.prices_asked, dtype=float))
    asked = asked[np.isfinite(asked) & (asked > 0)]
    if len(asked) < 2:
        raise DataError(f"source, a {name}, was asked about {len(asked)} prices: demand needs at least two")
    stepwise = isinstance(source, GaborGranger)
    grid, chosen = choose_grid(prices, asked, asked if stepwise else spread_grid(asked))
    missing = ""
    try:
        if chooses:
            estimate, draws = _simulate(source, grid, asked, offers, vary, every_price=chosen)
        else:
            estimate, draws = source.demand_at(grid)
    except DataError:
        if source.headline.answered:
            raise
        estimate, draws = np.full(len(grid), math.nan), np.full((2, len(grid)), math.nan)
        missing = str(source.headline)
    outside = not chooses or source.coding.outside is not None
    return Curve(
        prices=grid,
        estimate=_PER * np.asarray(estimate, dtype=float),
        draws=_PER * np.atleast_2d(np.asarray(draws, dtype=float)),
        asked=asked,
        discrete=stepwise or chosen,
        unit=PEOPLE if outside else CHOICES,
        evidence="stated",
        method=source.headline.method or name,
        n=int(source.headline.n),
        notes=tuple(dict.fromkeys((_STATED, *(() if outside else (NOBODY_DECLINES,)), *source.notes))),
        trusted=outside,
        missing=missing,
    )


def _simulate(
    source: Any, grid: np.ndarray, asked: np.ndarray, offers: Any, vary: Any, *, every_price: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return shares and draws at the grid; from fewer prices, by a smooth curve that keeps falling, where it is fine.

    A model of choice with tastes of many people simulates everybody's choice at every price, which takes its time.
    """
    if every_price or len(grid) <= _SIMULATED:
        estimate, draws = source.demand_at(grid, offers=offers, vary=vary)
        return np.asarray(estimate, dtype=float), np.asarray(draws, dtype=float)
    few = np.unique(np.concatenate([np.linspace(grid[0], grid[-1], _SIMULATED), asked if len(asked) <= 10 else []]))
    few = few[(few >= grid[0]) & (few <= grid[-1])]
    estimate, draws = source.demand_at(few, offers=offers, vary=vary)
    shares = np.vstack([estimate, draws])
    if np.isnan(shares).any():
        return interpolate(few, shares[0], grid), interpolate(few, shares[1:], grid)
    smooth = PchipInterpolator(few, shares, axis=1)(grid)
    return smooth[0], smooth[1:]
