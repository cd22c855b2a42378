"""What stated against revealed says: the factor between the two, or how sensitive to price each makes people look."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.analyses.willingness_to_pay.choosing.top import write_people
from cvlab.analyses.willingness_to_pay.pricing.curve import UNITS
from cvlab.analyses.willingness_to_pay.pricing.demand import Demand
from cvlab.analyses.willingness_to_pay.pricing.words import write_apart
from cvlab.units import write_number, write_range

SMALLEST_CHANGE = 0.05  # change of the factor, or of the ratio, between two runs that would matter
_RATIO = "stated per revealed"


def write_headline(
    table: pd.DataFrame,
    factor: np.ndarray,
    elasticities: pd.DataFrame,
    ratios: np.ndarray,
    stated: Demand | None,
    revealed: Demand | None,
    reason: str,
    level: float,
) -> Headline:
    """Write the headline: the factor, or the ratio of the elasticities where the data say nothing else.

    Parameters
    ----------
    factor, ratios : draws of the posterior factor, and of the ratio of the elasticities.
    reason : why nothing can be learned about the factor, where that is so.
    """
    if reason and revealed is not None and compare_slopes(elasticities):
        return _write_ratio(elasticities, ratios, stated, revealed, level)
    value, low, high = (float(table[column].iloc[-1]) for column in ("estimate", "low", "high"))
    n = _count(stated, revealed)
    sentence = "Stated worth is {factor} times real worth ({level} interval {range}, {people})."
    if reason:
        sentence = (
            "Studies say that stated worth is {factor} times real worth ({level} interval {range}); these data do not "
            "say how much it is here, because {reason}."
        )
    by_name = elasticities.set_index("what")["estimate"]
    if by_name.notna().all():
        sentence += " Demand has an elasticity of {said} as stated and {done} as revealed."
    written, interval = write_apart(value, low, high)
    return Headline(
        key="willingness_to_pay.stated_per_real",
        label="stated worth per real worth",
        value=value,
        low=low,
        high=high,
        level=level,
        n=n,
        unit="ratio",
        smallest_change=SMALLEST_CHANGE,
        method="prior alone" if reason else "prior and data, normal in logs",
        sentence=sentence,
        words={
            "people": write_people(n),
            "reason": reason,
            "factor": written,
            "range": interval,
            "said": _write_slope(elasticities, "stated"),
            "done": _write_slope(elasticities, "revealed"),
        },
        draws=factor,
        decides=not reason,
    )


def compare_slopes(elasticities: pd.DataFrame) -> str:
    """Say how sensitive to the price words make people look; nothing where a side has no demand that falls."""
    rows = elasticities.set_index("what")
    if not (rows.loc[["stated", "revealed"], "high"] < 0).all():
        return ""
    if rows.loc[_RATIO, "high"] < 1:
        return "less"
    return "more" if rows.loc[_RATIO, "low"] > 1 else "as"


def describe_comparison(
    table: pd.DataFrame,
    stated: Demand | None,
    revealed: Demand | None,
    by_price: pd.DataFrame,
    paired: bool,
    reason: str,
    prior: tuple[float, float],
) -> tuple[str, ...]:
    """Return what a reader must know about the comparison."""
    notes = [
        f"Before the data the factor is log-normal with median {write_number(prior[0])} and a standard deviation of "
        f"{write_number(prior[1])} in logs."
    ]
    if reason:
        low, high = (float(table[column].iloc[-1]) for column in ("low", "high"))
        notes.append(
            f"How far stated worth runs above real worth cannot be learned here, because {reason}; other studies "
            f"put it at {write_number(table['estimate'].iloc[-1])} ({write_range(low, high)}), the prior."
        )
    if paired:
        notes.append("The same people stand behind both and are resampled together.")
    if len(by_price) > 1:
        first, last = by_price.iloc[0], by_price.iloc[-1]
        if first["high"] < last["low"] or last["high"] < first["low"]:
            notes.append(
                f"The factor is not the same at all prices: {write_number(first['factor'])} at "
                f"{write_number(first['price'], 'money')} and {write_number(last['factor'])} at "
                f"{write_number(last['price'], 'money')}, so one factor describes the curves only roughly."
            )
    if stated is not None and revealed is not None and not paired:
        notes.append("The two sides are taken to be independent.")
    if revealed is not None:
        notes += [note for note in revealed.notes if "by chance" in note]
    return tuple(notes)


def _write_ratio(
    elasticities: pd.DataFrame, ratios: np.ndarray, stated: Demand | None, revealed: Demand, level: float
) -> Headline:
    value, low, high = (
        float(elasticities.set_index("what").loc[_RATIO, column]) for column in ("estimate", "low", "high")
    )
    opening = {
        "less": "Words make people look less sensitive to price than they are",
        "more": "Words make people look more sensitive to price than they are",
        "as": "Words and deeds do not clearly differ in how sensitive to price they make people look",
    }[compare_slopes(elasticities)]
    n = _count(stated, revealed)
    return Headline(
        key="willingness_to_pay.stated_elasticity_ratio",
        label="elasticity as stated per elasticity as revealed",
        value=value,
        low=low,
        high=high,
        level=level,
        n=n,
        unit="ratio",
        smallest_change=SMALLEST_CHANGE,
        method="elasticity of each demand",
        sentence="{opening}: the elasticity is {said} as said and {done} as {deed}, a ratio of {value} ({level} "
        "interval {low} to {high}, {people}).",
        words={
            "opening": opening,
            "said": _write_slope(elasticities, "stated"),
            "done": _write_slope(elasticities, "revealed"),
            "deed": "sold" if revealed.unit == UNITS else "done",
            "people": write_people(n),
        },
        draws=ratios,
        decides=revealed.basis.trusted,
    )


def _write_slope(elasticities: pd.DataFrame, what: str) -> str:
    row = elasticities.set_index("what").loc[what]
    if not math.isfinite(row["estimate"]):
        return write_number(math.nan)
    return f"{write_number(row['estimate'])} ({write_range(row['low'], row['high'])})"


def _count(stated: Demand | None, revealed: Demand | None) -> int:
    return min((side.basis.n for side in (stated, revealed) if side is not None), default=0)
