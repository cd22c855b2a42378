"""The score of a target, and how often each group comes first when weights and values move.

    scaled value     (x - worst)/(best - worst) over the groups that pass                        [0 to 1]
    axis             weighted mean of the scaled values
    score            product of the axes
    drawn weights    Dirichlet(certainty · w), w = weights that add up to 1
    drawn values     normal around the group's value, with its standard error

Source: Butler, Jia & Dyer (1997), "Simulation techniques for the sensitivity analysis of multi-criteria decision
models", European Journal of Operational Research 103.
Assumes that the errors of groups are independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cvlab.analyses.common import percentile_interval
from cvlab.analyses.segmentation.target_input import AXES, Criterion, GroupValues

LEVEL = 0.95
TIE = 1e-6


def scale_values(values: np.ndarray, *, higher: bool) -> np.ndarray:
    """Scale the last axis from 0, the worst, to 1, the best; 1 where all are alike, so that the axis does not count."""
    low, high = values.min(axis=-1, keepdims=True), values.max(axis=-1, keepdims=True)
    spread = high - low
    share = np.divide(values - low, spread, out=np.ones_like(values), where=spread > 0)
    return share if higher else np.where(spread > 0, 1 - share, 1.0)


def score_groups(
    by_axis: Mapping[str, Sequence[Criterion]], values: Mapping[Criterion, GroupValues], stays: np.ndarray
) -> tuple[np.ndarray, dict[str, np.ndarray], dict[Criterion, np.ndarray]]:
    """Return score, value on each axis and scaled criteria of each group; NaN for those that are out."""
    scaled = {}
    axes = {axis: np.full(len(stays), np.nan) for axis in AXES}
    scores = np.where(stays, 1.0, np.nan)
    for axis, criteria in by_axis.items():
        for each in criteria:
            scaled[each] = np.full(len(stays), np.nan)
            if stays.any():
                scaled[each][stays] = scale_values(values[each].value[stays], higher=each.better == "higher")
        if criteria:
            axes[axis] = np.average([scaled[each] for each in criteria], axis=0, weights=[e.weight for e in criteria])
            scores = scores * axes[axis]
    return scores, axes, scaled


def simulate_ranking(
    by_axis: Mapping[str, Sequence[Criterion]],
    values: Mapping[Criterion, GroupValues],
    stays: np.ndarray,
    *,
    n_draws: int,
    certainty: float,
    seed: int,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return how often each group comes first, those that tie for it sharing it, and the range of each axis."""
    first = np.zeros(len(stays))
    bounds = {f"{axis}_{end}": np.full(len(stays), np.nan) for axis in AXES for end in ("low", "high")}
    if not stays.any():
        return first, bounds
    of_weights, of_values = (np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(2))
    scores = np.ones((n_draws, int(stays.sum())))
    sums = np.zeros_like(scores)
    # One draw of a variable serves every criterion that uses it.
    drawn = {}
    for each in (criterion for criteria in by_axis.values() for criterion in criteria):
        if each.variable not in drawn:
            noise = of_values.standard_normal((n_draws, len(stays)))
            drawn[each.variable] = (values[each].value + noise * values[each].error)[:, stays]
    for axis, criteria in by_axis.items():
        if not criteria:
            continue
        weights = np.array([each.weight for each in criteria])
        shares = of_weights.dirichlet(certainty * weights / weights.sum(), size=n_draws)
        scaled = np.stack(
            [scale_values(drawn[each.variable], higher=each.better == "higher") for each in criteria], axis=1
        )
        drawn_axis = np.einsum("dc,dcg->dg", shares, scaled)
        scores, sums = scores * drawn_axis, sums + drawn_axis
        bounds[f"{axis}_low"][stays], bounds[f"{axis}_high"][stays] = percentile_interval(drawn_axis, level=LEVEL)
    scores += TIE * sums
    best = scores >= scores.max(axis=1, keepdims=True) - 1e-12
    first[stays] = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
    return first, bounds
