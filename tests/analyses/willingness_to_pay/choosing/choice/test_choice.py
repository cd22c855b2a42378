"""The conditional logit: published numbers, statsmodels as an oracle, and what must not matter."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlab.analyses.willingness_to_pay import ChoiceModel
from tests.analyses.willingness_to_pay.choosing.choice.cases import TRUTH, draw_tasks, estimates, fit, fit_travel

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from statsmodels.discrete.conditional_models import ConditionalLogit


@pytest.fixture(scope="module")
def golden(checkout: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((checkout / "tests/golden/willingness_to_pay.yaml").read_text(encoding="utf-8")))


# Truth


def test_travel_mode_as_printed(travel: pd.DataFrame, golden: dict[str, Any]) -> None:
    model, printed = fit_travel(travel), golden["travel_mode"]
    found = estimates(model)
    assert set(found) == set(printed["attributes"])
    for name, value in printed["attributes"].items():
        assert found[name] == pytest.approx(value, abs=printed["tolerance"]), name
    assert model.log_likelihood == pytest.approx(printed["log_likelihood"], abs=printed["tolerance"])
    assert model.null_log_likelihood == pytest.approx(printed["null_log_likelihood"], abs=printed["tolerance"])
    assert model.mcfadden_r2 == pytest.approx(1 - 199.1284 / 291.1218, abs=1e-5)
    assert (model.n_choices, model.n_respondents) == (210, 210)


def test_travel_mode_to_more_digits(travel: pd.DataFrame, golden: dict[str, Any]) -> None:
    model, digits = fit_travel(travel), golden["travel_mode_digits"]
    found = estimates(model)
    for name, value in digits["attributes"].items():
        assert found[name] == pytest.approx(value, rel=digits["tolerance"], abs=digits["tolerance"]), name
    assert model.log_likelihood == pytest.approx(digits["log_likelihood"], abs=1e-6)


def test_statsmodels_agrees_on_estimates_errors_and_likelihood(tasks: pd.DataFrame) -> None:
    model = fit(tasks, clustered=False)
    inside = tasks["alternative"] != "none"
    columns = pd.DataFrame(
        {
            "battery_days": tasks["battery_days"].fillna(0),
            "gps: yes": (tasks["gps"] == "yes") * 1.0,
            "screen: oled": (tasks["screen"] == "oled") * 1.0,
            "price": tasks["price"].fillna(0),
            "none": (~inside) * 1.0,
        }
    )
    groups = tasks.groupby(["respondent_id", "task"]).ngroup()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        oracle = ConditionalLogit(tasks["chosen"], columns, groups=groups).fit(method="newton", disp=False)
    assert estimates(model) == pytest.approx(oracle.params.to_dict(), rel=1e-6)
    assert model.log_likelihood == pytest.approx(oracle.llf, abs=1e-8)
    errors = dict(zip(model.table["attribute"], model.table["std_error"], strict=True))
    assert errors == pytest.approx(oracle.bse.to_dict(), rel=1e-4)


def test_clustered_errors_are_the_sandwich_summed_by_person(tasks: pd.DataFrame, model: ChoiceModel) -> None:
    plain = fit(tasks, clustered=False)
    weights = model.table["estimate"].to_numpy()
    columns, choices = model.choices.columns, model.choices
    scores = np.zeros((choices.n_respondents, columns.shape[1]))
    for start, size, chosen, person in zip(
        choices.starts, choices.sizes, choices.chosen, choices.respondents, strict=True
    ):
        shown = columns[start : start + size]
        share = np.exp(shown @ weights) / np.exp(shown @ weights).sum()
        scores[person] += columns[chosen] - share @ shown
    assert scores.sum(axis=0) == pytest.approx(0, abs=1e-6)  # the gradient is 0 at the maximum
    inverse = plain.covariance.to_numpy()
    expected = inverse @ scores.T @ scores @ inverse * choices.n_respondents / (choices.n_respondents - 1)
    assert model.covariance.to_numpy() == pytest.approx(expected, rel=1e-6)


def test_people_who_resemble_themselves_widen_the_intervals_of_what_they_share() -> None:
    alike = draw_tasks(seed=3, n_tasks=30, spread=2.0)
    clustered, plain = (
        fit(alike, clustered=choice).table.set_index("attribute")["std_error"] for choice in (True, False)
    )
    assert clustered["none"] > 1.5 * plain["none"]


def cover(repeats: int, interval: str, first_seed: int) -> pd.Series:
    """Share of repeats in which the intervals of willingness to pay hold the planted truth."""
    truth = pd.Series({name: -value / TRUTH["price"] for name, value in TRUTH.items() if name != "price"})
    held = []
    for repeat in range(repeats):
        table = fit(draw_tasks(50, seed=first_seed + repeat)).willingness_to_pay(interval=interval, seed=repeat).table
        table = table.set_index("attribute")
        held.append(truth.between(table["low"], table["high"]))
    return pd.DataFrame(held).mean()


@pytest.mark.parametrize("interval", ["delta", "krinsky-robb"])
def test_intervals_cover_the_truth_in_a_few_repeats(interval: str) -> None:
    assert (cover(40, interval, 500) >= 0.85).all()


@pytest.mark.slow
@pytest.mark.parametrize("interval", ["delta", "krinsky-robb"])
def test_intervals_cover_the_truth_as_often_as_they_say(interval: str) -> None:
    covered = cover(400, interval, 10_000)
    assert covered.between(0.92, 0.98).all(), covered.to_dict()


# What must not matter


def test_order_of_rows_and_the_input_stay_as_they_are(tasks: pd.DataFrame, model: ChoiceModel) -> None:
    before = tasks.copy(deep=True)
    shuffled = fit(tasks.sample(frac=1, random_state=5))
    pd.testing.assert_frame_equal(tasks, before)
    pd.testing.assert_frame_equal(shuffled.table, model.table)
    assert shuffled.log_likelihood == model.log_likelihood


@given(factor=st.floats(0.001, 1000))
@settings(max_examples=15, deadline=None)
def test_scaling_prices_scales_every_worth(factor: float) -> None:
    tasks = draw_tasks(30, seed=1)
    plain = fit(tasks).willingness_to_pay().table
    scaled = fit(tasks.assign(price=tasks["price"] * factor)).willingness_to_pay().table
    for column in ("estimate", "std_error", "low", "high"):
        assert scaled[column].to_numpy() == pytest.approx(plain[column].to_numpy() * factor, rel=1e-6)


@given(seed=st.integers(0, 10**6), size=st.floats(0.1, 1000))
@settings(max_examples=10, deadline=None)
def test_adding_the_same_to_all_alternatives_of_a_task_changes_nothing(seed: int, size: float) -> None:
    tasks = draw_tasks()
    tasks = tasks[tasks["alternative"] != "none"]
    kept = tasks.groupby(["respondent_id", "task"])["chosen"].transform("sum") == 1
    tasks = tasks[kept]
    number = tasks.groupby(["respondent_id", "task"]).ngroup().to_numpy()
    moved = tasks.assign(battery_days=tasks["battery_days"] + np.random.default_rng(seed).normal(0, size, 480)[number])
    assert estimates(fit(moved, outside=None)) == pytest.approx(estimates(fit(tasks, outside=None)), rel=1e-6)


def test_respondent_may_be_the_index_and_ids_of_any_kind(tasks: pd.DataFrame, model: ChoiceModel) -> None:
    indexed = tasks.set_index("respondent_id")
    pd.testing.assert_frame_equal(fit(indexed).table, model.table)
    numbered = tasks.assign(respondent_id=tasks["respondent_id"].str[1:].astype(int))
    pd.testing.assert_frame_equal(fit(numbered).table, model.table)


def test_what_the_outside_option_has_in_its_cells_is_ignored(tasks: pd.DataFrame, model: ChoiceModel) -> None:
    outside = tasks["alternative"] == "none"
    filled = tasks.copy()
    filled.loc[outside, ["battery_days", "price"]] = [99.0, 1.0]
    filled.loc[outside, ["gps", "screen"]] = ["yes", "none of them"]
    pd.testing.assert_frame_equal(fit(filled).table, model.table)


def test_tasks_may_differ_in_size(tasks: pd.DataFrame) -> None:
    # Offer "c" is withheld from every other task in which it was not chosen: by independence of irrelevant
    # alternatives the estimates stay close to the truth.
    withheld = (tasks["alternative"] == "c") & (tasks["chosen"] == 0) & (tasks["task"] % 2 == 0)
    model = fit(tasks[~withheld])
    assert model.n_choices == 60 * 8
    assert model.null_log_likelihood > -60 * 8 * math.log(4)
    table = model.table.set_index("attribute")
    assert (
        abs(table.loc["screen: oled", "estimate"] - TRUTH["screen: oled"]) < 4 * table.loc["screen: oled", "std_error"]
    )


def test_base_level_follows_the_categories_and_swaps_the_sign(tasks: pd.DataFrame, model: ChoiceModel) -> None:
    ordered = tasks.assign(gps=tasks["gps"].astype(pd.CategoricalDtype(["yes", "no", "never shown"])))
    swapped = fit(ordered)
    assert estimates(swapped)["gps: no"] == pytest.approx(-estimates(model)["gps: yes"])
    assert swapped.log_likelihood == pytest.approx(model.log_likelihood)
    assert "gps is compared with yes." in swapped.notes


def test_numbers_as_alternatives_are_written_without_decimals(travel: pd.DataFrame) -> None:
    numbered = travel.assign(mode=travel["mode"].map({"air": 1.0, "train": 2.0, "bus": 3.0, "car": 4.0}))
    model = fit_travel(numbered, base_alternative="4")
    named = fit_travel(travel)
    assert estimates(model)["1"] == pytest.approx(estimates(named)["air"])
    assert list(model.table["attribute"]) == ["ttme", "hinc_air", "gc", "1", "2", "3"]
