"""Acceptance of bids without a formula: what the answers say by themselves, and no more.

Nothing is assumed but that acceptance does not rise with the bid and that everybody takes the offer for nothing.

    Turnbull    acceptance S(t) at every bid t that maximises the likelihood. Where one question was asked these are the
                shares of yes, bids pooled with the next as long as a higher bid is accepted more often; where some were
                asked twice, the EM algorithm of `turnbull` finds it, with masses between neighbouring bids
    mean, at least      sum over bids of S(t_j) (t_j - t_{j-1}), t_0 = 0                             [money per unit]
    median, between     the highest bid that half of the people or more accept, and the next higher one

    Kriström    the shares of yes to the first question, pooled likewise, joined by straight lines from 1 at a price of
                0 through all bids, and on along the last falling piece to the price that nobody accepts
    mean        area below that line; the truncated mean ends at the largest bid                     [money per unit]

Intervals: bootstrap over people, percentile bounds.

Source: Turnbull (1976), Journal of the Royal Statistical Society B 38; Haab & McConnell (1997), "Referendum models and
negative willingness to pay: alternative solutions", Journal of Environmental Economics and Management 32; Kriström
(1990), "A non-parametric approach to the estimation of welfare measures in discrete response valuation studies", Land
Economics 66.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import optimize, sparse

from cvlab.analyses.common import percentile_interval
from cvlab.analyses.willingness_to_pay.asking.turnbull import GAP_OF_DRAWS, maximise_masses
from cvlab.analyses.willingness_to_pay.asking.valuation_answers import Valuations

_MOST_ROUNDS, _FEWER_ROUNDS = 5_000, 300  # of the EM algorithm: the estimate, its bootstrap samples
_START_AGAIN = 0.01  # share of the even distribution in the start of a bootstrap sample
_MOST_CELLS, _LEAST_SAMPLES = 200_000, 200  # where many answers differ, fewer samples keep the algorithm quick
_NOBODY = 1e-9  # weight of a bid that a sample has no answer to, so that it follows its neighbours
_HALF = 0.5 - 1e-9  # shares are not exact
_HUGE = 1e100  # stands for infinity where quantiles are interpolated


@dataclass(frozen=True, eq=False, kw_only=True)
class AcceptanceSteps:
    """Acceptance at the bids that were put to people, and what follows from it.

    Attributes
    ----------
    table : price (money per unit), share (who would pay that or more), low, high.
    worth : measure, price, low, high (money per unit); infinite where acceptance does not fall far enough.
    """

    rows: ClassVar[str] = "price"
    kinds: ClassVar[Mapping[str, str]] = {"price": "money", "share": "share", "low": "share", "high": "share"}

    table: pd.DataFrame
    worth: pd.DataFrame


def estimate_turnbull(valuations: Valuations, samples: np.ndarray, *, level: float) -> AcceptanceSteps:
    """Estimate acceptance at every bid by maximum likelihood.

    Parameters
    ----------
    samples : samples × cells weights of bootstrap samples of people; where answers are very many and all different, the
        EM algorithm takes the first of them only.
    """
    if valuations.n_second:
        few = max(_LEAST_SAMPLES, _MOST_CELLS // samples.shape[1])
        accepted = _maximise_by_em(valuations, np.vstack([valuations.weights, samples[:few]]))
    else:
        accepted = _pool(*_count(valuations, valuations.prices, np.vstack([valuations.weights, samples])))
    prices = valuations.prices
    reached = (accepted >= _HALF).sum(axis=1)  # bids that half of the people accept
    ends = np.concatenate([[0.0], prices, [np.inf]])
    measures = {
        "mean, at least": accepted @ np.diff(prices, prepend=0.0),
        "median, at least": ends[reached],
        "median, at most": ends[reached + 1],
    }
    return _tabulate(prices, accepted, measures, level)


def estimate_kristrom(valuations: Valuations, samples: np.ndarray, *, level: float) -> AcceptanceSteps:
    """Estimate acceptance of the first bids, joined by straight lines; parameters as for `estimate_turnbull`."""
    prices = np.unique(valuations.first)
    accepted = _pool(*_count(valuations, prices, np.vstack([valuations.weights, samples])))
    n_samples = len(accepted)
    anchored = bool(prices[0] > 0)
    knots = np.concatenate([[0.0], prices]) if anchored else prices
    heights = np.column_stack([np.ones(n_samples), accepted]) if anchored else accepted
    falls = np.abs(np.diff(heights, axis=1)) / np.diff(knots)
    last = falls.shape[1] - 1 - (falls[:, ::-1] > 0).argmax(axis=1)
    steepness = falls[np.arange(n_samples), last]  # 0 where it never falls
    with np.errstate(divide="ignore", invalid="ignore"):
        beyond = np.where(heights[:, -1] > 0, heights[:, -1] / steepness, 0.0)  # how far on nobody accepts
        truncated = ((heights[:, :-1] + heights[:, 1:]) / 2) @ np.diff(knots)
        measures = {
            "median": _cross_half(knots, heights, beyond),
            "mean": truncated + np.where(heights[:, -1] > 0, beyond * heights[:, -1] / 2, 0.0),
            "truncated mean": truncated,
        }
    return _tabulate(prices, accepted, measures, level)


def bound_draws(draws: np.ndarray, *, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Return percentile bounds along the first axis of draws that may be infinite.

    Examples
    --------
    >>> low, high = bound_draws(np.array([1.0, 2.0, np.inf]), level=0.5)
    >>> float(low), float(high)
    (1.5, inf)
    """
    finite = np.where(np.isposinf(draws), np.finfo(float).max, draws)
    low, high = (np.asarray(bound) for bound in percentile_interval(finite, level=level))
    return np.where(low > _HUGE, np.inf, low), np.where(high > _HUGE, np.inf, high)


def _count(valuations: Valuations, prices: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return weights of yes to, and of all answers to, each first bid: samples × prices each."""
    bid = np.searchsorted(prices, valuations.first)
    place = sparse.csr_array((np.ones(len(bid)), (bid, np.arange(len(bid)))), shape=(len(prices), len(bid)))
    return (place @ (weights * valuations.said_yes).T).T, (place @ weights.T).T


def _pool(yes: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Shares of yes that do not rise, by pooling neighbours that violate it (samples × prices)."""
    share = np.divide(yes, asked, out=np.zeros_like(yes), where=asked > 0)
    trusted = np.maximum(asked, _NOBODY)
    pooled = share.copy()
    for sample in np.flatnonzero((np.diff(share, axis=1) > 0).any(axis=1)):
        pooled[sample] = optimize.isotonic_regression(share[sample], weights=trusted[sample], increasing=False).x
    return pooled


def _maximise_by_em(valuations: Valuations, weights: np.ndarray) -> np.ndarray:
    """Return acceptance at every bid, samples × prices; the first sample, from which the others start, is everybody.

    Interval j lies between the bids j - 1 and j, the first one below all bids. All mass can be in the innermost ones:
    from where some answer's interval begins to where the next one ends, if none begins in between.
    """
    prices = valuations.prices
    first = np.where(np.isfinite(valuations.low), np.searchsorted(prices, valuations.low) + 1, 0)
    end = np.where(np.isfinite(valuations.high), np.searchsorted(prices, valuations.high) + 1, len(prices) + 1)
    marks = np.union1d(first, end)
    innermost = np.flatnonzero(np.isin(marks[:-1], first) & np.isin(marks[1:], end))
    begins, stops = marks[innermost], marks[innermost + 1]
    held = np.searchsorted(begins, first), np.searchsorted(stops, end, side="right") - 1
    even = np.full((1, len(innermost)), 1 / len(innermost))
    masses = maximise_masses(even, weights[:1], *held, most=_MOST_ROUNDS)
    start = np.repeat((1 - _START_AGAIN) * masses + _START_AGAIN * even, len(weights) - 1, axis=0)
    drawn = maximise_masses(start, weights[1:], *held, gap=GAP_OF_DRAWS, most=_FEWER_ROUNDS)
    below = np.concatenate([np.zeros((len(weights), 1)), np.cumsum(np.vstack([masses, drawn]), axis=1)], axis=1)
    return np.clip(1 - below[:, np.searchsorted(begins, np.arange(len(prices)), side="right")], 0, 1)


def _cross_half(knots: np.ndarray, heights: np.ndarray, beyond: np.ndarray) -> np.ndarray:
    """Return where the line falls to one half, beyond the last bid if need be."""
    n_samples = len(heights)
    line = np.column_stack([heights, np.zeros(n_samples)])
    ends = np.column_stack([np.tile(knots, (n_samples, 1)), knots[-1] + beyond])
    after = np.maximum((line >= _HALF).sum(axis=1), 1)
    rows = np.arange(n_samples)
    top, bottom = line[rows, after - 1], line[rows, after]
    start, stop = ends[rows, after - 1], ends[rows, after]
    crossed = start + (stop - start) * np.clip((top - 0.5) / (top - bottom), 0, 1)
    return np.where(np.isinf(stop), np.inf, np.where(top < _HALF, start, crossed))


def _tabulate(
    prices: np.ndarray, accepted: np.ndarray, measures: Mapping[str, np.ndarray], level: float
) -> AcceptanceSteps:
    """The first sample is everybody, the others are the bootstrap's."""
    low, high = percentile_interval(accepted[1:], level=level)
    drawn = np.column_stack(list(measures.values()))
    least, most = bound_draws(drawn[1:], level=level)
    return AcceptanceSteps(
        table=pd.DataFrame({"price": prices, "share": accepted[0], "low": low, "high": high}),
        worth=pd.DataFrame({"measure": list(measures), "price": drawn[0], "low": least, "high": most}),
    )
