"""Values of rungs: they are what the model says, carry the factor's doubt, and draws beat means of individuals."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.common import Headline
from cvlab.analyses.value_ladder import measure_ladder
from cvlab.analyses.willingness_to_pay import (
    IndividualChoiceModel,
    estimate_individual_choice,
    measure_reservation,
)
from cvlab.analyses.willingness_to_pay.choosing import individual_sampler
from cvlab.errors import DataError, ParameterError

SCALE = 0.15
PEOPLE = 160
RUNGS = pd.DataFrame(
    {"rung": ["good", "better", "best"], "price": [55.0, 85.0, 120.0], "unit_cost": [20.0, 28.0, 35.0]}
)
FEATURES = pd.DataFrame(
    {
        "rung": ["better", "best", "best", "best"],
        "feature": ["gps", "gps", "screen", "battery_days"],
        "level": [1, 1, "oled", 2],
    }
)


def draw_people(n: int, seed: int) -> pd.DataFrame:
    """People who differ much: a few choices say little about one of them."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "base": random.normal(60, 25, n),
            "gps": random.normal(30, 25, n),
            "oled": random.normal(15, 20, n),
            "day": random.normal(8, 6, n),
        }
    )


def draw_tasks(people: pd.DataFrame, *, n_tasks: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    shape = (len(people), n_tasks, 2)
    gps, oled, days = (random.integers(0, top, shape) for top in (2, 2, 3))
    price = random.choice([39.0, 69.0, 99.0, 139.0], shape)
    worth = {name: people[name].to_numpy()[:, None, None] for name in people}
    value = worth["base"] + worth["gps"] * gps + worth["oled"] * oled + worth["day"] * days - price
    utility = np.concatenate([SCALE * value, np.zeros((*shape[:2], 1))], axis=2) + random.gumbel(size=(*shape[:2], 3))
    pick = utility.argmax(axis=2)
    person, task, offer = (part.ravel() for part in np.indices((*shape[:2], 3)))
    inside, at = offer < 2, (person, task, np.minimum(offer, 1))
    return pd.DataFrame(
        {
            "respondent_id": person,
            "task": task,
            "alternative": np.array(["a", "b", "none"])[offer],
            "gps": np.where(inside, gps[at], np.nan),
            "screen": pd.Series(np.where(oled[at] == 1, "oled", "lcd")).where(inside),
            "battery_days": np.where(inside, days[at], np.nan),
            "price": np.where(inside, price[at], np.nan),
            "chosen": (pick[person, task] == offer).astype(int),
        }
    )


def true_values(people: pd.DataFrame) -> pd.DataFrame:
    good = people["base"]
    better = good + people["gps"]
    return pd.DataFrame({"good": good, "better": better, "best": better + people["oled"] + 2 * people["day"]})


def fit(tasks: pd.DataFrame, **changes: Any) -> IndividualChoiceModel:
    arguments = {
        "attributes": ["gps", "screen", "battery_days"],
        "price": "price",
        "outside": "none",
        "n_draws": 150,
        "time_limit": 60.0,
        **changes,
    }
    return estimate_individual_choice(tasks, **arguments)


@pytest.fixture(scope="module", autouse=True)
def one_look() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(individual_sampler, "is_settled", lambda _: True)
        patch.setattr(individual_sampler, "WARM_UP", 150)
        yield


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return draw_people(PEOPLE, 4)


@pytest.fixture(scope="module")
def model(people: pd.DataFrame) -> IndividualChoiceModel:
    return fit(draw_tasks(people, n_tasks=6, seed=5), n_draws=200)


def test_values_are_utility_over_the_weight_of_money(model: IndividualChoiceModel) -> None:
    result = measure_reservation(model, RUNGS, FEATURES, n_draws=50)
    values = result.rung_values
    assert list(values.columns) == ["respondent_id", "draw", "good", "better", "best", "weight"]
    assert len(values) == PEOPLE * 50
    assert values.groupby("respondent_id")["weight"].sum().to_numpy() == pytest.approx(np.ones(PEOPLE))
    names = list(model.coding.names)
    kept = np.linspace(0, model.draws.shape[1] - 1, 50).round().astype(int)
    drawn = model.draws[7, kept]
    price, out = drawn[:, names.index("price")], drawn[:, names.index("none")]
    shown = {"gps": 1.0, "screen: oled": 1.0, "battery_days": 2.0}
    utility = sum(level * drawn[:, names.index(name)] for name, level in shown.items())
    person = values[values["respondent_id"] == 7]
    assert person["draw"].tolist() == list(range(1, 51))
    assert person["best"].to_numpy() == pytest.approx(-(utility - out) / price)
    assert person["good"].to_numpy() == pytest.approx(out / price)


def test_the_table_sums_up_all_people_and_draws(model: IndividualChoiceModel, people: pd.DataFrame) -> None:
    result = measure_reservation(model, RUNGS, FEATURES)
    table, truth = result.table.set_index("rung"), true_values(people)
    for rung in truth:
        values = result.rung_values[rung]
        assert table.loc[rung, "mean"] == pytest.approx(values.mean())
        assert table.loc[rung, "p50"] == pytest.approx(values.median(), abs=0.5)
        assert table.loc[rung, "low"] < truth[rung].mean() < table.loc[rung, "high"]
        assert table.loc[rung, "n"] == PEOPLE
        wide = table.loc[rung, "p90"] - table.loc[rung, "p10"]
        assert wide == pytest.approx(np.ptp(np.quantile(truth[rung], [0.1, 0.9])), rel=0.35)
    assert str(result.headline).startswith("Half of the people would pay €")
    assert "or more for best (95% interval" in str(result.headline)
    assert result.headline.value == pytest.approx(table.loc["best", "p50"], rel=0.02)


def test_draws_tell_what_a_ladder_does_and_means_of_individuals_do_not() -> None:
    """Means of individuals look alike; they promise too much at a price that most would pay, on average."""
    errors: dict[str, list[float]] = {"draws": [], "means": []}
    for seed in range(2):
        people = draw_people(300, 100 + seed)
        model = fit(draw_tasks(people, n_tasks=4, seed=200 + seed), n_draws=150)
        drawn = measure_reservation(model, RUNGS, FEATURES).rung_values
        means = drawn.groupby("respondent_id", as_index=False)[RUNGS["rung"].tolist()].mean()
        truth = true_values(people).assign(respondent_id=people.index)
        tables = {
            name: measure_ladder(RUNGS, values, n_boot=0).table.set_index("rung")
            for name, values in (("truth", truth), ("draws", drawn), ("means", means))
        }
        assert means["best"].std() < 0.9 * drawn["best"].std()
        for name, kept in errors.items():
            difference = tables[name]["share"] - tables["truth"]["share"]
            surplus = tables[name]["surplus"].sum() / tables["truth"]["surplus"].sum() - 1
            kept.append(float(np.abs(difference).sum() + abs(surplus)))
    assert np.mean(errors["draws"]) < 0.7 * np.mean(errors["means"])


def test_a_ladder_takes_them_as_they_are(model: IndividualChoiceModel) -> None:
    ladder = measure_ladder(RUNGS, measure_reservation(model, RUNGS, FEATURES, n_draws=40).rung_values, n_boot=50)
    assert ladder.headline.n == PEOPLE
    assert ladder.table["share"].sum() == pytest.approx(1)
    assert not any("left out" in note for note in ladder.notes)


def test_survey_weights_travel(people: pd.DataFrame) -> None:
    tasks = draw_tasks(people.head(40), n_tasks=5, seed=1)
    weight = np.where(tasks["respondent_id"] < 10, 4.0, 1.0)
    result = measure_reservation(fit(tasks.assign(weight=weight)), RUNGS, FEATURES, n_draws=20)
    sums = result.rung_values.groupby("respondent_id")["weight"].sum()
    assert sums.mean() == pytest.approx(1)
    assert sums[0] == pytest.approx(4 * sums[39])
    plain = measure_reservation(fit(tasks), RUNGS, FEATURES, n_draws=20)
    first = plain.rung_values["respondent_id"] < 10
    heavier = np.average(plain.rung_values["good"], weights=np.where(first, 4.0, 1.0))
    assert result.table.loc[0, "mean"] == pytest.approx(heavier)


def test_a_factor_divides_and_its_doubt_is_carried(model: IndividualChoiceModel) -> None:
    plain = measure_reservation(model, RUNGS, FEATURES).rung_values["best"].to_numpy().reshape(PEOPLE, 200)
    sure = measure_reservation(model, RUNGS, FEATURES, calibration=1.25)
    assert sure.rung_values["best"].to_numpy() == pytest.approx(plain.ravel() / 1.25)
    assert "Values are divided by 1.25: what is stated per what is real." in sure.notes
    unsure = measure_reservation(model, RUNGS, FEATURES, calibration=(1.25, 1.0, 1.5625))
    ratio = plain / unsure.rung_values["best"].to_numpy().reshape(PEOPLE, 200)
    assert ratio == pytest.approx(np.tile(ratio[0], (PEOPLE, 1)))  # the same for all people in a draw
    assert np.quantile(ratio[0], [0.025, 0.5, 0.975]) == pytest.approx([1.0, 1.25, 1.5625], rel=0.02)
    wide, narrow = (result.table.set_index("rung").loc["best"] for result in (unsure, sure))
    assert wide["high"] - wide["low"] > 1.5 * (narrow["high"] - narrow["low"])
    assert any("95% of its draws" in note for note in unsure.notes)


def test_a_factor_may_come_as_a_result_or_a_headline(model: IndividualChoiceModel) -> None:
    draws = np.exp(np.random.default_rng(0).normal(0.2, 0.1, 1000))
    headline = Headline(
        key="demo.factor", label="factor", value=1.2, low=1.0, high=1.5, n=9, unit="ratio", sentence="", draws=draws
    )
    by_result = measure_reservation(model, RUNGS, FEATURES, calibration=SimpleNamespace(factor=draws))
    by_headline = measure_reservation(model, RUNGS, FEATURES, calibration=headline)
    pd.testing.assert_frame_equal(by_result.rung_values, by_headline.rung_values)
    by_interval = measure_reservation(model, RUNGS, FEATURES, calibration=replace(headline, draws=None))
    assert by_interval.table.loc[2, "mean"] == pytest.approx(by_result.table.loc[2, "mean"], rel=0.05)


def test_outside_may_be_given_and_must_be_where_nobody_could_decline(people: pd.DataFrame) -> None:
    tasks = draw_tasks(people.head(60), n_tasks=8, seed=2)
    inside = tasks[tasks["alternative"] != "none"]
    inside = inside[inside.groupby(["respondent_id", "task"])["chosen"].transform("sum") == 1]
    forced = fit(inside, outside=None)
    with pytest.raises(ParameterError, match="outside is not given, and nobody could decline"):
        measure_reservation(forced, RUNGS, FEATURES)
    result = measure_reservation(forced, RUNGS, FEATURES, outside=-60.0, n_draws=10)
    assert (result.rung_values["good"] == 60).all()


def test_names_of_alternatives_are_features_where_they_have_a_worth(people: pd.DataFrame) -> None:
    tasks = draw_tasks(people.head(40), n_tasks=6, seed=3)
    model = fit(tasks, alternative_constants=True)
    features = pd.DataFrame({"rung": ["two"], "feature": ["alternative"], "level": ["b"]})
    values = measure_reservation(model, ["one", "two"], features, n_draws=30).rung_values
    place = [name for name in model.coding.names if name != "price"].index("b")
    kept = np.linspace(0, model.draws.shape[1] - 1, 30).round().astype(int)
    step = model.posterior.worth()[kept, :, place].T.ravel()
    assert (values["two"] - values["one"]).to_numpy() == pytest.approx(step)
    with pytest.raises(DataError, match="rung_features, alternative: zz has no constant in the model"):
        measure_reservation(model, ["one", "two"], features.assign(level="zz"))


def test_levels_beyond_what_was_shown_are_said(model: IndividualChoiceModel) -> None:
    features = pd.DataFrame({"rung": ["best"], "feature": ["battery_days"], "level": [9]})
    notes = measure_reservation(model, ["good", "best"], features, n_draws=5).notes
    assert notes == (
        "battery_days of best lies outside what was shown (0 to 2): its worth is a straight line continued.",
    )


def test_draws_that_had_not_settled_are_said(model: IndividualChoiceModel) -> None:
    notes = measure_reservation(replace(model, settled=False), RUNGS, FEATURES, n_draws=5).notes
    assert notes[0].startswith("The draws of the model had not settled")


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (FEATURES.drop(columns="level"), "rung_features lacks column level"),
        (FEATURES.replace({"rung": {"best": "bets"}}), r"unknown rungs bets \(known: good, better, best\)"),
        (FEATURES.replace({"feature": {"gps": "GPS"}}), r"unknown features GPS \(known: gps, screen, battery_days\)"),
        (pd.concat([FEATURES, FEATURES.head(1)]), r"a rung has a feature twice \(first: better, gps\)"),
        (FEATURES.assign(level=[1, 1, None, 2]), "level is empty in 1 rows"),
        (FEATURES.assign(level=[1, 1, "plasma", 2]), "column screen: plasma was never shown to the respondents"),
        (FEATURES.assign(level=[1, 1, "oled", "two"]), "battery_days: two is not a number"),
    ],
)
def test_bad_features_are_named(model: IndividualChoiceModel, features: pd.DataFrame, message: str) -> None:
    with pytest.raises(DataError, match=message):
        measure_reservation(model, RUNGS, features)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"calibration": 0}, "calibration is 0: give a number above 0"),
        ({"calibration": (1.2, 1.0)}, "calibration has 2 numbers"),
        ({"calibration": (1.2, 1.3, 1.4)}, "give low <= value <= high"),
        (
            {"calibration": SimpleNamespace(factor=np.array([1.0, -1.0]))},
            "calibration holds factors that are not above",
        ),
        ({"outside": math.nan}, "outside is nan: give a finite number"),
        ({"n_draws": 0}, "n_draws is 0"),
        ({"rungs": "good"}, "rungs holds no rungs"),
    ],
)
def test_bad_arguments_are_named(model: IndividualChoiceModel, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        measure_reservation(model, **{"rungs": RUNGS, "rung_features": FEATURES, **arguments})


def test_rungs_need_names_of_their_own(model: IndividualChoiceModel) -> None:
    for names in (["a", "a"], ["draw", "b"]):
        with pytest.raises(DataError, match="names occur twice or are one of respondent_id, draw, weight"):
            measure_reservation(model, names, FEATURES.assign(rung=names[1]))


def test_models_that_cannot_say_are_refused(people: pd.DataFrame) -> None:
    tasks = draw_tasks(people.head(30), n_tasks=5, seed=6)
    with pytest.raises(DataError, match="Not enough data: 5 people chose"):
        measure_reservation(fit(tasks[tasks["respondent_id"] < 5]), RUNGS, FEATURES)
    with pytest.raises(ParameterError, match="model: With a price coefficient of any sign"):
        measure_reservation(fit(tasks, space="preference", price_sign="free", n_draws=10), RUNGS, FEATURES)
