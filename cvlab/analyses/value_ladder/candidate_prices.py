"""Candidate prices: at which prices is a rung tried at all?

    lowest price     unit cost, or what all but 1 % of people would pay if that is more           [money per unit]
    highest price    what only 2.5 % of people would pay
    step             a round amount that puts at most so many prices between them

Selling below cost never earns more than selling at cost: whoever leaves takes a loss away. Bounds or prices of one's
own replace this range; today's price is tried beside it. A rung may also be tried as not offered: an infinite price.

Assumes that prices between two candidates earn about what the candidates do: round steps, as prices are made.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvlab.checks import check_count
from cvlab.errors import ParameterError

# Rungs whose price is free → candidate prices of each, so that a full search takes a moment; more rungs: a climb.
POINTS = {1: 200, 2: 100, 3: 40, 4: 20}
POINTS_OF_MANY = 40
ROUND_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 10.0)
LEAST_SHARE, MOST_SHARE = 0.025, 0.99
NOT_OFFERED = math.inf

Bounds = Mapping[str, tuple[float, float]]
PricePoints = int | Mapping[str, Sequence[float]] | None


@dataclass(frozen=True, eq=False, kw_only=True)
class Candidates:
    """Prices to be tried.

    Attributes
    ----------
    prices : for each rung, ascending; the last is infinite where the rung may be dropped.
    limits : for each rung the prices at which the search was stopped by a bound, not by what people would pay.
    """

    prices: tuple[np.ndarray, ...]
    limits: tuple[tuple[float, ...], ...]


def list_candidates(
    rungs: pd.DataFrame,
    worth: np.ndarray,
    *,
    fixed: Collection[str],
    bounds: Bounds | None,
    price_points: PricePoints,
    may_drop: bool,
    outside: float,
) -> Candidates:
    """Return the prices to be tried for rungs (rung, price, unit_cost) that are worth `worth` (rungs × rows).

    Raises
    ------
    ParameterError : rungs are unknown, bounds cross, prices are no amounts, nothing is left to search; all at once.

    Examples
    --------
    >>> rungs = pd.DataFrame({"rung": ["good", "best"], "price": [10.0, 21.0], "unit_cost": [4.0, 8.0]})
    >>> worth = np.array([np.linspace(5, 15, 50), np.linspace(10, 30, 50)])
    >>> found = list_candidates(rungs, worth, fixed=["good"], bounds={"best": (20, 26)}, price_points=4,
    ...                         may_drop=True, outside=0.0)
    >>> [prices.tolist() for prices in found.prices], found.limits
    ([[10.0], [20.0, 21.0, 22.0, 24.0, 26.0, inf]], ((), (20.0, 26.0)))
    """
    names = [str(name) for name in rungs["rung"]]
    bounds = {} if bounds is None else bounds
    _check_kinds(fixed, bounds, price_points)
    _check_arguments(names, fixed, bounds, price_points)
    points = price_points if isinstance(price_points, int) else POINTS.get(len(names) - len(fixed), POINTS_OF_MANY)
    own = price_points if isinstance(price_points, Mapping) else {}
    prices: list[np.ndarray] = []
    limits: list[tuple[float, ...]] = []
    for number, (name, now, cost) in enumerate(zip(names, rungs["price"], rungs["unit_cost"], strict=True)):
        if name in fixed:
            prices.append(np.array([float(now)]))
            limits.append(())
            continue
        stops: tuple[float, ...]
        if name in own:
            tried = np.unique(np.asarray(own[name], dtype=float))
            if name in bounds:
                tried = tried[(tried >= bounds[name][0]) & (tried <= bounds[name][1])]
            stops = (float(tried[0]), float(tried[-1]))
        else:
            tried, stops = _list_prices(worth[number] - outside, float(now), float(cost), bounds.get(name), points)
        prices.append(np.append(tried, NOT_OFFERED) if may_drop else tried)
        limits.append(stops if len(tried) > 1 else ())
    return Candidates(prices=tuple(prices), limits=tuple(limits))


def _list_prices(
    worth: np.ndarray, now: float, cost: float, bound: tuple[float, float] | None, points: int
) -> tuple[np.ndarray, tuple[float, ...]]:
    """Return a grid of round prices with the ends of the bound and today's price, and the ends that stop the search."""
    if bound is not None:
        low, high = map(float, bound)
        extra = [low, high, *([now] if low <= now <= high else [])]
        return np.unique([*list_round_prices(low, high, points), *extra]), (low, high)
    low, high = np.quantile(worth, [1 - MOST_SHARE, 1 - LEAST_SHARE])
    # Selling at cost is tried for its own sake: it is best where people's surplus counts as much as profit.
    low = max(cost, float(low), 0.0)
    return np.unique([*list_round_prices(low, float(high), points), cost, now]), ()


def list_round_prices(low: float, high: float, points: int) -> list[float]:
    """Return at most `points` multiples of a round amount from low to high.

    Examples
    --------
    >>> list_round_prices(9.3, 31.0, 5)
    [12.0, 18.0, 24.0, 30.0]
    """
    if not high > low:
        return [low]
    least = (high - low) / max(1, points - 1)
    size = 10.0 ** math.floor(math.log10(least))
    step = next(multiple * size for multiple in ROUND_STEPS if multiple * size >= least * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)] or [low]


def _check_kinds(fixed: object, bounds: object, price_points: object) -> None:
    """Raise ParameterError unless the arguments are collections and mappings at all."""
    complaints = []
    if isinstance(fixed, str):
        complaints.append(f"fixed is {fixed!r}: give names of rungs in a list, such as [{fixed!r}]")
    elif not isinstance(fixed, Collection):
        complaints.append(f"fixed is {fixed!r}: give names of rungs in a list, or leave it out")
    if not isinstance(bounds, Mapping):
        complaints.append(f"bounds is {bounds!r}: give a mapping of rung to lowest and highest price")
    if complaints:
        raise ParameterError(". ".join(complaints))


def _is_list(given: object) -> bool:
    return isinstance(given, Sequence | np.ndarray | pd.Series) and not isinstance(given, str)


def _show(prices: object) -> str:
    return repr(list(prices)) if isinstance(prices, Sequence | np.ndarray | pd.Series) else repr(prices)


def _check_arguments(names: list[str], fixed: Collection[str], bounds: Bounds, price_points: PricePoints) -> None:
    complaints = []
    if isinstance(price_points, Mapping):
        complaints += [
            f"price_points of {name} are {_show(prices)}: give at least one amount of money of 0 or more, in a list"
            for name, prices in price_points.items()
            if not _is_list(prices) or len(prices) == 0 or not all(_is_amount(price) for price in prices)
        ]
    elif price_points is not None:
        check_count(price_points, "price_points", least=2)
    own: Mapping[str, Sequence[float]] = price_points if isinstance(price_points, Mapping) else {}
    own_prices = {name: prices for name, prices in own.items() if _is_list(prices)}
    for argument, given in (("fixed", list(fixed)), ("bounds", list(bounds)), ("price_points", list(own))):
        unknown = [repr(name) for name in given if name not in names]
        if unknown:
            complaints.append(f"{argument} names {', '.join(unknown)}: the rungs are {', '.join(names)}")
    for name, bound in bounds.items():
        if not (_is_list(bound) and len(bound) == 2 and all(_is_amount(end) for end in bound)):
            complaints.append(f"bounds of {name} are {bound!r}: give a lowest and a highest price of 0 or more")
        elif bound[0] > bound[1]:
            complaints.append(f"bounds of {name} cross: {bound[0]} is above {bound[1]}. Swap them")
        elif name in own_prices and not any(
            bound[0] <= price <= bound[1] for price in own_prices[name] if _is_amount(price)
        ):
            complaints.append(f"no price_points of {name} lie within its bounds {bound[0]} to {bound[1]}: widen them")
        elif name in fixed:
            complaints.append(f"{name} is fixed and has bounds: drop one of the two")
    if set(names) <= set(fixed):
        complaints.append("all rungs are fixed, so there is nothing to search: leave at least one rung out of fixed")
    if complaints:
        raise ParameterError(". ".join(complaints))


def _is_amount(price: object) -> bool:
    return isinstance(price, int | float | np.integer | np.floating) and math.isfinite(price) and bool(price >= 0)
