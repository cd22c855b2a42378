"""Pricing: demand from sales with a bootstrap against loops over other packages; what a slider waits for."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM

from benchmarks.harness import Allowance, Comparison
from cvlab.analyses.willingness_to_pay import Demand, estimate_demand, optimise_price

CUSTOMERS, BOOTSTRAPS = 2000, 1000
PRICES = np.array([18.0, 22.0, 27.0, 33.0, 40.0])
LEVEL = 0.95


def list_comparisons() -> list[Comparison]:
    """List the comparisons of this chapter."""
    sales = draw_sales()
    return [
        Comparison(
            name=f"elasticity of sales, {CUSTOMERS:,} customers, {BOOTSTRAPS:,} bootstraps, against statsmodels",
            ours=lambda: elasticity_by_cvlab(sales),
            peer=lambda: elasticity_by_loop(sales),
            compare=functools.partial(np.testing.assert_allclose, rtol=0.02),  # both are Monte Carlo
            target=0.2,
        ),
        Comparison(
            name=f"isotonic demand of sales, {BOOTSTRAPS:,} bootstraps, against scikit-learn",
            ours=lambda: isotonic_by_cvlab(sales),
            peer=lambda: isotonic_by_loop(sales),
            compare=functools.partial(np.testing.assert_allclose, rtol=0.02),
            target=0.5,
        ),
    ]


def list_allowances() -> list[Allowance]:
    """List what a live control waits for: the best price at another cost, twenty times."""
    demand = estimate_demand(draw_sales(), experiment=True, n_boot=BOOTSTRAPS)
    return [
        Allowance(name="best price at 20 positions of a slider", ours=lambda: move_slider(demand), target=1.0),
    ]


def move_slider(demand: Demand) -> list[float]:
    """Find the best price at twenty unit costs."""
    return [optimise_price(demand, unit_cost=float(cost)).headline.value for cost in np.linspace(8, 16, 20)]


def draw_sales() -> pd.DataFrame:
    """Draw customers of different size who are offered every price once; who buys nothing leaves no row."""
    random = np.random.default_rng(20260102)
    customer = np.repeat(np.arange(CUSTOMERS), len(PRICES))
    price = np.tile(PRICES, CUSTOMERS)
    size = np.exp(random.normal(0, 0.6, CUSTOMERS))[customer]
    quantity = random.poisson(0.8 * size * (price / 27) ** -1.8)
    sales = pd.DataFrame({"customer_id": customer, "price_paid": price, "quantity": quantity})
    return sales[sales["quantity"] > 0].reset_index(drop=True)


def elasticity_by_cvlab(sales: pd.DataFrame) -> np.ndarray:
    """Return estimate, low and high of the elasticity."""
    headline = estimate_demand(sales, n_boot=BOOTSTRAPS, level=LEVEL).headline
    return np.array([headline.value, headline.low, headline.high])


def _resample(sales: pd.DataFrame, seed: int) -> list[np.ndarray]:
    """Draw customers with replacement as a careful person would: totals per price of every sample."""
    wide = sales.pivot_table(index="customer_id", columns="price_paid", values="quantity", fill_value=0).to_numpy()
    random = np.random.default_rng(seed)
    return [
        wide.sum(axis=0),
        *(wide[random.integers(len(wide), size=len(wide))].sum(axis=0) for _ in range(BOOTSTRAPS)),
    ]


def elasticity_by_loop(sales: pd.DataFrame) -> np.ndarray:
    """Do the same with a Poisson regression of the totals in every sample."""
    design = np.column_stack([np.ones(len(PRICES)), np.log(PRICES)])
    slopes = [GLM(totals, design, family=Poisson()).fit().params[1] for totals in _resample(sales, 0)]
    return np.append(slopes[0], np.quantile(slopes[1:], [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))


def isotonic_by_cvlab(sales: pd.DataFrame) -> np.ndarray:
    """Return estimate, low and high of the quantity at every price."""
    table = estimate_demand(sales, method="isotonic", n_boot=BOOTSTRAPS, level=LEVEL).table
    return table[["quantity", "low", "high"]].to_numpy()


def isotonic_by_loop(sales: pd.DataFrame) -> np.ndarray:
    """Do the same with scikit-learn in every sample."""
    falling = IsotonicRegression(increasing=False)
    fitted = np.array([falling.fit(PRICES, totals).predict(PRICES) for totals in _resample(sales, 0)]) * len(PRICES)
    return np.vstack([fitted[0], np.quantile(fitted[1:], [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)]).T
