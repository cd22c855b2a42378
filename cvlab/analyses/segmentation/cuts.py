"""Cuts: how one characteristic is divided into levels, and what these are called.

    number, few values   one level per value
    number, many values  intervals [low, high), at given edges or at quantiles rounded to readable numbers
    date                 calendar years, quarters or months, whichever first gives three or more; joined where many
    text, yes/no         one level per value
    missing              a level of its own, "unknown"

Levels are crossed, and small cells of the crossing merged, in `cells`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cvlab.analyses.segmentation.calendar_cuts import cut_dates, name_periods, number_periods, say_rule
from cvlab.analyses.segmentation.preparation import ID_COLUMNS
from cvlab.checks import check_count
from cvlab.errors import DataError, ParameterError

FEW_VALUES = 6
UNKNOWN = "unknown"
OTHER = "other"
_MOST_NAMED_TOGETHER = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class Axis:
    """One characteristic, divided into levels.

    Attributes
    ----------
    column : the characteristic.
    edges : inner edges of the intervals; None where each value is a level.
    named : the values that are levels, as text; empty where there are edges.
    whole : whether the numbers are whole, so that an interval is named by its last number.
    period : for dates, how many of the periods that are numbered make a year (1, 4 or 12); 0 for numbers.
    has_unknown : whether missing values form the last level.
    few : the levels that are values of too few people to be named.
    """

    column: str
    edges: tuple[float, ...] | None = None
    named: tuple[str, ...] = ()
    whole: bool = False
    period: int = 0
    has_unknown: bool = False
    few: frozenset[int] = frozenset()

    @property
    def n_levels(self) -> int:
        """How many levels there are, "unknown" included."""
        return self.n_known + self.has_unknown

    @property
    def n_known(self) -> int:
        """How many levels there are without "unknown"."""
        return len(self.named) if self.edges is None else len(self.edges) + 1

    def codes(self, table: pd.DataFrame) -> np.ndarray:
        """Return the level of each row, -1 where it has none (a value never seen, or missing without "unknown")."""
        values = table[self.column]
        if self.edges is None:
            codes = pd.Index(self.named).get_indexer(pd.Index(write_values(values).astype(object)))
        elif self.period:
            if not pd.api.types.is_datetime64_any_dtype(values):
                raise DataError(f"customers: {self.column} is not a date, but was cut as one")
            codes = np.searchsorted(self.edges, number_periods(values, self.period), side="right")
        else:
            if not pd.api.types.is_numeric_dtype(values):
                raise DataError(f"customers: {self.column} is not numeric, but was cut as a number")
            numbers = values.to_numpy(dtype=float, na_value=np.nan)
            codes = np.searchsorted(self.edges, numbers, side="right")
        missing = values.isna().to_numpy()
        return np.where(missing, self.n_known if self.has_unknown else -1, codes)

    def touching(self, first: frozenset[int], second: frozenset[int]) -> bool:
        """Whether two sets of levels are neighbouring intervals, "unknown" beside them or not."""
        if not self.both_intervals(first, second):
            return False
        one, other = first - {self.n_known}, second - {self.n_known}
        return max(one) + 1 == min(other) or max(other) + 1 == min(one)

    def both_intervals(self, first: frozenset[int], second: frozenset[int]) -> bool:
        """Whether both sets hold intervals, which may only be joined where they touch."""
        unknown = {self.n_known}
        return self.edges is not None and bool(first - unknown) and bool(second - unknown)

    def name(self, levels: frozenset[int], *, with_column: bool) -> str:
        """Name a set of levels, as in `age 35–49`, `north or south`, `region unknown`."""
        readable = self.column.replace("_", " ")
        known = sorted(level for level in levels if level < self.n_known)
        unknown = len(known) < len(levels)
        if not known:
            return f"{readable} {UNKNOWN}"
        if len(known) == self.n_known > 1:
            words = f"{readable} known" if self.has_unknown and not unknown else f"any {readable}"
        elif self.edges is None:
            shown = [self.named[level] for level in known if level not in self.few]
            words = " or ".join([*shown, f"{OTHER} {readable}"] if len(shown) < len(known) else shown)
            if len(known) > _MOST_NAMED_TOGETHER:
                words = f"{OTHER} {readable}"
            elif with_column and shown:
                words = f"{readable} {words}"
        else:
            words = f"{readable} {self._name_interval(known[0], known[-1])}"
        return f"{words} or {UNKNOWN}" if unknown else words

    def _name_interval(self, first: int, last: int) -> str:
        edges = (-math.inf, *(self.edges or ()), math.inf)
        low, high = edges[first], edges[last + 1]
        if self.period:
            return name_periods(low, high, self.period)
        if not math.isfinite(low):
            return f"under {write_plainly(high)}"
        if not math.isfinite(high):
            return f"{write_plainly(low)} and over"
        if not self.whole:
            return f"{write_plainly(low)} to under {write_plainly(high)}"
        top = high - 1 if high == round(high) else math.floor(high)
        bottom = math.ceil(low)
        return write_plainly(bottom) if top == bottom else f"{write_plainly(bottom)}–{write_plainly(top)}"


def cut_axis(table: pd.DataFrame, column: str, how: Any, *, groups: int) -> Axis:
    """Divide one characteristic.

    Parameters
    ----------
    how : a number of quantile groups, a list of edges, or None for the default.
    groups : quantile groups of the default.

    Raises
    ------
    DataError : the column holds ids, dates of one month only, infinite numbers or nothing at all.
    ParameterError : `how` is neither, or does not fit the column.
    """
    values = table[column]
    known = values.dropna()
    if known.empty:
        raise DataError(f"customers: {column} has no value at all. Segment by another characteristic")
    has_unknown = len(known) < len(values)
    if pd.api.types.is_datetime64_any_dtype(known):
        if _is_list(how):
            raise ParameterError(f"{column} is a date: it cannot be cut at {list(how)}. {say_rule(column)}")
        period, edges = cut_dates(known, column, how)
        return Axis(column=column, edges=edges, period=period, has_unknown=has_unknown)
    if how is None and not _is_measured(known):
        return Axis(column=column, named=_list_values(known, column), has_unknown=has_unknown)
    if not _is_measured(known, few=0):
        raise ParameterError(f"{column} is not numeric: it cannot be cut at {how!r}. Leave the cut away")
    numbers = known.to_numpy(dtype=float)
    if np.isinf(numbers).any():
        raise DataError(f"customers: {column} has infinite values. Correct, fill or drop them first")
    whole = bool((numbers == numbers.round()).all())
    edges = (
        _read_edges(how, column) if _is_list(how) else _quantile_edges(numbers, column, groups if how is None else how)
    )
    return Axis(column=column, edges=edges, whole=whole, has_unknown=has_unknown)


def write_plainly(value: float) -> str:
    """Write an edge without exponent or needless zeros; group names must not change with the page's language.

    Examples
    --------
    >>> write_plainly(1234567.0), write_plainly(2.5), write_plainly(0.00012)
    ('1,234,567', '2.5', '0.00012')
    """
    if value == round(value):
        return f"{value:,.0f}"
    return np.format_float_positional(value, precision=4, fractional=False, trim="-")


def write_values(values: pd.Series) -> pd.Series:
    """Write values as the texts by which levels are called: 3.0 is "3", true is "yes"."""
    if pd.api.types.is_bool_dtype(values):
        return values.astype("boolean").map({True: "yes", False: "no"})
    if pd.api.types.is_numeric_dtype(values):
        return values.astype(float).map(write_plainly, na_action="ignore")
    return values.astype("string").str.strip()


def _is_list(how: Any) -> bool:
    return isinstance(how, (list, tuple, np.ndarray, pd.Index))


def _is_measured(known: pd.Series, few: int = FEW_VALUES) -> bool:
    numeric = pd.api.types.is_numeric_dtype(known) and not pd.api.types.is_bool_dtype(known)
    return bool(numeric) and known.nunique() > few


def _list_values(known: pd.Series, column: str) -> tuple[str, ...]:
    if pd.api.types.is_numeric_dtype(known) and not pd.api.types.is_bool_dtype(known):
        if np.isinf(known.to_numpy(dtype=float)).any():
            raise DataError(f"customers: {column} has infinite values. Correct, fill or drop them first")
        return tuple(write_plainly(value) for value in np.sort(known.astype(float).unique()))
    if isinstance(known.dtype, pd.CategoricalDtype) and known.cat.ordered:
        present = set(known.astype(str))
        return tuple(str(value) for value in known.cat.categories if str(value) in present)
    found = tuple(sorted(write_values(known).unique()))
    if column in ID_COLUMNS or (len(found) == len(known) and len(found) > FEW_VALUES):
        raise DataError(f"customers: {column} is different for everybody, like an id. Segment by a characteristic")
    return found


def _read_edges(how: Any, column: str) -> tuple[float, ...]:
    numbers = [edge for edge in how if isinstance(edge, (int, float, np.number)) and not isinstance(edge, bool)]
    edges = np.array(numbers, dtype=float)
    if not numbers or len(numbers) < len(how) or not np.isfinite(edges).all() or (np.diff(edges) <= 0).any():
        raise ParameterError(f"{column} is cut at {list(how)}: give rising, finite numbers, such as [18, 35, 65]")
    return tuple(edges.tolist())


def _quantile_edges(numbers: np.ndarray, column: str, groups: Any) -> tuple[float, ...]:
    """Quantiles, rounded as far as that moves few people: 34.7 and 35.2 are no better than 35."""
    check_count(groups, f"number of groups of {column}", least=2)
    ordered = np.sort(numbers)
    shares = np.arange(1, groups) / groups
    exact = np.unique(np.quantile(ordered, shares, method="inverted_cdf"))
    exact = exact[exact > ordered[0]]
    higher = ordered[ordered > ordered[0]]
    if not len(higher):
        raise ParameterError(f"{column} is the same for everybody: it cannot be cut")
    if len(ordered) - len(higher) >= len(ordered) / groups:
        # So many share the lowest value, such as no order at all, that they are a group of their own.
        exact = np.unique([higher[0], *exact])
    tolerance = 0.2 / groups
    edges = []
    for edge in exact:
        below = np.mean(ordered < edge)
        for digits in range(1, 8):
            rounded = float(f"{edge:.{digits - 1}e}")
            if abs(np.mean(ordered < rounded) - below) <= tolerance and rounded > ordered[0]:
                break
        edges.append(rounded)
    return tuple(float(edge) for edge in np.unique(edges))
