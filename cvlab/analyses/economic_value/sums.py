"""The sum of the drivers on the same draws: steps with intervals, shares, the tornado.

    share of a driver     its amount / sum of the sizes of all amounts     [share of what differs, with its sign]
    swing                 total with the driver at its high - at its low   [money per unit], the others as expected

With all drivers to our favour the share is simply amount / sum of amounts. Sizes, and not the net sum, stand below the
line, so that a share stays between -1 and 1 where some drivers speak against us.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cvlab.analyses.common import percentile_interval
from cvlab.analyses.economic_value.drivers import REFERENCE_STEP, TOTAL_STEP, DriverBook
from cvlab.analyses.economic_value.three_points import draw_amounts, draw_levels


@dataclass(frozen=True, eq=False, kw_only=True)
class Drawn:
    """The amounts of all drivers, largest first.

    Attributes
    ----------
    order : position of each driver in its book.
    amounts : expected, money per unit.
    draws : draws × drivers.
    shares, share_draws : of the driver in what differs.
    ranged : whether the driver has a range at all.
    """

    order: np.ndarray
    amounts: np.ndarray
    draws: np.ndarray
    shares: np.ndarray
    share_draws: np.ndarray
    ranged: np.ndarray

    @property
    def is_sure(self) -> bool:
        """Whether nothing is known of how sure the sum is."""
        return not self.ranged.any()

    def bounds(self, draws: np.ndarray, level: float) -> tuple[float, float]:
        """Interval of a number that hangs on all drivers; none where no driver has a range."""
        if self.is_sure:
            return math.nan, math.nan
        low, high = percentile_interval(draws, level=level)
        return float(low), float(high)


def draw_drivers(book: DriverBook, levels: np.ndarray) -> Drawn:
    """Return the drivers of a book, over its groups, at these levels (draws × drivers of the book)."""
    expected = book.expected
    order = np.array(sorted(range(len(expected)), key=lambda each: (-expected[each], book.drivers[each])), dtype=int)
    drawn = sum(
        weight * draw_amounts(levels, book.low[group], book.likely[group], book.high[group])
        for group, weight in enumerate(book.weights)
    )
    amounts, draws = expected[order], np.asarray(drawn)[:, order]
    return Drawn(
        order=order,
        amounts=amounts,
        draws=draws,
        shares=_share_out(amounts),
        share_draws=_share_out(draws),
        ranged=np.asarray(book.ranged.any(axis=0))[order],
    )


def draw_book_levels(book: DriverBook, *, n_draws: int, seed: int, correlation: float) -> np.ndarray:
    """Return draws × drivers of a book; the same driver draws the same in every group and in any table."""
    return draw_levels(book.drivers, n_draws=n_draws, seed=seed, correlation=correlation)


def tabulate_steps(book: DriverBook, drawn: Drawn, reference_price: float, level: float) -> pd.DataFrame:
    """Return one row per step of the sum, from the reference price to the economic value."""
    names = [book.drivers[each] for each in drawn.order]
    likely = np.asarray(book.weights @ book.likely)[drawn.order]
    low, high = _bounds_of(drawn.draws, drawn.ranged, level)
    share_low, share_high = _bounds_of(drawn.share_draws, np.full(len(names), not drawn.is_sure), level)
    total_low, total_high = drawn.bounds(reference_price + drawn.draws.sum(axis=1), level)
    running = reference_price + np.cumsum(drawn.amounts)
    total = float(running[-1])
    blank = {"share": math.nan, "share_low": math.nan, "share_high": math.nan, "kind": "", "evidence": ""}
    first = {"step": REFERENCE_STEP, "amount": reference_price, "likely": reference_price, "low": math.nan}
    last = {"step": TOTAL_STEP, "amount": total, "likely": reference_price + float(likely.sum()), "low": total_low}
    steps: list[dict[str, Any]] = [
        {
            "step": names[each],
            "amount": drawn.amounts[each],
            "likely": likely[each],
            "low": low[each],
            "high": high[each],
            "running_total": running[each],
            "share": drawn.shares[each],
            "share_low": share_low[each],
            "share_high": share_high[each],
            "kind": book.say(book.kinds, drawn.order[each]),
            "evidence": book.say(book.evidence, drawn.order[each]),
        }
        for each in range(len(names))
    ]
    return pd.DataFrame(
        [
            {**first, "high": math.nan, "running_total": reference_price, **blank},
            *steps,
            {**last, "high": total_high, "running_total": total, **blank},
        ]
    )


def tabulate_swings(book: DriverBook, drawn: Drawn, reference_price: float) -> pd.DataFrame:
    """Return one row per driver with a range, widest first: the total at its low and at its high."""
    total = reference_price + float(drawn.amounts.sum())
    low, high = np.asarray(book.weights @ book.low)[drawn.order], np.asarray(book.weights @ book.high)[drawn.order]
    table = pd.DataFrame(
        {
            "driver": [book.drivers[each] for each in drawn.order],
            "low": low,
            "amount": drawn.amounts,
            "high": high,
            "total_at_low": total - drawn.amounts + low,
            "total_at_high": total - drawn.amounts + high,
            "swing": high - low,
        }
    )[drawn.ranged]
    return table.sort_values(["swing", "driver"], ascending=[False, True], kind="stable", ignore_index=True)


def _share_out(amounts: np.ndarray) -> np.ndarray:
    sizes = np.abs(amounts).sum(axis=-1, keepdims=True)
    return np.divide(amounts, sizes, out=np.full(amounts.shape, np.nan), where=sizes > 0)


def _bounds_of(draws: np.ndarray, told: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Interval of each column; none where it is not told."""
    low, high = percentile_interval(draws, level=level)
    return np.where(told, low, np.nan), np.where(told, high, np.nan)
