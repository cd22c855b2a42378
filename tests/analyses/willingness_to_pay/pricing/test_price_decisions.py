"""Price range, price change and concessions: arithmetic by hand, doubt carried along, wrong orders and signs named."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlab.analyses.common import Headline
from cvlab.analyses.willingness_to_pay import (
    estimate_demand,
    measure_concessions,
    measure_price_change,
    measure_price_range,
)
from cvlab.analyses.willingness_to_pay.pricing.uncertain import draw_number
from cvlab.errors import DataError, ParameterError

LEDGER = pd.DataFrame(
    {
        "item": ["discount", "training", "longer term"],
        "side": ["give", "give", "get"],
        "low": [500, 200, 300],
        "likely": [500, 250, 600],
        "high": [500, 400, 900],
    }
)


def headline(**changes: object) -> Headline:
    plain = {"key": "a.b", "label": "x", "value": 150.0, "low": 130.0, "high": 180.0, "n": 20, "unit": "money"}
    return Headline(**{**plain, "sentence": "{value}", **changes})


def test_price_range_by_hand() -> None:
    result = measure_price_range(unit_cost=50, reference_price=100, our_value=170, their_value=120, price_now=140)
    table = result.table.set_index("point")
    assert table["price"].to_dict() == {
        "floor": 50,
        "parity": 150,
        "ceiling": 170,
        "reference price": 100,
        "price now": 140,
    }
    assert table["inside"].all()
    assert (result.room, result.deal_probability) == (120, 1)
    assert any("leaves customers €10.00" in note for note in result.notes)
    same = measure_price_range(unit_cost=50, reference_price=100, value_difference=50, ceiling=170, price_now=140)
    pd.testing.assert_frame_equal(same.table, result.table)


def test_price_range_carries_doubt_of_headlines_and_triangles() -> None:
    worth = headline(draws=np.random.default_rng(0).normal(150, 10, 1000))
    result = measure_price_range(
        unit_cost=50, reference_price=100, our_value=worth, their_value=(100, 110, 130), ceiling=headline(), level=0.9
    )
    parity = result.table.set_index("point").loc["parity"]
    assert parity["price"] == 140
    assert 15 < parity["price"] - parity["low"] < 30
    ceiling = result.draws["ceiling"]
    assert np.quantile(ceiling, [0.025, 0.5, 0.975]) == pytest.approx([130, 150, 180], abs=3)
    assert result.headline.draws is not None


def test_price_range_says_when_there_is_no_deal() -> None:
    result = measure_price_range(
        unit_cost=(80, 90, 100), reference_price=60, value_difference=10, ceiling=85, price_now=95
    )
    assert result.room == -5
    assert 0 < result.deal_probability < 1
    assert "there is no deal: the ceiling, €85.00, lies below the unit cost, €90.00" in str(result.headline)
    notes = " ".join(result.notes)
    assert "Do not deal" in notes
    assert "Parity lies below the floor" in notes
    assert "above the ceiling" in notes
    assert not result.table["inside"].any()
    high = measure_price_range(unit_cost=10, reference_price=60, value_difference=50, ceiling=85, price_now=5)
    assert "Parity lies above the ceiling" in " ".join(high.notes)
    assert "Today's price lies below the floor" in " ".join(high.notes)
    open_end = measure_price_range(unit_cost=10, reference_price=60, value_difference=50)
    assert "no ceiling is known" in str(open_end.headline)
    assert np.isnan(open_end.room)


def test_price_range_arguments() -> None:
    with pytest.raises(ParameterError, match="give our_value and their_value, or value_difference"):
        measure_price_range(unit_cost=1, reference_price=2, our_value=3)
    with pytest.raises(ParameterError, match="both given"):
        measure_price_range(unit_cost=1, reference_price=2, their_value=3, value_difference=1)
    with pytest.raises(ParameterError, match="our_value is 5, 4, 6: give low, likely and high in ascending order"):
        measure_price_range(unit_cost=1, reference_price=2, our_value=(5, 4, 6), their_value=3)
    with pytest.raises(ParameterError, match="ceiling has 2 numbers"):
        measure_price_range(unit_cost=1, reference_price=2, value_difference=3, ceiling=(1, 2))  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="ceiling has no number"):
        measure_price_range(unit_cost=1, reference_price=2, value_difference=3, ceiling=headline(value=np.nan))
    with pytest.raises(ParameterError, match="unit_cost is -1"):
        measure_price_range(unit_cost=-1, reference_price=2, value_difference=3)


def test_uncertain_numbers() -> None:
    random = np.random.default_rng(0)
    assert draw_number(3, "x", n_draws=4, random=random)[1].tolist() == [3, 3, 3, 3]
    known = np.arange(400.0)
    value, draws = draw_number(headline(value=1.5, draws=known), "x", n_draws=400, random=random)
    assert (value, sorted(draws)) == (1.5, known.tolist())
    # Two results of one seed would else move together, and their difference have next to no interval.
    assert abs(np.corrcoef(draws, known)[0, 1]) < 0.2
    assert set(draw_number(headline(draws=known), "x", n_draws=50, random=random)[1]) <= set(known)
    with pytest.raises(ParameterError, match="x is 'a'"):
        draw_number("a", "x", n_draws=4, random=random)  # type: ignore[arg-type]


def test_the_trap_of_the_rival_at_100() -> None:
    change = measure_price_change(None, price_now=150, price_new=200, unit_cost=50)
    assert change.break_even == pytest.approx(-1 / 3)
    assert "pays if the volume falls by less than 33.3%" in str(change.headline)
    assert np.isnan(change.probability)
    assert change.table["estimate"].isna().tolist() == [False, True, True]
    weak, strong = (measure_price_change(e, price_now=150, price_new=200, unit_cost=50) for e in (-1.0, -2.0))
    assert weak.table["estimate"][1] == pytest.approx(150 / 200 - 1)
    assert weak.table["estimate"][2] == pytest.approx(0.75 * 1.5 - 1)
    assert "so it pays" in str(weak.headline)
    assert "so it does not pay" in str(strong.headline)
    cut = measure_price_change(None, price_now=200, price_new=150, unit_cost=50)
    assert cut.break_even == pytest.approx(0.5)
    assert "rises by more than 50.0%" in str(cut.headline)


@given(st.floats(11, 100), st.floats(11, 100), st.floats(-4, -0.2))
@settings(max_examples=50, deadline=None)
def test_a_change_pays_exactly_if_profit_rises(now: float, new: float, elasticity: float) -> None:
    if abs(now - new) < 1e-3:
        return
    change = measure_price_change(elasticity, price_now=now, price_new=new, unit_cost=10)
    before, after = (price**elasticity * (price - 10) for price in (now, new))
    table = change.table.set_index("what")["estimate"]
    assert table["expected change of profit"] == pytest.approx(after / before - 1, abs=1e-9)
    if abs(after / before - 1) > 1e-9:
        assert (table["expected volume change"] > change.break_even) == (after > before)


def test_price_change_from_a_demand(market: SimpleNamespace) -> None:
    demand = estimate_demand(market.sell(np.random.default_rng(1), n=2000), experiment=True)
    change = measure_price_change(demand, price_now=27, price_new=36, unit_cost=12)
    expected = change.table.set_index("what").loc["expected volume change"]
    assert expected["low"] < (36 / 27) ** -1.8 - 1 < expected["high"]
    assert change.break_even == pytest.approx(-9 / 24)
    assert change.probability < 0.2
    assert "it pays with probability" in str(change.headline)
    slope = measure_price_change(demand.elasticity(), price_now=27, price_new=60, unit_cost=12)
    assert slope.table["estimate"][1] == pytest.approx((60 / 27) ** demand.headline.value - 1)
    assert any("the same at both prices" in note for note in slope.notes)
    by_headline = measure_price_change(demand.headline, price_now=27, price_new=60, unit_cost=12)
    assert by_headline.probability == pytest.approx(slope.probability)
    with pytest.raises(ParameterError, match=r"€60.00 lies outside the observed prices €18.00 to €40.00"):
        measure_price_change(demand, price_now=27, price_new=60, unit_cost=12)


def test_price_change_says_falls_and_rises() -> None:
    sure = measure_price_change((-2.2, -1.8, -1.4), price_now=27, price_new=33, unit_cost=12)
    assert "pays if the volume falls by less than 28.6%; a fall of 30.3% is expected (95% interval 2" in str(
        sure.headline
    )
    doubtful = measure_price_change(headline(value=-0.2, low=-0.9, high=0.5), price_now=27, price_new=33, unit_cost=12)
    assert "a fall of 3.9% is expected (95% interval a fall of 1" in str(doubtful.headline)
    assert "to a rise of " in str(doubtful.headline)
    cut = measure_price_change(-1.8, price_now=33, price_new=27, unit_cost=12)
    assert "rises by more than 40.0%; a rise of 43.5% is expected, so it pays" in str(cut.headline)
    never = measure_price_change((-9.0, -8.0, -7.0), price_now=27, price_new=33, unit_cost=12)
    assert "it pays with probability below 0.1%" in str(never.headline)


def test_price_change_says_why_nothing_is_known(market: SimpleNamespace) -> None:
    ways = {"price_now": 27.0, "price_new": 33.0, "unit_cost": 12.0}
    rising = estimate_demand(market.sell(np.random.default_rng(2), elasticity=2.0))
    change = measure_price_change(rising, **ways)
    assert not change.headline.answered
    assert "The demand rises with the price (elasticity 1.93)" in str(change.headline)
    assert np.isnan(change.probability)
    few = market.ask_amounts(np.random.default_rng(3), n=9)
    for demand in (estimate_demand(few.assign(amount=few["amount"] / 4)), estimate_demand(few).elasticity()):
        change = measure_price_change(demand, **ways)
        assert "nothing is known about how it will change. Not enough data: 9 people" in str(change.headline)
        assert not any("Nothing is bought" in note for note in change.notes)
    ladder = pd.DataFrame(
        {
            "respondent_id": np.repeat(range(30), 3),
            "price": [20.0, 27.0, 33.0] * 30,
            "would_buy": [True, False, False] * 30,
        }
    )
    unsold = measure_price_change(estimate_demand(ladder), **ways)
    assert "Nothing is bought at today's price" in str(unsold.headline)
    lost = measure_price_change(estimate_demand(ladder), price_now=20, price_new=27, unit_cost=12)
    assert "a fall of 100.0% is expected" in str(lost.headline)


def test_price_change_arguments() -> None:
    with pytest.raises(ParameterError, match="price_new is 10, and so is price_now"):
        measure_price_change(-2, price_now=10, price_new=10, unit_cost=1)
    with pytest.raises(ParameterError, match="price_new is 4, not above the unit cost of 5"):
        measure_price_change(-2, price_now=10, price_new=4, unit_cost=5)
    with pytest.raises(ParameterError, match=r"an elasticity of 1.5: a higher price sells less"):
        measure_price_change(1.5, price_now=10, price_new=12, unit_cost=5)


def test_seeds_are_checked() -> None:
    for seed in (-1, "x"):
        for measure in (
            lambda seed: measure_concessions(LEDGER, seed=seed),
            lambda seed: measure_price_change(None, price_now=1, price_new=2, unit_cost=0, seed=seed),
            lambda seed: measure_price_range(unit_cost=1, reference_price=2, value_difference=1, seed=seed),
        ):
            with pytest.raises(ParameterError, match=f"seed is {seed!r}"):
                measure(seed)


def test_concessions_by_hand() -> None:
    result = measure_concessions(LEDGER, volume=100, list_price=100)
    assert result.table["amount"].tolist() == [-500, -250, 600]
    assert result.table["low"].tolist() == [-500, -400, 300]
    assert result.table["per_unit"].tolist() == [-5, -2.5, 6]
    totals = result.totals.set_index("what")["amount"]
    assert totals.to_dict() == {"given": -750, "got": 600, "net": -150, "net per unit": -1.5, "price after": 98.5}
    # Triangular: mean -500 - 283.3 + 600, variance of (200, 250, 400) and (300, 600, 900)
    assert result.draws.mean() == pytest.approx(-183.3, abs=5)
    assert result.draws.std() == pytest.approx(
        np.sqrt((200**2 + 250**2 + 400**2 - 200 * 250 - 200 * 400 - 250 * 400) / 18 + 15000), rel=0.05
    )
    assert result.probability == pytest.approx((result.draws > 0).mean())
    assert "We give €750.00 and get €600.00: the deal costs us €150.00" in str(result.headline)
    assert "as if the price were €98.50" in str(result.headline)
    assert any("1 of 3 amounts have no range" in note for note in result.notes)


def test_concessions_swap_sign_with_side_and_do_not_mind_order() -> None:
    other = LEDGER.assign(side=LEDGER["side"].map({"give": "get", "get": "give"}))
    assert measure_concessions(other).headline.value == -measure_concessions(LEDGER).headline.value
    assert "enriches us by €150.00" in str(measure_concessions(other).headline)
    assert "costs us €150.00 (95% interval a cost of €" in str(measure_concessions(LEDGER).headline)
    dear = LEDGER.assign(likely=[900, 250, 600], high=[950, 400, 900], low=[850, 200, 300])
    assert "costs us €550.00 (95% interval €" in str(measure_concessions(dear).headline)
    shuffled = measure_concessions(LEDGER.iloc[::-1])
    assert shuffled.headline.value == -150
    plain = measure_concessions(LEDGER[["item", "side", "likely"]].assign(side=["Give ", "GIVE", "get"]))
    assert plain.headline.low == plain.headline.high == -150
    assert "nothing is got in return" in " ".join(measure_concessions(LEDGER.head(2)).notes)


def test_concessions_refuse_wrong_signs_and_sides() -> None:
    wrong = LEDGER.assign(side=["give", "take", "get"], likely=[-500, 250, 600], high=[500, 400, 100])
    with pytest.raises(DataError) as caught:
        measure_concessions(wrong)
    message = str(caught.value)
    assert "side is neither give nor get (training)" in message
    assert "an amount is below 0 (discount): write amounts without a sign" in message
    assert "low, likely and high do not ascend (longer term)" in message
    with pytest.raises(DataError, match="ledger lacks columns side, likely"):
        measure_concessions(LEDGER[["item"]])
    twice = pd.concat([LEDGER, LEDGER.head(1), LEDGER.head(1).assign(item=None)])
    with pytest.raises(DataError, match=r"item has no name \(row 5\).*item stands there more than once \(discount\)"):
        measure_concessions(twice)
    assert any("needs the volume" in note for note in measure_concessions(LEDGER, list_price=10).notes)
