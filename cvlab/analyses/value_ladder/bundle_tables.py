"""The tables of a bundle plan: strategies with their profits and prices, who buys what, and how alike the amounts are.

    profit          among the people asked, at the prices best for them                                       [money]
    expected        profit per person - mean luck of the search, with its interval (see `gains`)   [money per person]
    correlation     r of the amounts for two components, weighted, over people
    its interval    tanh(atanh r ± z · standard deviation of atanh r over the bootstrap samples)      Fisher (1921)

Assumes what `bundles` assumes.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from cvlab.analyses.common import normal_interval
from cvlab.analyses.value_ladder.bundle_input import BUNDLE
from cvlab.analyses.value_ladder.bundle_search import Strategy
from cvlab.analyses.value_ladder.gains import draw_expected
from cvlab.analyses.value_ladder.ladder_numbers import find_share_bounds, hide_small, round_shares
from cvlab.analyses.value_ladder.self_selection import NOBODY, LadderPeople

LARGEST = 1 - 1e-9  # a correlation of 1 has no place on Fisher's scale


def tabulate_strategies(people: LadderPeople, strategies: list[Strategy], level: float) -> pd.DataFrame:
    """Return the table of a plan; see `BundlePlan`."""
    total_weight, hidden = people.person_weights.sum(), people.n < people.smallest_group
    rows = []
    for strategy in strategies:
        per_person = float(strategy.each.sum() / total_weight)
        expected = low = high = np.nan
        if strategy.won is not None:
            draws = draw_expected(people.counts, people.person_weights, strategy.each, strategy.won)
            expected, (low, high) = draws.mean(), np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
        numbers = {
            "profit": per_person * people.n,
            "low": low * people.n,
            "high": high * people.n,
            "per_person": per_person,
            "expected": expected,
            "expected_low": low,
            "expected_high": high,
        }
        shown = np.where(np.isinf(strategy.prices), np.nan, strategy.prices)
        numbers |= dict(zip((*people.rungs, BUNDLE), map(float, shown), strict=True))
        rows.append({"strategy": strategy.name, **(dict.fromkeys(numbers, np.nan) if hidden else numbers)})
    return pd.DataFrame(rows)


def tabulate_shares(people: LadderPeople, strategies: list[Strategy], level: float) -> pd.DataFrame:
    """Return the share of people that buys each offer of each strategy, or nothing."""
    parts = []
    for strategy in strategies:
        taken = np.column_stack([strategy.taken, ~strategy.taken.any(axis=1)])
        estimates, draws = hide_small(people, *people.means(taken * people.person_weights[:, None]))
        shares = round_shares(estimates)
        low, high = find_share_bounds(shares, round_shares(draws), people.effective_sizes, level)
        part = pd.DataFrame(
            {
                "strategy": strategy.name,
                "offer": [*people.rungs, BUNDLE, NOBODY],
                "share": shares[0],
                "share_low": round_shares(low[0]),
                "share_high": high[0],
            }
        )
        parts.append(part[np.append(np.isfinite(strategy.prices), True)])
    return pd.concat(parts, ignore_index=True)


def correlate(people: LadderPeople, level: float) -> pd.DataFrame:
    """Return the correlation of the amounts for each pair of components, with its interval."""
    rows = []
    for one, other in combinations(range(len(people.rungs)), 2):
        x, y = people.worth[one], people.worth[other]
        moments = np.column_stack([x, y, x * x, y * y, x * y]) * people.person_weights[:, None]
        estimates, draws = hide_small(people, *people.means(moments))
        (value,), drawn = _correlation_of(estimates), _correlation_of(draws[:, 0])
        low, high = _find_correlation_bounds(float(value), drawn, level)
        rows.append(
            {
                "component": people.rungs[one],
                "other": people.rungs[other],
                "correlation": float(value),
                "correlation_low": low,
                "correlation_high": high,
            }
        )
    return pd.DataFrame(rows)


def _correlation_of(moments: np.ndarray) -> np.ndarray:
    x, y, xx, yy, xy = moments.T
    with np.errstate(invalid="ignore", divide="ignore"):  # amounts that do not differ have no correlation
        spread = np.maximum(xx - x * x, 0.0) * np.maximum(yy - y * y, 0.0)
        return np.asarray(np.where(spread > 0, np.clip((xy - x * y) / np.sqrt(spread), -1, 1), np.nan))


def _find_correlation_bounds(value: float, draws: np.ndarray, level: float) -> tuple[float, float]:
    """Interval of a correlation on Fisher's scale, on which its draws are about normal; none without draws."""
    if len(draws) == 0 or not np.isfinite(value) or np.isnan(draws).all():
        return np.nan, np.nan
    spread = float(np.nanstd(np.arctanh(np.clip(draws, -LARGEST, LARGEST))))
    low, high = np.tanh(normal_interval(float(np.arctanh(np.clip(value, -LARGEST, LARGEST))), spread, level=level))
    return float(low), float(high)
