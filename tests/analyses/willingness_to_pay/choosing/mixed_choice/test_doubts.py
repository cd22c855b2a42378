"""The mixed logit with too few people, in groups, its notes and its messages."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.common import Partition
from cvlab.analyses.willingness_to_pay import MixedChoiceModel
from cvlab.errors import DataError, ParameterError
from tests.analyses.willingness_to_pay.choosing.mixed_choice.cases import BOTH, draw_tasks, fit, read

# Too few, groups


def test_too_few_people_are_not_shown(offers: pd.DataFrame) -> None:
    few = draw_tasks(6, n_tasks=10, seed=5)
    model = fit(few)
    assert model.table["estimate"].isna().all()
    assert math.isnan(model.log_likelihood)
    assert "6 people chose, and at least 10 are needed" in str(model.headline)
    assert "6 people chose" in str(model.willingness_to_pay().headline)
    assert model.individuals.isna().all(axis=None)
    assert model.shares(offers).table["share"].isna().all()
    assert model.elasticities(offers).table["elasticity"].isna().all()
    assert all(np.isnan(part).all() for part in model.demand_at(np.array([5.0]), offers=offers, vary="pro"))
    shown = fit(few, smallest_group=2)
    assert shown.headline.answered
    assert any(note.startswith("6 people are few") for note in shown.notes)


def test_what_one_person_chose_is_not_told(offers: pd.DataFrame) -> None:
    tasks = draw_tasks(1, seed=7)
    model = fit(tasks.assign(chosen=(tasks["alternative"] == "none").astype(int)), n_draws=40)
    assert not model.headline.answered
    assert model.parameters.isna().all()
    assert model.covariance.isna().all(axis=None)
    assert model.shares(offers).table[["share", "low", "high"]].isna().all(axis=None)
    assert model.elasticities(offers).table[["elasticity", "low", "high"]].isna().all(axis=None)
    assert model.individuals.isna().all(axis=None)


def test_groups_are_fitted_apart_and_leave_the_whole_as_it_is(model: MixedChoiceModel, tasks: pd.DataFrame) -> None:
    people = pd.Index(sorted(tasks["respondent_id"].unique()), name="respondent_id")
    labels = pd.Series(np.where(np.arange(80) < 40, "young", "old"), index=people, dtype="category")
    split = Partition(labels=labels, scheme="age", made_from=("age",))
    grouped = fit(tasks, n_starts=3, by=split)
    pd.testing.assert_frame_equal(grouped.table, model.table)
    assert grouped.groups is not None
    assert grouped.groups.table.groupby("group", observed=True)["n"].first().to_dict() == {"old": 40, "young": 40}
    assert list(grouped.groups.table.columns[2:]) == list(model.table.columns)
    own = fit(tasks[tasks["respondent_id"].isin(people[:40])], n_starts=3)
    pd.testing.assert_frame_equal(grouped.groups.results["young"].table, own.table)
    with pytest.raises(ParameterError, match="marked as sensitive"):
        fit(tasks, by=Partition(labels=labels, scheme="age", made_from=("age",), sensitive=("age",)))


# Notes and messages


def test_notes_say_what_differs_and_what_to_doubt(tasks: pd.DataFrame, model: MixedChoiceModel) -> None:
    assert (
        "Between people differ: battery (normal), screen: oled (normal); everything else weighs the same for everybody."
        in model.notes
    )
    assert "screen is compared with lcd." in model.notes
    signed = fit(tasks, random={"battery": "log-normal", "price": "log-normal"}, n_draws=20, correlated=True)
    assert any(
        "battery (log-normal, liked by everybody), price (log-normal, disliked by everybody), correlated" in note
        for note in signed.notes
    )
    single = tasks[tasks["task"] == 0]
    assert any(note.startswith("Everybody answered one task only") for note in fit(single, n_draws=20).notes)
    rough = fit(draw_tasks(40, n_tasks=12, seed=6), random={**BOTH, "none": "normal"}, n_draws=20)
    assert any("of 20 draws well: simulate with more draws" in note for note in rough.notes)


def test_headline_speaks_of_a_typical_person(model: MixedChoiceModel, tasks: pd.DataFrame) -> None:
    step = 0.1 * tasks["price"].mean()
    assert model.headline.value == pytest.approx(math.expm1(step * read(model)[("price", "weight")]))
    assert "for the person in the middle" not in str(model.headline)
    spread = fit(tasks, random={**BOTH, "price": "log-normal"}, n_draws=40)
    middle = -math.exp(read(spread)[("price", "mean of logarithm")])
    assert spread.headline.value == pytest.approx(math.expm1(step * middle))
    assert spread.headline.low < spread.headline.value < spread.headline.high
    assert "for the person in the middle" in str(spread.headline)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"random": {"weight_of_it": "normal"}}, r"random: 'weight_of_it' is no attribute, price or constant of the"),
        ({"random": {"battery": "uniform"}}, "random: 'battery' is 'uniform': give one of 'normal', 'log-normal'"),
        ({"random": {}}, "random names nothing that differs between people"),
        ({"random": {"price": "normal"}, "space": "wtp"}, "random gives price a normal distribution, but in the space"),
        ({"space": "money"}, "space is 'money': give one of 'preference', 'wtp'"),
        ({"draws": "random"}, "draws is 'random': give one of 'sobol', 'halton'"),
        ({"n_draws": 5}, "n_draws is 5: give a whole number of at least 20"),
        ({"n_starts": 0}, "n_starts is 0"),
        ({"workers": 0}, "workers is 0"),
        ({"level": 95}, "level is 95"),
    ],
)
def test_bad_arguments_are_named(tasks: pd.DataFrame, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match="^" + message):
        fit(tasks, **change)


def test_one_respondent_says_nothing_about_differences(tasks: pd.DataFrame) -> None:
    one = draw_tasks(1, n_tasks=40, seed=3)
    with pytest.raises(DataError, match=r"one respondent made all choices.*Use estimate_choice, or ask more people"):
        fit(one, smallest_group=1)
    assert not fit(one).headline.answered


def test_bad_likelihood_arguments_are_named(model: MixedChoiceModel) -> None:
    with pytest.raises(ParameterError, match=r"parameters has shape \(2,\): the model has 6 of them"):
        model.simulate_log_likelihood(np.zeros(2))
    with pytest.raises(ParameterError, match=r"give respondents × random columns × draws, 80 × 2 × any number"):
        model.simulate_log_likelihood(model.parameters, np.zeros((80, 3, 4)))
    with pytest.raises(ParameterError, match="interval is 'bootstrap'"):
        model.willingness_to_pay(interval="bootstrap")
