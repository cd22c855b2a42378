"""The numbers of a ladder's tables: shares and money with their intervals, and which groups are too small for any.

    interval    percentiles of the bootstrap over people                           Efron & Tibshirani (1993), chapter 13
                Wilson's for a share that is the same in every bootstrap sample    Wilson (1927), JASA 22
    effective n (people)    (sum of weights)² / sum of squared weights             Kish (1965), Survey Sampling

Where everybody asked does the same, no bootstrap sample differs and its interval would have no width; but that none of
25 people buys does not show that nobody would.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from cvlab.analyses.common import percentile_interval, wilson_interval
from cvlab.analyses.value_ladder.self_selection import LadderPeople, Offer

FEWEST_PEOPLE = 10
FEW = 30  # below this, percentile intervals are known to be too short
# Sums of weights differ in their last digits with the order of the people; what is shown must not.
DIGITS_OF_SHARES = 12

Bounds = tuple[np.ndarray, np.ndarray]


def find_bounds(draws: np.ndarray, level: float) -> Bounds:
    """Interval along the first axis; plain quantiles where no draw is missing, which is ten times faster."""
    if draws.size and not np.isnan(draws).any():
        tail = (1 - level) / 2
        low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
        return low, high
    if len(draws) == 0:
        return np.full(draws.shape[1:], np.nan), np.full(draws.shape[1:], np.nan)
    flat = draws.reshape(len(draws), math.prod(draws.shape[1:]))
    bounds = [percentile_interval(column, level=level) for column in flat.T]
    low, high = np.array(bounds, dtype=float).T if bounds else (np.empty(0), np.empty(0))
    return low.reshape(draws.shape[1:]), high.reshape(draws.shape[1:])


def find_share_bounds(shares: np.ndarray, draws: np.ndarray, effective: np.ndarray, level: float) -> Bounds:
    """Interval of groups × k shares, of which `effective` people stand behind each group; see the chapter above.

    Examples
    --------
    >>> low, high = find_share_bounds(np.array([[0.0]]), np.zeros((50, 1, 1)), np.array([25.0]), 0.95)
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([[0.0]], [[0.133]])
    """
    low, high = find_bounds(draws, level)
    for group, option in np.argwhere(is_steady(draws)):
        n, share = effective[group], min(1.0, max(0.0, shares[group, option]))
        low[group, option], high[group, option] = wilson_interval(share * n, n, level=level)
    return low, high


def is_steady(draws: np.ndarray) -> np.ndarray:
    """Say, for each number, whether it is the same in all bootstrap samples."""
    if len(draws) == 0:
        return np.zeros(draws.shape[1:], dtype=bool)
    return np.asarray(np.ptp(draws, axis=0) < 10.0**-DIGITS_OF_SHARES)


def round_shares(shares: np.ndarray) -> np.ndarray:
    """Return shares from 0 to 1 without the digits that the order of the people decides.

    Examples
    --------
    >>> round_shares(np.array([0.14650000000000002, -1e-17])).tolist()
    [0.1465, 0.0]
    """
    return np.clip(np.round(shares, DIGITS_OF_SHARES), 0.0, 1.0) + 0.0  # which makes -0 a plain 0


def hide_small(people: LadderPeople, estimates: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return groups × … estimates and their draws, missing where a group is too small for a number or an interval."""

    def where(small: np.ndarray, numbers: np.ndarray, axis: int) -> np.ndarray:
        shape = [1] * numbers.ndim
        shape[axis] = len(small)
        return np.where(small.reshape(shape), np.nan, numbers)

    sizes = people.group_sizes
    return where(sizes < people.smallest_group, estimates, 0), where(sizes < fewest_people(people), draws, 1)


def fewest_people(people: LadderPeople) -> int:
    """Return how many people an interval or a verdict needs: never fewer than may be published."""
    return max(FEWEST_PEOPLE, people.smallest_group)


def measure_options(share: np.ndarray, surplus: np.ndarray, offer: Offer) -> dict[str, np.ndarray]:
    """Return share, surplus, contribution and revenue of each option from shares and surplus of the options."""
    shares = round_shares(share)
    return {
        "share": shares,
        "surplus": surplus,
        "contribution": shares * offer.margins,
        "revenue": shares * offer.revenues,
    }


def tabulate_options(
    points: Mapping[str, np.ndarray], drawn: Mapping[str, np.ndarray], offer: Offer, people: LadderPeople, level: float
) -> dict[str, np.ndarray]:
    """Return the measures of all groups and options as columns with their bounds; those of the share: low, high."""
    columns: dict[str, np.ndarray] = {}
    low, high = find_share_bounds(points["share"], drawn["share"], people.effective_sizes, level)
    steady = is_steady(drawn["share"])
    per_sale = {"contribution": offer.margins, "revenue": offer.revenues}
    for name, values in points.items():
        bounds = (low, high) if name == "share" else find_bounds(drawn[name], level)
        if name in per_sale:
            # Money per sale is given, so that what is not known of the share is not known of the money.
            ends = np.sort(np.stack([low * per_sale[name], high * per_sale[name]]), axis=0)
            bounds = (np.where(steady, ends[0], bounds[0]), np.where(steady, ends[1], bounds[1]))
        _add(columns, name, "" if name == "share" else f"{name}_", values, bounds)
    return columns


def tabulate_totals(
    points: Mapping[str, np.ndarray], drawn: Mapping[str, np.ndarray], people: LadderPeople, level: float
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return what all options of a group make together, as columns with bounds, and its draws."""
    columns: dict[str, np.ndarray] = {}
    buyers, drawn_buyers = (round_shares(1 - shares["share"][..., -1:]) for shares in (points, drawn))
    bounds = find_share_bounds(buyers, drawn_buyers, people.effective_sizes, level)
    _add(columns, "buyers", "buyers_", buyers, bounds)
    sums = {name: values.sum(axis=-1) for name, values in drawn.items() if name != "share"}
    for name, draws in sums.items():
        _add(columns, name, f"{name}_", points[name].sum(axis=-1), find_bounds(draws, level))
    return columns, sums


def _add(columns: dict[str, np.ndarray], name: str, prefix: str, values: np.ndarray, bounds: Bounds) -> None:
    columns[name] = values.ravel()
    columns[f"{prefix}low"], columns[f"{prefix}high"] = bounds[0].ravel(), bounds[1].ravel()
