"""The tables of `ValueModel`: each proposition for each group, and over all groups; the columns are explained there."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from cvlab.analyses.common import percentile_interval
from cvlab.analyses.value_ladder.proposition_input import OURS, ValueInput
from cvlab.analyses.value_ladder.proposition_numbers import Standing
from cvlab.analyses.value_ladder.proposition_verdicts import AHEAD, Thresholds, decide, explain, judge_standing

ENDS = ("", "_low", "_high")


def tabulate_cells(
    given: ValueInput, standing: Standing, told: np.ndarray, limits: Thresholds, *, level: float, smallest_group: int
) -> pd.DataFrame:
    """Return one row per proposition and group; numbers of cells that are not `told` are missing."""
    cells, offers = given.cells, given.offers
    mine = np.flatnonzero((offers["rival"] == OURS).to_numpy())  # offers stand by cell, so that these are one per cell
    points = offers["score"].to_numpy()
    score_low, score_high = percentile_interval(standing.scores, level=level)
    # Ranks are whole: their bounds are ranks that occur.
    rank_low, rank_high = (np.round(each) for each in percentile_interval(standing.drawn_rank, level=level))
    lead_low, lead_high = percentile_interval(standing.drawn_lead, level=level)
    numbers = pd.DataFrame(
        {
            "ours": points[mine],
            "ours_low": score_low[mine],
            "ours_high": score_high[mine],
            "rival_score": points[standing.best],
            "rival_score_low": score_low[standing.best],
            "rival_score_high": score_high[standing.best],
            "lead": standing.lead,
            "lead_low": lead_low,
            "lead_high": lead_high,
            "rank": standing.rank,
            "rank_low": rank_low,
            "rank_high": rank_high,
            "first": standing.drawn_first.mean(axis=0),
        }
    )
    if not told.all():
        numbers = numbers.astype(float)
        numbers.loc[~told] = math.nan
    table = cells[["proposition", "group", "n"]].assign(
        rival=offers["rival"].to_numpy()[standing.best], rivals=standing.rivals, size=cells["size"]
    )
    table["rival"] = table["rival"].where(told)
    table = pd.concat([table, numbers], axis=1).assign(
        cost=cells["cost"],
        revenue=cells["revenue"],
        margin=cells["revenue"] - cells["cost"],
        price=cells["price"],
        rival_price=offers["price"].to_numpy()[standing.best],
    )
    table["price_gap"] = table["price"] - table["rival_price"]
    rows = table.to_dict("records")
    where = [judge_standing(row["first"], row["lead_low"], row["lead_high"], limits) for row in rows]
    few = f"people: at least {smallest_group} are needed"
    return table.assign(
        standing=where,
        decision=[decide(place, row["margin"]) for place, row in zip(where, rows, strict=True)],
        reason=[
            explain({str(name): value for name, value in row.items()}, place, limits.sure, len(standing.drawn_lead))
            if math.isfinite(row["lead"])
            else f"only {row['n']} {few}"
            for place, row in zip(where, rows, strict=True)
        ],
    )


def tabulate_propositions(
    table: pd.DataFrame, drawn_leads: np.ndarray, limits: Thresholds, *, level: float
) -> pd.DataFrame:
    """Return one row per proposition: the mean over customers of all groups of which something is told."""
    rows = []
    for name, cells in table.groupby("proposition", sort=False):
        here = cells.index[cells["lead"].notna()].to_numpy()
        row: dict[str, Any] = {"proposition": name, "groups": len(cells), "ahead": (cells["standing"] == AHEAD).sum()}
        row |= {f"lead{end}": math.nan for end in ENDS} | {"probability": math.nan}
        if len(here):
            weights = find_weights(table)[here]
            draws = drawn_leads[:, here] @ weights / weights.sum()
            low, high = percentile_interval(draws, level=level)
            row |= {"lead": float(table["lead"].to_numpy()[here] @ weights / weights.sum())}
            row |= {"lead_low": float(low), "lead_high": float(high), "probability": float((draws > 0).mean())}
        sizes = find_weights(table)[cells.index]
        row["margin"] = float(cells["margin"].to_numpy() @ sizes / sizes.sum())
        row["total_margin"] = float(cells["margin"].to_numpy() @ cells["size"].to_numpy())
        row["standing"] = judge_standing(row["probability"], row["lead_low"], row["lead_high"], limits)
        rows.append({**row, "decision": decide(row["standing"], row["margin"])})
    return pd.DataFrame(rows)


def find_weights(table: pd.DataFrame) -> np.ndarray:
    """Return the customers of each row's group, or 1 each where they are not known."""
    return table["size"].fillna(1.0).to_numpy(dtype=float)
