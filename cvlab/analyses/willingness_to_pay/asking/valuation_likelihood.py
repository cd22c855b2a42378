"""Likelihood of answers to bids: how constant, covariates and bid together make people say yes.

An answer says that the willingness to pay lies between two bids, so that with e(t) = constant + covariates + b x(t),
where x(t) is the bid t or its logarithm (`valuation_distributions` holds F),

    log-likelihood = sum over answers of weight × log( F(e(lower bid)) - F(e(upper bid)) )

with F(e) = 1 where there is no lower bid and 0 where there is no upper one. All five F have log-concave densities, so
the log-likelihood is concave: Newton's method with the analytic gradient and Hessian finds its one maximum, here for
many samples of people at once. There is no finite maximum if some direction of the coefficients never makes an answer
less likely and makes some more likely; a linear programme finds it.

Standard errors come from the information (minus the Hessian); where people have weights or several rows, from the
sandwich, inverse information × sum of outer products of people's scores × inverse information × G / (G - 1).

Source: Hanemann, Loomis & Kanninen (1991), American Journal of Agricultural Economics 73, equations 5 to 8; Burridge
(1981), Journal of the Royal Statistical Society B 43, for concavity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from scipy import optimize

from cvlab.analyses.willingness_to_pay.asking.valuation_answers import TABLE, Valuations
from cvlab.analyses.willingness_to_pay.asking.valuation_distributions import Distribution
from cvlab.errors import DataError
from cvlab.units import write_number

_MOST_STEPS = 60
_MOST_HALVINGS = 40
_FINE, _COARSE = 1e-13, 1e-9  # Newton decrement per unit of weight at the maximum: the estimate, bootstrap samples
_ROUNDING = 1e-13  # relative size of the rounding error in a log-likelihood
_RANK = 1e-9  # relative size below which a direction does not vary
_INVOLVED = 1e-6  # what a linear programme must gain to count
_FLAT = 1e-7  # information per unit of weight that only a diverging likelihood falls below
_MOST_CELLS = 2_000_000  # samples × cells held at once, so that memory stays bounded


@dataclass(frozen=True, eq=False, kw_only=True)
class ValuationFit:
    """Maximum of the likelihood: coefficients of the constant, the covariates and the (logarithm of the) bid."""

    estimates: np.ndarray
    covariance: np.ndarray
    log_likelihood: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Bounds:
    """The columns that enter at the lower and at the upper bid of each cell, 0 where there is no such bid.

    Columns are centred and divided by their spread; `back` turns coefficients of these columns into those of the
    original ones.
    """

    distribution: Distribution
    lower: np.ndarray
    upper: np.ndarray
    has_lower: np.ndarray
    has_upper: np.ndarray
    back: np.ndarray


def fit_valuations(valuations: Valuations, distribution: Distribution) -> ValuationFit:
    """Maximise the likelihood for everybody.

    Raises
    ------
    DataError : there is no finite maximum (everybody says yes or no, or a bid parts them), or covariates are collinear.
    """
    _check_bids(valuations)
    bounds = prepare_bounds(valuations, distribution)
    weights = valuations.weights
    found, reached = _maximise(bounds, weights[None, :], None, _FINE)
    if not reached[0]:
        _explain_divergence(bounds, valuations)
    value, _, information = _evaluate(bounds, found, weights[None, :])
    inverse = np.linalg.inv(information[0])
    if valuations.clustered and len(valuations.multiplicity) > 1:
        *_, at_lower, at_upper = (part[0] for part in _differentiate(bounds, found))
        scores = valuations.patterns @ (at_lower[:, None] * bounds.lower - at_upper[:, None] * bounds.upper)
        people = valuations.n_people
        middle = (scores * valuations.multiplicity[:, None]).T @ scores
        inverse = inverse @ middle @ inverse * people / (people - 1)
    return ValuationFit(
        estimates=bounds.back @ found[0],
        covariance=bounds.back @ inverse @ bounds.back.T,
        log_likelihood=float(value[0]),
    )


def refit_valuations(
    valuations: Valuations, distribution: Distribution, samples: np.ndarray, start: np.ndarray
) -> np.ndarray:
    """Return the coefficients of many samples (samples × cells weights); NaN where there is no finite maximum.

    Parameters
    ----------
    start : coefficients to start from, those of everybody.
    """
    bounds = prepare_bounds(valuations, distribution)
    size = max(1, _MOST_CELLS // max(1, samples.shape[1]))
    first = np.linalg.solve(bounds.back, start)
    parts = []
    for begin in range(0, len(samples), size):
        found, reached = _maximise(bounds, samples[begin : begin + size], first, _COARSE)
        parts.append(np.where(reached[:, None], found @ bounds.back.T, np.nan))
    return np.concatenate(parts)


def prepare_bounds(valuations: Valuations, distribution: Distribution) -> Bounds:
    """Return the columns of the likelihood.

    Raises
    ------
    DataError : a covariate does not vary, or covariates are collinear.
    """
    entered = distribution.enter(valuations.prices)
    centre, spread = float(entered.mean()), float(entered.std())
    shared = valuations.covariates
    means, spreads = shared.mean(axis=0), shared.std(axis=0)
    means[0], spreads[0] = 0.0, 1.0
    _check_collinear(valuations, spreads)
    scaled = (shared - means) / spreads
    has_lower, has_upper = np.isfinite(valuations.low), np.isfinite(valuations.high)
    columns = []
    for bids, present in ((valuations.low, has_lower), (valuations.high, has_upper)):
        bid = (distribution.enter(np.where(present, bids, valuations.prices[-1])) - centre) / spread
        columns.append(np.column_stack([scaled, bid]) * present[:, None])
    back = np.diag(1 / np.append(spreads, spread))
    back[0, 1:] = -np.append(means[1:] / spreads[1:], centre / spread)
    return Bounds(
        distribution=distribution,
        lower=columns[0],
        upper=columns[1],
        has_lower=has_lower,
        has_upper=has_upper,
        back=back,
    )


def _evaluate(
    bounds: Bounds, coefficients: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return log-likelihood, gradient and information for each of several samples."""
    distribution, n_columns = bounds.distribution, bounds.lower.shape[1]
    value, upper, lower, at_lower, at_upper = _differentiate(bounds, coefficients)
    with np.errstate(over="ignore", invalid="ignore"):
        curve_lower = at_lower * (at_lower - distribution.slope(upper))
        curve_upper = at_upper * (at_upper + distribution.slope(lower))
    both = np.einsum("ki,kj->kij", bounds.lower, bounds.upper)
    pieces = (
        (curve_lower, np.einsum("ki,kj->kij", bounds.lower, bounds.lower)),
        (curve_upper, np.einsum("ki,kj->kij", bounds.upper, bounds.upper)),
        (-at_lower * at_upper, both + both.transpose(0, 2, 1)),
    )
    information = sum(
        (_weigh(weights, curve) @ product.reshape(len(product), -1)).reshape(-1, n_columns, n_columns)
        for curve, product in pieces
    )
    gradient = _weigh(weights, at_lower) @ bounds.lower - _weigh(weights, at_upper) @ bounds.upper
    return _weigh(weights, value).sum(axis=1), gradient, np.asarray(information)


def _differentiate(bounds: Bounds, coefficients: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the cells' log-likelihoods, e at both bounds, and the derivatives of log-likelihoods by these e."""
    distribution = bounds.distribution
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        upper, lower = coefficients @ bounds.lower.T, coefficients @ bounds.upper.T  # e falls as the bid rises
        value = distribution.log_between(
            np.where(bounds.has_lower, upper, np.inf), np.where(bounds.has_upper, lower, -np.inf)
        )
        at_lower = np.where(bounds.has_lower, np.exp(distribution.log_density(upper) - value), 0.0)
        at_upper = np.where(bounds.has_upper, np.exp(distribution.log_density(lower) - value), 0.0)
    return value, upper, lower, at_lower, at_upper


def _weigh(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """A cell that a sample does not hold adds nothing, even where its derivative is not finite."""
    return np.where(weights > 0, weights * values, 0.0)


def _maximise(
    bounds: Bounds, weights: np.ndarray, start: np.ndarray | None, precision: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients, and which samples reached a maximum."""
    n_samples, n_columns = len(weights), bounds.lower.shape[1]
    coefficients = np.tile(np.append(np.zeros(n_columns - 1), -1.0) if start is None else start, (n_samples, 1))
    totals = weights.sum(axis=1)
    reached = np.zeros(n_samples, dtype=bool)
    value, gradient, information = _evaluate(bounds, coefficients, weights)
    moving = np.arange(n_samples)
    for _ in range(_MOST_STEPS):
        step = _solve(information[moving], gradient[moving])
        decrement = (gradient[moving] * step).sum(axis=1)
        done = decrement < precision * totals[moving]
        coefficients[moving[done]] += step[done]  # costs nothing and doubles the digits
        reached[moving[done]] = True
        moving, step = moving[~done], step[~done]
        if not len(moving):
            break
        length = np.ones(len(moving))
        worse = np.ones(len(moving), dtype=bool)
        for _ in range(_MOST_HALVINGS):
            tried = coefficients[moving[worse]] + length[worse, None] * step[worse]
            new = _evaluate(bounds, tried, weights[moving[worse]])
            before = value[moving[worse]]
            better = new[0] >= before - _ROUNDING * np.abs(before)
            kept = moving[worse][better]
            coefficients[kept], value[kept] = tried[better], new[0][better]
            gradient[kept], information[kept] = new[1][better], new[2][better]
            worse[np.flatnonzero(worse)[better]] = False
            if not worse.any():
                break
            length[worse] /= 2
        moving = moving[~worse]
    finite = np.isfinite(information).all(axis=(1, 2)) & reached
    flattest = np.full(n_samples, -np.inf)
    if finite.any():
        flattest[finite] = np.linalg.eigvalsh(information[finite])[:, 0]
    return coefficients, flattest > _FLAT * totals


def _solve(information: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Newton steps; a little is added to the diagonal, so that a sample without a maximum does not stop the others."""
    size = np.trace(information, axis1=1, axis2=2)[:, None, None] * _ROUNDING
    ridge = (np.where(np.isfinite(size), size, 0) + np.finfo(float).tiny) * np.eye(information.shape[1])
    clean = np.nan_to_num(information + ridge, nan=0.0, posinf=1e300, neginf=-1e300)
    try:
        return np.linalg.solve(clean, np.nan_to_num(gradient)[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError:
        return np.stack([np.linalg.lstsq(*pair, rcond=None)[0] for pair in zip(clean, gradient, strict=True)])


def _check_bids(valuations: Valuations) -> None:
    """Raise where the answers alone, whatever the covariates, leave no finite maximum."""
    asked = [write_number(price, "money") for price in (valuations.prices[0], valuations.prices[-1])]
    if not np.isfinite(valuations.high).any():
        raise DataError(
            f"{TABLE}: everybody says yes to every bid, up to {asked[1]}, so people would pay that or any amount above."
            " Ask again with higher bids, up to one that most people refuse"
        )
    if not np.isfinite(valuations.low).any():
        raise DataError(
            f"{TABLE}: everybody says no to every bid, down to {asked[0]}, so people would pay that or any amount "
            "below. Ask again with lower bids, down to one that most people accept"
        )
    if len(valuations.prices) == 1:
        raise DataError(
            f"{TABLE} has one bid only, {asked[0]}, which tells the share who would pay that and nothing about other "
            "prices. Put at least two different bids to different people, better four or five"
        )
    accepted, refused = valuations.low[np.isfinite(valuations.low)], valuations.high[np.isfinite(valuations.high)]
    if accepted.max() <= refused.min():
        raise DataError(
            f"{TABLE}: nobody says no below {write_number(refused.min(), 'money')} and nobody says yes above "
            f"{write_number(accepted.max(), 'money')}, so how acceptance falls between bids has no finite estimate. "
            "Ask more people, at bids between and around these"
        )


def _check_collinear(valuations: Valuations, spreads: np.ndarray) -> None:
    constant = [name for name, spread in zip(valuations.names, spreads, strict=True) if not spread > 0]
    if constant:
        raise DataError(f"{TABLE}: covariate {', '.join(constant)} is the same for everybody. Drop it")
    columns = valuations.covariates / np.append(1.0, np.abs(valuations.covariates[:, 1:]).max(axis=0))
    sizes, directions = np.linalg.eigh(columns.T @ columns / len(columns))
    null = directions[:, sizes < _RANK * sizes[-1]]
    if null.shape[1]:
        _name_and_raise(
            valuations,
            np.abs(null).max(axis=1) > _INVOLVED,
            "are collinear: each follows from the others, so their effects cannot be told apart. Drop one of them",
        )


def _explain_divergence(bounds: Bounds, valuations: Valuations) -> NoReturn:
    """Find the direction along which the likelihood grows for ever, and name what is in it."""
    rows = np.vstack([-bounds.lower[bounds.has_lower], bounds.upper[bounds.has_upper]])
    found = optimize.linprog(rows.sum(axis=0), A_ub=rows, b_ub=np.zeros(len(rows)), bounds=(-1, 1), method="highs")
    if found.status == 0 and found.fun < -_INVOLVED:
        names = (*valuations.names, "bid")
        involved = [name for name, size in zip(names, found.x, strict=True) if abs(size) > _INVOLVED]
        named = [name for name in involved if name != valuations.names[0]] or involved
        raise DataError(
            f"{TABLE}: {', '.join(named)} {'part' if len(named) > 1 else 'parts'} those who say yes from those who say "
            "no without exception, so that there is no finite estimate. Merge levels, drop a covariate, ask more "
            "people, or put the bids in between to them"
        )
    raise DataError(
        f"{TABLE}: the likelihood has no maximum that could be found in {_MOST_STEPS} steps. Look for bids or "
        "covariates of extreme size, and correct or rescale them"
    )


def _name_and_raise(valuations: Valuations, involved: np.ndarray, what: str) -> NoReturn:
    named = [name for name, part in zip(valuations.names, involved, strict=True) if part and name != "constant"]
    raise DataError(f"{TABLE}: covariates {', '.join(named)} {what}")
