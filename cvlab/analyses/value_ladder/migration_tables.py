"""The tables of `Migration`, one row after the other; what the columns mean stands there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cvlab.analyses.common import wilson_interval
from cvlab.analyses.value_ladder.contract_rows import LEFT
from cvlab.analyses.value_ladder.migration_numbers import Bounded, Chance, GroupNumbers, name_first_year
from cvlab.analyses.value_ladder.withheld_cells import WAYS

UP, DOWN, LATER = "up", "down", "later"
Row = dict[str, Any]


def tabulate_moves(groups: Sequence[GroupNumbers]) -> pd.DataFrame:
    """Return the table of rungs and where they lead."""
    return pd.DataFrame([row for group in groups for row in _list_moves(group)])


def _list_moves(group: GroupNumbers) -> Iterator[Row]:
    names = (*group.histories.rungs, LEFT)
    at_risk, exits = group.histories.at_risk[group.members], group.histories.exits[group.members]
    for rung, start in enumerate(group.histories.rungs):
        for goal, name in enumerate(names):
            moves = at_risk[:, rung] - exits[:, rung].sum(axis=-1) if goal == rung else exits[:, rung, goal]
            withheld = bool(group.withheld.moves[rung, goal])
            chance = group.chance(moves, at_risk[:, rung], told=bool(group.told[rung]), withheld=withheld)
            row = {"group": group.name, "from": start, "to": name, **_write(chance), "n": _count(group, rung)}
            yield {**row, "moves": np.nan} if goal == rung else row


def tabulate_directions(groups: Sequence[GroupNumbers]) -> pd.DataFrame:
    """Return the table of moves up, down and out."""
    return pd.DataFrame(
        [
            {"group": group.name, "direction": direction, **_write(chance)}
            for group in groups
            for direction, chance in measure_directions(group).items()
        ]
    )


def measure_directions(group: GroupNumbers) -> dict[str, Chance]:
    """Return the chances to move up (from any rung but the top), down (from any but the lowest) and out.

    Rungs that are not told are left out: they would be all of a sum with few rungs, or what it is more than the others.
    """
    told = group.told
    at_risk = group.histories.at_risk[group.members] * told
    exits = group.histories.exits[group.members] * told[:, None]
    moves = exits[..., :-1]
    hidden = [bool(each) for each in group.withheld.directions]
    found = {}
    if len(group.histories.rungs) > 1:
        ups, downs = np.triu(moves).sum(axis=(1, 2)), np.tril(moves).sum(axis=(1, 2))
        found[UP] = group.chance(ups, at_risk[:, :-1].sum(axis=1), told=bool(told[:-1].any()), withheld=hidden[0])
        found[DOWN] = group.chance(downs, at_risk[:, 1:].sum(axis=1), told=bool(told[1:].any()), withheld=hidden[1])
    out = exits[..., -1].sum(axis=1)
    found[LEFT] = group.chance(out, at_risk.sum(axis=1), told=bool(told.any()), withheld=hidden[2])
    return found


def tabulate_tenure(groups: Sequence[GroupNumbers]) -> pd.DataFrame:
    """Return the table of leaving in the first year and later."""
    rows = []
    for group in groups:
        histories, members, told = group.histories, group.members, group.told
        early, early_left = histories.early_at_risk[members] * told, histories.early_left[members] * told
        late = histories.at_risk[members] * told - early
        late_left = histories.exits[members][..., -1] * told - early_left
        pairs = ((name_first_year(group.clock.period_months), early, early_left), (LATER, late, late_left))
        for name, periods, left in pairs:
            chance = group.chance(
                left.sum(axis=1), periods.sum(axis=1), told=bool(told.any()), withheld=group.withheld.tenure
            )
            rows.append({"group": group.name, "tenure": name, **_write(chance)})
    return pd.DataFrame(rows).rename(columns={"moves": "left"})


def tabulate_origins(groups: Sequence[GroupNumbers]) -> pd.DataFrame:
    """Return the table of how those on a rung first came to it."""
    rows = []
    for group in groups:
        arrivals = group.histories.arrival[group.members]
        for rung, name in enumerate(group.histories.rungs):
            n = int(group.on_rung[rung])
            row: Row = {"group": group.name, "rung": name, "n": _count(group, rung)}
            counted = {way: int((arrivals[:, rung] == code).sum()) for way, code in WAYS.items()}
            told = dict(zip(WAYS, group.told[rung] & ~group.withheld.ways[rung], strict=True))
            shares = {way: count / n if told[way] else np.nan for way, count in counted.items()}
            interval = wilson_interval(counted["started"], n, level=group.level) if told["started"] else None
            low, high = interval or (np.nan, np.nan)
            rows.append({**row, "started": shares.pop("started"), "low": low, "high": high, **shares})
    return pd.DataFrame(rows)


def tabulate_rungs(groups: Sequence[GroupNumbers]) -> pd.DataFrame:
    """Return the table of time and money by rung."""
    tables = []
    for group in groups:
        columns: dict[str, Any] = {
            "group": group.name,
            "rung": list(group.histories.rungs),
            "n": [_count(group, rung) for rung in range(len(group.told))],
            "periods": [
                round(at_risk) if told else np.nan
                for at_risk, told in zip(group.counts.at_risk, group.told, strict=True)
            ],
        }
        for measure in ("stay", "months", "contribution", "value"):
            columns |= _spread(measure, getattr(group, measure))
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def tabulate_steps(groups: Sequence[GroupNumbers]) -> pd.DataFrame:
    """Return the table of what each rung is worth more than the one below."""
    tables = [
        pd.DataFrame({"group": group.name, "rung": list(group.histories.rungs[1:]), **_spread("value", group.step_up)})
        for group in groups
    ]
    return pd.concat(tables, ignore_index=True)


def tabulate_paths(groups: Sequence[GroupNumbers]) -> pd.DataFrame:
    """Return the table of where time is spent and money earned, by the rung of the start."""
    tables = []
    for group in groups:
        names = np.array(group.histories.rungs, dtype=str)
        columns: dict[str, Any] = {
            "group": group.name,
            "start": np.repeat(names, len(names)),
            "rung": np.tile(names, len(names)),
        }
        for measure, bounded in (("months", group.visits), ("value", group.earned)):
            columns |= _spread(measure, bounded)
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def _spread(measure: str, bounded: Bounded) -> dict[str, np.ndarray]:
    value, low, high = (each.ravel() for each in bounded)
    return {measure: value, f"{measure}_low": low, f"{measure}_high": high}


def _count(group: GroupNumbers, rung: int) -> float:
    """Return how many customers were ever on a rung; missing where nothing is told of it."""
    return int(group.on_rung[rung]) if group.told[rung] else np.nan


def _write(chance: Chance) -> Row:
    return {name: getattr(chance, name) for name in ("n", "periods", "moves", "rate", "low", "high")}
