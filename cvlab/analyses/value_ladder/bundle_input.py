"""What goes into bundles: the long table of reservation prices becomes people and what each component is worth to them.

All that is wrong is said at once, with table, column, row and remedy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from cvlab.analyses.value_ladder.self_selection import NOBODY, LadderPeople
from cvlab.errors import DataError, ParameterError, Problem

TABLE, ID, COMPONENT, AMOUNT, WEIGHT = "reservation_prices", "respondent_id", "component", "amount", "weight"
BUNDLE = "bundle"
# Names of columns and offers of the result, which no component may have.
RESERVED = (BUNDLE, NOBODY, "strategy", "profit", "low", "high", "per_person", "expected", "expected_low",
            "expected_high")  # fmt: skip


def read_reserved(
    reservation_prices: pd.DataFrame,
    costs: Mapping[str, float],
    *,
    weights: str | None,
    n_boot: int,
    seed: int,
    smallest_group: int,
) -> tuple[LadderPeople, np.ndarray, list[str]]:
    """Return people with what the components are worth to them, unit costs in the same order, and notes.

    Raises
    ------
    DataError : the table lacks columns or holds amounts that are none, or fewer than two components; all at once.
    ParameterError : a component has no cost, a cost no component, or a cost is not an amount.
    """
    if not isinstance(reservation_prices, pd.DataFrame):
        raise DataError(f"{TABLE} is a {type(reservation_prices).__name__}: give a pandas DataFrame")
    indexed = reservation_prices.index.name == ID and ID not in reservation_prices.columns
    table = reservation_prices.reset_index() if indexed else reservation_prices
    chosen = WEIGHT if weights is None and WEIGHT in table.columns else weights
    problems = list(_find_problems(table, chosen))
    if problems:
        raise DataError.from_problems("bundles cannot be measured", problems)
    components = tuple(dict.fromkeys(str(name) for name in table[COMPONENT]))
    unit_costs = _read_costs(costs, components)
    named = table.assign(**{COMPONENT: table[COMPONENT].astype("str")})
    wide = named.pivot_table(index=ID, columns=COMPONENT, values=AMOUNT, aggfunc="first")[list(components)]
    complete = wide.notna().all(axis=1)
    if not complete.any():
        raise DataError(f"{TABLE}: nobody has an amount for every component. Ask each person for all of them")
    weight = pd.Series(1.0, index=wide.index) if chosen is None else table.groupby(ID)[chosen].first()
    worth = wide[complete]
    people = LadderPeople(
        rungs=components,
        worth=np.ascontiguousarray(worth.to_numpy(dtype=float).T),
        weights=weight.reindex(worth.index).to_numpy(dtype=float),
        person=np.arange(len(worth)),
        groups=(),
        ids=worth.index,
        n_boot=n_boot,
        seed=seed,
        smallest_group=smallest_group,
    )
    left_out = int((~complete).sum())
    notes = []
    if left_out:
        notes.append(f"{left_out} of {len(wide)} people have no amount for some component and were left out.")
    return people, unit_costs, notes


def _read_costs(costs: Mapping[str, float], components: tuple[str, ...]) -> np.ndarray:
    if not isinstance(costs, Mapping):
        raise ParameterError(f"costs is a {type(costs).__name__}: give a mapping of component to unit cost")
    complaints = []
    missing = [name for name in components if name not in costs]
    unknown = [str(name) for name in costs if name not in components]
    if missing:
        complaints.append(f"costs lack {', '.join(missing)}: give the unit cost of each component, 0 if there is none")
    if unknown:
        complaints.append(f"costs name {', '.join(unknown)}: the components are {', '.join(components)}")
    wrong = [
        f"{name} {cost!r}"
        for name, cost in costs.items()
        if isinstance(cost, bool) or not isinstance(cost, int | float | np.number) or not 0 <= cost < np.inf
    ]
    if wrong:
        complaints.append(f"costs are no amounts of 0 or more: {', '.join(wrong)}")
    if complaints:
        raise ParameterError(". ".join(complaints))
    return np.array([float(costs[name]) for name in components])


def _find_problems(table: pd.DataFrame, weight: str | None) -> Iterator[Problem]:
    needed = [ID, COMPONENT, AMOUNT, *([] if weight is None else [weight])]
    missing = [column for column in needed if column not in table.columns]
    for column in missing:
        yield Problem(table=TABLE, column=column, rule="is missing", remedy="add the column")
    if missing:
        return
    if table.empty:
        yield Problem(table=TABLE, rule="has no rows", remedy="give a row per respondent and component")
        return
    for column in (ID, COMPONENT):
        yield from _at(table[column].isna(), column, "is empty", "fill it in, or drop the row")
    amounts = pd.to_numeric(table[AMOUNT], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = pd.Series(~np.isfinite(amounts) | (amounts < 0))
    yield from _at(wrong, AMOUNT, "is not an amount of 0 or more", "write what the person would pay, or drop the row")
    twice = table.duplicated([ID, COMPONENT], keep=False)
    yield from _at(twice, COMPONENT, "is there twice for one respondent", "keep one row of each")
    names = table[COMPONENT].dropna().astype("str").unique()
    if len(names) < 2:
        rule, remedy = "has fewer than two components", "a bundle needs at least two: ask for another"
        yield Problem(table=TABLE, column=COMPONENT, rule=rule, remedy=remedy)
    reserved = table[COMPONENT].isin(RESERVED)
    yield from _at(reserved, COMPONENT, "is a name that means something else here", "rename the component")
    if weight is not None:
        numbers = pd.to_numeric(table[weight], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        yield from _at(
            pd.Series(~(numbers > 0) | np.isinf(numbers)), weight, "is not a weight", "write a number above 0"
        )
        unequal = table.groupby(ID)[weight].transform("nunique") > 1
        yield from _at(unequal, weight, "differs between the rows of one respondent", "give each person one weight")


def _at(wrong: pd.Series, column: str, rule: str, remedy: str) -> Iterator[Problem]:
    rows = tuple(int(row) + 1 for row in np.flatnonzero(wrong.to_numpy(dtype=bool)))
    if rows:
        yield Problem(table=TABLE, column=column, rows=rows, rule=rule, remedy=remedy)
