"""Portraits: persona cards written from the numbers of a profile, and from nothing else.

A card says how many people a group has, which held-out characteristics mark it beyond chance, in what it differs surely
though too little for a marker, and what is so by construction. No name, no picture, no day in the life: what the data
do not hold is not told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.analyses.segmentation.marker_count import PEOPLE_FOR_A_MARKER
from cvlab.units import write_number

_MOST_MARKERS, _MOST_TENDENCIES, _MOST_MADE = 4, 3, 3
_SURE = 0.05


@dataclass(frozen=True, eq=False, kw_only=True)
class Portraits:
    """Persona cards as a table: group, n, share of people, portrait in words; headline and notes of the profiles."""

    table: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()

    rows: ClassVar[str] = "group"
    kinds: ClassVar[Mapping[str, str]] = {"group": "text", "n": "count", "share": "share", "portrait": "text"}


def write_portraits(profile: pd.DataFrame, sizes: pd.Series) -> dict[str, tuple[str, ...]]:
    """Write a few sentences on each group from its rows of the profile."""
    total = int(sizes.sum())
    cards = {}
    for group, size in sizes.items():
        rows = profile[profile["group"] == group]
        share = write_number(size / max(total, 1), "share")
        sentences = [f"{write_number(size, 'count')} people, {share} of all."]
        held_out = rows[~rows["by_construction"]]
        confirmed = held_out[held_out["confirmed"]]
        # A category of which one level is a marker has said what there is to say.
        others = held_out[~held_out["variable"].isin(confirmed["variable"]) & (held_out["p_adjusted"] <= _SURE)]
        made = rows[rows["by_construction"] & rows["marker"]]
        for opening, chosen, most in (
            ("Marked by", confirmed, _MOST_MARKERS),
            ("Also, less strongly:", others, _MOST_TENDENCIES),
            ("By construction:", made, _MOST_MADE),
        ):
            if said := _say_rows(chosen, most):
                sentences.append(f"{opening} {said}.")
        if confirmed.empty and others.empty:
            sentences.append(_say_nothing(held_out))
        cards[str(group)] = tuple(sentences)
    return cards


def _say_nothing(held_out: pd.DataFrame) -> str:
    if held_out.empty:
        return "Nothing from another source is known of them."
    if int(held_out["n"].max()) < PEOPLE_FOR_A_MARKER:
        return f"They are too few to see what else marks them; {PEOPLE_FOR_A_MARKER} would do."
    return "Nothing from another source tells them from the others."


def _say_rows(rows: pd.DataFrame, most: int) -> str:
    """Write the strongest differences, one per variable; a level that is held counts before one that is lacked."""
    if rows.empty:
        return ""
    strength = (rows["difference"] / rows["threshold"]).abs()
    lacked = (rows["level"] != "") & (rows["difference"] < 0)
    order = rows.assign(strength=strength.round(9), lacked=lacked).sort_values(
        ["lacked", "strength"], ascending=[True, False], kind="stable"
    )
    # The levels of one category are several views of one thing.
    chosen = order.drop_duplicates("variable").sort_values("strength", ascending=False, kind="stable").head(most)
    return "; ".join(_say_row(row) for _, row in chosen.iterrows())


def _say_row(row: pd.Series) -> str:
    name = str(row["variable"]).replace("_", " ")
    value, overall = (write_number(row[column], row["kind"]) for column in ("value", "overall"))
    if row["level"]:
        return f"{name} {row['level']}: {value} ({overall} among all)"
    return (
        f"{name} of {value} ({overall} among all)"
        if row["kind"] != "share"
        else f"{name}: {value} ({overall} among all)"
    )
