"""What is said of a break-even: its headlines, and the notes a reader needs beside its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, write_probability
from cvlab.analyses.economic_value.schedules import Schedules
from cvlab.analyses.economic_value.wording import list_names
from cvlab.units import write_number

FEW = 30  # below this, a bootstrap's intervals are known to be too short
MATTERS_MONTHS, MATTERS = 1.0, 0.05


def write_break_even(
    row: Mapping[str, Any],
    schedules: Schedules,
    level: float,
    n_draws: int,
    smallest_group: int,
    *,
    has_range: bool,
    slowest: Mapping[str, str],
) -> Headline:
    """Return the headline of the break-even from the first row of the table; `slowest` only adds words."""
    value, low, high = (float(row[f"break_even{end}"]) for end in ("", "_low", "_high"))
    open_question = _say_too_few(
        Headline(
            key="economic_value.break_even_months",
            label="break-even",
            value=math.nan,
            low=math.nan,
            high=math.nan,
            level=level,
            n=len(schedules.names),
            unit="months",
            better="lower",
            smallest_change=MATTERS_MONTHS,
            method="expected schedule, mean over customers; triangular draws, Bayesian bootstrap over customers",
            sentence="",
            words={**_name(schedules), **slowest},
        ),
        "when the offer pays back",
        smallest_group,
    )
    if math.isnan(value):
        return open_question
    horizon = write_number(schedules.horizon, "months")
    never = write_probability(float(row["never"]), n_draws)
    words = {**_name(schedules), **slowest, "horizon": horizon, "never": never}
    if math.isinf(value):
        sentence = (
            "{who} does not get back what it costs within {horizon}; the probability of that is {never}."
            if has_range
            else "{who} does not get back what it costs within {horizon}; no benefit has a range, so how sure this is, "
            "is not known."
        )
        return replace(open_question, sentence=sentence, words=words)
    if not has_range:
        sentence = "{who} has its costs back after {value}; no benefit has a range, so how sure this is, is not known."
        return replace(open_question, value=value, sentence=sentence, words=words)
    sentence = (
        "{who} has its costs back after {value} ({level} interval {from} to {until}); the probability that this takes "
        "longer than {horizon} is {never}."
    )
    words["from"], words["until"] = (
        f"later than {horizon}" if math.isinf(bound) else write_number(bound, "months") for bound in (low, high)
    )
    finite = {name: bound if math.isfinite(bound) else math.nan for name, bound in (("low", low), ("high", high))}
    return replace(open_question, value=value, low=finite["low"], high=finite["high"], sentence=sentence, words=words)


def find_slowest(table: pd.DataFrame) -> dict[str, str]:
    """Name the group that surely breaks even later than the quickest, and after how long; empty where none does.

    Surely: the interval of its time lies above that of the quickest group.
    """
    nobody = {"slowest": "", "slowest_after": ""}
    groups = table.iloc[1:].dropna(subset=["break_even", "break_even_low", "break_even_high"])
    if len(groups) < 2:
        return nobody
    quickest, slowest = groups.loc[groups["break_even"].idxmin()], groups.loc[groups["break_even"].idxmax()]
    if slowest["break_even_low"] <= quickest["break_even_high"]:
        return nobody
    after = float(slowest["break_even"])
    horizon = "the time looked at" if math.isinf(after) else write_number(after, "months")
    return {"slowest": str(slowest["group"]), "slowest_after": horizon}


def write_net_present_value(
    row: Mapping[str, Any],
    draws: np.ndarray | None,
    schedules: Schedules,
    level: float,
    smallest_group: int,
    *,
    has_range: bool,
) -> Headline:
    """Return the headline of the net present value from the first row of the table."""
    value, low, high = (float(row[f"net_present_value{end}"]) for end in ("", "_low", "_high"))
    open_question = _say_too_few(
        Headline(
            key="economic_value.net_present_value",
            label="net present value",
            value=value,
            low=low,
            high=high,
            level=level,
            n=len(schedules.names),
            unit="money",
            better="higher",
            smallest_change=MATTERS * abs(value),
            method="discounted to the purchase, mean over customers; triangular draws",
            sentence="",
            words=_name(schedules),
        ),
        "what the offer earns the customer",
        smallest_group,
    )
    if math.isnan(value):
        return open_question
    sentence = "Within {horizon} {who_inside} gains {value} in today's money"
    sentence += " ({level} interval {low} to {high})." if has_range else "; how sure this is, is not known."
    words = {**_name(schedules), "horizon": write_number(schedules.horizon, "months")}
    return replace(open_question, sentence=sentence, words=words, draws=draws if has_range else None)


def _name(schedules: Schedules) -> dict[str, str]:
    if schedules.are_customers:
        return {"who": "The average customer", "who_inside": "the average customer"}
    first = schedules.groups[0][0]
    if len(schedules.groups) > 1:
        return {"who": "The mean of all groups", "who_inside": "the mean of all groups"}
    return {"who": first, "who_inside": first}


def _say_too_few(headline: Headline, what: str, smallest_group: int) -> Headline:
    sentence = f"Not enough data for {what}: customers {{n}}, needed at least {{enough}}."
    enough = write_number(smallest_group, "count")
    return replace(headline, sentence=sentence, words={**headline.words, "enough": enough})


def find_notes(table: pd.DataFrame, curve: pd.DataFrame, schedules: Schedules) -> list[str]:
    """Return what a reader should know: few customers, benefits without a range, and break-evens that mislead."""
    notes = []
    unranged = int((schedules.high <= schedules.low).all(axis=1).sum())
    if unranged:
        notes.append(
            f"{unranged} of {len(schedules.names)} schedules give no range for their benefits: these are taken as "
            "certain."
        )
    if not schedules.are_customers:
        notes.append(
            "A schedule is that of a typical customer of its group, however many there are: how much customers differ "
            "is not in the intervals."
        )
    if schedules.are_customers:
        short = [f"{name} ({size})" for name, size in zip(table["group"], table["n"], strict=True) if size < FEW]
        if short:
            notes.append(
                f"Few customers, so that intervals are likely too short, and {FEW} or more would make them sound: "
                f"{list_names(short)}."
            )
    again, never_below = [], []
    for group, path in curve.groupby("group", sort=False):
        cumulative = path["cumulative"].to_numpy()
        crossings = np.flatnonzero((cumulative[:-1] >= 0) & (cumulative[1:] < 0))
        if (crossings > 0).any() and (cumulative[: crossings[-1] + 1] < 0).any():
            again.append(str(group))
        if (cumulative >= 0).all():
            never_below.append(str(group))
    if again:
        notes.append(
            f"Costs are back for a while and then lost again, and only the last time counts: {list_names(again)}."
        )
    if never_below:
        notes.append(f"Benefits cover the costs from the first month on: {list_names(never_below)}.")
    return notes
