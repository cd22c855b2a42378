"""The best price of a ladder, with its band and at its edges."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cvlab.analyses.willingness_to_pay import estimate_gabor_granger
from cvlab.analyses.willingness_to_pay.asking.ladder_optimum import find_optimum
from tests.analyses.willingness_to_pay.asking.gabor_granger.cases import PRICES, ask, best, draw_worth


def test_ties_take_the_lowest_price_and_the_interval_holds_them_all() -> None:
    # 40 of 40 buy at 10, 20 at 20, 10 at 40: every price earns 10 per person asked.
    worth = np.repeat([10.0, 20, 40], [20, 10, 10])
    draws = np.tile([[1.0, 0.5, 0.25]], (20, 1))
    prices = np.array([10.0, 20, 40])
    found = find_optimum(prices, prices, draws[0], draws, level=0.95)
    assert found is not None
    assert (found.price, found.low, found.high, found.band_low, found.band_high) == (10, 10, 40, 10, 40)
    assert estimate_gabor_granger(ask(worth, prices), n_boot=50).headline.value == 10


def test_the_band_ends_before_the_first_price_that_earns_less() -> None:
    prices = np.array([10.0, 20, 30, 40, 50])
    shares = np.array([0.9, 0.5, 1.04 / 3, 0.2, 0.2])  # revenue 9, 10, 10.4, 8, 10
    found = find_optimum(prices, prices, shares, shares[None, :], level=0.95)
    assert found is not None
    assert (found.price, found.band_low, found.band_high, found.at_the_edge) == (30, 20, 30, False)


def test_headline_tells_the_price_the_band_and_the_edge() -> None:
    answers = ask(draw_worth(600, seed=6), PRICES)
    profit = estimate_gabor_granger(answers, unit_cost=40)
    assert profit.headline.key == "willingness_to_pay.gabor_granger_price"
    row = best(profit, "profit")
    assert (profit.headline.value, profit.headline.low, profit.headline.high) == (row["price"], row["low"], row["high"])
    assert str(profit.headline).startswith(
        "Of the prices asked, €90.00 earns the highest profit at a unit cost of €40.00 (95% interval €"
    )
    assert "Prices from €90.00 to €100.00 earn within 5% of it." in str(profit.headline)
    assert "edge" not in str(profit.headline)
    revenue = estimate_gabor_granger(answers)
    assert "earns the highest revenue (95% interval" in str(revenue.headline)
    assert not any("unit cost" in note for note in revenue.notes)
    assert revenue.unit_cost is None
    assert revenue.best["what"].tolist() == ["revenue"]
    assert list(revenue.table.columns)[-3:] == ["revenue", "revenue_low", "revenue_high"]
    free = estimate_gabor_granger(answers, unit_cost=0)
    assert free.best["what"].tolist() == ["revenue", "profit"]
    assert (free.table["profit"] == free.table["revenue"]).all()
    assert "earns the highest profit at a unit cost of €0.00" in str(free.headline)
    high = str(estimate_gabor_granger(answers, unit_cost=135).headline)
    assert high.endswith("It is the highest price asked, at the edge: the best price may lie above it.")
    low = str(estimate_gabor_granger(ask(draw_worth(100, seed=6) / 3, PRICES)).headline)
    assert low.endswith("It is the lowest price asked, at the edge: the best price may lie below it.")
    assert not profit.headline.decides


@pytest.mark.parametrize(
    ("worth", "unit_cost", "sentence"),
    [
        (10.0, 0.0, "Nobody of 30 people would buy at any price asked, from €60.00 to €140.00: ask at lower prices."),
        (10.0, 5.0, "Nobody of 30 people would buy at any price asked, from €60.00 to €140.00: ask at lower prices."),
        (
            85.0,
            95.0,
            "No price asked earns a profit: nobody of 30 people would buy at a price above the unit cost of €95",
        ),
        (
            85.0,
            140.0,
            "No price asked, from €60.00 to €140.00, is above the unit cost of €140.00: ask at higher prices.",
        ),
    ],
)
def test_where_nothing_is_earned_it_is_said_why(worth: float, unit_cost: float, sentence: str) -> None:
    result = estimate_gabor_granger(ask(np.full(30, worth), PRICES), unit_cost=unit_cost, n_boot=50)
    assert not result.headline.answered
    assert str(result.headline).startswith(sentence)
    assert math.isnan(best(result, "profit")["price"])
    assert not result.table["share"].isna().any()
