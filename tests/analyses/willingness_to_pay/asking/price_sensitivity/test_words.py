"""Van Westendorp with few people: caveats and messages."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.common import bootstrap_people
from cvlab.analyses.willingness_to_pay import estimate_price_sensitivity
from cvlab.analyses.willingness_to_pay.asking.price_curves import (
    ANSWERS,
)
from cvlab.errors import DataError, ParameterError
from tests.analyses.willingness_to_pay.asking.price_sensitivity.cases import draw_people, points


def test_one_respondent_is_not_enough_and_it_says_how_many_are() -> None:
    result = estimate_price_sensitivity(draw_people(1, seed=0))
    assert math.isnan(result.headline.value)
    assert result.table[["price", "low", "high"]].isna().all(axis=None)
    assert str(result.headline) == (
        "Not enough data: one person gave valid answers, and at least 10 are needed for price points that show no "
        "single person; about 30 would bring the interval to within 10.0% of the price."
    )


@pytest.mark.parametrize("n", [2, 5, 9])
def test_a_group_too_small_to_publish_shows_nobody_s_prices(n: int) -> None:
    asked = draw_people(n, seed=1).assign(buy_cheap=5, buy_expensive=2)
    result = estimate_price_sensitivity(asked)
    assert not result.headline.answered
    assert f"Not enough data: {n} people gave valid answers, and at least 10 are needed" in str(result.headline)
    assert result.table[["price", "low", "high"]].isna().all(axis=None)
    assert result.curves.empty
    assert result.draws.isna().all(axis=None)
    assert result.headline.draws is None
    assert result.trial is result.revenue is result.trial_points is None
    assert result.trial_notes == (
        f"Not enough data for trial and revenue: {n} people gave valid prices and purchase intentions, and at least 10 "
        "are needed.",
    )
    assert not any("€" in note for note in result.notes)


def test_the_smallest_group_can_be_set_but_five_are_needed_for_an_interval() -> None:
    assert estimate_price_sensitivity(draw_people(10, seed=1)).headline.answered
    assert not estimate_price_sensitivity(draw_people(10, seed=1), smallest_group=11).headline.answered
    assert estimate_price_sensitivity(draw_people(5, seed=1), smallest_group=2).headline.answered
    few = estimate_price_sensitivity(draw_people(4, seed=1), smallest_group=2)
    assert "at least 5 are needed" in str(few.headline)


def test_people_count_and_not_their_rows() -> None:
    asked = draw_people(12, seed=1).assign(respondent_id=[f"r{number // 3}" for number in range(12)])
    assert str(estimate_price_sensitivity(asked).headline).startswith("Not enough data: 4 people")


def test_trial_waits_for_enough_people_with_intentions() -> None:
    asked = draw_people(40, seed=1).assign(buy_cheap=5.0, buy_expensive=2.0)
    asked.loc[9:, "buy_cheap"] = np.nan
    result = estimate_price_sensitivity(asked)
    assert result.headline.answered
    assert result.trial is None
    assert "9 people gave valid prices and purchase intentions" in result.trial_notes[0]


def test_the_number_that_would_do_grows_with_the_spread() -> None:
    wide = pd.DataFrame({"too_cheap": [1, 10, 100, 400], "cheap": [2, 20, 200, 500]})
    wide = wide.assign(expensive=wide["cheap"] * 2, too_expensive=wide["cheap"] * 3)
    headline = estimate_price_sensitivity(wide).headline
    assert not headline.answered
    assert int(headline.words["needed"]) > 100


def test_few_people_get_an_interval_and_a_caveat(twelve: pd.DataFrame) -> None:
    result = estimate_price_sensitivity(twelve)
    assert result.headline.answered
    assert any(note.startswith("11 people are few") for note in result.notes)
    assert not any("are few" in note for note in estimate_price_sensitivity(draw_people(30, seed=1)).notes)


def test_headline_says_it_is_no_best_price_and_gives_the_range(twelve: pd.DataFrame) -> None:
    sentence = str(estimate_price_sensitivity(twelve, method="step").headline)
    assert sentence.startswith("As many people find €9.00 too cheap as find it too expensive (95% interval €")
    assert "is not the best price; prices from €7.00 to €15.00 are acceptable." in sentence
    assert not estimate_price_sensitivity(twelve, method="step").headline.decides


def test_notes_tell_of_weights_and_of_flat_stretches() -> None:
    people = draw_people(100, seed=14)
    notes = estimate_price_sensitivity(people.assign(weight=[1.0, 3.0] * 50)).notes
    assert "Weighted: 100 answers carry the information of 80 equal ones." in notes
    apart = pd.DataFrame([[1.0, 3, 6, 8], [2, 4, 7, 9]] * 5, columns=list(ANSWERS))
    result = estimate_price_sensitivity(apart, method="step")
    assert (
        'Every price from €2.00 to €7.00 fits the point "optimal" equally well; the lowest of them is taken, '
        "and the interval holds them all."
    ) in result.notes
    highest = " ".join(estimate_price_sensitivity(apart, method="step", ties="max").notes)
    assert 'from €2.00 to €7.00 fits the point "optimal" equally well; the highest of them is taken' in highest
    close = estimate_price_sensitivity(draw_people(200, seed=14))
    assert not any("equally well" in note for note in close.notes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"cheap": 1.0},
            "price_sensitivity has no valid row among 12: too cheap is not below cheap in 12. Each person's",
        ),
        ({"cheap": "nine"}, "price_sensitivity: cheap is not numeric"),
        ({"cheap": np.inf}, "price_sensitivity: cheap has infinite values"),
        ({"too_cheap": -1.0}, "price_sensitivity has no valid row among 12: a price is below 0 in 12"),
        ({"weight": 0.0}, "price_sensitivity, column weight: 12 weights are not above 0. Drop these people"),
        ({"weight": np.nan}, "price_sensitivity: weight has 12 missing values"),
        (
            {"buy_cheap": 9, "buy_expensive": 1},
            "price_sensitivity: 12 purchase intentions are not on the scale 1, 2, 3, 4, 5",
        ),
    ],
)
def test_bad_data_is_named(twelve: pd.DataFrame, change: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match="^" + message.replace("(", r"\(")):
        estimate_price_sensitivity(twelve.assign(**change))


def test_missing_columns_are_named_together(twelve: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="price_sensitivity lacks columns cheap, expensive"):
        estimate_price_sensitivity(twelve.drop(columns=["cheap", "expensive"]))
    with pytest.raises(DataError, match="price_sensitivity lacks column importance"):
        estimate_price_sensitivity(twelve, weights="importance")
    with pytest.raises(DataError, match="price_sensitivity has no rows"):
        estimate_price_sensitivity(twelve.head(0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "spline"}, "method is 'spline': give one of 'interpolated', 'step'"),
        ({"ties": "first"}, "ties is 'first': give one of"),
        ({"level": 95}, "level is 95: give a share between 0 and 1"),
        ({"n_boot": 1}, "n_boot is 1: give a whole number of at least 2"),
        ({"seed": -1}, "seed is -1: give a whole number of at least 0"),
        ({"seed": "x"}, "seed is 'x': give a whole number of at least 0"),
        ({"validate": "no"}, "validate is 'no': give one of True, False"),
        ({"weights": 7}, "weights is 7: give the name of a column"),
        ({"by": "region"}, "by is 'region': give a Partition of the people"),
        ({"by": pd.Series(["a"] * 12)}, "by is a Series: give a Partition of the people"),
        ({"intents": 5}, "intents is 5: give (0.7, 0.3) or {1: 0.0, 5: 0.7}"),
        ({"intents": {}}, "intents is {}: give (0.7, 0.3) or {1: 0.0, 5: 0.7}"),
        ({"intents": (0.3, 0.7)}, "intents is (0.3, 0.7), so that more would buy at the expensive price than at the"),
        ({"smallest_group": 0}, "smallest_group is 0: give a whole number"),
        ({"intents": (0.5, 2)}, "intents has 2: give shares from 0 to 1"),
        ({"intents": (0.5, 0.2, 0.1)}, "intents has 3 shares: give two"),
        ({"intents": {1: 0.1}}, "intents is a scale, but price_sensitivity lacks buy_cheap and buy_expensive"),
    ],
)
def test_bad_arguments_are_named(twelve: pd.DataFrame, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match="^" + re.escape(message)):
        estimate_price_sensitivity(twelve, **arguments)


def test_all_that_is_wrong_with_the_columns_comes_in_one_message(twelve: pd.DataFrame) -> None:
    answers = twelve.drop(columns="cheap").assign(
        too_cheap="five",
        expensive=np.inf,
        weight=0.0,
        respondent_id=["a"] * 11 + [None],
        buy_cheap=9,
        buy_expensive=1,
    )
    with pytest.raises(DataError) as raised:
        estimate_price_sensitivity(answers)
    first, *problems = str(raised.value).split("\n  ")
    assert first == "price_sensitivity cannot be used: 5 problems"
    beginnings = [
        "price_sensitivity lacks column cheap: it has",
        "price_sensitivity: too_cheap is not numeric; expensive has infinite values.",
        "price_sensitivity, column weight: 12 weights are not above 0.",
        "price_sensitivity: respondent_id is empty in 1 rows.",
        "price_sensitivity: 12 purchase intentions are not on the scale 1, 2, 3, 4, 5.",
    ]
    assert [problem.startswith(text) for problem, text in zip(problems, beginnings, strict=True)] == [True] * 5
    for bad in (None, [1], "x"):
        with pytest.raises(DataError, match="give a pandas DataFrame"):
            estimate_price_sensitivity(bad)  # type: ignore[arg-type]


def test_one_intention_of_two_is_no_trial_and_says_so() -> None:
    people = draw_people(40, seed=33)
    for there, missing in (("buy_cheap", "buy_expensive"), ("buy_expensive", "buy_cheap")):
        half = people.assign(**{there: 3})
        result = estimate_price_sensitivity(half, n_boot=10)
        assert result.trial is None
        assert result.trial_notes == (
            f"There is no trial and no revenue: price_sensitivity has {there} and lacks {missing}. Ask both, or give "
            "intents as a pair of shares such as (0.7, 0.3).",
        )
        with pytest.raises(DataError, match=f"^There is no trial and no revenue: price_sensitivity has {there}"):
            result.demand_at(np.array([50.0]))
        assert estimate_price_sensitivity(half, n_boot=10, intents=(0.7, 0.3)).trial is not None


@pytest.mark.parametrize("n", [26, 50, 60])
def test_answers_that_contradict_themselves_give_no_range(n: int) -> None:
    people = draw_people(100, seed=40)
    odd = people.copy()
    odd.loc[: n - 1, list(ANSWERS)] = people.loc[: n - 1, list(reversed(ANSWERS))].to_numpy()
    result = estimate_price_sensitivity(odd, validate=False, n_boot=50)
    prices = points(result)
    assert (prices["marginal cheapness"] > prices["marginal expensiveness"]) == (n == 60)
    assert str(result.headline).endswith(
        "is not the best price; the answers contradict themselves, so that they give no acceptable range."
    )
    assert result.notes[0].startswith(f"{n} of 100 answers do not ascend strictly and are kept as asked")
    assert str(estimate_price_sensitivity(odd, n_boot=50).headline).endswith(" are acceptable.")


def test_a_quarter_of_the_answers_may_be_misordered() -> None:
    people = draw_people(100, seed=40)
    odd = people.copy()
    odd.loc[:24, ["cheap", "expensive"]] = people.loc[:24, ["expensive", "cheap"]].to_numpy()
    result = estimate_price_sensitivity(odd, validate=False, n_boot=50)
    assert str(result.headline).endswith(" are acceptable.")


@pytest.mark.parametrize("method", ["interpolated", "step"])
def test_bands_are_those_of_reweighted_surveys(method: str) -> None:
    people = draw_people(60, seed=41, step=5.0).assign(weight=np.arange(60) % 3 + 1.0)
    result = estimate_price_sensitivity(people, n_boot=80, seed=4, level=0.9, method=method)
    samples = bootstrap_people(range(60), n_boot=80, seed=4) * people["weight"].to_numpy()
    assert result.bands["price"].tolist() == result.curves["price"].tolist()
    for answer in ANSWERS:
        at_or_below = people[answer].to_numpy()[:, None] <= result.bands["price"].to_numpy()
        shares = samples @ at_or_below / samples.sum(axis=1, keepdims=True)
        drawn = shares if "expensive" in answer else 1 - shares
        low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
        assert result.bands[f"{answer}_low"].to_numpy() == pytest.approx(low)
        assert result.bands[f"{answer}_high"].to_numpy() == pytest.approx(high)
    assert result.bands.columns.tolist()[:3] == ["price", "too_cheap_low", "too_cheap_high"]
    assert estimate_price_sensitivity(people.head(9)).bands.empty


def test_bands_of_many_different_answers_stand_at_some_of_the_prices() -> None:
    result = estimate_price_sensitivity(draw_people(300, seed=42), n_boot=200)
    assert len(result.bands) == 101
    assert result.bands["price"].iloc[[0, -1]].tolist() == result.curves["price"].iloc[[0, -1]].tolist()
    there = result.curves.set_index("price").loc[result.bands["price"]]
    for answer in ANSWERS:
        low, high = result.bands[f"{answer}_low"], result.bands[f"{answer}_high"]
        assert there[answer].reset_index(drop=True).between(low, high).mean() > 0.95
        assert (high - low).max() < 0.2
