"""Migration: printed and planted chains, and what time and value follow from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlab.analyses.value_ladder import Migration, measure_migration
from cvlab.analyses.value_ladder.markov_chain import Clock, find_visits
from cvlab.tables.product_line import read_product_line
from cvlab.tables.synthetic import fitness_trackers, lab_analysers, salon_software
from cvlab.tables.synthetic.behaviour import Moving
from tests.analyses.value_ladder.migration.cases import COSTS, NAMES, PRICES, UNTIL, draw_contracts

LEVEL = 0.999


LINES = {
    "fitness-trackers": fitness_trackers,
    "lab-analysers": lab_analysers,
    "salon-software": salon_software,
}


# Printed and planted chains


@pytest.fixture(scope="module")
def recency(checkout: Path) -> dict[str, Any]:
    golden = yaml.safe_load((checkout / "tests" / "golden" / "migration.yaml").read_text(encoding="utf-8"))
    return dict(golden["recency_chain"])


@pytest.mark.parametrize(("periods", "values"), [(None, "values"), (5, "values_of_five_periods")])
def test_the_printed_chain_is_worth_what_is_printed(recency: dict[str, Any], periods: int | None, values: str) -> None:
    again = np.array(recency["buying_again"])
    rates = np.zeros((4, 5))
    rates[1:, 0] = again[1:]
    rates[np.arange(4), [1, 2, 3, 4]] = 1 - again
    horizon = None if periods is None else 12 * periods
    clock = Clock(period_months=12, discount_rate_per_year=recency["discount_rate"], horizon_months=horizon)
    visits = find_visits(rates, clock, discounted=True) / clock.worth_of_period
    np.testing.assert_allclose(visits @ recency["reward"], recency[values], atol=recency["tolerance"])


@pytest.mark.parametrize("slug", LINES)
def test_planted_moves_of_the_sample_lines_are_in_their_intervals(checkout: Path, slug: str) -> None:
    line = read_product_line(checkout / "data" / "sample" / slug)
    planted = LINES[slug].MOVING
    rungs = list(line.rungs["rung"])
    result = measure_migration(line.contracts, rungs=rungs, as_of=UNTIL, level=LEVEL, n_boot=50, smallest_group=1)
    assert result.period_months == planted.term_months
    found = result.directions.set_index("direction")
    # Whoever leaves at the end of a term does not move at that end.
    staying = 1 - found.loc["left", "rate"]
    for direction, rate in (("up", planted.up), ("down", planted.down)):
        assert found.loc[direction, "low"] <= rate * staying <= found.loc[direction, "high"], direction


def test_loyal_customers_who_remain_are_noticed_on_salon_software(checkout: Path) -> None:
    line = read_product_line(checkout / "data" / "sample" / "salon-software")
    result = measure_migration(
        line.contracts, as_of=UNTIL, discount_rate_per_year=0.0, horizon_years=10, smallest_group=1
    )
    first, later = result.tenure["rate"]
    assert first > later
    note = next(note for note in result.notes if "customers of 100" in note)
    assert "more leave per month than later on the same rung" in note
    assert "makes time and value until leaving too low" in note
    # Churn is beta-distributed over customers: the chain knows one rate for all, and makes them stay too short.
    truth = salon_software.STAYING.expected_months(discount_per_month=0.0, months=120)
    starts = result.origins["started"] * result.origins["n"]
    assert float(np.average(result.rungs["months"], weights=starts)) < 0.9 * truth


def test_one_rate_for_all_is_not_called_falling(migration: Migration) -> None:
    assert not any("customers of 100" in note for note in migration.notes)


# Time and value


def test_value_is_the_discounted_sum_of_the_chain(migration: Migration) -> None:
    rates = migration.table.pivot_table(index="from", columns="to", values="rate", sort=False)
    chain = rates[NAMES].to_numpy()
    margin = migration.rungs["contribution"].to_numpy()
    assert margin == pytest.approx(PRICES - COSTS)
    discount = 1.1 ** (-1 / 12)
    total, state = np.zeros(3), np.eye(3)
    for month in range(3000):
        total += discount**month * state @ margin
        state = state @ chain
    assert migration.rungs["value"].to_numpy() == pytest.approx(total)
    assert migration.steps["value"].to_numpy() == pytest.approx(np.diff(total))
    paths = migration.paths.groupby("start", sort=False)
    assert paths["value"].sum().to_numpy() == pytest.approx(total)
    assert paths["months"].sum().to_numpy() == pytest.approx(migration.rungs["months"].to_numpy())


def test_a_horizon_ends_the_sum_within_a_term() -> None:
    moving = Moving(up=0.1, down=0.04, term_months=12, row_per_term=True)
    table = draw_contracts(300, seed=5, churn=0.2, moving=moving)
    result = measure_migration(
        table, rungs=NAMES, as_of=UNTIL, horizon_years=2.5, discount_rate_per_year=0.08, smallest_group=1
    )
    assert result.period_months == 12
    rates = result.table.pivot_table(index="from", columns="to", values="rate", sort=False)[NAMES].to_numpy()
    margin = result.rungs["contribution"].to_numpy()
    factors = 1.08 ** (-np.arange(30) / 12)
    states = [np.linalg.matrix_power(rates, year) for year in range(3)]
    expected = sum(factors[month] * states[month // 12] @ margin for month in range(30))
    assert result.rungs["value"].to_numpy() == pytest.approx(expected)
    months = sum(states[month // 12].sum(axis=1) for month in range(30))
    assert result.rungs["months"].to_numpy() == pytest.approx(months)
    assert ", within 30 months, discounted at 8.0% a year" in str(result.headline)


def test_headlines_average_steps_and_first_rungs(contracts: pd.DataFrame, migration: Migration) -> None:
    running = contracts[contracts["end"].isna()]["rung"].value_counts()
    weights = [running["good"], running["better"]]
    assert migration.headline.value == pytest.approx(np.average(migration.steps["value"], weights=weights))
    first = contracts.sort_values("start").drop_duplicates("customer_id")["rung"].value_counts()
    expected = np.average(migration.rungs["value"], weights=first[NAMES])
    assert migration.customer_value.value == pytest.approx(expected)
    assert migration.headline.low < migration.headline.value < migration.headline.high
    text = str(migration.headline)
    assert text.startswith("A customer one rung further up is worth €")
    assert "of those below the top move up" in text
    assert any("assumed, not shown" in note for note in migration.notes)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([0.01, 0.5, 3.0, 1000.0]), st.integers(0, 2**16))
def test_money_scales_and_the_order_of_rows_does_not_matter(factor: float, seed: int) -> None:
    table = draw_contracts(60, seed=8)
    before = table.copy()
    plain = measure_migration(table, rungs=NAMES, as_of=UNTIL, n_boot=40)
    scaled = table.assign(
        price_per_month=factor * table["price_per_month"],
        cost_to_serve_per_month=factor * table["cost_to_serve_per_month"],
    ).sample(frac=1.0, random_state=seed)
    other = measure_migration(scaled, rungs=NAMES, as_of=UNTIL, n_boot=40)
    pd.testing.assert_frame_equal(table, before)
    pd.testing.assert_frame_equal(plain.table, other.table)
    money = ["value", "value_low", "value_high", "contribution"]
    np.testing.assert_allclose(other.rungs[money], factor * plain.rungs[money], rtol=1e-6)
    np.testing.assert_allclose(other.rungs["months_high"], plain.rungs["months_high"], rtol=1e-6)


def test_an_index_of_customers_and_contracts_cut_in_two_change_nothing(
    contracts: pd.DataFrame, migration: Migration
) -> None:
    indexed = measure_migration(contracts.set_index("customer_id"), rungs=NAMES, as_of=UNTIL)
    pd.testing.assert_frame_equal(indexed.rungs, migration.rungs)
    cut = pd.Timestamp("2025-11-11")
    long = (contracts["start"] < cut) & ~(contracts["end"] <= cut)
    halves = [
        contracts[~long],
        contracts[long].assign(end=cut, renewed="yes"),
        contracts[long].assign(start=cut),
    ]
    result = measure_migration(pd.concat(halves), rungs=NAMES, as_of=UNTIL)
    pd.testing.assert_frame_equal(result.table, migration.table)
