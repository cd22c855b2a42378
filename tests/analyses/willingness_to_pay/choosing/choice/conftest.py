"""Tasks and models that the tests of the conditional logit share."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest

from cvlab.analyses.willingness_to_pay import ChoiceModel
from tests.analyses.willingness_to_pay.choosing.choice.cases import draw_tasks, fit

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from statsmodels.datasets import modechoice


@pytest.fixture(scope="session")
def tasks() -> pd.DataFrame:
    return draw_tasks()


@pytest.fixture(scope="session")
def model(tasks: pd.DataFrame) -> ChoiceModel:
    return fit(tasks)


@pytest.fixture(scope="session")
def travel() -> pd.DataFrame:
    read = modechoice.load_pandas().data
    read["mode"] = read["mode"].map({1: "air", 2: "train", 3: "bus", 4: "car"})
    return read.assign(hinc_air=read["hinc"] * (read["mode"] == "air"))


@pytest.fixture(scope="session")
def offers() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "alternative": ["basic", "sport", "pro"],
            "battery_days": [3.0, 7.0, 14.0],
            "gps": ["no", "yes", "yes"],
            "screen": ["lcd", "lcd", "oled"],
            "price": [39.0, 79.0, 99.0],
        }
    )
