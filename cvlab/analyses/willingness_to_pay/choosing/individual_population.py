"""The step for the population: new means and a new covariance of tastes, in two ways that help each other.

    tastes_i ~ normal(mu, Sigma)
    mu_k ~ normal(0, means_k²)
    Sigma ~ inverse Wishart(K + 3, 6 · diag(spreads²))

in units of standardised columns; a variance is then most likely spreads_k² before anything is known, and has a long
tail to larger ones, for any number K of columns.

Given everybody's tastes, mu and Sigma are drawn from their known distributions ("centred"). That moves little where a
person's choices say little, because tastes then follow the population of the draw before. So mu and the Cholesky
factor L of Sigma also move with everybody's place in the population, L⁻¹ (tastes - mu), held fixed ("non-centred"):
people's tastes are carried along, and the choices of all people say how good that is. These moves are Hamiltonian, a
few leaps along the gradient, in coordinates scaled by the information of all choices; L's diagonal enters as its
logarithm. L stands in a frame of its own, in which what choices say most about comes first: what they hardly speak of
comes last, and can then follow the rest in any way without a change to the rest.

Source: the model and the centred step, Train (2009), Discrete Choice Methods with Simulation, chapter 12.5, and Rossi,
Allenby & McCulloch (2005), Bayesian Statistics and Marketing, chapter 5 (with K + 3 degrees of freedom as there);
the two in turn, Yu & Meng (2011), "To center or not to center: that is not the question", Journal of Computational and
Graphical Statistics 20; the moves, Neal (2011), "MCMC using Hamiltonian dynamics", Handbook of Markov Chain Monte
Carlo, chapter 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from cvlab.analyses.willingness_to_pay.choosing.individual_likelihood import Panel
from cvlab.analyses.willingness_to_pay.choosing.individual_people import People, look_at

FREEDOM = 3  # degrees of freedom of the prior of the covariance, beyond the number of columns
LEAPS = (2, 6)  # fewest leaps of a move, and one more than the most
_HIGHEST_LOG = 12.0  # of the diagonal of a root
_LEAST_INFORMATION = 1e-3


@dataclass(frozen=True, eq=False, kw_only=True)
class Prior:
    """Inverse covariance of the means, and scale matrix of the inverse Wishart distribution; columns²."""

    precision: np.ndarray
    scale: np.ndarray

    def turn(self, frame: Frame) -> Prior:
        """Return the same in the coordinates of a frame."""
        return Prior(
            precision=frame.backward.T @ self.precision @ frame.backward,
            scale=frame.forward @ self.scale @ frame.forward.T,
        )


def make_prior(means: np.ndarray, spreads: np.ndarray) -> Prior:
    """Return the prior with these standard deviations of the means and likeliest spreads, per column."""
    return Prior(precision=np.diag(means**-2.0), scale=np.diag((FREEDOM + 3) * spreads**2))


@dataclass(frozen=True, eq=False, kw_only=True)
class Frame:
    """Other coordinates for tastes: new = forward · old, old = backward · new; columns²."""

    forward: np.ndarray
    backward: np.ndarray


def find_frame(population: Population, curvature: np.ndarray) -> Frame:
    """Return coordinates in which the population is round, and what choices say most about comes first.

    `curvature` is each person's information about the tastes, people × columns².
    """
    root = np.linalg.cholesky(population.covariance.mean(axis=0))
    _, directions = np.linalg.eigh(root.T @ curvature.mean(axis=0) @ root)
    turned = directions[:, ::-1]
    return Frame(forward=turned.T @ np.linalg.inv(root), backward=root @ turned)


@dataclass(frozen=True, eq=False, kw_only=True)
class Population:
    """Means (chains × columns), and the covariance's Cholesky root and inverse (chains × columns × columns)."""

    means: np.ndarray
    root: np.ndarray
    precision: np.ndarray

    @property
    def spreads(self) -> np.ndarray:
        """Standard deviations of the tastes, chains × columns."""
        return np.sqrt((self.root**2).sum(axis=2))

    @property
    def covariance(self) -> np.ndarray:
        """Covariance of the tastes, chains × columns × columns."""
        return np.asarray(self.root @ self.root.transpose(0, 2, 1))

    def turn(self, forward: np.ndarray, backward: np.ndarray) -> Population:
        """Return the population in other coordinates: new tastes = forward · old, old = backward · new."""
        return Population(
            means=self.means @ forward.T,
            root=np.linalg.cholesky(forward @ self.covariance @ forward.T),
            precision=backward.T @ self.precision @ backward,
        )

    @property
    def diagonal(self) -> np.ndarray:
        """Diagonal of the root, chains × columns."""
        return np.einsum("ckk->ck", self.root)

    def flatten(self) -> np.ndarray:
        """Return chains × numbers: means, logarithms of the root's diagonal, and what stands below it."""
        row, column = np.tril_indices(self.means.shape[1], -1)
        return np.concatenate([self.means, np.log(self.diagonal), self.root[:, row, column]], axis=1)

    def place(self, tastes: np.ndarray) -> np.ndarray:
        """Return everybody's place, chains × columns × people, from tastes columns × people × chains."""
        return np.asarray(np.linalg.inv(self.root) @ (tastes.transpose(2, 0, 1) - self.means[:, :, None]))

    def carry(self, places: np.ndarray) -> np.ndarray:
        """Return the tastes of people at these places."""
        return np.asarray((self.means[:, :, None] + self.root @ places).transpose(1, 2, 0))

    def take_where(self, accepted: np.ndarray, other: Population) -> Population:
        """Return `other` in the chains that accepted, this elsewhere."""
        return Population(
            means=np.where(accepted[:, None], other.means, self.means),
            root=np.where(accepted[:, None, None], other.root, self.root),
            precision=np.where(accepted[:, None, None], other.precision, self.precision),
        )


def unflatten(flat: np.ndarray, n_columns: int) -> Population:
    """Return the population that `Population.flatten` wrote.

    Examples
    --------
    >>> flat = np.array([[1.0, 2.0, 0.0, 0.0, 0.5]])
    >>> population = unflatten(flat, 2)
    >>> population.root[0].tolist(), np.array_equal(population.flatten(), flat)
    ([[1.0, 0.0], [0.5, 1.0]], True)
    """
    row, column = np.tril_indices(n_columns, -1)
    diagonal = np.arange(n_columns)
    root = np.zeros((len(flat), n_columns, n_columns))
    logarithms = flat[:, n_columns : 2 * n_columns]
    root[:, diagonal, diagonal] = np.exp(np.clip(np.nan_to_num(logarithms), -_HIGHEST_LOG, _HIGHEST_LOG))
    root[:, row, column] = flat[:, 2 * n_columns :]
    inverse = np.linalg.inv(root)
    return Population(means=flat[:, :n_columns], root=root, precision=inverse.transpose(0, 2, 1) @ inverse)


def weigh_prior(prior: Prior, population: Population) -> np.ndarray:
    """Return the log density of each chain's flat numbers before anything is known about people, up to a constant."""
    n_columns = population.means.shape[1]
    of_means = -0.5 * np.einsum("ck,kl,cl->c", population.means, prior.precision, population.means)
    of_trace = -0.5 * np.einsum("ckl,kl->c", population.precision, prior.scale)
    return np.asarray(of_means + of_trace + np.log(population.diagonal) @ _count_logarithms(n_columns))


def slope_prior(prior: Prior, population: Population) -> np.ndarray:
    """Return the gradient of `weigh_prior`, chains × flat numbers."""
    n_columns = population.means.shape[1]
    inverse = np.linalg.inv(population.root)
    by_root = population.precision @ prior.scale @ inverse.transpose(0, 2, 1)
    flat = _flatten_slopes(-population.means @ prior.precision, by_root, population)
    flat[:, n_columns : 2 * n_columns] += _count_logarithms(n_columns)
    return flat


def slope_choices(slopes: np.ndarray, places: np.ndarray, population: Population) -> np.ndarray:
    """Return the gradient of all people's log-likelihood by the flat numbers, their places held fixed.

    `slopes` is the gradient by the tastes, chains × columns × people.
    """
    return _flatten_slopes(slopes.sum(axis=2), slopes @ places.transpose(0, 2, 1), population)


def measure_metric(
    prior: Prior, population: Population, tastes: np.ndarray, curvature: np.ndarray, frame: Frame
) -> np.ndarray:
    """Return the information of all choices and the prior about the flat numbers of a frame, averaged over chains.

    `curvature` is each person's information about the tastes, people × columns².
    """
    turned, prior = population.turn(frame.forward, frame.backward), prior.turn(frame)
    places = turned.place(_turn(frame.forward, tastes))
    curvature = frame.backward.T @ curvature @ frame.backward
    n_columns = turned.means.shape[1]
    row, column = np.tril_indices(n_columns, -1)
    rows = np.concatenate([np.arange(n_columns), np.arange(n_columns), row])
    added = np.concatenate([np.diag(prior.precision), np.zeros(n_columns), np.full(len(row), _LEAST_INFORMATION)])
    added[n_columns : 2 * n_columns] = 2 * (np.diag(prior.scale) / turned.diagonal**2).mean(axis=0)
    metric = np.diag(added)
    spread_out = curvature.transpose(1, 2, 0)[rows][:, rows]
    for place, diagonal in zip(places, turned.diagonal, strict=True):
        loads = np.concatenate([np.ones_like(place), place * diagonal[:, None], place[column]])
        metric += np.einsum("ai,bi,abi->ab", loads, loads, spread_out) / len(places)
    return metric


def leap(
    random: np.random.Generator,
    panel: Panel,
    prior: Prior,
    population: Population,
    people: People,
    frame: Frame,
    whiten: np.ndarray,
    step: float,
) -> tuple[Population, People, float]:
    """Move the flat numbers by Hamiltonian dynamics, everybody's place held fixed.

    Parameters
    ----------
    frame, whiten : coordinates, and the inverse Cholesky root of the metric in them.
    step : length of a leap in its coordinates.

    Returns
    -------
    the population, the people carried along with it, and the mean acceptance.
    """
    turned, turned_prior = population.turn(frame.forward, frame.backward), prior.turn(frame)
    places = turned.place(_turn(frame.forward, people.tastes))

    def measure(turned: Population, people: People) -> tuple[np.ndarray, np.ndarray]:
        density = people.value.sum(axis=0) + weigh_prior(turned_prior, turned)
        by_taste = frame.backward.T @ people.slopes.transpose(2, 0, 1)
        return density, slope_prior(turned_prior, turned) + slope_choices(by_taste, places, turned)

    n_columns = panel.n_columns
    flat = turned.flatten()
    density, slopes = measure(turned, people)
    speed = random.standard_normal(flat.shape)
    energy = density - 0.5 * (speed**2).sum(axis=1)
    length = step * random.uniform(0.7, 1.1)
    for _ in range(int(random.integers(*LEAPS))):
        with np.errstate(over="ignore", invalid="ignore"):  # a leap too far ends nowhere and is not accepted
            speed = speed + 0.5 * length * slopes @ whiten.T
            flat = flat + length * speed @ whiten
            moved = unflatten(flat, n_columns)
            carried = look_at(panel, _turn(frame.backward, moved.carry(places)))
            density, slopes = measure(moved, carried)
            speed = speed + 0.5 * length * slopes @ whiten.T
    with np.errstate(over="ignore", invalid="ignore"):
        gain = density - 0.5 * (speed**2).sum(axis=1) - energy
    gain = np.where(np.isfinite(gain), gain, -np.inf)
    accepted = np.log(random.random(len(gain))) < gain
    acceptance = float(np.exp(np.minimum(gain, 0.0)).mean())
    turned = turned.take_where(accepted, moved)
    return turned.turn(frame.backward, frame.forward), people.take_where(accepted, carried), acceptance


def draw_population(
    random: np.random.Generator, prior: Prior, population: Population, tastes: np.ndarray
) -> Population:
    """Draw means, then covariance, given everybody's tastes (columns × people × chains)."""
    n_columns, n_people, n_chains = tastes.shape
    precision = n_people * population.precision + prior.precision
    spread = np.linalg.cholesky(np.linalg.inv(precision))
    pulled = n_people * np.einsum("ckl,lc->ck", population.precision, tastes.mean(axis=1))
    centre = np.linalg.solve(precision, pulled[..., None])[..., 0]
    means = centre + np.einsum("ckl,cl->ck", spread, random.standard_normal((n_chains, n_columns)))
    apart = (tastes - means.T[:, None, :]).transpose(2, 0, 1)
    scale = apart @ apart.transpose(0, 2, 1) + prior.scale
    freedom = n_columns + FREEDOM + n_people
    # Bartlett: the inverse of an inverse Wishart matrix from independent normal and chi-square numbers.
    bartlett = np.tril(random.standard_normal((n_chains, n_columns, n_columns)), -1)
    diagonal = np.arange(n_columns)
    bartlett[:, diagonal, diagonal] = np.sqrt(random.chisquare(freedom - diagonal, size=(n_chains, n_columns)))
    factor = np.linalg.inv(np.linalg.cholesky(scale)).transpose(0, 2, 1) @ bartlett
    inverse = np.linalg.inv(factor)
    return Population(
        means=means,
        root=np.linalg.cholesky(inverse.transpose(0, 2, 1) @ inverse),
        precision=factor @ factor.transpose(0, 2, 1),
    )


def whiten_metric(metric: np.ndarray) -> np.ndarray:
    """Return the inverse of the Cholesky root of a metric."""
    root = linalg.cholesky(metric, lower=True)
    return np.asarray(linalg.solve_triangular(root, np.eye(len(metric)), lower=True))


def _turn(matrix: np.ndarray, tastes: np.ndarray) -> np.ndarray:
    """Return matrix · tastes for tastes columns × people × chains."""
    return np.asarray((matrix @ tastes.reshape(len(matrix), -1)).reshape(tastes.shape))


def _count_logarithms(n_columns: int) -> np.ndarray:
    """How often each logarithm of the diagonal counts: in the determinant, and in the change to flat numbers."""
    return np.asarray(n_columns + 1 - np.arange(n_columns) - (2 * n_columns + FREEDOM + 1), dtype=float)


def _flatten_slopes(by_means: np.ndarray, by_root: np.ndarray, population: Population) -> np.ndarray:
    row, column = np.tril_indices(by_means.shape[1], -1)
    by_diagonal = np.einsum("ckk->ck", by_root) * population.diagonal
    return np.concatenate([by_means, by_diagonal, by_root[:, row, column]], axis=1)
