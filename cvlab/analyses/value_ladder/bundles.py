"""Bundles: do components earn more apart, only together, or both ways, and at which prices?

    profit of a strategy      sum over respondents of price - unit cost of what they buy                    [money]
    expected                  profit per person without what is luck of the search                 [money per person]
    gain                      expected of the best strategy - expected of the baseline             [money per person]
    baseline                  selling apart, or today's prices where these are known and earn more

All three strategies get their best prices; comparing optimised bundles with parts at today's prices would overstate
what bundling does. Bundling pays where amounts for the components are unlike: people agree more on the sum than on the
parts. The same table read from right to left is unbundling: what is lost or gained by selling a bundle's parts apart.

Ties: with tie="seller" whoever is indifferent takes what earns the seller more; with tie="tick" whoever is indifferent
between two purchases takes what earns less, so that prices are a tick lower to be sure. In both, whoever would pay
just the price buys.

Source: Adams & Yellen (1976), "Commodity bundling and the burden of monopoly", Quarterly Journal of Economics 90;
McAfee, McMillan & Whinston (1989), "Multiproduct monopoly, commodity bundling, and correlation of values", Quarterly
Journal of Economics 104; luck: see `gains`.
Assumes that a person buys one of each at most, that components are worth as much together as apart, and that amounts
are real ones (stated amounts calibrated first).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.analyses.value_ladder.bundle_input import BUNDLE, read_reserved
from cvlab.analyses.value_ladder.bundle_search import Strategy, find_strategies, measure_at
from cvlab.analyses.value_ladder.bundle_tables import correlate, tabulate_shares, tabulate_strategies
from cvlab.analyses.value_ladder.bundle_words import find_bundle_notes, write_bundle_gain
from cvlab.analyses.value_ladder.gains import Gain, find_gain, hold_still
from cvlab.analyses.value_ladder.ladder_numbers import fewest_people
from cvlab.analyses.value_ladder.self_selection import LadderPeople
from cvlab.checks import check_count, check_one_of, check_positive, check_share
from cvlab.errors import ParameterError

TieRule = Literal["seller", "tick"]
NUMBERS: Mapping[str, str] = {
    **dict.fromkeys(
        ("profit", "low", "high", "per_person", "expected", "expected_low", "expected_high", BUNDLE), "money"
    ),
}
# By whether today's prices are what the gain is against.
NOTES_ON_BASELINE = {
    True: "The gain is against today's prices: selling apart at its best is not expected to earn more than they do.",
    False: "The gain is against selling apart at its best, which is expected to earn more than today's prices do.",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class BundlePlan:
    """Selling apart, only together, or both ways, each at its best prices.

    Attributes
    ----------
    table : one row per strategy (separate, pure, mixed): strategy, profit (total over the respondents at these prices)
        with low, high (of what to expect, luck taken off), per_person, expected with expected_low, expected_high (per
        person of the market), then a column of prices for each component and for the bundle; missing: not on offer.
    best : the strategy to be expected to earn most.
    gain : of the best strategy against selling apart at its best, or against today's prices where these are given and
        earn more.
    headline : the gain.
    shares : strategy, offer on sale (component bought apart, bundle) or none, share of people, share_low, share_high.
    correlations : component, other, correlation, correlation_low, correlation_high of the amounts.
    exact : whether all combinations of candidate prices were looked at.
    costs : component → unit cost.
    price_now : component (or bundle) → today's price; None where it was not given.
    level : coverage of the intervals.
    n : people.
    people : what components are worth person by person; never published.
    """

    rows: ClassVar[str] = "strategy"
    kinds: ClassVar[Mapping[str, str]] = {
        **NUMBERS,
        **dict.fromkeys(("share", "share_low", "share_high"), "share"),
        **dict.fromkeys(("correlation", "correlation_low", "correlation_high"), "number"),
    }

    table: pd.DataFrame
    best: str
    gain: Gain
    headline: Headline
    notes: tuple[str, ...] = ()
    shares: pd.DataFrame = field(repr=False)
    correlations: pd.DataFrame = field(repr=False)
    exact: bool
    costs: Mapping[str, float]
    price_now: Mapping[str, float] | None
    level: float
    n: int
    people: LadderPeople = field(repr=False)

    def __post_init__(self) -> None:
        # The columns of prices are called as the user calls the components.
        object.__setattr__(self, "kinds", {**type(self).kinds, **dict.fromkeys(self.costs, "money")})

    @property
    def prices(self) -> dict[str, float]:
        """Prices of the best strategy: component or bundle → price, of what is on offer."""
        row = self.table.set_index("strategy").loc[self.best, [*self.costs, BUNDLE]]
        return {str(name): float(price) for name, price in row.items() if np.isfinite(float(price))}


def optimise_bundles(
    reservation_prices: pd.DataFrame,
    costs: Mapping[str, float],
    *,
    tie: TieRule = "seller",
    tick: float = 0.01,
    price_now: Mapping[str, float] | None = None,
    weights: str | None = None,
    n_boot: int = 400,
    smallest_group: int = 10,
    level: float = 0.95,
    seed: int = 0,
) -> BundlePlan:
    """Find the best prices of components sold apart, as a bundle only, and both ways, and what bundling gains.

    Parameters
    ----------
    reservation_prices : long: respondent_id, component, amount (the most a person would pay, money), weight?.
    costs : component → unit cost, money.
    tie : what the indifferent do; see the chapter above.
    tick : smallest step of a price, money; matters with tie="tick" only.
    price_now : component → today's price, and "bundle" if there is one; the gain is then against today if
        today's prices earn more than selling apart at its best is expected to.
    weights : column with the weight of a person; `weight` where there is one and nothing is given.
    n_boot : bootstrap samples of respondents, each searched again. 0 gives no intervals.
    smallest_group : of fewer people than this nothing is told: their numbers are missing.
    level, seed : coverage of the intervals, and where the random numbers start.

    Returns
    -------
    BundlePlan : rows of `table` are strategies.

    Raises
    ------
    DataError : the table lacks columns or holds amounts that are none; all at once.
    ParameterError : costs or today's prices do not fit the components, an argument is out of range.

    Source
    ------
    Adams & Yellen (1976), Quarterly Journal of Economics 90, 475-498.

    Examples
    --------
    >>> amounts = {"tracker": [10.0, 40.0, 80.0, 90.0], "app": [90.0, 80.0, 40.0, 10.0]}
    >>> asked = pd.DataFrame({"respondent_id": ["A", "B", "C", "D"], **amounts})
    >>> asked = asked.melt("respondent_id", var_name="component", value_name="amount")
    >>> plan = optimise_bundles(asked, {"tracker": 0.0, "app": 0.0}, smallest_group=1)
    >>> plan.table[["strategy", "profit", "tracker", "app", "bundle"]].to_numpy().tolist()
    [['separate', 320.0, 80.0, 80.0, nan], ['pure', 400.0, nan, nan, 100.0], ['mixed', 420.0, 90.0, 90.0, 120.0]]
    """
    check_one_of(tie, ("seller", "tick"), "tie")
    check_positive(tick, "tick")
    check_count(n_boot, "n_boot", least=0)
    check_count(smallest_group, "smallest_group")
    check_share(level, "level")
    check_count(seed, "seed", least=0)
    people, unit_costs, notes = read_reserved(
        reservation_prices, costs, weights=weights, n_boot=n_boot, seed=seed, smallest_group=smallest_group
    )
    today = None if price_now is None else _read_prices(price_now, people.rungs)
    resample = n_boot > 0 and people.n >= fewest_people(people)
    step = tick if tie == "tick" else None
    strategies = find_strategies(people, unit_costs, tick=step, resample=resample, seed=seed)
    table = tabulate_strategies(people, strategies, level)
    best = strategies[_pick_best(table)]
    baseline, compared = strategies[0], []
    if today is not None:
        at_today = measure_at(people, unit_costs, today, tick=step)
        baseline = _pick_baseline(people, table, strategies[0], at_today)
        compared = [NOTES_ON_BASELINE[baseline is at_today]]
    gain = _find_gain(people, baseline, best, _choose_in_samples(people, table, strategies), level)
    exact = all(each.exact for each in strategies)
    costs_of = dict(zip(people.rungs, map(float, unit_costs), strict=True))
    notes += [
        "Whoever is indifferent takes what earns the seller more."
        if step is None
        else f"Whoever is indifferent between two purchases takes what earns less; prices move in steps of {tick:g}.",
        *compared,
        *find_bundle_notes(table, gain, people, exact=exact, costs=costs_of),
    ]
    return BundlePlan(
        table=table,
        best=best.name,
        gain=gain,
        headline=write_bundle_gain(
            gain,
            best.name,
            people,
            prices=_name_prices(people, best),
            level=level,
            against_today=baseline is not strategies[0],
        ),
        notes=tuple(notes),
        shares=tabulate_shares(people, strategies, level),
        correlations=correlate(people, level),
        exact=exact,
        costs=costs_of,
        price_now=None if price_now is None else dict(price_now),
        level=level,
        n=people.n,
        people=people,
    )


def _read_prices(price_now: Mapping[str, float], components: tuple[str, ...]) -> np.ndarray:
    """Return today's prices of the components and the bundle, infinite where the bundle is not sold."""
    names = (*components, BUNDLE)
    unknown = [str(name) for name in price_now if name not in names]
    missing = [name for name in components if name not in price_now]
    complaints = []
    if unknown:
        complaints.append(f"price_now names {', '.join(unknown)}: the offers are {', '.join(names)}")
    if missing:
        complaints.append(f"price_now lacks {', '.join(missing)}: give today's price of each component")
    if complaints:
        raise ParameterError(". ".join(complaints))
    prices = {
        name: check_positive(price, f"price_now of {name}", zero_allowed=True) for name, price in price_now.items()
    }
    return np.array([prices.get(name, np.inf) for name in names])


def _pick_best(table: pd.DataFrame) -> int:
    """Return the strategy to be expected to earn most; of equals the simpler one."""
    column = "expected" if table["expected"].notna().all() else "profit"
    numbers = table[column].fillna(0.0).to_numpy(dtype=float)
    return int(np.flatnonzero(numbers >= numbers.max() - 1e-9 * max(1.0, abs(numbers.max())))[0])


def _pick_baseline(people: LadderPeople, table: pd.DataFrame, apart: Strategy, today: Strategy) -> Strategy:
    """Return what bundling is compared with: today's prices, unless selling apart is to be expected to earn more."""
    first = table.iloc[0]
    expected = float(first["expected"] if np.isfinite(first["expected"]) else first["per_person"])
    return apart if expected > today.each.sum() / people.person_weights.sum() else today


def _choose_in_samples(people: LadderPeople, table: pd.DataFrame, strategies: list[Strategy]) -> np.ndarray | None:
    """Return samples × people, what the strategy that would be chosen in each sample earns from each person.

    It is chosen as from all people: by what it earns in the sample less the luck that its search is known to have.
    """
    won = [strategy.won for strategy in strategies if strategy.won is not None]
    if not won or table["expected"].isna().any():
        return None
    luck = (table["per_person"] - table["expected"]).to_numpy(dtype=float)
    sizes = people.counts @ people.person_weights
    earned = np.array([np.einsum("sp,sp->s", people.counts, each) / sizes for each in won])
    chosen = (earned - luck[:, None]).argmax(axis=0)
    return np.array(won)[chosen, np.arange(len(chosen))]


def _find_gain(
    people: LadderPeople, baseline: Strategy, best: Strategy, chosen: np.ndarray | None, level: float
) -> Gain:
    if np.array_equal(baseline.prices, best.prices):
        return hold_still(people, baseline.each)
    # Selling apart was searched in each sample as well, and is as lucky; today's prices were not.
    won = None if chosen is None else chosen - (baseline.each if baseline.won is None else baseline.won)
    return find_gain(people, baseline.each, best.each, won, level)


def _name_prices(people: LadderPeople, strategy: Strategy) -> dict[str, float]:
    pairs = zip((*people.rungs, BUNDLE), strategy.prices, strict=True)
    return {name: float(price) for name, price in pairs if np.isfinite(price)}
