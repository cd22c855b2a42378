"""What the explorer of a price says, and its table: at this price, against the best one, against today's."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from cvlab.analyses.common import percentile_interval
from cvlab.analyses.willingness_to_pay import BestPrice, Demand, PriceChange, StatedRevealed
from cvlab.analyses.willingness_to_pay.pricing.curve import CHOICES, UNITS
from cvlab.units import write_number, write_range

THIS, GUESS, BEST, NOW = "this price", "your guess", "best price", "price now"


def write_price(demand: Demand, here: BestPrice, price: float) -> str:
    """Say how many buy at a price, what that earns, and how far it falls short of the best price.

    Parameters
    ----------
    here : the best price, with `price` as the price now.
    """
    if not demand.enough:
        return str(here.headline)
    written = write_number(price, "money")
    sold = _write_sold(demand, price)
    if not sold:
        return f"Nothing is known about {written}: the observed prices are {_write_observed(demand)}."
    if not here.headline.answered:
        return f"At {written}, {sold}. {here.headline}"
    row = here.table.iloc[-1]
    earned = f"{write_number(row['profit'], 'money')} ({write_range(row['profit_low'], row['profit_high'], 'money')})"
    return f"At {written}, {sold}; from {here.market} that earns {earned}{_write_shortfall(here, price)}"


def write_change(
    demand: Demand, change: PriceChange | None, price: float, price_now: float | None, unit_cost: float
) -> str:
    """Say whether it pays to go from today's price to this one, or why that cannot be said; nothing at today's."""
    if change is not None:
        return str(change.headline)
    if price_now is None or not demand.enough or math.isclose(price, price_now):
        return ""
    if price <= unit_cost:
        return "At this price every unit is sold at a loss, so no volume makes up for it."
    if price_now <= unit_cost:
        return (
            f"Today's price, {write_number(price_now, 'money')}, does not cover the unit cost, so there is no profit "
            "that a change could lose."
        )
    if not demand.observed_range[0] <= price_now <= demand.observed_range[1]:
        return (
            f"Today's price, {write_number(price_now, 'money')}, lies outside the observed prices "
            f"{_write_observed(demand)}, so nothing can be said of a change."
        )
    return ""


def write_factor(compared: StatedRevealed | None, chosen: float | None) -> str:
    """Say what the factor of stated worth is taken to be, where it is not the estimate."""
    if compared is None or chosen is None:
        return ""
    middle, low, high = (float(compared.table[column].iloc[-1]) for column in ("estimate", "low", "high"))
    if math.isclose(chosen, middle):
        return ""
    return (
        f"Stated worth is taken to be {write_number(chosen, 'ratio')} times real worth; the estimate is "
        f"{write_number(middle, 'ratio')} ({write_range(low, high, 'ratio')})."
    )


def write_question(price: float, unit_cost: float) -> str:
    """Say what is known of a price before anything about demand is."""
    left = f"each unit leaves {write_number(price - unit_cost, 'money')} above its cost"
    if price < unit_cost:
        left = f"each unit loses {write_number(unit_cost - price, 'money')}"
    return f"At {write_number(price, 'money')}, {left}. Which price would earn most? Choose, then reveal."


def list_points(best: BestPrice, here: BestPrice, guess: BestPrice | None) -> pd.DataFrame:
    """Return a row for each price that is spoken of, as in the table of a best price; no rows where it has no answer.

    Parameters
    ----------
    best : with today's price as the price now; `here` and `guess` with that of the slider and that guessed.
    """
    if not best.headline.answered:
        return pd.DataFrame()
    rows = {THIS: here.table.iloc[-1]}
    if guess is not None:
        rows[GUESS] = guess.table.iloc[-1]
    rows[BEST] = best.table.iloc[0]
    if best.price_now is not None:
        rows[NOW] = best.table.iloc[-1]
    table = pd.DataFrame(rows.values()).drop(columns="point").reset_index(drop=True)
    table.insert(0, " ", list(rows))
    # A price that was chosen has no interval.
    table.loc[table[" "] != BEST, ["low", "high"]] = math.nan
    return table


def _write_sold(demand: Demand, price: float) -> str:
    """Say how many would buy, with the interval; nothing where it is not known."""
    estimate, draws = demand.at(np.array([price]))
    if not math.isfinite(estimate[0]):
        return ""
    low, high = percentile_interval(draws[:, 0], level=demand.level)
    level = write_number(demand.level, "share", decimals=0)
    number, interval = write_number(float(estimate[0])), f"{level} interval {write_range(float(low), float(high))}"
    if demand.unit == UNITS:
        return f"{number} units would be sold ({interval})"
    if demand.unit == CHOICES:
        return f"{number} of 100 choices would fall on it ({interval})"
    return f"{number} of 100 people would buy ({interval})"


def _write_shortfall(here: BestPrice, price: float) -> str:
    best, gain = float(here.table["price"].iloc[0]), here.gain
    if gain is None or math.isclose(best, price):
        return ", the most of all observed prices."
    written = write_number(best, "money")
    if gain.value < 0:
        # Between observed prices demand is a straight line, and may earn more than at any of them.
        return f", {_write_more(-gain.value, -gain.high, -gain.low)} than the best of the observed prices, {written}."
    edge = f" (the {here.at_edge} observed)" if here.at_edge else ""
    return f"; the best price, {written}{edge}, earns {_write_more(gain.value, gain.low, gain.high)}."


def _write_more(value: float, low: float, high: float) -> str:
    return f"{write_number(value, 'money')} more ({write_range(low, high, 'money')})"


def _write_observed(demand: Demand) -> str:
    return write_range(*demand.observed_range, "money")
