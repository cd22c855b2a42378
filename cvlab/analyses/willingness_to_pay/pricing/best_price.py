"""Best price: which price earns most, how sure is that, and how much is at stake?

    revenue(p)   = market · quantity(p) · p
    profit(p)    = market · quantity(p) · (p - unit cost) - fixed cost                      [money]
    best price   = the p with the highest profit, among the observed prices
    band         = prices around it that lose less than 5 % of the highest contribution (profit before fixed cost)
    gain         = profit(best price) - profit(price now)

With constant elasticity e below -1 the best price is unit cost · e / (e + 1): 2.25 times the cost at -1.8 and 6 times
at -1.2, so an error in the elasticity is an error in the price several times as large. Where profit still rises at the
lowest or highest observed price, the best price is "at the edge": it may lie beyond, and nothing is known there. Where
the interval of the elasticity reaches 0, no price is best: the dearer, the more a demand that does not fall would earn.

Intervals: the best price of every draw of the demand; percentiles of these. The gain is that of the recommended price,
whose demand differs from draw to draw, not of each draw's own best price, which could never lose.
Source: Lerner (1934), "The concept of monopoly and the measurement of monopoly power", Review of Economic Studies 1.
Assumes that rivals' prices, unit cost and the market stay as they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, percentile_interval
from cvlab.analyses.willingness_to_pay.groups import Grouped
from cvlab.analyses.willingness_to_pay.pricing.best_price_words import (
    decline_best,
    describe_best,
    name_market,
    write_best,
    write_gain,
)
from cvlab.analyses.willingness_to_pay.pricing.curve import UNITS, Curve
from cvlab.analyses.willingness_to_pay.pricing.demand import Demand
from cvlab.analyses.willingness_to_pay.pricing.optimum import Market, find_band, find_peaks
from cvlab.checks import check_positive, check_share
from cvlab.errors import ParameterError
from cvlab.units import write_number, write_range

PROFIT, REVENUE, NOW = "highest profit", "highest revenue", "price now"
_NUMBERS = ("quantity", "revenue", "profit")


@dataclass(frozen=True, eq=False, kw_only=True)
class BestPrice:
    """Which price earns most.

    Attributes
    ----------
    table : point (highest profit, highest revenue, and the price now where it is given), price, low, high; and the
        quantity, revenue and profit at that price, each with _low and _high.
    headline : the price of the highest profit.
    gain : what that price earns more than the price now; None where no price now is given.
    gain_probability : in how many draws it earns more; NaN likewise.
    band_low, band_high : prices around the best that lose less than 5 % of the highest contribution.
    at_edge : "lowest" or "highest" where the best price is the first or last observed one, else None.
    edge_share : share of the draws whose best price is the first or last observed one.
    curve : price, and revenue and profit each with _low and _high, along the observed prices.
    draws : best price of each draw.
    unit_cost, price_now, market : as given; `market` says in words what money is counted for.
    discrete : whether only the prices of the curve come into question.
    groups : the best price of each group of the demand, its table with a column group.
    """

    rows: ClassVar[str] = "point"
    kinds: ClassVar[Mapping[str, str]] = {
        "price": "money",
        "low": "money",
        "high": "money",
        **{f"quantity{end}": "number" for end in ("", "_low", "_high")},
        **{f"{what}{end}": "money" for what in ("revenue", "profit") for end in ("", "_low", "_high")},
    }

    table: pd.DataFrame
    headline: Headline
    gain: Headline | None
    gain_probability: float
    band_low: float
    band_high: float
    at_edge: str | None
    edge_share: float
    curve: pd.DataFrame
    draws: np.ndarray
    unit_cost: float
    price_now: float | None
    market: str
    discrete: bool
    notes: tuple[str, ...] = ()
    groups: Grouped | None = None


def optimise_price(
    demand: Demand,
    *,
    unit_cost: float,
    fixed_cost: float = 0.0,
    market_size: float | None = None,
    price_now: float | None = None,
    level: float | None = None,
) -> BestPrice:
    """Find the price of the highest profit and of the highest revenue among the observed prices.

    Parameters
    ----------
    demand : from `estimate_demand`.
    unit_cost : what one more unit costs: money per unit.
    fixed_cost : money, whatever is sold; it lowers the profit and leaves the best price where it is.
    market_size : how many people there are, for a demand in people (or choices) per 100; how many times the sales'
        period, for a demand in units. 100 people, or the period once, when not given.
    price_now : today's price, to say what a change would gain.
    level : coverage of the intervals; the demand's when not given.

    Returns
    -------
    BestPrice; unanswered where too few people stand behind the demand, it cannot be told that demand falls as the price
    rises, or no observed price covers the unit cost.

    Raises
    ------
    ParameterError : an argument is outside what it may be.

    Examples
    --------
    >>> from cvlab.analyses.willingness_to_pay import estimate_demand
    >>> worth = pd.DataFrame({"respondent_id": range(400), "amount": np.linspace(5.0, 45.0, 400)})
    >>> best = optimise_price(estimate_demand(worth), unit_cost=10, market_size=1000, price_now=20)
    >>> best.headline.low < 27.5 < best.headline.high, best.at_edge
    (True, None)
    >>> best.table["point"].tolist()
    ['highest profit', 'highest revenue', 'price now']
    """
    if not isinstance(demand, Demand):
        raise ParameterError(f"demand is a {type(demand).__name__}: give what estimate_demand returns")
    cost = check_positive(unit_cost, "unit_cost", zero_allowed=True)
    fixed = check_positive(fixed_cost, "fixed_cost", zero_allowed=True)
    chosen = demand.level if level is None else check_share(level, "level")
    basis = demand.basis
    per = 1.0 if basis.unit == UNITS else 100.0
    size = per if market_size is None else check_positive(market_size, "market_size")
    now = None if price_now is None else check_positive(price_now, "price_now")
    market = Market(unit_cost=cost, fixed_cost=fixed, scale=size / per)
    obstacle = _find_obstacle(demand, cost, chosen)
    if obstacle:
        return _decline(demand, obstacle, market, now, size, chosen)
    estimates = market.measure(basis.prices, basis.estimate)
    drawn = market.measure(basis.prices, basis.draws)
    curve = _draw_curve(demand, market, chosen)
    found = {what: find_peaks(basis, np.vstack([estimates[what], drawn[what]])) for what in ("profit", "revenue")}
    best, draws = float(found["profit"][0]), found["profit"][1:]
    points = {PROFIT: found["profit"], REVENUE: found["revenue"]}
    if now is not None:
        points[NOW] = np.full(1 + len(draws), now)
    table = _tabulate(basis, market, points, chosen)
    edges = np.isclose(draws, basis.prices[0]) | np.isclose(draws, basis.prices[-1])
    at_edge, revenue_edge = (_name_edge(basis, float(found[what][0])) for what in ("profit", "revenue"))
    band = find_band(basis.prices, estimates["profit"] + fixed, best)
    named = name_market(basis, size, market_size)
    gain, probability = write_gain(basis, market, best, now, chosen, named)
    low, high = (float(bound) for bound in percentile_interval(draws, level=chosen))
    return BestPrice(
        table=table,
        headline=write_best(
            basis,
            best,
            low,
            high,
            draws,
            at_edge,
            band,
            chosen,
            profit=float(table["profit"].iloc[0]),
            market=named,
        ),
        gain=gain,
        gain_probability=probability,
        band_low=band[0],
        band_high=band[1],
        at_edge=at_edge,
        edge_share=float(edges.mean()),
        curve=curve,
        draws=draws,
        unit_cost=cost,
        price_now=now,
        market=named,
        discrete=basis.discrete,
        notes=(*describe_best(basis, at_edge, float(edges.mean()), now, revenue_edge), *demand.notes),
        groups=_optimise_groups(demand, unit_cost, fixed_cost, market_size, price_now, chosen),
    )


def _draw_curve(demand: Demand, market: Market, level: float) -> pd.DataFrame:
    """Return revenue and profit along the prices; at a given price they rise or fall with the quantity alone."""
    prices = demand.basis.prices
    low, high = demand.curve["low"].to_numpy(), demand.curve["high"].to_numpy()
    if level != demand.level:
        low, high = percentile_interval(demand.draws, level=level)
    ends = [market.measure(prices, quantity) for quantity in (demand.basis.estimate, low, high)]
    columns = {"price": prices}
    for what in ("revenue", "profit"):
        estimate, first, second = (end[what] for end in ends)
        # Below cost every unit more loses, and the interval turns round.
        columns |= {what: estimate, f"{what}_low": np.minimum(first, second), f"{what}_high": np.maximum(first, second)}
    return pd.DataFrame(columns)


def _tabulate(basis: Curve, market: Market, points: Mapping[str, np.ndarray], level: float) -> pd.DataFrame:
    """Return a row per point: its price with interval, and what is sold and earned at the price itself."""
    records = []
    for point, found in points.items():
        price = np.array([found[0]])
        low, high = (float(bound) for bound in percentile_interval(found[1:], level=level))
        estimate, draws = basis.at(price)
        row: dict[str, str | float] = {"point": point, "price": float(price[0]), "low": low, "high": high}
        drawn = market.measure(price, draws)
        for name, value in market.measure(price, estimate).items():
            bounds = percentile_interval(drawn[name][:, 0], level=level)
            row |= {name: float(value[0]), f"{name}_low": float(bounds[0]), f"{name}_high": float(bounds[1])}
        records.append(row)
    return pd.DataFrame(records)


def _find_obstacle(demand: Demand, unit_cost: float, level: float) -> tuple[str, dict[str, str]] | None:
    """Return why there is no best price, as a sentence and its words; None where there is one."""
    basis = demand.basis
    words = {"cost": write_number(unit_cost, "money"), "highest": write_number(basis.range[1], "money")}
    if not demand.enough:
        return "{why}", {"why": str(demand.headline)}
    slope = demand.headline
    low, high = slope.low, slope.high
    if level != demand.level and slope.draws is not None:
        low, high = (float(bound) for bound in percentile_interval(slope.draws, level=level))
    if high >= 0:
        sentence = (
            "No best price follows: it cannot be told that less is bought when the price rises (elasticity {slope}, "
            "{level} interval {range}), so profit seems to rise with any price. Ask or charge prices further apart, or "
            "ask more people; where the elasticity is above 0, see what the demand assumes."
        )
        return sentence, {
            "slope": write_number(slope.value),
            "range": write_range(low, high),
        }
    if basis.range[1] <= unit_cost:
        return "No observed price covers the unit cost of {cost}: the highest is {highest}.", words
    if not (basis.estimate[basis.prices > unit_cost] > 0).any():
        sentence = "Nothing is bought at the observed prices above the unit cost of {cost}; the highest is {highest}."
        return sentence, words
    return None


def _name_edge(basis: Curve, price: float) -> str | None:
    """Say at which end of the observed prices one stands, if at any."""
    return (
        "lowest" if np.isclose(price, basis.prices[0]) else "highest" if np.isclose(price, basis.prices[-1]) else None
    )


def _decline(
    demand: Demand, obstacle: tuple[str, dict[str, str]], market: Market, now: float | None, size: float, level: float
) -> BestPrice:
    basis = demand.basis
    sentence, words = obstacle
    headline = decline_best(basis, level, sentence, words)
    points = [PROFIT, REVENUE, *([NOW] if now is not None else [])]
    columns = ["price", "low", "high", *(f"{what}{end}" for what in _NUMBERS for end in ("", "_low", "_high"))]
    table = pd.DataFrame({"point": points, **dict.fromkeys(columns, math.nan)})
    empty = pd.DataFrame(columns=["price", *columns[6:]], dtype=float)
    gain = None if now is None else decline_best(basis, level, sentence, words, gain=True)
    return BestPrice(
        table=table,
        headline=headline,
        gain=gain,
        gain_probability=math.nan,
        band_low=math.nan,
        band_high=math.nan,
        at_edge=None,
        edge_share=math.nan,
        curve=empty,
        draws=np.full(len(basis.draws), math.nan),
        unit_cost=market.unit_cost,
        price_now=now,
        market=name_market(basis, size, None if size in (1.0, 100.0) else size),
        discrete=basis.discrete,
        notes=demand.notes,
    )


def _optimise_groups(
    demand: Demand,
    unit_cost: float,
    fixed_cost: float,
    market_size: float | None,
    price_now: float | None,
    level: float,
) -> Grouped | None:
    """Return the best price of each group; market size and fixed cost stand for each group by itself."""
    if demand.groups is None:
        return None
    results, tables = {}, []
    for name, each in demand.groups.results.items():
        best = optimise_price(
            each,
            unit_cost=unit_cost,
            fixed_cost=fixed_cost,
            market_size=market_size,
            price_now=price_now,
            level=level,
        )
        results[name] = best
        table = best.table.copy()
        table.insert(0, "group", name)
        table.insert(1, "n", each.basis.n)
        tables.append(table)
    return Grouped(
        scheme=demand.groups.scheme,
        results=results,
        table=pd.concat(tables, ignore_index=True),
        notes=demand.groups.notes,
    )
