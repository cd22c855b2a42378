"""Willingness to pay by the mixed logit, in both spaces."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from cvlab.analyses.willingness_to_pay import MixedChoiceModel
from cvlab.analyses.willingness_to_pay.choosing.coding import Coding
from cvlab.analyses.willingness_to_pay.choosing.mixed_moments import measure_moments
from cvlab.analyses.willingness_to_pay.choosing.mixed_tastes import plan_tastes
from tests.analyses.willingness_to_pay.choosing.mixed_choice.cases import BOTH, MODELS, SPREAD, draw_tasks, fit


def test_moments_are_those_of_simulated_people(tasks: pd.DataFrame) -> None:
    for settings_ in (*MODELS[:2], *MODELS[3:], {"random": {"battery": "log-normal"}}):
        model = fit(tasks, **settings_, n_draws=40)
        worth = model.willingness_to_pay(seed=5)
        table = worth.table.set_index("attribute")
        median = worth.population.median()
        spread_of_log = model.tastes.log_normal.any() or model.space == "wtp"
        tolerance = 0.25 if spread_of_log else 0.02
        for name in worth.table["attribute"]:
            people = worth.population[name]
            assert people.mean() == pytest.approx(table.loc[name, "estimate"], rel=tolerance, abs=0.05)
            assert (people < 0).mean() == pytest.approx(table.loc[name, "below_zero"], abs=0.01)
            assert people.quantile(0.1) <= median[name] <= people.quantile(0.9)
            if name not in worth.random and "price" not in settings_["random"]:
                assert table.loc[name, "spread"] == pytest.approx(0, abs=1e-6)


def test_moments_count_what_goes_with_the_weight_of_money() -> None:
    # People who like the battery more also mind the price more: weights drawn one by one say what the ratio is.
    coding = Coding(
        attributes=("battery",),
        levels={},
        price="price",
        alternative="alternative",
        constants=(),
        base_alternative=None,
        outside=None,
    )
    random = {"battery": "normal", "price": "log-normal"}
    tastes = plan_tastes(coding, random, space="preference", correlated=True, estimates=np.array([1.0, -1.0]))
    mean, spread, below = measure_moments(np.array([1.5, -0.4, 0.8, 0.5, 0.3]), tastes)
    first, second = np.random.default_rng(0).normal(size=(2, 2_000_000))
    worth = (1.5 + 0.8 * first) / np.exp(-0.4 + 0.5 * first + 0.3 * second)
    assert mean[0] == pytest.approx(worth.mean(), rel=0.005)
    assert spread[0] == pytest.approx(worth.std(), rel=0.01)
    assert below[0] == pytest.approx((worth < 0).mean(), abs=0.001)


def test_share_below_zero_has_the_bounds_of_draws_of_the_parameters(model: MixedChoiceModel) -> None:
    own = [position for position, name in enumerate(model.parameters.index) if "battery" in name]
    drawn = np.random.default_rng(9).multivariate_normal(
        model.parameters.to_numpy()[own], model.covariance.to_numpy()[np.ix_(own, own)], size=40_000
    )
    below = norm.cdf(-drawn[:, 0] / np.abs(drawn[:, 1]))
    row = model.willingness_to_pay(n_draws=20_000).table.set_index("attribute").loc["battery"]
    expected = np.quantile(below, [0.025, 0.975])
    assert expected[1] > 0.02  # else a tenth more or less would not be seen
    assert [row["below_zero_low"], row["below_zero_high"]] == pytest.approx(expected, rel=0.04, abs=1e-4)


def test_headline_names_the_top_attribute_and_how_people_differ(model: MixedChoiceModel) -> None:
    headline = model.willingness_to_pay().headline
    assert headline.key == "willingness_to_pay.top_attribute"
    assert str(headline).startswith("People would pay most for battery (5 instead of 1): €")
    assert " Half of the people lie between €" in str(headline)
    assert headline.draws is not None
    assert headline.draws.mean() == pytest.approx(headline.value, rel=0.05)


def test_headline_says_nothing_of_a_spread_that_the_model_does_not_have(tasks: pd.DataFrame) -> None:
    headline = fit(tasks, random={"screen": "normal"}, n_draws=40).willingness_to_pay().headline
    assert str(headline).startswith("People would pay most for battery")
    assert "Half of the people" not in str(headline)
    # Where people differ in what money is worth to them, they differ in every amount.
    unequal = fit(tasks, random={"price": "log-normal"}, n_draws=40).willingness_to_pay().headline
    assert "Half of the people lie between" in str(unequal)


def test_a_price_that_may_weigh_nothing_leaves_the_headline_open() -> None:
    model = fit(draw_tasks(40, seed=1, price_weight=-0.01), random={"screen": "normal"}, n_draws=40)
    weight = model.table.set_index("attribute").loc["price"]
    assert weight["estimate"] < 0 < weight["high"]
    headline = model.willingness_to_pay().headline
    assert not headline.answered
    assert "is so uncertain that it could be nothing" in str(headline)


def test_a_normal_price_weight_has_no_mean_worth(tasks: pd.DataFrame) -> None:
    model = fit(tasks, random={**BOTH, "price": "normal"}, n_draws=40)
    worth = model.willingness_to_pay()
    assert worth.table.drop(columns="attribute").isna().all(axis=None)
    assert worth.population.empty
    assert "give it a log-normal distribution or the same weight for everybody" in str(worth.headline)
    assert "Estimate again with random={..., 'price': 'log-normal'}" in worth.notes[0]
    assert model.individuals.isna().all(axis=None)
    assert model.headline.answered  # shares and the effect of the price are as good as ever


def test_a_price_that_attracts_leaves_willingness_to_pay_undefined() -> None:
    attracted = draw_tasks(40, seed=2, price_weight=0.1)
    model = fit(attracted, n_draws=40)
    worth = model.willingness_to_pay()
    assert worth.table["estimate"].isna().all()
    assert "A higher price made offers no less likely to be chosen: willingness to pay is undefined." in model.notes
    assert "willingness to pay is undefined. Check the coding of prices" in worth.notes[0]
    assumed = fit(attracted, random={**BOTH, "price": "log-normal"}, n_draws=40)
    assert any("is assumed by this model, not found" in note for note in assumed.notes)
    assert assumed.willingness_to_pay().table["estimate"].isna().all()
    assert assumed.individuals.isna().all(axis=None)
    assert not assumed.headline.answered
    assert "is assumed by this model" in str(assumed.headline)
    # As amounts of money there is nothing to show; the scale of the utility remains.
    money = fit(attracted, random=BOTH, space="wtp", n_draws=40)
    rows = money.table.set_index("attribute").drop(columns="parameter")
    assert rows.drop(index="price").isna().all(axis=None)
    assert rows.loc["price"].notna().all()
    assert not money.headline.answered


def test_a_tail_without_a_mean_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    # Tastes that differ far more than any draws can follow.
    monkeypatch.setitem(SPREAD, "battery", 30.0)
    monkeypatch.setitem(SPREAD, "screen: oled", 100.0)
    wild = dict.fromkeys(["battery", "screen", "price"], "log-normal") | {"none": "normal"}
    model = fit(draw_tasks(60, seed=1), random=wild, correlated=True, n_starts=2)
    worth = model.willingness_to_pay()
    assert worth.table["estimate"].isna().all()
    assert "is so long that its mean says nothing about anybody" in str(worth.headline)
