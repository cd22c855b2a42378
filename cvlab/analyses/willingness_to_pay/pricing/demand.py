"""Demand: how many would buy at which price, whatever it was learned from?

    quantity(p)     people per 100 asked who would buy at price p, or units sold if every offer had price p
    elasticity(p)   by how many per cent the quantity changes when the price rises by 1 %

Sources, each with its own module: answers to price questions and models of choice (`results`), amounts that people
would pay and price ladders (`answers`), and sales (`sales`). Demand is told only inside the prices that were asked,
shown or charged. Intervals: percentiles over the source's own draws (bootstrap over people or customers, posterior,
Krinsky–Robb).

What people say runs higher than what they do (`stated_revealed`); what they chose of several offers is demand only if
they could decline; and sales at prices that were not assigned by chance show an association.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, Partition, percentile_interval, wilson_interval
from cvlab.analyses.willingness_to_pay.groups import Grouped, estimate_groups
from cvlab.analyses.willingness_to_pay.pricing.answers import RESPONDENT, PersonAnswers, read_person_answers
from cvlab.analyses.willingness_to_pay.pricing.curve import PEOPLE, Curve
from cvlab.analyses.willingness_to_pay.pricing.elasticity import Elasticity, measure_elasticity
from cvlab.analyses.willingness_to_pay.pricing.results import curve_of_result
from cvlab.analyses.willingness_to_pay.pricing.sales import CUSTOMER, curve_of_sales
from cvlab.checks import check_count, check_positive, check_share
from cvlab.errors import DataError, ParameterError
from cvlab.units import write_number

_MOST_ROWS, _SOME_ROWS = 12, 11
_TOO_FEW = (
    "Not enough data: {found} stand behind this demand, and at least {needed} are needed to show no single person."
)
_FLAT = "The demand has no slope that could be told: at most one of the prices finds buyers."


@dataclass(frozen=True, eq=False, kw_only=True)
class Demand:
    """How much would be bought at which price.

    Attributes
    ----------
    table : price, quantity, low, high at the prices asked, or at some of them where there are many; no rows where too
        few people stand behind it.
    headline : the elasticity over the observed prices.
    curve : the same columns along the whole grid of prices.
    basis : the grid with its draws.
    level : coverage of the intervals.
    smallest_group : with fewer people nothing is shown.
    answers : who said what, where the demand was read from a table of people; for pairing.
    groups : the demand of each group, where there is a partition.
    """

    rows: ClassVar[str] = "price"
    kinds: ClassVar[Mapping[str, str]] = {"price": "money", "quantity": "number", "low": "number", "high": "number"}

    table: pd.DataFrame
    headline: Headline
    curve: pd.DataFrame
    basis: Curve = field(repr=False)
    level: float
    smallest_group: int
    notes: tuple[str, ...] = ()
    answers: PersonAnswers | None = field(default=None, repr=False)
    groups: Grouped | None = None

    @property
    def unit(self) -> str:
        """What a quantity counts: "people per 100 asked", "choices per 100" or "units"."""
        return self.basis.unit

    @property
    def prices_asked(self) -> np.ndarray:
        """Distinct prices that were asked, shown or charged, or round ones where people named amounts, ascending."""
        return self.basis.asked

    @property
    def observed_range(self) -> tuple[float, float]:
        """Lowest and highest price at which demand is known; NaN where that would be what single people named."""
        return self.basis.range

    @property
    def draws(self) -> np.ndarray:
        """Draws of the quantity, n_draws × prices of `curve`."""
        return self.basis.draws

    @property
    def enough(self) -> bool:
        """Whether enough people stand behind it to show anything."""
        return self.basis.n >= self.smallest_group and bool(np.isfinite(self.basis.estimate).any())

    def at(self, prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return quantities (n,) and their draws n_draws × n at any prices; NaN outside the observed ones.

        Raises
        ------
        ParameterError : a price is not a number.
        """
        try:
            wanted = np.atleast_1d(np.asarray(prices, dtype=float))
        except (TypeError, ValueError):
            raise ParameterError(f"prices is {prices!r}: give prices as numbers") from None
        estimate, draws = self.basis.at(wanted)
        return (estimate, draws) if self.enough else (estimate * math.nan, draws * math.nan)

    def elasticity(self, price: float | None = None, *, level: float | None = None) -> Elasticity:
        """Measure by how many per cent the quantity changes when the price rises by 1 %.

        Parameters
        ----------
        price : where; over all observed prices when not given.
        level : coverage; the demand's when not given.

        Raises
        ------
        ParameterError : the price is outside the observed prices.
        """
        chosen = self.level if level is None else check_share(level, "level")
        if self.enough:
            found = measure_elasticity(self.basis, price=price, level=chosen)
            if found.headline.answered:
                return found
        at = math.nan if price is None else check_positive(price, "price")
        table = pd.DataFrame({"price": [at], "elasticity": [math.nan], "low": [math.nan], "high": [math.nan]})
        why = self.headline if not self.headline.answered else replace(found.headline, sentence=_FLAT, words={})
        return Elasticity(table=table, headline=why, draws=np.full(len(self.draws), math.nan), notes=self.notes)


def estimate_demand(
    source: Any,
    *,
    prices: np.ndarray | None = None,
    offers: pd.DataFrame | None = None,
    vary: str | None = None,
    method: str = "log-log",
    price: str = "price_paid",
    quantity: str = "quantity",
    exposure: Mapping[float, float] | pd.Series | None = None,
    n_customers: int | None = None,
    experiment: bool = False,
    n_boot: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    smallest_group: int = 10,
    by: Partition | None = None,
    allow_sensitive: bool = False,
) -> Demand:
    """Estimate demand along the price from whatever is known.

    Parameters
    ----------
    source : a result with `demand_at` and `prices_asked` (price sensitivity with trial, Gabor–Granger, contingent
        valuation, any model of choice); or a table: transactions of one article (customer_id, quantity, price_paid),
        amounts that people would pay (respondent_id, amount, weight if any), or a price ladder (respondent_id, price,
        would_buy).
    prices : the only prices that come into question, inside the observed ones; all of them when not given.
    offers, vary : for models of choice: the offers that stand side by side, and the name of the one whose price moves.
    method : for transactions: "log-log" (constant elasticity) or "isotonic" (any demand that never rises, at the
        observed prices only).
    price, quantity : columns of the transactions: money per unit, and units.
    exposure : for transactions: price -> how many offers were made at it. Equally many at each when not given.
    n_customers : for transactions: how many customers had the offers, buyers or not.
    experiment : prices were assigned by chance, so that the answer to them is an effect.
    n_boot, seed : of the bootstrap over people or customers; results bring draws of their own.
    level : coverage of the intervals.
    smallest_group : with fewer people nothing is shown.
    by : for tables: groups of customers or respondents for which demand is estimated once more. A result that has
        groups of its own gives the demand of each.
    allow_sensitive : accept groups made from characteristics that are marked as sensitive.

    Returns
    -------
    Demand.

    Raises
    ------
    DataError : columns are missing or not usable, several articles or components are mixed, or there is one price only.
    ParameterError : an argument is outside what it may be, or does not go with the source.

    Examples
    --------
    Two hundred customers are offered one of four prices each; those who buy nothing leave no row:

    >>> random = np.random.default_rng(1)
    >>> charged = np.tile([8.0, 10.0, 12.5, 16.0], 50)
    >>> units = random.poisson(40 * charged ** -1.5 * 2)
    >>> sales = pd.DataFrame({"customer_id": np.arange(200), "price_paid": charged, "quantity": units})
    >>> demand = estimate_demand(sales[sales["quantity"] > 0], experiment=True, n_customers=200)
    >>> demand.unit, demand.table["price"].tolist()
    ('units', [8.0, 10.0, 12.5, 16.0])
    >>> row = demand.elasticity().table.iloc[0]
    >>> bool(row["low"] < -1.5 < row["high"])
    True
    """
    check_share(level, "level")
    check_count(smallest_group, "smallest_group")
    check_count(n_boot, "n_boot", least=2)
    check_count(seed, "seed", least=0)
    if not isinstance(source, pd.DataFrame):
        if by is not None:
            raise ParameterError(
                "by goes with tables: give it to the estimate that made this result, which keeps groups"
            )
        again = partial(estimate_demand, prices=prices, offers=offers, vary=vary, level=level)
        basis = curve_of_result(source, prices=prices, offers=offers, vary=vary)
        fewest = max(smallest_group, int(getattr(source, "smallest_group", 1)))
        return present_demand(
            basis, level=level, smallest_group=fewest, groups=_regroup(source, partial(again, smallest_group=fewest))
        )
    if offers is not None or vary is not None:
        raise ParameterError("offers and vary go with models of choice: leave them out for a table")
    sales = CUSTOMER in source.columns or source.index.name == CUSTOMER
    who = CUSTOMER if sales else RESPONDENT
    again = partial(
        estimate_demand,
        prices=prices,
        method=method,
        price=price,
        quantity=quantity,
        exposure=exposure,
        experiment=experiment,
        n_boot=n_boot,
        level=level,
        seed=seed,
        smallest_group=smallest_group,
    )
    answers = None
    if sales:
        basis = curve_of_sales(
            source,
            method=method,
            price=price,
            quantity=quantity,
            exposure=exposure,
            n_customers=n_customers,
            experiment=experiment,
            prices=prices,
            n_boot=n_boot,
            seed=seed,
        )
    else:
        answers = read_person_answers(source, prices=prices, smallest_group=smallest_group)
        basis = answers.curve(n_boot=n_boot, seed=seed)
    rows = source.reset_index() if who not in source.columns else source
    groups = estimate_groups(rows, rows[who], by, again, smallest_group=smallest_group, allow_sensitive=allow_sensitive)
    return present_demand(basis, level=level, smallest_group=smallest_group, answers=answers, groups=groups)


def present_demand(
    basis: Curve,
    *,
    level: float,
    smallest_group: int,
    answers: PersonAnswers | None = None,
    groups: Grouped | None = None,
) -> Demand:
    """Write a curve as a result: tables, intervals, headline. Of too few people nothing is kept."""
    enough = basis.n >= smallest_group and bool(np.isfinite(basis.estimate).any())
    if not enough:
        return _refuse(basis, level=level, smallest_group=smallest_group, groups=groups)
    low, high = _bound(basis, level)
    curve = pd.DataFrame({"price": basis.prices, "quantity": basis.estimate, "low": low, "high": high})
    table = curve[np.isin(basis.prices, _pick_rows(basis))].reset_index(drop=True)
    headline = measure_elasticity(basis, price=None, level=level).headline
    if not headline.answered:
        headline = replace(headline, sentence=_FLAT, words={}, draws=None)
    return Demand(
        table=table,
        headline=headline,
        curve=curve,
        basis=basis,
        level=level,
        smallest_group=smallest_group,
        notes=(f"Quantities are {basis.unit}.", *basis.notes),
        answers=answers,
        groups=groups,
    )


def _refuse(basis: Curve, *, level: float, smallest_group: int, groups: Grouped | None) -> Demand:
    """Return a demand without an answer, in which nobody's answer or amount is left."""
    nothing = pd.DataFrame(columns=["price", "quantity", "low", "high"], dtype=float)
    return Demand(
        table=nothing,
        headline=_decline(basis, level, smallest_group),
        curve=nothing,
        basis=basis.without_answers(),
        level=level,
        smallest_group=smallest_group,
        notes=(f"Quantities are {basis.unit}.", *basis.notes),
        groups=groups,
    )


def _bound(basis: Curve, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Percentiles of the draws, and Wilson's bounds where all or none would buy and a bootstrap sees no doubt."""
    low, high = percentile_interval(basis.draws, level=level)
    if basis.unit == PEOPLE:
        for share, bounds in ((0.0, high), (1.0, low)):
            agreed = np.isclose(basis.estimate, 100 * share, atol=1e-9) & np.isclose(low, high)
            bounds[agreed] = 100 * wilson_interval(share * basis.n, basis.n, level=level)[0 if share else 1]
    return low, high


def _pick_rows(basis: Curve) -> np.ndarray:
    """Return the prices of the table: the asked ones where they are few, else some along the grid."""
    asked = basis.prices[np.isin(basis.prices, basis.asked.round(10))]
    if 2 <= len(asked) <= _MOST_ROWS:
        return asked
    if basis.evidence == "amounts" and len(asked):
        return asked[:: math.ceil(len(asked) / _MOST_ROWS)]
    even = np.linspace(basis.prices[0], basis.prices[-1], _SOME_ROWS)
    return basis.prices[np.abs(basis.prices[:, None] - even).argmin(axis=0)]


def _decline(basis: Curve, level: float, smallest_group: int) -> Headline:
    why = _TOO_FEW if basis.n < smallest_group else "{missing}" if basis.missing else _FLAT
    return Headline(
        key="willingness_to_pay.elasticity",
        label="price elasticity of demand",
        value=math.nan,
        low=math.nan,
        high=math.nan,
        level=level,
        n=basis.n,
        unit="number",
        sentence=why,
        words={
            "missing": basis.missing,
            "found": "one person" if basis.n == 1 else f"{write_number(basis.n, 'count')} people",
            "needed": write_number(smallest_group, "count"),
        },
        decides=False,
    )


def _regroup(source: Any, again: partial[Demand]) -> Grouped | None:
    """Return the demand of each group of a result that has groups."""
    groups = getattr(source, "groups", None)
    if groups is None:
        return None
    results, notes = {}, list(groups.notes)
    for name, result in groups.results.items():
        try:
            results[name] = again(result)
        except DataError as error:
            notes.append(f"Nothing could be estimated for {name}: {error}")
    return stack_groups(groups.scheme, results, tuple(notes)) if results else None


def stack_groups(scheme: str, results: Mapping[str, Demand], notes: tuple[str, ...]) -> Grouped:
    """Return the demands of groups with their tables under each other."""
    tables = []
    for name, demand in results.items():
        table = demand.table.copy()
        table.insert(0, "group", name)
        table.insert(1, "n", demand.basis.n)
        tables.append(table)
    return Grouped(scheme=scheme, results=results, table=pd.concat(tables, ignore_index=True), notes=notes)
