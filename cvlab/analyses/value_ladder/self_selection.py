"""Self-selection: which rung of a ladder each person takes, and how sure we are of what all of them do.

    surplus of rung r to a person   s_r = value_r - price_r                          [money per unit]
    largest surplus                 the person takes the r with the largest s_r, if s_r >= outside
    logit                           P(r) = exp(s_r / scale) / (exp(outside / scale) + sum over k of exp(s_k / scale))

A person is several weighted rows, one per posterior draw of the values. Person means are never formed: they shrink the
differences between people, promise too much and underprice. Whoever is indifferent (to a billionth of the largest
amount) takes what earns the seller more; a rung sold at cost counts as a sale, one sold below cost does not.

Intervals come from a bootstrap over people, not rows: the rows of one person are not independent. A bootstrap sample
is a row of counts, so all samples are one matrix product over sums per person.

Source: self-selection, Mussa & Rosen (1978), "Monopoly and product quality", Journal of Economic Theory 18; the
surplus under logit is the log-sum, Small & Rosen (1981), "Applied welfare economics with discrete choice models",
Econometrica 49, which is the same whatever a person turns out to take.
Assumes that a person buys at most one rung, and that the value of a rung does not depend on its price.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from cvlab.analyses.common import bootstrap_people

NOBODY = "none"
EVERYBODY = "everybody"
INDIFFERENT = 1e-9

Groups = tuple[tuple[str, slice], ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Offer:
    """What is on sale: prices and unit costs in the order of the ladder, and what not buying is worth.

    `offered` says which rungs are on sale at all; `scale` (money) is given for the logit rule and None for the largest
    surplus.
    """

    prices: np.ndarray
    unit_costs: np.ndarray
    outside: float
    scale: float | None
    offered: np.ndarray

    @property
    def margins(self) -> np.ndarray:
        """Contribution of one sale: price minus unit cost, for each rung and, as 0, for not buying."""
        return np.append(self.prices - self.unit_costs, 0.0)

    @property
    def revenues(self) -> np.ndarray:
        """Price for each rung and, as 0, for not buying."""
        return np.append(self.prices, 0.0)


@dataclass(frozen=True, eq=False, kw_only=True)
class LadderPeople:
    """The people of a ladder, person by person: never published, kept so that other prices answer at once.

    Attributes
    ----------
    rungs : names of the rungs, lowest first.
    worth : rungs × rows, what each rung is worth in each row; the rows of a person stand together.
    weights : weight of each row.
    person : number of the person of each row, from 0; people are sorted by group, then by id.
    groups : name of each group and the people in it as a slice; people of no group come last and are in no slice.
    ids : who each person is.
    n_boot, seed : how many bootstrap samples, and from which seed; 0 samples mean no intervals.
    smallest_group : fewest people of whom a number may be told.
    """

    rungs: tuple[str, ...]
    worth: np.ndarray
    weights: np.ndarray
    person: np.ndarray
    groups: Groups
    ids: pd.Index
    n_boot: int
    seed: int
    smallest_group: int

    @property
    def n(self) -> int:
        """How many people there are."""
        return len(self.ids)

    @property
    def group_names(self) -> tuple[str, ...]:
        """Everybody first, then the groups in order."""
        return (EVERYBODY, *(name for name, _ in self.groups))

    @property
    def group_sizes(self) -> np.ndarray:
        """How many people each of `group_names` has."""
        return np.array([self.n, *(members.stop - members.start for _, members in self.groups)])

    @cached_property
    def effective_sizes(self) -> np.ndarray:
        """As how many people of equal weight those of each of `group_names` inform, by Kish."""
        weights, _ = self._sum_groups(self.person_weights[:, None], draw=False)
        squares, _ = self._sum_groups(self.person_weights[:, None] ** 2, draw=False)
        with np.errstate(invalid="ignore", divide="ignore"):  # a group may have no weight at all
            return np.asarray((weights**2 / squares)[:, 0])

    @cached_property
    def counts(self) -> np.ndarray:
        """Bootstrap samples × people: how often each person was drawn. Made once, used at every price."""
        return bootstrap_people(self.ids, n_boot=self.n_boot, seed=self.seed).astype(float)

    @cached_property
    def person_weights(self) -> np.ndarray:
        """Weight of each person: that of all rows together."""
        return np.bincount(self.person, weights=self.weights, minlength=self.n)

    @cached_property
    def largest_value(self) -> float:
        """Largest absolute value of a rung, against which indifference is judged."""
        return float(np.abs(self.worth).max(initial=0.0))

    @cached_property
    def _drawn_weights(self) -> np.ndarray:
        return self._sum_groups(self.person_weights[:, None])[1]

    def outcomes(self, offer: Offer) -> tuple[np.ndarray, np.ndarray]:
        """Return two people × (rungs and none) matrices: weight that takes each, and weighted surplus from it."""
        width = len(self.rungs) + 1
        if offer.scale is None:
            chosen, surplus = choose(self.worth, offer, largest_value=self.largest_value)
            cell = self.person * width + chosen
            taken = np.bincount(cell, weights=self.weights, minlength=self.n * width)
            gained = np.bincount(cell, weights=self.weights * surplus, minlength=self.n * width)
            return taken.reshape(self.n, width), gained.reshape(self.n, width)
        probabilities, surplus = choose_smoothly(self.worth, offer)
        weighted = probabilities * self.weights
        return self.sum_rows(weighted), self.sum_rows(weighted * surplus)

    def means(self, amounts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the means per person of weighted sums per person, in each of `group_names`.

        Parameters
        ----------
        amounts : people × k, each already times the person's weight.

        Returns
        -------
        groups × k estimates, and bootstrap samples × groups × k draws of them (no samples where `n_boot` is 0).
        """
        sums, drawn = self._sum_groups(amounts)
        weights, _ = self._sum_groups(self.person_weights[:, None], draw=False)
        if self.n_boot == 0:
            return sums / weights, drawn
        with np.errstate(invalid="ignore", divide="ignore"):  # a small group may be missing from a sample
            return sums / weights, drawn / self._drawn_weights

    def _sum_groups(self, amounts: np.ndarray, *, draw: bool = True) -> tuple[np.ndarray, np.ndarray]:
        members = [slice(None), *(slice_ for _, slice_ in self.groups)]
        sums = np.stack([amounts[which].sum(axis=0) for which in members])
        if not draw or self.n_boot == 0:
            return sums, np.empty((0, *sums.shape))
        return sums, np.stack([self.counts[:, which] @ amounts[which] for which in members], axis=1)

    def sum_rows(self, amounts: np.ndarray) -> np.ndarray:
        """Sum options × rows over the rows of each person: people × options."""
        sums = [np.bincount(self.person, weights=amount, minlength=self.n) for amount in amounts]
        return np.stack(sums, axis=1)


def choose(values: np.ndarray, offer: Offer, *, largest_value: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the option with the largest surplus in each row (the number of rungs: none), and the surplus from it.

    The options are tried in the order in which the seller likes them, and a later one must be better: so whoever is
    indifferent takes what the seller likes more.

    Examples
    --------
    >>> offer = Offer(prices=np.array([10.0, 20.0]), unit_costs=np.array([4.0, 8.0]), outside=0.0, scale=None,
    ...               offered=np.array([True, True]))
    >>> values = np.array([[12.0, 15.0, 9.0], [22.0, 30.0, 12.0]])
    >>> chosen, surplus = choose(values, offer, largest_value=30.0)
    >>> chosen.tolist(), surplus.tolist()
    ([1, 1, 2], [2.0, 10.0, 0.0])
    """
    rungs, rows = values.shape
    least = INDIFFERENT * max(largest_value, float(np.abs(offer.prices).max(initial=0.0)), abs(offer.outside))
    best = np.full(rows, -np.inf)
    chosen = np.full(rows, rungs)
    margins = offer.margins
    # Not buying comes last of all and is thus sorted behind rungs that earn as little as it does.
    for option in sorted(range(rungs + 1), key=lambda option: (-margins[option], option == rungs, -option)):
        if option == rungs:
            better = best + least < offer.outside
            chosen[better] = option
            best[better] = offer.outside
        elif offer.offered[option]:
            surplus = values[option] - offer.prices[option]
            better = surplus > best + least
            np.copyto(best, surplus, where=better)
            chosen[better] = option
    return chosen, best - offer.outside


def choose_smoothly(values: np.ndarray, offer: Offer) -> tuple[np.ndarray, np.ndarray]:
    """Return options × rows probabilities of taking each option (the last: none), and the expected surplus per row."""
    scale = offer.scale or 1.0
    utilities = np.vstack([(values - offer.prices[:, None]) / scale, np.full(values.shape[1], offer.outside / scale)])
    utilities[:-1][~offer.offered] = -np.inf
    whole = logsumexp(utilities, axis=0)
    return np.exp(utilities - whole), whole * scale - offer.outside
