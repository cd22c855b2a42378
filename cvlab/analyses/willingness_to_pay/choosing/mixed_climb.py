"""One search for a maximum of a simulated likelihood: BFGS, begun with the curvature that the scores tell.

    step      inverse · gradient, shortened until the likelihood gains enough (Armijo)
    inverse   of minus the Hessian: at first of the summed squares of people's scores (BHHH), then learnt from the steps

The search ends when the gain that is still expected, gradient · inverse · gradient / 2, is small: a number that does
not depend on the units of anything.

Source: Nocedal & Wright (2006), Numerical Optimization, chapter 6.1; Berndt, Hall, Hall & Hausman (1974), "Estimation
and inference in nonlinear structural models", Annals of Economic and Social Measurement 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from cvlab.analyses.willingness_to_pay.choosing.mixed_likelihood import Evaluation, Panel, evaluate
from cvlab.analyses.willingness_to_pay.choosing.mixed_tastes import Tastes

_MOST_STEPS = 200
_LONGEST = 2.0  # no parameter moves farther in a step, in units of utility per standard deviation of a column
_LEAST_GAIN = 1e-4  # share of the gain that the gradient promises with which a step is content (Armijo)
_SHORTEST = 1e-8
_FLAT = 1e-5  # relative curvature below which a direction is taken to be this steep, so that steps stay finite
_BENT = 1e-10  # relative curvature that a step has to show before anything is learnt from it


@dataclass(frozen=True, eq=False, kw_only=True)
class End:
    """Where a search ended.

    Attributes
    ----------
    inverse : of minus the Hessian, as far as the search has learnt it.
    """

    parameters: np.ndarray
    value: float
    converged: bool
    iterations: int
    inverse: np.ndarray


def climb(
    parameters: np.ndarray, tastes: Tastes, panel: Panel, *, precision: float, begin: np.ndarray | None = None
) -> End:
    """Maximise by BFGS.

    Parameters
    ----------
    precision : the search ends when the gain that is still expected is smaller.
    begin : inverse of minus the Hessian to begin with; that of BHHH when not given.
    """
    now = evaluate(parameters, tastes, panel)
    inverse = _invert(_outer(now, panel)) if begin is None else begin
    converged, n_steps = False, 0
    while n_steps < _MOST_STEPS:
        n_steps += 1
        direction = inverse @ now.gradient
        promised = float(now.gradient @ direction)
        if promised / 2 < precision:
            converged = True
            break
        length = min(1.0, _LONGEST / np.abs(direction).max())
        reached = evaluate(parameters + length * direction, tastes, panel)
        while not reached.value >= now.value + _LEAST_GAIN * length * promised and length > _SHORTEST:
            length = _shorten(length, promised, reached.value - now.value)
            reached = evaluate(parameters + length * direction, tastes, panel)
        if length <= _SHORTEST:
            break
        inverse = _learn(inverse, length * direction, now.gradient - reached.gradient)
        parameters, now = parameters + length * direction, reached
    return End(parameters=parameters, value=now.value, converged=converged, iterations=n_steps, inverse=inverse)


def _outer(now: Evaluation, panel: Panel) -> np.ndarray:
    return (now.scores * panel.weights[:, None]).T @ now.scores


def _invert(information: np.ndarray) -> np.ndarray:
    """Invert a symmetric matrix whose flat directions are held steep enough to be inverted."""
    sizes, directions = linalg.eigh(information)
    sizes = np.maximum(sizes, _FLAT * max(sizes[-1], 1.0))
    return (directions / sizes) @ directions.T


def _learn(inverse: np.ndarray, step: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Update the inverse of minus the Hessian by what a step has shown; nothing where it curves the wrong way."""
    curved = float(step @ change)
    if curved <= _BENT * float(np.linalg.norm(step) * np.linalg.norm(change)):
        return inverse
    moved = inverse @ change
    return (
        inverse
        + (curved + change @ moved) / curved**2 * np.outer(step, step)
        - (np.outer(moved, step) + np.outer(step, moved)) / curved
    )


def _shorten(length: float, promised: float, gained: float) -> float:
    """Return where a parabola through both points peaks, between a tenth and a half of the length."""
    if not np.isfinite(gained):
        return length / 4
    peak = length**2 * promised / (2 * (length * promised - gained))
    return float(np.clip(peak, length / 10, length / 2))
