"""What is said of a ladder: its headline, and the notes a reader needs beside its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cvlab.analyses.common import BY_PEOPLE, Headline
from cvlab.analyses.value_ladder.ladder_numbers import FEW, fewest_people
from cvlab.analyses.value_ladder.self_selection import INDIFFERENT, LadderPeople, Offer
from cvlab.units import write_number

MATTERS = 0.05


def write_headline(
    total: Mapping[str, float],
    shares: np.ndarray,
    draws: np.ndarray,
    people: LadderPeople,
    level: float,
    scale: float | None,
) -> Headline:
    """Return the headline of a ladder from the totals, the shares of the rungs and the draws of the contribution."""
    rule = "largest surplus, ties to the seller's favour" if scale is None else "logit choice"
    unanswered = Headline(
        key="value_ladder.contribution",
        label="contribution per person in the market",
        value=math.nan,
        low=math.nan,
        high=math.nan,
        level=level,
        n=people.n,
        unit="money",
        better="higher",
        method=f"self-selection by {rule}; bootstrap over people",
        sentence="Not enough data for what the ladder earns: respondents asked {n}, needed at least {enough}.",
        words={"enough": write_number(fewest_people(people), "count")},
    )
    if people.n < fewest_people(people):
        return unanswered
    value, buyers = total["contribution"], total["buyers"]
    sentence = "At these prices none of {n} respondents buys: the ladder earns {value} per person in the market."
    if shares.any():
        sentence = (
            "The ladder earns {value} per person in the market ({level} interval {low} to {high}); "
            "{buyers} of people buy, most often {top}."
        )
    return replace(
        unanswered,
        value=value,
        low=total["contribution_low"],
        high=total["contribution_high"],
        smallest_change=MATTERS * abs(value),
        sentence=sentence,
        words={"buyers": write_number(buyers, "share"), "top": people.rungs[int(shares.argmax())]},
        draws=draws if len(draws) else None,
        draws_by=BY_PEOPLE,
    )


def find_notes(shares: np.ndarray, offer: Offer, people: LadderPeople) -> list[str]:
    """Return what a reader should know: odd prices, shares of nobody or everybody, few people, missing intervals."""
    notes = []
    if np.isfinite(shares).all() and not shares.any():
        notes.append("Nobody buys at these prices: each rung costs more than it is worth to anybody asked.")
    if len(shares) > 1 and np.isclose(shares[-1], 1.0, rtol=INDIFFERENT):
        notes.append("Everybody takes the top rung: the rungs below it sell nothing, or its price is too low.")
    below = [people.rungs[rung] for rung in np.flatnonzero(offer.prices < offer.unit_costs)]
    if below:
        notes.append(f"Priced below unit cost, so that each sale loses money: {', '.join(below)}.")
    cheaper = [people.rungs[rung + 1] for rung in np.flatnonzero(np.diff(offer.prices) < 0)]
    if cheaper:
        notes.append(f"Cheaper than the rung below it: {', '.join(cheaper)}. Rungs are read from lowest to highest.")
    return [*notes, *_find_notes_on_size(people)]


def _find_notes_on_size(people: LadderPeople) -> list[str]:
    sizes = dict(zip(people.group_names, people.group_sizes, strict=True))
    enough = fewest_people(people)
    hidden = [name for name, size in sizes.items() if size < people.smallest_group]
    bare = [name for name, size in sizes.items() if people.smallest_group <= size < enough]
    short = [f"{name} ({size})" for name, size in sizes.items() if enough <= size < FEW]
    notes = []
    if hidden:
        least = write_number(people.smallest_group, "count")
        notes.append(f"Fewer than {least} people, so no number is given: {', '.join(hidden)}.")
    if bare:
        notes.append(f"Fewer than {enough} people, so no interval is given: {', '.join(bare)}.")
    if people.n_boot == 0:
        notes.append("No intervals were computed (n_boot=0): these numbers are for a search, not for a decision.")
    elif short:
        notes.append(
            f"Few people, so that intervals are likely too short, and {FEW} or more would make them sound: "
            f"{', '.join(short)}."
        )
    return notes
