"""The words of a price ladder: its headline and its caveats."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from cvlab.analyses.common import BY_PEOPLE, Headline
from cvlab.analyses.willingness_to_pay.asking.ladder_answers import LadderAnswers
from cvlab.analyses.willingness_to_pay.asking.ladder_optimum import NEARLY_BEST, Optimum
from cvlab.analyses.willingness_to_pay.survey_weights import describe_weights
from cvlab.units import write_number, write_range

SMALLEST_CHANGE = 0.05  # share of the price below which a change between two runs does not matter
FEW = 30  # below this percentile intervals are known to be too short
_STATED = (
    "People said what they would do, and say yes more often than they buy: compare with sales before acting on it."
)


def write_headline(
    best: Optimum | None,
    table: pd.DataFrame,
    ladder: LadderAnswers,
    fewest: int,
    unit_cost: float | None,
    level: float,
) -> Headline:
    """Return the best price with its interval, and in the sentence the band and whether it is at the edge.

    Parameters
    ----------
    best : of profit where there is a unit cost, of revenue otherwise; None where there is none.
    table : the table of the result.
    """
    aim = "revenue" if unit_cost is None else "profit"
    if best is None:
        sentence, words = _explain_none(table, ladder, fewest, unit_cost)
    else:
        sentence, words = _describe_best(best, table, unit_cost)
    return Headline(
        key="willingness_to_pay.gabor_granger_price",
        label=f"asked price of the highest {aim}",
        value=math.nan if best is None else best.price,
        low=math.nan if best is None else best.low,
        high=math.nan if best is None else best.high,
        level=level,
        n=ladder.n_people,
        unit="money",
        smallest_change=math.nan if best is None else SMALLEST_CHANGE * best.price,
        method="Gabor–Granger, isotonic maximum likelihood, bootstrap over people",
        sentence=sentence,
        words=words,
        draws=None if best is None else best.draws,
        draws_by=BY_PEOPLE,
        decides=False,  # what people say they would pay runs high; a price is decided where it meets what they paid
    )


def describe_ladder(
    ladder: LadderAnswers, prices: np.ndarray, n_incomplete: int, enough: bool, fewest: int
) -> tuple[str, ...]:
    """Return the caveats: what was left out or carried, what is not known, and what saying is worth.

    Parameters
    ----------
    prices : those of the table.
    n_incomplete : people whose answer is not known at every one of them.
    """
    notes = []
    if ladder.n_missing:
        notes.append(f"{_count(ladder.n_missing, 'row')} without an answer {_are(ladder.n_missing)} left out.")
    if ladder.n_contradicting and not ladder.contradicts_itself(fewest):
        notes.append(
            f"{_count(ladder.n_contradicting, 'person')} of {write_number(ladder.n_people, 'count')} said no at or "
            "below a price that they said yes to: the highest yes counts, and is carried down."
        )
    if not enough:
        return tuple(notes)
    if len(prices) < len(ladder.prices):
        left_out = sorted(set(ladder.prices) - set(prices))
        notes.append(
            f"{_count(len(left_out), 'price')} from {write_range(left_out[0], left_out[-1], 'money')} at which the "
            f"answers of fewer than {fewest} people are known {_are(len(left_out))} left out."
        )
    if n_incomplete:
        notes.append(
            f"{_count(n_incomplete, 'person')} of {write_number(ladder.n_people, 'count')} left open whether they "
            "would buy at some of the prices (not asked there, nor settled by their other answers): these count "
            "neither as yes nor as no, and the shares are those that make the given answers most likely."
        )
    if ladder.n_people < FEW:
        notes.append(
            f"{ladder.n_people} people are few: the intervals are likely too short, and {FEW} or more would make them "
            "sound."
        )
    return (*notes, *describe_weights(ladder.weight, "people"), _STATED)


def _describe_best(best: Optimum, table: pd.DataFrame, unit_cost: float | None) -> tuple[str, dict[str, str]]:
    sentence = (
        "Of the prices asked, {value} earns {aim} ({level} interval {low} to {high}, {n} people): {share} say they "
        "would buy. {band}{edge}"
    )
    share = float(table["share"].to_numpy()[best.position])
    within = write_number(NEARLY_BEST, "share", decimals=0)
    if best.band_low < best.band_high:
        band = f"Prices from {write_range(best.band_low, best.band_high, 'money')} earn within {within} of it."
    else:
        band = f"No price next to it earns within {within} of it."
    edge = ""
    if best.at_the_edge:
        end, side = ("lowest", "below") if best.position == 0 else ("highest", "above")
        edge = f" It is the {end} price asked, at the edge: the best price may lie {side} it."
    aim = "the highest revenue"
    if unit_cost is not None:
        aim = f"the highest profit at a unit cost of {write_number(unit_cost, 'money')}"
    words = {
        "aim": aim,
        "share": write_number(share, "share"),
        "band": band,
        "edge": edge,
    }
    return sentence, words


def _explain_none(
    table: pd.DataFrame, ladder: LadderAnswers, fewest: int, unit_cost: float | None
) -> tuple[str, dict[str, str]]:
    prices, n_people, unit_cost = table["price"].to_numpy(), ladder.n_people, unit_cost or 0.0
    words = {
        "fewest": str(fewest),
        "people": _count(n_people, "person"),
        "prices": write_range(float(prices[0]), float(prices[-1]), "money"),
        "price": write_number(float(prices[0]), "money"),
        "cost": write_number(unit_cost, "money"),
    }
    if n_people < fewest:
        return (
            "Not enough data: {people} answered the price ladder, and at least {fewest} are needed for shares that "
            "show no single person.",
            words,
        )
    if ladder.contradicts_itself(fewest):
        words |= {"odd": write_number(ladder.n_contradicting, "count"), "both": _count(ladder.n_both, "person")}
        return (
            "The answers contradict themselves: {odd} of the {both} who said both yes and no said no at or below a "
            "price that they said yes to. Check whether yes and no are the right way round, and the prices in the "
            "right rows.",
            words,
        )
    if table["share"].isna().all():
        return (
            "Not enough data: at none of the prices asked are the answers of {fewest} people known. Put the same few "
            "prices to everybody.",
            words,
        )
    if len(prices) == 1:
        return (
            "Not enough data: only one price, {price}, was put to enough people, so there is nothing to choose from. "
            "Ask at three or more.",
            words,
        )
    if unit_cost >= prices[-1]:
        return "No price asked, from {prices}, is above the unit cost of {cost}: ask at higher prices.", words
    if unit_cost and table["share"].to_numpy()[0] > 0:
        return (
            "No price asked earns a profit: nobody of {n} people would buy at a price above the unit cost of {cost}.",
            words,
        )
    return "Nobody of {n} people would buy at any price asked, from {prices}: ask at lower prices.", words


def _count(n: int, what: str) -> str:
    if n == 1:
        return f"one {what}"
    return f"{write_number(n, 'count')} {'people' if what == 'person' else what + 's'}"


def _are(n: int) -> str:
    return "is" if n == 1 else "are"
