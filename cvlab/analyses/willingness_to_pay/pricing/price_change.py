"""Price change: how much volume may a higher price cost, and how much is it likely to cost?

    break-even volume change = -(new price - price now) / (new price - unit cost)           [share of today's volume]
    expected volume change   = quantity(new price) / quantity(price now) - 1,
                               or (new price / price now)^elasticity - 1
    change of profit         = (1 + volume change) · (new price - unit cost) / (price now - unit cost) - 1

The change pays if the volume changes by more than break-even (falls by less, or rises by more). A rival at 100 and a
value of 150 do not make 200 a good price: with a unit cost of 50 it pays only if less than a third of the volume goes.

Source: Nagle & Müller (2018), The Strategy and Tactics of Pricing, 6th edition (break-even sales change).
Assumes that unit cost does not change with the volume and that rivals stay as they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, percentile_interval
from cvlab.analyses.willingness_to_pay.pricing.demand import Demand
from cvlab.analyses.willingness_to_pay.pricing.elasticity import Elasticity
from cvlab.analyses.willingness_to_pay.pricing.uncertain import Uncertain, draw_number
from cvlab.analyses.willingness_to_pay.pricing.words import write_probability, write_sides
from cvlab.checks import check_count, check_positive, check_share
from cvlab.errors import ParameterError
from cvlab.units import write_number, write_range

BREAK_EVEN, EXPECTED, PROFIT = "break-even volume change", "expected volume change", "expected change of profit"
SMALLEST_CHANGE = 0.02  # change of the expected volume between two runs that would matter, a share of today's
_NOTHING_KNOWN = "; nothing is known about how it will change."
_LEAST_KNOWN = 0.95  # share of the draws in which the change must be known for a probability
_KEY, _LABEL = "willingness_to_pay.price_change", "expected volume change"


@dataclass(frozen=True, eq=False, kw_only=True)
class PriceChange:
    """What a change of price must not cost, and what it is likely to cost.

    Attributes
    ----------
    table : what (break-even volume change, expected volume change, expected change of profit), estimate, low, high:
        shares of today's volume and of today's contribution; the last two NaN without a demand.
    headline : the expected volume change, beside its break-even.
    break_even : volume change at which nothing is gained or lost.
    probability : that the change pays; NaN where nothing is known about the demand, or no interval.
    draws : of the expected volume change.
    price_now, price_new, unit_cost : as given.
    """

    rows: ClassVar[str] = "what"
    kinds: ClassVar[Mapping[str, str]] = {"estimate": "share", "low": "share", "high": "share"}

    table: pd.DataFrame
    headline: Headline
    break_even: float
    probability: float
    draws: np.ndarray
    price_now: float
    price_new: float
    unit_cost: float
    notes: tuple[str, ...] = ()


def measure_price_change(
    demand: Demand | Elasticity | Uncertain | None,
    *,
    price_now: float,
    price_new: float,
    unit_cost: float,
    n_draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> PriceChange:
    """Measure whether a change of price pays: break-even volume change against the expected one.

    Parameters
    ----------
    demand : a Demand that knows both prices; or an elasticity: an Elasticity, a number, (low, likely, high), or a
        Headline. None where nothing is known: break-even alone says what one would have to believe.
    price_now, price_new, unit_cost : money per unit; the prices lie above the unit cost.
    n_draws, seed : of an elasticity that brings no draws.
    level : coverage of the intervals.

    Returns
    -------
    PriceChange; its expected change unanswered where too few people stand behind a demand, or it rises with the price.

    Raises
    ------
    ParameterError : the prices are equal, or do not lie above the unit cost, or the demand does not know both.

    Examples
    --------
    >>> change = measure_price_change((-1.6, -1.2, -0.9), price_now=150, price_new=200, unit_cost=50)
    >>> round(change.break_even, 3), bool(change.table["estimate"][1] > change.break_even)
    (-0.333, True)
    """
    now, new = check_positive(price_now, "price_now"), check_positive(price_new, "price_new")
    cost = check_positive(unit_cost, "unit_cost", zero_allowed=True)
    check_share(level, "level")
    check_count(n_draws, "n_draws", least=2)
    check_count(seed, "seed", least=0)
    if now == new:
        raise ParameterError(f"price_new is {new:g}, and so is price_now: give two different prices")
    if min(now, new) <= cost:
        which = "price_new" if new <= cost else "price_now"
        raise ParameterError(
            f"{which} is {min(now, new):g}, not above the unit cost of {cost:g}: no volume makes up for a loss on "
            "every unit"
        )
    break_even = (now - new) / (new - cost)
    expected, draws, source = _expect(demand, now, new, n_draws, seed)
    margin = (new - cost) / (now - cost)
    rows = [(BREAK_EVEN, break_even, break_even, break_even)]
    for name, value, drawn in (
        (EXPECTED, expected, draws),
        (PROFIT, (1 + expected) * margin - 1, (1 + draws) * margin - 1),
    ):
        low, high = percentile_interval(drawn, level=level)
        rows.append((name, value, float(low), float(high)))
    table = pd.DataFrame(rows, columns=["what", "estimate", "low", "high"])
    known = draws[np.isfinite(draws)]
    vague = len(known) >= _LEAST_KNOWN * len(draws) > 0 and bool(np.ptp(known) > 0)
    probability = float((known > break_even).mean()) if vague else math.nan
    reason = _find_reason(demand, now, expected)
    return PriceChange(
        table=table,
        headline=_write_headline(table, draws, demand, break_even, probability, (now, new), level, reason),
        break_even=break_even,
        probability=probability,
        draws=draws,
        price_now=now,
        price_new=new,
        unit_cost=cost,
        notes=_caveats(demand, source, reason, vague),
    )


def _expect(
    demand: Demand | Elasticity | Uncertain | None, now: float, new: float, n_draws: int, seed: int
) -> tuple[float, np.ndarray, str]:
    """Return the expected volume change, draws of it, and what it follows from."""
    if demand is None:
        return math.nan, np.full(n_draws, math.nan), "nothing"
    if isinstance(demand, Demand):
        return *_expect_from_curve(demand, now, new), "demand"
    if isinstance(demand, Elasticity):
        value, draws = demand.headline.value, demand.draws
    else:
        value, draws = draw_number(demand, "demand", n_draws=n_draws, random=np.random.default_rng(seed))
    if value > 0:
        raise ParameterError(
            f"demand is an elasticity of {value:g}: a higher price sells less, so give a negative number"
        )
    step = math.log(new / now)
    return math.expm1(value * step), np.expm1(draws * step), "elasticity"


def _find_reason(demand: Demand | Elasticity | Uncertain | None, now: float, expected: float) -> str:
    """Return why a demand says nothing about the change; nothing where it does, or where none was given."""
    if math.isfinite(expected):
        return ""
    if isinstance(demand, Elasticity):
        return str(demand.headline)
    if not isinstance(demand, Demand):
        return ""
    if not demand.enough:
        return str(demand.headline)
    if demand.headline.value > 0:
        return (
            f"The demand rises with the price (elasticity {write_number(demand.headline.value)}), so nothing can rest "
            "on it: see what it assumes."
        )
    if not demand.at(np.array([now]))[0][0] > 0:
        return "Nothing is bought at today's price, so there is no change of volume to speak of."
    return "Between these two prices the demand rises with the price, so nothing can rest on it."


def _expect_from_curve(demand: Demand, now: float, new: float) -> tuple[float, np.ndarray]:
    nothing = math.nan, np.full(max(len(demand.draws), 1), math.nan)
    if not demand.enough or demand.headline.value > 0:
        return nothing
    low, high = demand.observed_range
    outside = [price for price in (now, new) if not low <= price <= high]
    if outside:
        raise ParameterError(
            f"{' and '.join(write_number(price, 'money') for price in outside)} lies outside the observed prices "
            f"{write_range(low, high, 'money')}: demand is not known there. Give an elasticity, such as "
            "demand.elasticity(), to assume that it goes on as it is"
        )
    estimate, draws = demand.at(np.array([now, new]))
    if not estimate[0] > 0 or (estimate[1] - estimate[0]) * (new - now) > 0:
        return nothing
    return float(estimate[1] / estimate[0] - 1), draws[:, 1] / np.where(draws[:, 0] > 0, draws[:, 0], math.nan) - 1


def _write_headline(
    table: pd.DataFrame,
    draws: np.ndarray,
    demand: Demand | Elasticity | Uncertain | None,
    break_even: float,
    probability: float,
    prices: tuple[float, float],
    level: float,
    reason: str,
) -> Headline:
    value, low, high = (float(table[column][1]) for column in ("estimate", "low", "high"))
    allowed = ("falls by less than {limit}" if break_even < 0 else "rises by more than {limit}").format(
        limit=write_number(abs(break_even), "share")
    )
    sentence = "Going from {now} to {new} pays if the volume {allowed}"
    if not math.isfinite(value):
        sentence += "; nothing is known about how it will change. {reason}" if reason else _NOTHING_KNOWN
    elif math.isfinite(probability):
        sentence += "; {change} is expected ({level} interval {range}), so it pays with probability {probability}."
    else:
        sentence += "; {change} is expected, so it {verdict}."
    change, interval = write_sides(value, low, high, "share", below="a fall of", above="a rise of")
    basis = demand.basis if isinstance(demand, Demand) else None
    origin = demand.headline if isinstance(demand, Elasticity) else demand if isinstance(demand, Headline) else None
    return Headline(
        key=_KEY,
        label=_LABEL,
        value=value,
        low=low,
        high=high,
        level=level,
        n=basis.n if basis is not None else origin.n if origin is not None else 0,
        unit="share",
        smallest_change=SMALLEST_CHANGE,
        method=basis.method if basis is not None else "constant elasticity",
        sentence=sentence,
        words={
            "now": write_number(prices[0], "money"),
            "new": write_number(prices[1], "money"),
            "allowed": allowed,
            "change": change,
            "range": interval,
            "reason": reason,
            "probability": write_probability(probability, len(draws)),
            "verdict": "pays" if value > break_even else "does not pay",
        },
        draws=draws if np.isfinite(draws).any() else None,
        decides=basis.trusted if basis is not None else True,
    )


def _caveats(demand: Demand | Elasticity | Uncertain | None, source: str, reason: str, vague: bool) -> tuple[str, ...]:
    notes = []
    if source == "nothing":
        notes.append("Nothing is known about the demand: break-even says what one would have to believe.")
    if source == "elasticity":
        notes.append("The elasticity is taken to be the same at both prices and between them.")
        if not vague and not reason:
            notes.append("The elasticity came without an interval, so there is no probability that the change pays.")
    if reason:
        notes.append(reason)
    if isinstance(demand, (Demand, Elasticity)):
        notes += demand.notes
    return tuple(notes)
