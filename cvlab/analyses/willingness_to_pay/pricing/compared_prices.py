"""Compared prices: which price would words alone recommend, which one do deeds, and what would following words cost?

    by words      the best price of the stated demand, taken at face value
    by deeds      the best price of the revealed demand
    kept          contribution at a price / contribution at the price by deeds, both as deeds have it

Where profit still rises at the first or last observed price e, the answer goes on with constant elasticity b over the
observed prices, and is marked as extrapolated: unit cost · b / (1 + b), no highest price at all where b is -1 or above.
Where a price lies beyond those at which deeds were observed, quantity(e) · (price / e)^b continues them.

Source: Lerner (1934), "The concept of monopoly and the measurement of monopoly power", Review of Economic Studies 1.
Assumes what `best_price` does; and that deeds are deeds, such as sales at prices assigned by chance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, percentile_interval
from cvlab.analyses.willingness_to_pay.pricing.best_price import BestPrice, optimise_price
from cvlab.analyses.willingness_to_pay.pricing.demand import Demand
from cvlab.analyses.willingness_to_pay.pricing.elasticity import measure_elasticity
from cvlab.analyses.willingness_to_pay.pricing.stated_revealed import StatedRevealed
from cvlab.checks import check_share
from cvlab.errors import ParameterError
from cvlab.units import write_number, write_range

SAID, DONE = "words alone", "deeds"
SMALLEST_CHANGE = 0.02  # change of the loss between two runs that would matter, a share of the contribution
_NUMBERS = ("price", "low", "high", "kept", "kept_low", "kept_high")


@dataclass(frozen=True, eq=False, kw_only=True)
class ComparedPrices:
    """What words and deeds would each recommend.

    Attributes
    ----------
    table : source (words alone, deeds), price, low, high; extrapolated: whether it lies beyond the observed prices;
        kept, kept_low, kept_high: share of the contribution by deeds that is left at this price. The price is infinite
        where dearer is always better.
    headline : the share of the contribution that following words would cost.
    words, deeds : the best price of each inside its observed prices; None where a side is missing.
    """

    rows: ClassVar[str] = "source"
    kinds: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("price", "low", "high"), "money"),
        "extrapolated": "truth",
        **dict.fromkeys(("kept", "kept_low", "kept_high"), "share"),
    }

    table: pd.DataFrame
    headline: Headline
    words: BestPrice | None = field(repr=False)
    deeds: BestPrice | None = field(repr=False)
    notes: tuple[str, ...] = ()


def compare_best_prices(compared: StatedRevealed, *, unit_cost: float, level: float | None = None) -> ComparedPrices:
    """Compare the best price by words taken at face value with the one by deeds.

    Parameters
    ----------
    compared : from `compare_stated_revealed`.
    unit_cost : what one more unit costs: money per unit.
    level : coverage of the intervals; that of the comparison when not given.

    Returns
    -------
    ComparedPrices; unanswered where a side is missing or has no best price.

    Raises
    ------
    ParameterError : an argument is outside what it may be.

    Examples
    --------
    >>> from cvlab.analyses.willingness_to_pay import compare_stated_revealed
    >>> real = pd.DataFrame({"respondent_id": range(300), "amount": np.linspace(20.0, 80.0, 300)})
    >>> compared = compare_stated_revealed(real.assign(amount=real["amount"] * 1.3), real, n_boot=200)
    >>> prices = compare_best_prices(compared, unit_cost=20).table
    >>> bool(prices["price"][0] > prices["price"][1] > 45), bool(prices["kept"][0] < prices["kept"][1] == 1)
    (True, True)
    """
    if not isinstance(compared, StatedRevealed):
        raise ParameterError(f"compared is a {type(compared).__name__}: give what compare_stated_revealed returns")
    chosen = compared.level if level is None else check_share(level, "level")
    said, done = (
        None if side is None else optimise_price(side, unit_cost=unit_cost, level=chosen)
        for side in (compared.stated, compared.revealed)
    )
    if said is None or done is None or compared.stated is None or compared.revealed is None:
        missing = "stated" if said is None else "revealed"
        return _decline(f"There is no {missing} demand to compare with.", said, done, chosen)
    for best in (said, done):
        if not best.headline.answered:
            return _decline(str(best.headline), said, done, chosen)
    found = [_look_beyond(best, side, chosen) for best, side in ((said, compared.stated), (done, compared.revealed))]
    earned = [_earn(compared.revealed, price, float(unit_cost)) for price, _, _ in found]
    rows = []
    for name, (price, draws, beyond), (value, drawn) in zip((SAID, DONE), found, earned, strict=True):
        kept_low, kept_high = percentile_interval(drawn / earned[1][1], level=chosen)
        rows.append((name, price, *_bound(draws, chosen), beyond, value / earned[1][0], kept_low, kept_high))
    table = pd.DataFrame(rows, columns=["source", *_NUMBERS[:3], "extrapolated", *_NUMBERS[3:]])
    return ComparedPrices(
        table=table,
        headline=_write_headline(table, 1 - earned[0][1] / earned[1][1], compared.revealed, chosen),
        words=said,
        deeds=done,
        notes=_caveats(table, compared.stated, compared.revealed, done),
    )


def _look_beyond(best: BestPrice, demand: Demand, level: float) -> tuple[float, np.ndarray, bool]:
    """Return the best price, draws of it, and whether constant elasticity had to continue the observed prices."""
    if best.at_edge is None:
        return best.headline.value, best.draws, False
    slope = measure_elasticity(demand.basis, price=None, level=level)
    ends = demand.observed_range
    edge = ends[0] if best.at_edge == "lowest" else ends[1]

    def continue_prices(slopes: np.ndarray) -> np.ndarray:
        safe = np.where(slopes < -1, slopes, -2.0)
        beyond = np.where(slopes < -1, best.unit_cost * safe / (1 + safe), math.inf)
        return np.minimum(beyond, edge) if best.at_edge == "lowest" else np.maximum(beyond, edge)

    at_edge = np.isclose(best.draws, edge)
    draws = np.where(at_edge, continue_prices(np.resize(slope.draws, len(best.draws))), best.draws)
    price = float(continue_prices(np.array([slope.headline.value]))[0])
    return price, draws, not math.isclose(price, edge)


def _earn(demand: Demand, price: float, unit_cost: float) -> tuple[float, np.ndarray]:
    """Return the contribution at a price, and its draws, continued with constant elasticity beyond observed prices."""
    if not math.isfinite(price):
        return math.nan, np.full(len(demand.draws), math.nan)
    low, high = demand.observed_range
    edge = min(max(price, low), high)
    estimate, draws = demand.at(np.array([edge]))
    quantity, drawn = float(estimate[0]), draws[:, 0]
    if edge != price:
        slope = demand.elasticity()
        quantity *= (price / edge) ** slope.headline.value
        drawn = drawn * (price / edge) ** np.resize(slope.draws, len(drawn))
    return quantity * (price - unit_cost), drawn * (price - unit_cost)


def _bound(draws: np.ndarray, level: float) -> tuple[float, float]:
    """Return the percentiles of draws some of which may be infinite."""
    tail = (1 - level) / 2
    low, high = (float(np.nanquantile(draws, share, method="nearest")) for share in (tail, 1 - tail))
    return low, high


def _write_headline(table: pd.DataFrame, loss: np.ndarray, revealed: Demand, level: float) -> Headline:
    said, done = table.iloc[0], table.iloc[1]
    low, high = (float(bound) for bound in percentile_interval(loss, level=level))
    sentence = "Words alone recommend {said}, deeds {done}"
    value = 1 - float(said["kept"])
    if math.isfinite(value):
        sentence += (
            ": going by the words would cost {value} ({level} interval {low} to {high}) of the profit before fixed "
            "cost that the price by deeds earns."
        )
    else:
        sentence += ": as the words have it, dearer is always better, which is no price to go by."
    return Headline(
        key="willingness_to_pay.loss_by_words",
        label="profit lost by going by words alone",
        value=value,
        low=low,
        high=high,
        level=level,
        n=revealed.basis.n,
        unit="share",
        better="lower",
        smallest_change=SMALLEST_CHANGE,
        method="best price of each demand",
        sentence=sentence,
        words={"said": _write_price(said), "done": _write_price(done)},
        draws=loss if np.isfinite(loss).any() else None,
        decides=revealed.basis.trusted,
    )


def _write_price(row: pd.Series) -> str:
    if not math.isfinite(row["price"]):
        return "ever higher prices"
    top = write_number(row["high"], "money") if math.isfinite(row["high"]) else "no limit"
    interval = write_range(row["low"], row["high"], "money") if math.isfinite(row["high"]) else ""
    interval = interval or f"{write_number(row['low'], 'money')} to {top}"
    return f"{write_number(row['price'], 'money')} ({interval}{', extrapolated' if row['extrapolated'] else ''})"


def _caveats(table: pd.DataFrame, stated: Demand, revealed: Demand, deeds: BestPrice) -> tuple[str, ...]:
    notes = []
    for row, demand in zip(table.to_dict("records"), (stated, revealed), strict=True):
        if row["extrapolated"]:
            notes.append(
                f"By {row['source']} profit still rises at the end of the observed prices "
                f"{write_range(*demand.observed_range, 'money')}; the price beyond is an extrapolation with constant "
                "elasticity, to be tried before it is believed."
            )
    price, (low, high) = float(table["price"].iloc[0]), revealed.observed_range
    if math.isfinite(price) and not low <= price <= high:
        notes.append(
            f"Deeds were observed from {write_range(low, high, 'money')}; what would be sold at "
            f"{write_number(price, 'money')} continues them with constant elasticity."
        )
    return (*notes, *deeds.notes[:1])  # which says where the deeds come from


def _decline(reason: str, said: BestPrice | None, done: BestPrice | None, level: float) -> ComparedPrices:
    table = pd.DataFrame({"source": [SAID, DONE], **dict.fromkeys(_NUMBERS, math.nan)})
    table.insert(4, "extrapolated", [False, False])
    headline = Headline(
        key="willingness_to_pay.loss_by_words",
        label="profit lost by going by words alone",
        value=math.nan,
        low=math.nan,
        high=math.nan,
        level=level,
        n=min((best.headline.n for best in (said, done) if best is not None), default=0),
        unit="share",
        better="lower",
        sentence="{reason}",
        words={"reason": reason},
        decides=False,
    )
    return ComparedPrices(table=table, headline=headline, words=said, deeds=done)
