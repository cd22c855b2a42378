"""What the best price says: its headline, the gain against today's price, and the caveats."""

from __future__ import annotations

import math

import numpy as np

from cvlab.analyses.common import Headline, percentile_interval
from cvlab.analyses.willingness_to_pay.choosing.top import write_people
from cvlab.analyses.willingness_to_pay.pricing.curve import ORIGINS, UNITS, Curve
from cvlab.analyses.willingness_to_pay.pricing.optimum import LOSS, Market
from cvlab.analyses.willingness_to_pay.pricing.words import write_probability
from cvlab.units import write_number, write_range

SMALLEST_CHANGE = 0.05  # change of the best price between two runs, as a share of it, that would matter
_OFTEN = 0.05  # share of draws at the edge from which on a note says so
_RESTS = {
    "stated": "It rests on words alone: nobody has paid any of these prices.",
    "calibrated": "It rests on words, put on the scale of real money by the factor between the two.",
    "amounts": "Amounts paid in an auction are money; amounts that were only named are words.",
    "sales": "It rests on what was bought, at prices that were not assigned by chance.",
    "experiment": "It rests on what was bought, at prices assigned by chance; no words are in it.",
}
_KEY, _LABEL = "willingness_to_pay.best_price", "price of the highest profit"
_GAIN_KEY, _GAIN_LABEL = "willingness_to_pay.best_price_gain", "profit gained by the best price against today's"


def write_best(
    basis: Curve,
    best: float,
    low: float,
    high: float,
    draws: np.ndarray,
    at_edge: str | None,
    band: tuple[float, float],
    level: float,
    *,
    profit: float,
    market: str,
) -> Headline:
    """Write the headline of a best price; `band` are the prices that lose little, `at_edge` the end it stands at."""
    interval = "({level} interval {low} to {high}, {people}, {origin})"
    sentence = f"Profit is highest at {{value}} {interval}"
    if profit < 0:
        sentence = (
            f"Every observed price loses money after the fixed cost: the loss is smallest, {{loss}} from {{market}}, "
            f"at {{value}} {interval}"
        )
    if at_edge:
        sentence += (
            ", the {edge} price observed: the best price is at the edge and may lie {beyond}, where nothing is known."
        )
    elif profit < 0:
        sentence += "."
    else:
        sentence += "; prices from {band} lose less than {little} of it."
    words = {
        "people": write_people(basis.n),
        "edge": at_edge or "",
        "beyond": "below" if at_edge == "lowest" else "above",
        "band": write_range(*band, "money"),
        "little": write_number(LOSS, "share", decimals=0),
        "loss": write_number(-profit, "money"),
        "market": market,
        "origin": ORIGINS[basis.evidence],
    }
    return Headline(
        key=_KEY,
        label=_LABEL,
        value=best,
        low=low,
        high=high,
        level=level,
        n=basis.n,
        unit="money",
        smallest_change=SMALLEST_CHANGE * best,
        method=basis.method,
        sentence=sentence,
        words=words,
        draws=draws,
        draws_by=basis.draws_by,
        decides=basis.trusted,
    )


def write_gain(
    basis: Curve, market: Market, best: float, now: float | None, level: float, named: str
) -> tuple[Headline | None, float]:
    """Return what the recommended price earns more than the price now, and in how many draws it does."""
    if now is None:
        return None, math.nan
    prices = np.array([best, now])
    estimate, draws = basis.at(prices)
    profit, drawn = market.measure(prices, estimate)["profit"], market.measure(prices, draws)["profit"]
    value, gains = float(profit[0] - profit[1]), drawn[:, 0] - drawn[:, 1]
    low, high = (float(bound) for bound in percentile_interval(gains, level=level))
    known = math.isfinite(value)
    same = known and math.isclose(best, now)
    probability = float((gains > 0).mean()) if known and not same else math.nan
    words = {
        "best": write_number(best, "money"),
        "now": write_number(now, "money"),
        "probability": write_probability(probability, len(gains)),
        "range": write_range(*basis.range, "money"),
        "market": named,
        "unit": basis.unit,
    }
    if not known:
        sentence = (
            "Today's price, {now}, lies outside the observed prices {range}, so the gain of a change is not known."
        )
    elif same:
        sentence = "Today's price, {now}, is the best of the observed prices."
    else:
        sentence = (
            "Moving from {now} to {best} changes the profit from {market} by {value} ({level} interval {low} to "
            "{high}); the probability that it gains is {probability}."
        )
    headline = Headline(
        key=_GAIN_KEY,
        label=_GAIN_LABEL,
        value=value,
        low=low,
        high=high,
        level=level,
        n=basis.n,
        unit="money",
        better="higher",
        method=basis.method,
        sentence=sentence,
        words=words,
        draws=gains if known else None,
        draws_by=basis.draws_by,
        decides=basis.trusted,
    )
    return headline, probability


def describe_best(
    basis: Curve, at_edge: str | None, edge_share: float, now: float | None, revenue_edge: str | None
) -> tuple[str, ...]:
    """Return what a reader must know about a best price."""
    notes = [f"The demand comes from {ORIGINS[basis.evidence]}. {_RESTS[basis.evidence]}"]
    if at_edge:
        notes.append(
            f"The best price is at the edge: profit is highest at the {at_edge} price observed. Try prices beyond."
        )
    elif edge_share > _OFTEN:
        notes.append(
            f"In {write_number(edge_share, 'share')} of the draws the best price is the lowest or highest observed; "
            "the interval ends there, because nothing is known beyond."
        )
    if revenue_edge:
        notes.append(
            f"Revenue is highest at the {revenue_edge} price observed, so it may be higher still beyond, where nothing "
            "is known."
        )
    if basis.discrete and len(basis.prices) <= 30:
        notes.append("Only the observed prices come into question; between them demand is not known.")
    if not basis.trusted:
        notes.append("No decision should rest on this price alone: see what the demand assumes.")
    if now is not None and not basis.range[0] <= now <= basis.range[1]:
        notes.append("Today's price lies outside the observed prices, so the gain of a change is not known.")
    return tuple(notes)


def name_market(basis: Curve, size: float, market_size: float | None) -> str:
    """Say in words what money is counted for."""
    if basis.unit == UNITS:
        return "the sales' period" if market_size is None else f"{write_number(size)} times the sales' period"
    return f"{write_number(size, 'count')} people"


def decline_best(basis: Curve, level: float, sentence: str, words: dict[str, str], *, gain: bool = False) -> Headline:
    """Write the headline of a best price, or of its gain, where there is none."""
    return Headline(
        key=_GAIN_KEY if gain else _KEY,
        label=_GAIN_LABEL if gain else _LABEL,
        value=math.nan,
        low=math.nan,
        high=math.nan,
        level=level,
        n=basis.n,
        unit="money",
        better="higher" if gain else "none",
        method=basis.method,
        sentence=sentence,
        words=words,
        decides=basis.trusted,
    )
