"""Tasks and models that the tests of the mixed logit share."""

from __future__ import annotations

import pandas as pd
import pytest

from cvlab.analyses.willingness_to_pay import MixedChoiceModel
from tests.analyses.willingness_to_pay.choosing.mixed_choice.cases import draw_tasks, fit


@pytest.fixture(scope="session")
def tasks() -> pd.DataFrame:
    return draw_tasks()


@pytest.fixture(scope="session")
def model(tasks: pd.DataFrame) -> MixedChoiceModel:
    return fit(tasks, n_starts=3)


@pytest.fixture(scope="session")
def offers() -> pd.DataFrame:
    return pd.DataFrame(
        {"alternative": ["basic", "pro"], "battery": [1.0, 5.0], "screen": ["lcd", "oled"], "price": [6.0, 14.0]}
    )
