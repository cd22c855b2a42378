"""Calibration: a stated demand on the scale of real money.

    D_real(p) = D_stated(c · p)          c: stated worth per real worth

Each draw of the demand meets a draw of the factor, so that the doubt about the factor is part of the band. The observed
prices become asked prices divided by the factor; where a draw of the factor leads outside the asked prices, that draw
goes on with the elasticity it has at the edge.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cvlab.analyses.willingness_to_pay.pricing.curve import UNITS, Curve
from cvlab.analyses.willingness_to_pay.pricing.demand import Demand, present_demand, stack_groups
from cvlab.errors import ParameterError
from cvlab.units import write_number

_EDGE = 0.10  # the elasticity at an edge is the slope over this share of its price


def calibrate_demand(demand: Demand, factor: np.ndarray, middle: float) -> Demand:
    """Return the demand in real money; see `StatedRevealed.calibrate`.

    Parameters
    ----------
    factor : draws of the factor; `middle` is its estimate.
    """
    if demand.unit == UNITS:
        raise ParameterError("demand counts units sold, which is real money already: calibrate stated demand only")
    if demand.basis.evidence == "calibrated":
        raise ParameterError("demand is calibrated already: give the stated demand")
    basis = _calibrate_curve(demand.basis, factor, middle)
    groups = demand.groups
    if groups is not None:
        groups = stack_groups(
            groups.scheme,
            {name: calibrate_demand(each, factor, middle) for name, each in groups.results.items()},
            groups.notes,
        )
    return present_demand(basis, level=demand.level, smallest_group=demand.smallest_group, groups=groups)


def _calibrate_curve(basis: Curve, factor: np.ndarray, middle: float) -> Curve:
    prices = basis.prices / middle
    known = len(prices) > 1 and bool(np.isfinite(basis.estimate).any())
    each = np.resize(factor, len(basis.draws))
    low, high = (write_number(float(bound)) for bound in np.quantile(factor, [0.025, 0.975]))
    return replace(
        basis,
        prices=prices,
        draws=_stretch(basis, prices[None, :] * each[:, None]) if known else basis.draws,
        asked=basis.asked / middle,
        evidence="calibrated",
        method=f"{basis.method}, calibrated",
        notes=(
            f"Stated prices are divided by {write_number(middle)} (95% of its draws from {low} to {high}), the stated "
            "worth per real worth.",
            *(note for note in basis.notes if "answers run high" not in note),
        ),
    )


def _stretch(basis: Curve, wanted: np.ndarray) -> np.ndarray:
    """Return draw b of the demand at the prices in row b, continued with the elasticity at the edge."""
    grid, draws = basis.prices, basis.draws
    right = np.clip(np.searchsorted(grid, wanted), 1, len(grid) - 1)
    rows = np.arange(len(draws))[:, None]
    share = ((wanted - grid[right - 1]) / (grid[right] - grid[right - 1])).clip(0, 1)
    found = draws[rows, right - 1] * (1 - share) + draws[rows, right] * share
    for edge, inner, beyond in (
        (0, int(np.searchsorted(grid, grid[0] * (1 + _EDGE))), wanted < grid[0]),
        (-1, int(np.searchsorted(grid, grid[-1] * (1 - _EDGE), side="right")) - 1, wanted > grid[-1]),
    ):
        inner = min(max(inner, 1 if edge == 0 else 0), len(grid) - (1 if edge == 0 else 2))
        ends = draws[:, [edge, inner]]
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.log(ends[:, 0] / ends[:, 1]) / np.log(grid[edge] / grid[inner])
        # Demand never rises with the price, nor falls to nothing in one step for lack of answers.
        slope = np.where(np.isfinite(slope), np.minimum(slope, 0.0), 0.0)[:, None]
        further = ends[:, [0]] * (wanted / grid[edge]) ** slope
        found = np.where(beyond, np.minimum(further, 100.0), found)
    return found
