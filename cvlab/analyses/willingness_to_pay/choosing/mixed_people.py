"""Each person's likely willingness to pay, given the choices the person made.

    E(w | choices of n) = sum over r of pi_nr · w_r            pi_nr: how well draw r fits the choices of n

and the interval holds the middle share of the draws, counted with the same weights. The more tasks a person answered,
the more it says about this person and the less about the population.

Source: Train (2009), Discrete Choice Methods with Simulation, chapter 11, equation 11.6.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from cvlab.analyses.willingness_to_pay.choosing.mixed_likelihood import Panel, measure_fits
from cvlab.analyses.willingness_to_pay.choosing.mixed_tastes import Tastes


def measure_individuals(
    parameters: np.ndarray,
    tastes: Tastes,
    panel: Panel,
    *,
    scale: np.ndarray,
    people: pd.Index,
    level: float,
    undefined: bool,
) -> pd.DataFrame:
    """Return for every person mean, low and high of what each column but the price is worth.

    Parameters
    ----------
    parameters : of columns divided by `scale`, as in the panel.
    undefined : whether amounts make no sense, so that all cells are NaN.
    """
    others = [column for column in range(tastes.n_columns) if column != tastes.price]
    found = np.full((len(people), len(others), 3), math.nan)
    if not undefined:
        matrix = tastes.spread_out(parameters)
        money = (scale[tastes.price] / scale)[others]  # from scaled columns to the columns as they are
        tails = np.array([(1 - level) / 2, (1 + level) / 2])
        for persons, fits in measure_fits(parameters, tastes, panel):
            worth = tastes.worth(tastes.latent(matrix, panel.draws[persons]))[:, others]
            found[persons, :, 0] = np.einsum("nkr,nr->nk", worth, fits)
            found[persons, :, 1:] = _weighted_quantiles(worth, fits, tails)
        found *= money[:, None]
    columns = {}
    for position, column in enumerate(others):
        for part, suffix in enumerate(("", " low", " high")):
            columns[f"{tastes.names[column]}{suffix}"] = found[:, position, part]
    return pd.DataFrame(columns, index=people)


def _weighted_quantiles(values: np.ndarray, weights: np.ndarray, tails: np.ndarray) -> np.ndarray:
    """Return people × columns × tails: the first draw, by size, at which the summed weights reach each tail."""
    order = np.argsort(values, axis=2)
    summed = np.cumsum(np.take_along_axis(np.broadcast_to(weights[:, None], values.shape), order, axis=2), axis=2)
    sorted_values = np.take_along_axis(values, order, axis=2)
    reached = np.stack([(summed < tail).sum(axis=2) for tail in tails], axis=2)
    return np.take_along_axis(sorted_values, np.minimum(reached, values.shape[2] - 1), axis=2)
