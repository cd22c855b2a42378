"""The value ladder: choosing rungs, and searching and re-searching prices, against what a plain loop takes.

The loops are what one writes from the definition: every person takes the rung that leaves them most, for one person
after the other, or for one ladder of prices after the other. What has no peer worth waiting for has an allowance by the
clock: a loop over the bootstrap samples of the search would take an hour.

Other prices of a measured ladder answer in a few milliseconds, as a slider needs. With intervals the product of samples
× people counts with people × sums per person bounds them (400 × 10,000 × 10): as many multiplications as there are, and
the reading of 32 MB of counts, which no way of choosing rungs can save. The counts are drawn once per ladder.
"""

from __future__ import annotations

import functools
from itertools import product

import numpy as np
import pandas as pd

from benchmarks.harness import Allowance, Comparison
from cvlab.analyses.value_ladder import LadderPlan, measure_ladder, optimise_bundles, optimise_ladder

NAMES = ("good", "better", "best", "top")
COSTS = (2.0, 4.0, 7.0, 9.0)
PRICES = (7.0, 13.0, 20.0, 26.0)
OTHER_PRICES = (8.0, 12.0, 21.0, 25.0)
PEOPLE, POINTS = 2000, 40
MANY = 10_000


def list_comparisons() -> list[Comparison]:
    """List the comparisons of this chapter."""
    few, many = draw_values(PEOPLE), draw_values(MANY)
    rungs = make_rungs()
    grids = list_grids(few)
    return [
        Comparison(
            name=f"ladder of 4 rungs, {MANY:,} people, against a loop over people",
            ours=lambda: measure_ladder(rungs, many, n_boot=0).table["share"].to_numpy(),
            peer=lambda: shares_by_loop(many),
            compare=functools.partial(np.testing.assert_allclose, atol=1e-12),
            target=1.0,
        ),
        Comparison(
            name=f"best of {POINTS**3:,} ladders of 3 rungs, {PEOPLE:,} people, one after the other",
            ours=lambda: search(few, grids, n_boot=0),
            peer=lambda: earnings_by_loop(few, grids),
            compare=compare_searches,
            target=0.25,
            repeats=2,
        ),
    ]


def list_allowances() -> list[Allowance]:
    """List what has no peer worth waiting for."""
    few = draw_values(PEOPLE)
    grids = list_grids(few)
    ladder = measure_ladder(make_rungs(), draw_values(MANY), n_boot=0)
    return [
        Allowance(
            name=f"ladder of 4 rungs, {MANY:,} people, at other prices, without bootstrap",
            ours=lambda: ladder.at_prices(dict(zip(NAMES, OTHER_PRICES, strict=True))),
            target=0.005,
        ),
        Allowance(
            name=f"best of {POINTS**3:,} ladders of 3 rungs, {PEOPLE:,} people",
            ours=lambda: search(few, grids, n_boot=0),
            target=2.0,
        ),
        Allowance(
            name="the same in 1,000 bootstrap samples",
            ours=lambda: search(few, grids, n_boot=1000),
            target=20.0,
        ),
        Allowance(
            name=f"bundles of 2 components, {PEOPLE:,} people, 400 bootstrap samples",
            ours=lambda: optimise_bundles(draw_amounts(), {"tracker": 20.0, "app": 5.0}),
            target=20.0,
        ),
    ]


def draw_values(people: int) -> pd.DataFrame:
    """Draw what four rungs are worth to people; each is worth more than the one below."""
    random = np.random.default_rng(20260601)
    table = pd.DataFrame(np.cumsum(random.gamma(4.0, 2.0, (people, 4)), axis=1), columns=list(NAMES))
    table.insert(0, "respondent_id", [f"P{number:05d}" for number in range(people)])
    return table


def draw_amounts() -> pd.DataFrame:
    """Draw what two components are worth to people, in the long form."""
    random = np.random.default_rng(20260602)
    wide = pd.DataFrame(random.gamma(6.0, 10.0, (PEOPLE, 2)), columns=["tracker", "app"])
    wide["respondent_id"] = [f"P{number:05d}" for number in range(PEOPLE)]
    return wide.melt("respondent_id", var_name="component", value_name="amount")


def make_rungs(n: int = 4) -> pd.DataFrame:
    """Return the first rungs with today's prices."""
    return pd.DataFrame({"rung": NAMES[:n], "price": PRICES[:n], "unit_cost": COSTS[:n]})


def list_grids(values: pd.DataFrame) -> dict[str, list[float]]:
    """Return the candidate prices of three rungs."""
    ends = {name: np.quantile(values[name], [0.02, 0.98]) for name in NAMES[:3]}
    return {name: np.linspace(low, high, POINTS).tolist() for name, (low, high) in ends.items()}


def search(values: pd.DataFrame, grids: dict[str, list[float]], *, n_boot: int) -> LadderPlan:
    """Search all ladders of three rungs."""
    return optimise_ladder(make_rungs(3), values, price_points=grids, may_drop=False, n_boot=n_boot)


def shares_by_loop(values: pd.DataFrame) -> np.ndarray:
    """Return the shares of the rungs and of nobody, one person after the other."""
    counts = [0] * (len(NAMES) + 1)
    for worth in values[list(NAMES)].to_numpy().tolist():
        best, chosen = 0.0, len(NAMES)
        for rung, (value, price) in enumerate(zip(worth, PRICES, strict=True)):
            if value - price >= best:
                best, chosen = value - price, rung
        counts[chosen] += 1
    return np.array(counts) / len(values)


def earnings_by_loop(values: pd.DataFrame, grids: dict[str, list[float]]) -> float:
    """Return the most that a ladder earns, one ladder after the other, each by NumPy over all people."""
    worth = values[list(NAMES[:3])].to_numpy()
    costs = np.array(COSTS[:3])
    most = -np.inf
    people = np.arange(len(worth))
    for ladder in product(*grids.values()):
        prices = np.array(ladder)
        surplus = worth - prices
        chosen = surplus.argmax(axis=1)
        buys = surplus[people, chosen] >= 0
        most = max(most, float(np.where(buys, (prices - costs)[chosen], 0.0).mean()))
    return most


def compare_searches(plan: LadderPlan, most: float) -> None:
    """Raise unless both found the same optimum."""
    np.testing.assert_allclose(plan.gain.now + plan.gain.promised, most)
