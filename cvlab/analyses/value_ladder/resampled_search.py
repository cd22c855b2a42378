"""The search again in resampled people: how sure are the best prices?

    winner of a sample     the ladder that earns most from the people in it, of all that the search looked at

What every ladder earns from every person is a matrix; a sample is a row of weights, so that all samples find their
winners by one matrix product, block after block. Products are made in single precision, of which only the order of the
ladders is used; amounts of money are summed in double (see `gains`).

Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapters 6 and 13.
Assumes that people are drawn from the market independently of each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvlab.analyses.value_ladder.market import Market, Picks
from cvlab.analyses.value_ladder.price_search import Search

# Ladders times people times samples that may be multiplied: some ten seconds.
MOST_PRODUCTS = 300_000_000_000
LADDERS_AT_ONCE = 2048


@dataclass(frozen=True, eq=False, kw_only=True)
class Winners:
    """The winning ladder of each sample.

    Attributes
    ----------
    ladders : the different ladders that won.
    number : of each sample, which of `ladders` won.
    all_competed : whether all ladders that the search looked at took part.
    """

    ladders: tuple[Picks, ...]
    number: np.ndarray
    all_competed: bool

    def earn_each(self, market: Market) -> np.ndarray:
        """Return what the winner of each sample earns from each person, times the person's weight: samples × people."""
        return np.array([market.earn_each(ladder) for ladder in self.ladders])[self.number]


def find_winners(
    market: Market, search: Search, weights: np.ndarray, *, most_products: float = MOST_PRODUCTS
) -> Winners:
    """Return the best ladder of each sample; where that is too much work, only those best for everybody compete.

    Parameters
    ----------
    weights : samples × people, how often each person counts.
    most_products : ladders × people × samples that may be multiplied.

    Examples
    --------
    >>> from cvlab.analyses.value_ladder.price_search import search_ladders
    >>> market = Market(values=np.array([[4.0, 6.0, 9.0]]), weights=np.ones(3), person=np.arange(3),
    ...                 unit_costs=np.array([1.0]), outside=0.0, with_surplus=False,
    ...                 candidates=(np.array([4.0, 6.0, 9.0]),))
    >>> winners = find_winners(market, search_ladders(market, []), np.array([[3, 0, 0], [0, 1, 2]]))
    >>> [winners.ladders[number] for number in winners.number]
    [(0,), (2,)]
    """
    rows = weights.astype(np.float32)
    finite = search.earned[np.isfinite(search.earned)]
    scale = 1.0 / max(float(np.abs(finite).max(initial=0.0)), 1e-300)
    bar = _find_bar(finite, int(most_products / rows.size))
    best = np.full(len(rows), -np.inf, dtype=np.float32)
    found = np.zeros((len(rows), 2), dtype=int)
    block: list[np.ndarray] = []
    names: list[tuple[int, int]] = []
    for look in range(len(search.picks)):
        picks = np.flatnonzero(search.earned[look] >= bar)
        if len(picks):
            free = int(search.free[look])
            standing = market.stand(search.ladder(look, 0), without=free)
            block.append((market.earn_each_at_all(standing, free)[:, picks] * scale).astype(np.float32))
            names += [(look, int(pick)) for pick in picks]
        if names and (len(names) >= LADDERS_AT_ONCE or look == len(search.picks) - 1):
            scores = rows @ np.concatenate(block, axis=1)
            column = scores.argmax(axis=1)
            score = scores[np.arange(len(rows)), column]
            better = score > best
            best[better], found[better] = score[better], np.array(names)[column[better]]
            block, names = [], []
    won = [search.ladder(int(look), int(pick)) for look, pick in found]
    ladders = {ladder: number for number, ladder in enumerate(dict.fromkeys(won))}
    return Winners(
        ladders=tuple(ladders),
        number=np.array([ladders[ladder] for ladder in won]),
        all_competed=bool(np.isneginf(bar)),
    )


def _find_bar(earned: np.ndarray, most: int) -> float:
    """Return what a ladder must earn to be among the `most` best; minus infinity where all are."""
    return -np.inf if len(earned) <= most else float(np.partition(earned, len(earned) - most)[len(earned) - most])
