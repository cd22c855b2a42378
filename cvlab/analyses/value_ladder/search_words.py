"""What is said of a ladder search: its headline, and the notes a reader needs beside the best prices."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from cvlab.analyses.common import Headline, write_probability
from cvlab.analyses.value_ladder.evidence import count_people_needed, write_people_needed
from cvlab.analyses.value_ladder.gain_words import answer_gain, start_gain
from cvlab.analyses.value_ladder.gains import Gain
from cvlab.analyses.value_ladder.ladder_numbers import FEW, fewest_people
from cvlab.analyses.value_ladder.ladder_plan import LadderPlan
from cvlab.analyses.value_ladder.self_selection import LadderPeople
from cvlab.units import write_number


def write_gain(
    gain: Gain, table: pd.DataFrame, people: LadderPeople, *, objective: str, level: float, stays: bool
) -> Headline:
    """Return the headline of a plan: the gain against today."""
    unanswered = start_gain(
        gain,
        people,
        key="value_ladder.gain",
        label="gain of the best prices per person in the market",
        what="better prices",
        level=level,
        method=f"{objective} at the best of the prices tried against today's",
    )
    if people.n < fewest_people(people):
        return unanswered
    if people.n_boot == 0:
        return replace(unanswered, sentence="The gain of better prices was not measured: there are no samples.")
    words = {
        "prices": _list_offer(table),
        "promised": write_number(gain.promised, "money"),
        "probability": write_probability(gain.probability, people.n_boot),
        "verb": "earns" if objective == "contribution" else "brings to people and firm together",
    }
    if stays:
        sentence = "Of all prices tried today's are the best for the {n} people asked, so there is nothing to gain."
    elif gain.value <= 0:
        sentence = (
            "No better prices are in sight: the best for the {n} people asked promise {promised} more per person in "
            "the market, but as much as that is luck of the search; expect {value} ({level} interval {low} to {high})."
        )
    elif gain.low <= 0:
        sentence = (
            "Keep today's prices: whether others earn more cannot be told. The best found, {prices}, {verb} {value} "
            "more per person in the market than today ({level} interval {low} to {high}), with a probability of "
            "{probability} of being better."
        )
    else:
        sentence = (
            "Offering {prices} {verb} {value} more per person in the market than today ({level} interval {low} to "
            "{high}); it earns more with a probability of {probability}."
        )
        if objective != "contribution":
            sentence = sentence.replace("it earns more with a probability of", "the probability of a gain is")
    return answer_gain(unanswered, gain, sentence=sentence, words=words)


def find_search_notes(plan: LadderPlan, people: LadderPeople, *, all_competed: bool) -> list[str]:
    """Return what a reader should know of a plan: how it was searched, what is at an edge, and how sure it is."""
    ladders = write_number(plan.n_ladders, "count")
    notes = [
        f"All {ladders} combinations of candidate prices were looked at."
        if plan.exact
        else f"Of {ladders} combinations of candidate prices a part was looked at, climbing from several starts: "
        "there may be better ones."
    ]
    if people.n < people.smallest_group:
        return [f"Fewer than {write_number(people.smallest_group, 'count')} people, so no number is given."]
    notes += _find_notes_on_offer(plan)
    if people.n < fewest_people(people):
        return [*notes, f"Fewer than {fewest_people(people)} people, so no interval is given."]
    if people.n_boot == 0:
        return [*notes, "No intervals were computed (n_boot=0): the promised gain is too large, as luck is in it."]
    if not all_competed:
        notes.append("In the bootstrap samples only the ladders best for everybody competed: all would take too long.")
    gain = plan.gain
    if gain.luck > 0:
        notes.append(
            f"The people asked seem to promise {write_number(gain.promised, 'money')} per person; "
            f"{write_number(gain.luck, 'money')} of it is luck of the search, found by searching in bootstrap samples."
        )
    if gain.low <= 0 < gain.value:
        needed = count_people_needed(people.n, gain.low, gain.high, gain.value)
        notes.append(f"Whether the best prices gain at all cannot be told: {write_people_needed(needed)}.")
    if people.n < FEW:
        notes.append(f"Few people, so that intervals are likely too short, and {FEW} or more would make them sound.")
    return notes


def _find_notes_on_offer(plan: LadderPlan) -> list[str]:
    table, notes = plan.table, []
    if not table["offered"].any() or not table["share_best"].any():
        notes.append("Nobody buys at any of the prices tried that cover their cost: no ladder earns anything.")
    else:
        dropped = table.loc[~table["offered"], "rung"]
        if len(dropped):
            notes.append(f"Not offered in the best ladder, which earns at least as much without: {', '.join(dropped)}.")
    if plan.at_edge:
        notes.append(
            f"The best price lies on a bound of what was tried, so a better one may lie beyond: "
            f"{', '.join(plan.at_edge)}."
        )
    below = table.loc[table["price_best"] < table["unit_cost"], "rung"]
    if len(below):
        notes.append(f"Priced below unit cost, so that each sale loses money: {', '.join(below)}.")
    offered = table[table["offered"]]
    cheaper = offered.loc[offered["price_best"].diff() < 0, "rung"]
    if len(cheaper):
        notes.append(f"Cheaper than an offered rung below it: {', '.join(cheaper)}. The ladder is out of order.")
    return notes


def _list_offer(table: pd.DataFrame, most: int = 5) -> str:
    """Name the rungs to offer with their prices, and those to drop."""
    offered = table[table["offered"]]
    named = [f"{row.rung} at {write_number(float(str(row.price_best)), 'money')}" for row in offered.itertuples()]
    rest = f" and {len(named) - most} more" if len(named) > most else ""
    dropped = list(table.loc[~table["offered"], "rung"])
    without = f", without {' and '.join(dropped[:most])}" if dropped else ""
    return f"{', '.join(named[:most])}{rest}{without}" if named else "nothing"
