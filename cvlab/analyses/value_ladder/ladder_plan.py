"""What a ladder search gives back: the best prices, what they gain against today, and how sure both are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.analyses.value_ladder.gains import Gain


@dataclass(frozen=True, eq=False, kw_only=True)
class LadderPlan:
    """The best prices of a ladder among those tried.

    Attributes
    ----------
    table : one row per rung: rung, unit_cost, price_now, price_best (missing: not offered), low, high (of the best
        price, where it is offered), offered, offered_probability, share_now, share_best, share_low, share_high (of
        share_best).
    gain : what the best prices earn more than today's, money per person in the market.
    headline : the gain.
    slices : rung, price, contribution, surplus, objective, low, high (of the objective): one price moves, the other
        rungs stay at their best. Money per person in the market.
    groups : group, n, and change of contribution and of surplus from today's prices to the best, with bounds, among
        the people asked.
    at_edge : rungs whose best price lies on a bound of what was tried, so that a better one may lie beyond.
    exact : whether all combinations of candidate prices were looked at.
    n_ladders : how many combinations there are.
    objective : what was made as large as possible.
    rungs : the rungs as given: rung, price, unit_cost.
    level : coverage of the intervals.
    n : people asked.
    """

    rows: ClassVar[str] = "rung"
    kinds: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("unit_cost", "price_now", "price_best", "low", "high", "price"), "money"),
        **dict.fromkeys(("share_now", "share_best", "share_low", "share_high", "offered_probability"), "share"),
        "offered": "truth",
        "n": "count",
        **dict.fromkeys(("contribution", "surplus", "objective"), "money"),
        **{
            f"{measure}_change{end}": "money"
            for measure in ("contribution", "surplus")
            for end in ("", "_low", "_high")
        },
    }

    table: pd.DataFrame
    gain: Gain
    headline: Headline
    notes: tuple[str, ...] = ()
    slices: pd.DataFrame = field(repr=False)
    groups: pd.DataFrame = field(repr=False)
    at_edge: tuple[str, ...]
    exact: bool
    n_ladders: int
    objective: str
    rungs: pd.DataFrame = field(repr=False)
    level: float
    n: int

    @property
    def best_rungs(self) -> pd.DataFrame:
        """The rungs to offer at their best prices, as `measure_ladder` takes them: rung, price, unit_cost."""
        offered = self.table[self.table["offered"]]
        return offered[["rung", "price_best", "unit_cost"]].rename(columns={"price_best": "price"})
