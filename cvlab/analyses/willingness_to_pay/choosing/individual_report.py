"""The report of the individual model: the table of the population, coefficients in the units of the tasks, notes."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from cvlab.analyses.common import percentile_interval
from cvlab.analyses.willingness_to_pay.choosing.coding import CodedChoices
from cvlab.analyses.willingness_to_pay.choosing.fit import Differences
from cvlab.analyses.willingness_to_pay.choosing.individual_diagnostics import SETTLED_ESS, SETTLED_R_HAT
from cvlab.analyses.willingness_to_pay.choosing.individual_likelihood import (
    Form,
    arrange_panel,
    measure_likelihood,
    to_coefficients,
)
from cvlab.analyses.willingness_to_pay.choosing.individual_posterior import Posterior
from cvlab.analyses.willingness_to_pay.choosing.individual_sampler import IndividualDraws
from cvlab.analyses.willingness_to_pay.choosing.top import NOBODY_DECLINES
from cvlab.analyses.willingness_to_pay.survey_weights import describe_weights
from cvlab.units import write_number

FREE = (
    "With a price coefficient of any sign nobody's willingness to pay is defined for sure: estimate with "
    "price_sign='negative' for amounts of money."
)


def _units(choices: CodedChoices, differences: Differences, form: Form) -> np.ndarray:
    """What one unit of each standardised taste is in the units of the tasks."""
    price = choices.coding.price_position
    return differences.scale[price] / differences.scale if form == "money" else 1 / differences.scale


def arrange_posterior(
    ids: pd.Index, choices: CodedChoices, differences: Differences, drawn: IndividualDraws | None, form: Form
) -> Posterior:
    """Return the draws of coefficients in the units of the tasks, and the weights of people."""
    price = choices.coding.price_position
    tastes = np.empty((0, len(ids), len(choices.coding.names))) if drawn is None else drawn.tastes
    coefficients = to_coefficients(np.moveaxis(tastes, 2, 0), form, price)
    per_choice = np.bincount(choices.respondents)
    weights = np.bincount(choices.respondents, weights=choices.weights) / per_choice
    return Posterior(
        coefficients=np.moveaxis(coefficients, 0, 2) / differences.scale,
        price=price,
        respondents=ids,
        weights=weights / weights.mean(),
    )


def measure_fit(choices: CodedChoices, differences: Differences, drawn: IndividualDraws | None, form: Form) -> float:
    """Return the mean over draws of the log-likelihood of all choices, given everybody's tastes."""
    if drawn is None:
        return math.nan
    panel = arrange_panel(differences, n_people=choices.n_respondents, form=form, price=choices.coding.price_position)
    values = [measure_likelihood(panel, tastes.T[:, :, None]).sum() for tastes in drawn.tastes]
    return float(np.mean(values))


def tabulate_population(
    choices: CodedChoices, differences: Differences, drawn: IndividualDraws | None, form: Form, level: float
) -> pd.DataFrame:
    """Return means and spreads of the population; see `IndividualChoiceModel.table`."""
    names = list(choices.coding.names)
    columns = ("estimate", "std_error", "low", "high", "spread", "spread_low", "spread_high", "r_hat", "ess")
    if drawn is None:
        return pd.DataFrame({"attribute": names, **dict.fromkeys(columns, math.nan)})
    price, units = choices.coding.price_position, _units(choices, differences, form)
    means, spreads = (part.reshape(-1, len(names)) * units for part in (drawn.means, drawn.spreads))
    if form != "free":
        means[:, price] = -np.exp(drawn.means[..., price].ravel()) / differences.scale[price]
        spreads[:, price] = drawn.spreads[..., price].ravel()
    low, high = percentile_interval(means, level=level)
    spread_low, spread_high = percentile_interval(spreads, level=level)
    both = drawn.diagnostics[["r_hat", "ess_bulk"]].to_numpy().reshape(2, len(names), 2)
    numbers = (means.mean(axis=0), means.std(axis=0, ddof=1), low, high, spreads.mean(axis=0), spread_low, spread_high)
    table = dict(zip(columns, (*numbers, both[..., 0].max(axis=0), both[..., 1].min(axis=0)), strict=True))
    return pd.DataFrame({"attribute": names, **table})


def explain_undefined(pooled: np.ndarray, choices: CodedChoices) -> str:
    """Return why willingness to pay is undefined; empty where it is not. `pooled` are everybody's weights together."""
    if not pooled[choices.coding.price_position] >= 0:  # nor where too few people chose to know
        return ""
    return (
        f"A higher {choices.coding.price} made offers no less likely to be chosen: willingness to pay is undefined. "
        "Check the coding of prices, and whether price stands for quality that the attributes leave out."
    )


def write_limit(time_limit: float, most_sweeps: int | None) -> str:
    """Write what stopped the draws where they had not settled."""
    if most_sweeps is None:
        return f"{write_number(time_limit, 'number')} seconds"
    return f"{write_number(most_sweeps, 'count')} draws of every chain"


def list_caveats(
    choices: CodedChoices, drawn: IndividualDraws | None, undefined: str, posterior: Posterior, limit: str
) -> tuple[str, ...]:
    """Return the notes, the banner of draws that have not settled first."""
    coding = choices.coding
    notes = []
    if drawn is not None and not drawn.settled:
        worst = drawn.diagnostics
        notes.append(
            f"Not settled: after {limit} the draws had not come to rest (R-hat up to "
            f"{worst['r_hat'].max():.2f} where {SETTLED_R_HAT} is asked for, effective sample size down to "
            f"{worst['ess_bulk'].min():.0f} of {SETTLED_ESS:.0f}). Take the numbers for a first look, and let it "
            "run longer before deciding by them."
        )
    if undefined:
        notes.append(undefined)
    notes += [f"{attribute} is compared with {levels[0]}." for attribute, levels in coding.levels.items()]
    if coding.base_alternative is not None:
        notes.append(f"Alternatives are compared with {coding.base_alternative}.")
    if coding.outside is None:
        notes.append(NOBODY_DECLINES)
    weighted = describe_weights(posterior.weights, "people")
    if weighted:
        notes += [*weighted, "Weights count in summaries; the draws treat all people alike."]
    return tuple(notes)
