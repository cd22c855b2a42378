"""Schedules of normal and slow sites, whose break-even is known by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml


@pytest.fixture(scope="session")
def golden() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(
        (Path(__file__).parents[2] / "golden" / "economic_value.yaml").read_text(encoding="utf-8")
    )
    return loaded


def make_schedule(*, benefit: float, cost: float, purchase: float, months: int, spread: float) -> pd.DataFrame:
    """Return one schedule with months 0 to `months`; benefits range over this share of themselves to both sides."""
    month = np.arange(months + 1)
    each = np.where(month > 0, benefit, 0.0)
    return pd.DataFrame(
        {
            "month": month,
            "cost": np.where(month > 0, cost, purchase),
            "benefit_low": each * (1 - spread),
            "benefit_mode": each,
            "benefit_high": each * (1 + spread),
        }
    )


@pytest.fixture
def sites(golden: dict[str, Any]) -> pd.DataFrame:
    """Sixty sites of different size, the first eighteen of them slow; 48 months."""
    known = golden["break_even"]
    random = np.random.default_rng(8)
    rows = []
    for number in range(60):
        kind = "slow" if number < 18 else "normal"
        size = np.exp(0.3 * random.standard_normal())
        schedule = make_schedule(
            benefit=size * known["benefit"] * known["benefit_left"][kind],
            cost=size * known["running_cost"],
            purchase=size * known["purchase"],
            months=48,
            spread=0.4,
        )
        rows.append(schedule.assign(customer_id=f"L{number:02d}", group=kind))
    return pd.concat(rows, ignore_index=True)
