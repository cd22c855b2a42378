"""Best and worst: which item of a set matters most to a person, and which least (best–worst scaling, MaxDiff)?

    utility of an item   scale · what the item is worth to the person, as stated                     [scale: 1 / money]
    best                 the largest utility + standard Gumbel noise among the items of the set
    worst                the largest - utility + fresh Gumbel noise among the others

Eight items are the points of the space {0, 1}³. A round halves them into two parallel planes, two sets of four, so that
every person sees each item once per round, and no two rounds of a person halve alike.

Source: Marley & Louviere (2005), "Some probabilistic models of best, worst, and best–worst choices", Journal of
Mathematical Psychology 49 (best, then worst); Louviere, Flynn & Marley (2015), "Best–worst scaling".
Assumes that the noise is as large when people name the worst as when they name the best.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

N_ITEMS, SET_SIZE = 8, 4
_DIRECTIONS = 7  # of parallel planes in {0, 1}³


@dataclass(frozen=True, kw_only=True)
class BestWorstDesign:
    """What is asked.

    Attributes
    ----------
    items : eight items -> column of the population -> weight: an item is worth the weighted sum to a person, in money.
    scale : utility per unit of money; the larger, the more consistent the choices.
    n_rounds : how often each person sees each item; two sets per round.
    """

    items: Mapping[str, Mapping[str, float]]
    scale: float
    n_rounds: int = 3

    def utilities(self, population: pd.DataFrame) -> pd.DataFrame:
        """Return the utility of each item to each person, with mean 0 over the items."""
        worth = {
            item: sum(weight * population[column].to_numpy() for column, weight in parts.items())
            for item, parts in self.items.items()
        }
        utilities = self.scale * pd.DataFrame(worth)
        return utilities.sub(utilities.mean(axis=1), axis=0)


@dataclass(frozen=True, eq=False, kw_only=True)
class BestWorstChoices:
    """Sets and choices as arrays: `sets` people × sets × 4 (numbers of items); `best` and `worst` people × sets, the
    position of the item within its set."""

    names: tuple[str, ...]
    sets: np.ndarray
    best: np.ndarray
    worst: np.ndarray

    def of(self, people: np.ndarray) -> BestWorstChoices:
        """Return the choices of some of the people."""
        return replace(self, sets=self.sets[people], best=self.best[people], worst=self.worst[people])


def simulate_best_worst(utilities: pd.DataFrame, n_rounds: int, random: np.random.Generator) -> BestWorstChoices:
    """Draw sets for every person and let them name the best and the worst of each.

    Parameters
    ----------
    utilities : one row per person, one column per item.
    """
    sets = _draw_sets(len(utilities), n_rounds, random)
    seen = np.take_along_axis(utilities.to_numpy()[:, None, :], sets, axis=2)
    best = (seen + random.gumbel(size=seen.shape)).argmax(axis=2)
    dislike = -seen + random.gumbel(size=seen.shape)
    np.put_along_axis(dislike, best[..., None], -np.inf, axis=2)
    return BestWorstChoices(names=tuple(utilities.columns), sets=sets, best=best, worst=dislike.argmax(axis=2))


def tabulate_best_worst(ids: pd.Series, choices: BestWorstChoices) -> pd.DataFrame:
    """Write the choices as the table best_worst: one row per item of each set."""
    n, n_sets, size = choices.sets.shape
    position = np.arange(size)
    marks = np.where(choices.best[..., None] == position, "best", "none")
    marks = np.where(choices.worst[..., None] == position, "worst", marks)
    return pd.DataFrame(
        {
            "respondent_id": np.repeat(ids.to_numpy(), n_sets * size),
            "set": np.tile(np.repeat(np.arange(1, n_sets + 1), size), n),
            "item": np.array(choices.names)[choices.sets.reshape(-1)],
            "choice": marks.reshape(-1),
        }
    )


def code_best_worst(choices: BestWorstChoices) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return the choices of the best and those of the worst as a pooled logit takes them.

    Returns
    -------
    twice choices × items of the set × columns, and the position picked; one column per item but the last, whose
    utility is 0. Disliking is liking with the sign turned, so the same coefficients are behind both.
    """
    codes = np.eye(N_ITEMS)[:, :-1]
    sets, best, worst = choices.sets.reshape(-1, SET_SIZE), choices.best.reshape(-1), choices.worst.reshape(-1)
    left = np.arange(SET_SIZE) != best[:, None]
    others = sets[left].reshape(-1, SET_SIZE - 1)
    return (codes[sets], best), (-codes[others], worst - (worst > best))


def _draw_sets(n: int, n_rounds: int, random: np.random.Generator) -> np.ndarray:
    """Return people × sets × 4 numbers of items: two parallel planes per round, in a direction of its own."""
    directions = random.random((n, _DIRECTIONS)).argsort(axis=1)[:, :n_rounds] + 1
    points = np.arange(N_ITEMS)
    side = np.bitwise_count(points & directions[..., None]) % 2
    planes = side.argsort(axis=2, kind="stable")
    item_at = random.random((n, 1, N_ITEMS)).argsort(axis=2)
    sets = np.take_along_axis(item_at, planes, axis=2).reshape(n, 2 * n_rounds, SET_SIZE)
    order = random.random((n, 2 * n_rounds, 1)).argsort(axis=1)
    return random.permuted(np.take_along_axis(sets, order, axis=1), axis=2)
