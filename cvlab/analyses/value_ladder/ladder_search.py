"""Ladder search: which rungs to offer at which prices, and what would that gain against today?

    contribution of a ladder      mean over people of price - unit cost of the rung taken      [money per person]
    surplus + contribution        the same and what people keep, value - price - outside       [money per person]
    gain                          objective of the best ladder - objective of today's, without what is luck

Every combination of candidate prices is looked at, for up to four rungs with the prices tried by default (see
`price_search`, `candidate_prices`); of more rungs the search climbs from several ladders and says so. The gain is what
further people like these would bring, not what the people asked seem to promise (see `resampled_search`).

Source: Mussa & Rosen (1978), "Monopoly and product quality", Journal of Economic Theory 18; product line pricing from
individual reservation prices, Dobson & Kalish (1988), "Positioning and pricing a product line", Marketing Science 7.
Assumes what the ladder assumes, and values per draw, not person means: these shrink what tells people apart, promise
too much and underprice.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from cvlab.analyses.common import Partition
from cvlab.analyses.value_ladder.candidate_prices import Bounds, PricePoints, list_candidates
from cvlab.analyses.value_ladder.gains import find_gain, hold_still
from cvlab.analyses.value_ladder.ladder import measure_ladder
from cvlab.analyses.value_ladder.ladder_numbers import fewest_people
from cvlab.analyses.value_ladder.ladder_plan import LadderPlan
from cvlab.analyses.value_ladder.market import Market, Picks
from cvlab.analyses.value_ladder.price_search import N_STARTS, Search, search_ladders
from cvlab.analyses.value_ladder.resampled_search import Winners, find_winners
from cvlab.analyses.value_ladder.search_tables import tabulate_groups, tabulate_rungs, tabulate_slices
from cvlab.analyses.value_ladder.search_words import find_search_notes, write_gain
from cvlab.analyses.value_ladder.self_selection import LadderPeople
from cvlab.checks import check_one_of

Objective = Literal["contribution", "surplus + contribution"]
OBJECTIVES = ("contribution", "surplus + contribution")


def optimise_ladder(
    rungs: pd.DataFrame,
    rung_values: pd.DataFrame,
    *,
    fixed: Collection[str] = (),
    bounds: Bounds | None = None,
    objective: Objective = "contribution",
    price_points: PricePoints = None,
    may_drop: bool = True,
    outside: float = 0.0,
    by: Partition | None = None,
    n_boot: int = 400,
    smallest_group: int = 10,
    level: float = 0.95,
    seed: int = 0,
) -> LadderPlan:
    """Search the prices, and the rungs to offer, that earn most; say how sure they are and what they gain.

    Parameters
    ----------
    rungs : one row per rung, lowest first: rung, price (today's), unit_cost (money per unit).
    rung_values : wide, one row per respondent and posterior draw: respondent_id, draw?, one column per rung (money per
        unit), weight?.
    fixed : rungs that stay as they are, offered at today's price.
    bounds : rung → lowest and highest price that may be tried.
    objective : "contribution", or "surplus + contribution" for what people and firm gain together.
    price_points : how many prices to try per rung, or rung → prices; without it, 200 for one free rung, 100 for two,
        40 for three and more, 20 for four.
    may_drop : whether rungs that are not fixed may also be taken off the ladder.
    outside : surplus of not buying, money per unit.
    by : groups of respondents; `groups` then says what the best prices change for each of them.
    n_boot : bootstrap samples of respondents, each searched again. 0 gives no intervals and no gain free of luck.
    smallest_group : of fewer people than this nothing is told: their numbers are missing.
    level, seed : coverage of the intervals, and where the random numbers start.

    Returns
    -------
    LadderPlan : rows of `table` are rungs.

    Raises
    ------
    DataError : a table lacks columns, rungs share a name, amounts are negative, missing or infinite; all at once.
    ParameterError : an argument is out of range: an unknown rung, bounds that cross, nothing left to search.

    Source
    ------
    Dobson & Kalish (1988), Marketing Science 7, 107-125; Smith & Winkler (2006), Management Science 52, 311-322.

    Examples
    --------
    >>> rungs = pd.DataFrame({"rung": ["good", "best"], "price": [8.0, 14.0], "unit_cost": [4.0, 8.0]})
    >>> values = pd.DataFrame({"respondent_id": [str(number) for number in range(40)],
    ...                        "good": [12.0, 12.0, 9.0, 11.0] * 10, "best": [19.0, 25.0, 15.0, 18.0] * 10})
    >>> plan = optimise_ladder(rungs, values, price_points={"good": [9, 10, 11], "best": [15, 18, 19, 24]})
    >>> plan.table[["rung", "price_best", "share_best"]].to_numpy().tolist()
    [['good', nan, 0.0], ['best', 18.0, 0.75]]
    >>> plan.gain.now, plan.gain.promised
    (6.0, 1.5)
    """
    check_one_of(objective, OBJECTIVES, "objective")
    # Today's ladder checks the tables and the other arguments, and brings the people in order.
    today = measure_ladder(
        rungs, rung_values, outside=outside, by=by, n_boot=n_boot, smallest_group=smallest_group, level=level, seed=seed
    )
    people = today.people
    candidates = list_candidates(
        today.rungs,
        people.worth,
        fixed=fixed,
        bounds=bounds,
        price_points=price_points,
        may_drop=may_drop,
        outside=outside,
    )
    now = _make_market(people, today.rungs, outside, objective, tuple(today.rungs[["price"]].to_numpy()))
    market = replace(now, candidates=candidates.prices)
    search = search_ladders(market, _choose_starts(market, now, seed))
    best = _drop_idle(market, _pick_best(market, search, now), fixed)
    winners = None
    if n_boot and people.n >= fewest_people(people):
        winners = find_winners(market, search, people.counts)
    stays = _is_today(market, now, best)
    today_each, best_each = now.earn_each((0,) * len(best)), market.earn_each(best)
    won = None if winners is None else winners.earn_each(market) - today_each
    # Whoever changes nothing gains nothing, whatever the samples might have found.
    gain = hold_still(people, today_each) if stays else find_gain(people, today_each, best_each, won, level)
    price_draws = None if winners is None else _list_prices(market, winners, fixed)
    table = tabulate_rungs(market, today, best, price_draws)
    edges = [
        name
        for name, prices, pick, limits in zip(people.rungs, candidates.prices, best, candidates.limits, strict=True)
        if prices[pick] in limits
    ]
    shown = people.n >= smallest_group
    plan = LadderPlan(
        table=table,
        gain=gain,
        headline=write_gain(gain, table, people, objective=objective, level=level, stays=stays),
        slices=tabulate_slices(market, people, best, level),
        groups=tabulate_groups(market, now, people, best, level),
        at_edge=tuple(edges) if shown else (),
        exact=search.exact,
        n_ladders=market.n_ladders,
        objective=objective,
        rungs=today.rungs,
        level=level,
        n=people.n,
    )
    notes = find_search_notes(plan, people, all_competed=winners is None or winners.all_competed)
    return replace(plan, notes=(*today.lasting_notes, *notes))


def _make_market(
    people: LadderPeople, rungs: pd.DataFrame, outside: float, objective: str, candidates: tuple[np.ndarray, ...]
) -> Market:
    return Market(
        values=people.worth,
        weights=people.weights,
        person=people.person,
        unit_costs=rungs["unit_cost"].to_numpy(dtype=float),
        outside=outside,
        with_surplus=objective != "contribution",
        candidates=candidates,
    )


def _choose_starts(market: Market, now: Market, seed: int) -> list[Picks]:
    """Return ladders to climb from: the one next to today's, the price best for each rung alone, and some at random."""
    random = np.random.default_rng(seed)
    alone = [int(market.earn_at_all(market.nothing(), rung).argmax()) for rung in range(len(market.candidates))]
    nearest = [
        int(np.abs(prices - today[0]).argmin()) for prices, today in zip(market.candidates, now.candidates, strict=True)
    ]
    drawn = [tuple(int(random.integers(len(prices))) for prices in market.candidates) for _ in range(N_STARTS - 2)]
    return [tuple(nearest), tuple(alone), *drawn]


def _pick_best(market: Market, search: Search, now: Market) -> Picks:
    """Return the best ladder; among equally good ones that next to today's prices."""
    least = float(search.earned.max()) - market.tolerance
    ladders = [search.ladder(int(look), int(pick)) for look, pick in np.argwhere(search.earned >= least)]

    def move(ladder: Picks) -> float:
        prices = [prices[pick] for prices, pick in zip(market.candidates, ladder, strict=True)]
        steps = [abs(price - today[0]) for price, today in zip(prices, now.candidates, strict=True)]
        return float(sum(step for step in steps if np.isfinite(step)))

    return min(ladders, key=move)


def _drop_idle(market: Market, ladder: Picks, fixed: Collection[str] | np.ndarray) -> Picks:
    """Take off the ladder what may be taken off and sells nothing."""
    sells = market.sells(ladder)
    return tuple(
        pick if sold or np.isfinite(prices[-1]) else len(prices) - 1
        for pick, sold, prices in zip(ladder, sells, market.candidates, strict=True)
    )


def _is_today(market: Market, now: Market, ladder: Picks) -> bool:
    pairs = zip(market.candidates, ladder, now.candidates, strict=True)
    return all(prices[pick] == today[0] for prices, pick, today in pairs)


def _list_prices(market: Market, winners: Winners, fixed: Collection[str]) -> np.ndarray:
    """Return samples × rungs best prices, infinite where the winner does without the rung."""
    ladders = [_drop_idle(market, ladder, fixed) for ladder in winners.ladders]
    prices = np.array(
        [[prices[pick] for prices, pick in zip(market.candidates, ladder, strict=True)] for ladder in ladders]
    )
    return prices[winners.number]
