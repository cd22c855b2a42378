"""Price search: which of all ladders of candidate prices earns most?

    exact     every combination of candidate prices is looked at
    local     from several starting ladders, one rung after the other gets its best price until nothing gains; then,
              from the best of them, the prices of any two rungs are moved together as long as that gains

One look finds what a rung earns at all of its prices (see `market`), so that the best of all ladders of three rungs
with 40 prices each is found by looking 1,600 times at each person, not 64,000 times, and it is the best indeed, not a
neighbour of the starting point.

Source: line pricing by search, Dobson & Kalish (1988), "Positioning and pricing a product line", Marketing Science 7.
Assumes that the best prices are among the candidates: a grid loses at most one of its steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from cvlab.analyses.value_ladder.market import Market, Picks, Standing

# Rows that an exact search may look at, some ten seconds; a look costs as much as these rows before it sees one.
MOST_LOOKS = 500_000_000
ROWS_OF_A_LOOK = 3000
N_STARTS = 12


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
        key = (rung, _put(picks, rung, 0))
        if key not in seen:
            seen[key] = market.earn_at_all(market.stand(picks, without=rung), rung)
        return seen[key]

    def climb(picks: Picks, best: float) -> tuple[Picks, float]:
        """Give one rung after the other its best price until nothing gains."""
        while True:
            before = best
            for rung in range(len(picks)):
                earned = look(picks, rung)
                if earned.max() > best + market.tolerance:
                    best, picks = float(earned.max()), _put(picks, rung, int(earned.argmax()))
            if best <= before + market.tolerance:
                return picks, best

    picks, best = max((climb(start, -np.inf) for start in starts), key=lambda found: found[1])
    while True:
        # Prices of two rungs moved together lead out of what is best for each alone; then all may follow.
        moved, earned = _find_pair(picks, best + market.tolerance, market, look)
        if moved == picks:
            break
        picks, best = climb(moved, earned)
    padded = np.full((len(seen), widest), -np.inf)
    for row, tried in enumerate(seen.values()):
        padded[row, : len(tried)] = tried
    return Search(
        picks=np.array([picks for _, picks in seen], dtype=np.int32),
        free=np.array([rung for rung, _ in seen]),
        earned=padded,
        exact=False,
    )


def _find_pair(
    picks: Picks, bar: float, market: Market, look: Callable[[Picks, int], np.ndarray]
) -> tuple[Picks, float]:
    """Return the best ladder with the prices of two rungs changed, or the same ladder where none is above the bar."""
    best, found = bar, picks
    for one, prices in enumerate(market.candidates):
        for pick in range(len(prices)):
            for other in range(one + 1, len(picks)):
                earned = look(_put(picks, one, pick), other)
                if earned.max() > best:
                    best, found = float(earned.max()), _put(_put(picks, one, pick), other, int(earned.argmax()))
    return found, best


def _put(picks: Picks, rung: int, pick: int) -> Picks:
    return (*picks[:rung], pick, *picks[rung + 1 :])
