"""What words and deeds would each recommend: Lerner's prices, the loss of following words, and honest edges."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.willingness_to_pay import (
    compare_best_prices,
    compare_stated_revealed,
    estimate_demand,
    optimise_price,
)
from cvlab.errors import ParameterError


def climb(market: SimpleNamespace, elasticity: float, prices: tuple[float, ...]) -> pd.DataFrame:
    worth = 10 * np.linspace(0.001, 1, 1000) ** (1 / elasticity)
    return market.climb(pd.DataFrame({"respondent_id": range(1000), "amount": worth}), prices)


def test_inside_the_observed_prices_both_are_the_best_prices(market: SimpleNamespace) -> None:
    compared = compare_stated_revealed(
        climb(market, -1.2, (15.0, 20.0, 27.0, 36.0, 48.0, 64.0, 72.0, 80.0, 100.0)),
        estimate_demand(market.sell(np.random.default_rng(1), n=2000), experiment=True),
    )
    result = compare_best_prices(compared, unit_cost=12)
    table = result.table.set_index("source")
    best = optimise_price(compared.revealed, unit_cost=12)
    assert table.loc["deeds", "price"] == best.headline.value
    assert table.loc["words alone", "price"] >= 64
    assert not table["extrapolated"].any()
    # By deeds of constant elasticity: contribution p^b · (p - 12), b as estimated.
    b = compared.revealed.headline.value
    said, done = table["price"]
    kept = said**b * (said - 12) / (done**b * (done - 12))
    assert table.loc["words alone", "kept"] == pytest.approx(kept, rel=0.01)
    assert table.loc["words alone", "kept_low"] < kept < table.loc["words alone", "kept_high"] < 1
    assert result.headline.value == pytest.approx(1 - kept, rel=0.05)
    assert result.headline.decides
    assert str(result.headline).startswith(f"Words alone recommend €{said:.2f} (")
    assert any("continues them with constant elasticity" in note for note in result.notes)


def test_beyond_the_observed_prices_lerners_multiple_is_marked(market: SimpleNamespace) -> None:
    compared = compare_stated_revealed(
        climb(market, -1.4, (15.0, 20.0, 27.0, 36.0)),
        estimate_demand(market.sell(np.random.default_rng(2), n=2000), experiment=True),
    )
    result = compare_best_prices(compared, unit_cost=20)
    row = result.table.iloc[0]
    slope = compared.stated.headline.value
    assert row["price"] == pytest.approx(20 * slope / (1 + slope))
    assert row["extrapolated"]
    assert row["low"] < 20 * -1.4 / -0.4 < row["high"]
    assert "extrapolated" in str(result.headline)
    assert any("to be tried before it is believed" in note for note in result.notes)


def test_words_that_hardly_mind_the_price_see_no_highest_price(market: SimpleNamespace) -> None:
    compared = compare_stated_revealed(
        climb(market, -0.6, (15.0, 20.0, 27.0, 36.0)),
        estimate_demand(market.sell(np.random.default_rng(3)), experiment=True),
    )
    result = compare_best_prices(compared, unit_cost=12)
    assert result.table["price"][0] == np.inf
    assert not result.headline.answered
    assert "Words alone recommend ever higher prices, deeds €" in str(result.headline)


def test_scaling_money_scales_the_prices_and_leaves_the_loss(market: SimpleNamespace) -> None:
    sales = market.sell(np.random.default_rng(4), n=300)
    prices = (15.0, 20.0, 27.0, 36.0, 48.0, 64.0)
    one, ten = (
        compare_best_prices(
            compare_stated_revealed(
                climb(market, -1.4, prices).eval(f"price = price * {scale}"),
                estimate_demand(sales.assign(price_paid=scale * sales["price_paid"]), experiment=True),
                n_boot=200,
            ),
            unit_cost=12 * scale,
        )
        for scale in (1, 10)
    )
    assert ten.table["price"].to_numpy() == pytest.approx(10 * one.table["price"].to_numpy())
    assert ten.headline.value == pytest.approx(one.headline.value)


def test_a_missing_side_is_said_and_arguments_are_checked(market: SimpleNamespace) -> None:
    ladder = climb(market, -1.2, (15.0, 20.0, 27.0))
    sales = estimate_demand(market.sell(np.random.default_rng(5)))
    assert "no revealed demand" in str(
        compare_best_prices(compare_stated_revealed(ladder, None), unit_cost=12).headline
    )
    assert "no stated demand" in str(compare_best_prices(compare_stated_revealed(None, sales), unit_cost=12).headline)
    both = compare_stated_revealed(ladder, sales)
    assert "No observed price covers" in str(compare_best_prices(both, unit_cost=30).headline)
    assert not compare_best_prices(both, unit_cost=12).headline.decides
    with pytest.raises(ParameterError, match="compared is a Demand: give what compare_stated_revealed returns"):
        compare_best_prices(sales, unit_cost=12)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="unit_cost is -1"):
        compare_best_prices(both, unit_cost=-1)
    with pytest.raises(ParameterError, match="level is 95"):
        compare_best_prices(both, unit_cost=12, level=95)
