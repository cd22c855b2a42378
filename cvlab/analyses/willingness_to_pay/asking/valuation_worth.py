"""Worth with its interval: draws of the coefficients, and the amounts of money that follow from each of them.

    Krinsky-Robb    draws from the joint normal distribution of the estimates
    bootstrap       refits to people drawn with replacement

Draws in which acceptance does not fall with the bid say nothing about worth and are left out. Where the interval of the
bid's coefficient reaches 0 they are so many that what is left would look far surer than the answers are (the proper
interval is without end then, Fieller 1954): nothing is settled. The effect of a covariate
is by how much the median moves when it is one unit more, all else equal, with g its coefficient and b that of the bid:

    -g / b                            where the bid enters                    [money per unit of the covariate]
    median × (exp(-g / b) - 1)        where its logarithm enters

Source: Krinsky & Robb (1986), "On approximating the statistical properties of elasticities", Review of Economics and
Statistics 68; Fieller (1954), "Some problems in interval estimation", Journal of the Royal Statistical Society B 16;
Cameron (1988), "A new paradigm for valuing non-market goods using referendum data", Journal of Environmental Economics
and Management 15, for the effects.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvlab.analyses.common import normal_interval, percentile_interval
from cvlab.analyses.willingness_to_pay.asking.valuation_answers import Valuations
from cvlab.analyses.willingness_to_pay.asking.valuation_distributions import MEASURES, Distribution, measure_worths
from cvlab.analyses.willingness_to_pay.asking.valuation_likelihood import ValuationFit, refit_valuations
from cvlab.analyses.willingness_to_pay.asking.valuation_nonparametric import bound_draws

MOST_DROPPED = 0.1  # share of draws that may be left out; the others then still stand for the answers


def is_settled(fit: ValuationFit, drawn: np.ndarray, level: float) -> bool:
    """Return whether the answers settle that acceptance falls with the bid.

    Parameters
    ----------
    drawn : draws of the coefficients, that of the bid last; NaN where there is no finite estimate.
    """
    high = normal_interval(fit.estimates[-1], np.sqrt(fit.covariance[-1, -1]), level=level)[1]
    return bool(high < 0 and (drawn[:, -1] < 0).mean() >= 1 - MOST_DROPPED)


def draw_coefficients(
    fit: ValuationFit | None,
    valuations: Valuations,
    distribution: Distribution,
    interval: str,
    n_boot: int,
    seed: int,
) -> np.ndarray:
    """Return draws of the coefficients; NaN where a bootstrap sample has no finite estimate, none without a fit."""
    if fit is None:
        return np.empty((0, len(valuations.names) + 1))
    if interval == "bootstrap":
        return refit_valuations(valuations, distribution, valuations.resample(n_boot, seed), fit.estimates)
    return np.random.default_rng(seed).multivariate_normal(
        fit.estimates, fit.covariance, size=n_boot, method="eigh", check_valid="ignore"
    )


def price_coefficients(
    fit: ValuationFit | None, drawn: np.ndarray, valuations: Valuations, distribution: Distribution
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return the measures and the covariates' effects on the median, in money: estimate first, draws second."""
    everybody = np.full((1, len(valuations.names) + 1), np.nan) if fit is None else fit.estimates[None, :]
    worths, effects = [], []
    for coefficients in (everybody, drawn):
        level, bid = coefficients[:, :-1] @ valuations.means, coefficients[:, -1]
        measured = measure_worths(distribution, level, bid, float(valuations.prices[-1]))
        shift = -coefficients[:, 1:-1] / np.where(bid < 0, bid, np.nan)[:, None]
        with np.errstate(over="ignore"):
            effects.append(measured[:, [0]] * np.expm1(shift) if distribution.logarithmic else shift)
        worths.append(measured)
    return (worths[0][0], worths[1]), (effects[0][0], effects[1])


def tabulate_worth(estimate: np.ndarray, draws: np.ndarray, level: float) -> pd.DataFrame:
    """Return measure, price, low, high; bounds are NaN where the estimate is."""
    low, high = bound_draws(draws, level=level) if np.isfinite(estimate[0]) else (np.nan, np.nan)
    return pd.DataFrame({"measure": list(MEASURES), "price": estimate, "low": low, "high": high})


def tabulate_parameters(
    parameters: list[str],
    fit: ValuationFit | None,
    drawn: np.ndarray,
    effects: tuple[np.ndarray, np.ndarray],
    interval: str,
    level: float,
) -> pd.DataFrame:
    """Return parameter, estimate, std_error, low, high, and with covariates their effects on the median."""
    unknown = np.full(len(parameters), np.nan)
    estimate, std_error, low, high = unknown, unknown, unknown, unknown
    if fit is not None:
        estimate, std_error = fit.estimates, np.sqrt(np.diag(fit.covariance))
        low, high = normal_interval(estimate, std_error, level=level)
        found = drawn[~np.isnan(drawn).any(axis=1)]
        if interval == "bootstrap":
            std_error = found.std(axis=0, ddof=1) if len(found) > 1 else unknown
            low, high = percentile_interval(found, level=level)
    table = pd.DataFrame(
        {"parameter": parameters, "estimate": estimate, "std_error": std_error, "low": low, "high": high}
    )
    if len(parameters) == 2:
        return table
    least, most = bound_draws(effects[1], level=level)
    for name, values in (("worth", effects[0]), ("worth_low", least), ("worth_high", most)):
        table[name] = np.concatenate([[np.nan], values, [np.nan]])
    return table
