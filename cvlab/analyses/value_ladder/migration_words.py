"""What is said of migration: its headlines, and the notes a reader needs beside its numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cvlab.analyses.common import Headline
from cvlab.analyses.value_ladder.markov_chain import Clock, find_closed, find_hidden
from cvlab.analyses.value_ladder.migration_numbers import FEWEST_CUSTOMERS, GroupNumbers, bound, name_first_year
from cvlab.analyses.value_ladder.migration_tables import DOWN, UP, measure_directions
from cvlab.analyses.value_ladder.stays import MONTHS_PER_YEAR, Histories
from cvlab.units import write_number

FEW = 30
MATTERS = 0.05
MANY_SHORT = 0.05


def write_step_up(group: GroupNumbers) -> Headline:
    """Return the headline of what one step up is worth."""
    headline = _start_headline(
        group, "value_ladder.step_up", "value of a step up the ladder", "what a step up the ladder is worth"
    )
    if len(group.histories.rungs) < 2:
        return replace(headline, sentence="All contracts are about one rung, {rung}: there is no step up to value.")
    if group.answered and not group.told_steps.any():
        return replace(
            headline,
            sentence="Not enough data for {what}: there are no two neighbouring rungs with enough customers on both.",
        )
    answered = _answer(headline, *group.average_step, group)
    chances = measure_directions(group)
    start = "A customer one rung further up is worth {value} more"
    if answered.value < 0:
        start = "One rung further up changes what a customer is worth by {value}"
    return replace(
        answered,
        sentence=answered.sentence
        or f"{start} ({{level}} interval {{low}} to {{high}}){{when}}. {_say_directions(group)}",
        words={
            **answered.words,
            "up": _write_rate(chances[UP].rate),
            "down": _write_rate(chances[DOWN].rate),
        },
    )


def _say_directions(group: GroupNumbers) -> str:
    """Say which share moves up, down and out; of what is withheld, only that it is."""
    said = ("{up} of those below the top move up", "{down} of those above the lowest move down", "{out} leave")
    told = [text for text, withheld in zip(said, group.withheld.directions, strict=True) if not withheld]
    names = [name for name, withheld in zip(("up", "down", "out"), group.withheld.directions, strict=True) if withheld]
    shares = f"Per {{period}} {', '.join(told)}." if told else ""
    hidden = f"How many move {' or '.join(names)} is not told, because they are few." if names else ""
    return " ".join(text for text in (shares, hidden) if text)


def write_customer_value(group: GroupNumbers) -> Headline:
    """Return the headline of what a new customer is worth."""
    headline = _start_headline(
        group, "value_ladder.customer_value", "value of a new customer", "what a new customer is worth"
    )
    if group.answered and not group.told.any():
        return replace(headline, sentence="Not enough data for {what}: no rung has had enough customers.")
    answered = _answer(headline, *group.newcomer, group)
    return replace(
        answered,
        sentence=answered.sentence
        or "A new customer is worth {value} ({level} interval {low} to {high}){when}, if first rungs stay as they have "
        "been"
        + ("." if group.withheld.directions[-1] else "; per {period} {out} leave."),
    )


def _start_headline(group: GroupNumbers, key: str, label: str, what: str) -> Headline:
    clock = group.clock
    return Headline(
        key=key,
        label=label,
        value=math.nan,
        low=math.nan,
        high=math.nan,
        level=group.level,
        n=group.n,
        unit="money",
        better="higher",
        method="Markov chain on the rungs, discounted; Bayesian bootstrap over customers",
        sentence="",
        words={
            "what": what,
            "enough": write_number(group.enough, "count"),
            "rung": group.histories.rungs[0],
            "when": _say_when(clock),
            "period": name_period(clock.period_months),
            "out": _write_rate(measure_directions(group)["left"].rate),
        },
    )


def _answer(headline: Headline, value: float, draws: np.ndarray, group: GroupNumbers) -> Headline:
    if not group.answered:
        return replace(headline, sentence="Not enough data for {what}: customers {n}, needed at least {enough}.")
    if not math.isfinite(value):
        sentence = (
            "Not enough data for {what}: no customer has been observed for a whole {period}, or nobody has left. "
            "Needed: a longer time, a horizon, or a discount rate above 0."
        )
        return replace(headline, sentence=sentence)
    _, low, high = bound(np.array(value), draws, group.level)
    return replace(
        headline, value=value, low=float(low), high=float(high), smallest_change=MATTERS * abs(value), draws=draws
    )


def _say_when(clock: Clock) -> str:
    parts = [] if clock.horizon_months is None else [f"within {_write_horizon(clock.horizon_months)}"]
    if clock.discount_rate_per_year > 0:
        parts.append(f"discounted at {write_number(clock.discount_rate_per_year, 'share')} a year")
    return "".join(f", {part}" for part in parts)


def _write_horizon(months: int) -> str:
    if months % MONTHS_PER_YEAR:
        return write_number(months, "months")
    return write_number(months // MONTHS_PER_YEAR, "years")


def _write_rate(rate: float) -> str:
    return write_number(rate, "share") if math.isfinite(rate) else "an unknown share"


def name_period(months: int) -> str:
    """Name a period.

    Examples
    --------
    >>> name_period(1), name_period(12), name_period(3)
    ('month', 'year', '3 months')
    """
    return {1: "month", MONTHS_PER_YEAR: "year"}.get(months) or write_number(months, "months")


def find_notes(groups: Sequence[GroupNumbers], histories: Histories) -> list[str]:
    """Return what a reader should know: what is not told, what the contracts leave open, and where the chain fails."""
    everybody = groups[0]
    notes = [*_note_sizes(groups), *_note_contracts(everybody, histories)]
    if everybody.answered:
        notes += _note_tenure(everybody)
        notes += _note_no_end(everybody)
        if len(histories.rungs) > 1:
            notes.append(
                "The worth of a step up compares customers who are on different rungs; that somebody who is moved up "
                "would stay and pay like those already there is assumed, not shown."
            )
    return notes


def _note_sizes(groups: Sequence[GroupNumbers]) -> list[str]:
    notes = []
    everybody = groups[0]
    if not everybody.answered:
        return [f"Fewer than {everybody.enough} customers: no number is given."]
    hidden = [
        rung if group is everybody else f"{rung} ({group.name})"
        for group in groups
        for rung, told, n in zip(group.histories.rungs, group.told, group.on_rung, strict=True)
        if not told and n
    ]
    if hidden:
        notes.append(
            "Too few customers have been on a rung, so nothing is told of it, and sums and means are over the other "
            f"rungs: {', '.join(hidden)}."
        )
    if any(group.withheld.any for group in groups):
        notes.append(
            f"Moves that fewer than {everybody.smallest_group} customers made are not told, nor others from which they "
            "could be computed; they count in times, worths and their intervals."
        )
    short = [f"{group.name} ({group.n})" for group in groups if FEWEST_CUSTOMERS <= group.n < FEW]
    if short:
        notes.append(
            f"Few customers, so that intervals are likely too short, and {FEW} or more would make them sound: "
            f"{', '.join(short)}."
        )
    return notes


def _note_contracts(group: GroupNumbers, histories: Histories) -> list[str]:
    notes = []
    period = name_period(histories.period_months)
    if histories.returns:
        notes.append(
            f"Customers came back after leaving {histories.returns} times: a return counts as a new start, and what it "
            "brings is not part of the value of the customer who left."
        )
    if histories.unknown:
        notes.append(
            f"{histories.unknown} contracts ended and were renewed, but the next one is not in the table: how they "
            "went on is taken as not known."
        )
    ended = float(group.counts.exits.sum())
    if ended and histories.short / ended > MANY_SHORT:
        notes.append(
            f"{write_number(histories.short / ended, 'share')} of stays ended within their first {period}, and each "
            f"counts as a whole {period}: times are a little too long."
        )
    losing = [
        rung
        for rung, margin, told in zip(histories.rungs, group.counts.margins, group.told, strict=True)
        if told and margin < 0
    ]
    if losing:
        notes.append(f"Costs more to serve than it pays: {', '.join(losing)}.")
    return notes


def _note_tenure(group: GroupNumbers) -> list[str]:
    gap, low, high = group.tenure_gap
    if not low > 0 and not high < 0:
        return []
    period = name_period(group.clock.period_months)
    first = name_first_year(group.clock.period_months)
    more, side = ("more", "low") if gap > 0 else ("fewer", "high")
    size, near, far = (write_number(100 * abs(each), "number") for each in (gap, *sorted((low, high), key=abs)))
    return [
        f"In their {first} {size} customers of 100 {more} leave per {period} than later on the same rung ({near} to "
        f"{far}): one rate for all makes time and value until leaving too {side}; see the chapter on lifetime value."
    ]


def _note_no_end(group: GroupNumbers) -> list[str]:
    names = np.array(group.histories.rungs, dtype=str)
    unknown = group.counts.at_risk == 0
    notes = []
    if unknown.any():
        period = name_period(group.clock.period_months)
        blocked = find_hidden(group.rates) & ~unknown
        also = f", and so not what follows from coming to it: {', '.join(names[blocked])}" if blocked.any() else ""
        notes.append(
            f"Nobody has been on {', '.join(names[unknown])} for a whole {period}, so its value is not known{also}."
        )
    closed = find_closed(group.rates) & ~unknown & group.told
    if closed.any() and group.clock.horizon_months is None:
        notes.append(
            f"Nobody was seen to leave after coming to {', '.join(names[closed])}: time until leaving has no upper "
            "bound in these data, and value rests on discounting. A horizon would be safer."
        )
    return notes
