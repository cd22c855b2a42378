"""Pooled models: which coefficients does one model of everybody together converge to?

    logit           P(picked) = exp(b'x) / sum over alternatives of exp(b'x);    Newton's method
    log-logistic    P(yes at a bid) = 1 / (1 + exp(-(a + c · log bid)));         median = exp(-a / c)   [money]

People differ, and neither model knows it: where there are enough people, the estimates are what maximises the expected
log likelihood, a value of its own and no mean over people.

Source: McFadden (1974); Hanemann, Loomis & Kanninen (1991); White (1982), "Maximum likelihood estimation of
misspecified models", Econometrica 50 (the pseudo-true value).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from cvlab.tables.synthetic.bids import BidQuestion

_CHOICES_AT_ONCE = 50_000


def fit_pooled_logit(*parts: tuple[np.ndarray, np.ndarray], tolerance: float = 1e-9) -> np.ndarray:
    """Return the coefficients of a conditional logit.

    Parameters
    ----------
    parts : choices × alternatives × columns, and the number of the alternative picked in each; several of them where
        the choices do not all have as many alternatives.

    Examples
    --------
    >>> matrix = np.array([[[0.0], [1.0]]] * 4)
    >>> fit_pooled_logit((matrix, np.array([0, 1, 1, 1]))).round(6).tolist()  # log(3 / 1)
    [1.098612]
    """
    estimates = np.zeros(parts[0][0].shape[2])
    for _ in range(100):
        gradient, information = np.zeros_like(estimates), np.zeros((len(estimates),) * 2)
        for matrix, picks in parts:
            for first in range(0, len(matrix), _CHOICES_AT_ONCE):
                rows, picked = matrix[first : first + _CHOICES_AT_ONCE], picks[first : first + _CHOICES_AT_ONCE]
                utility = rows @ estimates
                chance = np.exp(utility - utility.max(axis=1, keepdims=True))
                chance /= chance.sum(axis=1, keepdims=True)
                mean = np.einsum("ta,tak->tk", chance, rows)
                centred = rows - mean[:, None, :]
                gradient += centred[np.arange(len(picked)), picked].sum(axis=0)
                flat = centred.reshape(-1, len(estimates))
                information += (flat * chance.reshape(-1, 1)).T @ flat
        step = np.linalg.solve(information, gradient)
        estimates = estimates + step
        if np.abs(step).max() < tolerance:
            break
    return estimates


def fit_log_logistic(worth: np.ndarray, question: BidQuestion) -> tuple[float, float]:
    """Return intercept and slope in log bid of the log-logistic model, were everybody asked at every first bid.

    Parameters
    ----------
    worth : what the product is worth to each person, as stated; money.

    Examples
    --------
    >>> ranks = (np.arange(10_000) + 0.5) / 10_000
    >>> worth = 30 * (ranks / (1 - ranks)) ** (1 / 2)  # log-logistic with median 30 and slope -2
    >>> intercept, slope = fit_log_logistic(worth, BidQuestion(bids=(20.0, 40.0), downs=(10.0, 20.0), ups=(40.0, 80.0)))
    >>> round(slope, 2), round(float(np.exp(-intercept / slope)), 1)
    (-2.0, 30.0)
    """
    ordered = np.sort(worth)
    # Bounds between which a person's worth was found, from all to none of the people: the highest bid comes last.
    bounds = np.array([question.downs, question.bids, question.ups] if question.double else [question.bids])
    above = 1 - np.searchsorted(ordered, bounds, side="left") / len(ordered)
    shares = -np.diff(above, axis=0, prepend=1.0, append=0.0)
    logs = np.log(bounds)

    def loss(parameters: np.ndarray) -> float:
        yes = expit(parameters[0] + parameters[1] * (logs - logs.mean()))
        expected = -np.diff(yes, axis=0, prepend=1.0, append=0.0)
        return -float((shares * np.log(np.maximum(expected, 1e-300))).sum())

    found = minimize(loss, np.array([0.0, -2.0]), method="BFGS", options={"gtol": 1e-8})
    slope = float(found.x[1])
    return float(found.x[0]) - slope * float(logs.mean()), slope
