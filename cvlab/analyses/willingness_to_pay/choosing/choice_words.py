"""What is said of a conditional logit: its headline, and the notes a reader needs beside its weights."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.analyses.willingness_to_pay.choosing.coding import CodedChoices
from cvlab.analyses.willingness_to_pay.choosing.fit import Fit
from cvlab.analyses.willingness_to_pay.choosing.top import NOBODY_DECLINES, read_name, write_people, write_too_few
from cvlab.analyses.willingness_to_pay.survey_weights import describe_weights
from cvlab.units import write_number

METHOD = "conditional logit"
FEW = 30  # people below whom clustered standard errors are known to be too small
PRICE_STEP = 0.10  # the headline says what a price this much above the average does to the odds of being chosen
SMALLEST_CHANGE = 0.05  # change of that number between two runs that would matter


def write_caveats(choices: CodedChoices, fit: Fit, clustered: bool, enough: bool) -> tuple[str, ...]:
    """Return what a reader should know beside the weights."""
    coding = choices.coding
    notes = [f"{attribute} is compared with {levels[0]}." for attribute, levels in coding.levels.items()]
    if coding.base_alternative is not None:
        notes.append(f"Alternatives are compared with {coding.base_alternative}.")
    if enough and fit.estimates[coding.price_position] >= 0:
        notes.append(
            f"A higher {coding.price} made offers no less likely to be chosen: willingness to pay is undefined."
        )
    alone = int((choices.sizes == 1).sum())
    if alone:
        notes.append(f"{alone} of {choices.n_choices} tasks offered one alternative only and say nothing.")
    # Without enough people there are no intervals to speak of.
    if enough and choices.n_respondents == 1:
        notes.append("One respondent: the intervals speak of this person's next choices, not of other people.")
    elif enough and clustered and choices.n_respondents < FEW:
        notes.append(f"{choices.n_respondents} people are few: clustered intervals are likely too short below {FEW}.")
    if coding.outside is None:
        notes.append(NOBODY_DECLINES)
    # A person counts for what one choice of theirs does: that some answered more tasks is no weight.
    own = np.bincount(choices.respondents, weights=choices.weights) / np.bincount(choices.respondents)
    notes += describe_weights(own, "people")
    return tuple(notes)


def write_headline(table: pd.DataFrame, choices: CodedChoices, level: float) -> Headline:
    """Return the headline of a conditional logit."""
    row = table.iloc[choices.coding.price_position]
    step = PRICE_STEP * float(choices.columns[choices.inside, choices.coding.price_position].mean())
    value, low, high = (math.expm1(step * float(row[column])) for column in ("estimate", "low", "high"))
    sentence = (
        "A {price} that is {step} above the average changes the odds that an offer is chosen by {value} "
        "({level} interval {low} to {high}, {people})."
    )
    return tell_price_effect(choices, level, (value, low, high), sentence, method=METHOD)


def tell_price_effect(
    choices: CodedChoices, level: float, numbers: tuple[float, float, float], sentence: str, *, method: str
) -> Headline:
    """Return the headline of a change of odds and its two bounds, in whichever order these come."""
    value, *bounds = numbers
    words = {
        "price": read_name(choices.coding.price),
        "step": write_number(PRICE_STEP, "share"),
        "people": write_people(choices.n_respondents),
    }
    return head_price_effect(choices, level, (value, min(bounds), max(bounds)), sentence, words, method=method)


def decline_headline(choices: CodedChoices, level: float, smallest_group: int, *, method: str) -> Headline:
    """Return the headline where too few people chose."""
    sentence, words = write_too_few(choices.n_respondents, smallest_group)
    return head_price_effect(choices, level, (math.nan,) * 3, sentence, words, method=method)


def head_price_effect(
    choices: CodedChoices,
    level: float,
    numbers: tuple[float, ...],
    sentence: str,
    words: dict[str, str],
    *,
    method: str,
) -> Headline:
    """Return the headline that every model of choice gives: what a dearer offer does to its odds of being chosen."""
    value, low, high = numbers
    return Headline(
        key="willingness_to_pay.price_effect",
        label="change of the odds of being chosen when the price is 10% above average",
        value=value,
        low=low,
        high=high,
        level=level,
        n=choices.n_respondents,
        unit="share",
        smallest_change=SMALLEST_CHANGE,
        method=method,
        sentence=sentence,
        words=words,
    )
