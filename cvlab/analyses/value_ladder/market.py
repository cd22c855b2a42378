"""A market as a search sees it: what a rung earns at all of its candidate prices, from one look at each person.

    threshold of a person for rung r     t = value of r - surplus of the best other option      [money per unit]
    the person takes r at every price    p <= t

So what a rung earns at all of its candidate prices, the other prices given, needs one look at each person: sort the
thresholds into the prices, add up. A rung that is not offered is one more candidate: the price is infinite, and nobody
takes it. Whoever is indifferent takes what earns the seller more, as in `self_selection`.

Source: self-selection, Mussa & Rosen (1978), Journal of Economic Theory 18.
Assumes what `self_selection` assumes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cvlab.analyses.value_ladder.self_selection import INDIFFERENT

NOBODY_YET = -1

Picks = tuple[int, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Market:
    """People and candidate prices, as the search sees them.

    Attributes
    ----------
    values : rungs × rows, money per unit.
    weights, person : weight of each row, and the number of its person from 0.
    unit_costs : one per rung.
    outside : what not buying is worth.
    with_surplus : whether people's surplus counts beside the contribution.
    candidates : for each rung its prices in ascending order; the last may be infinite, for not offering it.
    """

    values: np.ndarray
    weights: np.ndarray
    person: np.ndarray
    unit_costs: np.ndarray
    outside: float
    with_surplus: bool
    candidates: tuple[np.ndarray, ...]

    @cached_property
    def n(self) -> int:
        """How many people there are."""
        return int(self.person.max()) + 1

    @cached_property
    def person_weights(self) -> np.ndarray:
        """Weight of each person."""
        return np.bincount(self.person, weights=self.weights, minlength=self.n)

    @cached_property
    def total_weight(self) -> float:
        """Weight of all people."""
        return float(self.weights.sum())

    @cached_property
    def tolerance(self) -> float:
        """Money below which a difference is none."""
        prices = np.concatenate(self.candidates)
        prices = prices[np.isfinite(prices)]
        largest = max(float(np.abs(self.values).max(initial=0.0)), float(np.abs(prices).max(initial=0.0)))
        return INDIFFERENT * max(largest, abs(self.outside))

    @cached_property
    def margins(self) -> tuple[np.ndarray, ...]:
        """Contribution of one sale at each candidate price; 0 where the rung is not offered."""
        pairs = zip(self.candidates, self.unit_costs, strict=True)
        return tuple(np.where(np.isfinite(prices), prices - cost, 0.0) for prices, cost in pairs)

    @property
    def n_ladders(self) -> int:
        """How many combinations of candidate prices there are."""
        return int(np.prod([float(len(prices)) for prices in self.candidates]))

    def nothing(self) -> Standing:
        """Return how rows stand when nothing is on offer."""
        rows = self.values.shape[1]
        return Standing(
            surplus=np.full(rows, self.outside), margin=np.zeros(rows), rung=np.full(rows, NOBODY_YET, dtype=np.int16)
        )

    def stand(self, picks: Picks, *, without: int | None = None) -> Standing:
        """Return how rows stand at a ladder of candidate prices, one rung left out if asked for."""
        standing = self.nothing()
        for rung, pick in enumerate(picks):
            if rung != without:
                standing = self.add(standing, rung, pick)
        return standing

    def add(self, standing: Standing, rung: int, pick: int) -> Standing:
        """Return how rows stand when one more rung is on offer, at its candidate price number `pick`."""
        price = self.candidates[rung][pick]
        if not np.isfinite(price):
            return standing
        surplus, margin = self.values[rung] - price, self.margins[rung][pick]
        ahead = surplus - standing.surplus
        wins = ahead > self.tolerance
        tie = np.abs(ahead) <= self.tolerance
        if tie.any():
            wins |= tie & self.wins_ties(margin, rung, standing)
        return Standing(
            surplus=np.where(wins, surplus, standing.surplus),
            margin=np.where(wins, margin, standing.margin),
            rung=np.where(wins, np.int16(rung), standing.rung),
        )

    def count_accepted(self, standing: Standing, rung: int) -> np.ndarray:
        """Return for each row how many of the rung's prices, from the lowest on, it accepts."""
        prices, margins = self.candidates[rung], self.margins[rung]
        threshold = self.values[rung] - standing.surplus
        accepted = np.searchsorted(prices, threshold + self.tolerance, side="right")
        last = np.maximum(accepted - 1, 0)
        tie = (accepted > 0) & (prices[last] >= threshold - self.tolerance)
        if tie.any():
            accepted = accepted - (tie & ~self.wins_ties(margins[last], rung, standing))
        return accepted

    def wins_ties(self, margin: float | np.ndarray, rung: int, standing: Standing) -> np.ndarray:
        """Say for which rows a rung that leaves as much as what they have is taken instead: what earns more."""
        return np.asarray((margin > standing.margin) | ((margin == standing.margin) & (rung > standing.rung)))

    def earn_at_all(self, standing: Standing, rung: int) -> np.ndarray:
        """Return the objective, in money per person, at each candidate price of one rung, the others as they stand."""
        accepted = self.count_accepted(standing, rung)
        width = len(self.candidates[rung]) + 1
        if_not = np.bincount(accepted, self.weights * self._worth(standing), width)
        if_so = np.bincount(accepted, self.weights, width)
        earned = _above(if_so) * self._paid(rung) + np.cumsum(if_not)[:-1]
        if self.with_surplus:
            earned = earned + _above(np.bincount(accepted, self.weights * self._kept(rung), width))
        return earned / self.total_weight

    def earn_each_at_all(self, standing: Standing, rung: int) -> np.ndarray:
        """Return the same person by person, times the person's weight: people × candidate prices."""
        accepted = self.count_accepted(standing, rung)
        width = len(self.candidates[rung]) + 1
        cell, size = self.person * width + accepted, self.n * width

        def spread(amounts: np.ndarray) -> np.ndarray:
            return np.bincount(cell, amounts, size).reshape(self.n, width)

        earned = _above(spread(self.weights)) * self._paid(rung)
        earned += np.cumsum(spread(self.weights * self._worth(standing)), axis=1)[:, :-1]
        if self.with_surplus:
            earned += _above(spread(self.weights * self._kept(rung)))
        return earned

    def earn_each(self, picks: Picks) -> np.ndarray:
        """Return the objective of one ladder, person by person, times the person's weight."""
        worth = self._worth(self.stand(picks))
        return np.bincount(self.person, self.weights * worth, self.n)

    def sells(self, picks: Picks) -> np.ndarray:
        """Say for each rung of a ladder whether anybody takes it."""
        taken = self.stand(picks).rung
        return np.bincount(taken[taken >= 0], minlength=len(picks)) > 0

    def _worth(self, standing: Standing) -> np.ndarray:
        """Return the objective of each row as it stands."""
        return standing.margin + (standing.surplus - self.outside) if self.with_surplus else standing.margin

    def _paid(self, rung: int) -> np.ndarray | float:
        """Return what a sale adds to the objective at each price; what a customer pays and keeps less cancels out."""
        return 0.0 if self.with_surplus else self.margins[rung]

    def _kept(self, rung: int) -> np.ndarray:
        """Return what the rung adds to the objective for each row where surplus counts too: whatever its price."""
        return self.values[rung] - self.unit_costs[rung] - self.outside


@dataclass(frozen=True, eq=False, kw_only=True)
class Standing:
    """How rows stand with part of a ladder: their largest surplus, what it earns the seller, and the rung taken."""

    surplus: np.ndarray
    margin: np.ndarray
    rung: np.ndarray


def _above(amounts: np.ndarray) -> np.ndarray:
    """Sum what lies above each position but the last, along the last axis: those who accept at least so many prices."""
    return np.cumsum(amounts[..., ::-1], axis=-1)[..., ::-1][..., 1:]
