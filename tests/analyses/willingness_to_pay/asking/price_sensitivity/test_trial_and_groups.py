"""Van Westendorp with trial and revenue, as demand, and by group."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.common import Partition, bootstrap_people
from cvlab.analyses.willingness_to_pay import estimate_price_sensitivity
from cvlab.analyses.willingness_to_pay.asking.price_curves import (
    ANSWERS,
)
from cvlab.analyses.willingness_to_pay.asking.price_trial import trial_of_each
from cvlab.errors import DataError, ParameterError
from tests.analyses.willingness_to_pay.asking.price_sensitivity.cases import draw_people, points

# Trial and revenue


def test_trial_is_linear_in_price_and_nothing_at_the_extremes() -> None:
    person = np.array([[10.0, 20, 60, 70]])
    asked = np.array([5.0, 10, 15, 20, 30, 40, 60, 65, 70, 90])
    found = trial_of_each(person, np.array([[0.5, 0.1]]), asked)[0]
    assert found == pytest.approx([0, 0, 0.25, 0.5, 0.4, 0.3, 0.1, 0.05, 0, 0])


def test_revenue_is_price_times_trial_and_the_optimum_lies_on_its_top() -> None:
    people = draw_people(200, seed=11).assign(buy_cheap=5, buy_expensive=2)
    result = estimate_price_sensitivity(people)
    assert result.trial is not None
    assert result.revenue is not None
    assert result.trial_points is not None
    assert result.revenue["revenue"].to_numpy() == pytest.approx(
        (result.trial["price"] * result.trial["trial"]).to_numpy()
    )
    best = result.trial_points.set_index("point").loc["highest revenue"]
    assert best["price"] == result.revenue.loc[result.revenue["revenue"].idxmax(), "price"]
    assert best["low"] <= best["price"] <= best["high"]
    assert result.trial["trial"].between(result.trial["low"], result.trial["high"]).mean() > 0.95


def test_a_pair_of_intents_stands_for_questions_that_were_not_asked() -> None:
    people = draw_people(100, seed=12)
    assert estimate_price_sensitivity(people).trial is None
    assumed = estimate_price_sensitivity(people, intents=(0.7, 0.1))
    asked = estimate_price_sensitivity(people.assign(buy_cheap=5, buy_expensive=2))
    pd.testing.assert_frame_equal(assumed.trial, asked.trial)
    assert "assume that 70.0% of people buy at their own cheap price" in " ".join(assumed.trial_notes)


def test_people_without_intentions_are_left_out_of_trial_only() -> None:
    people = draw_people(100, seed=13).assign(buy_cheap=5.0, buy_expensive=2.0)
    people.loc[:9, "buy_cheap"] = np.nan
    result = estimate_price_sensitivity(people)
    rest = estimate_price_sensitivity(people.iloc[10:])
    assert result.headline.n == 100
    assert result.trial is not None
    assert rest.trial is not None
    assert result.trial["trial"].max() == pytest.approx(rest.trial["trial"].max(), rel=0.02)
    assert "10 people without both purchase intentions are left out of trial and revenue." in result.trial_notes


# Demand and groups


def test_demand_is_trial_at_any_price() -> None:
    people = draw_people(80, seed=31).assign(buy_cheap=5, buy_expensive=2)
    result = estimate_price_sensitivity(people, n_boot=40, seed=2)
    assert result.prices_asked.tolist() == np.unique(people[list(ANSWERS)]).tolist()
    wanted = np.array([0.0, 23.4, 61.7, 88.8, 1e6])
    shares, draws = result.demand_at(wanted)
    each = trial_of_each(people[list(ANSWERS)].to_numpy(), np.tile([0.7, 0.1], (80, 1)), wanted)
    assert shares == pytest.approx(each.mean(axis=0))
    counts = bootstrap_people(range(80), n_boot=40, seed=2)
    assert draws == pytest.approx(counts @ each / counts.sum(axis=1, keepdims=True))
    assert shares[[0, -1]].tolist() == [0, 0]


def test_demand_of_many_different_answers_is_close_to_trial() -> None:
    people = draw_people(400, seed=32)
    result = estimate_price_sensitivity(people, intents=(0.6, 0.2), n_boot=20)
    wanted = np.linspace(20, 120, 41)
    each = trial_of_each(people.to_numpy(), np.tile([0.6, 0.2], (400, 1)), wanted)
    assert result.demand_at(wanted)[0] == pytest.approx(each.mean(axis=0), abs=2e-3)


def test_demand_needs_intentions_and_says_how_to_get_it() -> None:
    people = draw_people(40, seed=33)
    with pytest.raises(
        DataError, match="price_sensitivity has no demand: ask buy_cheap and buy_expensive, or give int"
    ):
        estimate_price_sensitivity(people, n_boot=10).demand_at(np.array([50.0]))
    for prices in ("abc", [[1.0]]):
        with pytest.raises(ParameterError, match="give numbers in a row, money per unit"):
            estimate_price_sensitivity(people, intents=(0.7, 0.3), n_boot=10).demand_at(prices)  # type: ignore[arg-type]
    few = people.assign(buy_cheap=[5.0] * 9 + [np.nan] * 31, buy_expensive=2.0)
    with pytest.raises(DataError, match=r"^Not enough data for trial and revenue: 9 people gave valid prices"):
        estimate_price_sensitivity(few, n_boot=10).demand_at(np.array([50.0]))


def test_groups_are_estimated_alone_and_everybody_stays_the_same() -> None:
    people = draw_people(120, seed=34).assign(
        respondent_id=[f"r{number}" for number in range(120)],
        weight=np.arange(120) % 3 + 1.0,
        buy_cheap=5,
        buy_expensive=2,
    )
    people.loc[people.index % 2 == 1, list(ANSWERS)] *= 2
    people.loc[:3, "too_cheap"] = 1e6
    labels = pd.Series(["thrifty", "generous"] * 60, index=people["respondent_id"], dtype="category")
    by = Partition(labels=labels, scheme="halves")
    arguments = {"method": "step", "ties": "mean", "n_boot": 60, "level": 0.9, "seed": 3}
    result = estimate_price_sensitivity(people, by=by, **arguments)
    without = estimate_price_sensitivity(people, **arguments)
    pd.testing.assert_frame_equal(result.table, without.table)
    assert str(result.headline) == str(without.headline)
    assert without.groups is None
    assert result.groups is not None
    assert result.groups.table.columns.tolist() == ["group", "n", "point", "price", "low", "high"]
    assert result.groups.table.groupby("group")["n"].first().to_dict() == {"generous": 58, "thrifty": 58}
    alone = estimate_price_sensitivity(people[people.index % 2 == 1], **arguments)
    group = result.groups.results["generous"]
    pd.testing.assert_frame_equal(group.table, alone.table)
    pd.testing.assert_frame_equal(group.trial, alone.trial)


def test_groups_need_no_ids_and_sensitive_ones_are_refused() -> None:
    people = draw_people(40, seed=35)
    by = Partition(
        labels=pd.Series(["a", "b"] * 20, dtype="category"), scheme="age", made_from=("age",), sensitive=("age",)
    )
    with pytest.raises(ParameterError, match="made from age, marked as sensitive"):
        estimate_price_sensitivity(people, by=by, n_boot=10)
    allowed = estimate_price_sensitivity(people, by=by, allow_sensitive=True, n_boot=10).groups
    assert allowed is not None
    assert points(allowed.results["b"]) == pytest.approx(
        points(estimate_price_sensitivity(people.iloc[1::2], n_boot=10))
    )


def test_missing_ids_are_named(twelve: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=r"price_sensitivity: respondent_id is empty in 1 rows. Say who answered"):
        estimate_price_sensitivity(twelve.assign(respondent_id=["a"] * 11 + [None]))


def test_weights_and_trial_cost_no_more_than_they_should() -> None:
    people = draw_people(1000, seed=36, step=0.5)
    people = people.assign(weight=np.random.default_rng(0).uniform(0.5, 2, 1000), buy_cheap=5, buy_expensive=2)
    spent = []
    for _ in range(3):
        start = time.process_time()
        estimate_price_sensitivity(people, n_boot=1000)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.3
