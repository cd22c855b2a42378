"""Intervals of migration hold the truth as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from cvlab.analyses.value_ladder import measure_migration
from cvlab.tables.synthetic.behaviour import Moving
from tests.analyses.value_ladder.migration.cases import CHURN, COSTS, MOVING, NAMES, PRICES, UNTIL, draw_contracts


def find_truth(moving: Moving, churn: float) -> np.ndarray:
    """Return chances per term: a customer who leaves does not move any more."""
    rates = np.zeros((3, 4))
    for rung in range(3):
        if rung < 2:
            rates[rung, rung + 1] = moving.up * (1 - churn)
        if rung > 0:
            rates[rung, rung - 1] = moving.down * (1 - churn)
        rates[rung, 3] = churn
    return rates


def measure_coverage(samples: int, n: int) -> dict[str, float]:
    rates = find_truth(MOVING, CHURN)
    chain = rates[:, :3] + np.diag(1 - rates.sum(axis=1))
    values = np.linalg.inv(np.eye(3) - 1.1 ** (-1 / 12) * chain) @ (PRICES - COSTS)
    months = np.linalg.inv(np.eye(3) - chain).sum(axis=1)
    held: dict[str, list[bool]] = {"rate": [], "months": [], "value": [], "step": []}
    for sample in range(samples):
        table = draw_contracts(n, seed=7000 + sample)
        result = measure_migration(table, rungs=NAMES, as_of=UNTIL, n_boot=300, smallest_group=1)
        table = result.table[result.table["from"] != result.table["to"]]
        truth = [rates[NAMES.index(row["from"]), [*NAMES, "left"].index(row["to"])] for row in table.to_dict("records")]
        held["rate"] += ((table["low"] <= truth) & (truth <= table["high"])).tolist()
        for name, known in (("months", months), ("value", values)):
            low, high = result.rungs[f"{name}_low"], result.rungs[f"{name}_high"]
            held[name] += ((low <= known) & (known <= high)).tolist()
        steps = np.diff(values)
        held["step"] += ((result.steps["value_low"] <= steps) & (steps <= result.steps["value_high"])).tolist()
    return {name: float(np.mean(hits)) for name, hits in held.items()}


def test_intervals_hold_the_truth_in_a_few_samples() -> None:
    # The intervals of three rungs go together, so that these are hardly more than 40 trials.
    for name, share in measure_coverage(40, n=150).items():
        assert share >= 0.85, name


@pytest.mark.slow
@pytest.mark.parametrize("n", [60, 400])
def test_intervals_hold_the_truth_as_often_as_they_say(n: int) -> None:
    for name, share in measure_coverage(300, n=n).items():
        assert 0.9 <= share <= 0.99, name
