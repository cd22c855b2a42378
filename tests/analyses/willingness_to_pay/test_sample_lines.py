"""On the sample lines, what was planted lies inside the 99.9% interval of what is estimated."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from cvlab.analyses.willingness_to_pay import estimate_choice, estimate_price_sensitivity

LINES = ("fitness-trackers", "lab-analysers", "salon-software")
LEVEL = 0.999
KEYS = ("respondent_id", "task", "alternative", "price", "chosen")


def planted(folder: Path, prefix: str) -> dict[str, float]:
    truths = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["truths"]
    return {each["key"].removeprefix(prefix): each["value"] for each in truths if each["key"].startswith(prefix)}


def assert_held(truth: dict[str, float], table: pd.DataFrame, name: str) -> None:
    bounds = table.set_index(name)
    assert set(truth) == set(bounds.index)
    for key, value in truth.items():
        assert bounds.loc[key, "low"] <= value <= bounds.loc[key, "high"], key


@pytest.mark.parametrize("line", LINES)
def test_price_points_hold_the_truth(checkout: Path, line: str) -> None:
    folder = checkout / "data" / "sample" / line
    result = estimate_price_sensitivity(pd.read_csv(folder / "price_sensitivity.csv"), n_boot=4000, level=LEVEL)
    assert_held(planted(folder, "willingness_to_pay.price_sensitivity."), result.table, "point")


@pytest.mark.parametrize("line", LINES)
def test_worth_of_attributes_holds_what_a_pooled_model_converges_to(checkout: Path, line: str) -> None:
    folder = checkout / "data" / "sample" / line
    tasks = pd.read_csv(folder / "choice_tasks.csv")
    attributes = [column for column in tasks.columns if column not in KEYS]
    model = estimate_choice(tasks, attributes=attributes, price="price", outside="none", level=LEVEL)
    assert_held(planted(folder, "willingness_to_pay.pooled."), model.willingness_to_pay().table, "attribute")
