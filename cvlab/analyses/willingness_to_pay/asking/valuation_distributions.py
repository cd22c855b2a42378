"""Distributions of willingness to pay: the five curves that acceptance of a bid is taken to follow, and what they give.

A bid t is accepted by the share F(e), where e falls with the bid, b being below 0:

    e = constant + covariates + b log t     log-logistic, log-normal, Weibull: nobody values it at nothing or less
    e = constant + covariates + b t         logistic, normal: some may, a share of 1 - F(constant)

    logistic, log-logistic    F(e) = 1 / (1 + exp(-e))
    normal, log-normal        F(e) = standard normal distribution function
    Weibull                   F(e) = exp(-exp(-e)), so that F = exp(-(t / scale)^shape), shape = -b, scale = exp(-c / b)

With c = constant + covariates at their means, S(t) the acceptance there and T the largest bid    [money per unit]:

    median                    exp(-c/b)            log-logistic, log-normal
                              exp(-c/b) (log 2)^(-1/b)                       Weibull
                              -c/b                 logistic, normal
    mean                      integral of S from 0 to infinity:
                              exp(-c/b) (pi/-b) / sin(pi/-b) if b < -1, infinite otherwise     log-logistic
                              exp(-c/b + 1/(2 b^2))                                            log-normal
                              exp(-c/b) Gamma(1 - 1/b)                                         Weibull
                              log(1 + exp(c)) / -b                                             logistic
                              (c F(c) + f(c)) / -b, f the standard normal density              normal
    truncated mean            integral of S from 0 to T
    adjusted truncated mean   truncated mean / (1 - S(T))

The mean of the logistic and the normal counts whoever would pay less than nothing as nothing.

Source: Hanemann (1984), "Welfare evaluations in contingent valuation experiments with discrete responses", American
Journal of Agricultural Economics 66, and its reply of 1989 in volume 71; Boyle, Welsh & Bishop (1988), Land Economics
64, for the adjustment, in the form of Aizaki, Nakatani & Sato (2014), Stated Preference Methods Using R, chapter 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy import special

MEASURES = ("median", "mean", "truncated mean", "adjusted truncated mean")
_PLACES, _PLACE_WEIGHTS = np.polynomial.legendre.leggauss(256)
_SMOOTH = 4.0  # powers of the price that vanish at 0, so that the integrand has no corner there

Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False, kw_only=True)
class Distribution:
    """One of the five, in the terms that the likelihood needs.

    Attributes
    ----------
    logarithmic : whether the logarithm of the bid enters, instead of the bid.
    share : F(e).
    log_between : log(F(upper) - F(lower)); upper may be infinite, lower minus infinity.
    log_density, slope : logarithm of F' and derivative of that logarithm.
    middle : the e at which F is one half.
    average : the mean from c and b, where b is below 0.
    area : integral of F from minus infinity to e; None where the logarithm of the bid enters.
    """

    name: str
    logarithmic: bool
    share: Function
    log_between: Callable[[np.ndarray, np.ndarray], np.ndarray]
    log_density: Function
    slope: Function
    middle: float
    average: Callable[[np.ndarray, np.ndarray], np.ndarray]
    area: Function | None = None

    def enter(self, prices: np.ndarray) -> np.ndarray:
        """Return what enters of prices: themselves, or their logarithms."""
        with np.errstate(divide="ignore"):
            return np.log(prices) if self.logarithmic else np.asarray(prices, dtype=float)


def measure_worths(distribution: Distribution, level: np.ndarray, bid: np.ndarray, largest: float) -> np.ndarray:
    """Return the four `MEASURES` as columns: n × 4 prices; NaN where acceptance does not fall with the bid.

    Parameters
    ----------
    level : n sums of the constant and the covariates.
    bid : n coefficients of the bid or of its logarithm.
    largest : the largest bid, at which the truncated means end.

    Examples
    --------
    >>> found = measure_worths(DISTRIBUTIONS["log-logistic"], np.array([4.0]), np.array([-2.0]), 10.0)[0]
    >>> found.round(3).tolist()
    [7.389, 11.607, 6.905, 10.674]
    """
    falls = bid < 0
    constant, slope = np.where(falls, level, np.nan), np.where(falls, bid, np.nan)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        middle = (distribution.middle - constant) / slope
        truncated = _truncate(distribution, constant, slope, largest)
        refused = 1 - distribution.share(constant + slope * distribution.enter(np.array(largest)))
        return np.column_stack(
            [
                np.exp(middle) if distribution.logarithmic else middle,
                distribution.average(constant, slope),
                truncated,
                truncated / refused,
            ]
        )


def _truncate(distribution: Distribution, level: np.ndarray, bid: np.ndarray, largest: float) -> np.ndarray:
    if distribution.area is not None:
        return (distribution.area(level) - distribution.area(level + bid * largest)) / -bid
    # With t = T v^k and k such that acceptance is smooth in v at 0, Gauss-Legendre nodes are enough.
    power = np.maximum(1.0, _SMOOTH / -bid)[:, None]
    place = (_PLACES + 1) / 2
    accepted = distribution.share(level[:, None] + bid[:, None] * (math.log(largest) + power * np.log(place)))
    return largest * ((accepted * power * place ** (power - 1)) @ _PLACE_WEIGHTS) / 2


def _log_between_logistic(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """F(u) - F(v) = F(u) (1 - F(v)) (1 - exp(v - u)): no difference of nearly equal numbers."""
    return special.log_expit(upper) + special.log_expit(-lower) + np.log(-np.expm1(lower - upper))


def _log_between_normal(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    right = lower > 0  # in the right tail the mirror image, whose shares are small and therefore exact
    high = special.log_ndtr(np.where(right, -lower, upper))
    low = special.log_ndtr(np.where(right, -upper, lower))
    return high + np.log(-np.expm1(low - high))


def _log_between_weibull(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    hazard = np.exp(-upper)
    return np.log(-np.expm1(hazard - np.exp(-lower))) - hazard


def _average_log_logistic(level: np.ndarray, bid: np.ndarray) -> np.ndarray:
    shape = np.where(bid < -1, -bid, np.nan)
    finite = np.exp(-level / bid) * (math.pi / shape) / np.sin(math.pi / shape)
    return np.where(bid >= -1, math.inf, finite)


def _area_logistic(level: np.ndarray) -> np.ndarray:
    return -special.log_expit(-level)


def _area_normal(level: np.ndarray) -> np.ndarray:
    return level * special.ndtr(level) + np.exp(_log_density_normal(level))


def _log_density_normal(level: np.ndarray) -> np.ndarray:
    return -0.5 * level**2 - 0.5 * math.log(2 * math.pi)


def _logistic(
    name: str, average: Callable[[np.ndarray, np.ndarray], np.ndarray], area: Function | None
) -> Distribution:
    return Distribution(
        name=name,
        logarithmic=area is None,
        share=special.expit,
        log_between=_log_between_logistic,
        log_density=lambda level: special.log_expit(level) + special.log_expit(-level),
        slope=lambda level: -np.tanh(level / 2),
        middle=0.0,
        average=average,
        area=area,
    )


def _normal(name: str, average: Callable[[np.ndarray, np.ndarray], np.ndarray], area: Function | None) -> Distribution:
    return Distribution(
        name=name,
        logarithmic=area is None,
        share=special.ndtr,
        log_between=_log_between_normal,
        log_density=_log_density_normal,
        slope=lambda level: -level,
        middle=0.0,
        average=average,
        area=area,
    )


_WEIBULL = Distribution(
    name="weibull",
    logarithmic=True,
    share=lambda level: np.exp(-np.exp(-level)),
    log_between=_log_between_weibull,
    log_density=lambda level: -level - np.exp(-level),
    slope=lambda level: np.expm1(-level),
    middle=-math.log(math.log(2)),
    average=lambda level, bid: np.exp(-level / bid + special.gammaln(1 - 1 / bid)),
)

DISTRIBUTIONS: Mapping[str, Distribution] = MappingProxyType(
    {
        "log-logistic": _logistic("log-logistic", _average_log_logistic, None),
        "log-normal": _normal("log-normal", lambda level, bid: np.exp(-level / bid + 0.5 / bid**2), None),
        "logistic": _logistic("logistic", lambda level, bid: _area_logistic(level) / -bid, _area_logistic),
        "normal": _normal("normal", lambda level, bid: _area_normal(level) / -bid, _area_normal),
        "weibull": _WEIBULL,
    }
)
