"""Willingness to pay by the conditional logit: ratios, three kinds of interval, and where there is none."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.willingness_to_pay import ChoiceModel
from cvlab.errors import DataError, ParameterError
from tests.analyses.willingness_to_pay.choosing.choice.cases import draw_tasks, estimates, fit, fit_travel


def test_worth_is_minus_the_ratio_and_delta_agrees_with_numerical_derivatives(model: ChoiceModel) -> None:
    table = model.willingness_to_pay().table.set_index("attribute")
    weights = model.table.set_index("attribute")["estimate"]
    for name in table.index:
        assert table.loc[name, "estimate"] == pytest.approx(-weights[name] / weights["price"])
        gradient = pd.Series(0.0, index=weights.index)
        for changed in (name, "price"):
            step = 1e-6 * abs(weights[changed])
            up, down = weights.copy(), weights.copy()
            up[changed] += step
            down[changed] -= step
            gradient[changed] = (-up[name] / up["price"] + down[name] / down["price"]) / (2 * step)
        expected = math.sqrt(gradient @ model.covariance @ gradient)
        assert table.loc[name, "std_error"] == pytest.approx(expected, rel=1e-5)


def test_the_three_intervals_agree_on_a_large_survey() -> None:
    model = fit(draw_tasks(400, seed=6))
    delta = model.willingness_to_pay().table.set_index("attribute")
    for interval, n_draws in (("krinsky-robb", 4000), ("bootstrap", 200)):
        other = model.willingness_to_pay(interval=interval, n_draws=n_draws).table.set_index("attribute")
        pd.testing.assert_series_equal(other["estimate"], delta["estimate"])
        width, expected = other["high"] - other["low"], delta["high"] - delta["low"]
        assert (width / expected).between(0.75, 1.33).all(), interval


def test_a_bootstrap_refit_is_a_fit_to_repeated_people(tasks: pd.DataFrame, model: ChoiceModel) -> None:
    from cvlab.analyses.willingness_to_pay.choosing.fit import fit_conditional_logit

    names = sorted(tasks["respondent_id"].unique())
    counts = np.random.default_rng(0).multinomial(len(names), np.full(len(names), 1 / len(names)))
    copies = [
        tasks[tasks["respondent_id"] == name].assign(respondent_id=f"{name}-{copy}")
        for name, count in zip(names, counts, strict=True)
        for copy in range(count)
    ]
    weighted = fit_conditional_logit(
        model.differences, model.choices, clustered=False, weights=counts.astype(float), start=model.fitted.estimates
    )
    assert weighted.estimates == pytest.approx(list(estimates(fit(pd.concat(copies))).values()), rel=1e-6)


def test_headline_ranks_by_the_whole_step_shown(model: ChoiceModel) -> None:
    worth = model.willingness_to_pay()
    table = worth.table.set_index("attribute")
    # 11 days of battery more are worth more than gps, though one day is not.
    assert table.loc["battery_days", "estimate"] < table.loc["gps: yes", "estimate"]
    for column, bound in (("estimate", "value"), ("low", "low"), ("high", "high")):
        assert getattr(worth.headline, bound) == pytest.approx(11 * table.loc["battery_days", column])
    assert str(worth.headline).startswith("People would pay most for battery days (14 instead of 3): €")
    assert worth.headline.draws is not None
    assert worth.headline.draws.mean() == pytest.approx(worth.headline.value, rel=0.05)
    assert worth.roles == ("numeric", "level", "level", "outside")


def test_headline_compares_the_best_level_with_the_worst_whatever_the_base(tasks: pd.DataFrame) -> None:
    first, second = (
        fit(tasks.assign(gps=tasks["gps"].astype(pd.CategoricalDtype(order))), attributes=["gps"]).willingness_to_pay()
        for order in (["no", "yes"], ["yes", "no"])
    )
    assert str(first.headline) == str(second.headline)
    assert "People would pay most for gps (yes instead of no): €" in str(first.headline)
    assert second.headline.low == pytest.approx(first.headline.low)


def test_headline_of_a_burden_and_of_a_switch(tasks: pd.DataFrame) -> None:
    burden = tasks.assign(charging=20 - tasks["battery_days"], wants=(tasks["gps"] == "no") * 1.0)
    less = fit(burden, attributes=["charging"]).willingness_to_pay().headline
    assert less.value > 0
    assert str(less).startswith("People would pay most for charging (6 instead of 17): €")
    avoid = fit(burden, attributes=["wants"]).willingness_to_pay().headline
    assert str(avoid).startswith("People would pay most to avoid wants: €")


def test_headline_falls_back_on_alternatives_and_then_declines(travel: pd.DataFrame, tasks: pd.DataFrame) -> None:
    brands = fit_travel(travel, attributes=[]).willingness_to_pay()
    assert " instead of " in str(brands.headline)
    only_price = fit(tasks, attributes=[]).willingness_to_pay()
    assert not only_price.headline.answered
    assert str(only_price.headline) == (
        "Only the price differed between the offers that 60 people saw, so there is no attribute to pay for."
    )
    assert only_price.table["attribute"].tolist() == ["none"]


def test_a_price_that_attracts_leaves_willingness_to_pay_undefined() -> None:
    model = fit(draw_tasks(seed=2, price_weight=0.03))
    worth = model.willingness_to_pay()
    assert worth.table[["estimate", "std_error", "low", "high"]].isna().all(axis=None)
    assert "A higher price made offers no less likely to be chosen: willingness to pay is undefined." in model.notes
    assert "willingness to pay is undefined. Check the coding of prices" in worth.notes[0]
    assert str(worth.headline) == (
        "The choices of 60 people do not show what they would pay: a higher price did not make an offer less likely to "
        "be chosen."
    )


def test_an_attribute_that_never_varies_is_named() -> None:
    tasks = draw_tasks(30, seed=4).assign(gps=1.0, strap="x", case="y")
    with pytest.raises(DataError, match=r"strap never varies, it is x in every offer; case never varies, it is y"):
        fit(tasks, attributes=["battery_days", "strap", "case"])
    with pytest.raises(DataError, match=r"gps never varies, it is 1 in every offer, so that choices say nothing"):
        fit(tasks, attributes=["battery_days", "gps"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"attributes": None}, "attributes is None: give a list of names"),
        ({"attributes": 5}, "attributes is 5"),
        ({"attributes": [["gps"]]}, "attributes is "),
        ({"price": None}, "price is None: give the name of a column"),
    ],
)
def test_names_that_are_none_are_refused(tasks: pd.DataFrame, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        fit(tasks, **changes)


def test_numbers_beyond_any_scale_are_refused(tasks: pd.DataFrame, model: ChoiceModel, offers: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="price has values beyond any scale"):
        fit(tasks.assign(price=tasks["price"] * 1e200))
    with pytest.raises(DataError, match="price has values beyond any scale"):
        model.elasticities(offers.assign(price=1e300))
    with pytest.raises(ParameterError, match="prices is 'abc'"):
        model.demand_at("abc", offers=offers, vary=str(offers["alternative"].iloc[0]))  # type: ignore[arg-type]
    for seed in (-1, "x"):
        with pytest.raises(ParameterError, match="seed is"):
            model.willingness_to_pay(interval="bootstrap", n_draws=2, seed=seed)  # type: ignore[arg-type]


def test_more_tasks_are_no_weight(tasks: pd.DataFrame) -> None:
    fewer = tasks[(tasks["respondent_id"] > "r0010") | (tasks["task"] <= 4)]
    assert len(fewer) < len(tasks)
    assert not any(note.startswith("Weighted") for note in fit(fewer).notes)


def test_what_one_person_chose_is_not_told() -> None:
    # One person who always takes the cheapest offer: what separates the choices would say so.
    tasks = draw_tasks(1, seed=4)
    inside = tasks[tasks["price"].notna()]
    cheapest = inside.groupby(["respondent_id", "task"])["price"].transform("idxmin") == inside.index
    model = fit(tasks.assign(chosen=cheapest.reindex(tasks.index, fill_value=False).astype(int)))
    assert not model.headline.answered
    assert model.covariance.isna().all(axis=None)
    assert math.isnan(model.log_likelihood)
    assert not model.willingness_to_pay().headline.answered


def test_a_price_weight_near_nothing_is_marked() -> None:
    model = fit(draw_tasks(30, seed=4, price_weight=-0.002))
    assert estimates(model)["price"] < 0
    worth = model.willingness_to_pay()
    assert not worth.headline.answered
    assert "is so uncertain that it could be nothing, and what they would pay anything" in str(worth.headline)
    assert worth.table["estimate"].notna().all()
    notes = " ".join(worth.notes)
    assert "The interval of the coefficient of price reaches 0" in notes
    assert "draws are left out" in notes
