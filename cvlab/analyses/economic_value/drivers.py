"""What goes into economic value: the table value_drivers is checked, and each row becomes money with its range.

    amount = (ours - reference) * volume * unit value          [money per unit of the offer]
             (reference - ours) * volume * unit value          where the driver is a cost avoided

    kind             ours and reference are                            volume and unit value
    difference       money                                             blank counts as 1
    rate             what is done per period, such as samples a shift  both needed: periods, and money per sample
    cost avoided     a cost, or a quantity that costs: less is better  blank counts as 1
    revenue gained   revenue, or a quantity that earns                 blank counts as 1

Without `kind` a row with volume or unit value is a rate whose blanks count as 1, any other a difference. `low` and
`high` bound the amount itself, in the same money per unit of the offer as the reference price, and never `ours`:
somebody who doubts the volume as much as the effect can then say both with one range. A row without them has no range.

A row with a `group` holds for that group only, and there takes the place of the row without group for the same
driver; a row with an `account` does the same for the value statement of that account.

Source: Anderson & Narus (1998), "Business marketing: understand what customers value", Harvard Business Review 76(6).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cvlab.analyses.economic_value.three_points import expect_amount
from cvlab.checks import check_columns, check_positive
from cvlab.errors import DataError, ParameterError, Problem
from cvlab.units import write_number

DRIVER_KINDS = ("difference", "rate", "cost avoided", "revenue gained")
REFERENCE_STEP, TOTAL_STEP = "reference price", "economic value"
EVERY_GROUP = "all groups"
NEEDED = ("driver", "ours", "reference")
NEARLY = 1e-9
BLANK = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class DriverBook:
    """The drivers of an offer as numbers: groups × drivers.

    Attributes
    ----------
    drivers, groups : names; one group without a name where the table has none.
    weights : of the groups, adding up to 1.
    low, likely, high : money per unit; all 0 where a group has no such driver.
    present : whether the group has the driver.
    ranged : whether low and high were given.
    kinds, evidence : texts, groups × drivers; "" where there is none.
    """

    drivers: tuple[str, ...]
    groups: tuple[str, ...]
    weights: np.ndarray
    low: np.ndarray
    likely: np.ndarray
    high: np.ndarray
    present: np.ndarray
    ranged: np.ndarray
    kinds: np.ndarray
    evidence: np.ndarray

    @property
    def expected(self) -> np.ndarray:
        """Expected amount of each driver, over the groups."""
        return np.asarray(self.weights @ expect_amount(self.low, self.likely, self.high))

    def of_group(self, group: str) -> DriverBook:
        """Return the same drivers as this group has them; those that it lacks are left out."""
        row = self.groups.index(group)
        has = np.flatnonzero(self.present[row])
        cells = np.ix_(np.array([row]), has)
        return DriverBook(
            drivers=tuple(self.drivers[each] for each in has),
            groups=(group,),
            weights=np.ones(1),
            low=self.low[cells],
            likely=self.likely[cells],
            high=self.high[cells],
            present=self.present[cells],
            ranged=self.ranged[cells],
            kinds=self.kinds[cells],
            evidence=self.evidence[cells],
        )

    def say(self, texts: np.ndarray, driver: int) -> str:
        """Return what the groups have in a column of texts for one driver, each text once."""
        return "; ".join(text for text in dict.fromkeys(texts[:, driver]) if text)

    def move(self, amounts: Mapping[str, float]) -> DriverBook:
        """Return the same drivers with these expected amounts; ranges move along and keep their width."""
        shift = np.zeros(len(self.drivers))
        for driver, amount in amounts.items():
            column = self.drivers.index(driver)
            shift[column] = (amount - self.expected[column]) / (self.weights @ self.present[:, column])
        moved = np.where(self.present, shift, 0.0)
        return replace(self, low=self.low + moved, likely=self.likely + moved, high=self.high + moved)


def read_drivers(value_drivers: pd.DataFrame) -> pd.DataFrame:
    """Return the checked rows: driver, group, account, kind, low, likely, high, ranged, evidence.

    Raises
    ------
    DataError : everything that is wrong with the table, at once.
    """
    if not isinstance(value_drivers, pd.DataFrame) or value_drivers.columns.has_duplicates:
        check_columns(value_drivers, (), "value_drivers")
    missing = [
        Problem(table="value_drivers", column=column, rule="is missing", remedy="add the column, one row per driver")
        for column in NEEDED
        if column not in value_drivers.columns
    ]
    if value_drivers.empty:
        missing.append(Problem(table="value_drivers", rule="has no rows", remedy="add one row per driver of value"))
    problems = missing or list(_find_problems(value_drivers))
    if problems:
        raise DataError.from_problems("the economic value cannot be measured", problems)
    likely, low, high = _measure_amounts(value_drivers)
    return pd.DataFrame(
        {
            "driver": value_drivers["driver"].astype("str").to_numpy(),
            "group": _texts(value_drivers, "group").to_numpy(),
            "account": _texts(value_drivers, "account").to_numpy(),
            "kind": _kinds(value_drivers).to_numpy(),
            "low": np.where(np.isnan(low), likely, np.minimum(low, likely)),
            "likely": likely,
            "high": np.where(np.isnan(high), likely, np.maximum(high, likely)),
            "ranged": ~np.isnan(low),
            "evidence": _texts(value_drivers, "evidence").to_numpy(),
        }
    )


def check_reference_price(reference_price: float | None) -> float:
    """Return the reference price, or say where it belongs."""
    if reference_price is None:
        raise ParameterError(
            "reference_price is missing: give what the next best alternative costs per unit, in product_line.yaml as "
            "reference_price; economic value starts from it"
        )
    return check_positive(reference_price, "reference_price", zero_allowed=True)


def make_book(rows: pd.DataFrame, group_sizes: Mapping[str, float] | None = None) -> DriverBook:
    """Return checked rows as numbers, groups × drivers; the order of the rows is of no consequence."""
    drivers = tuple(sorted(set(rows["driver"])))
    groups = tuple(sorted({group for group in rows["group"] if group != BLANK})) or (BLANK,)
    shape = (len(groups), len(drivers))
    low, likely, high = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    present, ranged = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    kinds, evidence = np.full(shape, BLANK, dtype=object), np.full(shape, BLANK, dtype=object)
    # Rows for every group first, so that those of one group can take their place.
    in_order = sorted(rows.to_dict("records"), key=lambda row: (row["group"] != BLANK, row["group"]))
    for row in in_order:
        column = drivers.index(row["driver"])
        which = slice(None) if row["group"] == BLANK else groups.index(row["group"])
        low[which, column], likely[which, column], high[which, column] = row["low"], row["likely"], row["high"]
        present[which, column], ranged[which, column] = True, row["ranged"]
        kinds[which, column], evidence[which, column] = row["kind"], row["evidence"]
    return DriverBook(
        drivers=drivers,
        groups=groups,
        weights=_weigh(groups, group_sizes),
        low=low,
        likely=likely,
        high=high,
        present=present,
        ranged=ranged,
        kinds=kinds,
        evidence=evidence,
    )


def _weigh(groups: tuple[str, ...], group_sizes: Mapping[str, float] | None) -> np.ndarray:
    if group_sizes is None:
        return np.full(len(groups), 1 / len(groups))
    if groups == (BLANK,):
        raise ParameterError("group_sizes is given, but value_drivers names no group: drop it, or add a column group")
    unlike = set(groups) ^ set(group_sizes)
    if unlike:
        raise ParameterError(f"group_sizes must name the groups of value_drivers, each once: {', '.join(groups)}")
    sizes = np.array([check_positive(group_sizes[name], f"group_sizes of {name}") for name in groups])
    return np.asarray(sizes / sizes.sum())


def _texts(table: pd.DataFrame, column: str) -> pd.Series:
    """Return a column of texts without surrounding blanks; "" where it is empty or not there."""
    if column not in table.columns:
        return pd.Series(BLANK, index=table.index, dtype="str")
    return table[column].astype("str").where(table[column].notna(), BLANK).str.strip()


def _numbers(table: pd.DataFrame, column: str) -> np.ndarray:
    """Return a column of numbers; NaN where it is empty, not a number or not there."""
    if column not in table.columns:
        return np.full(len(table), np.nan)
    numbers: np.ndarray = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return numbers


def _kinds(table: pd.DataFrame) -> pd.Series:
    given = _texts(table, "kind")
    counted = ~np.isnan(_numbers(table, "volume")) | ~np.isnan(_numbers(table, "unit_value"))
    return given.where(given != BLANK, pd.Series(np.where(counted, "rate", "difference"), index=table.index))


def _measure_amounts(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the likely amount of each row, and its low and high where given."""
    volume, unit_value = (np.nan_to_num(_numbers(table, column), nan=1.0) for column in ("volume", "unit_value"))
    sign = np.where(_kinds(table) == "cost avoided", -1.0, 1.0)
    likely = sign * (_numbers(table, "ours") - _numbers(table, "reference")) * volume * unit_value
    return likely + 0.0, _numbers(table, "low"), _numbers(table, "high")


def _find_problems(table: pd.DataFrame) -> Iterator[Problem]:
    names, kinds = _texts(table, "driver"), _kinds(table)
    yield from _at(names == BLANK, "driver", "is empty", "name the driver, such as reagents saved")
    reserved = names.isin([REFERENCE_STEP, TOTAL_STEP])
    yield from _at(reserved, "driver", f"is called {REFERENCE_STEP} or {TOTAL_STEP}", "rename it: these are sums")
    everything = _texts(table, "group") == EVERY_GROUP
    yield from _at(everything, "group", f"is called {EVERY_GROUP}", "leave it empty: the row then holds for all")
    keys = pd.DataFrame({"driver": names, "group": _texts(table, "group"), "account": _texts(table, "account")})
    twice = keys.duplicated(keep=False) & (names != BLANK)
    yield from _at(twice, "driver", "names the same driver twice", "count each effect once, or say of which group")
    for column in ("ours", "reference"):
        wrong = ~np.isfinite(_numbers(table, column))
        yield from _at(wrong, column, "is not a finite number", "write what the driver is with this offer")
    for column in ("volume", "unit_value"):
        yield from _amount_problems(table, column, kinds)
    unknown = ~kinds.isin(DRIVER_KINDS)
    yield from _at(unknown, "kind", "is not known", f"write one of {', '.join(DRIVER_KINDS)}, or leave it empty")
    yield from _range_problems(table)


def _amount_problems(table: pd.DataFrame, column: str, kinds: pd.Series) -> Iterator[Problem]:
    numbers, given = _numbers(table, column), _texts(table, column) != BLANK
    wrong = given & (~np.isfinite(numbers) | (numbers < 0))
    remedy = "write a number of 0 or more; what is better when less is the kind cost avoided"
    yield from _at(wrong, column, "is not a number of 0 or more", remedy)
    blank = ~given & (_texts(table, "kind") == "rate")
    yield from _at(blank, column, "is empty, but the kind is rate", "write it, or leave the kind empty")


def _range_problems(table: pd.DataFrame) -> Iterator[Problem]:
    given = {column: _texts(table, column) != BLANK for column in ("low", "high")}
    for column, other in (("low", "high"), ("high", "low")):
        wrong = given[column] & ~np.isfinite(_numbers(table, column))
        yield from _at(wrong, column, "is not a finite number", "write the bound of the amount in money per unit")
        alone = ~given[column] & given[other]
        yield from _at(alone, column, f"is empty, but {other} is not", "give both bounds or neither")
    likely, low, high = _measure_amounts(table)
    turned = low > high
    yield from _at(pd.Series(turned), "low", "is above high", "exchange the two")
    slack = NEARLY * np.maximum(1.0, np.abs(likely))
    outside = ~turned & ((likely < low - slack) | (likely > high + slack))
    for row in np.flatnonzero(outside):
        amounts = (write_number(number[row], "money") for number in (low, high, likely))
        rule = "{} to high {} leaves out the likely amount {}".format(*amounts)
        remedy = "give low and high as bounds of the amount in money, not of ours; see what the amount is made of"
        yield Problem(table="value_drivers", column="low", rows=(int(row) + 1,), rule=rule, remedy=remedy)


def _at(wrong: pd.Series | np.ndarray, column: str, rule: str, remedy: str) -> Iterator[Problem]:
    rows = tuple(int(row) + 1 for row in np.flatnonzero(np.asarray(wrong, dtype=bool)))
    if rows:
        yield Problem(table="value_drivers", column=column, rows=rows, rule=rule, remedy=remedy)
