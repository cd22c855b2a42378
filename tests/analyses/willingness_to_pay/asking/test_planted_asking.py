"""On the sample lines the planted share of buyers at each asked price lies inside its 99.9 % interval."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cvlab.analyses.willingness_to_pay import estimate_gabor_granger
from cvlab.tables.product_line import read_product_line

LEVEL = 0.999
PREFIX = "willingness_to_pay.buyers_at."


@pytest.mark.parametrize("name", ["fitness-trackers", "lab-analysers", "salon-software"])
def test_buyers_at_each_asked_price(checkout: Path, name: str) -> None:
    folder = checkout / "data" / "sample" / name
    planted = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["truths"]
    truths = {
        float(truth["key"].removeprefix(PREFIX)): truth["value"] for truth in planted if truth["key"].startswith(PREFIX)
    }
    result = estimate_gabor_granger(read_product_line(folder).price_ladder, n_boot=4000, level=LEVEL)
    table = result.table.set_index("price")
    assert set(truths) == set(table.index)
    missed = [
        f"{price}: {truth} is not in {table.loc[price, 'low']} to {table.loc[price, 'high']}"
        for price, truth in truths.items()
        if not table.loc[price, "low"] <= truth <= table.loc[price, "high"]
    ]
    assert not missed
