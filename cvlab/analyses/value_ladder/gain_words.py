"""What is said of a gain by every search: a headline without an answer, then with one, and how sure it is."""

from __future__ import annotations

import math
from dataclasses import replace

from cvlab.analyses.common import BY_PEOPLE, Headline
from cvlab.analyses.value_ladder.gains import Gain
from cvlab.analyses.value_ladder.ladder_numbers import fewest_people
from cvlab.analyses.value_ladder.self_selection import LadderPeople
from cvlab.units import write_number

MATTERS = 0.05  # of what is earned today


def start_gain(
    gain: Gain, people: LadderPeople, *, key: str, label: str, what: str, level: float, method: str
) -> Headline:
    """Return the headline of a gain as long as there are too few people to tell `what`."""
    return Headline(
        key=key,
        label=label,
        value=math.nan,
        low=math.nan,
        high=math.nan,
        level=level,
        n=people.n,
        unit="money",
        better="higher",
        smallest_change=MATTERS * abs(gain.now),
        method=f"{method}; bootstrap of the search over people",
        sentence=f"Not enough data for {what}: respondents asked {{n}}, needed at least {{enough}}.",
        words={"enough": write_number(fewest_people(people), "count")},
    )


def answer_gain(headline: Headline, gain: Gain, *, sentence: str, words: dict[str, str]) -> Headline:
    """Return the headline with the gain, its interval and its draws."""
    return replace(
        headline,
        value=gain.value,
        low=gain.low,
        high=gain.high,
        sentence=sentence,
        words=words,
        draws=gain.draws,
        draws_by=BY_PEOPLE,
    )
