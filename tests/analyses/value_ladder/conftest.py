"""People of a made-up market, for the tests of the ladder."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.common import Partition

NAMES = ["good", "better", "best"]


@pytest.fixture
def rungs() -> pd.DataFrame:
    return pd.DataFrame({"rung": NAMES, "price": [8.0, 12.0, 20.0], "unit_cost": [2.0, 4.0, 7.0]})


@pytest.fixture
def rung_values() -> pd.DataFrame:
    """120 people with 5 draws each, to the first third of whom `better` is worth a bit less than `good`."""
    random = np.random.default_rng(20260601)
    people, draws = 120, 5
    base = np.repeat(random.lognormal(2.3, 0.4, people), draws)
    plain = np.repeat(np.arange(people) < people // 3, draws)
    noise = random.normal(0, 0.5, (2, people * draws))
    second = np.where(plain, -0.1, np.repeat(random.gamma(4, 1.5, people), draws)) + noise[0]
    third = np.repeat(random.gamma(4, 2.2, people), draws) + noise[1]
    return pd.DataFrame(
        {
            "respondent_id": np.repeat([f"R{number:03d}" for number in range(people)], draws),
            "draw": np.tile(np.arange(draws), people),
            "good": base,
            "better": base + second,
            "best": base + second + third,
        }
    )


@pytest.fixture
def clusters(rung_values: pd.DataFrame) -> Partition:
    ids = rung_values["respondent_id"].unique()
    labels = pd.Series(["plain"] * 40 + ["keen"] * 80, index=pd.Index(ids, name="respondent_id"), dtype="category")
    return Partition(labels=labels, scheme="clusters")


@pytest.fixture
def features() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rung": ["good", "better", "better", "best", "best", "best"],
            "feature": ["steps", "steps", "sleep", "steps", "sleep", "coach"],
            "level": ["yes", "yes", "7", "yes", "30", "weekly"],
            "cost": [2.0, 2.0, 2.0, 2.0, 2.0, 3.0],
        }
    )
