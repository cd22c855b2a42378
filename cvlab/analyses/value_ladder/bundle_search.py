"""Bundle search: the best prices of parts sold apart, only together, or both ways.

    surplus of buying apart     sum over components of max(0, amount - price)                 [money per person]
    surplus of the bundle       sum of the amounts - price of the bundle

    separate    each component has its price, best for itself
    pure        only all components together are sold
    mixed       components and bundle are on offer; a person buys the bundle or any of the parts

Candidate prices are round amounts; people's own only where these are few and any person may be told (`smallest_group`
is 1). For two components every combination is looked at; with up to ten different people even every price there is: at
the best prices people are indifferent between two of their options, so that prices are sums and differences of their
amounts, a finite list. For more components the search climbs from several starts. All three strategies have the same
candidates, so that none is better by a finer search.

Source: Adams & Yellen (1976), "Commodity bundling and the burden of monopoly", Quarterly Journal of Economics 90;
Hanson & Martin (1990), "Optimal bundle pricing", Management Science 36 (search over people's amounts).
Assumes that a person buys one of each at most, and that components are worth as much together as apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from cvlab.analyses.value_ladder.candidate_prices import NOT_OFFERED, list_round_prices
from cvlab.analyses.value_ladder.market import NOBODY_YET, Market, Picks, Standing
from cvlab.analyses.value_ladder.price_search import Search, search_ladders
from cvlab.analyses.value_ladder.resampled_search import find_winners
from cvlab.analyses.value_ladder.self_selection import LadderPeople

STRATEGIES = ("separate", "pure", "mixed")
COMPONENT_POINTS, BUNDLE_POINTS = 30, 60
OUTERMOST = 0.01
FEW_PEOPLE = 10
N_STARTS = 6
DIGITS = 9  # prices closer than this are one


@dataclass(frozen=True, eq=False, kw_only=True)
class BundleMarket(Market):
    """A market in which the last rung is the bundle of all others, and these can be bought together.

    `tick` says that whoever is indifferent between two purchases takes the one that earns less, so that a seller has
    to be a little cheaper to be sure; whoever is indifferent between a purchase and none buys.
    """

    tick: bool

    def stand(self, picks: Picks, *, without: int | None = None) -> Standing:
        """Return how people stand who buy every component that is worth its price, or the bundle."""
        rows, bundle = self.values.shape[1], len(picks) - 1
        surplus, margin, rung = np.zeros(rows), np.zeros(rows), np.full(rows, NOBODY_YET, dtype=np.int16)
        for component, pick in enumerate(picks[:-1]):
            price = self.candidates[component][pick]
            if not np.isfinite(price):
                continue
            ahead, earned = self.values[component] - price, self.margins[component][pick]
            at_a_tie = self.tick or earned >= 0
            buys = ahead >= -self.tolerance if at_a_tie else ahead > self.tolerance
            surplus += np.where(buys, ahead, 0.0)
            margin += np.where(buys, earned, 0.0)
            rung[buys] = 0
        apart = Standing(surplus=surplus, margin=margin, rung=rung)
        return apart if without == bundle else self.add(apart, bundle, picks[bundle])

    def wins_ties(self, margin: float | np.ndarray, rung: int, standing: Standing) -> np.ndarray:
        """Say who takes the bundle that leaves as much as what they have."""
        if not self.tick:
            return super().wins_ties(margin, rung, standing)
        return np.asarray((standing.rung == NOBODY_YET) | (margin < standing.margin))


@dataclass(frozen=True, eq=False, kw_only=True)
class Strategy:
    """The best prices of one way of selling.

    Attributes
    ----------
    name : one of STRATEGIES.
    prices : of the components and, last, of the bundle; infinite: not on offer.
    each : what it earns from each person, times the person's weight.
    won : samples × people, the same of the best prices of each bootstrap sample; None without samples.
    taken : what each person takes: components (as columns of truths) and, last, the bundle.
    exact : whether all combinations of candidate prices were looked at.
    """

    name: str
    prices: np.ndarray
    each: np.ndarray
    won: np.ndarray | None
    taken: np.ndarray
    exact: bool


def find_strategies(
    people: LadderPeople, unit_costs: np.ndarray, *, tick: float | None, resample: bool, seed: int
) -> list[Strategy]:
    """Return the three strategies at their best prices; `tick` is money, or None where ties go to the seller."""
    market = _make_market(people, unit_costs, tick)
    lists = market.candidates
    counts = people.counts if resample else None
    alone = [_find_alone(market, rung, counts) for rung in range(len(lists))]
    apart = np.append([price for price, _ in alone[:-1]], NOT_OFFERED)
    together = np.append(np.full(len(unit_costs), NOT_OFFERED), alone[-1][0])
    won_apart = None if counts is None else np.sum([won for _, won in alone[:-1]], axis=0)
    search = _search_mixed(market, [apart, together], seed)
    look, pick = np.unravel_index(int(search.earned.argmax()), search.earned.shape)
    ladder = search.ladder(int(look), int(pick))
    prices = np.array([prices[at] for prices, at in zip(lists, ladder, strict=True)])
    if len(unit_costs) == 2 and people.n <= FEW_PEOPLE and people.smallest_group == 1:
        prices = max([prices, *_list_all_prices(market, tick)], key=lambda each: _earn(market, each))
    won = None if counts is None else find_winners(market, search, counts).earn_each(market)
    found = [
        ("separate", apart, won_apart),
        ("pure", together, None if counts is None else alone[-1][1]),
        ("mixed", prices, won),
    ]
    return [
        _describe(market, name, prices, won=won, exact=name != "mixed" or search.exact) for name, prices, won in found
    ]


def measure_at(people: LadderPeople, unit_costs: np.ndarray, prices: np.ndarray, *, tick: float | None) -> Strategy:
    """Return what happens at today's prices, of the components and, last, of the bundle."""
    return _describe(_make_market(people, unit_costs, tick), "today", prices)


def _make_market(people: LadderPeople, unit_costs: np.ndarray, tick: float | None) -> BundleMarket:
    values = np.vstack([people.worth, people.worth.sum(axis=0)])
    costs = np.append(unit_costs, unit_costs.sum())
    points = [COMPONENT_POINTS] * len(unit_costs) + [BUNDLE_POINTS]
    lists = [
        _list_candidates(amounts, cost, most, tick, own=people.smallest_group == 1)
        for amounts, cost, most in zip(values, costs, points, strict=True)
    ]
    return BundleMarket(
        values=values,
        weights=people.weights,
        person=people.person,
        unit_costs=costs,
        outside=0.0,
        with_surplus=False,
        candidates=tuple(lists),
        tick=tick is not None,
    )


def _describe(
    market: BundleMarket, name: str, prices: np.ndarray, *, won: np.ndarray | None = None, exact: bool = True
) -> Strategy:
    """Return what happens at given prices; the bundle never costs more than its parts."""
    # A bundle dearer than its parts would only be another name for buying all of them.
    prices = np.append(prices[:-1], prices[-1] if np.isinf(prices[-1]) else min(prices[-1], prices[:-1].sum()))
    here = _at_prices(market, prices)
    standing = here.stand((0,) * len(prices))
    bundled = standing.rung == len(prices) - 1
    taken = [
        (values >= price - market.tolerance) & ~bundled for values, price in zip(market.values, prices, strict=True)
    ]
    taken[-1] = bundled
    each = market.weights * standing.margin
    return Strategy(name=name, prices=prices, each=each, won=won, taken=np.column_stack(taken), exact=exact)


def _at_prices(market: BundleMarket, prices: np.ndarray) -> BundleMarket:
    """Return the market with one candidate each: these prices."""
    return replace(market, candidates=tuple(np.array([price]) for price in prices))


def _list_candidates(amounts: np.ndarray, cost: float, points: int, tick: float | None, *, own: bool) -> np.ndarray:
    """Return prices to be tried, the last infinite: round ones, or people's own amounts where these may be told.

    The best price among people's own amounts is what one of them named, which no page may show.
    """
    tried = np.unique(np.round(amounts, DIGITS))
    tried = tried[tried >= cost]
    if len(tried) > points or not own:
        low, high = np.quantile(amounts, [OUTERMOST, 1 - OUTERMOST])
        tried = np.array(list_round_prices(max(cost, float(low)), float(high), points))
    if tick is not None:
        tried = np.unique([*tried, *(tried - tick)[tried - tick >= cost]])
    return np.append(tried, NOT_OFFERED)


def _find_alone(market: BundleMarket, rung: int, counts: np.ndarray | None) -> tuple[float, np.ndarray]:
    """Return the best price of one component (or the bundle) by itself, and what the samples' winners earn."""
    # A plain market: there is but one thing to buy, so a tie is between buying and not.
    single = Market(
        values=market.values[rung : rung + 1],
        weights=market.weights,
        person=market.person,
        unit_costs=market.unit_costs[rung : rung + 1],
        outside=0.0,
        with_surplus=False,
        candidates=market.candidates[rung : rung + 1],
    )
    search = search_ladders(single, [])
    # Of equal profits the lowest price, which serves most people; infinite comes last.
    pick = int(search.earned[0].argmax())
    won = np.empty(0) if counts is None else find_winners(single, search, counts).earn_each(single)
    return float(single.candidates[0][pick]), won


def _search_mixed(market: BundleMarket, starts: Sequence[np.ndarray], seed: int) -> Search:
    """Look at all prices of two components, each with all prices of the bundle; of more, climb."""
    bundle = len(market.candidates) - 1
    seen: dict[Picks, np.ndarray] = {}

    def look(parts: Picks) -> float:
        if parts not in seen:
            seen[parts] = market.earn_at_all(market.stand((*parts, 0), without=bundle), bundle)
        return float(seen[parts].max())

    sizes = [len(prices) for prices in market.candidates[:-1]]
    if bundle == 2:
        for parts in product(*map(range, sizes)):
            look(parts)
    else:
        random = np.random.default_rng(seed)
        begin = [
            tuple(
                int(np.searchsorted(prices, price))
                for prices, price in zip(market.candidates, start[:-1], strict=False)
            )
            for start in starts
        ]
        begin += [tuple(int(random.integers(size)) for size in sizes) for _ in range(N_STARTS - len(begin))]
        for parts in begin:
            _climb(parts, sizes, look, market.tolerance)
    return Search(
        picks=np.array([(*parts, 0) for parts in seen], dtype=np.int32),
        free=np.full(len(seen), bundle),
        earned=np.array(list(seen.values())),
        exact=bundle == 2,
    )


def _climb(parts: Picks, sizes: list[int], look: Callable[[Picks], float], least: float) -> None:
    """Move one component after the other to its best price until nothing gains; `look` remembers what was seen."""
    earned = look(parts)
    while True:
        before = earned
        for component, size in enumerate(sizes):
            trials = [(*parts[:component], pick, *parts[component + 1 :]) for pick in range(size)]
            best = max(trials, key=look)
            if look(best) > earned + least:
                parts, earned = best, look(best)
        if earned <= before + least:
            return


def _list_all_prices(market: BundleMarket, tick: float | None) -> list[np.ndarray]:
    """Return the best bundle price for every pair of component prices at which people can be indifferent.

    A price is tied to one amount (a person between buying and not), or through a difference to another price that is
    (a person between two purchases).
    """
    first, second, both = (np.unique(np.round(values, DIGITS)) for values in market.values)
    gaps = np.unique(np.round(market.values[0] - market.values[1], DIGITS))
    # Tied through the bundle: the price of one component is that of the bundle minus the amount for the other.
    through_first = np.subtract.outer(both, second).ravel()
    through_second = np.subtract.outer(both, first).ravel()
    nowhere = [NOT_OFFERED]
    pairs = {
        *product((*first, *through_first, *nowhere), (*second, *through_second, *nowhere)),
        *((one, one - gap) for one in (*first, *through_first) for gap in gaps),
        *((two + gap, two) for two in (*second, *through_second) for gap in gaps),
        *((one, one + mine - other) for one in first for mine in second for other in first),
        *((two + mine - other, two) for two in second for mine in first for other in second),
    }
    if tick is not None:
        pairs |= {(one - left, two - right) for one, two in pairs for left in (0, tick) for right in (0, tick)}
    found = []
    for pair in {(round(one, DIGITS), round(two, DIGITS)) for one, two in pairs if min(one, two) >= 0}:
        here = _at_prices(market, np.array([*pair, NOT_OFFERED]))
        threshold = here.values[2] - here.stand((0, 0, 0), without=2).surplus
        prices = np.unique([*threshold, *([] if tick is None else threshold - tick), NOT_OFFERED])
        earned = replace(here, candidates=(*here.candidates[:2], prices)).earn_at_all(
            here.stand((0, 0, 0), without=2), 2
        )
        found.append((float(earned.max()), np.array([*pair, prices[int(earned.argmax())]])))
    best = max(earned for earned, _ in found)
    return [prices for earned, prices in found if earned >= best - market.tolerance][:1]


def _earn(market: BundleMarket, prices: np.ndarray) -> float:
    here = _at_prices(market, prices)
    return float(here.earn_each((0,) * len(prices)).sum())
