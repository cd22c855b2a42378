"""Tasks and models that the tests of latent classes share."""

from __future__ import annotations

import pandas as pd
import pytest

from cvlab.analyses.willingness_to_pay import ClassChoiceModel
from tests.analyses.willingness_to_pay.choosing.class_choice.cases import draw_tasks, fit


@pytest.fixture(scope="session")
def tasks() -> pd.DataFrame:
    return draw_tasks()


@pytest.fixture(scope="session")
def model(tasks: pd.DataFrame) -> ClassChoiceModel:
    return fit(tasks, n_classes=range(1, 5))


@pytest.fixture(scope="session")
def offers() -> pd.DataFrame:
    return pd.DataFrame(
        {"alternative": ["plain", "guide"], "gps": [0, 1], "battery_days": [7, 7], "strap": "a band", "price": [60, 90]}
    )
