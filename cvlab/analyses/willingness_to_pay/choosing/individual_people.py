"""The step for people: new tastes for everybody, given the population they come from.

A person's log-likelihood is close to a parabola around the tastes that the person's own choices and the population
allow. With the parabola (the surrogate) in its place, and the population normal, everybody's tastes are normal:

    precision = Sigma^-1 + H_i        mean = precision^-1 (Sigma^-1 mu + h_i)

H_i is a person's information and h_i = slope + H_i · tastes, both averaged over the draws of the warm-up; that average
is the parabola for which the rest, log-likelihood minus surrogate, has no slope on average. Tastes move by Hamiltonian
dynamics in which the normal part is solved exactly (a turn by an angle) and only the rest acts as a force: one gradient
per move, large moves, nearly all accepted. The acceptance step makes it exact whatever the surrogate is worth.

Source: Shahbaba, Lan, Johnson & Neal (2014), "Split Hamiltonian Monte Carlo", Statistics and Computing 24, section 3.1;
curvature of each person's own likelihood in the proposal: Rossi, Allenby & McCulloch (2005), Bayesian Statistics and
Marketing, chapter 5; averaged curvature: Opper & Archambeau (2009), "The variational Gaussian approximation revisited",
Neural Computation 21.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cvlab.analyses.willingness_to_pay.choosing.individual_likelihood import (
    Panel,
    measure_information,
    measure_slopes,
)

ANGLES = (0.9, math.pi / 2)  # of the turn; a quarter of a circle would forget the present tastes if all were normal


@dataclass(frozen=True, eq=False, kw_only=True)
class Surrogate:
    """Parabolas in place of people's log-likelihoods: `linear` people × columns, `curvature` people × columns²."""

    linear: np.ndarray
    curvature: np.ndarray

    def blend(self, other: Surrogate, weight: float) -> Surrogate:
        """Return the average with `other`, which gets `weight` (0 to 1)."""
        return Surrogate(
            linear=(1 - weight) * self.linear + weight * other.linear,
            curvature=(1 - weight) * self.curvature + weight * other.curvature,
        )

    def subtract(self, people: People) -> np.ndarray:
        """Return log-likelihood minus surrogate, people × chains."""
        turned = people.tastes.transpose(1, 0, 2)
        parabola = ((self.linear[:, :, None] - 0.5 * (self.curvature @ turned)) * turned).sum(axis=1)
        return np.asarray(people.value - parabola)

    def subtract_slopes(self, people: People) -> np.ndarray:
        """Return the slopes of log-likelihood minus surrogate, columns × people × chains."""
        own = self.linear[:, :, None] - self.curvature @ people.tastes.transpose(1, 0, 2)
        return np.asarray(people.slopes - own.transpose(1, 0, 2))


def measure_surrogate(panel: Panel, tastes: np.ndarray) -> Surrogate:
    """Return the parabolas that touch the log-likelihoods at the present tastes, averaged over the chains."""
    _, slopes, probabilities = measure_slopes(panel, tastes)
    n_chains = tastes.shape[2]
    curvature = np.zeros((panel.n_people, panel.n_columns, panel.n_columns))
    linear = np.zeros((panel.n_people, panel.n_columns))
    for chain in range(n_chains):
        information = measure_information(panel, probabilities[:, :, chain], tastes[:, :, chain])
        curvature += information / n_chains
        linear += (slopes[:, :, chain].T + np.einsum("nkl,ln->nk", information, tastes[:, :, chain])) / n_chains
    return Surrogate(linear=linear, curvature=curvature)


@dataclass(frozen=True, eq=False, kw_only=True)
class Conditional:
    """Normal distributions of everybody's tastes given the population: precision = root · root'.

    `root` is columns × columns × people × chains, lower triangular; `centre` is root⁻¹ · (precision · mean).
    """

    root: np.ndarray
    centre: np.ndarray

    def standardise(self, tastes: np.ndarray) -> np.ndarray:
        """Return root' · (tastes - mean): standard normal, if the surrogate were the likelihood."""
        return np.asarray(_multiply_turned(self.root, tastes) - self.centre)

    def restore(self, scores: np.ndarray) -> np.ndarray:
        """Return the tastes of standardised ones."""
        return _solve_turned(self.root, scores + self.centre)


def condition_people(surrogate: Surrogate, means: np.ndarray, precision: np.ndarray) -> Conditional:
    """Return everybody's normal distribution given chains × columns of means and chains × columns² of precisions."""
    root = _factor(surrogate.curvature.transpose(1, 2, 0)[..., None] + precision.transpose(1, 2, 0)[:, :, None, :])
    drawn_to = np.einsum("ckl,cl->kc", precision, means)
    return Conditional(root=root, centre=_solve(root, surrogate.linear.T[:, :, None] + drawn_to[:, None, :]))


@dataclass(frozen=True, eq=False, kw_only=True)
class People:
    """Tastes (columns × people × chains), log-likelihood there (people × chains), and its gradient by the tastes."""

    tastes: np.ndarray
    value: np.ndarray
    slopes: np.ndarray

    def take_where(self, accepted: np.ndarray, other: People) -> People:
        """Return `other` where it was accepted (people × chains, or chains), this elsewhere."""
        return People(
            tastes=np.where(accepted, other.tastes, self.tastes),
            value=np.where(accepted, other.value, self.value),
            slopes=np.where(accepted, other.slopes, self.slopes),
        )


def look_at(panel: Panel, tastes: np.ndarray) -> People:
    """Return people with these tastes."""
    value, slopes, _ = measure_slopes(panel, tastes)
    return People(tastes=tastes, value=value, slopes=slopes)


def move_people(
    random: np.random.Generator, panel: Panel, surrogate: Surrogate, conditional: Conditional, people: People
) -> tuple[People, np.ndarray]:
    """Return people with new tastes, and who moved (people × chains)."""
    scores = conditional.standardise(people.tastes)
    angle = random.uniform(*ANGLES, size=people.value.shape)
    cosine, sine = np.cos(angle), np.sin(angle)
    speed = random.standard_normal(scores.shape)
    energy = surrogate.subtract(people) - 0.5 * ((speed**2).sum(axis=0) + (scores**2).sum(axis=0))
    speed += 0.5 * angle * _solve(conditional.root, surrogate.subtract_slopes(people))
    turned = cosine * scores + sine * speed
    speed = cosine * speed - sine * scores
    new = look_at(panel, conditional.restore(turned))
    speed += 0.5 * angle * _solve(conditional.root, surrogate.subtract_slopes(new))
    new_energy = surrogate.subtract(new) - 0.5 * ((speed**2).sum(axis=0) + (turned**2).sum(axis=0))
    accepted = np.log(random.random(energy.shape)) < new_energy - energy
    return people.take_where(accepted, new), accepted


# Factors of many small matrices at once: columns stand first, so that each step is a long vector operation.


def _factor(matrices: np.ndarray) -> np.ndarray:
    """Cholesky factors along the first two axes."""
    root = np.zeros_like(matrices)
    for column in range(len(matrices)):
        rest = matrices[column:, column]
        if column:
            rest = rest - np.einsum("ik...,k...->i...", root[column:, :column], root[column, :column])
        root[column, column] = np.sqrt(rest[0])
        root[column + 1 :, column] = rest[1:] / root[column, column]
    return root


def _solve(root: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve root · x = right."""
    x = right.copy()
    for column in range(len(x)):
        x[column] /= root[column, column]
        x[column + 1 :] -= root[column + 1 :, column] * x[column]
    return x


def _solve_turned(root: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve root' · x = right."""
    x = right.copy()
    for column in reversed(range(len(x))):
        x[column] /= root[column, column]
        x[:column] -= root[column, :column] * x[column]
    return x


def _multiply_turned(root: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return root' · x."""
    return np.stack([(root[column:, column] * x[column:]).sum(axis=0) for column in range(len(x))])
