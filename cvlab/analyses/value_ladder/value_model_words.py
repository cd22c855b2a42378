"""What is said of a value model: its headline, and the notes a reader needs beside its numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, percentile_interval
from cvlab.analyses.value_ladder.proposition_input import OURS, ValueInput
from cvlab.analyses.value_ladder.proposition_tables import find_weights
from cvlab.analyses.value_ladder.proposition_verdicts import (
    DECISIONS,
    DROP,
    LEAD,
    MATCH,
    MATTERS,
    PRICE,
    UNSURE,
    write_key,
)
from cvlab.units import write_number

SMALLEST_CHANGE = 0.05
MOST_NAMES = 3
SAID = {LEAD: "Lead with", PRICE: "Charge more for", MATCH: "Match rivals in", DROP: "Drop", UNSURE: "Not clear yet"}


def write_headline(
    table: pd.DataFrame, decisions: pd.DataFrame, drawn_first: np.ndarray, level: float, smallest_group: int
) -> Headline:
    """Return the headline: the share of propositions and groups in which we are first."""
    told = table["lead"].notna().to_numpy()
    weighted = "" if table["size"].isna().all() else " and weighted by its customers"
    unanswered = Headline(
        key="value_ladder.propositions_first",
        label="propositions in which we are first",
        value=math.nan,
        low=math.nan,
        high=math.nan,
        level=level,
        n=len(table),
        unit="share",
        better="higher",
        smallest_change=SMALLEST_CHANGE,
        method="our score against each rival's; draws from ranges of judgements and from respondents",
        sentence="Not enough data on propositions: in none of {n} cases did {enough} people give a score.",
        words={"enough": write_number(smallest_group, "count")},
    )
    if not told.any():
        return unanswered
    weights = find_weights(table)[told]
    draws = drawn_first[:, told] @ weights / weights.sum()
    low, high = percentile_interval(draws, level=level)
    return replace(
        unanswered,
        value=float(draws.mean()),
        low=float(low),
        high=float(high),
        n=int(told.sum()),
        sentence="Each proposition counted once per group{weighted} ({n} cases), no rival is better in {value} "
        "({level} interval {low} to {high}). {actions}",
        words={"weighted": weighted, "actions": _name_actions(decisions)},
    )


def _name_actions(decisions: pd.DataFrame) -> str:
    parts = []
    for decision in DECISIONS:
        names = list(decisions.loc[decisions["decision"] == decision, "proposition"])
        if names:
            parts.append(f"{SAID[decision]}: {_list_names(names)}.")
    return " ".join(parts)


def _list_names(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def find_notes(given: ValueInput, table: pd.DataFrame, *, judged_within: float, smallest_group: int) -> list[str]:
    """Return what a reader should know: what is judgement, what is missing, and what is not told."""
    notes = []
    judged = (given.offers["asked"] == 0).to_numpy()
    if judged.any():
        notes.append(
            f"{int(judged.sum())} of {len(judged)} scores are judgements of whoever filled in the table, not "
            "measurements: the interval says what follows from them, not how good they are. Asking customers would."
        )
    bare = int((judged & ~given.offers["ranged"].to_numpy()).sum())
    if bare:
        within = f"right within {write_number(judged_within, 'share')} of the scale to either side"
        notes.append(
            f"{bare} judgements came without low and high and were taken as {within if judged_within else 'exact'}."
        )
    mine = (given.offers["rival"] == OURS).to_numpy()
    if judged[mine].any() != judged[~mine].any() or judged[mine].all() != judged[~mine].all():
        notes.append(
            "Some offers were scored by respondents and others by judgement: the two may not mean the same by a score."
        )
    unpaid = int(table["revenue"].isna().sum())
    if unpaid:
        notes.append(
            f"{unpaid} of {len(table)} cases have no revenue: whether they earn what they cost is not known, and such "
            "a proposition is neither matched nor dropped."
        )
    if not table["margin"].isna().all():
        notes.append("Costs and revenues are taken as certain: no interval of the decision holds their doubt.")
    hidden = table.loc[table["lead"].isna()]
    if len(hidden):
        names = [write_key(row) for row in hidden[["proposition", "group"]].to_dict("records")]
        notes.append(f"Fewer than {smallest_group} respondents, so no number is given: {_list_names(names)}.")
    return notes


def note_age(
    given: ValueInput, today: pd.Timestamp | None, collected: pd.Timestamp | None, oldest_days: int
) -> list[str]:
    """Return a note on scores that are out of date or not dated, where the day of the question is known."""
    if today is None:
        return []
    cells = given.cells
    days = cells["collected_on"] if collected is None else cells["collected_on"].fillna(collected)
    ages = (today - days).dt.days
    old = [write_key(row) for row in cells[ages > oldest_days].to_dict("records")]
    notes = [f"Older than {oldest_days} days: {_list_names(old)}. Score them again."] if old else []
    undated = int(ages.isna().sum())
    if undated:
        notes.append(f"{undated} of {len(cells)} cases are not dated: write collected_on to see when they grow old.")
    return notes


def note_changes(changes: pd.DataFrame | None, table: pd.DataFrame, before: pd.DataFrame | None) -> list[str]:
    """Return notes on what changed, and on what is gone."""
    if changes is None or before is None:
        return ["What has changed was not measured: no earlier value model was given."]
    rows = changes.to_dict("records")
    moved = [
        f"{write_key(row)} {'up' if row['change'] > 0 else 'down'} {write_number(abs(row['change']), 'number')}"
        for row in rows
        if row["verdict"] == MATTERS
    ]
    notes = [f"The lead changed, and by enough to matter: {_list_names(moved)}."] if moved else []
    if not moved:
        notes.append("No lead changed for sure by as much as matters.")
    now = {write_key(row) for row in table[["proposition", "group"]].to_dict("records")}
    gone = [key for key in map(write_key, before[["proposition", "group"]].to_dict("records")) if key not in now]
    if gone:
        notes.append(f"No longer among the propositions: {_list_names(gone)}.")
    return notes
