"""Withheld cells: which counts of a known sum are not told, so that nobody behind a small one can be recognised?

    small       a cell that at least one, but fewer than `smallest_group` people are behind
    withheld    small cells, and as many others as it takes: at least two, with `smallest_group` people behind them

That nobody did something is told, for nobody can be recognised by it.

Source: primary and complementary suppression, Willenborg & de Waal (2001), "Elements of Statistical Disclosure
Control", Springer, chapter 1.
Assumes that the sum, and every cell that is not withheld, are known to the reader.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvlab.analyses.value_ladder.stays import CAME_BACK, MOVED_DOWN, MOVED_UP, STARTED

WAYS = {"started": STARTED, "moved_up": MOVED_UP, "moved_down": MOVED_DOWN, "came_back": CAME_BACK}


@dataclass(frozen=True, eq=False, kw_only=True)
class Withheld:
    """What is not told of a group, because few customers are behind it or would come to light by it.

    Attributes
    ----------
    moves : rungs × goals (the rungs, then left; staying on the diagonal); ways : rungs × `WAYS` of coming to a rung.
    tenure : leaving by tenure; directions : moves up, down and out, over all rungs.
    """

    moves: np.ndarray
    ways: np.ndarray
    tenure: bool
    directions: np.ndarray

    @property
    def any(self) -> bool:
        """Whether anything is withheld."""
        return bool(self.moves.any() or self.ways.any() or self.tenure or self.directions.any())


def withhold_nothing(rungs: int) -> Withheld:
    """Return that all may be told of a group."""
    return Withheld(
        moves=np.zeros((rungs, rungs + 1), dtype=bool),
        ways=np.zeros((rungs, len(WAYS)), dtype=bool),
        tenure=False,
        directions=np.zeros(3, dtype=bool),
    )


def cover_small(hidden: np.ndarray, people: np.ndarray, *, smallest_group: int, first: int | None = None) -> np.ndarray:
    """Return which cells of a known sum to withhold, so that what is withheld cannot be computed from the others.

    Parameters
    ----------
    hidden : for each cell, whether it is withheld already; small ones are added.
    people : customers × cells: whether the customer is behind the cell.
    smallest_group : fewer customers than this are not told.
    first : the cell that is withheld first where others have to be.

    Examples
    --------
    Three people moved up and ninety left, so that the rest of a row would tell of the three; staying covers them.

    >>> people = np.zeros((120, 3), dtype=bool)
    >>> people[:3, 0], people[3:93, 1], people[:, 2] = True, True, True
    >>> cover_small(np.zeros(3, dtype=bool), people, smallest_group=10, first=2).tolist()
    [True, False, True]
    """
    sizes = people.sum(axis=0)
    hidden = hidden | ((sizes > 0) & (sizes < smallest_group))
    while (count := int((hidden & (sizes > 0)).sum())) and (
        count == 1 or people[:, hidden].any(axis=1).sum() < smallest_group
    ):
        others = np.flatnonzero(~hidden & (sizes > 0))
        if not len(others):
            break
        hidden[first if first in others else others[sizes[others].argmin()]] = True
    return np.asarray(hidden)
