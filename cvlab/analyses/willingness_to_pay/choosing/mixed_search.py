"""The search for the maximum of a simulated likelihood, which may have several.

    few draws     from every start: BFGS (`mixed_climb`)
    all draws     only from the distinct best ends: BFGS again, begun with the Hessian found there, then one Newton step

The first start is the conditional logit with tastes that differ by a unit of utility; the others move it by chance.
Several starts that end at the same estimates say that the maximum is probably the highest; the others are reported.

Draws are not quite symmetric, so that a deviation and its negative, which mean the same, differ a little in height. All
starts have positive deviations; where a search ends with a negative one, it is turned round together with its draws.

Source: Train (2009), Discrete Choice Methods with Simulation, chapters 8 and 9.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from scipy import linalg
from threadpoolctl import threadpool_limits

from cvlab.analyses.willingness_to_pay.choosing.mixed_climb import End, climb
from cvlab.analyses.willingness_to_pay.choosing.mixed_likelihood import Evaluation, Panel, evaluate
from cvlab.analyses.willingness_to_pay.choosing.mixed_tastes import Tastes
from cvlab.analyses.willingness_to_pay.choosing.side_by_side import do_all

FEW_DRAWS = 100  # per person, for the first look from every start
_SAME_HEIGHT = 0.1  # log-likelihoods closer than this are the same maximum
_SAME = 2.0  # standard errors within which estimates are the same
_FINISHED = 3  # how many distinct ends are carried on with all draws
_WITHIN = 10.0  # ends lower than this below the best are not carried on: more draws change less
_ROUGH, _FINE, _FINEST = 1e-2, 1e-5, 1e-6  # gain still expected, in log-likelihood, at which a search ends
_FLAT = 1e-10  # relative curvature below which a direction is flat
_SPREAD, _SPREAD_OF_LOG = 1.0, 0.5  # standard deviations of tastes at the start
_JITTER = 0.5  # by which the other starts differ

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False, kw_only=True)
class Search:
    """The best end, and all starts.

    Attributes
    ----------
    best : with all draws, its deviations positive.
    at_best : likelihood with its Hessian there.
    panel : with the draws that belong to it.
    starts : start, log_likelihood (with the few draws), converged, iterations, agrees, final_log_likelihood (with all
        draws, NaN where a start was not carried on).
    n_agreeing : how many starts agree with the best one: with the few draws their estimates, signs of deviations put
        right, are within two standard errors of its.
    """

    best: End
    at_best: Evaluation
    panel: Panel
    starts: pd.DataFrame
    n_agreeing: int


def search(
    tastes: Tastes,
    panel: Panel,
    start: np.ndarray,
    *,
    n_starts: int,
    workers: int,
    seed: int,
    progress: Progress | None = None,
) -> Search:
    """Find the maximum from several starts; the parameters are those of columns in their own scale.

    Parameters
    ----------
    start : parameters of the first start.
    workers : processes that share the starts.
    progress : told after each start, and after each search with all draws.
    """
    with threadpool_limits(1):  # the products are small: threads would cost more than they bring
        return _search(tastes, panel, start, n_starts, workers, seed, progress or _say_nothing)


def _search(
    tastes: Tastes, panel: Panel, start: np.ndarray, n_starts: int, workers: int, seed: int, progress: Progress
) -> Search:
    n_all = panel.draws.shape[2]
    few = panel.with_fewer_draws(FEW_DRAWS) if n_all > FEW_DRAWS else panel
    random = np.random.default_rng(seed)
    starts = [start, *(_move(start, tastes, random) for _ in range(n_starts - 1))]
    n_steps = n_starts + 1
    from_start = partial(climb, tastes=tastes, panel=few, precision=_ROUGH)
    rough = do_all(from_start, starts, workers=workers, told=lambda done: progress(done, n_steps))
    heights = np.array([end.value for end in rough])
    chosen = _choose_ends(heights)
    finals = np.full(n_starts, np.nan)
    ends = {}
    for position in chosen:
        begin = _curvature(rough[position], tastes, few)
        ends[position] = climb(rough[position].parameters, tastes, panel, precision=_FINE, begin=begin)
        finals[position] = ends[position].value
    winner = max(ends, key=lambda position: ends[position].value)
    end, panel = _turn_round(ends[winner], tastes, panel)
    best, at_best = _finish(end, tastes, panel)
    finals[winner] = best.value
    progress(n_steps, n_steps)
    agrees = _compare(rough, winner, tastes)
    table = pd.DataFrame(
        {
            "start": np.arange(1, n_starts + 1),
            "log_likelihood": heights,
            "converged": [end.converged for end in rough],
            "iterations": [end.iterations for end in rough],
            "agrees": agrees,
            "final_log_likelihood": finals,
        }
    )
    return Search(
        best=best,
        at_best=at_best,
        panel=panel,
        starts=table,
        n_agreeing=int(agrees.sum()),
    )


def begin_search(estimates: np.ndarray, tastes: Tastes) -> np.ndarray:
    """Return the parameters of the first start from the estimates of a conditional logit on scaled columns."""
    centres, spreads = estimates.copy(), np.full(len(estimates), _SPREAD)
    if tastes.wtp:
        # Dearer offers may have been chosen no less often; the search then starts from a weak dislike.
        scale = max(-estimates[tastes.price], 0.1)
        centres = estimates / scale
        centres[tastes.price] = np.log(scale)
        spreads /= scale
    spreads[tastes.exponential] = _SPREAD_OF_LOG
    grown = tastes.log_normal
    centres[grown] = np.log(np.maximum(np.abs(centres[grown]), 0.1))
    rows, dimensions = tastes.cells
    parameters = centres[rows]
    parameters[dimensions > 0] = 0.0
    parameters[tastes.deviations] = spreads[rows[tastes.deviations]]
    return parameters


def _move(start: np.ndarray, tastes: Tastes, random: np.random.Generator) -> np.ndarray:
    """Return another start: deviations stay positive, everything else moves to either side."""
    chance = random.normal(scale=_JITTER, size=len(start))
    if tastes.wtp:  # amounts of money are measured against the scale of the utility
        amounts = ~tastes.exponential[tastes.cells[0]] & ~tastes.deviations
        chance[amounts] /= np.exp(start[tastes.price])
    return np.where(tastes.deviations, start * np.exp(chance), start + chance)


def _curvature(end: End, tastes: Tastes, panel: Panel) -> np.ndarray:
    """Return the inverse of minus the Hessian at a rough end; what the search has learnt where that is no maximum."""
    information = _information(evaluate(end.parameters, tastes, panel, hessian=True))
    sizes = linalg.eigvalsh(information)
    return linalg.inv(information) if sizes[0] > _FLAT * sizes[-1] else end.inverse


def _find_signs(parameters: np.ndarray, tastes: Tastes) -> np.ndarray:
    """Return what each dimension of the draws has to be multiplied with so that all deviations are positive."""
    signs = np.ones(len(tastes.random) + 1)
    signs[tastes.cells[1][tastes.deviations & (parameters < 0)]] = -1.0
    return signs


def _turn_round(end: End, tastes: Tastes, panel: Panel) -> tuple[End, Panel]:
    """Make all deviations positive, and turn their draws round, which changes no utility."""
    signs = _find_signs(end.parameters, tastes)
    if (signs > 0).all():
        return end, panel
    turned = replace(end, parameters=end.parameters * signs[tastes.cells[1]])
    return turned, replace(panel, draws=panel.draws * signs[1:, None])


def _compare(ends: Sequence[End], winner: int, tastes: Tastes) -> np.ndarray:
    """Return which ends are at the winner's estimates, as far as few draws can tell."""
    turned = [end.parameters * _find_signs(end.parameters, tastes)[tastes.cells[1]] for end in ends]
    errors = np.sqrt(np.maximum(np.diag(ends[winner].inverse), np.finfo(float).tiny))
    return np.array([bool((np.abs(each - turned[winner]) < _SAME * errors).all()) for each in turned])


def _finish(end: End, tastes: Tastes, panel: Panel) -> tuple[End, Evaluation]:
    """Take a last Newton step with the analytic Hessian, which the standard errors need anyway."""
    here = evaluate(end.parameters, tastes, panel, hessian=True)
    information = _information(here)
    sizes = linalg.eigvalsh(information)
    if sizes[0] <= _FLAT * sizes[-1]:
        return end, here
    inverse = linalg.inv(information)
    step = inverse @ here.gradient
    if here.gradient @ step / 2 < 1.0:
        there = evaluate(end.parameters + step, tastes, panel)
        if there.value >= here.value:
            here = replace(there, hessian=here.hessian)
            end = replace(end, parameters=end.parameters + step, value=there.value)
    converged = bool(here.gradient @ inverse @ here.gradient / 2 < _FINEST)
    return replace(end, converged=converged, inverse=inverse), here


def _information(here: Evaluation) -> np.ndarray:
    if here.hessian is None:
        raise TypeError("the Hessian was not asked for")
    return -here.hessian


def _choose_ends(heights: np.ndarray) -> list[int]:
    """Return the highest ends that differ from each other, best first."""
    chosen: list[int] = []
    for position in np.argsort(-heights, kind="stable"):
        height = heights[position]
        if len(chosen) == _FINISHED or heights[chosen[0] if chosen else position] - height > _WITHIN:
            break
        if all(abs(height - heights[other]) >= _SAME_HEIGHT for other in chosen):
            chosen.append(int(position))
    return chosen


def _say_nothing(_done: int, _of: int) -> None:
    """Stand in where nobody wants to know."""
