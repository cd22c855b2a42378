"""What follows from a standing: the decision on each proposition, and whether it changed since the last time.

    standing    level          the lead's interval lies within ± the smallest lead that matters
                ahead          P(first) >= sure
                behind         P(first) <= 1 - sure
                cannot tell    otherwise

                  earns what it costs   does not           not known
    ahead         lead                  price              lead
    level, behind match                 drop               cannot tell

    lead: say it, sell on it. price: customers get more than from any rival, so charge for it. match: it earns, so stay
    level or catch up. drop: nobody is won by it and it loses money.

Source: definitions of this house, not estimates. Costs and revenues are taken as certain.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cvlab.analyses.common import percentile_interval, write_probability
from cvlab.analyses.value_ladder.self_selection import EVERYBODY
from cvlab.units import write_number, write_range

LEAD, PRICE, MATCH, DROP = "lead", "price", "match", "drop"
AHEAD, LEVEL, BEHIND = "ahead", "level", "behind"
UNSURE = "cannot tell"
DECISIONS = (LEAD, PRICE, MATCH, DROP, UNSURE)
MATTERS, TOO_SMALL, NEW = "changed and matters", "too small to matter", "new"


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """From where on a lead counts: `sure` as a probability, `smallest_lead` in points of the scale."""

    sure: float
    smallest_lead: float


def judge_standing(first: float, low: float, high: float, thresholds: Thresholds) -> str:
    """Say where we stand.

    Examples
    --------
    >>> limits = Thresholds(sure=0.9, smallest_lead=0.5)
    >>> [judge_standing(*numbers, limits) for numbers in ((0.95, 0.2, 2.0), (0.95, 0.1, 0.4), (0.6, -1.0, 2.0))]
    ['ahead', 'level', 'cannot tell']
    """
    if not math.isfinite(first):
        return UNSURE
    if low >= -thresholds.smallest_lead and high <= thresholds.smallest_lead:
        return LEVEL
    return AHEAD if first >= thresholds.sure else BEHIND if first <= 1 - thresholds.sure else UNSURE


def decide(standing: str, margin: float) -> str:
    """Say what to do about a proposition.

    Examples
    --------
    >>> decide("ahead", 1.0), decide("ahead", -1.0), decide("behind", 1.0), decide("level", -1.0)
    ('lead', 'price', 'match', 'drop')
    >>> decide("ahead", float("nan")), decide("behind", float("nan")), decide("cannot tell", 1.0)
    ('lead', 'cannot tell', 'cannot tell')
    """
    if standing == UNSURE:
        return UNSURE
    if standing == AHEAD:
        return PRICE if margin < 0 else LEAD
    return UNSURE if not math.isfinite(margin) else DROP if margin < 0 else MATCH


def explain(row: Mapping[str, Any], standing: str, sure: float, n_draws: int) -> str:
    """Say why, in one sentence without its end."""
    lead, low, high = (float(row[name]) for name in ("lead", "lead_low", "lead_high"))
    rival, first, margin = str(row["rival"]), float(row["first"]), float(row["margin"])
    size, bounds = write_number(abs(lead), "number"), write_range(low, high, "number")
    where = {
        AHEAD: f"ahead of {rival} by {size} ({bounds})",
        BEHIND: f"behind {rival} by {size} ({bounds})",
        LEVEL: f"level with {rival} ({bounds})",
        UNSURE: f"{size} {'ahead of' if lead >= 0 else 'behind'} {rival}, but it could be {bounds}",
    }[standing]
    pays = "what it earns is not known: give its revenue"
    if math.isfinite(margin):
        money = write_number(abs(margin), "money")
        pays = f"earns {money} more than it costs" if margin >= 0 else f"costs {money} more than it earns"
    parts = [where, f"first with a probability of {write_probability(first, n_draws)}", pays]
    gap = float(row["price_gap"])
    if math.isfinite(gap) and gap:
        parts.append(f"asks {write_number(abs(gap), 'money')} {'more' if gap > 0 else 'less'} than {rival}")
    if standing == UNSURE:
        parts.append(f"narrower scores, or more people asked, until it is above {write_number(sure, 'share')} or below")
        parts[-1] = f"{parts[-1]} {write_number(1 - sure, 'share')}, would settle it"
    return "; ".join(parts)


def write_key(row: Mapping[str, Any]) -> str:
    """Name a proposition, and its group where there are groups."""
    return str(row["proposition"]) if row["group"] == EVERYBODY else f"{row['proposition']} ({row['group']})"


def compare_leads(
    now: pd.DataFrame,
    drawn_now: np.ndarray,
    before: pd.DataFrame,
    drawn_before: np.ndarray,
    *,
    smallest: float,
    level: float,
) -> pd.DataFrame:
    """Return how the leads changed since an earlier value model.

    Draws of the same seed are paired: see `proposition_numbers`.

    Columns: proposition, group, before, now, change, low, high (points of the scale), verdict.
    """
    size = min(len(drawn_now), len(drawn_before))
    known = pd.MultiIndex.from_frame(before[["proposition", "group"]])
    rows = []
    for number, row in enumerate(now.to_dict("records")):
        key = (row["proposition"], row["group"])
        found = {"proposition": key[0], "group": key[1], "before": np.nan, "now": row["lead"]}
        change, low, high, verdict = np.nan, np.nan, np.nan, NEW
        if key in known:
            earlier = int(known.get_loc(key))
            found["before"] = before["lead"].iloc[earlier]
            change = row["lead"] - found["before"]
            draws = drawn_now[:size, number] - drawn_before[:size, earlier]
            low, high = (float(end) for end in percentile_interval(draws, level=level))
            # A range cut off at an end of the scale lies to one side of its score.
            low, high = min(low, change), max(high, change)
            verdict = _judge_change(change, low, high, smallest)
        rows.append({**found, "change": change, "low": low, "high": high, "verdict": verdict})
    return pd.DataFrame(rows)


def _judge_change(change: float, low: float, high: float, smallest: float) -> str:
    if low >= -smallest and high <= smallest:
        return TOO_SMALL
    return MATTERS if (low > 0 or high < 0) and abs(change) >= smallest else UNSURE
