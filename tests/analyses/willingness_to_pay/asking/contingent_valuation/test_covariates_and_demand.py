"""Contingent valuation with covariates, as demand, and by group."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cvlab.analyses.common import Partition
from cvlab.analyses.willingness_to_pay import estimate_contingent_valuation, estimate_demand
from cvlab.analyses.willingness_to_pay.asking.valuation_distributions import DISTRIBUTIONS
from cvlab.errors import ParameterError
from tests.analyses.willingness_to_pay.asking.contingent_valuation.cases import NAMES, ask

# Covariates


def test_worth_is_that_of_an_average_person_and_effects_are_in_money() -> None:
    random = np.random.default_rng(12)
    age = random.normal(0, 1, 4000)
    worth = 30 + 6 * age + random.logistic(scale=5, size=4000)
    bid = random.choice([15.0, 25.0, 35.0, 45.0], 4000)
    answers = pd.DataFrame({"bid": bid, "answer": worth >= bid, "age": age})
    linear = estimate_contingent_valuation(answers, distribution="logistic", covariates="age")
    row = linear.parameters.set_index("parameter").loc["age"]
    assert row["worth_low"] < 6 < row["worth_high"]
    assert row["worth"] == pytest.approx(6, abs=1)
    assert linear.table.loc[0, "low"] < 30 + 6 * age.mean() < linear.table.loc[0, "high"]
    curved = estimate_contingent_valuation(answers, covariates="age")
    estimate = curved.parameters.set_index("parameter")["estimate"]
    level = estimate["constant"] + estimate["age"] * age.mean()
    assert curved.median == pytest.approx(math.exp(-level / estimate["log bid"]))
    older = math.exp(-(level + estimate["age"]) / estimate["log bid"])
    assert curved.parameters.set_index("parameter").loc["age", "worth"] == pytest.approx(older - curved.median)
    assert "Median and means are those of a person with average covariates." in curved.notes


def test_demand_with_covariates_is_the_mean_over_people() -> None:
    answers = ask(90, seed=13)
    result = estimate_contingent_valuation(answers, covariates="age", distribution="normal", n_boot=20)
    constant, age, bid = result.parameters["estimate"]
    share, draws = result.demand_at(np.array([10.0, 30.0]))
    for position, price in enumerate((10.0, 30.0)):
        expected = stats.norm.cdf(constant + age * answers["age"] + bid * price).mean()
        assert share[position] == pytest.approx(expected)
    assert draws.shape == (20, 2)


# Demand


@pytest.mark.parametrize("name", NAMES)
def test_half_buy_at_the_median_and_demand_falls(name: str) -> None:
    result = estimate_contingent_valuation(ask(150, seed=14), distribution=name, n_boot=100)
    share, draws = result.demand_at(np.array([0.0, 5.0, result.median, 100.0]))
    assert share[2] == pytest.approx(0.5)
    assert (np.diff(share) < 0).all()
    assert (np.diff(draws, axis=1) <= 0).all()
    if DISTRIBUTIONS[name].logarithmic:
        assert share[0] == 1
    area = np.linspace(0, result.prices_asked[-1], 20_001)
    assert np.trapezoid(result.demand_at(area)[0], area) == pytest.approx(result.truncated_mean, rel=1e-4)


def test_it_feeds_a_demand() -> None:
    demand = estimate_demand(estimate_contingent_valuation(ask(150, seed=15), n_boot=100))
    assert demand.prices_asked[0] == pytest.approx(0.6 * 8)
    assert demand.headline.value < 0


@pytest.mark.parametrize("prices", ["abc", [[1.0, 2.0]], None, {"price": 3}])
def test_demand_is_asked_for_at_numbers_in_a_row(prices: Any) -> None:
    with pytest.raises(ParameterError, match=r"give numbers in a row|missing, infinite or below 0"):
        estimate_contingent_valuation(ask(60, seed=16), n_boot=10).demand_at(prices)


@pytest.mark.parametrize("prices", [[-1.0], [np.nan], [np.inf]])
def test_demand_is_asked_for_at_prices(prices: list[float]) -> None:
    with pytest.raises(ParameterError, match="missing, infinite or below 0: give prices of 0 or more"):
        estimate_contingent_valuation(ask(60, seed=16), n_boot=10).demand_at(np.array(prices))


# Groups


def group(labels: list[str], *, sensitive: tuple[str, ...] = ()) -> Partition:
    index = pd.Index(range(len(labels)), name="respondent_id")
    return Partition(labels=pd.Series(labels, index=index, dtype="category"), scheme="size", sensitive=sensitive)


def test_groups_are_what_each_gives_alone() -> None:
    answers = pd.concat([ask(120, seed=18, median=12), ask(120, seed=19, median=30)], ignore_index=True)
    answers["respondent_id"] = answers.index
    by = group(["small"] * 120 + ["large"] * 120)
    result = estimate_contingent_valuation(answers, by=by, n_boot=50)
    pd.testing.assert_frame_equal(result.table, estimate_contingent_valuation(answers, n_boot=50).table)
    assert result.groups is not None
    assert result.groups.table["group"].tolist() == ["large"] * 4 + ["small"] * 4
    assert result.groups.table["n"].unique().tolist() == [120]
    alone = estimate_contingent_valuation(answers.iloc[:120], n_boot=50)
    pd.testing.assert_frame_equal(result.groups.results["small"].table, alone.table)
    assert result.groups.results["small"].median < result.groups.results["large"].median
    indexed = estimate_contingent_valuation(answers.set_index("respondent_id"), by=by, n_boot=50)
    assert indexed.groups is not None
    pd.testing.assert_frame_equal(indexed.groups.table, result.groups.table)


def test_groups_in_which_all_agree_are_noted_and_sensitive_ones_refused() -> None:
    answers = ask(60, seed=20, twice=0).assign(respondent_id=range(60))
    answers.loc[40:, "answer"] = True
    by = group(["a"] * 40 + ["b"] * 20)
    result = estimate_contingent_valuation(answers, by=by, n_boot=20)
    assert result.groups is not None
    assert list(result.groups.results) == ["a"]
    assert "Nothing could be estimated for b" in result.groups.notes[0]
    with pytest.raises(ParameterError, match="marked as sensitive"):
        estimate_contingent_valuation(answers, by=group(["a"] * 40 + ["b"] * 20, sensitive=("age",)))
