"""How many classes there are: the number chosen, workers, and progress."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.willingness_to_pay import ClassChoiceModel
from tests.analyses.willingness_to_pay.choosing.class_choice.cases import TASTES, draw_tasks, fit


def test_criteria_say_what_was_tried(model: ClassChoiceModel) -> None:
    criteria = model.criteria.set_index("n_classes")
    assert list(criteria.index) == [1, 2, 3, 4]
    assert criteria["n_parameters"].tolist() == [5, 11, 17, 23]
    assert criteria["log_likelihood"].is_monotonic_increasing
    row = criteria.loc[3]
    assert row["bic"] == pytest.approx(-2 * row["log_likelihood"] + 17 * math.log(150))
    assert row["caic"] == pytest.approx(row["bic"] + 17)
    assert criteria["bic"].idxmin() == 3
    assert criteria["chosen"].tolist() == [False, False, True, False]
    assert criteria.loc[[1, 3], "smallest_n"].tolist() == [150, model.membership.sizes.min()]
    assert row["smallest_share"] == pytest.approx(model.sizes["share"].min())
    assert criteria["agreed"].between(1, 5).all()
    assert row["certainty"] > 0.97


def test_a_spread_within_classes_makes_no_more_classes() -> None:
    model = fit(draw_tasks(400, seed=4, spread=1.5), n_classes=range(1, 6))
    lowest = int(model.criteria.loc[model.criteria["bic"].idxmin(), "n_classes"])
    assert lowest > 3
    assert model.n_classes == 3
    assert any(
        note.startswith(f"BIC is lowest at {lowest} classes, but those add little") and note.endswith("Used here: 3.")
        for note in model.notes
    )


def test_people_of_one_kind_are_one_class() -> None:
    model = fit(draw_tasks(100, seed=2, tastes=TASTES[:1], shares=np.ones(1)), n_classes=range(1, 4))
    assert model.n_classes == 1
    assert not model.headline.answered
    assert str(model.headline).startswith("The choices of 100 people tell no classes apart")


def test_a_continuum_is_suspected_where_people_lie_between_classes() -> None:
    tastes = np.repeat(TASTES[:1], 40, axis=0)
    tastes[:, 0] = np.linspace(-1, 4, 40)
    model = fit(draw_tasks(200, seed=6, tastes=tastes, shares=np.full(40, 1 / 40), n_tasks=6), n_classes=2)
    assert any("the classes may cut a continuum of tastes" in note for note in model.notes)
    clear = fit(draw_tasks(), n_classes=3)
    assert not any("continuum" in note for note in clear.notes)
    assert any("not proof that people come in kinds" in note for note in clear.notes)


def test_a_class_that_is_too_small_is_not_chosen_and_not_shown(tasks: pd.DataFrame) -> None:
    chosen = fit(tasks, n_classes=range(1, 5), smallest_group=40)
    assert chosen.n_classes == 2
    forced = fit(tasks, n_classes=3, smallest_group=40)
    assert "BIC is lowest at 3 classes, one of which has fewer than 40 people. Used here: 2." in chosen.notes
    hidden = forced.table[forced.table["class"] == "class 3: strap metal"]
    assert hidden[["share", "estimate", "low", "high"]].isna().all(axis=None)
    assert forced.weights.loc[forced.weights["class"] == "class 3: strap metal", "estimate"].isna().all()
    assert forced.table.loc[forced.table["class"] == "class 1: gps", "estimate"].notna().all()
    small = "Too small to be shown, with fewer than 40 people: class 3: strap metal."
    assert small in forced.notes


def test_more_parameters_than_people_are_not_tried() -> None:
    model = fit(draw_tasks(20, seed=1), n_classes=range(1, 5))
    assert model.criteria["n_classes"].tolist() == [1, 2, 3]
    assert "4 classes were not tried: they would have more parameters than people." in model.notes
