"""The gain of the best price: what would moving to it earn more than the price that is charged today?

    gain = profit(best price) - profit(price now)         [money of 100 people asked, or of the sales' period]

A best price says where to go, its gain whether the way is worth it: where the interval of the gain holds 0, the price
of today is as good as any that is known.

Assumes what the best price assumes: rivals, unit cost and the market stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.analyses.willingness_to_pay.pricing.best_price import NOW, PROFIT, BestPrice
from cvlab.errors import ParameterError


@dataclass(frozen=True, eq=False, kw_only=True)
class PriceGain:
    """What the best price earns more than today's; `table` has the two points of `BestPrice.table`, best first."""

    rows: ClassVar[str] = "point"
    kinds: ClassVar[Mapping[str, str]] = BestPrice.kinds

    table: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()


def compare_with_today(best: BestPrice) -> PriceGain:
    """Compare the best price with the one charged today.

    Parameters
    ----------
    best : from `optimise_price`, which was given today's price.

    Returns
    -------
    PriceGain; unanswered where there is no best price, or today's price lies outside the observed ones.

    Raises
    ------
    ParameterError : the best price knows of no price today.

    Examples
    --------
    >>> import numpy as np
    >>> from cvlab.analyses.willingness_to_pay import estimate_demand, optimise_price
    >>> worth = pd.DataFrame({"respondent_id": range(400), "amount": np.linspace(5.0, 45.0, 400)})
    >>> gain = compare_with_today(optimise_price(estimate_demand(worth), unit_cost=10, price_now=20))
    >>> gain.table["point"].tolist(), bool(gain.headline.value > 0)
    (['highest profit', 'price now'], True)
    """
    if not isinstance(best, BestPrice):
        raise ParameterError(f"best is a {type(best).__name__}: give what optimise_price returns")
    if best.gain is None:
        raise ParameterError("best knows of no price today: give optimise_price the price_now")
    table = best.table[best.table["point"].isin([PROFIT, NOW])].reset_index(drop=True)
    notes = (f"Money is that of {best.market}, not of a year.",) if best.gain.answered else ()
    return PriceGain(table=table, headline=best.gain, notes=notes)
