"""The planted truths of the sample lines: what the ladder estimates lies in its 99.9 % interval."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cvlab.analyses.common import Partition
from cvlab.analyses.value_ladder import check_ladder, measure_ladder
from cvlab.tables.product_line import ProductLine, read_product_line
from cvlab.tables.synthetic import LINES, SEED, fitness_trackers

LEVEL = 0.999


def read_sample(checkout: Path, slug: str) -> tuple[ProductLine, dict[str, Any]]:
    folder = checkout / "data" / "sample" / slug
    truths = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["truths"]
    return read_product_line(folder), {truth["key"]: truth["value"] for truth in truths}


@pytest.mark.parametrize("slug", sorted(LINES))
def test_shares_and_money_of_the_market_are_in_their_intervals(checkout: Path, slug: str) -> None:
    line, truths = read_sample(checkout, slug)
    ladder = measure_ladder(line.rungs, line.rung_values, n_boot=2000, level=LEVEL)
    for row in ladder.table.itertuples():
        assert row.low <= truths[f"value_ladder.share.{row.rung}"] <= row.high, row.rung
    total = ladder.totals.iloc[0]
    for measure in ("surplus", "contribution", "revenue"):
        truth = truths[f"value_ladder.{measure}"]
        assert total[f"{measure}_low"] <= truth <= total[f"{measure}_high"], measure


def test_the_dead_rung_fails_for_its_cluster_and_for_no_other(checkout: Path) -> None:
    slug, names = fitness_trackers.LINE.slug, list(fitness_trackers.CLUSTERS)
    line, truths = read_sample(checkout, slug)
    people = LINES[slug].draw_sample(SEED).set_index("customer_id")
    labels = pd.Series(pd.Categorical.from_codes(people["cluster"], names), index=people.index)
    clusters = Partition(labels=labels, scheme="planted clusters")
    ladder = measure_ladder(line.rungs, line.rung_values, by=clusters, n_boot=2000, level=LEVEL)
    tests = check_ladder(ladder, line.rung_features, as_of="2026-06-01").table.query("rule == 1")
    failed = tests[tests["verdict"] != "pass"]
    assert failed[["rung", "group", "verdict"]].to_numpy().tolist() == [
        ["Train", truths["value_ladder.rule_1_fails_for"], "fail"]
    ]
    increments = tests.set_index(["rung", "group"])
    for rung in ("Train", "Coach"):
        for name in names:
            row = increments.loc[(rung, name)]
            assert row["low"] <= truths[f"value_ladder.increment.{rung}.{name}"] <= row["high"], (rung, name)
