"""What else can be asked of a ladder: what the rungs are worth to people, and who moves when one price does.

    moved from rung r to k     increase of k's share when only the price of r rises      [share of the people]

When one price rises, only the buyers of that rung have a reason to move, so what any other option gains came from it;
when it falls, what any other option loses goes to it. This holds for the largest surplus and for logit alike.

    quantile p        sum over rows, in order of value, of value · (B(reached) - B(reached before))            [money]
    reached           share of the weight up to and including the row
    B                 distribution function of Beta((n + 1) p, (n + 1)(1 - p)); n people of equal weight, by Kish

A plain quantile is what one person named; this one is a mean over the people around it, so that it may be told.

Source: Harrell & Davis (1982), "A new distribution-free quantile estimator", Biometrika 69; with weights, Akinshin
(2023), "Weighted quantile estimators", arXiv 2304.07265.
Assumes that at least `smallest_group` people stand behind a number; if most of them agree, so does the quantile.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import betainc, betaincinv

from cvlab.analyses.value_ladder.ladder_numbers import find_bounds, find_share_bounds, hide_small, round_shares
from cvlab.analyses.value_ladder.self_selection import NOBODY, LadderPeople, Offer

QUANTILES = {"p10": 0.1, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9}
NEXT_TO_NOTHING, POINTS = 1e-12, 2001


def summarise_worth(people: LadderPeople, offer: Offer, level: float) -> pd.DataFrame:
    """Return what the rungs are worth, with the mean's interval and the spread over people; see `Ladder.worth`."""
    means, draws = hide_small(people, *people.means(people.sum_rows(people.worth * people.weights)))
    low, high = find_bounds(draws, level)
    table = pd.DataFrame(
        {
            "group": np.repeat(people.group_names, len(people.rungs)),
            "rung": np.tile(people.rungs, len(means)),
            "price": np.tile(offer.prices, len(means)),
            "n": np.repeat(people.group_sizes, len(people.rungs)),
            "mean": means.ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
        }
    )
    members = [slice(0, people.n), *(which for _, which in people.groups)]
    rows = [np.searchsorted(people.person, [which.start, which.stop]) for which in members]
    quantiles = [
        _smooth_quantiles(people.worth[rung, start:stop], people.weights[start:stop], float(n_people))
        for (start, stop), n_people in zip(rows, people.effective_sizes, strict=True)
        for rung in range(len(people.rungs))
    ]
    table[list(QUANTILES)] = np.where(np.isnan(means.ravel())[:, None], np.nan, np.array(quantiles))
    return table


def _smooth_quantiles(values: np.ndarray, weights: np.ndarray, n_people: float) -> list[float]:
    """Return each of QUANTILES as a mean over the rows around it; `n_people` of equal weight stand behind the rows."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    if not reached[-1] > 0:
        return [np.nan] * len(QUANTILES)
    reached /= reached[-1]
    # Rows may be many, so the distribution function is looked up; outside of the ends nothing is left of it.
    found = []
    for share in QUANTILES.values():
        first, second = (n_people + 1) * share, (n_people + 1) * (1 - share)
        low, high = (float(betaincinv(first, second, end)) for end in (NEXT_TO_NOTHING, 1 - NEXT_TO_NOTHING))
        grid = np.linspace(low, high, POINTS)
        below = np.interp(reached, grid, betainc(first, second, grid), left=0.0, right=1.0)
        below[-1] = 1.0
        found.append(float(values[order] @ np.diff(below, prepend=0.0)))
    return found


def measure_switching(people: LadderPeople, offer: Offer, change: float, level: float) -> pd.DataFrame:
    """Return who moves where when one price changes by `change`; see `Ladder.switching`."""
    names = [*people.rungs, NOBODY]
    before, _ = people.outcomes(offer)
    parts = []
    for moved, rung in enumerate(people.rungs):
        prices = offer.prices.copy()
        prices[moved] *= 1 + change
        after, _ = people.outcomes(replace(offer, prices=prices))
        # Only this rung got worse (or better), so what another option gains is what moved between the two.
        estimates, draws = hide_small(people, *people.means((after - before) * (1 if change > 0 else -1)))
        shares = round_shares(estimates)
        low, high = find_share_bounds(shares, round_shares(draws), people.effective_sizes, level)
        others = [position for position in range(len(names)) if position != moved]
        other_names = [names[position] for position in others]
        here = [rung] * len(others)
        parts.append(
            pd.DataFrame(
                {
                    "rung": here,
                    "price": offer.prices[moved],
                    "new_price": prices[moved],
                    "from": here if change > 0 else other_names,
                    "to": other_names if change > 0 else here,
                    "share": shares[0, others],
                    "low": low[0, others],
                    "high": high[0, others],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
