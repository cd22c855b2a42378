"""A demand curve as numbers: how much is sold at each price of a grid, with draws of the whole curve.

Whatever a demand comes from, the questions asked of it are the same: how much at this price, how steep, which price
earns most. They are answered on one grid of prices inside the observed ones, where each draw (bootstrap, posterior or
Krinsky–Robb) is a curve of its own; intervals of anything that follows are percentiles over the draws.

    between two prices of the grid     straight line in the quantity
    outside the observed prices        nothing (NaN), because nobody was asked

Source: Barlow, Bartholomew, Bremner & Brunk (1972), Statistical Inference under Order Restrictions, chapter 1 (the
min–max formula of isotonic regression).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from cvlab.checks import check_one_of
from cvlab.errors import ParameterError
from cvlab.units import write_range

PEOPLE, UNITS, CHOICES = "people per 100 asked", "units", "choices per 100"
ORIGINS = {
    "stated": "answers as said",
    "sales": "sales",
    "experiment": "sales in an experiment",
    "amounts": "amounts people would pay",
    "calibrated": "answers calibrated to real money",
}
EVIDENCE = tuple(ORIGINS)
MANY, TAIL = 50, 0.025  # from so many distinct prices on, this share of them at either end is left out
N_GRID = 201  # prices of a smooth curve; the best of them is refined between its neighbours


@dataclass(frozen=True, eq=False, kw_only=True)
class Curve:
    """Demand on a grid of prices.

    Attributes
    ----------
    prices : ascending (n_prices,), money per unit.
    estimate : quantity at each price (n_prices,), in `unit`.
    draws : n_draws × n_prices.
    asked : distinct prices that were asked, shown or charged, ascending.
    discrete : whether only the prices of the grid can be told apart, so that a best price is one of them.
    unit : "people per 100 asked", "choices per 100" or "units".
    evidence : where it comes from, one of `EVIDENCE`.
    method : how it was estimated, in a few words.
    n : people behind it.
    notes : what it assumes.
    trusted : whether a decision can rest on it.
    missing : why there is no demand at all, where there is none.
    draws_by : "people" where the draws come from `bootstrap_people`, see `Headline`.
    """

    prices: np.ndarray
    estimate: np.ndarray
    draws: np.ndarray
    asked: np.ndarray
    discrete: bool
    unit: str
    evidence: str
    method: str
    n: int
    notes: tuple[str, ...] = ()
    trusted: bool = True
    missing: str = ""
    draws_by: str = ""

    def __post_init__(self) -> None:
        check_one_of(self.unit, (PEOPLE, UNITS, CHOICES), "unit")
        check_one_of(self.evidence, EVIDENCE, "evidence")

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest price of the grid."""
        return (float(self.prices[0]), float(self.prices[-1])) if len(self.prices) else (math.nan, math.nan)

    def at(self, prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return quantities (n,) and draws n_draws × n at any prices; NaN outside the grid."""
        return interpolate(self.prices, self.estimate, prices), interpolate(self.prices, self.draws, prices)

    def without_answers(self) -> Curve:
        """Return the curve of too few people: no quantities, and no prices where these are amounts people named."""
        kept = slice(0) if self.evidence == "amounts" else slice(None)
        prices = self.prices[kept]
        nothing = np.full(len(prices), math.nan)
        return replace(self, prices=prices, estimate=nothing, draws=np.tile(nothing, (2, 1)), asked=self.asked[kept])


def interpolate(grid: np.ndarray, values: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the values, the last axis along the grid, at other points by straight lines; NaN outside the grid.

    Examples
    --------
    >>> interpolate(np.array([1.0, 2.0, 4.0]), np.array([[10.0, 8.0, 2.0]]), np.array([1.5, 3.0, 5.0])).tolist()
    [[9.0, 5.0, nan]]
    """
    wanted = np.asarray(points, dtype=float)
    if not len(grid):
        return np.full((*values.shape[:-1], len(wanted)), math.nan)
    if len(grid) == 1:
        return np.where(wanted == grid[0], values[..., [0]], np.nan)
    right = np.clip(np.searchsorted(grid, wanted, side="left"), 1, len(grid) - 1)
    share = (wanted - grid[right - 1]) / (grid[right] - grid[right - 1])
    found = values[..., right - 1] * (1 - share) + values[..., right] * share
    # Prices that a computation has moved by a rounding error are still inside.
    slack = 1e-9 * np.abs(grid[-1])
    inside = (wanted >= grid[0] - slack) & (wanted <= grid[-1] + slack)
    return np.where(inside, found, np.nan)


def spread_grid(asked: np.ndarray) -> np.ndarray:
    """Return a grid over the asked prices: even, with each of them on it; where they are many, the middle of them.

    Prices that people named themselves have long tails, in which single answers would decide.

    Examples
    --------
    >>> len(spread_grid(np.array([10.0, 12.0, 20.0])))
    201
    """
    if len(asked) > MANY:
        ranks = np.linspace(TAIL * (len(asked) - 1), (1 - TAIL) * (len(asked) - 1), N_GRID)
        return np.unique(np.interp(ranks, np.arange(len(asked)), asked).round(10))
    return np.unique(np.concatenate([np.linspace(asked[0], asked[-1], N_GRID), asked]).round(10))


def choose_grid(prices: np.ndarray | None, asked: np.ndarray, default: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return the grid, and whether the caller restricted it to prices of his own.

    Raises
    ------
    ParameterError : fewer than two different prices, or some lie outside the observed ones.
    """
    if prices is None:
        return default, False
    try:
        wanted = np.unique(np.asarray(prices, dtype=float))
    except (TypeError, ValueError):
        raise ParameterError("prices are not numbers: give a list of prices") from None
    if wanted.ndim != 1 or len(wanted) < 2 or not np.isfinite(wanted).all():
        raise ParameterError("prices: give at least two different finite prices")
    outside = wanted[(wanted < asked[0] * (1 - 1e-9)) | (wanted > asked[-1] * (1 + 1e-9))]
    if len(outside):
        raise ParameterError(
            f"prices: {len(outside)} of {len(wanted)} lie outside the observed prices "
            f"{write_range(float(asked[0]), float(asked[-1]), 'money')}. Demand is known only inside them"
        )
    return wanted, True


def fall_monotonically(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the non-increasing values closest to each row by weighted least squares (isotonic regression).

    Parameters
    ----------
    values : rows × prices.
    weights : of the prices, above 0; (prices,) or rows × prices.

    Examples
    --------
    >>> fall_monotonically(np.array([[5.0, 3.0, 4.0, 1.0]]), np.ones(4)).tolist()
    [[5.0, 3.5, 3.5, 1.0]]
    """
    weight = np.broadcast_to(weights, values.shape)
    n = values.shape[1]
    total = np.pad(np.cumsum(values * weight, axis=1), ((0, 0), (1, 0)))
    mass = np.pad(np.cumsum(weight, axis=1), ((0, 0), (1, 0)))
    fitted = np.full(values.shape, np.inf)
    for first in range(n):
        # Means of all stretches that begin at `first`; of those that reach k the highest counts.
        mean = (total[:, first + 1 :] - total[:, [first]]) / (mass[:, first + 1 :] - mass[:, [first]])
        from_right = np.maximum.accumulate(mean[:, ::-1], axis=1)[:, ::-1]
        fitted[:, first:] = np.minimum(fitted[:, first:], from_right)
    return fitted
