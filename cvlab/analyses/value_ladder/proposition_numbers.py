"""Scores against the best rival, with draws: how far ahead, at which rank, and how sure.

    lead        our score - the highest score of a rival                                       [points of the scale]
    rank        1 + rivals with a higher score
    first       share of draws in which no rival scores higher; a tie counts as a share of it  [share]

    draws       judged scores     triangular from low over the score to high, each on its own
                asked scores      mean over respondents, weighted by the Bayesian bootstrap, spread by the root of
                                  (n + 1) / (n - 1); one weight per respondent, so that scores which the same people
                                  gave move together
    pairs       random numbers belong to a name, of an offer or a respondent, and to the seed: two value models of one
                seed share them, so that whoever judges takes the same error along, and people asked twice are paired

Source: rank uncertainty by draws, Goldstein & Spiegelhalter (1996), "League tables and their limitations", Journal of
the Royal Statistical Society A 159; the Bayesian bootstrap, Rubin (1981), Annals of Statistics 9.
Assumes that the errors of judged scores of different offers have nothing to do with each other.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from cvlab.analyses.value_ladder.proposition_input import OURS, ValueInput

TIE = 1e-9
_AT_ONCE = 1000  # respondents whose draws are held in memory


@dataclass(frozen=True, eq=False, kw_only=True)
class Standing:
    """Where we stand in each cell: points, then draws × cells.

    Attributes
    ----------
    best : position in the offers of the best rival.
    lead, rank : points; drawn_lead, drawn_rank, drawn_first : draws of them, and of being first.
    scores : draws × offers.
    """

    best: np.ndarray
    lead: np.ndarray
    rank: np.ndarray
    rivals: np.ndarray
    drawn_lead: np.ndarray
    drawn_rank: np.ndarray
    drawn_first: np.ndarray
    scores: np.ndarray


def measure_standing(given: ValueInput, *, n_draws: int, seed: int) -> Standing:
    """Return leads and ranks in all cells, with draws."""
    points = given.offers["score"].to_numpy()
    scores = draw_scores(given, n_draws=n_draws, seed=seed)
    places = list(_divide(given))
    best = np.array([others[points[others].argmax()] for _, others in places])
    summed = [_compare(points[None, :], place) for place in places]
    drawn = [_compare(scores, place) for place in places]
    lead, rank = (np.concatenate([each[part] for each in summed]) for part in (0, 1))
    drawn_lead, drawn_rank, drawn_first = (np.stack([each[part] for each in drawn], axis=1) for part in (0, 1, 2))
    return Standing(
        best=best,
        lead=lead,
        rank=rank,
        rivals=np.array([len(others) for _, others in places]),
        drawn_lead=drawn_lead,
        drawn_rank=drawn_rank,
        drawn_first=drawn_first,
        scores=scores,
    )


def _divide(given: ValueInput) -> Iterator[tuple[int, np.ndarray]]:
    """Return, cell by cell, the position of our offer and those of the rivals'."""
    cell = given.offers["cell"].to_numpy()
    mine = (given.offers["rival"] == OURS).to_numpy()
    for number in range(len(given.cells)):
        here = np.flatnonzero(cell == number)
        yield int(here[mine[here]][0]), here[~mine[here]]


def _compare(scores: np.ndarray, place: tuple[int, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return lead, rank and share of being first, for each row of scores."""
    mine, others = scores[:, [place[0]]], scores[:, place[1]]
    ahead = (others > mine + TIE).sum(axis=1)
    level = (np.abs(others - mine) <= TIE).sum(axis=1)
    return mine[:, 0] - others.max(axis=1), 1 + ahead, np.where(ahead == 0, 1 / (1 + level), 0.0)


def draw_scores(given: ValueInput, *, n_draws: int, seed: int) -> np.ndarray:
    """Return draws × offers of the scores."""
    offers = given.offers
    scores = np.empty((n_draws, len(offers)))
    for cell, rows in offers[offers["asked"] == 0].groupby("cell"):
        key = f"{given.cells['proposition'].iloc[cell]}/{given.cells['group'].iloc[cell]}"
        levels = np.stack([_open_stream(seed, f"{key}/{rival}").random(n_draws) for rival in rows["rival"]], axis=1)
        low, likely, high = (rows[column].to_numpy() for column in ("low", "score", "high"))
        scores[:, rows.index] = draw_triangular(low, likely, high, levels)
    asked = np.flatnonzero(offers["asked"])
    if len(asked):
        scores[:, asked] = _draw_means(given, n_draws, seed)[:, asked]
    return scores


def _draw_means(given: ValueInput, n_draws: int, seed: int) -> np.ndarray:
    """Return draws × offers of the mean scores of respondents."""
    answers = given.answers
    shape = (len(given.respondents), len(given.offers))
    place, weight = (answers["respondent"], answers["offer"]), answers["weight"].to_numpy()
    totals = sparse.csr_array((weight * answers["score"].to_numpy(), place), shape=shape)
    weights = sparse.csr_array((weight, place), shape=shape)
    sums, sizes = np.zeros((2, n_draws, shape[1]))
    for start in range(0, shape[0], _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        drawn = np.stack(
            [_open_stream(seed, name).standard_exponential(n_draws) for name in given.respondents[some]], axis=1
        )
        sums += drawn @ totals[some]
        sizes += drawn @ weights[some]
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums / sizes
    n = given.offers["asked"].to_numpy()
    points = given.offers["score"].to_numpy()
    # The weights spread means as if people were one more and their variance not corrected for the mean.
    return np.asarray(points + (means - points) * np.sqrt((n + 1) / np.maximum(n - 1, 1)))


def _open_stream(seed: int, key: str) -> np.random.Generator:
    """Return a source of random numbers that depends on the seed and on the name, not on the order of rows."""
    return np.random.default_rng([seed, zlib.crc32(key.encode())])


def draw_triangular(low: np.ndarray, likely: np.ndarray, high: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Return the quantiles of triangular distributions at the levels; without width the score itself.

    Examples
    --------
    >>> draw_triangular(np.array([0.0, 3.0]), np.array([1.0, 3.0]), np.array([2.0, 3.0]), np.array([[0.5, 0.9]]))
    array([[1., 3.]])
    """
    width = high - low
    peak = np.divide(likely - low, width, out=np.zeros_like(width), where=width > 0)
    rising = low + np.sqrt(levels * width * (likely - low))
    falling = high - np.sqrt((1 - levels) * width * (high - likely))
    return np.where(levels <= peak, rising, falling)
