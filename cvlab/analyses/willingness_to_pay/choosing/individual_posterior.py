"""From draws of people's tastes to numbers about people and about all of them together.

    willingness to pay of a person in a draw = -c_attribute / c_price            [money per unit of the attribute]

A number about all people (a mean, a share, demand at a price) is computed anew in each draw, with people drawn anew
too: the bootstrap adds that other people could have been asked to what the choices leave open about each of them. For
the mean of a normal population the two together give the posterior of its mean. Survey weights multiply people here;
they had no part in the draws.

Source: Rossi, Allenby & McCulloch (2005), Bayesian Statistics and Marketing, chapter 5 (functions of individual draws);
Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 6.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from cvlab.analyses.common import bootstrap_people

N_BOOT = 1000  # draws of a number about all people


@dataclass(frozen=True, eq=False, kw_only=True)
class Posterior:
    """Draws of everybody's coefficients.

    Attributes
    ----------
    coefficients : draws × people × columns of the coding, in the units of the tasks.
    price : column of the price.
    respondents : ids of the people.
    weights : of the people.
    """

    coefficients: np.ndarray
    price: int
    respondents: pd.Index
    weights: np.ndarray

    @property
    def n_draws(self) -> int:
        """How many draws each person has."""
        return len(self.coefficients)

    def worth(self) -> np.ndarray:
        """Return draws × people × columns other than the price: willingness to pay."""
        others = np.delete(self.coefficients, self.price, axis=2)
        return np.asarray(-others / self.coefficients[:, :, [self.price]])

    def take(self, people: np.ndarray) -> Posterior:
        """Return the draws of some of the people."""
        return Posterior(
            coefficients=self.coefficients[:, people],
            price=self.price,
            respondents=self.respondents[people],
            weights=self.weights[people],
        )

    def average(
        self, values: np.ndarray, *, seed: int, n_boot: int = N_BOOT, of: str = "mean"
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return mean or median over people of draws × people × numbers: over all draws, and n_boot draws of it.

        Examples
        --------
        >>> posterior = Posterior(coefficients=np.full((2, 3, 1), -1.0), price=0, respondents=pd.Index([1, 2, 3]),
        ...                       weights=np.array([1.0, 1.0, 2.0]))
        >>> estimate, draws = posterior.average(np.array([[[1.0], [2.0], [4.0]]] * 2), seed=0, n_boot=50)
        >>> estimate.tolist(), draws.shape
        ([2.75], (50, 1))
        >>> posterior.average(np.array([[[1.0], [2.0], [4.0]]] * 2), seed=0, n_boot=50, of="median")[0].tolist()
        [2.0]
        """
        summarise = _mean if of == "mean" else _median
        counts = bootstrap_people(self.respondents, n_boot=n_boot, seed=seed) * self.weights
        which = np.arange(n_boot) % len(values)
        draws = np.empty((n_boot, values.shape[2]))
        for number, value in enumerate(values[:n_boot]):
            draws[which == number] = summarise(value, counts[which == number])
        return np.mean([summarise(value, self.weights[None, :])[0] for value in values], axis=0), draws

    def choose(self, columns: np.ndarray) -> np.ndarray:
        """Return draws × people × offers: how likely each person is to choose each of the offers × columns."""
        return np.asarray(special.softmax(self.coefficients @ columns.T, axis=2))

    def demand(self, columns: np.ndarray, position: int) -> np.ndarray:
        """Return draws × people × prices: how likely each person is to choose the offer at `position`.

        `columns` are prices × offers × columns; only the price of that offer differs between the prices.
        """
        utility = self.coefficients @ columns[0].T
        rivals = special.logsumexp(np.delete(utility, position, axis=2), axis=2)
        steps = columns[:, position, self.price] - columns[0, position, self.price]
        advantage = (utility[:, :, position] - rivals)[..., None]
        return np.asarray(special.expit(advantage + self.coefficients[:, :, [self.price]] * steps))


def thin(draws: np.ndarray, most: int) -> np.ndarray:
    """Return at most `most` of the draws, evenly spaced."""
    if len(draws) <= most:
        return draws
    return draws[np.linspace(0, len(draws) - 1, most).round().astype(int)]


Summary = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return samples × numbers from people × numbers and samples × people of weights."""
    return np.asarray((weights @ values) / weights.sum(axis=1, keepdims=True))


def _median(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """As `_mean`: the smallest value at which half of the weight is reached."""
    found = np.empty((len(weights), values.shape[1]))
    for number in range(values.shape[1]):
        order = np.argsort(values[:, number], kind="stable")
        reached = np.cumsum(weights[:, order], axis=1)
        first = (reached >= 0.5 * reached[:, [-1]]).argmax(axis=1)
        found[:, number] = values[order[first], number]
    return found
