"""The tables of a ladder search: rungs with their best prices, slices through the optimum, and what groups feel.

    share of a rung at the best prices     as in `ladder`, with its interval
    low, high of a best price              quantiles over the bootstrap samples whose best ladder offers the rung
    slice of a rung                        the objective at all its prices, the other rungs at their best

Assumes what the ladder assumes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from cvlab.analyses.value_ladder.ladder import Ladder
from cvlab.analyses.value_ladder.ladder_numbers import find_bounds, find_share_bounds, hide_small, round_shares
from cvlab.analyses.value_ladder.market import Market, Picks
from cvlab.analyses.value_ladder.self_selection import LadderPeople, Offer

# Of fewer samples than this share no interval of a price is given: their rungs are mostly not offered.
FEWEST_SAMPLES = 0.1


def tabulate_rungs(market: Market, today: Ladder, best: Picks, price_draws: np.ndarray | None) -> pd.DataFrame:
    """Return the table of a plan; see `LadderPlan`."""
    people, level = today.people, today.level
    prices = np.array([prices[pick] for prices, pick in zip(market.candidates, best, strict=True)])
    offered = np.isfinite(prices)
    low, high, probability = (np.full(len(prices), np.nan) for _ in range(3))
    if price_draws is not None:
        there = np.isfinite(price_draws)
        probability = there.mean(axis=0)
        for rung in np.flatnonzero(probability >= FEWEST_SAMPLES):
            tails = [(1 - level) / 2, (1 + level) / 2]
            low[rung], high[rung] = np.quantile(price_draws[there[:, rung], rung], tails)
    taken, _ = people.outcomes(_make_offer(market, prices))
    estimates, draws = hide_small(people, *people.means(taken))
    shares = round_shares(estimates)
    bounds = find_share_bounds(shares, round_shares(draws), people.effective_sizes, level)
    hidden = people.n < people.smallest_group
    return pd.DataFrame(
        {
            "rung": people.rungs,
            "unit_cost": market.unit_costs,
            "price_now": today.rungs["price"].to_numpy(),
            "price_best": np.where(offered & (not hidden), prices, np.nan),
            "low": low,
            "high": high,
            "offered": offered,
            "offered_probability": probability,
            "share_now": today.table["share"].to_numpy()[: len(prices)],
            "share_best": shares[0, :-1],
            "share_low": bounds[0][0, :-1],
            "share_high": bounds[1][0, :-1],
        }
    )


def tabulate_slices(market: Market, people: LadderPeople, best: Picks, level: float) -> pd.DataFrame:
    """Return the objective at all prices of each rung, the others at their best; see `LadderPlan`."""
    parts = []
    for rung, name in enumerate(people.rungs):
        prices = market.candidates[rung]
        tried = np.isfinite(prices)
        if tried.sum() < 2:
            continue
        standing = market.stand(best, without=rung)
        measured = {}
        for with_surplus in (False, True):
            each = replace(market, with_surplus=with_surplus).earn_each_at_all(standing, rung)[:, tried]
            estimates, draws = hide_small(people, *people.means(each))
            measured[with_surplus] = estimates[0], find_bounds(draws[:, 0], level)
        contribution, total = measured[False][0], measured[True][0]
        objective, (low, high) = measured[market.with_surplus]
        parts.append(
            pd.DataFrame(
                {
                    "rung": name,
                    "price": prices[tried],
                    "contribution": contribution,
                    "surplus": total - contribution,
                    "objective": objective,
                    "low": low,
                    "high": high,
                }
            )
        )
    columns = ["rung", "price", "contribution", "surplus", "objective", "low", "high"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def tabulate_groups(market: Market, now: Market, people: LadderPeople, best: Picks, level: float) -> pd.DataFrame:
    """Return what the best prices change for each group, among the people asked; see `LadderPlan`."""
    today = (0,) * len(best)
    changes = [
        replace(market, with_surplus=with_surplus).earn_each(best)
        - replace(now, with_surplus=with_surplus).earn_each(today)
        for with_surplus in (False, True)
    ]
    contribution, total = changes
    estimates, draws = hide_small(people, *people.means(np.column_stack([contribution, total - contribution])))
    low, high = find_bounds(draws, level)
    columns: dict[str, object] = {"group": people.group_names, "n": people.group_sizes}
    for number, measure in enumerate(("contribution", "surplus")):
        columns[f"{measure}_change"] = estimates[:, number]
        columns[f"{measure}_change_low"], columns[f"{measure}_change_high"] = low[:, number], high[:, number]
    return pd.DataFrame(columns)


def _make_offer(market: Market, prices: np.ndarray) -> Offer:
    offered = np.isfinite(prices)
    return Offer(
        prices=np.where(offered, prices, 0.0),
        unit_costs=np.where(offered, market.unit_costs, 0.0),
        outside=market.outside,
        scale=None,
        offered=offered,
    )
