"""How many held-out variables mark a group: the headline of the profiles, with its bounds.

    count         variables with at least one confirmed marker
    low, high     variables with an interval wholly beyond the marker's threshold, or reaching it

The intervals hold for all rows at once (Bonferroni), so that the bounds are no play of many comparisons.

Source: Dolnicar, Grün & Leisch (2018), Market Segmentation Analysis, section 8.2.1 (markers).
Assumes what profiles.py does.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import stats

from cvlab.analyses.common import Headline

LEVEL = 0.95
# So many people in a group show a share that differs by a quarter, with a chance of 80 %, at the 5 % level:
# 1/4 · ((1.96 + 0.84) / 0.25)², rounded up.
PEOPLE_FOR_A_MARKER = 32


def write_headline(profile: pd.DataFrame, sizes: pd.Series, *, scheme: str) -> Headline:
    """Count the held-out variables that mark a group, or say what would be needed to see one."""
    held_out = profile[~profile["by_construction"] & profile["p_value"].notna()]
    confirmed = set(held_out.loc[held_out["confirmed"], "variable"])
    known, n = held_out["variable"].nunique(), int(sizes.sum())
    value = low = high = math.nan
    words = {
        "scheme": scheme,
        "known": str(known),
        "needed": str(PEOPLE_FOR_A_MARKER),
        "characteristics": "characteristic" + ("s" if known != 1 else ""),
    }
    if len(sizes) < 2:
        sentence = (
            "Not enough data to tell groups apart: by {scheme}, all {n} people are in one group; "
            "{needed} people in each of two would do."
        )
    elif not known and not profile["by_construction"].all():
        sentence = (
            "Not enough data to say what marks the groups by {scheme}: {n} people in all, too few in each group; "
            "{needed} people in each would do."
        )
    elif not known:
        sentence = (
            "Not enough data to say who is in the groups by {scheme}: everything given made them. Give characteristics "
            "from another source."
        )
    elif not confirmed and int(held_out["n"].max()) < PEOPLE_FOR_A_MARKER:
        sentence = (
            "Not enough data to see what marks the groups by {scheme}: no group has {needed} people, the number that "
            "shows a share differing by a quarter with a chance of 80%."
        )
    else:
        value, (low, high) = float(len(confirmed)), _bound_markers(held_out, confirmed)
        mark = "marks" if value == 1 else "mark"
        sentence = (
            f"{{value}} of {{known}} {{characteristics}} that did not make the groups {mark} one of them "
            "({level} interval {low} to {high})."
        )
        if not value:
            sentence = (
                "None of {known} {characteristics} that did not make the groups by {scheme} is known to mark one of "
                "them ({level} interval {low} to {high})."
            )
    return Headline(
        key="segmentation.marker_variables",
        label="characteristics that mark a group",
        value=value,
        low=low,
        high=high,
        level=LEVEL,
        n=n,
        unit="count",
        smallest_change=1,
        method="held-out markers, false-discovery rate 5%; bounds from simultaneous intervals",
        decides=False,
        sentence=sentence,
        words=words,
    )


def _bound_markers(held_out: pd.DataFrame, confirmed: set[str]) -> tuple[float, float]:
    """Count the variables that are markers for certain, and those that may be, at one level for all rows at once."""
    wider = stats.norm.isf((1 - LEVEL) / 2 / len(held_out)) / stats.norm.isf((1 - LEVEL) / 2)
    gap = held_out["difference"]
    low = gap - wider * (gap - held_out["difference_low"])
    high = gap + wider * (held_out["difference_high"] - gap)
    nearest = np.where((low <= 0) & (high >= 0), 0.0, np.minimum(low.abs(), high.abs()))
    farthest = np.maximum(low.abs(), high.abs())
    threshold = held_out["threshold"]
    certain = set(held_out.loc[nearest >= threshold, "variable"]) & confirmed
    possible = set(held_out.loc[farthest >= threshold, "variable"]) | confirmed
    return float(len(certain)), float(len(possible))
