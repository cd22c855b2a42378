"""Economic value: what an offer is worth to a customer against the next best alternative.

    economic value    reference price + sum of the amounts of the drivers     [money per unit]
    incentive         economic value - price                                  what the customer keeps

`reference price` is what the next best alternative costs; a driver is one thing that differs from it, in money: to our
favour with a plus, against us with a minus. See `drivers` for how a row becomes money, `three_points` for how low,
likely and high become draws, `sums` for shares and the tornado.

Source: Forbis & Mehta (1981), "Value-based strategies for industrial products", Business Horizons 24(3), 32-42.
Assumes that drivers add up (one saving is counted under one driver only), that the customer knows of them, and that
their errors are independent unless `correlation` says otherwise: independent errors cancel each other and make the
interval of the total short.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.analyses.economic_value.drivers import (
    BLANK,
    EVERY_GROUP,
    DriverBook,
    check_reference_price,
    make_book,
    read_drivers,
)
from cvlab.analyses.economic_value.sums import (
    Drawn,
    draw_book_levels,
    draw_drivers,
    tabulate_steps,
    tabulate_swings,
)
from cvlab.analyses.economic_value.worth_words import (
    find_notes,
    find_notes_on_rows,
    write_incentive,
    write_top_driver,
    write_worth,
)
from cvlab.checks import check_count, check_finite, check_positive, check_share
from cvlab.errors import DataError, ParameterError

FEWEST_DRAWS = 100


@dataclass(frozen=True, eq=False, kw_only=True)
class EconomicValue:
    """Worth of one offer against its next best alternative; money per unit.

    Attributes
    ----------
    table : one row per step: the reference price, the drivers from the largest plus to the largest minus, the economic
        value. Columns: step, amount (expected), likely, low, high, running_total, share (of all differences, better
        and worse, without their signs; its own sign is kept), share_low, share_high, kind, evidence. Bounds are missing
        where no range was given.
    headline : the economic value.
    incentive : what the customer keeps at `price`; None without a price.
    chance : probability that the incentive is above 0; NaN without a price or without any range.
    top_driver : share of the largest driver, of all differences without their signs.
    tornado : one row per driver with a range, widest first: driver, low, amount, high, total_at_low, total_at_high,
        swing. Low and high are the whole range.
    by_group : name -> the same for each group; empty where the table names none.
    group_table : one row per group and one for all: group, total, low, high, incentive, incentive_low, incentive_high,
        chance, top_driver, top_share.
    reference_price, price, level : as given.
    """

    rows: ClassVar[str] = "step"
    kinds: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("amount", "likely", "low", "high", "running_total", "total_at_low", "total_at_high"), "money"),
        **dict.fromkeys(("swing", "total", "incentive", "incentive_low", "incentive_high"), "money"),
        **dict.fromkeys(("share", "share_low", "share_high", "chance", "top_share"), "share"),
    }

    table: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()
    incentive: Headline | None
    chance: float
    top_driver: Headline
    tornado: pd.DataFrame
    by_group: Mapping[str, EconomicValue]
    group_table: pd.DataFrame
    reference_price: float
    price: float | None
    level: float
    book: DriverBook = field(repr=False)
    levels: np.ndarray = field(repr=False)
    notes_on_rows: tuple[str, ...] = field(default=(), repr=False)

    @property
    def difference(self) -> Headline:
        """What the offer is worth more than the next best alternative; money per unit, negative where it is less."""
        known = self.headline
        return replace(
            known,
            key="economic_value.difference",
            label="worth beyond the next best alternative",
            value=known.value - self.reference_price,
            low=known.low - self.reference_price,
            high=known.high - self.reference_price,
            draws=None if known.draws is None else known.draws - self.reference_price,
            sentence="Per unit the offer is worth {value} more than the next best alternative ({level} interval "
            "{low} to {high}).",
            words={},
        )

    def with_amounts(self, amounts: Mapping[str, float], *, price: float | None = None) -> EconomicValue:
        """Return the economic value with other expected amounts of some drivers, or at another price.

        The range of a driver moves along with its amount, in every group that has it. It equals
        `measure_economic_value` of such a table, but answers at once: the draws are kept.

        Parameters
        ----------
        amounts : driver -> expected amount, money per unit.
        price : money per unit; the same as before when not given.

        Raises
        ------
        ParameterError : a driver is unknown, or a number is not finite.

        Examples
        --------
        >>> drivers = pd.DataFrame({"driver": ["energy", "repairs"], "ours": [100.0, 200.0], "reference": 0.0})
        >>> worth = measure_economic_value(drivers, reference_price=300.0, price=500.0)
        >>> worth.with_amounts({"repairs": 250.0}).incentive.value
        150.0
        """
        unknown = [name for name in amounts if name not in self.book.drivers]
        if unknown:
            raise ParameterError(
                f"no driver is called {', '.join(map(repr, unknown))}: they are {', '.join(self.book.drivers)}"
            )
        checked = {name: check_finite(amount, f"amount of {name}") for name, amount in amounts.items()}
        paid = self.price if price is None else check_positive(price, "price", zero_allowed=True)
        return measure_worth(
            self.book.move(checked), self.levels, self.reference_price, paid, self.level, self.notes_on_rows
        )


def measure_economic_value(
    value_drivers: pd.DataFrame,
    *,
    reference_price: float,
    price: float | None = None,
    group_sizes: Mapping[str, float] | None = None,
    correlation: float = 0.0,
    n_draws: int = 10_000,
    level: float = 0.95,
    seed: int = 0,
) -> EconomicValue:
    """Measure what an offer is worth to a customer in money, how sure that is, and which driver carries it.

    Parameters
    ----------
    value_drivers : one row per driver: driver, ours, reference, volume?, unit_value?, low?, high?, evidence?, kind?
        (difference, rate, cost avoided, revenue gained), group?, account?. low and high bound the amount, in money per
        unit. Rows of single accounts are left to `measure_value_statement`.
    reference_price : what the next best alternative costs, money per unit.
    price : ours, money per unit.
    group_sizes : name -> size, for the mean over groups; each group counts the same when not given.
    correlation : between the errors of any two drivers, from 0 (they cancel) to below 1 (one cause moves them all).
    n_draws : draws behind the intervals, at least 100.
    level, seed : coverage of the intervals, and where the random numbers start.

    Returns
    -------
    EconomicValue : rows of `table` are steps of the sum.

    Raises
    ------
    DataError : columns are missing, a driver comes twice, low is above high …; all at once.
    ParameterError : the reference price is missing, or an argument is out of range.

    Source
    ------
    Forbis & Mehta (1981), Business Horizons 24(3), 32-42.

    Examples
    --------
    >>> drivers = pd.DataFrame({"driver": ["start-up", "later costs", "features"],
    ...                         "ours": [200.0, 300.0, 350.0], "reference": [300.0, 500.0, 0.0],
    ...                         "kind": ["cost avoided", "cost avoided", "difference"]})
    >>> worth = measure_economic_value(drivers, reference_price=300.0, price=475.0)
    >>> worth.table[["step", "amount", "running_total"]].to_numpy().tolist()
    ... # doctest: +NORMALIZE_WHITESPACE
    [['reference price', 300.0, 300.0], ['features', 350.0, 650.0], ['later costs', 200.0, 850.0],
     ['start-up', 100.0, 950.0], ['economic value', 950.0, 950.0]]
    >>> worth.incentive.value
    475.0
    """
    reference = check_reference_price(reference_price)
    paid = None if price is None else check_positive(price, "price", zero_allowed=True)
    check_draws(n_draws, level, seed, correlation)
    rows = read_drivers(value_drivers)
    general = rows[rows["account"] == BLANK]
    if general.empty:
        raise DataError(
            "every row of value_drivers belongs to one account: add rows without account for the typical customer, "
            "or call measure_value_statement for one of the accounts"
        )
    book = make_book(general, group_sizes)
    levels = draw_book_levels(book, n_draws=n_draws, seed=seed, correlation=correlation)
    notes = find_notes_on_rows(rows, book, equal=group_sizes is None)
    return measure_worth(book, levels, reference, paid, level, notes)


def check_draws(n_draws: int, level: float, seed: int, correlation: float) -> None:
    """Check the arguments that all drawn results of this chapter share."""
    check_count(n_draws, "n_draws", least=FEWEST_DRAWS)
    check_share(level, "level")
    check_count(seed, "seed", least=0)
    if check_positive(correlation, "correlation", zero_allowed=True) >= 1:
        raise ParameterError(f"correlation is {correlation}: give a number from 0 to below 1")


def measure_worth(
    book: DriverBook,
    levels: np.ndarray,
    reference_price: float,
    price: float | None,
    level: float,
    notes_on_rows: tuple[str, ...] = (),
) -> EconomicValue:
    """Return the economic value of these drivers at these levels; what `measure_economic_value` ends in."""
    by_group: dict[str, EconomicValue] = {}
    if book.groups != (BLANK,) and len(book.groups) > 1:
        for group in book.groups:
            has = np.array([book.drivers.index(driver) for driver in book.of_group(group).drivers], dtype=int)
            by_group[group] = measure_worth(book.of_group(group), levels[:, has], reference_price, price, level)
    drawn = draw_drivers(book, levels)
    table = tabulate_steps(book, drawn, reference_price, level)
    headline = write_worth(table, drawn, reference_price, level)
    chance = _measure_chance(drawn, reference_price, price)
    incentive = None if price is None else write_incentive(headline, drawn, price, chance, level)
    top_driver = write_top_driver(table, drawn, level)
    rows = [_summarise(EVERY_GROUP, headline, incentive, chance, top_driver)]
    rows += [
        _summarise(name, one.headline, one.incentive, one.chance, one.top_driver) for name, one in by_group.items()
    ]
    return EconomicValue(
        table=table,
        headline=headline,
        notes=(*notes_on_rows, *find_notes(table, drawn)),
        incentive=incentive,
        chance=chance,
        top_driver=top_driver,
        tornado=tabulate_swings(book, drawn, reference_price),
        by_group=by_group,
        group_table=pd.DataFrame(rows),
        reference_price=reference_price,
        price=price,
        level=level,
        book=book,
        levels=levels,
        notes_on_rows=notes_on_rows,
    )


def _measure_chance(drawn: Drawn, reference_price: float, price: float | None) -> float:
    if price is None or drawn.is_sure:
        return math.nan
    return float((reference_price + drawn.draws.sum(axis=1) > price).mean())


def _summarise(
    group: str, headline: Headline, incentive: Headline | None, chance: float, top_driver: Headline
) -> dict[str, object]:
    kept = (math.nan,) * 3 if incentive is None else (incentive.value, incentive.low, incentive.high)
    return {
        "group": group,
        "total": headline.value,
        "low": headline.low,
        "high": headline.high,
        **dict(zip(("incentive", "incentive_low", "incentive_high"), kept, strict=True)),
        "chance": chance,
        "top_driver": top_driver.words["driver"],
        "top_share": top_driver.value,
    }
