"""Demand from sales: how much is bought at which price, where rows exist only for what was bought.

    rate(p)       = units sold at p / offers made at p
    quantity(p)   = rate(p) · all offers                    units that the same customers would buy if all paid p
    log-log       log E(rate) = a + b · log(price)          constant elasticity b; Poisson pseudo-likelihood
    isotonic      rates that never rise with the price, closest to the observed ones, at the observed prices only

A customer who bought nothing at a price has left no row, so regressing the logarithm of the rows' quantity on their
price would compare only those who bought, and find too flat a demand. What identifies the slope are the totals per
price with the number of offers behind each. The bootstrap draws customers, with everything each of them bought, so
intervals allow one customer's purchases to resemble each other.

Source: Santos Silva & Tenreyro (2006), "The log of gravity", Review of Economics and Statistics 88; Cameron & Miller
(2015), "A practitioner's guide to cluster-robust inference", Journal of Human Resources 50.
Assumes that the offers at different prices were alike in all else. A randomised experiment makes them so; prices that
were lowered when demand was weak, or for some customers only, do not.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cvlab.analyses.common import BY_PEOPLE, bootstrap_people
from cvlab.analyses.willingness_to_pay.pricing.curve import UNITS, Curve, choose_grid, fall_monotonically, spread_grid
from cvlab.analyses.willingness_to_pay.pricing.elasticity import fit_slopes
from cvlab.checks import check_columns, check_count, check_numeric, check_one_of
from cvlab.errors import DataError, ParameterError
from cvlab.units import write_number

CUSTOMER = "customer_id"
METHODS = ("log-log", "isotonic")
MANY_PRICES = 30  # from here on it is unlikely that every price was offered equally often
_TABLE = "transactions"
_CELLS = 20_000_000  # numbers of a bootstrap held in memory at a time
_EXPERIMENT = "Prices were assigned by chance, so what differs between them is what the price does."
_ASSOCIATION = (
    "Prices were not assigned by chance: seasons, campaigns or customers that differ between prices are part of what "
    "looks like an answer to the price. This is an association, not an effect."
)


def curve_of_sales(
    transactions: pd.DataFrame,
    *,
    method: str,
    price: str,
    quantity: str,
    exposure: Mapping[float, float] | pd.Series | None,
    n_customers: int | None,
    experiment: bool,
    prices: np.ndarray | None,
    n_boot: int,
    seed: int,
) -> Curve:
    """Estimate demand from transactions; see `estimate_demand`."""
    check_one_of(method, METHODS, "method")
    table = transactions.reset_index() if transactions.index.name == CUSTOMER else transactions
    sold, asked, customers = _total(table, price, quantity)
    offers = _read_exposure(exposure, asked)
    n_buyers = len(sold)
    n = n_buyers if n_customers is None else check_count(n_customers, "n_customers")
    if n < n_buyers:
        raise ParameterError(f"n_customers is {n}, but {n_buyers} customers bought: count those who bought nothing too")
    everyone = offers.sum() / offers  # from units sold at a price to units if all offers had that price
    totals = sold.sum(axis=0)[None] * everyone
    drawn = _resample(sold, customers, n, n_boot, seed) * everyone
    if method == "log-log":
        grid, chosen = choose_grid(prices, asked, spread_grid(asked))
        x, centre = np.log(asked), np.log(asked).mean()

        def spread(values: np.ndarray) -> np.ndarray:
            a, b = fit_slopes(x, values, offers, intercept=True).T
            return np.exp(a[:, None] + b[:, None] * (np.log(grid) - centre))
    else:
        grid, chosen = choose_grid(prices, asked, asked)
        unknown = np.setdiff1d(grid, asked)
        if len(unknown):
            raise ParameterError(
                f"prices: {', '.join(write_number(float(each), 'money') for each in unknown[:3])} was never charged, "
                "and isotonic regression says nothing between observed prices. Leave prices out"
            )

        def spread(values: np.ndarray) -> np.ndarray:
            return fall_monotonically(values, offers)[:, np.isin(asked, grid)]

    return Curve(
        prices=grid,
        estimate=spread(totals)[0],
        draws=spread(drawn),
        asked=asked,
        discrete=chosen or method == "isotonic",
        unit=UNITS,
        evidence="experiment" if experiment else "sales",
        method=f"{method}, bootstrap over customers",
        n=n,
        notes=_explain(table, asked, exposure is None, experiment, n_customers is None),
        trusted=experiment,
        draws_by=BY_PEOPLE,
    )


def _total(table: pd.DataFrame, price: str, quantity: str) -> tuple[np.ndarray, np.ndarray, pd.Index]:
    """Return customers × prices of units bought, the distinct prices, and who the customers are."""
    check_columns(table, [CUSTOMER, price, quantity], _TABLE)
    check_numeric(table, [price, quantity], _TABLE)
    paid, units = table[price].to_numpy(dtype=float).round(6), table[quantity].to_numpy(dtype=float)
    asked, position = np.unique(paid, return_inverse=True)
    problems = [
        f"{column} is not above 0 in {int((values <= 0).sum())} rows: leave out gifts and returns"
        for column, values in ((price, paid), (quantity, units))
        if (values <= 0).any()
    ]
    if table[CUSTOMER].isna().any():
        problems.append(f"{CUSTOMER} is missing in {int(table[CUSTOMER].isna().sum())} rows: say who bought")
    articles = table["sku"].unique().tolist() if "sku" in table.columns else []
    if len(articles) > 1:
        problems.append(
            f"{len(articles)} articles are mixed, and their prices differ because they do: give the rows of "
            f"one, for example table[table['sku'] == {articles[0]!r}]"
        )
    if len(asked) < 2:
        problems.append(
            f"{price} is {write_number(float(asked[0]), 'money')} in every row: sales at one price say nothing about "
            "another. Sell at several prices for a while, by chance if you can"
        )
    if problems:
        raise DataError(f"{_TABLE}: {'; '.join(problems)}")
    customer, ids = pd.factorize(table[CUSTOMER])
    shape = (len(ids), len(asked))
    cells = np.bincount(customer * shape[1] + position, weights=units, minlength=shape[0] * shape[1])
    return cells.reshape(shape), asked, pd.Index(ids)


def _read_exposure(exposure: Mapping[float, float] | pd.Series | None, asked: np.ndarray) -> np.ndarray:
    """Return how many offers were made at each price, equal where it was not said."""
    if exposure is None:
        return np.ones(len(asked))
    given = {round(float(price), 6): float(offers) for price, offers in dict(exposure).items()}
    missing = [write_number(float(price), "money") for price in asked if float(price) not in given]
    if missing:
        raise ParameterError(f"exposure lacks {', '.join(missing[:5])}: say how many offers were made at every price")
    offers = np.array([given[float(price)] for price in asked])
    if not (np.isfinite(offers) & (offers > 0)).all():
        raise ParameterError("exposure is not above 0 at every price: give the number of offers made at each")
    return offers


def _resample(sold: np.ndarray, customers: pd.Index, n: int, n_boot: int, seed: int) -> np.ndarray:
    """Return n_boot × prices of units sold to n customers drawn with replacement; whoever has no row bought nothing."""
    at_once = max(1, _CELLS // n_boot)
    units = np.zeros((n_boot, sold.shape[1]))
    drawn = np.random.default_rng(seed).poisson(n - len(sold), size=n_boot).astype(float)
    for start in range(0, len(sold), at_once):
        some = slice(start, start + at_once)
        counts = bootstrap_people(customers[some], n_boot=n_boot, seed=seed)
        units += counts @ sold[some]
        drawn += counts.sum(axis=1)
    # The market keeps its size: a sample of more customers than there are would sell more at every price.
    return units * (n / drawn)[:, None]


def _explain(
    table: pd.DataFrame, asked: np.ndarray, equal_exposure: bool, experiment: bool, only_buyers: bool
) -> tuple[str, ...]:
    notes = [_EXPERIMENT if experiment else _ASSOCIATION]
    if equal_exposure:
        doubt = " With so many prices that is doubtful: give exposure." if len(asked) > MANY_PRICES else ""
        notes.append(f"Each of the {len(asked)} prices is taken to have been offered equally often.{doubt}")
    if only_buyers:
        notes.append(
            "Customers who never bought are not in the data: the band of the quantity holds for the number of buyers "
            "that there was."
        )
    if "date" in table.columns and pd.api.types.is_datetime64_any_dtype(table["date"]):
        first, last = (write_number(day, "date") for day in (table["date"].min(), table["date"].max()))
        notes.append(f"Units are those of the period from {first} to {last}, had all offers been made at one price.")
    return tuple(notes)
