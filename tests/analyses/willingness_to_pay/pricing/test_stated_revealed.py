"""Stated against revealed: a planted factor comes back, the prior weighs as Bayes says, and nothing is made up."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlab.analyses.willingness_to_pay import compare_stated_revealed, estimate_demand, optimise_price
from cvlab.errors import ParameterError

LADDER = (70.0, 90.0, 110.0, 130.0, 160.0)


def test_a_planted_factor_comes_back_from_the_same_people(market: SimpleNamespace) -> None:
    real = market.ask_amounts(np.random.default_rng(1), n=400)
    stated = market.climb(real.assign(amount=1.25 * real["amount"]), LADDER)
    compared = compare_stated_revealed(stated, real)
    data = compared.table.set_index("source").loc["data"]
    assert compared.paired
    assert data["low"] <= 1.25 <= data["high"]
    assert data["high"] - data["low"] < 0.05
    ratio = compared.elasticities.set_index("what").loc["stated per revealed"]
    assert ratio["low"] < 1 < ratio["high"]
    assert compared.by_price["price"].tolist() == [90, 110, 130, 160]  # at 70 / 1.25 nearly all would pay
    assert compared.headline.decides


def test_other_people_say_the_same_with_more_doubt(market: SimpleNamespace) -> None:
    real = market.ask_amounts(np.random.default_rng(2), n=400)
    others = market.ask_amounts(np.random.default_rng(3), n=400)
    others = others.assign(respondent_id=others["respondent_id"] + 1000, amount=1.25 * others["amount"])
    compared = compare_stated_revealed(market.climb(others, LADDER), real)
    data = compared.table.set_index("source").loc["data"]
    assert not compared.paired
    assert any("independent" in note for note in compared.notes)
    assert data["low"] < 1.25 < data["high"]
    assert data["high"] - data["low"] > 0.05


def test_the_posterior_is_normal_normal_in_logs(market: SimpleNamespace) -> None:
    real = market.ask_amounts(np.random.default_rng(4), n=60)
    others = market.ask_amounts(np.random.default_rng(5), n=60)
    stated = others.assign(respondent_id=others["respondent_id"] + 1000, amount=1.4 * others["amount"])
    said, done = estimate_demand(stated, n_boot=2000), estimate_demand(real, n_boot=2000, seed=1)
    vague = compare_stated_revealed(said, done, prior=(1.0, 100.0))
    centre, spread = np.log(vague.headline.value), np.log(vague.factor).std()
    compared = compare_stated_revealed(said, done, prior=(1.2, 0.05))
    weight = np.array([1 / 0.05**2, 1 / spread**2])
    expected = weight @ [np.log(1.2), centre] / weight.sum()
    posterior = compared.table.set_index("source").loc["posterior"]
    assert np.log(posterior["estimate"]) == pytest.approx(expected, abs=2e-3)
    half = 1.959964 / np.sqrt(weight.sum())
    assert np.log(posterior["high"] / posterior["estimate"]) == pytest.approx(half, rel=0.02)
    assert np.log(compared.factor).std() == pytest.approx(1 / np.sqrt(weight.sum()), rel=0.06)
    assert np.median(compared.factor) == pytest.approx(posterior["estimate"], rel=0.01)


@given(st.floats(0.6, 2.0), st.floats(0.1, 100))
@settings(max_examples=15, deadline=None)
def test_the_factor_does_not_depend_on_the_currency(factor: float, currency: float) -> None:
    worth = np.linspace(20, 80, 600)
    ids = np.arange(600)
    real = pd.DataFrame({"respondent_id": ids, "amount": currency * worth})
    stated = pd.DataFrame({"respondent_id": ids, "amount": currency * factor * worth})
    compared = compare_stated_revealed(stated, real, n_boot=50)
    assert compared.table["estimate"][1] == pytest.approx(factor, rel=0.03)  # steps are round in each currency


def test_one_side_alone_leaves_the_prior(market: SimpleNamespace) -> None:
    ladder = market.climb(market.ask_amounts(np.random.default_rng(6)), LADDER)
    compared = compare_stated_revealed(ladder, None)
    table = compared.table.set_index("source")
    assert table.loc["posterior"].tolist() == table.loc["prior"].tolist()
    assert table.loc["prior", "estimate"] == 1.21
    assert table.loc["data"].isna().all()
    assert "Studies say that stated worth is 1.21 times real worth" in str(compared.headline)
    assert "there is no revealed demand" in str(compared.headline)
    assert not compared.headline.decides
    other = compare_stated_revealed(None, ladder, prior=(1.5, 0.1))
    assert other.headline.value == pytest.approx(1.5)
    assert "there is no stated demand" in str(other.headline)


def test_units_sold_and_people_asked_share_elasticities_only(market: SimpleNamespace) -> None:
    sales = estimate_demand(market.sell(np.random.default_rng(7)), experiment=True)
    worth = pd.DataFrame({"respondent_id": range(800), "amount": 10 * np.linspace(0.01, 1, 800) ** (1 / -1.2)})
    compared = compare_stated_revealed(market.climb(worth, (15.0, 20.0, 27.0, 36.0, 48.0)), sales)
    found = compared.elasticities.set_index("what")
    assert found.loc["stated", "estimate"] == pytest.approx(-1.2, abs=0.05)
    assert found.loc["revealed", "low"] < -1.8 < found.loc["revealed", "high"]
    assert found.loc["stated per revealed", "high"] < 1
    assert compared.by_price.empty
    said = str(compared.headline)
    assert said.startswith("Words make people look less sensitive to price than they are: the elasticity is −1.2")
    assert " as sold, a ratio of 0." in said
    assert compared.headline.key == "willingness_to_pay.stated_elasticity_ratio"
    assert compared.headline.value == found.loc["stated per revealed", "estimate"]
    assert compared.headline.low == found.loc["stated per revealed", "low"]
    assert compared.headline.draws is not None
    assert compared.headline.decides
    assert any(
        "because the stated demand counts people and the revealed one units sold; other studies put it at 1.21" in note
        for note in compared.notes
    )
    steeper = market.climb(worth.assign(amount=20 * (worth["amount"] / 20) ** 0.4), (15.0, 18.0, 21.0, 25.0))
    assert "look more sensitive" in str(compare_stated_revealed(steeper, sales).headline)
    association = estimate_demand(market.sell(np.random.default_rng(7)))
    assert not compare_stated_revealed(market.climb(worth, LADDER[:2]), association).headline.decides


def test_elasticities_without_a_slope_do_not_lead(market: SimpleNamespace) -> None:
    rising = estimate_demand(market.sell(np.random.default_rng(7), elasticity=1.0), experiment=True)
    ladder = market.climb(market.ask_amounts(np.random.default_rng(6)), LADDER)
    assert str(compare_stated_revealed(ladder, rising).headline).startswith("Studies say that stated worth is 1.21")


def test_an_interval_that_collapses_in_print_has_more_digits(market: SimpleNamespace) -> None:
    real = market.ask_amounts(np.random.default_rng(1), n=4000)
    said = market.climb(real.assign(amount=1.25 * real["amount"]), LADDER)
    sure = compare_stated_revealed(said, real, n_boot=100, level=0.2)
    assert f"{sure.headline.low:.2f}" == f"{sure.headline.high:.2f}"
    assert "Stated worth is 1.2" in str(sure.headline)
    low, high = str(sure.headline).partition("interval ")[2].partition(",")[0].split(" to ")
    assert low != high


def test_a_factor_that_changes_with_the_price_is_named(market: SimpleNamespace) -> None:
    real = market.ask_amounts(np.random.default_rng(8))
    bent = real.assign(amount=100 * (real["amount"] / 100) ** 1.6)
    notes = " ".join(compare_stated_revealed(market.climb(bent, LADDER), real).notes)
    assert "The factor is not the same at all prices" in notes


def test_too_few_people_count_as_a_missing_side(market: SimpleNamespace) -> None:
    real = market.ask_amounts(np.random.default_rng(9))
    compared = compare_stated_revealed(real.head(5), real)
    assert "too few people stand behind the stated demand" in str(compared.headline)


def test_shares_that_never_meet_teach_nothing() -> None:
    low = pd.DataFrame({"respondent_id": np.repeat(range(50), 2), "price": [10.0, 20.0] * 50, "would_buy": "yes"})
    amounts = pd.DataFrame({"respondent_id": range(50), "amount": [0.0] * 40 + [30.0, 40] * 5})
    compared = compare_stated_revealed(low, amounts)
    assert "at no asked price do the shares of the two overlap" in str(compared.headline)


def test_calibration_divides_prices_and_carries_the_doubt(market: SimpleNamespace) -> None:
    real = market.ask_amounts(np.random.default_rng(10))
    stated = real.assign(amount=1.25 * real["amount"])
    compared = compare_stated_revealed(market.climb(stated, LADDER), real)
    calibrated = compared.calibrate(estimate_demand(stated))
    truth = estimate_demand(real)
    at = np.array([80.0, 100.0, 120.0])
    assert calibrated.at(at)[0] == pytest.approx(truth.at(at)[0], abs=1.0)
    assert calibrated.unit == "people per 100 asked"
    assert any("Stated prices are divided by 1.25" in note for note in calibrated.notes)
    best, right = (optimise_price(each, unit_cost=50).headline for each in (calibrated, truth))
    assert best.value == pytest.approx(right.value, rel=0.02)
    doubtful = compare_stated_revealed(stated, None).calibrate(estimate_demand(stated))
    spread, known = (np.ptp(each.at([100.0])[1]) for each in (doubtful, calibrated))
    assert spread > 2 * known
    assert (np.diff(doubtful.draws, axis=1) < 1e-6).all()
    assert doubtful.draws.max() <= 100


def test_calibration_refuses_what_is_real_or_calibrated(market: SimpleNamespace) -> None:
    amounts = market.ask_amounts(np.random.default_rng(11))
    compared = compare_stated_revealed(amounts, None)
    sales = estimate_demand(market.sell(np.random.default_rng(12)))
    with pytest.raises(ParameterError, match="counts units sold, which is real money already"):
        compared.calibrate(sales)
    once = compared.calibrate(estimate_demand(amounts))
    with pytest.raises(ParameterError, match="calibrated already"):
        compared.calibrate(once)


def test_arguments_are_checked(market: SimpleNamespace) -> None:
    amounts = market.ask_amounts(np.random.default_rng(13))
    with pytest.raises(ParameterError, match="both None"):
        compare_stated_revealed(None, None)
    for prior in ((1.2,), "1.2", 1.2):
        with pytest.raises(ParameterError, match="give the median and the standard deviation in logs"):
            compare_stated_revealed(amounts, None, prior=prior)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="prior, median is -1"):
        compare_stated_revealed(amounts, None, prior=(-1, 0.2))
    with pytest.raises(ParameterError, match=r"prior, standard deviation is 1e\+09: give a number from 0 to 100"):
        compare_stated_revealed(amounts, None, prior=(1.2, 1e9))
    with pytest.raises(ParameterError, match=r"prior, median is 1e\+09: give a number from 0.001 to 1000"):
        compare_stated_revealed(amounts, None, prior=(1e9, 0.2))
    with pytest.raises(ParameterError, match="seed is -1"):
        compare_stated_revealed(amounts, None, seed=-1)


def test_two_surveys_of_other_people_do_not_share_their_luck() -> None:
    """Sorted tables and one seed: the draws of the two sides must still be independent of each other."""
    random = np.random.default_rng(20261122)
    said = pd.DataFrame({"respondent_id": range(300), "amount": np.sort(random.lognormal(4.2, 0.4, 300))})
    real = pd.DataFrame({"respondent_id": range(300, 600), "amount": np.sort(random.lognormal(4.0, 0.4, 300))})
    compared = compare_stated_revealed(said, real, n_boot=400)
    assert not compared.paired
    at = np.array([60.0])
    pairs = [side.at(at)[1][:, 0] for side in (compared.stated, compared.revealed)]
    assert abs(np.corrcoef(*pairs)[0, 1]) < 0.15
    data = compared.table.set_index("source").loc["data"]
    independent = np.sqrt(2) * 0.4 / np.sqrt(300)  # of the difference of two means of logarithms
    assert np.log(data["high"] / data["low"]) > 2.5 * independent
