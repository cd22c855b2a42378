"""A demand, a model of choice and offers that the tests of the explorers share."""

from __future__ import annotations

import pandas as pd
import pytest

from cvlab.analyses.willingness_to_pay import (
    ChoiceModel,
    Demand,
    estimate_choice,
    estimate_demand,
)
from tests.explorers.willingness_to_pay.cases import ATTRIBUTES, amounts_of, draw_tasks, ladder_of


@pytest.fixture(scope="session")
def demand() -> Demand:
    return estimate_demand(ladder_of(amounts_of(), factor=1.0), n_boot=100)


@pytest.fixture(scope="session")
def tasks() -> pd.DataFrame:
    return draw_tasks()


@pytest.fixture(scope="session")
def model(tasks: pd.DataFrame) -> ChoiceModel:
    return estimate_choice(tasks, **ATTRIBUTES)


@pytest.fixture
def offers() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "alternative": ["ours", "plus", "theirs"],
            "strap": ["silicone", "metal", "textile"],
            "gps": [0, 1, 1],
            "days": [5, 10, 7],
            "price": [95, 149, 120],
        },
        index=[7, 7, 3],
    )
