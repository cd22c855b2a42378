"""Withheld moves: which moves of a group of customers are not told, because few made them or would come to light?

Of the cells of each sum that is told either none is withheld, or as many as `withheld_cells` says: the chances of a row
add up to 1, moves over all rungs to a direction, ways of coming to a rung to 1, and groups to everybody. In a row,
staying is withheld first, for it is only what moving leaves over. A sum over rungs that would tell of the few behind
its hidden rest is withheld itself.

Assumes that a reader has all the tables. Expected times and money come from the whole chain, and are not covered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cvlab.analyses.value_ladder.migration_numbers import GroupNumbers
from cvlab.analyses.value_ladder.stays import Histories
from cvlab.analyses.value_ladder.withheld_cells import WAYS, Withheld, cover_small


def withhold_moves(groups: Sequence[GroupNumbers]) -> list[GroupNumbers]:
    """Return the groups, everybody first, with what is not to be told of each."""
    smallest = groups[0].smallest_group
    moved = [_find_moved(group.histories, group.members) for group in groups]
    arrived = [_find_arrived(group.histories, group.members) for group in groups]
    left = [_find_left(group) for group in groups]
    moves = _withhold_rows(groups, moved, smallest, first=True)
    ways = _withhold_rows(groups, arrived, smallest)
    tenure = _withhold_rows(groups, left, smallest)
    directions = _withhold_directions(groups, moved, moves, smallest)
    return [
        replace(
            group,
            withheld=Withheld(
                moves=moves[place] & group.told[:, None],
                ways=ways[place] & group.told[:, None],
                tenure=bool(tenure[place].any() and group.told.any()),
                directions=directions[place],
            ),
        )
        for place, group in enumerate(groups)
    ]


def _withhold_rows(
    groups: Sequence[GroupNumbers], people: Sequence[np.ndarray], smallest: int, *, first: bool = False
) -> list[np.ndarray]:
    """Return rungs × cells for each group; `people` are members × rungs × cells, with staying on the diagonal."""
    by_rung = people[0].shape[1] == len(groups[0].told)
    found = [np.zeros(each.shape[1:], dtype=bool) for each in people]
    if by_rung:
        for group, hidden in zip(groups, found, strict=True):
            hidden[~group.told] = True
    before = -1
    while before != (before := sum(int(each.sum()) for each in found)):
        for group, each, hidden in zip(groups, people, found, strict=True):
            for rung in np.flatnonzero(group.told) if by_rung else (0,):
                hidden[rung] = cover_small(
                    hidden[rung], each[:, rung], smallest_group=smallest, first=int(rung) if first else None
                )
        if len(groups) > 1:
            _cover_groups(groups, people, found, smallest)
    return found


def _cover_groups(
    groups: Sequence[GroupNumbers], people: Sequence[np.ndarray], found: list[np.ndarray], smallest: int
) -> None:
    """Withhold cells of other groups where everybody less the groups that are told would give a cell away."""
    everybody = people[0]
    for cell in np.ndindex(everybody.shape[1:]):
        if found[0][cell]:
            continue
        behind = np.zeros((len(everybody), len(groups)), dtype=bool)
        # The first column holds those who belong to no group: they are never told, but are what is left of the sum.
        behind[:, 0] = everybody[(slice(None), *cell)]
        for place, group in enumerate(groups[1:], start=1):
            behind[group.members, place] = people[place][(slice(None), *cell)]
            behind[group.members, 0] = False
        hidden = np.array([True, *(each[cell] for each in found[1:])])
        for place, value in enumerate(cover_small(hidden, behind, smallest_group=smallest)[1:], start=1):
            found[place][cell] = value


def _withhold_directions(
    groups: Sequence[GroupNumbers], moved: Sequence[np.ndarray], moves: Sequence[np.ndarray], smallest: int
) -> list[np.ndarray]:
    """Return for each group whether up, down and out are withheld: small, or all but a small rest of it is told."""
    sums, found = [], []
    for group, people, withheld in zip(groups, moved, moves, strict=True):
        people = people & group.told[:, None]
        directions = _list_directions(len(group.told))
        sums.append(np.column_stack([(people & cells).any(axis=(1, 2)) for cells in directions])[:, None, :])
        total = sums[-1].sum(axis=0)
        rest = [people & cells & withheld for cells in directions]
        few = [each.any() and (each.any(axis=(1, 2)).sum() < smallest or each.any(axis=0).sum() == 1) for each in rest]
        found.append(((total > 0) & (total < smallest)) | np.array([few]))
    if len(groups) > 1:
        _cover_groups(groups, sums, found, smallest)
    return [each[0] for each in found]


def _list_directions(rungs: int) -> list[np.ndarray]:
    """Return which moves, rungs × goals, lead up, down and out."""
    goals = np.broadcast_to(np.arange(rungs + 1), (rungs, rungs + 1))
    starts = np.arange(rungs)[:, None]
    return [(goals > starts) & (goals < rungs), goals < starts, goals == rungs]


def _find_moved(histories: Histories, members: np.ndarray) -> np.ndarray:
    """Return members × rungs × goals: who made the move; on the diagonal, who stayed for a period."""
    exits, at_risk = histories.exits[members], histories.at_risk[members]
    moved = exits > 0
    rungs = np.arange(at_risk.shape[1])
    moved[:, rungs, rungs] = at_risk - exits.sum(axis=-1) > 0
    return np.asarray(moved)


def _find_arrived(histories: Histories, members: np.ndarray) -> np.ndarray:
    """Return members × rungs × ways: how each first came to the rung."""
    return np.asarray(histories.arrival[members][..., None] == np.array(list(WAYS.values())))


def _find_left(group: GroupNumbers) -> np.ndarray:
    """Return members × 1 × 2: who left a rung that is told in the first year, and who later."""
    early = group.histories.early_left[group.members] * group.told
    all_of_them = group.histories.exits[group.members][..., -1] * group.told
    return np.column_stack([early.any(axis=1), (all_of_them - early > 0).any(axis=1)])[:, None, :]
