"""What is said of bundles: the headline, and the notes a reader needs beside the strategies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from cvlab.analyses.common import Headline, write_probability
from cvlab.analyses.value_ladder.bundle_search import BUNDLE_POINTS, COMPONENT_POINTS, FEW_PEOPLE
from cvlab.analyses.value_ladder.evidence import count_people_needed, write_people_needed
from cvlab.analyses.value_ladder.gain_words import answer_gain, start_gain
from cvlab.analyses.value_ladder.gains import Gain
from cvlab.analyses.value_ladder.ladder_numbers import FEW, fewest_people
from cvlab.analyses.value_ladder.self_selection import LadderPeople
from cvlab.units import write_number

FEW_FOR_GAIN = 40  # below it simulated surveys deliver less than they were told
DEEDS = {
    "separate": "Sell the components apart",
    "pure": "Sell the bundle only",
    "mixed": "Sell both the bundle and its parts",
}
WAYS = {
    "separate": "Selling the components apart",
    "pure": "Selling the bundle only",
    "mixed": "Selling both the bundle and its parts",
}


def write_bundle_gain(
    gain: Gain,
    best: str,
    people: LadderPeople,
    *,
    prices: Mapping[str, float],
    level: float,
    against_today: bool,
) -> Headline:
    """Return the headline of a bundle plan: the gain of the best strategy."""
    other = "today" if against_today else "the components apart at their best prices"
    unanswered = start_gain(
        gain,
        people,
        key="value_ladder.bundle_gain",
        label="gain of the best way to bundle per person in the market",
        what="bundles",
        level=level,
        method=f"each strategy at its best prices, against {other}",
    )
    if people.n < fewest_people(people):
        return unanswered
    if people.n_boot == 0:
        return replace(unanswered, sentence="The gain of bundling was not measured: there are no samples.")
    offers = [f"{name} at {write_number(price, 'money')}" for name, price in prices.items()]
    words = {
        "way": WAYS[best],
        "do": DEEDS[best],
        "prices": ", ".join(offers) if offers else "nothing on offer",
        "other": other,
        "probability": write_probability(gain.probability, people.n_boot),
    }
    sentence = (
        "{way} ({prices}) earns {value} more per person in the market than {other} ({level} interval {low} to {high}); "
        "it earns more with a probability of {probability}."
    )
    if gain.low <= 0 < gain.value:
        keep = "Keep today's prices" if against_today else f"Sell {other}"
        sentence = (
            f"{keep}: whether another way earns more cannot be told. {{way}} ({{prices}}), the best found, earns "
            "{value} more per person in the market ({level} interval {low} to {high}), with a probability of "
            "{probability} of being better."
        )
    if gain.value <= 0:
        sentence = (
            "{way} ({prices}) is no better than {other}: it earns {value} more per person in the market "
            "({level} interval {low} to {high})."
        )
    if best == "separate" and not against_today:
        sentence = "{way} ({prices}) is best for the {n} people asked: bundling gains nothing."
    return answer_gain(unanswered, gain, sentence=sentence, words=words)


def find_bundle_notes(
    table: pd.DataFrame, gain: Gain, people: LadderPeople, *, exact: bool, costs: Mapping[str, float]
) -> list[str]:
    """Return what a reader should know of a bundle plan."""
    if people.n < people.smallest_group:
        return [f"Fewer than {write_number(people.smallest_group, 'count')} people, so no number is given."]
    notes = []
    if not exact:
        notes.append(
            "With more than two components the mixed prices were searched by climbing from several starts: there may "
            "be better ones. The bundle is that of all components."
        )
    elif people.n > FEW_PEOPLE:
        notes.append(
            f"All combinations of the prices tried were looked at: up to {COMPONENT_POINTS} round amounts per "
            f"component and {BUNDLE_POINTS} for the bundle."
        )
    if not table["profit"].gt(0).any():
        notes.append("Nobody would pay what anything costs: no strategy earns anything.")
    for row in table.to_dict("records"):
        below = [name for name, cost in costs.items() if row[name] < cost]
        if row["bundle"] < sum(costs.values()):
            below.append("bundle")
        if below:
            notes.append(f"Priced below unit cost ({row['strategy']}): {', '.join(below)}.")
    if people.n < fewest_people(people):
        return [*notes, f"Fewer than {fewest_people(people)} people, so no interval is given."]
    if people.n_boot == 0:
        return [*notes, "No intervals were computed (n_boot=0): the profits are too large, as luck is in them."]
    notes.append(
        "The profits are those among the people asked at the best prices for them; expected, low and high are without "
        "the luck of that search, so that an interval may lie below its profit."
    )
    if gain.low <= 0 < gain.value:
        needed = count_people_needed(people.n, gain.low, gain.high, gain.value)
        notes.append(f"Whether this gains at all cannot be told: {write_people_needed(needed)}.")
    if people.n < FEW_FOR_GAIN and gain.value > 0:
        notes.append(f"Fewer than {FEW_FOR_GAIN} people, so that the gain told is likely too high.")
    if people.n < FEW:
        notes.append(f"Few people, so that intervals are likely too short, and {FEW} or more would make them sound.")
    return notes
