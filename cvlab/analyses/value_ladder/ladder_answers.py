"""What else can be asked of a ladder: what the rungs are worth to people, and who moves when one price does.

    moved from rung r to k     increase of k's share when only the price of r rises      [share of the people]

When one price rises, only the buyers of that rung have a reason to move, so what any other option gains came from it;
when it falls, what any other option loses goes to it. This holds for the largest surplus and for logit alike.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from cvlab.analyses.value_ladder.ladder_numbers import find_bounds, find_share_bounds, hide_small, round_shares
from cvlab.analyses.value_ladder.self_selection import NOBODY, LadderPeople, Offer

QUANTILES = {"p10": 0.1, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9}


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
        _weighted_quantiles(people.worth[rung, start:stop], people.weights[start:stop])
        for start, stop in rows
        for rung in range(len(people.rungs))
    ]
    table[list(QUANTILES)] = np.where(np.isnan(means.ravel())[:, None], np.nan, np.array(quantiles))
    return table


def _weighted_quantiles(values: np.ndarray, weights: np.ndarray) -> list[float]:
    """Return the smallest value at which the weight up to and including it reaches each of QUANTILES."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    targets = np.array(list(QUANTILES.values())) * reached[-1] * (1 - 1e-12)
    return [float(value) for value in values[order][np.searchsorted(reached, targets)]]


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
