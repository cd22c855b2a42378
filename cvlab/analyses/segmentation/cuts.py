"""Cuts: how one characteristic is divided into levels, and how small cells are merged until each can be shown.

    number, few values   one level per value
    number, many values  intervals [low, high), at given edges or at quantiles rounded to readable numbers
    date                 calendar years, quarters or months, whichever first gives three or more; joined where many
    text, yes/no         one level per value
    missing              a level of its own, "unknown"

A cell of a crossing is one level, or a set of neighbouring levels, of each characteristic. A cell that is too small
joins the cell that differs from it in one characteristic only: preferably the adjacent interval, else the smallest.

A value that too few people have is not called by its name, nor are those whom it joins told by it: `East or other
region`. A word that one person alone has written may tell who it was.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from cvlab.analyses.segmentation.calendar_cuts import cut_dates, name_periods, number_periods, say_rule
from cvlab.analyses.segmentation.preparation import ID_COLUMNS
from cvlab.checks import check_count
from cvlab.errors import DataError, ParameterError

FEW_VALUES = 6
MOST_CELLS = 600
UNKNOWN = "unknown"
OTHER = "other"
_MOST_NAMED_TOGETHER = 3

Cell = tuple[frozenset[int], ...]


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


def merge_small_cells(
    axes: Sequence[Axis], counts: Mapping[tuple[int, ...], int], *, smallest: int
) -> tuple[dict[tuple[int, ...], int], list[Cell], int]:
    """Merge cells until each has at least `smallest` people, or one is left.

    Parameters
    ----------
    counts : people in each combination of levels that occurs.

    Returns
    -------
    the group of every combination of levels; the cell of each group (an empty tuple for the group "other", of cells
    that had no neighbour left); how many occupied cells were too small.

    Raises
    ------
    ParameterError : the crossing has more than `MOST_CELLS` cells.
    """
    # Levels that are small in themselves are merged first: the crossing then has fewer, and better filled, cells.
    starts = [_merge_levels(axis, position, counts, smallest) for position, axis in enumerate(axes)]
    n_cells = math.prod(len(sets) for sets in starts)
    if n_cells > MOST_CELLS:
        raise ParameterError(f"the crossing has {n_cells:,} cells: cross fewer characteristics or cut them coarser")
    cells: dict[Cell, int] = dict.fromkeys(product(*starts), 0)
    where = [{level: levels for levels in sets for level in levels} for sets in starts]
    for combination, count in counts.items():
        cells[tuple(levels[level] for levels, level in zip(where, combination, strict=True))] += count
    small = sum(0 < count < smallest for count in counts.values())
    merged = _merge_boxes(axes, cells, smallest)
    order = sorted(merged, key=lambda boxes: [sorted(levels) for box in boxes for levels in box])
    order = sorted(order, key=len)  # "other", made of several boxes, comes last
    group_of = {
        combination: number
        for number, boxes in enumerate(order)
        for box in boxes
        for combination in product(*(sorted(levels) for levels in box))
    }
    return group_of, [boxes[0] if len(boxes) == 1 else () for boxes in order], small


def hide_few(axes: Sequence[Axis], counts: Mapping[tuple[int, ...], int], *, smallest: int) -> list[Axis]:
    """Return the axes with the values noted that fewer than `smallest` people have: they are not named."""
    return [
        replace(
            axis,
            few=frozenset(level for level, size in enumerate(_count_levels(axis, place, counts)) if size < smallest),
        )
        if axis.edges is None
        else axis
        for place, axis in enumerate(axes)
    ]


def name_cells(axes: Sequence[Axis], cells: Sequence[Cell]) -> list[str]:
    """Name each cell; where cells would have the same name, since what tells them apart is not named, number them."""
    names: list[str] = []
    for cell in cells:
        name = base = name_cell(axes, cell)
        attempt = 1
        while name in names:
            attempt += 1
            name = f"{base} ({attempt})"
        names.append(name)
    return names


def name_cell(axes: Sequence[Axis], cell: Cell) -> str:
    """Name a cell, as in `north · age 35–49`; a characteristic that does not matter in it is left out."""
    if not cell:
        return OTHER
    seen = [value.lower() for axis in axes for value in axis.named]
    parts = []
    for axis, levels in zip(axes, cell, strict=True):
        if len(levels) == axis.n_levels and len(axes) > 1:
            continue
        unclear = any(seen.count(value.lower()) > 1 or not _speaks(value) for value in axis.named)
        parts.append(axis.name(levels, with_column=unclear))
    return " · ".join(parts) or "all"


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


def _speaks(value: str) -> bool:
    return value.lower() not in ("yes", "no", "true", "false", OTHER, UNKNOWN) and not value[:1].isdigit()


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


def _merge_levels(
    axis: Axis, position: int, counts: Mapping[tuple[int, ...], int], smallest: int
) -> list[frozenset[int]]:
    sizes: dict[Cell, int] = {
        (frozenset([level]),): size for level, size in enumerate(_count_levels(axis, position, counts))
    }
    merged = _merge_boxes([axis], sizes, smallest)
    return sorted((boxes[0][0] for boxes in merged), key=min)


def _count_levels(axis: Axis, position: int, counts: Mapping[tuple[int, ...], int]) -> list[int]:
    sizes = [0] * axis.n_levels
    for combination, count in counts.items():
        sizes[combination[position]] += count
    return sizes


def _merge_boxes(axes: Sequence[Axis], sizes: Mapping[Cell, int], smallest: int) -> list[tuple[Cell, ...]]:
    """Let the smallest cell join its nearest neighbour, again and again; those without one are pooled as "other"."""
    boxes = dict(sizes)
    rest: list[Cell] = []
    n_rest = 0
    while len(boxes) > 1:
        cell = min(boxes, key=lambda box: (boxes[box], [sorted(levels) for levels in box]))
        if boxes[cell] >= smallest:
            break
        options = []
        for other, count in boxes.items():
            differing = [axis for axis in range(len(axes)) if cell[axis] != other[axis]]
            if len(differing) == 1:
                axis = differing[0]
                apart = not axes[axis].touching(cell[axis], other[axis])
                if not (
                    apart and axes[axis].both_intervals(cell[axis], other[axis])
                ):  # two intervals with another one between them do not make one interval
                    options.append((apart, count, [sorted(levels) for levels in other], other, axis))
        size = boxes.pop(cell)
        if not options:
            rest.append(cell)
            n_rest += size
            continue
        *_, other, axis = min(options, key=lambda option: option[:3])
        joined = tuple(cell[place] | other[place] for place in range(len(axes)))
        boxes[joined] = boxes.pop(other) + size
    if rest and min(boxes.values()) < smallest:  # the last box found no neighbour either
        (last,) = boxes
        rest.append(last)
        n_rest += boxes.pop(last)
    groups: list[tuple[Cell, ...]] = [(box,) for box in boxes]
    if not rest:
        return groups
    if not groups:
        return [(tuple(frozenset().union(*levels) for levels in zip(*rest, strict=True)),)]
    if n_rest < smallest:  # too few for a group of their own: they join the smallest
        host = min(groups, key=lambda group: (boxes[group[0]], [sorted(levels) for levels in group[0]]))
        groups.remove(host)
        rest = [*host, *rest]
    return [*groups, tuple(rest)]
