"""Steps of the latent class model: expectation, maximisation, and the lengthened step that saves most of them.

All densities are exponential families, so that the log-densities of all rows, classes and starts are one matrix product
of the rows' statistics (x, x², known or not) with the classes' coefficients, and all sums of the M-step are another.
Two steps of EM, from a to b to c, give a longer one,

    a + 2 · s · (b - a) + s² · (c - 2b + a)      with  s = |b - a| / |c - 2b + a|,

which is taken back to c where it lowered the likelihood.

Source: Dempster, Laird & Rubin (1977), JRSS B 39; Varadhan & Roland (2008), "Simple and globally convergent methods for
accelerating the convergence of any EM algorithm", Scandinavian Journal of Statistics 35, scheme S3.
Assumes rows with weights above 0 where parameters are estimated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import logit, logsumexp

from cvlab.errors import DataError

SMALLEST_VARIANCE = 1e-3
SMALLEST_CHANCE = 1e-10
_MOST_CYCLES = 2000
_LONGEST_STEP = 1e3
_FARTHEST_LOG = 50.0


@dataclass(frozen=True, eq=False, kw_only=True)
class LatentClassModel:
    """The columns' densities, and how their values are moved and scaled before anything is computed.

    Attributes
    ----------
    names : the columns, for messages.
    two_valued, measured : which columns are Bernoulli and which normal; the others are levels of categories.
    categories : positions of the levels of each category.
    origin, unit : what is taken off each column, and what it is divided by (0/1 and levels stay as they are).
    """

    names: tuple[str, ...]
    two_valued: np.ndarray
    measured: np.ndarray
    categories: tuple[np.ndarray, ...]
    origin: np.ndarray
    unit: np.ndarray

    @property
    def n_parameters_per_class(self) -> int:
        """Free parameters of one class, its share not counted."""
        free = sum(len(levels) - 1 for levels in self.categories)
        return int(self.two_valued.sum() + 2 * self.measured.sum()) + free

    def standardise(self, rows: np.ndarray) -> np.ndarray:
        """Return rows in the model's units.

        Raises
        ------
        DataError : a two-valued column holds a third value.
        """
        standard = (rows - self.origin) / self.unit
        pairs = standard[:, self.two_valued]
        strange = ~(np.isnan(pairs) | (pairs == 0) | (pairs == 1)).all(axis=0)
        if strange.any():
            position = np.flatnonzero(self.two_valued)[strange][0]
            low, high = self.origin[position], self.origin[position] + self.unit[position]
            raise DataError(
                f"features: {self.names[position]} has values other than {low:g} and {high:g}, as the clusters know "
                "it. Correct them, or find the clusters anew"
            )
        return standard


class Statistics:
    """What the densities need of the rows: x, x² of measured columns, and which columns are known, side by side."""

    def __init__(self, model: LatentClassModel, rows: np.ndarray) -> None:
        standard = model.standardise(rows)
        self.model = model
        self.known = ~np.isnan(standard)
        self.x = np.where(self.known, standard, 0.0)
        # Columns that are missing for the same people share one column of "known"; often there is a single one.
        masks, self.mask_of = np.unique(self.known, axis=1, return_inverse=True)
        self.mask_of = self.mask_of.reshape(-1)
        self.spread_masks = np.eye(masks.shape[1])[self.mask_of]
        self.design = np.ascontiguousarray(np.hstack([self.x, self.x[:, model.measured] ** 2, masks]))


def expect(
    statistics: Statistics, parameters: np.ndarray, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the log-likelihood of each start and classes × starts × rows chances (times weight, where given)."""
    model = statistics.model
    width = len(model.names)
    centre, log_variance, log_share = parameters[..., :width], parameters[..., width:-1], parameters[..., -1]
    precision = np.exp(-log_variance)
    mean = centre[..., model.measured]
    linear, constant = centre.copy(), np.zeros_like(centre)
    linear[..., model.measured] = mean * precision
    constant[..., model.measured] = -0.5 * (mean**2 * precision + log_variance + math.log(2 * math.pi))
    constant[..., model.two_valued] = -np.logaddexp(0, centre[..., model.two_valued])
    coefficients = np.concatenate([linear, -0.5 * precision, constant @ statistics.spread_masks], axis=-1)
    flat = coefficients.reshape(-1, coefficients.shape[-1]) @ statistics.design.T
    joint = flat.reshape(*parameters.shape[:2], -1)
    joint += log_share[..., None]
    top = joint.max(axis=0)
    joint -= top
    np.exp(joint, out=joint)
    total = joint.sum(axis=0)
    each = np.log(total) + top
    if weights is None:
        joint /= total
        return each.sum(axis=1), joint
    joint *= weights / total
    return each @ weights, joint


def maximise(statistics: Statistics, chances: np.ndarray) -> np.ndarray:
    """Return the parameters that fit best where each row belongs to the classes with these weighted chances."""
    model = statistics.model
    width, n_measured = len(model.names), int(model.measured.sum())
    k, starts, n = chances.shape
    sums = (chances.reshape(-1, n) @ statistics.design).reshape(k, starts, -1)
    mass = np.maximum(sums[..., width + n_measured :][..., statistics.mask_of], np.finfo(float).tiny)
    mean = sums[..., :width] / mass
    spread = sums[..., width : width + n_measured] / mass[..., model.measured] - mean[..., model.measured] ** 2
    share = np.maximum(chances.sum(axis=2), np.finfo(float).tiny)
    centre = np.log(np.maximum(mean, SMALLEST_CHANCE))
    centre[..., model.two_valued] = logit(np.clip(mean[..., model.two_valued], SMALLEST_CHANCE, 1 - SMALLEST_CHANCE))
    centre[..., model.measured] = mean[..., model.measured]
    log_variance = np.log(np.maximum(spread, SMALLEST_VARIANCE))
    return np.concatenate([centre, log_variance, np.log(share / share.sum(axis=0))[..., None]], axis=-1)


def repair(model: LatentClassModel, parameters: np.ndarray) -> np.ndarray:
    """Bring lengthened steps back to where parameters may be: chances that sum to 1, variances above their floor."""
    width = len(model.names)
    farthest = float(logit(1 - SMALLEST_CHANCE))
    # Beyond these bounds nothing changes but the risk of overflow.
    parameters[..., :width][..., ~model.measured] = np.clip(
        parameters[..., :width][..., ~model.measured], -farthest, farthest
    )
    for levels in model.categories:
        logs = parameters[..., levels]
        parameters[..., levels] = logs - logsumexp(logs, axis=-1, keepdims=True)
    parameters[..., width:-1] = np.clip(parameters[..., width:-1], math.log(SMALLEST_VARIANCE), _FARTHEST_LOG)
    logs = np.clip(parameters[..., -1], -700, 0)
    parameters[..., -1] = logs - logsumexp(logs, axis=0)
    return parameters


def climb(
    statistics: Statistics, weights: np.ndarray, parameters: np.ndarray, *, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Run all starts uphill until a cycle of two steps and a lengthened one gains less than `tolerance` per row."""
    parameters = parameters.copy()
    reached = np.full(parameters.shape[1], -np.inf)
    going = np.arange(parameters.shape[1])
    enough = tolerance * max(float(weights.sum()), 1.0)
    current = parameters
    value, chances = expect(statistics, current, weights)
    for _ in range(_MOST_CYCLES):
        first = maximise(statistics, chances)
        middle, chances = expect(statistics, first, weights)
        second = maximise(statistics, chances)
        step, bend = first - current, second - 2 * first + current
        length = np.sqrt((step**2).sum(axis=(0, 2)) / np.maximum((bend**2).sum(axis=(0, 2)), 1e-300))
        length = np.clip(length, 1.0, _LONGEST_STEP)[:, None]
        far = repair(statistics.model, current + 2 * length * step + length**2 * bend)
        ahead, chances = expect(statistics, far, weights)
        lost = ~(ahead >= middle)
        if lost.any():
            far[:, lost] = second[:, lost]
            ahead[lost], chances[:, lost] = expect(statistics, second[:, lost], weights)
        parameters[:, going], reached[going] = far, ahead
        moving = ahead - value > enough
        if not moving.any():
            break
        going, current, value, chances = going[moving], far[:, moving], ahead[moving], chances[:, moving]
    return parameters, reached
