"""Propositions and rivals on the sample lines: how well each offer keeps a promise, as it is and as it was judged.

    lead     our score - that of the best rival                       [points of a scale from 0 to 10]
    margin   revenue - cost of the proposition, per customer          [money]

Judges err by up to `ERROR` points, equally likely to either side, and give a range of `REACH` points around what they
say; it holds the planted score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvlab.tables.synthetic.records import COMPUTED, PLANTED, Record, record

LOWEST, HIGHEST = 0.0, 10.0
ERROR, REACH = 0.4, 1.0
CHAPTER = "value_ladder.value_model"


@dataclass(frozen=True, kw_only=True)
class Proposition:
    """What is promised: our scores and the money of each group, and the scores of the rivals, the same for all groups.

    Attributes
    ----------
    ours, cost, revenue : one number per group; money per customer.
    rivals : rival -> score.
    """

    name: str
    ours: tuple[float, ...]
    cost: tuple[float, ...]
    revenue: tuple[float, ...]
    rivals: Mapping[str, float]

    @property
    def leads(self) -> tuple[float, ...]:
        """Our score less that of the best rival, for each group."""
        return tuple(score - max(self.rivals.values()) for score in self.ours)


@dataclass(frozen=True, kw_only=True)
class Competition:
    """All propositions of a line, the groups they are for, and what the offers cost a customer."""

    groups: tuple[str, ...]
    propositions: Sequence[Proposition]
    prices: tuple[float, ...]
    rival_prices: Mapping[str, float]

    def draw_propositions(self, population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
        """Draw the table propositions, judged."""
        rows = [
            {
                "proposition": each.name,
                "group": group,
                **_judge("ours", each.ours[number], random),
                "cost": each.cost[number],
                "revenue": each.revenue[number],
                "price": self.prices[number],
            }
            for each in self.propositions
            for number, group in enumerate(self.groups)
        ]
        columns = ["proposition", "group", "ours", "cost", "revenue", "price", "low", "high"]
        return pd.DataFrame(rows)[columns]

    def draw_rivals(self, population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
        """Draw the table rivals, judged."""
        rows = [
            {
                "proposition": each.name,
                "rival": rival,
                **_judge("score", score, random),
                "price": self.rival_prices[rival],
            }
            for each in self.propositions
            for rival, score in each.rivals.items()
        ]
        return pd.DataFrame(rows)[["proposition", "rival", "score", "price", "low", "high"]]

    def list_truths(self) -> list[Record]:
        """Return what is true of the scores: leads, margins, where we are first, and which proposition leads most."""
        table, points = "propositions", "points; planted scores, the best rival's taken off"
        leads = {each.name: float(np.mean(each.leads)) for each in self.propositions}
        first = np.mean([lead > 0 for each in self.propositions for lead in each.leads])
        truths = [
            record(f"{CHAPTER}.best", max(leads, key=leads.__getitem__), "text", table, COMPUTED,
                   "largest mean lead; each group counts the same"),
            record(f"{CHAPTER}.first_share", float(first), "share", table, COMPUTED, "of propositions and groups"),
        ]  # fmt: skip
        for each in self.propositions:
            for number, group in enumerate(self.groups):
                key = f"{each.name}.{group}"
                margin = each.revenue[number] - each.cost[number]
                truths += [
                    record(f"{CHAPTER}.lead.{key}", each.leads[number], "number", table, COMPUTED, points),
                    record(f"{CHAPTER}.margin.{key}", margin, "money", table, PLANTED, "per customer"),
                ]
        return truths


def _judge(name: str, score: float, random: np.random.Generator) -> dict[str, float]:
    """Return a score as it was judged, with its range, in tenths of a point."""
    judged = round(float(np.clip(score + random.uniform(-ERROR, ERROR), LOWEST, HIGHEST)), 1)
    low, high = max(LOWEST, judged - REACH), min(HIGHEST, judged + REACH)
    return {name: judged, "low": round(low, 1), "high": round(high, 1)}
