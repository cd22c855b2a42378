"""Latent classes with bad input, with doubts, and on the sample lines."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.willingness_to_pay import ClassChoiceModel
from cvlab.analyses.willingness_to_pay.choosing.class_names import name_classes
from cvlab.errors import DataError, ParameterError
from tests.analyses.willingness_to_pay.choosing.class_choice.cases import TASTES, draw_tasks, fit

# Bad input and doubt


def test_a_class_that_does_not_mind_the_price_has_no_worth() -> None:
    tastes = TASTES.copy()
    tastes[2] = (0.0, 0.0, 2.0, 0.03, -1.0)
    model = fit(draw_tasks(seed=3, tastes=tastes), n_classes=3)
    name = "class 3: not led by price"
    assert model.membership.names[2] == name
    rows = model.table[model.table["class"] == name]
    assert rows["estimate"].isna().all()
    assert rows["share"].notna().all()
    note = f"In {name}, a higher price made offers no less likely to be chosen: willingness to pay is undefined."
    assert note in model.notes
    worth = model.willingness_to_pay()
    assert any(note.startswith("The mean leaves out 2") for note in worth.notes)
    assert worth.table["estimate"].notna().all()
    assert model.individuals.notna().all(axis=None)


def test_a_price_that_may_weigh_nothing_leaves_headlines_open() -> None:
    unsure = TASTES[:2].copy()
    unsure[0, 3] = -0.003
    model = fit(draw_tasks(60, seed=3, tastes=unsure, shares=np.array([0.7, 0.3])), n_classes=2, n_starts=4)
    weight = model.weights[model.weights["attribute"] == "price"].iloc[0]
    assert weight["estimate"] < 0 < weight["high"]
    for headline in (model.headline, model.willingness_to_pay().headline):
        assert not headline.answered
        assert "is so uncertain that it could be nothing" in str(headline)


def test_nobody_minds_the_price() -> None:
    tastes = TASTES.copy()
    tastes[:, 3] = 0.03
    tastes[:, 4] = 1.0
    model = fit(draw_tasks(seed=3, tastes=tastes), n_classes=2)
    assert model.table["estimate"].isna().all()
    assert not model.headline.answered
    worth = model.willingness_to_pay()
    assert not worth.headline.answered
    assert "in no class did a higher price make an offer less likely" in str(worth.headline)
    assert model.individuals.isna().all(axis=None)


def test_an_attribute_that_separates_a_class_is_held_and_said() -> None:
    tastes = TASTES.copy()
    tastes[0, 0] = 40.0  # the first class never takes an offer without gps
    model = fit(draw_tasks(seed=5, tastes=tastes), n_classes=3)
    assert np.isfinite(model.weights["estimate"]).all()
    assert any(note.startswith("In class 1: gps, hardly a choice goes against gps") for note in model.notes)


def test_too_few_people_are_said_and_not_shown(offers: pd.DataFrame) -> None:
    model = fit(draw_tasks(8, seed=7, n_tasks=30), n_classes=[1, 2])
    assert not model.enough
    assert not model.headline.answered
    assert "at least 10 are needed" in str(model.headline)
    for table in (model.weights, model.table, model.willingness_to_pay().table):
        assert table["estimate"].isna().all()
    assert model.individuals.isna().all(axis=None)
    assert model.shares(offers).table["share"].isna().all()
    assert model.elasticities(offers).table["elasticity"].isna().all()
    estimate, draws = model.demand_at([60.0], offers=offers, vary="guide")
    assert np.isnan(estimate).all()
    assert np.isnan(draws).all()


def test_what_one_person_chose_is_not_told(offers: pd.DataFrame) -> None:
    tasks = draw_tasks(1, seed=7, n_tasks=10, shares=np.array([1.0]))
    never = tasks.assign(chosen=(tasks["alternative"] == "none").astype(int))
    model = fit(never)
    assert not model.headline.answered
    assert math.isnan(model.log_likelihood)
    assert model.shares(offers).table[["share", "low", "high"]].isna().all(axis=None)
    assert not model.willingness_to_pay().headline.answered


def test_one_start_may_be_too_few(tasks: pd.DataFrame) -> None:
    model = fit(draw_tasks(60, seed=11, n_tasks=4), n_classes=5, n_starts=12)
    row = model.criteria.iloc[0]
    assert row["starts"] == 12
    said = any("starts found the best solution: there may be a better one" in note for note in model.notes)
    assert said == (row["agreed"] <= 1.2)


def test_arguments_are_checked(tasks: pd.DataFrame) -> None:
    for changes, message in (
        ({"n_classes": 0}, "n_classes is 0: give a whole number of at least 1"),
        ({"n_classes": []}, "n_classes is empty: give a number of classes"),
        ({"n_starts": 0}, "n_starts is 0"),
        ({"workers": 0}, "workers is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"level": 95}, "level is 95: give a share"),
        ({"smallest_group": 0}, "smallest_group is 0"),
    ):
        with pytest.raises(ParameterError, match=message):
            fit(tasks, **changes)


def test_bad_tables_are_refused(tasks: pd.DataFrame) -> None:
    eight = tasks["respondent_id"].isin(tasks["respondent_id"].unique()[[0, 1, 2, 80, 81, 130, 131, 132]])
    with pytest.raises(DataError, match="9 classes cannot be told apart among 8 people"):
        fit(tasks[eight], n_classes=9, smallest_group=8)
    uneven = tasks.assign(weight=np.where((tasks["respondent_id"] == "r0003") & (tasks["task"] == 2), 2.0, 1.0))
    with pytest.raises(DataError, match=r"weights differ between the tasks of one person \(first: r0003\)"):
        fit(uneven, n_classes=2)
    with pytest.raises(DataError, match=r"the price \(price\) never varies"):
        fit(tasks.assign(price=np.where(tasks["price"].isna(), np.nan, 80.0)), n_classes=2)
    with pytest.raises(DataError, match="without a chosen alternative"):
        fit(tasks.assign(chosen=0), n_classes=2)
    separated = tasks.assign(gps=np.where(tasks["alternative"] == "none", np.nan, tasks["chosen"]))
    with pytest.raises(DataError, match="gps separates the choices perfectly"):
        fit(separated, n_classes=2)


@pytest.mark.parametrize(
    ("worth", "expected"),
    [
        # gps, battery, strap (metal against a band), staying out
        ([[50, 0, 0, -70], [0, 0, 60, -70]], ("gps", "strap metal")),
        ([[0, 0, 60, -70], [0, 0, 5, -40]], ("strap metal", "less for strap")),
        ([[-40, 0, 0, -70], [30, 0, 0, -80]], ("against gps", "gps")),
        ([[-2, 0, 0, -70], [-60, 0, 0, -70]], ("less against gps", "against gps")),
        ([[10, 1, 5, -90], [10, 1, 5, -30]], ("declines less", "declines more")),
        ([[10, 1, 5, -90], [10, 1, 5, -90]], ("like most", "like most")),
        ([[10, 1, 5, -90], [np.nan] * 4], ("like most", "not led by price")),
    ],
)
def test_classes_are_named_for_what_marks_them(
    model: ClassChoiceModel, worth: list[list[float]], expected: tuple[str, ...]
) -> None:
    names = name_classes(np.array(worth, dtype=float), np.array([0.6, 0.4]), model.choices)
    assert names == tuple(f"class {number}: {name}" for number, name in enumerate(expected, start=1))


# Sample lines


def read_sample(checkout: Path, line: str) -> tuple[pd.DataFrame, dict[str, float]]:
    folder = checkout / "data/sample" / line
    truths = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["truths"]
    return pd.read_csv(folder / "choice_tasks.csv"), {truth["key"]: truth["value"] for truth in truths}


def assert_means_hold(model: ClassChoiceModel, truths: dict[str, float]) -> None:
    table = model.willingness_to_pay().table.set_index("attribute")
    for name in table.index.drop("none"):
        truth = truths[f"willingness_to_pay.mean_stated.{name}"]
        assert table.loc[name, "low"] < truth < table.loc[name, "high"], name


def test_benefit_clusters_of_the_fitness_trackers_are_found(checkout: Path) -> None:
    tasks, truths = read_sample(checkout, "fitness-trackers")
    attributes = ["gps", "heart_alerts", "battery_days", "strap"]
    model = fit(tasks, attributes=attributes, n_classes=range(1, 6), level=0.999)
    assert model.n_classes == truths["segmentation.n_clusters"] == 3
    assert model.membership.names == ("class 1: heart alerts", "class 2: gps", "class 3: strap metal")
    for name, cluster in zip(model.membership.names, ("health", "athletes", "style"), strict=True):
        size = model.sizes.set_index("class").loc[name]
        assert size["low"] < truths[f"segmentation.cluster_share.{cluster}"] < size["high"]
    real = {"gps": (5, 80, 5), "heart_alerts": (80, 5, 5), "battery_days": (2, 2, 2), "strap: silicone": (-2, -2, -80)}
    worth = model.table.set_index(["attribute", "class"])
    for attribute, amounts in real.items():
        for name, amount in zip(model.membership.names, amounts, strict=True):
            row = worth.loc[(attribute, name)]
            assert row["low"] < truths["willingness_to_pay.stated_per_real"] * amount < row["high"], (attribute, name)
    assert_means_hold(model, truths)


def test_classes_of_the_salons_are_said_to_cut_a_continuum(checkout: Path) -> None:
    tasks, truths = read_sample(checkout, "salon-software")
    attributes = ["messages", "two_way_replies", "channel"]
    model = fit(tasks, attributes=attributes, n_classes=range(1, 4), level=0.999)
    assert any("the classes may cut a continuum of tastes" in note for note in model.notes)
    assert_means_hold(model, truths)
