"""The words of van Westendorp's prices: the headline, its caveats, and what trial and revenue assume."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from cvlab.analyses.common import BY_PEOPLE, Headline, percentile_interval
from cvlab.analyses.willingness_to_pay.asking.price_answers import TABLE, PriceAnswers, list_broken
from cvlab.analyses.willingness_to_pay.asking.price_curves import CROSSINGS
from cvlab.analyses.willingness_to_pay.asking.price_trial import BUY, Intents
from cvlab.analyses.willingness_to_pay.survey_weights import describe_weights
from cvlab.units import write_number

LONG_STRETCH = 0.05  # share of the price from which on a stretch of equally good prices is worth a note
FEW = 30  # below this percentile intervals are known to be too short
WANTED_PRECISION = 0.10  # half width of the interval, as a share of the price, that a decision can use
SMALLEST_CHANGE = 0.05  # share of the price below which a change between two runs does not matter
MOST_MISORDERED = 0.25  # share of the answers used; where more contradict themselves there is no acceptable range
NO_BEST_PRICE = "The points balance perceptions of a stated price; none of them is the price that earns most."
_TAKEN = {"min": "the lowest", "max": "the highest", "mean": "the mean", "median": "the median"}


def count_needed(price: float, drawn: np.ndarray, n_people: int, fewest: int, level: float) -> int:
    """How many people would bring the half width to `WANTED_PRECISION`: it shrinks with the root of their number."""
    low, high = percentile_interval(drawn, level=level)
    least = max(FEW, fewest)
    if price <= 0:
        return least
    return max(least, math.ceil(n_people * (float(high - low) / 2 / (WANTED_PRECISION * price)) ** 2))


def describe_answers(asked: PriceAnswers, *, validate: bool, fewest: int) -> tuple[str, ...]:
    """Return the caveats about the answers: invalid ones, few of them, weights."""
    notes: list[str] = []
    n_people = asked.n_people
    if asked.n_invalid:
        fate = "are left out" if validate else "do not ascend strictly and are kept as asked"
        notes.append(f"{asked.n_invalid} of {len(asked.prices)} answers {fate}: {list_broken(asked.invalid)}.")
    if fewest <= n_people < FEW:
        notes.append(
            f"{n_people} people are few: the intervals are likely too short, and {FEW} or more would make them sound."
        )
    return (*notes, *describe_weights(asked.weight[asked.kept], "answers"))


def describe_ties(lowest: np.ndarray, highest: np.ndarray, ties: str) -> tuple[str, ...]:
    """Say for which points a whole stretch of prices fits equally well."""
    return tuple(
        f"Every price from {write_number(first, 'money')} to {write_number(last, 'money')} fits the point "
        f'"{point}" equally well; {_TAKEN[ties]} of them is taken, and the interval holds them all.'
        for point, first, last in zip(CROSSINGS, lowest, highest, strict=True)
        if last - first > LONG_STRETCH * first
    )


def write_too_few_asked(n_asked: int, fewest: int) -> str:
    """Say why there is no trial though intentions were asked."""
    return (
        f"Not enough data for trial and revenue: {write_number(n_asked, 'count')} people gave valid prices and "
        f"purchase intentions, and at least {fewest} are needed."
    )


def write_half_asked(lacking: str) -> str:
    """Say why there is no trial where only one of the two purchase intentions was asked."""
    asked = next(column for column in BUY if column != lacking)
    return (
        f"There is no trial and no revenue: {TABLE} has {asked} and lacks {lacking}. Ask both, or give intents as a "
        "pair of shares such as (0.7, 0.3)."
    )


def describe_trial(n_unasked: int, calibration: Intents) -> tuple[str, ...]:
    """Say what trial and revenue assume, and whom they leave out."""
    if isinstance(calibration, Mapping):
        scale = ", ".join(f"{step}: {write_number(share, 'share')}" for step, share in calibration.items())
        notes = [f"Trial and revenue take purchase intentions at these shares: {scale}."]
    else:
        notes = [
            "Trial and revenue assume that "
            f"{write_number(calibration[0], 'share')} of people buy at their own cheap price and "
            f"{write_number(calibration[1], 'share')} at their own expensive price."
        ]
    if n_unasked:
        notes.append(f"{n_unasked} people without both purchase intentions are left out of trial and revenue.")
    return tuple(notes)


def write_headline(
    table: pd.DataFrame,
    drawn: np.ndarray,
    asked: PriceAnswers,
    needed: int,
    fewest: int,
    method: str,
    level: float,
) -> Headline:
    """Return the balance of perceptions, or how many people would be enough for it."""
    n_people, misordered = asked.n_people, float((~asked.ordered[asked.kept]).mean())
    points = table.set_index("point")
    price, low, high = (float(points.loc["optimal", column]) for column in ("price", "low", "high"))
    if n_people >= fewest:
        sentence = (
            "As many people find {value} too cheap as find it too expensive ({level} interval {low} to {high}, {n} "
            "people). This balances perceptions and is not the best price; {range}."
        )
        words = {"range": _write_range(points["price"], misordered)}
    else:
        sentence = (
            "Not enough data: {people} gave valid answers, and at least {fewest} are needed for price points that show "
            "no single person; about {needed} would bring the interval to within {precision} of the price."
        )
        words = {
            "people": "one person" if n_people == 1 else f"{n_people} people",
            "fewest": str(fewest),
            "needed": str(needed),
            "precision": write_number(WANTED_PRECISION, "share"),
        }
    return Headline(
        key="willingness_to_pay.optimal_point",
        label="balance of too cheap and too expensive",
        value=price,
        low=low,
        high=high,
        level=level,
        n=n_people,
        unit="money",
        smallest_change=SMALLEST_CHANGE * price,
        method=f"van Westendorp, {method}, bootstrap over people",
        sentence=sentence,
        words=words,
        draws=drawn[:, list(CROSSINGS).index("optimal")] if n_people >= fewest else None,
        draws_by=BY_PEOPLE,
        decides=False,  # it balances perceptions, so nothing follows from it
    )


def _write_range(prices: pd.Series, misordered: float) -> str:
    """Write the acceptable range; answers that contradict themselves give none, and can even turn it round."""
    first, last = float(prices["marginal cheapness"]), float(prices["marginal expensiveness"])
    if first > last or misordered > MOST_MISORDERED:
        return "the answers contradict themselves, so that they give no acceptable range"
    return f"prices from {write_number(first, 'money')} to {write_number(last, 'money')} are acceptable"
