"""Migration between rungs: the chain with its bootstrap, against a plain loop over customers and samples."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.harness import Comparison
from cvlab.analyses.value_ladder import measure_migration

CUSTOMERS, SAMPLES = 5_000, 200
RUNGS, MONTHS = 3, 24
UP, DOWN, LEAVE = 0.012, 0.006, 0.04
BOUNDS = [0.025, 0.975]
FACTOR = 1.1 ** (-1 / 12)


def list_comparisons() -> list[Comparison]:
    """List the comparisons of this chapter."""
    contracts = draw_contracts()
    return [
        Comparison(
            name=f"migration, {CUSTOMERS:,} customers, {SAMPLES} bootstrap samples, against a loop",
            ours=lambda: migration_by_cvlab(contracts),
            peer=lambda: migration_by_loop(contracts),
            compare=agree,
            target=0.2,
            repeats=3,
        )
    ]


def draw_contracts() -> pd.DataFrame:
    """Draw customers who move and leave month by month, all seen for two years."""
    random = np.random.default_rng(20260305)
    rows = []
    for number in range(CUSTOMERS):
        rung, begun = int(random.integers(RUNGS)), 0
        for month in range(1, MONTHS + 1):
            chance = random.random()
            moved = rung + (chance < UP) - (UP <= chance < UP + DOWN)
            left = chance > 1 - LEAVE
            if left or (moved != rung and 0 <= moved < RUNGS):
                rows.append((f"C{number:05d}", f"rung {rung}", begun, month))
                rung, begun = moved, month
            if left:
                break
        else:
            rows.append((f"C{number:05d}", f"rung {rung}", begun, MONTHS + 1))
    table = pd.DataFrame(rows, columns=["customer_id", "rung", "start", "end"])
    days = pd.date_range("2024-01-01", periods=MONTHS + 2, freq="MS").to_numpy()
    prices = 10.0 * (1 + table["rung"].str[-1].astype(int))
    return table.assign(
        start=days[table["start"]],
        end=pd.Series(days[table["end"]]).where(table["end"] <= MONTHS),
        price_per_month=prices,
        cost_to_serve_per_month=0.0,
    )


def migration_by_cvlab(contracts: pd.DataFrame) -> np.ndarray:
    """Return value by rung, then low and high."""
    result = measure_migration(contracts, as_of="2026-01-01", n_boot=SAMPLES).rungs
    return result[["value", "value_low", "value_high"]].to_numpy().T


def migration_by_loop(contracts: pd.DataFrame) -> np.ndarray:
    """Do the same as a careful person would write it: count customer by customer, resample, solve."""
    names = sorted(set(contracts["rung"]))
    until = pd.Timestamp("2026-01-01")
    counts = []
    for _, rows in contracts.sort_values(["customer_id", "start"]).groupby("customer_id"):
        moves, at_risk = np.zeros((RUNGS, RUNGS + 1)), np.zeros(RUNGS)
        records = rows.to_dict("records")
        for position, row in enumerate(records):
            rung, running = names.index(row["rung"]), pd.isna(row["end"])
            end = until if running else row["end"]
            at_risk[rung] += (end.year - row["start"].year) * 12 + end.month - row["start"].month
            if not running:
                last = position + 1 == len(records)
                moves[rung, RUNGS if last else names.index(records[position + 1]["rung"])] += 1
        counts.append((moves, at_risk))
    margin = 10.0 * (1 + np.arange(RUNGS))

    def find_values(members: np.ndarray) -> np.ndarray:
        moves = sum(counts[member][0] for member in members)
        at_risk = sum(counts[member][1] for member in members)
        rates = np.asarray(moves) / np.asarray(at_risk)[:, None]
        chain = rates[:, :RUNGS] + np.diag(1 - rates.sum(axis=1))
        return np.linalg.solve(np.eye(RUNGS) - FACTOR * chain, margin)

    random = np.random.default_rng(0)
    draws = [find_values(random.integers(0, CUSTOMERS, CUSTOMERS)) for _ in range(SAMPLES)]
    return np.vstack([find_values(np.arange(CUSTOMERS)), np.quantile(draws, BOUNDS, axis=0)])


def agree(ours: np.ndarray, peer: np.ndarray) -> None:
    """Raise unless the values are the same and the bounds those of another Monte Carlo."""
    np.testing.assert_allclose(ours[0], peer[0], rtol=1e-9)
    np.testing.assert_allclose(ours[1:], peer[1:], rtol=0.03)
