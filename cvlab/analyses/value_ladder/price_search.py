"""Price search: what does every ladder of candidate prices earn, and which earns most?

    threshold of a person for rung r     t = value of r - surplus of the best other option      [money per unit]
    the person takes r at every price    p <= t

So what a rung earns at all of its candidate prices, the other prices given, needs one look at each person: sort the
thresholds into the prices, add up. The best of all ladders of three rungs with 40 prices each is found by looking 1,600
times at each person, not 64,000 times, and it is the best indeed, not a neighbour of the starting point.

    exact     every combination of candidate prices is looked at
    local     from several starting ladders, one rung after the other gets its best price until nothing gains

A rung that is not offered is one more candidate: the price is infinite, and nobody takes it. Whoever is indifferent
takes what earns the seller more, as in `self_selection`.

Source: self-selection, Mussa & Rosen (1978), Journal of Economic Theory 18. That the best price is one at which
somebody is indifferent is why candidates may be people's own values; a grid loses at most one of its steps.
Assumes what `self_selection` assumes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cvlab.analyses.value_ladder.self_selection import INDIFFERENT

NOBODY_YET = -1
# Rows that an exact search may look at, some ten seconds; a look costs as much as these rows before it sees one.
MOST_LOOKS = 500_000_000
ROWS_OF_A_LOOK = 3000
N_STARTS = 12

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


@dataclass(frozen=True, eq=False, kw_only=True)
class Search:
    """All ladders that were looked at.

    Attributes
    ----------
    picks : looks × rungs, the candidate numbers of the other rungs; that of the free rung is 0.
    free : the rung of each look of which all prices were tried.
    earned : looks × most candidates, money per person; -inf where a rung has fewer.
    exact : whether these are all ladders there are.
    """

    picks: np.ndarray
    free: np.ndarray
    earned: np.ndarray
    exact: bool

    def ladder(self, look: int, pick: int) -> Picks:
        """Return one ladder: that of a look, with the free rung at its candidate number `pick`."""
        picks = self.picks[look].copy()
        picks[self.free[look]] = pick
        return tuple(int(each) for each in picks)


def search_ladders(market: Market, starts: list[Picks], *, most_looks: int = MOST_LOOKS) -> Search:
    """Look at all ladders, or, where that would take too long, climb from the starting ladders.

    Examples
    --------
    >>> market = Market(values=np.array([[4.0, 6.0, 9.0]]), weights=np.ones(3), person=np.arange(3),
    ...                 unit_costs=np.array([1.0]), outside=0.0, with_surplus=False,
    ...                 candidates=(np.array([4.0, 6.0, 9.0]),))
    >>> search = search_ladders(market, starts=[])
    >>> search.exact, (3 * search.earned).tolist()
    (True, [[9.0, 10.0, 8.0]])
    """
    sizes = [len(prices) for prices in market.candidates]
    inner = int(np.argmax(sizes))
    looks = float(np.prod([float(size) for rung, size in enumerate(sizes) if rung != inner]))
    if looks * (market.values.shape[1] + ROWS_OF_A_LOOK) <= most_looks:
        order = [rung for rung in np.argsort(sizes, kind="stable") if rung != inner]
        found = [(picks, market.earn_at_all(standing, inner)) for picks, standing in _list_standings(market, order)]
        return Search(
            picks=np.array([picks for picks, _ in found], dtype=np.int32),
            free=np.full(len(found), inner),
            earned=np.array([earned for _, earned in found]),
            exact=True,
        )
    return _climb_from(market, starts)


def _list_standings(market: Market, order: list[int]) -> Iterator[tuple[Picks, Standing]]:
    """Yield all combinations of candidates of the rungs in `order`, with how rows stand, each computed once."""
    picks = [0] * len(market.candidates)

    def go_down(depth: int, standing: Standing) -> Iterator[tuple[Picks, Standing]]:
        if depth == len(order):
            yield tuple(picks), standing
            return
        rung = order[depth]
        for pick in range(len(market.candidates[rung])):
            picks[rung] = pick
            yield from go_down(depth + 1, market.add(standing, rung, pick))

    yield from go_down(0, market.nothing())


def _climb_from(market: Market, starts: list[Picks]) -> Search:
    widest = max(len(prices) for prices in market.candidates)
    seen: dict[tuple[int, Picks], np.ndarray] = {}

    def look(picks: Picks, rung: int) -> np.ndarray:
        key = (rung, (*picks[:rung], 0, *picks[rung + 1 :]))
        if key not in seen:
            seen[key] = market.earn_at_all(market.stand(picks, without=rung), rung)
        return seen[key]

    for start in starts:
        picks, best = start, -np.inf
        while True:
            before = best
            for rung in range(len(picks)):
                earned = look(picks, rung)
                pick = int(earned.argmax())
                if earned[pick] > best + market.tolerance:
                    best = float(earned[pick])
                    picks = (*picks[:rung], pick, *picks[rung + 1 :])
            if best <= before + market.tolerance:
                break
    padded = np.full((len(seen), widest), -np.inf)
    for row, earned in enumerate(seen.values()):
        padded[row, : len(earned)] = earned
    return Search(
        picks=np.array([picks for _, picks in seen], dtype=np.int32),
        free=np.array([rung for rung, _ in seen]),
        earned=padded,
        exact=False,
    )


def _above(amounts: np.ndarray) -> np.ndarray:
    """Sum what lies above each position but the last, along the last axis: those who accept at least so many prices."""
    return np.cumsum(amounts[..., ::-1], axis=-1)[..., ::-1][..., 1:]
