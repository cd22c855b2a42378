"""Contracts of customers who move by known chances, for the tests of migration."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cvlab.tables.synthetic.behaviour import Moving, draw_spells, draw_start_dates

NAMES = ["good", "better", "best"]


PRICES, COSTS = np.array([10.0, 20.0, 40.0]), np.array([2.0, 5.0, 15.0])


UNTIL = "2026-06-30"


MOVING, CHURN = Moving(up=0.02, down=0.01), 0.05


def draw_contracts(n: int, seed: int, *, churn: float = CHURN, moving: Moving = MOVING) -> pd.DataFrame:
    """Draw customers whose chances to move and to leave are the same in every term."""
    random = np.random.default_rng(seed)
    spells = draw_spells(
        np.array([f"C{number:05d}" for number in range(n)]),
        draw_start_dates(n, "2022-01" if moving.term_months > 1 else "2024-07", "2026-03", random),
        random.integers(0, 3, n),
        moving.term_months * np.minimum(random.geometric(churn, n), 5000),
        n_rungs=3,
        moving=moving,
        random=random,
    )
    number = spells["rung"].to_numpy()
    return spells.assign(
        rung=np.array(NAMES)[number], price_per_month=PRICES[number], cost_to_serve_per_month=COSTS[number]
    )


def make_contracts(*rows: tuple[str, str, str, str | None], **columns: Any) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["customer_id", "rung", "start", "end"])
    prices = dict(zip(NAMES, PRICES, strict=True))
    table["price_per_month"] = [prices.get(rung, 10.0) for rung in table["rung"]]
    return table.assign(cost_to_serve_per_month=2.0).assign(**columns)


def copy_customers(table: pd.DataFrame, times: int) -> pd.DataFrame:
    return pd.concat(
        [table.assign(customer_id=table["customer_id"] + f"-{number}") for number in range(times)], ignore_index=True
    )
