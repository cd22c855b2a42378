"""Parameters of the latent class logit: shares and weights of the classes, and how well they are known together.

Errors are robust and clustered by person, as in the conditional logit: inverse information × sum of outer products of
people's scores × inverse information, times N / (N - 1). The information is that of the observed choices, so that it
contains the doubt about who belongs where, and the shares are estimated along with the weights.

Source: White (1982), "Maximum likelihood estimation of misspecified models", Econometrica 50; Louis (1982), JRSS B 44.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, special

from cvlab.analyses.common import draw_normal
from cvlab.analyses.willingness_to_pay.choosing.class_starts import ClassFit
from cvlab.analyses.willingness_to_pay.choosing.class_steps import RIDGE, Panel, differentiate, score_people
from cvlab.analyses.willingness_to_pay.choosing.fit import Fit

_NOTICEABLE = 0.1  # standard errors by which the ridge may move a weight before it is said
_SMALLEST = 1e-9


@dataclass(frozen=True, eq=False, kw_only=True)
class ClassParameters:
    """Shares and weights of the classes, in the columns' own units.

    Attributes
    ----------
    log_shares : k log shares.
    weights : k × columns.
    covariance : of the k - 1 log shares against the first class, then of the weights class by class.
    """

    log_shares: np.ndarray
    weights: np.ndarray
    covariance: np.ndarray

    @property
    def n_classes(self) -> int:
        """How many classes."""
        return len(self.log_shares)

    @property
    def shares(self) -> np.ndarray:
        """Share of people in each class."""
        return np.exp(self.log_shares)

    def covariance_of(self, each: int) -> np.ndarray:
        """Return the covariance of the weights of one class."""
        k, size = self.weights.shape
        block = slice(k - 1 + each * size, k - 1 + (each + 1) * size)
        return self.covariance[block, block]

    def share_errors(self) -> np.ndarray:
        """Return the standard error of each share, by the delta method."""
        k = self.n_classes
        share = self.shares
        gradient = (np.diag(share) - np.outer(share, share))[:, 1:]
        return np.sqrt(np.einsum("ij,jk,ik->i", gradient, self.covariance[: k - 1, : k - 1], gradient))

    def draw(self, n_draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw shares (n_draws × k) and weights (n_draws × k × columns) from their joint normal distribution."""
        k, size = self.weights.shape
        mean = np.concatenate([self.log_shares[1:] - self.log_shares[0], self.weights.ravel()])
        drawn = draw_normal(mean, self.covariance, n_draws=n_draws, seed=seed)
        logits = np.concatenate([np.zeros((n_draws, 1)), drawn[:, : k - 1]], axis=1)
        return special.softmax(logits, axis=1), drawn[:, k - 1 :].reshape(n_draws, k, size)


def take_one(fit: Fit) -> ClassParameters:
    """Return the parameters of a single class: a conditional logit."""
    return ClassParameters(log_shares=np.zeros(1), weights=fit.estimates[None], covariance=fit.covariance)


def take_several(fit: ClassFit, panel: Panel, scale: np.ndarray) -> ClassParameters:
    """Return the parameters of several classes with their covariance, in the columns' own units."""
    _, complete, missing = differentiate(panel, fit.state, fit.known)
    inverse = _invert(complete[0] - missing[0])
    scores = score_people(fit.state, fit.known)[0] * panel.weights
    asked = int((np.diff(panel.first) > 0).sum())
    covariance = inverse @ (scores @ scores.T) @ inverse * asked / (asked - 1)
    k = len(fit.state.logits[0])
    units = np.concatenate([np.ones(k - 1), np.tile(scale, k)])
    return ClassParameters(
        log_shares=fit.state.logits[0],
        weights=fit.state.weights[0] / scale,
        covariance=covariance / np.outer(units, units),
    )


def find_separated(fit: ClassFit) -> list[tuple[int, np.ndarray]]:
    """Return classes in which the ridge moves a weight noticeably, against its standard error, and which weights."""
    found = []
    for each, (information, weights) in enumerate(zip(fit.known.information[0], fit.state.weights[0], strict=True)):
        inverse = _invert(information + RIDGE * np.eye(len(weights)))
        moved = np.abs(RIDGE * inverse @ weights) > _NOTICEABLE * np.sqrt(np.diag(inverse))
        if moved.any():
            found.append((each, moved))
    return found


def _invert(information: np.ndarray) -> np.ndarray:
    """Invert; a direction that is flat or bent upwards, away from a top, is held by the smallest curvature."""
    sizes, directions = linalg.eigh(information)
    return (directions / np.maximum(sizes, _SMALLEST * sizes[-1])) @ directions.T
