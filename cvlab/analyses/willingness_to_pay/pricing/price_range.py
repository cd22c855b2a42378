"""Price range: between which prices is there anything to negotiate, and where does equal value for money lie?

    floor     = unit cost                                              below it every unit sold loses
    parity    = reference price + (our value - their value)            customers gain as much with us as with the rival
    ceiling   = the most that is acceptable, such as the marginal expensiveness; our value where none is given
    room      = ceiling - floor                                        [money per unit]

Cost says where a price must not fall, and nothing about where it should stand; what the rival charges matters together
with what the rival is worth. At parity nobody has a reason to change: to win customers, part of the difference is left
to them.

Source: Nagle & Müller (2018), The Strategy and Tactics of Pricing, 6th edition (economic value to the customer).
Assumes that values are in money per unit, for the same customers, and uncertain independently of each other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, percentile_interval
from cvlab.analyses.willingness_to_pay.pricing.uncertain import Uncertain, draw_number
from cvlab.analyses.willingness_to_pay.pricing.words import write_probability
from cvlab.checks import check_count, check_positive, check_share
from cvlab.errors import ParameterError
from cvlab.units import write_number

FLOOR, PARITY, CEILING, REFERENCE, NOW = "floor", "parity", "ceiling", "reference price", "price now"
SMALLEST_CHANGE = 0.05  # change of the parity price between two runs, as a share of it, that would matter


@dataclass(frozen=True, eq=False, kw_only=True)
class PriceRange:
    """The prices that come into question.

    Attributes
    ----------
    table : point (floor, parity, ceiling, reference price, and price now where it is given), price, low, high, and
        inside: whether it lies from the floor to the ceiling.
    headline : the parity price.
    room : ceiling minus floor, money per unit; below 0 there is no deal.
    deal_probability : in how many draws the ceiling is above the floor.
    draws : of floor, parity and ceiling, one column each.
    """

    rows: ClassVar[str] = "point"
    kinds: ClassVar[Mapping[str, str]] = {"price": "money", "low": "money", "high": "money", "inside": "truth"}

    table: pd.DataFrame
    headline: Headline
    room: float
    deal_probability: float
    draws: pd.DataFrame
    notes: tuple[str, ...] = ()


def measure_price_range(
    *,
    unit_cost: Uncertain,
    reference_price: float,
    our_value: Uncertain | None = None,
    their_value: Uncertain | None = None,
    value_difference: Uncertain | None = None,
    ceiling: Uncertain | None = None,
    price_now: float | None = None,
    n_draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> PriceRange:
    """Measure floor, parity and ceiling of a price.

    Every value is a number, (low, likely, high), or a Headline with its draws or interval.

    Parameters
    ----------
    unit_cost : the floor.
    reference_price : what customers pay for the next best alternative.
    our_value, their_value : what the two offers are worth to customers: money per unit.
    value_difference : instead of these two, what ours is worth more than theirs.
    ceiling : the highest acceptable price; our value when not given.
    price_now : today's price.
    n_draws, seed : of the Monte Carlo.
    level : coverage of the intervals.

    Returns
    -------
    PriceRange; where the ceiling lies below the floor it says that there is no deal.

    Raises
    ------
    ParameterError : an argument is outside what it may be, or neither both values nor their difference are given.

    Examples
    --------
    A rival sells for 100 what is worth 120; ours is worth 170 and costs 50:

    >>> result = measure_price_range(unit_cost=50, reference_price=100, our_value=170, their_value=120)
    >>> dict(zip(result.table["point"], result.table["price"].tolist()))
    {'floor': 50.0, 'parity': 150.0, 'ceiling': 170.0, 'reference price': 100.0}
    """
    check_share(level, "level")
    check_count(n_draws, "n_draws", least=2)
    check_count(seed, "seed", least=0)
    rival = check_positive(reference_price, "reference_price")
    now = None if price_now is None else check_positive(price_now, "price_now")
    random = np.random.default_rng(seed)
    floor = draw_number(unit_cost, "unit_cost", n_draws=n_draws, random=random)
    if floor[0] < 0:
        raise ParameterError(f"unit_cost is {floor[0]:g}: give a number of 0 or more")
    ours, difference = _read_values(our_value, their_value, value_difference, n_draws, random)
    parity = rival + difference[0], rival + difference[1]
    if ceiling is not None:
        top = draw_number(ceiling, "ceiling", n_draws=n_draws, random=random)
    elif ours is not None:
        top = ours
    else:
        top = math.nan, np.full(n_draws, math.nan)
    points = {FLOOR: floor, PARITY: parity, CEILING: top}
    certain = {REFERENCE: rival} if now is None else {REFERENCE: rival, NOW: now}
    points |= {name: (price, np.full(n_draws, price)) for name, price in certain.items()}
    rows = []
    for name, (price, draws) in points.items():
        low, high = percentile_interval(draws, level=level)
        inside = floor[0] <= price and not price > top[0] and math.isfinite(price)
        rows.append((name, price, float(low), float(high), inside))
    table = pd.DataFrame(rows, columns=["point", "price", "low", "high", "inside"])
    known = math.isfinite(top[0])
    probability = float((top[1] > floor[1]).mean()) if known else math.nan
    return PriceRange(
        table=table,
        headline=_write_headline(table.set_index("point"), parity[1], level),
        room=top[0] - floor[0],
        deal_probability=probability,
        draws=pd.DataFrame({name: points[name][1] for name in (FLOOR, PARITY, CEILING)}),
        notes=_caveats(table.set_index("point")["price"], probability, now, n_draws),
    )


def _read_values(
    our_value: Uncertain | None,
    their_value: Uncertain | None,
    value_difference: Uncertain | None,
    n_draws: int,
    random: np.random.Generator,
) -> tuple[tuple[float, np.ndarray] | None, tuple[float, np.ndarray]]:
    """Return our value where it is known, and what ours is worth more than theirs."""
    ours = None if our_value is None else draw_number(our_value, "our_value", n_draws=n_draws, random=random)
    if value_difference is not None:
        if their_value is not None:
            raise ParameterError("value_difference and their_value are both given: give one of them")
        return ours, draw_number(value_difference, "value_difference", n_draws=n_draws, random=random)
    if ours is None or their_value is None:
        raise ParameterError(
            "give our_value and their_value, or value_difference: parity needs what ours is worth more"
        )
    theirs = draw_number(their_value, "their_value", n_draws=n_draws, random=random)
    return ours, (ours[0] - theirs[0], ours[1] - theirs[1])


def _write_headline(points: pd.DataFrame, draws: np.ndarray, level: float) -> Headline:
    floor, parity, ceiling = (float(points.loc[name, "price"]) for name in (FLOOR, PARITY, CEILING))
    sentence = "Customers gain as much from us as from the alternative at {value} ({level} interval {low} to {high})"
    if ceiling < floor:
        sentence += ", but there is no deal: the ceiling, {ceiling}, lies below the unit cost, {floor}."
    elif math.isfinite(ceiling):
        sentence += "; prices from the unit cost, {floor}, to the ceiling, {ceiling}, come into question."
    else:
        sentence += "; the unit cost, {floor}, is the floor, and no ceiling is known."
    return Headline(
        key="willingness_to_pay.parity_price",
        label="price of equal value",
        value=parity,
        low=float(points.loc[PARITY, "low"]),
        high=float(points.loc[PARITY, "high"]),
        level=level,
        n=0,
        unit="money",
        smallest_change=SMALLEST_CHANGE * abs(parity),
        method="reference price plus the difference in value",
        sentence=sentence,
        words={"floor": write_number(floor, "money"), "ceiling": write_number(ceiling, "money")},
        draws=draws,
        decides=True,
    )


def _caveats(price: pd.Series, probability: float, now: float | None, n_draws: int) -> tuple[str, ...]:
    floor, parity, ceiling = (float(price[name]) for name in (FLOOR, PARITY, CEILING))
    notes = []
    if ceiling < floor:
        notes.append("The ceiling lies below the floor: no price pays for us and is acceptable to them. Do not deal.")
    elif probability < 1:
        notes.append(
            f"The ceiling lies above the floor with a probability of {write_probability(probability, n_draws)}."
        )
    if not math.isfinite(ceiling):
        notes.append("No ceiling is known: give ceiling, such as the marginal expensiveness, or our_value.")
    if parity < floor:
        notes.append(
            "Parity lies below the floor: at a price that pays for us, customers gain more from the alternative."
        )
    if parity > ceiling:
        notes.append(
            "Parity lies above the ceiling: what is acceptable ends before the difference in value is used up."
        )
    if now is not None:
        for name, wrong in ((FLOOR, now < floor), (CEILING, now > ceiling)):
            if wrong:
                notes.append(f"Today's price lies {'below' if name == FLOOR else 'above'} the {name}.")
        if floor <= now < parity and not now > ceiling:
            notes.append(
                f"Today's price leaves customers {write_number(parity - now, 'money')} of the difference in value."
            )
    return tuple(notes)
