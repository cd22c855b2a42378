"""What is said of the actions: the first in one sentence, how lucky the choice is, and what is missing."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.reports.summary.candidates import ACT, HOLD, OPEN, TEST, Candidate
from cvlab.reports.summary.money import JointDraws
from cvlab.units import write_number

MOST = 3
_MATTERS = 0.05
_HARDLY = 0.01


def write_first(table: pd.DataFrame, found: Sequence[Candidate], has_numbers: bool) -> Headline:
    """Return the headline: what to do first, and what it is worth a year."""
    unanswered = Headline(
        key="summary.first_action",
        label="money per year of the first action",
        value=math.nan,
        low=math.nan,
        high=math.nan,
        n=len(found),
        unit="money",
        better="higher",
        method="propagated from the draws of the headlines by the rules of the playbook",
        sentence="No action follows from this report: its numbers meet no threshold of the playbook."
        if has_numbers
        else "No action can be named: no other chapter of this report has given a number.",
        words={},
    )
    if not found:
        return unanswered
    first, row = found[0], table.iloc[0]
    words = {
        "action": first.action,
        "group": first.group,
        "loss": str(row["chance_of_loss"]),
        "missing": first.missing,
    }
    sentences = {
        ACT: "Do first: {action}, for {group}. Likely {value} a year ({level} interval {low} to {high}); the "
        "probability of a loss is {loss}.",
        HOLD: "Nothing is sure to earn more than today. {action}.",
        TEST: "Nothing is sure to earn more than today. Test first: {action}, for {group}. Likely {value} a year "
        "({level} interval {low} to {high}); the probability of a loss is {loss}.",
        OPEN: "No action can be given in money. Look first at: {action}, for {group}. Missing: {missing}.",
    }
    numbers = {name: float(row[column]) for name, column in (("value", "likely"), ("low", "low"), ("high", "high"))}
    return Headline(
        **{
            **{name: getattr(unanswered, name) for name in ("key", "label", "unit", "better", "method")},
            **numbers,
            "n": int(first.record.get("n") or 0),
            "smallest_change": _MATTERS * abs(numbers["value"]) if math.isfinite(numbers["value"]) else math.nan,
            "sentence": sentences[first.what],
            "words": words,
            "draws": first.draws if len(first.draws) else None,
        }
    )


def write_action_notes(
    found: Sequence[Candidate],
    joint: JointDraws,
    light: str | None,
    optimism: float,
    n_rivals: int,
    customers: int,
) -> tuple[str, ...]:
    """Say how the money came about, how lucky the choice is, and what is missing."""
    if not found:
        return ()
    notes = []
    if light == "red":
        notes.append("The data light is red: everything is to be tested before it is done.")
    if math.isfinite(optimism):
        notes.append(_write_luck(max(optimism, 0.0), found[0].value, n_rivals))
    with_money = [one for one in found if len(one.draws)]
    if len(with_money) > 1:
        notes.append("The actions share customers: their money must not be added up.")
    said = dict.fromkeys(one.per_year for one in with_money if one.per_year)
    if said:
        notes.append(f"Money per year: for {write_number(customers, 'count')} customers, {'; '.join(said)}.")
    used = {key for one in with_money for key in one.of}
    if len(used & set(joint.paired)) > 1:
        notes.append("Numbers from the same people were drawn together, all others as if independent.")
    if used & set(joint.assumed):
        notes.append("A number without draws was drawn from two halves of a normal, as wide as its interval.")
    notes += [
        f"No money per year for “{one.action}”: missing is {one.missing}." for one in found[:MOST] if one.what == OPEN
    ]
    return tuple(notes)


def _write_luck(optimism: float, likely: float, n_rivals: int) -> str:
    """Say what is luck in being the best of several."""
    best = f"The first is the best of {n_rivals}, and the best of several is best partly by luck"
    if optimism < _HARDLY * abs(likely):
        return f"{best}; here hardly, for it leads by more than the intervals are wide."
    return (
        f"{best}: about {write_number(optimism, 'money')} of its likely money is, so expect "
        f"{write_number(likely - optimism, 'money')}."
    )
