"""Answers that the tests of contingent valuation share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml


@pytest.fixture(scope="session")
def golden(checkout: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((checkout / "tests/golden/contingent_valuation.yaml").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def exxon(golden: dict[str, Any]) -> pd.DataFrame:
    said = [("yes", "yes"), ("yes", "no"), ("no", "yes"), ("no", "no")]
    rows = [
        {"bid": bid, "bid_up": up, "bid_down": down, "answer": answer, "second_answer": second}
        for bid, up, down, *counts in golden["exxon_valdez"]["counts"]
        for (answer, second), count in zip(said, counts, strict=True)
        for _ in range(count)
    ]
    return pd.DataFrame(rows)
