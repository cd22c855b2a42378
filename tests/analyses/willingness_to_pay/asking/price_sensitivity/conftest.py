"""Answers that the tests of van Westendorp share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from cvlab.analyses.willingness_to_pay.asking.price_curves import (
    ANSWERS,
)


@pytest.fixture(scope="session")
def golden(checkout: Path) -> dict[str, Any]:
    read = yaml.safe_load((checkout / "tests/golden/willingness_to_pay.yaml").read_text(encoding="utf-8"))
    return dict(read["price_points"])


@pytest.fixture
def twelve(golden: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame({answer: golden[answer] for answer in ANSWERS})
