"""What follows from classes: willingness to pay, shares, elasticities, demand and membership."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special
from scipy.stats import norm

from cvlab.analyses.common import Partition, wilson_interval
from cvlab.analyses.willingness_to_pay import ClassChoiceModel
from cvlab.analyses.willingness_to_pay.choosing.class_groups import measure_group_classes
from cvlab.errors import ParameterError
from cvlab.units import write_number
from tests.analyses.willingness_to_pay.choosing.class_choice.cases import SHARES, TASTES, draw_tasks, fit


def test_shares_mix_the_classes(model: ClassChoiceModel, offers: pd.DataFrame) -> None:
    shares = model.shares(offers)
    columns = np.array([[0, 7, 0, 60, 0], [1, 7, 0, 90, 0], [0, 0, 0, 0, 1.0]])
    order = [model.coding.names.index(name) for name in ("gps", "battery_days", "strap: metal", "price", "none")]
    utility = columns @ model.parameters.weights[:, order].T
    expected = special.softmax(utility, axis=0) @ model.parameters.shares
    table = shares.table.set_index("alternative")
    assert table.loc[["plain", "guide", "none"], "share"].to_numpy() == pytest.approx(expected)
    assert (table["low"] < table["share"]).all()
    assert (table["share"] < table["high"]).all()
    true = special.softmax(columns @ TASTES.T, axis=0) @ SHARES
    assert ((table["low"] < true) & (true < table["high"])).all()


def test_elasticities_are_the_derivatives_of_shares(model: ClassChoiceModel, offers: pd.DataFrame) -> None:
    table = model.elasticities(offers).table.set_index(["alternative", "price_of"])
    step = 1e-5
    base = model.shares(offers, n_draws=2).table.set_index("alternative")["share"]
    dearer = offers.assign(price=offers["price"] * np.where(offers["alternative"] == "guide", 1 + step, 1.0))
    moved = model.shares(dearer, n_draws=2).table.set_index("alternative")["share"]
    for name in ("plain", "guide", "none"):
        row = table.loc[(name, "guide")]
        assert row["elasticity"] == pytest.approx((moved[name] / base[name] - 1) / step, rel=1e-3)
        assert row["low"] < row["elasticity"] < row["high"]
    # Those who liked the guide are not of the kind that likes the plain one: no equal shifts.
    assert table.loc[("plain", "guide"), "elasticity"] != pytest.approx(table.loc[("none", "guide"), "elasticity"])


def test_demand_falls_with_the_price_and_draws_are_paired(model: ClassChoiceModel, offers: pd.DataFrame) -> None:
    assert model.prices_asked.tolist() == [60, 80, 100, 120]
    estimate, draws = model.demand_at(model.prices_asked, offers=offers, vary="guide", n_draws=200)
    assert draws.shape == (200, 4)
    assert (np.diff(estimate) < 0).all()
    assert (np.diff(draws, axis=1) < 0).all()
    table = model.shares(offers.assign(price=[60, 80]), n_draws=2).table.set_index("alternative")
    assert estimate[1] == pytest.approx(table.loc["guide", "share"])
    with pytest.raises(ParameterError, match="vary is 'other'"):
        model.demand_at([60.0], offers=offers, vary="other")


def test_headline_speaks_of_the_largest_class(model: ClassChoiceModel) -> None:
    found = model.table.set_index(["class", "attribute"]).loc[("class 1: gps", "gps")]
    headline = model.headline
    assert (headline.value, headline.low, headline.high) == pytest.approx(
        (found["estimate"], found["low"], found["high"])
    )
    written = str(headline)
    share = write_number(model.sizes["share"].iloc[0], "share")
    began = f"The largest of 3 classes by what they would pay holds {share} of people. They would pay most for gps: €"
    assert written.startswith(began)
    assert written.endswith(f", {model.membership.sizes.iloc[0]} people).")


def test_groups_count_the_classes(tasks: pd.DataFrame, model: ClassChoiceModel) -> None:
    people = pd.Index(sorted(tasks["respondent_id"].unique()), name="respondent_id")
    first = pd.Series(np.where(np.arange(150) < 75, "north", "south"), index=people, dtype="category")
    grouped = fit(tasks, n_classes=3, by=Partition(labels=first, scheme="region")).groups
    assert grouped is not None
    table = grouped.table.set_index(["group", "class"])
    assert list(grouped.table.columns) == ["group", "n", "class", "share", "low", "high"]
    assert table.loc[("north", "class 1: gps"), "share"] > 0.97
    assert table.loc[("south", "class 2: battery days"), "share"] == pytest.approx(0.6, abs=0.03)
    assert (table["low"] <= table["share"]).all()
    assert (table["share"] <= table["high"]).all()
    assert grouped.table.groupby("group")["share"].sum().tolist() == pytest.approx([1, 1])
    assert table.loc[("south", "class 2: battery days"), "low"] > 0.4
    sensitive = Partition(labels=first, scheme="age", made_from=("age",), sensitive=("age",))
    with pytest.raises(ParameterError, match="allow_sensitive=True"):
        fit(tasks, n_classes=1, by=sensitive)
    assert fit(tasks, n_classes=1, by=sensitive, allow_sensitive=True).groups is not None
    assert model.groups is None


def test_unsure_people_do_not_pull_groups_together() -> None:
    tasks = draw_tasks(300, seed=8, n_tasks=2, tastes=TASTES[:2] * 0.7, shares=np.array([0.5, 0.5]))
    people = pd.Index(sorted(tasks["respondent_id"].unique()), name="respondent_id")
    half = pd.Series(np.where(np.arange(300) < 150, "first", "second"), index=people, dtype="category")
    model = fit(tasks, n_classes=2, by=Partition(labels=half, scheme="halves"))
    chances = model.membership.probabilities
    assert chances is not None
    name = max(model.membership.names, key=lambda each: chances[each].iloc[:150].mean())
    assert model.groups is not None
    share = model.groups.table.set_index(["group", "class"]).loc[("first", name)]
    told = chances[name].iloc[:150].mean()
    assert told < 0.97
    assert share["share"] > told + 0.015
    # Unsure people count for less than a person each.
    certain, _ = wilson_interval(150 * share["share"], 150)
    assert share["low"] < certain


def test_shares_of_groups_are_the_likeliest_where_classes_differ_in_size() -> None:
    random = np.random.default_rng(4)
    shares = np.array([0.7, 0.3])
    of_second = random.random(400) < 0.3
    signal = random.normal(np.where(of_second, 1.0, -1.0))
    likelihood = norm.pdf(signal[:, None], loc=[-1.0, 1.0])
    joint = likelihood * shares
    people = pd.RangeIndex(400, name="respondent_id")
    chances = pd.DataFrame(joint / joint.sum(axis=1, keepdims=True), index=people, columns=["first", "second"])
    side = pd.Series(np.where(np.arange(400) < 200, "left", "right"), index=people, dtype="category")
    by = Partition(labels=side, scheme="sides")
    found = measure_group_classes(
        chances, shares, np.ones(400), by, level=0.95, smallest_group=10, allow_sensitive=False
    )
    assert found is not None
    likeliest = optimize.minimize_scalar(
        lambda share: -np.log(likelihood[:200] @ [1 - share, share]).sum(), bounds=(0, 1), method="bounded"
    ).x
    row = found.table.set_index(["group", "class"]).loc[("left", "second")]
    assert row["share"] == pytest.approx(likeliest, abs=1e-4)
