"""Best and worst of sets of items, turned into two choices each: the best of the set, then the worst of the rest.

    best    P(i) = exp(u_i) / sum over the set of exp(u_j)
    worst   P(i) = exp(-u_i) / sum over the rest of exp(-u_j)         the same utilities with the sign turned

A likelihood has a maximum only if no group of items beats every item outside it in every comparison: from each item a
chain of "was preferred to" must lead to each other item. Where it does not, the items at the top or the bottom of the
chain are named.

Source: Ford (1957), "Solution of a ranking problem from binary comparisons", American Mathematical Monthly 64, for the
condition.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from cvlab.analyses.willingness_to_pay.choosing.coding import CodedChoices, Coding, as_text
from cvlab.analyses.willingness_to_pay.choosing.fit import Differences
from cvlab.analyses.willingness_to_pay.survey_weights import WEIGHT, read_weights
from cvlab.checks import check_columns
from cvlab.errors import DataError

TABLE = "best_worst"
BEST, WORST, NONE = "best", "worst", "none"
_NAMED = 3  # how many offending sets a message names


@dataclass(frozen=True, eq=False, kw_only=True)
class Sets:
    """Sets of items as numbers, rows sorted by person and set.

    Attributes
    ----------
    items : names, sorted or in the order of the categories; `never_shown` are categories without a row.
    people : ids, in the order of their numbers.
    item, person, set, marks : per row: number of item, person and set from 0, and 1 for best, -1 for worst, 0 for none.
    weights : per row, 1 on average over the sets.
    """

    items: tuple[str, ...]
    never_shown: tuple[str, ...]
    people: pd.Index
    item: np.ndarray
    person: np.ndarray
    set: np.ndarray
    marks: np.ndarray
    weights: np.ndarray

    @property
    def n_sets(self) -> int:
        """How many sets were answered."""
        return int(self.set[-1]) + 1


def read_sets(
    best_worst: pd.DataFrame, *, respondent: str, set_column: str, item: str, choice: str, weights: str | None
) -> Sets:
    """Check a table of best and worst and turn it into numbers.

    Raises
    ------
    DataError : missing cells, an unknown word, an item twice in a set, or a set without exactly one best and one worst.
    """
    table = best_worst
    wanted = [respondent, set_column, item, choice]
    if isinstance(table, pd.DataFrame) and table.index.name in wanted and table.index.name not in table.columns:
        table = table.reset_index()
    check_columns(table, wanted, TABLE)
    _check_cells(table, wanted, choice)
    names, never_shown = _order_items(table[item])
    if len(names) < 2:
        raise DataError(f"{TABLE}: the only item is {names[0]}. Best and worst need at least two items to compare")
    person, people = pd.factorize(table[respondent], sort=True)
    within = pd.factorize(table[set_column], sort=True)[0]
    number = pd.Categorical(as_text(table[item]), categories=list(names)).codes.astype(int)
    order = np.lexsort((number, within, person))
    key = (person * (int(within.max()) + 1) + within)[order]
    sets = np.cumsum(np.append(False, key[1:] != key[:-1]))
    words = as_text(table[choice]).str.strip().str.lower()
    marks = words.map({BEST: 1, WORST: -1, NONE: 0}).to_numpy(dtype=int)[order]
    weight = read_weights(table, weights, TABLE)[order]
    ids = table[[respondent, set_column]].iloc[order]
    _check_sets(marks, sets, number[order], weight, ids, weights or WEIGHT)
    first = np.flatnonzero(np.append(True, sets[1:] != sets[:-1]))
    return Sets(
        items=names,
        never_shown=never_shown,
        people=pd.Index(people, name=respondent),
        item=number[order],
        person=person[order],
        set=sets,
        marks=marks,
        weights=weight / weight[first].mean(),
    )


def explode_sets(sets: Sets, *, look: bool = True) -> tuple[CodedChoices, Differences]:
    """Return the choices of best and of worst, in which the first item is the base with utility 0.

    Parameters
    ----------
    look : whether to say which items separate the choices; of a few people that would tell what they chose.

    Raises
    ------
    DataError : some items were preferred to the others whenever they met, so that utilities have no finite estimate.
    """
    size = len(sets.items)
    code = np.eye(size)[sets.item][:, 1:]
    rest = sets.marks != 1
    # Best of the whole set, then worst of what is left: the same columns with the sign turned.
    columns = np.concatenate([code, -code[rest]])
    choice = np.concatenate([sets.set, sets.n_sets + sets.set[rest]])
    starts = np.flatnonzero(np.append(True, choice[1:] != choice[:-1]))
    chosen = np.flatnonzero(np.concatenate([sets.marks == 1, sets.marks[rest] == -1]))
    first = np.flatnonzero(np.append(True, sets.set[1:] != sets.set[:-1]))
    person, weights = np.tile(sets.person[first], 2), np.tile(sets.weights[first], 2)
    sizes = np.diff(np.append(starts, len(columns)))
    if look:
        _check_chains(sets, choice, chosen, sizes)
    # A coding needs the name of a price; there is none here, so the first column lends it.
    coding = Coding(
        attributes=(),
        levels={},
        price=sets.items[1],
        alternative="item",
        constants=sets.items[2:],
        base_alternative=sets.items[0],
        outside=None,
    )
    choices = CodedChoices(
        columns=columns,
        starts=starts,
        chosen=chosen,
        respondents=person,
        inside=np.ones(len(columns), dtype=bool),
        weights=weights,
        coding=coding,
    )
    lost = np.ones(len(columns), dtype=bool)
    lost[chosen] = False
    rows = (columns - np.repeat(columns[chosen], sizes, axis=0))[lost]
    informative = sizes > 1
    scale = np.sqrt((rows**2).mean(axis=0))
    differences = Differences(
        rows=rows / scale,
        starts=(np.cumsum(sizes - 1) - (sizes - 1))[informative],
        respondents=person[informative],
        weights=weights[informative],
        scale=scale,
    )
    return choices, differences


def _order_items(values: pd.Series) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Items that were shown, and categories that were not."""
    shown = set(as_text(values))
    if isinstance(values.dtype, pd.CategoricalDtype):
        every = [str(level) for level in values.cat.categories]
        return tuple(name for name in every if name in shown), tuple(name for name in every if name not in shown)
    return tuple(sorted(shown)), ()


def _check_cells(table: pd.DataFrame, columns: list[str], choice: str) -> None:
    complaints = [f"{column} has {int(n)} missing cells" for column, n in table[columns].isna().sum().items() if n]
    words = as_text(table[choice].dropna()).str.strip().str.lower()
    unknown = sorted(set(words) - {BEST, WORST, NONE})
    if unknown:
        complaints.append(f"{choice} holds {', '.join(map(repr, unknown[:_NAMED]))}")
    if complaints:
        raise DataError(
            f"{TABLE}: {'; '.join(complaints)}. Name respondent, set and item in every row, and write best, worst or "
            "none as the choice"
        )


def _check_sets(
    marks: np.ndarray, sets: np.ndarray, item: np.ndarray, weight: np.ndarray, ids: pd.DataFrame, column: str
) -> None:
    """Raise one error that counts and names every kind of unusable set."""
    n_sets = int(sets[-1]) + 1
    n_best, n_worst = (np.bincount(sets, weights=marks == mark, minlength=n_sets) for mark in (1, -1))
    repeated = np.append(False, (item[1:] == item[:-1]) & (sets[1:] == sets[:-1]))
    first = np.flatnonzero(np.append(True, sets[1:] != sets[:-1]))
    complaints = [
        f"{int(bad.sum())} {'set' if bad.sum() == 1 else 'sets'} {what} (first: {_name_sets(ids.iloc[first[bad]])})"
        for bad, what in (
            (np.bincount(sets, minlength=n_sets) < 2, "with one item only"),
            (n_best == 0, "without a best item"),
            (n_best > 1, "with two or more best items"),
            (n_worst == 0, "without a worst item"),
            (n_worst > 1, "with two or more worst items"),
            (np.bincount(sets, weights=repeated, minlength=n_sets) > 0, "in which an item occurs twice"),
        )
        if bad.any()
    ]
    if complaints:
        raise DataError(
            f"{TABLE}: {'; '.join(complaints)}. Each set needs two items or more, one of them best and another worst; "
            "correct or drop these"
        )
    varies = np.maximum.reduceat(weight, first) > np.minimum.reduceat(weight, first)
    if varies.any():
        raise DataError(
            f"{TABLE}, column {column}: its rows differ within {int(varies.sum())} sets (first: "
            f"{_name_sets(ids.iloc[first[varies]])}). Give all rows of a set the same weight"
        )


def _name_sets(ids: pd.DataFrame) -> str:
    first = ids.head(_NAMED)
    return ", ".join(" ".join(f"{column} {value}" for column, value in row.items()) for row in first.to_dict("records"))


def _check_chains(sets: Sets, choice: np.ndarray, chosen: np.ndarray, sizes: np.ndarray) -> None:
    """Check that from every item a chain of "was preferred to" leads to every other one."""
    rest = sets.marks != 1
    item = np.concatenate([sets.item, sets.item[rest]])
    picked = np.repeat(item[chosen], sizes)
    is_worst = choice >= sets.n_sets
    winner, loser = np.where(is_worst, item, picked), np.where(is_worst, picked, item)
    size = len(sets.items)
    met = winner != loser
    graph = csr_array((np.ones(met.sum()), (winner[met], loser[met])), shape=(size, size))
    n_parts, part = connected_components(graph, directed=True, connection="strong")
    if n_parts == 1:
        return
    n_worlds, world = connected_components(graph, directed=False)
    if n_worlds > 1:
        raise DataError(
            f"{TABLE}: no set compares {_list_items(sets, world == world[0])} with the other items. Show them "
            "together, or analyse them apart"
        )
    across = part[winner[met]] != part[loser[met]]
    lost, won = set(part[loser[met]][across]), set(part[winner[met]][across])
    complaints = []
    for each in range(n_parts):
        if each in lost and each in won:
            continue
        when = "always" if each in won else "never"
        complaints.append(f"{when} preferred to the other items: {_list_items(sets, part == each)}")
    raise DataError(
        f"{TABLE}: {'; '.join(complaints)}. Such items are separated: their utilities have no finite estimate. Drop "
        "them, or ask more people"
    )


def _list_items(sets: Sets, which: np.ndarray) -> str:
    return ", ".join(name for name, named in zip(sets.items, which, strict=True) if named)
