"""Two views of value and price: how much value per unit of money, and how much is left over?

    ratio view          value / price       [a number; value mapping compares offers by it]
    difference view     value - price       [money per unit; economic modelling compares offers by it]

The two need not agree: 120 for 100 and 240 for 200 both give 1.2, and leave 20 and 40. A customer who can buy only one
keeps the difference; the ratio decides only where the same money could buy several offers again and again. Both views
therefore stand side by side, and pairs of offers on which they disagree are named.

    disagreement     the two views order a pair of offers differently, or only one of them ties

Source: Gale (1994), Managing Customer Value (ratios); Forbis & Mehta (1981), "Value-based strategies for industrial
products", Business Horizons 24(3) (differences). Ranges: see `three_points`.
Assumes that value and price are in the same money per unit, and that the errors of the offers' values are independent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, percentile_interval
from cvlab.analyses.economic_value.economic_value import FEWEST_DRAWS
from cvlab.analyses.economic_value.three_points import draw_amounts, draw_levels, expect_amount
from cvlab.analyses.economic_value.wording import list_names
from cvlab.checks import check_columns, check_count, check_share
from cvlab.errors import DataError, Problem
from cvlab.units import write_number

NEARLY = 1e-9
MATTERS = 0.05
TIE = "tie"


@dataclass(frozen=True, eq=False, kw_only=True)
class ValueViews:
    """The same offers seen as ratio and as difference.

    Attributes
    ----------
    table : one row per offer, in the order given: offer, value, low, high (its range), price, ratio, ratio_low,
        ratio_high, ratio_rank, ratio_first (probability that it is first), and the same of the difference. Bounds and
        probabilities are missing where no offer has a range. Ties share the better rank.
    headline : share of the pairs of offers on which the two views disagree.
    disagreements : one row per such pair: offer, other, by_ratio, by_difference (the better one, or "tie"), chance
        (probability that the two views disagree on it).
    level : coverage of the intervals.
    """

    rows: ClassVar[str] = "offer"
    kinds: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("value", "low", "high", "price", "difference", "difference_low", "difference_high"), "money"),
        **dict.fromkeys(("ratio", "ratio_low", "ratio_high"), "ratio"),
        **dict.fromkeys(("ratio_rank", "difference_rank"), "count"),
        **dict.fromkeys(("ratio_first", "difference_first", "chance"), "share"),
    }

    table: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()
    disagreements: pd.DataFrame
    level: float


def compare_value_views(
    offers: pd.DataFrame, *, n_draws: int = 4_000, level: float = 0.95, seed: int = 0
) -> ValueViews:
    """Compare offers by value per price and by value less price, and name the pairs on which the two disagree.

    Parameters
    ----------
    offers : one row per offer: offer, value, price (money per unit), low?, high? (the range of value).
    n_draws : draws behind the intervals, at least 100.
    level, seed : coverage of the intervals, and where the random numbers start.

    Returns
    -------
    ValueViews : rows of `table` are offers.

    Raises
    ------
    DataError : columns are missing, an offer comes twice, a price is not above 0, low is above high …; all at once.

    Examples
    --------
    >>> offers = pd.DataFrame({"offer": ["small", "large"], "value": [120.0, 240.0], "price": [100.0, 200.0]})
    >>> views = compare_value_views(offers)
    >>> views.table[["offer", "ratio", "ratio_rank", "difference", "difference_rank"]].to_numpy().tolist()
    [['small', 1.2, 1, 20.0, 2], ['large', 1.2, 1, 40.0, 1]]
    >>> views.disagreements[["offer", "other", "by_ratio", "by_difference"]].to_numpy().tolist()
    [['small', 'large', 'tie', 'large']]
    """
    check_count(n_draws, "n_draws", least=FEWEST_DRAWS)
    check_count(seed, "seed", least=0)
    check_share(level, "level")
    if not isinstance(offers, pd.DataFrame) or offers.columns.has_duplicates:
        check_columns(offers, (), "offers")
    problems = list(_find_missing(offers)) or list(_find_problems(offers))
    if problems:
        raise DataError.from_problems("the offers cannot be compared", problems)
    names = [str(name) for name in offers["offer"]]
    likely, price = (offers[column].to_numpy(dtype=float) for column in ("value", "price"))
    low, high = _range_of(offers, "low"), _range_of(offers, "high")
    ranged = ~np.isnan(low)
    low, high = np.where(ranged, low, likely), np.where(ranged, high, likely)
    value = np.asarray(expect_amount(low, likely, high))
    drawn = draw_amounts(draw_levels(names, n_draws=n_draws, seed=seed), low, likely, high)
    told = bool(ranged.any())
    table = pd.DataFrame({"offer": names, "value": value, "low": low, "high": high, "price": price})
    table.loc[~ranged, ["low", "high"]] = np.nan
    for view, points, draws in (
        ("ratio", value / price, drawn / price),
        ("difference", value - price, drawn - price),
    ):
        bounds = percentile_interval(draws, level=level)
        table[view] = points
        table[f"{view}_low"], table[f"{view}_high"] = (np.where(ranged, bound, np.nan) for bound in bounds)
        table[f"{view}_rank"] = _rank(points)
        table[f"{view}_first"] = _share_first(draws) if told else np.nan
    disagreements, share, share_draws, unsure = _find_disagreements(table, drawn, level, told=told)
    return ValueViews(
        table=table,
        headline=_write_headline(disagreements, len(names), share, share_draws, unsure, level),
        notes=tuple(_find_notes(table, ranged)),
        disagreements=disagreements,
        level=level,
    )


def _order(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return 1 where one is larger, -1 where the other is, 0 where they tie but for the digits of computers."""
    size = np.maximum(np.abs(one), np.abs(other))
    return np.where(np.abs(one - other) <= NEARLY * size, 0, np.sign(one - other)).astype(int)


def _rank(points: np.ndarray) -> np.ndarray:
    """Return 1 for the largest; ties share the better rank."""
    return np.array([1 + int((_order(points, np.full_like(points, point)) > 0).sum()) for point in points])


def _share_first(draws: np.ndarray) -> np.ndarray:
    """Return how often each offer is first; offers that tie share."""
    best = draws.max(axis=1, keepdims=True)
    first = _order(draws, np.broadcast_to(best, draws.shape)) == 0
    return np.asarray((first / first.sum(axis=1, keepdims=True)).mean(axis=0))


def _find_disagreements(
    table: pd.DataFrame, drawn: np.ndarray, level: float, *, told: bool
) -> tuple[pd.DataFrame, float, np.ndarray | None, list[str]]:
    """Return the pairs on which the views disagree, their share, its draws, and the pairs of which it is not sure."""
    names, value, price = table["offer"], table["value"].to_numpy(), table["price"].to_numpy()
    rows, pairs = [], list(combinations(range(len(names)), 2))
    counted, unsure = np.zeros(len(drawn)), []
    for one, other in pairs:
        differs = _disagree(drawn[:, one], price[one], drawn[:, other], price[other])
        counted += differs
        if min(differs.mean(), 1 - differs.mean()) >= (1 - level) / 2 - 1 / len(drawn):
            unsure.append(f"{names[one]} and {names[other]}")
        by_ratio = int(_order(value[one] / price[one], value[other] / price[other]))
        by_difference = int(_order(value[one] - price[one], value[other] - price[other]))
        if by_ratio != by_difference:
            winner = {1: names[one], -1: names[other], 0: TIE}
            rows.append(
                {
                    "offer": names[one],
                    "other": names[other],
                    "by_ratio": winner[by_ratio],
                    "by_difference": winner[by_difference],
                    "chance": float(differs.mean()) if told else math.nan,
                }
            )
    columns = ["offer", "other", "by_ratio", "by_difference", "chance"]
    found = pd.DataFrame(rows, columns=columns)
    share = len(found) / len(pairs) if pairs else math.nan
    return found, share, counted / len(pairs) if told and pairs else None, unsure


def _disagree(value: np.ndarray, price: float, other_value: np.ndarray, other_price: float) -> np.ndarray:
    by_ratio = _order(value / price, other_value / other_price)
    return np.asarray(by_ratio != _order(value - price, other_value - other_price))


def _write_headline(
    disagreements: pd.DataFrame, offers: int, share: float, draws: np.ndarray | None, unsure: list[str], level: float
) -> Headline:
    low, high = (math.nan, math.nan) if draws is None else map(float, percentile_interval(draws, level=level))
    found = len(disagreements)
    empty = low <= 0 and high >= 1  # such an interval says nothing
    sentence = "Value per price and value less price disagree on {found} of {pairs} pairs of offers"
    sentence += " ({value}, {level} interval {low} to {high})." if draws is not None else " ({value})."
    if not found:
        sentence = "Value per price and value less price put the offers in the same order"
        sentence += (
            " ({level} interval of the share of pairs on which they differ: {low} to {high})." * (draws is not None)
            or "."
        )
    if empty:
        start = (
            "disagree on {found} of {pairs} pairs of offers ({value})" if found else "put the offers in the same order"
        )
        sentence = f"Value per price and value less price {start}, but whether they do cannot be told for {{unsure}}."
    if offers < 2:
        sentence = "Not enough data to compare two views: offers {n}, needed at least 2."
    return Headline(
        key="economic_value.views_disagree",
        label="pairs of offers on which ratio and difference disagree",
        value=share,
        low=low,
        high=high,
        level=level,
        n=offers,
        unit="share",
        smallest_change=MATTERS,
        method="pairs of offers ordered by value / price and by value - price",
        sentence=sentence,
        words={
            "found": write_number(found, "count"),
            "unsure": list_names(unsure),
            "pairs": write_number(offers * (offers - 1) // 2, "count"),
        },
        decides=False,
    )


def _find_notes(table: pd.DataFrame, ranged: np.ndarray) -> Iterator[str]:
    below = list(table.loc[table["value"] < table["price"], "offer"])
    if below:
        yield f"Worth less than their price: {list_names(below)}."
    if not ranged.any():
        yield "No offer has a low and a high, so how sure the order is, is not known."
    elif not ranged.all():
        yield f"Without low and high, and so taken as certain: {list_names(list(table.loc[~ranged, 'offer']))}."


def _range_of(offers: pd.DataFrame, column: str) -> np.ndarray:
    if column not in offers.columns:
        return np.full(len(offers), np.nan)
    numbers: np.ndarray = pd.to_numeric(offers[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return numbers


def _find_missing(offers: pd.DataFrame) -> Iterator[Problem]:
    for column in ("offer", "value", "price"):
        if column not in offers.columns:
            yield Problem(table="offers", column=column, rule="is missing", remedy="add the column, one row per offer")
    if offers.empty:
        yield Problem(table="offers", rule="has no rows", remedy="add one row per offer")


def _find_problems(offers: pd.DataFrame) -> Iterator[Problem]:
    repeated = offers["offer"].astype("str").duplicated(keep=False) | offers["offer"].isna()
    yield from _at(repeated, "offer", "is empty or names the same offer twice", "give every offer a name of its own")
    tied = (offers["offer"].astype("str") == TIE) & ~repeated
    yield from _at(tied, "offer", f"is called {TIE}, which means something else here", "rename the offer")
    value, price = (_range_of(offers, column) for column in ("value", "price"))
    yield from _at(~np.isfinite(value), "value", "is not a finite number", "write money per unit")
    yield from _at(~(np.isfinite(price) & (price > 0)), "price", "is not a number above 0", "write money per unit")
    low, high = _range_of(offers, "low"), _range_of(offers, "high")
    for column, own, counterpart in (("low", low, high), ("high", high, low)):
        alone = ~np.isfinite(own) & ~np.isnan(counterpart)
        yield from _at(alone, column, "is not a finite number, though the other bound is given", "give both or neither")
    yield from _at(low > high, "low", "is above high", "exchange the two")
    outside = ~(low > high) & ((value < low) | (value > high))
    yield from _at(outside, "value", "lies outside low to high", "give the likely value, or widen the range")


def _at(wrong: np.ndarray | pd.Series, column: str, rule: str, remedy: str) -> Iterator[Problem]:
    rows = tuple(int(row) + 1 for row in np.flatnonzero(np.asarray(wrong, dtype=bool)))
    if rows:
        yield Problem(table="offers", column=column, rows=rows, rule=rule, remedy=remedy)
